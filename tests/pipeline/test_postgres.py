"""The warehouse on a PostgreSQL server: the rows of the file, whole loads or none, what it refuses, who may read."""

import io
import json
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pipeline_helpers import bring_up, served_rows
from rich.console import Console

import pipeline
from assets.describe import preview
from pipeline.conditions import explain
from pipeline.definitions import JOB, build_definitions
from pipeline.figures import (
    count_panel,
    coverage_by_province,
    coverage_by_year,
    ledger_by_year,
    read_failures,
    rows_by_source,
    verdicts_by_source,
)
from pipeline.history import read_history
from pipeline.locks import Busy
from pipeline.postgres import Refused
from pipeline.prose_checks import check_prose
from pipeline.schema import LAKE_TABLES, TABLES
from pipeline.settings import BadSetting, Settings, read_settings
from pipeline.summary import print_summary
from pipeline.warehouse import OUT_TABLES, SourcesNotLoaded, Warehouse
from pipeline.workspace import Workspace

ROOT = Path(pipeline.__file__).parent.parent


@pytest.fixture(scope="session")
def staged(tmp_path_factory, quick_documents):
    """A data folder of three reports at one source and two at another, loaded into its file."""
    data = tmp_path_factory.mktemp("staged") / "data"
    workspace = workspace_of(data, "")
    workspace.archive.put("site", quick_documents[:3])
    workspace.archive.put("other", quick_documents[2:4])
    bring_up(workspace)
    return data


def workspace_of(data, url, **more):
    tell = more.pop("tell", lambda _: None)
    return Workspace(Settings(data=data, warehouse=url, **more), tell=tell)


@pytest.fixture
def served(staged, postgres, tmp_path):
    """The same, served by PostgreSQL."""
    shutil.copytree(staged, tmp_path / "data")
    workspace = workspace_of(tmp_path / "data", postgres)
    workspace.warehouse.serve(workspace.tell)
    return workspace


@pytest.fixture
def server(postgres):
    with psycopg.connect(postgres, autocommit=True) as connection:
        yield connection


def both(workspace):
    return Warehouse(workspace.settings.workbench), workspace.warehouse


def assert_same(workspace):
    here, there = map(served_rows, both(workspace))
    for t in TABLES:
        assert there[t.name] == here[t.name], t.name
    return there


def one(warehouse, sql, *parameters):
    return warehouse.query(sql, parameters).fetchall()[0][0]


def change(workspace, source, name, **columns):
    """Write other values into the first row of a table of the lake, as a parser might have found them."""
    path = workspace.lake.path(source, name)
    rows = pq.ParquetFile(path).read()
    for column, value in columns.items():
        place = rows.schema.get_field_index(column)
        values = [value, *rows[column].to_pylist()[1:]]
        rows = rows.set_column(place, rows.schema.field(place), pa.array(values, rows.schema.field(place).type))
    pq.write_table(rows, path)
    manifest = path.with_name("manifest.json")
    noted = json.loads(manifest.read_text())
    noted["bytes"][name] = path.stat().st_size
    manifest.write_text(json.dumps(noted | {"digest": f"{noted['digest']} {columns.keys()}"}))


# The same rows


def test_every_table_is_that_of_the_file(served, quick_documents):
    before = assert_same(served)
    assert {name for name, rows in before.items() if rows} >= {
        "core_observations",
        "core_facts",
        "out_panel",
        "ref_indicators",
    }
    assert served.warehouse.serve().counts == {}
    # The same documents at a third source, seen later: which report is to be used changes at sources not loaded.
    served.archive.put("third", quick_documents[:2])
    bring_up(served, "third")
    after = assert_same(served)
    assert [r for r in after["core_reports"] if "'site'" in r] != [r for r in before["core_reports"] if "'site'" in r]
    served.archive.put("site", quick_documents[4:5])
    assert [r.state for r in bring_up(served, "site")] == ["new"]
    assert_same(served)
    assert served.sources_to_load([served.stage_source(s) for s in served.archive.sources()]) == []
    assert all(served.warehouse.is_refreshed(name) for name in OUT_TABLES)


