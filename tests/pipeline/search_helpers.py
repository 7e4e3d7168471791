"""Warehouses of a few reports, for searches whose answer is known."""

import duckdb

from pipeline.reading import arrow_table
from pipeline.schema import schema_version, table
from pipeline.warehouse import Warehouse

_TABLES = ("meta_loads", "ref_agencies", "core_reports", "core_sections")


def report(report_id, *texts, source="site", year=2024, **more):
    """A report's row and its sections'."""
    row = {"source": source, "report_id": report_id, "year": year, "status": "parsed", "is_current": True} | more
    sections = [
        {"source": source, "report_id": report_id, "ordinal": n, "section": "overview", "text_raw": t, "text": t}
        for n, t in enumerate(texts)
    ]
    return row, sections


def warehouse_of(path, reports, organs=(), digest="1"):
    """A DuckDB warehouse that holds these and nothing else."""
    path.unlink(missing_ok=True)
    rows = {
        "meta_loads": [
            {"name": "schema", "digest": schema_version()},
            {"name": "source site", "digest": digest},
            {"name": "out_panel", "digest": digest},
        ],
        "ref_agencies": [{"agency_id": key, "name": name} for key, name in organs],
        "core_reports": [row for row, _ in reports],
        "core_sections": [section for _, sections in reports for section in sections],
    }
    with duckdb.connect(str(path)) as connection:
        for name in _TABLES:
            connection.execute(table(name).ddl())
            if rows[name]:
                columns = table(name).names
                connection.register("given", arrow_table(name, [tuple(map(r.get, columns)) for r in rows[name]]))
                connection.execute(f"INSERT INTO {name} SELECT * FROM given")
    return Warehouse(path)
