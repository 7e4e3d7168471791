"""Raw bytes as WARC, the only form in which they are kept: documents and exchanges in, records out.

One folder a source, `archive/SOURCE/*.warc.gz`. Files are written under a temporary name
and sealed by renaming. `index.jsonl` beside them says where each record stands and how
many each file has; it is rebuilt from the files whenever it does not cover them. A sealed
file that is not whole is told as damage: whoever reads the records decides what to do.
"""

import json
import os
import re
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline.locks import locked
from pipeline.warc import (
    UNREADABLE,
    Damage,
    Exchange,
    Record,
    Writer,
    compress_records,
    is_gzip,
    read_body,
    scan,
    whole_members,
)

__all__ = ["Archive", "Crawl", "Damage", "Exchange", "Record", "check_source_name", "local_url", "sync"]

_SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")
_UNFINISHED = ".crawl.json"


def check_source_name(name: str) -> str:
    """The name of a source, or ValueError saying how it must look."""
    if not _SOURCE_NAME.fullmatch(name):
        raise ValueError(f"'{name}' is no source name: use a-z, 0-9, - and _, at most 61 characters")
    return name


@dataclass
class Crawl:
    """A crawl of one source under way: what was fetched before it, and in it, and the file it writes.

    `started_at` is that of the crawl it goes on with, where one was killed.
    """

    source: str
    started_at: str
    full: bool
    resumed: bool
    archive: "Archive"
    writer: Writer
    before: dict[tuple[str, str], Record] = field(default_factory=dict)
    during: dict[tuple[str, str], Record] = field(default_factory=dict)
    last_account: dict[str, Any] | None = None

    def write(self, exchange: Exchange, *, revisits: Record | None = None) -> None:
        """Keep one exchange; what was written survives the end of this process."""
        self.writer.exchange(exchange, revisits=revisits)
        self.writer.stream.flush()


_State = tuple[tuple[str, int, int], ...]
"""Name, size and time of change of each file of a source."""


