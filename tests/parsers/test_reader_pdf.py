"""PDF bytes -> prose and ruled tables, each with its page and box."""

import io

import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from parsers.errors import Unreadable
from parsers.models import Grid, Paragraph, Where
from parsers.readers import pdf

FONT, WIDE, HIGH = "STSong-Light", 595, 842
TABLE = [(60, 100, 120, 120, "规章"), (120, 100, 180, 120, "12"), (60, 120, 120, 140, "许可"), (120, 120, 180, 140, "7")]  # fmt: skip
ROWS = [["规章", "12"], ["许可", "7"]]
pdfmetrics.registerFont(UnicodeCIDFont(FONT))


class Sheet:
    """Pages drawn from the upper left corner, in points."""

    def __init__(self, wide=WIDE, high=HIGH):
        self.stream, self.high = io.BytesIO(), high
        self.canvas = Canvas(self.stream, pagesize=(wide, high), invariant=1)
        self.canvas.setTitle("年报")

    def text(self, x, baseline, words, size=10):
        self.canvas.setFont(FONT, size)
        self.canvas.drawString(x, self.high - baseline, words)
        return self

    def line(self, x0, y0, x1, y1):
        self.canvas.line(x0, self.high - y0, x1, self.high - y1)

    def cells(self, cells, down=0):
        for x0, top, x1, bottom, words in cells:
            self.canvas.rect(x0, self.high - bottom - down, x1 - x0, bottom - top)
            for i, line in enumerate(words.split("\n")):
                self.text(x0 + 4, top + down + 14 + 12 * i, line)
        return self

    def page(self):
        self.canvas.showPage()
        return self

    def read(self):
        self.canvas.save()
        return pdf.read(self.stream.getvalue())

    def blocks(self):
        """A paragraph as its text, a grid as its rows of texts."""
        return [
            [[c.text for c in row] for row in b.rows] if isinstance(b, Grid) else b.text for b in self.read().blocks
        ]


def placed(grid):
    return [[(c.text, c.column, c.rowspan, c.colspan) for c in row] for row in grid.rows]


def test_a_ruled_table_is_a_grid_with_spans_between_its_prose():
    cells = [(60, 100, 120, 140, "办理\n结果"), (120, 100, 180, 120, "1"), (120, 120, 180, 140, ""), (60, 140, 180, 160, "总计")]  # fmt: skip
    document = Sheet().text(60, 80, "一、总体情况").cells(cells).text(60, 200, "尾").read()
    before, grid, after = document.blocks
    assert before == Paragraph("一、总体情况", Where(page=1, box=(60.0, 72.7, 120.0, 82.7)))
    assert after == Paragraph("尾", Where(page=1, box=(60.0, 192.7, 70.0, 202.7)))
    assert (grid.where, grid.layout) == (Where(page=1, table=1), "spans")
    assert placed(grid) == [[("办理\n结果", 0, 2, 1), ("1", 1, 1, 1)], [("", 1, 1, 1)], [("总计", 0, 1, 2)]]
    assert [(c.where.row, c.where.column, c.where.box) for row in grid.rows for c in row] == [
        (1, 1, (60.0, 100.0, 120.0, 140.0)), (1, 2, (120.0, 100.0, 180.0, 120.0)), (2, 1, (120.0, 120.0, 180.0, 140.0)), (3, 1, (60.0, 140.0, 180.0, 160.0)),
    ]  # fmt: skip
    assert (document.meta, document.issues) == ({"title": "年报"}, ())


