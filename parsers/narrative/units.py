"""What stands behind a number: half-width prose and a place in, unit and approximation out."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from parsers.forms import load_words
from parsers.narrative.numbers import Numeral

__all__ = ["Tail", "is_measure", "is_money", "is_time", "read_tail"]

_AROUND = {"余": "over", "多": "over", "来": "about", "以上": "over", "之上": "over", "左右": "about", "上下": "about"}


class Tail(NamedTuple):
    """The unit from `start` to `end` (equal where none is printed), what follows up to `after`."""

    start: int
    end: int
    after: int
    unit: str
    approx: str | None
    below: bool


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    words = load_words("units")
    units = set(words["counting"]) | set(words["time"]) | set(words["measures"]) | set(words["money"])
    barred = words["not_before"]
    guarded = [
        re.escape(unit) + (f"(?!{barred[unit]})" if unit in barred else "")
        for unit in sorted(units, key=lambda u: (-len(u), u))
    ]
    return re.compile(
        rf" {{0,2}}(?P<some>[余多来](?![次份]性))? {{0,2}}(?P<unit>{'|'.join(guarded)})?"
        r"(?: ?(?P<round>以上|之上|左右|上下|以下|以内|之内|之下|内(?![容部外])))?"
    )


@lru_cache(maxsize=1)
def _figures_only() -> frozenset[str]:
    return frozenset(load_words("units")["figures_only"])


@lru_cache(maxsize=1)
def _time() -> frozenset[str]:
    return frozenset(load_words("units")["time"])


def is_time(unit: str) -> bool:
    return unit in _time()


def is_money(unit: str) -> bool:
    return unit.endswith("元") or unit == "人民币"


def is_measure(unit: str) -> bool:
    """Percent, times, points: no count of things."""
    return unit in ("%", "‰", "‱", "倍", "个百分点", "百分点", "％")


def read_tail(plain: str, numeral: Numeral) -> Tail:
    """The unit behind a numeral and the words of approximation around it.

    >>> from parsers.narrative.numbers import read_numeral
    >>> read_tail("60余人次以上", read_numeral("60余人次以上"))[3:]
    ('人次', 'over', False)
    """
    end = numeral.end
    found = _pattern().match(plain, end)
    assert found is not None
    some, unit, round_ = found["some"], found["unit"] or "", found["round"] or ""
    behind = found.end()
    if round_ == "内" and unit and not is_time(unit):  # 8个内设机构 is no bound
        round_, behind = "", found.end("unit")
    if numeral.unit:
        after = behind if round_ and not unit else end
        return Tail(end, end, after, numeral.unit, _AROUND.get(round_), round_[-1:] in ("下", "内"))
    if numeral.chinese and unit in _figures_only() and not (some or numeral.value >= 20):
        unit = ""
    approx = _AROUND.get(round_) or _AROUND.get(some or "")
    if not unit:
        return Tail(end, end, behind if approx else end, "", approx, False)
    return Tail(found.start("unit"), found.end("unit"), behind, unit, approx, round_[-1:] in ("下", "内"))
