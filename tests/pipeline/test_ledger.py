"""Who published when, and who did not, with its proof; and how far each report came."""

import json
import re
from datetime import date

import pytest
from crawl_helpers import Simulator, crawl, source_of
from pipeline_helpers import bring_up, dump
from store_helpers import HOST, content_of, define, got, list_page, report_page, rows, workspace_of, write_crawl

from pipeline.ledger import coverage_sql, ledger_sql
from pipeline.warehouse import OUT_TABLES

GOVERNMENT, FINANCE, CIVIL, TOWN, CLOSED = (
    "白榆县人民政府", "白榆县财政局", "白榆县民政局", "柳塘镇人民政府", "白榆县物资局",
)  # fmt: skip
CIVIL_BEFORE = "白榆县民政和社会保障局"
ORGANS = (
    (GOVERNMENT, "government", 2018), (FINANCE, "department", 2018), (CIVIL, "department", 2018, None, (CIVIL_BEFORE,)),
    (TOWN, "township", 2018), (CLOSED, "department", 2018, 2019),
)  # fmt: skip
LIST = "/nb/"


def title_of(name, year):
    return f"{name}{year}年政府信息公开工作年度报告"


class Place:
    """The reports of a made-up column, and crawls of it."""

    def __init__(self, source="site"):
        self.source = source
        self.reports = {}

    def add(self, name, year, published):
        url = f"/art/{len(self.reports) + 1}.html"
        self.reports[name, year] = (url, report_page(content_of(name, year, published)))

    def exchanges(self, *, without=(), lost=()):
        """What a crawl sees: the list without some reports; `lost` are those whose page fails."""
        listed = {key: value for key, value in self.reports.items() if key not in without}
        yield got(LIST, list_page([(url, title_of(*key)) for key, (url, _) in listed.items()]), role="list")
        for key, (url, body) in listed.items():
            told = {"via": HOST + LIST, "title": title_of(*key)}
            yield got(url, b"gone", status=503, **told) if key in lost else got(url, body, **told)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Three crawls of one source; what the ledger said after each."""
    source = define("site", ORGANS)
    workspace = workspace_of(tmp_path_factory.mktemp("ledger"), source)
    place = Place()
    place.add(FINANCE, 2018, date(2019, 3, 20))
    place.add(FINANCE, 2019, date(2020, 2, 5))
    place.add(CIVIL_BEFORE, 2019, date(2020, 1, 20))
    place.add("白榆县园林局", 2019, date(2020, 1, 31))  # nobody expects it
    crawls = {
        "first": ("2020-01-31T17:00:00", {}, True),  # an hour into the first of February in Beijing
        "partial": ("2020-04-20", {"lost": [(FINANCE, 2018)]}, False),
        "third": ("2021-03-10", {"without": [(FINANCE, 2019)]}, True),
    }
    workspace.ledgers = {}
    for name, (day, seen, complete) in crawls.items():
        write_crawl(workspace.archive, "site", day, *place.exchanges(**seen), complete=complete)
        assert [r.error for r in bring_up(workspace)] == [None]
        workspace.ledgers[name] = ledger(workspace)
    return workspace


def ledger(workspace):
    """The ledger's rows by organ and year."""
    relation = workspace.warehouse.query("SELECT * FROM out_ledger")
    names = [column[0] for column in relation.description]
    found = [dict(zip(names, row, strict=True)) for row in relation.fetchall()]
    assert len({(row["agency_id"], row["year"]) for row in found}) == len(found)
    return {(row["agency"], row["year"]): row for row in found}


def states(found, name):
    return {year: row["state"] for (agency, year), row in sorted(found.items()) if agency == name}


