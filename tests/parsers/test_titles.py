"""Titles of reports: what reads as one, whose and which year it names, which one is the report's."""

import pytest

from parsers import parse
from parsers.models import NOWHERE, Cell, Document, Grid, Paragraph
from parsers.titles import best_title, find_titles, page_titles, read_title

TITLE = "白榆县财政局2019年政府信息公开工作年度报告"
BODY = ("一、总体情况", "2019年，我局公开信息58条。", "二、主动公开政府信息情况")
TABLE = Grid(
    tuple((Cell("许可", y, 0, 1, 1, NOWHERE), Cell("3", y, 1, 1, 1, NOWHERE)) for y in range(6)), "spans", NOWHERE
)


def page(*lines, **meta):
    """A document of paragraphs; `("link", text)` names a kind, a Grid stands for itself."""
    kinds = [line if isinstance(line, tuple) else ("text", line) for line in lines]
    blocks = tuple(text if isinstance(text, Grid) else Paragraph(text, NOWHERE, kind) for kind, text in kinds)
    return Document("text/html", blocks, meta=meta)


def found(*lines, **meta):
    document = page(*lines, **meta)
    return [(t.text, t.first, t.last) for t in find_titles(document, document.blocks)]


def best(*lines, **meta):
    document = page(*lines, **meta)
    title = best_title(document, find_titles(document, document.blocks), document.blocks)
    return title and (title.text, title.agency, title.year)


@pytest.mark.parametrize(
    ("text", "agency", "year"),
    [
        (TITLE, "白榆县财政局", 2019),
        ("2019年白榆县财政局政府信息公开工作年度报告", "白榆县财政局", 2019),
        ("白榆县财政局2019年度政府信息公开工作报告", "白榆县财政局", 2019),
        ("白榆县财政局政府信息公开2019年年度报告", "白榆县财政局", 2019),
        ("白榆县财政局2019年政府信息公开年报", "白榆县财政局", 2019),
        ("白榆县财政局关于2019年政府信息公开工作的年度报告", "白榆县财政局", 2019),
        ("白榆县财政局二〇一九年政府信息公开工作年度报告", "白榆县财政局", 2019),
        ("白榆县财政局二○一九年度政府信息公开年度报告", "白榆县财政局", 2019),
        ("白 榆 县 财 政 局 ２０１９ 年 政 府 信 息 公 开 工 作 年 度 报 告", "白榆县财政局", 2019),
        ("《白榆县财政局2019年政府信息公开工作年度报告》", "白榆县财政局", 2019),
        ("【年报】白榆县财政局2019年政府信息公开工作年度报告", "白榆县财政局", 2019),
        ("附件1：白榆县财政局2019年政府信息公开工作年度报告", "白榆县财政局", 2019),
        ("标题：白榆县财政局2019年政府信息公开工作年度报告", "白榆县财政局", 2019),
        ("（2019年度）白榆县财政局政府信息公开工作年度报告", "白榆县财政局", 2019),
        ("白榆县财政局政府信息公开工作年度报告（2019年）", "白榆县财政局", 2019),
        ("白榆县财政局2019年政府信息公开工作年度报告（修订版）", "白榆县财政局", 2019),
        ("白榆县财政局2020年政府信息公开工作年度报告（白财〔2021〕3号）", "白榆县财政局", 2020),
        ("白榆县2019年政府信息公开工作年度报告（2019年1月1日-2019年12月31日）", "白榆县", 2019),
        ("白榆县2017年（1-12月）政府信息公开工作年度报告", "白榆县", 2017),
        ("白榆县财政局（国有资产办公室）2019年政府信息公开工作年度报告", "白榆县财政局(国有资产办公室)", 2019),
        ("关于白榆县财政局2019年政府信息公开工作年度报告的公告", "白榆县财政局", 2019),
        ("白榆县人民政府办公室关于公布白榆县2019年政府信息公开工作年度报告的公告", "白榆县", 2019),
        ("白榆县人民政府办公室关于发布2019年政府信息公开工作年度报告的通知", "白榆县人民政府办公室", 2019),
        ("白榆县人民政府信息公开工作2019年度报告", "白榆县人民政府", 2019),
        ("白榆县人民政府2019年政府信息公开工作年度报告", "白榆县人民政府", 2019),
        ("国家税务总局白榆县税务局2019年政府信息公开工作年度报告", "国家税务总局白榆县税务局", 2019),
        ("白榆县财政局2019年政务公开工作总结", "白榆县财政局", 2019),
        ("白榆县财政局政府信息公开工作年度报告", "白榆县财政局", None),
        ("2019年政府信息公开工作年度报告", None, 2019),
        ("我县2019年做好政府信息公开工作报告", None, 2019),
        ("特此公告。2019年政府信息公开工作年度报告", None, 2019),
        ("政府信息公开工作年度报告", None, None),
    ],
)
def test_a_title_names_organ_and_year(text, agency, year):
    title = read_title(text)
    assert (title.agency, title.year) == (agency, year)