@pytest.mark.parametrize(
    ("between", "spans"), [("", [[("规章", 0, 1, 1), ("3", 1, 1, 2)]]), ("脚注", [[("规章", 0, 1, 1), ("3", 1, 1, 1)]])]
)
def test_a_table_continued_on_the_next_page_numbers_its_columns_alike(between, spans):
    sheet = Sheet().cells([(60, 700, 120, 730, "规章"), (120, 700, 180, 730, "3")])
    sheet.text(60, 750, between).text(290, 820, "- 1 -").page()
    sheet.cells([(60, 60, 120, 80, "许可"), (120, 60, 150, 80, "4"), (150, 60, 180, 80, "5")]).text(290, 820, "- 2 -")
    upper, lower = (b for b in sheet.read().blocks if isinstance(b, Grid))
    assert placed(upper) == spans
    assert placed(lower) == [[("许可", 0, 1, 1), ("4", 1, 1, 1), ("5", 2, 1, 1)]]
    assert (upper.where, lower.where) == (Where(page=1, table=1), Where(page=2, table=1))


def test_tables_of_one_page_are_told_apart():
    thirds = [(60, 160, 120, 180, "处罚"), (120, 160, 150, 180, "4"), (150, 160, 180, 180, "5")]
    upper, lower = Sheet().cells(TABLE).cells(thirds).read().blocks
    assert placed(upper) == [[(label, 0, 1, 1), (value, 1, 1, 1)] for label, value in ROWS]
    assert placed(lower) == [[("处罚", 0, 1, 1), ("4", 1, 1, 1), ("5", 2, 1, 1)]]
    before, between, after = Sheet().cells(TABLE).text(60, 170, "其间").cells(TABLE, down=100).read().blocks
    assert [before.where.table, between.text, after.where.table] == [1, "其间", 2]
    assert after.rows[1][1].where == Where(page=1, table=2, row=2, column=2, box=(120.0, 220.0, 180.0, 240.0))


@pytest.mark.parametrize(
    ("baseline", "words", "kept"),
    [
        (820, "- 3 -", False), (820, "— 3 —", False), (820, "第3页", False), (820, "第 3 页 / 共 8 页", False), (820, "3/8", False),
        (820, "3", False), (40, "· 3 ·", False), (40, "3", False), (820, "3月", True), (820, "第3条", True), (820, "-", True),
        (500, "- 3 -", True), (500, "3", True),
    ],
)  # fmt: skip
def test_page_numbers_in_the_margins_are_dropped(baseline, words, kept):
    found = Sheet().text(60, 300, "总体情况。").text(90, baseline, words).blocks()
    assert sorted(found) == sorted(["总体情况。", *([words] if kept else [])])


def test_running_headers_are_dropped_when_most_pages_have_them():
    sheet = Sheet().text(60, 100, "本机关全年主动公开政府信息百条。")
    for part in ("第一部分。", "第二部分。", "第三部分。"):
        sheet.text(60, 40, "青林县财政局").text(90, 200, part).text(60, 800, "政府信息公开年报").page()
    assert sheet.blocks() == ["本机关全年主动公开政府信息百条。", "第一部分。", "第二部分。", "第三部分。"]


def test_wrapped_lines_are_one_paragraph_also_over_a_page_break():
    sheet = Sheet().text(80, 100, "本机关全年主动公开政府信息百条")
    sheet.text(60, 117, "其中规范性文件三件，其余见平台open").text(60, 134, "data专栏。").text(60, 151, "附：无")
    sheet.text(80, 700, "本机关认真办理依申请公开事项，不").text(290, 820, "1").page()
    sheet.text(60, 60, "断规范答复文书。").text(290, 820, "2")
    first, short, second = sheet.read().blocks
    assert short.text == "附：无"
    assert first.text == "本机关全年主动公开政府信息百条其中规范性文件三件，其余见平台open data专栏。"
    assert second.text == "本机关认真办理依申请公开事项，不断规范答复文书。"
    assert second.where == Where(page=1, box=(80.0, 692.7, 240.0, 702.7))


LABELLED = [(60, 100, 80, 200, ""), (80, 100, 140, 150, "甲"), (140, 100, 180, 150, "1"), (80, 150, 140, 200, "乙"), (140, 150, 180, 200, "2")]  # fmt: skip


