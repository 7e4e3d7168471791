"""Grids -> observations: labels alone place a value; what they leave open bears a mark."""

from collections import Counter
from itertools import groupby

import pytest
from test_columns import APPLICANTS, CASES, FOUR, FOUR_PACKED, RESULT_CODES, RESULTS, THREE, THREE_PACKED
from test_grids import packed, spans

from parsers import parse
from parsers.lookups import lexicon
from parsers.models import Paragraph, Where
from parsers.tables import fill_tables

NEW, CARRIED, OUT = "一、本年新收政府信息公开申请数量", "二、上年结转政府信息公开申请数量", "四、结转下年度继续办理"
MANGLED = NEW.replace("收", "牧")
ROWS = {NEW: "received_new", MANGLED: "received_new", CARRIED: "carried_in", OUT: "carried_out"}
FIRST, SECOND, LAST = f"{NEW} 3 1 0 0 2 0 6", f"{CARRIED} 1 0 0 0 0 0 1", f"{OUT} 0 0 1 0 0 4 5"
FIGURES = "1 | 2 | 3 | 4 | 10 | 0 | 0 | 1 | 0 | 1 | 2 | 0 | 0 | 0 | 2"
PARTS = {"行政复议": "1 | 2 | 3 | 4 | 10", "未经复议直接起诉": "0 | 0 | 1 | 0 | 1", "复议后起诉": "2 | 0 | 0 | 0 | 2"}
REVIEW, DIRECT, AFTER = (f"{name} | {figures}" for name, figures in PARTS.items())
DOWN = "结果维持 | 1 | 0 | 2\n结果纠正 | 2 | 0 | 0\n其他结果 | 3 | 1 | 0\n尚未审结 | 4 | 0 | 0\n总计 | 10 | 1 | 2"
TWO = "信息内容 | 本年制发件数 | 本年废止件数 | 现行有效件数"
HEAD = "统计指标 | 单位 | 统计数"
TWIN = "（一）收到申请数 | 件 | 4 | 9\n1.当面申请数 | 件 | 4 | 8\n七、依申请公开信息收取的费用 | 万元 | 0.5 | 1"


def fill(*blocks, year=None):
    return fill_tables(blocks, lexicon(), year)


def cells(row):
    """`（一）予以公开 3 .` -> `（一）予以公开 | 3 | `: a dot is a blank."""
    return " | ".join("" if part == "." else part for part in row.split(" "))


def wide(row):
    """The cells of a row of table three, its label as wide as three columns."""
    return cells(row).replace(" | ", "@3x1 | ", 1)


def three(*rows):
    return fill(spans("\n".join([THREE, *map(wide, rows)])))


def three_packed(*lines):
    return fill(packed("\n".join([THREE_PACKED, *lines])))


def shown(filled):
    """A line a row: its code, or ? and its label, and the values; with columns where not all of table three stand."""
    lines = []
    for (row, label), group in groupby(filled.observations, key=lambda o: (o.row, o.raw_row)):
        found = [(o.column or "?", "." if o.value is None else f"{o.value:g}") for o in group]
        bare = [column for column, _ in found] == APPLICANTS
        values = (value if bare else f"{column}={value}" for column, value in found)
        lines.append(" ".join([row or f"?{label}", *values]))
    return lines


def coded(*rows):
    """Rows of labels and figures as `shown` shows them when they are read."""
    return [row.replace(label, ROWS[label], 1) for row in rows for label in ROWS if row.startswith(label)]


def marks(filled):
    """How many cells carry each flag, and how many issues there are of each kind."""
    flags = Counter(flag for o in filled.observations for flag in o.flags)
    return flags, Counter(f"{i.kind} {i.severity}" for i in filled.issues)


