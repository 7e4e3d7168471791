"""Organ, year, period and publication: the strongest place wins, inference and conflict are told."""

import pytest

from parsers.metadata import read_metadata
from parsers.models import NOWHERE, Cell, Document, Grid, Paragraph
from parsers.titles import best_title, find_titles

TITLE = "白榆县财政局2019年政府信息公开工作年度报告"
NO_ORGAN = "2019年政府信息公开工作年度报告"
NO_YEAR = "白榆县财政局政府信息公开工作年度报告"
IN_2019 = "所列数据的统计期限为2019年1月1日至2019年12月31日。"
IN_2020 = "所列数据的统计期限为2020年1月1日至2020年12月31日。"
ORGAN = "白榆县财政局"


def table(*rows):
    return Grid(
        tuple(tuple(Cell(t, y, x, 1, 1, NOWHERE) for x, t in enumerate(row)) for y, row in enumerate(rows)),
        "spans",
        NOWHERE,
    )


def read(*lines, **meta):
    """The metadata of a page; a `__` in a name of `meta` stands for a colon."""
    blocks = tuple(line if isinstance(line, Grid) else Paragraph(line, NOWHERE) for line in lines)
    document = Document("text/html", blocks, meta={name.replace("__", ":"): text for name, text in meta.items()})
    return read_metadata(document, blocks, best_title(document, find_titles(document, blocks), blocks))


@pytest.mark.parametrize(
    ("lines", "published", "year", "inferred"),
    [
        ([TITLE], "2020-01-15", 2019, []),
        ([TITLE, "2020年，我局将继续努力。2020年计划。"], "2022-02-10", 2019, []),
        ([NO_YEAR, IN_2019], "2021-01-15", 2019, []),
        (["政府信息公开年报", "2019年，我局公开58条。", "2020年，我局将改进。", "2019年"], "2020-01-15", 2019, []),
        (["政府信息公开年报", "2019年，我局公开58条。", "2019年印发两件。"], None, 2019, []),
        ([NO_YEAR, "《白榆县2016年规划》《2016年计划》", "2019年印发两件。"], None, 2019, []),
        ([NO_YEAR, "2018年，我局公开50条。", "我局2019年共公开58条。"], "2020-01-15", 2019, ["year"]),
        ([NO_YEAR, "2020年，我局将改进。", "2020年计划。"], "2020-01-15", 2019, ["year"]),
        ([NO_YEAR, "我局公开信息58条。"], "2020-01-15", 2019, ["year"]),
        ([NO_YEAR, "我局公开信息58条。"], None, None, []),
    ],
)
def test_the_year_is_the_one_of_title_period_or_body_with_publication(lines, published, year, inferred):
    metadata = read(*lines, **({"pubdate": published} if published else {}))
    assert (metadata.year, [name for name in metadata.inferred if name == "year"]) == (year, inferred)
    assert metadata.issues == []


@pytest.mark.parametrize(
    ("lines", "meta", "year"),
    [
        ([TITLE, IN_2020], {}, 2019),
        ([TITLE, IN_2020], {"pubdate": "2020-01-15"}, 2019),
        ([TITLE, IN_2020], {"pubdate": "2021-01-15"}, 2020),
        ([TITLE, IN_2020, "2020年，我局公开58条。", "2020年印发。"], {}, 2020),
        ([TITLE, IN_2020, "2020年，我局公开58条。"], {"pubdate": "2020-01-15"}, 2019),
        ([TITLE, IN_2020, "2019年，我局公开58条。", "2019年。", "2019年。"], {"pubdate": "2021-01-15"}, 2019),
    ],
)
def test_a_conflict_of_years_is_an_issue_and_the_title_wins_unless_outvoted(lines, meta, year):
    metadata = read(*lines, **meta)
    assert metadata.year == year
    assert [(i.kind, i.severity, i.message) for i in metadata.issues] == [
        ("year_conflict", "warning", "the places that state the year disagree: title 2019, period 2020")
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([IN_2019], ("2019-01-01", "2019-12-31")),
        (["（2019年1月1日-12月31日）"], ("2019-01-01", "2019-12-31")),
        (["报告期为2008年5月1日至2008年12月31日"], ("2008-05-01", "2008-12-31")),
        (["统计期限为2018年12月1日至2019年11月30日"], ("2018-12-01", "2019-11-30")),
        (["2019年4月1日至4月30日开展宣传月活动。", IN_2019], ("2019-01-01", "2019-12-31")),
        (["2019年4月1日至4月30日开展宣传月活动。"], None),
        (["2019年7月1日至12月31日开展宣传活动。", "2019年1月1日至11月30日整改。"], None),
        (["2019年1月1日，我局启用新网站。"], None),
    ],
)
def test_the_period_is_a_whole_year_or_one_called_that(lines, expected):
    period = read(NO_YEAR, *lines).period
    assert (period and (period[0].isoformat(), period[1].isoformat())) == expected


