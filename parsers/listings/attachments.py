"""A document page in, the files it links or shows in a viewer out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from bs4 import Tag

from parsers.listings.furniture import AROUND, Furniture
from parsers.listings.groups import count_links, date_in
from parsers.listings.models import ListedLink
from parsers.listings.page import Anchor, Page, attribute, resolve, squeeze

__all__ = ["files_of"]

_ENDINGS = "pdf|docx?|xlsx?|wps|et|ofd|zip|rar"
_FILE = re.compile(rf"\.(?:{_ENDINGS})$", re.IGNORECASE)
_NAMED = re.compile(rf"[^\s/\\]\.(?:{_ENDINGS})(?=$|[\s)）\]】（(,，;；])", re.IGNORECASE)
_DOWNLOAD = re.compile(
    r"/(?:down(?:load)?(?:file)?s?|attach(?:ment)?s?|uploadfiles?)(?:[/.?]|$)|down(?:load|file)\w*\.(?:jsp|do|aspx?|ashx|php|action)",
    re.IGNORECASE,
)
_SAYS_FILE = re.compile(r"附件|下载|原文|原件|PDF|Word|文档|年度报告|年报|版$|全文", re.IGNORECASE)
_VIEWER = re.compile(r"view|pdf|show|read|preview|web/", re.IGNORECASE)
_SURELY_VIEWER = re.compile(r"viewer|pdf\.?js", re.IGNORECASE)
_FILE_PARAMETERS = frozenset(
    [
        "file",
        "filename",
        "filepath",
        "fileurl",
        "url",
        "src",
        "path",
        "pdf",
        "pdfurl",
        "name",
        "attname",
        "document",
        "doc",
        "furl",
        "f",
    ]
)
_VIEWERS = (
    "src",
    "data",
    "href",
    "value",
    "data-src",
    "data-url",
    "data-file",
    "data-pdf",
    "data-href",
    "data-pdf-url",
    "data-fileurl",
    "data-original",
)
_VIEWER_TAGS = ("iframe", "embed", "object", "param", "source", "frame")
_IN_SCRIPT = re.compile(
    rf"""['"]([^'"\s<>]{{1,400}}\.(?:{_ENDINGS}))(?:[?#][^'"\s]*)?['"]""",
    re.IGNORECASE,
)
_SHOWS = re.compile(
    r"pdfobject|pdf\.?js|getDocument|PDFObject|embed\(|viewer|flexpaper|swfFile|PdfUrl|pdfurl|fileUrl|filePath",
    re.IGNORECASE,
)


def files_of(page: Page) -> tuple[ListedLink, ...]:
    """The files that belong to a document, in page order, each address once."""
    found: dict[str, ListedLink] = {}
    for link in (*_linked(page), *_viewed(page), *_scripted(page)):
        kept = found.get(link.url)
        if kept is None or (not kept.title and link.title):
            found[link.url] = link
    return tuple(link._replace(title=link.title or _name(link.url)) for link in found.values())


def _linked(page: Page) -> Iterator[ListedLink]:
    furniture = Furniture(count_links(page.anchors), len(page.anchors))
    for anchor in page.anchors:
        if furniture.level(anchor.tag) == AROUND:
            continue
        if inner := _viewed_file(page, anchor.url):
            yield ListedLink(inner, anchor.title, date_in(anchor.shown))
        elif is_file(anchor.url) or _names_file(anchor):
            yield ListedLink(anchor.url, anchor.title, None)


def _names_file(anchor: Anchor) -> bool:
    """Whether the text of a link is the name of a file, or its address one for downloads."""
    if _NAMED.search(anchor.title) or _NAMED.search(anchor.shown):
        return True
    return bool(_DOWNLOAD.search(anchor.url) and _SAYS_FILE.search(anchor.title))


def is_file(url: str) -> bool:
    """Whether an address is one of a file, by its path or by the file name it passes on.

    >>> is_file("http://a.gov.cn/P020.pdf"), is_file("http://a.gov.cn/downfile.jsp?classid=0&filename=x.pdf")
    (True, True)
    >>> is_file("http://a.gov.cn/t1.html")
    False
    """
    return bool(_FILE.search(urlsplit(url).path)) or _file_parameter(url) is not None


def _file_parameter(url: str) -> str | None:
    values = (value for name, value in parse_qsl(urlsplit(url).query) if name.lower() in _FILE_PARAMETERS)
    return next((value for value in values if _FILE.search(value.partition("?")[0])), None)


def _viewed_file(page: Page, url: str) -> str | None:
    """The file that an address of a viewer shows: viewer.html?file=/a/b.pdf.

    A viewer is told where the file is fetched from, whatever that address looks like.
    """
    parts = urlsplit(url)
    if _FILE.search(parts.path) or not _VIEWER.search(parts.path):
        return None
    told = _file_parameter(url)
    if told is None and _SURELY_VIEWER.search(parts.path):
        told = dict(parse_qsl(parts.query)).get("file")
    # A bare name is no address: the server behind the viewer knows where the file lies.
    is_page = parts.path.lower().endswith((".html", ".htm"))
    if told is None or not ("/" in told or is_page) or (_DOWNLOAD.search(parts.path) and not is_page):
        return None
    address = unquote(told) if "%2F" in told.upper() else told
    return page.resolve(address) if address.startswith(("/", "http:", "https:")) else resolve(url, address)


def _viewed(page: Page) -> Iterator[ListedLink]:
    for tag in page.soup.find_all(_may_show):
        for name in _VIEWERS:
            if name in ("href", "value") and tag.name not in _VIEWER_TAGS:
                continue
            url = page.resolve(attribute(tag, name)) if attribute(tag, name) else None
            if url is None:
                continue
            is_shown = is_file(url) or (tag.name in _VIEWER_TAGS and _DOWNLOAD.search(url))
            shown = _viewed_file(page, url) or (url if is_shown else None)
            if shown is not None:
                yield ListedLink(shown, _title(tag), None)
                break


def _may_show(tag: Tag) -> bool:
    return tag.name in _VIEWER_TAGS or (
        tag.name != "a" and any(name in tag.attrs for name in _VIEWERS if name.startswith("data-"))
    )


def _scripted(page: Page) -> Iterator[ListedLink]:
    """Files that the script hands to a viewer."""
    if not _SHOWS.search(page.scripts):
        return
    for found in _IN_SCRIPT.finditer(page.scripts):
        address = found[1].replace("\\/", "/")
        inner = re.search(rf"(?:file|url)=([^&]+\.(?:{_ENDINGS}))$", address, re.IGNORECASE)
        url = page.resolve(unquote(inner[1]) if inner else address)
        if url is not None:
            yield ListedLink(url, "", None)


def _title(tag: Tag) -> str:
    return squeeze(attribute(tag, "title"))


def _name(url: str) -> str:
    """The file's own name, for a file that the page gives no title."""
    return unquote((_file_parameter(url) or urlsplit(url).path).rpartition("/")[2])
