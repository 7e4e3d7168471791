"""What one cell says."""

import pytest

from parsers.values import header_unit, is_unit, read_chinese_number, read_value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0), ("3119", 3119), ("增30", 30), ("减3", -3), ("+1036", 1036), ("-3", -3), ("－3", -3), ("↑3", 3), ("↓2", -2),
        ("增加3项", 3), ("减少 2", -2), ("１２３", 123), ("1,234", 1234), ("1，234", 1234), ("1 234", 1234), ("3.0", 3),
        ("96171.6", 96171.6), ("三", 3), ("十二", 12), ("〇", 0), ("两件", 2), ("12*", 12), ("12①", 12), ("12¹", 12),
        ("12[1]", 12), ("0。", 0), ("1.2万件", 12000), ("3 件", 3),
    ],
)  # fmt: skip
def test_numbers(text, number):
    value = read_value(text)
    assert (value.kind, value.number, value.flags) == ("number", number, ())


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("6566.23万元", 6566.23, "万元"),
        ("251000元", 251000, "元"),
        ("1.5亿元", 1.5, "亿元"),
        ("￥1200", 1200, "元"),
        ("48件", 48, "件"),
    ],
)
def test_the_printed_unit_is_kept(text, number, unit):
    value = read_value(text)
    assert (value.number, value.unit) == (number, unit)


@pytest.mark.parametrize("text", ["", " ", "\u00a0", "\u3000", "\u200b", "件"])
def test_blank(text):
    assert read_value(text).kind == "blank"


@pytest.mark.parametrize("text", ["/", "／", "-", "—", "——", "－", "无", "不适用", "N/A"])
def test_not_applicable(text):
    assert read_value(text).kind == "not_applicable"


@pytest.mark.parametrize(
    "text",
    [
        "O",
        "l2",
        "3/0",
        "增5减2",
        "****",
        "见附件",
        "1.234,5",
        "10%",
        "\ufffd",
        "\ue005",
        "(3)",
        "12 3",
        "9" * 5000,
        "x" * 10**6,
    ],
)
def test_unreadable(text):
    value = read_value(text)
    assert (value.kind, value.number) == ("unreadable", None)


@pytest.mark.parametrize(
    ("text", "number", "flag"),
    [
        ("3 0 0 1", 3001, "joined_digits"), ("5（其中网络2）", 5, "annotated"), ("约300", 300, "approximate"),
        ("100余", 100, "approximate"), ("持平", 0, "stated_in_words"), ("一", 1, "dash_or_numeral"),
    ],
)  # fmt: skip
def test_what_took_inference_is_flagged(text, number, flag):
    value = read_value(text)
    assert (value.number, value.flags) == (number, (flag,))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("二百一十", 210),
        ("一万零三", 10003),
        ("三千零五十万", 30500000),
        ("二〇一九", 2019),
        ("廿三", 23),
        ("十", 10),
        ("", None),
        ("件", None),
    ],
)
def test_chinese_numbers(text, number):
    assert read_chinese_number(text) == number


def test_units():
    assert [is_unit(t) for t in ("条", " 人次 ", "万元", "条件", "3件")] == [True, True, True, False, False]
    assert header_unit("本年收费金额（单位：万元）") == "万元"
    assert header_unit("费用（元）") == "元"
    assert header_unit("现行有效件数") == "件"
    assert header_unit("采购总金额") is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("3 ①", 3), ("12 ¹", 12), ("1²3", None), ("①", None), ("两三件", None), ("三五件", None), ("二三十", None), ("十二三", None), ("一百五", None), ("一百零五", 105), ("廿三", 23)],
)  # fmt: skip
def test_marks_and_rough_numbers_are_no_numbers(text, number):
    assert read_value(text).number == number
    assert read_value(text).kind == ("unreadable" if number is None else "number")


@pytest.mark.parametrize("text", ["万", "百", "千", "$3"])
def test_a_scale_alone_and_foreign_money_are_unreadable(text):
    assert read_value(text).kind == "unreadable"


def test_zero_width_characters_are_nothing():
    assert read_value("1\u200b2\u2060") == read_value("12")
