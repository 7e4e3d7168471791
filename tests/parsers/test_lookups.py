"""Label -> code: exact wordings, slips, and what must not match."""

import pytest

from parsers.lookups import fold, lexicon


def meanings(text):
    return {(x.table, x.axis, x.code) for x in lexicon().match(text).labels}


def closest(text, table=None, axis=None):
    return {(x.table, x.code) for x in lexicon().closest(text, table, axis).labels}


@pytest.mark.parametrize(
    ("text", "ordinal", "words"),
    [
        ("（三）不予公开", "三", "不予公开"), ("(三) 不予　公开", "三", "不予公开"), ("3、其他", "3", "其他"), ("３．其他", "3", "其他"),
        ("1属于国家秘密", "1", "属于国家秘密"), ("①属于国家秘密", "1", "属于国家秘密"), ("其中：1.涉及国家秘密", "1", "涉及国家秘密"),
        ("第二十条第（一）项", None, "第二十条第一项"), ("三、\n本\n年\n度\n办\n理\n结\n果", "三", "本年度办理结果"),
        ("3件", None, "3件"), ("12345", None, "12345"),
    ],
)  # fmt: skip
def test_fold(text, ordinal, words):
    assert fold(text)[:2] == (ordinal, words)


def test_one_wording_may_mean_several_things():
    assert meanings("总计") == {
        ("applications", "row", "outcome_total"), ("applications", "column", "total"), ("review_litigation", "column", "total"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "（二）部分公开",
        "部分公开（区分处理的，只计这一情形，不计其他情形）",
        "(二)部分公开(区分处理的,只计这一情形,不计其他情形)",
    ],
)
def test_a_closing_remark_may_be_missing(text):
    assert meanings(text) == {("applications", "row", "partially_granted")}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.属于国家秘宓", "denied.state_secret"), ("4.无正当理由大量反夏申请", "not_processed.excessive_repeated"),
        ("现行有较件数", "in_force"), ("自热人", "natural_person"), ("结果维X", "upheld"),
    ],
)  # fmt: skip
def test_a_slip_finds_the_closest_wording(text, code):
    assert not meanings(text)
    assert {c for _, c in closest(text)} == {code}


@pytest.mark.parametrize("text", ["予公开", "政府", "联系电话", "办理时限", "本年", "一二三", ""])
def test_no_match_between_two_or_far_away(text):
    """予公开 is one slip from 予以公开 and from 不予公开."""
    assert not closest(text)
