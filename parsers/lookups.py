"""Label -> code: a printed label in, the form's labels it can mean out.

Matching never guesses between two: several meanings are returned together and the place
of the label decides; a mangled label is matched to the closest wording only when no other
wording is close, and says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from parsers.forms import Aliases, Form, Node, Table, ValueHeading, load_aliases, load_forms

__all__ = ["Axis", "Label", "Lexicon", "Match", "fold", "lexicon", "tidy"]

Axis = Literal["row", "column"]

_INVISIBLE = dict.fromkeys(
    [*range(0x21), 0x7F, 0xA0, 0xAD, *range(0x200B, 0x2010), *range(0x2028, 0x202F), 0x2060, 0x3000, 0xFEFF]
)
_WIDE = tuple(zip("，：；（）！？", ",:;()!?", strict=True))
_ORDINAL = re.compile(
    r"(?:其中[:,;、]?)?"
    r"(?:\(([一二三四五六七八九十]{1,3}|\d{1,2})\)[、.:,]?"
    r"|([一二三四五六七八九十]{1,3})[、.,:;]"
    r"|(\d{1,2})(?:[、.,:;)]+|(?=[^\d.、,%元万件条项个次\-年月日])))"
    r"(?:其中[:,;、]?)?"
)
_AMONG = re.compile(r"其中[:,;、]?")
_REMARK = re.compile(r"\((?:[^()]{3,}|万元|亿元|[元件项条个次人家])\)$")
_JOINT = re.compile(r"\s*[/／>＞→·\-—－:：]+\s*")
_TELLING_START = 3  # characters; a wording may have two
_LONGEST_START = 24  # characters that hold them, with an ordinal, quotation marks and spaces
_PUNCTUATION = re.compile(r"[^\w]|_")


@lru_cache(maxsize=512)
def tidy(text: str) -> str:
    """Text as compared: compatibility forms folded, white space and invisible marks gone.

    >>> tidy("（三） 不予　公开 ")
    '(三)不予公开'
    """
    # Normalizing is fast for a text that is normal already, as prose is but for these.
    for wide, narrow in _WIDE:
        text = text.replace(wide, narrow)
    text = "".join(unicodedata.normalize("NFKC", text).split())
    return text if text.isprintable() else text.translate(_INVISIBLE)


@lru_cache(maxsize=4096)
def fold(text: str) -> tuple[str | None, str, str]:
    """A printed label -> (its ordinal, its words, its words without a closing remark).

    >>> fold("(三)  不予公开")
    ('三', '不予公开', '不予公开')
    >>> fold("３．危及“三安全一稳定”")
    ('3', '危及三安全一稳定', '危及三安全一稳定')
    >>> fold("本年收费金额（单位：万元）")
    (None, '本年收费金额单位万元', '本年收费金额')
    """
    text = tidy(text).translate(_simplified()).replace("其它", "其他")
    ordinal = None
    if (found := _ORDINAL.match(text)) and found.end() < len(text):
        ordinal = found[1] or found[2] or found[3]
        text = text[found.end() :]
    elif found := _AMONG.match(text):
        text = text[found.end() :]
    words = _PUNCTUATION.sub("", text)
    bare = _PUNCTUATION.sub("", _REMARK.sub("", text))
    return ordinal, words, bare or words


@lru_cache(maxsize=1)
def _simplified() -> Mapping[int, str]:
    return load_aliases().characters


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """One meaning of a wording: a row or column of a table, or a heading over several.

    `above` are the words of the headings over it, outermost first.
    """

    table: str
    axis: Axis
    code: str | None
    words: str
    ordinal: str | None
    above: tuple[str, ...]
    node: Node

    @property
    def meaning(self) -> tuple[str, ...]:
        """Equal for the wordings of one row, column or heading in whatever form."""
        return (self.table, self.axis, self.code or f"heading {self.words}", *self.above)


@dataclass(frozen=True, slots=True)
class Match:
    """What a printed label can mean; `closest` when no wording equals it exactly."""

    labels: tuple[Label, ...]
    ordinal: str | None = None
    closest: bool = False


class Lexicon:
    """Every wording of every form, by its folded words."""

    def __init__(self, forms: Iterable[Form], aliases: Aliases) -> None:
        self.forms = tuple(forms)
        self._by_words: dict[str, list[Label]] = {}
        self._other_wordings: dict[str, list[str]] = {}
        for label, others in aliases.labels.items():
            self._other_wordings.setdefault(fold(label)[1], []).extend(others)
        self._ignored = {fold(word)[1] for word in aliases.ignored}
        self._skipped: dict[str, str] = {fold(word)[1]: "uncoded" for word in aliases.uncoded}
        self._free_tables: set[str] = set()
        self._header_tables: set[str] = set()
        self.value_headings: tuple[ValueHeading, ...] = ()
        for form in self.forms:
            self.value_headings += form.value_headings
            if form.value_headings:
                self._free_tables.update(table.code for table in form.tables)
            self._header_tables.update(table.code for table in form.tables if table.rows_in_header)
            for table in form.tables:
                self._add_table(table)
        self._starts = {wording[:_TELLING_START] for wording in self.wordings()}
        self._before: dict[tuple[str, str], set[str]] = {}
        for form in self.forms:
            for table in form.tables:
                rows = list(dict.fromkeys(row for row, _ in table.cells()))
                for before, row in pairwise(rows):
                    self._before.setdefault((table.code, row), set()).add(before)
        self.cells = frozenset(cell for form in self.forms for cell in form.cells)
        self._match_cached = lru_cache(maxsize=4096)(self._match)
        self._parts_cached = lru_cache(maxsize=4096)(self._parts)
        self._role_cached = lru_cache(maxsize=4096)(self._role)
        self._closest_cached = lru_cache(maxsize=4096)(self._closest)

    def _add_table(self, table: Table) -> None:
        for role, words in (
            ("corner", table.corner),
            ("skip", table.skipped_columns),
            ("unit", table.unit_columns),
            ("footer", table.footer),
        ):
            for word in words:
                for wording in (word, *self._other_wordings.get(fold(word)[1], ())):
                    self._skipped.setdefault(fold(wording)[1], role)
        for block in table.blocks:
            above: tuple[str, ...] = ()
            if block.banner:
                self._add_label(table.code, "row", Node(block.banner, children=block.rows), ())
                above = (fold(block.banner)[1],)
            for top in block.rows:
                for node, parents in top.walk():
                    self._add_label(table.code, "row", node, above + tuple(fold(p.label)[1] for p in parents))
            for top in block.columns:
                for node, parents in top.walk():
                    self._add_label(table.code, "column", node, tuple(fold(p.label)[1] for p in parents))

    def _add_label(self, table: str, axis: Axis, node: Node, above: tuple[str, ...]) -> None:
        ordinal, words, bare = fold(node.label)
        label = Label(table, axis, node.code, words, ordinal, above, node)
        wordings = {words, bare}
        for other in self._other_wordings.get(words, ()):
            wordings.update(fold(other)[1:])
        for wording in wordings:
            known = self._by_words.setdefault(wording, [])
            if all(label.meaning != k.meaning for k in known):
                known.append(label)

    def begins(self, text: str) -> bool:
        """Whether a text begins as some wording does."""
        words = fold(text[:_LONGEST_START])[1]
        return words[:_TELLING_START] in self._starts or words[: _TELLING_START - 1] in self._starts

    def wordings(self) -> frozenset[str]:
        """Every folded wording of a label or of a word that means nothing."""
        return frozenset((*self._by_words, *self._skipped, *self._ignored))

    def parts_of(self, text: str) -> tuple[str, ...]:
        """The labels of a path written as one: 三、本年度办理结果/（一）予以公开; else the text itself."""
        return self._parts_cached(text)

    def _parts(self, text: str) -> tuple[str, ...]:
        if len(text) > 120 or self.match(text).labels or not _JOINT.search(text):
            return (text,)
        parts = tuple(part for part in _JOINT.split(text) if part.strip())
        return parts if len(parts) > 1 and all(self.match(part).labels for part in parts) else (text,)

    def match(self, text: str) -> Match:
        """All meanings of a printed label; an empty Match when no wording fits."""
        return self._match_cached(text)

    def _match(self, text: str) -> Match:
        ordinal, words, bare = fold(text)
        labels = self._by_words.get(words) or self._by_words.get(bare) or []
        return Match(tuple(labels), ordinal)

    def closest(self, text: str, table: str | None, axis: Axis | None) -> Match:
        """The meanings of the one wording that differs from `text` by a slip or two.

        Only wordings of that table and axis are considered (None: all). Empty when the
        difference is too large for the wording's length, or when a second wording with
        another meaning is as close.
        """
        return self._closest_cached(text, table, axis)

    def _closest(self, text: str, table: str | None, axis: Axis | None) -> Match:
        from rapidfuzz.distance import Levenshtein

        ordinal, words, bare = fold(text)
        if not 3 <= len(words) <= 60 or self.role(text):
            return Match(())
        near: list[tuple[int, tuple[Label, ...]]] = []
        for wording, labels in self._by_words.items():
            limit = _slips_allowed(wording)
            meant = tuple(
                label
                for label in labels
                if (table is None or label.table == table) and (axis is None or label.axis == axis)
            )
            if not limit or not meant:
                continue
            # One slip more than accepted is looked at: a rival just out of reach still
            # makes a match doubtful.
            slips = min(Levenshtein.distance(candidate, wording, score_cutoff=limit + 1) for candidate in {words, bare})
            if slips <= limit + 1:
                near.append((slips if slips <= limit else limit + 1, meant))
        if not near:
            return Match(())
        fewest, meant = min(near, key=lambda n: n[0])
        reach = fewest if fewest == 1 else fewest + 1
        meanings = {label.meaning for label in meant}
        rivals = any(label.meaning not in meanings for slips, other in near if slips <= reach for label in other)
        if rivals or fewest > _slips_allowed(meant[0].words) or _says_otherwise(words, meant[0].words):
            return Match(())
        return Match(meant, ordinal, closest=True)

    def role(self, text: str) -> str | None:
        """What words without a code are for: ``corner``, ``skip``, ``unit``, ``footer``, ``uncoded``, ``ignored``."""
        return self._role_cached(text)

    def _role(self, text: str) -> str | None:
        _, words, bare = fold(text)
        for form in (words, bare):
            if form in self._skipped:
                return self._skipped[form]
            if form in self._ignored:
                return "ignored"
        return None

    def stands_after(self, label: Label, row: str | None) -> bool:
        """Whether some form prints the row of `label` right below the row `row`."""
        return row in self._before.get((label.table, label.code or ""), ())

    def has_rows_in_header(self, table: str) -> bool:
        """Whether the form puts row labels above the values (table four)."""
        return table in self._header_tables

    def has_value_headings(self, table: str) -> bool:
        """Whether the value columns of the table are headed freely (the statistical table)."""
        return table in self._free_tables

    def value_heading(self, text: str) -> ValueHeading | None:
        """What the heading of a value column of the statistical table says."""
        text = tidy(text)
        return next((h for h in self.value_headings if h.pattern.search(text)), None)


_TELLING = frozenset("本上下去前不未无非已新旧")


def _says_otherwise(printed: str, wording: str) -> bool:
    """Whether the difference turns the meaning: 上年 is no slip of 本年, nor 不属于 of 属于."""
    added, lacking = set(printed) - set(wording), set(wording) - set(printed)
    if added and lacking:
        return bool(added & _TELLING and lacking & _TELLING)
    return bool((added | lacking) & _TELLING)


def _slips_allowed(wording: str) -> int:
    """How many characters of a wording may be wrong: none below three characters."""
    return (len(wording) > 2) + (len(wording) > 5) + (len(wording) > 9)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon of the package's own forms."""
    return Lexicon(load_forms(), load_aliases())
