"""Header rows -> columns: by place, by the order of their words, and what a chain of labels means."""

import pytest
from test_grids import is_label, packed, spans

from parsers.columns import columns_by_order, columns_by_place, path_of
from parsers.grids import rows_of
from parsers.lookups import lexicon

RESULTS = "结果维持 | 结果纠正 | 其他结果 | 尚未审结 | 总计"
CASES = ["review", "litigation_direct", "litigation_after_review"]
RESULT_CODES = ["upheld", "corrected", "other", "pending", "total"]
ORGANISATIONS = "商业企业 | 科研机构 | 社会公益组织 | 法律服务机构 | 其他"
APPLICANTS = [
    "natural_person", "commercial_enterprise", "research_institution", "public_welfare_org", "legal_services_org", "other_org", "total",
]  # fmt: skip
THREE = f"勾稽关系@3x3 | 申请人情况@7x1\n自然人@1x2 | 法人或其他组织@5x1 | 总计@1x2\n{ORGANISATIONS}"
THREE_PACKED = f"勾稽关系 | 申请人情况\n自然人 | 法人或其他组织 | 总计\n{ORGANISATIONS}"
WIDER = THREE.replace("@7x1", "@8x1").replace("@5x1", "@6x1")  # one column more under 法人或其他组织
FOUR = f"行政复议@5x1 | 行政诉讼@10x1\n{RESULTS.replace(' |', '@1x2 |')}@1x2 | 未经复议直接起诉@5x1 | 复议后起诉@5x1\n{RESULTS} | {RESULTS}"
FOUR_PACKED = f"行政复议 | 行政诉讼\n{RESULTS} | 未经复议直接起诉 | 复议后起诉\n{RESULTS} | {RESULTS}"


def by_place(grid, table="applications"):
    return columns_by_place(tuple(rows_of(grid, 0, is_label)), table, lexicon())


def by_order(grid, table="applications"):
    return columns_by_order(tuple(rows_of(grid, 0, is_label)), table, lexicon())


def code(label):
    return label and label.code


def codes(columns):
    return [code(c.path.column) for c in columns if c.holds_values]


def certain(columns):
    return {c.certain for c in columns}


def test_columns_of_table_three_stand_under_their_labels():
    columns = by_place(spans(THREE))
    assert [(c.role, c.x0, c.x1) for c in columns] == [("corner", 0, 3), *(("value", x, x + 1) for x in range(3, 10))]
    assert (codes(columns), certain(columns)) == (APPLICANTS, {True})


@pytest.mark.parametrize(
    "grid",
    [
        spans(THREE), spans(THREE.replace("@5x1", "@4x1")), spans(THREE.replace("@5x1", "@6x1")), spans(THREE.replace("@1x2", "")),
        packed(THREE_PACKED), packed(f"项目 | 自然人 | {ORGANISATIONS} | 总计"), spans(THREE.replace("勾稽关系@3x3 | ", "")),
    ],
)  # fmt: skip
def test_the_order_of_the_words_gives_the_same_columns_whatever_the_spans(grid):
    columns = by_order(grid)
    assert (codes(columns), certain(columns)) == (APPLICANTS, {True})


@pytest.mark.parametrize(
    "grid",
    [
        spans(THREE.replace("@5x1", "@4x1")),  # a heading over too few columns
        spans(THREE.replace("@1x2", "")),  # labels that should span down do not
        packed(THREE_PACKED),  # the spans are gone
    ],
)
def test_places_that_contradict_the_form_are_not_believed(grid):
    assert by_place(grid) is None


def test_a_header_spread_by_empty_cells_is_read_by_place():
    header = THREE.replace("@1x2", "").replace("商业", " | 商业") + " | "
    assert codes(by_place(spans(header))) == APPLICANTS


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"勾稽关系@3x3 | 申请人情况@7x1\n总计@1x2 | 自然人@1x2 | 法人或其他组织@5x1\n{ORGANISATIONS}", ["total", *APPLICANTS[:6]]),
        (THREE.replace("商业企业 | 科研机构", "科研机构 | 商业企业"), ["natural_person", "research_institution", "commercial_enterprise", *APPLICANTS[3:]]),
        (THREE.replace("法律服务机构 | 其他", "其他 | 法律服务机构"), [*APPLICANTS[:4], "other_org", "legal_services_org", "total"]),
        (THREE.replace("商业企业", "企业").replace("公益", "公 益").replace("总计", "合计"), APPLICANTS),
        (THREE.replace(" | 科研机构", "").replace("@5x1", "@4x1").replace("@7x1", "@6x1"), [*APPLICANTS[:2], *APPLICANTS[3:]]),
    ],
)  # fmt: skip
def test_columns_that_are_swapped_or_missing_are_told_by_their_labels(header, expected):
    place, order = by_place(spans(header)), by_order(spans(header))
    assert (codes(place), codes(order)) == (expected, expected)
    assert certain((*place, *order)) == {True}


