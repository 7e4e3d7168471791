"""Plain text, Markdown and separator-delimited text -> Document.

Consecutive lines with bars or tabs are one grid of which only the order of cells within a
line is certain; every other line is a paragraph. Which reading the bars allow (cells packed
to the left, spans repeated, positions kept) is decided where the labels are known.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from parsers.grids import MAX_CELLS
from parsers.models import Block, Cell, Document, Grid, Issue, Paragraph, Where
from parsers.readers.charset import decode

__all__ = ["read", "read_lines"]

_BAR = re.compile(r"(?<!\\)[|｜│┃║]")
_OTHER_BAR = re.compile(r"[\\｜│┃║]")
_RULE = re.compile(r"[\s|｜│┃║:\-=+—─━┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬═]+")
_DRAWN = re.compile(r"[-=─━═]{3}|:-|-:|[+┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬]")
_SHORT_RULE = re.compile(r"[\s|]*-{1,2}[\s|-]*")  # a rule in Markdown, or cells that hold a dash
_ROW_RULE = re.compile(r"\s*[+├┣╠┌┏╔└┗╚]")
_BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
_HEADING = re.compile(r"#{1,6}\s+")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
_ENTITY = re.compile(r"&(?:#\d{2,6}|#x[0-9a-fA-F]{2,5}|[a-zA-Z]{2,8});")
_PAGE_NUMBER = re.compile(
    r"\s*(?:[-—–―－]+\s*\d{1,3}\s*[-—–―－]+|第\s*\d{1,3}\s*页(?:\s*[,，/]?\s*共\s*\d{1,3}\s*页)?)\s*"
)
_WIDEST = 200


def read(content: bytes) -> Document:
    """Text bytes -> Document; each place is a line number and, in a grid, a cell number."""
    page, _ = _walked(content)
    return Document("text/plain", tuple(page.blocks), issues=tuple(page.notes))


def read_lines(content: bytes) -> list[list[str]]:
    """Text bytes -> the lines as found, each as the pieces that `read` numbers: cell n of line m is [m - 1][n].

    The piece before the first cell is what stands left of a bar that bounds no cell; bars and
    tabs are pieces' last characters. A line without cells is one piece.

    >>> read_lines("| 规章 | 2 |\\n| 规范性文件 | 7 |\\n共7件".encode())
    [['|', ' 规章 |', ' 2 |', ''], ['|', ' 规范性文件 |', ' 7 |', ''], ['共7件']]
    """
    page, lines = _walked(content)
    grids = (block for block in page.blocks if isinstance(block, Grid))
    in_grid = {cell.where.line for grid in grids for row in grid.rows for cell in row}
    return [_pieces(line, n in page.edged) if n in in_grid else [line] for n, line in enumerate(lines, 1)]


def _walked(content: bytes) -> tuple[_Text, list[str]]:
    text, issues = decode(content)
    page = _Text(notes=list(issues))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        page.read_line(line, number)
    page.close_grid()
    return page, lines


def _pieces(line: str, edged: bool) -> list[str]:
    """A line of a grid cut behind its bars or tabs, with an empty piece first where its first cell begins the line."""
    parts = _split_bars(line) or line.split("\t")
    ends = list(accumulate(len(part) + 1 for part in parts))
    cut = [line[start:end] for start, end in pairwise([0, *ends])]
    return cut if edged else ["", *cut]


@dataclass(slots=True)
class _Line:
    """A line of a grid: its cells, and whether it opens with a bar."""

    parts: list[str]
    number: int
    opens: bool
    after_rule: bool
    skipped: int = 0  # cells left of `parts` that are none of the table


@dataclass(slots=True)
class _Text:
    """The blocks of one text, gathered line by line."""

    blocks: list[Block] = field(default_factory=list)
    notes: list[Issue] = field(default_factory=list)
    lines: list[_Line] = field(default_factory=list)
    after_rule: bool = False
    row_rules: int = 0
    edged: set[int] = field(default_factory=set)  # lines whose first bar bounds no cell

    def read_line(self, line: str, number: int) -> None:
        if not line.strip() or _PAGE_NUMBER.fullmatch(line):
            return
        parts = _split_bars(line) or (line.split("\t") if "\t" in line.strip() else [])
        if _RULE.fullmatch(line) and (_DRAWN.search(line) or (self.lines and not parts)):
            self.after_rule = True
            self.row_rules += bool(_ROW_RULE.match(line))
        elif parts:
            self._add(parts, number)
        else:
            self.close_grid()
            line = _unescaped(line)
            plain = _EMPHASIS.sub(r"\2", _HEADING.sub("", line.strip(), count=1))
            self.blocks.append(Paragraph(" ".join(plain.split()), Where(line=number)))

    def _add(self, parts: list[str], number: int) -> None:
        if len(parts) > _WIDEST:
            message = f"a line of {len(parts)} cells was cut after {_WIDEST}"
            self.notes.append(Issue("table_too_large", "error", message, where=Where(line=number)))
        opens = len(parts) > 1 and not parts[0].strip()
        self.lines.append(_Line([_cell_text(part) for part in parts[:_WIDEST]], number, opens, self.after_rule))
        self.after_rule = False

    def close_grid(self) -> None:
        """The lines gathered so far become a grid, or paragraphs if each is a single cell."""
        lines, self.lines = self.lines, []
        rules, self.row_rules, self.after_rule = self.row_rules, 0, False
        if len(lines) > 2 and _SHORT_RULE.fullmatch("|".join(lines[1].parts)):
            del lines[1]  # below the header and above rows: a rule
        if not lines:
            return
        if all(line.opens for line in lines):
            # Every line opens with a bar, as in Markdown: bars at the edges bound no cells.
            self.edged.update(line.number for line in lines)
            for line in lines:
                line.parts = line.parts[1:]
                if len(line.parts) > 1 and not line.parts[-1]:
                    line.parts = line.parts[:-1]
        if rules > len(lines) / 3:
            lines = _between_rules(lines)
        lines = _without_index(lines)
        cells = sum(len(line.parts) for line in lines)
        where = Where(line=lines[0].number)
        if cells > MAX_CELLS:
            self.notes.append(Issue("table_too_large", "error", f"a table of {cells} cells was left out", where=where))
        elif max(len(line.parts) for line in lines) == 1:
            paragraphs = (Paragraph(line.parts[0], Where(line=line.number)) for line in lines if line.parts[0])
            self.blocks.extend(paragraphs)
        else:
            self.blocks.append(Grid(tuple(_row(line, y) for y, line in enumerate(lines)), "rows", where))


def _without_index(lines: list[_Line]) -> list[_Line]:
    """The lines without the running numbers of rows and columns that data frames are printed with."""
    heads = [part for part in lines[0].parts if part]
    if len(heads) > 2 and heads == [str(i) for i in range(len(heads))]:
        lines = lines[1:]
    for first in ([line.parts[0] for line in lines], [line.parts[0] for line in lines[1:]]):
        if len(first) > 3 and first == [str(i) for i in range(len(first))]:
            for line in lines:
                line.parts = line.parts[1:]
                line.skipped += 1
            break
    return [line for line in lines if line.parts]


def _between_rules(lines: list[_Line]) -> list[_Line]:
    """Physical lines between two drawn rules are one row whose cells are wrapped, unless one column has two figures."""
    rows: list[_Line] = []
    for line in lines:
        if rows and not line.after_rule and len(line.parts) == len(rows[-1].parts) and not _both_count(rows[-1], line):
            rows[-1].parts = [f"{a}\n{b}".strip() for a, b in zip(rows[-1].parts, line.parts, strict=True)]
        else:
            rows.append(line)
    return rows


def _both_count(upper: _Line, lower: _Line) -> bool:
    return any(a[-1:].isdecimal() and b.isdecimal() for a, b in zip(upper.parts, lower.parts, strict=True))


def _row(line: _Line, y: int) -> tuple[Cell, ...]:
    return tuple(
        [
            Cell(text, y, x, 1, 1, Where(None, None, None, x + line.skipped + 1, line.number))
            for x, text in enumerate(line.parts)
        ]
    )


def _split_bars(line: str) -> list[str]:
    """The cells between bars; empty where the line has none that is not escaped."""
    if "|" in line and not _OTHER_BAR.search(line):
        return line.split("|")
    return _BAR.split(line) if _BAR.search(line) else []


def _unescaped(text: str) -> str:
    return html.unescape(text) if "&" in text and _ENTITY.search(text) else text


def _cell_text(part: str) -> str:
    part = part.strip()
    if not part or part.isalnum():
        return part
    part = _unescaped(part).strip()
    if "<" in part:
        part = _BREAK.sub("\n", part).strip()
    if "**" in part or "__" in part:
        part = _EMPHASIS.sub(r"\2", part).strip()
    return part.replace("\\|", "|")
