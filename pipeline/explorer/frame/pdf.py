"""An archived PDF and what is looked for in it in, its pages out as images and boxes to click on.

Boxes of cells are the reader's: points from the top left of the media box of the page as it
was read, which is turned where its text runs sideways. PDFium shows the crop box of the
page as the file says: both are brought to the user space of the page.
"""

import ctypes
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from io import BytesIO
from typing import Any, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from parsers.readers.pdf import MAX_PAGES
from pipeline.explorer.frame.marks import Link, Mark, Observed, Wanted
from pipeline.explorer.frame.quotes import Span, find_quotes

__all__ = ["PdfError", "draw_page", "show_pdf"]

PdfError = pdfium.PdfiumError

_DOTS_PER_POINT = 120 / 72
_LARGEST_SIDE = 2400  # dots; a poster is drawn smaller
_COLOURS = 64
_FINE = 100  # steps a point in PDFium's own conversion of places
_AROUND = 0.5  # points that a box stands off the characters

# PDFium is not made for two threads at once.
_pdfium = threading.Lock()

Box = tuple[float, float, float, float]


class _Place(NamedTuple):
    """A box on a page, in points from the top left of the page as shown, and the marks that lead there."""

    page: int
    box: Box
    marks: Sequence[Mark]
    named: bool = True


def show_pdf(content: bytes, wanted: Wanted, link: Link, page_address: str) -> str:
    """The body of a page for the frame; `page_address` has {} for the number of a page. Raises PdfError."""
    with _opened(content) as document:
        pages = [document[n] for n in range(min(len(document), MAX_PAGES))]
        left_out = len(document) - len(pages)
        sizes = [page.get_size() for page in pages]
        places = [*_observed(pages, wanted.observed), *_quoted(pages, wanted)]
    body = [_page(n, size, [p for p in places if p.page == n], link, page_address) for n, size in enumerate(sizes, 1)]
    if left_out:
        body.append(f'<p class="note">{left_out} more pages were not read.</p>')
    return "".join(body)


def draw_page(content: bytes, number: int) -> bytes:
    """Page `number`, from 1, as PNG. Raises PdfError for what is no PDF, IndexError where it has no such page."""
    with _opened(content) as document:
        if not 1 <= number <= min(len(document), MAX_PAGES):
            raise IndexError(f"the document has {len(document)} pages")
        page = document[number - 1]
        scale = min(_DOTS_PER_POINT, _LARGEST_SIDE / max(*page.get_size(), 1))
        image = page.render(scale=scale).to_pil()
    drawn = BytesIO()
    # Print on paper has few colours: a palette makes a third of the bytes.
    image.quantize(_COLOURS, method=2, dither=0).save(drawn, "PNG", compress_level=4)
    return drawn.getvalue()


@contextmanager
def _opened(content: bytes) -> Iterator[Any]:
    with _pdfium:
        document = pdfium.PdfDocument(content)
        try:
            yield document
        finally:
            document.close()


def _page(number: int, size: tuple[float, float], places: Sequence[_Place], link: Link, page_address: str) -> str:
    width, height = size
    boxes = "".join(_box(place, link) for place in places)
    return (
        f'<div class="page"><img src="{escape(page_address.format(number))}" alt="page {number}" loading="lazy" '
        f'width="{width:.0f}" height="{height:.0f}">'
        f'<svg viewBox="0 0 {width:.2f} {height:.2f}" preserveAspectRatio="none">{boxes}</svg></div>'
    )


def _box(place: _Place, link: Link) -> str:
    x0, top, x1, bottom = place.box
    title = escape("; ".join(dict.fromkeys(mark.title for mark in place.marks if mark.title)))
    drawn = f'<rect x="{x0:.1f}" y="{top:.1f}" width="{max(x1 - x0, 1):.1f}" height="{max(bottom - top, 1):.1f}"/>'
    # Every number at the place is an anchor around it, so that each lights it up.
    for mark in place.marks[1:] if place.named else ():
        drawn = f'<g id="{mark.anchor}">{drawn}</g>'
    named = f' id="{place.marks[0].anchor}"' if place.named else ""
    return f'<a{named} href="{escape(link(place.marks[0].anchor))}" target="_top"><title>{title}</title>{drawn}</a>'


