"""A release and an archive in, what no longer holds out: checksums, then values read anew from the documents.

Whoever changes a figure and repairs the checksums is found by the archive and by the other
formats; whoever changes the archive, by the digests that the release has of every document.
"""

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from parsers.models import Report
from parsers.pages import read_page
from pipeline.archive import Archive, Record
from pipeline.records import report_id
from pipeline.release.copies import Key, Said, read_copies
from pipeline.release.derive import derive_values
from pipeline.release.folder import Faults, find_faults
from pipeline.release.labels import load_labels

__all__ = ["Mismatch", "Verdict", "verify_release"]

_TOLERANCE = 1e-9
"""Sums of amounts may differ in the last bit by the order they were added in."""

ReportKey = tuple[str, str]
"""Source and report_id."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One cell that is not what it should be: `place` is the file of the release, or the document in the archive."""

    key: Key
    place: str
    released: str
    found: str

    def __str__(self) -> str:
        agency, year, indicator = self.key
        return f"{agency} {year} {indicator}: released {self.released}, {self.place} says {self.found}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found. `sampled` of `values` cells were compared; in the archive unless it was left out."""

    files: int
    faults: Faults
    values: int = 0
    sampled: int = 0
    in_archive: int | None = None
    mismatches: tuple[Mismatch, ...] = field(default=())

    @property
    def holds(self) -> bool:
        return not self.faults and not self.mismatches


@dataclass(frozen=True, slots=True)
class _Cell:
    key: Key
    said: Said
    report: ReportKey
    place: str


def verify_release(
    folder: Path,
    archive: Archive | None,
    *,
    n: int | None = 200,
    seed: int = 1,
    on_document: Callable[[int, int], None] = lambda done, documents: None,  # noqa: ARG005
) -> Verdict:
    """Check a release; `n` cells are drawn at random by `seed`, all when it is None.

    Without an archive only the files are held against their checksums and one another.
    Raises ReleaseError when the folder holds no release.
    """
    faults = find_faults(folder)
    files = sum(1 for path in folder.rglob("*") if path.is_file())
    if faults.missing or faults.changed:
        return Verdict(files, faults)
    count = pq.read_metadata(folder / "parquet" / "values.parquet").num_rows
    places = sorted(random.Random(seed).sample(range(count), min(n, count))) if n is not None else range(count)  # noqa: S311
    cells = list(_cells(folder, places))
    mismatches = list(_between_formats(folder, cells))
    if archive is not None:
        mismatches += _against_archive(cells, _digests(folder), archive, on_document)
    in_archive = None if archive is None else len({cell.report for cell in cells})
    return Verdict(files, faults, count, len(cells), in_archive, tuple(mismatches))


def _cells(folder: Path, places: Sequence[int]) -> Iterator[_Cell]:
    names = ["agency_id", "year", "indicator", "value", "missing", "source", "report_id", "place"]
    rows = pq.read_table(folder / "parquet" / "values.parquet", columns=names, partitioning=None)
    rows = rows.take(pa.array(places, type=pa.int64()))
    for agency, year, indicator, value, missing, source, report, place in zip(
        *(rows[name].to_pylist() for name in names), strict=True
    ):
        yield _Cell((agency, year, indicator), (value, missing), (source, report), place or "no place")


def _between_formats(folder: Path, cells: Sequence[_Cell]) -> Iterator[Mismatch]:
    """Every file says the same of a cell."""
    for path, found in read_copies(folder, [cell.key for cell in cells], load_labels()):
        wide = "panel" in path
        of_2014 = "panel_2014" in path
        for cell in cells:
            if wide and cell.key[2].startswith("stat_") is not of_2014:
                continue
            said = found.get(cell.key)
            value, missing = cell.said
            if said is None:
                yield Mismatch(cell.key, path, _shown(cell.said), "nothing")
            elif not _is_same((value, missing if said[1] is not None or not wide else None), said):
                yield Mismatch(cell.key, path, _shown(cell.said), _shown(said))


def _digests(folder: Path) -> dict[ReportKey, str]:
    names = ["source", "report_id", "sha256"]
    rows = pq.read_table(folder / "parquet" / "reports.parquet", columns=names, partitioning=None)
    columns = (rows[name].to_pylist() for name in names)
    return {(source, report): digest for source, report, digest in zip(*columns, strict=True)}


def _against_archive(
    cells: Sequence[_Cell], digests: Mapping[ReportKey, str], archive: Archive, told: Callable[[int, int], None]
) -> Iterator[Mismatch]:
    by_report: dict[ReportKey, list[_Cell]] = {}
    for cell in cells:
        by_report.setdefault(cell.report, []).append(cell)
    records: dict[str, Mapping[str, Record]] = {}
    for done, (key, found) in enumerate(sorted(by_report.items()), start=1):
        source, name = key
        if source not in records:
            records[source] = archive.documents(source)
        record = records[source].get(digests.get(key, ""))
        yield from _against_document(found, name, record, archive)
        told(done, len(by_report))


def _against_document(cells: Sequence[_Cell], name: str, record: Record | None, archive: Archive) -> Iterator[Mismatch]:
    source = cells[0].report[0]
    if record is None:
        for cell in cells:
            yield Mismatch(
                cell.key, f"archive/{source}", _shown(cell.said), f"nothing: it has no document of report {name}"
            )
        return
    place = f"archive/{source}/{record.warc_file} at byte {record.warc_offset:,}"
    try:
        report = _parse(record, archive, name)
    except OSError as error:
        for cell in cells:
            yield Mismatch(cell.key, place, _shown(cell.said), f"nothing: {error}")
        return
    derived = derive_values(report) if report else {}
    for cell in cells:
        now = derived.get(cell.key[2])
        if now is None:
            yield Mismatch(cell.key, place, _shown(cell.said), "no such cell")
        elif not _is_same(cell.said, (now.value, now.missing)):
            yield Mismatch(cell.key, f"{place}, {cell.place},", _shown(cell.said), _shown((now.value, now.missing)))


def _parse(record: Record, archive: Archive, name: str) -> Report | None:
    """The report of that id in a document, read as a run reads it."""
    page = read_page(
        archive.get(record),
        record.url,
        as_list=record.role == "list",
        links=record.status is not None,
        sent=record.form,
    )
    return next((r for r in page.reports if report_id(r) == name), None)


def _is_same(one: Said, other: Said) -> bool:
    if one[0] is None or other[0] is None:
        return one == other
    return math.isclose(one[0], other[0], rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)


def _shown(said: Said) -> str:
    return f"no value ({said[1]})" if said[0] is None else f"{said[0]:,.15g}"
