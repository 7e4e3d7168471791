"""Facts in, the words around each number out: its clause and the sentence before it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from parsers.forms import load_aliases
from parsers.models import Fact
from parsers.narrative.numbers import narrow

__all__ = ["Clause", "clauses_of", "plain_words"]

_MARK = re.compile(r"[,。;:!?\n]")
_LONGEST_LEAD, _LONGEST_AFTER = 240, 40
_YEAR = re.compile(r"(?:^|(?<=[,。;:、( ]))[(]?(?:在|自)?((?:19|20)\d\d)年(?!\d{1,2}月)")


class Clause(NamedTuple):
    """`lead` is the sentence before the number, `since` what of it follows the number before, `before` and `after`
    its clause up to the next marks, `year` the last year that `lead` opens a clause with. Half-width and simplified."""

    lead: str
    since: str
    before: str
    after: str
    year: int | None


@lru_cache(maxsize=4096)
def plain_words(text: str) -> str:
    """Text half-width and in simplified characters, as long as it was.

    >>> plain_words("受理申請３件，")
    '受理申请3件,'
    """
    return _simplified(narrow(text))


def _simplified(text: str) -> str:
    return text.translate(load_aliases().characters) if _traditional().search(text) else text


@lru_cache(maxsize=1)
def _traditional() -> re.Pattern[str]:
    return re.compile("[" + "".join(map(chr, load_aliases().characters)) + "]")


def clauses_of(facts: Sequence[Fact]) -> list[Clause]:
    """The clause of every fact, in their order."""
    found: list[Clause] = []
    for _, group in groupby(facts, key=lambda f: (f.section_ordinal, f.text_start)):
        members = list(group)
        words = plain_words(members[0].text)
        years = [(year.start(), year.end(), int(year[1])) for year in _YEAR.finditer(words)]
        marks = [mark.start() for mark in _MARK.finditer(words)]
        last = 0
        for fact in members:
            place, end = fact.start - fact.text_start, fact.end - fact.text_start
            lead = max(0, place - _LONGEST_LEAD)
            year = next((stated for start, stop, stated in reversed(years) if start >= lead and stop <= place), None)
            mark = bisect_left(marks, place)
            start = max(lead, marks[mark - 1] + 1 if mark else 0)
            mark = bisect_left(marks, end, mark)
            stop = min(end + _LONGEST_AFTER, marks[mark] if mark < len(marks) else len(words))
            since = words[max(last, lead) : place]
            found.append(Clause(words[lead:place], since, words[start:place], words[end:stop], year))
            last = max(last, end)
    return found
