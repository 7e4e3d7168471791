"""Tables printed as lines: rows and cells found again by the labels, prose left as it is."""

import pytest
from test_columns import RESULTS

from parsers.lines import recover_tables
from parsers.lookups import lexicon
from parsers.models import Grid, Paragraph, Where
from parsers.tables import fill_tables

APPLICANTS = "自然人\n商业企业\n科研机构\n社会公益组织\n法律服务机构\n其他\n总计"
IN_A_LINE = APPLICANTS.replace("\n", " ")
NEW, CARRIED = "一、本年新收政府信息公开申请数量", "二、上年结转政府信息公开申请数量"
TWO = "信息内容 本年制发件数 本年废止件数 现行有效件数\n规章 0 0 0\n行政规范性文件 1 0 12"
CASES = "行政复议\n行政诉讼\n{0}\n未经复议直接起诉\n复议后起诉\n{0}\n{0}".format(RESULTS.replace(" | ", "\n"))


def paragraphs(text):
    return [Paragraph(line, Where(line=number)) for number, line in enumerate(text.split("\n"), 1)]


def recovered(text):
    """The blocks after recovery: a paragraph as its text, a grid as its rows of cells."""
    blocks = recover_tables(paragraphs(text), lexicon())
    return [rows(b) if isinstance(b, Grid) else b.text for b in blocks]


def rows(grid):
    return [" | ".join(cell.text.strip() for cell in row) for row in grid.rows]


def filled(text):
    return fill_tables(recover_tables(paragraphs(text), lexicon()), lexicon())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # One cell a line.
        (f"{APPLICANTS}\n{NEW}\n3\n1\n0\n0\n2\n0\n6\n{CARRIED}\n0\n0\n0\n0\n0\n0\n0", [IN_A_LINE.replace(" ", " | "), f"{NEW} | 3 | 1 | 0 | 0 | 2 | 0 | 6", f"{CARRIED} | 0 | 0 | 0 | 0 | 0 | 0 | 0"]),
        # One row a line, without bars.
        (TWO, ["信息内容 | 本年制发件数 | 本年废止件数 | 现行有效件数", "规章 | 0 | 0 | 0", "行政规范性文件 | 1 | 0 | 12"]),
        # Without any separator.
        (TWO.replace(" ", ""), ["信息内容 | 本年制发件数 | 本年废止件数 | 现行有效件数", "规章 | 000", "行政规范性文件 | 1012"]),
        # Units and signs belong to the figures, a unit alone is a cell.
        ("行政许可 12件 增3\n政府集中采购 15 321.5万元\n行政处罚 3 减1", ["行政许可 | 12件 | 增3", "政府集中采购 | 15 | 321.5万元", "行政处罚 | 3 | 减1"]),
        ("统计指标 单位 统计数\n（一）收到申请数 件 5\n1.当面申请数 件 2", ["统计指标 | 单位 | 统计数", "（一）收到申请数 | 件 | 5", "1.当面申请数 | 件 | 2"]),
        ("统计指标\n单位\n本级\n汇总\n（一）收到申请数\n件\n5\n9\n1.当面申请数\n件\n2\n3", ["统计指标 | 单位 | 本级 | 汇总", "（一）收到申请数 | 件 | 5 | 9", "1.当面申请数 | 件 | 2 | 3"]),
        # A header that names rows and columns, its values below.
        (f"{CASES}\n1\n0\n0\n1\n2\n0\n0\n1\n0\n1\n0\n0\n0\n0\n0", [CASES.replace("\n", " | "), "1 | 0 | 0 | 1 | 2 | 0 | 0 | 1 | 0 | 1 | 0 | 0 | 0 | 0 | 0"]),
        # A heading stands in the row of the first label under it.
        (f"{IN_A_LINE}\n三、本年度办理结果\n（三）不予公开\n1.属于国家秘密 1 0 0 0 0 0 1\n8.属于行政查询事项 0 0 0 0 0 0 0", [IN_A_LINE.replace(" ", " | "), "三、本年度办理结果 | （三）不予公开 | 1.属于国家秘密 | 1 | 0 | 0 | 0 | 0 | 0 | 1", "8.属于行政查询事项 | 0 | 0 | 0 | 0 | 0 | 0 | 0"]),
    ],
    ids=["a cell a line", "a row a line", "glued", "units and signs", "unit column", "twin columns", "table four", "headings"],
)  # fmt: skip
def test_lines_of_labels_and_figures_become_the_grid_they_were(text, expected):
    assert recovered(text) == [expected]


