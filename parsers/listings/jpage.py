"""Hanweb columns in, their records and the calls for the rest out.

A column page holds its first records in a script, as XML whose records are pieces of HTML;
`dataproxy.jsp` answers with the same XML for a window of records.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from parsers.listings.groups import date_in, pieces_beside
from parsers.listings.models import ListedLink, ListPage
from parsers.listings.names import is_control, is_report, is_year
from parsers.listings.page import Anchor, Page, squeeze

__all__ = ["Records", "is_jpage", "read_answer", "read_column"]

_FIELDS = ("col", "appid", "webid", "path", "columnid", "sourceContentType", "unitid", "webname", "permissiontype")
_NEEDED = frozenset(["columnid", "unitid"])
_FIELD = re.compile(
    r"""['"]?\b(col|appid|webid|path|columnid|sourceContentType|unitid|webname|permissiontype)['"]?\s*[:=]\s*(?:'([^']*)'|"([^"]*)"|([^\s,;&'"}<>]+))""",
    re.IGNORECASE,
)
_PROXY = re.compile(
    r"""((?<![\w./-])(?:https?://[\w.:-]{1,200})?[\w./-]{0,200}jpage/dataproxy\.jsp)(\?[^'"\s<>\]]*)?"""
)
_TOTAL = re.compile(r"<?totalrecords?['\"]?\s*[:=>]\s*['\"]?(\d{1,7})", re.IGNORECASE)
_PER_PAGE = re.compile(r"\bperpage['\"]?\s*[:=>]\s*['\"]?(\d{1,4})", re.IGNORECASE)
_PAGES_A_CALL = 3
_USUAL_PER_PAGE = 15
_MOST_RECORDS = 100_000


class Records(NamedTuple):
    """Records of a column: links, calls for the others, and how many are promised."""

    links: tuple[ListedLink, ...]
    pages: tuple[ListPage, ...]
    total: int | None
    page_count: int | None


def is_jpage(text: str) -> bool:
    """Whether a page or an answer is of this family."""
    return (
        "dataproxy.jsp" in text
        or ("<datastore" in text and "<record" in text)
        or ("totalRecord" in text and "unitid" in text)
    )


def read_answer(text: str, url: str, sent: str) -> Records | None:
    """The answer of dataproxy.jsp, to a GET or to a POST of the form `sent`; None when it is none."""
    if not re.match(r"\s*(?:<\?xml[^>]*\?>\s*)?<datastore\b", text):
        return None
    links, _ = _records(text, url)
    total = _number(_TOTAL, text)
    asked = dict(parse_qsl(urlsplit(url).query)) | dict(parse_qsl(sent))
    per_page = int(asked["perpage"]) if asked.get("perpage", "").isdigit() else _USUAL_PER_PAGE
    fields = {name: asked[name] for name in _FIELDS if name in asked}
    pages: tuple[ListPage, ...] = ()
    if total and fields.keys() >= _NEEDED and "startrecord" in asked:
        # Asked for a window: those behind it are asked for in the same way.
        proxy = urlunsplit((*urlsplit(url)[:3], "", ""))
        held = int(asked["endrecord"]) if asked.get("endrecord", "").isdigit() else 0
        pages = tuple(_windows(proxy, sent or urlencode(fields), per_page, held, total, is_post=bool(sent)))
    elif links and (following := _next_group(text, url)):
        pages = (following,)
    return Records(links, pages, total, -(-total // per_page) if total is not None else None)


def read_column(page: Page) -> Records | None:
    """The column page itself; None when its script asks for no records."""
    units = _units(page.text)
    found: list[Records] = [records for unit in units if (records := _read_unit(page, unit))]
    if not found:
        return None
    totals = [records.total for records in found if records.total is not None]
    counts = [records.page_count for records in found if records.page_count is not None]
    return Records(
        tuple(link for records in found for link in records.links),
        tuple(call for records in found for call in records.pages),
        sum(totals) if totals else None,
        sum(counts) if counts else None,
    )


def _units(text: str) -> list[str]:
    """The text cut before every list but the first: each has its datastore, then its parameters."""
    starts = [found.start() for found in re.finditer(r"<datastore\b", text)]
    if len(starts) < 2:
        return [text]
    edges = [0, *starts[1:], len(text)]
    return [text[a:b] for a, b in pairwise(edges)]


def _read_unit(page: Page, unit: str) -> Records | None:
    links, count = _records(unit, page.base)
    fields = _fields(unit)
    total = _number(_TOTAL, unit)
    if not count and not (fields.keys() >= _NEEDED):
        return None
    per_page = _number(_PER_PAGE, unit) or _USUAL_PER_PAGE
    pages: tuple[ListPage, ...] = ()
    proxy = _PROXY.search(unit)
    if total is not None and total <= _MOST_RECORDS and fields.keys() >= _NEEDED:
        named = page.resolve(proxy[1]) if proxy else None
        if named:
            pages = tuple(_windows(named, urlencode(fields), per_page, count, total, is_post=True))
        else:
            pages = _numbered(page.url, fields["unitid"], count, total, per_page)
    elif following := _next_group(unit, page.base):
        pages = (following,)
    return Records(links, pages, total, -(-total // per_page) if total is not None else None)


def _fields(text: str) -> dict[str, str]:
    """The parameters of the call: of the object handed to it, else of an address in the script, else of the page."""
    handed = (
        found[1]
        for found in re.finditer(r"(?:ajaxParam|param|data)\w*['\"]?\s*[:=]\s*\{([^{}]*)\}", text, re.IGNORECASE)
    )
    asked = (found[2].replace("&amp;", ",").replace("&", ",") for found in _PROXY.finditer(text) if found[2])
    for source in (*handed, *asked, text):
        values = _fields_in(source)
        if values.keys() >= _NEEDED:
            usual = {"col": "1", "appid": "1", "path": "/", "permissiontype": "0"}
            return {name: values.get(name, usual.get(name, "")) for name in _FIELDS if name in values or name in usual}
    return {}


def _fields_in(text: str) -> dict[str, str]:
    names = {name.lower(): name for name in _FIELDS}
    values: dict[str, str] = {}
    for found in _FIELD.finditer(text):
        values.setdefault(names[found[1].lower()], found[2] or found[3] or found[4] or "")
    for name in ("webname", "path"):
        if name in values:
            values[name] = unquote(unquote(values[name]))  # encoded for the address and again for the script
    return values


def _windows(proxy: str, form: str, per_page: int, held: int, total: int, *, is_post: bool) -> list[ListPage]:
    """Calls of three pages each for the records from `held` on."""
    size = _PAGES_A_CALL * per_page
    calls = []
    for start in range(held // size * size, total, size):
        window = f"startrecord={start + 1}&endrecord={start + size}&perpage={per_page}"
        calls.append(ListPage(f"{proxy}?{window}", "POST", form) if is_post else ListPage(f"{proxy}?{window}&{form}"))
    return calls if held < total else []


def _numbered(url: str, unit: str, held: int, total: int, per_page: int) -> tuple[ListPage, ...]:
    """The older way: the column page itself, asked for with the number of a page."""
    if held >= total:
        return ()
    plain = url.partition("?")[0]
    own = dict(parse_qsl(urlsplit(url).query)).get("pageNum", "1")
    numbers = range(1, -(-total // per_page) + 1)
    return tuple(ListPage(f"{plain}?pageNum={number}&uid={unit}") for number in numbers if str(number) != own)


def _next_group(text: str, base: str) -> ListPage | None:
    """The link to the next records that comes with the records, where they are asked for by page."""
    _, mark, rest = text.partition("<nextgroup")
    found = re.search(r"""href\s*=\s*['"]([^'"]+)""", rest.partition("</nextgroup")[0]) if mark else None
    if not found:
        return None
    page = Page(f'<a href="{found[1]}">next</a>', base)
    return next((ListPage(anchor.url) for anchor in page.anchors), None)


def _records(text: str, base: str) -> tuple[tuple[ListedLink, ...], int]:
    """The links of all records, and how many records there are."""
    links: list[ListedLink] = []
    pieces = re.split(r"<record\b[^>]*>", text)[1:]
    for piece in pieces:
        record = piece.partition("</record>")[0].strip().removeprefix("<![CDATA[")
        record = record.partition("]]>")[0]
        if "<" not in record and "&lt;" in record:
            record = record.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
        links += _links_of(record, base)
    return tuple(links), len(pieces)


def _links_of(record: str, base: str) -> list[ListedLink]:
    page = Page(record, base)
    anchors: list[Anchor] = [a for a in page.anchors if a.title and (is_year(a.title) or not is_control(a.title))]
    longest = max((len(anchor.title) for anchor in anchors), default=0)
    date = None
    if anchors:
        pieces = (squeeze(text) for text in page.soup.strings)
        date = date_in(" ".join(pieces_beside(pieces, anchors[0].title)))
    kept = [a for a in anchors if 2 * len(a.title) >= longest or is_report(a.title)]
    return [ListedLink(anchor.url, anchor.title, date) for anchor in kept]


def _number(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return int(found[1]) if found else None
