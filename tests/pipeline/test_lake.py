"""Parquet per source: incremental equals full, whoever parses, and a kill leaves the state before."""

import shutil

import pyarrow.parquet as pq
import pytest
from pipeline_helpers import bring_up

from pipeline import lake as lake_module
from pipeline.lake import Lake
from pipeline.schema import CORE_TABLES, LAKE_TABLES


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
    assert sum(manifest.counts.values()) == sum(len(full[name]) for name in CORE_TABLES)


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
    assert Lake(root).manifest("site") is not None
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
