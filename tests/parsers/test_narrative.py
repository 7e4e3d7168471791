"""The narrative of whole reports: places in the text as found, sections, damage in prose and tables."""

import pytest
from opencc import OpenCC
from paths import REPORTS

from parsers import parse

HEAD = "<h1>云溪县财政局2012年政府信息公开工作年度报告</h1><p>统计期限自2012年1月1日至12月31日。</p>"
BODY = (
    "<p>一、概述</p><p>2012年，我局主动公开政府信息120条，其中政策法规类二十条。</p>"
    "<p>二、依申请公开情况</p><p>全年收到申请6件，比上年增加1件，其中当面申请4件、信函申请2件。</p>"
    "<p>三、存在的主要问题和改进措施</p><p>主要问题：一是更新不够及时；二是人手不足。改进措施：一是加强培训。</p>"
)


def report_of(*parts):
    [report] = parse("".join(parts).encode())
    return report


def spelt(text, words):
    """A text with a syllable behind every character of some words."""
    return text.replace(words, "".join(f"{c}(yi)" for c in words))


def test_ids_run_through_the_report():
    report = report_of(HEAD, BODY)
    assert [f.id for f in report.facts] == list(range(6))
    assert [(f.section, f.label, f.parent) for f in report.facts] == [
        ("overview", "主动公开政府信息", None),
        ("overview", "政策法规类", 0),
        ("applications", "收到申请", None),
        ("applications", "收到申请比上年增加", 2),
        ("applications", "当面申请", 2),
        ("applications", "信函申请", 2),
    ]
    assert [(p.kind, p.ordinal, p.text) for p in report.points] == [
        ("problem", 1, "更新不够及时"),
        ("problem", 2, "人手不足"),
        ("measure", 1, "加强培训"),
    ]
    assert [(f.identity, f.verdict) for f in report.findings] == [("narrative.parts_sum", "pass")]


DAMAGES = {
    "clean": lambda html: html,
    "pinyin": lambda html: spelt(spelt(html, "概述"), "政府信息"),
    "traditional script": OpenCC("s2t").convert,
    "full-width figures": lambda html: html.replace("120条", "１２０条").replace("6件", "６件"),
    "betting phrase": lambda html: html.replace("更新不够及时", "对省政府澳门银河:推进公开的要求领会不深"),
    "private use": lambda html: html.replace("120条", "\uf031\uf032\uf030条"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_places_are_those_of_the_text_as_found(damage):
    clean, report = report_of(HEAD, BODY), report_of(HEAD, DAMAGES[damage](BODY))
    for fact in report.facts:
        raw = report.sections[fact.section_ordinal].text_raw
        assert raw[fact.start : fact.end] == fact.number_text
        assert fact.number_text in fact.text
        assert fact.text in raw
        assert fact.unit in raw[fact.end : fact.end + 2]
    for point in report.points:
        assert report.sections[point.section_ordinal].text_raw[point.start :].startswith(point.text)
    assert [(f.value, f.parent) for f in report.facts] == [(f.value, f.parent) for f in clean.facts]
    assert [f.label for f in report.facts] == [f.label for f in clean.facts]
    assert [p.kind for p in report.points] == [p.kind for p in clean.points]
    for r in report.restorations:
        if r.start is not None:
            assert report.sections[r.section_ordinal].text_raw[r.start :].startswith(r.raw)
    assert bool(report.restorations) == (damage not in ("clean", "traditional script"))


def test_clean_text_has_one_text():
    report = report_of(HEAD, BODY)
    assert all(section.text == section.text_raw for section in report.sections)
    damaged = report_of(HEAD, DAMAGES["pinyin"](BODY))
    assert [s.text for s in damaged.sections[1:]] == [s.text for s in report.sections[1:]]
    assert all(s.text != s.text_raw for s in damaged.sections if s.code == "overview")


def test_a_damaged_table_is_read_and_its_cells_stay_as_found():
    sound = (REPORTS / "2021-html.html").read_text(encoding="utf-8")
    page = spelt(spelt(sound, "予以公开"), "主动公开").replace("<p>2</p>", "<p>\uf032</p>")
    [clean], [report] = parse(sound.encode()), parse(page.encode())
    assert [o[:5] for o in report.observations] == [o[:5] for o in clean.observations]
    mended = [o for o in report.observations if o.flags]
    assert {(o.raw, o.value, o.flags) for o in mended} == {("\uf032", 2, ("restored",))}
    assert [r.raw for r in report.restorations].count("\uf032") == len(mended)
    assert {r.start for r in report.restorations if r.where.table} == {None}


def test_what_stands_around_the_report_is_no_part_of_it():
    report = report_of(
        HEAD,
        BODY,
        "<p>上一篇：财政局召开3次会议</p><p>浏览次数：1234次</p><p>主办：云溪县政府 京ICP备05001234号</p>",
        "<ul>" + "".join(f'<li><a href="/{n}.html">全县新建学校{n}所</a></li>' for n in range(3, 8)) + "</ul>",
    )
    assert report.facts == report_of(HEAD, BODY).facts
    assert report.points == report_of(HEAD, BODY).points


def test_each_report_of_a_page_has_its_own_narrative():
    two = HEAD + BODY + (HEAD + BODY).replace("云溪县财政局", "云溪县水利局").replace("120条", "１３０条")
    first, second = parse(two.encode())
    assert [f.number_text for f in (first.facts[0], second.facts[0])] == ["120", "１３０"]
    assert [f.id for f in second.facts] == [f.id for f in first.facts]
    assert (first.restorations, [r.raw for r in second.restorations]) == ((), ["１３０"])


def test_citations_stand_once_a_report():
    report = report_of(
        HEAD,
        "<p>一、概述</p><p>根据《中华人民共和国政府信息公开条例》（以下简称《条例》）编制。</p>",
        "<p>二、依申请公开情况</p><p>按照《条例》和《中华人民共和国政府信息公开条例》（国务院令第492号）办理申请2件。</p>",
        "<p>三、存在的主要问题和改进措施</p><p>主要问题：一是更新不够及时。</p>",
    )
    [citation] = report.citations
    assert (citation.title, citation.document_number, citation.alias) == (
        "中华人民共和国政府信息公开条例",
        "国务院令第492号",
        "条例",
    )
    assert report.sections[citation.section_ordinal].text_raw[citation.start] == "《"


def test_notes():
    report = report_of(HEAD, BODY, "<p>四、其他需要报告的事项</p><p>全年收取信息处理费1260元。</p>")
    assert [(n.kind, n.text, n.value, n.unit, n.section) for n in report.notes] == [
        ("fee_collected", "1260", 1260.0, "元", "other"),
        ("period", "2012-01-01/2012-12-31", None, None, "preamble"),
    ]
