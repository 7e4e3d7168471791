"""The warehouse on a PostgreSQL server: what the DuckDB file of the data folder holds in, the same tables served out.

DuckDB links and derives; after every load and refresh the server is brought to its state in
one transaction, so that readers see the state before or the state after. Only what differs is
sent: `meta_loads` on the server keeps a digest of the rows of each table and source.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.string import TextLoader
from pyarrow import csv

from pipeline.lake import Lake
from pipeline.locks import Busy, take_lock
from pipeline.schema import LAKE_TABLES, TABLES, Table, table
from pipeline.sources import Source
from pipeline.warehouse import Answer, SourcesNotLoaded, Warehouse

__all__ = ["PostgresWarehouse", "Refused", "Sent", "shown_address"]

_LOADS = "meta_loads"
_SCHEMA = "schema"
_SERVED = tuple(t for t in TABLES if t.name != _LOADS)
_LOCK = 0x6E69616E  # "nian": ours among the advisory locks of a database
_CONNECT_SECONDS = 10
_ROWS_AT_ONCE = 20_000
# PostgreSQL stores no U+0000; the mark of a character that is none stands for it.
_NUL, _REPLACED = b"\0", "\N{REPLACEMENT CHARACTER}".encode()
# Of these a source is to blame: values that the server does not take. The rest concerns the whole load.
_BAD_ROWS = (errors.DataError, errors.IntegrityError, errors.ProgramLimitExceeded)

_Key = tuple[str, str | None]
"""A table, and a source where its rows are replaced source by source."""


class Refused(RuntimeError):
    """The server is left as it is; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows that are all here, in the shape of DuckDB's."""

    description: Sequence[Any]
    rows: list[Any]

    def fetchall(self) -> list[Any]:
        return self.rows


@dataclass(slots=True)
class Sent:
    """What one load sent: rows by table, and the sources that the server did not take."""

    counts: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