@pytest.mark.parametrize(("turned", "label"), [(False, "办\n理\n结\n果"), (True, "办理结果")])
def test_a_label_written_downwards_is_read_downwards(turned, label):
    sheet = Sheet().cells(LABELLED)
    if turned:
        sheet.canvas.translate(67, HIGH - 120)
        sheet.canvas.rotate(-90)
        sheet.text(0, HIGH, "办理结果")
    else:
        for i, char in enumerate("办理结果"):
            sheet.text(65, 120 + 20 * i, char)
    (grid,) = sheet.read().blocks
    assert placed(grid) == [[(label, 0, 2, 1), ("甲", 1, 1, 1), ("1", 2, 1, 1)], [("乙", 1, 1, 1), ("2", 2, 1, 1)]]


def words_only(sheet):
    for x0, top, _, _, words in TABLE:
        sheet.text(x0 + 4, top + 14, words)


@pytest.mark.parametrize(
    ("across", "down"),
    [([100, 120, 140], [120]), ([100, 120, 140], [60, 120]), ([120], [60, 120, 180]), ([100, 120], [60, 120])],
)
def test_borders_left_open_are_closed(across, down):
    sheet = Sheet()
    for y in across:
        sheet.line(60, y, 180, y)
    for x in down:
        sheet.line(x, 100, x, 140)
    words_only(sheet)
    (grid,) = sheet.read().blocks
    assert placed(grid) == [[(label, 0, 1, 1), (value, 1, 1, 1)] for label, value in ROWS]
    assert grid.rows[1][1].where.box == (120.0, 120.0, 180.0, 140.0)


def shaded(sheet):
    sheet.canvas.setFillGray(0.9)
    sheet.canvas.rect(60, HIGH - 120, 120, 20, stroke=0, fill=1)
    sheet.canvas.setFillGray(0)
    sheet.cells(TABLE)


def thin_rectangles(sheet):
    for x, y, wide, high in [
        *((60, y, 120, 0.5) for y in (100, 120, 140)),
        *((x, 140, 0.5, 40) for x in (60, 120, 180)),
    ]:
        sheet.canvas.rect(x, HIGH - y, wide, high, stroke=0, fill=1)
    words_only(sheet)


def slanted_watermark(sheet):
    sheet.cells(TABLE).canvas.translate(80, HIGH - 140)
    sheet.canvas.rotate(45)
    sheet.text(0, HIGH, "内部资料2021内部资料")


@pytest.mark.parametrize(
    "draw",
    [
        lambda sheet: sheet.cells([(a + 1.5, b + 1.5, c + 1.5, d + 1.5, "") for a, b, c, d, _ in TABLE]).cells(TABLE),
        lambda sheet: (sheet.canvas.setDash(2, 2), sheet.cells(TABLE)),
        lambda sheet: sheet.cells(TABLE).text(124.3, 114, "12").text(64.3, 114, "规章"),
        lambda sheet: sheet.cells(TABLE).text(66, 138, "密2", size=42),
        lambda sheet: sheet.cells([(60, 100, 120, 120, "规章"), (120.4, 100.3, 180, 120.2, "12"), (60, 120.4, 119.8, 140, "许可"), (120.2, 119.9, 180.3, 140.1, "7")]),
        shaded, thin_rectangles, slanted_watermark,
    ],
    ids=["double rules", "dashed rules", "printed twice", "large watermark", "rules that jitter", "shaded", "thin rectangles", "slanted watermark"],
)  # fmt: skip
def test_the_cells_are_the_same_however_drawn(draw):
    sheet = Sheet()
    draw(sheet)
    assert sheet.blocks() == [ROWS]


