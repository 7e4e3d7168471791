"""PDF bytes with a text layer -> Document: ruled tables as grids, other lines as paragraphs.

Page numbers, watermarks and lines repeated on every page are dropped, wrapped lines are
joined into paragraphs, also over a page break. Tables stay one grid a page, each cell with
its page and box; grids that continue one table number their columns alike.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

import pdfplumber
from pdfplumber.utils.exceptions import PdfminerException
from pdfplumber.utils.text import extract_text, extract_words

from parsers.errors import Unreadable
from parsers.grids import MAX_CELLS, RawCell, place_cells
from parsers.models import Block, Document, Grid, Issue, Paragraph, Where
from parsers.readers.rulings import Box, ruled_tables

__all__ = ["MAX_PAGES", "read"]

MAX_PAGES = 150
"""Annual reports have a dozen pages; further pages are not read, with an issue."""

_MAX_CHARS = 60_000  # a page with more is no report page; reading it would take minutes
_MAX_EDGES = 8_000
_PAGE_NUMBER = re.compile(
    r"[-—–―－·•~\s]*(?:第\s*)?\d{1,3}(?:\s*页)?(?:\s*(?:[/，,]\s*共?|共)\s*\d{1,3}\s*页?)?[-—–―－·•~\s]*"
)
_HEADING = re.compile(r"[一二三四五六七八九十]{1,2}、")  # begins a paragraph, however long the line above it is
_UNMAPPED = re.compile(r"\(cid:\d+\)")
_MARGIN_SHARE = 0.12  # page numbers stand in this share of the page's height, top or bottom
_WIDEST_PAGE_NUMBER = 120  # points


_MAX_UNMAPPED = 0.5  # a text layer with more characters of no known value cannot be read
_RAISED = {ord(digit): mark for digit, mark in zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True)}

_CUT = "\ufffd"  # ends a text that may be that of two cells: it is no number
_FIGURE = frozenset("0123456789.,")
_TOUCHING = 0.03  # of the size of the print: the figures of one number stand side by side

_Char = dict[str, Any]


class _Line(NamedTuple):
    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    page: int


class _Table(NamedTuple):
    """A ruled table of one page: cell boxes with their texts."""

    cells: list[tuple[Box, str]]
    page: int
    ordinal: int

    @property
    def box(self) -> Box:
        boxes = [box for box, _ in self.cells]
        return (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))

    @property
    def top(self) -> float:
        return self.box[1]


class _Page(NamedTuple):
    lines: list[_Line]
    tables: list[_Table]
    characters: int = 0
    unmapped: int = 0


def read(content: bytes) -> Document:
    """PDF bytes -> Document.

    Raises Unreadable for broken or encrypted files and for scans without a text layer.
    """
    issues: list[Issue] = []
    try:
        with pdfplumber.open(io.BytesIO(content)) as pdf:
            title = pdf.metadata.get("Title") if pdf.metadata else None
            pages = [_read_page(page, issues) for page in _limited(pdf.pages, issues)]
    except Unreadable:
        raise
    except PdfminerException as error:
        cause = error.args[0] if error.args else error
        name = type(cause).__name__
        if "Password" in name or "Encrypt" in name:
            raise Unreadable("encrypted", "the PDF asks for a password") from error
        raise Unreadable("unreadable", f"not a whole PDF: {name}: {cause}") from error
    except Exception as error:
        # pdfminer meets broken files with whatever its internals raise; nothing of ours
        # runs inside but the page reader, which only arranges characters.
        raise Unreadable("unreadable", f"not a whole PDF: {type(error).__name__}: {error}") from error
    if not any(page.lines or page.tables for page in pages):
        if left_out := next((issue for issue in issues if issue.kind == "page_too_large"), None):
            raise Unreadable("too_large", left_out.message)
        raise Unreadable("unsupported_format", "the PDF has no text layer (a scan)")
    characters, unmapped = sum(page.characters for page in pages), sum(page.unmapped for page in pages)
    if unmapped > _MAX_UNMAPPED * characters:
        raise Unreadable("unreadable", f"the PDF's fonts give no text for {unmapped} of {characters} characters")
    if unmapped:
        issues.append(Issue("unmapped_glyphs", "warning", f"{unmapped} characters have no Unicode value"))
    blocks = tuple(_blocks(pages))
    meta = {"title": title} if isinstance(title, str) and title.isprintable() else {}
    return Document("application/pdf", blocks, meta=meta, issues=tuple(issues))


def _limited(pages: list[Any], issues: list[Issue]) -> Iterator[Any]:
    if len(pages) > MAX_PAGES:
        issues.append(Issue("too_many_pages", "error", f"only {MAX_PAGES} of {len(pages)} pages were read"))
    yield from pages[:MAX_PAGES]


def _read_page(page: Any, issues: list[Issue]) -> _Page:
    """One page -> its lines outside tables, and its ruled tables."""
    number = page.page_number
    edges = len(page.lines) + 4 * len(page.rects) + len(page.curves)
    if len(page.chars) > _MAX_CHARS or edges > _MAX_EDGES:
        issues.append(
            Issue("page_too_large", "error", f"page {number} was not read: {len(page.chars)} characters, {edges} lines")
        )
        return _Page([], [])
    page = _upright(page)
    if _is_overprinted(page.chars):
        page = page.dedupe_chars()
    chars = [char for char in page.chars if not _is_slanted(char)]
    tables: list[_Table] = []
    for ordinal, boxes in enumerate(ruled_tables(page.edges) if edges else (), 1):
        if len(boxes) > MAX_CELLS:
            where = Where(page=number, table=ordinal)
            issues.append(Issue("table_too_large", "error", f"a table of {len(boxes)} cells was left out", where=where))
        elif table := _table(boxes, chars, number, ordinal):
            tables.append(table)
    unmapped = sum(_UNMAPPED.fullmatch(char["text"]) is not None for char in chars)
    inside = [table.box for table in tables]
    outside = [char for char in chars if not any(_holds(box, char) for box in inside)]
    outside = _without_page_number(outside, number, float(page.height))
    page.close()
    return _Page(_lines(outside, number), tables, len(chars), unmapped)


def _upright(page: Any) -> Any:
    """The page, turned when its text is printed sideways."""
    sideways = sum(abs(char["matrix"][1]) > abs(char["matrix"][0]) for char in page.chars)
    if sideways <= len(page.chars) / 2:
        return page
    climbing = sum(char["matrix"][1] > 0 for char in page.chars) > sideways / 2
    page.page_obj.rotate = (page.rotation + (90 if climbing else 270)) % 360
    page.page_obj.attrs["Rotate"] = page.page_obj.rotate
    return type(page)(page.pdf, page.page_obj, page.page_number)


def _is_overprinted(chars: list[_Char]) -> bool:
    """Whether characters are printed twice in one place, as some writers fake bold type."""
    printed = [(c["text"], round(c["x0"]), round(c["top"])) for c in chars if c["text"] != " "]
    return len(set(printed)) < len(printed)


def _is_slanted(char: _Char) -> bool:
    """Whether a character runs neither across nor down the page: a watermark."""
    along, across, *_ = char["matrix"]
    return bool(min(abs(along), abs(across)) > 0.1 * max(abs(along), abs(across)))


def _without_page_number(chars: list[_Char], page: int, height: float) -> list[_Char]:
    margin = height * _MARGIN_SHARE
    numbers = []
    for top, bottom in ((0.0, margin), (height - margin, height)):
        lines = _lines([c for c in chars if top <= (c["top"] + c["bottom"]) / 2 < bottom], page)
        outermost = lines[:1] if top == 0 else lines[-1:]
        numbers += [
            line
            for line in lines
            if _PAGE_NUMBER.fullmatch(line.text)
            and (line in outermost or not line.text.strip().isdecimal())
            and line.x1 - line.x0 < _WIDEST_PAGE_NUMBER
        ]
    boxes = [(n.x0 - 1, n.top - 1, n.x1 + 1, n.bottom + 1) for n in numbers]
    return [char for char in chars if not any(_holds(box, char) for box in boxes)]


def _holds(box: Box, char: _Char) -> bool:
    x: float = (char["x0"] + char["x1"]) / 2
    y: float = (char["top"] + char["bottom"]) / 2
    return bool(box[0] <= x < box[2] and box[1] <= y < box[3])


def _lines(chars: list[_Char], page: int) -> list[_Line]:
    """Characters -> text lines from top to bottom."""
    words = extract_words(chars, x_tolerance=3, y_tolerance=3)
    rows: list[list[dict[str, Any]]] = []
    for word in words:
        middle = (word["top"] + word["bottom"]) / 2
        if rows and rows[-1][0]["top"] <= middle <= rows[-1][0]["bottom"]:
            rows[-1].append(word)
        else:
            rows.append([word])
    lines = []
    for row in rows:
        row.sort(key=lambda w: w["x0"])
        top, bottom = min(w["top"] for w in row), max(w["bottom"] for w in row)
        lines.append(_Line(" ".join(w["text"] for w in row), row[0]["x0"], top, row[-1]["x1"], bottom, page))
    return lines


def _table(boxes: list[Box], chars: list[_Char], page: int, ordinal: int) -> _Table | None:
    """A ruled table with its texts; None for underlined prose and frames around text."""
    boxes = sorted(boxes, key=lambda box: (box[1], box[0]))
    if len(_edges([box[0] for box in boxes] + [box[2] for box in boxes])) <= 2:
        return None
    held = _without_large(_chars_by_cell(boxes, chars))
    if sum(bool(h) for h in held) < 2:
        return None
    cut = _cut_figures(held, chars)
    texts = [f"{_cell_text(inside)}{_CUT if i in cut else ''}" for i, inside in enumerate(held)]
    return _Table(list(zip(boxes, texts, strict=True)), page, ordinal)


def _without_large(held: list[list[_Char]]) -> list[list[_Char]]:
    """The characters of cells but those of a watermark, which is printed much larger."""
    sizes = [char["size"] for inside in held for char in inside]
    limit = 2 * median(sizes) if sizes else 0
    return [[char for char in inside if char["size"] <= limit] for inside in held]


def _cell_text(chars: list[_Char]) -> str:
    """The characters of a cell in reading order, also where a label is turned to run up or down."""
    turned = [char for char in chars if abs(char["matrix"][1]) > abs(char["matrix"][0])]
    if not chars or len(turned) <= len(chars) / 2:
        return extract_text(_with_raised(chars)) if chars else ""
    climbs = sum(char["matrix"][1] > 0 for char in turned) > len(turned) / 2
    if not climbs:
        return extract_text(chars)
    return extract_text(chars, line_dir_rotated="ltr", char_dir_rotated="btt")


def _with_raised(chars: list[_Char]) -> list[_Char]:
    """A cell's characters, with small raised digits written as such: they are footnote marks."""
    size = max(char["size"] for char in chars)
    if all(char["size"] > 0.8 * size for char in chars):
        return chars
    bottom = max(char["bottom"] for char in chars if char["size"] == size)
    return [
        {**char, "text": char["text"].translate(_RAISED)}
        if char["size"] <= 0.8 * size and char["bottom"] < bottom - 0.15 * size
        else char
        for char in chars
    ]


