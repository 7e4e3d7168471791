"""Regular expressions of the word lists in, the same compiled when first needed out: most labels need few of them.

What a pattern cannot do without is read from its own words, so that a label without it is
known not to match before anything is compiled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Index", "Pattern", "Words"]

_MACRO = re.compile(r"\{([a-z]\w{0,40})\}")
_PART = re.compile(r"\{[a-z]\w{0,40}\}|\[[^\]]*\]|\(|\)|\||\\.|.", re.DOTALL)
_OPTIONAL = re.compile(r"[?*]|\{0?,\d")

Name = TypeVar("Name")
Needs = tuple[frozenset[str], ...]
"""Sets of characters: of each a text must hold one."""


class Words:
    """What the {names} in patterns stand for; names inside them included.

    >>> words = Words({"act": "(?:主动|{late})", "late": "逾期", "info": "信息"})
    >>> words.expanded("{act}公开")
    '(?:(?:主动|(?:逾期)))公开'
    >>> [sorted(need) for need in words.needs("(?:主动)?公开{info}?(?:规章|文件)")]
    [['公'], ['开'], ['文', '规']]
    """

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words
        self._expanded: dict[str, str] = {}
        self._needs: dict[str, Needs] = {}

    def expanded(self, pattern: str) -> str:
        """A pattern with what its names stand for."""
        return _MACRO.sub(lambda found: f"(?:{self._word(found[1])})", pattern)

    def _word(self, name: str) -> str:
        if name not in self._expanded:
            self._expanded[name] = self.expanded(self._words[name])
        return self._expanded[name]

    def needs(self, pattern: str) -> Needs:
        """What a text must hold to match the whole pattern; () where nothing is certain."""
        found = [tuple(self._needs_of(part)) for part in _alternatives(pattern)]
        if len(found) == 1:
            return found[0]
        return (frozenset().union(*(needs[0] for needs in found)),) if all(found) else ()

    def _needs_of(self, sequence: str) -> Iterator[frozenset[str]]:
        """The needs of what follows one another in a pattern without an outermost |."""
        place = 0
        while place < len(sequence):
            end = _end_of(sequence, place)
            if not _OPTIONAL.match(sequence, end):
                yield from self._needs_of_part(sequence[place:end])
            place = end

    def _needs_of_part(self, part: str) -> Needs:
        if macro := _MACRO.fullmatch(part):
            name = macro[1]
            if name not in self._needs:
                self._needs[name] = self.needs(self._words[name])
            return self._needs[name]
        if part.startswith("("):
            inner = part[3:-1] if part.startswith("(?:") else "" if part.startswith("(?") else part[1:-1]
            return self.needs(inner)
        return (frozenset(part),) if "一" <= part <= "龥" else ()


@dataclass(slots=True)
class Pattern:
    """Alternatives; `words` are what their {names} stand for."""

    sources: tuple[str, ...]
    words: Words
    needs: tuple[Needs, ...] = ()
    _compiled: re.Pattern[str] | None = None

    def __post_init__(self) -> None:
        self.needs = tuple(self.words.needs(source) for source in self.sources)

    def may_match(self, characters: frozenset[str]) -> bool:
        """Whether a text of these characters, or a part of it, may match."""
        return any(all(not need.isdisjoint(characters) for need in needs) for needs in self.needs)

    def fullmatch(self, text: str, start: int = 0) -> bool:
        """Whether one of the alternatives is the text from `start` on."""
        if self._compiled is None:
            self._compiled = re.compile("|".join(f"(?:{self.words.expanded(source)})" for source in self.sources))
        return self._compiled.fullmatch(text, start) is not None


class Index(Generic[Name]):
    """Named patterns, and which of them may match a text by the characters it holds."""

    def __init__(self, patterns: Iterable[tuple[Name, Pattern]]) -> None:
        self._patterns = tuple(patterns)
        self._always: set[int] = set()
        self._by_character: dict[str, set[int]] = {}
        for i, (_, pattern) in enumerate(self._patterns):
            for needs in pattern.needs:
                if not needs:
                    self._always.add(i)
                for character in needs[0] if needs else ():
                    self._by_character.setdefault(character, set()).add(i)

    def candidates(self, text: str) -> list[tuple[Name, Pattern]]:
        """Those that may match the text or a part of it, in their order."""
        characters = frozenset(text)
        found = set(self._always)
        for character in characters:
            found |= self._by_character.get(character, set())
        return [self._patterns[i] for i in sorted(found) if self._patterns[i][1].may_match(characters)]


def _alternatives(pattern: str) -> list[str]:
    """A pattern cut at its outermost |."""
    parts, depth = [""], 0
    for found in _PART.finditer(pattern):
        part = found.group()
        depth += (part == "(") - (part == ")")
        if part == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += part
    return parts


def _end_of(sequence: str, place: int) -> int:
    """Where the part that begins at a place ends: a group with all it holds."""
    depth = 0
    for found in _PART.finditer(sequence, place):
        depth += (found.group() == "(") - (found.group() == ")")
        if depth == 0:
            return found.end()
    return len(sequence)
