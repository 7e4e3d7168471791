"""A table of the warehouse as metadata: what DDL, Parquet schemas and the data dictionary are derived from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

__all__ = [
    "ID",
    "REPORT",
    "SECTION",
    "SECTION_ORDINAL",
    "SOURCE",
    "WHERE",
    "Column",
    "Dialect",
    "Table",
    "Type",
    "column",
    "quoted",
]

Type = Literal["text", "integer", "double", "boolean", "date", "timestamp", "json"]
Dialect = Literal["duckdb", "postgresql"]

_ARROW: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.string(),
    "timestamp": pa.string(),
    "json": pa.string(),
}
_SQL: dict[Dialect, dict[Type, str]] = {
    "duckdb": {
        "text": "VARCHAR",
        "integer": "BIGINT",
        "double": "DOUBLE",
        "boolean": "BOOLEAN",
        "date": "DATE",
        "timestamp": "TIMESTAMP",
        "json": "JSON",
    },
    "postgresql": {
        # Sorted and compared by code point as in DuckDB, whatever the database's own language.
        "text": 'text COLLATE "C"',
        "integer": "bigint",
        "double": "double precision",
        "boolean": "boolean",
        "date": "date",
        "timestamp": "timestamp",
        # jsonb would change what is written, and refuses \u0000 and half surrogates.
        "json": "json",
    },
}
# A source is replaced while readers keep its rows: the keys of both have to find room in one index. Pages
# filled to 90 % are split one by one on the way, which takes as long as the rows themselves.
_KEY_OPTIONS: dict[Dialect, str] = {"duckdb": "", "postgresql": " WITH (fillfactor = 60)"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `unit` is empty for what has none."""

    name: str
    type: Type
    description: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table; `layer` is raw, core, ref, out or meta."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def layer(self) -> str:
        return self.name.partition("_")[0]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)

    def arrow_schema(self) -> pa.Schema:
        """The Parquet schema: dates, times and JSON as text."""
        return pa.schema([pa.field(c.name, _ARROW[c.type], nullable=c.name not in self.key) for c in self.columns])

    def ddl(self, dialect: Dialect = "duckdb") -> str:
        """CREATE TABLE with its primary key."""
        types = _SQL[dialect]
        columns = [f'"{c.name}" {types[c.type]}{" NOT NULL" if c.name in self.key else ""}' for c in self.columns]
        keys = ", ".join(f'"{name}"' for name in self.key)
        options = _KEY_OPTIONS[dialect]
        return f"CREATE TABLE IF NOT EXISTS {self.name} ({', '.join(columns)}, PRIMARY KEY ({keys}){options})"

    def comments(self) -> Iterable[str]:
        """COMMENT statements for the table and its columns."""
        yield f"COMMENT ON TABLE {self.name} IS {quoted(self.description)}"
        for c in self.columns:
            yield f'COMMENT ON COLUMN {self.name}."{c.name}" IS {quoted(c.description)}'


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def column(name: str, type_: Type, description: str, unit: str = "") -> Column:
    return Column(name, type_, description, unit)


SOURCE = column("source", "text", "Name of the source: a site, a folder, a set of WARC files.")
REPORT = column(
    "report_id", "text", "First 16 hex digits of the document's sha256, a hyphen, the ordinal of the report in it."
)
ID = column("id", "integer", "Running number in the report, from 0.")
WHERE = column(
    "where", "json", "Place in the source: table, row, column; page and box in points; line; paragraph. Counted from 1."
)
SECTION = column("section", "text", "Section code.")
SECTION_ORDINAL = column("section_ordinal", "integer", "Place of the section in the report, from 0.")
