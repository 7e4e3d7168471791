"""Text lines -> paragraphs and grids: bars, tabs, Markdown, drawn boxes."""

import pytest

from parsers.models import Grid, Paragraph, Where
from parsers.readers import text


def read(content):
    return text.read(content if isinstance(content, bytes) else content.encode())


def blocks(content):
    """A paragraph as its text, a grid as its rows of texts."""
    return [
        [[cell.text for cell in row] for row in b.rows] if isinstance(b, Grid) else b.text for b in read(content).blocks
    ]


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        (["信息内容 | 件数", "规章 | 3"], [["信息内容", "件数"], ["规章", "3"]]),
        (["甲|乙|丙", "1|2", "3"], [["甲", "乙", "丙"], ["1", "2"]]),
        (["甲|1||", "乙|2||"], [["甲", "1", "", ""], ["乙", "2", "", ""]]),
        (["甲 | 1 |", "|乙 | 2"], [["甲", "1", ""], ["", "乙", "2"]]),
        (["甲|", "乙|1"], [["甲", ""], ["乙", "1"]]),
        (["甲\t1\t", "\t乙\t2"], [["甲", "1", ""], ["", "乙", "2"]]),
        (["甲｜1", "乙｜2"], [["甲", "1"], ["乙", "2"]]),
        (["甲│1", "乙┃2", "丙║3"], [["甲", "1"], ["乙", "2"], ["丙", "3"]]),
        (["规章\\|许可 | 3", "甲 | 4"], [["规章|许可", "3"], ["甲", "4"]]),
        (["甲&nbsp;&amp;乙 | &lt;1&gt;", "&#20108;&#x4e09; | AT&T"], [["甲\u00a0&乙", "<1>"], ["二三", "AT&T"]]),
        (["**甲** | 1<br>2<BR/>3", "乙 | __4__"], [["甲", "1\n2\n3"], ["乙", "4"]]),
    ],
)  # fmt: skip
def test_cells_between_bars_are_packed_as_written(lines, rows):
    assert blocks("\n".join(lines))[0] == rows


@pytest.mark.parametrize(
    "lines",
    [
        ["| 信息内容 | 件数 |", "| --- | :---: |", "| 规章 | |", "| | 3 |"],
        ["|信息内容|件数|", "|-|-:|", "|规章||", "||3|"],
        ["| 信息内容 | 件数", "|---|---", "| 规章 | |", "| | 3"],
        ["│ 信息内容 │ 件数 │", "│ 规章 │ │", "│ │ 3 │"],
        ["信息内容 | 件数", "--- | ---", "规章 | ", " | 3"],
        ["| 信息内容 | 件数 |", "", "| 规章 | |", " ", "| | 3 |"],
    ],
)
def test_outer_bars_and_rules_bound_no_cells(lines):
    assert blocks("\n".join(lines)) == [[["信息内容", "件数"], ["规章", ""], ["", "3"]]]


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("- 3 -", False), ("—12—", False), ("－ 3 －", False), ("第 4 页 共 9 页", False), ("第5页", False), (" 第 6 页/共 9 页 ", False),
        ("12", True), ("3 -", True), ("- 1234 -", True), ("第三页", True), ("第5页起", True), ("-3", True),
    ],
)  # fmt: skip
def test_page_numbers_are_dropped_and_figures_are_not(line, kept):
    assert blocks(f"上文\n{line}\n下文") == ["上文", *([line] if kept else []), "下文"]


def test_a_page_number_does_not_cut_a_table():
    assert blocks("甲 | 1\n— 3 —\n乙 | 2\n\n丙 | 4") == [[["甲", "1"], ["乙", "2"], ["丙", "4"]]]


