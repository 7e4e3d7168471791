"""Credit codes: the check digit, which of several, what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import REPORTS

from parsers import parse
from parsers.credit_codes import is_credit_code, read_credit_code

# Codes seen in public addresses and index numbers of 丽水 and 池州.
LISHUI, CHIZHOU = "113325000026455663", "11341702486344515H"


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (["索引号：11341702486344515H/202110-00013"], CHIZHOU),
        (["/module/xxgk/xxgkAnnualReport.jsp?fbtime=2017&area=113325000026455663"], LISHUI),
        (["统一社会信用代码", CHIZHOU], CHIZHOU),
        # Two organs: only the one whose index number the page bears, else none.
        ([CHIZHOU, LISHUI], None),
        ([f"{CHIZHOU}/202110-00013", LISHUI], CHIZHOU),
        ([f"{CHIZHOU}/202110-00013", f"{LISHUI}/2021-1"], None),
        ([CHIZHOU, CHIZHOU], CHIZHOU),
        ([], None),
        (["11341702486344515J"], None),  # the check digit
        (["1" + CHIZHOU], None),  # part of a longer number
        ([CHIZHOU + "0"], None),
        (["113417024863 44515H"], None),
        (["110101199003077758"], None),  # the number of a person: no province 01
        (["91320803MA1MQ1DK2G"], None),  # a company's
        ([CHIZHOU.lower()], None),
    ],
)
def test_read(texts, code):
    assert read_credit_code(texts) == code


@given(st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_the_check_digit_finds_every_single_slip(place, character):
    changed = CHIZHOU[:place] + character + CHIZHOU[place + 1 :]
    assert is_credit_code(changed) == (changed == CHIZHOU)


@pytest.mark.parametrize("text", ["", "1" * 17, "1" * 19, "I" * 18, "１１341702486344515H"])
def test_what_is_no_code(text):
    assert not is_credit_code(text)


def test_a_report_has_the_code_that_its_page_prints():
    page = (REPORTS / "2021-html.html").read_text(encoding="utf-8")
    block = "<body><table><tr><td>索引号</td><td>{}/202201-00001</td><td>发布机构</td><td>某局</td></tr></table>"
    for printed, code in ((CHIZHOU, CHIZHOU), ("014320144", None)):
        changed = page.replace("<body>", block.format(printed))
        assert changed != page
        (report,) = parse(changed.encode())
        assert (report.status, report.credit_code) == ("parsed", code)