class Archive:
    """The archive under one folder; `until` hides what was fetched after that day, or nobody knows when."""

    def __init__(
        self,
        root: Path,
        *,
        lock_seconds: float = 600.0,
        tell: Callable[[str], None] = print,
        until: date | None = None,
    ) -> None:
        self.root = root
        self.until = until
        self.lock_seconds = lock_seconds
        self.tell = tell
        self._found: dict[str, tuple[_State, dict[str, Record]]] = {}

    def sources(self) -> list[str]:
        """Names of the sources that have a folder, sorted."""
        if not self.root.is_dir():
            return []
        return sorted(p.name for p in self.root.iterdir() if p.is_dir() and _SOURCE_NAME.fullmatch(p.name))

    def put(self, source: str, documents: Iterable[tuple[str, bytes]]) -> tuple[list[Record], int]:
        """Keep documents, each an address and its bytes -> (records written, documents already there).

        A document whose address and bytes the source has already is not written again. All
        are in one new WARC file that appears whole or not at all.
        """
        with self._held(source, "another `add` or crawl") as folder:
            known = {(r.url, r.sha256) for r in self.records(source)}
            name, partial = _new_file(folder, ".partial")
            written = unchanged = 0
            try:
                with partial.open("wb") as stream:
                    writer = Writer(stream)
                    for url, content in documents:
                        key = (url, sha256(content).hexdigest())
                        if key in known:
                            unchanged += 1
                            continue
                        known.add(key)
                        writer.document(url, content)
                        written += 1
                if not written:
                    return [], unchanged
                _seal(partial, folder / name)
            finally:
                partial.unlink(missing_ok=True)
            return [r for r in self.records(source) if r.warc_file == name], unchanged

    def put_warc(self, source: str, path: Path) -> tuple[list[Record], bool]:
        """Keep anyone's WARC file as it is -> (its records, whether any is new here).

        A file that is not compressed record by record is made so. Raises OSError with what
        is wrong when it is damaged, or holds no record that can be read.
        """
        with self._held(source, "another `add` or crawl") as folder:
            with path.open("rb") as stream:
                digest = file_digest(stream, "sha256").hexdigest()
            name = f"{_plain_stem(path)}-{digest[:12]}.warc.gz"
            present = self.records(source)
            if (folder / name).exists():
                return [r for r in present if r.warc_file == name], False
            known = {r.fetch_id: r for r in present}
            partial = folder / f".{name}.partial"
            try:
                shutil.copyfile(path, partial)
                records, damages = scan(partial, source)
                if not is_gzip(path) or any("non-chunked" in d.what for d in damages):
                    compress_records(path, partial)
                    records, damages = scan(partial, source)
                if damages:
                    raise OSError(f"{path}: {damages[0].what} at byte {damages[0].warc_offset:,}; nothing was added")
                if not records:
                    raise OSError(f"{path}: no response, resource or conversion record in it; nothing was added")
                # The same file by another name, or in other compression, holds nothing new.
                if all(r.fetch_id in known and r.sha256 in ("", known[r.fetch_id].sha256) for r in records):
                    return [known[r.fetch_id] for r in records], False
                _seal(partial, folder / name)
            finally:
                partial.unlink(missing_ok=True)
            return [r for r in self.records(source) if r.warc_file == name], True

    @contextmanager
    def crawling(self, source: str, account: Callable[[], Mapping[str, Any]], *, full: bool = False) -> Iterator[Crawl]:
        """A crawl of a source; what it fetched is sealed at the end, with what `account` says of it.

        One that was killed is gone on with: what it had fetched is salvaged up to the last
        whole record and stands in `during`. When the block raises, what was fetched is
        sealed as well, and the next crawl goes on.
        """
        with self._held(source, "another `add` or crawl") as folder:
            state = _read_state(folder / _UNFINISHED)
            resumed = state is not None
            started_at, full = state or (datetime.now(UTC).replace(tzinfo=None).isoformat() + "Z", full)
            (folder / _UNFINISHED).write_text(json.dumps({"started_at": started_at, "full": full}), encoding="utf-8")
            records = self.records(source)
            name, partial = _new_file(folder, ".open")
            finished = False
            try:
                with partial.open("wb") as stream:
                    crawl = Crawl(source, started_at, full, resumed, self, Writer(stream))
                    _remember(crawl, records)
                    crawl.last_account = self._last_that_saw_lists(records)
                    yield crawl
                    crawl.writer.account(f"urn:nianbao:crawl:{source}", {"started_at": started_at, **account()})
                    finished = True
            finally:
                if partial.stat().st_size:
                    _seal(partial, folder / name)
                else:
                    partial.unlink()
                if finished:
                    (folder / _UNFINISHED).unlink()
                self.records(source)

    def is_unfinished(self, source: str) -> bool:
        """Whether a crawl of the source was begun and not ended."""
        return (self.root / source / _UNFINISHED).exists()

    def accounts(self, records: Iterable[Record]) -> list[tuple[Record, dict[str, Any]]]:
        """The accounts of all crawls of a source, oldest first, each with its record."""
        return [(r, json.loads(self.get(r))) for r in records if r.role == "crawl"]

    def last_account(self, records: Sequence[Record]) -> dict[str, Any] | None:
        """The account of the last crawl that ended."""
        last = next((r for r in reversed(records) if r.role == "crawl"), None)
        return json.loads(self.get(last)) if last else None

    def _last_that_saw_lists(self, records: Sequence[Record]) -> dict[str, Any] | None:
        """The account with which a new crawl is compared: of a site that refused, or was down, there is nothing to."""
        accounts = (json.loads(self.get(r)) for r in reversed(records) if r.role == "crawl")
        return next((a for a in accounts if a.get("state") == "done" and a.get("links")), None)

    @contextmanager
    def _held(self, source: str, holder: str) -> Iterator[Path]:
        """The source's folder, for one writer at a time; what killed ones left is cleared or salvaged."""
        folder = self.root / check_source_name(source)
        with locked(folder / ".lock", holder, folder, seconds=self.lock_seconds, tell=self.tell):
            for left in folder.glob(".*.partial"):
                left.unlink()
            for left in folder.glob(".*.warc.gz.open"):
                _salvage(left)
            yield folder

    def records(self, source: str) -> list[Record]:
        """All whole records of a source in the order they were written."""
        return self.read_source(source)[0]

    def read_source(self, source: str) -> tuple[list[Record], list[Damage]]:
        """The whole records of a source in the order they were written, and where its files are damaged.

        A damaged file is not entered in the index: it is read anew until it is restored.
        """
        folder = self.root / source
        sizes = {p.name: p.stat().st_size for p in sorted(folder.glob("[!.]*.warc.gz"))}
        if not sizes:
            return [], []
        index = folder / "index.jsonl"
        known, listed = _read_index(index)
        # The index of a copied folder names the source it was made for.
        records = [r for r in listed if r.source == source]
        now = _coverage(sizes, records)
        if known == now:
            return self._seen(_resolved(records)), []
        covered = {name for name in sizes if known.get(name) == now[name]}
        records = [r for r in records if r.warc_file in covered]
        damages: list[Damage] = []
        for name in sizes:
            if name not in covered:
                whole, damaged = scan(folder / name, source)
                records.extend(whole)
                damages.extend(damaged)
        order = {name: i for i, name in enumerate(sizes)}
        records.sort(key=lambda r: (order[r.warc_file], r.warc_offset))
        damaged_files = {d.warc_file for d in damages}
        sound = {name: size for name, size in sizes.items() if name not in damaged_files}
        listed = [r for r in records if r.warc_file in sound]
        _write_index(index, _coverage(sound, listed), listed)
        return self._seen(_resolved(records)), damages

    def _seen(self, records: list[Record]) -> list[Record]:
        if self.until is None:
            return records
        last = self.until.isoformat()
        return [r for r in records if r.fetched_at is not None and r.fetched_at[: len(last)] <= last]

    def documents(self, source: str) -> Mapping[str, Record]:
        """The first record of each document of a source, by sha256; quick while its files stay what they are."""
        files = sorted((self.root / source).glob("[!.]*.warc.gz"))
        state = tuple((p.name, (stat := p.stat()).st_size, stat.st_mtime_ns) for p in files)
        remembered, by_digest = self._found.get(source, ((), {}))
        if remembered != state:
            by_digest = {r.sha256: r for r in reversed(self.records(source)) if r.is_document}
            self._found[source] = state, by_digest
        return by_digest

    def find(self, source: str, sha256: str) -> Record | None:
        """The record of one document; None where the source does not have it."""
        return self.documents(check_source_name(source)).get(sha256)

    def get(self, record: Record) -> bytes:
        """The bytes of a record. Raises OSError when the file no longer holds them."""
        return self.get_response(record)[0]

    def get_response(self, record: Record) -> tuple[bytes, dict[str, str]]:
        """The bytes of a record and the HTTP headers they came with; those of a revisit are the earlier fetch's."""
        name, offset = record.body_of or (record.warc_file, record.warc_offset)
        path = self.root / record.source / name
        try:
            content, headers = read_body(path, offset)
        except (*UNREADABLE, StopIteration) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise _damaged(path, record) from error
        if sha256(content).hexdigest() != record.sha256:
            raise _damaged(path, record)
        return content, headers


