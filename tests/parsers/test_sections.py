"""Sections: which paragraphs are headings of the form, and what belongs under them."""

import pytest

from parsers import parse
from parsers.models import NOWHERE, Cell, Grid, Paragraph
from parsers.sections import section_of, split_sections

PROSE = "白榆县财政局坚持以公开促落实、促规范、促服务，扎实推进各项工作，全年公开信息58条，群众满意。"


def grid(*rows):
    return Grid(
        tuple(tuple(Cell(t, y, x, 1, 1, NOWHERE) for x, t in enumerate(row)) for y, row in enumerate(rows)),
        "spans",
        NOWHERE,
    )


def split(*blocks, free=False):
    """(code, heading, texts) of each section; a grid counts as ``GRID``."""
    blocks = [Paragraph(block, NOWHERE) if isinstance(block, str) else block for block in blocks]
    sections = split_sections(blocks, free_headings=free)
    texts = [[b.text if isinstance(b, Paragraph) else "GRID" for b in s.blocks] for s in sections]
    return [(s.code, s.heading, t) for s, t in zip(sections, texts, strict=True)]


@pytest.mark.parametrize(
    "text",
    [
        "一、总体情况", "一、 总 体 情 况", "一 、总体情况", "一.总体情况", "一．总体情况", "一，总体情况", "一：总体情况", "一、总体情况。",
        "一、总体情况：", "总体情况", "第一部分 总体情况", "第一部分：总体情况", "第一部分　总体情况", "第一章 总体情况", "一、概述", "十一、基本情况",
        "一、總体情況",
    ],
)  # fmt: skip
def test_a_heading_in_every_style_of_numbering(text):
    assert section_of(text) == "overview"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("二、主动公开政府信息情况", "proactive"),
        ("二、政府信息主动公开情况", "proactive"),
        ("三、收到和处理政府信息公开申请情况", "applications"),
        ("三、依申请公开政府信息情况", "applications"),
        ("四、政府信息公开行政复议、行政诉讼情况", "review_litigation"),
        ("四、政府信息公开行政复议行政诉讼情况", "review_litigation"),
        ("四、因政府信息公开工作被申请行政复议、提起行政诉讼情况", "review_litigation"),
        ("五、存在的主要问题及改进情况", "problems"),
        ("五、政府信息公开工作存在的主要问题及改进情况", "problems"),
        ("六、其他需要报告的事项", "other"),
        ("六、其它需要报告的事项", "other"),
        ("政府信息公开情况统计表", "statistics"),
    ],
)
def test_the_titles_of_the_forms_and_their_other_wordings(text, code):
    assert section_of(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "一、本年新收政府信息公开申请数量", "二、上年结转政府信息公开申请数量", "三、本年度办理结果", "四、结转下年度继续办理", "四、行政复议数量",
        "五、行政诉讼数量", "（一）总体情况", "(二)主动公开情况", "（三）不予公开", "1.总体情况", "2、主动公开情况", "行政复议", "四、总计",
        "一、加强组织领导", "一是总体情况良好", "本节为总体情况", PROSE, "",
    ],
)  # fmt: skip
def test_labels_of_tables_and_sub_headings_are_no_headings(text):
    assert section_of(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("一、总体情况。2019年，" + PROSE, "overview"),
        ("一、总体情况2019年，" + PROSE, "overview"),
        ("五、存在的主要问题及改进情况：一是内容不够丰富，" + PROSE, "problems"),
        ("总体情况。2019年，" + PROSE, None),
        ("（一）总体情况。2019年，" + PROSE, None),
        ("一、总体情况良好。2019年，" + PROSE, None),
    ],
)
def test_a_heading_may_run_on_into_its_prose(text, code):
    assert section_of(text) == code
    expected = [(code, text, [text, "正文"])] if code else [("preamble", "", [text, "正文"])]
    assert split(text, "正文") == expected


