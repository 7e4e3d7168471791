"""How a crawl asks: at the pace of the source, with pauses when a server asks for them, and not for ever."""

import time
from email.utils import parsedate_to_datetime

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.asyncio import call_later

from pipeline.crawl.borders import Refused

__all__ = ["LONGEST_PAUSE_SECONDS", "OneTry", "PoliteRetry", "Robots", "retry_after_seconds"]

LONGEST_PAUSE_SECONDS = 120.0
"""A server that asks for a longer pause is left alone until the next crawl."""


def retry_after_seconds(value: str, now: float) -> float | None:
    """The Retry-After header, seconds or a date, as seconds from `now` (a Unix time); None for what is neither.

    >>> retry_after_seconds("120", 0.0), retry_after_seconds("Thu, 01 Jan 1970 00:01:00 GMT", 0.0)
    (120.0, 60.0)
    >>> retry_after_seconds("soon", 0.0)
    """
    try:
        return float(int(value))
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(value).timestamp() - now, 0.0)
    except (ValueError, TypeError, OverflowError):
        return None


class PoliteRetry(RetryMiddleware):
    """Tries transient faults and cut bodies again, after the pause that the server asks for, or a growing one."""

    is_sent_away = False
    """Whether the server asked for a pause longer than this crawl."""

    def process_request(self, request: Request) -> None:
        if self.is_sent_away:
            raise Refused("asked_to_wait", f"{request.url}: the server asked for a long pause")

    def process_response(self, request: Request, response: Response, spider: object = None) -> Request | Response:  # noqa: ARG002
        if response.status not in self.retry_http_codes and "truncated" not in response.flags:
            return response
        asked = retry_after_seconds((response.headers.get("Retry-After") or b"").decode("latin-1"), time.time())
        if asked is not None and asked > LONGEST_PAUSE_SECONDS:
            request.meta["reason"] = "asked_to_wait"
            self.is_sent_away = True
            return response
        again = self._retry(request, f"{response.status}" if response.status != 200 else "truncated")
        if again is not None:
            self._pause(request, asked)
        return again or response

    def process_exception(self, request: Request, exception: Exception, spider: object = None) -> Request | None:  # noqa: ARG002
        if not isinstance(exception, self.exceptions_to_retry):
            return None
        again = self._retry(request, exception)
        if again is not None:
            self._pause(request, None)
        return again

    def _pause(self, request: Request, asked: float | None) -> None:
        """Let the whole host rest: what one address was told holds for the others too."""
        downloader = self.crawler.engine.downloader
        slot = downloader.slots.get(request.meta.get("download_slot", ""))
        tries = request.meta.get("retry_times", 0)
        seconds = asked if asked is not None else min(downloader._delay * 2**tries, LONGEST_PAUSE_SECONDS)  # noqa: SLF001
        if slot is None or not seconds:
            return
        if slot.latercall:
            slot.latercall.cancel()
        slot.latercall = call_later(seconds, downloader._latercall, slot)  # noqa: SLF001


class OneTry(HTTP11DownloadHandler):
    """Scrapy's HTTP without the second try that Twisted makes at once when a kept connection breaks."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool.retryAutomatically = False


class Robots(RobotsTxtMiddleware):
    """robots.txt as Scrapy reads it; a page that answers in its place is none, and its Crawl-delay is kept."""

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status != 200 or response.body.lstrip()[:1] == b"<":
            response = response.replace(body=b"")
        await super()._parse_robots(response, netloc, request)

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        if rp is None:
            return
        agent = self._default_useragent
        if not rp.allowed(request.url, agent):
            raise Refused("robots", f"{request.url}: robots.txt asks not to fetch it")
        asked = getattr(rp, "rp", None) and rp.rp.crawl_delay(agent)  # type: ignore[attr-defined]
        if asked:
            self._slow_down(self.crawler, min(float(asked), LONGEST_PAUSE_SECONDS))

    @staticmethod
    def _slow_down(crawler: Crawler, seconds: float) -> None:
        from scrapy.extensions.throttle import AutoThrottle

        downloader = crawler.engine.downloader
        if throttle := crawler.get_extension(AutoThrottle):
            throttle.mindelay = max(throttle.mindelay, seconds)
            throttle.maxdelay = max(throttle.maxdelay, seconds)
        downloader._delay = max(downloader._delay, seconds)  # noqa: SLF001
        for slot in downloader.slots.values():
            slot.delay = max(slot.delay, seconds)
