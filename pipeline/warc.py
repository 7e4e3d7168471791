"""WARC records in and out: what was exchanged becomes records, a file becomes what stands in it.

Every record is one gzip member, so that a file that was cut is whole up to its last whole
member. What nianbao knows of an exchange beyond what the standard has fields for stands as
JSON in the record's header `WARC-JSON-Metadata`; files of other crawlers have none.
"""

import gzip
import json
import re
import zlib
from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from hashlib import sha1, sha256
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParserException
from warcio.warcwriter import WARCWriter

from parsers.readers import MAX_BYTES, sniff

__all__ = [
    "REFUSALS",
    "UNREADABLE",
    "Damage",
    "Exchange",
    "Record",
    "Writer",
    "compress_records",
    "is_gzip",
    "read_body",
    "scan",
    "whole_members",
]

UNREADABLE = (ArchiveLoadFailed, StatusAndHeadersParserException, EOFError, OSError, zlib.error)
"""What warcio raises where no record can be found."""

_NOTES = "WARC-JSON-Metadata"
_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_SAME_BODY = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
REFUSALS = (401, 403, 412, 451, 521)
# The body is kept as it came out of the transfer: its chunks are gone, and their header with them.
_OF_THE_TRANSFER = {"transfer-encoding": "X-Archive-Orig-Transfer-Encoding"}
_NEVER_A_REPORT = re.compile(r"\s*(?:text/css|text/javascript|application/(?:x-)?javascript|font/|video/|audio/)", re.I)
_DECORATION = re.compile(r"\s*image/", re.I)
"""In a browser's crawl; our own follows no link to an image that does not stand for a report."""


@dataclass(frozen=True, slots=True)
class Record:
    """One exchange, or one document added by hand: what came of it and where its bytes lie.

    `fetched_at` is UTC in one form, so that times compare as text; None when the file does
    not say. `outcome` is ``kept`` (a body), ``unchanged`` (the document is known already),
    ``redirected``, ``blocked`` (the site refuses) or ``failed``, the last two with their
    `reason`. `role` is what a crawl wanted of the address: ``list``, ``link``, ``robots``;
    ``crawl`` is the account of a whole crawl; None for documents from elsewhere.
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
    outcome: str = "kept"
    reason: str | None = None
    role: str | None = None
    via: str | None = None
    title: str | None = None
    form: str = ""
    """The form that was sent, of a POST."""
    digest: str | None = None
    """The payload digest that the file states: what a revisit refers to."""
    same_as: str | None = None
    """sha256 of the earlier document whose main text this one repeats."""
    refers_to: str | None = None
    """Of a revisit: the earlier fetch it names, by its id, or by its address and time."""
    body_of: tuple[str, int] | None = None
    """Of a revisit: file and offset of the record that has the body."""

    @property
    def document(self) -> str:
        """The sha256 of the document that was seen."""
        return self.same_as or self.sha256

    @property
    def is_document(self) -> bool:
        """Whether its body is something to read."""
        return self.outcome == "kept" and self.role in (None, "list", "link")


@dataclass(frozen=True, slots=True)
class Damage:
    """A place from which a sealed file is not what was written."""

    warc_file: str
    warc_offset: int
    what: str

    def __str__(self) -> str:
        return f"{self.warc_file} is damaged at byte {self.warc_offset:,} ({self.what})"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came back; `status` is None when nothing did, and `notes` say why.

    `notes` are the fields of a Record that the standard has none for: role, via, title,
    form, outcome, reason, same_as.
    """

    url: str
    at: datetime
    method: str = "GET"
    request_headers: Sequence[tuple[str, str]] = ()
    request_body: bytes = b""
    status: int | None = None
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    truncated: bool = False
    notes: Mapping[str, Any] = field(default_factory=dict)