@pytest.mark.parametrize("rows", [(FIRST, SECOND, LAST), (SECOND, LAST), (FIRST, LAST), (FIRST, SECOND), (LAST, SECOND)])  # fmt: skip
def test_rows_that_are_missing_or_swapped_shift_nothing(rows):
    for filled in (three(*rows), three_packed(*map(cells, rows))):
        assert (shown(filled), marks(filled)) == (coded(*rows), ({}, {}))


@pytest.mark.parametrize(
    ("label", "issue"),
    [
        ("五、撤回申请数量", "unknown_label warning"), ("小计", "unknown_label warning"), ("总计", "unknown_label warning"), ("", "unlabelled_value warning"),
        ("（三）不予公开", "subtotal_row info"), ("三、本年度办理结果", "subtotal_row info"),
        ("二、本年结转政府信息公开申请数量", "unknown_label warning"),  # a slip that turns the meaning
        ("予公开", "unknown_label warning"),  # as near to 予以公开 as to 不予公开
    ],
)  # fmt: skip
def test_a_row_that_the_form_has_not_is_kept_without_a_code(label, issue):
    filled = three(FIRST, f"{label} 7 0 0 0 0 0 8", LAST)
    assert shown(filled) == [*coded(FIRST), f"?{label} 7 0 0 0 0 0 8", *coded(LAST)]
    assert marks(filled) == ({}, {issue: 1})


@pytest.mark.parametrize("label", ["小计", "合计", "9.其他", ""])
def test_a_row_under_a_heading_that_spans_it_is_none_of_the_form_s(label):
    rows = ["1.属于国家秘密 1 0 0 0 0 0 1", "8.属于行政查询事项 2 0 0 0 0 0 2", f"{label} 3 0 0 0 0 0 3"]
    filled = fill(spans(f"{THREE}\n三、本年度办理结果@1x3 | （三）不予公开@1x3 | " + "\n".join(map(cells, rows))))
    assert shown(filled)[:2] == ["denied.state_secret 1 0 0 0 0 0 1", "denied.administrative_inquiry 2 0 0 0 0 0 2"]
    assert shown(filled)[2:] == [f"?{label or '（三）不予公开'} 3 0 0 0 0 0 3"]
    assert len(filled.issues) == 1


def test_the_one_row_of_other_outcomes_is_a_subtotal_over_its_own_rows():
    parts = ["1.申请人无正当理由逾期不补正 1 0 0 0 0 0 1", "3.其他 2 0 0 0 0 0 2"]
    both = three("（六）其他处理 3 0 0 0 0 0 3", *parts, "（七）总计 3 0 0 0 0 0 3")
    assert [line.split(" ")[0] for line in shown(both)] == ["?（六）其他处理", "other.correction_overdue", "other.other", "outcome_total"]  # fmt: skip
    assert set(marks(both)[1]) == {"subtotal_row info"}
    alone = three("（六）其他处理 3 0 0 0 0 0 3", "（七）总计 3 0 0 0 0 0 3")
    assert shown(alone) == ["other.total 3 0 0 0 0 0 3", "outcome_total 3 0 0 0 0 0 3"]


@pytest.mark.parametrize(
    "row",
    [
        "（三）不予公开@10x1", "（三）不予公开@3x1 | — | — | — | — | — | — | —", "（三）不予公开@3x1 | | | | | | | ", "@10x1", "单位：件@10x1", "栏次@3x1 | 1 | 2 | 3 | 4 | 5 | 6 | 7",
        "审核人@3x1 | 李四@7x1", "填报日期@3x1 | 2020年1月@7x1", "三、收到和处理政府信息公开申请情况@10x1", "说明" * 50 + "@10x1",
    ],
)  # fmt: skip
def test_rows_that_hold_no_values_are_understood(row):
    filled = fill(spans(f"{THREE}\n{wide(FIRST)}\n{row}\n{wide(LAST)}"))
    assert (shown(filled), marks(filled)) == (coded(FIRST, LAST), ({}, {}))