@pytest.mark.parametrize(
    ("lines", "figures"),
    [
        ("5.要求行政机关确认或重新 0 0 0 0 0 2 2\n出具已获取信息", "0 | 0 | 0 | 0 | 0 | 2 | 2"),
        ("5.要求行政机关确认或重新\n出具已获取信息 0 0 0 0 0 2 2", "0 | 0 | 0 | 0 | 0 | 2 | 2"),
        ("5.要求行政机关确认\n或重新出具\n已获取信息 0 0 0 0 0 2 2", "0 | 0 | 0 | 0 | 0 | 2 | 2"),
        ("5.要求行政机关确认\n或重新出具 1 0 0 0 0 2 3\n已获取信息", "1 | 0 | 0 | 0 | 0 | 2 | 3"),
    ],
)
def test_a_label_broken_over_lines_is_one_again(lines, figures):
    expected = [
        IN_A_LINE.replace(" ", " | "),
        f"{NEW} | 3 | 1 | 0 | 0 | 2 | 0 | 6",
        f"5.要求行政机关确认或重新出具已获取信息 | {figures}",
    ]
    assert recovered(f"{IN_A_LINE}\n{NEW} 3 1 0 0 2 0 6\n{lines}") == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "全年收到申请3件，均已办结。\n其中自然人2件，商业企业1件。\n规章 0\n行政许可 12",
        "规章 0\n行政许可 12\n行政处罚",  # too little to be a table
        APPLICANTS,  # labels and no figure
        "规章\n0\n1\n2\n3\n4\n5\n6",  # figures under one label
        f"{IN_A_LINE}\n{NEW} 3 1 0 0 2 0 6。",  # a sentence
        "行政许可 办理 12\n行政处罚 办理 3\n行政强制 办理 0\n规章 办理 1",  # other words between
        "一、总体情况\n二、主动公开政府信息情况\n三、收到和处理政府信息公开申请情况",
    ],
)
def test_prose_is_left_alone(text):
    blocks = paragraphs(text)
    assert recover_tables(blocks, lexicon()) == tuple(blocks)


def test_blocks_around_and_between_tables_stay_in_their_order():
    text = f"二、主动公开政府信息情况\n{TWO}\n以上数据截至年底。\n{TWO}\n特此报告"
    found = recovered(text)
    assert [found[0], found[2], found[4]] == ["二、主动公开政府信息情况", "以上数据截至年底。", "特此报告"]
    assert found[1] == found[3] == recovered(TWO)[0]


def test_a_section_title_ends_a_table_unless_the_table_goes_on_after_it():
    stops = recovered(f"{TWO}\n四、政府信息公开行政复议、行政诉讼情况\n本年没有行政复议。")
    assert stops == [*recovered(TWO), "四、政府信息公开行政复议、行政诉讼情况", "本年没有行政复议。"]
    lines = [
        "统计指标 单位 统计数",
        "制发规范性文件总数 件 4",
        "三、依申请公开情况",
        "（一）收到申请数 件 5",
        "1.当面申请数 件 2",
    ]
    (goes_on,) = recovered("\n".join(lines))
    assert goes_on[1:3] == ["制发规范性文件总数 | 件 | 4", "三、依申请公开情况 | （一）收到申请数 | 件 | 5"]


def test_grids_of_the_source_are_not_touched():
    (grid,) = recover_tables(paragraphs(TWO), lexicon())
    assert recover_tables([*paragraphs(TWO), grid], lexicon())[1] is grid


def test_every_cell_knows_the_line_it_came_from():
    (grid,) = recover_tables(paragraphs(TWO.replace(" ", "\n")), lexicon())
    assert grid.layout == "rows"
    assert [[cell.where.line for cell in row] for row in grid.rows] == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]
    assert [[cell.column for cell in row] for row in grid.rows] == [[0, 1, 2, 3]] * 3


@pytest.mark.parametrize("separator", ["\n", " "])
def test_recovered_tables_fill_the_form_without_a_mark(separator):
    result = filled(f"{APPLICANTS}\n{NEW}\n3 1 0 0 2 0 6\n{CARRIED}\n0 0 0 0 0 0 0".replace(" ", separator))
    assert [o.value for o in result.observations] == [3, 1, 0, 0, 2, 0, 6, 0, 0, 0, 0, 0, 0, 0]
    assert {(o.row, o.flags) for o in result.observations} == {("received_new", ()), ("carried_in", ())}
    assert not result.issues


def test_a_figure_lost_from_the_lines_shifts_nothing():
    result = filled(f"{APPLICANTS}\n{NEW}\n3\n1\n0\n0\n2\n7\n{CARRIED}\n0\n0\n0\n0\n0\n0\n0")
    assert [(o.column, o.value) for o in result.observations if o.row == "received_new"] == [
        (None, v) for v in (3, 1, 0, 0, 2, 7)
    ]
    assert {o.row for o in result.observations if o.column} == {"carried_in"}
    assert [i.kind for i in result.issues] == ["unplaced_values"]


def test_a_table_goes_on_after_a_line_of_other_words():
    lines = [
        "自然人 总计",
        f"{'一、本年新收政府信息公开申请数量'} 5 5",
        "二、上年结转政府信息公开申请数量 0 0",
        "（一）予以公开 3 3",
        "（七）总计 3 3",
        "白榆县政府信息公开年报",
        "四、结转下年度继续办理 2 2",
    ]
    blocks = recover_tables([Paragraph(line, Where(line=i)) for i, line in enumerate(lines, 1)], lexicon())
    last = blocks[-1]
    assert isinstance(last, Grid)
    assert [[cell.text for cell in row] for row in last.rows] == [["四、结转下年度继续办理", "2", "2"]]
