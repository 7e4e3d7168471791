"""Organs in the warehouse: one id for all names of one, codes by year, what is open is listed, the same rows always."""

import json

import pytest
from pipeline_helpers import bring_up, dump
from store_helpers import content_of, define, got, list_page, report_page, rows, workspace_of, write_crawl

from pipeline.agencies import agencies_version, organs_sql

LISHUI_CODE = "113325000026455663"


def site(host, reports):
    """A crawl of one site: (organ, year) of its reports -> exchanges."""
    links = [
        (f"{host}/art/{n}.html", f"{organ}{year}年政府信息公开工作年度报告") for n, (organ, year) in enumerate(reports)
    ]
    yield got(f"{host}/nb/", list_page(links), role="list")
    for (url, title), (organ, year) in zip(links, reports, strict=True):
        yield got(url, report_page(content_of(organ, year)), via=f"{host}/nb/", title=title)


HUAIAN, NANJING = "http://www.huaian.gov.cn", "http://www.nanjing.gov.cn"
REPORTS = {
    "huaian": (HUAIAN, [
        ("洪泽县财政局", 2014), ("洪泽区财政局", 2016), ("淮安市洪泽区财政局", 2020), ("淮安市环境保护局", 2016), ("淮安市生态环境局", 2020),
        ("淮安市工商行政管理局", 2016), ("淮安市市场监督管理局", 2020), ("淮安市政府办", 2019), ("淮安市人民政府办公室", 2020),
    ]),
    "nanjing": (NANJING, [("鼓楼区财政局", 2020), ("南京市教育局", 2020)]),
    "mixed": ("http://www.example.org", [("鼓楼区财政局", 2019), ("徐州市教育局", 2020), ("南京市水务局", 2020), ("白榆县财政局", 2020)]),
}  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    definitions = [define(name, start=[f"{host}/nb/"]) for name, (host, _) in REPORTS.items()]
    workspace = workspace_of(tmp_path_factory.mktemp("agencies"), *definitions)
    for name, (host, reports) in REPORTS.items():
        write_crawl(workspace.archive, name, "2022-06-01", *site(host, reports))
    assert [r.error for r in bring_up(workspace)] == [None] * len(REPORTS)
    return workspace


def ids(world, *names, source=None):
    found = rows(
        world,
        f"SELECT DISTINCT agency_id FROM core_reports WHERE agency IN ({', '.join('?' * len(names))}) AND source = coalesce(?, source)",
        *names, source,
    )  # fmt: skip
    return {id_ for (id_,) in found}


def test_names_of_one_organ_have_one_id(world):
    assert len(ids(world, "洪泽县财政局", "洪泽区财政局", "淮安市洪泽区财政局")) == 1
    assert len(ids(world, "淮安市环境保护局", "淮安市生态环境局")) == 1
    assert len(ids(world, "淮安市政府办", "淮安市人民政府办公室")) == 1
    assert len(ids(world, "淮安市工商行政管理局", "淮安市市场监督管理局")) == 2


def test_an_organ_has_its_names_its_parent_and_its_codes_by_year(world):
    (id_,) = ids(world, "洪泽区财政局")
    found = rows(
        world,
        "SELECT name, aliases, level, type, state, division_code, province, prefecture FROM ref_agencies WHERE agency_id = ?",
        id_,
    )
    assert found == [
        ("江苏省淮安市洪泽区财政局", '["洪泽区财政局","洪泽县财政局","淮安市洪泽区财政局"]', "county", "department", "resolved", "320813", "江苏省", "淮安市")
    ]  # fmt: skip
    assert rows(world, "SELECT name, first_year, last_year FROM ref_agency_names WHERE agency_id = ? ORDER BY 2", id_) == [
        ("洪泽县财政局", 2014, 2014), ("洪泽区财政局", 2016, 2016), ("淮安市洪泽区财政局", 2020, 2020),
    ]  # fmt: skip
    by_year = (
        f"SELECT year, division_code, division_revision, level FROM ({organs_sql()}) WHERE agency_id = ? ORDER BY 1"
    )
    assert rows(world, by_year, id_) == [
        (2014, "320829", "201412", "county"), (2016, "320813", "201612", "county"), (2020, "320813", "202012", "county"),
    ]  # fmt: skip
    above = """WITH RECURSIVE up AS (SELECT agency_id, name, parent_id FROM ref_agencies WHERE agency_id = ?
               UNION ALL SELECT a.agency_id, a.name, a.parent_id FROM ref_agencies a JOIN up ON up.parent_id = a.agency_id)
               SELECT name FROM up"""
    assert [name for (name,) in rows(world, above, id_)] == [
        "江苏省淮安市洪泽区财政局", "江苏省淮安市洪泽区人民政府", "江苏省淮安市人民政府", "江苏省人民政府", "国务院",
    ]  # fmt: skip
    assert rows(
        world, "SELECT count(*) FROM ref_agencies WHERE parent_id NOT IN (SELECT agency_id FROM ref_agencies)"
    ) == [(0,)]