def test_arabic_numbers_count_only_where_asked():
    assert [section_of(t, digits=True) for t in ("1.总体情况", "2、主动公开情况", "（3）其他事项", "3年总体情况")] == [
        "overview", "proactive", None, None,
    ]  # fmt: skip


def test_arabic_numbers_head_sections_where_no_other_headings_do():
    lines = ("1.总体情况", "正文", "2、主动公开情况", "3.依申请公开情况")
    assert split(*lines) == [
        ("overview", "1.总体情况", ["正文"]),
        ("proactive", "2、主动公开情况", []),
        ("applications", "3.依申请公开情况", []),
    ]
    assert split("一、总体情况", *lines[2:]) == [("overview", "一、总体情况", ["2、主动公开情况", "3.依申请公开情况"])]


def test_what_stands_before_the_first_heading_is_the_preamble():
    assert split("标题", "依照条例编制。", "一、总体情况", "正文") == [
        ("preamble", "", ["标题", "依照条例编制。"]),
        ("overview", "一、总体情况", ["正文"]),
    ]
    assert split("一、总体情况") == [("overview", "一、总体情况", [])]
    assert split() == []


def test_headings_inside_a_table_start_no_section():
    table = grid(("一、本年新收政府信息公开申请数量", "3"), ("二、主动公开政府信息情况", "0"), ("总体情况", ""))
    assert split("三、收到和处理政府信息公开申请情况", table, "说明", free=True) == [
        ("applications", "三、收到和处理政府信息公开申请情况", ["GRID", "说明"])
    ]


FREE = [
    ("一、领导重视，健全机制", "unclassified"),
    ("一、2016年工作概况", "overview"),
    ("二、主动公开取得的进展", "proactive"),
    ("三、依申请公开办理", "applications"),
    ("四、行政复议与诉讼", "review_litigation"),
    ("五、下一步打算", "problems"),
    ("六、需要说明的情况", "other"),
    ("七、附表", "statistics"),
]


@pytest.mark.parametrize(("heading", "code"), FREE)
def test_headings_in_free_words_open_sections_only_where_they_are_allowed(heading, code):
    assert split("总体情况", heading, "正文", free=True) == [("overview", "总体情况", []), (code, heading, ["正文"])]
    assert split("总体情况", heading, "正文") == [("overview", "总体情况", [heading, "正文"])]


@pytest.mark.parametrize(
    "text",
    ["（一）主动公开进展", "1.主动公开进展", "一是主动公开", "一、主动公开。依申请公开" + "。", "一、公开" + "长" * 45],
)
def test_a_sentence_or_sub_heading_is_no_free_heading(text):
    assert split("总体情况", text, free=True) == [("overview", "总体情况", [text])]


def test_a_part_in_free_words_is_a_section_always():
    assert split("第一部分 工作机制", "正文", "第二部分 主动公开进展") == [
        ("unclassified", "第一部分 工作机制", ["正文"]),
        ("proactive", "第二部分 主动公开进展", []),
    ]


def test_a_report_of_the_first_years_has_sections_in_free_words():
    lines = [
        "白榆县财政局2012年政府信息公开工作年度报告",
        *(line for heading, _ in FREE[:6] for line in (heading, PROSE)),
    ]
    (report,) = parse("\n".join(lines).encode())
    assert [s.code for s in report.sections] == ["preamble", *(code for _, code in FREE[:6])]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("六、其他需要报告的事项：无。", "other"),
        ("一、总体情况。我局认真落实条例。", "overview"),
        ("一 总体情况", "overview"),
        ("附表：政府信息公开情况统计表", "statistics"),
        ("政府信息公开情况统计表（2016年度）", "statistics"),
        ("一、总体情况良好。", None),
    ],
)
def test_a_heading_may_run_on_or_stand_apart(line, code):
    assert section_of(line) == code


def test_prose_behind_a_heading_stays_in_its_section():
    (section,) = split_sections([Paragraph("六、其他需要报告的事项：无。", NOWHERE)], free_headings=False)
    assert (section.code, section.text) == ("other", "六、其他需要报告的事项：无。")
