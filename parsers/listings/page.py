"""Bytes of an HTML page -> its elements, the addresses it names and its scripts."""

from __future__ import annotations

import re
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

__all__ = ["MOST_TAGS", "Anchor", "Page", "attribute", "is_address", "read_page", "resolve", "squeeze"]

MOST_TAGS = 40_000  # no list page has more; what has is made to exhaust its readers
_DEEPEST = 150  # ancestors
_ADDRESS = re.compile(
    r"(?:(?:https?:)?//[^\s'\"]+|\.{0,2}/[^\s'\"]*|\?[^\s'\"]+"
    r"|[^\s'\"<>:]+\.(?:s?html?|jspx?|aspx?|php|do|action|json|pdf|docx?|xlsx?|wps|et|ofd|zip|rar)(?:[?#][^\s'\"]*)?)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"""['"]([^'"]{1,500})['"]""")
_CUT = re.compile(r"(?:\.{2,}|…+|\.\.\.)\s*$")
_TOOLTIP_TITLE = re.compile(r"(?:标\s*题|名\s*称)\s*[:：]\s*([^\n\r]+)")
_DATE_AT_END = re.compile(
    r"^[\[(（]?(?:19|20)\d\d[-./年]\d{1,2}[-./月]\d{1,2}日?[\])）]?\s+"
    r"|(?:\s+|\s*[\[(（])(?:19|20)\d\d[-./年]\d{1,2}[-./月]\d{1,2}日?[\])）]?\s*$"
)
_STRESS = frozenset(["em", "font", "b", "strong", "u", "mark"])
_LONGEST_TITLE = 120  # characters; a link around more text is a card with a summary


class Anchor(NamedTuple):
    """An element that leads somewhere: its absolute address, its full title and its text as shown."""

    tag: Tag
    url: str
    title: str
    shown: str


def squeeze(text: str) -> str:
    """White space collapsed.

    >>> squeeze(" 白榆县\\u3000财政局\\n ")
    '白榆县 财政局'
    """
    return " ".join(text.replace("\ufeff", "").replace("\u200b", "").split())


def attribute(tag: Tag, name: str) -> str:
    """The value of an attribute as one string, empty if there is none."""
    value = tag.get(name)
    if value is None:
        return ""
    return value if isinstance(value, str) else " ".join(value)


def is_address(text: str) -> bool:
    """Whether a string in a script or an attribute is an address.

    >>> is_address("/art/2021/1.html"), is_address("年报.pdf"), is_address("提示 内容")
    (True, True, False)
    """
    return bool(_ADDRESS.fullmatch(text.strip()))


def resolve(base: str, address: str) -> str | None:
    """An address as written on a page -> absolute, without fragment; None if it is not http or https.

    >>> resolve("http://www.a.gov.cn/nb/index.html", "./2020/t1.html#top")
    'http://www.a.gov.cn/nb/2020/t1.html'
    >>> resolve("http://www.a.gov.cn/nb/", "javascript:void(0)") is None
    True
    """
    address = "".join(address.split("\n")).strip().replace("\t", "").replace("\r", "")
    if not address or address.startswith("#"):
        return None
    if re.match(r"(?:https?:|[./\w])[^?#]*\\", address):
        address = address.replace("\\", "/")  # as browsers do
    try:
        url = urldefrag(urljoin(base, address)).url
        parts = urlsplit(url)
        named = bool(parts.hostname)
    except ValueError:
        return None
    return url.replace(" ", "%20") if parts.scheme in ("http", "https") and named else None


class Page:
    """An HTML page with its address; `anchors` are in page order."""

    def __init__(self, text: str, url: str) -> None:
        self.text = text
        self.url = urldefrag(url).url
        self.soup = BeautifulSoup(text, "lxml")
        named = self.soup.find("base", href=True)
        self.base = (resolve(url, attribute(named, "href")) if isinstance(named, Tag) else None) or url

    def resolve(self, address: str) -> str | None:
        """An address on this page, made absolute."""
        return resolve(self.base, address)

    @cached_property
    def scripts(self) -> str:
        """The text of every script on the page, and of the handlers that are called when it has loaded."""
        return "\n".join(tag.string or tag.get_text() for tag in self.soup.find_all("script"))

    @cached_property
    def anchors(self) -> tuple[Anchor, ...]:
        """What leads somewhere: links, plain `onclick` addresses, `data-href`; not what leads here."""
        found = []
        for tag in self.soup.find_all(_leads):
            url = self._target(tag)
            if url is None or url == self.url:
                continue
            shown = _shown(tag)
            found.append(Anchor(tag, url, _title(tag, shown), shown))
        return tuple(found)

    @cached_property
    def is_too_deep(self) -> bool:
        """Whether links lie deeper than any real page nests them."""
        return any(sum(1 for _ in tag.parents) > _DEEPEST for tag in self.soup.find_all("a", href=True))

    def meta(self, name: str) -> str:
        """The content of a meta element, by its name in lower case."""
        return self._metas.get(name, "")

    @cached_property
    def _metas(self) -> dict[str, str]:
        tags = self.soup.find_all("meta")
        return {attribute(tag, "name").lower(): squeeze(attribute(tag, "content")) for tag in tags if tag.get("name")}

    def _target(self, tag: Tag) -> str | None:
        href = attribute(tag, "href").strip()
        if href and not href.lower().startswith(("javascript:", "#")):
            return self.resolve(href)
        for name in ("data-href", "data-url", "onclick", "href"):
            value = attribute(tag, name)
            pieces = [value] if name.startswith("data-") else _QUOTED.findall(value)
            for piece in pieces:
                if is_address(piece) and (url := self.resolve(piece)):
                    return url
        return None


def _leads(tag: Tag) -> bool:
    if tag.name == "a":
        return tag.has_attr("href") or tag.has_attr("onclick") or tag.has_attr("data-href")
    return (tag.has_attr("data-href") or tag.has_attr("onclick")) and tag.find("a", href=True) is None


def _shown(tag: Tag) -> str:
    """The text of a link; pieces that only stand out in it are not set apart by white space."""
    pieces: list[str] = []
    glued = True
    for piece in tag.strings:
        parent = piece.parent.name if piece.parent else ""
        pieces += [piece] if glued or parent in _STRESS else [" ", piece]
        glued = parent in _STRESS
    return squeeze("".join(pieces))


def _title(tag: Tag, shown: str) -> str:
    """The full title: of the `title` attribute where the text is cut or shorter."""
    whole = attribute(tag, "title")
    found = _TOOLTIP_TITLE.search(whole)
    whole = squeeze(found[1] if found else whole)
    if not shown:
        picture = tag.find("img", alt=True)
        return whole or (squeeze(attribute(picture, "alt")) if isinstance(picture, Tag) else "")
    if len(shown) > _LONGEST_TITLE:
        heading = tag.find(["h1", "h2", "h3", "h4", "h5", "strong", "b"])
        if isinstance(heading, Tag) and (words := squeeze(heading.get_text(" "))):
            shown = words
    shown = _DATE_AT_END.sub("", shown).strip() or shown
    kept = _CUT.sub("", shown).lstrip("·•▪◆■>- 　")
    if not whole or len(whole) <= len(kept):
        return shown
    compact = "".join(kept.split())
    return whole if len(kept) < len(shown) or "".join(whole.split()).find(compact[:6]) >= 0 else shown


def read_page(text: str, url: str) -> Page | None:
    """The text of a page -> Page; None when it holds more, or nests it deeper, than any list page."""
    if text.count("<") > MOST_TAGS:
        return None
    page = Page(text, url)
    return None if page.is_too_deep else page
