"""How much of a report stood in the one before it: what counts as a sentence, and whose reports are compared."""

import time

import duckdb
import pytest
from pipeline_helpers import bring_up
from store_helpers import content_of, report_page, rows

from pipeline.reuse import ReuseRow, read_sentences, reuse_rows, sections_sql
from pipeline.schema import table

# Text; its sentences.
SENTENCES = [
    ("全年公开信息 12 条。其中规章2件！", ["全年公开信息12条", "其中规章2件"]),
    ("全年公开信息１２条，解读 ３ 篇；回应留言 ５ 次。", ["全年公开信息12条,解读3篇", "回应留言5次"]),
    ("一是专职人员不足；二是解读形式单一。", ["专职人员不足", "解读形式单一"]),
    ("存在的主要问题：一是专职人员不足；二要丰富解读形式。", ["专职人员不足", "丰富解读形式"]),
    ("工作仍有差距。主要表现在：（一）专职人员不足。", ["工作仍有差距", "专职人员不足"]),
    ("对照要求，仍有下列差距：一是专职人员不足。", ["对照要求,仍有下列差距", "专职人员不足"]),
    ("（一）主动公开情况\n全年公开信息12条。", ["全年公开信息12条"]),
    ("（一）主动公开情况。全年公开信息12条。", ["全年公开信息12条"]),
    ("（二）加强组织领导，落实责任\n召开会议两次。", ["召开会议两次"]),
    ("1.健全工作机制。\n2.配齐专职人员。", ["健全工作机制", "配齐专职人员"]),
    ("1.5万人次访问了网站首页。", ["1.5万人次访问了网站首页"]),
    ("12件申请均已按期答复。", ["12件申请均已按期答复"]),
    # A paragraph that a reader left in its lines.
    (
        "本报告由白榆县民政局按照条例的要求编制，报告中所列数据的统计期限自一月一日\n起至十二月三十一日止。\n二、主动公开\n无。",
        ["本报告由白榆县民政局按照条例的要求编制,报告中所列数据的统计期限自一月一日起至十二月三十一日止"],
    ),
    ("白榆县民政局2021年政府信息公开工作年度报告\n发布日期：2022-01-20\n", []),
    ("无。", []),
    ("白榆县民政局\n2022年1月20日", []),
    ("", []),
    ("。。；；\n\n！", []),
    # The end is forgotten.
    (
        "我局在年内共组织开展政务公开培训三期，并对十二个乡镇的公开专栏逐一进行了检查",
        ["我局在年内共组织开展政务公开培训三期,并对十二个乡镇的公开专栏逐一进行了检查"],
    ),
    ("“让信息公开透明。”他们这样评价网站。", ["“让信息公开透明", "他们这样评价网站"]),
]


@pytest.mark.parametrize(("text", "want"), SENTENCES)
def test_sentences(text, want):
    assert list(read_sentences(text)) == want


A, B = "org_aaa", "org_bbb"


def compared(*reports):
    """Rows of reports written as organ, year and sections."""
    sections = [
        (organ, year, "site", f"{organ}-{year}", section, text)
        for organ, year, texts in reports
        for section, text in (texts.items() or [(None, None)])
    ]
    return {(row.agency_id, row.year): row for row in reuse_rows(sections)}


def shares(row):
    return (row.n_sentences, row.n_same, row.n_same_but_numbers)


def test_what_was_carried_over_is_counted():
    found = compared(
        (A, 2020, {"overview": "2020年公开信息12条。组织培训三期。健全工作机制。", "problems": "专职人员不足。解读形式单一。"}),
        (A, 2021, {"overview": "2021年公开信息340条。组织培训四期。健全工作机制。新建政务专区。", "problems": "一是解读形式单一；二是更新不够及时。"}),
    )  # fmt: skip
    row = found[A, 2021]
    assert (row.previous_source, row.previous_report_id) == ("site", "org_aaa-2020")
    assert shares(row) == (6, 2, 4)
    assert (row.share_same, row.share_same_but_numbers) == (2 / 6, 4 / 6)
    assert (row.problems_n_sentences, row.problems_n_same, row.problems_n_same_but_numbers) == (2, 1, 1)
    assert row.problems_share_same == 0.5


def test_there_is_nothing_to_compare_the_first_report_with():
    row = compared((A, 2020, {"overview": "组织培训三期以上。"}))[A, 2020]
    assert shares(row) == (1, None, None)
    assert (row.previous_source, row.previous_report_id, row.share_same, row.problems_share_same) == (None,) * 4
    assert (row.problems_n_sentences, row.problems_n_same) == (0, None)


def test_only_the_same_organ_and_the_year_before_are_compared():
    text = {"overview": "组织培训三期以上。"}
    found = compared((A, 2018, text), (A, 2020, text), (A, 2021, text), (B, 2022, text))
    assert {key: row.n_same for key, row in found.items()} == {
        (A, 2018): None, (A, 2020): None, (A, 2021): 1, (B, 2022): None,
    }  # fmt: skip