@pytest.mark.parametrize(
    "text",
    [
        "白榆县人民政府办公室关于做好2019年政府信息公开工作年度报告编制发布工作的通知",
        "白榆县政府信息公开指南",
        "白榆县政府信息公开目录",
        "白榆县2019年政府工作报告",
        "白榆县财政局2019年法治政府建设年度报告",
        "白榆县财政局2019年政府信息公开工作年度报告解读",
        "白榆县财政局2019年政府信息公开工作要点落实情况报告",
        "现将白榆县财政局2019年政府信息公开工作年度报告公布如下",
        "本报告是白榆县财政局2019年政府信息公开工作年度报告。",
        "2019年做好政府信息公开工作情况",
        "全面推进政务公开工作情况",
        "白财〔2020〕3号",
        "",
    ],
)
def test_notices_other_reports_and_sentences_are_no_titles(text):
    assert read_title(text) is None


@pytest.mark.parametrize(
    "lines",
    [
        ["白榆县财政局", "2019年政府信息公开工作年度报告"],
        ["白榆县财政局2019年", "政府信息公开工作年度报告"],
        ["白榆县财政局2019年政府信息公开", "工作年度报告"],
        ["白榆县财政局2019年政府信息公开工作年度", "报告"],
        ["白榆县财政局", "2019年", "政府信息公开工作年度报告"],
        ["白榆县财政局", "2019年政府信息公开工作", "年度报告"],
    ],
)
def test_a_title_split_over_lines_is_put_together(lines):
    assert found("白财〔2020〕3号", *lines, *BODY) == [(TITLE, 1, len(lines))]
    assert best("白财〔2020〕3号", *lines, *BODY) == (TITLE, "白榆县财政局", 2019)


@pytest.mark.parametrize(
    ("before", "text", "first"),
    [
        ("2020-01-15", "2019年政府信息公开工作年度报告", 1),
        ("首页 > 政府信息公开年报", TITLE, 1),
        ("当前位置：白榆县财政局2018年政府信息公开年报", TITLE, 1),
        (("link", "白榆县财政局2018年政府信息公开年报"), TITLE, 1),
        ("四、政府信息公开行政复议、行政诉讼情况", TITLE, 1),
        ("白榆县财政局" * 9 + "2019年政府信息公开工作年度报告（" + "补" * 30 + "）", TITLE, 1),
    ],
)
def test_dates_breadcrumbs_links_and_headings_are_no_titles(before, text, first):
    assert found(before, text) == [(text, first, first)]


def test_lines_that_go_on_otherwise_are_not_put_together():
    assert found("白榆县财政局", "2019年政府信息公开", "网站建设工作报告") == []
    assert found("2020年1月15日", "政府信息公开", "年度报告") == [("政府信息公开年度报告", 1, 2)]


def test_the_name_of_the_column_is_a_title_apart_from_the_split_one_below():
    assert found("政府信息公开年报", "白榆县财政局", TITLE.removeprefix("白榆县财政局")) == [
        ("政府信息公开年报", 0, 0),
        (TITLE, 1, 2),
    ]


def test_the_name_of_the_site_is_cut_from_what_the_page_calls_itself():
    document = page(title="白榆县财政局 2018-2019年报 - 白榆县人民政府 - 首页", articletitle="年报_政府信息公开")
    assert page_titles(document) == ["年报", "政府信息公开", "白榆县财政局2018-2019年报", "白榆县人民政府"]


@pytest.mark.parametrize(
    ("lines", "meta", "expected"),
    [
        (["政府信息公开年报", TITLE, *BODY], {}, (TITLE, "白榆县财政局", 2019)),
        ([TITLE, *BODY, "白榆县财政局2018年政府信息公开年报"], {}, (TITLE, "白榆县财政局", 2019)),
        (["白榆县2018年政府信息公开年报", TITLE, *BODY], {}, (TITLE, "白榆县财政局", 2019)),
        ([TITLE, "白榆县2018年政府信息公开年报"], {"title": TITLE + "_白榆县"}, (TITLE, "白榆县财政局", 2019)),
        ([("heading", TITLE), "白榆县2018年政府信息公开年报"], {}, (TITLE, "白榆县财政局", 2019)),
        ([TITLE, TABLE, "白榆县2018年政府信息公开年报"], {}, (TITLE, "白榆县财政局", 2019)),
        ([TITLE, "白榆县水利局2019年政务公开工作总结", *BODY], {}, (TITLE, "白榆县财政局", 2019)),
        ([*BODY, TITLE], {}, (TITLE, "白榆县财政局", 2019)),
        ([TITLE], {"title": "白榆县水利局2019年政府信息公开年报"}, (TITLE, "白榆县财政局", 2019)),
        (["2019年政府信息公开年报"], {"title": TITLE}, ("2019年政府信息公开年报", "白榆县财政局", 2019)),
        (["2018年政府信息公开年报"], {"title": TITLE}, ("2018年政府信息公开年报", None, 2018)),
        (["正文"], {"title": TITLE + "-白榆县人民政府"}, (TITLE, "白榆县财政局", 2019)),
        (["正文"], {"title": "白榆县人民政府"}, None),
    ],
)
def test_the_title_of_the_report_is_the_weightiest_before_its_body(lines, meta, expected):
    assert best(*lines, **meta) == expected