@pytest.mark.parametrize(("label", "role"), [("合计", "value"), ("小计", "unknown"), ("个体工商户", "unknown")])
def test_a_column_more_under_the_organisations_has_no_code(label, role):
    columns = by_place(spans(f"{WIDER} | {label}"))
    assert codes(columns) == [*APPLICANTS[:6], None, "total"]
    assert [c.role for c in columns if c.path.text == label] == [role]


@pytest.mark.parametrize("header", [THREE.replace(" | 科研机构", ""), THREE.replace(" | 法人或其他组织@5x1", "")])
def test_a_header_with_a_hole_is_not_certain(header):
    columns = by_place(spans(header)) or by_order(spans(header))
    assert certain(columns) == {False}


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("applications", f"申请人情况\n自然人 | 总计\n{ORGANISATIONS}"),  # is 总计 second, or last?
        ("applications", f"申请人情况\n自然人 | 法人或其他组织 | 总计\n{ORGANISATIONS} | 合计"),
        ("review_litigation", f"行政复议 | 未经复议直接起诉 | 复议后起诉\n{RESULTS} | {RESULTS} | {RESULTS}"),
    ],
)
def test_words_that_can_be_put_together_in_more_than_one_way_are_not_certain(table, text):
    assert by_place(packed(text), table) is None
    assert certain(by_order(packed(text), table)) == {False}


@pytest.mark.parametrize(("read", "grid"), [(by_place, spans(FOUR)), (by_order, spans(FOUR)), (by_order, packed(FOUR_PACKED))])  # fmt: skip
def test_columns_of_table_four_name_the_case_and_its_result(read, grid):
    columns = read(grid, "review_litigation")
    assert [code(c.path.row) for c in columns] == [case for case in CASES for _ in range(5)]
    assert (codes(columns), certain(columns)) == (RESULT_CODES * 3, {True})


@pytest.mark.parametrize(("layout", "header"), [(spans, FOUR), (packed, FOUR_PACKED)])
def test_the_order_of_the_cases_is_the_printed_one(layout, header):
    direct, after = "未经复议直接起诉", "复议后起诉"
    swapped = header.replace(direct, "X").replace(after, direct).replace("X", after)
    columns = by_order(layout(swapped), "review_litigation")
    assert [code(c.path.row) for c in columns[::5]] == [CASES[0], CASES[2], CASES[1]]


@pytest.mark.parametrize("head", ["信息内容", "第二十条第（一）项", "文件种类", "类别 | 第二十条第（一）项", ""])
@pytest.mark.parametrize("read", [by_place, by_order])
@pytest.mark.parametrize("layout", [spans, packed])
def test_what_heads_the_row_labels_is_no_value_column(layout, read, head):
    columns = read(layout(f"{head} | 本年制发件数 | 本年废止件数 | 现行有效件数"), "proactive")
    assert codes(columns) == ["issued", "repealed", "in_force"]


def test_a_header_that_names_rows_of_the_form_is_turned():
    turned = by_place(spans("申请人 | 一、本年新收政府信息公开申请数量 | （七）总计 | 3.其他"))
    rows = [(code(c.path.row), c.turned) for c in turned if c.holds_values]
    assert rows == [("received_new", True), ("outcome_total", True), ("other.other", True)]
    assert not any(c.turned for c in by_place(spans("项目 | 自然人 | 其他 | 总计")))


@pytest.mark.parametrize(
    ("heading", "role", "scope", "basis"),
    [
        ("统计数", "value", None, "year"), ("本级", "value", "own", "year"), ("区政府", "value", "own", "year"),
        ("全市汇总", "value", "aggregate", "year"), ("区直单位", "value", "departments", "year"), ("乡镇街道", "value", "townships", "year"),
        ("历年累计", "value", None, "cumulative"), ("2016年", "value", None, "year"), ("上年数", "unknown", None, "year"),
        ("同比增长", "unknown", None, "year"), ("松岭局", "unknown", None, "year"), ("备注", "skip", None, "year"),
    ],
)  # fmt: skip
def test_the_heading_of_a_statistics_column_says_whose_and_when(heading, role, scope, basis):
    *heads, column = by_place(spans(f"统计指标 | 单位 | 统计数 | {heading}"), "statistics")
    assert [c.role for c in heads] == ["corner", "unit", "value"]
    assert (column.role, column.scope, column.basis) == (role, scope, basis)


