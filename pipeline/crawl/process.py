"""The crawling process: a job on standard input in, WARC files and events on standard output out.

Many sources are crawled side by side.

Scrapy's reactor can be started once in a process and wants its signals, so the crawl runs
in a child. It ends when its parent does.
"""

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings as ScrapySettings

from parsers.readers import MAX_BYTES
from pipeline.archive import Archive
from pipeline.crawl.account import Account
from pipeline.crawl.borders import hosts_of
from pipeline.crawl.spider import SourceSpider
from pipeline.locks import Busy
from pipeline.sources import Source
from pipeline.workers import die_with

__all__ = ["Job", "main", "scrapy_settings", "user_agent"]

Entered = TypeVar("Entered")

_TELL_SECONDS = 0.5
_SPARE_THREADS = 8  # beside those that wait for a source's lock: names are resolved in them


@dataclass(frozen=True)
class Job:
    """What one crawling process is to do."""

    archive: Path
    sources: tuple[Source, ...]
    full: bool
    contact: str
    at_once: int
    lock_seconds: float
    parent: int

    @classmethod
    def read(cls, stream: BinaryIO) -> "Job":
        found = json.load(stream)
        sources = tuple(Source.model_validate(item) for item in found.pop("sources"))
        return cls(archive=Path(found.pop("archive")), sources=sources, **found)


class Interrupted(RuntimeError):
    """The crawl was asked to stop: the next one goes on with it."""


@dataclass
class _Teller:
    """Writes what happens to the file of events, a JSON object a line."""

    stream: BinaryIO
    running: dict[str, Account] = field(default_factory=dict)

    def tell(self, source: str, event: str, **found: Any) -> None:
        line = json.dumps({"source": source, "event": event, **found}, ensure_ascii=False)
        self.stream.write(line.encode() + b"\n")
        self.stream.flush()

    async def keep_telling(self) -> None:
        while True:
            for source, account in list(self.running.items()):
                self.tell(source, "progress", found=account.counts["found"], links=account.links)
            await asyncio.sleep(_TELL_SECONDS)


def user_agent(contact: str) -> str:
    """The honest name under which sites see the crawl."""
    about = f"research archive of Chinese government disclosure reports{f'; {contact}' if contact else ''}"
    return f"nianbao/{version('nianbao')} ({about})".encode("ascii", "ignore").decode()


def scrapy_settings(source: Source, contact: str) -> dict[str, Any]:
    """Scrapy's settings for one source."""
    pace = source.politeness
    rooms = "pipeline.crawl"
    return {
        "USER_AGENT": user_agent(contact),
        "ROBOTSTXT_OBEY": True,
        # What waits behind a request that is refused must not be on its way already.
        "CONCURRENT_REQUESTS": 1,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": pace.delay_seconds,
        # The source's delay is the least there may be between two requests, not their mean.
        "DOWNLOAD_DELAY_JITTER": 0.0,
        # No delay at all is asked for where the machine is one's own.
        "AUTOTHROTTLE_ENABLED": pace.delay_seconds > 0,
        "AUTOTHROTTLE_START_DELAY": pace.delay_seconds,
        "AUTOTHROTTLE_MAX_DELAY": max(30.0, pace.delay_seconds),
        "DOWNLOAD_TIMEOUT": pace.timeout_seconds,
        "DOWNLOAD_MAXSIZE": MAX_BYTES,
        "DOWNLOAD_WARNSIZE": 0,
        # A body that was cut is kept, marked, and asked for again.
        "DOWNLOAD_FAIL_ON_DATALOSS": False,
        "RETRY_TIMES": 5,
        "RETRY_GIVE_UP_LOG_LEVEL": "INFO",
        "REDIRECT_MAX_TIMES": 5,
        # A page that loads itself anew every minute is a page.
        "METAREFRESH_MAXDELAY": 5,
        "DOWNLOAD_HANDLERS": {
            "http": f"{rooms}.politeness.OneTry", "https": f"{rooms}.politeness.OneTry",
            "data": None, "file": None, "ftp": None, "s3": None,
        },
        "HTTPERROR_ALLOW_ALL": True,
        "URLLENGTH_LIMIT": 0,
        # Level by level: a page is met first on the shortest way to it.
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
        "COOKIES_ENABLED": True,
        "HTTPPROXY_ENABLED": False,
        "COMPRESSION_ENABLED": False,
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "*/*", "Accept-Language": "zh-CN,zh;q=0.9", "Accept-Encoding": "gzip, deflate",
        },
        "DOWNLOADER_MIDDLEWARES": {
            f"{rooms}.borders.Borders": 40,
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            f"{rooms}.politeness.Robots": 100,
            "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
            "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
            "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
            f"{rooms}.borders.MetaRefreshes": 580,
            f"{rooms}.borders.Redirects": 600,
            f"{rooms}.politeness.PoliteRetry": 550,
            f"{rooms}.exchanges.Exchanges": 950,
        },
        "TWISTED_DNS_RESOLVER": f"{rooms}.borders.PublicResolver",
        "TELNETCONSOLE_ENABLED": False,
        "LOGSTATS_INTERVAL": 0,
        "STATS_DUMP": False,
        "LOG_LEVEL": "WARNING",
    }  # fmt: skip


