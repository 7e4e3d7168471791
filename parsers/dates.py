"""Dates and periods as reports print them: text in, ISO dates out."""

from __future__ import annotations

import re
from datetime import date

from parsers.lookups import tidy
from parsers.values import read_chinese_number

__all__ = ["Period", "read_date", "read_period", "read_year"]

Period = tuple[date, date]

_CHINESE_PART = re.compile(r"[一二三四五六七八九十〇零○]{1,4}(?=[年月日])")
_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:[年./-](\d{1,2})[月./-](\d{1,2})|(\d\d)(\d\d)(?!\d))")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_TIME = r"(?:\d{1,2}时|零时|\d{1,2}:\d\d(?::\d\d)?)?"
_TO = r"(?:日)?" + _TIME + r"(?:起|开始|始)?[,，]?(?:至|到|[-—–―~～])+"
_DAYS = re.compile(
    r"((?:19|20)\d\d)[年./-](\d{1,2})[月./-](\d{1,2})" + _TO + r"(?:((?:19|20)\d\d)[年./-])?(\d{1,2})[月./-](\d{1,2})"
)
_MONTHS = re.compile(r"((?:19|20)\d\d)年(\d{1,2})月份?(?:至|到|[-—–~～])+(?:((?:19|20)\d\d)年)?(\d{1,2})月(?!\d)")
# Extraction has dropped the words between the digits: 201711日至20171231日.
_BARE = re.compile(r"((?:19|20)\d\d)0?10?1日?(?:至|到|[-—–~～])+((?:19|20)\d\d)1231日?")


def _in_digits(text: str) -> str:
    """二〇二〇年一月一日 -> 2020年1月1日."""

    def digits(found: re.Match[str]) -> str:
        number = read_chinese_number(found.group().replace("○", "〇"))
        return found.group() if number is None else str(number)

    return _CHINESE_PART.sub(digits, text)


def read_date(text: str) -> str | None:
    """The first day in a text, as an ISO date.

    >>> read_date("发布时间：[2021年1月25日]"), read_date("20210127"), read_date("2021-13-01")
    ('2021-01-25', '2021-01-27', None)
    """
    for found in _DAY.finditer(_in_digits(tidy(text))):
        month, day = (found[2], found[3]) if found[2] else (found[4], found[5])
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
    plain = _in_digits(tidy(text))
    if found := _DAYS.search(plain):
        start = _day(found[1], found[2], found[3])
        end = _day(found[4] or found[1], found[5], found[6])
        if start and end and start < end:
            return start, end
    if found := _MONTHS.search(plain):
        start = _day(found[1], found[2], "1")
        month = _day(found[3] or found[1], found[4], "1")
        if start and month and start < month:
            return start, date(month.year, 12, 31) if month.month == 12 else date(month.year, month.month + 1, 1)
    if found := _BARE.search(plain):
        return date(int(found[1]), 1, 1), date(int(found[2]), 12, 31)
    return None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
