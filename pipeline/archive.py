"""Raw bytes as WARC, the only form in which they are kept: documents in, records out.

One folder a source, `archive/SOURCE/*.warc.gz`. Files are written under a temporary name
and sealed by renaming. `index.jsonl` beside them says where each record stands; it is
rebuilt from the files whenever it does not cover them.
"""

import json
import os
import re
import secrets
from base64 import b32encode
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha1, sha256
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.warcwriter import WARCWriter

from parsers.readers import sniff

__all__ = ["Archive", "Record", "check_source_name"]

_SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")
_KEPT_TYPES = ("response", "resource", "conversion")


@dataclass(frozen=True, slots=True)
class Record:
    """One document as it was fetched: what it is and where its bytes lie."""

    fetch_id: str
    source: str
    url: str
    fetched_at: str
    media_type: str
    sha256: str
    bytes: int
    warc_file: str
    warc_offset: int


def check_source_name(name: str) -> str:
    """The name of a source, or ValueError saying how it must look."""
    if not _SOURCE_NAME.fullmatch(name):
        raise ValueError(f"'{name}' is no source name: use a-z, 0-9, - and _, at most 61 characters")
    return name


class Archive:
    """The archive under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

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
        folder.mkdir(parents=True, exist_ok=True)
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
        folder = self.root / source
        files = {p.name: p.stat().st_size for p in sorted(folder.glob("[!.]*.warc.gz"))}
        if not files:
            return []
        index = folder / "index.jsonl"
        known, records = _read_index(index)
        if known == files:
            return records
        unchanged = {name for name, size in files.items() if known.get(name) == size}
        records = [r for r in records if r.warc_file in unchanged]
        for name in files:
            if name not in unchanged:
                records.extend(_scan(folder / name, source))
        order = {name: i for i, name in enumerate(files)}
        records.sort(key=lambda r: (order[r.warc_file], r.warc_offset))
        _write_index(index, files, records)
        return records

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
    return "file:" + quote(path)


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


def _scan(path: Path, source: str) -> Iterator[Record]:
    """The whole records of one WARC file; reading stops at the first damaged one.

    warcio yields a truncated last record without an error, so its length is compared with
    what its header promises.
    """
    with path.open("rb") as stream:
        iterator = ArchiveIterator(stream, check_digests=True)
        try:
            for found in iterator:
                if found.rec_type not in _KEPT_TYPES:
                    continue
                content: bytes = found.content_stream().read()
                # Asking for the offset skips what is left of the record: read it first.
                offset = iterator.get_record_offset()
                if _is_whole(found, content):
                    yield _record(found, content, path.name, offset, source)
        except (ArchiveLoadFailed, EOFError, OSError):
            return


def _is_whole(found: ArcWarcRecord, content: bytes) -> bool:
    promised = int(found.rec_headers.get_header("Content-Length") or -1)
    if found.rec_type != "response" and len(content) != promised:
        return False
    return found.digest_checker is None or found.digest_checker.passed is not False


def _record(found: ArcWarcRecord, content: bytes, name: str, offset: int, source: str) -> Record:
    headers = found.rec_headers
    return Record(
        fetch_id=str(headers.get_header("WARC-Record-ID")).strip("<>"),
        source=source,
        url=headers.get_header("WARC-Target-URI") or "",
        fetched_at=headers.get_header("WARC-Date") or "",
        media_type=_media_type(content),
        sha256=sha256(content).hexdigest(),
        bytes=len(content),
        warc_file=name,
        warc_offset=offset,
    )


def _read_index(path: Path) -> tuple[dict[str, int], list[Record]]:
    try:
        with path.open(encoding="utf-8") as stream:
            files = json.loads(stream.readline())
            return files, [Record(**json.loads(line)) for line in stream]
    except (OSError, ValueError, TypeError):
        return {}, []


def _write_index(path: Path, files: dict[str, int], records: Iterable[Record]) -> None:
    partial = path.with_name(f".index.{secrets.token_hex(3)}.partial")
    with partial.open("w", encoding="utf-8") as stream:
        stream.write(json.dumps(files) + "\n")
        for record in records:
            stream.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
    partial.replace(path)