class PostgresWarehouse(Warehouse):
    """The DuckDB file `path`, and the PostgreSQL database `url` that serves its tables.

    The tables stand in the first schema of the search path. `accept_fall` lets the server lose
    the sources that the file has not.
    """

    def __init__(
        self,
        path: Path,
        url: str,
        *,
        lock_seconds: float = 600.0,
        definitions: Callable[[], Mapping[str, Source]] = dict,
        population: Path | None = None,
        accept_fall: bool = False,
    ) -> None:
        super().__init__(path, lock_seconds=lock_seconds, definitions=definitions, population=population)
        self._url = url
        self.accept_fall = accept_fall

    def digests(self) -> dict[str, str]:
        """What stands in the file and, the same, on the server. Raises psycopg.Error."""
        here = super().digests()
        with self._connected() as server:
            _own_schema(server, self.lock_seconds)
            there = _noted(server)
        if here.get(_SCHEMA) != there.get(_SCHEMA):
            return {}
        return {name: digest for name, digest in here.items() if there.get(name) == digest}

    def exists(self) -> bool:
        """Whether the server has the tables. Raises psycopg.Error."""
        with self._connected() as server:
            _own_schema(server, self.lock_seconds)
            return _SCHEMA in _noted(server)

    def load_sources(self, lake: Lake, sources: Sequence[str], tell: Callable[[str], None] = print) -> dict[str, int]:
        """Load into the file, and bring the server to its state -> rows sent by table.

        Raises SourcesNotLoaded like the file; Refused and psycopg.Error when the server stays as it was.
        """
        reasons: dict[str, str] = {}
        try:
            super().load_sources(lake, sources, tell)
        except SourcesNotLoaded as problem:
            reasons |= problem.reasons
        sent = self.serve(tell, loading=True)
        if reasons | sent.reasons:
            raise SourcesNotLoaded(reasons | sent.reasons)
        return dict.fromkeys(LAKE_TABLES, 0) | {name: n for name, n in sent.counts.items() if name in LAKE_TABLES}

    def refresh(self, names: Iterable[str], tell: Callable[[str], None] = print) -> dict[str, int]:
        """Build derived tables anew, and bring the server to the file's state -> their row counts."""
        counts = super().refresh(names, tell)
        for source, reason in self.serve(tell, loading=False).reasons.items():
            tell(f"{source}: {reason}")
        return counts

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> Answer:
        """The result of one SELECT ($1, $2 ... are its parameters) in a transaction that only reads.

        A superuser is sealed off from the server's files and programs as far as a role can do
        that; the user for queries is the one of `reader_role.sql`. Raises psycopg.Error,
        FileNotFoundError without a warehouse.
        """
        with self._connected() as server:
            server.read_only = True
            if server.info.parameter_status("is_superuser") == "on":
                server.execute("SET LOCAL ROLE pg_read_all_data")
            # Declared as a cursor it can only be a SELECT: COPY, DO, SET and a second statement are refused.
            with psycopg.RawServerCursor(server, "nianbao") as cursor:
                try:
                    cursor.execute(sql, parameters or None)
                except errors.UndefinedTable as error:
                    server.rollback()
                    if _SCHEMA in _noted(server):
                        raise
                    where = shown_address(self._url)
                    raise FileNotFoundError(f"{where}: no warehouse yet; run `nianbao run` first") from error
                return _Rows(cursor.description or (), cursor.fetchall())

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection whose one transaction is committed when the block ends well."""
        given = conninfo_to_dict(self._url)
        connection = psycopg.connect(
            self._url,
            client_encoding="utf8",
            application_name=given.get("application_name", "nianbao"),
            connect_timeout=given.get("connect_timeout", _CONNECT_SECONDS),
            prepare_threshold=None,
        )
        # Closed even if the commit is interrupted: the lock must not outlive the load.
        with closing(connection), connection:
            for json in ("json", "jsonb"):
                connection.adapters.register_loader(json, TextLoader)  # as DuckDB gives it: text
            yield connection

    def serve(self, tell: Callable[[str], None] = print, *, loading: bool = True) -> Sent:
        """Bring the server to the file's state, as each load and refresh does.

        Raises like `load_sources`. Outside of a load a source that the server has not as it was
        last loaded waits for the next load.
        """
        with self._connected() as server:
            # What is read after the lock is as the load before left it.
            server.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            schema = _own_schema(server, self.lock_seconds)
            where = shown_address(self._url)
            take_lock(lambda: _is_taken(server, schema), "another load", where, seconds=self.lock_seconds, tell=tell)
            noted = _noted(server)
            # Opened under the lock: what is served is never older than what was.
            with duckdb.connect(str(self.path), read_only=True) as bench:
                loads = dict(bench.execute(f"SELECT name, digest FROM {_LOADS}").fetchall())
                lost = sorted(set(_sources(noted)) - set(_sources(loads)))
                if lost and not self.accept_fall:
                    raise Refused(
                        f"{where} holds {', '.join(lost)}, which {self.path} lacks; run from the data folder that has "
                        "them, or let them go with --accept-fall"
                    )
                try:
                    return _Load(server, bench, noted, loads, schema).run(only_loaded=bool(noted) and not loading)
                except errors.LockNotAvailable as error:
                    held = f"another session still holds a table after {self.lock_seconds:g} s"
                    raise Busy(f"{where}: {held}; run again later") from error


class _Load:
    """One transaction that brings a server to the state of a file."""

    def __init__(
        self,
        server: psycopg.Connection[Any],
        bench: duckdb.DuckDBPyConnection,
        noted: Mapping[str, str],
        loads: Mapping[str, str],
        schema: str,
    ) -> None:
        self.server, self.bench, self.noted, self.loads, self.schema = server, bench, noted, loads, schema
        self.sent = Sent()

    def run(self, *, only_loaded: bool) -> Sent:
        made = self._make_tables()
        here = _contents(self.bench)
        there = {key: digest for key, digest in _rows_noted(self.noted).items() if key[0] not in made}
        late = {s for s in _sources(self.loads) if only_loaded and not made and not self._is_loaded(s)}
        for source in sorted({key[1] for key in (*here, *there) if key[1] is not None}):
            names = [n for n in LAKE_TABLES if here.get((n, source)) != there.get((n, source))]
            if names and source not in late and not self._replace_source(source, names):
                late.add(source)
                if made:  # some of its tables are new and empty: all of them are, until it can be loaded
                    for name in LAKE_TABLES:
                        self._execute(f"DELETE FROM {name} WHERE source = %s", source)
                        there.pop((name, source), None)
        for t in _SERVED:
            if t.name not in LAKE_TABLES and here[t.name, None] != there.get((t.name, None)):
                self._replace(t, None)
        kept = {key: digest for key, digest in there.items() if key[1] in late}
        rows = {key: digest for key, digest in here.items() if key[1] not in late} | kept
        self._note(rows, late, bool(made))
        return self.sent

    def _is_loaded(self, source: str) -> bool:
        name = f"source {source}"
        return self.noted.get(name) == self.loads[name]

    def _make_tables(self) -> set[str]:
        """Create what is missing or has another shape -> the names of the tables that are new and empty."""
        ours = {name.removeprefix("table ") for name in self.noted if name.startswith("table ")}
        shapes = {t.name: _shape(t) for t in TABLES}
        other = {name for name in ours if self.noted[f"table {name}"] != shapes.get(name)}
        taken = self._relations() & shapes.keys() - ours
        if taken:
            raise Refused(
                f"schema {self.schema} of the server has {', '.join(sorted(taken))}, which nianbao did not make; make "
                "an empty schema and name it in NIANBAO_WAREHOUSE: postgresql://...?options=-csearch_path%3DSCHEMA"
            )
        for name in sorted(other & self._relations()):
            self.server.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))
        made = {name for name in shapes if name in other or name not in ours}
        for t in TABLES:
            if t.name in made:
                for statement in (t.ddl("postgresql"), *t.comments()):
                    self._execute(statement)
        return made

    def _relations(self) -> set[str]:
        found = self._execute("SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace", f'"{self.schema}"')
        return {name for (name,) in found}

    def _replace_source(self, source: str, names: Sequence[str]) -> bool:
        """Whether the server took the rows of one source; if not, it keeps those it has."""
        before = dict(self.sent.counts)
        try:
            with self.server.transaction():
                for name in names:
                    self._replace(table(name), source)
        except _BAD_ROWS as error:
            self.sent.counts = before
            self.sent.reasons[source] = f"not loaded: the server refuses its rows: {_one_line(error)}"
            return False
        return True

    def _replace(self, t: Table, source: str | None) -> None:
        """The rows of a table, or of a source in it, as they stand in the file."""
        if source is None:
            self._execute(f"DELETE FROM {t.name}")
        else:
            self._execute(f"DELETE FROM {t.name} WHERE source = %s", source)
        columns = ", ".join(f'"{name}"' for name in t.names)
        copy_in = f"COPY {t.name} ({columns}) FROM STDIN (FORMAT csv)"
        with self.server.cursor() as cursor, cursor.copy(copy_in) as copy:
            rows = 0
            for batch in self._batches(t, source):
                copy.write(_csv(batch))
                rows += batch.num_rows
        self.sent.counts[t.name] = self.sent.counts.get(t.name, 0) + rows

    def _batches(self, t: Table, source: str | None) -> pa.RecordBatchReader:
        plain = ("text", "integer", "double", "boolean")
        columns = ", ".join(
            f'"{c.name}"' if c.type in plain else f'CAST("{c.name}" AS VARCHAR) AS "{c.name}"' for c in t.columns
        )
        where, given = ("", None) if source is None else (" WHERE source = $1", [source])
        return self.bench.sql(f"SELECT {columns} FROM {t.name}{where}", params=given).to_arrow_reader(_ROWS_AT_ONCE)

    def _note(self, rows: Mapping[_Key, str], late: set[str], made: bool) -> None:
        """What the server now has, as meta_loads."""
        loads = {name: digest for name, digest in self.loads.items() if name.removeprefix("source ") not in late}
        if not made:
            before = {name: self.noted.get(name) for name in (f"source {source}" for source in late)}
            loads |= {name: digest for name, digest in before.items() if digest is not None}
        loads |= {f"table {t.name}": _shape(t) for t in TABLES}
        loads |= {" ".join(filter(None, ("rows", *key))): digest for key, digest in rows.items()}
        if loads == self.noted:
            return
        self._execute(f"DELETE FROM {_LOADS}")
        with self.server.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {_LOADS} (name, digest) VALUES (%s, %s)", list(loads.items()))

    def _execute(self, statement: str, *parameters: object) -> psycopg.Cursor[Any]:
        return self.server.execute(statement, parameters or None)


def shown_address(url: str) -> str:
    """The address of a server as a message may show it: with user, host and database, and nothing else."""
    found = conninfo_to_dict(url)
    user = f"{found['user']}@" if "user" in found else ""
    port = f":{found['port']}" if "port" in found else ""
    name = f"/{found['dbname']}" if "dbname" in found else ""
    service = f"?service={found['service']}" if "service" in found else ""
    return f"postgresql://{user}{found.get('host', '')}{port}{name}{service}"


def _own_schema(server: psycopg.Connection[Any], lock_seconds: float) -> str:
    """The schema of our tables, from now on the only one that names without a schema mean. Raises Refused."""
    row = server.execute("SELECT current_schema(), current_setting('server_encoding'), current_database()").fetchone()
    schema, encoding, database = row or (None, "", "")
    if encoding != "UTF8":
        raise Refused(f"database {database} is encoded as {encoding}; create one with ENCODING 'UTF8'")
    if schema is None:
        raise Refused(f"no schema of the search path exists in database {database}; CREATE SCHEMA it first")
    server.execute("SELECT set_config('search_path', quote_ident(%s), true)", [schema])
    server.execute("SELECT set_config('lock_timeout', %s, true)", [f"{lock_seconds * 1000:.0f}ms"])
    return str(schema)


def _is_taken(server: psycopg.Connection[Any], schema: str) -> bool:
    row = server.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, schema]).fetchone()
    return bool(row and row[0])


def _noted(server: psycopg.Connection[Any]) -> dict[str, str]:
    """meta_loads of the server; empty where nothing was loaded yet."""
    try:
        with server.transaction():
            return dict(server.execute(f"SELECT name, digest FROM {_LOADS}").fetchall())
    except (errors.UndefinedTable, errors.UndefinedColumn):
        return {}


def _sources(loads: Mapping[str, str]) -> list[str]:
    return [name.removeprefix("source ") for name in loads if name.startswith("source ")]


def _rows_noted(noted: Mapping[str, str]) -> dict[_Key, str]:
    found: dict[_Key, str] = {}
    for name, digest in noted.items():
        kind, _, key = name.partition(" ")
        if kind == "rows":
            of, _, source = key.partition(" ")
            found[of, source or None] = digest
    return found


def _contents(bench: duckdb.DuckDBPyConnection) -> dict[_Key, str]:
    """A digest of the rows of each table, of each source in it, whatever their order."""
    found: dict[_Key, str] = {}
    for t in _SERVED:
        by_source = t.name in LAKE_TABLES
        columns = ", ".join(f'"{name}"' for name in t.names)
        # Hashed twice: the first alone would not see two rows exchange their last values.
        digest = f"count(*) || ' ' || coalesce(sum(hash(hash({columns}))), 0)"
        select = f"SELECT {'source' if by_source else 'NULL'}, {digest} FROM {t.name}"
        for source, value in bench.execute(f"{select} GROUP BY source" if by_source else select).fetchall():
            found[t.name, source] = value
    return found


def _shape(t: Table) -> str:
    return sha256("\n".join((t.ddl("postgresql"), *t.comments())).encode()).hexdigest()[:16]


def _csv(batch: pa.RecordBatch) -> bytes:
    """Rows as PostgreSQL's COPY reads them: NULL is empty, an empty text is quoted."""
    written = io.BytesIO()
    csv.write_csv(batch, written, csv.WriteOptions(include_header=False, quoting_style="needed"))
    return written.getvalue().replace(_NUL, _REPLACED)


def _one_line(error: psycopg.Error) -> str:
    return " ".join((error.diag.message_primary or str(error)).split())
