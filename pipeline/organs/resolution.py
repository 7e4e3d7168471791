"""Names of organs as found, with where they were found, in; for each the organ that it means, or why none, out.

First every name is read by itself. What it leaves open is then settled by what else is known
of the place where it stood: a printed credit code, the division of the source, the other
organs of the site and of the source. Nothing else is guessed: what stays open is ambiguous.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from pipeline.organs.divisions import Divisions, load_divisions
from pipeline.organs.identity import CENTRAL, Identity, unresolved
from pipeline.organs.names import Reading, read_name
from pipeline.organs.roles import Roles, load_roles

__all__ = ["Known", "KnownOrgan", "Mention", "Resolution", "Resolver"]

State = Literal["resolved", "ambiguous", "unknown"]


@dataclass(frozen=True, slots=True)
class Mention:
    """A name of an organ where it was found: the report's year, the site (huaian.gov.cn), the credit code it prints."""

    source: str
    name: str
    year: int | None = None
    site: str | None = None
    credit_code: str | None = None


@dataclass(frozen=True, slots=True)
class KnownOrgan:
    """What a source's file says of an organ."""

    name: str
    aliases: tuple[str, ...] = ()
    type: str | None = None
    level: str | None = None
    division_code: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What a source's file says: its title, its division's code, its organs."""

    title: str = ""
    division: str | None = None
    organs: tuple[KnownOrgan, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolution:
    """The organ that a name means, and how that is known; `reading` is what the name itself says."""

    identity: Identity
    state: State
    basis: str
    reading: Reading
    known: KnownOrgan | None = None
    candidates: tuple[str, ...] = ()


@dataclass(slots=True)
class _Places:
    """The divisions of the organs found at one site or source that their names alone settle."""

    found: set[str] = field(default_factory=set)

    @property
    def only(self) -> str | None:
        """The division of all of them, if it is one."""
        return next(iter(self.found)) if len(self.found) == 1 else None

    def common(self, divisions: Divisions) -> str | None:
        """The smallest division that all lie in."""
        lines = [divisions.line(place) for place in self.found]
        common = None
        for level in zip(*lines, strict=False):
            if len(set(level)) > 1:
                break
            common = level[0]
        return common


class Resolver:
    """Resolves the names of one warehouse: `mentions` are all of them, `known` the sources' files by name."""

    def __init__(
        self,
        mentions: Iterable[Mention],
        known: Mapping[str, Known] | None = None,
        *,
        divisions: Divisions | None = None,
        roles: Roles | None = None,
    ) -> None:
        self.divisions = divisions or load_divisions()
        self.roles = roles or load_roles()
        self.known = known or {}
        self._organs = {
            (source, name): organ
            for source, k in self.known.items()
            for organ in k.organs
            for name in (organ.name, *organ.aliases)
        }
        sources: dict[str, _Places] = defaultdict(_Places)
        sites: dict[str, _Places] = defaultdict(_Places)
        for mention in mentions:
            if place := self._settled_place(mention):
                sources[mention.source].found.add(place)
                if mention.site:
                    sites[mention.site].found.add(place)
        self._of_source, self._of_site = dict(sources), dict(sites)
        self._declared = {source: self._declared_place(k) for source, k in self.known.items()}

    def resolve(self, mention: Mention) -> Resolution:
        """The organ that a name means where it was found."""
        organ = self._organs.get((mention.source, mention.name))
        if organ is None:
            return self._resolve(mention)
        # An alias of a source's file is the organ by its main name, whatever the alias says itself.
        main = Mention(mention.source, organ.name, None, mention.site, mention.credit_code)
        found = self._resolve(main, organ)
        if organ.name == mention.name:
            return replace(found, known=organ)
        basis = f"alias of {organ.name} in the source's file; {found.basis}"
        return replace(found, known=organ, basis=basis, reading=read_name(mention.name))

    def _resolve(self, mention: Mention, organ: KnownOrgan | None = None) -> Resolution:
        reading = read_name(mention.name)
        if reading.kind == "central":
            identity = Identity(CENTRAL, "", "", reading.role.kind, reading.role.key)
            return Resolution(identity, "resolved", "an organ of the central government", reading)
        own = self.divisions.of_code(organ.division_code) if organ and organ.division_code else None
        if reading.kind == "unknown":
            # A file may say where an organ lies that its name does not tell.
            if own is not None and reading.role.known:
                return self._at(own, reading, f"{reading.role.name} of the division that the source's file names")
            return Resolution(unresolved(mention.name), "unknown", reading.note, reading, organ)
        if reading.kind == "relative":
            place, basis = self._place_of_relative(mention, reading, own)
            if place is None:
                return Resolution(unresolved(mention.name, mention.source), "unknown", basis, reading, organ)
            return self._at(place, reading, basis)
        places, basis = self._narrowed(mention, reading, own)
        if len(places) > 1:
            names = "; ".join(self.divisions.full_name(p) for p in places)
            basis = f"{reading.form} may be {names}"
            open_ = unresolved(mention.name, mention.source)
            return Resolution(open_, "ambiguous", basis, reading, organ, places)
        return self._at(places[0], reading, basis)

    def _at(self, place: str, reading: Reading, basis: str) -> Resolution:
        unit = reading.unit
        role = reading.role
        identity = Identity(place, unit.kind if unit else "", unit.key if unit else "", role.kind, role.key)
        if reading.note:
            basis = f"{basis}; {reading.note}"
        if not role.known:
            basis = f"{basis}; a role that the data do not list"
        return Resolution(identity, "resolved", basis, reading)

    def _narrowed(self, mention: Mention, reading: Reading, own: str | None) -> tuple[tuple[str, ...], str]:
        """The places that a name may mean where it was found, and what settled it; never none."""
        places = reading.places
        basis = "the name itself" + (" (short form)" if reading.short else "")
        if len(places) == 1:
            return places, basis
        for how, fits in self._clues(mention, reading, own):
            kept = tuple(p for p in places if fits(p))
            if len(kept) == 1:
                return kept, f"{reading.form}: {how}"
            places = kept or places
        return places, basis

    def _clues(
        self, mention: Mention, reading: Reading, own: str | None
    ) -> Iterable[tuple[str, Callable[[str], bool]]]:
        """What tells places of one name apart, the surest first."""
        if own:
            yield "the division that the source's file names for it", lambda p: p == own
        if mention.credit_code and (code := mention.credit_code[2:8]):
            yield "the division in its credit code", lambda p: code in {t.code for t in self.divisions.by_id[p].terms}
        for how, around, _ in self._surroundings(mention):
            if around:
                yield how, self._near(around)
        if mention.year is not None:
            year = mention.year
            yield "the only one so called in that year", lambda p: self.divisions.by_id[p].bore(reading.form, year)

    def _near(self, around: str) -> Callable[[str], bool]:
        return lambda p: self.divisions.is_within(p, around) or self.divisions.is_within(around, p)

    def _surroundings(self, mention: Mention) -> Iterable[tuple[str, str | None, str | None]]:
        """What is known around a name: how, the division that all lies in, and the one that all is of."""
        if declared := self._declared.get(mention.source):
            how, place = declared
            yield how, place, place
        if mention.site and (places := self._of_site.get(mention.site)):
            yield "the other organs of its site", places.common(self.divisions), places.only
        if places := self._of_source.get(mention.source):
            yield "the other organs of its source", places.common(self.divisions), places.only

    def _place_of_relative(self, mention: Mention, reading: Reading, own: str | None) -> tuple[str | None, str]:
        """The place of an organ that is named without one (市财政局, 高良涧街道办事处)."""
        if own:
            return own, "named without its place, which the source's file gives"
        for how, around, only in self._surroundings(mention):
            # Without a level in the name, what is around must be of one place: 财政局 may be any county's.
            base = around if reading.marker else only
            if base and (place := self._level_of(base, reading)):
                return place, f"named without its place: {how}"
        return None, "named without its place, and nothing around it tells one"

    def _level_of(self, around: str, reading: Reading) -> str | None:
        """The division at or above `around` that a relative name means there."""
        line = self.divisions.line(around)[::-1]
        if reading.marker:
            ending = {"省": ("省", "自治区"), "州": ("州",)}.get(reading.marker, (reading.marker,))
            return next((d for d in line if self.divisions.by_id[d].last.name.endswith(ending)), None)
        if reading.unit and reading.unit.kind == "township":
            return around if self._has_townships(around) else None
        return around

    def _has_townships(self, place: str) -> bool:
        """Counties do, and the cities without counties."""
        level = self.divisions.by_id[place].last.level
        return level == "county" or (level == "prefecture" and not self.divisions.has_counties(place))

    def _settled_place(self, mention: Mention) -> str | None:
        """The division of an organ that its name alone tells."""
        reading = read_name(mention.name)
        if reading.kind == "placed" and len(reading.places) == 1 and reading.places[0] in self.divisions.by_id:
            return reading.places[0]
        return None

    def _declared_place(self, known: Known) -> tuple[str, str] | None:
        if known.division and (place := self.divisions.of_code(known.division)):
            return "the division of its source", place
        if known.title:
            reading = read_name(known.title)
            if reading.kind == "placed" and len(reading.places) == 1 and reading.places[0] in self.divisions.by_id:
                return "the title of its source", reading.places[0]
        return None
