"""Every exchange into the archive, as it passes; and out of it, what need not be asked for again.

The middleware next to the network: what it sees is what the server sent. It tells the
spider in `request.meta["outcome"]` what came of each request.
"""

import asyncio
import re
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar, cast
from urllib.parse import urldefrag

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.http import HtmlResponse, Response
from twisted.internet.error import SSLError

from parsers.pages import Page, main_text_digest, read_page
from parsers.readers import MAX_BYTES, sniff
from pipeline.archive import Crawl, Exchange, Record
from pipeline.crawl.account import Account
from pipeline.sources import Source
from pipeline.warc import REFUSALS, payload_digest

__all__ = ["Exchanges", "Outcome", "beside", "decompressed", "read_answer"]

Result = TypeVar("Result")

_READERS = ThreadPoolExecutor(2)
_WORKING_SCRIPT = re.compile(rb"\$_ts\b|__jsl|acw_sc__|document\.cookie|location\s*(?:\.|=)|\beval\s*\(")
_REASONS = (
    (DownloadTimeoutError, "timeout"),
    (CannotResolveHostError, "no_address"),
    (DownloadConnectionRefusedError, "connection_refused"),
    (DownloadCancelledError, "too_large"),
    (SSLError, "tls"),
)


class Outcome:
    """What came of one request: the outcome and reason of its record, and the document seen before at its address."""

    __slots__ = ("before", "outcome", "reason", "sha256")

    def __init__(self, outcome: str, reason: str | None = None, *, sha: str = "", before: Record | None = None) -> None:
        self.outcome = outcome
        self.reason = reason
        self.sha256 = sha
        self.before = before


class Exchanges:
    """Downloader middleware next to the network."""

    def __init__(self, source: Source, crawl: Crawl, account: Account) -> None:
        self.source = source
        self.crawl = crawl
        self.account = account

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Exchanges":
        spider = cast(Any, crawler.spider)
        return cls(spider.source, spider.crawl, spider.account)

    async def process_request(self, request: Request) -> Response | None:
        """What this crawl, before it was killed, has fetched is not fetched again; what is known is asked after."""
        key = _key(request)
        request.meta["asked_at"] = datetime.now(UTC)
        # What is left of an address that sent here.
        request.meta.pop("page", None)
        for name in ("If-None-Match", "If-Modified-Since"):
            request.headers.pop(name, None)
        done, known = self.crawl.during.get(key), self.crawl.before.get(key)
        try:
            if done is not None:
                return self._replayed(request, done)
            if known is None or self.crawl.full:
                return None
            content, headers = self.crawl.archive.get_response(known)
        except OSError as error:
            self.crawl.archive.tell(f"{error}; {request.url} is fetched anew")
            self.crawl.before.pop(key, None)
            return None
        return await self._asked_after(request, known, content, headers)

    async def _asked_after(
        self, request: Request, known: Record, content: bytes, headers: dict[str, str]
    ) -> Response | None:
        """Make a request one for changes; a document that nothing dates is not asked for while it is young."""
        etag, modified = headers.get("etag"), headers.get("last-modified")
        if etag:
            request.headers["If-None-Match"] = etag
        if modified:
            request.headers["If-Modified-Since"] = modified
        if etag or modified or request.meta["role"] != "link" or not self._is_young(known):
            return None
        page = await beside(content, read_answer, request, content)
        if page.listing is not None:
            return None
        request.meta["page"] = page
        return self._known(request, known, content, headers)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Write the exchange; the spider gets the body decompressed, of a 304 the one that still stands."""
        if "archived" in response.flags:
            return response
        self.account.counts["requests"] += 1
        known = self.crawl.before.get(_key(request))
        if response.status == 304 and known is not None:
            self._write(request, response, {}, revisits=known)
            content, headers = self.crawl.archive.get_response(known)
            return self._known(request, known, content, headers)
        encoding = (response.headers.get("Content-Encoding") or b"").decode("latin-1").lower()
        content, whole = decompressed(response.body, encoding)
        if "dataloss" in response.flags or not whole:
            response.flags.append("truncated")
        found = await beside(content, self._judge, request, response, content, known)
        request.meta["outcome"] = found
        unchanged = found.outcome == "unchanged"
        same_bytes = unchanged and known is not None and known.digest == payload_digest(response.body)
        notes = {
            "outcome": found.outcome if found.outcome in ("blocked", "unchanged") else None,
            "reason": found.reason if found.outcome == "blocked" else None,
            "same_as": known.document if unchanged and known is not None and not same_bytes else None,
        }
        self._write(request, response, notes, revisits=known if same_bytes else None)
        headers = response.headers.copy()
        headers.pop("Content-Encoding", None)
        return response.replace(body=content, headers=headers)

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Write that nothing came, and why; what was never sent is written where it was refused."""
        if isinstance(exception, IgnoreRequest):
            return
        self.account.counts["requests"] += 1
        reason = next((name for kind, name in _REASONS if isinstance(exception, kind)), "connection_lost")
        request.meta["outcome"] = Outcome("failed", reason)
        self._write(request, None, {"outcome": "failed", "reason": reason})

    def note(self, request: Request, outcome: str, reason: str) -> None:
        """Write that a request was not sent, or given up, and why."""
        request.meta["outcome"] = Outcome(outcome, reason)
        self._write(request, None, {"outcome": outcome, "reason": reason})

    def _judge(self, request: Request, response: Response, content: bytes, known: Record | None) -> Outcome:
        sha = sha256(content).hexdigest()
        if 300 <= response.status < 400 and "Location" in response.headers:
            return Outcome("redirected")
        if response.status in REFUSALS:
            return Outcome("blocked", f"http_{response.status}")
        if not 200 <= response.status < 300:
            return Outcome("failed", f"http_{response.status}")
        if len(content) > MAX_BYTES:
            return Outcome("failed", "too_large")
        if "truncated" in response.flags:
            return Outcome("failed", "truncated")
        if request.meta["role"] != "robots":
            page = read_answer(request, content)
            if _is_challenge(page, content):
                return Outcome("blocked", "challenge")
            request.meta["page"] = page
        if known is not None and self._is_same(request, content, sha, known):
            return Outcome("unchanged", sha=known.document, before=known)
        return Outcome("kept", sha=sha, before=known)

    def _is_same(self, request: Request, content: bytes, sha: str, known: Record) -> bool:
        """Whether a document says what it said before; a list, whose links count, is the same by its bytes only."""
        if sha == known.sha256:
            return True
        if request.meta["role"] != "link" or sniff(content) != "text/html":
            return False
        earlier = self.crawl.archive.get(known)
        page: Page = request.meta["page"]
        return page.listing is None and main_text_digest(content) == main_text_digest(earlier)

    def _is_young(self, known: Record) -> bool:
        """Whether a document that its server does not date was fetched a short time ago."""
        limit = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=self.source.politeness.recheck_days)
        return known.fetched_at is not None and known.fetched_at > limit.isoformat()

    def _replayed(self, request: Request, done: Record) -> Response:
        if done.outcome not in ("kept", "unchanged"):
            request.meta["outcome"] = Outcome(done.outcome, done.reason)
            _, headers = self.crawl.archive.get_response(done)
            return Response(request.url, status=done.status or 200, headers=headers, flags=["archived"])
        content, headers = self.crawl.archive.get_response(done)
        before = self.crawl.before.get(_key(request))
        return self._archived(request, Outcome(done.outcome, sha=done.document, before=before), content, headers)

    def _known(self, request: Request, known: Record, content: bytes, headers: dict[str, str]) -> Response:
        return self._archived(request, Outcome("unchanged", sha=known.document, before=known), content, headers)

    @staticmethod
    def _archived(request: Request, outcome: Outcome, content: bytes, headers: dict[str, str]) -> Response:
        request.meta["outcome"] = outcome
        kept = {name: value for name, value in headers.items() if name != "content-encoding"}
        kind = HtmlResponse if content and sniff(content) == "text/html" else Response
        return kind(request.url, status=200, headers=kept, body=content, flags=["archived"])

    def _write(
        self, request: Request, response: Response | None, notes: dict[str, str | None], revisits: Record | None = None
    ) -> None:
        meta = request.meta
        told = {
            "role": meta["role"], "via": meta.get("via"), "title": meta.get("title"),
            "form": request.body.decode("latin-1"), **notes,
        }  # fmt: skip
        exchange = Exchange(
            url=request.url,
            at=meta.get("asked_at") or datetime.now(UTC),
            method=request.method,
            request_headers=_headers(request),
            request_body=request.body,
            status=response.status if response is not None else None,
            headers=_headers(response) if response is not None else (),
            body=response.body if response is not None else b"",
            truncated=response is not None and "truncated" in response.flags,
            notes={name: value for name, value in told.items() if value},
        )
        self.crawl.write(exchange, revisits=revisits)


