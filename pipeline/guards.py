"""Staged Parquet in, verdicts out: what must hold before a source's new rows replace the old.

A source that fails keeps its last good rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from parsers.forms import Form, Identity, load_forms
from pipeline.lake import Manifest
from pipeline.schema import CORE_TABLES, IN_A_TABLE, LAKE_TABLES, parquet_rows, table

__all__ = ["GUARDS", "Guard", "check_staged"]

GUARDS = {
    "schema": "Every file has the columns and types of the schema, and no key twice.",
    "labels": "Every value without a code has an issue that says why.",
    "fall": "No table lost more than a tenth of its rows.",
    "identities": "Every identity of a form was checked where its total is printed.",
}
_EXPLAINING = (
    "unknown_label", "unlabelled_value", "subtotal_row", "unplaced_values", "other_year_column", "conflicting_cell",
    "foreign_table",
)  # fmt: skip
_MOST_LOST = 0.1
_MAY_FALL = ("core_issues", "core_restorations")  # fewer of them is no loss


@dataclass(frozen=True, slots=True)
class Guard:
    """The verdict of one guard on one source."""

    name: str
    passed: bool
    message: str


def check_staged(folder: Path, staged: Manifest, current: Manifest | None) -> list[Guard]:
    """All guards on the staged files; `current` is what they would replace."""
    with duckdb.connect() as connection:
        for name in LAKE_TABLES:
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {parquet_rows(folder / f'{name}.parquet')}")
        problems = {
            "schema": list(_schema(connection, folder)),
            "labels": list(_labels(connection)),
            "fall": list(_fall(staged, current)),
            "identities": list(_identities(connection)),
        }
    return [Guard(name, not found, "; ".join(found) or GUARDS[name]) for name, found in problems.items()]


def _schema(connection: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[str]:
    for name in LAKE_TABLES:
        if pq.read_schema(folder / f"{name}.parquet") != table(name).arrow_schema():
            yield f"{name} has other columns than the schema"
            continue
        keys = ", ".join(f'"{key}"' for key in table(name).key)
        twice = f"SELECT {keys} FROM {name} GROUP BY {keys} HAVING count(*) > 1"
        if count := _count(connection, f"SELECT count(*) FROM ({twice})"):
            yield f"{name} has {count} keys twice"


def _labels(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    kinds = ", ".join(f"'{kind}'" for kind in _EXPLAINING)
    explained = f"SELECT 1 FROM core_issues i WHERE i.report_id = o.report_id AND i.kind IN ({kinds})"
    silent = f"""SELECT count(DISTINCT o.report_id) FROM core_observations o
                 WHERE (o.row_code IS NULL OR o.column_code IS NULL) AND NOT EXISTS ({explained})"""
    if count := _count(connection, silent):
        yield f"{count} reports have values without a code and no issue about them"


def _fall(staged: Manifest, current: Manifest | None) -> Iterator[str]:
    for name in CORE_TABLES if current is not None else ():
        if name in _MAY_FALL:
            continue
        before, after = current.counts.get(name, 0) if current else 0, staged.counts.get(name, 0)
        if after < before * (1 - _MOST_LOST):
            yield f"{name} would fall from {before:,} to {after:,} rows"


def _identities(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for form in load_forms():
        for identity in form.identities:
            printed = _count(connection, _printed_totals(form, identity))
            checked = _count(
                connection,
                f"""SELECT count(*) FROM core_findings JOIN core_reports USING (source, report_id)
                    WHERE form = '{form.code}' AND identity = '{identity.id}'""",
            )
            if printed and not checked:
                yield f"{identity.id} was checked nowhere, but its total is printed in {printed} cells"


def _printed_totals(form: Form, identity: Identity) -> str:
    code, other = ("column_code", "row_code") if identity.over == "rows" else ("row_code", "column_code")
    totals = ", ".join(f"'{total}'" for total in identity.right)
    return f"""SELECT count(*) FROM core_observations JOIN core_reports USING (source, report_id)
               WHERE form = '{form.code}' AND table_code = '{identity.table}'
                 AND {code} IN ({totals}) AND {other} IS NOT NULL AND {IN_A_TABLE}"""


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
