"""Parsed records as Parquet: one folder a source, replaced as a whole, never half.

A new state is staged beside the current one, row for row in the order of the documents'
digests, whoever parsed them and whatever was parsed before. Documents that this parser and
these forms have parsed already are carried over.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from parsers import parse
from pipeline.archive import Archive, Record
from pipeline.locks import locked
from pipeline.records import report_rows
from pipeline.schema import CORE_TABLES, LAKE_TABLES, schema_version, table
from pipeline.versions import forms_version, parser_version
from pipeline.workers import map_jobs

__all__ = ["Lake", "Manifest", "ParseJob", "parse_job"]

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a source's Parquet files hold, how many bytes each has, and what they were made from."""

    digest: str
    parser_version: str
    forms_version: str
    schema_version: str
    documents: int
    parsed: int
    counts: dict[str, int]
    bytes: dict[str, int]


@dataclass(frozen=True, slots=True)
class ParseJob:
    """Documents for one worker: it reads their bytes from the archive itself."""

    archive: Path
    records: tuple[Record, ...]


def parse_job(job: ParseJob) -> dict[str, pa.Table]:
    """Parse the documents of a job -> rows of every core table, in the documents' order."""
    archive = Archive(job.archive)
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in CORE_TABLES}
    for record in job.records:
        for report in parse(archive.get(record)):
            for name, found in report_rows(report, record).items():
                rows[name].extend(found)
    return {name: _arrow(name, found) for name, found in rows.items()}


