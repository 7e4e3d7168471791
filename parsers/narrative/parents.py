"""Which quantity is part of which: labelled quantities in reading order in, parents and bases set.

A list of parts is announced (其中, a colon, a bracket, X中) or adds up to the total before it;
what is announced is believed whether or not it adds up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from parsers.forms import load_words
from parsers.narrative.breakdowns import link_breakdowns, link_runs, link_totals, run_from
from parsers.narrative.measures import link_measures, spells
from parsers.narrative.prose import Prose, Quantity
from parsers.narrative.units import is_measure
from parsers.narrative.words import any_of

__all__ = ["link_quantities"]

_BACK = 12  # quantities that are looked back at
_AHEAD = 24  # and ahead
_TOLERANCE = 1e-6
_COLON = re.compile(r"[^,。;:]{0,8}:")
_NAMED_WHOLE = re.compile(
    r"([^,。;:、()\d]{2,20}?)(?:当中|之中|中(?!心|小|学|国|央|医|介|层))(?=[,有 ]|[^,。;:、()]{1,20}$)"
)


@dataclass(frozen=True, slots=True)
class _Words:
    """The lists of labels.yml that open and end lists."""

    among: re.Pattern[str]
    enders: re.Pattern[str]
    divided: re.Pattern[str]
    outcomes: re.Pattern[str]
    flow: re.Pattern[str]
    totals: re.Pattern[str]
    verbs: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    data = load_words("labels")
    return _Words(
        among=re.compile(any_of(data["among"])),
        enders=re.compile(any_of(data["enders"]) + "|另(?!行)"),
        divided=re.compile(data["divided"]),
        outcomes=re.compile(any_of(data["outcomes"])),
        flow=re.compile(any_of(data["flow"])),
        totals=re.compile(any_of(data["totals"])),
        verbs=re.compile(f"(?!{any_of(data['nouns'])}){any_of(data['verbs'])}"),
    )


@dataclass(slots=True)
class _List:
    """A list of parts being read: its whole, the sum so far, how its items are parted."""

    whole: Quantity | None = None
    total: float = 0.0
    size: int = 0
    mark: str = ""  # the mark between the first two items
    verbal: bool = False  # the first item opens with a verb
    bracket: bool = False
    colon: bool = False

    @property
    def full(self) -> bool:
        return self.whole is not None and self.size > 0 and abs(self.total - self.whole.value) < _TOLERANCE


@dataclass(slots=True)
class _State:
    """What the reader of a paragraph knows: the quantities so far, the open list, those around brackets."""

    prose: Prose
    seen: list[Quantity] = field(default_factory=list)
    current: _List = field(default_factory=_List)
    last: _List = field(default_factory=_List)
    paused: _List = field(default_factory=_List)
    ahead: list[Quantity] = field(default_factory=list)  # the quantities of the paragraph
    outer: list[_List] = field(default_factory=list)


def link_quantities(prose: Prose, quantities: list[Quantity]) -> None:
    """Sets `parent` and `base` of every quantity, paragraph by paragraph."""
    paragraph: list[Quantity] = []
    for i, one in enumerate(quantities):
        if i and "\n" in prose.between(quantities[i - 1].start, one.start):
            _link_paragraph(prose, paragraph)
            paragraph = []
        paragraph.append(one)
    _link_paragraph(prose, paragraph)
    link_measures(prose, quantities)


def _link_paragraph(prose: Prose, quantities: list[Quantity]) -> None:
    state = _State(prose, ahead=quantities)
    for i, one in enumerate(quantities):
        gap_start = state.seen[-1].after if state.seen else prose.clause_start(one.start)
        gap = prose.between(gap_start, one.start)
        _follow_brackets(state, gap)
        if one.kind == "count" and not one.zero and not _modifies(prose, quantities, i):
            _place_count(state, one, gap)
        state.seen.append(one)
    counts = [q for q in quantities if q.kind == "count" and not q.zero]
    link_totals(prose, counts)
    link_breakdowns(prose, counts)
    link_runs(prose, counts)


def _modifies(prose: Prose, quantities: list[Quantity], i: int) -> bool:
    """三个 of 三个派出机构5517条 belongs to the noun of the next count."""
    one, later = quantities[i], quantities[i + 1] if i + 1 < len(quantities) else None
    if later is None or later.kind != "count" or one.label_end <= one.after or one.unit == later.unit:
        return False
    between = prose.between(one.after, later.start)
    return later.start >= one.label_end and not any(c in between for c in ",。;:、()和及与")


def _follow_brackets(state: _State, gap: str) -> None:
    """A bracket right behind a count holds its parts; what stands before it goes on behind it."""
    if "(" not in gap and ")" not in gap:
        return
    for place, c in enumerate(gap):
        if c == "(":
            state.outer.append(state.current)
            head = state.seen[-1] if state.seen else None
            if head is None or head.kind != "count" or len(gap[:place].strip()) > 12 or "," in gap[:place]:
                head = None
            state.current = _List(whole=head, bracket=True)
        elif c == ")" and state.outer:
            state.current = state.outer.pop()


def _place_count(state: _State, one: Quantity, gap: str) -> None:
    """The place of a count: it opens a list, goes on with one, or stands free."""
    if state.current.whole is not None and "。" not in gap and (namesake := _namesake(state, one)):
        state.current = _List(whole=namesake, bracket=state.current.bracket)
        one.parent = namesake
    elif _opens_list(state, one, gap):
        one.parent = state.current.whole
    elif _goes_on(state, one, gap):
        state.current = state.paused
        one.parent = state.current.whole
    elif _ends_list(state, one, gap):
        if not state.current.bracket:
            aside = state.current.whole is not None and one.unit != state.current.whole.unit
            state.paused = state.current if aside else _List()
            state.current = _List()
    elif state.current.whole is not None:
        one.parent = state.current.whole
    current = state.current
    if one.earlier:
        one.parent = None
    elif one.parent is not None and one.parent is current.whole:
        if current.size == 1:
            current.mark = "、" if "、" in gap else ";" if ";" in gap else ","
        if current.size == 0:
            current.verbal = _opens_with_verb(gap)
        current.size += 1
        current.total += one.value
        state.last = current


def _goes_on(state: _State, one: Quantity, gap: str) -> bool:
    """其中欠税公告16条、涉及398户，催缴公告12条: a list goes on behind a count of something else."""
    paused, whole = state.paused, state.paused.whole
    if whole is None or state.current.whole is not None:
        return False
    if any(c in gap for c in "。;:\n(") or one.unit == state.seen[-1].unit:
        state.paused = _List()
        return False
    open_ = one.unit == whole.unit and not paused.full and paused.total + one.value <= whole.value + _TOLERANCE
    words = _words()
    return open_ and not (words.enders.search(gap) or words.flow.search(one.label) or _opens_with_verb(gap))


def _opens_with_verb(gap: str) -> bool:
    lead = gap[max(gap.rfind(c) for c in ",;:、(。") + 1 :].strip()
    among = _words().among.match(lead)
    verb = _words().verbs.match(lead, among.end() if among else 0)
    return verb is not None and len(lead) > verb.end() + 1


def _opens_list(state: _State, one: Quantity, gap: str) -> bool:
    """Whether a list of parts begins with a count: 其中, 新收申请中, 从申请主体看, a colon behind a count."""
    head = _last_count(state)
    if head is None:
        return False
    whole, colon = _whole_said(state, one, head, gap), False
    if whole is None and state.seen[-1] is head and _COLON.match(gap):
        whole, colon = head, True
    if whole is None:
        return False
    state.current = _List(whole=whole, bracket=state.current.bracket, colon=colon)
    return True


def _whole_said(state: _State, one: Quantity, head: Quantity, gap: str) -> Quantity | None:
    """The total that the words before a count announce."""
    words = _words()
    if among := words.among.search(gap):
        if one.earlier or (among.group().startswith("分别") and (one.unit != head.unit or one.value > head.value)):
            return None
        return _announced(state, one, head, gap[: among.start()])
    if named := _NAMED_WHOLE.search(gap):
        whole = head if named[1] == "其" else _by_name(state, named[1]) or (head if one.own else None)
        if whole is not None and whole.value >= one.value:
            return whole
    if words.divided.search(gap):
        again = state.last.whole if head.parent is not None and head.parent is state.last.whole else None
        return again or _summed(state, one) or _not_carried(state, head)
    return None


def _summed(state: _State, one: Quantity) -> Quantity | None:
    """The count near by that the counts from here to the end of the sentence add up to."""
    first = len(state.seen)
    run = run_from(state.prose, [q for q in state.ahead[first : first + _AHEAD] if q.kind == "count"], 0)
    sum_ = sum(part.value for part in run)
    if len(run) < 2:
        return None
    for other in reversed(state.seen[-_BACK:]):
        if _may_hold(other, one) and not other.earlier and abs(other.value - sum_) < _TOLERANCE:
            return other
    return None


def _completed(state: _State) -> Quantity | None:
    """The whole of the open list, if the counts from here on make it full."""
    whole, first = state.current.whole, len(state.seen)
    run = run_from(state.prose, [q for q in state.ahead[first : first + _AHEAD] if q.kind == "count"], 0)
    full = whole is not None and abs(state.current.total + sum(q.value for q in run) - whole.value) < _TOLERANCE
    return whole if full and run and whole is not None and run[0].unit == whole.unit else None


def _last_count(state: _State) -> Quantity | None:
    for one in reversed(state.seen[-_BACK:]):
        if one.kind == "count" and not one.zero and not one.earlier:
            return one
    return None


def _announced(state: _State, one: Quantity, head: Quantity, before: str) -> Quantity:
    """The whole of an announced list: the count before, or that of the list that just ended.

    其中 behind a ； or 。 divides the same total a second time; behind a cumulative figure
    (历年累计) it divides this year's.
    """
    if ("。" in before or ";" in before) and (whole := _summed(state, one)):
        return whole
    if head.unit != one.unit and (same := _same_unit(state, one, before)):
        return same
    again = ";" in before or "。" in before or (state.current.full and not _fits(one, head))
    if again and state.last.whole is not None and head.parent is state.last.whole and _fits(one, state.last.whole):
        return state.last.whole
    if "累计" in head.label and "。" in before and len(state.seen) > 1:
        previous = state.seen[-2]
        if previous.kind == "count" and previous.unit == head.unit:
            return previous
    if not _fits(one, head):
        for earlier in reversed(state.seen[-_BACK:-1]):
            if earlier.kind == "count" and _fits(one, earlier) and earlier.unit == one.unit and not earlier.earlier:
                return earlier
    return head


def _same_unit(state: _State, one: Quantity, before: str) -> Quantity | None:
    """举办191场活动，领导出席25人次。其中，新闻发布会151场: the count in the unit of the part."""
    start = 0 if "。" in before else state.prose.sentence(one.start)[0]
    for other in reversed(state.seen[-4:-1]):
        if _may_hold(other, one) and other.start >= start and not other.earlier:
            return other
    return None


def _may_hold(whole: Quantity, part: Quantity) -> bool:
    """A count in the same unit that is no smaller."""
    return whole.kind == "count" and not whole.zero and whole.unit == part.unit and whole.value >= part.value


def _namesake(state: _State, one: Quantity) -> Quantity | None:
    """复议6件和诉讼3件，其中…，诉讼维持3件: the total whose name a part begins with."""
    whole, start = state.current.whole, state.prose.sentence(one.start)[0]
    name = one.label[:4]
    if whole is None or len(one.label) < 5 or name in whole.label:
        return None
    for other in reversed(state.seen[-_BACK:]):
        if _may_hold(other, one) and other.start >= start and other.parent is None and name in other.label:
            return other
    return None


def _fits(part: Quantity, whole: Quantity) -> bool:
    return part.unit != whole.unit or part.value <= whole.value


def _not_carried(state: _State, head: Quantity) -> Quantity:
    """Applicants divide what came in this year, not what was carried over."""
    if "上年" in head.label and len(state.seen) > 1 and state.seen[-2].kind == "count":
        return state.seen[-2]
    return head


def _by_name(state: _State, name: str) -> Quantity | None:
    """The count whose label holds the characters of a name in their order."""
    name = name.lstrip(",。; 在从的")
    for one in reversed(state.seen[-_BACK:]):
        if one.kind == "count" and not one.zero and name and spells(one.label, name):
            return one
    return None


def _ends_list(state: _State, one: Quantity, gap: str) -> bool:
    """Whether a count stands outside the list before it."""
    current, words = state.current, _words()
    if current.whole is None:
        return True
    if "。" in gap or ("\n" in gap):
        return True
    if current.full and not current.bracket and not (current.size == 1 and _plain_item(one, gap)):
        return True
    completes = current.size == 1 and abs(current.total + one.value - current.whole.value) < _TOLERANCE
    if ";" in gap and current.size >= 1 and current.mark != ";" and not (current.size == 1 and current.colon):
        return not (completes and one.unit == current.whole.unit) and _completed(state) is None
    if words.enders.search(gap) or (words.flow.search(one.label) and not current.colon and not current.bracket):
        return True
    if words.totals.match(gap.lstrip(", ")) or one.label in ("合计", "共计", "总计", "共"):
        return True
    if current.bracket or current.colon:
        return False
    if not current.verbal and _opens_with_verb(gap) and not words.outcomes.search(one.label):
        return True
    whole = current.whole
    over = current.total + one.value > whole.value * 1.5 + _TOLERANCE
    if one.unit != whole.unit:
        return one.value > whole.value or is_measure(one.unit)
    return over


def _plain_item(one: Quantity, gap: str) -> bool:
    """、传真0件 after a list that is full already."""
    return one.value == 0 and ";" not in gap
