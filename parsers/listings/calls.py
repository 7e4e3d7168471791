"""The script of a half-static list in, the calls to the API that holds its other half out."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlencode

from parsers.listings.models import ListPage
from parsers.listings.page import Page, attribute, is_address
from parsers.listings.pagers import MOST_PAGES, variables_of

__all__ = ["read_calls"]

_STRING = r"""(?:'[^'\n]{0,500}'|"[^"\n]{0,500}"|`[^`]{0,500}`)"""
_PIECE = rf"(?:{_STRING}|[\w.$\[\]()]+)"
_SUM = rf"({_STRING}(?:\s*\+\s*{_PIECE})*)"
_NAMED = re.compile(
    rf"""\b(?:\w*url|\w*api|action|path|interface)['"]?\s*[:=]\s*{_SUM}|\.(?:get|post|getJSON|ajax|load)\(\s*{_SUM}|\bfetch\(\s*{_SUM}|\.open\(\s*['"](?:GET|POST)['"]\s*,\s*{_SUM}""",
    re.IGNORECASE,
)
_DATA_NAMES = (
    "data-url",
    "data-api",
    "data-list-url",
    "data-src",
    "data-list",
    "data-ajax",
    "data-interface",
    "data-action",
)
_API = re.compile(
    r"(?:^|[/._?=&-])(?:api|ajax|json|query|search|list\w*|data\w*|get\w*|page\w*|front|interface|openapi|rest|findlist|load\w*)(?:[/._?=&-]|$)|\.(?:do|action|ashx|json)\b",
    re.IGNORECASE,
)
_STATIC = re.compile(
    r"\.(?:js|css|png|jpe?g|gif|svg|ico|s?html?|swf|pdf|mp4|woff2?|xml)(?:\?|$)|dataproxy\.jsp|/(?:hits?|count(?:er)?|visit\w*|login|stat\w*|search|click|captcha|weather|user|share)\b",
    re.IGNORECASE,
)
_PAGE = re.compile(
    r"(?:page|pageno|pagenum|pagenumber|page_?index|cur_?page|current_?page|currpage|current_?page_?no|current_?page_?num|p|pn|pg|cp|nowpage|i|n|num|index|current)",
    re.IGNORECASE,
)
_SIZE = re.compile(r"(?:page_?size|per_?page|limit|rows|size|ps)", re.IGNORECASE)
_OBJECT = re.compile(r"(?:\bdata|\bparams?|\bbody|stringify\(|,)\s*[:=(]?\s*\{([^{}]{0,1500})\}", re.IGNORECASE)
_PAIR = re.compile(rf"""['"]?([A-Za-z_][\w.-]*)['"]?\s*:\s*({_STRING}|[\w.$]+)""")
_METHOD = re.compile(r"""(?:type|method)['"]?\s*:\s*['"](POST|GET)['"]""", re.IGNORECASE)
_COUNT = re.compile(r"(?:countpage|pagecount|totalpages?|pages?total)", re.IGNORECASE)
_TOTAL = re.compile(r"(?:total|totalcount|totalrecords?|total_?num|recordcount)", re.IGNORECASE)
_REACH = 900  # characters of script that belong to a call


class _Call(NamedTuple):
    address: str
    reach: str  # the script around it
    is_post: bool


def read_calls(page: Page) -> tuple[ListPage, ...]:
    """The first call of each API the script names, or all its pages where the script counts them."""
    variables = variables_of(page.scripts)
    calls = [*_scripted(page.scripts, variables), *_marked(page)]
    count = _count(variables)
    found: list[ListPage] = []
    for call in calls:
        numbers = range(1, count + 1) if count else (1,)
        found += [made for number in numbers if (made := _made(page, call, variables, number))]
    return tuple(dict.fromkeys(found))


