"""Shares, changes and rates: labelled quantities in, the count each qualifies and its base set."""

from __future__ import annotations

import re
from functools import lru_cache

from parsers.forms import load_words
from parsers.narrative.prose import Prose, Quantity
from parsers.narrative.words import any_of

__all__ = ["link_measures", "spells"]

_BACK = 12  # quantities that are looked back at
_YEARLY = re.compile("^(?:全|本)?年度?")
_REACHING = re.compile(r"[, ]*(?:达到?|至|到|共)[ 约近]*")


@lru_cache(maxsize=1)
def _rates() -> re.Pattern[str]:
    return re.compile(any_of(load_words("labels")["rates"]) + "$")


def spells(label: str, name: str) -> bool:
    """Whether a label holds the characters of a name in their order.

    >>> spells("新收政府信息公开申请", "新收申请"), spells("新收申请", "申请新")
    (True, False)
    """
    place = 0
    for c in name:
        place = label.find(c, place) + 1
        if not place:
            return False
    return True


def link_measures(prose: Prose, quantities: list[Quantity]) -> None:
    """Shares, changes and rates: the count they qualify and what they are taken of."""
    for i, one in enumerate(quantities):
        if one.parent is not None:
            continue
        if one.kind == "change":
            _link_change(prose, quantities, i)
        elif one.kind == "share":
            _link_share(prose, quantities, i)
        elif one.kind == "rate" and one.unit in ("%", "％", "‰"):
            _link_rate(prose, quantities, i)
    _share_bases(prose, [q for q in quantities if q.kind == "share"])


def _share_bases(prose: Prose, shares: list[Quantity]) -> None:
    """In a row of shares that are taken of one total, a share that no total gives is taken of it too."""
    for i, one in enumerate(shares):
        if one.base is not None or one.base_name or one.parent is None:
            continue
        for near in (*shares[max(0, i - 1) : i], *shares[i + 1 : i + 2]):
            if near.base is None or near.base.start > min(one.start, near.start):
                continue
            if near.base.unit == one.parent.unit and "\n" not in prose.between(*sorted((one.start, near.start))):
                one.base = near.base
                if one.parent.parent is None and one.parent is not one.base:
                    one.parent.parent = one.base
                break


def _before(prose: Prose, quantities: list[Quantity], i: int) -> list[Quantity]:
    """The counts before a place, nearest first; those in brackets that closed since are out of sight."""
    found: list[Quantity] = []
    depth, apart, place = 0, False, quantities[i].start
    for one in reversed(quantities[max(0, i - _BACK * 2) : i]):
        gap = prose.between(one.end, place)
        apart = apart or "\n" in gap
        if ")" in gap or "(" in gap:
            depth += gap.count(")") - gap.count("(")
        place = min(one.end, place)
        depth = 0 if apart else min(depth, 1)
        if one.kind == "count" and not one.zero and depth <= 0:
            found.append(one)
    return found


def _link_change(prose: Prose, quantities: list[Quantity], i: int) -> None:
    one = quantities[i]
    points = one.unit in ("个百分点", "百分点")
    rates = [q for q in quantities[max(0, i - 6) : i] if q.kind == "rate" and not q.earlier][::-1]
    counts = [q for q in _before(prose, quantities, i)[:6] if not q.earlier]
    near = [*rates, *counts] if points else sorted([*rates, *counts], key=lambda q: -q.start)
    for other in near:
        between = prose.between(other.end, one.start)
        if "。" in between or (";" in between and not points):
            continue
        if one.subject and other.kind == "count" and not _alike(one.subject, other.label):
            continue
        one.parent = other
        break
    else:
        one.parent = _reached(prose, quantities, i)
    if one.subject and not one.label.startswith(one.subject):
        one.label = one.subject + one.label
    elif not one.subject and one.parent is not None:
        one.label = one.parent.label + one.label


def _reached(prose: Prose, quantities: list[Quantity], i: int) -> Quantity | None:
    """较去年增长1.5倍，达130件: the count that the change led to."""
    later = quantities[i + 1] if i + 1 < len(quantities) else None
    if later is None or later.kind != "count" or later.zero:
        return None
    return later if _REACHING.fullmatch(prose.plain, quantities[i].after, later.start) else None


def _alike(name: str, label: str) -> bool:
    """Whether two names share two characters that follow each other."""
    if name.endswith(("数量", "总量", "件数", "总数")) and len(name) <= 4:
        return True
    return any(name[k : k + 2] in label for k in range(len(name) - 1))


