"""Crawls of made-up sites, one a listing family: what arrives, what a second crawl transfers, what changes become."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from crawl_helpers import FAMILIES, Simulator, Transfer, crawl, define, fetches, page_of, serve, source_of
from pipeline_helpers import bring_up, dump

from pipeline.settings import Settings
from pipeline.workspace import Workspace

pytestmark = pytest.mark.slow
STATUS = "SELECT url, status FROM core_reports"
VALIDATED = tuple(family for family in FAMILIES if family != "annual_report_jsp")
"""Families whose documents carry an ETag; the other has nothing that dates them."""


def snapshot(simulator, data, *, full=False, stage=True):
    """Crawl all sites once, bring the warehouse up, and tell all that can be seen of it."""
    for site in simulator.sites.values():
        site.forget_requests()
    results = crawl(data, *map(source_of, simulator.sites.values()), full=full)
    rows = {}
    if stage:
        workspace = Workspace(Settings(data=data), tell=lambda _: None)
        assert all(result.error is None for result in bring_up(workspace))
        rows = dump(workspace.warehouse)
        # When the list was last seen does change.
        ledger = "SELECT * EXCLUDE (proof_fetch_id, proof_seen_at) FROM out_ledger"
        rows["out_ledger"] = sorted(map(repr, workspace.warehouse.query(ledger).fetchall()))
    return SimpleNamespace(
        results={key: results[site.name] for key, site in simulator.sites.items()},
        requests={key: site.requests for key, site in simulator.sites.items()},
        expected={key: site.documents for key, site in simulator.sites.items()},
        rows=rows,
    )


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """The sites crawled, crawled again, crawled in full, altered and crawled, redesigned and crawled."""
    data = tmp_path_factory.mktemp("story")
    with Simulator(organs=4, years=range(2021, 2024)) as simulator:
        story = SimpleNamespace(data=data, sites=simulator.sites)
        story.first = snapshot(simulator, data)
        story.second = snapshot(simulator, data)
        story.full = snapshot(simulator, data, full=True)
        story.altered, story.removed = {}, {}
        for key, site in simulator.sites.items():
            one, other = [d for d in site.documents if d.kind == "report" and d.item.dress == "page"][:2]
            site.alter(one.url)
            site.remove(other.url)
            story.altered[key], story.removed[key] = one, other
        story.changed = snapshot(simulator, data)
        for site in simulator.sites.values():
            site.redesign()
        story.redesigned = snapshot(simulator, data, stage=False)
        for site in simulator.sites.values():
            site.shrink(0.5)
        story.shrunk = snapshot(simulator, data)
        yield story


def is_page(request, documents, site):
    """Whether a request was for a document."""
    return site.base + request.path in {d.url for d in documents}


@pytest.mark.parametrize("step", ["first", "redesigned"])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_document_arrives(story, family, step):
    found, site = getattr(story, step), story.sites[family]
    wanted = {d.url for d in found.expected[family]}
    assert len(wanted) >= 20
    arrived = {r.url for r in fetches(story.data, site.name) if r.outcome in ("kept", "unchanged")}
    assert wanted <= arrived
    result = found.results[family]
    assert result.error is None
    assert result.is_complete, result.account["issues"]
    assert result.account["found"] == len(wanted)


@pytest.mark.parametrize("step", ["first", "redesigned"])
@pytest.mark.parametrize("family", FAMILIES)
def test_reports_are_seen_with_their_organ_and_year(story, family, step):
    found = getattr(story, step)
    told = {(d.organ, d.year, d.url) for d in found.expected[family] if d.kind in ("report", "attachment", "twin")}
    seen = set(found.results[family].seen)
    # A page that leaves all tables to its attachment is told by its words alone.
    assert seen == told
    decoys = [d for d in found.expected[family] if d.kind in ("decoy", "soft_404")]
    assert sum(found.results[family].account["rejected"].values()) >= len(decoys)


@pytest.mark.parametrize("step", ["first", "redesigned"])
@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_else_is_asked_for(story, family, step):
    found, site = getattr(story, step), story.sites[family]
    paths = [r.path for r in found.requests[family]]
    assert len(paths) == len(set(paths)), "no address is asked for twice"
    others = [p for p in paths if site.base + p not in {d.url for d in found.expected[family]}]
    assert not [p for p in others if p.startswith("/news/") or p == "/"]
    most = {"annual_report_jsp": 40, "fan_out": 25}.get(family, 8)
    assert len(others) <= most, others
    assert "robots.txt" in paths[0]


def test_no_decoy_is_parsed(story):
    workspace = Workspace(Settings(data=story.data), tell=lambda _: None)
    decoys = {d.url for ds in story.first.expected.values() for d in ds if d.kind in ("decoy", "soft_404")}
    status = dict(workspace.warehouse.query(STATUS).fetchall())
    assert decoys <= status.keys()
    assert {status[url] for url in decoys} == {"rejected"}
    reports = {d.url for ds in story.first.expected.values() for d in ds if d.kind in ("report", "attachment", "twin")}
    assert "rejected" not in {status[url] for url in reports}


@pytest.mark.parametrize("family", VALIDATED)
def test_a_second_crawl_transfers_no_document(story, family):
    found, site = story.second, story.sites[family]
    asked = [r for r in found.requests[family] if is_page(r, found.expected[family], site)]
    assert len(asked) == len(found.expected[family])
    assert {r.status for r in asked} == {304}
    assert sum(r.body_bytes for r in asked) == 0


def test_documents_that_nothing_dates_are_not_asked_for_while_they_are_young(story):
    site = story.sites["annual_report_jsp"]
    pages = [d for d in story.second.expected["annual_report_jsp"] if d.item.dress not in ("docx", "pdf")]
    assert not [r for r in story.second.requests["annual_report_jsp"] if is_page(r, pages, site)]


def test_documents_that_nothing_dates_are_asked_for_when_they_are_not(tmp_path):
    with Simulator(families=["annual_report_jsp"], organs=1, years=[2022]) as simulator:
        site = simulator.sites["annual_report_jsp"]
        crawl(tmp_path, source_of(site))
        index = Settings(data=tmp_path).archive / site.name / "index.jsonl"
        a_year_ago = f'"fetched_at": "{datetime.now(UTC).year - 1}-'
        index.write_text(
            re.sub(r'"fetched_at": "\d+-', a_year_ago, index.read_text(encoding="utf-8")), encoding="utf-8"
        )
        site.forget_requests()
        again = crawl(tmp_path, source_of(site))[site.name]
        pages = [d for d in site.documents if d.item.dress not in ("docx", "pdf")]
        assert {site.base + r.path for r in site.requests} >= {d.url for d in pages}
    # Only the visit counter and the day differ.
    assert again.account["unchanged"] == again.account["found"] == len(site.documents)
    assert len({r.document for r in fetches(tmp_path, site.name) if r.role == "link"}) == len(site.documents)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_second_crawl_says_that_all_is_unchanged(story, family):
    account = story.second.results[family].account
    assert account["found"] == account["unchanged"] == len(story.second.expected[family])
    assert (account["new"], account["changed"]) == (0, 0)
    assert story.second.results[family].seen
    assert set(story.second.results[family].seen) == set(story.first.results[family].seen)


@pytest.mark.parametrize("step", ["second", "full"])
def test_a_second_crawl_changes_no_row(story, step):
    before, after = story.first.rows, getattr(story, step).rows
    assert len(before["core_observations"]) > 1000
    for name in before:
        if name.startswith(("core_", "out_")):
            assert after[name] == before[name], name


@pytest.mark.parametrize("family", FAMILIES)
def test_a_full_crawl_asks_for_everything_and_makes_no_new_document(story, family):
    found, site = story.full, story.sites[family]
    asked = [r for r in found.requests[family] if is_page(r, found.expected[family], site)]
    assert len(asked) == len(found.expected[family])
    assert {r.status for r in asked} == {200}
    assert not [r for r in asked if {"if-none-match", "if-modified-since"} & r.headers.keys()]
    account = found.results[family].account
    assert (account["new"], account["changed"], account["unchanged"]) == (0, 0, len(asked))


@pytest.mark.parametrize("family", VALIDATED)
def test_an_altered_report_is_one_that_changed(story, family):
    account = story.changed.results[family].account
    assert (account["new"], account["changed"]) == (0, 1)
    records = [r for r in fetches(story.data, story.sites[family].name) if r.url == story.altered[family].url]
    assert len({r.document for r in records}) == 2
    assert story.changed.results[family].is_complete


def test_a_removed_report_stays(story):
    workspace = Workspace(Settings(data=story.data), tell=lambda _: None)
    status = dict(workspace.warehouse.query(STATUS).fetchall())
    for family, gone in story.removed.items():
        assert status[gone.url] != "rejected"
        assert gone.url not in {url for _, _, url in story.changed.results[family].seen}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_list_that_shrank_is_an_issue_and_nothing_is_dropped(story, family):
    result = story.shrunk.results[family]
    assert not result.is_complete
    assert "list_shrank" in {issue["kind"] for issue in result.account["issues"]}
    before, after = story.changed.rows, story.shrunk.rows
    assert after["core_reports"] == before["core_reports"]


def test_a_list_that_promises_more_than_it_shows_is_an_issue(tmp_path):
    pages = {
        "/total/": page_of(["a.html", "b.html", "c.html"], "<div class='page'>共 40 条记录 第 1 页/共 1 页</div>"),
        "/pages/": page_of(["a.html", "b.html", "c.html"], '<script>createPageHTML(3, 0, "index", "html");</script>'),
    }

    def answer(asked):
        return pages.get(asked.path, Transfer(404, b""))

    with serve(answer) as server:
        sources = [define(f"{server.base}/{kind}/", name=kind) for kind in ("total", "pages")]
        results = crawl(tmp_path, *sources)
    kinds = {name: {i["kind"] for i in result.account["issues"]} for name, result in results.items()}
    assert "list_incomplete" in kinds["total"]
    assert "pages_missing" in kinds["pages"]
    assert not any(result.is_complete for result in results.values())


def test_a_list_of_many_pages_does_not_use_up_the_depth(tmp_path):
    """A pager that only goes on: every turn is the same list."""

    def answer(asked):
        found = re.fullmatch(r"/list_(\d+)\.html", asked.path)
        if found is None:
            return Transfer(404, b"")
        number = int(found[1])
        following = f'<a href="/list_{number + 1}.html">下一页</a>' if number < 12 else ""
        return page_of([f"/r/{number}_{i}.html" for i in range(4)], f'<div class="page">{following}</div>')

    with serve(answer) as server:
        result = crawl(tmp_path, define(f"{server.base}/list_1.html", depth=1))["site"]
    assert result.account["links"] == 48
    assert not result.account["left"]


def test_no_more_documents_than_the_source_allows(tmp_path):
    with Simulator(families=["static"], organs=2, years=range(2021, 2024)) as simulator:
        site = simulator.sites["static"]
        result = crawl(tmp_path, source_of(site, max_documents=5))[site.name]
        asked = [r for r in site.requests if is_page(r, site.documents, site)]
    assert len(asked) == 5
    assert "max_documents" in {issue["kind"] for issue in result.account["issues"]}
    assert not result.is_complete


def test_two_columns_that_differ_in_the_fragment_are_two(tmp_path):
    with Simulator(families=["gkmlpt"], organs=1, years=[2022, 2023]) as simulator:
        site = simulator.sites["gkmlpt"]
        source = source_of(site)
        other = site.start.replace("#2155", "#2150")
        both = source.model_copy(update={"start": (other, site.start)})
        result = crawl(tmp_path, both)[site.name]
        asked = {r.path for r in site.requests}
    assert any("/api/all/2155" in path for path in asked)
    assert any("/api/all/2150" in path for path in asked)
    assert result.account["reports"] >= 2


def test_the_user_agent_is_honest(story):
    agents = {r.headers["user-agent"] for r in story.first.requests["static"]}
    assert len(agents) == 1
    assert agents.pop().startswith("nianbao/")


def test_a_page_that_moved_is_fetched_where_it_is_now(tmp_path):
    """The new address knows the validators of the old one; what is asked for there is the page itself."""
    moved = []

    def answer(asked):
        page = page_of(["/1.html", "/2.html", "/3.html"])
        if asked.path == "/":
            return page
        if asked.path == "/1.html" and moved:
            return Transfer(301, b"", {"Location": "/new/1.html"})
        if asked.path.endswith("1.html"):
            if "if-none-match" in asked.headers:
                return Transfer(304, b"", {"ETag": '"1"'})
            return Transfer(200, "<html><body><p>公告</p></body></html>".encode(), {"ETag": '"1"'})
        return Transfer(404, b"")

    with serve(answer) as server:
        source = define(f"{server.base}/")
        crawl(tmp_path, source)
        moved.append(True)
        again = crawl(tmp_path, source)["site"]
    assert again.account["failed"] == {"http_404": 2}
    assert again.account["found"] == 1
    assert any(r.url.endswith("/new/1.html") and r.is_document for r in fetches(tmp_path, "site"))


def test_a_cookie_that_is_set_by_a_redirect_to_the_same_page_lets_it_through(tmp_path):
    def answer(asked):
        if asked.path == "/robots.txt":
            return Transfer(404, b"")
        if "wzws=1" not in asked.headers.get("cookie", ""):
            return Transfer(302, b"", {"Location": asked.path, "Set-Cookie": "wzws=1; path=/"})
        if asked.path == "/":
            return page_of(["/1.html", "/2.html", "/3.html"])
        return Transfer(200, "<html><body><p>公告</p></body></html>".encode(), {"Content-Type": "text/html"})

    with serve(answer) as server:
        result = crawl(tmp_path, define(f"{server.base}/"))["site"]
    assert result.account["found"] == 3
    assert result.is_complete
