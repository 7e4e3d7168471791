"""The exceptions of the parsing room.

    ParseError
    ├── Unreadable          the bytes give no document; carries the contract's `reason`
    └── FormError           a form file (forms/*.yml) contradicts itself

Surprises in a document's content are no exceptions: they become issues beside the data.
"""

from __future__ import annotations

__all__ = ["FormError", "ParseError", "Unreadable"]


class ParseError(Exception):
    """Anything this package raises on purpose."""


class Unreadable(ParseError):
    """Bytes that no reader can turn into a document.

    `reason` is one of the contract's reasons (``empty``, ``unreadable``, ``too_large``,
    ``unsupported_format``, ``encrypted``); the message says what was seen.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class FormError(ParseError):
    """A form file that cannot be used; the message names the file and the entry."""
