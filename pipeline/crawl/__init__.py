"""Sources in, their documents in the archive and an account of each crawl out.

Scrapy runs in a child process that is spoken to over files without a name: a job, events,
an exit status.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO, Any

from pipeline.settings import Settings
from pipeline.sources import Source

__all__ = ["CrawlResult", "crawl_sources"]

_POLL_SECONDS = 0.1
_GRACE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class CrawlResult:
    """What became of one source's crawl: its account, or the error that stopped it.

    `seen` are organ, year and address of every report that was met.
    """

    source: str
    account: dict[str, Any] | None = None
    error: str | None = None
    resumed: bool = False
    seen: tuple[tuple[str | None, int | None, str], ...] = field(default=())

    @property
    def is_complete(self) -> bool:
        """Whether everything that the lists name arrived."""
        return self.account is not None and bool(self.account["complete"])


def crawl_sources(
    settings: Settings,
    sources: Sequence[Source],
    *,
    full: bool = False,
    tell: Callable[[str], None] = print,
    on_progress: Callable[[str, int, int], None] = lambda source, found, links: None,  # noqa: ARG005
) -> list[CrawlResult]:
    """Crawl `sources` side by side -> what became of each, in their order.

    `on_progress` gets the source, the documents fetched so far and the links seen so far.
    KeyboardInterrupt lets the crawls end in order; they go on when crawled again.
    """
    if not sources:
        return []
    # Files without a name are gone with the processes that have them open, however these end.
    with TemporaryFile() as job, TemporaryFile() as events, TemporaryFile() as log:
        job.write(_job(settings, sources, full=full))
        job.seek(0)
        results: dict[str, CrawlResult] = {}
        status = _watch(job, events, log, lambda event: _take(event, results, tell, on_progress))
        log.seek(0)
        lines = log.read().decode("utf-8", "replace").strip().splitlines()
    for line in lines[-20:] if status else ():
        tell(line)
    lost = f"the crawler ended with status {status}; what it fetched is kept, crawl again to go on"
    return [results.get(s.name) or CrawlResult(s.name, error=lost) for s in sources]


def _job(settings: Settings, sources: Sequence[Source], *, full: bool) -> bytes:
    job = {
        "archive": str(settings.archive),
        "sources": [source.model_dump(mode="json") for source in sources],
        "full": full,
        "contact": settings.contact,
        "at_once": settings.crawl_sources,
        "lock_seconds": settings.lock_seconds,
        "parent": os.getpid(),
    }
    return json.dumps(job, ensure_ascii=False).encode()


def _watch(job: IO[bytes], events: IO[bytes], log: IO[bytes], take: Callable[[dict[str, Any]], None]) -> int:
    """Start the child and read its events until it ends -> its exit status."""
    child = subprocess.Popen(
        [sys.executable, "-m", "pipeline.crawl.process"],
        stdin=job, stdout=events, stderr=log, start_new_session=True,
    )  # fmt: skip
    tail = _Tail(events.fileno())
    try:
        while child.poll() is None:
            for event in tail.read():
                take(event)
            time.sleep(_POLL_SECONDS)
    except BaseException:
        _stop(child)
        raise
    for event in tail.read():
        take(event)
    return child.returncode


def _stop(child: "subprocess.Popen[bytes]") -> None:
    """Ask the crawls to end in order, and insist after a while: the next crawl salvages what that cuts off."""
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        pass  # it hangs on a slow answer
    finally:
        child.kill()
        child.wait()


class _Tail:
    """The lines of a growing file, each once, without moving the place at which the child writes."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.offset = 0

    def read(self) -> Iterator[dict[str, Any]]:
        found = b""
        while chunk := os.pread(self.descriptor, 1 << 20, self.offset + len(found)):
            found += chunk
        whole = found[: found.rfind(b"\n") + 1]
        self.offset += len(whole)
        for line in whole.splitlines():
            yield json.loads(line)


def _take(
    event: dict[str, Any],
    results: dict[str, CrawlResult],
    tell: Callable[[str], None],
    on_progress: Callable[[str, int, int], None],
) -> None:
    source = event["source"]
    match event["event"]:
        case "progress":
            on_progress(source, event["found"], event["links"])
        case "message":
            tell(f"{source}: {event['text']}")
        case "failed":
            results[source] = CrawlResult(source, error=event["error"])
        case "end":
            account = event["account"]
            on_progress(source, account["found"], account["links"])
            seen = tuple((agency, year, url) for agency, year, url in event["seen"])
            results[source] = CrawlResult(source, account, resumed=event["resumed"], seen=seen)
