"""The warehouse: lake in, tables out, in one DuckDB file that is replaced whole.

DuckDB locks its file against readers too, so a load works on a copy and renames it over
the file; readers keep the file they opened. One load at a time holds an OS file lock that
dies with its process.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import duckdb

from parsers.indicators import load_indicators
from pipeline.agencies import agencies_version, replace_agencies
from pipeline.derived import rates_sql, regions_sql
from pipeline.lake import Lake
from pipeline.ledger import coverage_sql, ledger_sql
from pipeline.linking import current_sql, linking_sql
from pipeline.locks import locked
from pipeline.measures import load_crosswalk, load_rates
from pipeline.panel import panel_sql, values_sql
from pipeline.population import read_population
from pipeline.reading import arrow_table
from pipeline.reuse import reuse_rows, reuse_version, sections_sql
from pipeline.schema import LAKE_TABLES, TABLES, Table, parquet_rows, schema_version, table
from pipeline.sources import Source
from pipeline.years import years_sql

__all__ = ["MADE_OF", "OUT_TABLES", "Answer", "SourcesNotLoaded", "Warehouse"]

OUT_TABLES = (
    "out_panel", "out_panel_all", "out_panel_missing", "out_panel_2014", "out_values", "out_rates", "out_regions",
    "out_ledger", "out_coverage", "out_reuse",
)  # fmt: skip
_SCHEMA = "schema"
_REF = "ref"
_CURRENT = "is_current"
_EXPECTED = "ref_expected"
_REUSE = "out_reuse"
MADE_OF = {"out_coverage": ("out_ledger",), "out_rates": ("out_panel",), "out_regions": ("out_panel",)}
"""Derived tables that others are made from."""
_Rows = Mapping[str, Sequence[tuple[Any, ...]]]
"""Rows of tables, by their names."""
_SECTIONS_AT_ONCE = 1000
# read_only alone leaves COPY ... TO, EXPORT, read_text and INSTALL free to use the disk and the network.
_SEALED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "lock_configuration": "true",
}


class SourcesNotLoaded(RuntimeError):
    """Some sources could not be loaded, `reasons` by their names; all the others are."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{source}: {reason}" for source, reason in reasons.items()))
        self.reasons = dict(reasons)


class Answer(Protocol):
    """The rows of a query; `description` has a sequence for each column, its name first."""

    @property
    def description(self) -> Sequence[Any]: ...

    def fetchall(self) -> list[Any]: ...


class Warehouse:
    """A DuckDB file; `definitions` gives, once they are needed, the files of sources: what is expected where.

    `population` is a table of people by division and year, see `read_population`.
    """

    def __init__(
        self,
        path: Path,
        *,
        lock_seconds: float = 600.0,
        definitions: Callable[[], Mapping[str, Source]] = dict,
        population: Path | None = None,
    ) -> None:
        self.path = path
        self.lock_seconds = lock_seconds
        self.definitions = definitions
        self.population = population

    def digests(self) -> dict[str, str]:
        """What stands in the warehouse, by name; empty for none or one of another schema."""
        return _digests_in(self.path)

    def exists(self) -> bool:
        """Whether there is something to query."""
        return self.path.exists()

    def load_sources(self, lake: Lake, sources: Sequence[str], tell: Callable[[str], None] = print) -> dict[str, int]:
        """Replace the rows of `sources` by the lake's -> rows loaded by table.

        A warehouse of another schema is built anew from every source of the lake. Raises
        SourcesNotLoaded when that is done, if a source failed: its rows before stay.
        """
        reasons: dict[str, str] = {}
        rows: dict[str, int] = dict.fromkeys(LAKE_TABLES, 0)
        definitions = self.definitions()
        with self._copy(tell) as connection:
            fresh = _SCHEMA not in _digests(connection)
            if fresh:
                # A thousand comments, each a transaction of its own, would take seconds.
                connection.begin()
                _create(connection)
                connection.commit()
            staged = _staged(lake, lake.sources() if fresh else sources, tell)
            aside = _set_aside(connection, list(staged))
            for source, digest in staged.items():
                connection.begin()
                try:
                    loaded = _replace(connection, lake, source, digest)
                    connection.commit()
                except (duckdb.Error, _ChangedMeanwhile) as error:
                    connection.rollback()
                    _take_back(connection, aside, source)
                    reasons[source] = f"not loaded: {str(error).strip()}"
                    continue
                rows = {name: count + loaded[name] for name, count in rows.items()}
            for name in aside:
                connection.execute(f"DROP TABLE before_{name}")
            _link(connection, definitions)
            _replace_references(connection)
        if reasons:
            raise SourcesNotLoaded(reasons)
        return rows

    def refresh(self, names: Iterable[str], tell: Callable[[str], None] = print) -> dict[str, int]:
        """Build derived tables anew from the core tables -> their row counts."""
        counts: dict[str, int] = {}
        definitions = self.definitions()
        given = _given_rows(definitions, self.population)
        with self._copy(tell) as connection:
            if _digests(connection).get(_CURRENT) != _link_digest(definitions):
                _link(connection, definitions)
            _replace_rows(connection, given)
            for name in names:
                for needed in (*MADE_OF.get(name, ()), name):
                    digest = _derived_digest(needed, _digests(connection), given, definitions)
                    if needed != name and _digests(connection).get(needed) == digest:
                        continue
                    connection.execute(f"DELETE FROM {needed}")
                    if needed == _REUSE:
                        _insert_reuse(connection)
                    else:
                        connection.execute(f"INSERT INTO {needed} {_derived_sql(needed)}")
                    _note(connection, needed, digest)
                counts[name] = _count(connection, name)
        return counts

    def is_refreshed(self, name: str) -> bool:
        """Whether a derived table was built from the core tables as they stand, by this code."""
        return not self.stale([name])

    def stale(self, names: Iterable[str]) -> list[str]:
        """Of derived tables, those that were built from other core tables, by other code, or not yet."""
        digests = self.digests()
        definitions = self.definitions()
        given = _given_rows(definitions, self.population)
        return [
            name
            for name in names
            if not digests or digests.get(name) != _derived_digest(name, digests, given, definitions)
        ]

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> Answer:
        """The result of a reading query, which reaches no file but the warehouse.

        Raises duckdb.Error, FileNotFoundError without a warehouse.
        """
        if not self.path.exists():
            raise FileNotFoundError(f"{self.path}: no warehouse yet; run `nianbao run` first")
        connection = duckdb.connect(str(self.path), read_only=True, config=_SEALED)
        relation: duckdb.DuckDBPyRelation | None = connection.sql(sql, params=list(parameters) or None)
        if relation is None:
            raise duckdb.InvalidInputException("the query gives no rows; write a SELECT")
        return relation

    @contextmanager
    def _copy(self, tell: Callable[[str], None]) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to a copy that takes the file's place when the block ends well."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = self.path.with_name(f".{self.path.name}.lock")
        with locked(lock, "another load", self.path, seconds=self.lock_seconds, tell=tell):
            partial = self.path.with_name(f".{self.path.name}.partial")
            for left in (partial, partial.with_name(partial.name + ".wal")):
                left.unlink(missing_ok=True)
            if _SCHEMA in _digests_in(self.path):
                shutil.copyfile(self.path, partial)
            try:
                with duckdb.connect(str(partial)) as connection:
                    yield connection
                    connection.execute("CHECKPOINT")
                partial.replace(self.path)
            finally:
                partial.unlink(missing_ok=True)


