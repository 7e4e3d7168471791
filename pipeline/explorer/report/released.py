"""What a release says of a report, and where it is not what the warehouse says now."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datasette.app import Datasette

from parsers.indicators import Indicator, load_indicators
from pipeline.answers import plain_number
from pipeline.explorer.context import rows
from pipeline.explorer.report.rows import Row
from pipeline.explorer.report.tables import cell_of
from pipeline.panel import YUAN

__all__ = ["Difference", "differences", "released_findings", "released_report", "released_values"]

_TOLERANCE = 0.005
"""Money is rounded to two digits of a yuan."""
_MISPRINTED = ("blank", "not_applicable")


@dataclass(frozen=True, slots=True)
class Difference:
    """A value of the release that is another one in the warehouse; `seqs` are the observations that say so."""

    label: str
    released: str
    now: str
    seqs: tuple[int, ...]


async def released_report(datasette: Datasette, source: str, report_id: str) -> Row | None:
    """The release's row of a report."""
    found = await rows(datasette, "SELECT * FROM reports WHERE source = ? AND report_id = ?", (source, report_id))
    return dict(found[0]) if found else None


async def released_values(datasette: Datasette, report: Row) -> list[Row]:
    """The values of the release that stand in a report, in the order they are printed."""
    found = await rows(
        datasette,
        """SELECT * FROM "values" WHERE agency_id = ? AND year = ? AND source = ? AND report_id = ?
           ORDER BY seq, indicator""",
        (report["agency_id"], report["year"], report["source"], report["report_id"]),
    )
    return [dict(row) for row in found]


async def released_findings(datasette: Datasette, report: Row) -> list[Row]:
    """The failed findings that the release has of a report."""
    found = await rows(
        datasette,
        "SELECT * FROM findings WHERE source = ? AND report_id = ? AND verdict = 'fail' ORDER BY id",
        (report["source"], report["report_id"]),
    )
    return [dict(row) for row in found]


def differences(values: Sequence[Row], observations: Sequence[Row]) -> list[Difference]:
    """Where single cells of the release are printed otherwise, or no more, by the report as it is read now."""
    indicators = {i.name: i for i in load_indicators()}
    cells: dict[Any, list[Row]] = defaultdict(list)
    for o in observations:
        if (key := cell_of(o)) is not None and o["basis"] == "year":
            cells[key].append(o)
    found = []
    for v in values:
        i = indicators.get(v["indicator"])
        if i is None or v["relation"] != "identical":
            continue
        here = cells[i.table, i.row, i.column]
        if not any(_agrees(v, o, i) for o in here):
            now = " / ".join(o["raw"].strip() or o["kind"] for o in here) or "not in the report"
            released = v["missing"] or "" if v["value"] is None else plain_number(v["value"])
            found.append(Difference(i.label_en, released, now, tuple(o["seq"] for o in here)))
    return found


def _agrees(released: Row, o: Row, indicator: Indicator) -> bool:
    if released["value"] is None:
        # A number may be missing for reasons that the cell alone does not tell: no unit, a second print, masked.
        return released["missing"] not in _MISPRINTED or released["missing"] == o["kind"]
    if o["value"] is None:
        return False
    factor = YUAN.get(o["unit"] or "", 1) if indicator.money else 1
    return bool(abs(released["value"] - o["value"] * factor) < _TOLERANCE)
