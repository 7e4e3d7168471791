"""Captions over a table: another year, half-year or organ gives it away, the report's own do not."""

import pytest

from parsers import parse

TITLE = "<h1>白榆县财政局2022年政府信息公开工作年度报告</h1>"
OWN = "<table><tr><td>信息内容<td>本年制发件数<td>本年废止件数<td>现行有效件数<tr><td>规章<td>5<td>6<td>7<tr><td>行政规范性文件<td>1<td>2<td>3</table>"
HEAD, ROWS = (
    "<td>自然人<td>总计",
    "<tr><td>一、本年新收政府信息公开申请数量<td>5<td>5<tr><td>二、上年结转政府信息公开申请数量<td>1<td>1",
)
THREE = f"<table><tr><td>申请人{HEAD}{ROWS}</table>"


def applications(page):
    """The codes of the columns read in table three, and the issues."""
    (report,) = parse(f"<html><body>{TITLE}{OWN}{page}</body></html>".encode())
    columns = {o.column for o in report.observations if o.table == "applications"}
    return columns, [i.raw for i in report.issues if i.kind == "foreign_table"]


@pytest.mark.parametrize(
    ("above", "table"),
    [
        ("附：2021年收到政府信息公开申请情况", THREE),
        ("2022年上半年政府信息公开申请情况表", THREE),
        ("上年政府信息公开申请情况表", THREE),
        ("附件：白榆县水利局收到和处理政府信息公开申请情况表", THREE),
        ("", f"<table><tr><td colspan=3>2021年度<tr><td>申请人{HEAD}{ROWS}</table>"),
        ("", f"<table><tr><td>2021年{HEAD}{ROWS}</table>"),
        ("", f"<table><caption>2021年申请情况统计表</caption><tr><td>申请人{HEAD}{ROWS}</table>"),
    ],
)
def test_a_table_of_another_year_or_organ_has_no_codes(above, table):
    columns, told = applications(f"<p>{above}</p>{table}")
    assert columns == {None}
    assert len(told) == 1


@pytest.mark.parametrize(
    "above",
    [
        "三、收到和处理政府信息公开申请情况",
        "表二 收到和处理政府信息公开申请情况（单位：件）",
        "2022年政府信息公开申请情况表",
        "白榆县财政局收到和处理政府信息公开申请情况表",
        "2021年，我局收到的申请较少，情况见下表。",
        "上年结转政府信息公开申请数量如下",
    ],
)
def test_the_report_s_own_captions_change_nothing(above):
    columns, told = applications(f"<p>{above}</p>{THREE}")
    assert columns == {"natural_person", "total"}
    assert told == []


@pytest.mark.parametrize("below", ["", f"<tr><td>申请人{HEAD}"])
def test_a_table_that_goes_on_below_is_of_the_same_year_or_organ(below):
    more = f"<table>{below}<tr><td>（一）予以公开<td>3<td>3<tr><td>（七）总计<td>6<td>6</table>"
    columns, told = applications(f"<p>附：2021年收到政府信息公开申请情况</p>{THREE}{more}")
    assert columns == {None}
    assert len(told) == 1


def test_an_empty_row_above_a_foreign_table_is_nothing():
    columns, told = applications(
        f"<p>附：2021年收到政府信息公开申请情况</p>{THREE.replace('<table>', '<table><tr></tr>')}"
    )
    assert columns == {None}
    assert len(told) == 1
