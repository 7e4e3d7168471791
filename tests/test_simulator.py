"""The made-up sites: what each lists and serves, what their faults look like from outside, and that reports are true."""

import gzip
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from html import unescape
from urllib.parse import unquote, urlencode, urljoin, urlsplit

import pytest
import yaml
from paths import FIXTURES, ROOT

from parsers import parse

sys.path.insert(0, str(FIXTURES))
try:
    from sites.simulator import FAMILIES, Faults, Simulator
finally:
    sys.path.remove(str(FIXTURES))


@pytest.fixture(scope="module")
def simulator():
    """All families, only to be looked at."""
    with Simulator(years=range(2020, 2024)) as simulator:
        yield simulator


@pytest.fixture
def site():
    """One static site, to be changed."""
    with Simulator(families=["static"]) as simulator:
        yield simulator.sites["static"]


def ask(url, method="GET", body=None, **headers):
    """Status, headers and whole body of one exchange, redirects not followed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    path = url.removeprefix(f"http://{parts.netloc}").partition("#")[0]
    try:
        connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    finally:
        connection.close()


def read_page(url):
    status, headers, body = ask(url)
    assert status == 200, url
    charset = re.search(rb"charset=([\w-]+)", headers["content-type"].encode() + body)[1].decode()
    return body.decode("gb18030" if charset == "gb2312" else charset)


def links_of(html, url):
    inside = html.split('<div class="right">')[1].split('<div class="hot">')[0]
    return [urljoin(url, unescape(link)) for link in re.findall(r'<a href="([^"]+)"', inside)]


def walk_pages(pages):
    return [link for page in pages for link in links_of(read_page(page), page)]


def walk_static(site):
    count = int(re.search(r"createPageHTML\((\d+), 0", read_page(site.start))[1])
    return walk_pages([site.start, *(site.start.replace("index", f"index_{n}") for n in range(1, count))])


def walk_jpage(site):
    page = read_page(site.start)
    total, size = (int(re.search(rf"{name}:(\d+)", page)[1]) for name in ("totalRecord", "perPage"))
    ids = dict(re.findall(r"(\w+):'([^']*)'", page.split("ajaxParam")[1]))
    found = links_of(page.split("<recordset>")[0] + page.split("<recordset>")[1], site.start)
    for first in range(size * 3 + 1, total + 1, size * 3):
        address = f"{site.base}/module/web/jpage/dataproxy.jsp?startrecord={first}&endrecord={first + size * 3 - 1}&perpage={size}"
        status, _, body = ask(address, "POST", urlencode(ids))
        assert status == 200
        found += [urljoin(address, link) for link in re.findall(r'href="([^"]+)"', body.decode())]
    return found


def walk_gkmlpt(site):
    sid = re.search(r"SID: '(\d+)'", read_page(site.start))[1]
    pages = [json.loads(ask(f"{site.base}/gkmlpt/api/all/2155?page={n}&sid={sid}")[2]) for n in (0, 1, 2)]
    assert pages[0]["articles"] == pages[1]["articles"]
    assert pages[0]["total"] == len(pages[1]["articles"]) + len(pages[2]["articles"])
    return [article["url"] for page in pages for article in page["articles"]]


def walk_annual_report_jsp(site):
    page = read_page(site.start)
    years = set(re.findall(r"fbtime=(\d{4})", page))
    areas = re.findall(r'<option value="(\w{18})"', page)
    return walk_pages([f"{site.start}?fbtime={year}&area={area}" for year in years for area in areas])


def walk_half_static(site):
    page = read_page(site.start)
    total = int(re.search(r"total = (\d+)", page)[1])
    path = re.search(r"url: '([^']+)' \+ pageNo", page)[1]
    found = links_of(page, site.start)
    for number in range(2, -(-total // 10) + 1):
        found += [row["url"] for row in json.loads(ask(f"{site.base}{path}{number}")[2])["rows"]]
    return [urljoin(site.base, link) for link in found]


def walk_fan_out(site):
    found, left = set(), [site.start]
    while left:
        page = left.pop()
        for link in set(links_of(read_page(page), page)) - found:
            found.add(link)
            if link.endswith("/"):
                left.append(link)
    return list(found)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_lists_all_that_it_serves(simulator, family):
    site = simulator.sites[family]
    found = set(globals()[f"walk_{family}"](site))
    pages = {d.page for d in site.documents}
    assert pages <= found
    assert site.off_site in found
    assert all(not d.url.startswith(site.off_site) for d in site.documents)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_listed_is_what_it_says(simulator, family):
    """Each document as the parser sees it, with its charset, its organ, its year and every cell."""
    site = simulator.sites[family]
    kinds = {d.kind for d in site.documents}
    assert kinds == {"report", "decoy", "soft_404", "attachment", "twin", "viewer"}
    for document in site.documents:
        status, _, body = ask(document.url)
        assert status == 200
        reports = parse(body)
        if document.kind in ("decoy", "soft_404", "viewer"):
            assert [r.status for r in reports] == ["rejected"], document
            continue
        (report,) = reports
        assert (report.agency, report.year) == (document.organ, document.year)
        assert report.status == ("parsed" if document.values else "partial"), (document, report.issues)
        printed = [o for o in report.observations if o.row and o.column and "from_narrative" not in o.flags]
        assert {(o.table, o.row, o.column): o.raw for o in printed} == document.values
        assert not [f for f in report.findings if f.verdict == "fail"]


def test_files_are_linked_from_their_pages(simulator):
    for site in simulator.sites.values():
        files = [d for d in site.documents if d.kind in ("attachment", "twin")]
        assert files
        for document in files:
            path = document.url.removeprefix(site.base)
            assert re.search(rf'(?:href|src|data)="[^"]*{re.escape(path)}"', unquote(read_page(document.page)))


def test_values_hang_together_over_the_years(simulator):
    """What one year carries out, the next carries in; no two reports say the same."""
    site = simulator.sites["static"]
    tables = {(d.organ, d.year): d.values for d in site.documents if d.kind in ("report", "attachment") and d.values}
    assert len(tables) == 16
    for (organ, year), values in tables.items():
        if before := tables.get((organ, year - 1)):
            assert values["applications", "carried_in", "total"] == before["applications", "carried_out", "total"]
    assert len({tuple(sorted(v.items())) for v in tables.values()}) == 16


@pytest.mark.parametrize("year", [2012, 2016, 2018])
def test_earlier_forms(year):
    with Simulator(families=["static"], years=[year], organs=3) as simulator:
        for document in simulator.sites["static"].documents:
            if document.kind == "report":
                (report,) = parse(ask(document.url)[2])
                assert (report.status, report.year) == ("parsed", year)
                assert report.form == ("narrative" if year < 2014 else "2014")


def test_same_seed_same_sites():
    def everything(seed):
        with Simulator(families=["static", "fan_out"], organs=2, years=[2020, 2021], seed=seed) as simulator:
            return [(d.url.removeprefix(s.base), ask(d.url)[2]) for s in simulator.sites.values() for d in s.documents]

    assert everything(1) == everything(1)
    assert everything(1) != everything(2)


def test_a_thousand_documents_start_at_once():
    started = time.monotonic()
    with Simulator(organs=150, years=range(2018, 2025)) as simulator:
        assert time.monotonic() - started < 1
        site = simulator.sites["static"]
        assert len(site.documents) > 1_000
        assert len({d.url for d in site.documents}) == len(site.documents)
        assert len({d.organ for d in site.documents if d.kind == "report"}) == 150
        started = time.monotonic()
        for document in site.documents[:50]:
            ask(document.url)
        assert (time.monotonic() - started) / 50 < 0.05


# Validators --------------------------------------------------------------------------


def test_static_pages_are_not_sent_twice(site):
    for url in (site.start, site.documents[0].url):
        _, headers, body = ask(url)
        status, again, nothing = ask(url, If_None_Match=headers["etag"])
        assert (status, nothing, again["etag"]) == (304, b"", headers["etag"])
        assert ask(url, If_Modified_Since=headers["last-modified"])[0] == 304
        assert ask(url, If_None_Match='"other"', If_Modified_Since=headers["last-modified"])[2] == body


def test_dynamic_pages_have_no_validators_and_never_look_the_same(simulator):
    site = simulator.sites["annual_report_jsp"]
    for url in (site.start, site.documents[0].url):
        _, headers, _ = ask(url)
        assert not {"etag", "last-modified"} & set(headers)
    first, second = (ask(site.documents[0].url)[2] for _ in range(2))
    assert first != second
    assert parse(first)[0].observations == parse(second)[0].observations


def test_one_site_says_gb2312_and_sends_more(simulator):
    bodies = {name: ask(site.documents[0].url)[1:] for name, site in simulator.sites.items()}
    declared = [name for name, (_, body) in bodies.items() if b"charset=gb2312" in body]
    assert declared == ["fan_out"]
    assert bodies["fan_out"][0]["content-type"] == "text/html"
    site = simulator.sites["fan_out"]
    page = ask(next(d.url for d in site.documents if d.kind == "report" and "堃" in d.organ))[2]
    with pytest.raises(UnicodeDecodeError):
        page.decode("gb2312")
    assert "堃" in page.decode("gb18030")


def test_wrong_ids_find_nothing(simulator):
    address = f"{simulator.sites['jpage'].base}/module/web/jpage/dataproxy.jsp?startrecord=1&endrecord=18&perpage=6"
    assert b"<record>" not in ask(address, "POST", "columnid=1&unitid=2&webid=3")[2]
    assert ask(f"{simulator.sites['gkmlpt'].base}/gkmlpt/api/all/2155?page=1&sid=1")[0] == 404


def test_nonsense_is_not_found(simulator):
    for site in simulator.sites.values():
        assert ask(f"{site.base}/nothing/here.html")[0] == 404
        assert ask(site.start.partition("#")[0] + "?page=x&pageNum=x&fbtime=x&startrecord=x")[0] == 200


# Changes between two crawls ------------------------------------------------------------


def test_an_altered_report_has_new_figures_and_validators(site):
    document = next(d for d in site.documents if d.kind == "report" and d.values)
    _, headers, _ = ask(document.url)
    site.alter(document.url)
    changed = next(d for d in site.documents if d.url == document.url)
    status, again, body = ask(document.url, If_None_Match=headers["etag"])
    assert (status, again["last-modified"] != headers["last-modified"]) == (200, True)
    assert changed.values != document.values
    (report,) = parse(body)
    assert {(o.table, o.row, o.column): o.raw for o in report.observations if o.row and o.column} == changed.values
    assert not [f for f in report.findings if f.verdict == "fail"]
    site.alter(document.url, review_litigation__review="7 0 0 0 7")
    assert (
        next(d for d in site.documents if d.url == document.url).values["review_litigation", "review", "total"] == "7"
    )


def test_a_removed_report_is_gone_with_its_files(site):
    twin = next(d for d in site.documents if d.kind == "twin")
    _, headers, _ = ask(site.start)
    site.remove(twin.page)
    assert {ask(twin.url)[0], ask(twin.page)[0]} == {404}
    assert twin.page not in walk_static(site)
    assert not {twin.url, twin.page} & {d.url for d in site.documents}
    assert ask(site.start, If_Modified_Since=headers["last-modified"])[0] == 200


def test_a_shrunken_list_still_serves_the_rest(site):
    before = walk_static(site)
    site.shrink(0.25)
    after = walk_static(site)
    assert set(after) < set(before)
    assert len(after) == pytest.approx(0.75 * len(before), abs=2)
    assert {ask(url)[0] for url in set(before) - set(after)} == {200}
    site.shrink(0)
    assert walk_static(site) == before


@pytest.mark.parametrize("family", FAMILIES)
def test_redesigned_lists_lead_to_the_same_documents(family):
    with Simulator(families=[family]) as simulator:
        site = simulator.sites[family]
        documents = site.documents
        before = read_page(site.start)
        site.redesign()
        assert site.documents == documents
        page = read_page(site.start)
        assert page != before
        assert {ask(d.url)[0] for d in documents} == {200}
        if family == "gkmlpt":
            assert {d.page for d in documents} <= set(walk_gkmlpt(site))
        elif family == "half_static":
            path = re.search(r'data-url="([^"]+)1"', page)[1]
            answers = [json.loads(ask(f"{site.base}{path}{n}")[2])["data"] for n in range(1, 6)]
            assert sum(len(a["records"]) for a in answers) == answers[0]["totalCount"]
        elif family == "annual_report_jsp":
            years, areas = re.findall(r"<option value=(\d{4})", page), re.findall(r"area=(\w{18})", page)
            pages = [f"{site.start}?fbtime={year}&area={area}" for year in years for area in areas]
            assert {d.page for d in documents} <= set(walk_pages(pages))
        else:
            found, left = set(), [site.start]
            while left:
                at = left.pop()
                new = {u for u in links_of(read_page(at), at) if not re.search(r"\d{7}\.s?html$|elsewhere", u)} - found
                found |= new
                left += new
            assert {d.page for d in documents} <= set(walk_pages(found))


@pytest.mark.parametrize("damage", ["traditional", "pinyin", "betting"])
def test_clones_are_damaged_copies_elsewhere(damage):
    with Simulator(families=["jpage"], organs=2) as simulator:
        clone = simulator.add_clone("jpage", damage)
        original = simulator.sites["jpage"]
        assert clone.port != original.port
        values = {(d.organ, d.year): d.values for d in original.documents if d.kind == "report"}
        assert set(walk_static(clone)) == {*(d.url for d in clone.documents), clone.off_site}
        for document in clone.documents:
            page = read_page(document.url)
            assert {"traditional": "行政複議" in page, "pinyin": "(nian)" in page, "betting": "皇冠:" in page}[damage]
            assert document.values == values[document.organ, document.year]


# Faults --------------------------------------------------------------------------------


def test_permanent_faults(site):
    url = site.documents[0].url
    for status in (403, 412, 521, 503):
        site.faults = Faults(status=status)
        assert ask(url)[0] == status
    site.faults = Faults(status=403, paths=r"/2020\d\d/")
    assert ask(site.start)[0] == 200
    site.faults = Faults(challenge=True)
    assert b"$_ts" in ask(site.start)[2]
    site.faults = Faults(captcha=True)
    assert "验证码" in ask(url)[2].decode()
    assert parse(ask(url)[2])[0].reason == "blocked_page"


def test_redirects(site):
    url = site.documents[0].url
    site.faults = Faults(redirect_loop=True)
    with pytest.raises(urllib.error.HTTPError, match="loop"):
        urllib.request.urlopen(url)
    site.faults = Faults(off_site="http://127.0.0.1:9/secret")
    assert ask(url)[1]["location"] == "http://127.0.0.1:9/secret"
    assert ask(site.start)[0] == 200


def test_broken_transfers(site):
    url = site.documents[0].url
    whole = ask(url)[2]
    site.faults = Faults(wrong_length=True)
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(url)
    assert caught.value.partial == whole
    site.faults = Faults(truncated_gzip=True)
    _, headers, body = ask(url)
    assert headers["content-encoding"] == "gzip"
    with pytest.raises(EOFError):
        gzip.decompress(body)
    site.faults = Faults(drip_seconds=0.2)
    started = time.monotonic()
    assert ask(url)[2] == whole
    assert time.monotonic() - started >= 0.15


def test_transient_faults_come_and_go_as_the_seed_says():
    def outcomes(seed):
        with Simulator(families=["static"], seed=seed) as simulator:
            site = simulator.sites["static"]
            site.faults.transient = 0.3
            seen, lost = [], 0
            for document in site.documents:
                for _ in range(12):
                    seen.append(outcome(document.url))
                    if seen[-1] == 200:
                        break
                else:
                    lost += 1
            assert lost == 0
            assert [r.status for r in site.requests] == [0 if s == "reset" else 200 if s == "cut" else s for s in seen]
            return seen

    first = outcomes(3)
    assert first == outcomes(3)
    assert first != outcomes(4)
    assert set(first) == {200, 429, 503, "reset", "cut"}
    assert sum(s != 200 for s in first) / len(first) == pytest.approx(0.3, abs=0.12)


def outcome(url):
    try:
        status, headers, _ = ask(url)
    except ConnectionResetError:
        return "reset"
    except http.client.IncompleteRead:
        return "cut"
    assert status != 429 or headers["retry-after"] == "1"
    return status


def test_robots(site):
    url = f"{site.base}/robots.txt"
    assert ask(url)[0] == 404
    site.faults.robots = "html"
    assert ask(url)[:2][0] == 200
    assert b"<html" in ask(url)[2]
    site.faults.robots = "disallow"
    assert all(f"Disallow: {path}" in ask(url)[2].decode() for path in site.disallowed)
    assert {site.base + path for path in site.disallowed} < {d.url for d in site.documents}
    site.faults.robots = "crawl_delay"
    assert b"Crawl-delay: 1" in ask(url)[2]


def test_requests_are_noted(site):
    site.forget_requests()
    url = site.documents[0].url
    _, headers, body = ask(url, User_Agent="tester")
    ask(url, If_None_Match=headers["etag"])
    ask(url, "HEAD")
    first, second, third = site.requests
    assert (first.method, first.path, first.status, first.body_bytes) == ("GET", urlsplit(url).path, 200, len(body))
    assert (second.status, second.body_bytes) == (304, 0)
    assert (third.method, third.body_bytes) == ("HEAD", 0)
    assert first.headers["user-agent"] == "tester"
    assert first.at <= second.at <= third.at


# Sources and the command ---------------------------------------------------------------


def test_sources(simulator, tmp_path):
    simulator.write_sources(tmp_path, delay_seconds=0.5)
    sources = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()}
    assert len(sources) == len(FAMILIES)
    for site in simulator.sites.values():
        source = sources[site.name]
        assert (source["name"], source["start"], source["family"]) == (site.name, [site.start], site.family)
        assert source["politeness"]["delay_seconds"] == 0.5
        assert {o["name"] for o in source["organs"]} == {d.organ for d in site.documents if d.kind == "report"}


def run_command(*arguments, **more):
    # Its own search path must do: it is run from a checkout.
    return subprocess.run(
        [sys.executable, str(FIXTURES / "sites"), *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=ROOT,
        **more,
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_command_runs_beside_the_sites():
    script = (
        "import os, pathlib, re, sys, urllib.request as u\n"
        "files = sorted(pathlib.Path(os.environ['NIANBAO_SOURCES']).glob('*.yml'))\n"
        "start = re.search(r'http://[^\\s#]+', files[0].read_text(encoding='utf-8'))[0]\n"
        "print(len(files), u.urlopen(start).status)\n"
        "sys.exit(7)"
    )
    for port in (free_port() % 20_000 + 20_000, free_port() % 20_000 + 20_100):
        done = run_command("--first-port", str(port), "--organs", "2", "--", sys.executable, "-c", script)
        if done.returncode != 98:
            break
    assert (done.returncode, done.stdout.split()) == (7, ["6", "200"]), done.stderr


def test_a_taken_port_is_told_in_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run_command("--first-port", str(taken.getsockname()[1]), "--", "true")
    assert done.returncode == 98
    assert done.stderr.count("\n") == 1
    assert "--first-port" in done.stderr


def test_a_command_that_is_not_there():
    done = run_command("--first-port", "0", "--", "no-such-command")
    assert (done.returncode, done.stderr) == (127, "sites: there is no command no-such-command\n")


def test_serving_ends_with_sigterm():
    command = [sys.executable, str(FIXTURES / "sites"), "--first-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as server:
        first = server.stdout.readline()
        assert "http://127.0.0.1:" in first
        server.terminate()
        server.communicate(timeout=10)
    assert server.returncode == 130
