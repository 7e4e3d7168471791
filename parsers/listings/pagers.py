"""A list page in, the addresses of its further pages out: page numbers in scripts, or links that turn pages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from parsers.listings.models import ListPage
from parsers.listings.page import Anchor, Page, squeeze

__all__ = ["MOST_PAGES", "Pager", "numbered_parameter", "read_pager", "variables_of"]

MOST_PAGES = 2000
_CALL = re.compile(r"\b(?:create|show|make|init|set|build)_?Page\w*\s*\(([^()]{1,300})\)", re.IGNORECASE)
_ARGUMENT = re.compile(r"""\s*(?:'([^']*)'|"([^"]*)"|([\w.$]+))\s*(?:,|$)""")
_VARIABLE = re.compile(
    r"""\b(?:var|let|const)?\s*([A-Za-z_$][\w$]*)\s*=\s*(?:(\d{1,7})\b|'([^'\n]*)'|"([^"\n]*)")\s*(?=[;,\n\r/}]|$)"""
)
_NAME = re.compile(r"[A-Za-z0-9_\-/.]*[A-Za-z_]\w*")
_EXTENSION = re.compile(r"\.?(s?html?|jhtml|jspx?|aspx?|php)")
_COUNT_NAMES = re.compile(r"(?:countpage|pagecount|totalpages?|pages?total|pagenums?|maxpage|allpage)", re.IGNORECASE)
_CURRENT_NAMES = re.compile(r"(?:currentpage|curpage|pageindex|currpage|nowpage|curindex)", re.IGNORECASE)
_PAGE_COUNT = re.compile(
    r"共\s*(\d{1,5})\s*页|第?\s*\d+\s*/\s*(\d{1,5})\s*页?(?!\d)|总页数\s*[:：]?\s*(\d{1,5})|(?:页次|页码)\s*[:：]?\s*\d+\s*/\s*(\d{1,5})"
)
_TOTAL = re.compile(
    r"共\s*(?:有)?\s*(\d{1,7})\s*(?:条|篇|项|个|则)|(?:总记录数?|记录总数|总数|总条数)\s*[:：]?\s*(\d{1,7})"
)
_PARAMETER = re.compile(
    r"([?&;](?:page|pageno|pagenum|pagenumber|pageindex|page_index|curpage|currentpage|currpage|currentpageno|currentpagenum|p|pn|pg|cp|nowpage|pageid|pager\.pageno)=)(\d{1,5})(?=[&#;]|$)",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"^(.*[^/\d][_-]|.*/(?:page|p)?)(\d{1,4})(\.\w{3,6}|/)?$", re.IGNORECASE)
_NUMBERED = re.compile(r"^(?:第\s*)?(\d{1,4})(?:\s*页)?$")
_TURN = re.compile(
    r"下一?页|上一?页|尾页|末页|最后一?页|next(?: page)?|last|prev|[>»›＞]{1,2}|后页|前页", re.IGNORECASE
)
_LAST = re.compile(r"尾页|末页|最后一?页|last", re.IGNORECASE)
_LABEL = 60  # characters
_YEARS = range(1990, 2100)


class Pager(NamedTuple):
    """Further pages of a list, and what it promises; `is_told` says that the page turns pages at all."""

    pages: tuple[ListPage, ...] = ()
    total: int | None = None
    page_count: int | None = None
    is_told: bool = False


def read_pager(page: Page, lines: Iterable[str]) -> Pager:
    """The pager of a list page; `lines` are its own short lines, which may give counts."""
    total, count = _promises(lines)
    scripted = _scripted(page)
    if scripted is not None:
        urls, told, told_total = scripted
        return Pager(_others(page, urls), told_total or total, told, is_told=True)
    links = [anchor for anchor in page.anchors if _TURN.fullmatch(anchor.shown) or _is_number(anchor)]
    turned = any(_TURN.fullmatch(anchor.shown) for anchor in links)
    if not turned and not (count and links) and len(_numbers(links)) < 2:
        return Pager((), total, count, is_told=count is not None)
    urls = _linked(page, links, count)
    return Pager(_others(page, urls), total, count, is_told=bool(urls) or count is not None)


