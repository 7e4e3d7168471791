"""Words of a document and marks on them in, HTML out in which each mark is an anchor that leads to the report."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, NamedTuple

__all__ = [
    "Mark",
    "Marked",
    "Observed",
    "Quoted",
    "Token",
    "Wanted",
    "Words",
    "anchors",
    "figures",
    "open_link",
    "render",
]


class Mark(NamedTuple):
    """What a place is called on both pages (`o17`, `f3`), and what a reader is told of it."""

    anchor: str
    title: str


class Observed(NamedTuple):
    """An observation and its place: the parts of a `parsers.models.Where` that its format knows."""

    mark: Mark
    where: Mapping[str, Any]
    raw: str

    @property
    def cell(self) -> tuple[int, int, int] | None:
        """The table, row and column of the cell as written; None for what stands in no cell of a table."""
        table, row, column = (self.where.get(name) for name in ("table", "row", "column"))
        return None if table is None or row is None or column is None else (table, row, column)


class Quoted(NamedTuple):
    """A number in prose: its place in the raw text of a section, and that of its sentence."""

    marks: tuple[Mark, ...]
    section: int
    start: int
    end: int
    sentence_start: int
    sentence_end: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a report is looked for in its source; `sections` are the raw texts of its prose, in order."""

    observed: Sequence[Observed] = ()
    quoted: Sequence[Quoted] = ()
    sections: Sequence[str] = ()

    def by_cell(self) -> dict[tuple[int, int, int], list[Mark]]:
        """The marks of each cell of a table."""
        found: dict[tuple[int, int, int], list[Mark]] = {}
        for observed in self.observed:
            if observed.cell is not None:
                found.setdefault(observed.cell, []).append(observed.mark)
        return found


class Marked(NamedTuple):
    """Characters `start` up to but not including `end` and their marks.

    A number may be in several pieces, as where half of it is bold: the first is `named` by its anchors.
    """

    start: int
    end: int
    marks: Sequence[Mark]
    named: bool = True


@dataclass(slots=True)
class Words:
    """Characters that the document shows, and those of them that are marked.

    In what is not `prose` (cells, what is struck out) no quoted number is looked for.
    """

    text: str
    prose: bool = True
    marks: list[Marked] = field(default_factory=list)


Token = str | Words
"""Markup of our own as it is, or words that are still to be escaped."""

Link = Callable[[str], str]
"""An anchor -> the address of its number on the report page."""


def render(tokens: Iterable[Token], link: Link) -> str:
    """The HTML of a document."""
    return "".join(token if isinstance(token, str) else _rendered(token, link) for token in tokens)


def _rendered(words: Words, link: Link) -> str:
    if not words.marks:
        return escape(words.text)
    places: dict[tuple[int, int], Marked] = {}
    for marked in words.marks:
        first = places.get((marked.start, marked.end))
        places[marked.start, marked.end] = first._replace(marks=[*first.marks, *marked.marks]) if first else marked
    pieces, done = [], 0
    for (start, end), (*_, marks, named) in sorted(places.items()):
        if start < done:
            continue  # two numbers that overlap: the second has no place of its own
        pieces += [
            escape(words.text[done:start]),
            open_link(marks, link, named=named),
            anchors(marks[1:]) if named else "",
            escape(words.text[start:end]),
            "</a>",
        ]
        done = end
    return "".join([*pieces, escape(words.text[done:])])


def open_link(marks: Sequence[Mark], link: Link, *, named: bool = False) -> str:
    """The tag of the link from a place to its first number on the report page; `named` if it is the anchor too."""
    anchor = f' id="{marks[0].anchor}"' if named else ""
    title = escape("; ".join(dict.fromkeys(mark.title for mark in marks if mark.title)))
    return f'<a{anchor} class="mark" href="{escape(link(marks[0].anchor))}" target="_top" title="{title}">'


def anchors(marks: Sequence[Mark]) -> str:
    """Empty anchors for further numbers that stand at one place."""
    return "".join(f'<span id="{mark.anchor}"></span>' for mark in marks)


def figures(line: str, observed: Sequence[Observed]) -> Iterator[Marked]:
    """The figures of a line, one behind the other; the whole line where they are not found so."""
    groups: list[tuple[str, list[Mark]]] = []
    for o in observed:
        # Digits that ran together are observed once for every number in them.
        if groups and groups[-1][0] == o.raw:
            groups[-1][1].append(o.mark)
        else:
            groups.append((o.raw, [o.mark]))
    spans, cursor = [], 0
    for raw, marks in groups:
        place = _whole(raw).search(line, cursor) if raw else None
        if place is None:
            yield Marked(0, len(line), [mark for _, marks in groups for mark in marks])
            return
        spans.append(Marked(*place.span(), marks))
        cursor = place.end()
    yield from spans


def _whole(raw: str) -> re.Pattern[str]:
    """A figure that is no part of a longer one."""
    return re.compile(rf"(?<![\d.,]){re.escape(raw)}(?!\d)")
