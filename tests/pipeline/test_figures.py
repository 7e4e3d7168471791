"""The figures that an operator sees: coverage, ledger, panel, verdicts, failures; counted by hand."""

from datetime import date

import pytest
from paths import REPORTS
from pipeline_helpers import bring_up
from store_helpers import HOST, content_of, define, got, list_page, report_page, workspace_of, write_crawl

from pipeline.figures import (
    Failure,
    Verdicts,
    add_verdicts,
    count_panel,
    count_verdicts,
    coverage_by_province,
    coverage_by_year,
    ledger_by_year,
    read_failures,
    rows_by_source,
    verdicts_by_source,
)
from pipeline.schema import CORE_TABLES
from pipeline.settings import BadSetting, read_settings

FINANCE, CIVIL, GARDENS = "白榆县财政局", "白榆县民政局", "白榆县园林局"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """Two organs are expected, of which one reports, for 2019, with a wrong total; a third is not expected.

    The third is a day on time for 2018 and five days late for 2019. Another source was added by hand.
    """
    organs = ((FINANCE, "department", 2018), (CIVIL, "department", 2018))
    workspace = workspace_of(tmp_path_factory.mktemp("figures"), define("site", organs))
    pages = {
        (FINANCE, 2019): (REPORTS / "oddity-wrong-total.html").read_bytes(),
        (GARDENS, 2018): report_page(content_of(GARDENS, 2018, date(2019, 3, 30))),
        (GARDENS, 2019): report_page(content_of(GARDENS, 2019, date(2020, 2, 5))),
    }
    links = [(f"/{n}.html", f"{name}{year}年政府信息公开工作年度报告") for n, (name, year) in enumerate(pages)]
    fetched = [got("/nb/", list_page(links), role="list")]
    fetched += [
        got(url, body, via=f"{HOST}/nb/", title=title) for (url, title), body in zip(links, pages.values(), strict=True)
    ]
    write_crawl(workspace.archive, "site", "2021-03-10", *fetched)
    workspace.archive.put("by-hand", [("file:a.txt", (REPORTS / "2014-text.txt").read_bytes())])
    assert [r.error for r in bring_up(workspace)] == [None, None]
    return workspace.warehouse


def test_coverage_by_year(warehouse):
    ((by_hand,),) = warehouse.query("SELECT year FROM core_reports WHERE source = 'by-hand'").fetchall()
    assert by_hand == 2016
    # expected, published, fetched, parsed, pass, fail
    assert coverage_by_year(warehouse) == [
        (2020, 2, 0, 0, 0, 0, 0),
        (2019, 2, 2, 2, 2, 1, 1),
        (2018, 2, 1, 1, 1, 1, 0),
        (2016, 0, 1, 1, 1, 1, 0),
    ]


def test_coverage_by_province_adds_up_to_that_by_year(warehouse):
    places = coverage_by_province(warehouse)
    sums = {}
    for _, year, *counts in places:
        sums[year] = [a + b for a, b in zip(sums.get(year, [0] * 6), counts, strict=True)]
    assert [(year, *counts) for year, counts in sums.items()] == coverage_by_year(warehouse)
    assert {place for place, *_ in places} == {"place not known"}  # the county is made up


def test_ledger_by_year(warehouse):
    # published, missing, not due, unknown, late
    assert ledger_by_year(warehouse) == [
        (2020, 0, 2, 0, 0, 0),
        (2019, 2, 1, 0, 0, 1),
        (2018, 1, 2, 0, 0, 0),
        (2016, 1, 0, 0, 0, 0),
    ]


def test_panel(warehouse):
    assert count_panel(warehouse) == {
        "organs": 3,
        "years": 3,
        "with_failed_checks": 1,
        "first_year": 2016,
        "last_year": 2019,
        "share_with_failed_checks": 0.25,
    }


def test_failures_newest_first_with_what_would_repair_them(warehouse):
    failures = read_failures(warehouse, 10)
    assert [(f.agency, f.year, f.name, f.row_or_column, f.left, f.right, f.repair) for f in failures] == [
        (FINANCE, 2019, "applications.row_sum", "granted", 11, 12, "granted total → 11"),
        (FINANCE, 2019, "applications.outcome_sum", "total", 30, 29, "granted total → 11"),
    ]
    assert {(f.source, f.url) for f in failures} == {("site", f"{HOST}/0.html")}
    assert read_failures(warehouse, 1) == failures[:1]


def test_an_unverified_identity_says_so():
    failure = Failure("甲", 2019, "statistics.reply_sum", None, 1, 2, None, "unverified", "site", "a-0", None, 0)
    assert (failure.name, failure.repair) == ("statistics.reply_sum (unverified rows)", "")


def test_rows_and_verdicts_by_source(warehouse):
    rows = rows_by_source(warehouse, [*CORE_TABLES, "raw_links"])
    assert rows["core_reports"] == {"site": 3, "by-hand": 1}
    assert rows["raw_links"] == {"site": 3}
    for name, counts in rows.items():
        assert warehouse.query(f"SELECT count(*) FROM {name}").fetchall() == [(sum(counts.values()),)]
    verdicts = verdicts_by_source(warehouse)
    assert (verdicts["site"].fail, verdicts["by-hand"].fail) == (2, 0)
    for source, found in verdicts.items():
        assert sum(found.by_name.values()) == rows["core_findings"][source]
    assert count_verdicts(warehouse) == add_verdicts(verdicts.values())


@pytest.mark.parametrize(
    ("passed", "failed", "plausible"), [(0, 0, True), (0, 19, True), (16, 4, True), (15, 5, False), (81, 20, True)]
)
def test_too_many_failures_are_a_fault_of_reading(passed, failed, plausible):
    verdicts = Verdicts({"pass": passed, "fail": failed, "uncertain": 1000, "not_assessable": 1000})
    assert verdicts.is_plausible is plausible
    assert verdicts.share_failed == (failed / (passed + failed) if passed + failed else None)


@pytest.mark.parametrize("given", ["https://example.org/nianbao/", "http://[::1]:8001", ""])
def test_the_address_of_the_explorer(monkeypatch, given):
    monkeypatch.setenv("NIANBAO_EXPLORER", given)
    assert read_settings().explorer == given.rstrip("/")


@pytest.mark.parametrize("given", ["javascript:alert(1)", "example.org:8001", "http://", "ftp://example.org"])
def test_what_is_no_address_of_the_explorer(monkeypatch, given):
    monkeypatch.setenv("NIANBAO_EXPLORER", given)
    with pytest.raises(BadSetting, match=r"NIANBAO_EXPLORER=.*write http://HOST:PORT"):
        read_settings()
