"""One source's crawl: from its first lists over their pages and links to every document and its attachments."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from typing import Any, Self
from urllib.parse import urldefrag

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from parsers.listing import Listing, ListPage, read_attachments
from parsers.pages import Page
from parsers.readers import sniff
from pipeline.archive import Crawl
from pipeline.crawl.account import Account
from pipeline.crawl.borders import Refused, belongs, hosts_of
from pipeline.crawl.exchanges import Exchanges, Outcome, beside, read_answer
from pipeline.sources import Source

__all__ = ["SourceSpider"]

_REFUSALS_TO_LEAVE = 3
"""So many refusals one after another, and the site is left alone until the next crawl."""
_SENT_AWAY = "asked_to_wait"
_MOST_PAGES = 1_000
"""Pages of one list: more are no list, but a calendar or a pager that never ends."""


class SourceSpider(Spider):
    """Follows lists to documents and documents to attachments; the archive keeps what passes."""

    name = "source"

    def __init__(self, source: Source, crawl: Crawl, account: Account) -> None:
        super().__init__()
        self.source = source
        self.crawl = crawl
        self.account = account
        self.refused_in_a_row = 0
        self.hosts = hosts_of(source)
        self.linked: set[str] = set()
        self.linked_lists = 0
        self.outside: set[str] = set()
        self.pages: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *arguments: Any, **named: Any) -> Self:
        spider = super().from_crawler(crawler, *arguments, **named)
        crawler.signals.connect(spider.note_error, signals.spider_error)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        begun: set[str] = set()
        for url in self.source.start:
            request = self._request(url, role="list", level=0, root=url, is_start=True)
            # Two columns may differ in the fragment alone.
            yield request.replace(dont_filter=request.url in begun)
            begun.add(request.url)

    def _request(self, url: str, *, method: str = "GET", form: str = "", priority: int = 0, **meta: Any) -> Request:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else None
        return Request(
            urldefrag(url).url, callback=self.read, errback=self.give_up, method=method, body=form.encode(),
            headers=headers, priority=priority, meta={**meta, "address": url},
        )  # fmt: skip

    async def read(self, response: Response) -> AsyncIterator[Request]:
        """What came: a list to follow, a document to count, or a refusal."""
        outcome: Outcome = response.meta["outcome"]
        if outcome.outcome not in ("kept", "unchanged"):
            self._count_lost(response, outcome)
            return
        self.refused_in_a_row = 0
        page: Page | None = response.meta.get("page")
        if page is None:
            assert response.request is not None
            page = await beside(response.body, read_answer, response.request, response.body)
        if page.listing is not None:
            for request in self._follow(response, page.listing):
                yield request
            return
        if response.meta.get("is_start") and not page.is_report:
            self.account.note("no_list", f"{response.url}: neither a list nor a report; has the site changed?")
        self._count_document(response, page, outcome)
        if sniff(response.body) == "text/html":
            for link in read_attachments(response.body, response.url):
                if (found := self._link(link.url, link.title, response, level=response.meta["level"])) is not None:
                    yield found

    def _follow(self, response: Response, listing: Listing) -> Iterator[Request]:
        """The pages of a list, then what it links."""
        meta = response.meta
        root = meta["root"] if meta["role"] == "list" else response.url
        self.linked_lists += meta["role"] == "link"
        place = response.url if not response.request.body else f"{response.url} {response.request.body.decode()}"  # type: ignore[union-attr]
        self.account.add_list(root, listing, place, is_start=bool(meta.get("is_start")))
        for page in listing.pages:
            if self._is_inside(page.url) and self._may_turn(root, page):
                yield self._request(
                    page.url, method=page.method, form=page.body, role="list", level=meta["level"], root=root,
                    via=response.url, priority=10,
                )  # fmt: skip
        for link in listing.links:
            if request := self._link(link.url, link.title, response, level=meta["level"] + 1):
                yield request

    def _link(self, url: str, title: str, response: Response, *, level: int) -> Request | None:
        politeness = self.source.politeness
        if url in self.linked or not self._is_inside(url):
            return None
        if level > politeness.depth:
            self.account.left["depth"] += 1
            self.account.note("depth", f"links below {politeness.depth} levels were not followed")
            return None
        if len(self.linked) - self.linked_lists >= politeness.max_documents:
            self.account.left["max_documents"] += 1
            self.account.note("max_documents", f"more than {politeness.max_documents} documents: the rest was left")
            return None
        self.linked.add(url)
        return self._request(url, role="link", level=level, root=url, via=response.url, title=title[:300])

    def _is_inside(self, url: str) -> bool:
        """Whether an address is of the source; links out of it are many and not its fault."""
        if belongs(url, self.hosts):
            return True
        if url not in self.outside:
            self.outside.add(url)
            self.account.left["off_site"] += 1
        return False

    def _may_turn(self, root: str, page: ListPage) -> bool:
        """Whether a page of a list is to be asked for."""
        known, key = self.pages[root], (page.url, page.body)
        if key in known:
            return False
        if len(known) >= _MOST_PAGES:
            self.account.left["pages"] += 1
            self.account.note("pages", f"{root}: more than {_MOST_PAGES:,} pages; the rest was left")
            return False
        known.add(key)
        return True

    def _count_document(self, response: Response, page: Page, outcome: Outcome) -> None:
        counts = self.account.counts
        counts["found"] += 1
        if outcome.before is None:
            counts["new"] += 1
        else:
            counts["unchanged" if outcome.outcome == "unchanged" else "changed"] += 1
        for report in page.reports:
            if report.status == "rejected":
                self.account.rejected[report.reason or "unknown"] += 1
            else:
                counts["reports"] += 1
                self.account.seen.append((report.agency, report.year, response.url))

    def _count_lost(self, response: Response, outcome: Outcome) -> None:
        reason = response.meta.get("reason") or outcome.reason or outcome.outcome
        if outcome.outcome != "blocked" and reason != _SENT_AWAY:
            self.account.failed[reason] += 1
            if response.meta.get("is_start"):
                self.account.note("no_list", f"{response.url}: {reason}")
            return
        self._count_blocked(response.meta, reason)

    def _count_blocked(self, meta: dict[str, Any], reason: str) -> None:
        """A refusal; of the start, or of many in a row, the site is left alone."""
        self.account.blocked[reason] += 1
        self.refused_in_a_row += 1
        if reason == _SENT_AWAY or meta.get("is_start") or self.refused_in_a_row >= _REFUSALS_TO_LEAVE:
            self.account.state = "blocked"
            raise CloseSpider("blocked")

    def give_up(self, failure: Failure) -> None:
        """A request that was refused on this side, or tried in vain."""
        request: Request = failure.request  # type: ignore[attr-defined]
        error = failure.value
        if isinstance(error, Refused):
            self._refused(request, error)
            return
        outcome: Outcome | None = request.meta.get("outcome")
        if isinstance(error, IgnoreRequest):
            reason = "redirects"
            self._exchanges.note(request, "failed", reason)
        elif outcome is not None and outcome.reason:
            reason = outcome.reason
        else:
            reason = "error"
            self._note_bug(request.url, error)
        self.account.failed[reason] += 1
        if request.meta.get("is_start"):
            self.account.note("no_list", f"{request.url}: {reason}")

    def _refused(self, request: Request, error: Refused) -> None:
        """A request that the rules of this crawl, the source or the site do not let out."""
        is_told = error.reason in ("robots", _SENT_AWAY)
        self._exchanges.note(request, "blocked" if is_told else "failed", error.reason)
        if error.reason == _SENT_AWAY and self.account.state == "blocked":
            self.account.left[_SENT_AWAY] += 1  # it was the next
        elif error.reason == _SENT_AWAY:
            self._count_blocked(request.meta, error.reason)
        elif error.reason == "robots":
            self.account.left["robots"] += 1
            self.account.note("robots", f"{error}")
        else:
            self.account.failed[error.reason] += 1
        if request.meta.get("is_start"):
            self.account.note("no_list", f"{error}")

    def note_error(self, failure: Failure, response: Response) -> None:
        """A page on which this program failed: the crawl goes on and is not complete."""
        self.account.failed["error"] += 1
        self._note_bug(response.url, failure.value)

    def _note_bug(self, url: str, error: BaseException | None) -> None:
        self.account.note("error", f"{url}: {type(error).__name__}: {error}")

    @property
    def _exchanges(self) -> Exchanges:
        found = self.crawler.get_downloader_middleware(Exchanges)
        assert found is not None
        return found