def _damaged(path: Path, record: Record) -> OSError:
    return OSError(f"{path}: the record at {record.warc_offset} is damaged; restore the file")


def local_url(path: str) -> str:
    """The address of a local file in the archive: relative, so that it tells no machine's folders."""
    return "file:" + quote(os.fsencode(path))  # a name need not be UTF-8: its bytes are quoted


def _new_file(folder: Path, ending: str) -> tuple[str, Path]:
    """The name of a new WARC file, and the hidden one it is written under."""
    # Names sort by time, also those of two crawls in one second.
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}.warc.gz"
    return name, folder / f".{name}{ending}"


def _seal(partial: Path, target: Path) -> None:
    """Give a written file its name; after that it outlives a power cut."""
    sync(partial)
    partial.rename(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Have a file's bytes, or a folder's names, outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _salvage(left: Path) -> None:
    """Seal what a killed crawl wrote, up to its last whole record."""
    if end := whole_members(left):
        os.truncate(left, end)
        _seal(left, left.with_name(left.name.removeprefix(".").removesuffix(".open")))
    else:
        left.unlink()


def _plain_stem(path: Path) -> str:
    """The name of a file without its endings, in characters that any system takes."""
    stem = re.sub(r"\.(warc|arc|gz)\b", "", path.name, flags=re.IGNORECASE)
    return re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[:80] or "warc"


def _remember(crawl: Crawl, records: Sequence[Record]) -> None:
    """The last good fetch of each address, before this crawl and in it."""
    for record in sorted(records, key=lambda r: r.fetched_at or ""):
        if record.role not in ("list", "link", "robots") or record.outcome == "failed":
            continue
        in_it = record.fetched_at is not None and record.fetched_at >= crawl.started_at
        if in_it or record.outcome in ("kept", "unchanged"):
            (crawl.during if in_it else crawl.before)[record.url, record.form] = record


def _read_state(path: Path) -> tuple[str, bool] | None:
    """Of a crawl that was begun and not ended: when, and whether it is a full one."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        return str(state["started_at"]), bool(state["full"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _resolved(records: Sequence[Record]) -> list[Record]:
    """Each record once, revisits with the digest, type and length of the body they refer to."""
    unique = list(_each_once(records))
    bodies: dict[str, Record] = {}
    for record in unique:
        if record.sha256 and record.outcome in ("kept", "unchanged"):
            for name in (record.digest, record.fetch_id, f"{record.url} {record.fetched_at}"):
                if name:
                    bodies.setdefault(name, record)
    return [record if record.sha256 else _revisit(record, bodies) for record in unique]


def _each_once(records: Iterable[Record]) -> Iterator[Record]:
    """Records of different files by different ids: a file may repeat what another has, or just its ids."""
    seen: dict[str, Record] = {}
    for record in records:
        first = seen.setdefault(record.fetch_id, record)
        if first is record:
            yield record
        elif (first.url, first.sha256, first.fetched_at) != (record.url, record.sha256, record.fetched_at):
            yield replace(record, fetch_id=f"{record.warc_file}:{record.warc_offset}")


def _revisit(record: Record, bodies: Mapping[str, Record]) -> Record:
    body = bodies.get(record.digest or record.refers_to or "") or bodies.get(record.refers_to or "")
    if body is None:
        return replace(record, outcome="failed", reason="body_not_here")
    return replace(
        record, sha256=body.sha256, media_type=body.media_type, bytes=body.bytes,
        body_of=(body.warc_file, body.warc_offset), same_as=record.same_as or body.same_as,
    )  # fmt: skip


def _coverage(sizes: dict[str, int], records: Sequence[Record]) -> dict[str, dict[str, int]]:
    """What the index says of each file, so that neither a changed file nor a cut index is trusted."""
    counts = Counter(r.warc_file for r in records)
    return {name: {"bytes": size, "records": counts[name]} for name, size in sizes.items()}


def _read_index(path: Path) -> tuple[dict[str, dict[str, int]], list[Record]]:
    try:
        with path.open(encoding="utf-8") as stream:
            files = dict(json.loads(stream.readline()))
            return files, [Record(**json.loads(line)) for line in stream]
    except (OSError, ValueError, TypeError):
        return {}, []


def _write_index(path: Path, files: dict[str, dict[str, int]], records: Iterable[Record]) -> None:
    partial = path.with_name(f".index.{secrets.token_hex(3)}.partial")
    with partial.open("w", encoding="utf-8") as stream:
        stream.write(json.dumps(files) + "\n")
        for record in records:
            stream.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
    partial.replace(path)