def _arrow(name: str, rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    schema = table(name).arrow_schema()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.table([pa.array(c, type=f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


class Lake:
    """The lake under one folder."""

    def __init__(self, root: Path, *, lock_seconds: float = 600.0, tell: Callable[[str], None] = print) -> None:
        self.root = root
        self.lock_seconds = lock_seconds
        self.tell = tell

    def sources(self) -> list[str]:
        """Names of the sources with parsed records, sorted."""
        return sorted(p.parent.name for p in self.root.glob("[!.]*/manifest.json"))

    def path(self, source: str, name: str) -> Path:
        """The Parquet file of one table of one source."""
        return self.root / source / f"{name}.parquet"

    def manifest(self, source: str) -> Manifest | None:
        """What the source's files hold; None when there are none or one is not as it was written."""
        return _read_manifest(self.root / source)

    def documents(self, source: str) -> set[str]:
        """Digests of the documents of the source's files; empty when there are none."""
        if self.manifest(source) is None:
            return set()
        return _digests_in(self.path(source, "raw_documents"))

    def is_fresh(self, source: str, records: Sequence[Record]) -> bool:
        """Whether the files were made from these records by this parser and these forms."""
        manifest = self.manifest(source)
        return manifest is not None and manifest.digest == _digest(records)

    @contextmanager
    def staging(self, source: str) -> Iterator[Path]:
        """A folder to stage a source in, by one process at a time; gone afterwards.

        Raises Busy when another process stages the source for too long.
        """
        lock, target = self.root / f".{source}.lock", self.root / source
        with locked(lock, "another run", target, seconds=self.lock_seconds, tell=self.tell):
            self._recover(source)
            folder = self.root / f".{source}.staged"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def stage(
        self,
        folder: Path,
        archive: Archive,
        source: str,
        records: Sequence[Record],
        *,
        workers: str = "serial",
        chunk_documents: int = 100,
        progress: Progress | None = None,
    ) -> Manifest:
        """Write the source's tables into `folder`; parse what is new, carry over the rest.

        `progress` is called with the number of documents done since its last call.
        """
        documents = _documents(records)
        current = self.manifest(source)
        carried: set[str] = set()
        if current is not None and (current.parser_version, current.forms_version, current.schema_version) == (
            parser_version(), forms_version(), schema_version(),
        ):  # fmt: skip
            carried = _digests_in(self.path(source, "core_reports"))
        chunks = [documents[i : i + chunk_documents] for i in range(0, len(documents), chunk_documents)]
        jobs = [ParseJob(archive.root, tuple(r for r in chunk if r.sha256 not in carried)) for chunk in chunks]
        results = map_jobs(workers, parse_job, [job for job in jobs if job.records])
        _write_raw(folder, source, records, documents)
        counts = dict.fromkeys(CORE_TABLES, 0)
        writers = {
            name: pq.ParquetWriter(folder / f"{name}.parquet", table(name).arrow_schema(), compression="zstd")
            for name in CORE_TABLES
        }
        kept = {name: _Carried(self.path(source, name)) for name in CORE_TABLES} if carried else {}
        try:
            for chunk, job in zip(chunks, jobs, strict=True):
                parsed = next(results) if job.records else {}
                still = {r.sha256[:16] for r in chunk if r.sha256 in carried}
                for name, writer in writers.items():
                    parts = [parsed[name]] if parsed else []
                    if still:
                        rows = kept[name].take(chunk[-1].sha256[:16], still)
                        parts.append(_readdressed(rows, chunk) if name == "core_reports" else rows)
                    merged = _in_order(parts, name)
                    counts[name] += merged.num_rows
                    if merged.num_rows:
                        writer.write_table(merged)
                if progress:
                    progress(len(chunk))
        finally:
            for writer in writers.values():
                writer.close()
        manifest = Manifest(
            _digest(records), parser_version(), forms_version(), schema_version(),
            len(documents), sum(len(job.records) for job in jobs), counts,
            {name: (folder / f"{name}.parquet").stat().st_size for name in LAKE_TABLES},
        )  # fmt: skip
        (folder / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
        return manifest

    def promote(self, source: str, folder: Path) -> None:
        """Make the staged folder the source's state; the state before is gone only after that."""
        target, old = self.root / source, self.root / f".{source}.old"
        # A rename that outlives a power cut whose files do not would leave no good state.
        for path in (*folder.iterdir(), folder):
            _sync(path)
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            target.rename(old)
        folder.rename(target)
        _sync(self.root)
        shutil.rmtree(old, ignore_errors=True)

    def _recover(self, source: str) -> None:
        """After a kill between the two renames the state before is the state.

        Only under the source's lock: between the renames of a living process there is nothing to repair.
        """
        target, old = self.root / source, self.root / f".{source}.old"
        if old.exists() and not target.exists():
            old.rename(target)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _digests_in(path: Path) -> set[str]:
    # Without `partitioning=None` a folder named `sha256=x` above would be taken for a column.
    return set(pq.read_table(path, columns=["sha256"], partitioning=None)["sha256"].to_pylist())


def _readdressed(reports: pa.Table, documents: Sequence[Record]) -> pa.Table:
    """Carried reports with the address their document has now: an earlier fetch may have been added."""
    if not reports.num_rows:
        return reports
    urls = {d.sha256: d.url for d in documents}
    place = reports.schema.get_field_index("url")
    found = pa.array([urls[digest] for digest in reports["sha256"].to_pylist()], type=pa.string())
    return reports.set_column(place, reports.schema.field(place), found)


class _Carried:
    """Rows of one Parquet file, taken once, in the order of their report ids."""

    def __init__(self, path: Path) -> None:
        self._batches = pq.ParquetFile(path).iter_batches(batch_size=65_536)
        self._rest: pa.Table | None = None

    def take(self, last: str, wanted: set[str]) -> pa.Table:
        """The rows of reports up to the document `last`, of the `wanted` documents only."""
        taken: list[pa.Table] = []
        while True:
            if self._rest is None:
                batch = next(self._batches, None)
                if batch is None:
                    break
                self._rest = pa.Table.from_batches([batch])
            documents = pc.utf8_slice_codeunits(self._rest["report_id"], 0, 16)
            count = pc.sum(pc.less_equal(documents, last)).as_py() or 0
            if count:
                part = self._rest.slice(0, count)
                keep = pc.is_in(documents.slice(0, count), value_set=pa.array(sorted(wanted)))
                taken.append(part.filter(keep))
            if count < self._rest.num_rows:
                self._rest = self._rest.slice(count)
                break
            self._rest = None
        return pa.concat_tables(taken) if taken else _EMPTY


_EMPTY = pa.table({})


def _in_order(parts: Sequence[pa.Table], name: str) -> pa.Table:
    """Rows of one chunk from the parser and from the files before, by report and place."""
    filled = [part for part in parts if part.num_rows]
    if not filled:
        return _arrow(name, [])
    keys = [(key, "ascending") for key in table(name).key if key != "source"]
    return pa.concat_tables(filled).sort_by(keys)


def _documents(records: Sequence[Record]) -> list[Record]:
    """The first record of each distinct document, by digest."""
    first: dict[str, Record] = {}
    for record in sorted(records, key=_by_time):
        if record.reason is None:
            first.setdefault(record.sha256, record)
    return sorted(first.values(), key=lambda r: r.sha256)


def _by_time(record: Record) -> tuple[bool, str, str]:
    """Records without a time come last: the first one seen is the first that is known."""
    return record.fetched_at is None, record.fetched_at or "", record.fetch_id


def _write_raw(folder: Path, source: str, records: Sequence[Record], documents: Sequence[Record]) -> None:
    fetches = [
        (
            r.fetch_id, source, r.url, r.fetched_at, r.status, "failed" if r.reason else "kept", r.reason, r.sha256,
            r.bytes, r.warc_file, r.warc_offset,
        )
        for r in sorted(records, key=_by_time)
    ]  # fmt: skip
    last_seen = {r.sha256: r.fetched_at for r in sorted(records, key=lambda r: r.fetched_at or "")}
    rows = [
        (source, d.sha256, d.media_type, d.url, None, d.fetched_at, last_seen[d.sha256], "local") for d in documents
    ]
    for name, found in (("raw_fetches", fetches), ("raw_documents", rows)):
        pq.write_table(_arrow(name, found), folder / f"{name}.parquet", compression="zstd")


def _digest(records: Sequence[Record]) -> str:
    """Digest of everything a source's rows depend on."""
    digest = sha256(f"{parser_version()} {forms_version()} {schema_version()}".encode())
    for record in sorted(records, key=lambda r: (r.fetch_id, r.warc_file, r.warc_offset)):
        digest.update(f"{record}\n".encode())
    return digest.hexdigest()


def _read_manifest(folder: Path) -> Manifest | None:
    """The manifest, if every file it names is there with the bytes it had."""
    try:
        manifest = Manifest(**json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
        bytes_now = {name: (folder / f"{name}.parquet").stat().st_size for name in LAKE_TABLES}
    except (OSError, ValueError, TypeError):
        return None
    return manifest if manifest.bytes == bytes_now else None
