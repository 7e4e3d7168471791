"""Which sources are due: weekly while reports come out, monthly otherwise, by the days of Beijing."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.due import due_sources


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "now", "is_due"),
    [
        # Weekly from January to April.
        ("2026-01-05T18:00", "2026-01-11T18:00", False),
        ("2026-01-05T18:00", "2026-01-12T18:00", True),
        ("2026-04-20T18:00", "2026-04-26T18:00", False),
        ("2026-04-20T18:00", "2026-04-27T18:00", True),
        # Monthly in the rest of the year.
        ("2026-05-03T18:00", "2026-05-30T18:00", False),
        ("2026-05-03T18:00", "2026-05-31T18:00", True),
        ("2026-12-01T18:00", "2026-12-28T18:00", False),
        # The season begins in Beijing eight hours before it does in UTC, and ends so.
        ("2025-12-20T02:00", "2025-12-31T15:59", False),
        ("2025-12-20T02:00", "2025-12-31T16:00", True),
        ("2026-04-20T02:00", "2026-04-30T15:59", True),
        ("2026-04-20T02:00", "2026-04-30T16:00", False),
        # A day is a day, whenever in it the crawl began: late last Monday, early this one.
        ("2026-02-02T15:00", "2026-02-08T16:30", True),
        ("2026-02-02T16:30", "2026-02-08T15:30", False),
    ],
)
def test_when_a_source_is_due(last, now, is_due):
    assert due_sources(["a"], {"a": at(last)}, at(now)) == (["a"] if is_due else [])


def test_one_never_crawled_is_due_and_the_order_stays():
    now = at("2026-06-01T18:00")
    last = {"b": now - timedelta(days=1), "c": now - timedelta(days=99), "gone": now - timedelta(days=999)}
    assert due_sources(["d", "c", "b", "a"], last, now) == ["d", "c", "a"]
    assert due_sources([], last, now) == []
