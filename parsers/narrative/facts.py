"""Every quantity that prose states: the text of a section in, facts out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from parsers.forms import load_words
from parsers.models import Fact
from parsers.narrative.absence import read_absences
from parsers.narrative.labels import label_quantities
from parsers.narrative.numbers import Numeral, read_numerals
from parsers.narrative.parents import link_quantities
from parsers.narrative.prose import DELIMITERS, Prose, Quantity, read_prose
from parsers.narrative.traps import is_trap
from parsers.narrative.units import Tail, read_tail

__all__ = ["read_facts"]

_BEFORE = re.compile(
    r"(?P<over>超过?了?|逾|突破|至少|不少于|不低于|不下|上(?=[百千万]))|(?P<about>大?约[为占]?)|(?P<nearly>将?近|接近)"
)
_LOWER = ("至少", "不少于", "不低于")
Sentences = dict[tuple[int, int], tuple[str, int]]
_MOST = 200_000  # characters read at once
_LONGEST_SIDE = 600  # characters of a sentence on either side of its number
_NEAR = 6
_LIST_GAP = 24  # characters between two members of a list that shares its unit
_COMMA_GAP = 12
_APART = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")
_WORD = re.compile(r"[一-龥□)]")


def read_facts(text: str, *, section: str = "", section_ordinal: int = 0, first: int = 0) -> tuple[Fact, ...]:
    """The quantities of one section, in the order of the text; `text` has a paragraph a line.

    The facts have no indicator yet; `id`, `parent` and `base` count from `first`, `text` is
    the sentence. What counts is laid down in `corpus/narratives/GUIDELINES.md`.

    >>> for fact in read_facts("全年收到申请130件，同比增长103%；予以公开五十余件，未收取费用。"):
    ...     print(fact.number_text, fact.value, fact.unit, fact.label, fact.parent)
    130 130.0 件 收到申请 None
    103 103.0 % 收到申请同比增长 0
    五十 50.0 件 予以公开 None
    未收取 0.0  费用 None
    """
    if len(text) <= _MOST:
        return _read(text, section, section_ordinal, first)
    facts: list[Fact] = []
    for start, end in _blocks(text):
        found = _read(text[start:end], section, section_ordinal, first + len(facts))
        facts += (_moved(fact, start) for fact in found)
    return tuple(facts)


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Pieces of a text no section is as long as, cut at the ends of lines or sentences where there are some."""
    start = 0
    while start < len(text):
        end = min(len(text), start + _MOST)
        if end < len(text):
            cut = max(text.rfind("\n", start, end), text.rfind("。", start, end))
            end = cut + 1 if cut > start + _MOST // 2 else end
        yield start, end
        start = end


def _moved(fact: Fact, places: int) -> Fact:
    """A fact of a piece as one of the whole."""
    start, end, text_start = (place + places for place in (fact.start, fact.end, fact.text_start))
    return replace(fact, start=start, end=end, text_start=text_start)


def _read(text: str, section: str, section_ordinal: int, first: int) -> tuple[Fact, ...]:
    prose = read_prose(text)
    quantities = sorted([*_counted(prose), *read_absences(prose)], key=lambda q: q.start)
    quantities = label_quantities(prose, quantities)
    link_quantities(prose, quantities)
    index = {id(q): i for i, q in enumerate(quantities, first)}
    sentences: Sentences = {}
    return tuple(_fact(prose, q, index, sentences, section, section_ordinal) for q in quantities)


def _sentence(prose: Prose, one: Quantity, read: Sentences) -> tuple[str, int]:
    """The sentence of a quantity and its start, one string for all its quantities; of an endless one what is near."""
    start, end = prose.sentence(one.start)
    if end - start > 2 * _LONGEST_SIDE:
        step = one.start // _LONGEST_SIDE * _LONGEST_SIDE
        start, end = max(start, step - _LONGEST_SIDE), min(end, step + 2 * _LONGEST_SIDE)
    if (start, end) not in read:
        text = prose.raw[start:end].lstrip()
        read[start, end] = text.rstrip(), end - len(text)
    return read[start, end]