def _observed(pages: Sequence[Any], observed: Sequence[Observed]) -> Iterator[_Place]:
    """The boxes of observations; several may stand in one."""
    by_place: dict[tuple[int, Box], list[Observed]] = {}
    for o in observed:
        page, box = o.where.get("page"), o.where.get("box")
        if page is not None and box is not None and 0 < page <= len(pages):
            by_place.setdefault((page, (box[0], box[1], box[2], box[3])), []).append(o)
    for number, page in enumerate(pages, 1):
        here = {box: found for (n, box), found in by_place.items() if n == number}
        if not here:
            continue
        turn = _turn(page, here)
        for box, found in here.items():
            user = _read_to_user(page, box, turn)
            yield _Place(number, _user_to_shown(page, user), [o.mark for o in found])


def _turn(page: Any, boxes: dict[Box, list[Observed]]) -> int:
    """By how much the reader turned the page: so that the boxes hold the figures that were read in them."""
    text = page.get_textpage()
    printed = [(box, _plain(found[0].raw)) for box, found in boxes.items() if found[0].raw][:20]

    def fits(turn: int) -> int:
        return sum(_plain(text.get_text_bounded(*_read_to_user(page, box, turn))) == raw for box, raw in printed)

    return max((0, 90, 270), key=fits) if printed and fits(0) < len(printed) / 2 else 0


def _plain(text: str) -> str:
    return "".join(text.split())


def _quoted(pages: Sequence[Any], wanted: Wanted) -> Iterator[_Place]:
    """The boxes around numbers in prose, one for each line of print that a number stands in."""
    if not wanted.quoted:
        return
    texts = [page.get_textpage() for page in pages]
    for quote, spans in zip(wanted.quoted, find_quotes([_characters(text) for text in texts], wanted), strict=True):
        for n, span in enumerate(spans[:1]):
            for m, box in enumerate(_lines(texts[span.text], span)):
                shown = _user_to_shown(pages[span.text], box)
                around = (shown[0] - _AROUND, shown[1] - _AROUND, shown[2] + _AROUND, shown[3] + _AROUND)
                yield _Place(span.text + 1, around, quote.marks, named=n == m == 0)


def _characters(text: Any) -> str:
    """The characters of a page, one for each index that PDFium counts."""
    found: str = text.get_text_range()
    if len(found) == text.count_chars():
        return found
    return "".join(chr(pdfium_c.FPDFText_GetUnicode(text.raw, i) or 32) for i in range(text.count_chars()))


def _lines(text: Any, span: Span) -> Iterator[Box]:
    """The boxes of some characters in user space (left, bottom, right, top), joined where they stand on one line."""
    joined: Box | None = None
    for i in range(span.start, span.end):
        left, bottom, right, top = text.get_charbox(i, loose=True)
        if right <= left or top <= bottom:
            continue
        beside = joined is not None and bottom < joined[3] and top > joined[1]
        below = joined is not None and left < joined[2] and right > joined[0]  # print that runs sideways
        if joined is not None and (beside or below):
            joined = (min(left, joined[0]), min(bottom, joined[1]), max(right, joined[2]), max(top, joined[3]))
            continue
        if joined is not None:
            yield joined
        joined = (left, bottom, right, top)
    if joined is not None:
        yield joined


def _read_to_user(page: Any, box: Box, turn: int) -> Box:
    """A box as pdfplumber counts -> left, bottom, right, top in the page's user space."""
    x0, y0, x1, y1 = page.get_mediabox()
    rotation = (page.get_rotation() + turn) % 360
    # As pdfplumber has it: the media box swaps its sides where the page is turned.
    left, low, height = (y0, x0, x1 - x0) if rotation in (90, 270) else (x0, y0, y1 - y0)
    corners = []
    for x, top in ((box[0], box[1]), (box[2], box[3])):
        across, up = x - left, height - (top + low)
        corners.append(
            {
                0: (across + x0, up + y0),
                90: (x1 - up, across + y0),
                180: (x1 - across, y1 - up),
                270: (up + x0, y1 - across),
            }[rotation]
        )
    return _ordered(*corners)


def _user_to_shown(page: Any, box: Box) -> Box:
    """A box in user space -> points from the top left of the page as PDFium shows it."""
    left, bottom, right, top = box
    return _ordered(_to_shown(page, left, bottom), _to_shown(page, right, top))


def _to_shown(page: Any, x: float, y: float) -> tuple[float, float]:
    width, height = page.get_size()
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDF_PageToDevice(
        page.raw, 0, 0, round(width * _FINE), round(height * _FINE), 0, x, y, across, down
    )  # fmt: skip
    return across.value / _FINE, down.value / _FINE


def _ordered(one: tuple[float, float], other: tuple[float, float]) -> Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1])
