"""Resolved names in, the organs with their names, parents and codes by year out: rows of the ref_agency tables."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from pipeline.organs.divisions import Divisions
from pipeline.organs.identity import (
    CENTRAL,
    Identity,
    has_own_code,
    level_of,
    name_of,
    parent_of,
    seat_of,
    type_of,
)
from pipeline.organs.resolution import Mention, Resolution, Resolver
from pipeline.organs.roles import Roles

__all__ = ["AgencyRow", "CodeRow", "Directory", "NameRow"]

FIRST_YEAR = 2008
"""The first report year: what held before is not asked for."""


class AgencyRow(NamedTuple):
    """A row of `ref_agencies`."""

    agency_id: str
    name: str
    aliases: str
    level: str | None
    type: str
    parent_id: str | None
    merged_into: str | None
    division_code: str | None
    division_revision: str | None
    code_of_parent: bool | None
    province_code: str | None
    province: str | None
    prefecture_code: str | None
    prefecture: str | None
    credit_code: str | None
    valid_from: str | None
    valid_to: str | None
    state: str
    basis: str


class NameRow(NamedTuple):
    """A row of `ref_agency_names`."""

    agency_id: str
    name: str
    evidence: str
    first_year: int | None
    last_year: int | None


class CodeRow(NamedTuple):
    """A row of `ref_agency_codes`."""

    agency_id: str
    valid_from: int
    valid_to: int | None
    division_code: str
    division_name: str
    division_level: str
    first_revision: str
    last_revision: str
    province_code: str
    province: str
    prefecture_code: str | None
    prefecture: str | None


@dataclass(slots=True)
class _Organ:
    """What is known of one organ: every name with its years, the words for its role, the bases."""

    identity: Identity
    names: dict[str, "_Seen"] = field(default_factory=dict)
    roles: set[tuple[int, str, str]] = field(default_factory=set)  # year, role as named, unit as named
    states: set[tuple[int, str, str]] = field(default_factory=set)  # rank, state, basis
    credit_codes: set[str] = field(default_factory=set)
    type: str | None = None
    level: str | None = None
    parent: Identity | None = None


@dataclass(slots=True)
class _Seen:
    evidence: str
    years: set[int] = field(default_factory=set)


_EVIDENCE = ("report", "source", "list")
_STATES = ("resolved", "ambiguous", "unknown")


class Directory:
    """All organs of one warehouse."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._divisions: Divisions = resolver.divisions
        self._roles: Roles = resolver.roles
        self._organs: dict[str, _Organ] = {}
        self._units: dict[tuple[str, str], set[tuple[int, str]]] = defaultdict(set)
        self._codes = lru_cache(maxsize=None)(self._codes_of)

    def add(self, mention: Mention, found: Resolution, evidence: str, years: Iterable[int] = ()) -> None:
        """Take in what a name was resolved to; `evidence` is report, source or list, `years` those of its reports."""
        organ = self._organ(found.identity)
        seen = organ.names.setdefault(mention.name, _Seen(evidence))
        seen.evidence = min(seen.evidence, evidence, key=_EVIDENCE.index)
        seen.years.update(years)
        last = max(years, default=0)
        reading = found.reading
        unit = reading.unit.name if reading.unit else ""
        if found.identity.place and reading.role.kind == found.identity.kind:
            organ.roles.add((last, reading.role.name, unit))
        if unit and found.identity.unit:
            self._units[found.identity.place, found.identity.unit].add((last, unit))
        organ.states.add((_STATES.index(found.state), found.state, found.basis))
        if mention.credit_code:
            organ.credit_codes.add(mention.credit_code)
        if known := found.known:
            organ.type, organ.level = organ.type or known.type, organ.level or known.level
            if known.parent and organ.parent is None:
                organ.parent = self._resolver.resolve(Mention(mention.source, known.parent)).identity

    def agencies(self) -> list[AgencyRow]:
        """A row an organ, with those above them that no name was found of, by agency_id."""
        for organ in list(self._organs.values()):
            above = organ.parent or parent_of(organ.identity, self._divisions, self._roles)
            while above is not None and above.agency_id not in self._organs:
                self._organ(above).states.add((0, "resolved", "stands above an organ with reports"))
                above = parent_of(above, self._divisions, self._roles)
        return [self._row(id_, organ) for id_, organ in sorted(self._organs.items())]

    def names(self) -> Iterator[NameRow]:
        """A row a name of an organ."""
        for id_, organ in sorted(self._organs.items()):
            for name, seen in sorted(organ.names.items()):
                yield NameRow(id_, name, seen.evidence, min(seen.years, default=None), max(seen.years, default=None))

    def codes(self) -> Iterator[CodeRow]:
        """The codes of an organ's place, a row for each run of years."""
        for id_, organ in sorted(self._organs.items()):
            if seat := seat_of(organ.identity, self._divisions, self._roles):
                for row in self._codes(seat):
                    yield row._replace(agency_id=id_)

    def _organ(self, identity: Identity) -> _Organ:
        return self._organs.setdefault(identity.agency_id, _Organ(identity))

    def _row(self, id_: str, organ: _Organ) -> AgencyRow:
        identity = organ.identity
        name = self._name(organ)
        parent = organ.parent or parent_of(identity, self._divisions, self._roles)
        seat = seat_of(identity, self._divisions, self._roles)
        now = self._codes(seat)[-1] if seat else None
        _, state, basis = min(organ.states)
        aliases = sorted(organ.names.keys() - {name})
        since, until = self._validity(identity)
        return AgencyRow(
            id_,
            name,
            json.dumps(aliases, ensure_ascii=False, separators=(",", ":")),
            level_of(identity, self._divisions, self._roles) or organ.level,
            organ.type or type_of(identity, self._roles),
            parent.agency_id if parent else None,
            self._successor(identity),
            now.division_code if now else None,
            now.last_revision if now else None,
            (not has_own_code(identity)) if now else None,
            now.province_code if now else None,
            now.province if now else None,
            now.prefecture_code if now else None,
            now.prefecture if now else None,
            next(iter(organ.credit_codes)) if len(organ.credit_codes) == 1 else None,
            f"{since}-01-01" if since else None,
            f"{until}-12-31" if until else None,
            state,
            basis,
        )

    def _name(self, organ: _Organ) -> str:
        """The full name, the role and the unit as last printed."""
        identity = organ.identity
        units = self._units.get((identity.place, identity.unit), set())
        _, role, unit = max(organ.roles, key=lambda r: (r[0], len(r[1]), r[1], r[2]), default=(0, "", ""))
        unit = unit or max(units, default=(0, identity.unit))[1]
        if not role and identity.place == CENTRAL:
            role = self._roles.central[identity.role].name
        elif not role:
            role = "管理委员会" if identity.unit_kind == "zone" else "人民政府"
        return name_of(identity, role, unit, self._divisions, self._roles)

    def _successor(self, identity: Identity) -> str | None:
        """The organ that took this one over, if it is among the organs."""
        if identity.place == CENTRAL:
            into = self._roles.central[identity.role].merged_into
            candidates = [Identity(CENTRAL, "", "", "central", into)] if into and identity.kind == "central" else []
        else:
            department = self._roles.departments.get(identity.role) if identity.kind == "department" else None
            roles = (*(department.merged_into if department else ()), identity.role)
            places = [identity.place]
            division = self._divisions.by_id.get(identity.place)
            if division and division.last.merged_into:
                places.append(division.last.merged_into)
            candidates = [
                Identity(place, identity.unit_kind, identity.unit, identity.kind, role)
                for place in reversed(places)
                for role in roles
            ]
        found = (c.agency_id for c in candidates if c != identity)
        return next((id_ for id_ in found if id_ in self._organs), None)

    def _validity(self, identity: Identity) -> tuple[int | None, int | None]:
        """First and last year of an organ, as far as the reforms and the code tables tell."""
        if identity.place == CENTRAL:
            central = self._roles.central[identity.role]
            return central.first_year, central.last_year
        division = self._divisions.by_id.get(identity.place)
        since = division.terms[0].first_year if division else None
        ends = [division.last.last_year] if division else []
        if identity.kind == "department" and identity.role in self._roles.departments:
            ends.append(self._roles.departments[identity.role].until)
        return since, min((end for end in ends if end), default=None)

    def _codes_of(self, seat: str) -> tuple[CodeRow, ...]:
        division = self._divisions.by_id[seat]
        revisions = [t.revision for t in division.terms]
        last = division.last.last_year or max(int(revisions[-1][:4]), FIRST_YEAR)
        first = max(division.terms[0].first_year or FIRST_YEAR, FIRST_YEAR)
        rows: list[CodeRow] = []
        for year in range(min(first, last), last + 1):
            row = self._code_in(seat, year)
            if rows and rows[-1]._replace(valid_from=year) == row:
                continue
            rows = [*rows[:-1], rows[-1]._replace(valid_to=year - 1)] if rows else rows
            rows.append(row)
        rows[-1] = rows[-1]._replace(valid_to=division.last.last_year)
        return tuple(rows)

    def _code_in(self, seat: str, year: int) -> CodeRow:
        line = [self._divisions.by_id[d].at(year) for d in self._divisions.line(seat, year)]
        own, province = line[-1], line[0]
        prefecture = next((t for t in line if t.level == "prefecture"), None)
        return CodeRow(
            "", year, None, own.code, own.name, own.level, own.first_revision, own.revision,
            province.code, province.name,
            prefecture.code if prefecture else None, prefecture.name if prefecture else None,
        )  # fmt: skip
