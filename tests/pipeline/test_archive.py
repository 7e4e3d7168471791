"""Raw bytes as WARC: what is put in comes out, and only whole records count."""

import gzip
import json
import threading
from uuid import uuid4

import pytest
from pipeline_helpers import bring_up
from warcio.archiveiterator import ArchiveIterator

from pipeline.archive import Archive, check_source_name, local_url

DOCUMENTS = [("file:a.txt", b"one"), ("file:%E5%B9%B4.html", "<p>年报</p>".encode()), ("file:c", b"")]


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path / "archive")


def test_what_goes_in_comes_out(archive):
    records, unchanged = archive.put("site", DOCUMENTS)
    assert unchanged == 0
    assert [(r.url, archive.get(r)) for r in records] == DOCUMENTS
    assert [r.media_type for r in records] == ["text/plain", "text/html", "application/octet-stream"]
    assert archive.sources() == ["site"]


def test_the_files_are_warc(archive):
    archive.put("site", DOCUMENTS)
    (path,) = (archive.root / "site").glob("*.warc.gz")
    with path.open("rb") as stream:
        found = [
            (r.rec_type, r.rec_headers.get_header("WARC-Target-URI"), r.content_stream().read())
            for r in ArchiveIterator(stream)
        ]
    assert found == [("resource", url, content) for url, content in DOCUMENTS]
    assert gzip.decompress(path.read_bytes()).startswith(b"WARC/1.1\r\n")


def test_nothing_is_kept_twice(archive):
    archive.put("site", DOCUMENTS)
    assert archive.put("site", DOCUMENTS) == ([], 3)
    records, unchanged = archive.put("site", [("file:a.txt", b"changed"), *DOCUMENTS])
    assert ([r.url for r in records], unchanged) == (["file:a.txt"], 3)
    assert len(archive.records("site")) == 4


def test_the_index_is_rebuilt_from_the_files(archive):
    archive.put("site", DOCUMENTS)
    records = archive.records("site")
    index = archive.root / "site" / "index.jsonl"
    for damaged in ("", "not json", json.dumps({"other.warc.gz": 1}) + "\n"):
        index.write_text(damaged, encoding="utf-8")
        assert archive.records("site") == records
    index.unlink()
    assert archive.records("site") == records