def variables_of(scripts: str) -> dict[str, str]:
    """Plain numbers and strings that scripts give names to.

    >>> variables_of("var countPage = 5; //pages\\nvar path='/nb/';")
    {'countPage': '5', 'path': '/nb/'}
    """
    return {found[1]: found[2] or found[3] or found[4] or "" for found in _VARIABLE.finditer(scripts)}


def _promises(lines: Iterable[str]) -> tuple[int | None, int | None]:
    total = count = None
    for line in lines:
        if len(line) > _LABEL:
            continue
        plain = squeeze(line)
        if count is None and (found := _PAGE_COUNT.search(plain)):
            count = int(next(group for group in found.groups() if group))
        if total is None and (found := _TOTAL.search(plain)):
            total = int(found[1] or found[2])
    return total, count


def _scripted(page: Page) -> tuple[list[str], int, int | None] | None:
    """Addresses, count and total told by a call like createPageHTML(5, 0, "index", "html") or by variables."""
    variables = variables_of(page.scripts)
    for found in _CALL.finditer(page.scripts):
        values = [variables.get(word, word) if word else text for text, word in _arguments(found[1])]
        told = _call(page, values)
        if told is not None:
            return told
    count = next((v for name, v in variables.items() if _COUNT_NAMES.fullmatch(name) and v.isdigit()), None)
    current = next((v for name, v in variables.items() if _CURRENT_NAMES.fullmatch(name) and v.isdigit()), None)
    stem, extension, _ = _own_name(page.url)
    concatenated = re.search(rf"""["']{re.escape(stem)}_?["']\s*\+|["']_["']\s*\+""", page.scripts)
    if count is None or not (current is not None or concatenated) or not concatenated:
        return None
    return _call(page, [count, current or "0", stem, extension])


def _arguments(text: str) -> list[tuple[str, str]]:
    return [(found[1] or found[2] or "", found[3] or "") for found in _ARGUMENT.finditer(text)]


def _call(page: Page, values: list[str]) -> tuple[list[str], int, int | None] | None:
    """[where], count, current, name, extension, [total] -> addresses of all pages."""
    at = next((i for i, value in enumerate(values) if value.isdigit()), None)
    if at is None:
        return None
    count, rest = int(values[at]), values[at + 1 :]
    current = int(rest[0]) if rest and rest[0].isdigit() else None
    words = [value for value in rest if not value.isdigit() and value]
    extension = next((found[1] for word in reversed(words) if (found := _EXTENSION.fullmatch(word))), None)
    name = next((word for word in reversed(words) if _NAME.fullmatch(word) and not _EXTENSION.fullmatch(word)), None)
    if extension is None or name is None or count > MOST_PAGES:
        return None
    numbers = [int(value) for value in rest[1:] if value.isdigit()]
    _, _, suffix = _own_name(page.url)
    from_one = _counts_from_one(current, suffix, count, is_placed=at > 0)
    suffixes = range(2, count + 1) if from_one else range(1, count)
    urls = [f"{name}.{extension}", *(f"{name}_{k}.{extension}" for k in suffixes)] if count else []
    resolved = [url for address in urls if (url := page.resolve(address))]
    return resolved, count, numbers[-1] if numbers else None


def _counts_from_one(current: int | None, suffix: int | None, count: int, *, is_placed: bool) -> bool:
    """Whether the second page is index_2: its first page then calls itself 1.

    Later pages call themselves by their suffix in both ways of counting; the later kind of
    script, which names the element to fill, counts from 1.
    """
    if current is None:
        return False
    if suffix is None:
        return current == 1
    return current > suffix or current == count or (is_placed and current == suffix)


