"""The links of a page in, its lists out: items that stand side by side in one element, with the dates beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile
from typing import NamedTuple

from bs4 import Tag
from bs4.element import NavigableString

from parsers.dates import read_date
from parsers.listings.furniture import CONTENT, Furniture, heading_level
from parsers.listings.names import is_column, is_control, is_organ, is_report, is_year
from parsers.listings.page import Anchor, Page, attribute, squeeze
from parsers.titles import NEIGHBOUR

__all__ = [
    "Group",
    "Item",
    "Tally",
    "count_links",
    "date_in",
    "is_listish",
    "is_named_list",
    "is_neighbour",
    "pieces_beside",
    "split_groups",
    "tally",
]

_ITEMS = frozenset(["li", "tr", "dd", "dt"])
_STOPS = frozenset(["ul", "ol", "table", "tbody", "thead", "dl", "body", "html", "td", "form", "[document]"])
_MOST_IN_ITEM = 4  # links: the category, the title, its file
_LONGEST_ITEM = 400  # characters, a summary included
_DAY_THEN_MONTH = re.compile(r"(?<!\d)(\d{1,2})\s+((?:19|20)\d\d)[-./年](\d{1,2})(?!\d)(?:月)?")
_MONTH_THEN_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[-./年](\d{1,2})月?\s+(\d{1,2})(?!\d)")
_TO_NEIGHBOUR = re.compile(r"[上下前后]一?[篇条则个](?:文章|信息)?\s*[:：]?$")
_LISTISH = re.compile(r"list|news|item|lb|content|main|article", re.IGNORECASE)
_SHORTEST_PIECE = 4  # characters
_NAMED_LIST = re.compile(r"list|news|lb", re.IGNORECASE)
_LONG_TITLE = 8  # characters


class Item(NamedTuple):
    """One link of a list and the ISO date printed beside it; `element` holds both."""

    anchor: Anchor
    element: Tag
    date: str | None


@dataclass(slots=True)
class Group:
    """Items of one list. `container` holds the first of them; `level` says whether the list is furniture."""

    container: Tag
    level: int
    items: list[Item] = field(default_factory=list)
    shape: tuple[str, str, str] = ("", "", "")

    @property
    def titles(self) -> list[str]:
        """What the items are called."""
        return [item.anchor.title for item in self.items]


class Tally(NamedTuple):
    """What the items of a group are: how many of each kind."""

    items: int
    dated: int
    reports: int
    years: int
    columns: int
    organs: int
    long: int

    @property
    def folders(self) -> int:
        """Years, columns and organs."""
        return self.years + self.columns + self.organs


def tally(group: Group) -> Tally:
    """Counts what the items of a group are."""
    titles = group.titles
    return Tally(
        items=len(titles),
        dated=sum(item.date is not None for item in group.items),
        reports=sum(is_report(title) for title in titles),
        years=sum(is_year(title) for title in titles),
        columns=sum(is_column(title) and not is_year(title) for title in titles),
        organs=sum(is_organ(title) and not is_column(title) for title in titles),
        long=sum(len(title) >= _LONG_TITLE for title in titles),
    )


def is_listish(group: Group) -> bool:
    """Whether the classes around a group call it a list."""
    near = (group.container, *list(group.container.parents)[:2])
    return any(_LISTISH.search(attribute(tag, "class") + " " + attribute(tag, "id")) for tag in near)


def is_named_list(group: Group) -> bool:
    """Whether the element of a group, or the one around it, is itself called a list."""
    near = (group.container, *list(group.container.parents)[:1])
    return any(_NAMED_LIST.search(attribute(tag, "class") + " " + attribute(tag, "id")) for tag in near)


def count_links(anchors: tuple[Anchor, ...]) -> dict[int, int]:
    """The id() of every element that holds links -> how many."""
    counts: dict[int, int] = {}
    for anchor in anchors:
        for parent in anchor.tag.parents:
            counts[id(parent)] = counts.get(id(parent), 0) + 1
    return counts


def split_groups(page: Page, links: dict[int, int], furniture: Furniture) -> list[Group]:
    """The lists of a page, in page order; what only turns pages is in none.

    `links` counts the links below every element, as `count_links` does.
    """
    return _Splitter(page, links, furniture).groups


class _Splitter:
    def __init__(self, page: Page, links: dict[int, int], furniture: Furniture) -> None:
        self._links = links
        self._furniture = furniture
        self._page = page

    @cached_property
    def groups(self) -> list[Group]:
        found: dict[int, Group] = {}
        for anchor, element in self._elements():
            container = element.parent
            if container is None:
                continue
            if element.name == "tr" or (container.name in ("td", "th") and self._links[id(container)] == 1):
                container = next((p for p in element.parents if p.name == "table"), container)
            container = _first_of_run(container)
            group = found.get(id(container))
            if group is None:
                level = max(self._furniture.level(container), self._heading_level(container))
                shape = (container.name, attribute(container, "class"), element.name)
                group = found[id(container)] = Group(container, level, shape=shape)
            group.items.append(Item(anchor, element, _date_beside(anchor, element)))
        return list(found.values())

    def _heading_level(self, container: Tag) -> int:
        return heading_level(container) if self._links.get(id(container), 0) else CONTENT

    def _elements(self) -> list[tuple[Anchor, Tag]]:
        """Every link worth keeping with the element that is its item."""
        held: dict[int, list[tuple[Anchor, Tag]]] = {}
        for anchor in self._page.anchors:
            if not anchor.title or (is_control(anchor.title) and not is_year(anchor.title)) or is_neighbour(anchor):
                continue
            element = self._item_of(anchor.tag)
            held.setdefault(id(element), []).append((anchor, element))
        return [kept for pairs in held.values() for kept in _main_links(pairs)]

    def _item_of(self, tag: Tag) -> Tag:
        near = takewhile(lambda p: p.name not in ("ul", "ol", "table", "body"), tag.parents)
        for parent in near:
            if parent.name in _ITEMS and self._links[id(parent)] <= _MOST_IN_ITEM:
                if parent.name == "tr" or len(parent.get_text()) <= _LONGEST_ITEM:
                    return parent
                break
        current = tag
        while (parent_ := current.parent) is not None and parent_.name not in _STOPS:
            if self._links.get(id(parent_), 0) > 1 or len(parent_.get_text()) > _LONGEST_ITEM:
                break
            if parent_.find(["h1", "h2", "table", "ul"], recursive=False) is not None and current.name != "a":
                break
            current = parent_
        return current


def is_neighbour(anchor: Anchor) -> bool:
    """Whether a link leads from one document to the next: 上一篇：……"""
    if NEIGHBOUR.match(anchor.shown):
        return not anchor.shown.startswith(("上一页", "下一页", "前一页", "后一页"))
    before = anchor.tag.previous_sibling
    if (
        before is None
        and anchor.tag.parent is not None
        and anchor.tag.parent.name in ("span", "p", "b", "em", "td", "dd")
    ):
        before = anchor.tag.parent.previous_sibling
        while isinstance(before, NavigableString) and not before.strip():
            before = before.previous_sibling
    words = squeeze(before.get_text() if isinstance(before, Tag) else str(before or ""))
    return len(words) <= len("上一篇文章：") and bool(_TO_NEIGHBOUR.search(words))


def _first_of_run(container: Tag) -> Tag:
    """Lists cut into runs of a few items each are one: the first of such neighbours."""
    first = container
    key = (container.name, attribute(container, "class"))
    while isinstance(before := first.find_previous_sibling(True), Tag):
        if (before.name, attribute(before, "class")) == key and before.find("a") is not None:
            first = before
        elif before.name in ("hr", "br") or (before.find("a") is None and not squeeze(before.get_text())):
            further = before.find_previous_sibling(True)
            if not isinstance(further, Tag) or (further.name, attribute(further, "class")) != key:
                break
            first = further
        else:
            break
    return first


def _main_links(pairs: list[tuple[Anchor, Tag]]) -> list[tuple[Anchor, Tag]]:
    """Of several links in one item the title, without its category; all where they are of a kind."""
    if len(pairs) == 1:
        return pairs
    longest = max(len(anchor.title) for anchor, _ in pairs)
    return [(a, e) for a, e in pairs if 2 * len(a.title) >= longest or is_report(a.title)]


def _date_beside(anchor: Anchor, element: Tag) -> str | None:
    """Read from what the item says beside its title."""
    pieces = [piece for text in element.strings if (piece := squeeze(text))]
    beside = pieces_beside(pieces, anchor.title)
    if element is anchor.tag:
        beside.append(_behind(element))
    return date_in(" ".join(beside))


def pieces_beside(pieces: Iterable[str], title: str) -> list[str]:
    """The pieces of an item's text that are not of its title; a lone figure may be the day.

    >>> pieces_beside(["20", "2021-01", "云溪县2020年政府..."], "云溪县2020年政府信息公开年报")
    ['20', '2021-01']
    """
    return [p for p in pieces if p and (len(p) < _SHORTEST_PIECE or p.rstrip(".… ") not in title)]


def _behind(element: Tag) -> str:
    """The text between a link and the next."""
    pieces: list[str] = []
    for node in element.next_siblings:
        if isinstance(node, Tag) and (node.name in ("a", "br") or node.find("a") is not None):
            break
        pieces.append(str(node) if isinstance(node, NavigableString) else node.get_text(" "))
    return squeeze(" ".join(pieces))


def date_in(text: str) -> str | None:
    """The ISO date printed beside a link; a large day over or under a small month is one too.

    >>> date_in("[2021-01-25]"), date_in("25 2021-01"), date_in("2021.01 25"), date_in("第3期")
    ('2021-01-25', '2021-01-25', '2021-01-25', None)
    """
    if found := read_date(text):
        return found
    if apart := _DAY_THEN_MONTH.search(text):
        return read_date(f"{apart[2]}-{apart[3]}-{apart[1]}")
    apart = _MONTH_THEN_DAY.search(text)
    return read_date(f"{apart[1]}-{apart[2]}-{apart[3]}") if apart else None
