"""The warehouse: what is loaded, who may read meanwhile, what a kill leaves."""

import fcntl
import subprocess
import sys
import threading
import time

import duckdb
import pytest
from pipeline_helpers import bring_up, dump

from pipeline.schema import LAKE_TABLES, TABLES
from pipeline.warehouse import OUT_TABLES, Warehouse, WarehouseBusy


@pytest.fixture
def loaded(workspace, quick_documents):
    workspace.archive.put("site", quick_documents)
    bring_up(workspace)
    return workspace


def one(warehouse, sql):
    return warehouse.query(sql).fetchall()[0][0]


def test_every_table_is_there_with_its_meaning(loaded):
    warehouse = loaded.warehouse
    comments = dict(warehouse.query("SELECT table_name, comment FROM duckdb_tables()").fetchall())
    assert comments == {t.name: t.description for t in TABLES}
    columns = warehouse.query(
        "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
    ).fetchall()
    assert {(t, c): d for t, c, d in columns} == {(t.name, c.name): c.description for t in TABLES for c in t.columns}


def test_rows_are_those_of_the_lake(loaded):
    manifest = loaded.lake.manifest("site")
    for name, count in manifest.counts.items():
        assert one(loaded.warehouse, f"SELECT count(*) FROM {name}") == count
    assert one(loaded.warehouse, "SELECT count(*) FROM raw_documents") == manifest.documents


def test_a_load_replaces_and_does_not_add(loaded):
    before = dump(loaded.warehouse)
    loaded.warehouse.load_sources(loaded.lake, ["site"], loaded.tell)
    loaded.warehouse.refresh(OUT_TABLES, loaded.tell)
    assert dump(loaded.warehouse) == before


def test_one_source_is_loaded_beside_another(loaded, quick_documents):
    site = one(loaded.warehouse, "SELECT count(*) FROM core_observations")
    loaded.archive.put("other", quick_documents[:4])
    bring_up(loaded, "other")
    assert one(loaded.warehouse, "SELECT count(*) FROM core_observations WHERE source = 'site'") == site
    assert one(loaded.warehouse, "SELECT count(DISTINCT source) FROM core_reports") == 2
    # The same documents at two sources: one of the two is current.
    assert (
        one(
            loaded.warehouse,
            "SELECT max(n) FROM (SELECT count(*) n FROM core_reports WHERE is_current GROUP BY agency_id, year, scope)",
        )
        == 1
    )


def test_a_reader_keeps_the_file_it_opened(loaded):
    """A load while another process holds a read connection."""
    code = (
        "import duckdb, sys\n"
        "c = duckdb.connect(sys.argv[1], read_only=True)\n"
        "n = lambda: c.execute('SELECT count(*) FROM core_reports').fetchone()[0]\n"
        "print(n(), flush=True); sys.stdin.readline(); print(n(), flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(loaded.warehouse.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        before = reader.stdout.readline()
        loaded.archive.put("more", [("file:new.txt", "无表格".encode())])
        bring_up(loaded, "more")
        after, _ = reader.communicate("\n", timeout=30)
    assert (reader.returncode, after) == (0, before)
    assert one(loaded.warehouse, "SELECT count(*) FROM core_reports") == int(before) + 1


def test_a_second_load_waits_and_then_fails(loaded):
    told = []
    busy = Warehouse(loaded.warehouse.path, lock_seconds=0.5)
    with loaded.warehouse.path.with_name(".warehouse.duckdb.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(WarehouseBusy, match="still holds it"):
            busy.refresh(OUT_TABLES, told.append)
        assert len(told) == 1
        assert "waiting" in told[0]
        threading.Timer(0.3, lambda: fcntl.flock(lock, fcntl.LOCK_UN)).start()
        started = time.monotonic()
        Warehouse(loaded.warehouse.path, lock_seconds=10).refresh(OUT_TABLES, told.append)
        assert time.monotonic() - started > 0.25


def test_a_failed_load_changes_nothing(loaded, monkeypatch):
    before = dump(loaded.warehouse)
    monkeypatch.setattr("pipeline.warehouse.current_sql", lambda: "SELECT nothing FROM nowhere")
    with pytest.raises(duckdb.Error):
        loaded.warehouse.load_sources(loaded.lake, ["site"], loaded.tell)
    assert dump(loaded.warehouse) == before
    assert not list(loaded.warehouse.path.parent.glob(".warehouse.duckdb.partial*"))


def test_a_warehouse_of_another_schema_is_built_anew(loaded, monkeypatch):
    before = dump(loaded.warehouse)
    monkeypatch.setattr("pipeline.warehouse.schema_version", lambda: "another")
    assert loaded.warehouse.digests() == {}
    loaded.warehouse.load_sources(loaded.lake, [], loaded.tell)
    after = dump(loaded.warehouse)
    assert {name: after[name] for name in LAKE_TABLES if name != "core_reports"} == {
        name: before[name] for name in LAKE_TABLES if name != "core_reports"
    }


def test_queries_cannot_write(loaded):
    with pytest.raises(duckdb.Error):
        loaded.warehouse.query("DELETE FROM core_reports")
    with pytest.raises(FileNotFoundError, match="nianbao run"):
        Warehouse(loaded.warehouse.path.with_name("none.duckdb")).query("SELECT 1")
