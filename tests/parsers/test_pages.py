"""What a page is, and when two states of one say the same."""

import pytest
from paths import REPORTS

from parsers.pages import main_text_digest, read_page, without_counters

REPORT = (REPORTS / "2021-html.html").read_bytes()
LIST = "".join(
    f'<li><a href="/art/{year}.html">白榆县财政局{year}年政府信息公开工作年度报告</a><span>{year + 1}-01-20</span></li>'
    for year in range(2015, 2024)
)
LIST = f'<html><head><meta charset="utf-8"></head><body><ul>{LIST}</ul></body></html>'.encode()
URL = "http://x.gov.cn/a.html"


def page(*lines):
    return f'<html><head><meta charset="utf-8"></head><body>{"".join(f"<p>{line}</p>" for line in lines)}</body></html>'.encode()


def test_a_report_is_a_report_and_a_list_a_list():
    found = read_page(REPORT, URL)
    assert (found.is_report, found.listing, len(found.reports)) == (True, None, 1)
    found = read_page(LIST, URL)
    assert (found.is_report, found.reports) == (False, ())
    assert len(found.listing.links) == 9


def test_a_report_among_links_is_a_report():
    mixed = REPORT.replace(b"</body>", LIST.partition(b"<body>")[2].partition(b"</body>")[0] + b"</body>")
    assert mixed != REPORT
    assert read_page(mixed, URL).is_report


def test_no_list_where_none_is_looked_for():
    found = read_page(LIST, URL, links=False)
    assert found.listing is None
    assert [r.status for r in found.reports] == ["rejected"]


@pytest.mark.parametrize("content", [b"", b"\0" * 9, b"%PDF-1.4", "您访问的页面不存在".encode()])
def test_what_is_neither(content):
    for as_list in (False, True):
        found = read_page(content, URL, as_list=as_list)
        assert found.listing is None
        assert [r.status for r in found.reports] == ["rejected"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("浏览次数：1304", "浏览次数：1305"),
        ("【字体：大 中 小】 阅读：12 次 打印", "【字体：大 中 小】 阅读：13 次 打印"),
        ("访问量 1,304 人次", "访问量 1,411 人次"),
        ("今天是2026年11月22日 星期日", "今天是2026年11月23日 星期一"),
        ("页面生成时间：2026-11-22 03:04:05", "页面生成时间：2026-11-23 03:04:05"),
        ("2020年收到申请3件。浏览次数：9", "2020年收到申请3件。浏览次数：10"),
    ],
)
def test_what_changes_at_every_visit(one, other):
    text = "全年收到政府信息公开申请12件，办结12件。"
    assert main_text_digest(page(text, one)) == main_text_digest(page(text, other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("收到申请12件。", "收到申请13件。"),
        # Visits are what such an organ reports on: a sentence that states them is no counter.
        ("全年政府网站访问量1304人次，比上年增长3%。", "全年政府网站访问量2304人次，比上年增长3%。"),
        ("政务微信关注人数1200人，发布信息30条。", "政务微信关注人数1300人，发布信息30条。"),
        ('<a href="/a.doc">附件</a>', '<a href="/b.doc">附件</a>'),
    ],
)
def test_what_an_organ_says(one, other):
    assert main_text_digest(page(one)) != main_text_digest(page(other))


def test_a_cell_is_part_of_the_text():
    assert b">3<" in REPORT
    assert main_text_digest(REPORT) != main_text_digest(REPORT.replace(b">3<", b">4<", 1))


def test_links_around_the_text_are_not():
    text = "全年收到政府信息公开申请12件，办结12件。"
    assert main_text_digest(page(text, '<a href="/1.html">今日要闻</a>')) == main_text_digest(
        page(text, '<a href="/2.html">昨日要闻</a>')
    )


def test_what_cannot_be_read_is_compared_by_its_bytes():
    assert main_text_digest(b"%PDF-1.4 a") != main_text_digest(b"%PDF-1.4 b")


def test_a_text_without_counters_stays():
    assert without_counters("二、主动公开政府信息情况") == "二、主动公开政府信息情况"
