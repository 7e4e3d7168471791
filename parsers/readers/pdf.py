"""PDF bytes with a text layer -> Document: ruled tables as grids, other lines as paragraphs.

Page numbers and lines repeated on every page are dropped, wrapped lines are joined into
paragraphs, also over a page break. Tables stay one grid a page, each cell with its page
and box; whoever fills them sees that they continue.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import pdfplumber
from pdfplumber.utils.exceptions import PdfminerException
from pdfplumber.utils.text import extract_text, extract_words

from parsers.errors import Unreadable
from parsers.grids import MAX_CELLS, RawCell, place_cells
from parsers.models import Block, Document, Grid, Issue, Paragraph, Where

__all__ = ["MAX_PAGES", "read"]

MAX_PAGES = 150
"""Annual reports have a dozen pages; further pages are not read, with an issue."""

_MAX_CHARS = 60_000  # a page with more is no report page; reading it would take minutes
_MAX_EDGES = 8_000
_PAGE_NUMBER = re.compile(
    r"[-—–―－·•~\s]*(?:第\s*)?\d{1,3}(?:\s*页)?(?:\s*[/，,]?\s*共?\s*\d{1,3}\s*页?)?[-—–―－·•~\s]*"
)
_UNMAPPED = re.compile(r"\(cid:\d+\)")
_MARGIN_SHARE = 0.12  # page numbers stand in this share of the page's height, top or bottom


_Box = tuple[float, float, float, float]


class _Line(NamedTuple):
    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    page: int


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
    if not any(lines or tables for lines, tables in pages):
        raise Unreadable("unsupported_format", "the PDF has no text layer (a scan)")
    blocks = tuple(_blocks(pages))
    unmapped = sum(len(_UNMAPPED.findall(b.text)) for b in blocks if isinstance(b, Paragraph))
    if unmapped:
        issues.append(Issue("unmapped_glyphs", "warning", f"{unmapped} characters have no Unicode value"))
    meta = {"title": title} if isinstance(title, str) and title.isprintable() else {}
    return Document("application/pdf", blocks, meta=meta, issues=tuple(issues))


def _limited(pages: list[Any], issues: list[Issue]) -> Iterator[Any]:
    if len(pages) > MAX_PAGES:
        issues.append(Issue("too_many_pages", "error", f"only {MAX_PAGES} of {len(pages)} pages were read"))
    yield from pages[:MAX_PAGES]


_Page = tuple[list[_Line], list[tuple[float, Grid]]]


def _read_page(page: Any, issues: list[Issue]) -> _Page:
    """One page -> its lines outside tables, and its tables with their top edge."""
    number = page.page_number
    chars = page.chars
    edges = len(page.lines) + 4 * len(page.rects) + len(page.curves)
    if len(chars) > _MAX_CHARS or edges > _MAX_EDGES:
        issues.append(
            Issue("page_too_large", "error", f"page {number} was not read: {len(chars)} characters, {edges} lines")
        )
        return [], []
    if _is_overprinted(chars):
        page = page.dedupe_chars()
        chars = page.chars
    height = float(page.height)
    chars, lines = _without_page_numbers(chars, number, height)
    tables: list[tuple[float, Grid]] = []
    inside: list[_Box] = []
    for ordinal, table in enumerate(page.find_tables() if edges else (), 1):
        if grid := _grid(table, chars, number, ordinal, issues):
            tables.append((table.bbox[1], grid))
            inside.append(table.bbox)
    if inside:
        chars = [c for c in chars if not any(_holds(box, c) for box in inside)]
        lines = _lines(chars, number)
    page.close()
    return lines, tables


def _is_overprinted(chars: list[dict[str, Any]]) -> bool:
    """Whether characters are printed twice in one place, as some writers fake bold type."""
    places = {(c["text"], round(c["x0"]), round(c["top"])) for c in chars if c["text"] != " "}
    return len(places) < sum(c["text"] != " " for c in chars)


def _without_page_numbers(
    chars: list[dict[str, Any]], page: int, height: float
) -> tuple[list[dict[str, Any]], list[_Line]]:
    lines = _lines(chars, page)
    margin = height * _MARGIN_SHARE
    numbers = [
        line
        for line in lines
        if (line.top < margin or line.bottom > height - margin)
        and _PAGE_NUMBER.fullmatch(line.text)
        and (not line.text.strip().isdigit() or line in (lines[0], lines[-1]))
        and line.x1 - line.x0 < 120
    ]
    if not numbers:
        return chars, lines
    boxes = [(n.x0 - 1, n.top - 1, n.x1 + 1, n.bottom + 1) for n in numbers]
    kept = [c for c in chars if not any(_holds(box, c) for box in boxes)]
    return kept, [line for line in lines if line not in numbers]


def _holds(box: _Box, char: dict[str, Any]) -> bool:
    x: float = (char["x0"] + char["x1"]) / 2
    y: float = (char["top"] + char["bottom"]) / 2
    return box[0] <= x < box[2] and box[1] <= y < box[3]


def _lines(chars: list[dict[str, Any]], page: int) -> list[_Line]:
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
        lines.append(
            _Line(
                " ".join(w["text"] for w in row),
                row[0]["x0"],
                min(w["top"] for w in row),
                row[-1]["x1"],
                max(w["bottom"] for w in row),
                page,
            )
        )
    return lines


def _grid(table: Any, chars: list[dict[str, Any]], page: int, ordinal: int, issues: list[Issue]) -> Grid | None:
    """A ruled table -> Grid; None for underlined prose and frames around text."""
    boxes = sorted(table.cells, key=lambda box: (box[1], box[0]))
    if len(boxes) > MAX_CELLS:
        where = Where(page=page, table=ordinal)
        issues.append(Issue("table_too_large", "error", f"a table of {len(boxes)} cells was left out", where=where))
        return None
    xs = _edges([box[0] for box in boxes] + [box[2] for box in boxes])
    ys = _edges([box[1] for box in boxes] + [box[3] for box in boxes])
    if len(xs) <= 2:
        return None
    held = _chars_by_cell(boxes, chars)
    if sum(bool(h) for h in held) < 2:
        return None
    rows: list[list[tuple[int, RawCell]]] = [[] for _ in range(len(ys) - 1)]
    for box, inside in zip(boxes, held, strict=True):
        x, y = _index(xs, box[0]), _index(ys, box[1])
        text = extract_text(inside) if inside else ""
        where = Where(page=page, table=ordinal, row=y + 1, box=_rounded(box))
        raw = RawCell(text, max(_index(ys, box[3]) - y, 1), max(_index(xs, box[2]) - x, 1), where)
        rows[min(y, len(rows) - 1)].append((x, raw))
    return Grid(place_cells([list(_numbered(row)) for row in rows]), "spans", Where(page=page, table=ordinal))


def _rounded(box: _Box) -> _Box:
    return round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1)


def _numbered(row: list[tuple[int, RawCell]]) -> Iterator[RawCell]:
    for position, (_, raw) in enumerate(sorted(row, key=lambda cell: cell[0]), 1):
        yield raw._replace(where=raw.where._replace(column=position))


def _chars_by_cell(boxes: list[_Box], chars: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    held: list[list[dict[str, Any]]] = [[] for _ in boxes]
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
    repeated = _repeated_lines(pages)
    kept = [[line for line in lines if line.text not in repeated] for lines, _ in pages]
    # A page may hold nothing but first lines: the margins are the document's.
    left = min((line.x0 for lines in kept for line in lines), default=0.0)
    right = max((line.x1 for lines in kept for line in lines), default=0.0)
    pieces: list[_Line] = []
    for lines, (_, tables) in zip(kept, pages, strict=True):
        items: list[tuple[float, _Line | Grid]] = [(line.top, line) for line in lines]
        items += [(top, grid) for top, grid in tables]
        for _, item in sorted(items, key=lambda pair: pair[0]):
            if isinstance(item, Grid):
                yield from _paragraph(pieces)
                yield item
                continue
            size = item.bottom - item.top
            indented = item.x0 > left + 1.2 * size
            if pieces and (indented or pieces[-1].x1 < right - 1.6 * size):
                yield from _paragraph(pieces)
            pieces.append(item)
    yield from _paragraph(pieces)


def _repeated_lines(pages: list[_Page]) -> set[str]:
    """Running headers and footers: a page's first or last line, the same on most pages."""
    if len(pages) < 3:
        return set()
    ends = Counter(text for lines, _ in pages for text in {line.text for line in (*lines[:1], *lines[-1:])})
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