def _grid(table: _Table, xs: list[float]) -> Grid:
    """A table -> Grid, its columns numbered by the rulings `xs`."""
    ys = _edges([y for box, _ in table.cells for y in (box[1], box[3])])
    rows: list[list[tuple[int, RawCell]]] = [[] for _ in range(len(ys) - 1)]
    for box, text in table.cells:
        x, y = _index(xs, box[0]), _index(ys, box[1])
        where = Where(page=table.page, table=table.ordinal, row=y + 1, box=_rounded(box))
        raw = RawCell(text, max(_index(ys, box[3]) - y, 1), max(_index(xs, box[2]) - x, 1), where)
        rows[min(y, len(rows) - 1)].append((x, raw))
    where = Where(page=table.page, table=table.ordinal)
    return Grid(place_cells([list(_numbered(row)) for row in rows]), "spans", where)


def _rounded(box: Box) -> Box:
    return round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1)


def _numbered(row: list[tuple[int, RawCell]]) -> Iterator[RawCell]:
    for position, (_, raw) in enumerate(sorted(row, key=lambda cell: cell[0]), 1):
        yield raw._replace(where=raw.where._replace(column=position))


def _chars_by_cell(boxes: list[Box], chars: list[_Char]) -> list[list[_Char]]:
    held: list[list[_Char]] = [[] for _ in boxes]
    top, bottom = min(box[1] for box in boxes), max(box[3] for box in boxes)
    for char in chars:
        x = (char["x0"] + char["x1"]) / 2
        y = (char["top"] + char["bottom"]) / 2
        if not top <= y < bottom:
            continue
        for index, box in enumerate(boxes):
            if box[1] <= y < box[3] and box[0] <= x < box[2]:
                held[index].append(char)
                break
    return held


