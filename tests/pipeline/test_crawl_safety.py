"""What a hostile site cannot make a crawl do, and crawls that are stopped, killed, or hit something unreadable."""

import asyncio
import os
import signal
import socket
import sys
import time
import zlib
from contextlib import ExitStack
from pathlib import Path
from threading import Thread, main_thread
from types import SimpleNamespace

import pytest
from crawl_helpers import Simulator, Transfer, crawl, define, fetches, page_of, serve, source_of
from pydantic import ValidationError
from scrapy import Request
from scrapy.resolver import CachingThreadedResolver
from scrapy.utils.test import get_crawler
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from parsers.readers import MAX_BYTES
from pipeline.archive import Archive
from pipeline.crawl import crawl_sources
from pipeline.crawl.account import Account
from pipeline.crawl.borders import Borders, PublicResolver, Refused, belongs, hosts_of
from pipeline.crawl.spider import SourceSpider
from pipeline.settings import Settings

pytestmark = pytest.mark.slow
NOT_FOUND = Transfer(404, b"")
REPORT = "<p>{}</p>".format("白榆县财政局认真贯彻落实政府信息公开条例，主动公开政府信息。" * 3)


def document(title):
    html = (
        f'<html><head><meta charset="utf-8"><title>{title}</title></head><body><h1>{title}</h1>{REPORT}</body></html>'
    )
    return Transfer(200, html.encode(), {"Content-Type": "text/html"})


# Where a crawl may go -----------------------------------------------------------------------


def hostile_addresses(port):
    """Addresses that lead to the canary on this port, or to places no crawl may read."""
    return {
        "port": f"http://127.0.0.1:{port}/a.html",
        "localhost": f"http://localhost:{port}/a.html",
        "dotted": f"http://127.0.0.1.:{port}/a.html",
        "short": f"http://127.1:{port}/a.html",
        "decimal": f"http://2130706433:{port}/a.html",
        "hexadecimal": f"http://0x7f000001:{port}/a.html",
        "octal": f"http://0177.0.0.1:{port}/a.html",
        "zero": f"http://0.0.0.0:{port}/a.html",
        "other-loopback": f"http://127.0.0.2:{port}/a.html",
        "ipv6": f"http://[::1]:{port}/a.html",
        "mapped": f"http://[::ffff:127.0.0.1]:{port}/a.html",
        "user": f"http://www.example.gov.cn@127.0.0.1:{port}/a.html",
        "backslash": f"http://127.0.0.1:{port}\\@www.example.gov.cn/a.html",
        "wide-dots": f"http://127\u30020\u30020\u30021:{port}/a.html",
        "no-scheme": f"//127.0.0.1:{port}/a.html",
        "metadata": "http://169.254.169.254/latest/meta-data/",
        "private": "http://10.0.0.1/a.html",
        "bad-port": "http://127.0.0.1:99999/a.html",
        "bad-host": "http://[::1/a.html",
        "file": "file:///etc/passwd",
        "javascript": "javascript:alert(1)",
        "data": "data:text/html,<h1>2020</h1>",
        "ftp": f"ftp://127.0.0.1:{port}/a.html",
        "gopher": f"gopher://127.0.0.1:{port}/_a",
    }


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A site whose lists, redirects and frames lead to where nothing may be read, after one crawl."""
    data = tmp_path_factory.mktemp("hostile")
    with ExitStack() as stack:
        canary = stack.enter_context(serve(lambda _: document("白榆县财政局2020年政府信息公开工作年度报告")))
        addresses = hostile_addresses(canary.server_port)
        frames = "".join(f'<iframe src="{url}"></iframe>' for url in addresses.values())

        def answer(asked):
            path = asked.path
            if path == "/links/":
                return page_of([*addresses.values(), "/good.html"])
            if path == "/redirects/":
                return page_of([f"/to/{name}.html" for name in addresses])
            if path.startswith("/to/"):
                target = addresses[path[4:-5]].encode("utf-8").decode("latin-1")
                return Transfer(302, b"", {"Location": target})
            if path.startswith("/meta/"):
                url = addresses[path[6:-5]]
                head = f'<meta http-equiv="refresh" content="0;url={url}">'
                return Transfer(200, f"<html><head>{head}</head></html>".encode(), {"Content-Type": "text/html"})
            if path == "/metas/":
                return page_of([f"/meta/{name}.html" for name in addresses])
            if path == "/frames/":
                return page_of(["/frame.html", "/good.html", "/good2.html"])
            if path == "/frame.html":
                page = document("白榆县财政局2020年政府信息公开工作年度报告")
                page.body = page.body.replace(b"</body>", frames.encode() + b"</body>")
                return page
            if path == "/robots.txt":
                return Transfer(302, b"", {"Location": addresses["port"]})
            if path.startswith("/good"):
                return document("白榆县财政局2021年政府信息公开工作年度报告")
            return NOT_FOUND

        site = stack.enter_context(serve(answer))
        kinds = ("links", "redirects", "metas", "frames")
        results = crawl(data, *(define(f"{site.base}/{kind}/", name=kind) for kind in kinds))
        yield SimpleNamespace(data=data, canary=canary, site=site, results=results, addresses=addresses)


def test_nothing_outside_the_site_is_asked_for(hostile):
    assert hostile.canary.requests == []


@pytest.mark.parametrize("kind", ["links", "redirects", "metas", "frames"])
def test_a_hostile_site_is_crawled_to_its_end(hostile, kind):
    result = hostile.results[kind]
    assert result.error is None
    assert result.account["state"] == "done"
    assert "error" not in result.account["failed"]
    good = {"links": {"/good.html"}, "frames": {"/frame.html", "/good.html", "/good2.html"}}.get(kind, set())
    assert good <= {r.path for r in hostile.site.requests}


def test_every_redirect_out_is_told(hostile):
    account = hostile.results["redirects"].account
    assert sum(account["failed"].values()) == len(hostile.addresses)
    assert not hostile.results["redirects"].is_complete
    refused = [r for r in fetches(hostile.data, "redirects") if r.reason == "off_site"]
    assert len(refused) >= 12
    assert {r.status for r in refused} == {None}


def test_paths_of_the_archive_are_not_made_of_addresses(tmp_path):
    paths = ["/..%2f..%2f..%2fescaped.html", "/a/../../../escaped.html", "/" + "x" * 3000 + ".html", "/con\\aux.html"]

    def answer(asked):
        if asked.path == "/":
            return page_of(paths)
        return NOT_FOUND if asked.path == "/robots.txt" else document("白榆县财政局2021年政府信息公开工作年度报告")

    with serve(answer) as server:
        result = crawl(tmp_path / "data", define(f"{server.base}/"))["site"]
    assert result.account["found"] == len(paths)
    names = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file())
    warc = next(name for name in names if name.endswith(".warc.gz"))
    assert names == ["data/archive/site/.lock", warc, "data/archive/site/index.jsonl"]
    assert warc.startswith("data/archive/site/20")


FALSE_NAMES = """
import socket
_lookup, _gethostbyname = socket.getaddrinfo, socket.gethostbyname

