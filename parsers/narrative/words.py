"""Words in, a pattern for any of them out."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["any_of"]


def any_of(words: Iterable[str]) -> str:
    """A pattern that matches the longest of some words.

    >>> any_of(["件", "件次"])
    '(?:件次|件)'
    """
    return "(?:" + "|".join(re.escape(w) for w in sorted(set(words), key=lambda w: (-len(w), w))) + ")"