def _cut_figures(held: list[list[_Char]], chars: list[_Char]) -> set[int]:
    """The cells over whose ruling a figure runs on into the next cell, or out of the table."""
    owner = {id(char): i for i, inside in enumerate(held) for char in inside}
    figures = sorted((c for c in chars if c["text"] in _FIGURE), key=lambda c: (round(c["top"]), c["x0"]))
    cut: set[int | None] = set()
    for left, right in pairwise(figures):
        alike = abs(left["top"] - right["top"]) < 1 and abs(left["size"] - right["size"]) < 1
        if (
            alike
            and right["x0"] - left["x1"] < _TOUCHING * left["size"]
            and owner.get(id(left)) != owner.get(id(right))
        ):
            cut |= {owner.get(id(left)), owner.get(id(right))}
    return {i for i in cut if i is not None}


def _edges(values: list[float]) -> list[float]:
    """Distinct ruling positions; rulings closer than three points are one."""
    edges: list[float] = []
    for value in sorted(values):
        if not edges or value - edges[-1] > 3:
            edges.append(value)
    return edges


def _index(edges: list[float], value: float) -> int:
    return min(range(len(edges)), key=lambda i: abs(edges[i] - value))


def _blocks(pages: list[_Page]) -> Iterator[Block]:
    """Pages -> blocks in reading order, wrapped lines joined."""
    items = list(_items(pages))
    # A page may hold nothing but first lines: the margins are the document's.
    left = min((item.x0 for item in items if isinstance(item, _Line)), default=0.0)
    right = max((item.x1 for item in items if isinstance(item, _Line)), default=0.0)
    columns = _columns(items)
    pieces: list[_Line] = []
    for item in items:
        if isinstance(item, _Table):
            yield from _paragraph(pieces)
            yield _grid(item, columns[item.page, item.ordinal])
            continue
        size = item.bottom - item.top
        indented = item.x0 > left + 1.2 * size
        if pieces and (indented or pieces[-1].x1 < right - 1.6 * size or _HEADING.match(item.text)):
            yield from _paragraph(pieces)
        pieces.append(item)
    yield from _paragraph(pieces)