@pytest.mark.usefixtures("served")
def test_meanings_and_keys_are_there(server):
    comments = "SELECT relname, obj_description(oid) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    assert dict(server.execute(comments).fetchall()) == {t.name: t.description for t in TABLES}
    columns = server.execute(
        """SELECT c.relname, a.attname, col_description(c.oid, a.attnum) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
           WHERE c.relkind = 'r' AND a.attnum > 0 AND c.relnamespace = 'public'::regnamespace"""
    ).fetchall()
    assert {(t, c): d for t, c, d in columns} == {(t.name, c.name): c.description for t in TABLES for c in t.columns}
    keys = server.execute(
        """SELECT conrelid::regclass::text, array_agg(a.attname::text ORDER BY k.place) FROM pg_constraint,
           unnest(conkey) WITH ORDINALITY k(number, place), pg_attribute a
           WHERE contype = 'p' AND connamespace = 'public'::regnamespace AND a.attrelid = conrelid AND a.attnum = k.number GROUP BY 1"""
    ).fetchall()
    assert {name: tuple(key) for name, key in keys} == {t.name: t.key for t in TABLES}


def test_a_value_that_only_one_of_both_can_hold(served):
    """What a damaged document might hold: nothing keeps it out, and only U+0000 comes out as U+FFFD."""
    texts = ["a\0b", "", '"q" \\ \\.\n\\.\r\n,\t年', "长" * 700_000, "\\N", "\ufeff\U0001f600"]
    for n, text in enumerate(texts):
        flags = '["\\u0000", "  ", {"b": 1, "a": 1e400, "a": -0.0}]'
        change(
            served,
            "site",
            "core_observations",
            raw=text,
            flags=flags,
            value=[float("nan"), float("inf"), -1e308][n % 3],
        )
        served.warehouse.load_sources(served.lake, ["site"], served.tell)
        sql = "SELECT raw, value, flags, raw_row IS NULL FROM core_observations WHERE source = 'site' ORDER BY report_id, seq LIMIT 1"
        (here,), (there,) = (w.query(sql).fetchall() for w in both(served))
        assert here[0] == text
        assert there[0] == text.replace("\0", "\ufffd")
        assert repr(there[1:]) == repr(here[1:])
        assert there[2] == flags
    change(served, "site", "core_observations", raw="1")
    served.warehouse.load_sources(served.lake, ["site"], served.tell)
    assert_same(served)


# The same answers


def test_every_query_of_the_project_runs_on_both(served):
    def shown(warehouse):
        console = Console(record=True, width=300, file=io.StringIO())
        print_summary(warehouse, [], console)
        return console.export_text()

    here, there = both(served)
    assert shown(there) == shown(here)
    assert "observations" in shown(there)
    found, expected = check_prose(there), check_prose(here)
    assert found == expected
    assert found[0].figures["facts"] > 0
    for told in (verdicts_by_source, coverage_by_year, coverage_by_province, ledger_by_year, count_panel):
        assert told(there) == told(here)
    assert read_failures(there, 100) == read_failures(here, 100)
    assert rows_by_source(there, LAKE_TABLES) == rows_by_source(here, LAKE_TABLES)
    for (report,) in here.query("SELECT report_id FROM core_reports").fetchall():
        assert read_history(there, report) == read_history(here, report)
    assert len(read_history(there, report)) == 1
    for t in TABLES:
        assert preview(there, t)["dagster/row_count"] >= preview(here, t)["dagster/row_count"]
        assert preview(there, t).keys() == preview(here, t).keys()


def test_the_queries_of_the_readme_run_on_both(served):
    (block,) = re.findall(r"```sql\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    queries = [query for query in re.split(r";\n", block) if query.strip()]
    assert len(queries) >= 4
    answers = []
    for query in queries:
        portable = query.replace("ORDER BY ALL", "ORDER BY 1, 2, 3")
        here, there = (sorted(map(repr, w.query(portable).fetchall())) for w in both(served))
        assert there == here
        answers.append(len(there))
    assert sum(answers) > 0


def test_text_is_sorted_as_in_the_file(served):
    sql = "SELECT DISTINCT label_zh FROM ref_indicators ORDER BY label_zh"
    here, there = (w.query(sql).fetchall() for w in both(served))
    assert there == here


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM core_reports",
        "WITH gone AS (DELETE FROM core_reports RETURNING *) SELECT * FROM gone",
        "COPY core_reports TO PROGRAM 'cat > /tmp/nianbao-must-not-be'",
        "COPY (SELECT 1) TO '/tmp/nianbao-must-not-be'",
        "SELECT 1; DELETE FROM core_reports",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        "DO $$ BEGIN DELETE FROM core_reports; END $$",
        "SET ROLE postgres",
        "CREATE TABLE t AS SELECT 1",
        "SELECT 1 INTO t",
        "",
    ],
)
def test_a_query_only_reads(served, sql):
    """Even as the superuser that the tests are."""
    with pytest.raises(psycopg.Error):
        served.warehouse.query(sql)
    assert one(served.warehouse, "SELECT count(*) FROM core_reports") > 0
    assert not Path("/tmp/nianbao-must-not-be").exists()


