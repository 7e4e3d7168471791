"""Exchanges as WARC: what a crawl writes, what is left of it when it is cut, and files that others wrote."""

import gzip
import json
import subprocess
import sys
import time
import zlib
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from pipeline_helpers import bring_up
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from parsers.readers import MAX_BYTES
from pipeline.archive import Archive, Exchange
from pipeline.files import add_files
from pipeline.warc import payload_digest, scan

PAGE = "<html><body><p>年报</p></body></html>".encode()
AT = datetime(2026, 1, 5, 1, 2, 3, 456789, tzinfo=UTC)
WARCIO = Path(sys.executable).with_name("warcio")


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path / "archive")


def exchange(url, body=PAGE, status=200, at=AT, headers=(), **notes):
    sent = [("Content-Type", "text/html"), ("Content-Length", str(len(body))), *headers]
    asked = [("Host", "x.gov.cn"), ("User-Agent", "nianbao")]
    return Exchange(
        url, at, request_headers=asked, status=status, headers=sent, body=body, notes={"role": "link", **notes}
    )


def crawl(archive, *written, source="site"):
    """One crawl that writes exchanges, each alone or with the record that it revisits."""
    with archive.crawling(source, lambda: {"links": len(written), "complete": True}) as under_way:
        for item in written:
            one, revisited = item if isinstance(item, tuple) else (item, None)
            under_way.write(one, revisits=revisited)
    return archive.records(source)


def crawl_files(archive, source="site"):
    return sorted((archive.root / source).glob("*.warc.gz"))


def raw_records(path):
    """Type, WARC headers and HTTP headers of each record, as warcio reads them."""
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream):
            yield record.rec_type, record.rec_headers, record.http_headers


def rebuilt(archive, source="site"):
    """The records as the files alone have them."""
    (archive.root / source / "index.jsonl").unlink()
    return archive.records(source)