@pytest.mark.parametrize(
    ("lines", "meta", "agency"),
    [
        ([TITLE, "本报告由白榆县水利局编制。", table(["发布机构", "白榆县水利局"])], {}, ORGAN),
        ([NO_ORGAN, "本报告由白榆县财政局根据《条例》编制。", "白榆县水利局", "2020年1月15日"], {}, ORGAN),
        ([NO_ORGAN, "本年度报告是由白榆县财政局综合各股室情况编写。"], {}, ORGAN),
        ([NO_ORGAN, "白榆县财政局根据《中华人民共和国政府信息公开条例》编制本报告。"], {}, ORGAN),
        ([NO_ORGAN, "根据《条例》规定，结合工作实际，白榆县财政局编制了本报告。"], {}, ORGAN),
        ([NO_ORGAN, "正文。", ORGAN, "2020年1月15日", table(["发布机构", "白榆县水利局"])], {}, ORGAN),
        ([NO_ORGAN, "正文。", ORGAN, "二〇二〇年一月十五日"], {}, ORGAN),
        ([table(["索引号", "1134/2020-1", "发布机构：", ORGAN]), NO_ORGAN], {"contentsource": "白榆县水利局"}, ORGAN),
        ([NO_ORGAN, "公开主体：白榆县财政局 发布日期：2020-01-18"], {}, ORGAN),
        ([NO_ORGAN, "来源：白榆县财政局 浏览次数：20"], {}, ORGAN),
        ([NO_ORGAN], {"contentsource": ORGAN}, ORGAN),
        (["政府信息公开年报"], {"title": TITLE}, ORGAN),
    ],
)
def test_the_organ_is_stated_by_title_editor_signature_or_label(lines, meta, agency):
    metadata = read(*lines, **meta)
    assert (metadata.agency, metadata.inferred) == (agency, [])


@pytest.mark.parametrize(
    ("lines", "agency"),
    [
        (["如有疑问，请与白榆县财政局办公室联系（电话：0999-1234567）。"], "白榆县财政局办公室"),
        (["请联系白榆县财政局，电话0999-1234567。", "白榆县完成。白榆县印发。"], ORGAN),
        (["2019年，白榆县公开58条。白榆县印发办法。松岭县来访。"], "白榆县"),
    ],
)
def test_an_organ_from_the_contact_or_most_named_is_inferred(lines, agency):
    metadata = read(NO_ORGAN, *lines)
    assert (metadata.agency, metadata.inferred) == (agency, ["agency"])


@pytest.mark.parametrize(
    "lines",
    [
        ["本报告由我局编制。"],
        ["本报告由本县财政局编制。"],
        ["本报告由编写小组负责汇总。"],
        ["特此公告", "2020年1月15日"],
        [ORGAN, "县城东路三号"],
        ["来源：编写小组 2020-01-18"],
        [table(["主管部门", "白榆县水利局"], ["发布机构", "编写小组"])],
        ["请与综合股室联系。"],
        ["请与我县财政局联系。"],
        ["白榆县公开58条。"],
        ["各乡镇公开。各乡镇印发。"],
        ["县里的单位局公开。县里的单位局印发。"],
    ],
)
def test_who_is_named_once_or_vaguely_is_no_organ(lines):
    metadata = read(NO_ORGAN, *lines)
    assert (metadata.agency, metadata.inferred) == (None, [])