@pytest.mark.parametrize(
    ("heading", "expected"),
    [("松岭局", ("value", False)), ("2016年", ("value", True)), ("同比增长", ("unknown", True))],
)
def test_the_only_value_column_may_be_headed_by_the_organ(heading, expected):
    column = by_place(packed(f"统计指标 | 单位 | {heading}"), "statistics")[-1]
    assert (column.role, column.certain) == expected


def test_headings_one_over_the_other_each_say_a_part():
    columns = by_place(
        spans("统计指标@1x2 | 单位@1x2 | 2016年@2x1 | 历年累计@2x1\n本级 | 汇总 | 本级 | 汇总"), "statistics"
    )
    assert [c.scope for c in columns[2:]] == ["own", "aggregate", "own", "aggregate"]
    assert [c.basis for c in columns[2:]] == ["year", "year", "cumulative", "cumulative"]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["总计"], "outcome_total"), (["三、本年度办理结果", "（七）总计"], "outcome_total"),
        (["三、本年度办理结果", "（六）其他处理", "（七）总计"], "outcome_total"),  # the span above reaches too far
        (["三、本年度办理结果", "（三）不予公开", "合计"], None), (["三、本年度办理结果", "（五）不予处理", "6.其他"], None),
        (["（六）其他处理", "3.其他"], "other.other"), (["三、本年度办理结果", "（六）其他处理"], "other.total"),
        (["三、本年度办理结果/（一）予以公开"], "granted"), (["三、本年度办理结果", "（三）不予公开"], None),
        (["三、本年度办理结果", "（八）移送"], None), (["（一）予以公开", "（八）移送"], None), ([], None),
    ],
)  # fmt: skip
def test_headings_decide_which_row_a_label_means(labels, expected):
    assert code(path_of(labels, "applications", lexicon()).row) == expected


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["申请人情况", "总计"], "total"), (["法人或其他组织", "合计"], None), (["申请人情况", "法人或其他组织", "其他"], "other_org"),
        (["申请人情况", "法人或其他组织"], None), (["申请人情况", "自然人"], "natural_person"), (["法人或其他组织", "外国人"], None),
    ],
)  # fmt: skip
def test_headings_decide_which_column_a_label_means(labels, expected):
    assert code(path_of(labels, "applications", lexicon()).column) == expected


def test_words_without_a_meaning_are_kept():
    path = path_of(["三、本年度办理结果", "（八）移送"], "applications", lexicon())
    assert (path.text, path.unknown, path.heading.words) == ("（八）移送", ("（八）移送",), "本年度办理结果")
    assert path_of(["类别", "规章"], "proactive", lexicon()).unknown == ()  # a word that means nothing


def test_a_heading_whose_rows_have_lost_their_labels_is_none_of_them():
    path = path_of(["（六）其他处理"], "applications", lexicon(), all_headings=True)
    assert (path.row, path.heading.words) == (None, "其他处理")


@pytest.mark.parametrize(
    ("labels", "closest"),
    [(["1.属于国家秘宓"], True), (["（三）不予公幵", "1.属于国家秘密"], False), (["1.属于国家秘密"], False)],
)
def test_a_slip_counts_only_in_the_label_that_names_the_row(labels, closest):
    path = path_of(labels, "applications", lexicon())
    assert (code(path.row), path.closest) == ("denied.state_secret", closest)


@pytest.mark.parametrize(
    ("trail", "expected"),
    [([], None), (["行政复议数量"], "review.corrected"), (["行政诉讼数量", "行政复议数量"], "review.corrected"), (["行政复议数量", "行政诉讼数量"], "litigation.corrected")],
)  # fmt: skip
def test_the_headings_passed_tell_apart_what_is_printed_alike(trail, expected):
    path = path_of(["（二）被依法纠错数"], "statistics", lexicon(), trail)
    assert (code(path.row), path.ambiguous) == (expected, expected is None)


def test_row_and_column_may_be_named_by_two_labels_of_one_side():
    path = path_of(["行政复议", "结果纠正"], "review_litigation", lexicon())
    assert (code(path.row), code(path.column), path.crossed) == ("review", "corrected", True)
