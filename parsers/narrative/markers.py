"""Prose in, its enumerations out: the marks of each list (一是, (二), 3., 其次), as a tree of lists and items."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import NamedTuple

from parsers.narrative.prose import full_stops
from parsers.values import read_chinese_number

__all__ = ["Enumeration", "Item", "Marker", "masked", "read_enumerations"]

# Marks of outer lists have the lower rank; the marks of running prose have one rank, below all.
_STYLES = {
    "part": (0, r"(?P<part>[一二三四五六七八九十]{1,3})[、．.]"),
    "bracket": (1, r"[（(](?P<bracket>[一二三四五六七八九十]{1,3})[）)][、，,．.:：]?"),
    "digit": (2, r"(?P<digit>[0-9０-９]{1,2})[.．、](?![0-9０-９])"),
    "digit_bracket": (3, r"[（(]?(?P<digit_bracket>[0-9０-９]{1,2})[）)][、．.]?"),
    "circled": (3, r"(?P<circled>[①-⒛㈠-㈩])[、．.]?"),
    "being": (9, r"第?(?P<being>[一二三四五六七八九十]{1,2})(?:是|要|则)(?:要(?=[，,]))?"),
    "order": (9, r"(?P<order>首先|其次|再次|再者|最后)是?"),
    "ordinal": (9, r"第(?P<ordinal>[一二三四五六七八九十]{1,2})[，,、：:]"),
    "its": (9, r"其(?P<its>[一二三四五六七八九])是?(?=[，,、：:])"),
    "side": (9, r"(?P<side>另一方面|一方面)是?"),
    "named": (9, r"(?:问题|不足|(?:整改|改进)?措施|整改|改进|对策)(?P<named>[一二三四五六七八九1-9])[：:、.．]"),
}
_RANK = {style: rank for style, (rank, _) in _STYLES.items()}
# A mark stands at the start of a line or behind punctuation; only 一是 also where its clause starts unpunctuated.
_MARK = re.compile(
    r"(?:^[ \t　\xa0]*|(?<=[。；;：:，,、！？!?”）)》.\s　]))(?:"
    + "|".join(pattern for _, pattern in _STYLES.values())
    + r")|(?<=[一-龥])(?<![统唯同单专万第逐不之其])(?P<bare>一)是(?=[^否]{2})|(?<=[将要])(?P<bare_side>一方面)",
    re.MULTILINE,
)
_NOT_BEHIND_COMMA = frozenset({"part", "bracket", "digit", "digit_bracket", "circled", "named"})
_BARE = {"bare": "being", "bare_side": "side"}
_COLONS = ("：", ":")
_COMMAS = "，,、）)》”"
_LEFT_OUT = 1  # numbers that a list may skip
_LONGEST_SPAN = 200  # characters between brackets or quotation marks that belong together
_SPANS = re.compile(
    "|".join(
        f"{opened}[^{opened}{closed}\n]{{0,{_LONGEST_SPAN}}}{closed}"
        for opened, closed in ("“”", "（）", "《》", (r"\(", r"\)"))
    )
)
_DEEPEST_INDENT = 40  # characters
_CLOSERS = str.maketrans("。；;！？!?：:", "□" * 9)


class Marker(NamedTuple):
    """One mark: its style, the number it stands for, its place, its printed text, and what stands before it."""

    style: str
    number: int
    start: int
    end: int
    text: str
    leads_line: bool
    announced: bool
    weak: bool = False  # behind a comma, where it may only go on with a list


@dataclass(slots=True)
class Item:
    """What stands behind one mark, as far as the next mark of its list; with the lists inside it."""

    marker: Marker
    end: int = 0
    lists: list[Enumeration] = field(default_factory=list)

    @property
    def start(self) -> int:
        return self.marker.end


@dataclass(slots=True)
class Enumeration:
    """Marks of one style with rising numbers."""

    style: str
    items: list[Item]

    @property
    def start(self) -> int:
        return self.items[0].marker.start

    @property
    def rank(self) -> int:
        return _RANK[self.style]


def masked(text: str) -> str:
    """The text with the ends of sentences inside brackets and quotation marks made blank, at equal length.

    >>> masked("坚持“先审；后发。”一是规范（试行；暂行）；")
    '坚持“先审□后发□”一是规范（试行□暂行）；'
    """
    return full_stops(_SPANS.sub(lambda span: span.group().translate(_CLOSERS), text))


def read_enumerations(text: str) -> list[Enumeration]:
    """The outermost lists of a text in their order.

    >>> [(e.style, len(e.items), len(e.items[0].lists)) for e in read_enumerations("1.领导。一是甲；二是乙。2.督查。")]
    [('digit', 2, 1)]
    """
    top: list[Enumeration] = []
    opened: list[Enumeration] = []
    for marker in _markers(text):
        _place(marker, top, opened)
    _close(top, len(text))
    return top


def _markers(text: str) -> Iterator[Marker]:
    for found in _MARK.finditer(text):
        style = str(found.lastgroup)
        start = found.end() - len(found.group().lstrip())
        leads = _leads_line(text, start)
        behind = text[start - 1 : start]
        weak = style in _NOT_BEHIND_COMMA and not leads and behind in _COMMAS
        if weak and (behind not in "，," or text[start] not in "（("):
            continue
        style = _BARE.get(style, style)
        number = _number(style, found[found.lastgroup or 0])
        yield Marker(style, number, start, found.end(), found.group().strip(), leads, behind in _COLONS, weak)


def _leads_line(text: str, start: int) -> bool:
    """Whether only white space, and little of it, stands before a place on its line."""
    before = text[max(0, start - _DEEPEST_INDENT) : start]
    return not before.rpartition("\n")[2].strip() and ("\n" in before or start < _DEEPEST_INDENT)


def _number(style: str, printed: str) -> int:
    """The number a mark stands for; 0 for one that goes on wherever a list has got to."""
    if style == "order":
        return int(printed == "首先")
    if style == "side":
        return int(printed == "一方面")
    if style == "circled":
        for first in "①⑴⒈㈠":
            if 0 <= ord(printed) - ord(first) < 20:
                return ord(printed) - ord(first) + 1
        return 0
    return int(printed) if printed.isdecimal() else read_chinese_number(printed) or 0


def _place(marker: Marker, top: list[Enumeration], opened: list[Enumeration]) -> None:
    """The mark goes on with a list that is open, or opens one inside the item it stands in, or means nothing."""
    same = next((i for i in range(len(opened) - 1, -1, -1) if opened[i].style == marker.style), None)
    if same is not None and _goes_on(opened[same], marker):
        del opened[same + 1 :]
        opened[same].items.append(Item(marker))
        return
    if marker.weak or (marker.number != 1 and not _stands_alone(marker)):
        return
    if same is not None:
        del opened[same:]
    rank = _RANK[marker.style]
    while marker.leads_line and opened and opened[-1].rank > rank:
        opened.pop()
    new = Enumeration(marker.style, [Item(marker)])
    (opened[-1].items[-1].lists if opened else top).append(new)
    opened.append(new)


def _goes_on(open_list: Enumeration, marker: Marker) -> bool:
    last = open_list.items[-1].marker
    if open_list.style in ("order", "side") and marker.number != 1:
        return last.text.rstrip("是") != "最后"
    if open_list.style == "side":  # 一方面……一方面
        return len(open_list.items) == 1 and marker.start - last.end < _LONGEST_SPAN
    if open_list.style == "named" and marker.number == last.number:  # 问题1：……措施1：……
        return marker.text[0] != last.text[0]
    return marker.number > 1 and last.number <= marker.number <= last.number + 1 + _LEFT_OUT


def _close(lists: list[Enumeration], end: int) -> None:
    """Give every item its end and drop lists of one item that are none: a mark in running prose."""
    lists[:] = [kept for found in lists for kept in _kept(found)]
    for found, following in zip_longest(lists, lists[1:]):
        last = following.start if following else end
        for item, after in zip_longest(found.items, found.items[1:]):
            item.end = after.marker.start if after else last
            _close(item.lists, item.end)


def _kept(found: Enumeration) -> list[Enumeration]:
    """The list; or the lists inside it, if it is none."""
    if len(found.items) > 1 or _stands_alone(found.items[0].marker):
        return [found]
    return [kept for inner in found.items[0].lists for kept in _kept(inner)]


def _stands_alone(marker: Marker) -> bool:
    return (marker.leads_line and marker.style in ("part", "bracket", "digit")) or (
        marker.announced and marker.number == 1 and marker.style != "side"
    )
