"""What one cell says: its text in, a `Value` out.

A number, a blank, a mark for "not applicable" and an unreadable cell stay apart; no zero is
filled in and nothing is scaled.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from parsers.lookups import tidy
from parsers.models import Value

__all__ = ["clean_raw", "header_unit", "is_unit", "looks_like_value", "read_chinese_number", "read_value"]

BLANK = Value("blank")
NOT_APPLICABLE = Value("not_applicable")
UNREADABLE = Value("unreadable")

# 无 is what organs write where the form has nothing to count; it is not a printed zero.
_NOT_APPLICABLE = re.compile(r"[/\\\-—–―─‐‑−_~～·.…*×xX]+|无|暂无|不适用|不涉及|未涉及|N/?A|NA|n/?a|不详")
_MASKED = re.compile(r"\*{2,}|[xX×]{3,}|\.{3,}|…+")
_MONEY_UNIT = r"亿元|千万元|百万元|十万元|万元|千元|元|人民币元"
_COUNT_UNIT = r"人次|条次|篇次|场次|件次|次数|[条件项个次人篇份户期家场件宗起例部册名类种批张页]"
_UNIT = re.compile(f"(?:{_MONEY_UNIT}|{_COUNT_UNIT})")
_HEADER_UNIT = re.compile(
    rf"单位[:为]?(?:人民币)?({_MONEY_UNIT}|{_COUNT_UNIT})|[(](?:人民币)?({_MONEY_UNIT}|{_COUNT_UNIT})[)]|/({_MONEY_UNIT})$"
)
_ITEMS = re.compile(r"(?<![文事案])件数")
_CHINESE_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "○": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9,
}  # fmt: skip
_CHINESE_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_DROPS_UNIT = ("百", "佰", "千", "仟", "万", "亿")
_CHINESE = "".join([*_CHINESE_DIGITS, *_CHINESE_UNITS]) + "廿卅万亿"
_NUMBER = re.compile(
    rf"""
    (?P<about>约|近|超过?|逾|大约|共计?|合计|总计)?
    (?P<currency>[¥￥]|人民币)?
    [(]?(?P<sign>\+|-|−|–|—|增加了?|新增|增长|增|减少了?|减|下降|↑|↓|▲|▼|上升)?[)]?[:：]?
    (?P<digits>\d{{1,3}}(?:[,，'’]\d{{3}})+(?:\.\d+)?|\d{{1,15}}(?:\.\d{{1,6}})?|[{_CHINESE}]{{1,15}})
    (?P<more>余|多)?
    (?P<scale>万|亿)?
    (?P<more2>余|多)?
    [(]?(?P<unit>{_MONEY_UNIT}|{_COUNT_UNIT})?[)]?
    (?P<after>以上|左右|整)?
    [。.;；,，、]?
    """,
    re.VERBOSE,
)
_SPACED_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?: \d{3})+(?:\.\d+)?(?: ?[^\d\s]+)?")
_WRAPPED = re.compile(r"(\d{2,})(?:\n\d+)+")
_BRACKETS = re.compile(r"[()]")
_FOOTNOTE = re.compile(
    r"(?:[\u00b9\u00b2\u00b3\u2070\u2074-\u2079\u2460-\u2473*＊※#]+|[\[［【]注?[\d\u00b9\u00b2\u00b3\u2070\u2074-\u2079]{1,3}[\]］】]|[（(]?注[）)]?)$"
)
_RAISED = re.compile(r"[\u00b9\u00b2\u00b3\u2070\u2074-\u2079\u2460-\u2473]")
_ANNOTATION = re.compile(r"[（(][^()（）]*[）)]$")
_SPACE = re.compile(r"[\s\u00a0\u3000\u200b-\u200f\u2060\ufeff]+")
_ZERO_WIDTH = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_DOWN = {"-", "−", "–", "—", "减少", "减少了", "减", "下降", "↓", "▼"}
_LONGEST = 60
_PLAIN = re.compile(r"\d{1,15}")


def clean_raw(text: str) -> str:
    """The printed characters of a cell, without the blanks around and between them.

    >>> clean_raw(" \\u00a0 ")
    ''
    """
    return text if not text or (text.isalnum() and text.isascii()) else _SPACE.sub(" ", text).strip()


def read_chinese_number(text: str) -> int | None:
    """Chinese numerals -> int; None when the text is none.

    What is said for about so many (二三十, 十二三) or drops its last unit (一百五) is none.

    >>> read_chinese_number("二百一十"), read_chinese_number("廿三"), read_chinese_number("二〇一九")
    (210, 23, 2019)
    >>> read_chinese_number("十件"), read_chinese_number("二三十"), read_chinese_number("一百五")
    (None, None, None)
    """
    if not text or text in _DROPS_UNIT:
        return None
    text = text.replace("廿", "二十").replace("卅", "三十")
    if all(c in _CHINESE_DIGITS for c in text):
        return int("".join(str(_CHINESE_DIGITS[c]) for c in text))
    total = section = digit = 0
    for char in text:
        if char in _CHINESE_DIGITS:
            if digit:
                return None
            digit = _CHINESE_DIGITS[char]
        elif char in _CHINESE_UNITS:
            section += (digit or 1) * _CHINESE_UNITS[char]
            digit = 0
        elif char in "万亿":
            total = (total + section + digit) * (10_000 if char == "万" else 100_000_000)
            section = digit = 0
        else:
            return None
    if digit and text[-2:-1] in _DROPS_UNIT:
        return None
    return total + section + digit


def _as_number(digits: Decimal) -> int | float:
    return int(digits) if digits == digits.to_integral_value() else float(digits)


@lru_cache(maxsize=8192)
def read_value(text: str) -> Value:
    """The text of one cell -> Value, in the printed unit.

    >>> read_value("增30"), read_value("减3")
    (Value(kind='number', number=30, unit=None, flags=()), Value(kind='number', number=-3, unit=None, flags=()))
    >>> read_value("6566.23万元").unit, read_value("１，２３４").number, read_value("3.0").number
    ('万元', 1234, 3)
    >>> read_value("—").kind, read_value("\\u00a0").kind, read_value("见附件").kind
    ('not_applicable', 'blank', 'unreadable')
    """
    if _PLAIN.fullmatch(text) and text.isascii():
        return Value("number", int(text))
    if "\u202e" in text:
        return UNREADABLE  # shown from right to left
    text = _ZERO_WIDTH.sub("", text)
    raw = clean_raw(text)
    if not raw:
        return BLANK
    if len(raw) > _LONGEST:
        return UNREADABLE
    flags: list[str] = []
    body = raw
    if (mark := _FOOTNOTE.search(body)) and body[: mark.start()].rstrip()[-1:].isalnum():
        body = body[: mark.start()].rstrip()
    if _RAISED.search(body):
        return UNREADABLE  # a mark inside a number, or a number that is one
    if _SPACED_THOUSANDS.fullmatch(_tidy_keeping_space(body)):
        body = tidy(body)
    elif re.search(r"[\d.]\s+[\d.]", body):
        # Digits pulled apart by layout cannot be told from two numbers in one cell.
        parts = _tidy_keeping_space(body).split(" ")
        if not _is_one_number(text, parts):
            return UNREADABLE
        body = "".join(parts)
        flags.append("joined_digits")
    body = tidy(body)
    if _MASKED.fullmatch(body) and body not in ("…", "……"):
        return UNREADABLE
    if _NOT_APPLICABLE.fullmatch(body):
        return NOT_APPLICABLE
    if _UNIT.fullmatch(body):
        return Value("blank", unit=body)
    body = body.removeprefix("'").removeprefix("‘").removeprefix("=")
    if body in ("持平", "无变化", "不变", "无增减", "未增减"):
        return Value("number", 0, flags=("stated_in_words",))
    found = _NUMBER.fullmatch(body)
    if found and not _has_sound_brackets(body, found):
        found = None
    if not found and (note := _ANNOTATION.search(body)) and note.start() > 0:
        found = _NUMBER.fullmatch(body[: note.start()])
        flags.append("annotated")
    if not found:
        return UNREADABLE
    return _number(found, flags)


def _has_sound_brackets(body: str, found: re.Match[str]) -> bool:
    """Brackets belong around a sign or a unit, in pairs; (3) may be anything."""
    bracketed = (part for part in (found["sign"], found["unit"]) if part)
    return not _BRACKETS.search(body) or any(f"({part})" in body for part in bracketed)


def _is_one_number(text: str, parts: list[str]) -> bool:
    """Whether pieces of digits can be one number: letter-spaced, or wrapped in a narrow cell."""
    if "\n" not in text and all(len(part) == 1 and (part.isdecimal() or part == ".") for part in parts):
        return True
    lines = text.strip().split("\n")
    wrapped = _WRAPPED.fullmatch("\n".join(line.strip() for line in lines))
    return wrapped is not None and all(len(p) == len(parts[0]) >= len(parts[-1]) for p in parts[:-1])


def _tidy_keeping_space(text: str) -> str:
    """Full-width digits made plain, runs of blanks made one space."""
    return " ".join(tidy(part) for part in _SPACE.split(text) if part)


def _number(found: re.Match[str], flags: list[str]) -> Value:
    digits = found["digits"]
    if digits[0] in _CHINESE:
        if len(digits) > 1 and all(c in _CHINESE_DIGITS for c in digits):
            return UNREADABLE  # 三五件 is about so many, and no count is spelled 二五
        chinese = read_chinese_number(digits)
        if chinese is None:
            return UNREADABLE
        number = Decimal(chinese)
    else:
        number = Decimal(re.sub(r"[,，'’]", "", digits))
    unit, scale = found["unit"], found["scale"]
    if digits[-1] in "万亿" and unit in ("元", "人民币元"):
        digits, scale = digits[:-1], digits[-1]
        number = Decimal(read_chinese_number(digits) or 0)
    if scale and unit in ("元", "人民币元"):
        unit, scale = f"{scale}元", None
    if scale:
        number *= 10_000 if scale == "万" else 100_000_000
        if unit is None:
            flags.append("scaled")
    if found["sign"] in _DOWN:
        number = -number
    if found["currency"] and not unit:
        unit = "元"
    if (
        found["about"] in ("约", "近", "超", "超过", "逾", "大约")
        or found["more"]
        or found["more2"]
        or (found["after"] in ("以上", "左右"))
    ):
        flags.append("approximate")
    if _is_dash_like(found):
        flags.append("dash_or_numeral")
    return Value("number", _as_number(number), unit, tuple(flags))


def _is_dash_like(found: re.Match[str]) -> bool:
    """Whether 一 or a long dash may be meant as the other: both are typed for each other."""
    return found.group() == "一" or found["sign"] == "—"


@lru_cache(maxsize=8192)
def looks_like_value(text: str) -> bool:
    """Whether a cell holds a number or a mark rather than words."""
    return read_value(text).kind in ("number", "not_applicable")


@lru_cache(maxsize=4096)
def is_unit(text: str) -> bool:
    """Whether a cell holds nothing but a unit, as the unit column of the statistical table.

    >>> is_unit(" 人次 "), is_unit("3件")
    (True, False)
    """
    return bool(_UNIT.fullmatch(tidy(text)))


@lru_cache(maxsize=4096)
def header_unit(text: str) -> str | None:
    """The unit that a heading states.

    >>> header_unit("本年收费金额（单位：万元）"), header_unit("现行有效件数"), header_unit("总计")
    ('万元', '件', None)
    """
    text = tidy(text)
    if found := _HEADER_UNIT.search(text):
        return found[1] or found[2] or found[3]
    return "件" if _ITEMS.search(text) else None