def test_published_early_and_late(world):
    found = world.ledgers["first"]
    on_time, late, alias = found[FINANCE, 2018], found[FINANCE, 2019], found[CIVIL, 2019]
    # Until the report of 2018 the last day was 31 March, since then 31 January.
    assert (on_time["deadline"], on_time["published_on"], on_time["days_late_stated"]) == (
        date(2019, 3, 31),
        date(2019, 3, 20),
        -11,
    )
    assert (late["deadline"], late["published_on"], late["days_late_stated"]) == (
        date(2020, 1, 31),
        date(2020, 2, 5),
        5,
    )
    # First seen at 01:00 in Beijing of the day after the deadline.
    assert late["days_late_seen"] == 1
    assert (alias["state"], alias["days_late_stated"], alias["expected_by"]) == ("published", -11, "source")
    assert (CIVIL_BEFORE, 2019) not in found
    assert found["白榆县园林局", 2019]["expected_by"] is None
    assert all(row["listed"] for row in found.values() if row["state"] == "published")


def test_types(world):
    found = world.ledgers["first"]
    assert {name: found[name, 2019]["type"] for name in (GOVERNMENT, FINANCE, TOWN, "白榆县园林局")} == {
        GOVERNMENT: "government", FINANCE: "department", TOWN: "township", "白榆县园林局": "department",
    }  # fmt: skip
    assert found[GOVERNMENT, 2019]["deadline"] == date(2020, 3, 31)
    assert (found[TOWN, 2018]["deadline"], found[TOWN, 2019]["deadline"]) == (None, None)


def test_states_after_each_crawl(world):
    first, partial, third = world.ledgers.values()
    # On 1 February the government has two months left; the township, which has no deadline, as long.
    assert states(first, GOVERNMENT) == states(first, TOWN) == {2018: "missing", 2019: "not_due"}
    assert states(first, CIVIL) == {2018: "missing", 2019: "published"}
    assert states(first, CLOSED) == {2018: "missing", 2019: "missing"}
    # The crawl of April was not complete: who is not in it may have published.
    assert states(partial, GOVERNMENT) == states(partial, TOWN) == {2018: "missing", 2019: "unknown"}
    assert states(partial, FINANCE) == {2018: "published", 2019: "published"}
    assert states(third, GOVERNMENT) == states(third, TOWN) == {2018: "missing", 2019: "missing", 2020: "not_due"}
    assert states(third, FINANCE) == {2018: "published", 2019: "published", 2020: "missing"}
    assert states(third, CLOSED) == {2018: "missing", 2019: "missing"}


def test_a_removed_report_was_published(world):
    assert world.ledgers["partial"][FINANCE, 2019]["listed"] is True
    removed = world.ledgers["third"][FINANCE, 2019]
    assert (removed["state"], removed["listed"], removed["days_late_stated"]) == ("published", False, 5)
    assert world.ledgers["third"][FINANCE, 2018]["listed"] is True


def test_what_is_missing_has_its_proof(world):
    """The list as it was seen after the deadline is in the archive and does not name the report."""
    records = {r.fetch_id: r for r in world.archive.records("site")}
    missing = {
        name: [row for row in found.values() if row["state"] == "missing"] for name, found in world.ledgers.items()
    }
    assert all(missing.values())
    for found in missing.values():
        for row in found:
            record = records[row["proof_fetch_id"]]
            assert (record.role, record.url, record.url) == ("list", row["proof_url"], HOST + LIST)
            assert record.fetched_at.removesuffix("Z") == row["proof_seen_at"].isoformat(timespec="microseconds")
            shown = world.archive.get(record).decode()
            assert title_of(row["agency"], row["year"]) not in shown
            assert title_of(FINANCE, 2018) in shown
            assert rows(world, "SELECT role FROM raw_fetches WHERE fetch_id = ?", row["proof_fetch_id"]) == [("list",)]
    # The proof is of the crawl that was complete, not of the one that was not.
    assert {row["proof_seen_at"].date() for row in missing["partial"]} == {date(2020, 1, 31)}
    assert {row["proof_seen_at"].date() for row in missing["third"]} == {date(2021, 3, 10)}


