"""Linked facts in, what prose claims of all of them without a number out: 行政复议7件，诉讼9件，均获维持."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from parsers.forms import load_words
from parsers.models import CellKey, Fact
from parsers.narrative.clauses import plain_words
from parsers.narrative.wordings import Cells, wordings

__all__ = ["Claim", "read_claims"]

_GAP = 14  # characters between the last number and the claim
_NUMBER = re.compile(r"\s*[\d一二两三四五六七八九十百]")


class Claim(NamedTuple):
    """`facts` count cases or requests that all came out alike: `cells` would then sum up to `totals`."""

    facts: tuple[Fact, ...]
    cells: Cells
    totals: Cells


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(words) for name, words in load_words("links")["claims"].items()}


def read_claims(facts: Sequence[Fact]) -> Iterator[Claim]:
    """The claims of a report, in order."""
    for _, group in groupby(facts, key=lambda f: (f.section_ordinal, f.text_start)):
        members = list(group)
        if not any(f.indicator for f in members):
            continue
        words = plain_words(members[0].text)
        ends = [f.end - f.text_start for f in members]
        for name, pattern in _patterns().items():
            for found in pattern.finditer(words):
                if _NUMBER.match(words, found.end()):
                    continue  # 均获维持3件 is a fact
                if claim := _claim(name, words, found.start(), members, ends):
                    yield claim


def _claim(name: str, words: str, place: int, members: Sequence[Fact], ends: Sequence[int]) -> Claim | None:
    """What a claim at a place is of: the counts before it up to the last ； whose wording it fits."""
    covered: list[Fact] = []
    last = place
    for fact, end in reversed(list(zip(members, ends, strict=True))):
        if end > place:
            continue
        between = words[end:last]
        if any(c in between for c in ";。") or (last == place and len(between) > _GAP):
            break
        last = end
        if fact.parent is not None and fact.indicator is None:
            break
        if (
            fact.value
            and fact.polarity is None
            and not fact.approx
            and fact.indicator
            and _fits(name, fact.indicator.cells)
        ):
            covered.append(fact)
        else:
            break
    if not covered:
        return None
    covered.reverse()
    totals = tuple(cell for fact in covered if fact.indicator for cell in fact.indicator.cells)
    return Claim(tuple(covered), _outcome(name, totals), totals)


def _fits(name: str, cells: Sequence[CellKey]) -> bool:
    if name == "upheld":
        return all(t == "review_litigation" and c == "total" for t, _, c in cells) or all(
            t == "statistics" and r in ("review.total", "litigation.total") for t, r, _ in cells
        )
    return len(cells) == 1 and cells[0][1] in ("received_new", "outcome_total", "requests.total", "replies.total")


def _outcome(name: str, totals: Cells) -> Cells:
    statistics = totals[0][0] == "statistics"
    if name == "upheld":
        if statistics:
            return tuple((t, r.replace(".total", ".upheld"), c) for t, r, c in totals)
        return tuple((t, r, "upheld") for t, r, _ in totals)
    return wordings()["granted"].cells["2014" if statistics else "2021"]
