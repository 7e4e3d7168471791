"""Report or not: every reason of rejection with a document of its own, and reports that only use such words."""

import pytest

from parsers import parse

ORGAN = "白榆县财政局"
TITLE = f"{ORGAN}2019年政府信息公开工作年度报告"
PERIOD = "所列数据的统计期限为2019年1月1日至2019年12月31日。"
SENTENCE = "我局认真落实公开条例，把预算安排和资金去向讲清楚，按时发布信息，答复来信来访。"
PROSE = f"""一、总体情况
2019年，{SENTENCE}
二、主动公开政府信息情况
全年主动公开政府信息58条。{SENTENCE}
三、收到和处理政府信息公开申请情况
我局收到政府信息公开申请2件，均已答复。
四、政府信息公开行政复议、行政诉讼情况
没有发生。
五、存在的主要问题及改进情况
存在的问题是更新偏慢。{SENTENCE}
六、其他需要报告的事项
没有其他需要报告的事项。
"""
TABLE = """ | 申请人情况 |  |  |  |  |  |  |
自然人 | 法人或其他组织 | 总计 |  |  |  |  |  |
商业企业 | 科研机构 | 社会公益组织 | 法律服务机构 | 其他 |  |  |  |
一、本年新收政府信息公开申请数量 | 2 | 0 | 0 | 0 | 0 | 0 | 2 |
二、上年结转政府信息公开申请数量 | 1 | 0 | 0 | 0 | 0 | 0 | 1 |
三、本年度办理结果 | （一）予以公开 | 3 | 0 | 0 | 0 | 0 | 0 | 3
（七）总计 | 3 | 0 | 0 | 0 | 0 | 0 | 3 |
四、结转下年度继续办理 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |
"""
TABLED = PROSE.replace("均已答复。\n", "均已答复。\n" + TABLE)
FEW = "\n".join(TABLE.split("\n")[:4])
FORM = TABLE.translate(dict.fromkeys(map(ord, "0123")))
LONG = SENTENCE * 20
TOPICS = "主动公开58条，依申请公开2件，没有行政复议，存在的问题是更新偏慢，今后改进。"


def verdict(*lines):
    """(status, reason, message) of a text."""
    (report,) = parse("\n".join(lines).encode())
    return report.status, report.reason, report.message


def of_page(body, title=""):
    (report,) = parse(f"<html><head><title>{title}</title></head><body>{body}</body></html>".encode())
    return report.status, report.reason, report.message


@pytest.mark.parametrize(
    ("heading", "body", "what"),
    [
        (
            "白榆县政府办公室关于做好2019年政府信息公开工作年度报告编制工作的通知",
            LONG,
            "a document about reports or another document",
        ),
        ("关于转发政府信息公开年报格式的通知", LONG, "a document about reports or another document"),
        ("关于征求2019年政府信息公开年报意见的函", LONG, "a document about reports or another document"),
        ("白榆县政府信息公开指南", LONG, "a document about reports or another document"),
        ("白榆县政务公开培训会议", LONG, "a document about reports or another document"),
        (f"{ORGAN}2019年政务公开工作总结", LONG, "a summary, plan or letter"),
        ("关于政府信息公开工作要点落实情况的报告", LONG, "a summary, plan or letter"),
        (f"{ORGAN}政务公开自查报告", LONG, "a summary, plan or letter"),
        (f"{TITLE}解读", PROSE, "an explanation of a report"),
        (f"一图读懂{TITLE}", TABLED, "an explanation of a report"),
        (f"{ORGAN}2019年上半年政府信息公开工作报告", TABLED, "statistics for a part of a year"),
        (f"{ORGAN}2019年第三季度政府信息公开情况统计", TABLED, "statistics for a part of a year"),
        (f"{ORGAN}2019年1-6月政府信息公开工作报告", TABLED, "statistics for a part of a year"),
        (f"{ORGAN}2019年11月份政府信息公开情况统计", TABLED, "statistics for a part of a year"),
    ],
)
def test_the_heading_of_another_document_rejects_it(heading, body, what):
    assert verdict(heading, body) == ("rejected", "not_an_annual_report", f"{what}: {heading}")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([TITLE, PERIOD.replace("12月31", "6月30"), TABLED], "statistics for a part of a year: 2019-01-01 to 2019-06-30"),
        (["2019年政府信息公开工作年度报告格式", FORM], "the form without any value"),
        (["年报", *(f"白榆县{o}2019年政府信息公开年报 2020-01-15" for o in ("水利局", "民政局", "司法局"))], "a list of 3 reports"),
        (["白榆县概览", "一、总体情况", LONG, "二、主动公开政府信息情况"], "neither a title nor the sections nor the tables of an annual report"),
        (["白榆县概览", TOPICS, LONG], "neither a title nor the sections nor the tables of an annual report"),
        (["白榆县水库巡查记录", LONG], "neither a title nor the sections nor the tables of an annual report"),
        ([TITLE, "附件下载"], "only 27 characters of text"),
    ],
)  # fmt: skip
def test_what_holds_no_figures_or_prose_of_a_year_is_rejected(lines, message):
    assert verdict(*lines) == ("rejected", "not_an_annual_report", message)


