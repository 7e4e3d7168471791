"""Plain text, Markdown and separator-delimited text -> Document.

Consecutive lines with bars or tabs are one grid of which only the order of cells within a
line is certain; every other line is a paragraph. Which reading the bars allow (cells packed
to the left, spans repeated, positions kept) is decided where the labels are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.grids import MAX_CELLS
from parsers.models import Block, Cell, Document, Grid, Issue, Paragraph, Where
from parsers.readers.charset import decode

__all__ = ["read"]

_BAR = re.compile(r"(?<!\\)[|｜│┃║]")
_RULE = re.compile(r"[\s|｜│┃║:\-=+—─━┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬═]+")
_DRAWN = re.compile(r"[-=─━═]{2}")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_HEADING = re.compile(r"#{1,6}\s+")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_WIDEST = 200


def read(content: bytes) -> Document:
    """Text bytes -> Document; each place is a line number and, in a grid, a cell number."""
    text, issues = decode(content)
    blocks: list[Block] = []
    rows: list[tuple[Cell, ...]] = []
    notes = list(issues)
    for number, line in enumerate(_lines(text), 1):
        if (bars := _BAR.search(line) is not None) or "\t" in line.strip():
            if _RULE.fullmatch(line) and _DRAWN.search(line):
                continue
            rows.append(_row(line, len(rows), number, bars=bars))
            continue
        if not line.strip():
            continue
        if rows and _RULE.fullmatch(line):
            continue
        _close(rows, blocks, notes)
        plain = _EMPHASIS.sub(r"\2", _HEADING.sub("", line.strip(), count=1))
        blocks.append(Paragraph(" ".join(plain.split()), Where(line=number)))
    _close(rows, blocks, notes)
    return Document("text/plain", tuple(blocks), issues=tuple(notes))


def _lines(text: str) -> Iterator[str]:
    return iter(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def _row(line: str, y: int, number: int, *, bars: bool) -> tuple[Cell, ...]:
    parts = _BAR.split(line) if bars else line.split("\t")
    if bars and not parts[0].strip() and len(parts) > 1:
        # A line that opens with a bar, as in Markdown, also closes with one: no cells there.
        parts = parts[1:]
        if len(parts) > 1 and not parts[-1].strip():
            parts = parts[:-1]
    return tuple(
        Cell(_cell_text(part), y, x, 1, 1, Where(line=number, column=x + 1)) for x, part in enumerate(parts[:_WIDEST])
    )


def _cell_text(part: str) -> str:
    if "<" in part:
        part = _BREAK.sub("\n", part)
    if "**" in part or "__" in part:
        part = _EMPHASIS.sub(r"\2", part)
    return part.strip().replace("\\|", "|")


def _close(rows: list[tuple[Cell, ...]], blocks: list[Block], issues: list[Issue]) -> None:
    if not rows:
        return
    where = rows[0][0].where._replace(column=None)
    cells = sum(len(row) for row in rows)
    if cells > MAX_CELLS:
        issues.append(Issue("table_too_large", "error", f"a table of {cells} cells was left out", where=where))
    elif max(len(row) for row in rows) == 1:
        blocks.extend(Paragraph(row[0].text, row[0].where) for row in rows if row[0].text)
    else:
        blocks.append(Grid(tuple(rows), "rows", where))
    rows.clear()