def test_a_row_of_other_words_is_told():
    filled = fill(spans(f"{THREE}\n{wide(FIRST)}\n另见附件@10x1"))
    assert (shown(filled), marks(filled)) == (coded(FIRST), ({}, {"unknown_label warning": 1}))


@pytest.mark.parametrize(
    "text",
    [
        f"序号@1x3 | {THREE}\n1 | {wide(FIRST)}\n2 | {wide(LAST)}", f"@1x3 | {THREE}\n1 | {wide(FIRST)}\n2 | {wide(LAST)}",
        f"{THREE.replace('@7x1', '@7x1 | 备注@1x3')}\n{wide(FIRST)} | 5\n{wide(LAST)} | 含上年",
    ],
)  # fmt: skip
def test_numbering_and_remarks_are_no_values(text):
    filled = fill(spans(text))
    assert (shown(filled), marks(filled)) == (coded(FIRST, LAST), ({}, {}))


def test_a_label_with_a_slip_is_read_and_marked():
    filled = three(f"{MANGLED} 3 1 0 0 2 0 6", LAST)
    assert (shown(filled), marks(filled)) == (coded(FIRST, LAST), ({"closest_label": 7}, {"closest_label info": 1}))
    assert [(i.message, i.raw) for i in filled.issues] == [(f"read as {NEW}", MANGLED)]


@pytest.mark.parametrize(
    ("rows", "conflicts", "repeated"),
    [
        ([FIRST, FIRST], 0, 7), ([FIRST, f"{NEW} 3 1 0 0 2 1 7"], 2, 5), ([FIRST, f"{NEW} 3 1 0 0 2 . 6"], 1, 6), ([FIRST, FIRST, f"{NEW} 3 1 0 0 2 0 7"], 1, 13),
        ([FIRST, f"{MANGLED} 9 9 9 9 9 9 54"], 7, 0), ([f"{MANGLED} 9 9 9 9 9 9 54", FIRST], 7, 0),  # the exact label is believed
    ],
)  # fmt: skip
def test_a_row_printed_twice_is_kept_once_and_marked_where_it_differs(rows, conflicts, repeated):
    filled = three(*rows)
    kept = {o.column: o.value for o in filled.observations if o.column}
    assert [kept[column] for column in APPLICANTS] == [3, 1, 0, 0, 2, 0, 6]
    assert sum(o.column is None for o in filled.observations) == conflicts
    flags, issues = marks(filled)
    assert flags["conflicting_cell"] == 2 * conflicts
    assert (issues["conflicting_cell error"], issues["repeated_cell info"]) == (conflicts, repeated)


ENDS = "natural_person=3 total=3"


@pytest.mark.parametrize(
    ("text", "expected", "flagged", "unplaced"),
    [
        ("3|1|0|0|2|0|6", "3 1 0 0 2 0 6", 0, 0), ("3|1|0|0|2|0|6|||", "3 1 0 0 2 0 6", 0, 0), ("||||||", ". . . . . . .", 0, 0), ("/|—|无|0|0|0|0", ". . . 0 0 0 0", 0, 0),
        ("3|3", ENDS, 2, 0), ("3|3|||||", ENDS, 2, 0), ("3|1|4||||", "?=3 ?=1 total=4", 3, 1), ("3|4|||||", "?=3 ?=4", 0, 1), ("3|1|0|2|0|6", "?=3 ?=1 ?=0 ?=2 ?=0 total=6", 6, 1),
        ("1|2|3|4|5|6", "?=1 ?=2 ?=3 ?=4 ?=5 ?=6", 0, 1), ("3|1|0|0|2|0|6|9", "?=3 ?=1 ?=0 ?=0 ?=2 ?=0 ?=6 ?=9", 0, 1), ("", "", 0, 1), ("3|1||0|0|2|0|6", "3 1 0 0 2 0 6", 7, 0),
    ],
)  # fmt: skip
def test_values_of_a_text_row_are_placed_only_where_one_place_is_left(text, expected, flagged, unplaced):
    filled = three_packed(f"{NEW} | {text}", cells(SECOND), cells(LAST))
    assert shown(filled) == ([f"received_new {expected}"] if expected else []) + coded(SECOND, LAST)
    assert sum(marks(filled)[0].values()) == flagged == marks(filled)[0]["inferred_column"]
    assert marks(filled)[1] == ({"unplaced_values error": 1} if unplaced else {})


