"""Dates and periods as reports print them: text in, ISO dates out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from parsers.lookups import tidy
from parsers.values import read_chinese_number

__all__ = ["Period", "read_date", "read_period", "read_periods", "read_year"]

Period = tuple[date, date]

# 二O一九, with a letter or a figure for the zero, is as common as 二〇一九.
_CHINESE_PART = re.compile(r"[一二三四五六七八九十][一二三四五六七八九十〇零○Oo0]{0,3}(?=[年月日])")
_ZERO = str.maketrans("○Oo0", "〇〇〇〇")
_APART = re.compile(r"(?<=\d\d)\s+(?=\d)|(?<=\d)\s+(?=\d\d|\d[:：])")
_DAY = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?:年(\d{1,2})月(\d{1,2})(?!\d)|([./-])(\d{1,2})\4(\d{2}|\d(?!\d))|(\d\d)(\d\d)(?!\d))"
)
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_TIME = r"(?:\d{1,2}时|零时|\d{1,2}:\d\d(?::\d\d)?)?"
_SPAN = r"(?:至|到|[-—–―~～∼‐])+(?:同年|当年|本年)?"
_TO = r"(?:日)?" + _TIME + r"(?:\([^()]{1,4}\))?(?:起|开始|始)?[,，]?" + _SPAN
_DAYS = re.compile(
    r"((?:19|20)\d\d)[年./-](\d{1,2})[月./-](\d{1,2})" + _TO + r"(?:((?:19|20)\d\d)[年./-])?(\d{1,2})[月./-](\d{1,2})"
)
_MONTHS = re.compile(r"((?:19|20)\d\d)年(\d{1,2})(?:月份?)?" + _SPAN + r"(?:((?:19|20)\d\d)年)?(\d{1,2})月(?!\d)")
# Extraction has dropped the words between the digits: 201711日至20171231日.
_BARE = re.compile(r"((?:19|20)\d\d)0?10?1日?(?:至|到|[-—–~～])+((?:19|20)\d\d)1231日?")


def _in_digits(text: str) -> str:
    """二〇二〇年元月一日, 2020年1月1号 -> 2020年1月1日."""

    def digits(found: re.Match[str]) -> str:
        number = read_chinese_number(found.group().translate(_ZERO))
        return found.group() if number is None else str(number)

    text = re.sub(r"(?<=[12])[Oo](?=\d\d)|(?<=\d\d)[Oo](?=\d)", "0", text)
    return re.sub(r"(?<=\d)号", "日", _CHINESE_PART.sub(digits, text.replace("元月", "1月")))


def read_date(text: str) -> str | None:
    """The first day in a text, as an ISO date.

    >>> read_date("发布时间：[2021年1月25日]"), read_date("20210127"), read_date("2021-13-01")
    ('2021-01-25', '2021-01-27', None)
    """
    for found in _DAY.finditer(_in_digits(tidy(_APART.sub("|", text)))):
        month, day = (found[2] or found[5] or found[7]), (found[3] or found[6] or found[8])
        if made := _day(found[1], month, day):
            return made.isoformat()
    return None


def read_year(text: str) -> int | None:
    """The first year in a text, in digits or Chinese numerals.

    >>> read_year("云溪县二○一九年年报"), read_year("第1234号")
    (2019, None)
    """
    found = _YEAR.search(_in_digits(tidy(text)))
    return int(found[1]) if found else None


def read_period(text: str) -> Period | None:
    """The first stated period in a text.

    >>> read_period("统计期限自2024年1月1日至12月31日止")
    (datetime.date(2024, 1, 1), datetime.date(2024, 12, 31))
    """
    return next((period for period, _ in read_periods(text)), None)


def read_periods(text: str) -> Iterator[tuple[Period, str]]:
    """Every period in a text, each with the words before it."""
    plain = _in_digits(tidy(text))
    for pattern, made in ((_DAYS, _of_days), (_MONTHS, _of_months), (_BARE, _of_years)):
        for found in pattern.finditer(plain):
            if period := made(found):
                yield period, plain[: found.start()]


def _of_days(found: re.Match[str]) -> Period | None:
    start = _day(found[1], found[2], found[3])
    end = _day(found[4] or found[1], found[5], found[6])
    return (start, end) if start and end and start < end else None


def _of_months(found: re.Match[str]) -> Period | None:
    start = _day(found[1], found[2], "1")
    last = _day(found[3] or found[1], found[4], "28")
    if start is None or last is None or start >= last:
        return None
    following = (last + timedelta(days=4)).replace(day=1)
    return start, following - timedelta(days=1)


def _of_years(found: re.Match[str]) -> Period:
    return date(int(found[1]), 1, 1), date(int(found[2]), 12, 31)


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
