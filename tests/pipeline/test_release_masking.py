"""Masking: names, telephone and identity numbers, mailboxes of persons go; counts and ordinary words stay."""

import re

import duckdb
import pytest
from release_helpers import workspace_at

from pipeline.release.masking import is_private_number, mask

N, T, D, E = "〔姓名〕", "〔电话〕", "〔证件号〕", "〔邮箱〕"

MASKED = [
    ("联系人：张三", f"联系人：{N}"),
    ("联系人:张三，电话：0999-2345678", f"联系人:{N}，电话：{T}"),
    ("联系人张三", f"联系人{N}"),
    ("负责人：王小明　审核人：李四　填报人：欧阳锋", f"负责人：{N}　审核人：{N}　填报人：{N}"),
    ("填报人：张三审核人：李四填报日期：2020年1月3日", f"填报人：{N}审核人：{N}填报日期：2020年1月3日"),
    ("填报人：张 三   联系电话：83605210", f"填报人：{N}   联系电话：{T}"),
    ("审核：王芳、李娜", f"审核：{N}"),
    ("姓名：阿依古丽·买买提", f"姓名：{N}"),
    ("经办人：刘 伟 电话：3651234", f"经办人：{N} 电话：{T}"),
    ("（李某某，电话13800001111）", f"（{N}，电话{T}）"),
    ("申请人李某不服，提起诉讼", f"申请人{N}不服，提起诉讼"),
    ("王建国同志任组长", f"{N}同志任组长"),
    ("局长王建国主持会议3次", f"局长{N}主持会议3次"),
    ("手机：138-0000-1111", f"手机：{T}"),
    ("手机：138 0000 1111", f"手机：{T}"),
    ("13800001111", T),
    ("+86 13800001111", T),
    ("１３８００００１１１１", T),
    ("0517-83605210", T),
    ("0517－83605210转8001", T),
    ("（0517）83605210", T),
    ("(010) 6616 8888", T),
    ("电话051783605210。", f"电话{T}。"),
    ("传真：010-66168888、66168889", f"传真：{T}"),
    ("咨询电话：83605210", f"咨询电话：{T}"),
    ("Tel: 83605210", f"Tel: {T}"),
    ("身份证号：110101199003070011", f"身份证号：{D}"),
    ("身份证号码110101900307001", f"身份证号码{D}"),
    ("11010519491231002X", D),
    ("邮箱：zhang.san@163.com", f"邮箱：{E}"),
    ("zhangsan ＠ qq.com", E),
    ("QQ：123456789", f"QQ：{T}"),
    ("微信号：zhang_san88", f"微信号：{T}"),
    ("电话13800001111项目负责人", f"电话{T}项目负责人"),
    ("96（填报人：周强 13800003333）", f"96（填报人：{N} {T}）"),
]
KEPT = [
    "338", "1,234", "15230", "30123456789.12", "13812345678元", "13812345678.50", "138123万元", "1380", "13800人次",
    "接听电话13800人次，受理3119件", "电话咨询1234567人次", "来电83605210个", "访问量13812345678次", "浏览量1381234567 8人次",
    "12345热线转办138件", "2019年1月1日至2019年12月31日", "2020-01-31", "2020-2021年", "国办公开办函〔2021〕30号",
    "索引号：11340000003/2023-00012", "014320144/2015-00056", "信用代码11341702486344515H", "邮编：223001", "0", "0.5%",
    "增30", "减3", "6566.23万元", "2.传真申请数", "负责人、联系人制度", "主要负责同志参加新闻发布会总次数", "相关同志", "分管领导", "申请人：自然人", "申请人：法人或其他组织", "负责人：暂无",
    "主要领导亲自抓", "联系人制度不健全", "公开电话、地址", "设立公开查询点，来访、电话均可", "局长信箱收到来信25件", "县长热线",
    "主任会议", "一、本年新收政府信息公开申请数量", "5.要求行政机关确认或重新出具已获取信息", "某些部门重视不够", "某市第1局",
    "方式，电话咨询12件", "书记专题会议2次", "部长级会议", "编辑政务信息1200条", "审核信息1,200条", "安排部署、同志们", "http://www.example.gov.cn/2023/01/18/c_1310000.html",
]  # fmt: skip


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_what_leads_to_a_person_is_masked(text, masked):
    assert mask(text) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize("text", KEPT)
def test_counts_and_words_stay(text):
    assert mask(text) == text


def test_nothing_is_nothing():
    assert mask(None) is None
    assert mask("") == ""


def test_a_mobile_number_is_no_count():
    assert [
        n for n in (0, 3119, 13_812_345_678, 13_812_345_678.5, 21_000_000_000, -13_812_345_678) if is_private_number(n)
    ] == [13_812_345_678]


def unchanged_numbers(workspace):
    """Printed texts of the warehouse whose numbers are not all there after masking, with what became of them."""
    with duckdb.connect(str(workspace.warehouse.path), read_only=True) as connection:
        cells = connection.execute(
            "SELECT raw FROM core_observations UNION SELECT raw_row FROM core_observations"
        ).fetchall()
        facts = connection.execute("SELECT text, number_text FROM core_facts WHERE value IS NOT NULL").fetchall()
        points = connection.execute("SELECT text FROM core_points UNION SELECT title FROM core_reports").fetchall()
    found = [(text, mask(text)) for (text,) in (*cells, *points) if text and mask(text) != text]
    for sentence, number in facts:
        if re.findall(r"\d+", mask(sentence)) != re.findall(r"\d+", sentence) or mask(number) != number:
            found.append((sentence, mask(sentence)))
    return len(cells) + len(facts) + len(points), found


@pytest.mark.corpus
def test_no_count_of_a_real_report_is_masked(corpus, documents, tmp_path):
    real = [(f"file:{p.name}", p.read_bytes()) for p in sorted(corpus.glob("*/*")) if p.is_file()]
    texts, found = unchanged_numbers(workspace_at(tmp_path, [*documents, *real]))
    assert texts > 800
    assert not found