@pytest.mark.parametrize(
    ("rotate", "turned"), [(90, 90), (270, 270), (0, 90), (0, 270), (90, 0), (270, 0), (180, 90), (180, 270)]
)
def test_a_turned_page_is_read_upright(rotate, turned):
    # reportlab swaps the sides of pages that it marks as turned.
    sheet = Sheet(*((HIGH, WIDE) if rotate in (90, 270) else (WIDE, HIGH)))
    sheet.canvas.setPageRotation(rotate)
    sheet.canvas.translate(*{0: (0, 0), 90: (WIDE, 0), 270: (0, HIGH)}[turned])
    sheet.canvas.rotate(turned)
    sheet.high = WIDE if turned else HIGH
    prose, grid = sheet.text(60, 80, "总体情况").cells(TABLE).text(290, sheet.high - 20, "- 3 -").read().blocks
    assert prose == Paragraph("总体情况", Where(page=1, box=(60.0, 72.7, 100.0, 82.7)))
    assert [[c.text for c in row] for row in grid.rows] == ROWS
    assert grid.rows[1][1].where.box == (120.0, 120.0, 180.0, 140.0)


@pytest.mark.parametrize(
    ("words", "x", "baseline", "size", "expected"),
    [("1", 136, 110, 5, "12¹"), ("*", 136, 110, 5, "12*"), ("34", 136, 110, 6, "12³⁴"), ("1", 136, 114, 9, "121")],
)
def test_small_raised_digits_are_footnote_marks(words, x, baseline, size, expected):
    assert Sheet().cells(TABLE).text(x, baseline, words, size).blocks() == [[["规章", expected], ["许可", "7"]]]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([(50, 85, 250, 110, "框中文字")], ["框中文字"]),
        ([(50, 85, 250, 110, "框中文字"), (50, 110, 250, 130, "")], ["框中文字"]),
        ([(50, 85, 90, 110, ""), (90, 85, 250, 110, "框中文字")], ["框中文字"]),
        ([(50, 85, 250, 110, "框中"), (50, 110, 250, 130, "还有一行文字")], ["框中", "还有一行文字"]),
    ],
)
def test_a_frame_around_prose_is_no_table(cells, expected):
    assert Sheet().cells(cells).blocks() == expected


def test_underlined_prose_is_no_table():
    sheet = Sheet().text(60, 100, "填写内容")
    sheet.line(60, 103, 100, 103)
    assert sheet.blocks() == ["填写内容"]


def test_pages_beyond_the_limit_are_told():
    sheet = Sheet()
    for i in range(pdf.MAX_PAGES + 1):
        sheet.text(60, 100, f"第{i + 1}节。").page()
    document = sheet.read()
    assert document.blocks[-1].text.endswith("第150节。")
    assert [(i.kind, i.message) for i in document.issues] == [("too_many_pages", "only 150 of 151 pages were read")]


def test_figures_of_a_table_at_the_foot_are_no_page_numbers():
    cells = [(60, 760, 120, 800, "规章\n制度"), (120, 760, 180, 800, ""), (180, 760, 240, 800, "")]
    sheet = Sheet().cells(cells).text(130, 780, "37").text(190, 780, "38").text(290, 830, "12")
    assert sheet.blocks() == [[["规章\n制度", "37", "38"]]]


def test_a_year_is_no_page_number():
    assert Sheet().text(60, 700, "年份").text(290, 830, "2021").blocks() == ["年份", "2021"]


def test_a_label_turned_upwards_is_read_upwards():
    sheet = Sheet().cells(LABELLED)
    sheet.canvas.translate(77, HIGH - 200)
    sheet.canvas.rotate(90)
    sheet.text(0, HIGH, "办理结果")
    (grid,) = sheet.read().blocks
    assert grid.rows[0][0].text == "办理结果"


def test_a_page_of_too_many_lines_is_refused_with_its_reason():
    sheet = Sheet().text(60, 80, "年报")
    for i in range(2100):
        sheet.canvas.rect(10 + i % 50, 10 + i // 50, 1, 1)
    with pytest.raises(Unreadable, match="page 1 was not read"):
        sheet.read()
