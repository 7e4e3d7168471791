"""A release in, a sheet for two readers out; the filled sheet in, the error rate of the release out.

The sample is a simple random one, without replacement, of the rows of `values` in the order
of their key, cells without a value included. The sheet is blind: it says where a cell
stands, not what is published.
"""

import csv
import io
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from parsers.indicators import Indicator, load_indicators
from pipeline.archive import Archive, Record
from pipeline.measures import load_crosswalk
from pipeline.release.entries import Entry, agrees, read_entry
from pipeline.release.errors import ReleaseError
from pipeline.release.folder import PACKAGE
from pipeline.release.intervals import Interval, error_interval

__all__ = ["SHEET", "Score", "Scored", "draw_sheet", "read_version", "score_sheet", "write_sheet"]

SHEET = (
    "n", "release", "agency_id", "agency", "year", "form", "indicator", "label_zh", "label_en", "sum_of", "table",
    "row", "column", "printed_row", "printed_column", "url", "archive_file", "archive_offset", "place", "entry_1",
    "entry_2", "agreed", "comment",
)  # fmt: skip
_USED = (
    "agency_id", "year", "indicator", "value", "missing", "relation", "source", "report_id", "agency", "form", "url",
    "raw_row", "raw_column", "printed_unit", "place",
)  # fmt: skip
_BOM = "\ufeff"

Key = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Scored:
    """One row of a filled sheet: `state` is `right`, `wrong`, `disputed` (the readers differ) or `unfilled`."""

    n: int
    key: Key
    table: str
    state: str
    entries: tuple[str, str, str]
    published: str


@dataclass(frozen=True, slots=True)
class Score:
    """What a filled sheet says of a release; `cells` is how many that has."""

    version: str
    cells: int
    rows: tuple[Scored, ...]

    def count(self, state: str, table: str | None = None) -> int:
        return sum(r.state == state and table in (None, r.table) for r in self.rows)

    def rate(self, table: str | None = None) -> Interval:
        """Wrong cells of those that both readers read alike, with the exact 95 % interval."""
        wrong = self.count("wrong", table)
        return error_interval(wrong, wrong + self.count("right", table))

    @property
    def sentence(self) -> str:
        """For the notes of the release."""
        rate, read = self.rate(), self.count("right") + self.count("wrong")
        if not read:
            return "No cell of the sheet was read by two readers alike: there is no error rate."
        left = self.count("disputed")
        disputed = f"; {left:,} on which the readers disagreed are left out" if left else ""
        return (
            f"Of {read:,} cells drawn at random from the {self.cells:,} of release {self.version} and read twice, "
            f"blindly, in the sources, {self.count('wrong'):,} differ from what is published: an error rate of "
            f"{rate.rate:.1%} (95 % confidence interval {rate.low:.1%} to {rate.high:.1%}, Clopper-Pearson){disputed}."
        )


