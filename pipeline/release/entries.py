"""What a reader typed into an audit sheet in, what it means out, and whether a published cell says the same."""

import math
import re
from decimal import Decimal
from typing import NamedTuple

from parsers.lookups import tidy
from parsers.values import read_value
from pipeline.panel import YUAN

__all__ = ["Entry", "agrees", "are_alike", "read_entry"]

_WORDS = {
    "blank": ("空", "空白", "空格", "留空", "blank", "empty"),
    "not_applicable": ("不适用", "n/a", "na"),
    "unreadable": ("看不清", "无法识读", "不清", "?", "unreadable", "illegible"),
    "not_published": (
        "没有",
        "缺",
        "缺失",
        "未公布",
        "未公开",
        "没有此项",
        "无此项",
        "absent",
        "not published",
        "not_published",
    ),
    "conflicting": ("不一致", "前后不一", "矛盾", "conflicting"),
}
_KINDS = {word: kind for kind, words in _WORDS.items() for word in words}
_SUM = re.compile(r"[^+]+(?:\+[^+]+)+")
_EXACT = 1e-9


class Entry(NamedTuple):
    """A number with the unit that was typed, or the kind of what is no number."""

    kind: str
    number: Decimal | None = None
    unit: str | None = None


def read_entry(text: str) -> Entry | None:
    """What was typed; None for nothing. Digits may be Chinese or full-width, a sum may be written with +.

    >>> read_entry("３３８件")
    Entry(kind='number', number=Decimal('338'), unit='件')
    >>> read_entry("空").kind, read_entry("/").kind, read_entry(" ")
    ('blank', 'not_applicable', None)
    >>> read_entry("三百三十八").number, read_entry("9+1+0").number, read_entry("1830.45万元").unit
    (Decimal('338'), Decimal('10'), '万元')
    """
    plain = tidy(text)
    if not plain:
        return None
    if kind := _KINDS.get(plain.lower()):
        return Entry(kind)
    if _SUM.fullmatch(plain):
        parts = [read_entry(part) for part in plain.split("+")]
        numbers = [part.number for part in parts if part and part.number is not None]
        if len(numbers) == len(parts):
            units = {part.unit for part in parts if part}
            return Entry("number", sum(numbers, Decimal(0)), units.pop() if len(units) == 1 else None)
    value = read_value(plain)
    if value.kind != "number" or value.number is None:
        return Entry(value.kind)
    return Entry("number", Decimal(str(value.number)), value.unit)


def are_alike(one: Entry, other: Entry) -> bool:
    """Whether two readers saw the same: a unit that only one of them typed is no difference.

    >>> are_alike(read_entry("338"), read_entry("338件")), are_alike(read_entry("1万元"), read_entry("10000元"))
    (True, True)
    """
    if one.number is None or other.number is None or None in (one.unit, other.unit):
        return (one.kind, one.number) == (other.kind, other.number)
    return one.number * YUAN.get(one.unit or "", 1) == other.number * YUAN.get(other.unit or "", 1)


def agrees(entry: Entry, value: float | None, missing: str | None, indicator: str, printed_unit: str | None) -> bool:
    """Whether a published value, or the reason why there is none, is what the reader saw.

    An amount of money is typed with its unit; typed without one, it is taken in the unit that was read.
    """
    if value is None and missing != "unit_unknown":
        return entry.kind == missing
    if entry.number is None:
        return False
    if not indicator.endswith("_yuan"):
        return value is not None and math.isclose(float(entry.number), value, rel_tol=_EXACT)
    factor = YUAN.get(entry.unit or printed_unit or "")
    if value is None:
        return factor is None
    return factor is not None and math.isclose(float(entry.number * factor), value, rel_tol=_EXACT, abs_tol=0.005)
