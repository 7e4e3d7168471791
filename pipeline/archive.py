"""Raw bytes as WARC, the only form in which they are kept: documents in, records out.

One folder a source, `archive/SOURCE/*.warc.gz`. Files are written under a temporary name
and sealed by renaming. `index.jsonl` beside them says where each record stands and how
many each file has; it is rebuilt from the files whenever it does not cover them. A sealed
file that is not whole is told as damage: whoever reads the records decides what to do.
"""

import gzip
import json
import os
import re
import secrets
import zlib
from base64 import b32encode
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha1, sha256
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeadersParserException
from warcio.warcwriter import WARCWriter

from parsers.readers import sniff
from pipeline.locks import locked

__all__ = ["Archive", "Damage", "Record", "check_source_name"]

_SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")
_KEPT_TYPES = ("response", "resource", "conversion")


@dataclass(frozen=True, slots=True)
class Record:
    """One document as it was fetched: what it is and where its bytes lie.

    `fetched_at` is UTC in one form, so that times compare as text; None when the file does
    not say. `status` is that of HTTP. `reason` says why it is no document: ``truncated``.
    """

    fetch_id: str
    source: str
    url: str
    fetched_at: str | None
    media_type: str
    sha256: str
    bytes: int
    warc_file: str
    warc_offset: int
    status: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Damage:
    """A place from which a sealed file is not what was written."""

    warc_file: str
    warc_offset: int
    what: str

    def __str__(self) -> str:
        return f"{self.warc_file} is damaged at byte {self.warc_offset:,} ({self.what})"


def check_source_name(name: str) -> str:
    """The name of a source, or ValueError saying how it must look."""
    if not _SOURCE_NAME.fullmatch(name):
        raise ValueError(f"'{name}' is no source name: use a-z, 0-9, - and _, at most 61 characters")
    return name


class Archive:
    """The archive under one folder."""

    def __init__(self, root: Path, *, lock_seconds: float = 600.0, tell: Callable[[str], None] = print) -> None:
        self.root = root
        self.lock_seconds = lock_seconds
        self.tell = tell

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
        folder = self.root / check_source_name(source)
        lock = folder / ".lock"
        with locked(lock, "another `add`", folder, seconds=self.lock_seconds, tell=self.tell):
            # What lies here under the lock is of an `add` that was killed.
            for left in folder.glob(".*.warc.gz.partial"):
                left.unlink()
            return self._put(folder, source, documents)

    def _put(self, folder: Path, source: str, documents: Iterable[tuple[str, bytes]]) -> tuple[list[Record], int]:
        known = {(r.url, r.sha256) for r in self.records(source)}
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}.warc.gz"
        partial = folder / f".{name}.partial"
        written = unchanged = 0
        try:
            with partial.open("wb") as stream:
                writer = WARCWriter(stream, gzip=True, warc_version="WARC/1.1")
                for url, content in documents:
                    key = (url, sha256(content).hexdigest())
                    if key in known:
                        unchanged += 1
                        continue
                    known.add(key)
                    writer.write_record(_resource(writer, url, content))
                    written += 1
                stream.flush()
                os.fsync(stream.fileno())
            if not written:
                return [], unchanged
            partial.rename(folder / name)
        finally:
            partial.unlink(missing_ok=True)
        return [r for r in self.records(source) if r.warc_file == name], unchanged

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
            return records, []
        covered = {name for name in sizes if known.get(name) == now[name]}
        records = [r for r in records if r.warc_file in covered]
        damages: list[Damage] = []
        for name in sizes:
            if name not in covered:
                whole, damaged = _scan(folder / name, source)
                records.extend(whole)
                damages.extend(damaged)
        order = {name: i for i, name in enumerate(sizes)}
        records.sort(key=lambda r: (order[r.warc_file], r.warc_offset))
        damaged_files = {d.warc_file for d in damages}
        sound = {name: size for name, size in sizes.items() if name not in damaged_files}
        listed = [r for r in records if r.warc_file in sound]
        _write_index(index, _coverage(sound, listed), listed)
        return records, damages

    def get(self, record: Record) -> bytes:
        """The bytes of a record. Raises OSError when the file no longer holds them."""
        path = self.root / record.source / record.warc_file
        with path.open("rb") as stream:
            stream.seek(record.warc_offset)
            try:
                content: bytes = next(iter(ArchiveIterator(stream))).content_stream().read()
            except (ArchiveLoadFailed, EOFError, StopIteration) as error:
                raise _damaged(path, record) from error
        if sha256(content).hexdigest() != record.sha256:
            raise _damaged(path, record)
        return content


