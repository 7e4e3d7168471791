"""Tables of the warehouse in, tables of the release out: which columns are published, and under which names.

Columns that are added to a table of the warehouse are published by themselves, and so is a
table `ref_agency_*`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from pipeline.schema import TABLES, Column, table

__all__ = ["ForeignKey", "Pick", "Published", "is_free_text", "load_published"]

_NOT_A_REPORT = "m.status <> 'rejected'"
_REPORTS = "LEFT JOIN core_reports r ON r.source = m.source AND r.report_id = m.report_id"
_CELLS = "LEFT JOIN core_observations o ON o.source = m.source AND o.report_id = m.report_id AND o.seq = m.seq"
_PANEL = "LEFT JOIN out_panel p ON p.agency_id = m.agency_id AND p.year = m.year"
_DOCUMENTS = "LEFT JOIN raw_documents d ON d.source = m.source AND d.sha256 = m.sha256"

# Identifiers, digests and codes: no words of a report can stand in them.
_NO_WORDS = frozenset(
    {
        "approx", "base", "basis", "cells", "evidence", "expected_by", "first_form", "flags", "form", "forms",
        "found_at", "forms_version", "identity", "indicator", "joined", "kind", "last_form", "level", "media_type",
        "missing", "name", "parser_version", "place", "polarity", "previous_source", "proof_url", "rate", "reading",
        "relation", "row_or_column", "scope", "section", "severity", "sha256", "source", "state", "status", "suspect",
        "trust", "type", "unit", "unit_source", "url", "verdict",
    }
)  # fmt: skip
_TABLE = re.compile(r"\b(?:raw|core|ref|out|meta)_[a-z]+(?:_[a-z0-9]+)*\b")
_NO_WORDS_OF = {"facts": _NO_WORDS - {"indicator", "unit"}}
"""In facts the indicator holds the words that say so, and the unit is whatever stands behind the number."""
_SEQ = "The cell, first of a sum: its running number in the report; `place` says where it stands."
_AS_WRITTEN = ("indicators", "crosswalk", "rate_definitions")
"""Tables of nianbao's own words."""


