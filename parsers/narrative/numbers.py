"""Numerals of Chinese prose: half-width text in, numerals with their values out.

Figures with separators, decimals and 万 or 亿, Chinese numerals, 百分之, 成, ranges. Which of
them count something is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Numeral", "narrow", "read_chinese", "read_numeral", "read_numerals"]

_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "两": 2, "兩": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_WHOLE = {"百分之": "%", "千分之": "‰", "万分之": "‱"}
_LONGEST = 15  # digits; what is longer is a code, and exact no more as a float
_FIGURES = r"\d{1,3}(?:,\d{3}){1,5}(?![\d,])|\d{1,3}(?:[ \xa0\u2009\u202f]\d{3}){1,3}(?!\d)|\d+"
_CHINESE = "〇零○一二两兩三四五六七八九十百千万萬亿億廿卅"
_NUMERAL = re.compile(
    r"(?P<share>[百千万]分之)(?P<part>\d+(?:\.\d+)?|[〇零一二两三四五六七八九十百]+(?:点[〇零一二三四五六七八九]+)?)"
    rf"|(?P<figures>(?:{_FIGURES})(?:\.\d+)?)(?P<scale>(?: ?[余多]?[百千]?[万萬亿億]亿?|[百千](?![万萬亿億]))?)"
    # A single 一 or 二 is mostly part of a word: only what may stand before a unit is looked at.
    rf"|(?P<chinese>[{_CHINESE}]{{1,20}}(?:点[〇零一二三四五六七八九]+)?(?:[余多几][万萬亿億百千])?)(?![是要、，,。是旦线步体把届中些切系直样般定律时度半月日年])"
)
_START = re.compile(f"[0-9{_CHINESE}]")  # every numeral begins with one: a quick search before the slow one
_RANGE = re.compile(r"(?:[^\s,;。、增减升降高低短少加长到至\d]{1,2})?(?:至|到|[-—–－~～∼]{1,2})")
_WIDE = {ord("０") + i: str(i) for i in range(10)} | {
    ord(wide): narrow_
    for wide, narrow_ in zip("．，：；（）！？％﹪＋－／　\xa0＂﹝﹞［］", '.,:;()!?%%+-/  "〔〕[]', strict=True)
}
_COMMON = tuple(zip("，；：（）％　\xa0", ",;:()%  ", strict=True))
_RARE = re.compile("[" + "".join(re.escape(chr(c)) for c in _WIDE if chr(c) not in dict(_COMMON)) + "]")


class Numeral(NamedTuple):
    """A numeral where it stands. `unit` is set where the numeral holds it (百分之, 成).

    `high` is the upper bound of a range, `over` says that 余 or 多 stands inside,
    `bare` that a lone 百, 千 or 万 stands for 100, 1000, 10000.
    """

    start: int
    end: int
    value: float
    high: float | None = None
    unit: str | None = None
    over: bool = False
    chinese: bool = False
    bare: bool = False


def narrow(text: str) -> str:
    """The text with full-width figures and signs made half-width, character by character.

    >>> narrow("１，９６０人次（９８．５％）")
    '1,960人次(98.5%)'
    """
    # Replacing the few common marks is many times faster than a translation of Chinese text.
    for wide, plain in _COMMON:
        text = text.replace(wide, plain)
    return text.translate(_WIDE) if _RARE.search(text) else text


def read_chinese(text: str) -> float | None:
    """The value of a numeral in Chinese characters; None if it is none.

    >>> [read_chinese(t) for t in ("二百一十", "廿三", "两", "一千零八十六", "九十一点二", "二〇一九", "十十")]
    [210.0, 23.0, 2.0, 1086.0, 91.2, 2019.0, None]
    """
    whole, _, decimals = text.partition("点")
    whole = whole.replace("廿", "二十").replace("卅", "三十")
    if len(whole) > 1 and all(c in _DIGITS for c in whole):
        value: float | None = float("".join(str(_DIGITS[c]) for c in whole[:_LONGEST]))
    else:
        value = _by_places(whole)
    if value is None or not decimals:
        return value
    return float(f"{value:.0f}." + "".join(str(_DIGITS[c]) for c in decimals[:_LONGEST]))


def _by_places(text: str) -> float | None:
    """二百一十 -> 210: every digit is followed by a place smaller than the one before."""
    if len(text) > _LONGEST:
        return None
    total = section = 0
    digit: int | None = None
    place = 10**4
    for c in text:
        if c in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[c]
        elif c in _TENS:
            if _TENS[c] >= place:
                return None
            place = _TENS[c]
            section += (1 if digit is None else digit) * place
            digit = None
        else:
            section += digit or 0
            total = (total + (section or 1)) * _MYRIADS[c] if _MYRIADS[c] > 10**4 else total + (section or 1) * 10**4
            section, digit, place = 0, None, 10**4
    return float(total + section + (digit or 0))


def _scale(text: str) -> float:
    """The factor of 万, 百万, 余万, 亿 behind figures."""
    factor = 1.0
    for c in text:
        factor *= _TENS.get(c, 1) * _MYRIADS.get(c, 1)
    return factor


def _scaled(figures: str, factor: float) -> float:
    """1.2 x 10000 without a rounding error of the last digit."""
    plain = figures if figures.isdecimal() else re.sub(r"[, \xa0\u2009\u202f]", "", figures)
    return float(plain) if factor == 1.0 else round(float(plain) * factor, 4)


def _figures(found: re.Match[str]) -> Numeral | None:
    figures, scale, end = found["figures"], found["scale"], found.end()
    if len(figures) > _LONGEST + 5:
        return None
    follow = found.string[end : end + 2]
    if scale and (follow[:1] == "元" or follow == "美元"):
        # 1200万元: the scale belongs to the unit of money.
        end, scale = found.end("figures"), ""
    over = "余" in scale or "多" in scale
    return Numeral(found.start(), end, _scaled(figures, _scale(scale)), over=over)


def _chinese(found: re.Match[str]) -> Numeral | None:
    text, end = found["chinese"], found.end()
    follow = found.string[end : end + 2]
    if text[-1] in _MYRIADS and len(text) > 1 and (follow[:1] == "元" or follow == "美元"):
        text, end = text[:-1], end - 1
        if text[-1] in "余多":
            text, end = text[:-1], end - 1
    over = any(c in "余多几" for c in text)
    plain = re.sub("[余多几]", "", text)
    low, high = (_DIGITS.get(plain[0], 0), _DIGITS.get(plain[1], 0)) if len(plain) == 2 else (0, 0)
    if 0 < low < high <= low + 2:  # 三四次, 三五件
        return Numeral(found.start(), end, float(low), float(high), chinese=True)
    value = read_chinese(plain)
    if value is None:
        return None
    bare = plain in ("百", "千", "万", "亿", "百万", "千万")
    return Numeral(found.start(), end, value, over=over, chinese=True, bare=bare)


def _single(found: re.Match[str]) -> Numeral | None:
    if share := found["share"]:
        part = found["part"]
        value = float(part) if part[0].isdigit() and part.isascii() else read_chinese(part)
        return None if value is None else Numeral(found.start(), found.end(), value, unit=_WHOLE[share], chinese=True)
    if found["figures"]:
        return _figures(found)
    return _chinese(found)


def _tenths(text: str, one: Numeral) -> Numeral:
    """六成 is 60 %."""
    if text.startswith("成", one.end) and one.value <= 10 and text[one.end + 1 : one.end + 2] not in _NOT_TENTHS:
        return one._replace(end=one.end + 1, value=round(one.value * 10, 4), unit="%")
    return one


_NOT_TENTHS = frozenset("果立为员效本绩都就熟分功套品因交型份")


def read_numerals(text: str) -> Iterator[Numeral]:
    """Every numeral of half-width text in order, ranges joined.

    >>> [(n.value, n.high, n.unit) for n in read_numerals("3至5件, 100余万次, 六成, 百分之八十五, 1 046条")]
    [(3.0, 5.0, None), (1000000.0, None, None), (60.0, None, '%'), (85.0, None, '%'), (1046.0, None, None)]
    """
    held: Numeral | None = None
    place = 0
    while start := _START.search(text, place):
        found = _NUMERAL.match(text, start.start())
        if found is None:
            place = start.end()
            continue
        place = found.end()
        one = _single(found)
        if one is None:
            continue
        one = _tenths(text, one)
        if held is not None:
            if joined := _joined(text, held, one):
                held = joined
                continue
            yield held
        held = one
    if held is not None:
        yield held


def _joined(text: str, low: Numeral, high: Numeral) -> Numeral | None:
    """3至5, 4—6, 5%-10%, 3件至5件 as one numeral with two bounds."""
    if high.start - low.end > 4 or low.value >= high.value or low.high is not None:
        return None
    between = _RANGE.fullmatch(text, low.end, high.start)
    is_code = text[low.start] == "0" and text[low.start + 1 : low.start + 2].isdigit()
    if between is None or is_code or not _same_unit(text, low, high):
        return None
    return low._replace(end=high.end, high=high.value, unit=high.unit)


def _same_unit(text: str, low: Numeral, high: Numeral) -> bool:
    """3件至5件, but not 结转7宗至2020年."""
    unit = text[low.end : high.start].rstrip("至到—-–－~～∼")
    return not unit or text.startswith(unit, high.end)


def read_numeral(text: str) -> Numeral | None:
    """The numeral that a text begins with.

    >>> read_numeral("二十三件").value
    23.0
    """
    first = next(read_numerals(text), None)
    return first if first is not None and first.start == 0 else None
