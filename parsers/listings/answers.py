"""The JSON answer of a list's API in, its links and the calls for its other pages out.

Whatever the names around it, the list is the array of objects that have a title and an address.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from parsers.dates import read_date
from parsers.listings.models import ListedLink, Listing, ListPage
from parsers.listings.page import is_address, resolve, squeeze
from parsers.listings.pagers import MOST_PAGES, numbered_parameter

__all__ = ["read_json"]

_WRAPPED = re.compile(r"^\s*[\w$.]+\s*\(\s*(?=[\[{])")
_TITLE = re.compile(
    r"(?:(?:doc|info|article|news|content|full|show|main|long)?_?-?title|bt|subject|标题|(?:doc|file|info)?_?name)",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?:(?:doc|info|article|news|content|pub|page|post|link|detail|visit|static|web|access|out)?_?(?:url|link|href|address|path)|(?:doc)?puburl|uri|链接)",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:.*(?:publish|pub|release|create|issue|write|show|display|fb|cw).*(?:date|time|_at|rq|sj|d)?|date|time|.*rq|.*date)",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"(?:total|totalcount|totalrecords?|total_?(?:count|num|elements|size|rows?|records?|hits?)|count|recordcount|rowcount|totalnum|iTotalRecords|recordsTotal)",
    re.IGNORECASE,
)
_PAGES = re.compile(r"(?:total_?pages?|page_?count|pages|page_?total|maxpage|last_?page|pagenums?)", re.IGNORECASE)
_SIZE = re.compile(r"(?:page_?size|per_?page|limit|page_?rows|numperpage|rows|size|pagenum|ps)", re.IGNORECASE)
_LISTS = re.compile(
    r"(?:articles?|list|rows|data|records?|results?|items?|docs?|infos?|content|datas|resultlist|datalist)",
    re.IGNORECASE,
)
_PAGE_NAME = re.compile(
    r"(?:page|pageno|pagenum|pagenumber|page_?index|cur_?page|current_?page|currpage|current_?page_?no|current_?page_?num|p|pn|pg|cp|nowpage|current)",
    re.IGNORECASE,
)
_DEEPEST = 8
_BEIJING = timedelta(hours=8)
_EPOCHS = range(631_152_000, 4_102_444_800)  # 1990 to 2100, in seconds
_GKMLPT_SIZE = 100  # articles of a page, fixed by the server


class _Found(NamedTuple):
    """An array of objects and the objects that hold it, the nearest first."""

    rows: list[dict[str, Any]]
    around: tuple[dict[str, Any], ...]
    name: str


def read_json(text: str, url: str, sent: str) -> Listing | None:
    """The answer to a GET of `url`, or to a POST of the form `sent`; None when it is no list."""
    data = _load(text)
    best: tuple[int, _Found, list[ListedLink]] | None = None
    for found in _arrays(data, (), ""):
        links = [link for row in found.rows if (link := _link(row, url))]
        counted = _number(found.around, _TOTAL) is not None or _number(found.around, _PAGES) is not None
        empty = not found.rows and counted and bool(_LISTS.fullmatch(found.name))
        if (2 * len(links) >= len(found.rows) and links) or empty:
            best = max(best or (-1, found, links), (len(links), found, links), key=lambda b: b[0])
    if best is None:
        return None
    _, found, links = best
    total, count = _number(found.around, _TOTAL), _number(found.around, _PAGES)
    is_gkmlpt = "/gkmlpt/" in url and found.name == "articles"
    size = _GKMLPT_SIZE if is_gkmlpt else _size(found, url, sent)
    if count is None and total is not None and size:
        count = -(-total // size)
    pages = _pages(url, sent, count, is_whole=total is not None and total <= len(found.rows), is_gkmlpt=is_gkmlpt)
    once = {link.url: link for link in reversed(links)}
    return Listing("gkmlpt" if is_gkmlpt else "api", tuple(reversed(once.values())), pages, total, count)


def _load(text: str) -> Any:
    """The value of a JSON text, or of one wrapped in a call; None when it is none."""
    plain = text.strip().lstrip("\ufeff")
    if wrapped := _WRAPPED.match(plain):
        plain = plain[wrapped.end() :].rstrip("; \n").removesuffix(")")
    if not plain.startswith(("{", "[", '"')):
        return None
    try:
        value = json.loads(plain)
        # An answer may hold its list as a text of JSON again.
        return json.loads(value) if isinstance(value, str) and value.startswith(("{", "[")) else value
    except (ValueError, RecursionError):
        return None


def _arrays(value: Any, around: tuple[dict[str, Any], ...], name: str) -> Iterator[_Found]:
    if len(around) > _DEEPEST:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str) and inner.startswith("[{") and _LISTS.fullmatch(key):
                inner = _load(inner)
            if isinstance(inner, dict | list):
                yield from _arrays(inner, (value, *around), key)
    elif isinstance(value, list):
        rows = [row for row in value if isinstance(row, dict)]
        if rows or not value:
            yield _Found(rows, around, name)
        for row in rows:
            if any(isinstance(inner, list) for inner in row.values()):
                yield from _arrays(row, around, name)


def _link(row: dict[str, Any], base: str) -> ListedLink | None:
    titles = [squeeze(_bare(v)) for k, v in row.items() if isinstance(v, str) and _TITLE.fullmatch(k)]
    title = max((t for t in titles if t and not t.startswith(("http://", "https://"))), key=len, default="")
    plain_first = sorted((k for k in row if _LINK.fullmatch(k)), key=lambda k: k.lower() not in ("url", "link", "href"))
    for key in plain_first:
        value = row[key]
        if isinstance(value, str) and is_address(value) and (url := resolve(base, value)) and title:
            return ListedLink(url, title, _date(row))
    return None


def _bare(text: str) -> str:
    return html.unescape(re.sub(r"<[^<>]{1,200}>", "", text))


def _date(row: dict[str, Any]) -> str | None:
    """The first day a row gives; an epoch, in seconds or milliseconds, is a day in Beijing."""
    for wanted in (str, int | float):
        for key, value in row.items():
            if not _DATE.fullmatch(key) or not isinstance(value, wanted) or isinstance(value, bool):
                continue
            if made := _day(value):
                return made
    return None


def _day(value: str | float) -> str | None:
    if isinstance(value, str) and not re.fullmatch(r"\d{9,13}", value):
        return read_date(value[:40])
    seconds = int(value)
    seconds = seconds // 1000 if seconds >= _EPOCHS.stop else seconds
    if seconds not in _EPOCHS:
        return read_date(str(value))
    return (datetime.fromtimestamp(seconds, UTC) + _BEIJING).date().isoformat()


def _number(around: tuple[dict[str, Any], ...], names: re.Pattern[str]) -> int | None:
    for holder in around:
        for key, value in holder.items():
            if isinstance(value, bool) or not names.fullmatch(key):
                continue
            if isinstance(value, int) or (isinstance(value, str) and value.isdigit() and len(value) <= len("1000000")):
                return int(value)
    return None


def _size(found: _Found, url: str, sent: str) -> int | None:
    """How many records a page holds: as asked for, as the answer says, as a first page holds."""
    asked = [*parse_qsl(sent), *parse_qsl(urlsplit(url).query)]
    told = next((int(v) for k, v in asked if _SIZE.fullmatch(k) and not _PAGE_NAME.fullmatch(k) and v.isdigit()), None)
    if told is None:
        sizes = re.compile(r"(?:page_?size|per_?page|limit|size)", re.IGNORECASE)
        told = _number(found.around, sizes)
    if told:
        return told
    slot = numbered_parameter(url)
    return len(found.rows) or None if slot is None or slot[1] <= 1 else None


def _pages(url: str, sent: str, count: int | None, *, is_whole: bool, is_gkmlpt: bool) -> tuple[ListPage, ...]:
    """The calls for all other pages, asked for as this one was."""
    if count is None or count > MOST_PAGES or (is_whole and count <= 1):
        return ()
    form = parse_qsl(sent, keep_blank_values=True)
    at = next((i for i, (name, value) in enumerate(form) if _PAGE_NAME.fullmatch(name) and value.isdigit()), None)
    if at is not None:
        name, own = form[at]
        bodies = [urlencode([*form[:at], (name, str(k)), *form[at + 1 :]]) for k in _range(int(own), count)]
        return tuple(ListPage(url, "POST", body) for body in bodies if body != sent)
    slot = numbered_parameter(url)
    if slot is None or sent:
        return ()
    head, number, tail = slot
    # Some of the servers number from 0, and some take 0 and 1 for the same page: all are asked for.
    numbers = range(count + 1) if is_gkmlpt and not is_whole else _range(number, count)
    return tuple(ListPage(f"{head}{k}{tail}") for k in numbers if k != number)


def _range(own: int, count: int) -> range:
    return range(count) if own == 0 else range(1, count + 1)