def test_a_query_has_parameters_and_percent_signs(served):
    sql = "SELECT count(*) FROM core_reports WHERE source LIKE 'si%' AND source = $1 AND year > $2"
    assert one(served.warehouse, sql, "site", 2000) > 0


# Loads and their failures


def test_a_source_that_the_server_refuses_keeps_its_rows(served, quick_documents):
    before = served_rows(served.warehouse)
    fetch_id = "".join(chr(0x4E00 + n * 37 % 20000) for n in range(3000))  # longer than an index takes
    change(served, "site", "raw_fetches", fetch_id=fetch_id)
    served.archive.put("other", quick_documents[5:6])
    served.stage_source("other")
    with pytest.raises(SourcesNotLoaded) as problem:
        served.warehouse.load_sources(served.lake, ["site", "other"], served.tell)
    assert list(problem.value.reasons) == ["site"]
    assert "index row" in problem.value.reasons["site"]
    after = served_rows(served.warehouse)
    of = {source: [r for rows in after.values() for r in rows if f"'{source}'" in r] for source in ("site", "other")}
    assert [r for r in after["core_observations"] if "('site'" in r] == [
        r for r in before["core_observations"] if "('site'" in r
    ]
    assert len(of["other"]) > len([r for rows in before.values() for r in rows if "'other'" in r])
    assert "source site" not in served.warehouse.digests()
    told = []
    served.warehouse.refresh(OUT_TABLES, told.append)  # the others go on without it, and without a word at every table
    assert told == []
    change(served, "site", "raw_fetches", fetch_id="short")
    served.warehouse.load_sources(served.lake, ["site"], served.tell)
    assert_same(served)


def test_a_second_load_waits_and_then_fails(served, postgres, server):
    told = []
    busy = workspace_of(served.settings.data, postgres, lock_seconds=0.3).warehouse
    server.execute("SELECT pg_advisory_lock(1852399982, hashtext('public'))")
    with pytest.raises(Busy, match=r"postgresql://postgres@.*another load still holds it after 0.3 s"):
        busy.load_sources(served.lake, ["site"], told.append)
    assert len(told) == 1

    def tell(text):
        told.append(text)
        server.execute("SELECT pg_advisory_unlock_all()")

    served.warehouse.load_sources(served.lake, ["site"], tell)
    assert [text.rpartition(" up to ")[2] for text in told] == ["0.3 s", "600 s"]


def test_a_reader_who_will_not_go_stands_in_the_way_of_new_tables_only(served, postgres, server):
    with psycopg.connect(postgres) as reader:
        reader.execute("SELECT count(*) FROM core_points")
        change(served, "site", "core_points", text="another")
        served.warehouse.load_sources(served.lake, ["site"], served.tell)
        server.execute("UPDATE meta_loads SET digest = 'older' WHERE name = 'table core_points'")
        busy = workspace_of(served.settings.data, postgres, lock_seconds=0.3).warehouse
        with pytest.raises(Busy, match="another session still holds a table"):
            busy.serve()
    assert served.warehouse.serve().counts.keys() == {"core_points"}
    assert_same(served)


def test_readers_see_whole_loads_only(served, postgres, quick_documents):
    """A reader who asks all the time, while two states follow each other."""
    sql = """SELECT (SELECT digest FROM meta_loads WHERE name = 'source site'), (SELECT count(*) FROM core_observations),
             (SELECT count(*) FROM core_reports WHERE is_current), (SELECT count(*) FROM core_facts)"""
    states, seen, done = [one_row(served, sql)], set(), threading.Event()

    def read():
        with psycopg.connect(postgres, autocommit=True) as reader:
            while not done.is_set():
                seen.add(reader.execute(sql).fetchone())

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for document in quick_documents[4:8]:
            served.archive.put("site", [document])
            served.load([served.stage_source("site")])
            states.append(one_row(served, sql))
    finally:
        done.set()
        thread.join()
    assert len(set(states)) == 5
    assert seen <= set(states)
    assert len(seen) > 1