def _damaged(path: Path, record: Record) -> OSError:
    return OSError(f"{path}: the record at {record.warc_offset} is damaged; restore the file")


def local_url(path: str) -> str:
    """The address of a local file in the archive: relative, so that it tells no machine's folders."""
    return "file:" + quote(os.fsencode(path))  # a name need not be UTF-8: its bytes are quoted


def _resource(writer: WARCWriter, url: str, content: bytes) -> ArcWarcRecord:
    digest = "sha1:" + b32encode(sha1(content, usedforsecurity=False).digest()).decode()
    return writer.create_warc_record(
        url,
        "resource",
        payload=BytesIO(content),
        length=len(content),
        warc_content_type=_media_type(content),
        warc_headers_dict={"WARC-Payload-Digest": digest, "WARC-Block-Digest": digest},
    )


def _media_type(content: bytes) -> str:
    return sniff(content) if content else "application/octet-stream"


def _scan(path: Path, source: str) -> tuple[list[Record], list[Damage]]:
    """The whole records of one WARC file and its damages; reading stops where no record can be found.

    warcio yields a truncated last record, and ends at an unreadable one, without an error:
    each record's length is compared with what its header promises, and the file is tested
    as gzip.
    """
    records: list[Record] = []
    damages: list[Damage] = []
    end = 0
    with path.open("rb") as stream:
        iterator = ArchiveIterator(stream, check_digests=True)
        try:
            for found in iterator:
                content: bytes = found.content_stream().read()
                # Asking for the offset skips what is left of the record: read it first.
                offset = iterator.get_record_offset()
                end = offset + iterator.get_record_length()
                if not _is_whole(found):
                    damages.append(Damage(path.name, offset, "not what its header promises"))
                elif found.rec_type in _KEPT_TYPES:
                    records.append(_record(found, content, path.name, offset, source))
        except (ArchiveLoadFailed, StatusAndHeadersParserException, EOFError, OSError, zlib.error) as error:
            damages.append(Damage(path.name, end, str(error).strip().partition("\n")[0] or type(error).__name__))
    if not damages and (problem := _gzip_problem(path)):
        damages.append(Damage(path.name, end, problem))
    return records, damages


def _is_whole(found: ArcWarcRecord) -> bool:
    """Whether a record that was read to its end has its length and its digest."""
    missing = getattr(found.raw_stream, "limit", None)
    return missing == 0 and (found.digest_checker is None or found.digest_checker.passed is not False)


def _gzip_problem(path: Path) -> str | None:
    with path.open("rb") as stream:
        start = stream.read(5)
    if not start.startswith(b"\x1f\x8b"):
        return None if start == b"WARC/" else "neither gzip nor WARC"
    try:
        with gzip.open(path) as stream:
            while stream.read(1 << 20):
                pass
    except (OSError, EOFError, zlib.error) as error:
        return str(error)
    return None


def _record(found: ArcWarcRecord, content: bytes, name: str, offset: int, source: str) -> Record:
    headers = found.rec_headers
    fetch_id = headers.get_header("WARC-Record-ID")
    return Record(
        fetch_id=str(fetch_id).strip("<>") if fetch_id else f"{name}:{offset}",
        source=source,
        url=headers.get_header("WARC-Target-URI") or "",
        fetched_at=_utc(headers.get_header("WARC-Date") or ""),
        media_type=_media_type(content),
        sha256=sha256(content).hexdigest(),
        bytes=len(content),
        warc_file=name,
        warc_offset=offset,
        status=_status(found),
        reason="truncated" if _is_truncated(found) else None,
    )


def _utc(text: str) -> str | None:
    """A time as text that sorts: UTC, six digits of a second; None for what is no time.

    >>> _utc("2024-01-05T00:00:00Z"), _utc("2024-01-05T08:00:00.5+08:00"), _utc("2024")
    ('2024-01-05T00:00:00.000000Z', '2024-01-05T00:00:00.500000Z', None)
    """
    try:
        time = datetime.fromisoformat(text)
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return time.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _status(found: ArcWarcRecord) -> int | None:
    code = found.http_headers.get_statuscode() if found.http_headers else ""
    return int(code) if re.fullmatch(r"[1-9][0-9]{2}", code) else None


def _is_truncated(found: ArcWarcRecord) -> bool:
    """Whether the crawler got less of the document than the server promised."""
    if found.rec_headers.get_header("WARC-Truncated"):
        return True
    if not found.http_headers or found.http_headers.get_header("Transfer-Encoding"):
        return False
    promised = found.http_headers.get_header("Content-Length") or ""
    return bool(re.fullmatch(r"[0-9]{1,18}", promised)) and found.payload_length < int(promised)


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