def test_it_does_not_depend_on_the_day(world):
    for sql in (ledger_sql(), coverage_sql()):
        assert not re.search(r"\bnow\(|current_(date|time)|today\(|get_current", sql, re.IGNORECASE)
    before = dump(world.warehouse)
    world.warehouse.path.unlink()
    bring_up(world)
    assert dump(world.warehouse) == before


def coverage(workspace):
    names = ("expected", "published", "fetched", "parsed", "complete", "passed")
    found = rows(workspace, f"SELECT agency, year, {', '.join(names)}, n_failed FROM out_coverage")
    return {(agency, year): dict(zip((*names, "n_failed"), values, strict=True)) for agency, year, *values in found}


def test_coverage(tmp_path):
    """What a list names counts, whether it could be fetched or not; half a name and another address count once."""
    workspace = workspace_of(
        tmp_path,
        define(
            "site",
            (
                (FINANCE, "department", 2022),
                (CIVIL, "department", 2022, None, (CIVIL_BEFORE,)),
                (GOVERNMENT, "government", 2022),
            ),
        ),
    )
    place = Place()
    lost = ("白榆县水利局", 2022)
    for name in (FINANCE, CIVIL_BEFORE, lost[0]):
        place.add(name, 2022, date(2023, 1, 20))
    moved, short = report_page(content_of("白榆县审计局", 2022)), report_page(content_of("白榆县司法局", 2022))
    start, *others = place.exchanges(lost=[lost])
    links = [(url, title_of(*key)) for key, (url, _) in place.reports.items()]
    links += [("/old/9.html", title_of("白榆县审计局", 2022)), ("/art/10.html", title_of("司法局", 2022))]
    start["body"] = list_page(links)
    via = HOST + LIST
    write_crawl(
        workspace.archive, "site", "2023-05-01", start, *others,
        got("/old/9.html", status=301, via=via, title=title_of("白榆县审计局", 2022)),
        got("/new/9.html", moved, via=via, title=title_of("白榆县审计局", 2022)),
        got("/art/10.html", short, via=via, title=title_of("司法局", 2022)), complete=False,
    )  # fmt: skip
    bring_up(workspace)
    found = coverage(workspace)
    whole = {
        "expected": True,
        "published": True,
        "fetched": True,
        "parsed": True,
        "complete": True,
        "passed": True,
        "n_failed": 0,
    }
    assert found == {
        (FINANCE, 2022): whole, (CIVIL, 2022): whole,
        ("白榆县审计局", 2022): whole | {"expected": False}, ("白榆县司法局", 2022): whole | {"expected": False},
        (GOVERNMENT, 2022): dict.fromkeys(whole, False) | {"expected": True, "passed": None, "n_failed": 0},
        lost: dict.fromkeys(whole, False) | {"published": True, "passed": None, "n_failed": 0},
    }  # fmt: skip
    assert ledger(workspace)["白榆县审计局", 2022]["listed"] is True
    assert lost not in ledger(workspace)


def test_an_altered_cell_is_in_the_coverage(tmp_path):
    workspace = workspace_of(tmp_path)
    content = content_of(FINANCE, 2022)
    wrong = json.loads(json.dumps(content["tables"]))
    wrong["applications"]["granted"] = "999 0 0 0 0 0 0"
    workspace.archive.put("folder", [("file:a.html", report_page({**content, "tables": wrong}))])
    bring_up(workspace)
    ((_, found),) = coverage(workspace).items()
    assert (found["expected"], found["complete"], found["passed"]) == (False, True, False)
    assert found["n_failed"] > 1


def test_a_source_that_never_answered(tmp_path):
    """Blocked or lost: its organs are expected, and nothing is known of them."""
    sources = {name: define(name, ((f"{name}县财政局", "department", 2020),)) for name in ("blocked", "dead")}
    workspace = workspace_of(tmp_path, *sources.values())
    refused = got(LIST, b"", role="list", status=403, outcome="blocked", reason="http_403")
    write_crawl(workspace.archive, "blocked", "2022-06-01", refused, complete=False, state="blocked")
    nothing = got(LIST, role="list", outcome="failed", reason="timeout") | {"status": None, "headers": []}
    write_crawl(workspace.archive, "dead", "2022-06-01", nothing, complete=False)
    bring_up(workspace)
    found = ledger(workspace)
    assert set(found) == {(f"{name}县财政局", year) for name in sources for year in (2020, 2021)}
    assert {(row["state"], row["proof_fetch_id"], row["report_id"]) for row in found.values()} == {
        ("unknown", None, None)
    }
    assert {row["days_late_seen"] for row in found.values()} == {None}