def _scripted(scripts: str, variables: dict[str, str]) -> list[_Call]:
    calls = []
    for found in _NAMED.finditer(scripts):
        address = _joined(next(group for group in found.groups() if group), variables)
        if not _is_api(address):
            continue
        around = scripts[max(0, found.start() - _REACH // 3) : found.end() + _REACH]
        method = _METHOD.search(scripts[found.end() : found.end() + _REACH]) or _METHOD.search(around)
        is_post = method[1].upper() == "POST" if method else bool(re.search(r"\.post\(|['\"]POST['\"]", around))
        calls.append(_Call(address, scripts[found.end() : found.end() + _REACH], is_post))
    return calls


def _marked(page: Page) -> list[_Call]:
    """Calls that attributes of elements name."""
    calls = []
    for tag in page.soup.find_all(lambda t: any(t.has_attr(name) for name in _DATA_NAMES)):
        address = next(attribute(tag, name) for name in _DATA_NAMES if tag.has_attr(name)).strip()
        if tag.name not in ("a", "img", "script", "iframe") and _is_api(address):
            pairs = {
                k.removeprefix("data-"): attribute(tag, k)
                for k in tag.attrs
                if k.startswith("data-") and k not in _DATA_NAMES
            }
            kept = ", ".join(
                f"{k.replace('-', '_')}: '{v}'"
                for k, v in pairs.items()
                if re.search(r"page|size|col|channel|site|id$", k)
            )
            is_post = pairs.get("method", pairs.get("type", "")).upper() == "POST"
            calls.append(_Call(address, f"data: {{{kept}}}" if kept else "", is_post))
    return calls


def _is_api(address: str) -> bool:
    plain = address.replace("{page}", "1")
    return bool(is_address(plain) and _API.search(plain) and not _STATIC.search(plain))


def _joined(expression: str, variables: dict[str, str]) -> str:
    """'/api/list?c=5&page=' + n -> /api/list?c=5&page={page}"""
    pieces: list[str] = []
    for piece in re.findall(_PIECE, expression):
        if piece[0] in "'\"`":
            pieces.append(re.sub(r"\$\{([\w.]+)\}", lambda m: _value(m[1], variables), piece[1:-1]))
        else:
            pieces.append(_value(piece, variables))
    return "".join(pieces)


def _value(name: str, variables: dict[str, str]) -> str:
    last = name.rpartition(".")[2]
    return "{page}" if _PAGE.fullmatch(last) else variables.get(last, "")


def _made(page: Page, call: _Call, variables: dict[str, str], number: int) -> ListPage | None:
    address = call.address.replace("{page}", str(number))
    parameters = _parameters(call.reach, variables, number)
    paged = "{page}" in call.address or any(_PAGE.fullmatch(k) or _SIZE.fullmatch(k) for k, _ in parameters)
    inline = re.search(r"[?&](\w+)=(\d+)", address)
    paged = paged or bool(inline and re.search(r"[?&](?:page\w*|cur\w*page|p|pn)=\d+", address, re.IGNORECASE))
    if "{page}" not in call.address and number > 1 and not any(_PAGE.fullmatch(k) for k, _ in parameters):
        address = re.sub(
            r"([?&](?:page(?:no|num|index)?|cur(?:rent)?page|p|pn)=)\d+",
            rf"\g<1>{number}",
            address,
            flags=re.IGNORECASE,
        )
    if not paged or (url := page.resolve(address)) is None:
        return None
    if call.is_post:
        return ListPage(url, "POST", urlencode(parameters))
    if not parameters:
        return ListPage(url)
    return ListPage(f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}")


def _parameters(reach: str, variables: dict[str, str], number: int) -> list[tuple[str, str]]:
    """The parameters handed to the call; its page is `number`, what the script only computes is left out."""
    found = _OBJECT.search(reach)
    if not found:
        return []
    parameters: list[tuple[str, str]] = []
    for name, value in _PAIR.findall(found[1]):
        if _PAGE.fullmatch(name) and len(name) > 1:
            parameters.append((name, str(number)))
        elif value[0] in "'\"`":
            parameters.append((name, value[1:-1]))
        elif value.isdigit():
            parameters.append((name, value))
        elif value.rpartition(".")[2] in variables:
            parameters.append((name, variables[value.rpartition(".")[2]]))
    return parameters


def _count(variables: dict[str, str]) -> int | None:
    """Pages that the script promises of the API."""
    count = next((int(v) for k, v in variables.items() if _COUNT.fullmatch(k) and v.isdigit()), None)
    if count is None:
        total = next((int(v) for k, v in variables.items() if _TOTAL.fullmatch(k) and v.isdigit()), None)
        size = next((int(v) for k, v in variables.items() if _SIZE.fullmatch(k) and v.isdigit()), None)
        count = -(-total // size) if total and size else None
    return count if count and count <= MOST_PAGES else None