def bomb():
    """Gzip of 32 GB of zeros: a piece of deflate that ends on a byte, four thousand times."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(b"\0" * (1 << 23)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\3" + piece * 4000 + packer.flush() + b"\0" * 8


def bodies(archive, records):
    return [(r.url, r.outcome, archive.get(r)) for r in records if r.outcome != "failed" and r.role != "crawl"]


# What a crawl writes ---------------------------------------------------------------------


def test_the_files_of_a_crawl_are_warc_1_1(archive):
    lost = Exchange("http://x.gov.cn/lost", AT, notes={"role": "link", "outcome": "failed", "reason": "timeout"})
    records = crawl(
        archive,
        exchange("http://x.gov.cn/a?b=1#c", via="http://x.gov.cn/", title="年报"),
        exchange("http://x.gov.cn?page=2", b"", status=302, headers=[("Location", "/a")]),
        lost,
        exchange("http://x.gov.cn/n", headers=[("Content-Disposition", 'attachment; filename="\xc4\xea\xb1\xa8.doc"')]),
    )
    crawl(archive, (exchange("http://x.gov.cn/a?b=1#c"), records[0]))
    for path in crawl_files(archive):
        subprocess.run([WARCIO, "check", path], check=True, capture_output=True)
        assert gzip.decompress(path.read_bytes()).startswith(b"WARC/1.1\r\n")
    first = list(raw_records(crawl_files(archive)[0]))
    assert [kind for kind, *_ in first] == [
        *["request", "response"] * 2, "request", "metadata", "request", "response", "metadata",
    ]  # fmt: skip
    lines = [http.to_str().split("\r\n")[0] for kind, _, http in first if kind == "request"]
    assert lines[:2] == ["GET /a?b=1#c HTTP/1.1", "GET /?page=2 HTTP/1.1"]


def test_a_request_names_its_response(archive):
    crawl(archive, exchange("http://x.gov.cn/a"), exchange("http://x.gov.cn/b"))
    found = list(raw_records(crawl_files(archive)[0]))
    for (_, request, _), (_, response, _) in zip(found[0:4:2], found[1:4:2], strict=True):
        assert request.get_header("WARC-Concurrent-To") == response.get_header("WARC-Record-ID")
        assert request.get_header("WARC-Date") == response.get_header("WARC-Date") == "2026-01-05T01:02:03.456789Z"


def test_what_the_crawl_knows_survives_the_index(archive):
    records = crawl(
        archive,
        exchange("http://x.gov.cn/a", via="http://x.gov.cn/", title="关于“2020”年的报告\n"),
        exchange("http://x.gov.cn/b", status=403, outcome="blocked", reason="challenge"),
        exchange("http://x.gov.cn/c", same_as="0" * 64, outcome="unchanged"),
        Exchange("http://x.gov.cn/d", AT, method="POST", request_body=b"col=1", status=200, body=PAGE, notes={"role": "list", "form": "col=1"}),
    )  # fmt: skip
    assert rebuilt(archive) == records
    first, blocked, same, posted, account = records
    assert (first.via, first.title, first.role) == ("http://x.gov.cn/", "关于“2020”年的报告\n", "link")
    assert (blocked.outcome, blocked.reason, blocked.is_document) == ("blocked", "challenge", False)
    assert (same.document, same.sha256) == ("0" * 64, first.sha256)
    assert (posted.form, posted.role) == ("col=1", "list")
    assert json.loads(archive.get(account))["complete"] is True
    assert archive.get_response(first)[1]["content-type"] == "text/html"


def test_a_body_that_came_again_is_kept_once(archive):
    kept, *_ = crawl(archive, exchange("http://x.gov.cn/a", headers=[("ETag", '"1"')]))
    not_modified = exchange("http://x.gov.cn/a", b"", status=304)
    first, _, second, *_ = crawl(archive, (not_modified, kept))
    # A revisit of a revisit is one of the body too.
    *_, third, _ = crawl(archive, (exchange("http://x.gov.cn/a"), second))
    for records in (archive.records("site"), rebuilt(archive)):
        fetches = [r for r in records if r.role == "link"]
        assert [(r.outcome, r.status, r.sha256, r.bytes) for r in fetches] == [
            ("kept", 200, kept.sha256, len(PAGE)), ("unchanged", 304, kept.sha256, len(PAGE)),
            ("unchanged", 200, kept.sha256, len(PAGE)),
        ]  # fmt: skip
        # With the headers of the fetch that has the body: its validators are asked with again.
        assert [archive.get_response(r) for r in fetches] == [archive.get_response(first)] * 3
        assert archive.get_response(third)[1]["etag"] == '"1"'
    sizes = [p.read_bytes().count(b"\x1f\x8b") for p in crawl_files(archive)]
    assert sum(PAGE in gzip.decompress(p.read_bytes()) for p in crawl_files(archive)) == 1, sizes


def test_a_revisit_in_a_file_that_sorts_before(archive):
    kept, *_ = crawl(archive, exchange("http://x.gov.cn/a"))
    crawl(archive, (exchange("http://x.gov.cn/a", b"", status=304), kept))
    later = crawl_files(archive)[1]
    later.rename(later.with_name("0.warc.gz"))
    assert [(o, b) for _, o, b in bodies(archive, rebuilt(archive))] == [("unchanged", PAGE), ("kept", PAGE)]


def test_two_crawls_in_one_second_keep_their_order(archive):
    for number in range(9):
        crawl(archive, exchange("http://x.gov.cn/a", f"<p>{number}</p>".encode(), at=datetime.now(UTC)))
    assert [json.loads(f"{b[3:4].decode()}") for *_, b in bodies(archive, archive.records("site"))] == list(range(9))
    with archive.crawling("site", dict) as under_way:
        assert archive.get(under_way.before["http://x.gov.cn/a", ""]) == b"<p>8</p>"


# What is left when it is cut -------------------------------------------------------------


def test_a_crawl_cut_at_every_byte_of_its_last_record(archive, tmp_path):
    """The open file of a killed crawl, cut anywhere in its last record: all records before it count, and no other."""
    urls = [f"http://x.gov.cn/{n}" for n in range(3)]
    crawl(archive, *map(exchange, urls))
    (path,) = crawl_files(archive)
    whole = path.read_bytes()
    # Each exchange is two members; the last member is the crawl's own account, which a killed one has not.
    offsets = [r.warc_offset for r in archive.records("site")]
    last, end = offsets[2], offsets[3]
    wanted = [(r.url, r.sha256, r.fetch_id) for r in archive.records("site")][:3]
    folder = tmp_path / "cut" / "site"
    for cut in range(last, end + 1):
        folder.mkdir(parents=True)
        (folder / f".{path.name}.open").write_bytes(whole[:cut])
        (folder / ".crawl.json").write_text('{"started_at": "2026-01-01T00:00:00Z", "full": false}')
        other = Archive(folder.parent)
        with other._held("site", "test"):
            pass
        (sealed,) = folder.glob("[!.]*.warc.gz")
        assert sealed.read_bytes() == whole[: end if cut == end else last]
        records, damages = other.read_source("site")
        assert damages == []
        assert [(r.url, r.sha256, r.fetch_id) for r in records] == wanted[: 3 if cut == end else 2]
        for p in folder.iterdir():
            p.unlink()
        folder.rmdir()


def test_a_killed_crawl_is_gone_on_with(archive):
    crawl(archive, *(exchange(f"http://x.gov.cn/{n}", at=datetime.now(UTC)) for n in range(3)))
    (path,) = crawl_files(archive)
    started = "2026-01-05T00:00:00Z"
    third = archive.records("site")[2].warc_offset
    (path.parent / f".{path.name}.open").write_bytes(path.read_bytes()[: third + 40])
    path.unlink()
    (path.parent / ".crawl.json").write_text(json.dumps({"started_at": started, "full": True}))
    assert archive.is_unfinished("site")
    with archive.crawling("site", lambda: {"complete": True}) as under_way:
        assert (under_way.resumed, under_way.full, under_way.started_at) == (True, True, started)
        assert {url for url, _ in under_way.during} == {"http://x.gov.cn/0", "http://x.gov.cn/1"}
        under_way.write(exchange("http://x.gov.cn/2"))
    assert not archive.is_unfinished("site")
    assert [r.url[-1] for r in archive.records("site") if r.role == "link"] == ["0", "1", "2"]
    assert archive.last_account(archive.records("site"))["started_at"] == started


def test_an_open_file_without_a_whole_record_is_cleared(archive):
    crawl(archive, exchange("http://x.gov.cn/a"))
    left = archive.root / "site" / ".20260101T000000-abc.warc.gz.open"
    left.write_bytes(b"\x1f\x8b\x08half")
    crawl(archive)
    assert not left.exists()
    assert len(crawl_files(archive)) == 2


# Files that others wrote -----------------------------------------------------------------


class Foreign:
    """A WARC file as another crawler writes it."""

    def __init__(self, *, compressed=True):
        self.stream = BytesIO()
        self.writer = WARCWriter(self.stream, gzip=compressed)

    def response(self, url, body, status="200 OK", media_type="text/html", date="2024-01-05T00:00:00Z", **headers):
        http = StatusAndHeaders(
            status,
            [("Content-Type", media_type), *((k.replace("_", "-"), v) for k, v in headers.items())],
            protocol="HTTP/1.1",
        )
        record = self.writer.create_warc_record(
            url,
            "response",
            payload=BytesIO(body),
            length=len(body),
            http_headers=http,
            warc_headers_dict={"WARC-Date": date},
        )
        self.writer.write_record(record)
        return record.rec_headers

    def revisit(self, url, digest, status="200 OK", date="2024-02-05T00:00:00Z", **refers):
        http = StatusAndHeaders(status, [("Content-Type", "text/html")], protocol="HTTP/1.1")
        headers = {"WARC-Date": date, **{k.replace("_", "-"): v for k, v in refers.items()}}
        record = self.writer.create_revisit_record(url, digest or "none", "", "", http, warc_headers_dict=headers)
        for name in ("WARC-Payload-Digest", "WARC-Refers-To-Target-URI", "WARC-Refers-To-Date"):
            if record.rec_headers.get_header(name) in ("", "none"):
                record.rec_headers.remove_header(name)
        self.writer.write_record(record)

    def save(self, path):
        path.write_bytes(self.stream.getvalue())
        return path


def test_revisits_of_other_crawlers(archive, tmp_path):
    """By digest, by the id of the earlier record, by its address and time; or their body is not here."""
    foreign = Foreign()
    # The original stands behind its revisits, as when files are merged.
    foreign.revisit("http://x.gov.cn/b", payload_digest(PAGE))
    original = foreign.response("http://x.gov.cn/a", PAGE)
    foreign.revisit("http://x.gov.cn/a", "sha1:OTHERFORMOFDIGEST", WARC_Refers_To=original.get_header("WARC-Record-ID"))
    foreign.revisit(
        "http://x.gov.cn/a", None, "304 Not Modified",
        WARC_Refers_To_Target_URI="http://x.gov.cn/a", WARC_Refers_To_Date="2024-01-05T00:00:00Z",
    )  # fmt: skip
    foreign.revisit("http://x.gov.cn/gone", "sha1:ABSENT")
    foreign.revisit("http://x.gov.cn/moved", payload_digest(PAGE), "302 Found")
    foreign.revisit("http://x.gov.cn/error", payload_digest(PAGE), "404 Not Found")
    records, is_new = archive.put_warc("site", foreign.save(tmp_path / "other.warc.gz"))
    assert is_new
    assert [(r.url[16:], r.outcome, r.reason) for r in records] == [
        ("b", "unchanged", None), ("a", "kept", None), ("a", "unchanged", None), ("a", "unchanged", None),
        ("gone", "failed", "body_not_here"), ("moved", "redirected", None), ("error", "failed", "http_404"),
    ]  # fmt: skip
    assert {archive.get(r) for r in records[:4]} == {PAGE}
    assert rebuilt(archive) == records


def test_what_a_browser_crawl_holds(workspace, tmp_path, quick_documents):
    """Styles, scripts, pictures, errors and redirects are kept in the archive and not read as documents."""
    report = dict(quick_documents)["file:2021-html.html"]
    foreign = Foreign()
    for url, body, media_type in (
        ("style.css", b"p { color: red }", "text/css"), ("a.js", b"x()", "application/javascript; charset=utf-8"),
        ("b.js", b"x()", "text/javascript"), ("logo.png", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("f.woff2", b"wOF2", "font/woff2"), ("v.mp4", b"....ftyp", "video/mp4"),
    ):  # fmt: skip
        foreign.response(f"http://x.gov.cn/{url}", body, media_type=media_type)
    foreign.response("http://x.gov.cn/404", report, "404 Not Found")
    foreign.response("http://x.gov.cn/503", report, "503 Service Unavailable")
    foreign.response("http://x.gov.cn/403", report, "403 Forbidden")
    foreign.response("http://x.gov.cn/301", report, "301 Moved")
    foreign.response("http://x.gov.cn/report", gzip.compress(report), Content_Encoding="gzip")
    done = add_files(workspace.archive, "site", [foreign.save(tmp_path / "browser.warc.gz")])
    assert (done.added, done.known, done.problems) == (1, 0, [])
    assert [r.state for r in bring_up(workspace)] == ["new"]
    query = workspace.warehouse.query
    assert query("SELECT url, status FROM core_reports").fetchall() == [("http://x.gov.cn/report", "parsed")]
    outcomes = query("SELECT outcome, reason, count(*) FROM raw_fetches GROUP BY ALL ORDER BY ALL").fetchall()
    assert outcomes == [
        ("blocked", "http_403", 1), ("failed", "http_404", 1), ("failed", "http_503", 1),
        ("failed", "not_a_document", 6), ("kept", None, 1), ("redirected", None, 1),
    ]  # fmt: skip


def test_the_same_records_in_any_compression(archive, tmp_path):
    plain = Foreign(compressed=False)
    plain.response("http://x.gov.cn/a", PAGE)
    plain.response("http://x.gov.cn/b", PAGE * 2)
    content = plain.stream.getvalue()
    assert content.startswith(b"WARC/1.0")
    for name, stored in (("plain.warc", content), ("whole.warc.gz", gzip.compress(content))):
        path = tmp_path / name
        path.write_bytes(stored)
        source = name.partition(".")[0]
        records, is_new = archive.put_warc(source, path)
        assert is_new
        assert [(r.url, archive.get(r)) for r in records] == [
            ("http://x.gov.cn/a", PAGE),
            ("http://x.gov.cn/b", PAGE * 2),
        ]
        (kept,) = crawl_files(archive, source)
        assert gzip.decompress(kept.read_bytes()) == content
        # Each record is a member of its own: it is read from where it stands.
        assert [kept.read_bytes()[r.warc_offset :][:2] for r in records] == [b"\x1f\x8b"] * 2
        assert scan(kept, source)[1] == []


def test_a_file_that_is_added_again_adds_nothing(workspace, tmp_path):
    foreign = Foreign(compressed=False)
    foreign.response("http://x.gov.cn/a", PAGE)
    content = foreign.stream.getvalue()
    names = {"a.warc": content, "copy.warc": content, "a.warc.gz": gzip.compress(content)}
    for name, stored in names.items():
        (tmp_path / name).write_bytes(stored)
    found = [add_files(workspace.archive, "site", [tmp_path / name]) for name in (*names, *names)]
    assert [(f.added, f.known, f.problems) for f in found] == [(1, 0, []), *[(0, 1, [])] * 5]
    assert len(workspace.archive.records("site")) == 1


def test_files_that_share_records_or_ids(workspace, tmp_path):
    """A file merged of others repeats their records; a careless writer repeats ids. Neither stops the source."""
    first, merged = Foreign(), Foreign()
    original = first.response("http://x.gov.cn/a", PAGE)
    merged.stream.write(first.stream.getvalue())
    merged.response("http://x.gov.cn/b", PAGE * 2)
    careless = Foreign()
    http = StatusAndHeaders("200 OK", [], protocol="HTTP/1.1")
    same_id = {"WARC-Record-ID": original.get_header("WARC-Record-ID")}
    careless.writer.write_record(
        careless.writer.create_warc_record(
            "http://x.gov.cn/c",
            "response",
            payload=BytesIO(PAGE * 3),
            length=len(PAGE) * 3,
            http_headers=http,
            warc_headers_dict=same_id,
        )
    )
    for name, file in (("1", first), ("2", merged), ("3", careless)):
        workspace.archive.put_warc("site", file.save(tmp_path / f"{name}.warc.gz"))
    records = workspace.archive.records("site")
    assert [r.url[16:] for r in records] == ["a", "b", "c"]
    assert len({r.fetch_id for r in records}) == 3
    assert [workspace.archive.get(r) for r in records] == [PAGE, PAGE * 2, PAGE * 3]
    assert [(r.state, r.error) for r in bring_up(workspace)] == [("new", None)]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "neither gzip nor WARC"),
        (gzip.compress(b""), "no response, resource or conversion record"),
        (gzip.compress(b"<html></html>"), "Unknown archive format"),
        (b"<html></html>", "not a WARC file, or damaged"),
        (b"\x1f\x8b\x08" + b"\0" * 40, "at byte 0"),
    ],
)
def test_what_is_no_warc_file(archive, tmp_path, content, problem):
    path = tmp_path / "bad.warc.gz"
    path.write_bytes(content)
    done = add_files(archive, "site", [path])
    assert (done.added, done.known) == (0, 0)
    (line,) = done.problems
    assert str(path) in line
    assert problem in line
    assert crawl_files(archive) == []


def test_a_damaged_file_adds_nothing(archive, tmp_path):
    foreign = Foreign()
    for n in range(3):
        foreign.response(f"http://x.gov.cn/{n}", PAGE)
    content = foreign.stream.getvalue()
    path = tmp_path / "cut.warc.gz"
    for damaged in (content[:-20], content[:200] + b"\xff" + content[201:]):
        path.write_bytes(damaged)
        done = add_files(archive, "site", [path])
        assert (done.added, len(done.problems)) == (0, 1)
    assert list((archive.root / "site").glob("*.warc.gz*")) == []


def test_a_bomb_is_not_unpacked(workspace, tmp_path):
    """To unpack it would take more than a minute; a little more than the limit is read."""
    foreign = Foreign()
    foreign.response("http://x.gov.cn/bomb", bomb(), Content_Encoding="gzip")
    foreign.response("http://x.gov.cn/limit", gzip.compress(b"x" * (MAX_BYTES + 1)), Content_Encoding="gzip")
    foreign.response("http://x.gov.cn/a", PAGE)
    began = time.monotonic()
    records, _ = workspace.archive.put_warc("site", foreign.save(tmp_path / "bomb.warc.gz"))
    assert time.monotonic() - began < 30
    assert [(r.url[16:], r.outcome, r.reason, r.bytes) for r in records] == [
        ("bomb", "failed", "too_large", 0), ("limit", "failed", "too_large", 0), ("a", "kept", None, len(PAGE)),
    ]  # fmt: skip
    assert workspace.archive.read_source("site")[1] == []
