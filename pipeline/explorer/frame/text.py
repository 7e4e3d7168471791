"""An archived text and what is looked for in it in, its lines out as HTML, as they were found."""

import re
from collections.abc import Iterator, Sequence

from parsers.readers.text import read_lines
from pipeline.explorer.frame.marks import Link, Marked, Observed, Token, Wanted, Words, figures, render
from pipeline.explorer.frame.quotes import mark_quotes

__all__ = ["show_text"]

_BAR = re.compile(r"[|｜│┃║\t]$")


def show_text(content: bytes, wanted: Wanted, link: Link) -> str:
    """The body of a page for the frame."""
    tokens: list[Token] = ['<ol class="lines">']
    in_lines: dict[int, list[Observed]] = {}
    for observed in wanted.observed:
        if (line := observed.where.get("line")) is not None:
            in_lines.setdefault(line, []).append(observed)
    for number, pieces in enumerate(read_lines(content), 1):
        tokens += ["<li>", *_line(pieces, in_lines.get(number, ())), "</li>"]
    mark_quotes(tokens, wanted)
    return render([*tokens, "</ol>"], link)


def _line(pieces: Sequence[str], observed: Sequence[Observed]) -> Iterator[Token]:
    """One line with what is observed in it marked: cell by cell, or the figures of a line in their order."""
    if len(pieces) == 1:
        words = Words(pieces[0])
        words.marks += figures(pieces[0], [o for o in observed if "column" not in o.where])
        yield words
        return
    for column, piece in enumerate(pieces):
        marks = [o.mark for o in observed if o.where.get("column") == column]
        words = Words(piece, prose=False)
        if marks and column:
            words.marks.append(Marked(*_inside(piece), marks))
        yield words


def _inside(piece: str) -> tuple[int, int]:
    """The characters of a cell without the bar behind it and the blanks around, unless there are only blanks."""
    end = len(_BAR.sub("", piece))
    words = piece[:end]
    if not words.strip():
        return 0, end
    return len(words) - len(words.lstrip()), len(words.rstrip())
