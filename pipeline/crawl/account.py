"""What one crawl of a source saw, counted as it goes, and what about it is not as it should be."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from parsers.listing import Listing
from pipeline.sources import Source

__all__ = ["Account", "ListSeen"]

_MOST_SHRUNK = 0.25
_FEWEST_LINKS = 4  # a list so short may lose an item without being broken


@dataclass
class ListSeen:
    """One list over all its pages: what it promises and what was seen of it."""

    family: str
    total: int | None = None
    page_count: int | None = None
    pages: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    is_start: bool = False


@dataclass
class Account:
    """The account of a crawl: numbers of documents by what came of them, and issues.

    A crawl is complete when every list showed what it promises and every document it links
    arrived; only then does a document's absence say anything.
    """

    source: Source
    before: Mapping[str, Any] | None = None
    state: str = "running"
    lists: dict[str, ListSeen] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    blocked: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    seen: list[tuple[str | None, int | None, str]] = field(default_factory=list)
    issues: list[dict[str, str]] = field(default_factory=list)

    def note(self, kind: str, message: str) -> None:
        """One thing about the crawl that is not as it should be."""
        if {"kind": kind, "message": message} not in self.issues:
            self.issues.append({"kind": kind, "message": message})

    def add_list(self, root: str, listing: Listing, url: str, *, is_start: bool) -> None:
        """A page of the list that begins at `root`."""
        seen = self.lists.setdefault(root, ListSeen(listing.family, is_start=is_start))
        seen.pages.add(url)
        seen.links.update(link.url for link in listing.links)
        if listing.total is not None:
            seen.total = max(seen.total or 0, listing.total)
        if listing.page_count is not None:
            seen.page_count = max(seen.page_count or 0, listing.page_count)

    @property
    def links(self) -> int:
        """Different addresses that the lists named."""
        return len(set().union(*(seen.links for seen in self.lists.values())))

    def close(self) -> None:
        """Judge the lists once all their pages are in."""
        for kind, message in self._list_issues():
            self.note(kind, message)
        limits = self.source.reports_a_year
        years = Counter(year for _, year, _ in self.seen if year is not None)
        if limits is not None:
            for year, count in sorted(years.items()):
                # Before the later of the legal deadlines (31 March) the reports of a year need not be there.
                is_due = datetime.now(UTC).date() > date(year + 1, 3, 31)
                if count > limits.max or (count < limits.min and is_due):
                    self.note("reports_a_year", f"{count} reports of {year}; expected {limits.min} to {limits.max}")

    def _list_issues(self) -> Iterator[tuple[str, str]]:
        for root, seen in self.lists.items():
            if seen.total is not None and len(seen.links) < seen.total:
                yield "list_incomplete", f"{root}: the list says {seen.total} items, {len(seen.links)} were seen"
            if seen.total is None and seen.page_count is not None and len(seen.pages) < seen.page_count:
                yield "pages_missing", f"{root}: the list says {seen.page_count} pages, {len(seen.pages)} were seen"
            if seen.is_start and self.source.family not in ("auto", seen.family) and not self._is_mixed(seen.family):
                yield "family_changed", f"{root}: a list of family {seen.family}, not {self.source.family}"
        earlier = int((self.before or {}).get("links", 0))
        if earlier >= _FEWEST_LINKS and self.links < earlier * (1 - _MOST_SHRUNK):
            yield "list_shrank", f"the lists name {self.links} addresses; the crawl before saw {earlier}"

    def _is_mixed(self, family: str) -> bool:
        """Families that begin with a page of another: a fan of static lists, a static list with an API behind."""
        return self.source.family in ("fan_out", "half_static") or family == "api"

    @property
    def is_complete(self) -> bool:
        harmless = {"family_changed", "off_site"}
        return self.state == "done" and not self.failed and not self.blocked and all(
            issue["kind"] in harmless for issue in self.issues
        )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """As it is kept in the archive and told to whoever started the crawl."""
        return {
            "finished_at": datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z",
            "state": self.state,
            "complete": self.is_complete,
            "lists": len(self.lists),
            "links": self.links,
            **{name: self.counts[name] for name in ("found", "new", "changed", "unchanged", "reports", "requests")},
            **{name: dict(sorted(getattr(self, name).items())) for name in ("rejected", "failed", "blocked", "left")},
            "issues": self.issues,
            "definition": self.source.model_dump(mode="json"),
        }
