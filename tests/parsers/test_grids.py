"""Geometry of tables: where cells stand, what they span, and rows that page breaks cut."""

import pytest

from parsers.grids import MAX_CELLS, MAX_SPAN, RawCell, Row, join_split_rows, place_cells, rows_of
from parsers.lookups import lexicon
from parsers.models import Cell, Grid, Where


def raw_cells(line, y=1, table=1):
    """`自然人 | 总计@2x3` -> the cells of one row, the second two columns wide and three rows high."""
    cells = []
    for x, part in enumerate(line.split("|"), 1):
        text, _, size = part.strip().partition("@")
        colspan, _, rowspan = size.partition("x")
        cells.append(RawCell(text, int(rowspan or 1), int(colspan or 1), Where(table=table, row=y, column=x)))
    return cells


def spans(text, table=1):
    """Lines of cells -> a grid whose source says where cells stand."""
    rows = [raw_cells(line, y, table) for y, line in enumerate(text.strip("\n").split("\n"), 1)]
    return Grid(place_cells(rows), "spans", Where(table=table))


def packed(text):
    """Lines of cells -> a grid of which only the order of cells in a row is known."""
    rows = [
        tuple(Cell(part.strip(), y, x, 1, 1, Where(line=y + 1, column=x + 1)) for x, part in enumerate(line.split("|")))
        for y, line in enumerate(text.strip("\n").split("\n"))
    ]
    return Grid(tuple(rows), "rows", Where(line=1))


def is_label(text):
    return bool(lexicon().match(text).labels)


def slots(row):
    """`自然人 0-1` for every slot; ^ before one that spans down from above, v before one that starts to."""
    return [f"{'v' if s.down else '' if s.own else '^'}{s.text} {s.x0}-{s.x1}" for s in row.slots]


def texts(rows):
    return [" | ".join(slot.text for slot in row.slots) for row in rows]


def joined(*grids):
    rows = [row for number, grid in enumerate(grids) for row in rows_of(grid, number, is_label)]
    return texts(join_split_rows(rows, is_label))


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        ("a | b\nc | d", ["a0 b1", "c0 d1"]),
        ("a@2x1 | b\nc | d | e", ["a0 b2", "c0 d1 e2"]),
        ("a@1x2 | b\nc | d", ["a0 b1", "c1 d2"]),
        ("a | b@1x2 | c\nd | e", ["a0 b1 c2", "d0 e2"]),
        ("a@2x2 | b\nc\nd | e", ["a0 b2", "c2", "d0 e1"]),
        ("a@1x3 | b@1x2 | c\nd\ne", ["a0 b1 c2", "d2", "e1"]),
        ("a@1x2 | b | c@1x2\nd | e", ["a0 b1 c2", "d1 e3"]),
        ("a | b@1x3 | c\nd@2x1 | e\nf | g", ["a0 b1 c2", "d0 e2", "f0 g2"]),  # d reaches over b, as in browsers
        ("a@1x2 | b | c@1x3\nd@2x1\ne", ["a0 b1 c2", "d1", "e0"]),
    ],
)
def test_cells_stand_where_browsers_place_them(rows, columns):
    placed = spans(rows).rows
    assert [" ".join(f"{cell.text}{cell.column}" for cell in row) for row in placed] == columns
    assert [{cell.row for cell in row} for row in placed] == [{y} for y in range(len(columns))]


@pytest.mark.parametrize(
    ("size", "rowspan", "colspan"),
    [
        ("1x99", 3, 1), ("1x3", 3, 1), ("1x0", 3, 1), ("1x-2", 1, 1), ("0x1", 1, 1), ("-4x1", 1, 1),
        ("999x1", 1, MAX_SPAN), (f"{MAX_SPAN}x1", 1, MAX_SPAN), ("5000000x5000000", 3, MAX_SPAN),
    ],
)  # fmt: skip
def test_spans_are_cut_to_the_table(size, rowspan, colspan):
    first, following = spans(f"a@{size} | b\nc\nd").rows[0]
    assert (first.rowspan, first.colspan, following.column) == (rowspan, colspan, colspan)


def test_rows_without_cells_stay_rows():
    placed = place_cells([raw_cells("a@1x3 | b"), [], raw_cells("c")])
    assert [[(c.text, c.row, c.column) for c in row] for row in placed] == [
        [("a", 0, 0), ("b", 0, 1)],
        [],
        [("c", 2, 1)],
    ]


def test_a_row_knows_the_cells_that_reach_down_into_it():
    upper, lower = rows_of(spans("自然人@1x2 | 法人或其他组织@2x1 | 总计@1x2\n商业企业 | 其他"), 4, is_label)
    assert slots(upper) == ["v自然人 0-1", "法人或其他组织 1-3", "v总计 3-4"]
    assert slots(lower) == ["^自然人 0-1", "商业企业 1-2", "其他 2-3", "^总计 3-4"]
    assert [slot.text for slot in lower.own] == ["商业企业", "其他"]
    assert [(row.layout, row.grid, row.first, row.end) for row in (upper, lower)] == [
        ("spans", 4, True, 4),
        ("spans", 4, False, 4),
    ]


def test_a_row_of_text_keeps_its_order():
    (row,) = rows_of(packed("行政许可 | | 12"), 0, is_label)
    assert (row.layout, slots(row)) == ("rows", ["行政许可 0-1", " 1-2", "12 2-3"])


def test_a_row_without_cells_ends_at_the_start():
    assert Row((), "spans", 0, True).end == 0


