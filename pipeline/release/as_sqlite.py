"""Arrow tables in, one SQLite database out: a table each, with the keys of the release."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.release.tables import Published

__all__ = ["SqliteFile"]

_TYPES = {
    "text": "TEXT", "json": "TEXT", "integer": "INTEGER", "boolean": "INTEGER", "double": "REAL", "date": "TEXT",
    "timestamp": "TEXT",
}  # fmt: skip


# What is looked up often, or counted for a page over a release of 20,000 reports; the keys find rows by organ already.
# Of values an index is a tenth of the file: it finds one variable of all organs, and counts its years and forms.
_INDEXES = (
    ("panel", ("year", "agency_level", "form", "province"), ""),
    ("panel_all", ("agency_id", "year", "agency_level", "form"), ""),
    ("panel_missing", ("year", "form"), ""),
    ("values", ("indicator", "agency_id", "year", "form"), ""),
    ("values", ("agency_id", "year", "indicator", "is_suspect"), "is_inferred = 1"),
    ("findings", ("agency_id", "year", "identity"), "verdict = 'fail'"),
)


class SqliteFile:
    """The database; dates and times are ISO text, which SQLite's own functions read."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        # It is written under another name and renamed: a journal would only cost time.
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "encoding = 'UTF-8'"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("BEGIN")

    def create(self, published: Published) -> None:
        parts = [f'"{c.name}" {_TYPES[c.type]}' for c in published.columns]
        parts.append(f"PRIMARY KEY ({_names(published.key)})")
        parts.extend(
            f'FOREIGN KEY ({_names(f.columns)}) REFERENCES "{f.table}" ({_names(f.references)})'
            for f in published.foreign_keys
        )
        self._connection.execute(f'CREATE TABLE "{published.name}" ({", ".join(parts)})')

    def write(self, published: Published, rows: pa.Table) -> None:
        marks = ", ".join("?" * len(published.columns))
        columns = [_plain(column).to_pylist() for column in rows.columns]
        self._connection.executemany(f'INSERT INTO "{published.name}" VALUES ({marks})', zip(*columns, strict=True))

    def index(self) -> None:
        """Have rows found by what they are asked for; to be called when all tables are written."""
        # A foreign key may refer to the names of indicators.
        self._connection.execute('CREATE UNIQUE INDEX "indicators_name" ON "indicators" ("name")')
        for table, columns, where in _INDEXES:
            name = "_".join((table, *columns[:2], *(["some"] if where else [])))
            only = f" WHERE {where}" if where else ""
            self._connection.execute(f'CREATE INDEX "{name}" ON "{table}" ({_names(columns)}){only}')

    def close(self) -> None:
        self._connection.execute("COMMIT")
        self._connection.close()


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_date(column.type):
        return pc.cast(column, pa.string())
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")
    return column
