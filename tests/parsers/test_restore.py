"""Restored text against damage written for the test, and clean text that must stay as it is."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import REPORTS

from parsers import readers
from parsers.errors import Unreadable
from parsers.forms import read_data, read_yaml
from parsers.models import Paragraph
from parsers.restore import read_signs, restore
from parsers.script import simplified

DAMAGED = [
    # The name of a city or county is what hijackers replace too; it cannot be known.
    ("bet365在线娱乐_365BETAPP下载_365体育官网人民政府商务局2021年年报", "人民政府商务局2021年年报"),
    ("按照市委以及bet365在线娱乐_365体育网址有关要求编制", "按照市委以及有关要求编制"),
    ("新葡京官网区人民政府石桥街道办事处", "区人民政府石桥街道办事处"),
    ("積極發揮規(guī)范作用，平穩(wěn)推進業務", "积极发挥规范作用，平稳推进业务"),
    ("教育系統(tǒng)專業(yè)人員", "教育系统专业人员"),
    (
        "根据《国务院办公厅欧洲杯竞猜官网:印发2016年政务公开工作要点的通知》执行。",
        "根据《国务院办公厅关于印发2016年政务公开工作要点的通知》执行。",
    ),
    ("制定了《必发365:进一步加强网站管理的意见》。", "制定了《关于进一步加强网站管理的意见》。"),
    ("按照市委、市政府威廉希尔体育:推进基层公开的部署。", "按照市委、市政府关于推进基层公开的部署。"),
    (
        "转发省政府办公厅篮球比分直播,足球比分直播做好信息公开年度报告工作的通知。",
        "转发省政府办公厅关于做好信息公开年度报告工作的通知。",
    ),
    (
        "《县政府办公室世界杯买球_世界杯官网入口-投注平台进一步做好政务新媒体监管的通知》",
        "《县政府办公室关于进一步做好政务新媒体监管的通知》",
    ),
    ("落实国家澳门新葡京娱乐:加强个人信息保护的规定", "落实国家关于加强个人信息保护的规定"),
    ("澳门威尼斯人:信息公开指南更新情况", "关于信息公开指南更新情况"),
    ("《开云体育app下载开展2021年度考核的通知》印发实施。", "《关于开展2021年度考核的通知》印发实施。"),
    ("中、省bet365官网:优化营商环境的要求", "中、省关于优化营商环境的要求"),
    ("2019年，皇冠足球投注网我局公开信息35条。", "2019年，我局公开信息35条。"),
    ("文(wen)章(zhang)来(lai)源(yuan)于网络", "文章来源于网络"),
    ("政(zhèng)府(fǔ)信息公开", "政府信息公开"),
    ("(一)主动(dong)(dong)公开；(二)依申请公开", "(一)主动公开；(二)依申请公开"),
    ("二、依（yi）申（shen）请公开（一）情况", "二、依申请公开（一）情况"),
    ("製定實施方案", "制定实施方案"),
    ("健全工作體係，全麵公開，答複申請", "健全工作体系，全面公开，答复申请"),
    ("办理１２３件，占４５．６％", "办理123件，占45.6%"),
    ("⾏政机关⽂件", "行政机关文件"),
    ("<!--[if !supportLists]-->一、<!--[endif]-->概述<o:p></o:p>", "一、概述"),
    ("受理&nbsp;26&nbsp;件", "受理 26 件"),
    (
        "按照国务院办公厅威尼斯人娱乐城:做好2022年政务公开重点工作的要求",
        "按照国务院办公厅关于做好2022年政务公开重点工作的要求",
    ),
    (
        "印发《县人民政府办公室365体育投注:公布行政规范性文件清理结果的通知》",
        "印发《县人民政府办公室关于公布行政规范性文件清理结果的通知》",
    ),
    ("收到市民万博体育app:老旧小区改造的申请12件。", "收到市民关于老旧小区改造的申请12件。"),
    ("亚博体育:2021年政府信息公开工作的报告", "关于2021年政府信息公开工作的报告"),
    ("我局严格落实上级米兰体育官网下载:深化政务公开的部署安排。", "我局严格落实上级关于深化政务公开的部署安排。"),
    ("全年公开信息235条，bwin体育登录其中政策文件12件。", "全年公开信息235条，其中政策文件12件。"),
    (
        "《中共中央办公厅、国务院办公厅欧洲杯买球网站:全面推进政务公开工作的意见》",
        "《中共中央办公厅、国务院办公厅关于全面推进政务公开工作的意见》",
    ),
    ("亚洲国产精品_久久久免费视频\n云溪县司法局2019年年报", "\n云溪县司法局2019年年报"),
    ("受理新葡京棋牌信访件18件", "受理信访件18件"),
    ("根据《乐鱼体育在线登录加强政府网站信息内容建设的意见》", "根据《关于加强政府网站信息内容建设的意见》"),
    ("省政府“九游会j9:数字政府建设”的意见", "省政府“关于数字政府建设”的意见"),
    ("對應申請答複23件，嚮社會公開，國傢標準，瞭解情況", "对应申请答复23件，向社会公开，国家标准，了解情况"),
    ("发佈信息㎡", "发佈信息㎡"),
    ("受理３件、办结2件；ＡＰＰ上线", "受理3件、办结2件；APP上线"),
    ("⾯向社会公开⾮涉密⽂件", "面向社会公开非涉密文件"),
    ("二、主(zhǔ)动公开", "二、主动公开"),
    ("信(xin)息(xi)公(gong)开(kai)（一）（以下简称“办法”）", "信息公开（一）（以下简称“办法”）"),
    ("共受理\uf031\uf032件", "共受理12件"),
]

CLEAN = [
    "乾安县农业农村局2020年政府信息公开工作年度报告",
    "联系人：於海涛，电话0578-6621009",
    "全年抽查比分直播平台3家，查处赌博案件12起。",
    "体育彩票公益金使用情况公开12条，彩票销售点43个。",
    "开展打击网络赌博、网络博彩专项行动，查处投注站2个。",
    "公开（一）行政许可；（二）行政处罚。",
    "我局组织观看世界杯安保工作部署会，落实欧洲杯期间值班。",
    "根据《关于推进政务公开的意见》",
    "推广APP（app）下载使用，“渝快办”app下载量12万次。",
    "办理申请3件，答复率100%（Rate）。",
    "麵粉厂旧址保护方案",
    "皇冠镇人民政府2021年公开信息45条。",
    "系统(system)升级，平台(platform)上线",
    "英文缩写(an)见附录",
    "澳门特别行政区投资企业3家",
    "体育局官网发布信息365条，全年365天在线。",
    "收到信件，（含1件补正），（b）类。",
    "统计期限自2024年1月1日至12月31日，电话：0517-83605210。",
    "信息公开工作，全角，标点；不动：（一）",
    "青石县体育总会官方网站：http://bet.example.gov.cn",
    "复兴路365号，邮编214000",
    "青山区体育局关于印发体育彩票管理办法的通知",
    "组织参加世界杯竞猜活动的人员教育",
    "县公安局打击整治跨境赌博：抓获组织欧洲杯赌球嫌疑人15名",
    "中国（澳门）投资贸易洽谈会",
    "与开云集团签约，威尼斯水城小区改造",
    "必发改委批准",
    "皇冠假日酒店消防验收",
    "取缔违规发布比分直播、买球推广信息的公众号3个",
    "足球场馆在线预约平台建设",
    "NBA官网",
    "抖音号“bet老师”",
    "广州市万博商务区管委会公开信息",
    "学习Python(a)语言",
    "维生素(e)",
    "附表(a)(b)",
    "系统（xt）",
    "“澳门皇冠”赌博网站案",
    "体育中心:公开收费标准",
    "竞猜灯谜活动现场宣传政务公开",
    "利用世界杯直播时段投放公益广告",
    "范后乾",
    "於潜镇",
    "瞭望台公开信息",
    "复印费、製版费",
    "某某製衣有限公司行政处罚1件",
    "麵馆卫生检查",
    "截至2024年底，占比45％，⑴已公开㈠项",
    "详见《上海市贯彻<长江三角洲区域一体化发展规划纲要>实施方案》",
    "联系邮箱：<zwgk@example.gov.cn>，A&B公司",
]

KINDS = [
    ("按照市政府威廉希尔:推进公开的要求", "injected_spam", 5, "威廉希尔:", "关于"),
    ("国产精品_av在线观看", "foreign_banner", 0, "国产精品_av在线观看", ""),
    ("主(zhǔ)动公开", "pinyin", 1, "(zhǔ)", ""),
    ("健全體係建设", "wrong_variant", 2, "體係", "体系"),
    ("受理３件", "compatibility", 2, "３", "3"),
    ("⾯向社会", "compatibility", 0, "⾯", "面"),
    ("受理\uf033件", "private_use", 2, "\uf033", "3"),
    ("概述<o:p></o:p>", "word_residue", 2, "<o:p></o:p>", ""),
]


@pytest.mark.parametrize(("raw", "text"), DAMAGED)
def test_damaged(raw, text):
    found = restore(raw)
    assert found.text == text
    assert all(raw[c.start : c.end] == c.raw for c in found.changes)


@pytest.mark.parametrize("text", CLEAN)
def test_clean(text):
    assert restore(text).changes == ()
    assert restore(text).text == text


@pytest.mark.parametrize(("raw", "kind", "start", "was", "restored"), KINDS)
def test_kinds(raw, kind, start, was, restored):
    [change] = restore(raw).changes
    assert change == (kind, start, start + len(was), was, restored)


def test_the_whole_document_says_what_a_line_cannot():
    signs = read_signs("依(yi)申(shen)请公开，主動公開政府信息，業務辦理")
    assert restore("总(zong)计", signs).text == "总计"
    assert restore("系統", signs).text == "系统"
    assert restore("总(zong)计").text == "总(zong)计"


def test_damages_over_each_other_are_one_change():
    found = restore("澳(ao)门(men)皇冠:依申请公開，發布業務、單位電話，全麵(mian)推進")
    assert found.text == "关于依申请公开，发布业务、单位电话，全面推进"
    assert [(c.kind, c.raw, c.restored) for c in found.changes] == [
        ("injected_spam", "澳(ao)门(men)皇冠:", "关于"),
        ("wrong_variant", "全麵", "全面"),
        ("pinyin", "(mian)", ""),
    ]


def test_places_are_carried_over_both_ways():
    found = restore("市政府必发365:推进公开的要求，受理２０件。")
    a = found.text.index("20件")
    assert found.raw_span(a, a + 2) == (19, 21)
    assert found.span(19, 21) == (a, a + 2)
    a = found.text.index("推进")
    assert found.raw[slice(*found.raw_span(a, a + 2))] == "推进"
    assert found.raw[slice(*found.raw_span(a - 2, a))] == "必发365:"


PIECES = [
    "公开",
    "２３",
    "文(wen)",
    "章(zhang)",
    "澳门皇冠:推进",
    "，",
    "。",
    "體係",
    "&nbsp;",
    "⾯",
    "（一）",
    "\n",
    "《",
    "》",
    "3件",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_changes_explain_the_whole_difference(pieces):
    raw = "".join(pieces)
    found = restore(raw)
    parts, place = [], 0
    for change in found.changes:
        assert change.start >= place
        assert raw[change.start : change.end] == change.raw
        parts += [raw[place : change.start], change.restored]
        place = change.end
    rebuilt = "".join([*parts, raw[place:]])
    assert simplified(rebuilt) == simplified(found.text)
    assert len(rebuilt) == len(found.text)
    for start in range(0, len(found.text), 3):
        a, b = found.raw_span(start, start + 2)
        assert 0 <= a <= b <= len(raw) + 2


def test_fixtures_that_are_not_damaged():
    """Full-width figures are all that the fixtures hold of damage."""
    for path in sorted(REPORTS.iterdir()):
        if path.suffix not in (".html", ".txt", ".docx") or "hijacked" in path.name:
            continue
        try:
            document = readers.read(path.read_bytes())
        except Unreadable:
            continue
        texts = [
            b.text if isinstance(b, Paragraph) else "\n".join(c.text for r in b.rows for c in r)
            for b in document.blocks
        ]
        for text in texts:
            assert {c.kind for c in restore(text).changes} <= {"compatibility"}, path.name


def test_data():
    """A wrong character's words hold the right one, and simplifying makes neither of it twice."""
    data = read_yaml(read_data("restore.yml"))
    for pair, words in data["wrong_variants"].items():
        assert len(pair) == 2
        assert all(pair[1] in word for word in words), pair
        assert all(simplified(word) == word for word in words), pair
    assert all(len(pair) == 2 for pair in data["radicals"].split())


