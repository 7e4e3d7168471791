"""Pages that show one year and one area of a collection of annual reports in, the other years and areas out."""

from __future__ import annotations

import re
from itertools import product
from urllib.parse import parse_qsl, urlencode, urlsplit

from bs4 import Tag

from parsers.listings.models import ListPage
from parsers.listings.names import is_year
from parsers.listings.page import Page, attribute, squeeze

__all__ = ["is_combination", "read_combinations"]

_YEAR, _AREA = "fbtime", "area"
_ADDRESS = re.compile(r"""(?<![\w./:-])[\w./:-]{0,200}xxgkAnnualReport\.jsp(?:\?[^'"\s<>+]*)?""", re.IGNORECASE)
_PAGE = "xxgkannualreport.jsp"
_CODE = re.compile(r"[0-9A-Za-z]{1,32}")
_MOST = 3000


def is_combination(url: str) -> bool:
    """Whether an address names a year, or an area, of such a collection.

    >>> is_combination("http://a.gov.cn/module/xxgk/xxgkAnnualReport.jsp?fbtime=2017")
    True
    """
    parts = urlsplit(url)
    names = {_YEAR, _AREA} & dict(parse_qsl(parts.query)).keys()
    return len(names) == 2 or bool(names and parts.path.lower().endswith(_PAGE))


def read_combinations(page: Page) -> tuple[ListPage, ...] | None:
    """Every other (year, area) that links and choices offer; None when the page is of another family."""
    linked = [anchor.url for anchor in page.anchors if is_combination(anchor.url)]
    is_one = is_combination(page.url) or urlsplit(page.url).path.lower().endswith(_PAGE)
    years, areas = _choices(page, _YEAR), _choices(page, _AREA)
    # A single link is the way back that a document's page offers.
    if not (is_one or len(linked) > 1 or ((years or areas) and _ADDRESS.search(page.text))):
        return None
    own = dict(parse_qsl(urlsplit(page.url).query, keep_blank_values=True))
    urls = list(linked)
    if years or areas:
        address = _address(page)
        years = years or [own.get(_YEAR) or _given(page, _YEAR)]
        areas = areas or [own.get(_AREA) or _given(page, _AREA)]
        rest = [(k, v) for k, v in parse_qsl(urlsplit(address).query) if k not in (_YEAR, _AREA)]
        plain = address.partition("?")[0]
        for year, area in list(product(years, areas))[:_MOST]:
            query = [*rest, *((k, v) for k, v in ((_YEAR, year), (_AREA, area)) if v)]
            urls.append(f"{plain}?{urlencode(query)}")
    here = _key(page.url)
    once = {_key(url): url for url in reversed(urls)}
    return tuple(ListPage(url) for key, url in reversed(once.items()) if key != here)


def _choices(page: Page, name: str) -> list[str]:
    """The values of the select, or the list of marked elements, that chooses a year or an area."""
    values: list[str] = []
    for select in page.soup.find_all("select"):
        options = [o for o in select.find_all("option") if _CODE.fullmatch(attribute(o, "value").strip())]
        if options and _kind(select, options) == name:
            values += [attribute(option, "value").strip() for option in options]
    return list(dict.fromkeys(values))


def _kind(select: Tag, options: list[Tag]) -> str | None:
    called = (attribute(select, "name") + " " + attribute(select, "id")).lower()
    years = sum(is_year(attribute(option, "value").strip()) for option in options)
    if _YEAR in called or "year" in called or 2 * years > len(options):
        return _YEAR
    words = squeeze(attribute(select, "onchange")).lower()
    return _AREA if any(word in called + words for word in (_AREA, "organ", "dept", "unit", "region")) else None


def _address(page: Page) -> str:
    if is_combination(page.url) or urlsplit(page.url).path.lower().endswith(_PAGE):
        return page.url
    found = _ADDRESS.search(page.text)
    return (page.resolve(found[0].replace("&amp;", "&")) if found else None) or page.url


def _given(page: Page, name: str) -> str:
    """A value that a hidden field or the script fixes."""
    field = page.soup.find("input", attrs={"name": name})
    if isinstance(field, Tag) and attribute(field, "value"):
        return attribute(field, "value")
    found = re.search(rf"\b{name}['\"]?\s*[:=]\s*['\"]?(\w{{2,32}})", page.scripts)
    return found[1] if found else ""


def _key(url: str) -> tuple[str, frozenset[tuple[str, str]]]:
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}", frozenset(parse_qsl(parts.query))