@pytest.mark.parametrize(
    ("body", "title", "reason", "message"),
    [
        ("<p>&nbsp;</p>", TITLE, "empty", "the document shows no text"),
        ("<p>您的访问过于频繁，请完成验证</p>", "", "blocked_page", "a page that keeps readers out: 访问过于频繁"),
        ("<p>请稍候</p>", "安全验证", "blocked_page", "a page that keeps readers out: 安全验证"),
        ("<p>用户登录</p><p>密码</p>", "", "blocked_page", "a page that keeps readers out: 用户登录"),
        ("<p>您的请求已被拦截</p>", "", "blocked_page", "a page that keeps readers out: 请求已被拦截"),
        ("<p>Please enable JavaScript</p>", "", "blocked_page", "a page that keeps readers out: enableJavaScript"),
        ("<p>您访问的页面不存在</p>", "", "not_an_annual_report", "a page that says nothing is here: 您访问的页面"),
        ("<p>返回首页</p>", "404", "not_an_annual_report", "a page that says nothing is here: 404"),
        ("<p>正在跳转</p>", TITLE, "not_an_annual_report", "only 4 characters of text"),
    ],
)
def test_pages_that_show_nothing_are_rejected_by_why(body, title, reason, message):
    assert of_page(body, title) == ("rejected", reason, message)


@pytest.mark.parametrize(
    "lines",
    [
        [TITLE, PROSE],
        [PROSE],
        [TITLE, TOPICS, LONG],
        [TITLE, "一、总体情况", LONG, "二、主动公开政府信息情况"],
        [TITLE, PROSE, FORM],
        [TITLE, PROSE, FEW, "", *(f"{ORGAN}{year}年政府信息公开工作年度报告" for year in (2018, 2017, 2016))],
        [*(f"白榆县{organ}政府信息公开年报" for organ in ("水利局", "民政局", "司法局")), PROSE],
        [f"{ORGAN}2019年政府信息公开工作总结年度报告", PROSE],
        ["工作总结", PROSE],
        ["2019年，我局印发公开工作要点。", PROSE],
        [TITLE, PERIOD, TABLED],
        [TABLED],
        [f"{TITLE}的公告", PROSE],
        [f"关于发布{TITLE}的通知", PROSE],
        [f"{ORGAN}2019年政务公开工作总结", TABLED],
        [f"{ORGAN}2019年（1-12月）政府信息公开工作年度报告", PROSE],
        [TITLE, PROSE, "2019年上半年，我局印发关于做好年报编制工作的通知。"],
        [TITLE, PROSE, "第三季度，我局对政策解读和政务公开工作总结作了考核。"],
        [TITLE, PROSE, "2019年4月1日至4月30日开展宣传月活动。"],
        [TITLE, PROSE, "一图读懂", "政府信息公开指南", "白榆县政务公开工作要点"],
        [TITLE, TABLED, "网站增加验证码和防火墙，系统维护4次，发布信息404条，用户登录1404次。"],
        [TITLE, PROSE, LONG, "网站增加验证码和防火墙，系统维护4次，发布信息404条，用户登录1404次。"],
        [TITLE, TABLED, *(f"{ORGAN}{year}年政府信息公开工作年度报告" for year in (2018, 2017, 2016))],
        [TITLE.replace("2019", "2008"), "统计期限为2008年5月1日至2008年12月31日。", PROSE.replace("2019", "2008")],
        [TITLE.replace("2019", "2008"), PROSE.replace("没有发生", "没有行政复议")],
    ],
)
def test_a_report_that_uses_such_words_is_a_report(lines):
    assert verdict(*lines)[1:] == (None, None)


NARRATIVE = f"""{ORGAN}2011年政府信息公开工作年度报告
主动公开政府信息58条，依申请公开2件，行政复议0件，存在的问题是更新偏慢，改进措施是按月检查。
{SENTENCE}{SENTENCE}{SENTENCE}
"""


@pytest.mark.parametrize(
    "line",
    ["编号404的文件已归档。", "邮编404100", "网站防火墙已升级。", "系统维护一次。", "用户登录更便捷。"],
)
def test_ordinary_words_keep_no_report_out(line):
    (report,) = parse(f"{NARRATIVE}{line}\n".encode())
    assert report.status == "parsed"


def test_reports_before_and_after_are_no_list():
    links = "".join(
        f"<p>{word}一篇：<a href=x>{ORGAN}{year}年政府信息公开工作年度报告</a></p>"
        for word, year in (("上", 2010), ("下", 2012))
    )
    lines = "".join(f"<p>{line}</p>" for line in NARRATIVE.splitlines())
    (report,) = parse(f"<html><body>{lines}{links}</body></html>".encode())
    assert (report.status, report.year) == ("parsed", 2011)


def test_a_menu_names_no_page():
    menu = "<a href=x>政府信息公开指南</a>"
    lines = "".join(f"<p>{line}</p>" for line in NARRATIVE.replace(f"{ORGAN}2011年", "").splitlines())
    (report,) = parse(f"<html><body>{menu}{lines}{PROSE.replace(chr(10), '<p>')}</body></html>".encode())
    assert report.status != "rejected"


@pytest.mark.parametrize(
    ("months", "status"), [("5-12月", "parsed"), ("5月-12月", "parsed"), ("1-9月", "rejected"), ("1-6月", "rejected")]
)
def test_months_are_a_part_of_the_year_but_for_the_first_reports(months, status):
    title = NARRATIVE.replace("2011年", f"2008年（{months}）")
    assert parse(title.encode())[0].status == status