def _link_share(prose: Prose, quantities: list[Quantity], i: int) -> None:
    one = quantities[i]
    counts = _before(prose, quantities, i)
    if not counts or "。" in prose.between(counts[0].end, one.start):
        return
    count = counts[0]
    if one.subject and not (spells(count.label, one.subject) or spells(one.subject, count.label)):
        one.base = _named_base(one, counts)
        return
    one.parent = count
    if not one.subject:
        one.label = count.label + "占比"
    one.base = _base_of(prose, one, count, [*counts[1:], *_after(quantities, i)])
    base = one.base
    # 完成120亿元，占计划的110% is no part of the plan.
    if base is not None and count.parent is None and base.parent is not count and base.value >= count.value:
        count.parent = base


def _after(quantities: list[Quantity], i: int) -> list[Quantity]:
    return [q for q in quantities[i + 1 : i + _BACK] if q.kind == "count" and not q.zero]


def _named_base(rate: Quantity, candidates: list[Quantity]) -> Quantity | None:
    """The count that a share names as its whole: 占新收总量的71.7%."""
    name = rate.base_name.removesuffix("总数").removesuffix("总量").removesuffix("数").rstrip("的总量")
    name = _YEARLY.sub("", name)
    if len(name) < 2:
        return None
    return next((q for q in candidates if spells(q.label, name) or spells(name, q.label)), None)


def _base_of(prose: Prose, rate: Quantity, part: Quantity, candidates: list[Quantity]) -> Quantity | None:
    """The count of which `part` is the stated percentage: by its name, else by arithmetic, else its whole."""
    if rate.base_name and (named := _named_base(rate, [q for q in candidates if q.unit == part.unit])):
        return named
    near = [q for q in candidates if q.unit == part.unit and q.value >= part.value]
    exact = [q for q in near if _is_rate(part.value, q.value, rate.value)]
    if named := _named_base(rate, [*exact, *near]):
        return named
    exact = [q for q in exact if "\n" not in prose.between(min(q.end, rate.end), max(q.start, rate.start))]
    if exact:
        return next((q for q in exact if q is part.parent), exact[0])
    return part.parent


def _is_rate(part: float, whole: float, percent: float) -> bool:
    """Whether a percentage is part of whole, rounded or cut off."""
    if whole <= 0:
        return False
    return abs(part / whole * 100 - percent) < _step(percent)


def _step(percent: float) -> float:
    """One unit of the last printed decimal.

    >>> _step(99.1), _step(100.0)
    (0.1, 1.0)
    """
    text = f"{percent:.4f}".rstrip("0")
    decimals = len(text.partition(".")[2])
    return float(10.0**-decimals)


def _link_rate(prose: Prose, quantities: list[Quantity], i: int) -> None:
    """办结率 is of 办结; a percentage that two counts nearby give is theirs."""
    one = quantities[i]
    start, end = prose.sentence(one.start)
    near = [q for q in _before(prose, quantities, i) if q.start >= start and not q.earlier]
    later = [q for q in _after(quantities, i)[:1] if q.start < end]
    stem = _stem(one.label)
    for part in [*near[:6], *later]:
        named = len(stem) >= 2 and (stem[-2:] in part.label or _kin(stem, part.label))
        precise = one.approx is None and one.value % 1 > 0
        if not named and not (precise and part in [*near[:1], *later] and not _taken(quantities, i, part)):
            continue
        base = _given(prose, one, part, quantities, i)
        if base is not None or (named and one.value % 1 > 0):
            one.parent, one.base = part, base
            return


def _taken(quantities: list[Quantity], i: int, part: Quantity) -> bool:
    """Whether another rate is of this count already."""
    return any(q.kind == "rate" and q.parent is part for q in quantities[max(0, i - 4) : i])


def _stem(label: str) -> str:
    found = _rates().search(label)
    return label[: found.start()] if found else ""


def _kin(stem: str, label: str) -> bool:
    """纠错率 is of 纠正."""
    return stem[-2:] in ("纠错", "纠正") and ("纠正" in label or "纠错" in label)


def _given(prose: Prose, rate: Quantity, part: Quantity, quantities: list[Quantity], i: int) -> Quantity | None:
    """The count whose stated percentage `part` is."""
    for whole in _before(prose, quantities, i):
        if whole is part or whole.unit != part.unit or whole.value < part.value or whole.earlier:
            continue
        if _is_rate(part.value, whole.value, rate.value):
            return whole
    return None
