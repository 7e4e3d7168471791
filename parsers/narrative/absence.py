"""Stated absence: prose in, a quantity of zero for every noun that is said to be absent out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from parsers.forms import load_words
from parsers.narrative.prose import Prose, Quantity
from parsers.narrative.words import any_of

__all__ = ["read_absences"]

_TRIGGER = re.compile(r"未|没有|无|零")
_LONGEST_OBJECT = 70
_END = re.compile(r"[,。;:!?\n()]|\d(?!\d{0,3}年)|没有|未[收发接出产]|、(?=[无未没零也均])")
_SUPPOSING = re.compile(r" ?(?:[若凡倘]|如(?![期实下]))")
_HAPPENED = re.compile("(?:发生|出现|产生|存在)$")
_SPLIT = re.compile(r"以及|或者|[、和与及或]")
_BEFORE = 16  # characters


@dataclass(frozen=True, slots=True)
class _Words:
    """The lists of absence.yml as patterns."""

    strong: re.Pattern[str]
    weak: re.Pattern[str]
    passive: re.Pattern[str]
    carried: re.Pattern[str]
    heads: tuple[str, ...]
    not_after_without: tuple[str, ...]
    not_after_none: tuple[str, ...]
    not_after_strong: tuple[str, ...]
    conditional: re.Pattern[str]
    inside_word: frozenset[str]
    obliging: re.Pattern[str]
    hollow: re.Pattern[str]
    zero_nouns: tuple[str, ...]
    freeing: re.Pattern[str]
    boilerplate: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    data = load_words("absence")
    return _Words(
        strong=re.compile(any_of(data["strong"])),
        weak=re.compile(any_of(data["weak"])),
        passive=re.compile(r"[因对向][^,。;\n]{1,40}?(?:被(?:申请|提起|投诉|举报|起诉)|收取|提起|发生)"),
        carried=re.compile(f"(?:{any_of(data['carried'])}了?|因此|任何|过|一[起件项例宗] ?|一切)+"),
        heads=tuple(data["heads"]),
        not_after_without=tuple(data["not_after_without"]),
        not_after_none=tuple(data["not_after_none"]),
        not_after_strong=tuple(data["not_after_strong"]),
        conditional=re.compile(any_of(data["conditional"])),
        inside_word=frozenset(data["inside_word"]),
        obliging=re.compile(any_of(data["obliging"])),
        hollow=re.compile(f"(?:的|等)?{any_of(data['hollow'])}$"),
        zero_nouns=tuple(data["zero_nouns"]),
        freeing=re.compile(f".*{any_of(data['freeing'])}(?=.)"),
        boilerplate=re.compile(any_of(data["boilerplate"])),
    )


def read_absences(prose: Prose) -> Iterator[Quantity]:
    """Zero quantities in order; several may share the place of one word.

    >>> from parsers.narrative.prose import read_prose
    >>> prose = read_prose("均无行政复议、行政诉讼；没有解读方案的，不予收文；未发生收费情况。")
    >>> [(q.label, prose.raw[q.start:q.end]) for q in read_absences(prose)]
    [('行政复议', '无'), ('行政诉讼', '无'), ('收费情况', '未发生')]
    """
    for found in _TRIGGER.finditer(prose.plain):
        end, needs_head = _trigger_end(prose.plain, found)
        if end:
            yield from _absent(prose, found.start(), end, needs_head)


def _trigger_end(plain: str, found: re.Match[str]) -> tuple[int, bool]:
    """Where the word of absence ends (0: it is none), and whether a countable noun must follow."""
    words, word, start, end = _words(), found.group(), found.start(), found.end()
    if start and plain[start - 1] in words.inside_word:
        return 0, False
    if word == "未":
        if strong := words.strong.match(plain, end):
            return (0 if plain.startswith(words.not_after_strong, strong.end()) else strong.end()), False
        if weak := words.weak.match(plain, end):
            return weak.end(), True
        return (end, True) if words.passive.match(plain, end) else (0, False)
    if word == "零":
        stated = plain.startswith(words.zero_nouns, end) and not plain[start - 1 : start].isnumeric()
        stated = stated or (plain[start - 1 : start] in "为是" and _END.match(plain, end) is not None)
        return (end if stated else 0), False
    barred = words.not_after_without if word == "无" else words.not_after_none
    return (0 if plain.startswith(barred, end) else end), True


def _absent(prose: Prose, start: int, end: int, needs_head: bool) -> Iterator[Quantity]:
    plain, words = prose.plain, _words()
    stop = _END.search(plain, end, end + _LONGEST_OBJECT)
    stop_at = stop.start() if stop else min(len(plain), end + _LONGEST_OBJECT)
    if _is_condition(plain, start, end, stop_at):
        return
    carried = words.carried.match(plain, end, stop_at)
    end_of_verb = carried.end() if carried else end
    if not plain[end_of_verb:stop_at].strip():
        # 行政复议情况：无; 收到申请数为零: what is absent stands before.
        yield from _absent_before(prose, start, end)
        return
    if words.boilerplate.search(plain, end, stop_at):
        return
    for low, high in _nouns(plain, end_of_verb, stop_at, needs_head):
        yield _zero(prose, start, end, low, high)


def _is_condition(plain: str, start: int, end: int, stop: int) -> bool:
    """没有解读方案的,不予收文; 如无异议."""
    words = _words()
    low = start
    while low > max(0, start - _BEFORE) and plain[low - 1] not in ",。;:\n":
        low -= 1
    if _SUPPOSING.match(plain, low, start):
        return True
    if words.conditional.search(plain, low, min(start + 2, stop)):
        return True
    closing = plain[stop - 1 : stop] == "的" and plain[stop : stop + 1] == ","
    inside = plain.find("的", end, stop)
    return closing or (inside >= 0 and words.obliging.search(plain, inside, stop) is not None)


def _absent_before(prose: Prose, start: int, end: int) -> Iterator[Quantity]:
    plain, words = prose.plain, _words()
    place = start
    while place and plain[place - 1] in ": 为是均也":
        place -= 1
    if place == start:
        return
    low = prose.clause_start(place)
    if words.boilerplate.search(plain, low, place):
        return
    for first, last in _nouns(plain, low, place, True) or ([(low, place)] if plain[place] in "为是" else []):
        yield _zero(prose, start, end, first, last)


def _nouns(plain: str, low: int, high: int, needs_head: bool) -> list[tuple[int, int]]:
    """The coordinated nouns of a phrase, each without its modifiers; modifiers with 和 in them stay whole."""
    words, found = _words(), []
    first = low
    cuts = [(m.start(), m.end()) for m in _SPLIT.finditer(plain, low, high)] + [(high, high)]
    for cut, resume in cuts:
        part = plain[first:cut].rstrip()
        part = _HAPPENED.sub("", part) or part
        bare = words.hollow.sub("", part)
        if part.endswith(words.heads) or bare.endswith(words.heads):
            found.append(_freed(plain, first, first + len(part), len(bare)))
            first = resume
        elif cut == high and not found and not needs_head and part:
            found.append((first, first + len(part)))
        elif "的" in part or cut == high:
            first = resume
        # else: 公民、法人和其他组织的申请: the part is a modifier and joins the next.
    return found


def _freed(plain: str, first: int, last: int, bare: int) -> tuple[int, int]:
    """有关本机关的行政复议案件 -> 行政复议案件; 提起行政诉讼的情况 -> 行政诉讼."""
    words = _words()
    end = first + bare if plain.startswith("的", first + bare) and bare > 1 else last
    if (freed := words.freeing.match(plain, first, end)) and end - freed.end() >= 2:
        first = freed.end()
    # The parts that joined: only what stands behind the last mark is the noun.
    mark = max(plain.rfind(c, first, end) for c in "、和与及或")
    return (mark + 1 if mark >= first else first), end


def _zero(prose: Prose, start: int, end: int, low: int, high: int) -> Quantity:
    label = prose.raw[low:high].strip()
    return Quantity(start, end, high if high > end else end, 0.0, None, "", zero=True, label=label)
