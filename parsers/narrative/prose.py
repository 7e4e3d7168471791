"""Prose as its readers need it: text in, the same text with names covered and its sentences out.

Every text derived here has the length of the original, so that offsets hold in all.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from parsers.narrative.numbers import narrow

__all__ = ["COVER", "DELIMITERS", "Prose", "Quantity", "full_stops", "read_prose"]

COVER = "□"
DELIMITERS = frozenset(",。;:!?\n()")
_LONGEST_CLAUSE = 80
_ASIDE = 8
_ASIDE_END = re.compile(r"(?<=[一-龥])\([^(),。;:\d一二三四五六七八九十]{1,4}\)$")  # 县(市)区局, 专(兼)职
_FAR = 800  # characters beyond which no two quantities belong together
_NAME = re.compile(
    r"《[^《》\n]{0,150}》|“[^“”\n]{0,60}”|「[^「」\n]{0,60}」|『[^『』\n]{0,60}』|‘[^‘’\n]{0,60}’|\"[^\"\n]{0,40}\""
    r"|https?://[!-~]{1,200}|www\.[!-~]{1,200}|[A-Za-z][\w.-]{0,40}@[\w.-]{1,60}"
    r"|[〔\[【][12]\d{3}[〕\]】]第?\d{0,5}号?",
    re.ASCII,
)
_STOP = re.compile(r"\.(?<=[一-龥%)”》]\.)(?<![一二三四五六七八九十]\.)(?=[一-龥\s“《(□\d]|$)")
_DELIMITER = re.compile(r"[,。;:!?\n()]")
_SENTENCE_END = re.compile(r"[。!?\n]")


@dataclass(frozen=True, slots=True)
class Prose:
    """`raw` as printed; `plain` half-width, its names and quotations covered with □; where its sentences end and
    its delimiters stand."""

    raw: str
    plain: str
    ends: tuple[int, ...]
    marks: tuple[int, ...]

    def sentence(self, place: int) -> tuple[int, int]:
        """Where the sentence around a place starts and ends."""
        i = bisect_right(self.ends, place)
        return (self.ends[i - 1] if i else 0), (self.ends[i] if i < len(self.ends) else len(self.raw))

    def between(self, start: int, end: int) -> str:
        """The covered text between two places; a mere end of paragraph where they are far apart."""
        return self.plain[start:end] if end - start <= _FAR else "。\n"

    def clause_start(self, place: int, floor: int = 0) -> int:
        """Where the words between the last punctuation mark and a place start."""
        floor = max(floor, place - _LONGEST_CLAUSE)
        i = bisect_left(self.marks, place) - 1
        while i >= 0 and self.marks[i] >= floor:
            mark = self.marks[i]
            aside = None
            if self.plain[mark] == ")":
                aside = _ASIDE_END.search(self.plain, max(floor, mark + 1 - _ASIDE), mark + 1)
            if aside is None:
                return mark + 1
            i = bisect_left(self.marks, aside.start(), 0, i) - 1
        return min(floor, place)

    def clause_end(self, place: int) -> int:
        """Where the words between a place and the next punctuation mark end."""
        ceiling = min(len(self.plain), place + _LONGEST_CLAUSE)
        i = bisect_left(self.marks, place)
        return min(ceiling, self.marks[i]) if i < len(self.marks) else ceiling


@dataclass(slots=True, eq=False)
class Quantity:
    """A quantity on its way to a fact: the number from `start` to `end`, its unit up to `after`."""

    start: int
    end: int
    after: int
    value: float
    high: float | None
    unit: str
    approx: str | None = None
    zero: bool = False
    kind: str = "count"  # count, share, change, rate
    label: str = ""
    subject: str = ""  # of a change or share: what changed, if its clause says so
    base_name: str = ""  # of a share: the whole, if named
    earlier: bool = False
    label_end: int = 0  # where the noun behind the classifier ends
    own: bool = True  # its clause names what it counts
    parent: Quantity | None = None
    base: Quantity | None = None


def full_stops(text: str) -> str:
    """The text with its . behind words as 。; figures, addresses and the marks of lists keep theirs.

    >>> full_stops("1.收到5.5万件.占80%.答复(全部).")
    '1.收到5.5万件。占80%。答复(全部)。'
    """
    return _STOP.sub("。", text) if "." in text else text


def read_prose(text: str) -> Prose:
    """A section's text ready to be read.

    >>> read_prose("印发《2018年要点》３份。").plain
    '印发□□□□□□□□□3份。'
    """
    half = narrow(text)
    plain = full_stops(_NAME.sub(lambda found: COVER * len(found.group()), half))
    ends = tuple(found.end() for found in _SENTENCE_END.finditer(plain))
    return Prose(text, plain, ends, tuple(found.start() for found in _DELIMITER.finditer(plain)))
