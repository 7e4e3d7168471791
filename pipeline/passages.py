"""A text and normalised words in, the sentence that has them out, as printed, with the places of the words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from unicodedata import combining, normalize

__all__ = ["Passage", "find_passage", "normal_of"]

_ENDS = "。！？!?；;\\n"
_ENDED = tuple(_ENDS.replace("\\n", "\n"))
_CLOSING = "”’』」》）)"
_LONGEST = 400
"""Characters after which a sentence without an end is taken apart."""
# Characters that combine with none before them: a text may be cut there and normalised in parts.
_ALONE = "\\0-\u02ff\u4e00-\u9fff"
_SENTENCE = re.compile(
    rf"(?!\Z)[^{_ENDS}]{{0,{_LONGEST}}}(?:[{_ENDS}]+[{_CLOSING}]*|\Z)"
    rf"|[^{_ENDS}]{{1,{_LONGEST}}}(?=[{_ALONE}])|[^{_ENDS}]+[{_ENDS}]*[{_CLOSING}]*"
)
_SHOWN = 240
_BEFORE = 80
"""Of a longer sentence, so many characters are shown, so many of them before the words."""
_TOO_LONG = 4000
"""Characters of a sentence whose place in the printed text is no longer worth the search."""
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence as printed; `marks` are the (start, end) of the words in it, in code points."""

    sentence: str
    marks: tuple[tuple[int, int], ...]

    @property
    def parts(self) -> Iterator[tuple[str, bool]]:
        """The sentence piece by piece, and whether a piece is marked."""
        at = 0
        for start, end in self.marks:
            yield self.sentence[at:start], False
            yield self.sentence[start:end], True
            at = end
        yield self.sentence[at:], False


def normal_of(text: str) -> str:
    """The form in which texts are compared: NFKC. Full-width letters are plain ones, ㈱ is (株), case stays.

    >>> normal_of("ＡＢＣ，２０２４年")
    'ABC,2024年'
    """
    return normalize("NFKC", text)


def find_passage(text: str, normal: str, words: str) -> Passage:
    """The first sentence of a text that has the words, cut around them if it is very long.

    `normal` is the text and `words` the words as `normal_of` gives them. A character is
    marked whole where the words stand in a part of it. Words that run over several sentences
    are shown with all of them. Where thousands of characters stand without an end, they are
    shown as normalised. Raises ValueError when the text has not the words.

    >>> list(find_passage("无。收到申请３件；", "无。收到申请3件;", "3件").parts)
    [('收到申请', False), ('３件', True), ('；', False)]
    """
    start = normal.index(words)
    chosen = _sentences_at(text, start, len(words))
    if len(chosen) > _TOO_LONG:
        chosen = normal[max(0, start - _LONGEST) : start + _LONGEST]
    atoms = list(_atoms(chosen))
    marks = _marks([len(normal_of(atom)) for atom in atoms], normal_of(chosen), words)
    low, high = 0, len(atoms)
    if len(chosen) > _SHOWN:
        low = max(0, marks[0][0] - _BEFORE)
        high = min(high, low + _SHOWN)
    return _passage(atoms[low:high], [(s - low, e - low) for s, e in marks], low > 0, high < len(atoms))


def _sentences_at(text: str, start: int, length: int) -> str:
    """The sentences that hold `length` characters from `start` of the normalised text.

    Of very long ones, and of very long words, there is more than will be shown.
    """
    at, before, chosen = 0, "", ""
    for found in _SENTENCE.finditer(text):
        at += len(normal_of(found[0]))
        if at <= start:
            before = "" if _ended(found[0]) else found[0]
            continue
        is_enough = at >= start + length or len(chosen) > 2 * _SHOWN
        chosen += found[0]
        if is_enough and (_ended(chosen) or len(chosen) > 2 * _LONGEST):
            break
    return before + chosen


def _ended(sentence: str) -> bool:
    return sentence.rstrip(_CLOSING).endswith(_ENDED)


def _atoms(text: str) -> Iterator[str]:
    """The text cut wherever its parts can be normalised apart from each other: an accent stays with its letter."""
    atom = ""
    for character in text:
        if atom and _joins(atom, character):
            atom += character
        else:
            if atom:
                yield atom
            atom = character
    if atom:
        yield atom


def _joins(before: str, character: str) -> bool:
    if character < "\u0300" or "\u4e00" <= character <= "\u9fff":
        return False
    return bool(combining(normalize("NFKD", character)[0])) or (
        normal_of(before + character) != normal_of(before) + normal_of(character)
    )


def _marks(lengths: list[int], normal: str, words: str) -> list[tuple[int, int]]:
    """Where the words stand, as ranges of atoms whose normalised `lengths` are given; at least one."""
    atom_at = [n for n, length in enumerate(lengths) for _ in range(length)]
    found: list[tuple[int, int]] = []
    start = normal.find(words)
    while start >= 0:
        first, last = atom_at[start], atom_at[start + len(words) - 1]
        if found and first < found[-1][1]:  # twice in one character
            found[-1] = (found[-1][0], last + 1)
        else:
            found.append((first, last + 1))
        start = normal.find(words, start + len(words))
    # Very long words end outside of what is shown.
    return found or [(_head(normal, words, atom_at), len(lengths))]


def _head(normal: str, words: str, atom_at: list[int]) -> int:
    return next(atom_at[n] for n in range(len(normal)) if words.startswith(normal[n:]))


def _passage(atoms: list[str], marks: list[tuple[int, int]], is_cut_before: bool, is_cut_after: bool) -> Passage:
    places = list(accumulate((len(atom) for atom in atoms), initial=len(_CUT) if is_cut_before else 0))
    sentence = f"{_CUT if is_cut_before else ''}{''.join(atoms)}{_CUT if is_cut_after else ''}"
    spans = [(places[s], places[min(e, len(atoms))]) for s, e in marks if s < len(atoms)]
    kept = max(len(sentence.rstrip()), spans[-1][1])
    left = min(len(sentence) - len(sentence.lstrip()), spans[0][0])
    return Passage(sentence[left:kept], tuple((s - left, e - left) for s, e in spans))
