"""Whose figures the tables hold: the organ's own or the whole region's, by the words that say so."""

import pytest

from parsers.models import NOWHERE, Cell, Grid, Observation, Paragraph
from parsers.scope import read_scope


def cell(row, column, value, table="applications", scope=None):
    kind = "blank" if value is None else "number"
    return Observation(table, row, column, value, kind, "件", None, str(value), row, column, NOWHERE, scope)


def scope_of(*lines, new=None, carried=None, more=()):
    """The scope of prose beside a table with these numbers of requests."""
    observations = [
        cell(row, "total", n) for row, n in (("received_new", new), ("carried_in", carried)) if n is not None
    ]
    return read_scope([Paragraph(line, NOWHERE) for line in lines], [*observations, *more])


@pytest.mark.parametrize(
    ("sentence", "count", "basis"),
    [
        ("我局2019年收到政府信息公开申请30件。", 30, "我局2019年收到政府信息公开申请30件"),
        ("本机关受理政府信息公开申请共 30 件，均已答复。", 30, "本机关受理政府信息公开申请共30件"),
        ("我委新收政府信息公开申请３０宗", 30, "我委新收政府信息公开申请30宗"),
        ("本街道接到公民、法人提出的公开申请30份", 30, "本街道接到公民、法人提出的公开申请30份"),
        ("白榆县政府办公室收到政府信息公开申请30件", 30, "白榆县政府办公室收到政府信息公开申请30件"),
        ("县政府办公室代表县政府受理申请30件", 30, "县政府办公室代表县政府受理申请30件"),
        ("我局未收到政府信息公开申请。", 0, "我局未收到政府信息公开申请"),
        ("本单位没有受理依申请公开的申请", 0, "本单位没有受理依申请公开的申请"),
        ("我局收到政府信息公开申请为0件", 0, "我局收到政府信息公开申请为0件"),
        ("我局积极配合，共收到申请30件", 30, "我局积极配合,共收到申请30件"),
        ("按照全市统一部署，我局收到申请30件", 30, "按照全市统一部署,我局收到申请30件"),
        ("全县公开工作有序，我局收到申请30件", 30, "全县公开工作有序,我局收到申请30件"),
    ],
)
def test_who_names_itself_before_the_verb_reports_its_own_requests(sentence, count, basis):
    assert scope_of(sentence, new=count) == ("own", basis)


@pytest.mark.parametrize(
    ("sentence", "basis"),
    [
        ("2019年，全市共受理政府信息公开申请338件。", "2019年,全市共受理政府信息公开申请338件"),
        ("全县各级行政机关收到申请338件", "全县各级行政机关收到申请338件"),
        ("县政府及各部门共收到公开申请338条", "县政府及各部门共收到公开申请338条"),
        ("全系统办理政府信息公开申请338件", "全系统办理政府信息公开申请338件"),
        ("各乡镇、各单位接收申请338件", "各乡镇、各单位接收申请338件"),
        ("本行政区域内收到申请338件", "本行政区域内收到申请338件"),
        ("我局牵头办理，全区新收申请338件", "我局牵头办理,全区新收申请338件"),
        ("县政府办公室收到申请17件；全县共收到申请338件", "全县共收到申请338件"),
    ],
)
def test_the_region_or_all_departments_before_the_verb_are_an_aggregate(sentence, basis):
    assert scope_of(sentence, new=338) == ("aggregate", basis)


@pytest.mark.parametrize(
    ("sentence", "basis"),
    [
        ("本报告由县政府办公室汇总各部门数据编制。", "汇总各部门数据编制"),
        ("本报告由县政府办公室综合各乡镇、各部门年度报告编制而成。", "综合各乡镇、各部门年度报告编制而成"),
        ("所列数据来自全县各部门。", "数据来自全县各部门"),
        ("报告中数据包括县政府各部门和各乡镇的数据。", "数据包括县政府各部门和各乡镇的数据"),
        ("县政府所属各部门报送后汇总", "县政府所属各部门报送后汇总"),
    ],
)
def test_words_about_gathering_are_an_aggregate_without_any_number(sentence, basis):
    assert scope_of(sentence) == ("aggregate", basis)


@pytest.mark.parametrize(
    "sentence",
    [
        "2019年，我局公开信息58条。",
        "全年收到政府信息公开申请30件。",
        "全面推进公开，收到申请30件。",
        "白榆河水利工程收到申请30件。",
        "在全县各部门中，收到申请30件。",
        "按照全县统一部署，收到申请30件。",
        "我局提出申请30件。",
        "全县召开会议30次。",
        "公开数据58条。",
        "",
    ],
)
def test_what_names_nobody_or_counts_nothing_leaves_the_scope_unknown(sentence):
    assert scope_of(sentence, new=30) == ("unknown", None)


def test_a_number_that_is_not_the_tables_decides_nothing():
    assert scope_of("县政府办公室受理政府信息公开申请17件。", new=95) == ("unknown", None)
    assert scope_of("我局未收到政府信息公开申请。", new=95) == ("unknown", None)
    assert scope_of("县政府办公室受理申请17件。", "全县受理申请95件。", new=95) == ("aggregate", "全县受理申请95件")


def test_who_is_named_too_far_before_the_verb_has_not_received():
    assert scope_of("我局" + "依法推进公开工作" * 8 + "，收到申请30件", new=30) == ("unknown", None)


def test_requests_carried_in_may_be_counted_with_the_new_ones():
    assert scope_of("我局受理申请30件（含上年结转2件）。", new=28, carried=2) == ("own", "我局受理申请30件")
    assert scope_of("我局受理申请30件。", new=28, carried=1) == ("unknown", None)


def test_the_number_of_requests_of_the_statistical_table_counts_too():
    printed = [cell("requests.total", "value", 12, table="statistics")]
    assert scope_of("我局受理申请12件。", more=printed) == ("own", "我局受理申请12件")
    assert scope_of("我局受理申请11件。", more=printed) == ("unknown", None)


def test_a_column_of_another_scope_and_a_blank_do_not_count():
    other = [cell("received_new", "total", 12, scope="departments"), cell("carried_in", "total", None)]
    assert scope_of("我局受理申请11件。", more=other) == ("own", "我局受理申请11件")


def test_without_numbers_in_a_table_the_first_sentence_decides():
    assert scope_of("我局受理申请17件。", "全县受理申请95件。") == ("own", "我局受理申请17件")
    assert scope_of("全县受理申请95件。我局受理申请17件。") == ("aggregate", "全县受理申请95件")


def test_words_in_a_table_decide_nothing():
    grid = Grid(((Cell("我局受理申请17件", 0, 0, 1, 1, NOWHERE),),), "spans", NOWHERE)
    assert read_scope([grid], []) == ("unknown", None)


@pytest.mark.parametrize(
    ("line", "new", "scope"),
    [
        ("我局综合运用新媒体，形成全方位公开格局。", 5, "unknown"),
        ("县政府办公室收到申请17件，全县共收到申请95件。", 95, "aggregate"),
        ("县政府办公室收到申请17件，全县共收到申请95件。", 17, "own"),
        ("全县各部门共收到申请1,234件。", 1234, "aggregate"),
        ("我局共收到公开申请十二件。", 12, "own"),
        ("2019年我局无政府信息公开申请。", 0, "own"),
        ("本报告由县政府办公室汇总；各部门另行编制。", 5, "unknown"),
    ],
)
def test_the_count_that_the_table_prints_decides(line, new, scope):
    assert scope_of(line, new=new)[0] == scope