def _fact(
    prose: Prose, one: Quantity, index: dict[int, int], sentences: Sentences, section: str, section_ordinal: int
) -> Fact:
    text, text_start = _sentence(prose, one, sentences)
    return Fact(
        id=index[id(one)],
        section=section,
        text=text,
        start=one.start,
        end=one.end,
        number_text=prose.raw[one.start : one.end],
        value=one.value,
        value_high=one.high,
        unit=one.unit,
        label=_APART.sub("", one.label),
        approx=one.approx,
        polarity="zero" if one.zero else None,
        parent=None if one.parent is None else index.get(id(one.parent)),
        base=None if one.base is None else index.get(id(one.base)),
        section_ordinal=section_ordinal,
        text_start=text_start,
    )


def _counted(prose: Prose) -> Iterator[Quantity]:
    """The quantities with a number, in order."""
    plain = prose.plain
    candidates: list[tuple[Numeral, Tail]] = []
    for numeral in read_numerals(plain):
        tail = read_tail(plain, numeral)
        if tail.unit or not numeral.chinese:
            candidates.append((numeral, tail))
    units = _shared_units(plain, candidates)
    for (numeral, tail), shared in zip(candidates, units, strict=True):
        if shared is None:
            continue
        before = _before(plain, numeral.start)
        approx, lower = before if before else (None, False)
        lower = lower or plain.startswith(("以上", "之上"), max(tail.end, tail.after - 2))
        if is_trap(prose, numeral, tail, lower):
            continue
        unit = prose.raw[tail.start : tail.end] if tail.end > tail.start else tail.unit or shared
        approx = "over" if numeral.over else tail.approx or approx
        yield Quantity(numeral.start, numeral.end, tail.after, numeral.value, numeral.high, unit, approx)


def _before(plain: str, start: int) -> tuple[str | None, bool] | None:
    """Words of approximation that end at a number, and whether they state a lower bound."""
    near = plain[max(0, start - _NEAR) : start].rstrip(" ")
    for found in _BEFORE.finditer(near):
        if found.end() == len(near):
            return found.lastgroup, found.group() in _LOWER
    return None


def _shared_units(plain: str, candidates: list[tuple[Numeral, Tail]]) -> list[str | None]:
    """The unit of every candidate; that of 3、1 in 3、1、2件 is the one that ends the list. None: no quantity."""
    units: list[str | None] = [tail.unit or None for _, tail in candidates]
    for i in range(len(candidates) - 1, -1, -1):
        if units[i] is not None:
            continue
        numeral, tail = candidates[i]
        if not _may_stand_bare(plain, numeral, tail):
            continue
        following = candidates[i + 1][0] if i + 1 < len(candidates) else None
        scaled = plain[numeral.end - 1] in "万亿"
        if following is not None and units[i + 1] and not scaled and _same_list(plain, tail.end, following.start):
            units[i] = units[i + 1]
        elif _stands_alone(plain, numeral, tail):
            units[i] = ""
    return units


def _may_stand_bare(plain: str, numeral: Numeral, tail: Tail) -> bool:
    """A number without a unit stands behind a word or a 、 and before a mark of punctuation."""
    after = plain[tail.end : tail.end + 1]
    if after and after not in DELIMITERS and after not in "、和及与 余多左以":
        return False
    if after == "." or after == ":":
        return False
    before = plain[max(0, numeral.start - 2) : numeral.start].rstrip(" ")[-1:]
    return bool(before) and (before in "、,和及与:" or _WORD.match(before) is not None)


def _same_list(plain: str, end: int, start: int) -> bool:
    between = plain[end:start]
    if any(c in between for c in "。;\n:("):
        return False
    return len(between) <= (_COMMA_GAP if between[:1] == "," else _LIST_GAP) and between[:1] in "、,和及与"


def _stands_alone(plain: str, numeral: Numeral, tail: Tail) -> bool:
    """粉丝10万，点击量1,203,000。: a number that says itself that it is a quantity."""
    printed = plain[numeral.start : numeral.end]
    before = plain[max(0, numeral.start - 4) : numeral.start].rstrip(" ")
    if numeral.over or tail.approx or any(c in printed for c in "万亿,"):
        return _WORD.match(before[-1:]) is not None
    return before.endswith(tuple(load_words("labels")["amounts"]))
