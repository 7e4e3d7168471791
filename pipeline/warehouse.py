"""The warehouse: lake in, tables out, in one DuckDB file that is replaced whole.

DuckDB locks its file against readers too, so a load works on a copy and renames it over
the file; readers keep the file they opened. One load at a time holds an OS file lock that
dies with its process.
"""

import fcntl
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from parsers.indicators import load_indicators
from pipeline.lake import Lake
from pipeline.panel import current_sql, panel_sql
from pipeline.schema import LAKE_TABLES, TABLES, schema_version, table
from pipeline.versions import forms_version

__all__ = ["OUT_TABLES", "Warehouse", "WarehouseBusy"]

OUT_TABLES = ("out_panel", "out_panel_all")
_SCHEMA = "schema"
_REF = "ref"
_WAIT_SECONDS = 0.2


class WarehouseBusy(RuntimeError):
    """Another load holds the warehouse for longer than a load waits."""


class Warehouse:
    """A DuckDB file."""

    def __init__(self, path: Path, *, lock_seconds: float = 600.0) -> None:
        self.path = path
        self.lock_seconds = lock_seconds

    def digests(self) -> dict[str, str]:
        """What stands in the warehouse, by name; empty for none or one of another schema."""
        if not self.path.exists():
            return {}
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return _digests(connection)

    def is_loaded(self, source: str, digest: str) -> bool:
        """Whether the source's rows are those of that digest."""
        return self.digests().get(f"source {source}") == digest

    def load_sources(self, lake: Lake, sources: Sequence[str], tell: Callable[[str], None] = print) -> dict[str, int]:
        """Replace the rows of `sources` by the lake's -> rows loaded by table.

        A warehouse of another schema is built anew from every source of the lake.
        """
        rows: dict[str, int] = dict.fromkeys(LAKE_TABLES, 0)
        with self._copy(tell) as connection:
            fresh = _SCHEMA not in _digests(connection)
            if fresh:
                _create(connection)
            for source in lake.sources() if fresh else sources:
                manifest = lake.manifest(source)
                if manifest is None:
                    continue
                for name in LAKE_TABLES:
                    connection.execute(f"DELETE FROM {name} WHERE source = ?", [source])
                for name in LAKE_TABLES:
                    rows[name] += _insert(connection, name, str(lake.path(source, name)))
                _note(connection, f"source {source}", manifest.digest)
            connection.execute(current_sql())
            _replace_references(connection)
        return rows

    def refresh(self, names: Iterable[str], tell: Callable[[str], None] = print) -> dict[str, int]:
        """Build derived tables anew from the core tables -> their row counts."""
        counts: dict[str, int] = {}
        with self._copy(tell) as connection:
            for name in names:
                connection.execute(f"DELETE FROM {name}")
                connection.execute(f"INSERT INTO {name} {panel_sql(name)}")
                counts[name] = _count(connection, name)
                _note(connection, name, _core_digest(_digests(connection)))
        return counts

    def is_refreshed(self, name: str) -> bool:
        """Whether a derived table was built from the core tables as they stand."""
        digests = self.digests()
        return bool(digests) and digests.get(name) == _core_digest(digests)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> duckdb.DuckDBPyRelation:
        """The result of a reading query. Raises duckdb.Error, FileNotFoundError without a warehouse."""
        if not self.path.exists():
            raise FileNotFoundError(f"{self.path}: no warehouse yet; run `nianbao run` first")
        connection = duckdb.connect(str(self.path), read_only=True)
        return connection.sql(sql, params=list(parameters) or None)

    @contextmanager
    def _copy(self, tell: Callable[[str], None]) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to a copy that takes the file's place when the block ends well."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock(tell):
            partial = self.path.with_name(f".{self.path.name}.partial")
            for left in (partial, partial.with_name(partial.name + ".wal")):
                left.unlink(missing_ok=True)
            if self.path.exists() and _SCHEMA in self.digests():
                shutil.copyfile(self.path, partial)
            try:
                with duckdb.connect(str(partial)) as connection:
                    yield connection
                    connection.execute("CHECKPOINT")
                partial.replace(self.path)
            finally:
                partial.unlink(missing_ok=True)

    @contextmanager
    def _lock(self, tell: Callable[[str], None]) -> Iterator[None]:
        with self.path.with_name(f".{self.path.name}.lock").open("w") as lock:
            waited = 0.0
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if waited == 0.0:
                        tell(f"another load holds {self.path}; waiting up to {self.lock_seconds:g} s")
                    if waited >= self.lock_seconds:
                        message = (
                            f"{self.path}: another load still holds it after {self.lock_seconds:g} s; run again later"
                        )
                        raise WarehouseBusy(message) from None
                    time.sleep(_WAIT_SECONDS)
                    waited += _WAIT_SECONDS
            yield


def _digests(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """meta_loads, if this file has the tables of this schema."""
    try:
        found = dict(connection.execute("SELECT name, digest FROM meta_loads").fetchall())
    except duckdb.CatalogException:
        return {}
    return found if found.get(_SCHEMA) == schema_version() else {}


def _core_digest(digests: dict[str, str]) -> str:
    sources = sorted((name, digest) for name, digest in digests.items() if name.startswith("source "))
    return sha256(repr(sources).encode()).hexdigest()


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    for t in TABLES:
        connection.execute(t.ddl())
        for comment in t.comments():
            connection.execute(comment)
    _note(connection, _SCHEMA, schema_version())


def _note(connection: duckdb.DuckDBPyConnection, name: str, digest: str) -> None:
    connection.execute("INSERT OR REPLACE INTO meta_loads VALUES (?, ?)", [name, digest])


def _insert(connection: duckdb.DuckDBPyConnection, name: str, path: str) -> int:
    columns = ", ".join(f'"{c}"' for c in table(name).names)
    connection.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM read_parquet(?)", [path])
    row = connection.execute("SELECT count(*) FROM read_parquet(?)", [path]).fetchone()
    return int(row[0]) if row else 0


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
    return int(row[0]) if row else 0


def _replace_references(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("DELETE FROM ref_agencies")
    connection.execute(
        """INSERT INTO ref_agencies (agency_id, name, aliases)
           SELECT agency_id, min(agency), '[]' FROM core_reports
           WHERE agency_id IS NOT NULL GROUP BY agency_id ORDER BY agency_id"""
    )
    if _digests(connection).get(_REF) == forms_version():
        return
    connection.execute("DELETE FROM ref_indicators")
    connection.executemany(
        "INSERT INTO ref_indicators VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                i.table, i.row, i.column, i.name, i.label_zh, i.label_en, i.unit, " ".join(i.forms), i.forms[0],
                i.forms[-1], i.definition, i.legal_basis, i.evidence, i.caveats,
            )
            for i in load_indicators()
        ],
    )  # fmt: skip
    _note(connection, _REF, forms_version())