def main(stdin: BinaryIO, events: BinaryIO) -> None:
    """Do the job that `stdin` holds; tell in `events`."""
    job = Job.read(stdin)
    die_with(job.parent)
    # Scrapy would open the root logger to everything, and pdfminer tells of every glyph.
    logging.basicConfig(level=logging.WARNING)
    process = AsyncCrawlerProcess(
        {"TWISTED_DNS_RESOLVER": "pipeline.crawl.borders.PublicResolver", "LOG_LEVEL": "WARNING"},
        install_root_handler=False,
    )
    teller = _Teller(events)
    loop = asyncio.get_event_loop()
    loop.set_default_executor(ThreadPoolExecutor(job.at_once + _SPARE_THREADS))
    run = _Run(process, job, teller, asyncio.Semaphore(job.at_once))
    done = loop.create_task(run.crawl_all())
    # Scrapy's own handlers stop the reactor before what was fetched is sealed.
    process.start(stop_after_crawl=False, install_signal_handlers=False)
    if done.done() and not done.cancelled() and (error := done.exception()):
        raise error


@dataclass
class _Run:
    """The crawls of one process, side by side as many as the job allows."""

    process: AsyncCrawlerProcess
    job: Job
    teller: _Teller
    gate: asyncio.Semaphore
    stopped: bool = False

    async def crawl_all(self) -> None:
        telling = asyncio.create_task(self.teller.keep_telling())
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.stop)
        try:
            await asyncio.gather(*(self._crawl_lane(lane) for lane in _lanes(self.job.sources)))
        finally:
            telling.cancel()
            from twisted.internet import reactor

            cast(Any, reactor).callLater(0, cast(Any, reactor).stop)

    def stop(self) -> None:
        """Let no crawl begin, and those under way end after the request they are at."""
        self.stopped = True
        asyncio.ensure_future(self.process.stop()).add_done_callback(lambda done: done.exception())

    async def _crawl_lane(self, lane: Sequence[Source]) -> None:
        for nth, source in enumerate(lane):
            if nth:
                await asyncio.sleep(source.politeness.delay_seconds)  # to the host they are one
            async with self.gate:
                account = Account(source)
                self.teller.running[source.name] = account
                try:
                    await self._crawl(source, account)
                except (Busy, OSError, Interrupted) as error:
                    self.teller.tell(source.name, "failed", error=str(error))
                except Exception as error:  # the other sources' crawls are under way beside it
                    logging.getLogger(__name__).exception(source.name)
                    self.teller.tell(source.name, "failed", error=f"{type(error).__name__}: {error}")
                finally:
                    del self.teller.running[source.name]

    async def _crawl(self, source: Source, account: Account) -> None:
        job, tell = self.job, partial(self.teller.tell, source.name)
        self._check_stopped()
        archive = Archive(job.archive, lock_seconds=job.lock_seconds, tell=lambda text: tell("message", text=text))
        async with _in_thread(archive.crawling(source.name, account.as_dict, full=job.full)) as crawl:
            self._check_stopped()
            account.before = crawl.last_account
            if crawl.resumed:
                tell("message", text="going on with the crawl that was interrupted")
            crawler = Crawler(SourceSpider, ScrapySettings(scrapy_settings(source, job.contact)))
            await self.process.crawl(crawler, source=source, crawl=crawl, account=account)
            reason = crawler.stats.get_value("finish_reason") if crawler.stats else None
            if reason not in ("finished", "blocked"):
                raise Interrupted(f"the crawl stopped ({reason}); run it again to go on")
            if account.state == "running":
                account.state = "done"
            account.close()
        tell("end", account=account.as_dict(), seen=account.seen, resumed=crawl.resumed)

    def _check_stopped(self) -> None:
        if self.stopped:
            raise Interrupted("the crawls were stopped before this one began")


def _lanes(sources: Sequence[Source]) -> list[list[Source]]:
    """Sources that share a host go one after another: a host is asked by one at a time."""
    lanes: list[tuple[set[tuple[str, int]], list[Source]]] = []
    for source in sources:
        hosts = hosts_of(source)
        shared = [lane for lane in lanes if lane[0] & hosts]
        merged = (hosts.union(*(lane[0] for lane in shared)), [s for lane in shared for s in lane[1]] + [source])
        lanes = [lane for lane in lanes if lane not in shared] + [merged]
    return [lane for _, lane in lanes]


@asynccontextmanager
async def _in_thread(context: AbstractContextManager[Entered]) -> AsyncIterator[Entered]:
    """A context entered and left in threads: neither its lock nor its index makes the other crawls wait."""
    value = await asyncio.to_thread(context.__enter__)
    try:
        yield value
    except BaseException as error:
        if not await asyncio.to_thread(context.__exit__, type(error), error, error.__traceback__):
            raise
    else:
        await asyncio.to_thread(context.__exit__, None, None, None)


if __name__ == "__main__":
    # Standard output is the file of events: what anything else prints goes to the log.
    with os.fdopen(os.dup(1), "wb") as stream:
        os.dup2(2, 1)
        main(sys.stdin.buffer, stream)