@dataclass(frozen=True, slots=True)
class Pick:
    """One published column: `column` as published, and the SQL of it in the warehouse."""

    column: Column
    sql: str


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns whose values stand in columns of another published table."""

    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """One table of the release. `of` is the warehouse's table, called m in SQL; `joins` and `where` are SQL.

    `by` are the columns of m whose values split a long table into parts that are read one
    after another. `stata` are the columns that Stata does without, None for a table that is
    not in that format; `excel` is whether it is in the workbook, while that can hold it.
    """

    name: str
    of: str
    description: str
    key: tuple[str, ...]
    picks: tuple[Pick, ...]
    joins: str = ""
    where: str = ""
    by: tuple[str, ...] = ()
    stata: tuple[str, ...] | None = None
    excel: bool = False
    foreign_keys: tuple[ForeignKey, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(p.column for p in self.picks)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(p.column.name for p in self.picks)

    def select(self, only: str = "") -> str:
        """SELECT of its rows in no order; `only` is a condition on m."""
        columns = ", ".join(f'{p.sql} AS "{p.column.name}"' for p in self.picks)
        conditions = " AND ".join(part for part in (self.where, only) if part)
        return f"SELECT {columns} FROM {self.of} m {self.joins} {f'WHERE {conditions}' if conditions else ''}"


def is_free_text(published: Published, column: Column) -> bool:
    """Whether words of a report, or of the page that linked it, may stand in a column: they are masked."""
    if column.type not in ("text", "json") or published.name in _AS_WRITTEN:
        return False
    if column.name.endswith(("_id", "_code")):
        return False
    return column.name not in _NO_WORDS_OF.get(published.name, _NO_WORDS)


@lru_cache(maxsize=1)
def load_published() -> tuple[Published, ...]:
    """All tables of the release in their order."""
    tables = (*_wide(), _values(), *_measures(), *_organs(), *_codes(), _reports(), *_of_reports())
    names = {t.of: t.name for t in tables}
    return tuple(_in_its_words(t, names) for t in tables)


def _in_its_words(t: Published, names: Mapping[str, str]) -> Published:
    """The table with descriptions that name tables as they are called in the release."""

    def said(text: str) -> str:
        return _TABLE.sub(lambda m: names.get(m[0], f"{m[0]} (in the warehouse)"), text)

    picks = tuple(replace(p, column=replace(p.column, description=said(p.column.description))) for p in t.picks)
    return replace(t, description=said(t.description), picks=picks)


def _own(name: str, leave: Iterable[str] = (), **renamed: str) -> tuple[Pick, ...]:
    """The columns of a warehouse table, without some, some under another name."""
    return tuple(
        Pick(replace(c, name=renamed.get(c.name, c.name)), f'm."{c.name}"')
        for c in table(name).columns
        if c.name not in leave
    )


def _from(alias: str, name: str, *wanted: str, **renamed: str) -> tuple[Pick, ...]:
    """Chosen columns of a joined table."""
    by_name = {c.name: c for c in table(name).columns}
    return tuple(Pick(replace(by_name[w], name=renamed.get(w, w)), f'{alias}."{w}"') for w in wanted)


_TO_REPORTS = ForeignKey(("source", "report_id"), "reports", ("source", "report_id"))
_TO_AGENCIES = ForeignKey(("agency_id",), "agencies", ("agency_id",))
_BOTH = (_TO_AGENCIES, _TO_REPORTS)


def _wide() -> Iterator[Published]:
    for name, excel in (("panel", True), ("panel_all", False), ("panel_2014", True)):
        of = f"out_{name}"
        yield Published(
            name, of, table(of).description, table(of).key, _own(of),
            by=("agency_id",) if name != "panel_all" else ("source", "report_id"),
            stata=("scope_basis",), excel=excel, foreign_keys=_BOTH,
        )  # fmt: skip
        if name == "panel_all":
            yield _missing()


def _missing() -> Published:
    of = "out_panel_missing"
    known = _from("p", "out_panel", "agency", "form", "scope", "source", "report_id", "url")
    own = _own(of)
    return Published(
        "panel_missing", of, table(of).description, table(of).key, (*own[:2], *known, *own[2:]), _PANEL,
        by=("agency_id",), excel=True, foreign_keys=_BOTH,
    )  # fmt: skip


def _values() -> Published:
    of = "out_values"
    report = _from("r", "core_reports", "agency", "form", "scope", "url")
    cell = _from(
        "o", "core_observations", "raw", "raw_row", "raw_column", "unit", "unit_source", "flags", "where",
        unit="printed_unit", where="place",
    )  # fmt: skip
    own = tuple(
        replace(p, column=replace(p.column, description=_SEQ)) if p.column.name == "seq" else p for p in _own(of)
    )
    return Published(
        "values", of, table(of).description, table(of).key, (*own, *report, *cell), f"{_REPORTS} {_CELLS}",
        by=("agency_id",), stata=("raw", "raw_row", "raw_column", "flags", "place", "missing"), excel=True,
        foreign_keys=(*_BOTH, ForeignKey(("indicator",), "indicators", ("name",))),
    )  # fmt: skip


def _measures() -> Iterator[Published]:
    rates = table("out_rates")
    yield Published(
        "rates", rates.name, rates.description, rates.key, _own(rates.name), by=("agency_id",), stata=(), excel=True,
        foreign_keys=_BOTH,
    )  # fmt: skip
    regions = table("out_regions")
    yield Published("regions", regions.name, regions.description, regions.key, _own(regions.name), stata=(), excel=True)
    coverage = table("out_coverage")
    used = _from("p", "out_panel", "source", "report_id", "url")
    yield Published(
        "coverage", coverage.name, coverage.description, coverage.key, (*_own(coverage.name), *used), _PANEL,
        stata=(), excel=True, foreign_keys=(_TO_REPORTS,),
    )  # fmt: skip
    ledger = table("out_ledger")
    yield Published("ledger", ledger.name, ledger.description, ledger.key, _own(ledger.name), stata=())
    reuse = table("out_reuse")
    report = _from("r", "core_reports", "agency", "url")
    yield Published(
        "reuse", reuse.name, reuse.description, reuse.key, (*_own(reuse.name), *report), _REPORTS, stata=(),
        foreign_keys=_BOTH,
    )  # fmt: skip


def _organs() -> Iterator[Published]:
    organs = table("ref_agencies")
    yield Published("agencies", organs.name, organs.description, organs.key, _own(organs.name), stata=("aliases",))
    for more in TABLES:
        if more.name.startswith("ref_agency_"):
            name = more.name.removeprefix("ref_")
            keys = (_TO_AGENCIES,) if "agency_id" in more.names else ()
            yield Published(name, more.name, more.description, more.key, _own(more.name), foreign_keys=keys)


def _codes() -> Iterator[Published]:
    for name, of in (
        ("indicators", "ref_indicators"),
        ("crosswalk", "ref_crosswalk"),
        ("rate_definitions", "ref_rates"),
    ):
        t = table(of)
        yield Published(name, of, t.description, t.key, _own(of))


def _reports() -> Published:
    known = _from("d", "raw_documents", "media_type", "trust", "first_seen_at", "last_seen_at")
    t = table("core_reports")
    return Published(
        "reports", t.name, "Every annual report that was read, whichever of them out_panel uses.", t.key,
        (*_own(t.name, ("reason", "message")), *known), _DOCUMENTS, _NOT_A_REPORT, by=("source", "report_id"),
        foreign_keys=(_TO_AGENCIES,),
    )  # fmt: skip


# The sentence that states a fact, and the characters that an issue is about, may tell of persons.
_LEFT_OUT = {"facts": ("text", "text_start"), "issues": ("raw",), "findings": (), "points": ()}


def _of_reports() -> Iterator[Published]:
    report = _from("r", "core_reports", "agency_id", "agency", "year", "is_current", "url")
    for name, leave in _LEFT_OUT.items():
        t = table(f"core_{name}")
        own = _own(t.name, leave, where="place")
        yield Published(
            name, t.name, t.description, t.key, (*own[:2], *report, *own[2:]), _REPORTS,
            "r.status <> 'rejected'", by=("source", "report_id"), foreign_keys=_BOTH,
        )  # fmt: skip
