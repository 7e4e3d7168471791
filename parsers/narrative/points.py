"""A section's prose in, the problems it names and the measures it plans out, as ordered points."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from parsers.models import Point
from parsers.narrative.cues import (
    Kind,
    cue_of,
    frame_of,
    is_bare_lead,
    is_closing,
    is_measure,
    is_problem,
    lead_of,
    opens_measures,
    turn_in,
)
from parsers.narrative.headings import is_empty, is_other, label_of
from parsers.narrative.markers import Enumeration, Item, masked, read_enumerations

__all__ = ["read_points"]

_END = re.compile(r"[。！？!?\n]")
_EDGE = " \t　\xa0\n\r"
_BEFORE = _EDGE + "【】［］，,、：:；;。.-—–•·●◆■▪◇○※★*＊➢►√"
_BEHIND = _EDGE + "。；;.，,、：:！!—"
_LABEL_END = re.compile(r"[。：:；;\n】］]|(?<=[^\d])\.|[，,](?=一是|1|首先)")
_LONGEST_LABEL = 40
_SHORTEST_POINT = 2
_FULL_LINE = 18  # characters; shorter lines are titles or items of their own
_CLOSING = "。；;：:！？!?."
_UNKNOWN = -1  # lines of the items before the first
_TITLE = 40  # characters of a line that is the title of the lines below it


class _Span(NamedTuple):
    """Unmarked prose that may hold points of a kind; `scope` counts the labels before it, 0 is none."""

    kind: Kind
    start: int
    end: int
    scope: int = 0


@dataclass(slots=True)
class _State:
    """What the prose speaks of where the reader stands.

    `sure` when words of the text said so, `fresh` right behind a label, `seen` once problems
    were spoken of, `held` inside an item whose label says so, `scope` the number of the last label.
    """

    kind: Kind | None
    sure: bool = False
    fresh: bool = False
    seen: bool = False
    held: bool = False
    scope: int = 0


def read_points(text: str, *, heading: str = "", free: bool = False) -> tuple[Point, ...]:
    """The points of one section in their order; `ordinal` counts each kind, `section` is left to the caller.

    With `free` the section speaks of other things too, as those of reports without a form
    do: only what words of the text announce as problems or measures counts.

    >>> [(p.kind, p.ordinal, p.text) for p in read_points("存在问题：一是更新慢；二是人手少。改进措施：一要增人。")]
    [('problem', 1, '更新慢'), ('problem', 2, '人手少'), ('measure', 1, '增人')]
    """
    reader = _Reader(text, free)
    named = label_of(heading.strip("。：: 　\n")) if heading else None
    state = _State(None if free else "problem")
    if named == "problem" or named == "measure":
        state = _State(named, sure=True)
    reader.walk(0, len(text), read_enumerations(reader.plain), state)
    return tuple(_numbered(reader.found()))


def _numbered(points: Iterable[Point]) -> Iterator[Point]:
    counts = {"problem": 0, "measure": 0}
    for point in points:
        counts[point.kind] += 1
        yield replace(point, ordinal=counts[point.kind])


@dataclass(slots=True)
class _Reader:
    """Walks the tree of a text's lists; gathers the items that are points and the prose that may hold some."""

    text: str
    free: bool
    plain: str = field(init=False)
    marked: list[Point] = field(default_factory=list)
    spans: list[_Span] = field(default_factory=list)
    scopes: set[tuple[Kind, int]] = field(default_factory=set)  # that hold marked points
    labels: int = 0

    def __post_init__(self) -> None:
        self.plain = masked(self.text)

    def found(self) -> list[Point]:
        """Marked points; behind a label, and of a kind, that has none of them, the unmarked ones."""
        kinds = {point.kind for point in self.marked}
        unmarked = [
            point
            for span in _joined(self.spans, self.plain)
            if span.kind not in kinds or (span.scope and (span.kind, span.scope) not in self.scopes)
            for point in self._split(span)
        ]
        return sorted([*self.marked, *unmarked], key=lambda point: point.start)

    def walk(self, start: int, end: int, lists: Sequence[Enumeration], state: _State) -> None:
        """Prose and lists in their order from start to end."""
        for found in lists:
            self._prose(start, found.start, state, leads=True)
            self._list(found, state)
            start = found.items[-1].end
        self._prose(start, end, state)

    def _list(self, found: Enumeration, state: _State) -> None:
        silent = state.kind is None
        lines = _UNKNOWN
        for item in found.items:
            if silent:
                state.kind, state.sure = None, False
            last = item is found.items[-1]
            lines = max(lines, self._item(item, state, lines if last else None))

    def _item(self, item: Item, state: _State, lines: int | None) -> int:
        """Read one item; how many lines it took. `lines` of the items before it, for a last one."""
        head_end = self._label_end(item.start, item.end)
        if head_end is not None and (kind := label_of(self.plain[item.start : head_end].strip(_BEFORE))):
            self._enter(kind, state)
            held, state.held = state.held, True
            self.walk(head_end, item.end, [e for e in item.lists if e.start >= head_end], state)
            state.held = held
            return 0
        if head_end is not None and is_other(self.plain[item.start : head_end].strip(_BEFORE)):
            state.kind, state.sure = None, False
        if state.kind is None:
            self.walk(item.start, item.end, item.lists, state)
            return 0
        kind = state.kind if state.sure else self._guess(item, state.kind)
        if item.marker.style == "named":
            kind = "problem" if item.marker.text[0] in "问不" else "measure"
        state.kind = kind
        cut = self._cut(item, kind, lines)
        self._emit(kind, item.start, cut, item.marker.text)
        self.scopes.add((kind, state.scope))
        if cut < item.end:
            self.walk(cut, item.end, [e for e in item.lists if e.start >= cut], state)
            if lines is None:  # what the other items say goes by their own words
                state.kind, state.sure = kind, False
        taken = self.plain[item.start : cut]
        return taken.rstrip(_EDGE).count("\n")

    def _enter(self, kind: Literal["problem", "measure", "both"], state: _State) -> None:
        if kind == "both":
            state.kind, state.sure, state.scope = "problem", False, 0
        else:
            self.labels += 1
            state.kind, state.sure, state.scope = kind, True, self.labels
        state.seen = True

    def _guess(self, item: Item, before: Kind) -> Kind:
        words = self.plain[item.start : min(item.end, item.start + 120)]
        if is_measure(words) or opens_measures(words):
            return "measure"
        return "problem" if is_problem(words) else before

    def _label_end(self, start: int, end: int) -> int | None:
        """Where the first words of a place end, if they are short enough for a label."""
        stop = min(end, start + _LONGEST_LABEL)
        start += len(self.plain[start:stop]) - len(self.plain[start:stop].lstrip(_BEFORE))
        found = _LABEL_END.search(self.plain, start, stop)
        if found:
            return found.start()
        return stop if stop == end else None

    def _cut(self, item: Item, kind: Kind, lines: int | None) -> int:
        """Where the item ends: at a sentence that speaks of something else, or a line that is none of it."""
        first_line = self.plain.find("\n", item.start, item.end)
        titled = item.marker.leads_line and first_line >= 0 and first_line - item.start <= _TITLE
        allowed = int(titled) if lines == _UNKNOWN else lines
        taken = 0
        for start, end in _sentences(self.plain, item.start, item.end):
            if start <= item.start:
                continue
            if self.plain[start - 1] == "\n" or "\n" in self.plain[max(item.start, start - 3) : start].rstrip(" 　"):
                taken += 1
                if allowed is not None and taken > allowed:
                    return start
            if self._turns(start, end, kind):
                return start
        return item.end

    def _turns(self, start: int, end: int, kind: Kind) -> bool:
        """Whether a sentence behind the first of a point is no part of it."""
        words = self.plain[start : min(end, start + 300)].strip(_BEFORE)
        head_end = self._label_end(start, end)
        if head_end is not None and label_of(self.plain[start:head_end].strip(_BEFORE)):
            return True
        if is_closing(words):
            return True
        cue = cue_of(words)
        if kind == "problem":
            return cue == "measure"
        return lead_of(words) == "problem"

    def _prose(self, start: int, end: int, state: _State, *, leads: bool = False) -> None:
        """Sentences outside of lists: what they announce, and what unmarked points they may hold."""
        if not self.plain[start:end].strip(_BEFORE):
            return
        for first, last in _sentences(self.plain, start, end):
            if self.free and not (state.fresh or state.held) and first and self.plain[first - 1] == "\n":
                state.kind = None
            self._sentence(first, last, state, leads=leads and last == end)

    def _sentence(self, start: int, end: int, state: _State, *, leads: bool, turned: bool = False) -> None:
        labelled = False
        head_end = self._label_end(start, end)
        if head_end is not None and (kind := label_of(self.plain[start:head_end].strip(_BEFORE))):
            self._enter(kind, state)
            start, labelled = head_end, True
        words = self.plain[start : min(end, start + 400)]
        if not words.strip(_BEFORE):
            state.fresh = labelled
            return
        turn = None if turned or labelled else turn_in(words)
        if turn:
            self._sentence(start, start + turn, state, leads=False, turned=True)
            self._sentence(start + turn, end, state, leads=leads, turned=True)
            return
        state.fresh = False
        self._follow(words, state, labelled=labelled, leads=leads)
        if state.kind is None or leads or (self._is_stray(start, end) and not labelled):
            return
        if state.kind == "measure" or labelled or self._names_problem(words, start):
            self.spans.append(_Span(state.kind, start, end, state.scope))

    def _names_problem(self, words: str, start: int) -> bool:
        """Whether a sentence says what is lacking, or goes on behind one that does."""
        if is_problem(words):
            return not is_bare_lead(words)
        last = self.spans[-1] if self.spans else None
        goes_on = last is not None and last.end == start and last.kind == "problem" and self.plain[start - 1] != "\n"
        return goes_on and not is_measure(words) and not is_closing(words) and cue_of(words) is None

    def _is_stray(self, start: int, end: int) -> bool:
        """Whether a line says nothing: a signature, a date, what a page prints below."""
        words = self.plain[start : min(end, start + _TITLE)].strip(_EDGE)
        leads = start == 0 or self.plain[start - 1] == "\n"
        if not leads or len(words) >= _FULL_LINE or words[:1] in _BEFORE or words[-1:] in _CLOSING:
            return False
        return not (cue_of(words) or is_problem(words) or is_measure(words))

    def _follow(self, words: str, state: _State, *, labelled: bool, leads: bool) -> None:
        """What the reader knows after the words of a sentence."""
        cue = lead_of(words) if self.free else cue_of(words)
        if self.free and cue == "measure" and not state.seen:
            cue = None
        if cue and not (labelled and state.sure):
            state.kind, state.sure = cue, True
            state.seen = True
        elif self.free and leads and not (labelled or state.held) and words.rstrip(_EDGE)[-1:] not in "：:":
            state.kind = None

    def _split(self, span: _Span) -> Iterator[Point]:
        """The points of unmarked prose: what a frame (存在……等问题) or semicolons part, else all of it."""
        for start, end in frame_of(self.plain, span.start, span.end, span.kind):
            if point := self._point(span.kind, start, end, None):
                yield point

    def _emit(self, kind: Kind, start: int, end: int, marker: str | None) -> None:
        if point := self._point(kind, start, end, marker):
            self.marked.append(point)

    def _point(self, kind: Kind, start: int, end: int, marker: str | None) -> Point | None:
        raw = self.text[start:end]
        start += len(raw) - len(raw.lstrip(_BEFORE))
        text = raw.strip(_BEFORE).rstrip(_BEHIND)
        if len(text) < _SHORTEST_POINT or (marker is None and is_empty(raw)):
            return None
        return Point("", kind, 0, start, text, marker)


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences from start to end, each with its closing mark; a line that only wraps ends none."""
    first = start
    while start < end:
        found = _END.search(text, start, end)
        start = found.end() if found else end
        if found and found.group() == "\n" and _wraps(text, first, found.start(), end):
            continue
        if text[first:start].strip(_EDGE):
            yield first, start
        first = start


def _wraps(text: str, first: int, place: int, end: int) -> bool:
    """Whether the line that ends at a place goes on in the next: it is full, and nothing closes it or opens there."""
    line = text[max(first, place - _FULL_LINE) : place]
    if len(line) < _FULL_LINE or "\n" in line or line[-1] in _CLOSING:
        return False
    following = text[place + 1 : min(end, place + 1 + _LONGEST_LABEL)].split("\n")[0]
    if not following or following[0] in _BEFORE or following.rstrip()[-1:] in "：:" or opens_measures(following):
        return False
    return label_of(following.rstrip("。")) is None


def _joined(spans: Sequence[_Span], text: str) -> list[_Span]:
    """Neighbouring sentences of one kind and line as one, unless semicolons part the first."""
    joined: list[_Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last and last.end == span.start and last.kind == span.kind and "\n" not in text[last.end - 1 : last.end]:
            joined[-1] = last._replace(end=span.end)
        else:
            joined.append(span)
    return joined
