"""Which sources are due for a crawl: weekly while the reports come out, monthly otherwise."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

__all__ = ["BEIJING", "due_sources", "interval_days"]

BEIJING = ZoneInfo("Asia/Shanghai")
_LAST_MONTH_OF_THE_SEASON = 4  # the legal deadlines are 31 January and 31 March; many are late
_WEEK, _MONTH = 7, 28  # days; a month of four weeks, so that a source keeps its night of the week


def interval_days(day: date) -> int:
    """Days between two crawls of a source at that time of the year.

    >>> interval_days(date(2026, 4, 30)), interval_days(date(2026, 5, 1))
    (7, 28)
    """
    return _WEEK if day.month <= _LAST_MONTH_OF_THE_SEASON else _MONTH


def due_sources(names: Iterable[str], last_crawls: Mapping[str, datetime], now: datetime) -> list[str]:
    """Of the sources `names`, those whose last crawl (UTC) is long enough ago, or that have none."""
    today = now.astimezone(BEIJING).date()
    days = interval_days(today)
    return [
        name
        for name in names
        if (last := last_crawls.get(name)) is None or (today - last.astimezone(BEIJING).date()).days >= days
    ]
