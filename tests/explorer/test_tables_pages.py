"""Datasette's pages over a release: what each table shows at first, its help, its facets, its links, its examples."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from hashlib import sha256
from urllib.parse import parse_qsl

import pytest
from lxml import html

from parsers.forms import read_yaml
from parsers.indicators import load_indicators
from pipeline.explorer import metadata
from pipeline.explorer.app import build_app
from pipeline.explorer.metadata import linked_cell, read_inspected, read_metadata, shown_query
from pipeline.release.errors import ReleaseError
from pipeline.release.tables import load_published
from pipeline.settings import Settings

TABLES = [t.name for t in load_published()]
SHOWN = read_yaml((metadata.Path(metadata.__file__).with_name("tables.yml")).read_text(encoding="utf-8"))
QUERIES = read_yaml((metadata.Path(metadata.__file__).with_name("queries.yml")).read_text(encoding="utf-8"))
LARGE = {"values": 4_000_000, "findings": 900_000, "panel": 20_000}


def headings(page):
    return [th.get("data-column") for th in page.xpath("//table[contains(@class, 'rows-and-columns')]/thead//th")]


def facets(page):
    """Counts by value, by facet."""
    found = {}
    for box in page.xpath("//div[contains(@class, 'facet-info')]"):
        counted = (" ".join(li.text_content().replace(",", "").split()).rsplit(" ", 1) for li in box.xpath(".//li"))
        found[box.get("data-column")] = {value.strip(): int(count) for value, count in counted}
    return found


def test_what_is_shown_of_tables_is_there():
    by_name = {t.name: t for t in load_published()}
    assert set(SHOWN) == set(TABLES)
    for name, shown in SHOWN.items():
        columns = set(by_name[name].names)
        named = [*shown.get("facets", ()), *shown.get("columns", ()), *shown.get("narrowed", ())]
        named += [shown[key] for key in ("sort", "sort_desc") if key in shown]
        assert {column.partition("=")[0] for column in named} <= columns, name
        # What the wide tables begin with is not said twice.
        assert not set(shown.get("columns", ())) & set(by_name[name].key), name
        assert {"year", "form", "agency_level"} & columns & {*shown.get("facets", ())} or "year" not in columns, name


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_titled_and_every_column_explained(explored, name):
    page = explored.page(f"/nianbao/{name}")
    title = page.xpath("//h1")[0].text_content().strip()
    assert title.startswith(f"{name} ")
    assert re.search(r"[\u4e00-\u9fff]", title)
    explained = [dt.text for dt in page.xpath("//dl[@class='column-descriptions']/dt")]
    assert explained == [column for _, column, *_ in explored.rows(f'PRAGMA table_info("{name}")')]
    assert all(dd.text.strip() for dd in page.xpath("//dl[@class='column-descriptions']/dd"))
    toggle = page.xpath("//dl[@class='column-descriptions']/preceding-sibling::*[1]")[0]
    assert (toggle.tag, toggle.get("open")) == ("details", None)


def test_help_is_chinese_and_english_with_definition_and_unit(explored):
    page = explored.page("/nianbao/panel")
    said = dict(
        zip(
            (dt.text for dt in page.xpath("//dl[@class='column-descriptions']/dt")),
            (dd.text for dd in page.xpath("//dl[@class='column-descriptions']/dd")),
            strict=True,
        )
    )
    for i in load_indicators():
        if i.in_panel:
            text = said[i.name]
            assert i.label_zh in text
            assert i.label_en in text
            assert i.definition.rstrip("。") in text
            assert ("unit 元" in text) is i.money
            assert ("no official copy seen" in text) is (i.evidence == "unverified")
    assert said["agency_level"].startswith("层级 · ")
    # The menu at a column's head has the same words.
    (head,) = page.xpath("//th[@data-column='app_new_tot']")
    assert head.get("data-column-description") == said["app_new_tot"]


def test_a_wide_table_shows_its_main_columns(explored):
    page = explored.page("/nianbao/panel")
    assert headings(page) == ["Link", "agency_id", "year", *SHOWN["panel"]["columns"]]
    (every,) = page.xpath("//a[contains(., 'All 252 columns')]/@href")
    assert len(headings(explored.page(every))) == 1 + 252
    assert headings(explored.page("/nianbao/panel?_col=app_new_np")) == ["Link", "agency_id", "year", "app_new_np"]
    assert len(headings(explored.page("/nianbao/panel?_nocol=app_new_np"))) == 1 + 251
    assert len(explored.get("/nianbao/panel.json?_shape=array").json()[0]) == 252
    stream = explored.get("/nianbao/panel.csv?_stream=1").text
    assert len(stream.splitlines()) == 1 + 9
    assert len(stream.splitlines()[0].split(",")) == 252


def test_facets_count_years_levels_and_forms(explored):
    shown = facets(explored.page("/nianbao/panel"))
    assert shown["year"] == {"2022": 5, "2019": 2, "2011": 1, "2016": 1}
    assert shown["form"] == {"2019": 5, "2021": 2, "2014": 1, "narrative": 1}
    assert shown["agency_level"] == {"prefecture": 4, "county": 2}
    narrowed = facets(explored.page("/nianbao/values?indicator=app_new_tot"))
    assert narrowed["year"] == {"2022": 5, "2019": 2}


def test_figures_are_shown_as_printed(explored):
    page = explored.page("/nianbao/panel?agency_name__contains=洪泽区人民政府")
    assert [td.text_content().strip() for td in page.xpath("//td[contains(@class, 'col-app_new_tot')]")] == ["338"]


def test_cells_lead_to_organs_reports_and_numbers(explored):
    ((organ, source, report, seq),) = explored.rows(
        """SELECT agency_id, source, report_id, seq FROM "values"
           WHERE indicator = 'app_new_tot' AND agency = '淮安市财政局'"""
    )
    page = explored.page(f"/nianbao/values?agency_id={organ}&indicator=app_new_tot")
    found = page.xpath("//table[contains(@class, 'rows-and-columns')]/tbody//a/@href")
    assert f"/organ/{organ}" in found
    assert f"/report/{source}/{report}" in found
    assert f"/report/{source}/{report}#o{seq}" in found
    (shown,) = page.xpath(f"//tbody//a[@href='/organ/{organ}']")
    assert shown.text == "江苏省淮安市财政局"
    for name in ("panel", "panel_all", "reports", "findings", "facts", "points", "coverage", "ledger", "rates"):
        addresses = explored.page(f"/nianbao/{name}").xpath("//tbody//a/@href")
        assert any(a.startswith("/organ/") for a in addresses), name
        assert any(a.startswith("/report/") for a in addresses), name


@pytest.mark.parametrize("name", TABLES)
def test_links_of_a_row_lead_somewhere(explored, name):
    page = explored.page(f"/nianbao/{name}")
    inside = {a for a in page.xpath("//table[contains(@class, 'rows-and-columns')]//tr[1]//td//a/@href") if a[0] == "/"}
    assert inside or not explored.rows(f'SELECT 1 FROM "{name}" LIMIT 1')
    for href in inside:
        explored.page(href.partition("#")[0])


def test_an_indicator_is_named_in_chinese_and_leads_to_its_definition(explored):
    page = explored.page("/nianbao/values?indicator=app_new_tot&_size=1")
    (cell,) = page.xpath("//tbody//td[contains(@class, 'col-indicator')]")
    (found,) = (i for i in load_indicators() if i.name == "app_new_tot")
    (link,) = cell.xpath("a")
    assert (link.text, link.get("title")) == ("app_new_tot", found.label_zh)
    assert found.definition in explored.page(link.get("href")).text_content()


@pytest.mark.parametrize(
    ("row", "column", "href"),
    [
        ({"agency_id": "a/b?c"}, "agency_id", "/organ/a%2Fb%3Fc"),
        ({"agency_id": {"value": "x", "label": "<b>"}}, "agency_id", "/organ/x"),
        ({"source": 's"><script>', "report_id": "r"}, "report_id", "/report/s%22%3E%3Cscript%3E/r"),
        ({"source": "expected", "found_at": "found", "report_id": "r"}, "report_id", "/report/found/r"),
        ({"source": "s", "found_at": None, "report_id": "r"}, "report_id", "/report/s/r"),
        ({"source": "s", "previous_source": "p", "previous_report_id": "r"}, "previous_report_id", "/report/p/r"),
        ({"report_id": "r"}, "report_id", None),
        ({"source": "s", "previous_report_id": "r"}, "previous_report_id", None),
        ({"agency_id": None}, "agency_id", None),
        ({"seq": 3}, "seq", None),
        ({"source": "s", "report_id": "r", "seq": 0}, "seq", "/report/s/r#o0"),
    ],
)
def test_a_link_is_made_of_what_the_row_has(row, column, href):
    made = linked_cell(row, row[column], column, "/")
    assert (html.fromstring(made).get("href") if made is not None else None) == href
    assert made is None or not re.search(r"<script|<b>", made)


@pytest.mark.parametrize("name", QUERIES)
def test_an_example_runs(explored, name):
    page = explored.page(f"/nianbao/{name}")
    title = page.xpath("//h1")[0].text_content()
    assert QUERIES[name]["zh"] in title
    assert QUERIES[name]["en"] in title
    if "LIMIT" in QUERIES[name]["sql"]:
        assert "The first 200 rows" in page.text_content()
    asked = {label.text for label in page.xpath("//label") if label.text in ("year", "organ")}
    assert asked == set(re.findall(r":(year|organ)", QUERIES[name]["sql"]))
    answer = explored.get(f"/nianbao/{name}.json?_shape=objects&year=2022&organ=淮安")
    assert answer.json()["ok"]
    assert all(row.get("year", 2022) == 2022 for row in answer.json()["rows"]) or name == "requests_across_forms"


def rows_of(explored, name, **asked):
    query = "&".join(f"{key}={value}" for key, value in asked.items())
    return explored.get(f"/nianbao/{name}.json?_shape=objects&{query}").json()["rows"]


def test_examples_answer_what_is_known_by_hand(explored):
    assert [(r["identity"], r["suspect_cell"], r["would_be"]) for r in rows_of(explored, "suspects")] == [
        ("applications.row_sum", '["applications","granted","total"]', 11),
        ("applications.outcome_sum", '["applications","granted","total"]', 11),
    ]
    assert {(r["repeated"], r["excessive"]) for r in rows_of(explored, "repeated")} == {(7.0, 1.0)}
    assert [r["year"] for r in rows_of(explored, "aggregates")] == [2022, 2022, 2011]
    across = rows_of(explored, "requests_across_forms", organ="松岭区")
    assert [(r["counted"].split()[0], r["requests"]) for r in across] == [("stat_requests", 47.0)]
    assert rows_of(explored, "requests_across_forms") == []
    problems = [r["text"] for r in rows_of(explored, "problems", organ="淮安市财政局")]
    assert len(problems) == 2
    assert "预算科目的说明偏专业" in problems[0]
    grounds = {
        (r["scope"], r["agency_level"], r["ground"].split()[0]): r["requests"]
        for r in rows_of(explored, "refusal_reasons", year=2022)
    }
    assert grounds["aggregate", "prefecture", "administrative"] == 11
    assert grounds["own", "prefecture", "process"] == 6  # 3 in each of two
    assert all(r["requests"] is not None for r in rows_of(explored, "refusal_reasons"))
    organs = {
        (r["agency_level"], r["agency_type"]): r["organ_years"] for r in rows_of(explored, "refusal_reasons", year=2022)
    }
    assert organs == {("prefecture", "department"): 2, ("county", "department"): 1, ("prefecture", "government"): 1,
                      ("county", "government"): 1}  # fmt: skip
    inferred = rows_of(explored, "inferred")
    assert inferred
    assert all(r["agency"] == "淮安市水利局" and r["flags"] != "[]" for r in inferred)


@pytest.mark.parametrize("name", QUERIES)
def test_an_example_is_quick_among_many(wide_site, name):
    """Far below the limit of a second, which a query over 20,000 reports must keep too."""
    answer = wide_site.get(f"/nianbao/{name}.json?_shape=objects&year=2023&organ=机关&_timelimit=200")
    assert answer.json()["ok"], answer.text[:300]
    late = wide_site.rows("SELECT count(*) FROM ledger WHERE days_late_stated > 0 AND year = 2023")[0][0]
    if name == "late":
        assert len(answer.json()["rows"]) == late > 0


@pytest.mark.parametrize(
    ("path", "query", "added"),
    [
        ("/nianbao/values", "", "counts"),
        ("/nianbao/values", "year=2023", "counts"),
        ("/nianbao/values", "agency_id=org_1", ""),
        ("/nianbao/values", "indicator=app_new_tot&year=2023", ""),
        ("/nianbao/values", "_facet=year", ""),
        ("/nianbao/values.json", "year=2023", "counts"),
        ("/nianbao/findings", "verdict=pass", "counts"),
        ("/nianbao/findings", "verdict=fail", ""),
        ("/nianbao/findings", "report_id=r", ""),
        ("/nianbao/panel", "year=2023", ""),
    ],
)
def test_millions_of_rows_are_counted_only_where_few_are_left(path, query, added):
    found = parse_qsl(shown_query(path, query, LARGE))
    assert [pair for pair in found if pair[0] in ("_nocount", "_nofacet")] == (
        [("_nocount", "1"), ("_nofacet", "1")] if added else []
    )
    assert found[: len(parse_qsl(query))] == parse_qsl(query)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/nianbao/panel", "_all=1"),
        ("/nianbao/panel", "_col=year"),
        ("/nianbao/panel.json", ""),
        ("/nianbao/panel.csv", ""),
        ("/nianbao/panel/org_1,2023", ""),
        ("/nianbao", "sql=select+1"),
        ("/nianbao/late", ""),
        ("/", "organ=%E4%B8%AD"),
        ("/nianbao/no_table", "a=b&a=&b=%ff"),
    ],
)
def test_what_the_reader_chose_stays(path, query):
    assert shown_query(path, query, LARGE) == query


def test_large_tables_answer_with_and_without_counts(wide_site):
    assert wide_site.rows('SELECT count(*) FROM "values"')[0][0] > 400_000
    whole = wide_site.page("/nianbao/values")
    assert not facets(whole)
    assert "452,000 rows in all" in whole.text_content()
    narrowed = wide_site.page("/nianbao/values?indicator=app_new_tot")
    assert facets(narrowed) == {
        "year": dict.fromkeys(map(str, range(2020, 2025)), 400),
        "form": {"2021": 1600, "2019": 400},
    }
    assert "2,000 rows" in narrowed.text_content()


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        ('SELECT year, count(*) FROM panel GROUP BY year', "panel_year_agency_level"),
        ("SELECT * FROM panel ORDER BY year DESC LIMIT 51", "panel_year_agency_level"),
        ("SELECT * FROM panel_all WHERE agency_id = 'org_1'", "panel_all_agency_id_year"),
        ("SELECT form, count(*) FROM panel_missing GROUP BY form", "panel_missing_year_form"),
        ("""SELECT * FROM "values" WHERE indicator = 'x' ORDER BY agency_id, year LIMIT 51""", "values_indicator_agency_id"),
        ("""SELECT count(*) FROM "values" WHERE is_inferred = 1""", "values_agency_id_year_some"),
        ("SELECT count(*) FROM findings WHERE verdict = 'fail' AND agency_id = 'org_1'", "findings_agency_id_year_some"),
        ("SELECT * FROM coverage WHERE agency_id = 'org_1'", "sqlite_autoindex_coverage_1"),
    ],
)  # fmt: skip
def test_what_pages_ask_is_found_by_an_index(explored, sql, index):
    plan = " ".join(row[3] for row in explored.rows(f"EXPLAIN QUERY PLAN {sql}"))
    assert index in plan
    assert "TEMP B-TREE FOR ORDER" not in plan


def test_nothing_is_counted_or_digested_at_the_start(explored):
    inspected = read_inspected(explored.release)["nianbao"]
    database = explored.release / "nianbao.sqlite"
    assert inspected["hash"] == sha256(database.read_bytes()).hexdigest()
    assert inspected["size"] == database.stat().st_size
    with closing(sqlite3.connect(database)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        counts = {n: {"count": connection.execute(f'SELECT count(*) FROM "{n}"').fetchone()[0]} for n in names}
    assert inspected["tables"] == counts


def test_the_database_page_lists_tables_and_examples(explored):
    page = explored.page("/nianbao")
    assert [a.text for a in page.xpath("//table//th/a")] == TABLES
    assert len(page.xpath("//dl[@class='queries']/dt")) == len(QUERIES) >= 10
    assert "252" not in page.text_content()
    assert explored.get("/nianbao?sql=select+agency_name+from+panel").status_code == 200


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"version": "1", "created": "2025", "resources": [{}]}', None])
def test_a_release_that_does_not_say_what_it_holds_is_refused(explored, tmp_path, content):
    release = tmp_path / "release"
    shutil.copytree(explored.release, release, ignore=shutil.ignore_patterns("csv", "parquet", "stata", "*.xlsx"))
    package = release / "datapackage.json"
    package.unlink() if content is None else package.write_text(content)
    with pytest.raises(ReleaseError, match=r"datapackage\.json cannot be read"):
        build_app(Settings(data=tmp_path), release)


def test_metadata_says_licence_source_and_version(explored):
    said = read_metadata(explored.release)
    version = json.loads((explored.release / "datapackage.json").read_text())["version"]
    assert version in said["about"]
    assert "CC BY" in said["license"]
    assert "`" not in json.dumps(said["databases"], ensure_ascii=False)
    assert version in explored.page("/").text_content()
