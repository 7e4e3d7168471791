"""Notes a report gives of itself against sentences written for the test."""

from pathlib import Path

import pytest

from parsers.models import NOWHERE, Paragraph, Section
from parsers.narrative.notes import notes_of, read_notes

# Text; the fees as (kind, value, unit, number as printed).
FEES = [
    ("全年收取政府信息公开信息处理费 3940 元。", [("collected", 3940, "元", "3940")]),
    ("本机关2022年度未收取政府信息公开信息处理费。", [("collected", 0, None, "未")]),
    (
        "依据《政府信息公开信息处理费管理办法》，2021年发出收费通知3件，总金额1,200元，实际收取1000元。",
        [("notified", 1200, "元", "1,200"), ("collected", 1000, "元", "1000")],
    ),
    (
        "2022年，共发出信息处理费收费通知5件，总金额2300元，实际收取总金额1800元。",
        [("notified", 2300, "元", "2300"), ("collected", 1800, "元", "1800")],
    ),
    ("2023年度无信息处理费收取情况。", [("collected", 0, None, "无")]),
    ("本年度收取信息处理费共计0元。", [("collected", 0, "元", "0")]),
    (
        "按照《政府信息公开信息处理费管理办法》，按件计收每件100元，全年共计收取信息处理费0.12万元，其中按页计收40元。",
        [("collected", 0.12, "万元", "0.12")],
    ),
    ("我局2020年没有产生信息处理费。", [("collected", 0, None, "没有")]),
    ("收取信息处理费三百元。", [("collected", 300, "元", "三百")]),
    ("（一）本年度依申请公开信息处理费收取情况：无。", [("collected", 0, None, "无")]),
    ("全年共收取信息处理费2件，金额3,940.50元。", [("collected", 3940.5, "元", "3,940.50")]),
    ("收取公开信息处理费240元（其中按件100元，按量140元）。", [("collected", 240, "元", "240")]),
    ("2024年度，没有发生收取信息处理费的情况。", [("collected", 0, None, "没有")]),
    ("严格执行《政府信息公开信息处理费管理办法》。", []),
    ("行政事业性收费项目12项，收取3000元。", []),
    ("无。", []),
]

# Text; office, address, phone, post code, e-mail.
CONTACTS = [
    (
        "如对本报告有疑问，请与云溪县人民政府办公室联系（地址：云溪县解放路1号；邮编：123456；电话：0123-4567890；电子邮箱：yxzwgk@163.com）。",
        ("云溪县人民政府办公室", "云溪县解放路1号", "0123-4567890", "123456", "yxzwgk@163.com"),
    ),
    (
        "如对报告内容有疑问，请联系县政务公开科，联系电话：（0578）6621009，邮政编码：323000。",
        ("县政务公开科", None, "（0578）6621009", "323000", None),
    ),
    (
        "联系地址：青石市人民路200号市政府5号楼205室，联系电话：0999-2345678、2345679，传真：0999-2345670。",
        (None, "青石市人民路200号市政府5号楼205室", "0999-2345678、2345679", None, None),
    ),
    (
        "本报告电子版可从网站下载，如有疑问，可直接与石渡县教育局办公室（地址：石渡县文化路3号，邮编：300100，电话：010-88886666）联系。",
        ("石渡县教育局办公室", "石渡县文化路3号", "010-88886666", "300100", None),
    ),
    (
        "有疑问请与区民政局政策法规科联系。联系电话：021-55556666；电子邮箱：mz@gov.cn；地址：青石区中山路100弄6号，邮编：200000。",
        ("区民政局政策法规科", "青石区中山路100弄6号", "021-55556666", "200000", "mz@gov.cn"),
    ),
    (
        "如对本报告有任何疑问，请联系：\n石渡县卫生健康局办公室\n联系电话：0999-2345678\n地址：石渡县新区路2号\n邮编：340010",
        ("石渡县卫生健康局办公室", "石渡县新区路2号", "0999-2345678", "340010", None),
    ),
]

PERIODS = [
    ("本年报中所列数据的统计期限自2020年1月1日起至2020年12月31日止。", ("2020-01-01", "2020-12-31")),
    ("统计数据时间为2011年1月1日至12月31日。", ("2011-01-01", "2011-12-31")),
    ("2020年1月1日，新系统上线。", None),
]


@pytest.mark.parametrize(("text", "truth"), FEES)
def test_fees(text, truth):
    fees = notes_of([("other", "前文。" + text)]).fees
    assert [(f.kind, f.value, f.unit, f.number_text) for f in fees] == truth
    assert all(("前文。" + text)[f.start : f.end] == f.number_text for f in fees)


@pytest.mark.parametrize(("text", "truth"), CONTACTS)
def test_contacts(text, truth):
    contact = notes_of([("preamble", text)]).contact
    assert contact is not None
    assert contact[:5] == truth


def test_a_footer_is_no_contact():
    assert (
        notes_of(
            [("other", "主办单位：云溪县政府 联系电话：0999-2345678 邮编：340010 备案号：云ICP备05001234号")]
        ).contact
        is None
    )


@pytest.mark.parametrize(("text", "truth"), PERIODS)
def test_periods(text, truth):
    period = notes_of([("preamble", text)]).period
    assert (period and period[:2]) == truth


def test_the_fee_of_a_report_is_the_one_collected():
    sections = [
        Section("preamble", "", (Paragraph("统计期限自2022年1月1日至12月31日。", NOWHERE),)),
        Section("other", "六、", (Paragraph("发出信息处理费收费通知2件，总金额300元，实际收取200元。", NOWHERE),)),
    ]
    notes = read_notes(sections)
    assert notes.fee is not None
    assert (notes.fee.kind, notes.fee.value, notes.fee.section) == ("collected", 200, "other")
    assert notes.period is not None
    assert notes.period.section == "preamble"


@pytest.mark.corpus
def test_corpus(corpus: Path):
    text = (corpus / "truth" / "huaian-2024.narrative.txt").read_text(encoding="utf-8")
    notes = notes_of([("", text)])
    assert notes.fee is not None
    assert (notes.fee.value, notes.fee.unit) == (3940, "元")
    assert notes.contact is not None
    assert notes.contact[:5] == (
        "淮安市人民政府办公室",
        "淮安市翔宇南道 1 号",
        "0517-83605210",
        "223001",
        "hazwgkc@163.com",
    )
    assert notes.period is not None
    assert notes.period[:2] == ("2024-01-01", "2024-12-31")