@pytest.mark.parametrize(
    "unit",
    [
        "公开信息",
        "澳门皇冠:",
        "欧洲杯官网",
        "文(wen)",
        "(",
        "<!--[if ",
        "<o:p",
        "&#",
        "０，",
        "體係",
        "國務院",
        "《",
        "“澳门皇冠",
        "国产_av",
        "体育足球",
    ],
)
def test_long_input_takes_its_time_only(unit):
    def seconds(size):
        began = time.perf_counter()
        restore(unit * (size // len(unit)))
        return time.perf_counter() - began

    seconds(1000)
    # The best of three: whatever else the machine does only adds to it.
    assert min(seconds(120_000) for _ in range(3)) < 16 * max(seconds(30_000), 0.02)


@pytest.mark.corpus
def test_corpus(corpus: Path):
    missed = set()
    for path in sorted((corpus / "narratives").glob("*.json")):
        passage = json.loads(path.read_text(encoding="utf-8"))
        found = restore(passage["text"])
        truth = {(r["raw"], r["restored"], s) for r in passage["restorations"] for s in r["starts"]}
        changes = {(c.raw, c.restored, c.start) for c in found.changes}
        assert found.text == passage.get("clean_text", passage["text"]), path.name
        missed |= truth - changes
        for fact, start in zip(passage["facts"], passage.get("clean_starts", []), strict=False):
            span = found.span(fact["start"], fact["start"] + len(fact["number_text"]))
            assert span[0] == start
            assert found.raw_span(*span)[0] == fact["start"]
    assert missed == {("２０１８年", "2018年", 0)}  # the passage marks this year with its 年, another without


@pytest.mark.corpus
def test_corpus_reports(corpus: Path):
    for path in sorted((corpus / "truth").glob("*.narrative.txt")):
        changes = [(c.kind, c.raw, c.restored) for c in restore(path.read_text(encoding="utf-8")).changes]
        damaged = path.name.startswith("weinan")
        assert changes == ([("injected_spam", "澳门皇冠:", "关于")] if damaged else [])