def test_blanks_at_the_end_are_blanks_where_the_text_keeps_them_inside_rows():
    filled = three_packed(f"{NEW} | 3 |||||| 3", f"{CARRIED} | 2 ||| 1 |||", f"{OUT} | 4")
    assert shown(filled) == ["received_new 3 . . . . . 3", "carried_in 2 . . 1 . . .", "carried_out 4 . . . . . ."]
    # The line that ends after its first value alone is marked.
    assert {o.row for o in filled.observations if o.flags} == {"carried_out"}


@pytest.mark.parametrize("row", [f"{NEW} 0 3 1 0 0 2 0 6", f"{NEW} 3 1 0 0 2 6"])
def test_a_row_that_is_wider_or_narrower_than_its_header_is_marked(row):
    filled = three(row, LAST)
    placed = zip([*APPLICANTS, None], map(int, row.split()[1:]), strict=False)
    assert [(o.column, o.value) for o in filled.observations if o.raw_row == NEW] == list(placed)
    assert {(o.raw_row, o.flags) for o in filled.observations} == {(NEW, ("inferred_column",)), (OUT, ())}


@pytest.mark.parametrize("layout", [spans, packed])
def test_rows_without_a_header_take_the_form_s_columns_and_say_so(layout):
    filled = fill(layout(f"{cells(FIRST)}\n{cells(LAST)}"))
    assert (shown(filled), marks(filled)) == (coded(FIRST, LAST), ({"inferred_column": 14}, {}))


@pytest.mark.parametrize("layout", [spans, packed])
def test_table_three_may_be_turned(layout):
    header = f"申请人 | {NEW} | 3.其他 | （七）总计"
    filled = fill(layout(f"{header}\n自然人 | 3 | 2 | 1\n其他 | 6 | 5 | 4\n总计 | 9 | 7 | 5"))
    expected = zip(["received_new", "other.other", "outcome_total"] * 3, [3, 2, 1, 6, 5, 4, 9, 7, 5], strict=True)
    assert [(o.row, o.value) for o in filled.observations] == list(expected)
    assert [o.column for o in filled.observations[::3]] == ["natural_person", "other_org", "total"]
    assert marks(filled) == ({}, {})


@pytest.mark.parametrize(
    "blocks",
    [
        [spans(f"{FOUR}\n{FIGURES}")], [packed(f"{FOUR_PACKED}\n{FIGURES} | | |")], [packed(f"案件 | {RESULTS}\n{REVIEW}\n{DIRECT}\n{AFTER}")],
        [spans(f"案件@2x1 | {RESULTS}\n行政复议@2x1 | {PARTS['行政复议']}\n行政诉讼@1x2 | {DIRECT}\n{AFTER}")],
        [spans(f"结果@1x2 | 行政复议@1x2 | 行政诉讼@2x1\n未经复议直接起诉 | 复议后起诉\n{DOWN}")],
        [spans(f"{name}@5x1\n{RESULTS}\n{figures}") for name, figures in PARTS.items()],
        [block for name, figures in PARTS.items() for block in (Paragraph(name, Where(paragraph=1)), spans(f"{RESULTS}\n{figures}"))],
    ],
    ids=["official", "packed", "turned packed", "turned", "results down", "three parts", "three parts under paragraphs"],
)  # fmt: skip
def test_table_four_reads_alike_however_it_is_laid_out(blocks):
    filled = fill(*blocks)
    found = {(o.row, o.column): o.value for o in filled.observations}
    assert " | ".join(str(found.pop((case, result))) for case in CASES for result in RESULT_CODES) == FIGURES
    assert (found, marks(filled)) == ({}, ({}, {}))