class Writer:
    """Writes exchanges and documents to an open WARC file, each record a gzip member of its own."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self._writer = WARCWriter(stream, gzip=True, warc_version="WARC/1.1")

    def document(self, url: str, content: bytes) -> None:
        """A document that was added by hand, as a `resource` record."""
        digest = payload_digest(content)
        headers = {"WARC-Payload-Digest": digest, "WARC-Block-Digest": digest}
        self._record("resource", url, content, headers, content_type=media_type_of(content))

    def account(self, url: str, found: Mapping[str, Any]) -> None:
        """The account of a whole crawl, as a `metadata` record."""
        content = json.dumps(found, ensure_ascii=False, sort_keys=True).encode()
        headers = {_NOTES: _noted({"role": "crawl"})}
        self._record("metadata", url, content, headers, content_type="application/json")

    def exchange(self, e: Exchange, *, revisits: Record | None = None) -> None:
        """The request, then the response; `revisits` is the earlier fetch whose body came again, or still stands."""
        headers = {"WARC-Date": _warc_date(e.at), "WARC-Record-ID": f"<urn:uuid:{uuid4()}>"}
        if e.notes:
            headers[_NOTES] = _noted(e.notes)
        path = re.sub(r"^[a-z]+://[^/?]+/?", "/", e.url)
        asked = StatusAndHeaders(f"{e.method} {path} HTTP/1.1", list(e.request_headers), is_http_request=True)
        with_it = {"WARC-Date": headers["WARC-Date"], "WARC-Concurrent-To": headers["WARC-Record-ID"]}
        self._record("request", e.url, e.request_body, with_it, http_headers=asked)
        if e.status is None:
            self._record("metadata", e.url, b"", headers, content_type="application/warc-fields")
            return
        answer = StatusAndHeaders(f"{e.status}", _kept_headers(e.headers), protocol="HTTP/1.1")
        if revisits is not None:
            self._revisit(e, revisits, answer, headers)
            return
        if e.truncated:
            headers["WARC-Truncated"] = "disconnect"
        self._record("response", e.url, e.body, headers, http_headers=answer)

    def _revisit(self, e: Exchange, earlier: Record, answer: StatusAndHeaders, headers: dict[str, str]) -> None:
        headers["WARC-Profile"] = _NOT_MODIFIED if e.status == 304 else _SAME_BODY
        self._writer.write_record(
            self._writer.create_revisit_record(
                e.url,
                digest=earlier.digest,
                refers_to_uri=earlier.url,
                refers_to_date=earlier.fetched_at or headers["WARC-Date"],
                http_headers=answer,
                warc_headers_dict=headers,
            )
        )

    def _record(
        self,
        kind: str,
        url: str,
        content: bytes,
        headers: dict[str, str],
        *,
        http_headers: StatusAndHeaders | None = None,
        content_type: str = "",
    ) -> None:
        self._writer.write_record(
            self._writer.create_warc_record(
                url,
                kind,
                payload=BytesIO(content),
                length=len(content),
                warc_content_type=content_type,
                warc_headers_dict=headers,
                http_headers=http_headers,
            )
        )


def _noted(notes: Mapping[str, Any]) -> str:
    """Notes as one line of ASCII, which any reader of headers takes."""
    return json.dumps({name: value for name, value in notes.items() if value}, ensure_ascii=True, sort_keys=True)


def _kept_headers(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(_OF_THE_TRANSFER.get(name.lower(), name), value) for name, value in headers]


def payload_digest(content: bytes) -> str:
    """The digest of a body as WARC files state it."""
    return "sha1:" + b32encode(sha1(content, usedforsecurity=False).digest()).decode()


def media_type_of(content: bytes) -> str:
    """What the bytes are, whatever a server says."""
    return sniff(content) if content else "application/octet-stream"


def _warc_date(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def whole_members(path: Path) -> int:
    """How many bytes of a gzip file are whole members: a file that was cut ends there.

    The length and checksum at the end of a member are those of its content.
    """
    end = 0
    with path.open("rb") as stream:
        while True:
            stream.seek(end)
            length = _member_length(stream)
            if length is None:
                return end
            end += length


def _member_length(stream: BinaryIO) -> int | None:
    """The bytes of the gzip member that begins here; None when it is not whole."""
    decoder = zlib.decompressobj(wbits=31)
    read = 0
    while chunk := stream.read(1 << 16):
        read += len(chunk)
        try:
            while chunk and not decoder.eof:
                decoder.decompress(chunk, 1 << 20)
                chunk = decoder.unconsumed_tail
        except zlib.error:
            return None
        if decoder.eof:
            return read - len(decoder.unused_data)
    return None


def is_gzip(path: Path) -> bool:
    """Whether a file begins as gzip does."""
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def compress_records(path: Path, target: Path) -> None:
    """Copy a WARC file that is not compressed, or as a whole: every record a gzip member of its own, its bytes kept.

    Raises OSError where it is no WARC file.
    """
    unpacked: Any = partial(gzip.open, path, "rb") if is_gzip(path) else partial(path.open, "rb")
    try:
        with unpacked() as stream:
            iterator = ArchiveIterator(stream)
            starts: list[Any] = [iterator.get_record_offset() for _ in iterator]
        with unpacked() as stream, target.open("wb") as out:
            for start, end in pairwise([*starts, None]):
                with gzip.GzipFile("", "wb", fileobj=out, mtime=0) as member:
                    _copy(stream, member, None if end is None else end - start)
    except UNREADABLE as error:
        raise OSError(f"{path}: not a WARC file, or damaged ({error}); nothing was added") from None


def _copy(stream: BinaryIO, out: Any, length: int | None) -> None:
    """So many bytes; None for all that are left."""
    while length != 0 and (chunk := stream.read(1 << 20 if length is None else min(length, 1 << 20))):
        out.write(chunk)
        length = None if length is None else length - len(chunk)


def scan(path: Path, source: str) -> tuple[list[Record], list[Damage]]:
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
                content, too_large = _content(found)
                # Asking for the offset skips what is left of the record: read it first.
                offset = iterator.get_record_offset()
                end = offset + iterator.get_record_length()
                if not _is_whole(found):
                    damages.append(Damage(path.name, offset, "not what its header promises"))
                elif record := _record(found, content, f"{path.name}:{offset}", source, too_large=too_large):
                    records.append(record)
        except UNREADABLE as error:
            damages.append(Damage(path.name, end, str(error).strip().partition("\n")[0] or type(error).__name__))
    if not damages and (problem := _gzip_problem(path)):
        damages.append(Damage(path.name, end, problem))
    return records, damages


def read_body(path: Path, offset: int) -> tuple[bytes, dict[str, str]]:
    """The body of the record at an offset and the HTTP headers it came with, lower-case.

    Raises one of UNREADABLE, or StopIteration, where there is no whole record.
    """
    with path.open("rb") as stream:
        stream.seek(offset)
        found = next(iter(ArchiveIterator(stream)))
        headers = {name.lower(): value for name, value in found.http_headers.headers} if found.http_headers else {}
        return _content(found)[0], headers


def _content(found: ArcWarcRecord) -> tuple[bytes, bool]:
    """The body, decompressed, and whether it is larger than anything that is read."""
    stream = found.content_stream()
    content: bytes = stream.read(MAX_BYTES + 1)
    if len(content) <= MAX_BYTES:
        while more := stream.read(1 << 16):
            content += more
            if len(content) > MAX_BYTES:
                break
    too_large = len(content) > MAX_BYTES
    # The rest is read as it was sent: a bomb may hold more than there is time to decompress.
    while too_large and found.raw_stream.read(1 << 20):
        pass
    return (b"" if too_large else content), too_large


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


def _record(found: ArcWarcRecord, content: bytes, place: str, source: str, *, too_large: bool) -> Record | None:
    headers = found.rec_headers
    notes = _read_notes(headers.get_header(_NOTES))
    if found.rec_type not in ("response", "resource", "conversion", "revisit") and not notes:
        return None
    status = _status(found)
    name, _, offset = place.rpartition(":")
    outcome, reason = _outcome(found, status, too_large=too_large)
    lacks_body = found.rec_type == "revisit" and outcome == "unchanged"
    fetch_id = headers.get_header("WARC-Record-ID")
    return Record(
        fetch_id=str(fetch_id).strip("<>") if fetch_id else place,
        source=source,
        url=headers.get_header("WARC-Target-URI") or "",
        fetched_at=_utc(headers.get_header("WARC-Date") or ""),
        media_type=media_type_of(content),
        sha256="" if lacks_body else sha256(content).hexdigest(),
        bytes=len(content),
        warc_file=name,
        warc_offset=int(offset),
        status=status,
        outcome=notes.pop("outcome", outcome),
        reason=notes.pop("reason", reason),
        digest=headers.get_header("WARC-Payload-Digest"),
        refers_to=_referred(headers) if lacks_body else None,
        **notes,
    )


def _read_notes(text: str | None) -> dict[str, Any]:
    """nianbao's own notes on a record; other programs keep other things under the same name."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    known = ("role", "via", "title", "form", "outcome", "reason", "same_as")
    return {n: v for n, v in found.items() if n in known and isinstance(v, str)} if isinstance(found, dict) else {}


