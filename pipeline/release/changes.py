"""Two releases in, every cell that differs out, with the cause: another source, parser, form file, organ, or rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["CHANGES_SCHEMA", "read_changes"]

_CAUSE = (
    "`source` (another report is used), `parser` (another version of the parsing code), `forms` (of the form files), "
    "`organs` (the report went to another organ), `rules` (none of these: how values are made of cells); several "
    "joined by +."
)
CHANGES_SCHEMA = pa.schema(
    [
        pa.field(name, kind, True, {"description": text})
        for name, kind, text in (
            ("agency_id", pa.string(), "Key of the organ."),
            ("year", pa.int64(), "Report year."),
            ("indicator", pa.string(), "Column of panel or panel_2014."),
            ("change", pa.string(), "`changed`, `new` or `gone`."),
            ("before", pa.float64(), "Value in the previous release."),
            ("after", pa.float64(), "Value in this one."),
            ("missing_before", pa.string(), "Why there was no value."),
            ("missing_after", pa.string(), "Why there is none."),
            ("source_before", pa.string(), "Source of the report then."),
            ("source_after", pa.string(), "Source of the report now."),
            ("report_id_before", pa.string(), "The report then."),
            ("report_id_after", pa.string(), "The report now."),
            ("url", pa.string(), "Address of the report now, or then where the cell is gone."),
            (
                "cause",
                pa.string(),
                _CAUSE,
            ),
        )
    ]
)
_KEY = ("agency_id", "year", "indicator")
_USED = (*_KEY, "value", "missing", "source", "report_id", "url")
_AT_ONCE = 65_536

Reports = dict[tuple[str, str], tuple[str | None, str, str]]
"""By source and report_id: the organ, parser_version and forms_version."""


@dataclass(frozen=True, slots=True)
class _Cell:
    agency_id: str
    year: int
    indicator: str
    value: float | None
    missing: str | None
    source: str
    report_id: str
    url: str | None

    @property
    def key(self) -> tuple[str, int, str]:
        return self.agency_id, self.year, self.indicator

    @property
    def report(self) -> tuple[str, str]:
        return self.source, self.report_id


def read_changes(previous: Path, now: Path) -> Iterator[tuple[Any, ...]]:
    """Rows of CHANGES_SCHEMA in the order of the key; both folders hold `parquet/values` and `parquet/reports`."""
    reports = _reports(previous), _reports(now)
    for before, after in _paired(_cells(previous), _cells(now)):
        if before and after and (before.value, before.missing) == (after.value, after.missing):
            continue
        some = after or before
        assert some is not None
        change = "changed" if before and after else "new" if after else "gone"
        yield (
            *some.key, change,
            before and before.value, after and after.value, before and before.missing, after and after.missing,
            before and before.source, after and after.source, before and before.report_id, after and after.report_id,
            some.url, _cause(before, after, *reports),
        )  # fmt: skip


def _paired(before: Iterator[_Cell], after: Iterator[_Cell]) -> Iterator[tuple[_Cell | None, _Cell | None]]:
    """Two runs in the order of the key, as one."""
    left, right = next(before, None), next(after, None)
    while left or right:
        if right is None or (left and left.key < right.key):
            yield left, None
            left = next(before, None)
        elif left is None or right.key < left.key:
            yield None, right
            right = next(after, None)
        else:
            yield left, right
            left, right = next(before, None), next(after, None)


def _cause(before: _Cell | None, after: _Cell | None, then: Reports, now: Reports) -> str:
    """What differs between the report that gave the cell then and the one that gives it now."""
    involved = {cell.report for cell in (before, after) if cell}
    found = []
    if any(r in then and r in now and then[r][0] != now[r][0] for r in involved):
        found.append("organs")
    elif any((r in then) != (r in now) for r in involved):
        found.append("source")
    # A cell that came or went is held against the same report of the other release, if that has it.
    first, last = before or after, after or before
    old, new = then.get(first.report) if first else None, now.get(last.report) if last else None
    if old and new:
        found += [name for place, name in ((1, "parser"), (2, "forms")) if old[place] != new[place]]
    if not found and before and after and before.report != after.report:
        found.append("source")
    return "+".join(found) or "rules"


def _cells(folder: Path) -> Iterator[_Cell]:
    with pq.ParquetFile(folder / "parquet" / "values.parquet") as file:
        for batch in file.iter_batches(_AT_ONCE, columns=list(_USED)):
            columns = [batch.column(name).to_pylist() for name in _USED]
            yield from (_Cell(*row) for row in zip(*columns, strict=True))


def _reports(folder: Path) -> Reports:
    names = ["source", "report_id", "agency_id", "parser_version", "forms_version"]
    rows = pq.read_table(folder / "parquet" / "reports.parquet", columns=names, partitioning=None).to_pylist()
    return {(r["source"], r["report_id"]): (r["agency_id"], r["parser_version"], r["forms_version"]) for r in rows}
