"""A warehouse in, a release out: every table in every format, what explains them, what changed, and their checksums."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.release.as_csv import CsvFile
from pipeline.release.as_excel import MOST_ROWS, ExcelFile
from pipeline.release.as_parquet import ParquetFile
from pipeline.release.as_sqlite import SqliteFile
from pipeline.release.as_stata import Reasons, write_stata
from pipeline.release.changes import CHANGES_SCHEMA, read_changes
from pipeline.release.codebook import SHEET, codebook_page, codebook_rows
from pipeline.release.contents import Contents, Readable, arrow_schema
from pipeline.release.errors import ReleaseError
from pipeline.release.folder import (
    CHECKSUMS,
    PACKAGE,
    digest_of,
    find_faults,
    promote,
    read_checksums,
    replacing,
    write_checksums,
)
from pipeline.release.labels import Labels, indicator_names, load_labels
from pipeline.release.package import coded_column, data_package
from pipeline.release.papers import write_papers
from pipeline.release.tables import Published, load_published
from pipeline.warehouse import OUT_TABLES, Warehouse

__all__ = ["Release", "make_release"]

CHANGES = "CHANGES.csv"
_NO_DAY = date(1970, 1, 1)
"""Of a warehouse in which no document has a time."""
_AGAINST_ANOTHER = (CHANGES, CHECKSUMS)
"""Files that depend on the release before."""

Progress = Callable[[str, int, int], None]
"""Told the table, how many of its parts are written, and how many there are."""


@dataclass(frozen=True, slots=True)
class Release:
    """What was made. `replaced` is whether any byte of the folder is another; `changes` are rows of CHANGES.csv."""

    folder: Path
    version: str
    rows: dict[str, int]
    files: int
    bytes: int
    replaced: bool
    changes: int


def make_release(
    warehouse: Warehouse,
    folder: Path,
    *,
    previous: Path | None = None,
    lock_seconds: float = 600.0,
    tell: Callable[[str], None] = print,
    on_part: Progress = lambda table, done, parts: None,  # noqa: ARG005
) -> Release:
    """Write a release of a warehouse into `folder`; the one it holds stays until the new one is whole.

    `previous` is the release that CHANGES.csv is against; by default the one in the folder.
    Nothing is touched when nothing changed. Raises ReleaseError, Busy, and what the
    warehouse raises.
    """
    folder = folder.expanduser().resolve()
    if not (digests := warehouse.digests()):
        raise ReleaseError("there is no warehouse yet, or one of another version; run `nianbao run` first")
    if stale := warehouse.stale(OUT_TABLES):
        raise ReleaseError(f"{', '.join(stale)}: not up to date; run `nianbao run` first")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with replacing(folder, seconds=lock_seconds, tell=tell) as staged:
        before = previous or (folder if (folder / CHECKSUMS).exists() else None)
        _check_previous(before)
        written = _Writing(warehouse, staged, tell, on_part)
        written.write()
        if warehouse.digests() != digests:
            raise ReleaseError("the warehouse was loaded meanwhile; make the release again")
        if previous is None and before is not None and _is_same(staged, before):
            return _result(folder, written, replaced=False)
        written.write_changes(before)
        write_checksums(staged)
        result = _result(staged, written, replaced=True)
        promote(staged, folder)
    return Release(folder, result.version, result.rows, result.files, result.bytes, result.replaced, result.changes)


def _check_previous(before: Path | None) -> None:
    if before is not None and (faults := find_faults(before)):
        raise ReleaseError(
            f"{before}: the earlier release is not what it was ({faults}): what changed since cannot be told. Restore "
            "it, name another with --previous, or move it away"
        )


def _is_same(staged: Path, before: Path) -> bool:
    """Whether a release of the same data would differ in nothing; both lists leave out what depends on others."""
    fresh = write_checksums(staged)
    listed = read_checksums(before)
    for name in _AGAINST_ANOTHER:
        listed.pop(name, None)
    (staged / CHECKSUMS).unlink()
    return fresh == listed


def _result(folder: Path, written: "_Writing", *, replaced: bool) -> Release:
    files = [path for path in folder.rglob("*") if path.is_file()]
    with (folder / CHANGES).open(encoding="utf-8-sig", newline="") as stream:
        changes = sum(1 for _ in csv.reader(stream)) - 1
    size = sum(path.stat().st_size for path in files)
    return Release(folder, written.version, dict(written.rows), len(files), size, replaced, changes)


class _Writing:
    """One release on its way into a folder."""

    def __init__(self, warehouse: Readable, folder: Path, tell: Callable[[str], None], on_part: Progress) -> None:
        self.warehouse = warehouse
        self.folder = folder
        self.tell = tell
        self.on_part = on_part
        self.tables = load_published()
        self.labels = load_labels()
        self.day = _day(warehouse)
        self.rows: dict[str, int] = {}
        self.unknown: set[tuple[str, str]] = set()
        self.version = ""

    def write(self) -> None:
        """Everything but what depends on the release before."""
        for name in ("csv", "parquet", "stata"):
            (self.folder / name).mkdir()
        self._write_tables()
        self.version = f"{self.day:%Y.%m.%d}-{_digest(self.folder / 'csv')[:8]}"
        page = codebook_page(self.tables, self.labels)
        (self.folder / "CODEBOOK.md").write_text(page, encoding="utf-8", newline="\n")
        day = self.day.isoformat()
        write_papers(self.folder, self.tables, self.rows, self.labels, version=self.version, day=day)
        package = data_package(
            self.folder, self.tables, self.rows, _digests(self.folder / "csv"), self.labels, self.unknown,
            version=self.version, created=f"{day}T00:00:00Z",
        )  # fmt: skip
        (self.folder / PACKAGE).write_text(package, encoding="utf-8", newline="\n")

    def write_changes(self, before: Path | None) -> None:
        """CHANGES.csv against an earlier release; only its header when there is none."""
        file = CsvFile(self.folder / CHANGES, CHANGES_SCHEMA)
        for some in _batches(read_changes(before, self.folder) if before else ()):
            columns = zip(*some, strict=True)
            arrays = [pa.array(c, type=f.type) for c, f in zip(columns, CHANGES_SCHEMA, strict=True)]
            file.write(pa.table(arrays, schema=CHANGES_SCHEMA))
        file.close()

    def _write_tables(self) -> None:
        contents = Contents(self.warehouse)
        stata = _ForStata()
        in_excel = {t.name: self._count(t) for t in self.tables if t.excel}
        with ExitStack() as stack:
            sqlite = SqliteFile(self.folder / "nianbao.sqlite")
            stack.callback(sqlite.close)
            excel = ExcelFile(self.folder / "nianbao.xlsx", self.day)
            stack.callback(excel.close)
            excel.sheet("codebook", SHEET, codebook_rows(self.tables, self.labels), frozen=2)
            excel.sheet("tables", ("table", "rows", "meaning"), self._listed(in_excel))
            for t in self.tables:
                file, parquet = self._open(t)
                sqlite.create(t)
                if to_excel := in_excel.get(t.name, MOST_ROWS + 1) <= MOST_ROWS:
                    excel.sheet(t.name, t.names, frozen=2)
                self.rows[t.name] = 0
                for part in contents.read(t, partial(self.on_part, t.name)):
                    self._note_codes(t, part)
                    file.write(part)
                    parquet.write(part)
                    sqlite.write(t, part)
                    if to_excel:
                        excel.write(t, part)
                    stata.keep(t, part)
                    self.rows[t.name] += part.num_rows
                file.close()
                parquet.close()
                stata.write(self.folder / "stata", t, self.labels, self.day)
            stata.write_rest(self.folder / "stata", self.labels, self.day)
            sqlite.index()

    def _open(self, t: Published) -> tuple[CsvFile, ParquetFile]:
        schema = arrow_schema(t)
        return (
            CsvFile(self.folder / "csv" / f"{t.name}.csv", schema),
            ParquetFile(self.folder / "parquet" / f"{t.name}.parquet", schema),
        )

    def _count(self, t: Published) -> int:
        return int(self.warehouse.query(f"SELECT count(*) FROM {t.of}").fetchall()[0][0])

    def _listed(self, in_excel: dict[str, int]) -> Iterator[tuple[str, int | None, str]]:
        for t in self.tables:
            if t.name not in in_excel:
                yield t.name, None, f"Not in this workbook: see csv/{t.name}.csv. {t.description}"
            elif (count := in_excel[t.name]) > MOST_ROWS:
                yield t.name, count, f"Too long for a workbook: see csv/{t.name}.csv. {t.description}"
            else:
                yield t.name, count, t.description

    def _note_codes(self, t: Published, part: pa.Table) -> None:
        """A code that codes.yml does not know is told, once."""
        for c in t.columns:
            codes = coded_column(t, c, self.labels)
            if codes and (t.name, c.name) not in self.unknown:
                strange = sorted(set(pc.unique(part[c.name]).to_pylist()) - {None, *codes})
                if strange:
                    self.unknown.add((t.name, c.name))
                    self.tell(f"{t.name}.{c.name}: codes without a meaning in codes.yml: {', '.join(strange)}")


class _ForStata:
    """Whole tables kept until what their values lack is known too."""

    def __init__(self) -> None:
        self._parts: dict[str, list[pa.Table]] = {}
        self._later: dict[str, Published] = {}
        self._reasons: dict[tuple[str, int], dict[str, str]] = {}

    def keep(self, t: Published, part: pa.Table) -> None:
        if t.name == "panel_missing" or t.stata is not None:
            wanted = [name for name in t.names if name not in (t.stata or ()) or name == "missing"]
            self._parts.setdefault(t.name, []).append(part.select(wanted))
        if t.name == "values":
            self._keep_reasons(part)

    def _keep_reasons(self, part: pa.Table) -> None:
        """Of what panel_missing has not."""
        names = [c.name for t in self._later.values() if t.name == "panel_2014" for c in t.columns]
        lacking = part.filter(
            pc.and_(pc.is_valid(part["missing"]), pc.is_in(part["indicator"], pa.array(names, pa.string())))
        )
        columns = (lacking[name].to_pylist() for name in ("agency_id", "year", "indicator", "missing"))
        for agency, year, indicator, reason in zip(*columns, strict=True):
            self._reasons.setdefault((agency, year), {})[indicator] = reason

    def write(self, folder: Path, t: Published, labels: Labels, day: date) -> None:
        """A table whose reasons are at hand; the panels wait."""
        if t.name in ("panel", "panel_missing", "panel_2014"):
            self._later[t.name] = t
        elif t.stata is not None:
            rows = self._take(t)
            write_stata(folder / f"{t.name}.dta", t, rows, labels, day, _own_reasons(t, rows))

    def write_rest(self, folder: Path, labels: Labels, day: date) -> None:
        why = self._take(self._later.pop("panel_missing"))
        for name, t in self._later.items():
            rows = self._take(t)
            columns = [c.name for c in t.columns if c.type == "double" and c.name in indicator_names()]
            found: Reasons
            if name == "panel":
                found = {column: why[column].to_pylist() for column in columns}
            else:
                keys = list(zip(rows["agency_id"].to_pylist(), rows["year"].to_pylist(), strict=True))
                found = {column: [self._reasons.get(key, {}).get(column) for key in keys] for column in columns}
            write_stata(folder / f"{name}.dta", t, rows, labels, day, found)

    def _take(self, t: Published) -> pa.Table:
        parts = self._parts.pop(t.name, None)
        return pa.concat_tables(parts) if parts else arrow_schema(t).empty_table()


def _own_reasons(t: Published, rows: pa.Table) -> dict[str, Sequence[str | None]]:
    return {"value": rows["missing"].to_pylist()} if t.name == "values" else {}


def _day(warehouse: Readable) -> date:
    """The day of the newest document."""
    newest: datetime | None = warehouse.query("SELECT max(last_seen_at) FROM raw_documents").fetchall()[0][0]
    return newest.date() if newest else _NO_DAY


def _digests(folder: Path) -> dict[str, str]:
    """Digests of the files of a folder, by the path from the one above."""
    return {f"{folder.name}/{path.name}": digest_of(path) for path in sorted(folder.iterdir())}


def _digest(folder: Path) -> str:
    return sha256(repr(sorted(_digests(folder).items())).encode()).hexdigest()


def _batches(rows: Iterable[tuple[Any, ...]], size: int = 10_000) -> Iterator[list[tuple[Any, ...]]]:
    batch: list[tuple[Any, ...]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