class _ChangedMeanwhile(RuntimeError):
    """Another run replaced a source's files while they were loaded."""


def _digests_in(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    with duckdb.connect(str(path), read_only=True) as connection:
        return _digests(connection)


def _digests(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """meta_loads, if this file has the tables of this schema."""
    try:
        found = dict(connection.execute("SELECT name, digest FROM meta_loads").fetchall())
    except duckdb.CatalogException:
        return {}
    return found if found.get(_SCHEMA) == schema_version() else {}


def _derived_sql(name: str) -> str:
    """SELECT that yields the rows of a derived table; of one that Python makes, what it is made from."""
    if name == _REUSE:
        return f"{sections_sql()} -- {reuse_version()}"
    made = {
        "out_ledger": ledger_sql,
        "out_coverage": coverage_sql,
        "out_values": values_sql,
        "out_rates": rates_sql,
        "out_regions": regions_sql,
    }
    return made[name]() if name in made else panel_sql(name)


def _insert_reuse(connection: duckdb.DuckDBPyConnection) -> None:
    """Sentences are compared in Python: what counts as one takes more than SQL tells well."""
    sections = connection.cursor().execute(sections_sql())
    rows = reuse_rows(row for many in iter(lambda: sections.fetchmany(_SECTIONS_AT_ONCE), []) for row in many)
    _insert_rows(connection, _REUSE, list(rows))


def _insert_rows(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows in the order of the table's columns, all at once: one by one they take a millisecond each."""
    connection.register("given_rows", arrow_table(name, rows))
    connection.execute(f"INSERT INTO {name} SELECT * FROM given_rows")
    connection.unregister("given_rows")


def _derived_digest(name: str, digests: dict[str, str], given: _Rows, definitions: Mapping[str, Source]) -> str:
    sources = sorted((name, digest) for name, digest in digests.items() if name.startswith("source "))
    rules = [_derived_sql(each) for each in (*MADE_OF.get(name, ()), name)]
    return _sql_digest(f"{_link_digest(definitions)} {rules} {sources} {given}")


def _link_digest(definitions: Mapping[str, Source]) -> str:
    return _sql_digest(" ".join((*linking_sql(), agencies_version(definitions), current_sql(), *years_sql())))


def _sql_digest(sql: str) -> str:
    return sha256(sql.encode()).hexdigest()


def _link(connection: duckdb.DuckDBPyConnection, definitions: Mapping[str, Source]) -> None:
    """What depends on all sources together: parts, copies, organs, the report to use of each year, years compared."""
    for statement in linking_sql():
        connection.execute(statement)
    replace_agencies(connection, definitions)
    for statement in (current_sql(), *years_sql()):
        connection.execute(statement)
    _note(connection, _CURRENT, _link_digest(definitions))


def _given_rows(definitions: Mapping[str, Source], population: Path | None) -> _Rows:
    """What is not found in reports but given, by table: organs that are expected, people of divisions."""
    expected = [
        (source.name, o.name, o.type, o.first_year, o.last_year, json.dumps(o.aliases, ensure_ascii=False))
        for source in definitions.values()
        for o in source.organs
    ]
    return {_EXPECTED: expected, "ref_population": read_population(population)}


def _replace_rows(connection: duckdb.DuckDBPyConnection, rows: _Rows) -> None:
    for name, found in rows.items():
        connection.execute(f"DELETE FROM {name}")
        if found:
            _insert_rows(connection, name, found)


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    for t in TABLES:
        _create_table(connection, t)
    _note(connection, _SCHEMA, schema_version())


def _create_table(connection: duckdb.DuckDBPyConnection, t: Table) -> None:
    connection.execute(t.ddl())
    for comment in t.comments():
        connection.execute(comment)


def _note(connection: duckdb.DuckDBPyConnection, name: str, digest: str) -> None:
    connection.execute("INSERT OR REPLACE INTO meta_loads VALUES (?, ?)", [name, digest])


def _staged(lake: Lake, sources: Iterable[str], tell: Callable[[str], None]) -> dict[str, str]:
    """Digests of what the lake has of sources, as far as it can be loaded."""
    found: dict[str, str] = {}
    for source in sources:
        manifest = lake.manifest(source)
        if manifest is not None and manifest.schema_version == schema_version():
            found[source] = manifest.digest
        elif manifest is not None:
            tell(f"{source}: its rows are of another version of the tables; run it to have them loaded")
    return found


def _set_aside(connection: duckdb.DuckDBPyConnection, sources: Sequence[str]) -> list[str]:
    """Make tables anew that lose a third of their rows or more to a load of `sources` -> their names.

    The rows before stand in before_NAME. To take a row out of a table with a key takes three
    times as long as to put one into a new table.
    """
    aside = []
    for name in LAKE_TABLES:
        count = f"SELECT count(*), count(*) FILTER (WHERE list_contains($1, source)) FROM {name}"
        ((rows, going),) = connection.execute(count, [sources]).fetchall()
        if going and going * 3 >= rows:
            connection.execute(f"ALTER TABLE {name} RENAME TO before_{name}")
            _create_table(connection, table(name))
            stay = f"SELECT * FROM before_{name} WHERE NOT list_contains($1, source)"
            connection.execute(f"INSERT INTO {name} {stay}", [sources])
            aside.append(name)
    return aside


def _take_back(connection: duckdb.DuckDBPyConnection, aside: Iterable[str], source: str) -> None:
    """Give a source the rows that it had in the tables set aside."""
    for name in aside:
        connection.execute(f"INSERT INTO {name} SELECT * FROM before_{name} WHERE source = $1", [source])


def _replace(connection: duckdb.DuckDBPyConnection, lake: Lake, source: str, digest: str) -> dict[str, int]:
    """The rows of one source replaced by the lake's -> their numbers by table."""
    for name in LAKE_TABLES:
        connection.execute(f"DELETE FROM {name} WHERE source = ?", [source])
    loaded = {name: _insert(connection, name, lake.path(source, name)) for name in LAKE_TABLES}
    now = lake.manifest(source)
    if now is None or now.digest != digest:
        raise _ChangedMeanwhile("another run replaced its files meanwhile; run again")
    _note(connection, f"source {source}", digest)
    return loaded


def _insert(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> int:
    columns = ", ".join(f'"{c}"' for c in table(name).names)
    found = connection.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {parquet_rows(path)}").fetchone()
    return int(found[0]) if found else 0


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
    return int(row[0]) if row else 0


def _replace_references(connection: duckdb.DuckDBPyConnection) -> None:
    rows = _reference_rows()
    version = _sql_digest(repr(rows))
    if _digests(connection).get(_REF) == version:
        return
    _replace_rows(connection, rows)
    _note(connection, _REF, version)


def _reference_rows() -> dict[str, list[tuple[Any, ...]]]:
    """What the codes mean, by table."""
    return {
        "ref_indicators": [
            (
                i.table, i.row, i.column, i.name, i.label_zh, i.label_en, i.unit, " ".join(i.forms), i.forms[0],
                i.forms[-1], i.definition, i.legal_basis, i.evidence, i.caveats,
            )
            for i in load_indicators()
        ],
        "ref_crosswalk": [
            (c.indicator, c.form, c.relation, c.joined, _json(c.cells), c.note, c.evidence) for c in load_crosswalk()
        ],
        "ref_rates": [
            (
                r.name, r.label_zh, r.label_en, _json(r.numerator), _json(r.denominator), r.definition, r.origin,
                r.caveats,
            )
            for r in load_rates()
        ],
    }  # fmt: skip


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
