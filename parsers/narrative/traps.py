"""What is no quantity: a numeral in its prose in, whether it is a date, an order, a name, a norm or a plan out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from parsers.forms import load_words
from parsers.narrative.numbers import Numeral
from parsers.narrative.prose import DELIMITERS, Prose
from parsers.narrative.units import Tail, is_measure, is_time
from parsers.narrative.words import any_of

__all__ = ["is_trap"]

_NEAR = 24  # characters that are looked at before a number
_PLAN_REACH = 160  # characters that a word of planning rules
_HEADING_REACH = 1500
_CODE = re.compile(r"0\d|\d{7,}")
_BEHIND_LETTERS = frozenset("个款件条期次篇份家")  # APP3个, but V2.0版
_CLOCK = re.compile(r"[时点:]$")


@dataclass(frozen=True, slots=True)
class _Words:
    """The lists of traps.yml as patterns."""

    names: re.Pattern[str]
    one_counts: frozenset[str]
    one_never: frozenset[str]
    one_inside: frozenset[str]
    ordinal: re.Pattern[str]
    identity: re.Pattern[str]
    frequency: re.Pattern[str]
    frequency_by: re.Pattern[str]
    frequency_units: frozenset[str]
    below: re.Pattern[str]
    measured: re.Pattern[str]
    plan: re.Pattern[str]
    promise: re.Pattern[str]
    lower_promise: re.Pattern[str]
    headings: re.Pattern[str]
    pointing: re.Pattern[str]
    pointing_units: frozenset[str]
    structure: re.Pattern[str]
    structure_words: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    data = load_words("traps")
    names = any_of(data["names"])[:-1] + "|" + "|".join(data["name_patterns"]) + ")"
    return _Words(
        names=re.compile(names),
        one_counts=frozenset(data["one_counts"]),
        one_never=frozenset(data["one_never"]),
        one_inside=frozenset(data["one_inside"]),
        ordinal=re.compile(f"(?:{'|'.join(data['ordinal_before'])})[为是: ]?$"),
        identity=re.compile(any_of(data["identity_before"]) + "[为是: ]?$"),
        frequency=re.compile(data["frequency_before"] + "$"),
        frequency_by=re.compile(data["frequency_by"] + "$"),
        frequency_units=frozenset(data["frequency_units"]),
        below=re.compile(f"(?:{any_of(data['below_before'])}|(?<!不)(?:少于|低于|小于|超过不))[约近 ]?$"),
        measured=re.compile(any_of(data["measured"])),
        plan=re.compile(any_of(data["plan"])),
        promise=re.compile(any_of(data["promise"])),
        lower_promise=re.compile(any_of(data["lower_promise"])),
        headings=re.compile(any_of(data["measure_headings"])),
        pointing=re.compile(any_of(data["pointing_before"]) + "(?:的|有)? ?$"),
        pointing_units=frozenset(data["pointing_units"]),
        structure=re.compile(data["structure"]),
        structure_words=re.compile(any_of(data["structure_words"])),
    )


class _Place(NamedTuple):
    """A numeral with its surroundings, cut once for all questions."""

    prose: Prose
    numeral: Numeral
    tail: Tail
    before: str
    lower_bound: bool


def is_trap(prose: Prose, numeral: Numeral, tail: Tail, lower_bound: bool) -> bool:
    """Whether a numeral with its unit counts nothing. `lower_bound`: 不少于 or 以上 stands by it.

    >>> from parsers.narrative.numbers import read_numerals
    >>> from parsers.narrative.prose import read_prose
    >>> from parsers.narrative.units import read_tail
    >>> def first(text):
    ...     prose = read_prose(text)
    ...     numeral = next(read_numerals(prose.plain))
    ...     return is_trap(prose, numeral, read_tail(prose.plain, numeral), False)
    >>> first("第12次会议"), first("每月组织1次检查"), first("召开会议3次"), first("答复不超过20个工作日")
    (True, True, False, True)
    """
    before = prose.plain[max(0, numeral.start - _NEAR) : numeral.start].rstrip(" ")
    place = _Place(prose, numeral, tail, before, lower_bound)
    return (
        _is_code(place)
        or _is_ordinal(place)
        or (numeral.chinese and _is_name(place))
        or _is_norm(place)
        or _is_pointing(place)
        or _is_planned(place)
    )


def _is_code(place: _Place) -> bool:
    """Phone numbers, versions, 7x24, 3·15, a clock."""
    plain, numeral, before = place.prose.plain, place.numeral, place.before
    printed = plain[numeral.start : numeral.end]
    last = before[-1:]
    if last and last in "·×*/_.＋+#~":
        return True
    if plain[numeral.end : numeral.end + 1] in ("·", "×", "*"):
        return True
    if _CODE.match(printed) and "." not in printed and not place.tail.unit:
        return True
    if printed.isdigit() and len(printed) > 1 and printed[0] == "0":
        return True
    adjacent = plain[max(0, numeral.start - 1) : numeral.start]
    if adjacent.isascii() and adjacent.isalpha() and place.tail.unit not in _BEHIND_LETTERS:
        return True
    if not place.tail.unit:
        return _words().identity.search(before) is not None
    return place.tail.unit in ("分", "秒", "分钟") and _CLOCK.search(before) is not None


def _is_ordinal(place: _Place) -> bool:
    return _words().ordinal.search(place.before) is not None


def _is_name(place: _Place) -> bool:
    """五位一体, 一企一策; 一 as an article."""
    words, numeral, plain = _words(), place.numeral, place.prose.plain
    start = max(0, numeral.start - 8)
    for found in words.names.finditer(plain, start, numeral.end + 8):
        if found.start() <= numeral.start < found.end():
            return True
    printed = plain[numeral.start : numeral.end]
    if numeral.bare and not (place.lower_bound or place.tail.approx or _is_rounded(place)):
        return True
    if printed == "二":
        return place.tail.unit == "次" and not _ends_phrase(place)
    return printed == "一" and _is_article(place)


def _is_rounded(place: _Place) -> bool:
    return place.before[-1:] in "近上超逾约达"


def _ends_phrase(place: _Place) -> bool:
    after = place.prose.plain[place.tail.after : place.tail.after + 1]
    return not after or after in DELIMITERS or after in "、 "


def _is_article(place: _Place) -> bool:
    """一名副局长 has an article; 关停账号一个 counts, and so does 被纠正的一件案件."""
    words, unit, before = _words(), place.tail.unit, place.before
    if unit in words.one_never or (before[-1:] and before[-1] in words.one_inside):
        return True
    if _ends_phrase(place):
        return not before or before[-1] in DELIMITERS
    return unit not in words.one_counts or unit in ("期", "篇", "户")


def _is_norm(place: _Place) -> bool:
    """Deadlines, frequencies, upper bounds."""
    words, tail, before = _words(), place.tail, place.before
    if tail.below or words.below.search(before):
        return True
    if "每" in before and words.frequency.search(before):
        return True
    if "按" in before and tail.unit in words.frequency_units and words.frequency_by.search(before):
        return True
    if not is_time(tail.unit) or place.numeral.value % 1:  # 2.98小时 was measured
        return False
    prose = place.prose
    clause = prose.plain[prose.clause_start(place.numeral.start) : prose.clause_end(tail.after)]
    return words.measured.search(clause) is None


def _is_pointing(place: _Place) -> bool:
    """以下三个方面; the six parts of which a report consists."""
    words, tail, prose = _words(), place.tail, place.prose
    if tail.unit not in words.pointing_units and not prose.plain.startswith("部分", place.numeral.end):
        return False
    if place.numeral.chinese or "以" in place.before[-3:] or "述" in place.before[-3:] or place.before[-1:] == "这":
        pointing = words.pointing.search(place.before)
        if pointing and (pointing[0][0] not in "从围抓做" or prose.plain.startswith("方面", tail.after)):
            return True
    if words.structure.match(prose.plain, tail.after) is None:
        return False
    start, end = prose.sentence(place.numeral.start)
    return words.structure_words.search(prose.plain, start, min(end, start + 400)) is not None


def _is_planned(place: _Place) -> bool:
    words, prose, numeral = _words(), place.prose, place.numeral
    start, _ = prose.sentence(numeral.start)
    start = max(start, numeral.start - _PLAN_REACH)
    if words.plan.search(prose.plain, start, numeral.start):
        return True
    percent = is_measure(place.tail.unit)
    if not (percent or place.lower_bound):
        return False
    clause = prose.clause_start(numeral.start)
    if words.promise.search(prose.plain, clause, numeral.start):
        return True
    if not place.lower_bound:
        return False
    if words.lower_promise.search(prose.plain, clause, numeral.start):
        return True
    return words.headings.search(prose.plain, max(0, numeral.start - _HEADING_REACH), numeral.start) is not None