def test_blocked_after_a_complete_crawl(tmp_path):
    workspace = workspace_of(tmp_path, define("site", ((FINANCE, "department", 2020), (CIVIL, "department", 2020))))
    place = Place()
    place.add(FINANCE, 2020, date(2021, 1, 20))
    write_crawl(workspace.archive, "site", "2021-05-01", *place.exchanges())
    refused = got(LIST, b"", role="list", status=403, outcome="blocked", reason="http_403")
    write_crawl(workspace.archive, "site", "2022-05-01", refused, complete=False, state="blocked")
    bring_up(workspace)
    found = ledger(workspace)
    # What was proved stays so; of what came due since, nothing is known.
    assert states(found, FINANCE) == {2020: "published", 2021: "unknown"}
    assert states(found, CIVIL) == {2020: "missing", 2021: "unknown"}


def test_without_organs_who_reported_before_is_expected(tmp_path):
    workspace = workspace_of(tmp_path, define("site"))
    place = Place()
    for year in (2017, 2019):
        place.add(FINANCE, year, date(year + 1, 1, 20))
    place.add(TOWN, 2019, date(2020, 1, 20))
    write_crawl(workspace.archive, "site", "2021-05-01", *place.exchanges())
    bring_up(workspace)
    found = ledger(workspace)
    assert states(found, FINANCE) == {2017: "published", 2018: "missing", 2019: "published", 2020: "missing"}
    assert states(found, TOWN) == {2019: "published", 2020: "missing"}
    assert {row["expected_by"] for row in found.values()} == {"history"}


def test_folders_and_empty_warehouses(workspace):
    workspace.warehouse.load_sources(workspace.lake, [])
    assert workspace.warehouse.refresh(OUT_TABLES) == dict.fromkeys(OUT_TABLES, 0)
    workspace.archive.put("folder", [("file:a.html", report_page(content_of(FINANCE, 2019)))])
    bring_up(workspace)
    ((key, row),) = ledger(workspace).items()
    assert key == (FINANCE, 2019)
    unknown = ("expected_by", "proof_fetch_id", "proof_url", "proof_seen_at")
    assert [row[name] for name in unknown] == [None] * 4
    assert (row["state"], row["listed"], row["source"], row["url"]) == ("published", False, "folder", "file:a.html")
    assert row["deadline"] == date(2020, 1, 31)


def test_lists_behind_lists(tmp_path):
    """Column, year folder, organ: what the inner lists name is listed, and every expected report is accounted for."""
    with Simulator(families=["fan_out"], organs=3, years=(2021, 2022)) as simulator:
        site = simulator.sites["fan_out"]
        source = source_of(site)
        workspace = workspace_of(tmp_path, source)
        gone = next(d for d in site.documents if d.kind == "report")
        site.faults.paths, site.faults.status = re.escape(gone.url.removeprefix(site.base)) + "$", 404
        (result,) = crawl(tmp_path, source).values()
        assert not result.is_complete
        bring_up(workspace)
    found = ledger(workspace)
    published = {key for key, row in found.items() if row["state"] == "published"}
    held = {(d.organ, d.year) for d in site.documents if d.values and d.kind in ("report", "attachment")}
    assert published == held - {(gone.organ, gone.year)}
    assert all(found[key]["listed"] for key in published)
    assert found[gone.organ, gone.year]["state"] == "unknown"
    covered = coverage(workspace)[gone.organ, gone.year]
    assert (covered["expected"], covered["published"], covered["fetched"]) == (True, True, False)