def getaddrinfo(host, *args, **kwargs):
    seen = {"private.gov.cn": "127.0.0.1", "turning.gov.cn": "61.150.65.235"}.get(host, host)
    return _lookup(seen, *args, **kwargs)

socket.getaddrinfo = getaddrinfo
socket.gethostbyname = lambda host: "127.0.0.1" if host.endswith(".gov.cn") else _gethostbyname(host)
"""


def test_a_name_that_leads_to_this_machine_gets_nothing_sent(tmp_path, monkeypatch):
    """One name is private at once, one only when it is connected to."""
    (tmp_path / "sitecustomize.py").write_text(FALSE_NAMES, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with serve(lambda _: document("白榆县财政局2020年政府信息公开工作年度报告")) as server:
        names = ("private", "turning")
        sources = [
            define(f"http://{name}.gov.cn:{server.server_port}/", name=name, allow_private=False) for name in names
        ]
        allowed = define(f"http://own.gov.cn:{server.server_port}/", name="own")
        results = crawl(tmp_path / "data", *sources)
        assert server.requests == []
        # The false names do work: a source that may reach private addresses reaches this one.
        assert crawl(tmp_path / "data", allowed)["own"].account["requests"] > 1
        assert server.requests
    assert results["private"].account["failed"] == {"private_address": 1}
    assert sum(results["turning"].account["failed"].values()) == 1
    assert not any(result.is_complete for result in results.values())


def test_a_source_at_a_private_address_that_does_not_say_so_is_no_source():
    for host in ("localhost", "127.0.0.1", "2130706433", "[::1]"):
        with pytest.raises(ValidationError):
            define(f"http://{host}:8080/", allow_private=False)


def borders_of(monkeypatch, addresses):
    """Borders of a public source whose name resolves to these addresses."""
    source = define("http://www.example.gov.cn/", allow_private=False)
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    return Borders(source)


@pytest.mark.parametrize(
    "addresses", [["10.1.2.3"], ["61.150.65.235", "127.0.0.1"], ["169.254.169.254"], ["100.64.0.1"], ["0.0.0.0"]]
)
def test_one_private_address_among_several_refuses_the_name(monkeypatch, addresses):
    borders = borders_of(monkeypatch, addresses)
    with pytest.raises(Refused) as refused:
        asyncio.run(borders.process_request(Request("http://www.example.gov.cn/a.html")))
    assert refused.value.reason == "private_address"


def test_a_public_name_passes(monkeypatch):
    borders = borders_of(monkeypatch, ["61.150.65.235"])
    assert asyncio.run(borders.process_request(Request("http://www.example.gov.cn/a.html"))) is None


@pytest.mark.parametrize(("address", "passes"), [("61.150.65.235", True), ("127.0.0.1", False), ("10.0.0.8", False)])
def test_a_name_that_changes_its_address_is_refused_when_connecting(monkeypatch, address, passes):
    """Borders saw a public address; the name leads elsewhere a moment later."""
    monkeypatch.setattr(CachingThreadedResolver, "getHostByName", lambda *_: succeed(address))
    resolver = PublicResolver(SimpleNamespace(), 0, 1.0)
    found = []
    answer = resolver.getHostByName("www.example.gov.cn")
    assert isinstance(answer, Deferred)
    answer.addBoth(found.append)
    if passes:
        assert found == [address]
    else:
        assert isinstance(found[0].value, OSError)


def test_hosts_of_a_source():
    source = define("https://www.example.gov.cn/a/").model_copy(
        update={"hosts": ("2001:db8::7", "zwgk.example.gov.cn")}
    )
    hosts = hosts_of(source)
    for url in ("http://www.example.gov.cn/", "https://[2001:db8::7]/", "https://ZWGK.example.gov.cn/b"):
        assert belongs(url, hosts), url
    for url in ("http://www.example.gov.cn:8080/", "http://example.gov.cn/", "ftp://www.example.gov.cn/"):
        assert not belongs(url, hosts), url


# Bodies too large ---------------------------------------------------------------------------


def bomb(times):
    """A gzip body of `times` blocks of 16 MB of zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b"\0" * (1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(b"\0" * (1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block + again * (times - 1)


class Peak:
    """The most memory that the crawling child of this process used, in MB; before it is that, it looks like its parent."""

    def __init__(self):
        self.megabytes = 0
        self.over = False
        self.thread = Thread(target=self.watch)

    def watch(self):
        while not self.over:
            for child in (pid for pid in children() if "pipeline.crawl" in read(f"/proc/{pid}/cmdline")):
                for line in read(f"/proc/{child}/status").splitlines():
                    if line.startswith("VmHWM:"):
                        self.megabytes = max(self.megabytes, int(line.split()[1]) // 1024)
            time.sleep(0.02)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.over = True
        self.thread.join()


def read(path):
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


def children():
    return [int(pid) for task in Path("/proc/self/task").iterdir() for pid in read(task / "children").split()]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_bodies_too_large_neither_fill_the_memory_nor_are_read(tmp_path):
    packed = bomb(128)  # two gigabytes

    def answer(asked):
        if asked.path == "/":
            return page_of(["/bomb.html", "/promised.html", "/good.html"])
        if asked.path == "/bomb.html":
            return Transfer(200, packed, {"Content-Type": "text/html", "Content-Encoding": "gzip"})
        if asked.path == "/promised.html":
            return Transfer(200, b"<p>", {"Content-Type": "text/html"}, promised_more=MAX_BYTES + 1)
        return NOT_FOUND if asked.path == "/robots.txt" else document("白榆县财政局2021年政府信息公开工作年度报告")

    with serve(answer) as server, Peak() as peak:
        result = crawl(tmp_path, define(f"{server.base}/"))["site"]
        assert sum(r.path == "/promised.html" for r in server.requests) == 1
    assert result.account["failed"] == {"too_large": 2}
    assert result.account["found"] == 1
    assert 0 < peak.megabytes < 600
    found = {r.url.rsplit("/", 1)[1]: r for r in fetches(tmp_path, "site") if r.role == "link"}
    assert not found["bomb.html"].is_document
    assert (found["bomb.html"].outcome, found["bomb.html"].reason) == ("failed", "too_large")


# Crawls that are stopped --------------------------------------------------------------------


@pytest.fixture
def slow_site():
    """A site that takes a moment for each answer: there is time to stop its crawl."""
    with Simulator(families=["static"], organs=2, years=range(2020, 2024)) as simulator:
        yield simulator.sites["static"]


def when_asked(site, count, act):
    """Do something once the site was asked so many times."""

    def wait():
        while len(site.requests) < count:
            time.sleep(0.005)
        act()

    thread = Thread(target=wait)
    thread.start()
    return thread


@pytest.mark.parametrize("how", ["killed", "interrupted"])
def test_a_crawl_that_was_stopped_goes_on_and_fetches_nothing_twice(tmp_path, slow_site, how):
    source = source_of(slow_site, delay_seconds=0.02)
    if how == "killed":
        act = lambda: [os.kill(pid, signal.SIGKILL) for pid in children()]  # noqa: E731
        thread = when_asked(slow_site, 12, act)
        told = []
        first = crawl(tmp_path, source, told=told)[source.name]
        assert first.account is None
        assert "status -9" in first.error
        assert "crawl again" in first.error
    else:
        thread = when_asked(slow_site, 12, lambda: signal.pthread_kill(main_thread().ident, signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            crawl(tmp_path, source)
    thread.join()
    assert not children()
    archive = Archive(Settings(data=tmp_path).archive)
    assert archive.is_unfinished(source.name)
    before = [r.path for r in slow_site.requests]
    slow_site.forget_requests()
    second = crawl(tmp_path, source)[source.name]
    after = [r.path for r in slow_site.requests]
    assert second.resumed
    assert second.is_complete
    assert second.account["found"] == second.account["new"] == len(slow_site.documents)
    twice = set(before) & set(after) - {"/robots.txt"}
    # What was on its way when the child was killed may not have been written.
    assert len(twice) <= (2 if how == "killed" else 0), twice
    assert not archive.is_unfinished(source.name)
    assert not list((archive.root / source.name).glob(".*.open"))


def test_a_crawl_that_was_interrupted_is_sealed_in_order(tmp_path, slow_site):
    """The child ends by itself: nothing is left to salvage."""
    source = source_of(slow_site, delay_seconds=0.05)
    thread = when_asked(slow_site, 8, lambda: signal.pthread_kill(main_thread().ident, signal.SIGINT))
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        crawl(tmp_path, source)
    thread.join()
    assert time.monotonic() - began < 15
    folder = Settings(data=tmp_path).archive / source.name
    assert [p.name for p in folder.glob("*.warc.gz")]
    assert not list(folder.glob(".*.open"))


def test_trouble_with_one_source_does_not_stop_the_others(tmp_path):
    with Simulator(families=["static"], organs=1, years=[2022]) as simulator:
        site = simulator.sites["static"]
        sources = [source_of(site, name=name) for name in ("first", "second", "third")]
        archive = Settings(data=tmp_path).archive
        archive.mkdir(parents=True)
        (archive / "second").write_text("a file where a folder should be", encoding="utf-8")
        results = crawl(tmp_path, *sources)
    assert results["second"].account is None
    assert results["second"].error
    assert results["first"].is_complete
    assert results["third"].is_complete


def test_a_damaged_archive_is_told_and_what_it_lost_is_fetched_anew(tmp_path):
    with Simulator(families=["static"], organs=1, years=[2022]) as simulator:
        site = simulator.sites["static"]
        source = source_of(site)
        crawl(tmp_path, source)
        record = next(r for r in fetches(tmp_path, source.name) if r.role == "link")
        path = Settings(data=tmp_path).archive / source.name / record.warc_file
        content = bytearray(path.read_bytes())
        content[record.warc_offset + 300] ^= 0xFF
        path.write_bytes(bytes(content))
        site.forget_requests()
        told = []
        result = crawl(tmp_path, source, told=told)[source.name]
        (again,) = [r for r in site.requests if site.base + r.path == record.url]
    assert again.status == 200
    assert result.account["found"] == len(site.documents)
    assert result.error is None


def test_a_bug_on_one_page_is_told_and_the_crawl_goes_on():
    """What a reader raises that no reader should is no success."""
    source = define("http://127.0.0.1/")
    account = Account(source, state="done")
    spider = SourceSpider.from_crawler(get_crawler(SourceSpider), source=source, crawl=None, account=account)
    spider.note_error(Failure(KeyError("row")), SimpleNamespace(url="http://127.0.0.1/1.html"))
    assert account.failed == {"error": 1}
    assert not account.is_complete
    assert "KeyError" in account.issues[0]["message"]


def test_no_source_is_no_work(tmp_path):
    assert crawl_sources(Settings(data=tmp_path), []) == []