def test_two_titles_each_with_a_body_are_two_reports():
    prose = "一、总体情况\n{0}2019年公开信息58条。\n二、主动公开政府信息情况\n{0}按时公开。" + "依法公开。" * 40
    agencies = ("白榆县财政局", "白榆县水利局")
    text = "\n".join(f"{a}2019年政府信息公开工作年度报告\n{prose.format(a)}" for a in agencies)
    assert [(r.ordinal, r.agency, r.year) for r in parse(text.encode())] == [
        (0, agencies[0], 2019),
        (1, agencies[1], 2019),
    ]
    again = parse(f"{TITLE}\n{TITLE}\n{prose.format(agencies[0])}".encode())
    assert [(r.agency, r.status) for r in again] == [("白榆县财政局", "partial")]


@pytest.mark.parametrize(
    ("text", "agency", "year"),
    [
        ("我局2019年政府信息公开工作年度报告", None, 2019),
        ("白财〔2020〕3号白榆县财政局2019年政府信息公开工作年度报告", "白榆县财政局", 2019),
        ("白榆县财政局政府信息公开工作年度报告（白财〔2021〕3号）", "白榆县财政局", None),
        ("2020-01-15白榆县财政局2019年政府信息公开工作年度报告", "白榆县财政局", 2019),
        ("2022年1-12月白榆县财政局政府信息公开工作年度报告", "白榆县财政局", 2022),
        ("白榆县二O一九年政府信息公开工作年度报告", "白榆县", 2019),
        ("白榆县财政局公布2019年政府信息公开工作年度报告", "白榆县财政局", 2019),
        ("白榆县（汇总）2019年政府信息公开工作年度报告", "白榆县", 2019),
        ("一、白榆县财政局2019年政府信息公开工作年度报告.pdf", "白榆县财政局", 2019),
    ],
)
def test_what_stands_around_a_title_is_not_its_organ(text, agency, year):
    title = read_title(text)
    assert (title.agency, title.year) == (agency, year)


@pytest.mark.parametrize(
    "lines",
    [
        ["白榆县人民", "政府2019年政府信息公开工作年度报告"],
        ["2019年白榆县人民政府", "政府信息公开工作年度报告"],
        ["白榆县人民政府2019年政府信", "息公开工作年度报告"],
    ],
)
def test_a_title_may_be_broken_anywhere(lines):
    document = page(*lines, "正文")
    title = best_title(document, find_titles(document, document.blocks), document.blocks)
    assert (title.agency, title.year, title.last) == ("白榆县人民政府", 2019, 1)


def test_neighbours_are_no_titles_and_the_page_s_own_name_adds_no_half():
    assert found("上一篇：白榆县财政局2018年政府信息公开工作年度报告") == []
    lines = ("白榆县财政局", "2019年政府信息公开工作年度报告", "正文")
    document = page(*lines, title="2019年政府信息公开工作年度报告-白榆县财政局")
    title = best_title(document, find_titles(document, document.blocks), document.blocks)
    assert (title.agency, title.first, title.last) == ("白榆县财政局", 0, 1)


@pytest.mark.parametrize(
    ("text", "agency", "year"),
    [
        ("白榆县财政局20222年政府信息公开工作年度报告", "白榆县财政局", None),
        ("白榆县2O22年政府信息公开工作年度报告", "白榆县", 2022),
        ("白榆县财政局2022年度法治政府建设暨政府信息公开工作年度报告", "白榆县财政局", 2022),
        ("2022年政府信息公开工作年度报告（白榆县财政局）", "白榆县财政局", 2022),
        ("白榆县财政局2021-2022年政府信息公开工作年度报告", "白榆县财政局", None),
    ],
)
def test_a_year_in_doubt_is_none_and_the_organ_stays(text, agency, year):
    title = read_title(text)
    assert (title.agency, title.year) == (agency, year)