def test_bare_rows_are_equal_when_they_read_alike():
    (one,), (other,) = (rows_of(spans("规章 | 3", table), table, is_label) for table in (1, 2))
    assert one != other
    assert one.bare(0) == other.bare(0)
    assert one.bare(0) != one.bare(1)


def test_spans_that_claim_too_much_cover_nothing_further():
    rows = rows_of(spans("\n".join(["a@1x999 | b@1x999"] * 600)), 0, is_label)
    assert sum(len(row.slots) for row in rows) < 4 * MAX_CELLS + 3 * 600


def test_labels_written_out_in_every_cell_they_span_are_one_again():
    grid = packed(
        "自然人 | 法人或其他组织 | 法人或其他组织 | 总计\n自然人 | 商业企业 | 其他 | 总计\n总计 | 总计 | 3 | 3"
    )
    upper, lower, values = rows_of(grid, 0, is_label)
    assert {row.layout for row in (upper, lower, values)} == {"spans"}
    assert slots(upper) == ["自然人 0-1", "法人或其他组织 1-3", "总计 3-4"]
    assert slots(lower) == ["^自然人 0-1", "商业企业 1-2", "其他 2-3", "^总计 3-4"]
    assert slots(values) == ["总计 0-2", "3 2-3", "3 3-4"]


@pytest.mark.parametrize(
    "text",
    [
        "（七）总计 | （七）总计 | 3 | 3\n规章 | 1 | 2",  # in one row only: two cells
        "规章 | 3 | 3\n行政许可 | 4 | 4",  # figures, not labels
        "规章 | 待定 | 待定\n行政许可 | 待定 | 待定",  # words that are no label
    ],
)
def test_other_repetitions_are_cells_of_their_own(text):
    rows = rows_of(packed(text), 0, is_label)
    assert texts(rows) == text.split("\n")
    assert all(row.layout == "rows" and len(row.own) == len(row.slots) for row in rows)


@pytest.mark.parametrize(
    ("upper", "lower", "whole"),
    [
        # The rest of a label alone on the next page.
        ("3.补正后申请 | 4 | 5", "内容仍不明确 | | ", ["3.补正后申请内容仍不明确 | 4 | 5"]),
        # Each page has a part of the values.
        ("3.补正后申请 | 4 | ", "内容仍不明确 | | 5", ["3.补正后申请内容仍不明确 | 4 | 5"]),
        # A half that is a label by itself, but the row below is empty else.
        ("（六）其他 | 4 | 5", "处理 | | ", ["（六）其他处理 | 4 | 5"]),
        # The same, but both rows have values: two rows.
        ("（六）其他 | 4 | 5", "处理 | 6 | 7", ["（六）其他 | 4 | 5", "处理 | 6 | 7"]),
        # A heading over rows of both pages.
        ("（四）无 | 1.本机关不掌握相关政府信息 | 4", "法提供 | 3.补正后申请内容仍不明确 | 5", ["（四）无法提供 | 1.本机关不掌握相关政府信息 | 4", "（四）无法提供 | 3.补正后申请内容仍不明确 | 5"]),
        # Two labels that make no label together.
        ("行政处罚 | 4", "行政强制 | ", ["行政处罚 | 4", "行政强制 | "]),
    ],
)  # fmt: skip
def test_rows_cut_by_a_page_break_are_joined(upper, lower, whole):
    assert joined(spans(upper, table=1), spans(lower, table=2)) == whole


def test_a_joined_heading_is_whole_in_every_row_it_spans():
    upper = spans("（四）无@1x2 | 1.本机关不掌握相关政府信息 | 1\n2.没有现成信息需要另行制作 | 2", table=1)
    lower = spans("法提供@1x2 | 3.补正后申请内容仍不明确 | 3\n小计 | 6", table=2)
    assert [line.split(" | ")[0] for line in joined(upper, lower)] == ["（四）无法提供"] * 4


def test_only_the_rows_on_both_sides_of_the_break_are_joined():
    whole = "3.补正后申请 | 4\n内容仍不明确 | "
    assert joined(spans(whole)) == whole.split("\n")
    assert joined(spans("规章 | 1\n3.补正后申请 | 4"), spans("行政许可 | 2\n内容仍不明确 | ", table=2)) == [
        "规章 | 1", "3.补正后申请 | 4", "行政许可 | 2", "内容仍不明确 | ",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("3.补正后申请 | 4 | 5\n内容仍不明确", ["3.补正后申请内容仍不明确 | 4 | 5"]),
        ("3.补正后申请\n内容仍不明确 | 4 | 5", ["3.补正后申请内容仍不明确 | 4 | 5"]),
        ("（四）无法提供 | 3.补正后申请 | 4\n内容仍不明确", ["（四）无法提供 | 3.补正后申请内容仍不明确 | 4"]),
        ("（三）不予公开\n8.属于行政查询事项 | 4", ["（三）不予公开", "8.属于行政查询事项 | 4"]),
        ("3.补正后申请 | 4\n内容不详", ["3.补正后申请 | 4", "内容不详"]),
        ("行政处罚 | 4\n行政强制 | 5", ["行政处罚 | 4", "行政强制 | 5"]),
    ],
)
def test_labels_broken_in_text_are_joined_when_only_the_whole_is_a_label(text, whole):
    assert joined(packed(text)) == whole


def test_labels_broken_between_two_tables_of_text_are_not_joined():
    assert joined(packed("3.补正后申请 | 4"), packed("内容仍不明确")) == ["3.补正后申请 | 4", "内容仍不明确"]
