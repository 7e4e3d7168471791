"""Parsed records as Parquet: one folder a source, replaced as a whole, never half.

A new state is staged beside the current one, row for row in the order of the documents'
digests, whoever parsed them and whatever was parsed before. Documents that this parser and
these forms have parsed already are carried over.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.archive import Archive, Record, sync
from pipeline.locks import locked
from pipeline.raw_rows import distinct_documents, raw_rows
from pipeline.reading import ParseJob, Read, Traits, arrow_table, parse_job
from pipeline.schema import LAKE_TABLES, READ_TABLES, schema_version, table
from pipeline.sources import Source
from pipeline.versions import forms_version, parser_version
from pipeline.workers import map_jobs

__all__ = ["Lake", "Manifest"]

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

    def is_fresh(self, source: str, records: Sequence[Record], definition: Source | None = None) -> bool:
        """Whether the files were made from these records by this parser and these forms."""
        manifest = self.manifest(source)
        return manifest is not None and manifest.digest == _digest(records, definition)

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
        definition: Source | None = None,
        workers: str = "serial",
        chunk_documents: int = 100,
        progress: Progress | None = None,
    ) -> Manifest:
        """Write the source's tables into `folder`; parse what is new, carry over the rest.

        `definition` is the source's file, which says how far its hosts are trusted.
        `progress` is called with the number of documents done since its last call.
        """
        documents = distinct_documents(records)
        current = self.manifest(source)
        traits: dict[str, Traits] = {}
        if current is not None and (current.parser_version, current.forms_version, current.schema_version) == (
            parser_version(), forms_version(), schema_version(),
        ):  # fmt: skip
            traits = _traits_in(self.path(source, "raw_documents"))
        carried = set(traits)
        chunks = [documents[i : i + chunk_documents] for i in range(0, len(documents), chunk_documents)]
        jobs = [ParseJob(archive.root, tuple(r for r in chunk if r.sha256 not in carried)) for chunk in chunks]
        results = map_jobs(workers, parse_job, [job for job in jobs if job.records])
        counts = dict.fromkeys(READ_TABLES, 0)
        writers = {
            name: pq.ParquetWriter(folder / f"{name}.parquet", table(name).arrow_schema(), compression="zstd")
            for name in READ_TABLES
        }
        kept = {name: _Carried(self.path(source, name), table(name).key[1]) for name in READ_TABLES} if carried else {}
        try:
            for chunk, job in zip(chunks, jobs, strict=True):
                read = next(results) if job.records else Read({}, {})
                traits |= read.traits
                still = {r.sha256[:16] for r in chunk if r.sha256 in carried}
                for name, writer in writers.items():
                    parts = [read.tables[name]] if read.tables else []
                    if still:
                        rows = kept[name].take(chunk[-1].sha256[:16], still)
                        parts.append(_readdressed(rows, name, chunk))
                    merged = _in_order(parts, name)
                    counts[name] += merged.num_rows
                    if merged.num_rows:
                        writer.write_table(merged)
                if progress:
                    progress(len(chunk))
        finally:
            for writer in writers.values():
                writer.close()
        accounts = archive.accounts(records)
        for name, rows in raw_rows(source, records, documents, traits, accounts, definition).items():
            pq.write_table(arrow_table(name, rows), folder / f"{name}.parquet", compression="zstd")
            counts[name] = len(rows)
        manifest = Manifest(
            _digest(records, definition), parser_version(), forms_version(), schema_version(),
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
            sync(path)
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            target.rename(old)
        folder.rename(target)
        sync(self.root)
        shutil.rmtree(old, ignore_errors=True)

    def _recover(self, source: str) -> None:
        """After a kill between the two renames the state before is the state.

        Only under the source's lock: between the renames of a living process there is nothing to repair.
        """
        target, old = self.root / source, self.root / f".{source}.old"
        if old.exists() and not target.exists():
            old.rename(target)


def _traits_in(path: Path) -> dict[str, Traits]:
    """What was known of each document when the files were made."""
    rows = pq.read_table(path, columns=["sha256", "is_list", "damages", "sketch"], partitioning=None).to_pylist()
    return {row["sha256"]: Traits(row["is_list"], row["damages"], row["sketch"]) for row in rows}


def _digests_in(path: Path) -> set[str]:
    # Without `partitioning=None` a folder named `sha256=x` above would be taken for a column.
    return set(pq.read_table(path, columns=["sha256"], partitioning=None)["sha256"].to_pylist())


_ADDRESSES = {"core_reports": ("report_id", "url"), "raw_links": ("list_id", "list_url")}
"""Columns that say where a document was found, which depends on more than its bytes."""


def _readdressed(rows: pa.Table, name: str, documents: Sequence[Record]) -> pa.Table:
    """Carried rows with the address their document has now: an earlier fetch may have been added."""
    if not rows.num_rows or name not in _ADDRESSES:
        return rows
    key, column = _ADDRESSES[name]
    urls = {d.sha256[:16]: d.url for d in documents}
    place = rows.schema.get_field_index(column)
    found = pa.array([urls[value[:16]] for value in rows[key].to_pylist()], type=pa.string())
    return rows.set_column(place, rows.schema.field(place), found)


class _Carried:
    """Rows of one Parquet file, taken once, in the order of their `key`, which begins with the document's digest."""

    def __init__(self, path: Path, key: str) -> None:
        self._key = key
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
            documents = pc.utf8_slice_codeunits(self._rest[self._key], 0, 16)
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
        return arrow_table(name, [])
    keys = [(key, "ascending") for key in table(name).key if key != "source"]
    return pa.concat_tables(filled).sort_by(keys)


def _digest(records: Sequence[Record], definition: Source | None) -> str:
    """Digest of everything a source's rows depend on."""
    trusted = f"{definition.trust_level} {sorted(definition.every_host)}" if definition else ""
    digest = sha256(f"{parser_version()} {forms_version()} {schema_version()} {trusted}".encode())
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
