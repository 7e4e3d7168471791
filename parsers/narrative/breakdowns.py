"""Totals and the counts that add up to them: the counts of a paragraph in, parents set where no word announces them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from parsers.forms import load_words
from parsers.narrative.prose import Prose, Quantity
from parsers.narrative.words import any_of

__all__ = ["link_breakdowns", "link_runs", "link_totals", "run_from"]

_MOST_PARTS = 40
_TELLING = 4  # counts that hardly add up to another by chance
_TOLERANCE = 1e-6
_CARRIED = re.compile("上年|历年|累计|结转|转入")
_NEW = re.compile("新|本年|当年|收")
_TOTAL = re.compile("合计|共计|总计")


@dataclass(frozen=True, slots=True)
class _Words:
    """The lists of labels.yml that tell parts from flows."""

    outcomes: re.Pattern[str]
    flow: re.Pattern[str]
    totals: re.Pattern[str]
    dividing: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    data = load_words("labels")
    return _Words(*(re.compile(any_of(data[name])) for name in ("outcomes", "flow", "totals", "dividing")))


def link_totals(prose: Prose, counts: list[Quantity]) -> None:
    """A、B，合计C: the counts before a total are its parts if they add up to it."""
    for i, total in enumerate(counts):
        if i < 2:
            continue
        lead = prose.plain[prose.clause_start(total.start, counts[i - 1].after) : total.start]
        clause = prose.clause_start(counts[i - 1].start, counts[i - 2].after)
        added = prose.plain.startswith("加上", clause)  # 加上上年结转1件，应办理18件
        if added or _TOTAL.search(lead) or _words().totals.match(lead.strip(", 。…")):
            for part in _run_before(prose, counts, i):
                part.parent = total


def _run_before(prose: Prose, counts: list[Quantity], i: int) -> list[Quantity]:
    """The free counts before a total that add up to it, or none."""
    total, sum_, run = counts[i], 0.0, []
    for part in reversed(counts[max(0, i - _MOST_PARTS) : i]):
        if part.parent is not None and part.parent.start < part.start:
            continue
        if part.parent is not None or part.earlier or part.unit != total.unit:
            break
        if "\n" in prose.between(part.end, total.start):
            break
        sum_ += part.value
        run.append(part)
        if sum_ >= total.value - _TOLERANCE:
            break
    return run if len(run) >= 2 and abs(sum_ - total.value) < _TOLERANCE else []


def link_breakdowns(prose: Prose, counts: list[Quantity]) -> None:
    """办结18件，公开8件、部分公开10件: what follows a total and adds up to it are its parts."""
    for i, whole in enumerate(counts):
        if whole.value <= 0 or whole.earlier:
            continue
        carried = i + 1 < len(counts) and _CARRIED.search(counts[i + 1].label)
        for skip in (1, 2) if carried else (1,):
            run = _run_to(prose, counts, i, i + skip)
            if run:
                for part in run:
                    part.parent = whole
                break
        else:
            for part in _outcome_run(prose, counts, i):
                part.parent = whole


def _run_to(prose: Prose, counts: list[Quantity], i: int, first: int) -> list[Quantity]:
    """The free counts from `first` on that add up to count `i`, or none.

    What a bracket behind the total has named already (处理88件（含结转3件），新收85件) counts too.
    """
    whole = counts[i]
    named = sum(q.value for q in counts[i + 1 : first + 2] if q.parent is whole)
    for given in (0.0, named):
        if given >= whole.value:
            continue
        run, sum_ = _collect(prose, counts, first, whole, given)
        if abs(sum_ - whole.value) >= _TOLERANCE or not _stands_apart(prose, whole, run, counts, first):
            continue
        if given and _NEW.search(run[0].label):
            return run
        if len(run) >= 2 and not _is_second_whole(counts, i, first, run[0]):
            return run
    return []


def _collect(
    prose: Prose, counts: list[Quantity], first: int, whole: Quantity, given: float
) -> tuple[list[Quantity], float]:
    """Free counts of the unit of a total in a row, until they reach it, and their sum."""
    run: list[Quantity] = []
    sum_ = given
    for part in counts[first : first + _MOST_PARTS]:
        if (part.parent is whole and not run) or (part.parent is not None and part.parent in run):
            continue
        if part.parent is not None or part.unit != whole.unit or part.earlier:
            break
        if _is_flow(part, whole) or _ends_between(prose, whole, part):
            break
        run.append(part)
        sum_ += part.value
        if sum_ >= whole.value - _TOLERANCE:
            break
    return run, sum_


def _is_second_whole(counts: list[Quantity], i: int, first: int, candidate: Quantity) -> bool:
    """行政复议6件，其中…；行政诉讼3件，其中…: behind a finished list stands another total."""
    near = counts[i + 1 : first + _MOST_PARTS]
    return any(q.parent is counts[i] for q in near) and any(q.parent is candidate for q in near)


def _stands_apart(prose: Prose, whole: Quantity, run: list[Quantity], counts: list[Quantity], first: int) -> bool:
    """Whether a run that happens to add up is no stretch of a plain list: A22件、B20件、C2件."""
    if not run or prose.between(whole.after, run[0].start).lstrip().startswith(("、", "和", "及", "与")):
        return False
    if all(_words().outcomes.search(part.label) for part in run):
        return True
    after = prose.clause_end(run[-1].after)
    if prose.plain[after : after + 1] not in (",", "、"):
        return True
    behind = (q for q in counts[first : first + 2 * _MOST_PARTS] if q.start > run[-1].start)
    later = next((q for q in behind if q.parent not in run), None)
    return later is None or later.unit != whole.unit or later.earlier or _words().flow.search(later.label) is not None


def _is_flow(part: Quantity, whole: Quantity) -> bool:
    """受理 -> 办结 and 结转下年 are flows; 尚未审结 of a case is a part."""
    words = _words()
    if words.flow.search(part.label) is None or words.outcomes.search(part.label):  # 答复同意公开2件
        return False
    return "复议" not in whole.label and "诉讼" not in whole.label


def _ends_between(prose: Prose, whole: Quantity, part: Quantity) -> bool:
    between = prose.between(whole.end, part.start)
    return "\n" in between or between.count("。") > 1


def run_from(prose: Prose, counts: list[Quantity], first: int) -> list[Quantity]:
    """The free counts of one unit from `first` on to the end of their sentence or list."""
    run: list[Quantity] = []
    for part in counts[first : first + _MOST_PARTS]:
        if part.parent is not None and part.parent in run:
            continue
        if part.parent is not None or part.earlier or part.unit != counts[first].unit:
            break
        if run and any(c in prose.between(run[-1].after, part.start) for c in "。!?\n"):
            break
        run.append(part)
    return run


def link_runs(prose: Prose, counts: list[Quantity]) -> None:
    """收到23件，……。予以公开20件、不予公开3件: what divides a total in a sentence of its own.

    A run adds up to an earlier count and says by its words, or by its length, that it divides
    one; or a clause with a colon that names the total (申请较多的是：) announces it.
    """
    i = 0
    while i < len(counts):
        run = run_from(prose, counts, i)
        if len(run) > 1 and (whole := _whole_of(prose, counts, i, run)):
            for part in run:
                part.parent = whole
        i += max(1, len(run))


def _whole_of(prose: Prose, counts: list[Quantity], first: int, run: list[Quantity]) -> Quantity | None:
    words, start = _words(), run[0].start
    lead = prose.plain[prose.clause_start(start) - 1 : start] if start else ""
    announced = ""
    if lead[:1] == ":":
        colon = start - len(lead)
        clause = prose.plain[prose.clause_start(colon) : colon]
        announced = clause if words.dividing.search(clause) else ""
    telling = bool(announced) or len(run) >= _TELLING or all(words.outcomes.search(part.label) for part in run)
    if not telling:
        return None
    sum_ = sum(part.value for part in run)
    before = [
        other
        for other in reversed(counts[max(0, first - _MOST_PARTS) : first])
        if other.unit == run[0].unit and not other.earlier and other.value > 0
    ]
    for other in before:
        if abs(other.value - sum_) < _TOLERANCE:
            return other
    if not announced:
        return None
    named = (other for other in before if other.parent is None and other.value >= sum_)
    return next((other for other in named if _shares_word(announced, other.label)), None)


def _shares_word(words: str, label: str) -> bool:
    """Whether two phrases share two characters that follow each other, those of the announcement aside.

    >>> _shares_word("申请较多的是", "收到申请"), _shares_word("主要内容", "举办会议")
    (True, False)
    """
    return any(label[k : k + 2] in words for k in range(len(label) - 1))


def _outcome_run(prose: Prose, counts: list[Quantity], i: int) -> list[Quantity]:
    """Three or more outcomes straight after a total, though they do not add up to it."""
    whole, run = counts[i], []
    for part in counts[i + 1 : i + 1 + _MOST_PARTS]:
        if part.parent is not None and part.parent in run:
            continue
        if part.parent is not None or part.unit != whole.unit or not _words().outcomes.search(part.label):
            break
        if "。" in prose.between(whole.end, part.start) or part.value > whole.value or _is_flow(part, whole):
            break
        run.append(part)
    return run if len(run) >= 3 and not _words().outcomes.search(whole.label) else []
