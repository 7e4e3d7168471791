"""A document in, what makes copies of it known out: signs of damage, and a sketch that survives damage.

A hijacked mirror shows an organ's report in another script, with syllables between the
characters, or with betting phrases where words stood. Its numbers stay.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from heapq import nsmallest
from pathlib import Path
from typing import NamedTuple

import yaml

from parsers.lookups import tidy
from parsers.models import Document, Grid
from parsers.script import simplified

__all__ = ["Sketch", "read_sketch"]

_HASHES = 64  # of each kind
_NUMBERS, _CHARACTERS = 5, 10  # in one token
_SHORTEST_PROSE = 20  # characters
_FEWEST_SYLLABLES = 3
_MOST_TRADITIONAL = 0.03  # of the characters; a name may be written so
_HAN = re.compile(r"[一-鿿]")
_NO_WORD = re.compile(r"[^一-鿿0-9]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
# Dates and times stand all over the furniture of a page, which is another one on a mirror.
_DATE = re.compile(r"(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?|(?<!\d)\d{1,2}:\d\d(?::\d\d)?(?!\d)")
_SENTENCE = re.compile(r"[^。；;!?\n]+")
_BANNER = re.compile(r"[:_]")


class Sketch(NamedTuple):
    """`damages` names what was found; the rest are the smallest hashes of the document's tokens, sorted.

    Tokens are runs of `numbers` in their order, and runs of characters of its prose, the
    `words`. A copy shares most of both. Reports of two organs may share most of their words,
    as the form and a model write them, but not their numbers.
    """

    damages: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    words: tuple[int, ...] = ()


class _Signs(NamedTuple):
    betting: re.Pattern[str]
    against: re.Pattern[str]
    pinyin: re.Pattern[str]


@lru_cache(maxsize=1)
def _signs() -> _Signs:
    found = yaml.safe_load((Path(__file__).parent / "forms" / "damage.yml").read_bytes())
    return _Signs(
        re.compile("|".join(found["betting"])), re.compile(found["against"]), re.compile(found["pinyin"], re.IGNORECASE)
    )


def read_sketch(document: Document) -> Sketch:
    """The sketch of a document as it was read, before any damage to it was mended."""
    whole = "\n".join(_texts(document))
    pinyin = _signs().pinyin
    silent = pinyin.sub("", whole)
    plain = silent if silent.isascii() else simplified(silent)
    damages = [
        name
        for name, found in (
            ("betting_phrases", _has_betting(plain)),
            ("pinyin", len(set(pinyin.findall(whole))) >= _FEWEST_SYLLABLES),
            ("traditional_script", _changed(silent, plain) > _MOST_TRADITIONAL),
        )
        if found
    ]
    lines = plain.split("\n")
    return Sketch(tuple(damages), _smallest(_numbers(lines)), _smallest(_words(lines)))


def _has_betting(text: str) -> bool:
    """Whether a betting phrase stands where no organ would write it."""
    signs = _signs()
    for sentence in _SENTENCE.findall(text):
        for found in signs.betting.finditer(sentence):
            banner = found[0].endswith(":") or _BANNER.match(sentence, found.end())
            if banner or not signs.against.search(sentence):
                return True
    return False


def _smallest(tokens: Iterator[str]) -> tuple[int, ...]:
    return tuple(nsmallest(_HASHES, {zlib.crc32(token.encode()) for token in tokens}))


def _texts(document: Document) -> Iterator[str]:
    for block in document.blocks:
        if isinstance(block, Grid):
            yield from ("\t".join(tidy(cell.text) for cell in row) for row in block.rows)
        elif block.kind != "link":
            yield tidy(block.text)


def _numbers(lines: Sequence[str]) -> Iterator[str]:
    numbers = [number for line in lines for number in _NUMBER.findall(_DATE.sub(" ", line))]
    yield from ("|".join(numbers[i : i + _NUMBERS]) for i in range(len(numbers) - _NUMBERS + 1))


def _words(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if "\t" not in line and len(line) >= _SHORTEST_PROSE:
            words = _NO_WORD.sub("", line)
            yield from (words[i : i + _CHARACTERS] for i in range(len(words) - _CHARACTERS + 1))


def _changed(before: str, after: str) -> float:
    """The share of the characters that the conversion changed."""
    han = len(_HAN.findall(before))
    if not han:
        return 0.0
    return sum(a != b for a, b in zip(before, after, strict=True)) / han