def read_version(folder: Path) -> str:
    """The version of a release. Raises ReleaseError for a folder that holds none."""
    try:
        return str(json.loads((folder / PACKAGE).read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError) as error:
        raise ReleaseError(f"{folder}: holds no release: {PACKAGE} cannot be read") from error


def draw_sheet(folder: Path, archive: Archive | None, *, n: int = 200, seed: int = 1) -> list[tuple[Any, ...]]:
    """Rows of SHEET, entries empty; the same seed draws the same cells. Raises ReleaseError."""
    version = read_version(folder)
    count = pq.read_metadata(folder / "parquet" / "values.parquet").num_rows
    drawn = sorted(random.Random(seed).sample(range(count), min(n, count)))  # noqa: S311 - a sample, no secret
    documents = _documents(folder, archive)
    indicators = {i.name: i for i in load_indicators()}
    return [
        _line(n, version, row, indicators[row["indicator"]], documents)
        for n, row in enumerate(_cells(folder, drawn), start=1)
    ]


def _cells(folder: Path, places: Sequence[int] | None = None) -> Iterator[dict[str, Any]]:
    rows = pq.read_table(folder / "parquet" / "values.parquet", columns=list(_USED), partitioning=None)
    if places is not None:
        rows = rows.take(pa.array(places, type=pa.int64()))
    for batch in rows.to_batches(10_000):
        yield from batch.to_pylist()


def _line(
    n: int, version: str, row: Mapping[str, Any], i: Indicator, documents: Mapping[tuple[str, str], Record]
) -> tuple[Any, ...]:
    record = documents.get((row["source"], row["report_id"]))
    parts = next(
        (c.cells for c in load_crosswalk() if (c.indicator, c.form, c.relation) == (i.name, row["form"], "sum")), ()
    )
    labels = {part.name: part.label_zh for part in load_indicators()}
    return (
        n, version, row["agency_id"], row["agency"], row["year"], row["form"], i.name, i.label_zh, i.label_en,
        " + ".join(labels[part] for part in parts), i.table, i.row, i.column, row["raw_row"], row["raw_column"],
        row["url"],
        f"archive/{record.source}/{record.warc_file}" if record else None, record.warc_offset if record else None,
        _in_words(row["place"]), None, None, None, None,
    )  # fmt: skip


def _in_words(place: str | None) -> str | None:
    """A place as a person looks for it.

    >>> _in_words('{"page":4,"table":1,"row":4,"column":3}'), _in_words('{"line":12}')
    ('page 4, table 1, row 4, column 3', 'line 12')
    """
    if place is None:
        return None
    parts = []
    for name, value in json.loads(place).items():
        if name == "box":
            left, top, right, bottom = value
            parts.append(f"{left:.0f} to {right:.0f} points from the left, {top:.0f} to {bottom:.0f} from the top")
        else:
            parts.append(f"{name} {value}")
    return ", ".join(parts)


def _documents(folder: Path, archive: Archive | None) -> dict[tuple[str, str], Record]:
    """The record in the archive of each report."""
    if archive is None:
        return {}
    names = ["source", "report_id", "sha256"]
    rows = pq.read_table(folder / "parquet" / "reports.parquet", columns=names, partitioning=None).to_pylist()
    by_source = {source: archive.documents(source) for source in {row["source"] for row in rows}}
    found = {(row["source"], row["report_id"]): by_source[row["source"]].get(row["sha256"]) for row in rows}
    return {key: record for key, record in found.items() if record}


def write_sheet(path: Path, rows: Sequence[tuple[Any, ...]]) -> None:
    """The sheet as CSV. Raises ReleaseError where a file is already: it may hold what readers entered."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(SHEET)
    writer.writerows(rows)
    try:
        with path.open("x", encoding="utf-8", newline="") as stream:
            stream.write(_BOM + text.getvalue())
    except FileExistsError:
        raise ReleaseError(f"{path}: is there already, perhaps with entries; name another file with --out") from None


def score_sheet(folder: Path, sheet: Path) -> Score:
    """A filled sheet against the release that it was drawn from. Raises ReleaseError."""
    version = read_version(folder)
    lines = _read_sheet(sheet)
    if strange := sorted({line["release"] for line in lines} - {version}):
        raise ReleaseError(f"{sheet}: was drawn from release {strange[0]}, and {folder} holds {version}")
    wanted = {(line["agency_id"], int(line["year"]), line["indicator"]) for line in lines}
    released: dict[Key, dict[str, Any]] = {}
    count = 0
    for row in _cells(folder):
        count += 1
        if (key := (row["agency_id"], row["year"], row["indicator"])) in wanted:
            released[key] = row
    if unknown := wanted - set(released):
        raise ReleaseError(f"{sheet}: {' '.join(map(str, min(unknown)))} is no cell of the release")
    return Score(version, count, tuple(_scored(line, released) for line in lines))


def _scored(line: Mapping[str, str], released: Mapping[Key, Mapping[str, Any]]) -> Scored:
    key = (line["agency_id"], int(line["year"]), line["indicator"])
    cell = released[key]
    typed = (line["entry_1"], line["entry_2"], line.get("agreed", ""))
    first, second, settled = (read_entry(text) for text in typed)
    entry: Entry | None
    if settled is not None:
        entry, state = settled, ""
    elif first is None or second is None:
        entry, state = None, "unfilled"
    else:
        entry, state = first, "" if first == second else "disputed"
    if entry is not None and not state:
        state = (
            "right"
            if agrees(entry, cell["value"], cell["missing"], cell["indicator"], cell["printed_unit"])
            else "wrong"
        )
    value, missing = cell["value"], cell["missing"]
    published = f"{value:,.15g}" if value is not None else str(missing)
    table = next(i.table for i in load_indicators() if i.name == key[2])
    return Scored(int(line["n"]), key, table, state, typed, published)


def _read_sheet(path: Path) -> list[dict[str, str]]:
    """The rows of a sheet as a spreadsheet saved it: any of its separators, and GB 18030 where it is not UTF-8."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    found = [
        {name: (value or "").strip() for name, value in row.items() if name}
        for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    ]
    needed = ("n", "release", "agency_id", "year", "indicator", "entry_1", "entry_2")
    if not found or (lacking := [name for name in needed if name not in found[0]]):
        raise ReleaseError(f"{path}: is no sheet of `nianbao audit`" + (f": no column {lacking[0]}" if found else ""))
    return found
