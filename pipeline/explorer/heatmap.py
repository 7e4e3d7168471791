"""The coverage of a release in, a heat map out: which organs' reports of which year are here, and how far each came."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from datasette.app import Datasette

from pipeline.explorer.context import rows

__all__ = [
    "FROM",
    "IN_ORDER",
    "NAME",
    "NOWHERE",
    "PLACES",
    "REPORT",
    "STATE",
    "STATES",
    "Cell",
    "Row",
    "State",
    "of_organ",
    "organ_rows",
    "place_rows",
    "read_years",
    "report_path",
]

NOWHERE = "-"
"""In an address: organs whose province, or whose prefecture, is not known or does not exist."""


@dataclass(frozen=True, slots=True)
class State:
    """How far a report came: a sign, and what it means in short and in full."""

    code: str
    sign: str
    short: str
    meaning: str


STATES = {
    s.code: s
    for s in (
        State("passed", "✓", "checks hold", "read, every check of its tables holds"),
        State("unchecked", "○", "nothing to check", "read, its tables give nothing to check"),
        State("partial", "◐", "in part", "read in part: a section or table of its form is missing"),
        State("failed", "≠", "does not add up", "read, its tables do not add up"),
        State("unread", "?", "not read", "in the archive, not read as an annual report"),
        State("listed", "…", "not fetched", "named by a list, not fetched"),
        State("missing", "✗", "missing", "not found by a complete crawl after the deadline"),
        State("not_due", "·", "not due", "not due yet"),
        State("unknown", "–", "not known", "not found, and no complete crawl since"),
    )
}
STATE = """CASE WHEN c.parsed THEN CASE WHEN c.passed = 0 THEN 'failed' WHEN NOT c.complete THEN 'partial'
                                WHEN c.passed THEN 'passed' ELSE 'unchecked' END
            WHEN c.fetched THEN 'unread' WHEN c.published THEN 'listed' ELSE coalesce(l.state, 'unknown') END"""
"""SQL: the code of a state."""
FROM = """coverage c LEFT JOIN ledger l ON l.agency_id = c.agency_id AND l.year = c.year
          LEFT JOIN agencies a ON a.agency_id = c.agency_id"""
"""SQL: an organ and year each."""
NAME = "coalesce(a.name, c.agency, c.agency_id)"
"""SQL: what an organ is called."""
REPORT = """coalesce(l.published_on, '') AS published_on, l.days_late_stated AS days_late,
            coalesce(c.source, l.found_at) AS source, coalesce(c.report_id, l.report_id) AS report_id"""
"""SQL: the report of an organ and year, and when it was published."""
PLACES = {
    "province": f"coalesce(a.province, CASE a.level WHEN 'central' THEN '中央' ELSE '{NOWHERE}' END)",
    "prefecture": f"coalesce(a.prefecture, '{NOWHERE}')",
}
"""SQL of the places that rows may stand for."""
IN_ORDER = f"place = '{NOWHERE}', place, a.prefecture IS NOT NULL, a.prefecture, name, c.agency_id"
"""SQL: organs by province (`place`), prefecture and `name`."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One field: its text, the classes that shade it, what a pointer or a screen reader is told, where it leads."""

    text: str
    shade: str
    title: str
    href: str = ""
    late: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line; `cells` in the order of the years, None where nothing is known or expected."""

    label: str
    href: str
    note: str
    cells: tuple[Cell | None, ...]


async def read_years(datasette: Datasette) -> list[int]:
    """The report years of the release, newest first: on a phone the first columns are what is seen."""
    return [year for (year,) in await rows(datasette, "SELECT DISTINCT year FROM coverage ORDER BY year DESC")]


def report_path(source: str | None, report_id: str | None) -> str:
    """Address of a report's page below the root, empty where there is none."""
    return f"report/{quote(source, safe='')}/{quote(report_id, safe='')}" if source and report_id else ""


