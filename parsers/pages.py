"""A fetched page in, what it is out: reports, a list of links, or neither.

The words decide, not the address: a column may show the report itself, and a link in a
list may lead to another list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from parsers import readers
from parsers.errors import Unreadable
from parsers.listing import Listing, read_listing
from parsers.lookups import tidy
from parsers.models import Document, Grid, Report
from parsers.report import read_and_parse

__all__ = ["Page", "main_text_digest", "read_page"]

_LIST_TYPES = ("text/html", "text/plain")  # lists that an address answers with are pages, JSON or XML
# A sentence may state how many visits a site had: there a counter is what stands behind a colon.
_COUNTED = r"(?:浏览|访问|阅读|点击|查看|人气|关注)(?:次数|人数|人次|量|数)?"
_COUNTER = re.compile(_COUNTED + r"[:：为]?[\d,，]*(?:人次|次)?")
_COUNTER_IN_PROSE = re.compile(_COUNTED + r"[:：][\d,，]*(?:人次|次)?")
_MOVING = re.compile(
    r"(?:今天是|今天|当前时间|现在时间|当前日期|打印时间|打印日期|生成时间|生成日期|页面生成于|系统时间|更新时间|服务器时间)"
    r"[:：]?[\d年月日时分秒星期一二三四五六天:：./-]*"
)


@dataclass(frozen=True, slots=True)
class Page:
    """Either `reports`, each parsed or rejected with its reason, or a `listing`; `document` as read for the reports."""

    reports: tuple[Report, ...] = ()
    listing: Listing | None = None
    document: Document | None = None

    @property
    def is_report(self) -> bool:
        """Whether at least one annual report stands on it."""
        return any(r.status != "rejected" for r in self.reports)


def read_page(content: bytes, url: str, *, as_list: bool = False, links: bool = True, sent: str = "") -> Page:
    """What a page is. `as_list` says that a list was asked for, as at the first address of a source.

    Otherwise a page with a report is a report, whatever links stand around it. Without
    `links` no list is looked for. `sent` is the form that the page answers, of a POST.
    """
    may_list = links and bool(content) and readers.sniff(content) in _LIST_TYPES
    if as_list and may_list and (listing := read_listing(content, url, sent)):
        return Page(listing=listing)
    document, reports = read_and_parse(content)
    page = Page(reports, document=document)
    if page.is_report or as_list or not may_list or (listing := read_listing(content, url, sent)) is None:
        return page
    return Page(listing=listing)


def main_text_digest(content: bytes) -> str:
    """Digest of what a document says, without what changes at every visit: counters, today's date, links.

    Documents that cannot be read have the digest of their bytes.
    """
    try:
        document = readers.read(content)
    except Unreadable:
        return sha256(content).hexdigest()
    digest = sha256()
    for block in document.blocks:
        if isinstance(block, Grid):
            for row in block.rows:
                digest.update("\x1f".join(without_counters(cell.text) for cell in row).encode() + b"\n")
        elif block.kind != "link" and (text := without_counters(block.text)):
            digest.update(text.encode() + b"\n")
    for link in document.links:
        digest.update(link.href.encode())
    return digest.hexdigest()


def without_counters(text: str) -> str:
    """A text without its visit counters and the date of the day.

    >>> without_counters("字号：大 中 小　浏览次数：1304　打印")
    '字号:大中小打印'
    >>> without_counters("今天是2026年11月22日 星期日")
    ''
    """
    text = tidy(text)
    return _MOVING.sub("", (_COUNTER_IN_PROSE if "。" in text else _COUNTER).sub("", text))