def _items(pages: list[_Page]) -> Iterator[_Line | _Table]:
    """The lines and tables of all pages from top to bottom, without running headers and footers."""
    repeated = _repeated_lines(pages)
    for lines, tables, *_ in pages:
        kept = [line for line in lines if line.text not in repeated]
        items: list[_Line | _Table] = [*kept, *tables]
        yield from sorted(items, key=lambda item: item.top)


def _columns(items: list[_Line | _Table]) -> dict[tuple[int, int], list[float]]:
    """The rulings down of each table by page and ordinal; a table over several pages has one set."""
    columns: dict[tuple[int, int], list[float]] = {}
    together: list[_Table] = []

    def close() -> None:
        xs = _edges([x for table in together for box, _ in table.cells for x in (box[0], box[2])])
        columns.update({(table.page, table.ordinal): xs for table in together})
        together.clear()

    for item in items:
        if isinstance(item, _Table):
            if together and not _continues(together[-1], item):
                close()
            together.append(item)
        elif together:
            close()
    close()
    return columns


def _continues(upper: _Table, lower: _Table) -> bool:
    same_sides = all(abs(upper.box[side] - lower.box[side]) <= 3 for side in (0, 2))
    return lower.page == upper.page + 1 and same_sides


def _repeated_lines(pages: list[_Page]) -> set[str]:
    """Running headers and footers: a page's first or last line, the same on most pages."""
    if len(pages) < 3:
        return set()
    ends = Counter(text for page in pages for text in {line.text for line in (*page.lines[:1], *page.lines[-1:])})
    return {text for text, count in ends.items() if count >= 3 and count > len(pages) / 2}


def _paragraph(pieces: list[_Line]) -> Iterator[Paragraph]:
    if not pieces:
        return
    text = pieces[0].text
    for previous, line in pairwise(pieces):
        # Chinese lines join without a space, Latin words keep one.
        gap = " " if previous.text[-1:].isascii() and line.text[:1].isascii() and line.text[:1].isalpha() else ""
        text += gap + line.text
    first = pieces[0]
    same = [piece for piece in pieces if piece.page == first.page]
    right, bottom = max(piece.x1 for piece in same), max(piece.bottom for piece in same)
    box = _rounded((min(piece.x0 for piece in same), first.top, right, bottom))
    pieces.clear()
    yield Paragraph(" ".join(text.split()), Where(page=first.page, box=box))
