"""The warehouse: what is loaded, who may read meanwhile, what a kill leaves."""

import fcntl
import json
import shutil
import subprocess
import sys
import threading
import time

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pipeline_helpers import bring_up, dump

from pipeline.locks import Busy
from pipeline.panel import panel_sql
from pipeline.schema import LAKE_TABLES, TABLES
from pipeline.settings import Settings
from pipeline.warehouse import OUT_TABLES, Warehouse
from pipeline.workspace import Workspace


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
        with pytest.raises(Busy, match="still holds it"):
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


def test_a_warehouse_of_another_schema_is_built_anew(loaded):
    before = dump(loaded.warehouse)
    with duckdb.connect(str(loaded.warehouse.path)) as connection:
        connection.execute("UPDATE meta_loads SET digest = 'another' WHERE name = 'schema'")
    assert loaded.warehouse.digests() == {}
    loaded.warehouse.load_sources(loaded.lake, [], loaded.tell)
    after = dump(loaded.warehouse)
    assert {name: after[name] for name in LAKE_TABLES if name != "core_reports"} == {
        name: before[name] for name in LAKE_TABLES if name != "core_reports"
    }


def test_a_new_warehouse_leaves_out_what_was_staged_for_another_schema(loaded, quick_documents):
    loaded.archive.put("older", quick_documents[:2])
    bring_up(loaded, "older")
    manifest = loaded.lake.root / "older" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"schema_version": "another", "digest": "-"}))
    loaded.warehouse.path.unlink()
    told = []
    loaded.warehouse.load_sources(loaded.lake, ["site"], told.append)
    assert set(loaded.warehouse.digests()) & {"source site", "source older"} == {"source site"}
    assert told == ["older: its rows are of another version of the tables; run it to have them loaded"]
    assert [r.state for r in bring_up(loaded)] == ["new", "unchanged"]
    assert "source older" in loaded.warehouse.digests()


def test_a_source_that_cannot_be_loaded_does_not_stop_the_others(loaded, quick_documents):
    before = dump(loaded.warehouse)
    loaded.archive.put("site", [("file:more.txt", b"more")])
    loaded.archive.put("other", quick_documents[:2])
    results = [loaded.stage_source(source) for source in ("other", "site")]
    path = loaded.lake.path("site", "raw_fetches")
    fetches = pq.ParquetFile(path).read()
    wrong = pa.array(["yesterday"] * fetches.num_rows)
    pq.write_table(fetches.set_column(3, fetches.schema.field(3), wrong), path)
    manifest = path.with_name("manifest.json")
    noted = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(noted | {"bytes": noted["bytes"] | {"raw_fetches": path.stat().st_size}}))
    other, site = loaded.load(results)
    assert (other.state, other.error) == ("new", None)
    assert site.state == "failed"
    assert "yesterday" in site.error
    after = dump(loaded.warehouse)
    assert [row for row in after["raw_fetches"] if "'site'" in row] == before["raw_fetches"]
    assert [row for row in after["core_observations"] if row.startswith("('site'")] == before["core_observations"]
    assert one(loaded.warehouse, "SELECT count(DISTINCT source) FROM core_reports") == 2


def test_one_warc_file_in_two_sources(loaded):
    """Record ids are unique in a file, and the file may be at two sources."""
    shutil.copytree(loaded.archive.root / "site", loaded.archive.root / "copy")
    assert [(r.source, r.state, r.error) for r in bring_up(loaded)] == [
        ("copy", "new", None),
        ("site", "unchanged", None),
    ]
    assert dict(
        loaded.warehouse.query("SELECT source, count(*) FROM raw_fetches GROUP BY 1").fetchall()
    ) == dict.fromkeys(("copy", "site"), len(loaded.archive.records("site")))


@pytest.mark.parametrize("folder", ["source=other", "year=1999/form=2014", "da[t]a", "d*", "it's"])
def test_a_data_folder_of_any_name(tmp_path, quick_documents, folder):
    tables = []
    for name in ("plain", folder, "dat", "dd"):
        workspace = Workspace(Settings(data=tmp_path / name), tell=lambda _: None)
        # The folders beside it, which a pattern would find too, hold one document more.
        workspace.archive.put("site", [*quick_documents[:1], *[("file:more", b"more")][: name in ("dat", "dd")]])
        bring_up(workspace)
    for name in ("plain", folder):
        workspace = Workspace(Settings(data=tmp_path / name), tell=lambda _: None)
        workspace.archive.put("site", [("file:late", b"late")])
        assert [r.state for r in bring_up(workspace)] == ["new"]
        tables.append(dump(workspace.warehouse))
    plain, found = tables
    assert all(found[name] == plain[name] for name in LAKE_TABLES if name not in ("raw_fetches", "raw_documents"))
    assert len(found["raw_fetches"]) == len(plain["raw_fetches"]) == 2


def test_another_rule_reaches_the_tables_without_a_load(loaded, monkeypatch):
    assert loaded.warehouse.is_refreshed("out_panel_all")
    none = "UPDATE core_reports SET is_current = FALSE"
    monkeypatch.setattr("pipeline.warehouse.current_sql", lambda: none)
    assert not loaded.warehouse.is_refreshed("out_panel")
    loaded.warehouse.refresh(OUT_TABLES, loaded.tell)
    assert one(loaded.warehouse, "SELECT count(*) FROM out_panel") == 0
    before = panel_sql("out_panel_all")
    monkeypatch.setattr("pipeline.warehouse.panel_sql", lambda _: f"SELECT * FROM ({before}) LIMIT 1")
    assert not loaded.warehouse.is_refreshed("out_panel_all")
    loaded.warehouse.refresh(["out_panel_all"], loaded.tell)
    assert one(loaded.warehouse, "SELECT count(*) FROM out_panel_all") == 1
    assert loaded.warehouse.is_refreshed("out_panel_all")


def test_queries_cannot_write(loaded):
    with pytest.raises(duckdb.Error):
        loaded.warehouse.query("DELETE FROM core_reports")
    with pytest.raises(FileNotFoundError, match="nianbao run"):
        Warehouse(loaded.warehouse.path.with_name("none.duckdb")).query("SELECT 1")


def test_another_rule_of_the_panel_reaches_what_is_made_from_it(loaded, monkeypatch):
    warehouse = loaded.warehouse
    assert warehouse.is_refreshed("out_rates")
    rule = panel_sql("out_panel")
    monkeypatch.setattr("pipeline.warehouse.panel_sql", lambda _: f"SELECT * FROM ({rule}) WHERE year > 2019")
    assert not warehouse.is_refreshed("out_rates")
    warehouse.refresh(["out_rates"], loaded.tell)
    assert one(warehouse, "SELECT min(year) FROM out_rates") > 2019
    assert warehouse.is_refreshed("out_panel")
