"""A table of the schema as Dagster shows it: description, columns, row count, preview."""

from typing import Any

from dagster import AutomationCondition, MetadataValue, TableColumn, TableRecord, TableSchema

from pipeline.schema import Table
from pipeline.warehouse import Warehouse

__all__ = ["FOLLOWS_ITS_SOURCES", "column_schema", "preview"]

_PREVIEW_ROWS = 8
_PREVIEW_COLUMNS = 12
_LONGEST_CELL = 60

# `eager` would wait until every source has been run once; one that was never run must not
# hold back the others.
FOLLOWS_ITS_SOURCES = AutomationCondition.eager().without(~AutomationCondition.any_deps_missing())


def column_schema(table: Table) -> dict[str, Any]:
    """Definition metadata: the columns with types and meanings."""
    columns = [TableColumn(c.name, c.type, f"{c.description}{f' ({c.unit})' if c.unit else ''}") for c in table.columns]
    return {"dagster/column_schema": TableSchema(columns=columns)}


def preview(warehouse: Warehouse, table: Table) -> dict[str, Any]:
    """Run metadata: how many rows the table has and the first of them."""
    names = table.names[:_PREVIEW_COLUMNS]
    columns = ", ".join(f'CAST("{name}" AS VARCHAR)' for name in names)
    count = warehouse.query(f"SELECT count(*) FROM {table.name}").fetchall()[0][0]
    rows = warehouse.query(f"SELECT {columns} FROM {table.name} LIMIT {_PREVIEW_ROWS}").fetchall()
    records = [TableRecord({n: (v or "")[:_LONGEST_CELL] for n, v in zip(names, row, strict=True)}) for row in rows]
    schema = TableSchema(columns=[TableColumn(name, "string") for name in names])
    return {"dagster/row_count": count, "preview": MetadataValue.table(records, schema)}
