"""Word `.docx` bytes -> Document: paragraphs and tables with their merged cells.

What Word would not show is left out: deleted and hidden text and rows, and the fallback
copies of what newer versions draw otherwise.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

from parsers.errors import Unreadable
from parsers.grids import MAX_CELLS, RawCell, place_cells
from parsers.models import Block, Document, Grid, Issue, Paragraph, Where

__all__ = ["MAX_UNPACKED_BYTES", "read"]

MAX_UNPACKED_BYTES = 200 * 1024 * 1024
"""What a .docx may unpack to; beyond it the file is taken for a zip bomb."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_P, _TBL, _TR, _TC, _R, _BOX = (f"{_W}{name}" for name in ("p", "tbl", "tr", "tc", "r", "txbxContent"))
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_TEXT, _SYMBOL = f"{_W}t", f"{_W}sym"
_PRINTED = {
    f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}tab": " ", f"{_W}noBreakHyphen": "-", f"{_W}ptab": " ",
}  # fmt: skip
_SKIPPED = frozenset(
    (f"{_W}del", f"{_W}moveFrom", f"{_W}pPr", f"{_W}rPr", f"{_W}tblPr", f"{_W}trPr", f"{_W}tcPr", _FALLBACK)
)
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_TITLE_STYLES = ("title", "heading", "标题")


class _Merged(NamedTuple):
    """A cell's element, its grid column, the columns it spans, and how it merges downwards."""

    element: Any
    column: int
    span: int
    down: str | None


