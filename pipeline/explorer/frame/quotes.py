"""The characters of a document and numbers quoted from its prose in, where each number stands in it out.

Only characters are compared, in the order of the document, never white space or emphasis: what
a reader of pages joined, and what another program extracts from a PDF, differ in these. A number that
is not found, or might stand at several places, has no place.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from pipeline.explorer.frame.marks import Marked, Quoted, Token, Wanted, Words

__all__ = ["Span", "find_paragraphs", "find_quotes", "mark_quotes"]

_CONTEXT = 12  # characters beside a number that tell it from others where its sentence is torn
_LEAST_CONTEXT = 8
_LEAST_ANCHOR = 8  # a shorter paragraph without a number says little of where it is
_NOT_COMPARED = frozenset("*_#\\")


class Span(NamedTuple):
    """Characters `start` up to but not including `end` of one of several texts."""

    text: int
    start: int
    end: int


class _Piece(NamedTuple):
    """A paragraph of the report, or one sentence of it, as it is searched for, and the numbers in it."""

    characters: str
    numbers: tuple[tuple[int, int, int], ...]  # index of the quote, start and end in `characters`
    section: int = 0
    start: int = 0


def mark_quotes(tokens: Sequence[Token], wanted: Wanted) -> None:
    """Mark the quoted numbers in the prose of a document."""
    prose = [token for token in tokens if isinstance(token, Words) and token.prose]
    for quote, spans in zip(wanted.quoted, find_quotes([words.text for words in prose], wanted), strict=True):
        for n, span in enumerate(spans):
            prose[span.text].marks.append(Marked(span.start, span.end, quote.marks, named=n == 0))


def find_quotes(texts: Sequence[str], wanted: Wanted) -> list[list[Span]]:
    """The places of the quoted numbers in the texts of a document, which continue each other."""
    flat = _Flat(texts)
    found: dict[int, tuple[int, int]] = {}
    pieces = list(_paragraphs(wanted))
    for piece, place, window in _aligned(flat.characters, pieces):
        if place is not None:
            found.update((n, (place + start, place + end)) for n, start, end in piece.numbers)
        elif piece.numbers:
            found.update(_in_window(flat.characters, piece, wanted, window))
    return [flat.spans(*found[n]) if n in found else [] for n in range(len(wanted.quoted))]


def find_paragraphs(texts: Sequence[str], paragraphs: Sequence[str]) -> list[list[Span]]:
    """The places of paragraphs, in their order, in the texts of a document."""
    flat = _Flat(texts)
    pieces = [_Piece(_squeezed(paragraph), ()) for paragraph in paragraphs]
    return [
        [] if place is None or not piece.characters else flat.spans(place, place + len(piece.characters))
        for piece, place, _ in _aligned(flat.characters, pieces)
    ]


class _Flat:
    """The compared characters of several texts in one string, each with where it comes from."""

    def __init__(self, texts: Sequence[str]) -> None:
        kept = [(n, i, c) for n, text in enumerate(texts) for i, c in enumerate(text) if _compared(c)]
        self.characters = "".join(_compared(c) for _, _, c in kept)
        self._places = [(n, i) for n, i, _ in kept]

    def spans(self, start: int, end: int) -> list[Span]:
        """Characters of the string as spans of the texts, one a text."""
        spans: list[Span] = []
        for n, i in self._places[start:end]:
            if spans and spans[-1].text == n:
                spans[-1] = spans[-1]._replace(end=i + 1)
            else:
                spans.append(Span(n, i, i + 1))
        return spans


@lru_cache(maxsize=20_000)
def _compared(character: str) -> str:
    """The one character that stands for it in a comparison; empty for what is not compared."""
    if character.isspace() or character in _NOT_COMPARED:
        return ""
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character


def _squeezed(text: str) -> str:
    return "".join(map(_compared, text))


def _paragraphs(wanted: Wanted) -> Iterator[_Piece]:
    """The paragraphs of the report in order, those left out that are too short to tell anything."""
    for n, text in enumerate(wanted.sections):
        here = [(i, quote) for i, quote in enumerate(wanted.quoted) if quote.section == n]
        start = 0
        for line in text.split("\n"):
            end = start + len(line)
            piece = _piece(text, n, start, end, [(i, q) for i, q in here if start <= q.start and q.end <= end])
            if piece.numbers or len(piece.characters) >= _LEAST_ANCHOR:
                yield piece
            start = end + 1


def _piece(text: str, section: int, start: int, end: int, quotes: Sequence[tuple[int, Quoted]]) -> _Piece:
    numbers = []
    for i, quote in quotes:
        first = len(_squeezed(text[start : quote.start]))
        numbers.append((i, first, first + len(_squeezed(text[quote.start : quote.end]))))
    return _Piece(_squeezed(text[start:end]), tuple(n for n in numbers if n[2] > n[1]), section, start)


def _aligned(
    characters: str, pieces: Sequence[_Piece], first: int = 0, last: int | None = None
) -> Iterator[tuple[_Piece, int | None, tuple[int, int]]]:
    """Each piece with its place, or None, and the window between the places of its neighbours.

    All are first put as early as their order allows, then as late as the last of them does:
    a line that a menu or another report on the page has too is so told from the report's own.
    """
    last = len(characters) if last is None else last
    places: list[int | None] = []
    cursor = first
    for piece in pieces:
        found = characters.find(piece.characters, cursor, last)
        places.append(None if found < 0 else found)
        cursor = cursor if found < 0 else found + len(piece.characters)
    limit = cursor
    for n in range(len(pieces) - 1, -1, -1):
        if places[n] is not None:
            places[n] = limit = characters.rfind(pieces[n].characters, first, limit)
    ends = [first]
    for piece, place in zip(pieces, places, strict=True):
        ends.append(ends[-1] if place is None else place + len(piece.characters))
    starts = [last]
    for place in reversed(places):
        starts.append(starts[-1] if place is None else place)
    starts.reverse()
    for n, piece in enumerate(pieces):
        yield piece, places[n], (ends[n], starts[n + 1])


def _in_window(
    characters: str, torn: _Piece, wanted: Wanted, window: tuple[int, int]
) -> Iterator[tuple[int, tuple[int, int]]]:
    """The numbers of a paragraph that does not stand there in one piece: sentence by sentence, or by their context."""
    text = wanted.sections[torn.section]
    sentences: dict[tuple[int, int], list[tuple[int, Quoted]]] = {}
    for i, *_ in torn.numbers:
        quote = wanted.quoted[i]
        sentences.setdefault((quote.sentence_start, quote.sentence_end), []).append((i, quote))
    pieces = [_piece(text, torn.section, start, end, quotes) for (start, end), quotes in sorted(sentences.items())]
    for piece, place, between in _aligned(characters, pieces, *window):
        told = sum(other.characters == piece.characters for other in pieces)
        if characters.count(piece.characters, *window) > told:
            continue  # the same words stand there once more, and nothing says which are meant
        for i, start, end in piece.numbers:
            if place is not None:
                yield i, (place + start, place + end)
            elif (number := _by_context(characters, piece.characters, start, end, between)) is not None:
                yield i, (number, number + end - start)


def _by_context(characters: str, sentence: str, start: int, end: int, window: tuple[int, int]) -> int | None:
    """The place of a number with the words beside it, if it is the only one in the window."""
    before, after = sentence[max(0, start - _CONTEXT) : start], sentence[end : end + _CONTEXT]
    for left, right in ((before, after), (before, after[:2]), (before[-2:], after)):
        if len(left) + len(right) < _LEAST_CONTEXT:
            continue
        context = left + sentence[start:end] + right
        place = characters.find(context, *window)
        if place >= 0 and characters.find(context, place + 1, window[1]) < 0:
            return place + len(left)
    return None
