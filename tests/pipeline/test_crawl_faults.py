"""Crawls of sites on which things go wrong: transient faults, refusals, cut bodies, robots, and the pace of asking."""

import gzip
import os
import re
import time
from contextlib import ExitStack
from email.utils import formatdate
from itertools import pairwise
from types import SimpleNamespace

import pytest
from crawl_helpers import FAMILIES, Faults, Simulator, Transfer, crawl, define, fetches, page_of, serve, source_of

from pipeline.archive import Archive
from pipeline.crawl.politeness import LONGEST_PAUSE_SECONDS
from pipeline.settings import Settings

pytestmark = pytest.mark.slow
SEEDS = range(10)
TRIES = 6  # RETRY_TIMES and the first
JITTER_SECONDS = 0.02  # of a timer, and of when a server reads what was sent
DOCUMENTS_A_SEED = 1_000 if os.environ.get("NIANBAO_SOAK") else 100


# Transient faults -------------------------------------------------------------------------


def site_of_size(stack, documents, seed):
    """A made-up site with at least so many documents, of another family for each seed."""
    family = FAMILIES[seed % len(FAMILIES)]
    years = range(2017, 2025)
    simulator = Simulator(families=[family], organs=2 + documents // len(years), years=years, seed=seed)
    return stack.enter_context(simulator).sites[family]


def test_nearly_everything_arrives_through_transient_faults(tmp_path):
    with ExitStack() as stack:
        sites = [site_of_size(stack, DOCUMENTS_A_SEED, seed) for seed in SEEDS]
        for site in sites:
            site.faults = Faults(transient=0.2, retry_after_seconds=0)
        results = crawl(tmp_path, *(source_of(site, name=f"seed-{n}") for n, site in enumerate(sites)))
        wanted = arrived = 0
        for n, site in enumerate(sites):
            urls = {d.url for d in site.documents}
            kept = {r.url for r in fetches(tmp_path, f"seed-{n}") if r.is_document}
            assert len(urls) >= DOCUMENTS_A_SEED
            assert len(urls & kept) >= 0.999 * len(urls) or DOCUMENTS_A_SEED < 1_000
            # What did not arrive is told.
            assert results[f"seed-{n}"].is_complete == (urls <= kept)
            wanted, arrived = wanted + len(urls), arrived + len(urls & kept)
            failed = sum(r.status in (0, 429, 503) or r.body_bytes == 0 for r in site.requests)
            assert failed > 0.1 * len(site.requests), "the faults did happen"
    print(f"{arrived:,} of {wanted:,} documents arrived, 20 % of the answers being faults")  # noqa: T201 - shown by -rP
    assert arrived >= 0.999 * wanted


# Many small sites, each with its own trouble ----------------------------------------------

REFUSALS = {
    "http-403": {"status": 403}, "http-412": {"status": 412}, "http-521": {"status": 521},
    "captcha": {"captcha": True}, "challenge": {"challenge": True},
}  # fmt: skip
ON_ONE_PAGE = {
    "http-503": {"status": 503}, "drip": {"drip_seconds": 2.0}, "wrong-length": {"wrong_length": True},
    "cut-gzip": {"truncated_gzip": True}, "loop": {"redirect_loop": True}, "page-challenge": {"challenge": True},
    "page-403": {"status": 403},
}  # fmt: skip
ROBOTS = {"robots-absent": "absent", "robots-html": "html", "robots-disallow": "disallow"}


@pytest.fixture(scope="module")
def troubles(tmp_path_factory):
    """Every small site after one crawl: its site, its result, what the archive has of it."""
    data = tmp_path_factory.mktemp("troubles")
    with ExitStack() as stack:
        sites, faulty = {}, {}
        for name in (*REFUSALS, *ON_ONE_PAGE, *ROBOTS, "refuses-pages", "off-site", "reset"):
            simulator = Simulator(families=["static"], organs=2, years=[2021, 2022])
            sites[name] = stack.enter_context(simulator).sites["static"]
            faulty[name] = next(d for d in sites[name].documents if d.kind == "report" and d.item.dress == "page")
            page = re.escape(faulty[name].url.removeprefix(sites[name].base))
            sites[name].faults = Faults(
                **REFUSALS.get(name, {}), **ON_ONE_PAGE.get(name, {}), robots=ROBOTS.get(name, "absent"),
                paths=page if name in ON_ONE_PAGE else ".*",
            )  # fmt: skip
        sites["refuses-pages"].faults = Faults(status=403, paths=r"t\d+_\d+\.shtml")
        sites["reset"].faults = Faults(transient=1.0, paths=sites["reset"].start.removeprefix(sites["reset"].base))
        canary = stack.enter_context(serve(lambda _: page_of([])))
        sites["off-site"].faults = Faults(off_site=f"{canary.base}/elsewhere.html")
        sources = [source_of(site, name=name, timeout_seconds=0.5) for name, site in sites.items()]
        results = crawl(data, *sources)
        yield SimpleNamespace(data=data, sites=sites, faulty=faulty, results=results, canary=canary)


def tries(troubles, name):
    """The requests for the page that is in trouble."""
    path = troubles.faulty[name].url.removeprefix(troubles.sites[name].base)
    return [r for r in troubles.sites[name].requests if r.path.partition("?")[0] == path]


def records(troubles, name):
    """What the archive has of the page that is in trouble."""
    return [r for r in fetches(troubles.data, name) if r.url == troubles.faulty[name].url]


@pytest.mark.parametrize("name", REFUSALS)
def test_a_site_that_refuses_is_left_alone(troubles, name):
    result, site = troubles.results[name], troubles.sites[name]
    assert result.account["state"] == "blocked"
    assert not result.is_complete
    reason = name.replace("-", "_") if name.startswith("http") else "challenge"
    assert result.account["blocked"] == {reason: 1}
    assert [r.path for r in site.requests] == ["/robots.txt", site.start.removeprefix(site.base)]
    (record,) = [r for r in fetches(troubles.data, name) if r.role == "list"]
    assert (record.outcome, record.reason, record.is_document) == ("blocked", reason, False)
    assert Archive(Settings(data=troubles.data).archive).get(record), "what it said is kept"


def test_a_site_that_refuses_its_pages_is_left_alone(troubles):
    result = troubles.results["refuses-pages"]
    assert result.account["state"] == "blocked"
    assert result.account["blocked"].keys() == {"http_403"}
    asked = [r for r in troubles.sites["refuses-pages"].requests if r.status == 403]
    assert 3 <= len(asked) <= 4, "one may be on its way when the third comes back"


@pytest.mark.parametrize(
    ("name", "reason", "count"),
    [
        ("http-503", "http_503", TRIES), ("drip", "timeout", TRIES), ("wrong-length", "truncated", TRIES),
        ("cut-gzip", "truncated", TRIES), ("loop", "redirects", 6),
    ],
)  # fmt: skip
def test_a_page_that_fails_for_good_is_tried_a_few_times(troubles, name, reason, count):
    account = troubles.results[name].account
    assert account["failed"] == {reason: 1}
    assert account["state"] == "done"
    assert not troubles.results[name].is_complete
    assert len(tries(troubles, name)) == count
    # The others came all the same.
    assert account["found"] == len(troubles.sites[name].documents) - 1
    last = [r for r in fetches(troubles.data, name) if r.url.startswith(troubles.faulty[name].url)][-1]
    assert (last.outcome, last.reason) == ("failed", reason)


@pytest.mark.parametrize("name", ["wrong-length", "cut-gzip"])
def test_a_cut_body_is_kept_and_not_read(troubles, name):
    found = records(troubles, name)
    assert len(found) == TRIES
    assert {(r.outcome, r.reason, r.is_document) for r in found} == {("failed", "truncated", False)}
    assert all(r.bytes > 500 for r in found) or name == "cut-gzip"
    path = Settings(data=troubles.data).archive / name / found[0].warc_file
    assert gzip.decompress(path.read_bytes()).count(b"WARC-Truncated: disconnect") == TRIES


def test_a_challenge_in_place_of_a_page_is_kept_and_not_read(troubles):
    account = troubles.results["page-challenge"].account
    assert account["blocked"] == {"challenge": 1}
    assert account["state"] == "done"
    (record,) = records(troubles, "page-challenge")
    assert (record.outcome, record.reason, record.is_document) == ("blocked", "challenge", False)
    assert len(tries(troubles, "page-challenge")) == 1


def test_a_refused_page_is_asked_for_once(troubles):
    assert troubles.results["page-403"].account["blocked"] == {"http_403": 1}
    assert len(tries(troubles, "page-403")) == 1


def test_a_redirect_off_the_site_is_not_followed(troubles):
    assert troubles.canary.requests == []
    account = troubles.results["off-site"].account
    pages = [d for d in troubles.sites["off-site"].documents if d.url == d.page]
    assert account["failed"] == {"off_site": len(pages)}
    (answer, refusal) = (
        records(troubles, "off-site")[:1]
        + [r for r in fetches(troubles.data, "off-site") if r.url == f"{troubles.canary.base}/elsewhere.html"][:1]
    )
    assert (answer.outcome, answer.status) == ("redirected", 302)
    assert (refusal.outcome, refusal.reason, refusal.status) == ("failed", "off_site", None)


def test_a_site_whose_list_never_comes_is_told(troubles):
    result, site = troubles.results["reset"], troubles.sites["reset"]
    assert "no_list" in {issue["kind"] for issue in result.account["issues"]}
    assert sum(r.path != "/robots.txt" for r in site.requests) <= TRIES


@pytest.mark.parametrize("name", ["robots-absent", "robots-html"])
def test_no_robots_and_a_page_in_their_place_forbid_nothing(troubles, name):
    assert troubles.results[name].is_complete
    assert troubles.results[name].account["found"] == len(troubles.sites[name].documents)
    assert sum(r.path == "/robots.txt" for r in troubles.sites[name].requests) == 1


def test_what_robots_disallow_is_not_asked_for(troubles):
    site, account = troubles.sites["robots-disallow"], troubles.results["robots-disallow"].account
    asked = {r.path for r in site.requests}
    assert site.disallowed
    assert not asked & set(site.disallowed)
    assert account["left"]["robots"] == len(site.disallowed)
    noted = {r.url for r in fetches(troubles.data, "robots-disallow") if (r.outcome, r.reason) == ("blocked", "robots")}
    assert noted == {site.base + path for path in site.disallowed}
    assert not troubles.results["robots-disallow"].is_complete


def test_a_soft_404_is_kept_and_rejected(troubles):
    soft = next(d for d in troubles.sites["robots-absent"].documents if d.kind == "soft_404")
    (record,) = [r for r in fetches(troubles.data, "robots-absent") if r.url == soft.url]
    assert record.is_document
    assert soft.url not in {url for _, _, url in troubles.results["robots-absent"].seen}
    assert sum(troubles.results["robots-absent"].account["rejected"].values())


# Pauses and pace --------------------------------------------------------------------------


def gaps(requests):
    return [b.at - a.at for a, b in pairwise(requests)]


LONG = str(int(LONGEST_PAUSE_SECONDS) + 1)


class Patient:
    """A site whose second page is not there the first time: it asks to wait, in seconds or by a date."""

    def __init__(self, ask):
        self.ask = ask
        self.asked = []

    def __call__(self, asked):
        if asked.path == "/robots.txt":
            return Transfer(404, b"")
        if asked.path == "/":
            return page_of(["/1.html", "/2.html", "/3.html", "/4.html"])
        self.asked.append(asked.path)
        if asked.path == "/2.html" and self.asked.count("/2.html") == 1:
            return Transfer(503, b"", {"Retry-After": self.ask()})
        return Transfer(200, "<html><body><p>公告</p></body></html>".encode(), {"Content-Type": "text/html"})


@pytest.fixture(scope="module")
def paced(tmp_path_factory):
    """Sites that ask for pauses, and sources that ask themselves slowly, after one crawl side by side."""
    data = tmp_path_factory.mktemp("paced")
    with ExitStack() as stack:
        patients = {
            "seconds": Patient(lambda: "2"),
            "date": Patient(lambda: formatdate(time.time() + 3, usegmt=True)),
            "long": Patient(lambda: LONG),
            "at-once": lambda _: Transfer(429, b"", {"Retry-After": LONG}),
        }
        servers = {name: stack.enter_context(serve(patient)) for name, patient in patients.items()}
        slow = stack.enter_context(Simulator(families=["static"], organs=1, years=[2022])).sites["static"]
        slow.faults = Faults(transient=0.3, retry_after_seconds=0)
        delayed = stack.enter_context(Simulator(families=["static"], organs=1, years=[2022])).sites["static"]
        delayed.faults = Faults(robots="crawl_delay", paths="nowhere")
        lists = {f"/{name}/": page_of([f"/{name}/{i}.html" for i in range(5)]) for name in ("one", "two")}
        shared = stack.enter_context(serve(lambda asked: lists.get(asked.path, Transfer(404, b""))))
        results = crawl(
            data,
            *(define(f"{server.base}/", name=name) for name, server in servers.items()),
            source_of(slow, name="slow", delay_seconds=0.3),
            source_of(delayed, name="delayed"),
            *(define(f"{shared.base}/{name}/", name=name, delay_seconds=0.2) for name in ("one", "two")),
        )
        yield SimpleNamespace(servers=servers, slow=slow, delayed=delayed, shared=shared, results=results)


@pytest.mark.parametrize(("name", "least"), [("seconds", 2.0), ("date", 2.0)])
def test_a_host_that_asks_for_a_pause_gets_it(paced, name, least):
    requests = paced.servers[name].requests
    refused = next(i for i, r in enumerate(requests) if r.status == 503)
    assert requests[refused + 1].at - requests[refused].at >= least - JITTER_SECONDS
    assert paced.results[name].account["found"] == 4


@pytest.mark.parametrize(("name", "count"), [("long", 4), ("at-once", 1)])
def test_a_host_that_asks_for_a_long_pause_is_left_alone(paced, name, count):
    requests = paced.servers[name].requests
    assert len(requests) == count, "robots, list, a page, and the one refused; or robots alone"
    account = paced.results[name].account
    assert account["blocked"] == {"asked_to_wait": 1}
    assert account["state"] == "blocked"


def test_no_two_requests_are_closer_than_the_source_allows(paced):
    requests = paced.slow.requests
    assert len(requests) > len({r.path for r in requests}), "some were retried"
    assert requests[0].path == "/robots.txt"
    assert min(gaps(requests)) >= 0.3 - JITTER_SECONDS


def test_the_delay_that_robots_ask_for_is_kept(paced):
    assert min(gaps(paced.delayed.requests)) >= 1.0 - JITTER_SECONDS
    assert paced.results["delayed"].is_complete


def test_two_sources_of_one_host_take_turns(paced):
    requests = paced.shared.requests
    order = [r.path.split("/")[1] for r in requests if r.path != "/robots.txt"]
    assert sorted(order) in (order, order[::-1]), "one after the other"
    assert set(order) == {"one", "two"}
    assert min(gaps(requests)) >= 0.2 - JITTER_SECONDS


def test_a_pager_that_never_ends_is_left(tmp_path):
    def answer(asked):
        number = re.fullmatch(r"/list_(\d+)\.html", asked.path)
        if number is None:
            return Transfer(404, b"")
        following = f"/list_{int(number[1]) + 1}.html"
        return page_of(["/a.html", "/b.html", "/c.html"], f'<div class="page"><a href="{following}">下一页</a></div>')

    with serve(answer) as server:
        result = crawl(tmp_path, define(f"{server.base}/list_1.html"))["site"]
        assert len(server.requests) < 1_010
    assert "pages" in {issue["kind"] for issue in result.account["issues"]}
    assert not result.is_complete
