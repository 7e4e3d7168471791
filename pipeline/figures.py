"""The warehouse in, the figures by which its operator sees how it stands out: rows, verdicts, failures, coverage.

The SQL runs on DuckDB and on PostgreSQL.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.warehouse import Warehouse

__all__ = [
    "COVERAGE",
    "STATES",
    "Failure",
    "Verdicts",
    "add_verdicts",
    "count_panel",
    "count_verdicts",
    "coverage_by_province",
    "coverage_by_year",
    "ledger_by_year",
    "read_failures",
    "rows_by_source",
    "verdicts_by_source",
]

_MOST_FAILED = 0.2  # of the identities that could be checked: more is a fault of reading, not of the organs
_FEWEST = 20

COVERAGE = ("expected", "published", "fetched", "parsed", "pass", "fail")
"""How far reports came, as counted by `coverage_by_year` and `coverage_by_province`."""
_COVERED = ", ".join(
    f"count(*) FILTER (WHERE {condition})"
    for condition in ("c.expected", "c.published", "c.fetched", "c.parsed", "c.passed", "NOT c.passed")
)
_VERDICTS = ("pass", "fail", "uncertain", "not_assessable")
STATES = ("published", "missing", "not_due", "unknown")
"""States of out_ledger."""
_FAILED = """
SELECT r.agency, r.year, f.identity, f.row_or_column, f.left_value, f.right_value, f.suspect, f.evidence,
       r.source, r.report_id, r.url, f.id
FROM core_findings f JOIN core_reports r USING (source, report_id)
WHERE f.verdict = 'fail' ORDER BY r.year DESC NULLS LAST, r.source, r.report_id, f.id
"""
_PANEL = """
SELECT count(*), count(DISTINCT agency_id), count(DISTINCT year), min(year), max(year),
       count(*) FILTER (WHERE n_failed + n_failed_in_prose + n_failed_across_years > 0)
FROM out_panel
"""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How many identities have each verdict of core_findings."""

    by_name: Mapping[str, int]

    @property
    def fail(self) -> int:
        return self.by_name["fail"]

    @property
    def checked(self) -> int:
        """Those that could be."""
        return self.by_name["pass"] + self.fail

    @property
    def share_failed(self) -> float | None:
        """Of those that could be checked; None when none could."""
        return self.fail / self.checked if self.checked else None

    @property
    def is_plausible(self) -> bool:
        return self.checked < _FEWEST or self.fail <= self.checked * _MOST_FAILED


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed identity and the report that it is found in."""

    agency: str | None
    year: int | None
    identity: str
    row_or_column: str | None
    left: float
    right: float
    suspect: str | None
    evidence: str | None
    source: str
    report_id: str
    url: str | None
    finding: int

    @property
    def name(self) -> str:
        """The identity, and a word where it rests on rows that no official copy has confirmed."""
        return f"{self.identity} (unverified rows)" if self.evidence == "unverified" else self.identity

    @property
    def repair(self) -> str:
        """The one cell that would repair its table, with the value that would; empty where there is none."""
        if not self.suspect:
            return ""
        found = json.loads(self.suspect)
        return f"{' '.join(found['cell'][1:])} → {found['proposed']}"


def rows_by_source(warehouse: Warehouse, names: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many rows each source has in each of these tables, by table and source."""
    counted = (f"SELECT '{name}', source, count(*) FROM {name} GROUP BY source" for name in names)
    found: dict[str, dict[str, int]] = {name: {} for name in names}
    for name, source, count in warehouse.query(" UNION ALL ".join(counted)).fetchall():
        found[name][source] = count
    return found


def count_verdicts(warehouse: Warehouse) -> Verdicts:
    """Of all findings."""
    return add_verdicts(verdicts_by_source(warehouse).values())


def add_verdicts(verdicts: Iterable[Verdicts]) -> Verdicts:
    """Those of several sources together."""
    total = dict.fromkeys(_VERDICTS, 0)
    for found in verdicts:
        total = {name: count + found.by_name[name] for name, count in total.items()}
    return Verdicts(total)


def verdicts_by_source(warehouse: Warehouse) -> dict[str, Verdicts]:
    """Of the findings of each source that has any."""
    counts: dict[str, dict[str, int]] = {}
    sql = "SELECT source, verdict, count(*) FROM core_findings GROUP BY source, verdict"
    for source, verdict, count in warehouse.query(sql).fetchall():
        counts.setdefault(source, dict.fromkeys(_VERDICTS, 0))[verdict] = count
    return {source: Verdicts(found) for source, found in counts.items()}


def read_failures(warehouse: Warehouse, most: int) -> list[Failure]:
    """Failed identities, those of the newest reports first."""
    return [Failure(*row) for row in warehouse.query(f"{_FAILED} LIMIT {most}").fetchall()]


def coverage_by_year(warehouse: Warehouse) -> list[tuple[int, ...]]:
    """(year, then COVERAGE) of organs, the newest year first."""
    return warehouse.query(
        f"SELECT c.year, {_COVERED} FROM out_coverage c GROUP BY c.year ORDER BY c.year DESC"
    ).fetchall()


def coverage_by_province(warehouse: Warehouse) -> list[tuple[str, int, *tuple[int, ...]]]:
    """(province or what is in none, year, then COVERAGE) of organs, the newest year first."""
    place = "coalesce(a.province, CASE a.level WHEN 'central' THEN 'central' ELSE 'place not known' END)"
    return warehouse.query(
        f"""SELECT {place} AS place, c.year, {_COVERED} FROM out_coverage c LEFT JOIN ref_agencies a USING (agency_id)
            GROUP BY 1, c.year ORDER BY c.year DESC, 1"""
    ).fetchall()


def ledger_by_year(warehouse: Warehouse) -> list[tuple[int, ...]]:
    """(year, then STATES, then those published late by their own date) of organs, the newest year first."""
    states = ", ".join(f"count(*) FILTER (WHERE state = '{state}')" for state in STATES)
    return warehouse.query(
        f"""SELECT year, {states}, count(*) FILTER (WHERE days_late_stated > 0) FROM out_ledger
            GROUP BY year ORDER BY year DESC"""
    ).fetchall()


def count_panel(warehouse: Warehouse) -> Mapping[str, int | float]:
    """How many organs and years out_panel has, and how many of its reports have a failed identity of any kind."""
    ((reports, organs, years, first, last, failed),) = warehouse.query(_PANEL).fetchall()
    found: dict[str, int | float] = {"organs": organs, "years": years, "with_failed_checks": failed}
    if reports:
        found |= {"first_year": first, "last_year": last, "share_with_failed_checks": round(failed / reports, 6)}
    return found