def _own_name(url: str) -> tuple[str, str, int | None]:
    """(name, extension, suffix) of a page's address: list_3.shtml -> ("list", "shtml", 3)."""
    name = urlsplit(url).path.rpartition("/")[2]
    stem, _, extension = name.partition(".")
    found = re.fullmatch(r"(.+)_(\d{1,4})", stem)
    if found:
        return found[1], extension or "html", int(found[2])
    return stem or "index", extension or "html", None


def _others(page: Page, urls: Iterable[str]) -> tuple[ListPage, ...]:
    """Every address once, without the page's own; a folder is its first page under another name."""
    path = urlsplit(page.url).path
    own = {page.url}
    if path.endswith("/") or not path:
        stems = ("index", "list", "default")
        own |= {f"{page.url}{stem}.{end}" for stem in stems for end in ("html", "htm", "shtml", "jhtml")}
    return tuple(ListPage(url) for url in dict.fromkeys(urls) if url not in own)


def _is_number(anchor: Anchor) -> bool:
    found = _NUMBERED.fullmatch(anchor.shown.strip("[]"))
    return found is not None and int(found[1]) not in _YEARS


def _numbers(links: Iterable[Anchor]) -> dict[int, str]:
    """Page number as printed -> address."""
    printed = ((_NUMBERED.fullmatch(anchor.shown.strip("[]")), anchor.url) for anchor in links)
    return {int(found[1]): url for found, url in printed if found}


def _linked(page: Page, links: list[Anchor], count: int | None) -> list[str]:
    """Addresses that links turn to, and those between that no link shows."""
    urls = list(dict.fromkeys(anchor.url for anchor in links))
    slots = [slot for url in urls if (slot := numbered_parameter(url))]
    if not slots:
        return urls
    head, tail = max(((s[0], s[2]) for s in slots), key=lambda pair: sum((s[0], s[2]) == pair for s in slots))
    seen = [number for before, number, after in slots if (before, after) == (head, tail)]
    printed = [
        slot[1] - number
        for number, url in _numbers(links).items()
        if (slot := numbered_parameter(url)) and (slot[0], slot[2]) == (head, tail)
    ]
    shift = printed[0] if printed else _shift(page.url, seen, count)
    last = max(seen)
    if count is not None and count <= MOST_PAGES:
        last = count + shift if printed or not any(_LAST.fullmatch(a.shown) for a in links) else last
    own = numbered_parameter(page.url)
    is_own = own is not None and (own[0], own[2]) == (head, tail)
    first = min([*seen, own[1]] if own is not None and is_own else seen)
    first = min(first, 2 + shift)
    between = [f"{head}{number}{tail}" for number in range(max(first, 0), min(last, MOST_PAGES) + 1)]
    return list(dict.fromkeys([*urls, *between]))


def _shift(own: str, seen: list[int], count: int | None) -> int:
    """What is added to a page's number in its address: -1 where index_1 is the second page."""
    slot = numbered_parameter(own)
    if slot is None:
        return min(seen) - 2 if min(seen) <= 2 else 0
    if count is not None and max(seen) == count - 1 and slot[1] < max(seen):
        return -1
    return 0


def numbered_parameter(url: str) -> tuple[str, int, str] | None:
    """Where an address gives the number of its page: (before, number, behind).

    >>> numbered_parameter("http://a.gov.cn/nb/index_3.html")
    ('http://a.gov.cn/nb/index_', 3, '.html')
    >>> numbered_parameter("http://a.gov.cn/list.jsp?page=2&c=7")
    ('http://a.gov.cn/list.jsp?page=', 2, '&c=7')
    """
    if found := _PARAMETER.search(url):
        return url[: found.end(1)], int(found[2]), url[found.end(2) :]
    path, mark, query = url.partition("?")
    if found := _SUFFIX.match(path):
        return found[1], int(found[2]), (found[3] or "") + mark + query
    return None
