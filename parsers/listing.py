"""A list page's bytes in, the links on it, its further pages and what it promises out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from parsers.listings import annual, answers, calls, gkmlpt, jpage
from parsers.listings.attachments import files_of
from parsers.listings.choice import choose_groups
from parsers.listings.furniture import Furniture
from parsers.listings.groups import Group, count_links, split_groups
from parsers.listings.models import ListedLink, Listing, ListPage
from parsers.listings.names import is_column, is_year
from parsers.listings.page import Page, attribute, is_address, read_page, squeeze
from parsers.listings.pagers import Pager, read_pager
from parsers.listings.verdict import is_list, own_lines
from parsers.readers.charset import decode

__all__ = ["ListPage", "ListedLink", "Listing", "read_attachments", "read_listing"]

_LARGEST = 10_000_000  # bytes
_BINARY = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"\x1f\x8b")


def read_listing(content: bytes, url: str, sent: str = "") -> Listing | None:
    """The bytes of an answer -> Listing; None when it is no list page.

    `url` is the address that answered, `sent` the form of a POST: with it the answer of an
    API tells its other pages. The bytes decide the family. Nothing is raised for any bytes.

    >>> page = '<ul class="list"><li><a href="1.html">云溪县2020年政府信息公开工作年度报告</a> 2021-01-20</li></ul>'
    >>> read_listing(page.encode(), "http://www.a.gov.cn/nb/").links[0]
    ListedLink(url='http://www.a.gov.cn/nb/1.html', title='云溪县2020年政府信息公开工作年度报告', date='2021-01-20')
    """
    text = _text(content)
    if text is None:
        return None
    if re.match(r"\s*(?:[\w$.]{1,60}\s*\(\s*)?[\[{\"]", text):
        return answers.read_json(text, url, sent)
    if records := jpage.read_answer(text, url, sent):
        return Listing("jpage", _once(records.links, url), records.pages, records.total, records.page_count)
    page = read_page(text, url)
    return _read_html(page, url) if page is not None else None


def read_attachments(content: bytes, url: str) -> tuple[ListedLink, ...]:
    """The bytes of a document's page -> the files it links, or shows in a viewer."""
    text = _text(content)
    page = read_page(text, url) if text is not None and "<" in text else None
    return files_of(page) if page is not None else ()


def _text(content: bytes) -> str | None:
    if not content.strip() or len(content) > _LARGEST or content.startswith(_BINARY):
        return None
    return decode(content)[0]


def _read_html(page: Page, url: str) -> Listing | None:
    links = count_links(page.anchors)
    furniture = Furniture(links, len(page.anchors))
    records = jpage.read_column(page) if jpage.is_jpage(page.text) else None
    articles = gkmlpt.read_calls(page.text, url)
    combinations = annual.read_combinations(page)
    has_script = bool(records or articles or combinations)
    chosen = choose_groups(split_groups(page, links, furniture), page.url, has_script=has_script)
    lines = own_lines(page, furniture, _item_elements(chosen))
    pager = read_pager(page, (line for _, line in lines))
    called = calls.read_calls(page)
    if not is_list(page, lines, chosen, has_pager=pager.is_told or bool(called), has_script=has_script):
        return None
    found = _in_page_order(page, chosen)
    if records is not None:
        pages = (*records.pages, *pager.pages)
        known = (records.total or pager.total, records.page_count or pager.page_count)
        return Listing("jpage", _once((*records.links, *found), page.url), pages, *known)
    if combinations is not None:
        kept = [link for link in found if not annual.is_combination(link.url)]
        return Listing("annual_report_jsp", _once(kept, page.url), combinations, pager.total, pager.page_count)
    return _static(page, found, pager, articles, called)


def _static(
    page: Page, found: list[ListedLink], pager: Pager, articles: tuple[ListPage, ...], called: tuple[ListPage, ...]
) -> Listing:
    family = "gkmlpt" if articles else "api" if called else "static"
    pages = tuple(dict.fromkeys((*pager.pages, *articles, *called)))
    turned = {turn.url for turn in pages}
    kept = [link for link in (*found, *_options(page)) if link.url not in turned]
    return Listing(family, _once(kept, page.url), pages, pager.total, pager.page_count)


def _item_elements(chosen: Iterable[Group]) -> set[int]:
    """The id() of the elements whose text is of an item; that of a lone paragraph is of the page."""
    items = [(item.element, len(group.items)) for group in chosen for item in group.items]
    return {id(element) for element, count in items if count > 1 or element.name in ("li", "tr", "dd")}


def _in_page_order(page: Page, chosen: Iterable[Group]) -> list[ListedLink]:
    order = {id(anchor.tag): i for i, anchor in enumerate(page.anchors)}
    items = [item for group in chosen for item in group.items]
    items.sort(key=lambda item: order[id(item.anchor.tag)])
    return [ListedLink(item.anchor.url, item.anchor.title, item.date) for item in items]


def _options(page: Page) -> list[ListedLink]:
    """Years and columns that a choice leads to."""
    found = []
    for option in page.soup.find_all("option"):
        title, value = squeeze(option.get_text()), attribute(option, "value")
        if (is_year(title) or is_column(title)) and is_address(value) and (url := page.resolve(value)):
            found.append(ListedLink(url, title, None))
    return found


def _once(links: Iterable[ListedLink], own: str) -> tuple[ListedLink, ...]:
    """Every address once; of two the one with a date, then the longer title."""
    kept: dict[str, ListedLink] = {}
    for link in links:
        known = kept.get(link.url)
        if known is None or (link.date is not None, len(link.title)) > (known.date is not None, len(known.title)):
            kept[link.url] = link
    return tuple(link for link in kept.values() if link.url != own)
