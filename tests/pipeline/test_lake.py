"""Parquet per source: incremental equals full, whoever parses, and a kill leaves the state before."""

import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pipeline_helpers import bring_up
from warcio.archiveiterator import ArchiveIterator
from warcio.warcwriter import WARCWriter

from pipeline import lake as lake_module
from pipeline.archive import Archive
from pipeline.lake import Lake
from pipeline.schema import LAKE_TABLES
from pipeline.workspace import Workspace


def tables(lake, source):
    return {name: pq.read_table(lake.path(source, name)).to_pylist() for name in LAKE_TABLES}


def stage(workspace, source="site", **options):
    lake = workspace.lake
    with lake.staging(source) as folder:
        manifest = lake.stage(folder, workspace.archive, source, workspace.archive.records(source), **options)
        lake.promote(source, folder)
    return manifest


def test_incremental_equals_full(workspace, quick_documents):
    half = len(quick_documents) // 2
    workspace.archive.put("site", quick_documents[::2])
    stage(workspace, chunk_documents=7)
    workspace.archive.put("site", quick_documents[1::2][: half // 2])
    stage(workspace, chunk_documents=5)
    workspace.archive.put("site", quick_documents)
    manifest = stage(workspace, chunk_documents=3)
    assert 0 < manifest.parsed < manifest.documents == len(quick_documents)
    incremental = tables(workspace.lake, "site")
    shutil.rmtree(workspace.lake.root)
    manifest = stage(workspace, chunk_documents=100)
    assert manifest.parsed == manifest.documents
    full = tables(workspace.lake, "site")
    assert incremental == full
    assert sum(manifest.counts.values()) == sum(len(full[name]) for name in LAKE_TABLES)


def test_nothing_to_do(workspace, quick_documents):
    workspace.archive.put("site", quick_documents[:3])
    assert [r.state for r in bring_up(workspace)] == ["new"]
    assert [r.state for r in bring_up(workspace)] == ["unchanged"]


def test_another_parser_parses_everything_again(workspace, quick_documents, monkeypatch):
    workspace.archive.put("site", quick_documents[:3])
    assert stage(workspace).parsed == 3
    assert stage(workspace).parsed == 0
    monkeypatch.setattr(lake_module, "parser_version", lambda: "another")
    assert stage(workspace).parsed == 3
    monkeypatch.setattr(lake_module, "forms_version", lambda: "another")
    assert stage(workspace).parsed == 3


def test_a_kill_between_the_renames(workspace, quick_documents):
    workspace.archive.put("site", quick_documents[:2])
    stage(workspace)
    before = tables(workspace.lake, "site")
    root = workspace.lake.root
    (root / "site").rename(root / ".site.old")
    # A reader must not meddle: these may be the renames of a living process.
    assert Lake(root).manifest("site") is None
    assert workspace.stage_source("site").state == "unchanged"
    assert tables(workspace.lake, "site") == before


def test_an_incomplete_folder_is_no_state(workspace, quick_documents):
    workspace.archive.put("site", quick_documents[:2])
    stage(workspace)
    workspace.lake.path("site", "core_issues").unlink()
    assert workspace.lake.manifest("site") is None
    assert stage(workspace).parsed == 2


def test_progress_counts_every_document(workspace, quick_documents):
    workspace.archive.put("site", quick_documents)
    counts = []
    stage(workspace, chunk_documents=4, progress=counts.append)
    assert sum(counts) == len({content for _, content in quick_documents})
    assert max(counts) == 4


def test_a_damaged_file_is_no_state(workspace, quick_documents):
    workspace.archive.put("site", quick_documents[:2])
    stage(workspace)
    before = tables(workspace.lake, "site")
    path = workspace.lake.path("site", "core_observations")
    path.write_bytes(path.read_bytes()[:-1])
    assert workspace.lake.manifest("site") is None
    assert [r.state for r in bring_up(workspace)] == ["new"]
    assert tables(workspace.lake, "site") == before


def test_an_earlier_fetch_found_later(workspace, tmp_path, quick_documents):
    """A carried report has the address that its document has now."""
    workspace.archive.put("site", [("file:b", content) for _, content in quick_documents[:1]])
    stage(workspace)
    earlier = Archive(tmp_path / "earlier")
    earlier.put("site", [("file:a", content) for _, content in quick_documents[:1]])
    (path,) = (earlier.root / "site").glob("*.warc.gz")
    with path.open("rb") as old, (workspace.archive.root / "site" / "earlier.warc.gz").open("wb") as new:
        for record in ArchiveIterator(old):
            record.rec_headers.replace_header("WARC-Date", "2001-01-01T00:00:00Z")
            WARCWriter(new, gzip=True).write_record(record)
    assert stage(workspace).parsed == 0
    incremental = tables(workspace.lake, "site")
    assert {row["url"] for row in incremental["core_reports"]} == {"file:a"}
    assert [row["first_seen_at"] for row in incremental["raw_documents"]] == ["2001-01-01T00:00:00.000000Z"]
    shutil.rmtree(workspace.lake.root)
    assert stage(workspace).parsed == 1
    assert tables(workspace.lake, "site") == incremental


def test_one_process_stages_a_source_at_a_time(workspace, quick_documents):
    told = []
    workspace.archive.put("site", quick_documents[:2])
    settings = workspace.settings.model_copy(update={"lock_seconds": 0.3})
    impatient = Workspace(settings, tell=told.append)
    with workspace.lake.staging("site"):
        result = impatient.stage_source("site")
    assert (result.state, len(told)) == ("failed", 1)
    assert "another run still holds it after 0.3 s" in result.error
    assert "waiting up to 0.3 s" in told[0]


def test_what_another_process_staged_meanwhile_is_not_staged_again(workspace, quick_documents):
    workspace.archive.put("site", quick_documents[:2])
    results, waits = [], threading.Event()
    waiting = Workspace(workspace.settings, tell=lambda _: waits.set())
    thread = threading.Thread(target=lambda: results.append(waiting.stage_source("site")))
    with workspace.lake.staging("site") as folder:
        thread.start()
        assert waits.wait(10)
        workspace.lake.stage(folder, workspace.archive, "site", workspace.archive.records("site"))
        workspace.lake.promote("site", folder)
    thread.join(30)
    assert [r.state for r in results] == ["unchanged"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such signal")
def test_workers_die_with_their_parent():
    code = (
        "import os, time\n"
        "from pipeline.workers import map_jobs\n"
        "if __name__ == '__main__':\n"
        "    results = map_jobs('processes:1', eval, ['__import__(\"os\").getpid()'] * 9)\n"
        "    print(next(results), flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        worker = int(parent.stdout.readline())
        assert Path(f"/proc/{worker}").exists()
        parent.kill()
    end = time.monotonic() + 10
    while (status := Path(f"/proc/{worker}/stat")).exists() and status.read_text().split()[2] != "Z":
        assert time.monotonic() < end, "the worker still lives"
        time.sleep(0.05)


@pytest.mark.slow
def test_serial_processes_and_dask_agree(workspace, quick_documents):
    from distributed import LocalCluster

    workspace.archive.put("site", quick_documents)
    found = {}
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        address = cluster.scheduler_address.removeprefix("tcp://")
        for workers in ("serial", "processes:2", f"dask://{address}"):
            shutil.rmtree(workspace.lake.root, ignore_errors=True)
            stage(workspace, workers=workers, chunk_documents=6)
            found[workers.partition(":")[0]] = tables(workspace.lake, "site")
    assert found["serial"] == found["processes"] == found["dask"]
