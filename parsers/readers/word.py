"""Word `.docx` bytes -> Document: paragraphs and tables with their merged cells."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from parsers.errors import Unreadable
from parsers.grids import MAX_CELLS, RawCell, place_cells
from parsers.models import Block, Document, Grid, Issue, Paragraph, Where

__all__ = ["MAX_UNPACKED_BYTES", "read"]

MAX_UNPACKED_BYTES = 200 * 1024 * 1024
"""What a .docx may unpack to; beyond it the file is taken for a zip bomb."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_TEXT, _BREAKS, _TAB = f"{_W}t", frozenset((f"{_W}br", f"{_W}cr")), f"{_W}tab"
_P, _TBL, _TR, _TC, _R = f"{_W}p", f"{_W}tbl", f"{_W}tr", f"{_W}tc", f"{_W}r"
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SKIPPED = frozenset((f"{_W}del", f"{_W}pPr", f"{_W}tblPr", f"{_W}trPr", f"{_W}tcPr", f"{_W}moveFrom", _FALLBACK))


def read(content: bytes) -> Document:
    """`.docx` bytes -> Document. Raises Unreadable for broken or bomb-like files."""
    _refuse_bombs(content)
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from lxml.etree import LxmlError

    try:
        opened = docx.Document(io.BytesIO(content))
        body = opened.element.body
    except (
        PackageNotFoundError,
        KeyError,
        ValueError,
        AttributeError,
        zipfile.BadZipFile,
        LxmlError,
        OSError,
    ) as error:
        raise Unreadable("unreadable", f"not a whole Word document: {error}") from error
    writer = _Body()
    writer.walk(body)
    meta = {"title": opened.core_properties.title} if opened.core_properties.title else {}
    return Document(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        tuple(writer.blocks),
        meta=meta,
        issues=tuple(writer.issues),
    )


def _refuse_bombs(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Unreadable("unreadable", f"not a whole zip file: {error}") from error
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable("encrypted", "the entries of the .docx are encrypted")
    if (unpacked := sum(entry.file_size for entry in entries)) > MAX_UNPACKED_BYTES:
        raise Unreadable("too_large", f"the .docx would unpack to {unpacked:,} bytes")


class _Body:
    """The blocks of a document body, gathered in order."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.issues: list[Issue] = []
        self._paragraphs = 0
        self._tables = 0

    def walk(self, parent: Any) -> None:
        for child in parent:
            if child.tag == _P:
                for text in _text(child).split("\n"):
                    if text := " ".join(text.split()):
                        self._paragraphs += 1
                        self.blocks.append(Paragraph(text, Where(paragraph=self._paragraphs)))
            elif child.tag == _TBL:
                self._table(child)
            elif child.tag not in _SKIPPED and len(child):
                self.walk(child)  # content controls and other wrappers

    def _table(self, table: Any) -> None:
        self._tables += 1
        number = self._tables
        rows = [list(_cells(tr)) for tr in _rows(table)]
        count = sum(len(row) for row in rows)
        if count > MAX_CELLS:
            where = Where(table=number)
            self.issues.append(Issue("table_too_large", "error", f"a table of {count} cells was left out", where=where))
            return
        if max((len(row) for row in rows), default=0) <= 1 or _is_layout(rows):
            for row in rows:
                for element, _, _, _ in row:
                    self.walk(element)
            return
        placed = place_cells(_raw_cells(rows, number))
        self.blocks.append(Grid(placed, "spans", Where(table=number)))


def _is_layout(rows: list[list[tuple[Any, int, int, str | None]]]) -> bool:
    """A table around tables holds data only when most of the cells are its own."""
    inner = own = 0
    for row in rows:
        for element, _, _, _ in row:
            nested = sum(1 for _ in element.iter(_TC)) - 1
            inner += nested
            own += nested == 0 and bool(_cell_text(element))
    return inner > 0 and inner >= own


def _rows(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == _TR:
            if child.find(f"{_W}trPr/{_W}hidden") is None:
                yield child
        elif child.tag not in _SKIPPED and len(child) and child.tag != _TBL:
            yield from _rows(child)


def _cells(row: Any) -> Iterator[tuple[Any, int, int, str | None]]:
    """Each cell of a row: its element, grid column, columns spanned, and vertical merge."""
    before = row.find(f"{_W}trPr/{_W}gridBefore")
    x = _number(before, 0)
    for child in _direct_cells(row):
        span = _number(child.find(f"{_W}tcPr/{_W}gridSpan"), 1)
        merge = child.find(f"{_W}tcPr/{_W}vMerge")
        state = None if merge is None else (merge.get(f"{_W}val") or "continue")
        yield child, x, max(span, 1), state
        x += max(span, 1)


def _direct_cells(row: Any) -> Iterator[Any]:
    for child in row:
        if child.tag == _TC:
            yield child
        elif child.tag not in _SKIPPED and len(child):
            yield from _direct_cells(child)


def _number(element: Any, default: int) -> int:
    value = element.get(f"{_W}val") if element is not None else None
    return min(int(value), 1000) if value and value.isdigit() else default


def _raw_cells(rows: list[list[tuple[Any, int, int, str | None]]], number: int) -> list[list[RawCell]]:
    """Cells as HTML would have them: a merged column becomes one cell spanning down."""
    continues = [{x: state == "continue" for _, x, _, state in row} for row in rows]
    result = []
    for y, row in enumerate(rows):
        cells = []
        if row and row[0][1] > 0:
            cells.append(RawCell("", 1, row[0][1], Where(table=number, row=y + 1)))
        for position, (element, x, span, state) in enumerate(row, 1):
            if state == "continue" and y > 0 and x in continues[y - 1]:
                continue
            rowspan = 1
            while state is not None and y + rowspan < len(rows) and continues[y + rowspan].get(x):
                rowspan += 1
            where = Where(table=number, row=y + 1, column=position)
            cells.append(RawCell(_cell_text(element), rowspan, span, where))
        result.append(cells)
    return result


def _cell_text(cell: Any) -> str:
    lines = (" ".join(line.split()) for p in cell.iter(_P) for line in _text(p).split("\n"))
    return "\n".join(line for line in lines if line)


def _text(paragraph: Any) -> str:
    """Visible text of a paragraph: deleted and hidden runs and fallback copies left out."""
    pieces: list[str] = []
    stack = list(reversed(paragraph))
    while stack:
        element = stack.pop()
        tag = element.tag
        if tag == _TEXT:
            pieces.append(_shown(element))
        elif tag in _BREAKS:
            pieces.append("\n")
        elif tag == _TAB:
            pieces.append(" ")
        elif tag in _SKIPPED or (tag == _R and element.find(f"{_W}rPr/{_W}vanish") is not None):
            continue
        elif isinstance(tag, str):
            stack.extend(reversed(element))
    return "".join(pieces)


def _shown(text: Any) -> str:
    """The characters of a run's text; a raised footnote number stays apart from a figure."""
    raised = text.getparent().find(f"{_W}rPr/{_W}vertAlign")
    shown: str = text.text or ""
    if raised is not None and raised.get(f"{_W}val") == "superscript":
        return shown.translate(_SUPERSCRIPT)
    return shown