def _referred(headers: StatusAndHeaders) -> str | None:
    """The earlier fetch that a revisit names."""
    if earlier := headers.get_header("WARC-Refers-To"):
        return str(earlier).strip("<>")
    at = _utc(headers.get_header("WARC-Refers-To-Date") or "")
    return at and f"{headers.get_header('WARC-Refers-To-Target-URI') or headers.get_header('WARC-Target-URI')} {at}"


def _outcome(found: ArcWarcRecord, status: int | None, *, too_large: bool) -> tuple[str, str | None]:
    """What came of an exchange, by the record alone."""
    # A revisit may repeat a redirect or an error page: only a body that came with 200 is a document.
    if found.rec_type == "revisit" and (status is None or status == 304 or 200 <= status < 300):
        return "unchanged", None
    if status is not None and 300 <= status < 400:
        return "redirected", None
    if status is not None and not 200 <= status < 300:
        return "blocked" if status in REFUSALS else "failed", f"http_{status}"
    if too_large:
        return "failed", "too_large"
    if _is_truncated(found):
        return "failed", "truncated"
    kind = (found.http_headers.get_header("Content-Type") if found.http_headers else None) or ""
    is_foreign = found.rec_headers.get_header(_NOTES) is None
    if _NEVER_A_REPORT.match(kind) or (is_foreign and _DECORATION.match(kind)):
        return "failed", "not_a_document"
    return "kept", None


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