def test_a_file_cut_at_every_byte(archive, tmp_path):
    archive.put("site", DOCUMENTS[:2])
    (path,) = (archive.root / "site").glob("*.warc.gz")
    whole = path.read_bytes()
    first, second = (r.warc_offset for r in archive.records("site"))
    assert first == 0
    for cut in range(len(whole)):
        other = Archive(tmp_path / str(cut))
        (other.root / "site").mkdir(parents=True)
        (other.root / "site" / path.name).write_bytes(whole[:cut])
        records = other.records("site")
        assert len(records) <= (0 if cut < second // 2 else 2)
        for record in records:
            assert (record.url, other.get(record)) in DOCUMENTS
    assert len(records) in (1, 2)


def test_no_damage_goes_untold(archive):
    """One byte changed, or the file cut, anywhere: all records are there, or the damage is told."""
    archive.put("site", DOCUMENTS)
    (path,) = (archive.root / "site").glob("*.warc.gz")
    whole, records = path.read_bytes(), archive.records("site")
    damaged = [whole[:n] + bytes([whole[n] ^ 0xFF]) + whole[n + 1 :] for n in range(len(whole))]
    boundaries = {r.warc_offset for r in records} - {0}
    # A file cut between two records is whole in itself: the lake knows what is missing.
    damaged += [whole[:n] for n in range(len(whole)) if n not in boundaries]
    for content in damaged:
        path.write_bytes(content)
        (path.parent / "index.jsonl").unlink(missing_ok=True)
        found, damages = archive.read_source("site")
        assert damages or found == records
        assert {r.sha256 for r in found} <= {r.sha256 for r in records}
    path.write_bytes(whole)
    assert archive.read_source("site") == (records, [])


def test_an_index_cut_between_two_lines(archive):
    archive.put("site", DOCUMENTS)
    records = archive.records("site")
    index = archive.root / "site" / "index.jsonl"
    lines = index.read_text().splitlines(keepends=True)
    index.write_text("".join(lines[:-1]))
    assert archive.records("site") == records


def test_what_the_archive_lost_stays_in_the_lake(workspace, quick_documents):
    archive = workspace.archive
    archive.put("site", quick_documents[:20])
    archive.put("site", quick_documents[20:21])
    assert workspace.stage_source("site").state == "new"
    manifest = workspace.lake.manifest("site")
    _, last = sorted((archive.root / "site").glob("*.warc.gz"), key=lambda p: -p.stat().st_size)
    content = last.read_bytes()
    for damaged, message in ((content[:-30], f"{last.name} is damaged"), (None, "1 documents are gone")):
        last.unlink()
        if damaged:
            last.write_bytes(damaged)
        result = workspace.stage_source("site")
        assert result.state == "failed"
        assert message in result.error
        assert result.manifest == workspace.lake.manifest("site") == manifest
        last.write_bytes(content)
        assert workspace.stage_source("site").state == "unchanged"
    last.unlink()
    workspace.accept_fall = True
    assert workspace.stage_source("site").state == "new"
    assert workspace.lake.manifest("site").documents == manifest.documents - 1
    workspace.accept_fall = False
    assert workspace.stage_source("site").state == "unchanged"


def respond(folder, bodies, date="2024-01-05T00:00:00Z"):
    """A WARC file as some crawler writes it, without digests; `bodies` are status, HTTP headers and body."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "crawl.warc.gz").open("wb") as stream:
        for status, headers, body in bodies:
            http = "".join(f"{name}: {value}\r\n" for name, value in headers)
            block = f"HTTP/1.1 {status}\r\n{http}\r\n".encode() + body
            head = (
                f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{uuid4()}>\r\n"
                f"WARC-Target-URI: http://x.gov.cn/a\r\nWARC-Date: {date}\r\n"
                f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
            )
            stream.write(gzip.compress(head.encode() + block + b"\r\n\r\n"))


def test_responses_have_their_status_and_length(workspace):
    chunked = b"5\r\nwhole\r\n0\r\n\r\n"
    respond(
        workspace.archive.root / "site",
        [
            ("200 OK", [("Content-Length", "5")], b"whole"),
            ("404 Not Found", [], b"gone"),
            ("200 OK", [("Content-Length", "50")], b"short"),
            ("200 OK", [("Transfer-Encoding", "chunked"), ("Content-Length", "99")], chunked),
            ("200 OK", [("Content-Encoding", "gzip"), ("Content-Length", "25")], gzip.compress(b"whole", mtime=0)),
        ],
    )
    records, damages = workspace.archive.read_source("site")
    assert damages == []
    assert [(r.status, r.reason) for r in records] == [
        (200, None),
        (404, "http_404"),
        (200, "truncated"),
        (200, None),
        (200, None),
    ]
    assert [workspace.archive.get(r) for r in records] == [b"whole", b"gone", b"short", b"whole", b"whole"]
    bring_up(workspace)
    fetches = "SELECT status, outcome, reason FROM raw_fetches WHERE outcome <> 'kept' ORDER BY status"
    assert workspace.warehouse.query(fetches).fetchall() == [(200, "failed", "truncated"), (404, "failed", "http_404")]
    documents = "SELECT count(*) FROM raw_documents"
    assert workspace.warehouse.query(documents).fetchall() == [(1,)]


def test_a_response_cut_with_its_file(archive):
    respond(archive.root / "site", [("200 OK", [], bytes(range(256)) * 99)] * 2)
    path = archive.root / "site" / "crawl.warc.gz"
    first, second = archive.records("site")
    path.write_bytes(path.read_bytes()[: second.warc_offset + 400])
    records, (damage,) = archive.read_source("site")
    assert records == [first]
    assert (damage.warc_file, damage.warc_offset) == ("crawl.warc.gz", second.warc_offset)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2024-01-05T00:00:00Z", "2024-01-05T00:00:00.000000Z"),
        ("2024-01-05T00:00:00.5Z", "2024-01-05T00:00:00.500000Z"),
        ("2024-01-05T00:00:00.123456789Z", "2024-01-05T00:00:00.123456Z"),
        ("2024-01-05T08:00:00+08:00", "2024-01-05T00:00:00.000000Z"),
        ("0001-01-01T00:00:00+08:00", None),
        ("2024", None),
        ("", None),
        ("yesterday", None),
    ],
)
def test_times_of_foreign_files(workspace, date, expected):
    respond(workspace.archive.root / "site", [("200 OK", [], b"text")], date)
    assert [r.fetched_at for r in workspace.archive.records("site")] == [expected]
    assert [r.state for r in bring_up(workspace)] == ["new"]
    seen = "SELECT first_seen_at = last_seen_at FROM raw_documents"
    assert workspace.warehouse.query(seen).fetchall() == [(None if expected is None else True,)]


def test_the_first_time_is_not_after_the_last(workspace):
    respond(workspace.archive.root / "site", [("200 OK", [], b"text")], "2024-01-05T00:00:00.5Z")
    path = workspace.archive.root / "site" / "crawl.warc.gz"
    path.rename(path.with_name("later.warc.gz"))
    respond(workspace.archive.root / "site", [("200 OK", [], b"text")], "2024-01-05T00:00:00Z")
    bring_up(workspace)
    seen = "SELECT epoch(last_seen_at) - epoch(first_seen_at) FROM raw_documents"
    assert workspace.warehouse.query(seen).fetchall() == [(0.5,)]


def test_two_adds_at_once_keep_everything_once(archive):
    started, waits = threading.Event(), threading.Event()

    def slow():
        started.set()
        assert waits.wait(10)
        yield from DOCUMENTS

    first = threading.Thread(target=lambda: archive.put("site", slow()))
    first.start()
    assert started.wait(10)
    second = Archive(archive.root, tell=lambda _: waits.set())
    assert second.put("site", DOCUMENTS) == ([], 3)
    first.join(10)
    assert len(archive.records("site")) == 3


def test_what_a_killed_add_left_is_cleared(archive):
    archive.put("site", DOCUMENTS)
    left = archive.root / "site" / ".20260101T000000-abc.warc.gz.partial"
    left.write_bytes(b"half")
    archive.put("site", DOCUMENTS)
    assert not left.exists()


def test_a_damaged_record_is_told(archive):
    archive.put("site", DOCUMENTS)
    (record, *_) = archive.records("site")
    path = archive.root / "site" / record.warc_file
    path.write_bytes(b"\0" * path.stat().st_size)
    with pytest.raises(OSError, match="damaged"):
        archive.get(record)


def test_an_unfinished_file_is_ignored(archive):
    archive.put("site", DOCUMENTS)
    (archive.root / "site" / ".20260101T000000-abc.warc.gz.partial").write_bytes(b"half")
    assert len(archive.records("site")) == 3


def test_a_failing_put_leaves_nothing(archive):
    def documents():
        yield DOCUMENTS[0]
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        archive.put("site", documents())
    assert archive.records("site") == []
    assert not list((archive.root / "site").glob("*partial*"))


@pytest.mark.parametrize("name", ["", "A", "../x", "a/b", ".hidden", "x" * 80, "年"])
def test_source_names(archive, name):
    with pytest.raises(ValueError, match="no source name"):
        check_source_name(name)
    with pytest.raises(ValueError, match="no source name"):
        archive.put(name, DOCUMENTS)


def test_local_addresses_are_relative():
    assert local_url("2019/年报.html") == "file:2019/%E5%B9%B4%E6%8A%A5.html"