def test_table_four_with_a_value_lost_is_not_read_as_if_it_were_whole():
    figures = FIGURES.removesuffix(" | 2")
    assert marks(fill(spans(f"{FOUR}\n{figures}")))[0] == {"inferred_column": 14}
    filled = fill(packed(f"{FOUR_PACKED}\n{figures}"))
    assert [(o.row, o.column) for o in filled.observations] == [(None, None)] * 14
    assert marks(filled)[1]["unplaced_values error"] == 1


@pytest.mark.parametrize(
    ("headings", "first", "second"),
    [
        ("本级 | 汇总", ("own", "year"), ("aggregate", "year")), ("区政府 | 区直单位", ("own", "year"), ("departments", "year")),
        ("2016年 | 历年累计", (None, "year"), (None, "cumulative")), ("乡镇街道 | 全区合计", ("townships", "year"), ("aggregate", "year")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("layout", [spans, packed])
def test_twin_columns_are_both_kept(layout, headings, first, second):
    filled = fill(layout(f"统计指标 | 单位 | {headings}\n{TWIN}"), year=2016)
    for column, values in ((first, [4, 4, 0.5]), (second, [9, 8, 1])):
        found = [o for o in filled.observations if (o.scope, o.basis) == column]
        assert [o.row for o in found] == ["requests.total", "requests.in_person", "fees_collected"]
        assert [(o.column, o.value) for o in found] == [("value", value) for value in values]
    assert marks(filled) == ({}, {})


@pytest.mark.parametrize(("second", "issue"), [("2015年", "other_year_column info"), ("上年数", "unknown_label warning"), ("松岭局", "unknown_label warning")])  # fmt: skip
def test_a_column_of_another_year_or_without_meaning_keeps_no_code(second, issue):
    filled = fill(spans(f"统计指标 | 单位 | 2016年 | {second}\n{TWIN}"), year=2016)
    assert shown(filled)[:2] == ["requests.total value=4 ?=9", "requests.in_person value=4 ?=8"]
    assert {o.raw_column for o in filled.observations if o.column is None} == {second}
    assert marks(filled) == ({}, {issue: 1})


def test_the_year_of_the_report_decides_which_column_is_of_another_year():
    lines = f"统计指标 | 单位 | 2017年 | 2016年\n{TWIN}\n2.传真申请数 | 件 | 0 | 1\n3.网络申请数 | 件 | 0 | 0"
    table = "".join(f"<tr><td>{row.replace('|', '<td>')}" for row in lines.split("\n"))
    for year, kept in ((2017, 4), (2016, 9)):
        (report,) = parse(f"<h1>松岭县{year}年政府信息公开工作年度报告</h1><table>{table}</table>".encode())
        assert [o.value for o in report.observations if (o.row, o.column) == ("requests.total", "value")] == [kept]


LAWSUITS = f"{HEAD}\n四、行政复议数量 | 件 | 2\n（二）被依法纠错数 | 件 | 2\n五、行政诉讼数量 | 件 | 3\n（二）被依法纠错数 | 件 | 3"


@pytest.mark.parametrize(
    ("lost", "expected"),
    [("", ["review.total", "review.corrected", "litigation.total", "litigation.corrected"]), ("五、行政诉讼数量 | 件 | 3\n", ["review.total", "review.corrected", None])],
)  # fmt: skip
def test_rows_printed_alike_belong_to_the_heading_above_until_it_has_them(lost, expected):
    assert [o.row for o in fill(spans(LAWSUITS.replace(lost, ""))).observations] == expected


def test_halves_side_by_side_are_one_table():
    lines = [
        "（一）收到申请数 | 件 | 5 | 四、行政复议数量 | 件 | 2",
        "1.当面申请数 | 件 | 4 | 五、行政诉讼数量 | 件 | 1",
    ]
    filled = fill(spans("\n".join([f"{HEAD} | {HEAD}", *lines])))
    assert shown(filled) == ["requests.total value=5", "requests.in_person value=4", "review.total value=2", "litigation.total value=1"]  # fmt: skip
    assert marks(filled) == ({}, {})


@pytest.mark.parametrize(
    ("row", "unit", "source"),
    [
        ("（一）收到申请数 | 次 | 5", "次", "header"), ("（一）收到申请数 | | 5", "件", "convention"), ("（一）收到申请数 | 次 | 5件", "件", "printed"),
        ("七、依申请公开信息收取的费用 | | 5", None, None),  # a unit of money is never assumed
        ("七、依申请公开信息收取的费用（元） | | 5", "元", "header"), ("七、依申请公开信息收取的费用 | 万元 | 5", "万元", "header"),
    ],
)  # fmt: skip
def test_a_value_says_where_its_unit_comes_from(row, unit, source):
    first = fill(spans(f"{HEAD}\n{row}\n1.当面申请数 | 件 | 4")).observations[0]
    assert (first.value, first.unit, first.unit_source) == (5, unit, source)


@pytest.mark.parametrize(("figure", "kinds"), [("-3", ["implausible_value"]), ("2.5", ["implausible_value"]), ("若干", ["unreadable_value"]), ("3.0", [])])  # fmt: skip
def test_counts_that_cannot_be_are_told(figure, kinds):
    for filled in (three(f"{NEW} {figure} 0 0 0 0 0 4"), three_packed(cells(f"{NEW} {figure} 0 0 0 0 0 4"))):
        assert [(i.kind, i.raw) for i in filled.issues] == [(kind, figure) for kind in kinds]
        assert filled.observations[0].raw == figure


@pytest.mark.parametrize("over", ["采购项目数量@2x1 | 采购总金额", "采购项目数量 | 采购总金额@2x1", "采购项目数量 | 采购总金额"])  # fmt: skip
@pytest.mark.parametrize("under", ["15@2x1 | 321.5万元", "15 | 321.5万元@2x1"])
def test_every_block_of_table_two_has_its_own_columns_whatever_the_spans(over, under):
    header = "信息内容 | 上一年项目数量 | 本年增/减 | 处理决定数量"
    licensing = f"第二十条第（五）项@4x1\n{header}\n行政许可 | 12 | 减3 | 340"
    filled = fill(spans(f"{licensing}\n第二十条第（九）项@4x1\n信息内容 | {over}\n政府集中采购 | {under}"))
    assert shown(filled)[0] == "licensing items_prev_year=12 items_change=-3 decisions=340"
    assert shown(filled)[1:] == ["procurement projects=15 amount=321.5"]
    assert marks(filled) == ({}, {})


def test_a_block_whose_header_is_lost_takes_no_columns_of_the_one_before():
    filled = fill(spans(f"{TWO}\n规章 | 0 | 1 | 2\n行政许可 | 7 | 8 | 9"))
    assert shown(filled) == ["rules issued=0 repealed=1 in_force=2", "licensing ?=7 ?=8 ?=9"]
    assert marks(filled) == ({}, {"unknown_label warning": 3})


def test_a_table_goes_on_in_the_next_grid_under_the_same_header():
    filled = fill(spans(f"{THREE}\n{wide(FIRST)}"), spans(wide(LAST), table=2))
    assert (shown(filled), marks(filled)) == (coded(FIRST, LAST), ({}, {}))


def test_figures_alone_belong_to_the_table_before_unless_a_section_begins():
    table, figures = spans(f"{THREE}\n{wide(FIRST)}"), spans("1 | 0 | 0 | 0 | 0 | 0 | 1", table=2)
    assert shown(fill(table, figures)) == [*coded(FIRST), "? 1 0 0 0 0 0 1"]
    heading = Paragraph("四、政府信息公开行政复议、行政诉讼情况", Where(paragraph=1))
    assert fill(table, heading, figures).other_grids == (figures,)


@pytest.mark.parametrize("text", ["栏目 | 条数\n要闻 | 12\n行政许可 | 7", "姓名 | 电话\n张三 | 123"])
def test_a_grid_that_shows_too_few_labels_is_no_form_table(text):
    grid = spans(text)
    assert (fill(grid).observations, fill(grid).other_grids) == ((), (grid,))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # an ordinal that is not the form's places no row
        (["（五）不予处理 | 5.要求行政机关确认或重新出具已获取信息 | 0|0|0|0|0|0|0", "6.其他 | 3|0|0|0|0|0|3"], ["not_processed.confirm_or_reissue 0 0 0 0 0 0 0", "?6.其他 3 0 0 0 0 0 3"]),
        (["8.属于行政查询事项 | 0|0|0|0|0|0|0", "9.合计 | 3|0|0|0|0|0|3"], ["denied.administrative_inquiry 0 0 0 0 0 0 0", "?9.合计 3 0 0 0 0 0 3"]),
        # under an explicit heading, the form's row of another heading is none
        (["（四）无法提供 | 3.其他 | 3|0|0|0|0|0|3"], ["?3.其他 3 0 0 0 0 0 3"]),
    ],
)  # fmt: skip
def test_a_row_is_none_that_its_ordinal_or_heading_speaks_against(lines, expected):
    filled = three_packed(*lines)
    assert shown(filled) == expected
    assert {i.kind for i in filled.issues} <= {"unknown_label", "subtotal_row"}
    assert filled.issues


def test_a_header_in_two_rows_without_its_headings_is_not_certain():
    lines = ["自然人 | 总计", "商业企业 | 科研机构 | 社会公益组织 | 法律服务机构 | 其他", f"{NEW} | 1|2|3|4|5|6|21"]
    assert {o.flags for o in fill(packed("\n".join(lines))).observations} == {("inferred_column",)}


def test_a_row_belongs_to_the_group_of_the_row_before_it():
    lines = [
        HEAD,
        "四、行政复议数量 | 件 | 2",
        "（一）维持具体行政行为数 | 件 | 2",
        "（一）维持具体行政行为或者驳回原告诉讼请求数 | 件 | 4",
        "（二）被依法纠错数 | 件 | 5",
    ]
    codes = [o.row for o in fill(packed("\n".join(lines))).observations]
    assert codes == ["review.total", "review.upheld", "litigation.upheld", "litigation.corrected"]


def test_the_column_of_another_year_has_no_code_in_any_table():
    page = """<table><tr><td rowspan=2>信息内容<td>2021年<td>2022年<tr><td>本年处理决定数量<td>本年处理决定数量
    <tr><td>行政许可<td>6<td>7<tr><td>行政处罚<td>8<td>9</table>"""
    (report,) = parse(
        f"<html><body><h1>白榆县财政局2022年政府信息公开工作年度报告</h1>{page}{page.replace('6', '1')}".encode()
    )
    assert [(o.row, o.column, o.value) for o in report.observations if o.value in (6, 7)] == [
        ("licensing", None, 6),
        ("licensing", "decisions", 7),
    ]


@pytest.mark.parametrize("figures", ["340", "12①", "3 ①4"])
def test_figures_run_together_are_not_cut_without_a_sum(figures):
    lines = ["信息内容 | 上一年项目数量 | 本年增/减 | 处理决定数量", f"行政许可 | {figures}", "行政处罚 | 1 | 2 | 3"]
    found = [(o.row, o.column) for o in fill(packed("\n".join(lines))).observations]
    assert [column for row, column in found if row == "licensing"] == [None]
    assert [column for row, column in found if row == "penalties"] == ["items_prev_year", "items_change", "decisions"]


def test_a_row_run_together_twice_is_told_twice_and_keeps_its_print():
    filled = three_packed(f"{NEW} | 3000003", f"{NEW} | 4000004", f"{CARRIED} | 0|0|0|0|0|0|0")
    (first, second) = (o for o in filled.observations if o.value in (3, 4) and o.raw_column == "自然人")
    assert (first.raw, second.raw, second.column) == ("3000003", "4000004", None)
    assert "conflicting_cell" in first.flags
    assert "conflicting_cell" in second.flags


def test_a_surplus_value_is_told():
    filled = fill(spans(f"{THREE}\n{wide(FIRST)} | 9\n{wide(SECOND)}"))
    assert [(i.kind, i.raw) for i in filled.issues] == [("unlabelled_value", "9")]


def test_a_currency_sign_does_not_outdo_the_unit_of_the_header():
    page = "<table><tr><td>信息内容<td>本年收费金额（单位：万元）<tr><td>行政事业性收费<td>¥1,830.45</table>"
    (report,) = parse(f"<h1>白榆县财政局2022年政府信息公开工作年度报告</h1>{CORRECT}{page}".encode())
    assert [(o.value, o.unit, o.unit_source) for o in report.observations if o.row == "fees"] == [
        (1830.45, "万元", "header")
    ]


def test_a_value_that_spans_down_is_that_of_the_lower_row_too():
    filled = fill(spans(f"{TWO}\n规章 | 0@1x2 | 1 | 2\n行政规范性文件 | 3 | 4"))
    found = [(o.row, o.column, o.value, o.flags) for o in filled.observations if o.row == "normative_documents"]
    assert {(column, value) for _, column, value, _ in found} == {("issued", 0), ("repealed", 3), ("in_force", 4)}
    assert {flags for *_, flags in found} == {("inferred_column",)}


def test_a_row_in_a_grid_of_its_own_belongs_to_the_table_above():
    filled = fill(spans("\n".join([THREE, wide(FIRST)])), spans(wide("（七）总计 3 1 0 0 2 0 6")))
    assert shown(filled) == ["received_new 3 1 0 0 2 0 6", "outcome_total 3 1 0 0 2 0 6"]


def test_a_running_number_below_the_header_is_no_row_of_values():
    index = " | ".join(str(i) for i in range(1, 16))
    filled = fill(packed(f"{FOUR_PACKED}\n{index}\n{FIGURES}"))
    assert [o.value for o in filled.observations] == [float(v) for v in FIGURES.split(" | ")]
    assert not filled.issues


def test_a_row_of_the_form_that_is_not_there_is_told():
    (report,) = parse(f"<h1>白榆县财政局2022年政府信息公开工作年度报告</h1>{CORRECT}".encode())
    (issue,) = (i for i in report.issues if i.kind == "absent_rows")
    assert issue.message == "table proactive shows no licensing, penalties, coercion, fees"


CORRECT = "<table><tr><td>信息内容<td>本年制发件数<td>本年废止件数<td>现行有效件数<tr><td>规章<td>5<td>6<td>7<tr><td>行政规范性文件<td>1<td>2<td>3</table>"


@pytest.mark.parametrize(("amount", "told"), [("321.5万元", []), ("¥321.5", []), ("321.5", ["321.5"]), ("", [])])
def test_an_amount_of_money_without_a_unit_is_told(amount, told):
    filled = fill(spans(f"信息内容 | 采购项目数量 | 采购总金额\n政府集中采购 | 15 | {amount}"))
    assert [i.raw for i in filled.issues if i.kind == "unit_unknown"] == told


def test_a_value_whose_column_fits_no_code_is_told():
    filled = fill(
        packed("结果维持 | 1 | 0 | 2\n | 2 | 0 | 0"),
        spans(f"项目 | 行政复议 | 未经复议直接起诉 | 复议后起诉\n | 2 | 0 | 0\n{DOWN}"),
    )
    assert any(o.column is None for o in filled.observations)
    assert filled.issues
