"""Boxes of a PDF lie on what the reader read there, however the page is turned or cut."""

import io
import re

import pypdfium2 as pdfium
import pytest
from PIL import Image
from reportlab.pdfgen import canvas
from source_helpers import PdfText

from parsers.models import Grid
from parsers.readers.pdf import read
from pipeline.explorer.frame.marks import Mark, Observed, Quoted, Wanted
from pipeline.explorer.frame.pdf import PdfError, draw_page, show_pdf

LINE = "In all 12345 requests were received"


def pdf_of(rotation=0, media=None, crop=None, sideways=False):
    """A page with a line of prose and a ruled table of three columns and four rows."""
    drawn = io.BytesIO()
    paper = canvas.Canvas(drawn, pagesize=(600, 800))
    if sideways:
        paper.translate(600, 0)
        paper.rotate(90)
    top = 400 if sideways else 500
    for y in range(4):
        for x in range(3):
            paper.rect(100 + x * 100, top - y * 40, 100, 40)
            paper.drawString(105 + x * 100, top + 12 - y * 40, f"{x}{y}7")
    paper.drawString(100, top + 80, LINE)
    paper.save()
    document = pdfium.PdfDocument(drawn.getvalue())
    page = document[0]
    if rotation:
        page.set_rotation(rotation)
    if media:
        page.set_mediabox(*media)
    if crop:
        page.set_cropbox(*crop)
    changed = io.BytesIO()
    document.save(changed)
    return changed.getvalue()


def boxes_of(body):
    """The box of each anchor on the pages of a frame: x0, top, x1, bottom."""
    found = {}
    for number, page in enumerate(body.split('<div class="page">')[1:], 1):
        for anchors, *box in re.findall(
            r'<a id="(\w+)".*?<rect x="([-\d.]+)" y="([-\d.]+)" width="([-\d.]+)" height="([-\d.]+)"', page
        ):
            x, y, width, height = map(float, box)
            found[anchors] = number, (x, y, x + width, y + height)
    return found


def wanted_of(content):
    cells = [c for b in read(content).blocks if isinstance(b, Grid) for row in b.rows for c in row]
    observed = [Observed(Mark(f"o{n}", ""), c.where.as_dict(), c.text) for n, c in enumerate(cells)]
    number = Quoted((Mark("f0", ""),), 0, LINE.index("12345"), LINE.index("12345") + 5, 0, len(LINE))
    return Wanted(observed, [number], [LINE])


CUTS = [(None, None), ((-20, -30, 600, 800), (60, 80, 560, 760)), ((30, 50, 580, 780), None)]


@pytest.mark.parametrize(("media", "crop"), CUTS)
@pytest.mark.parametrize(
    ("rotation", "sideways"), [(0, False), (90, False), (270, False), (0, True), (90, True), (180, True)]
)
def test_boxes_hold_what_was_read_in_them(rotation, sideways, media, crop):
    content = pdf_of(rotation, media, crop, sideways)
    wanted = wanted_of(content)
    assert len(wanted.observed) == 12
    boxes = boxes_of(show_pdf(content, wanted, "/r#{}".format, "page-{}.png"))
    printed = PdfText(content)
    for observed in wanted.observed:
        assert printed.within(*boxes[observed.mark.anchor]) == observed.raw
    assert printed.within(*boxes["f0"], edge=1.5) == "12345"


def test_a_page_is_laid_out_as_it_is_drawn():
    content = pdf_of(90, crop=(60, 80, 560, 760))
    body = show_pdf(content, Wanted(), "/r#{}".format, "/x/page-{}.png")
    assert '<img src="/x/page-1.png" alt="page 1" loading="lazy" width="680" height="500">' in body
    with Image.open(io.BytesIO(draw_page(content, 1))) as image:
        assert image.format == "PNG"
        assert image.width / image.height == pytest.approx(680 / 500, abs=0.01)
        assert 1000 < image.width < 1300


def test_a_poster_is_drawn_small():
    with Image.open(io.BytesIO(draw_page(pdf_of(media=(0, 0, 14000, 9000)), 1))) as image:
        assert max(image.size) <= 2401


def test_several_numbers_in_one_box_are_anchors_around_it():
    where = {"page": 1, "table": 1, "row": 1, "column": 1, "box": [100, 260, 200, 300]}
    observed = [Observed(Mark(f"o{n}", "规章 <i>"), where, "007") for n in range(3)]
    body = show_pdf(pdf_of(), Wanted(observed), "/r?a&b#{}".format, "page-{}.png")
    assert body.count("<rect") == 1
    assert [body.count(f'id="o{n}"') for n in range(3)] == [1, 1, 1]
    assert "<title>规章 &lt;i&gt;</title>" in body
    assert 'href="/r?a&amp;b#o0"' in body


def test_places_on_pages_that_are_not_there():
    where = {"page": 7, "box": [0, 0, 10, 10]}
    body = show_pdf(pdf_of(), Wanted([Observed(Mark("o0", ""), where, "1")]), "/r#{}".format, "page-{}.png")
    assert "o0" not in body


@pytest.mark.parametrize("number", [0, 2, 10**9])
def test_a_page_that_is_not_there_is_not_drawn(number):
    with pytest.raises(IndexError):
        draw_page(pdf_of(), number)


@pytest.mark.parametrize("content", [b"%PDF-1.7 cut", b"", b"<html>"])
def test_what_is_no_pdf_is_told(content):
    with pytest.raises(PdfError):
        draw_page(content, 1)
    with pytest.raises(PdfError):
        show_pdf(content, Wanted(), "/r#{}".format, "page-{}.png")