def test_a_merged_organ_ends_and_names_what_took_it_over(world):
    found = rows(world, "SELECT valid_to, merged_into FROM ref_agencies WHERE name = '江苏省淮安市工商行政管理局'")
    (into,) = ids(world, "淮安市市场监督管理局")
    assert [(str(day), id_) for day, id_ in found] == [("2018-12-31", into)]
    # Nobody expects its report afterwards; that of an organ that goes on is.
    expected = "SELECT max(year) FROM out_ledger WHERE agency_id = ? AND expected_by = 'history'"
    assert rows(world, expected, *ids(world, "淮安市工商行政管理局")) == [(2018,)]
    assert rows(world, expected, *ids(world, "淮安市环境保护局")) == [(2021,)]


def test_what_is_open_is_listed(world):
    """The same name is settled by its site, and open where nothing around tells its place."""
    (settled,) = ids(world, "鼓楼区财政局", source="nanjing")
    assert rows(world, "SELECT name FROM ref_agencies WHERE agency_id = ?", settled) == [("江苏省南京市鼓楼区财政局",)]
    (open_,) = ids(world, "鼓楼区财政局", source="mixed")
    assert open_ != settled
    ((state, basis, candidates),) = rows(
        world,
        "SELECT state, basis, candidates FROM ref_agency_mentions WHERE source = 'mixed' AND name = '鼓楼区财政局'",
    )
    assert state == "ambiguous"
    assert set(json.loads(candidates)) == {"江苏省南京市鼓楼区", "江苏省徐州市鼓楼区"}
    assert "江苏省徐州市鼓楼区" in basis
    assert rows(world, "SELECT name, state, division_code FROM ref_agencies WHERE name = '白榆县财政局'") == [
        ("白榆县财政局", "unknown", None)
    ]
    assert rows(world, "SELECT count(*) FROM core_reports WHERE agency IS NOT NULL AND agency_id IS NULL") == [(0,)]
    assert rows(
        world, "SELECT count(*) FROM core_reports r ANTI JOIN ref_agencies a USING (agency_id) WHERE agency IS NOT NULL"
    ) == [(0,)]


def test_derived_tables_follow(world):
    (id_,) = ids(world, "洪泽区财政局")
    for name in ("out_panel", "out_ledger", "out_coverage"):
        years = rows(
            world, f"SELECT year FROM {name} WHERE agency_id = ? AND year IN (2014, 2016, 2020) ORDER BY 1", id_
        )
        assert years == [(2014,), (2016,), (2020,)], name
    assert rows(
        world, "SELECT count(*) FROM out_ledger WHERE year = 2016 AND state = 'published' AND agency_id = ?", id_
    ) == [(1,)]
    assert rows(
        world,
        "SELECT max(n) FROM (SELECT count(*) n FROM core_reports WHERE is_current GROUP BY agency_id, year, scope)",
    ) == [(1,)]


def test_the_same_rows_in_any_order_of_loading(world, tmp_path):
    again = workspace_of(tmp_path, *world.definitions.values())
    for name in reversed(REPORTS):
        host, reports = REPORTS[name]
        write_crawl(again.archive, name, "2022-06-01", *site(host, reports))
        assert [r.error for r in bring_up(again, name)] == [None]
    one, other = dump(again.warehouse), dump(world.warehouse)
    made = {name for name in one if name.startswith(("ref_agenc", "core_", "out_panel"))}
    assert len(made) > 10
    assert {name: one[name] for name in made} == {name: other[name] for name in made}


def test_data_on_organs_are_part_of_the_digest(world):
    """A division told in a source's file settles what was open, without a document being read again."""
    definitions = dict(world.definitions)
    before = agencies_version(definitions)
    assert agencies_version(dict(reversed(definitions.items()))) == before
    definitions["mixed"] = definitions["mixed"].model_copy(update={"division": "320300"})
    assert agencies_version(definitions) != before


def test_a_code_in_an_address_is_taken(tmp_path):
    url = f"http://www.lishui.gov.cn/module/xxgk/show.jsp?area={LISHUI_CODE}"
    workspace = workspace_of(tmp_path, define("lishui"))
    write_crawl(workspace.archive, "lishui", "2022-06-01", got(url, report_page(content_of("丽水市财政局", 2020))))
    assert [r.error for r in bring_up(workspace)] == [None]
    assert rows(
        workspace, "SELECT r.credit_code, a.credit_code FROM core_reports r JOIN ref_agencies a USING (agency_id)"
    ) == [(LISHUI_CODE, LISHUI_CODE)]