@pytest.mark.parametrize(
    "box",
    [
        ["┌──┬──┐", "│信息│件数│", "├──┼──┤", "│行政│3│", "│许可│ │", "├──┼──┤", "│规章│4│", "└──┴──┘"],
        ["┏━━┳━━┓", "┃信息┃件数┃", "┣━━╋━━┫", "┃行政┃3┃", "┃许可┃ ┃", "┣━━╋━━┫", "┃规章┃4┃", "┗━━┻━━┛"],
        ["╔══╦══╗", "║信息║件数║", "╠══╬══╣", "║行政║3║", "║许可║ ║", "╠══╬══╣", "║规章║4║", "╚══╩══╝"],
        ["+---+---+", "|信息|件数|", "+===+===+", "| 行政 | 3 |", "| 许可 |  |", "+---+---+", "|规章|4|", "+---+---+"],
    ],
)
def test_lines_between_drawn_rules_are_one_row(box):
    (grid,) = read("\n".join(box)).blocks
    assert [[(c.text, c.where.line) for c in row] for row in grid.rows] == [
        [("信息", 2), ("件数", 2)],
        [("行政\n许可", 4), ("3", 4)],
        [("规章", 7), ("4", 7)],
    ]


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        (["0 | 1 | 2", "规章 | 3 | 4"], [["规章", "3", "4"]]),
        (["甲|1", "0|规章|3", "1|许可|4", "2|处罚|5", "3|强制|6"], [["1"], ["规章", "3"], ["许可", "4"], ["处罚", "5"], ["强制", "6"]]),
        (["0|规章|3", "1|许可|4", "2|处罚|5", "3|强制|6"], [["规章", "3"], ["许可", "4"], ["处罚", "5"], ["强制", "6"]]),
        (
            ["| | 0 | 1 | 2 |", "|---|---|---|---|", "| 0 | 甲 | 1 | 9 |", "| 1 | 乙 | 2 | 8 |", "| 2 | 丙 | 3 | 7 |", "| 3 | 丁 | 4 | 6 |"],
            [["甲", "1", "9"], ["乙", "2", "8"], ["丙", "3", "7"], ["丁", "4", "6"]],
        ),
        (["0|规章|3", "1|许可|4", "2|处罚|5"], [["0", "规章", "3"], ["1", "许可", "4"], ["2", "处罚", "5"]]),
        (["0|规章|3", "1|许可|4", "3|处罚|5", "4|强制|6"], [["0", "规章", "3"], ["1", "许可", "4"], ["3", "处罚", "5"], ["4", "强制", "6"]]),
        (["0|1", "规章|3"], [["0", "1"], ["规章", "3"]]),
    ],
)  # fmt: skip
def test_running_numbers_of_a_data_frame_are_no_cells(lines, rows):
    assert blocks("\n".join(lines)) == [rows]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("规章\n3\n许可\n5", ["规章", "3", "许可", "5"]),
        ("| 规章 |\n|---|\n| 3 |", ["规章", "3"]),
        ("\t一、总体情况\n　　二\t", ["一、总体情况", "二"]),
        ("# 年度报告\n### 一、总体情况\n#标签", ["年度报告", "一、总体情况", "#标签"]),
        ("**一、总体**情况\n__甲__ 乙** 丙", ["一、总体情况", "甲 乙** 丙"]),
        ("  甲   乙　丙\u00a0", ["甲 乙 丙"]),
        ("----\n正文\n====\n┌──┐", ["正文"]),
        ("甲|1\n文字\n乙|2", [[["甲", "1"]], "文字", [["乙", "2"]]]),
    ],
)
def test_lines_without_columns_are_paragraphs(content, expected):
    assert blocks(content) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_and_cells_count_from_one_whatever_ends_a_line(end):
    heading, grid, last = read(end.join(["年度报告", "", "甲|1", "乙|2", "", "尾", ""])).blocks
    assert (heading, last) == (Paragraph("年度报告", Where(line=1)), Paragraph("尾", Where(line=6)))
    assert (grid.where, grid.layout) == (Where(line=3), "rows")
    assert [(c.text, c.row, c.column, c.where) for row in grid.rows for c in row] == [
        ("甲", 0, 0, Where(line=3, column=1)),
        ("1", 0, 1, Where(line=3, column=2)),
        ("乙", 1, 0, Where(line=4, column=1)),
        ("2", 1, 1, Where(line=4, column=2)),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_text_is_decoded_whatever_its_charset(encoding):
    document = read("青林县年度报告\n规章 | 3".encode(encoding))
    assert (document.blocks[0].text, document.blocks[1].rows[0][0].text, document.issues) == (
        "青林县年度报告",
        "规章",
        (),
    )


@pytest.mark.parametrize(("lines", "is_read"), [(200, True), (201, False)])
def test_a_table_of_too_many_cells_is_left_out_and_told(lines, is_read):
    document = read("题\n" + ("|".join("1" * 100) + "\n") * lines + "尾")
    assert [type(b) for b in document.blocks] == [Paragraph, *([Grid] if is_read else []), Paragraph]
    assert document.blocks[-1] == Paragraph("尾", Where(line=lines + 2))
    told = [("table_too_large", "error", "a table of 20100 cells was left out", Where(line=2))]
    assert [(i.kind, i.severity, i.message, i.where) for i in document.issues] == ([] if is_read else told)


def test_a_line_of_200_cells_is_read_whole():
    ((row,),) = (grid.rows for grid in read("|".join(str(i) for i in range(5, 205))).blocks)
    assert [cell.text for cell in row] == [str(i) for i in range(5, 205)]


def test_nothing_but_rules_gives_no_blocks():
    assert read("\n---\n|---|---|\n\n===\n").blocks == ()


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        (["甲|1", "——|——", "乙|2"], [["甲", "1"], ["——", "——"], ["乙", "2"]]),
        (["结果维持|结果纠正", "-|-"], [["结果维持", "结果纠正"], ["-", "-"]]),
        (["甲|乙", "-|-", "1|2"], [["甲", "乙"], ["1", "2"]]),
        (["|甲|乙|", "|:-|-:|", "|1|2|"], [["甲", "乙"], ["1", "2"]]),
        (["甲&#124;乙|1", "丙|2"], [["甲|乙", "1"], ["丙", "2"]]),
        (["甲|1<br> 2"], [["甲", "1\n2"]]),
    ],
)
def test_rules_are_told_from_cells(lines, rows):
    assert blocks("\n".join(lines)) == [rows]


def test_rows_between_two_rules_are_not_one_where_a_column_counts_twice():
    lines = ["+--+--+", "|信息|件数|", "+--+--+", "|规章|3|", "|许可|4|", "+--+--+"]
    assert blocks("\n".join(lines)) == [[["信息", "件数"], ["规章", "3"], ["许可", "4"]]]


def test_a_line_of_too_many_cells_is_cut_and_told():
    (issue,) = read("|".join(map(str, range(5, 206)))).issues
    assert (issue.kind, issue.severity, issue.where) == ("table_too_large", "error", Where(line=1))


def test_a_column_is_counted_as_printed_without_the_index_too():
    frame = "0|规章|3\n1|许可|4\n2|处罚|5\n3|强制|6"
    assert [cell.where.column for cell in read(frame).blocks[0].rows[0]] == [2, 3]