def one_row(workspace, sql):
    return tuple(workspace.warehouse.query(sql).fetchall()[0])


def test_two_loads_at_once(served, postgres, staged, tmp_path):
    """From two data folders into one server: one after the other, each whole."""
    shutil.copytree(staged, tmp_path / "second")
    workspaces = [served, workspace_of(tmp_path / "second", postgres)]
    for n, workspace in enumerate(workspaces):
        change(workspace, "site", "core_observations", raw=f"of {n}")
    problems = []

    def load(workspace):
        try:
            workspace.warehouse.load_sources(workspace.lake, ["site"], workspace.tell)
        except (psycopg.Error, duckdb.Error, Refused, Busy) as error:
            problems.append(error)

    threads = [threading.Thread(target=load, args=[workspace]) for workspace in workspaces]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    last = one(served.warehouse, "SELECT raw FROM core_observations WHERE raw LIKE 'of %'")
    assert_same(workspaces[int(last[-1])])


# The server's state


def test_tables_of_another_version_are_made_anew(served, server):
    rows = served_rows(served.warehouse)
    server.execute("ALTER TABLE core_facts DROP COLUMN text")
    server.execute("UPDATE meta_loads SET digest = 'older' WHERE name IN ('table core_facts', 'schema')")
    server.execute("CREATE TABLE out_of_another_version (n int)")
    server.execute("INSERT INTO meta_loads VALUES ('table out_of_another_version', 'older')")
    server.execute("CREATE TABLE mine AS SELECT 1 AS n")
    assert served.warehouse.digests() == {}
    served.warehouse.load_sources(served.lake, [], served.tell)
    assert served_rows(served.warehouse) == rows
    tables = {n for (n,) in server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    assert tables == {t.name for t in TABLES} | {"mine"}


def test_tables_of_others_are_not_touched(served, server, new_database):
    server.execute("CREATE VIEW mine AS SELECT * FROM core_facts")
    server.execute("UPDATE meta_loads SET digest = 'older' WHERE name = 'table core_facts'")
    with pytest.raises(psycopg.Error, match="other objects depend on it"):
        served.warehouse.serve()
    url = new_database()
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("CREATE TABLE core_facts (n int)")
        with pytest.raises(Refused, match=r"schema public of the server has core_facts, which nianbao did not make"):
            workspace_of(served.settings.data, url).warehouse.serve()
        assert other.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (1,)
        apart = workspace_of(served.settings.data, f"{url}&options=-csearch_path%3Dnianbao,public")
        with pytest.raises(Refused, match="schema public"):
            apart.warehouse.serve()
        other.execute("CREATE SCHEMA nianbao")
        apart.warehouse.serve()
        assert_same(apart)
        assert other.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (1,)
        other.execute("DROP SCHEMA nianbao CASCADE")
        with pytest.raises(Refused, match="no schema of the search path exists"):
            workspace_of(served.settings.data, f"{url}&options=-csearch_path%3Dnianbao").warehouse.serve()


def test_a_new_data_folder_does_not_empty_a_full_server(served, postgres, tmp_path, quick_documents):
    before = served_rows(served.warehouse)
    fresh = workspace_of(tmp_path / "fresh", postgres)
    fresh.archive.put("new", quick_documents[:1])
    with pytest.raises(Refused, match=r"holds other, site, which .*fresh.* lacks.*--accept-fall"):
        bring_up(fresh)
    assert served_rows(served.warehouse) == before
    fresh.accept_fall = True
    bring_up(fresh)
    assert {row.split("'")[1] for row in assert_same(fresh)["core_reports"]} == {"new"}


def test_a_database_must_be_utf8(served, postgres_server):
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS latin")
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(Refused, match="database latin is encoded as LATIN1"):
        workspace_of(served.settings.data, postgres_server.replace("/postgres?", "/latin?")).warehouse.serve()


# Users and passwords


def test_a_role_that_only_reads(served, postgres, server, psql):
    done = subprocess.run(
        [psql, postgres, "-v", "reader=nianbao reader", "-f", ROOT / "pipeline" / "reader_role.sql"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    as_reader = postgres.replace("postgres:@", "nianbao%20reader@")
    refused = ["INSERT INTO meta_loads VALUES ('a', 'b')", "DELETE FROM core_reports", "UPDATE core_reports SET year = 1",
               "TRUNCATE core_reports", "DROP TABLE core_reports", "CREATE TABLE mine (n int)", "CREATE SCHEMA mine",
               "COPY core_reports TO PROGRAM 'cat'", "SELECT pg_read_file('/etc/passwd')"]  # fmt: skip
    for _ in range(2):
        with psycopg.connect(as_reader, autocommit=True) as reader:
            reader.execute("SET default_transaction_read_only = off")  # what stands in the way are rights
            for t in TABLES:
                reader.execute(f"SELECT * FROM {t.name} LIMIT 1")
            for sql in refused:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    reader.execute(sql)
        assert one(workspace_of(served.settings.data, as_reader).warehouse, "SELECT count(*) FROM out_panel") > 0
        # The rights outlive tables that are made anew.
        server.execute("UPDATE meta_loads SET digest = 'older' WHERE name LIKE 'table %'")
        assert len(served.warehouse.serve().counts) > 10
    again = [psql, postgres, "-v", "reader=nianbao reader", "-f", ROOT / "pipeline" / "reader_role.sql"]
    assert subprocess.run(again, capture_output=True, check=False).returncode == 0


@pytest.fixture
def nianbao(tmp_path):
    def call(url, *arguments):
        code = "from pipeline.cli import app; app()"
        return subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "NIANBAO_DATA": str(tmp_path / "data"), "NIANBAO_WAREHOUSE": url},
        )  # fmt: skip

    return call


@pytest.fixture
def secured(postgres, server):
    """The address of a user who needs a password, and of the same with a wrong one."""
    folder = Path(server.execute("SHOW data_directory").fetchone()[0])
    rules = folder / "pg_hba.conf"
    before = rules.read_text()
    server.execute("DROP ROLE IF EXISTS loader")
    server.execute("CREATE ROLE loader LOGIN PASSWORD 'gEheim@/1'")
    server.execute("GRANT CREATE ON SCHEMA public TO loader")
    rules.write_text(f"local all loader scram-sha-256\n{before}")
    server.execute("SELECT pg_reload_conf()")
    yield tuple(postgres.replace("postgres:@", f"loader:{word}@") for word in ("gEheim%40%2F1", "Falsch99"))
    rules.write_text(before)
    server.execute("SELECT pg_reload_conf()")
    server.execute("DROP OWNED BY loader")


@pytest.mark.slow
def test_from_files_to_answers_with_a_password(secured, nianbao, tmp_path, staged):
    good, wrong = secured
    shutil.copytree(staged, tmp_path / "data")
    (tmp_path / "data" / "warehouse.duckdb").unlink()
    refused = nianbao(wrong, "run")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    assert "password authentication failed" in refused.stderr
    done = nianbao(good, "run")
    assert (done.returncode, done.stderr) == (0, "")
    assert "The warehouse is up to date." in done.stdout
    answer = nianbao(good, "query", "SELECT count(*) AS n FROM out_panel", "--json")
    assert json.loads(answer.stdout)["n"] > 0
    assert_same(workspace_of(tmp_path / "data", good))
    for shown in (refused, done, answer):
        assert not re.search("gEheim|Falsch99", shown.stdout + shown.stderr)
    for file in (tmp_path / "data").rglob("*"):
        assert not file.is_file() or not re.search(rb"gEheim|Falsch99", file.read_bytes()), file


def test_what_stands_in_the_way_is_told_in_a_line(secured, monkeypatch, tmp_path):
    good, wrong = secured
    for url, sql, what, remedy in [
        (wrong, "SELECT 1", "password authentication failed", "PGPASSWORD"),
        (re.sub(r"/nianbao_\d+\?", "/nowhere?", good), "SELECT 1", "does not exist", "create it"),
        ("postgresql://u:gEheim@127.0.0.1:9/x", "SELECT 1", "refused", "see that the server runs"),
        ("postgresql://u:gEheim@nowhere.invalid/x", "SELECT 1", "nowhere.invalid", "see that the server runs"),
        (good, "SELEC 1", "syntax error", "one SELECT"),
        (good, "SELECT pg_read_file('/etc/passwd')", "permission denied", "check the user"),
    ]:
        monkeypatch.setenv("NIANBAO_WAREHOUSE", url)
        with pytest.raises(psycopg.Error) as problem:
            workspace_of(tmp_path, url).warehouse.query(sql)
        line = explain(problem.value)
        assert line.startswith("postgresql://")
        assert what in line
        assert remedy in line
        assert "\n" not in line
        assert not re.search("gEheim|Falsch99", line)


def test_a_warehouse_not_yet_loaded(postgres, tmp_path):
    empty = workspace_of(tmp_path, postgres).warehouse
    assert not empty.exists()
    assert empty.digests() == {}
    with pytest.raises(FileNotFoundError, match="run `nianbao run` first"):
        empty.query("SELECT * FROM core_reports")


def test_the_graph_says_what_it_fills(served):
    import dagster as dg

    graph = build_definitions(served)
    assert graph.resolve_asset_graph().get(dg.AssetKey("out_panel")).kinds == {"duckdb", "postgresql"}
    assert graph.resolve_asset_graph().get(dg.AssetKey("raw_fetches")).kinds == {"warc", "scrapy"}
    with dg.DagsterInstance.ephemeral() as instance:
        loggers = {"console": {"config": {"log_level": "CRITICAL"}}}
        assert graph.resolve_job_def(JOB).execute_in_process(instance=instance, run_config={"loggers": loggers}).success
    assert_same(served)


# The setting


def test_the_setting_names_a_file_or_a_server(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Settings(data=tmp_path).workbench == tmp_path / "warehouse.duckdb"
    assert Settings(warehouse="duckdb:///a.duckdb").workbench == tmp_path / "a.duckdb"
    assert Settings(warehouse=f"duckdb:///{tmp_path}/年 b").workbench == tmp_path / "年 b"
    assert Settings(warehouse="duckdb:///a.duckdb").server == ""
    named = Settings(data=tmp_path / "d", warehouse="postgresql://u:gEheim@h:1/x?sslmode=require")
    assert named.server == "postgresql://u:gEheim@h:1/x?sslmode=require"
    assert named.workbench == tmp_path / "d" / "warehouse.duckdb"
    assert "gEheim" not in repr(named) + str(named) + repr(Workspace(named))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("mysql://u:gEheim@h/x", "duckdb:///PATH"),
        ("postgresql+psycopg2://u:gEheim@h/x", "postgresql://USER@HOST:PORT/DATABASE"),
        ("data/warehouse.duckdb", "duckdb:///PATH"),
        ("duckdb://file", "four slashes"),
        ("duckdb:///", "names no file"),
        ("duckdb:///tmp/x.duckdb", "write duckdb:////tmp/x.duckdb"),
        ("postgresql://u:gEh@eim@h/x", "%40"),
        ("postgresql://u:gEh/eim@h/x", "%40"),
        ("postgresql://u:gEh#eim@h:gEheim/x", "%40"),
        ("postgresql://u:gEh%eim@h/x", "%40"),
    ],
)
def test_a_bad_setting_says_what_is_accepted_and_no_password(monkeypatch, tmp_path, value, reason):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NIANBAO_WAREHOUSE", value)
    with pytest.raises(BadSetting) as problem:
        read_settings()
    assert str(problem.value).startswith("NIANBAO_WAREHOUSE: ")
    assert reason in str(problem.value)
    assert not re.search("gEh|eim", str(problem.value))
    assert problem.value.__cause__ is None
    assert problem.value.__suppress_context__


def test_a_file_named_elsewhere(tmp_path, staged):
    shutil.copytree(staged / "lake", tmp_path / "data" / "lake")
    workspace = workspace_of(tmp_path / "data", f"duckdb:///{tmp_path}/elsewhere/w.duckdb")
    workspace.warehouse.load_sources(workspace.lake, [], workspace.tell)
    assert one(workspace.warehouse, "SELECT count(*) FROM core_reports") > 0
    assert not (tmp_path / "data" / "warehouse.duckdb").exists()