def _is_challenge(page: Page, content: bytes) -> bool:
    """Whether a page is there to keep programs out: it says so, or shows nothing and sets a script to work."""
    reasons = {r.reason for r in page.reports}
    return "blocked_page" in reasons or (reasons == {"empty"} and _WORKING_SCRIPT.search(content) is not None)


def read_answer(request: Request, content: bytes) -> Page:
    """What the page is that answered a request."""
    address = request.meta.get("address", "")
    if urldefrag(address).url != request.url:
        address = request.url  # it was redirected
    return read_page(content, address, as_list=request.meta["role"] == "list", sent=request.body.decode("latin-1"))


async def beside(content: bytes, function: Callable[..., Result], *arguments: Any, **named: Any) -> Result:
    """Call a function that reads `content`: at once for a page, in a thread for a file, which may take seconds.

    Threads that read pages would hand the interpreter's lock to and fro at every element.
    """
    if sniff(content) in ("text/html", "text/plain"):
        return function(*arguments, **named)
    call = partial(function, *arguments, **named)
    return await asyncio.get_running_loop().run_in_executor(_READERS, call)


def _key(request: Request) -> tuple[str, str]:
    if "role" not in request.meta:
        request.meta["role"] = "robots"  # Scrapy's own request
    return request.url, request.body.decode("latin-1")


def _headers(message: Request | Response) -> list[tuple[str, str]]:
    found = message.headers.items()
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, values in found for value in values]


def decompressed(body: bytes, encoding: str) -> tuple[bytes, bool]:
    """A body as it was before its content coding, and whether all of it came; at most MAX_BYTES + 1 of it.

    >>> import gzip
    >>> decompressed(gzip.compress(b"abc"), "gzip"), decompressed(gzip.compress(b"abc" * 99)[:-9], "gzip")[1]
    ((b'abc', True), False)
    """
    if encoding not in ("gzip", "x-gzip", "deflate") or not body:
        return body, True
    for bits in (47, -15):  # gzip or zlib by its head; raw deflate has none
        decoder = zlib.decompressobj(wbits=bits)
        try:
            content = decoder.decompress(body, MAX_BYTES + 1)
        except zlib.error:
            continue
        return content, decoder.eof or len(content) > MAX_BYTES
    return body, True  # it says gzip and is none: some servers do
