"""Arrow tables in, one SQLite database out: a table each, with the keys of the release."""

import sqlite3
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.release.tables import Published

__all__ = ["SqliteFile"]

_TYPES = {
    "text": "TEXT", "json": "TEXT", "integer": "INTEGER", "boolean": "INTEGER", "double": "REAL", "date": "TEXT",
    "timestamp": "TEXT",
}  # fmt: skip


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

    def index(self, table: str, *columns: str) -> None:
        """Have rows found by these columns, and let a foreign key refer to them."""
        name = f"{table}_{'_'.join(columns)}"
        self._connection.execute(f'CREATE UNIQUE INDEX "{name}" ON "{table}" ({_names(columns)})')

    def close(self) -> None:
        self._connection.execute("COMMIT")
        self._connection.close()


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_date(column.type):
        return pc.cast(column, pa.string())
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")
    return column
