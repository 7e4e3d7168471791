"""Helpers of the pipeline tests."""

from pipeline.schema import TABLES
from pipeline.warehouse import OUT_TABLES


def dump(warehouse):
    """Every table of the warehouse, its rows sorted."""
    names = [row[0] for row in warehouse.query("SELECT table_name FROM information_schema.tables").fetchall()]
    return {name: sorted(map(repr, warehouse.query(f"SELECT * FROM {name}").fetchall())) for name in sorted(names)}


def served_rows(warehouse):
    """The same on either kind of warehouse: the project's tables, without what only a server notes of them."""
    only = {"meta_loads": "WHERE name NOT LIKE 'rows %' AND name NOT LIKE 'table %'"}
    return {
        t.name: sorted(map(repr, warehouse.query(f"SELECT * FROM {t.name} {only.get(t.name, '')}").fetchall()))
        for t in TABLES
    }


def bring_up(workspace, *sources):
    """Stage and load without Dagster."""
    results = [workspace.stage_source(source) for source in sources or workspace.archive.sources()]
    results = workspace.load(results)
    workspace.warehouse.refresh(OUT_TABLES, workspace.tell)
    return results