@pytest.mark.parametrize(
    ("lines", "meta", "day"),
    [
        ([TITLE, "发布日期：2020-02-01"], {"pubdate": "2020-01-18 10:00", "date": "2021-01-01"}, "2020-01-18"),
        ([TITLE], {"article__published_time": "2020-01-18T10:00:00+08:00"}, "2020-01-18"),
        ([TITLE, "发布日期：2020-02-01"], {"pubdate": "无"}, "2020-02-01"),
        (["2020-03-01", TITLE, "发布时间：2020年1月18日 09:30"], {}, "2020-01-18"),
        ([TITLE, "字号：大 中 小", "公开日期：[2020/01/18] 来源：白榆县财政局"], {}, "2020-01-18"),
        ([TITLE, "发文日期：2020-01-16", "发布日期：2020-01-18"], {}, "2020-01-18"),
        ([TITLE, "发文日期：2020年1月18日"], {}, "2020-01-18"),
        ([table(["索引号", "1", "发布日期：", "2020-01-18"]), TITLE, "2020-03-01"], {}, "2020-01-18"),
        ([table(["发文日期", "2020年1月18日"]), TITLE], {}, "2020-01-18"),
        ([TITLE, "时间：2020-01-18 来源：白榆县财政局"], {}, "2020-01-18"),
        ([TITLE, "更新日期：2020-01-18"], {}, "2020-01-18"),
        ([TITLE, "来源：白榆县财政局 2020-01-18 09:30 字号"], {}, "2020-01-18"),
        ([TITLE, "2020-01-18 来源：白榆县财政局 浏览：33"], {}, "2020-01-18"),
        (["2020-01-18", TITLE], {}, "2020-01-18"),
        ([TITLE, "2019年6月12日，我局召开新闻发布会，解读全县预算。"], {}, None),
        ([TITLE, *["正文。"] * 6, "2020-01-18"], {}, None),
        ([TITLE, "发布日期：2020-13-18"], {}, None),
        ([TITLE, "依法公开。" * 50 + "发布日期：2020-01-18"], {}, None),
        ([table(["生效日期", "2020-01-18"]), TITLE], {}, None),
    ],
)
def test_the_day_of_publication(lines, meta, day):
    assert read(*lines, **meta).published_on == day


@pytest.mark.parametrize(
    "line",
    [
        "2019年4月1日至4月30日开展数据安全宣传月活动。",
        "2019年4月1日至4月30日开展宣传月活动。统计期限为2019年1月1日至2019年12月31日。",
        "办法有效期自2019年1月1日至2023年12月31日。",
    ],
)
def test_only_the_period_of_the_statistics_counts(line):
    found = read(TITLE, line, IN_2019)
    assert [day.isoformat() for day in found.period] == ["2019-01-01", "2019-12-31"]
    assert (found.year, found.issues) == (2019, [])


@pytest.mark.parametrize("line", ["加强信息发布，2019年6月12日印发办法。", "2019年6月12日，我局召开会议。"])
def test_a_day_in_a_sentence_is_no_publication(line):
    assert read(TITLE, line).published_on is None
    assert read(TITLE, line, table(["发布日期", "2020-01-18"])).published_on == "2020-01-18"
    assert read(TITLE, line, table(["发布日期：2020-01-18", "发布机构：白榆县财政局"])).published_on == "2020-01-18"


@pytest.mark.parametrize(
    ("line", "agency"),
    [
        ("根据《条例》要求，由白榆县财政局编制本报告。", ORGAN),
        ("现将白榆县财政局根据《条例》编制的年度报告公布如下", ORGAN),
        ("来源：白榆县人民政府网站", None),
        ("来源：本网站", None),
        ("发布机构：（白榆县财政局）", ORGAN),
    ],
)
def test_words_stuck_to_an_organ_are_none_of_its_name(line, agency):
    assert read(NO_ORGAN, line).agency == agency


@pytest.mark.parametrize("lines", [["白榆县财政局 2020年1月15日"], ["（白榆县财政局）", "二O二O年一月十五日"]])
def test_a_signature_names_the_organ(lines):
    found = read(NO_ORGAN, "正文", *lines)
    assert (found.agency, found.inferred) == (ORGAN, [])


def test_years_are_counted_behind_the_title_wherever_tables_stand():
    assert (
        read("页眉", table(["a", "b"]), table(["a", "b"]), table(["a", "b"]), NO_YEAR, "2019年，我局收到").year == 2019
    )


def test_a_year_that_the_text_only_cites_is_inferred():
    found = read(NO_YEAR, "发布时间：2023-01-15", "根据2021年国务院办公厅要求编制。")
    assert "year" in found.inferred


@pytest.mark.parametrize(
    "line",
    ["统计期限为2019年1月1日起，至2019年12月31日止。", "统计期限：2019.01.01-2019.12.31", "统计期限自2019年1月1日0时到12月31日24时", "数据统计期限为2019年1月至12月"],
)  # fmt: skip
def test_the_period_may_be_written_in_many_ways(line):
    assert [day.isoformat() for day in read(TITLE, line).period] == ["2019-01-01", "2019-12-31"]