async def place_rows(
    datasette: Datasette,
    place: str,
    years: Sequence[int],
    where: str,
    parameters: Sequence[Any],
    within: dict[str, str],
) -> list[Row]:
    """A row a province or prefecture; its cells lead to the organs of a year, `within` the places already chosen."""
    sql = PLACES[place]
    found = await rows(
        datasette,
        f"""SELECT {sql} AS place, c.year, sum({STATE} <> 'not_due') AS known, sum(c.parsed) AS read,
                   sum({STATE} = 'missing') AS missing, sum({STATE} = 'failed') AS failed,
                   sum(coalesce(l.days_late_stated > 0, 0)) AS late
            FROM {FROM} WHERE {where} GROUP BY 1, 2""",
        parameters,
    )
    sizes = await rows(
        datasette, f"SELECT {sql}, count(DISTINCT c.agency_id) FROM {FROM} WHERE {where} GROUP BY 1", parameters
    )
    cells = {(row["place"], row["year"]): _of_place(row, {**within, place: row["place"]}) for row in found}
    named = sorted(sizes, key=lambda row: (row[0] == NOWHERE, row[0] != "中央", row[0]))
    return [
        Row(
            _name(place, name),
            f"coverage?{urlencode({**within, place: name})}",
            f"{organs:,} organ{'s' if organs != 1 else ''}",
            tuple(cells.get((name, year)) for year in years),
        )
        for name, organs in named
    ]


async def organ_rows(
    datasette: Datasette, years: Sequence[int], where: str, parameters: Sequence[Any], *, limit: int, offset: int = 0
) -> list[Row]:
    """A row an organ, by place and name; its cells lead to the reports."""
    organs = await rows(
        datasette,
        f"""SELECT DISTINCT c.agency_id, {NAME} AS name, a.level, a.type,
                   {PLACES["province"]} AS place, a.prefecture, a.division_code
            FROM {FROM} WHERE {where}
            ORDER BY {IN_ORDER}
            LIMIT {limit:d} OFFSET {offset:d}""",
        parameters,
    )
    marks = ", ".join("?" * len(organs))
    found = await rows(
        datasette,
        f"""SELECT c.agency_id, c.year, {STATE} AS state, {REPORT}
            FROM {FROM} WHERE c.agency_id IN ({marks})""",
        [organ["agency_id"] for organ in organs],
    )
    cells = {(row["agency_id"], row["year"]): of_organ(row) for row in found}
    return [
        Row(
            organ["name"],
            f"organ/{quote(organ['agency_id'], safe='')}",
            " ".join(dict.fromkeys(word for word in (organ["level"], organ["type"]) if word)),
            tuple(cells.get((organ["agency_id"], year)) for year in years),
        )
        for organ in organs
    ]


def of_organ(row: Any) -> Cell:
    """The field of an organ and year: its sign and the day it was published."""
    state = STATES[row["state"]]
    days = row["days_late"]
    late = f"{days:,} day{'s' if days != 1 else ''} late" if days and days > 0 else ""
    day = row["published_on"]
    said = [state.meaning, *([f"published on {day}"] if day else []), *([late] if late else [])]
    short = (day[5:] if day[:4] == str(row["year"] + 1) else day[2:]) if day else ""
    return Cell(
        f"{state.sign} {short}".strip(),
        f"s-{state.code}",
        f"{row['year']}: {', '.join(said)}",
        report_path(row["source"], row["report_id"]),
        late,
    )


def _of_place(row: Any, chosen: dict[str, str]) -> Cell:
    read, known = row["read"] or 0, row["known"]
    href = f"coverage?{urlencode({**chosen, 'year': row['year']})}"
    if not known:
        return Cell(STATES["not_due"].sign, "s-not_due", f"{row['year']}: {STATES['not_due'].meaning}", href)
    more = [
        f"{row[what]:,} {words}"
        for what, words in (("missing", "missing"), ("late", "late"), ("failed", "that do not add up"))
        if row[what]
    ]
    # Full only when all are read, empty only when none is.
    shade = 5 if read == known else 0 if not read else 1 + int(4 * read / known)
    return Cell(
        f"{read:,}/{known:,}",
        f"h-{shade}",
        f"{row['year']}: reports of {read:,} of {known:,} organs read{''.join(f', {m}' for m in more)}",
        href,
        f"{row['late']:,} late" if row["late"] else "",
    )


def _name(place: str, name: str) -> str:
    if name != NOWHERE:
        return name
    return "Place not known 地区不明" if place == "province" else "The province itself 省本级"
