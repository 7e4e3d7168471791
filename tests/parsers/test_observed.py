"""Observations from prose: rows of the 2014 table, conflicts, what is no observation."""

from __future__ import annotations

import pytest
from links_scores import facts_of, form_of

from parsers.models import Where
from parsers.narrative.linking import link_facts
from parsers.narrative.observed import observe_facts, read_conflicts


def read(text, form=None):
    facts = link_facts(facts_of([("applications", text)]), form_of(form))
    wheres = [Where(paragraph=f.id + 1) for f in facts]
    return observe_facts(facts, wheres), read_conflicts(facts, wheres)


def values(text, form=None):
    return {o.row: o.value for o in read(text, form)[0]}


def test_one_observation_a_cell():
    found, issues = read("收到申请14件，其中当面申请9件。收取检索复制费用386.5元。", None)
    assert [tuple(o)[:9] for o in found] == [
        ("statistics", "requests.total", "value", 14, "number", "件", "printed", "14", "收到申请"),
        ("statistics", "requests.in_person", "value", 9, "number", "件", "printed", "9", "当面申请"),
        ("statistics", "fees_collected", "value", 386.5, "number", "元", "printed", "386.5", "收取检索复制费用"),
    ]
    assert {o.flags for o in found} == {("from_narrative",)}
    assert [o.where.paragraph for o in found] == [1, 2, 3]
    assert not issues


def test_stated_absence_is_zero():
    found, _ = read("没有收到政府信息公开申请，未发生行政复议、行政诉讼。")
    assert [(o.row, o.value, o.raw, o.unit, o.unit_source) for o in found] == [
        ("requests.total", 0, "没有", None, None),
        ("review.total", 0, "未发生", None, None),
        ("litigation.total", 0, "未发生", None, None),
    ]


def test_equal_statements_are_one():
    found, issues = read("全年收到申请14件。\n当年收到信息公开申请十四件，均已答复。")
    assert [(o.row, o.raw) for o in found] == [("requests.total", "14")]
    assert not issues


def test_unlike_statements_are_none():
    found, issues = read("全年收到信息公开申请14件，答复12件。\n收到依申请公开15件。")
    assert [o.row for o in found] == ["replies.total"]
    (issue,) = issues
    assert (issue.kind, issue.severity) == ("conflicting_statements", "warning")
    assert issue.message == "statistics.requests.total is stated as 14件 and 15件"
    assert issue.where == Where(paragraph=1)


def test_amounts_of_money_agree_in_any_unit():
    text = "依申请公开收取费用0.2万元。\n依申请公开收取费用{}元。"
    assert [o.row for o in read(text.format(2000))[0]] == ["fees_collected"]
    assert [i.kind for i in read(text.format(2100))[1]] == ["conflicting_statements"]


@pytest.mark.parametrize("number", ["百余", "约120", "近90", "80至90", "100多"])
def test_approximate_numbers_stay_facts(number):
    assert read(f"收到政府信息公开申请{number}件。") == ((), ())


def test_a_sum_of_rows_is_no_row():
    assert values("答复政府信息公开申请9件，同意公开和部分公开8件。") == {"replies.total": 9}


def test_later_forms_give_what_is_comparable():
    text = (
        "收到政府信息公开申请12件，其中自然人11件，上年结转2件，办结13件，予以公开6件，部分公开2件，无法提供5件。"
        "政府信息公开行政复议3件，维持2件，尚未审结1件；行政诉讼1件。制发行政规范性文件4件，现行有效31件。"
    )
    assert values(text, "2021") == {
        "requests.total": 12,
        "closed.total": 13,
        "replies.partially_granted": 2,
        "review.total": 3,
        "review.upheld": 2,
        "litigation.total": 1,
        "normative_documents_issued": 4,
    }


def test_nothing_of_nothing():
    assert read("加强学习，提高认识。") == ((), ())