def test_a_report_without_prose():
    found = compared((A, 2020, {}), (A, 2021, {"overview": "组织培训三期以上。"}), (A, 2022, {"overview": "无。"}))
    assert shares(found[A, 2020]) == (0, None, None)
    # There is a report before, but none of its sentences is known.
    assert found[A, 2021].previous_report_id == "org_aaa-2020"
    assert shares(found[A, 2021]) == (1, None, None)
    assert shares(found[A, 2022]) == (0, 0, 0)
    assert found[A, 2022].share_same is None


def test_a_sentence_said_twice_counts_once():
    found = compared(
        (A, 2020, {"overview": "组织培训三期以上。"}),
        (A, 2021, {"overview": "组织培训三期以上。组织培训三期以上。", "other": "组织培训三期以上。"}),
    )
    assert shares(found[A, 2021]) == (1, 1, 1)


def test_the_section_on_problems_is_compared_with_its_like():
    found = compared(
        (A, 2020, {"overview": "解读形式单一。", "problems": "专职人员不足。"}),
        (A, 2021, {"overview": "健全工作机制。", "problems": "解读形式单一。"}),
    )
    assert (found[A, 2021].n_same, found[A, 2021].problems_n_same) == (1, 0)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("公开规章2件，解读15篇。", "公开规章0件，解读1,046篇。"),
        ("占总数的99.1%左右。", "占总数的100%左右。"),
        ("培训二百一十余人次。", "培训三十余人次。"),
        ("期限自2020年1月1日起。", "期限自2021年1月1日起。"),
        ("投入3至5万元整修。", "投入12万元整修。"),
    ],
)
def test_numbers_are_masked(before, now):
    row = compared((A, 2020, {"overview": before}), (A, 2021, {"overview": now}))[A, 2021]
    assert shares(row) == (1, 0, 1)


@pytest.mark.parametrize(
    ("before", "now"), [("同比增长12%以上。", "同比下降12%以上。"), ("收到申请12件。", "收到申请12条。")]
)
def test_words_are_not(before, now):
    row = compared((A, 2020, {"overview": before}), (A, 2021, {"overview": now}))[A, 2021]
    assert shares(row) == (1, 0, 0)


# From the warehouse


def write(connection, name, *entries):
    for entry in entries:
        columns = ", ".join(f'"{c}"' for c in entry)
        marks = ", ".join("?" * len(entry))
        connection.execute(f"INSERT INTO {name} ({columns}) VALUES ({marks})", list(entry.values()))


@pytest.fixture
def connection():
    with duckdb.connect() as found:
        for name in ("core_reports", "core_sections"):
            found.execute(table(name).ddl())
        yield found


def a_report(connection, report_id, year, text, *, agency_id=A, scope="own", is_current=True, source="site"):
    report = {"source": source, "report_id": report_id, "agency_id": agency_id, "year": year, "scope": scope}
    write(connection, "core_reports", {**report, "is_current": is_current})
    for ordinal, line in enumerate(text):
        section = {"source": source, "report_id": report_id, "ordinal": ordinal, "section": "overview", "text": line}
        write(connection, "core_sections", section)


def test_the_report_to_use_is_compared(connection):
    a_report(connection, "r3", 2021, ["健全工作机制。", "组织培训三期以上。"])
    a_report(connection, "r1", 2020, ["健全工作机制。"], scope="aggregate")
    a_report(connection, "r2", 2020, ["组织培训三期以上。"])
    a_report(connection, "r4", 2021, ["健全工作机制。"], is_current=False, source="copy")
    a_report(connection, "r5", 2022, ["健全工作机制。"], agency_id=None)
    a_report(connection, "r6", 2022, [], scope=None)
    found = list(reuse_rows(connection.execute(sections_sql()).fetchall()))
    assert [(r.report_id, r.previous_report_id, *shares(r)) for r in found] == [
        ("r2", None, 1, None, None), ("r3", "r2", 2, 1, 1), ("r6", "r3", 0, 0, 0),
    ]  # fmt: skip


def test_the_table_of_the_warehouse(workspace):
    assert ReuseRow._fields == table("out_reuse").names
    for year in (2019, 2020, 2022):
        workspace.archive.put("site", [(f"file:{year}.html", report_page(content_of("白榆县财政局", year)))])
    assert [result.error for result in bring_up(workspace)] == [None]
    found = rows(workspace, "SELECT * FROM out_reuse ORDER BY year")
    by_year = {row.year: row for row in (ReuseRow(*values) for values in found)}
    assert set(by_year) == {2019, 2020, 2022}
    assert by_year[2020].previous_report_id == by_year[2019].report_id
    assert by_year[2020].n_same_but_numbers >= by_year[2020].n_same
    assert by_year[2022].previous_report_id is None
    assert all(row.n_sentences > 0 for row in by_year.values())


@pytest.mark.parametrize(
    "unit", ["政府信息", "（一）", "1.", "一是", "；", "一", "12,", "主动公开\n", "：", "”", "。”", "１"]
)
def test_time_is_linear(unit):
    def seconds(n):
        text = unit * (n // len(unit))
        start = time.perf_counter()
        list(reuse_rows([(A, 2020, "site", "r", "overview", text), (A, 2021, "site", "s", "overview", text)]))
        return time.perf_counter() - start

    assert min(seconds(400_000) for _ in range(2)) < 12 * max(min(seconds(100_000) for _ in range(2)), 0.005)
