"""Helpers of the pipeline tests."""

from pipeline.warehouse import OUT_TABLES


def dump(warehouse):
    """Every table of the warehouse, its rows sorted."""
    names = [row[0] for row in warehouse.query("SELECT table_name FROM information_schema.tables").fetchall()]
    return {name: sorted(map(repr, warehouse.query(f"SELECT * FROM {name}").fetchall())) for name in sorted(names)}


def bring_up(workspace, *sources):
    """Stage and load without Dagster."""
    results = [workspace.stage_source(source) for source in sources or workspace.archive.sources()]
    results = workspace.load(results)
    workspace.warehouse.refresh(OUT_TABLES, workspace.tell)
    return results