def read(content: bytes) -> Document:
    """`.docx` bytes -> Document. Raises Unreadable for broken or bomb-like files."""
    _refuse_bombs(content)
    import docx

    try:
        opened = docx.Document(io.BytesIO(content))
        body = opened.element.body
        title = opened.core_properties.title
        headings = _heading_styles(opened.styles.element)
    except Exception as error:
        # python-docx meets broken parts with whatever its internals raise.
        raise Unreadable("unreadable", f"not a whole Word document: {error}") from error
    if body is None:
        raise Unreadable("unreadable", "not a whole Word document: it has no body")
    writer = _Body(headings)
    writer.walk(body)
    return Document(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        tuple(writer.blocks),
        meta={"title": title} if title else {},
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


def _heading_styles(styles: Any) -> frozenset[str]:
    """The ids of the styles of titles and headings: Chinese Word numbers them, their names tell."""
    named = ((style.get(f"{_W}styleId"), style.find(f"{_W}name")) for style in styles.iter(f"{_W}style"))
    return frozenset(
        str(key)
        for key, name in named
        if name is not None and str(name.get(f"{_W}val")).lower().startswith(_TITLE_STYLES)
    )


class _Body:
    """The blocks of a document body, gathered in order."""

    def __init__(self, headings: frozenset[str] = frozenset()) -> None:
        self.headings = headings
        self.blocks: list[Block] = []
        self.issues: list[Issue] = []
        self._paragraphs = 0
        self._tables = 0

    def walk(self, parent: Any) -> None:
        for child in parent:
            if child.tag == _P:
                self._paragraph(child)
            elif child.tag == _TBL:
                self._table(child)
            elif child.tag not in _SKIPPED and len(child):
                self.walk(child)  # content controls and other wrappers

    def _paragraph(self, paragraph: Any) -> None:
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        name = str(style.get(f"{_W}val")) if style is not None else ""
        is_heading = name in self.headings or name.lower().startswith(_TITLE_STYLES)
        for text in _text(paragraph).split("\n"):
            if text := " ".join(text.split()):
                self._paragraphs += 1
                kind = "heading" if is_heading else "text"
                self.blocks.append(Paragraph(text, Where(paragraph=self._paragraphs), kind))  # type: ignore[arg-type]
        for box in _boxes(paragraph):
            self.walk(box)

    def _table(self, table: Any) -> None:
        self._tables += 1
        number = self._tables
        numbered = [(y, list(_cells(tr))) for y, tr in enumerate(_rows(table), 1) if not _is_removed(tr)]
        rows = [row for _, row in numbered]
        count = sum(len(row) for row in rows)
        if count > MAX_CELLS:
            where = Where(table=number)
            self.issues.append(Issue("table_too_large", "error", f"a table of {count} cells was left out", where=where))
            return
        if max((len(row) for row in rows), default=0) <= 1 or _is_layout(rows):
            for row in rows:
                for cell in row:
                    self.walk(cell.element)
            return
        cells = _raw_cells(rows, number, [y for y, _ in numbered])
        self.blocks.append(Grid(place_cells(cells), "spans", Where(table=number)))


def _boxes(paragraph: Any) -> Iterator[Any]:
    """Text boxes anchored in a paragraph, without the fallback copies."""
    for box in paragraph.iter(_BOX):
        if next(box.iterancestors(_P), None) is paragraph and next(box.iterancestors(_FALLBACK), None) is None:
            yield box


def _is_layout(rows: list[list[_Merged]]) -> bool:
    """A table around tables holds data only when most of the cells are its own."""
    inner = own = 0
    for row in rows:
        for cell in row:
            nested = sum(1 for _ in cell.element.iter(_TC)) - 1
            inner += nested
            own += nested == 0 and bool(_cell_text(cell.element))
    return inner > 0 and inner >= own


def _is_on(element: Any) -> bool:
    """Whether an on/off property is there and not switched off."""
    return element is not None and element.get(f"{_W}val", "1") not in ("0", "false", "off", "none")


def _rows(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == _TR:
            yield child
        elif child.tag not in _SKIPPED and len(child) and child.tag != _TBL:
            yield from _rows(child)


def _is_removed(row: Any) -> bool:
    return _is_on(row.find(f"{_W}trPr/{_W}hidden")) or row.find(f"{_W}trPr/{_W}del") is not None


def _cells(row: Any) -> Iterator[_Merged]:
    x = _number(row.find(f"{_W}trPr/{_W}gridBefore"), 0)
    pending: _Merged | None = None
    for child in _direct_cells(row):
        span = max(_number(child.find(f"{_W}tcPr/{_W}gridSpan"), 1), 1)
        across = child.find(f"{_W}tcPr/{_W}hMerge")
        if across is not None and across.get(f"{_W}val") != "restart" and pending is not None:
            pending = pending._replace(span=pending.span + span)
        else:
            if pending is not None:
                yield pending
            down = child.find(f"{_W}tcPr/{_W}vMerge")
            state = None if down is None else (down.get(f"{_W}val") or "continue")
            pending = _Merged(child, x, span, state)
        x += span
    if pending is not None:
        yield pending


def _direct_cells(row: Any) -> Iterator[Any]:
    for child in row:
        if child.tag == _TC:
            yield child
        elif child.tag not in _SKIPPED and len(child):
            yield from _direct_cells(child)


def _number(element: Any, default: int) -> int:
    value = str(element.get(f"{_W}val", "")).removeprefix("+") if element is not None else ""
    return min(int(value), 1000) if value and value.isdecimal() else default


def _raw_cells(rows: list[list[_Merged]], number: int, written: list[int]) -> list[list[RawCell]]:
    """Cells as HTML would have them: a merged column becomes one cell spanning down.

    `written` are the numbers of the rows as the file has them.
    """
    continues = [{cell.column: cell.down == "continue" for cell in row} for row in rows]
    result = []
    for y, row in enumerate(rows):
        cells = []
        if row and row[0].column > 0:
            cells.append(RawCell("", 1, row[0].column, Where(table=number, row=written[y])))
        for position, cell in enumerate(row, 1):
            if cell.down == "continue" and y > 0 and cell.column in continues[y - 1]:
                continue
            rowspan = 1
            while cell.down is not None and y + rowspan < len(rows) and continues[y + rowspan].get(cell.column):
                rowspan += 1
            where = Where(table=number, row=written[y], column=position)
            cells.append(RawCell(_cell_text(cell.element), rowspan, cell.span, where))
        result.append(cells)
    return result


def _cell_text(cell: Any) -> str:
    lines = (" ".join(line.split()) for p in cell.iter(_P) for line in _text(p).split("\n"))
    return "\n".join(line for line in lines if line)


def _text(paragraph: Any) -> str:
    """Visible text of a paragraph, without that of text boxes anchored in it."""
    pieces: list[str] = []
    stack = list(reversed(paragraph))
    while stack:
        element = stack.pop()
        tag = element.tag
        if tag == _TEXT:
            pieces.append(_shown(element))
        elif tag == _MATH_TEXT:
            pieces.append(element.text or "")
        elif tag in _PRINTED:
            pieces.append(_PRINTED[tag])
        elif tag == _SYMBOL:
            pieces.append(_symbol(element))
        elif tag in _SKIPPED or tag == _BOX or (tag == _R and _is_left_out(element)):
            continue
        elif isinstance(tag, str):
            stack.extend(reversed(element))
    return "".join(pieces)


def _is_left_out(run: Any) -> bool:
    """Whether a run is hidden, or struck out and so no more part of the text."""
    return any(_is_on(run.find(f"{_W}rPr/{_W}{name}")) for name in ("vanish", "strike", "dstrike"))


def _shown(text: Any) -> str:
    """The characters of a run's text; a raised footnote number stays apart from a figure."""
    shown: str = text.text or ""
    style = text.getparent().find(f"{_W}rPr")
    if style is None or not any(char.isdecimal() for char in shown):
        return shown
    aligned, raised = style.find(f"{_W}vertAlign"), style.find(f"{_W}position")
    if aligned is not None and aligned.get(f"{_W}val") == "superscript":
        return shown.translate(_SUPERSCRIPT)
    if _number(raised, 0) > 0:
        return shown.translate(_SUPERSCRIPT)
    return shown


def _symbol(element: Any) -> str:
    """A character of a symbol font: its plain counterpart if it has one."""
    code = element.get(f"{_W}char") or ""
    try:
        low = int(code, 16) & 0xFF
    except ValueError:
        return "\ufffd"
    return chr(low) if element.get(f"{_W}font") == "Symbol" and 0x20 < low < 0x7F else "\ufffd"
