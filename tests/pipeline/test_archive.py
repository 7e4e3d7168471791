"""Raw bytes as WARC: what is put in comes out, and only whole records count."""

import gzip
import json

import pytest
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
