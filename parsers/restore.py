"""Damaged text or a Document with it in, the same readable out, with every change and its place.

What shows no sign of damage comes back as it is.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from parsers.forms import load_words
from parsers.injected import find_banners, find_spam, may_hold_injected
from parsers.models import (
    Block,
    Cell,
    Change,
    ChangeKind,
    Document,
    Grid,
    Paragraph,
    Restoration,
    Section,
    Where,
)
from parsers.script import find_wrong_variants, is_traditional, simplified

__all__ = ["Restored", "Signs", "read_signs", "restore", "restore_document", "restored_section"]

Edit = tuple[int, int, str]
"""What stands from start to end is to be replaced."""

_CONDITIONAL = r"<!--\[if[^\]\n]{0,80}\](?:--)?>"
_RESIDUE = re.compile(
    _CONDITIONAL + r"(?P<shown>[^<\n]{0,60})<!(?:--)?\[endif\](?:--)?>"
    r"|" + _CONDITIONAL + r"|<!(?:--)?\[endif\](?:--)?>"
    r"|(?:<o:p>(?:&nbsp;|\s)*</o:p>|</?(?:o:p|st1:[a-z]+|w:[a-z]+|v:[a-z]+|acronym|span|font)(?:\s[^<>\n]{0,200})?/?>)"
    r"|&(?:nbsp|ensp|emsp|ldquo|rdquo|lsquo|rsquo|mdash|hellip|middot|quot|amp|lt|gt|#\d{2,5}|#x[0-9a-fA-F]{2,4});"
)
_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü"
_SYLLABLE = (
    r"(?:[bpmfdtnlgkhjqxzcsrywBPMFDTNLGKHJQXZCSRYW]|[zcsZCS]h)?"
    rf"[aeiouvAEIOUV{_TONED}]{{1,4}}(?:ng|n|r)?"
)
_BRACKETED = re.compile(rf"(?:[(（]{{1,3}}{_SYLLABLE}[)）]{{1,3}})+")
_SPELT = re.compile(r"[一-鿿]\s?$")
_SURE_SYLLABLE = re.compile(rf"[{_TONED}]|[)）]\s*[(（]")
_FEWEST_SYLLABLES = 2  # plain ones; a single one may be a name or an abbreviation
_WIDE_NUMBER = re.compile(r"[０-９𝟎-𝟿]+(?:[．，：／－—][０-９𝟎-𝟿]+)*(?:．(?![０-９]))?")
_WIDE_PERCENT = re.compile(r"(?<=[０-９𝟎-𝟿])[％‰](?![０-９])")
_WIDE_LETTERS = re.compile(r"[Ａ-Ｚａ-ｚ]+")
_WIDE = str.maketrans("．，：／－—", ".,:/--")
_COMPATIBLE = re.compile(r"[\u2e80-\u2fd5\uf900-\ufaff]")
_PRIVATE = re.compile(r"[\uf020-\uf07e]+")
_DAMAGED = re.compile(r"<[!/]?[a-z\-]|&[a-z#]|[０-９𝟎-𝟿Ａ-Ｚａ-ｚ\u2e80-\u2fd5\uf900-\ufaff\uf020-\uf07e]")


class _Pieces(NamedTuple):
    """Where the changed pieces of one text stand, and how long they are."""

    starts: tuple[int, ...]
    lengths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """A text made readable: `changes` stand in order and do not overlap.

    What the change of script alone altered is in `text` but in no change: it is the same
    character in another form, at the same place.
    """

    raw: str
    text: str
    changes: tuple[Change, ...] = ()
    _before: _Pieces = field(init=False, repr=False, compare=False)
    _after: _Pieces = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts, shift = [], 0
        for change in self.changes:
            starts.append(change.start + shift)
            shift += len(change.restored) - len(change.raw)
        before = _Pieces(tuple(c.start for c in self.changes), tuple(len(c.raw) for c in self.changes))
        after = _Pieces(tuple(starts), tuple(len(c.restored) for c in self.changes))
        object.__setattr__(self, "_before", before)
        object.__setattr__(self, "_after", after)

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the raw text of text[start:end]; a change that is touched counts whole.

        >>> found = restore("共２５件，文(wen)章(zhang)3篇")
        >>> a, b = found.raw_span(found.text.index("文章"), found.text.index("3"))
        >>> found.raw[a:b]
        '文(wen)章'
        """
        return _carried(start, end, self._after, self._before)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the restored text of raw[start:end]; the reverse of `raw_span`."""
        return _carried(start, end, self._before, self._after)


def _carried(start: int, end: int, here: _Pieces, there: _Pieces) -> tuple[int, int]:
    """A span of one text as one of the other."""
    i = bisect_right(here.starts, start) - 1
    first = start
    if i >= 0:
        behind = start - here.starts[i] - here.lengths[i]
        first = there.starts[i] + (there.lengths[i] + behind if behind >= 0 else 0)
    i = bisect_left(here.starts, end) - 1
    last = end
    if i >= 0:
        last = there.starts[i] + there.lengths[i] + max(0, end - here.starts[i] - here.lengths[i])
    return first, max(first, last)


class Signs(NamedTuple):
    """What a whole document shows of its damage, which a line of it may be too short to show."""

    traditional: bool
    pinyin: bool


def read_signs(text: str) -> Signs:
    """The signs of a document's whole text.

    >>> read_signs("主動公開政府信息二十條，(一)概述"), read_signs("依(yi)申(shen)请公开")
    (Signs(traditional=True, pinyin=False), Signs(traditional=False, pinyin=True))
    """
    return Signs(is_traditional(text), _is_spelt(text[start:end] for start, end in _bracketed(text)))


def restore(text: str, signs: Signs | None = None) -> Restored:
    """The readable text of a paragraph, section or document.

    `signs` are those of the whole document; None lets the text decide, so that a name in a
    text of simplified script stays as it is.

    >>> found = restore("以及中、省、市澳门皇冠:推进信息公开工作的具体要求")
    >>> found.text, [(c.kind, c.raw, c.restored) for c in found.changes]
    ('以及中、省、市关于推进信息公开工作的具体要求', [('injected_spam', '澳门皇冠:', '关于')])
    >>> restore("健全體係").text, restore("（一）乾安县信息公开").changes
    ('健全体系', ())
    """
    found = Restored(text, text)
    if _DAMAGED.search(text):
        found = _changed(found, "word_residue", _residue)
    found = _changed(found, "pinyin", lambda words: _syllables(words, known=signs is not None and signs.pinyin))
    traditional = signs.traditional if signs else is_traditional(found.text)
    found = _changed(found, "wrong_variant", find_wrong_variants)
    if traditional:
        found = Restored(text, simplified(found.text), found.changes)
    if may_hold_injected(found.text):
        found = _changed(found, "foreign_banner", find_banners)
        found = _changed(found, "injected_spam", find_spam)
    if _DAMAGED.search(found.text):
        found = _changed(found, "private_use", _private_use)
        found = _changed(found, "compatibility", _compatible)
    return found


def _changed(before: Restored, kind: ChangeKind, find: Callable[[str], Iterable[Edit]]) -> Restored:
    """The text with the edits that `find` makes; what was changed before and is touched again counts as one change."""
    edits = [edit for edit in find(before.text) if before.text[edit[0] : edit[1]] != edit[2]]
    if not edits:
        return before
    made: list[Change] = []
    parts: list[str] = []
    place = 0
    for start, end, words in edits:
        raw_start, raw_end = before.raw_span(start, end)
        first, last = before.span(raw_start, raw_end)
        restored = before.text[first:start] + words + before.text[end:last]
        made.append(Change(kind, raw_start, raw_end, before.raw[raw_start:raw_end], restored))
        parts += [before.text[place:start], words]
        place = end
    text = "".join([*parts, before.text[place:]])
    return Restored(before.raw, text, tuple(_merged(before.changes, made)))


def _merged(old: Sequence[Change], new: Sequence[Change]) -> Iterator[Change]:
    """Old and new changes in order, without the old ones that stand inside a new one."""
    starts = [change.start for change in new]
    kept = []
    for change in old:
        i = bisect_right(starts, change.start) - 1
        if i < 0 or change.start >= new[i].end:
            kept.append(change)
    yield from sorted([*kept, *new], key=lambda change: change.start)


def _residue(text: str) -> Iterator[Edit]:
    """Tags and entities of a word processor or a web page that stand in the prose as they were typed.

    >>> list(_residue("<!--[if !supportLists]-->1、<!--[endif]-->概述&nbsp;"))
    [(0, 41, '1、'), (43, 49, ' ')]
    """
    for found in _RESIDUE.finditer(text):
        words = found.group()
        if found["shown"] is not None:
            plain = html.unescape(found["shown"])
        else:
            plain = html.unescape(words) if words.startswith("&") else ""
        yield found.start(), found.end(), plain.replace("\xa0", " ")


def _syllables(text: str, *, known: bool = False) -> Iterator[Edit]:
    """Syllables in brackets behind the characters they spell, in a text `known` to be spelt so or plainly so.

    >>> list(_syllables("文(wen)章(zhang)，（一）系统(an)")), list(_syllables("系统(an)"))
    ([(1, 6, ''), (7, 14, ''), (20, 24, '')], [])
    """
    found = list(_bracketed(text))
    if known or _is_spelt(text[start:end] for start, end in found):
        for start, end in found:
            yield start, end, ""


def _bracketed(text: str) -> Iterator[tuple[int, int]]:
    """Where syllables in brackets stand behind a character, with the space between them."""
    for found in _BRACKETED.finditer(text):
        if before := _SPELT.search(text, max(0, found.start() - 2), found.start()):
            yield before.start() + 1, found.end()


def _is_spelt(syllables: Iterable[str]) -> bool:
    for count, syllable in enumerate(syllables, 1):
        if count >= _FEWEST_SYLLABLES or _SURE_SYLLABLE.search(syllable):
            return True
    return False


def _private_use(text: str) -> Iterator[Edit]:
    """Figures and letters of a symbol font, which has them in the private-use area from F000 on."""
    for found in _PRIVATE.finditer(text):
        plain = "".join(chr(ord(char) - 0xF000) for char in found.group())
        if any(char.isalnum() for char in plain):
            yield found.start(), found.end(), plain


def _compatible(text: str) -> Iterator[Edit]:
    """Full-width figures and letters, radicals and compatibility ideographs as the plain characters.

    >>> list(_compatible("共１，２３４件，占４５．６％，（一）⾏政"))
    [(1, 6, '1,234'), (9, 13, '45.6'), (13, 14, '%'), (18, 19, '行')]
    """
    edits = [
        (found.start(), found.end(), _plain(found.group()))
        for pattern in (_WIDE_NUMBER, _WIDE_PERCENT, _WIDE_LETTERS)
        for found in pattern.finditer(text)
    ]
    edits += [
        (found.start(), found.end(), plain)
        for found in _COMPATIBLE.finditer(text)
        if (plain := _radicals().get(found.group()) or _ideograph(found.group()))
    ]
    yield from sorted(edits)


def _plain(wide: str) -> str:
    return unicodedata.normalize("NFKC", wide.translate(_WIDE))


def _ideograph(char: str) -> str | None:
    plain = unicodedata.normalize("NFKC", char)
    return plain if plain != char and len(plain) == 1 else None


@lru_cache(maxsize=1)
def _radicals() -> dict[str, str]:
    pairs = load_words("restore")["radicals"].split()
    return {pair[0]: pair[1] for pair in pairs}


def restore_document(document: Document) -> Document:
    """The document with its words made readable, and a Restoration for each change, in reading order.

    Its words as a whole tell in which script it is. Cells keep full-width figures and the
    like, which readers of values and labels know.
    """
    whole = "\n".join(_texts(document.blocks))
    if restore(whole).text == whole:
        return document
    signs = read_signs(whole)
    made: list[Restoration] = []
    blocks = tuple(_restored_block(block, signs, made) for block in document.blocks)
    meta = {name: restore(value, signs).text for name, value in document.meta.items()}
    return replace(document, blocks=blocks, meta=meta, restorations=tuple(made))


def _texts(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block.text
        else:
            yield from (cell.text for row in block.rows for cell in row if not cell.text.isascii())


def _restored_block(block: Block, signs: Signs, made: list[Restoration]) -> Block:
    if isinstance(block, Grid):
        rows = tuple(tuple(_restored_cell(cell, signs, made) for cell in row) for row in block.rows)
        return replace(block, rows=rows)
    found = restore(block.text, signs)
    if found.text == block.text:
        return block
    _note(found, block.where, made)
    return replace(block, text=found.text, raw=block.text, changes=found.changes)


@lru_cache(maxsize=2048)
def _restored_label(text: str, signs: Signs) -> Restored:
    return restore(text, signs)  # the labels of the forms come again in every report


def _restored_cell(cell: Cell, signs: Signs, made: list[Restoration]) -> Cell:
    if cell.text.isascii() and "<" not in cell.text and "&" not in cell.text:
        return cell
    found = _restored_label(cell.text, signs)
    if all(change.kind == "compatibility" for change in found.changes):
        return cell
    _note(found, cell.where, made)
    return cell._replace(text=found.text, raw=cell.text)


def _note(found: Restored, where: Where, made: list[Restoration]) -> None:
    made.extend(Restoration(c.kind, c.raw, c.restored, where, start=c.start) for c in found.changes)


def restored_section(section: Section) -> Restored:
    """The prose of a section with the changes made to its paragraphs."""
    changes = (
        change._replace(start=change.start + start, end=change.end + start)
        for start, paragraph in section.starts()
        for change in paragraph.changes
    )
    return Restored(section.text_raw, section.text, tuple(changes))
