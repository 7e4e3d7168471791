"""A table of the schema as Dagster shows it: description, columns, row count, preview."""

from collections.abc import Sequence
from typing import Any

from dagster import AutomationCondition, MetadataValue, TableColumn, TableRecord, TableSchema

from pipeline.figures import (
    COVERAGE,
    STATES,
    Verdicts,
    count_panel,
    coverage_by_province,
    coverage_by_year,
    ledger_by_year,
    read_failures,
)
from pipeline.markdown import failures_table, figures_table, plot_shares
from pipeline.schema import Table
from pipeline.warehouse import Warehouse

__all__ = ["FOLLOWS_ITS_SOURCES", "column_schema", "figures", "findings_figures", "preview"]

_PREVIEW_ROWS = 8
_PREVIEW_COLUMNS = 12
_LONGEST_CELL = 60
_MOST_FAILURES = 20

# `eager` would wait until every source has been run once; one that was never run must not
# hold back the others.
FOLLOWS_ITS_SOURCES = AutomationCondition.eager().without(~AutomationCondition.any_deps_missing())


def column_schema(table: Table) -> dict[str, Any]:
    """Definition metadata: the columns with types and meanings."""
    columns = [TableColumn(c.name, c.type, f"{c.description}{f' ({c.unit})' if c.unit else ''}") for c in table.columns]
    return {"dagster/column_schema": TableSchema(columns=columns)}


def preview(warehouse: Warehouse, table: Table, count: int | None = None) -> dict[str, Any]:
    """Run metadata: how many rows the table has, counted if `count` does not say, and the first of them."""
    names = table.names[:_PREVIEW_COLUMNS]
    columns = ", ".join(f'CAST("{name}" AS VARCHAR)' for name in names)
    if count is None:
        count = warehouse.query(f"SELECT count(*) FROM {table.name}").fetchall()[0][0]
    rows = warehouse.query(f"SELECT {columns} FROM {table.name} LIMIT {_PREVIEW_ROWS}").fetchall()
    records = [TableRecord({n: (v or "")[:_LONGEST_CELL] for n, v in zip(names, row, strict=True)}) for row in rows]
    schema = TableSchema(columns=[TableColumn(name, "string") for name in names])
    return {"dagster/row_count": count, "preview": MetadataValue.table(records, schema)}


def findings_figures(
    warehouse: Warehouse, verdicts: Verdicts, shares: Sequence[float], explorer: str
) -> dict[str, Any]:
    """What the checks found, `shares` of failures in the runs before, and what fails, linked to the explorer."""
    share = verdicts.share_failed
    told: dict[str, Any] = dict(verdicts.by_name)
    if share is not None:
        told["share_failed"] = round(share, 6)
        shares = [*shares, share]
    told["share_failed_over_runs"] = MetadataValue.md(plot_shares(shares))
    if failures := read_failures(warehouse, _MOST_FAILURES):
        told["newest_failures"] = MetadataValue.md(failures_table(failures, explorer))
    return told


def figures(warehouse: Warehouse, name: str) -> dict[str, Any]:
    """What a table says as a whole, of the tables that are read so."""
    told = {"out_panel": count_panel, "out_ledger": _ledger, "out_coverage": _coverage}.get(name)
    return dict(told(warehouse)) if told else {}


def _coverage(warehouse: Warehouse) -> dict[str, Any]:
    years = coverage_by_year(warehouse)
    return {
        **_totals(COVERAGE, years),
        "by_year": MetadataValue.md(figures_table(("year", *COVERAGE), years)),
        "by_province": MetadataValue.md(
            figures_table(("province", "year", *COVERAGE), coverage_by_province(warehouse), texts=2)
        ),
    }


def _ledger(warehouse: Warehouse) -> dict[str, Any]:
    columns, years = (*STATES, "late"), ledger_by_year(warehouse)
    return {**_totals(columns, years), "by_year": MetadataValue.md(figures_table(("year", *columns), years))}


def _totals(columns: Sequence[str], years: Sequence[Sequence[int]]) -> dict[str, int]:
    return {column: sum(row[n] for row in years) for n, column in enumerate(columns, start=1)}
