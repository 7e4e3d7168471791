"""Facts of prose: annotated sentences and passages with floors, kinds of numerals, bad input."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from facts_scores import report, score_passages, score_reports, score_sentences, score_whole_reports

from parsers.narrative.arithmetic import check_facts
from parsers.narrative.facts import read_facts

TRUTH = Path(__file__).with_name("facts_truth.yml")
REPORTS = Path(__file__).with_name("reports_truth.yml")

# Precision, recall, labels, parents: what is reached may only rise.
SENTENCES = {
    "first": (1.0, 1.0, 0.97, 0.99),
    "second": (1.0, 1.0, 0.99, 0.99),
    "third": (1.0, 1.0, 0.98, 0.99),
}


WHOLE_REPORTS = {"first": (1.0, 1.0, 0.988, 0.997), "second": (0.995, 1.0, 0.991, 1.0), "third": (1.0, 1.0, 1.0, 1.0)}


@pytest.mark.parametrize("group", WHOLE_REPORTS)
def test_whole_reports(group):
    scores = score_whole_reports(REPORTS, group)
    precision, recall, labels, parents = WHOLE_REPORTS[group]
    assert scores.precision >= precision, report(scores, "extra")
    assert scores.recall >= recall, report(scores, "missing")
    assert scores.share("labels") >= labels, report(scores, "label")
    assert scores.share("parents") >= parents, report(scores, "parent")
    assert scores.share("approx") == 1, report(scores, "approx")


@pytest.mark.parametrize("group", SENTENCES)
def test_sentences(group):
    scores = score_sentences(TRUTH, group)
    precision, recall, labels, parents = SENTENCES[group]
    assert scores.precision >= precision, report(scores, "extra")
    assert scores.recall >= recall, report(scores, "missing")
    assert scores.share("labels") >= labels, report(scores, "label")
    assert scores.share("parents") >= parents, report(scores, "parent")
    assert scores.share("approx") == 1, report(scores, "approx")


@pytest.mark.corpus
def test_passages(corpus):
    scores = score_passages(corpus / "narratives")
    assert (scores.precision, scores.recall) >= (1.0, 1.0), report(scores, "extra", "missing")
    assert scores.share("labels") >= 0.955, report(scores, "label")
    assert scores.share("parents") >= 1.0, report(scores, "parent")


@pytest.mark.corpus
def test_reports(corpus):
    scores = score_reports(corpus / "truth")
    assert (scores.precision, scores.recall) >= (1.0, 1.0), report(scores, "extra", "missing")
    assert scores.share("labels") >= 0.94, report(scores, "label")


def only(text):
    facts = read_facts(text)
    assert len(facts) == 1, facts
    return facts[0]


@pytest.mark.parametrize(
    ("text", "number", "value", "high", "unit", "approx"),
    [
        ("收到来信二百一十余件。", "二百一十", 210, None, "件", "over"),
        ("发放手册一万二千册。", "一万二千", 12000, None, "册", None),
        ("接待来访廿三批次。", "廿三", 23, None, "批次", None),
        ("播放短视频100余万次。", "100余万", 1_000_000, None, "次", "over"),
        ("播放短视频3.05亿次。", "3.05亿", 305_000_000, None, "次", None),
        ("公开信息 12 345 条。", "12 345", 12345, None, "条", None),
        ("公开信息１２，３４５条。", "１２，３４５", 12345, None, "条", None),
        ("拨付经费1200万元。", "1200", 1200, None, "万元", None),
        ("拨付经费三十余万元。", "三十", 30, None, "万元", "over"),
        ("参训率百分之八十五。", "百分之八十五", 85, None, "%", None),
        ("办结率千分之九百九十。", "千分之九百九十", 990, None, "‰", None),
        ("近七成村居设立公开栏。", "七成", 70, None, "%", "nearly"),
        ("网上申请量增长1.5倍。", "1.5", 1.5, None, "倍", None),
        ("全年培训3至5期。", "3至5", 3, 5, "期", None),
        ("全年培训三到五期。", "三到五", 3, 5, "期", None),
        ("全年收到来函4件至6件。", "4件至6", 4, 6, "件", None),
        ("开展督查两三次。", "两三", 2, 3, "次", None),
        ("群发短信近百条。", "百", 100, None, "条", "nearly"),
        ("不少于560条次信息滚动播出。", "560", 560, None, "条次", "over"),
        ("共有粉丝约3.5万人。", "3.5万", 35000, None, "人", "about"),
    ],
)
def test_numerals(text, number, value, high, unit, approx):
    fact = only(text)
    assert (fact.number_text, fact.value, fact.value_high, fact.unit, fact.approx) == (
        number,
        value,
        high,
        unit,
        approx,
    )
    assert text[fact.start : fact.end] == number


@pytest.mark.parametrize(
    "text",
    [
        "二〇二一年三月五日印发，自2021年4月1日起施行。",
        "（一）总则。第二十条第（三）项和第3款。",
        "依据国办发〔2019〕14号、国务院令第711号。",
        "电话0577-88123456，邮编325000，传真：88120000。",
        "推进“五公开”和五位一体建设，落实三重一大制度。",
        "每月组织2次检查，每年至少培训1次，实行7×24小时值守。",
        "20个工作日内答复，最长不超过10个工作日。",
        "下一步，我局将新建3个专栏，力争办结率达到99%。",
        "不足十人次，满意率不到百分之十五。",
        "本报告由六个部分组成，上述三个方面需要改进。",
        "升级V2.0系统，开展3·15活动。",
        "没有解读方案的，不予收文；无法提供的予以说明；行政复议尚未审结。",
        "无其他需要报告的事项。",
        "（四）其他需要报告的事项：无。",
        "指定一名副局长分管，形成一套制度，开展一系列活动。",
    ],
)
def test_traps(text):
    assert read_facts(text) == ()


def test_long_text_is_read_in_pieces():
    line = "收到申请20件，办结18件：公开10件、不公开8件。\n"
    text = line * (450_000 // len(line))
    facts = read_facts(text)
    assert len(facts) == 4 * text.count("\n")
    assert all(f.id == i and text[f.start : f.end] == f.number_text for i, f in enumerate(facts))
    assert all(f.parent == f.id - 1 - i % 4 % 2 for i, f in enumerate(facts) if i % 4 > 1)


def test_facts_of_other_sections_are_no_neighbours():
    facts = [replace(f, section="overview") for f in read_facts("上年收到申请40件。")]
    more = [
        replace(f, section="applications", id=f.id + 1, parent=None if f.parent is None else f.parent + 1)
        for f in read_facts("收到申请41件，同比增长50%。")
    ]
    assert check_facts([*facts, *more]) == ()
    assert check_facts([*facts, *(replace(f, section="overview") for f in more)]) != ()


def test_nested_parts_point_to_the_nearest_total():
    facts = read_facts("收到申请20件，办结18件，其中公开10件、不予公开8件（涉密3件，内部信息5件）；结转2件。")
    assert [(f.label, f.parent) for f in facts] == [
        ("收到申请", None),
        ("办结", None),
        ("公开", 1),
        ("不予公开", 1),
        ("涉密", 3),
        ("内部信息", 3),
        ("结转", None),
    ]


def test_a_shared_number_yields_a_fact_a_noun():
    facts = read_facts("开通微博、微信各1个。")
    assert [(f.label[-2:], f.start, f.value) for f in facts] == [("微博", 8, 1), ("微信", 8, 1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("办结12件：公开7件、不公开5件。", [("narrative.parts_sum", "pass", "seen")]),
        ("办结12件：公开7件、不公开4件。", [("narrative.parts_sum", "fail", "seen")]),
        ("办结12件：公开7件、不公开6件。", [("narrative.parts_sum", "fail", "seen")]),
        ("发布信息120条，其中要闻30条、公告12条等。", [("narrative.parts_sum", "uncertain", "seen")]),
        ("受理94702件，办结93874件，办结率99.1%。", [("narrative.rate", "pass", "seen")]),
        ("受理85件，其中拆迁类61件，占71.7%。", [("narrative.rate", "pass", "truncated")]),
        ("受理7件，办结5件，办结率71.4%。", [("narrative.rate", "pass", "seen")]),
        ("检查单位9家，合格率95%。", [("narrative.rate", "uncertain", "impossible")]),
        ("收到申请41件，同比下降14.6%，上年为48件。", [("narrative.growth", "pass", "seen")]),
        ("收到申请41件，同比下降24.6%，上年为48件。", [("narrative.growth", "fail", "seen")]),
    ],
)
def test_arithmetic(text, expected):
    assert [(f.identity, f.verdict, f.evidence) for f in check_facts(read_facts(text))] == expected


@pytest.mark.corpus
def test_the_planted_faults_of_the_passages_are_found(corpus):
    import json

    for path in sorted((corpus / "narratives").glob("*.json")):
        item = json.loads(path.read_text(encoding="utf-8"))
        findings = check_facts(read_facts(item.get("clean_text", item["text"])))
        failed = [f for f in findings if f.verdict == "fail"]
        assert bool(failed) == bool(item["faults"]), (path.name, failed)


@pytest.mark.parametrize(
    "unit",
    [
        "公开信息",
        "其中",
        "其中A类1件",
        "《",
        "“abc",
        "(1件",
        "1",
        "1,",
        "一",
        "百分之",
        "无、",
        "没有申请和",
        "各1个、",
        "1、",
        "5件，",
        "占1%",
        "办结率9.1%，",
    ],
)
def test_time_is_linear(unit):
    def seconds(size):
        text = unit * (size // len(unit))
        started = time.perf_counter()
        read_facts(text)
        return time.perf_counter() - started

    seconds(2_000)
    small = min(seconds(10_000) for _ in range(2))
    large = min(seconds(40_000) for _ in range(2))
    assert large < 10 * small + 0.05  # four times the text; a square law would take sixteen times
