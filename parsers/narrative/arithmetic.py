"""The arithmetic that prose states: facts of a section in, findings on its sums, rates and growth out.

A finding's `cells` name the facts as ("facts", id, label), the total or the stated figure
last. Printed values are never repaired.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from parsers.models import CellKey, Fact, Finding
from parsers.narrative.units import is_measure

__all__ = ["PERCENT", "Verdict", "check_facts", "fit", "precision"]

Verdict = Literal["pass", "fail", "uncertain", "not_assessable"]

PERCENT = ("%", "％")
_FALL = re.compile("下降|减少|回落|降低|下滑|缩减|减幅|降幅|压减|[减降少低]$")
_CHANGE = re.compile("增|升|降|减|提高|回落|下滑|上涨|翻|[多少高低]$")
_CARRIED = re.compile("上年|上一年")
_NEW = re.compile("新收|本年|当年|新增")
_AGAINST = re.compile("同比|环比|较|比|^(?:减少|增加|下降|增长)")
_EARLIER = re.compile("上年|去年|上一年|(?:19|20)[0-9]{2}年")
_REST = re.compile("其他|其它|其余")
_OPINION = re.compile("满意|支持|认可|知晓|参与")
_ALMOST = 0.9  # of a total: parts that cover so much claim to be all of it
_SMALL = 100  # counts up to which few percentages are possible
_SCALES = {"万": 1e4, "萬": 1e4, "亿": 1e8, "億": 1e8}


def check_facts(facts: Sequence[Fact]) -> tuple[Finding, ...]:
    """Findings `narrative.parts_sum`, `narrative.rate` and `narrative.growth`.

    `facts` are those of a section or of a whole report with their sections set; `parent` and
    `base` are indexes into them. What stands in another section is no neighbour.

    `left` is what the counts give, `right` what is printed. A rate that fits only if cut off
    has the evidence ``truncated``. A list that names less than its total is `uncertain`
    unless it claims to be whole.

    >>> from parsers.narrative.facts import read_facts
    >>> for finding in check_facts(read_facts("办结88件：公开50件、部分公开30件、不予公开7件。办结率98.8%。")):
    ...     print(finding.identity, finding.verdict, finding.left, finding.right)
    narrative.parts_sum fail 87.0 88.0
    """
    return (*_sums(facts), *_rates(facts), *_growths(facts))


def _near(facts: Sequence[Fact], place: int, before: int, behind: int = 0) -> list[Fact]:
    """The facts around a place that stand in its section."""
    section = facts[place].section
    return [f for f in facts[max(0, place - before) : place + behind] if f.section == section]


def _is_count(fact: Fact) -> bool:
    return fact.polarity is None and not is_measure(fact.unit or "") and fact.value_high is None


def precision(fact: Fact) -> float:
    """The worth of the last printed digit: 3.2万 -> 1000."""
    decimals = re.search(r"[.．点](\d+|[〇零一二三四五六七八九]+)", fact.number_text)
    step = 10.0 ** -(len(decimals[1]) if decimals else 0)
    for c in fact.number_text:
        step *= _SCALES.get(c, 1.0)
    return step


def _finding(
    identity: str, verdict: Verdict, left: float, right: float, facts: Sequence[Fact], evidence: str = "seen"
) -> Finding:
    cells: tuple[CellKey, ...] = tuple(("facts", str(f.id), f.label) for f in facts)
    return Finding(identity, facts[-1].label, "strict", verdict, round(left, 4), right, cells, evidence=evidence)


def _sums(facts: Sequence[Fact]) -> Iterator[Finding]:
    parts: dict[int, list[Fact]] = {}
    for fact in facts:
        if fact.parent is not None and _is_count(fact) and not _is_change(fact):
            parts.setdefault(fact.parent, []).append(fact)
    for parent, members in sorted(parts.items()):
        total = facts[parent]
        same = [m for m in members if m.unit == total.unit and m.value is not None]
        if not any(_NEW.search(m.label) for m in same):
            same = [m for m in same if not _CARRIED.match(m.label)]  # 答复805件（含上年结转18件）: no part of a list
        for group in _breakdowns(total, same):
            if len(group) >= 2:
                yield _sum(total, group, closed=len(same) == len(members))


def _is_change(fact: Fact) -> bool:
    return _CHANGE.search(fact.label) is not None and _AGAINST.search(fact.label) is not None


def _breakdowns(total: Fact, members: list[Fact]) -> Iterator[list[Fact]]:
    """A total may be divided twice: a group ends where the total is reached."""
    group: list[Fact] = []
    for member in members:
        group.append(member)
        if abs(_total_of(group) - (total.value or 0)) < 1e-6:
            yield group
            group = []
    if group:
        yield group


def _total_of(group: Sequence[Fact]) -> float:
    return sum(m.value or 0.0 for m in group)


def _sum(total: Fact, group: list[Fact], *, closed: bool) -> Finding:
    left, right = _total_of(group), total.value or 0.0
    slack = sum(precision(f) for f in (*group, total)) / 2 if any(precision(f) > 1 for f in (*group, total)) else 1e-6
    verdict: Verdict = "fail"
    if abs(left - right) <= slack:
        verdict = "pass"
    elif any(f.approx for f in (*group, total)):
        verdict = "uncertain"
    elif left < right:
        claims = closed and (left >= right * _ALMOST or any(_REST.search(f.label) for f in group))
        verdict = "fail" if claims and not _is_open(group[-1]) else "uncertain"
    return _finding("narrative.parts_sum", verdict, left, right, (*group, total))


def _is_open(last: Fact) -> bool:
    """Whether 等 follows the last part named."""
    return re.search(rf"{re.escape(last.number_text)}\s?{re.escape(last.unit or '')}等", last.text) is not None


def _rates(facts: Sequence[Fact]) -> Iterator[Finding]:
    for place, fact in enumerate(facts):
        if fact.unit not in PERCENT or fact.value is None or fact.value_high is not None or _is_growth(fact):
            continue
        if fact.parent is not None and fact.base is not None:
            yield _rate(fact, facts[fact.parent], facts[fact.base])
        elif fact.parent is None and fact.base is None and (base := _small_base(facts, place)) is not None:
            yield _finding("narrative.rate", "uncertain", base.value or 0.0, fact.value, (base, fact), "impossible")


def _is_growth(fact: Fact) -> bool:
    return _CHANGE.search(fact.label) is not None and not fact.label.endswith(("率", "占比", "度"))


def _rate(rate: Fact, part: Fact, whole: Fact) -> Finding:
    assert rate.value is not None
    if not whole.value or part.value is None:
        return _finding("narrative.rate", "not_assessable", 0.0, rate.value, (part, whole, rate))
    exact = part.value / whole.value * 100
    verdict, evidence = fit(exact, rate)
    if verdict == "fail" and (part.approx or whole.approx or rate.approx):
        verdict = "uncertain"
    return _finding("narrative.rate", verdict, exact, rate.value, (part, whole, rate), evidence)


def fit(exact: float, printed: Fact) -> tuple[Verdict, str]:
    """Whether a printed percentage is the exact one rounded or cut off."""
    step, value = precision(printed), printed.value or 0.0
    if abs(exact - value) <= step / 2 + 1e-9:
        return "pass", "seen"
    if 0 <= exact - value < step:
        return "pass", "truncated"
    return "fail", "seen"


def _small_base(facts: Sequence[Fact], place: int) -> Fact | None:
    """The small count before a rate, if no whole number of it gives that rate: 95 % of 9."""
    rate = facts[place]
    if rate.approx or _OPINION.search(rate.label) or rate.value in (0.0, 100.0):
        return None
    near = [f for f in _near(facts, place, 4) if f.text == rate.text and _is_count(f)]
    small = [f for f in near if f.value and f.value < _SMALL and f.parent is None and not f.approx]
    if not small or len(small) != len([f for f in near if f.parent is None]):
        return None
    if any(_possible(f.value or 0.0, rate) for f in near):
        return None
    return small[-1]


def _possible(base: float, rate: Fact) -> bool:
    nearest = round(base * (rate.value or 0.0) / 100)
    return any(fit(k / base * 100, rate)[0] == "pass" for k in (nearest - 1, nearest, nearest + 1)) if base else False


def _growths(facts: Sequence[Fact]) -> Iterator[Finding]:
    for place, fact in enumerate(facts):
        if fact.parent is None or fact.value is None or not _is_growth(fact):
            continue
        current = facts[fact.parent]
        if not _is_count(current) or current.value is None:
            continue
        previous = _previous(facts, place, current)
        if previous is not None and previous.value:
            yield _growth(fact, current, previous)


def _previous(facts: Sequence[Fact], place: int, current: Fact) -> Fact | None:
    """The figure of the year before, printed near the change."""
    counts = [f for f in _near(facts, place, 4, 4) if _is_count(f) and f.unit == current.unit and f.parent is None]
    return next((f for f in counts if _EARLIER.match(f.label)), None)


def _growth(change: Fact, current: Fact, previous: Fact) -> Finding:
    now, then = current.value or 0.0, previous.value or 0.0
    sign = -1.0 if _FALL.search(change.label) else 1.0
    rough = bool(change.approx or current.approx or previous.approx)
    if change.unit in PERCENT:
        exact = sign * (now - then) / then * 100
        verdict, evidence = fit(exact, change)
    elif change.unit == "倍":
        exact = now / then - 1
        verdict, evidence = fit(exact, change)
        if verdict == "fail" and fit(now / then, change)[0] == "pass":
            verdict = "uncertain"  # 增长2倍 is written for 增长到2倍
    else:
        exact, evidence = sign * (now - then), "seen"
        verdict = "pass" if abs(exact - (change.value or 0.0)) < 1e-6 else "fail"
    if verdict == "fail" and rough:
        verdict = "uncertain"
    return _finding("narrative.growth", verdict, exact, change.value or 0.0, (current, previous, change), evidence)
