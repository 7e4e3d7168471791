"""A warehouse's narratives in, an index out that finds any string of characters in them.

SQLite's full-text search knows words between spaces; Chinese has none. Here a token is two
characters that stand beside each other, whatever they are (case, punctuation and spaces
count), so that a string is a phrase, and a pair as common as 公开 is one list and not two to
be compared. Single characters have lists of their own. Reports are numbered newest first:
the first hits of a list are those to show.
"""

import json
import re
import sqlite3
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import unidata_version

import duckdb

from pipeline.archive import sync
from pipeline.locks import locked
from pipeline.passages import Passage, find_passage, normal_of
from pipeline.schema import schema_version
from pipeline.warehouse import Warehouse

__all__ = ["FIRST", "EmptyQuery", "Found", "Hit", "SearchError", "SearchIndex"]

FIRST = 20
"""Hits that are shown."""
OnPart = Callable[[int, int], None]
"""Told how many of how many steps are done; a report is two of them, read and indexed."""

_FORMAT = sha256(Path(__file__).read_bytes() + unidata_version.encode()).hexdigest()
"""Of an index that other code made, nothing is taken for granted."""
_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE reports (
    id INTEGER PRIMARY KEY, source TEXT, report_id TEXT, agency TEXT, organ TEXT, agency_id TEXT, year INTEGER,
    url TEXT, is_current INTEGER, names TEXT
);
CREATE TABLE prose (id INTEGER PRIMARY KEY, sections BLOB);
CREATE VIRTUAL TABLE pairs USING fts5(text, content='', columnsize=0, tokenize='ascii');
CREATE VIRTUAL TABLE characters USING fts5(text, content='', columnsize=0, detail=none, tokenize='ascii');
"""
_REPORTS = """
SELECT r.source, r.report_id, r.agency, coalesce(a.name, r.agency), r.agency_id, r.year, r.url, r.is_current
FROM core_reports r LEFT JOIN ref_agencies a ON a.agency_id = r.agency_id WHERE r.status <> 'rejected'
"""
_SECTIONS = """
SELECT s.report_id, s.ordinal, s.section, s.heading, s.text FROM core_sections s
WHERE s.source = $1 AND s.report_id >= $2 AND s.report_id <= $3 ORDER BY s.report_id, s.ordinal
"""
_LOADS = "SELECT name, digest FROM meta_loads WHERE name IN ('schema', 'is_current') OR name LIKE 'source %'"
_READ_AT_ONCE = 1000
_LONGEST_PHRASE = 200
"""Characters that are looked up in the index; longer words are compared with the texts found by these."""
_LAST_YEAR = 9999
# The tokenizer ends a token at ASCII punctuation and folds A to Z. Surrogates stand in no text: they stand for ASCII.
_ASCII = re.compile("[\0-\x7f]")
_SURROGATES = {chr(n): chr(0xD800 + n) for n in range(128)}
_BETWEEN_SECTIONS = " 0 "
"""A token that no pair is, so that no string runs from one section into the next."""


class SearchError(RuntimeError):
    """There is nothing to search, or the index cannot be read; the message says what to do."""


class EmptyQuery(ValueError):
    """A query without a character."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A report that has the words, with the first place where they stand.

    `agency` is the organ as the report names it, `organ` its full name where that is known;
    `section` (a code), `heading` and `section_ordinal` (its place in the report) are of the
    section of that place. `occurrences` is counted without overlaps over all sections.
    `is_current`: whether it is the report to use of its organ and year.
    """

    source: str
    report_id: str
    agency: str | None
    organ: str | None
    agency_id: str | None
    year: int | None
    url: str | None
    is_current: bool
    section: str
    heading: str | None
    section_ordinal: int
    occurrences: int
    passage: Passage


@dataclass(frozen=True, slots=True)
class Found:
    """The words as they were looked for, how many reports have them, and the first of these, newest first."""

    words: str
    reports: int
    hits: tuple[Hit, ...]


class _Section(NamedTuple):
    ordinal: int
    code: str
    heading: str | None
    text: str
    normal: str


class SearchIndex:
    """The index file `path` of what `warehouse` holds; made anew when that has changed.

    A query finds the reports of which a section's restored text has it as a substring, both
    normalised (NFKC), case counting. What is normalised is the whole section and the whole
    query: e does not find é, for an accent is a part of its letter.
    """

    def __init__(self, path: Path, warehouse: Warehouse, *, lock_seconds: float = 600.0) -> None:
        self.path = path
        self.warehouse = warehouse
        self.lock_seconds = lock_seconds

    def exists(self) -> bool:
        """Whether there is an index to search, of whatever state of the warehouse."""
        return self._noted() is not None

    def is_fresh(self) -> bool:
        """Whether the index is of the warehouse as it stands. Raises SearchError, FileNotFoundError, psycopg.Error."""
        return self._noted() == _state(self.warehouse)

    def build(self, tell: Callable[[str], None] = print, on_part: OnPart = lambda _done, _all: None) -> None:
        """Make the index, unless another process has done so meanwhile; a file in its place stays usable till then.

        Raises SearchError, Busy, and what the warehouse raises.
        """
        lock = self.path.with_name(f".{self.path.name}.lock")
        with (
            locked(lock, "another search", self.path, seconds=self.lock_seconds, tell=tell),
            self._errors("it could not be made: see that the disk has room, and search again"),
        ):
            while not self.is_fresh():  # again if the warehouse is loaded while it is read
                state = _state(self.warehouse)
                partial = self.path.with_name(f".{self.path.name}.partial")
                partial.unlink(missing_ok=True)
                try:
                    with closing(sqlite3.connect(partial, isolation_level=None)) as connection:
                        _fill(connection, self.warehouse, state, on_part)
                    sync(partial)
                    partial.replace(self.path)
                finally:
                    partial.unlink(missing_ok=True)

    def search(self, query: str, *, year: int | None = None, agency: str | None = None, first: int = FIRST) -> Found:
        """The reports that have the query, of a report year, of the organs with that id or that in their name.

        Raises EmptyQuery, SearchError.
        """
        words = normal_of(query)
        if not words:
            raise EmptyQuery("there is nothing to search for: give at least one character")
        with self._opened() as connection:
            ids = _matching(connection, words, year, normal_of(agency or ""))
            return Found(words, len(ids), tuple(_hit(connection, number, words) for number in ids[:first]))

    def _noted(self) -> str | None:
        """The state that the index is of; None for none, a damaged one, or one of another format."""
        if not self.path.exists():
            return None
        try:
            with self._opened() as connection:
                found = dict(connection.execute("SELECT name, value FROM meta").fetchall())
        except SearchError:
            return None
        return found.get("state") if found.get("format") == _FORMAT else None

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with (
            self._errors(),
            closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection,
        ):
            yield connection

    @contextmanager
    def _errors(self, remedy: str = "delete it and search again") -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise SearchError(f"{self.path}: {error}; {remedy}") from error


def _state(warehouse: Warehouse) -> str:
    """A digest of all that the index is made from."""
    try:
        found = dict(warehouse.query(_LOADS).fetchall())
    except duckdb.CatalogException:
        found = {}
    if found.get("schema") != schema_version():
        raise SearchError("there is no warehouse yet, or one of another version; run `nianbao run` first")
    return sha256(repr(sorted(found.items())).encode()).hexdigest()


def _fill(connection: sqlite3.Connection, warehouse: Warehouse, state: str, on_part: OnPart) -> None:
    # A file that is renamed when it is done needs no journal.
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"):
        connection.execute(f"PRAGMA {pragma}")
    connection.executescript(_TABLES)
    connection.execute("BEGIN")
    reports = _reports(warehouse)
    connection.executemany("INSERT INTO reports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", reports)
    connection.execute("CREATE INDEX years ON reports (year)")
    for read, (number, sections) in enumerate(_prose(warehouse, reports), 1):
        connection.execute("INSERT INTO prose VALUES (?, ?)", (number, _packed(sections)))
        on_part(read, 2 * len(reports))
    # The index takes reports in their order only, the warehouse gives them in its own.
    for number in range(1, len(reports) + 1):
        _index(connection, number, [section.normal for section in _sections(connection, number)])
        on_part(len(reports) + number, 2 * len(reports))
    for table in ("pairs", "characters"):
        connection.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
    connection.executemany("INSERT INTO meta VALUES (?, ?)", (("format", _FORMAT), ("state", state)))
    connection.execute("COMMIT")


def _reports(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    """Rows of `reports`, newest first; of a report at several sources the one in use, else the first."""
    found: dict[str, tuple[Any, ...]] = {}
    for row in sorted(warehouse.query(_REPORTS).fetchall(), key=lambda row: (not row[-1], row[0])):
        found.setdefault(row[1], row)
    ordered = sorted(
        found.values(), key=lambda row: (row[5] is None, -(row[5] or 0), row[3] or "", not row[-1], row[1])
    )
    return [
        (number, *row[:-1], bool(row[-1]), normal_of(f"{row[3] or ''}\n{row[2] or ''}"))
        for number, row in enumerate(ordered, 1)
    ]


def _prose(warehouse: Warehouse, reports: list[tuple[Any, ...]]) -> Iterator[tuple[int, list[_Section]]]:
    """The sections of each report by its number, a part of a source at a time."""
    by_source = sorted((source, report_id, number) for number, source, report_id, *_ in reports)
    for source, of_source in groupby(by_source, key=itemgetter(0)):
        numbers = [(report_id, number) for _, report_id, number in of_source]
        for start in range(0, len(numbers), _READ_AT_ONCE):
            part = numbers[start : start + _READ_AT_ONCE]
            sections: dict[str, list[_Section]] = {report_id: [] for report_id, _ in part}
            rows = warehouse.query(_SECTIONS, [source, part[0][0], part[-1][0]]).fetchall()
            for report_id, ordinal, code, heading, text in rows:
                if report_id in sections:
                    sections[report_id].append(_Section(ordinal, code, heading, text or "", normal_of(text or "")))
            yield from ((number, sections[report_id]) for report_id, number in part)


def _packed(sections: Iterable[_Section]) -> bytes:
    """Printed and normalised text side by side: the second costs little then."""
    return zlib.compress(json.dumps(list(sections), ensure_ascii=False).encode(), 1)


def _sections(connection: sqlite3.Connection, number: int) -> list[_Section]:
    """The sections of a report in their order."""
    ((packed,),) = connection.execute("SELECT sections FROM prose WHERE id = ?", (number,)).fetchall()
    return [_Section(*section) for section in json.loads(zlib.decompress(packed))]


def _index(connection: sqlite3.Connection, number: int, texts: Iterable[str]) -> None:
    spelled = [_spelled(text) for text in texts]
    for table, tokens in (
        ("pairs", _BETWEEN_SECTIONS.join(map(_pairs, spelled))),
        ("characters", " ".join(set().union(*spelled))),
    ):
        connection.execute(
            f"INSERT INTO {table} (rowid, text) VALUES (?, CAST(? AS TEXT))",
            (number, tokens.encode("utf-8", "surrogatepass")),
        )


def _spelled(text: str) -> str:
    return _ASCII.sub(lambda found: _SURROGATES[found[0]], text)


def _pairs(spelled: str) -> str:
    """Every two characters that stand beside each other; slices, for a loop takes four times as long."""
    tokens = [" "] * (3 * (len(spelled) - 1))
    tokens[0::3], tokens[1::3] = spelled[:-1], spelled[1:]
    return "".join(tokens)


def _matching(connection: sqlite3.Connection, words: str, year: int | None, organ: str) -> list[int]:
    """The numbers of all reports that have the words, newest first."""
    low, high = 1, sys.maxsize
    if year is not None:
        if not 0 < year <= _LAST_YEAR:
            return []
        ((low, high),) = connection.execute(
            "SELECT min(id), max(id) FROM reports WHERE year = ?", (year,)
        ).fetchall()  # they follow one another
    if low is None or _has_surrogates(words + organ):
        return []
    table, tokens = "pairs", _pairs(_spelled(words[:_LONGEST_PHRASE]))
    if len(words) == 1:
        table, tokens = "characters", _spelled(words)
    found = connection.execute(
        f"SELECT rowid FROM {table} WHERE {table} MATCH CAST(? AS TEXT) AND rowid BETWEEN ? AND ? ORDER BY rowid",
        (f'"{tokens}"'.encode("utf-8", "surrogatepass"), low, high),
    )
    ids = [number for (number,) in found]
    if organ:
        sql = "SELECT id FROM reports WHERE agency_id = ? OR instr(names, ?)"
        wanted = {number for (number,) in connection.execute(sql, (organ, organ))}
        ids = [number for number in ids if number in wanted]
    if len(words) > _LONGEST_PHRASE:
        ids = [n for n in ids if any(words in section.normal for section in _sections(connection, n))]
    return ids


def _has_surrogates(text: str) -> bool:
    """Half a character, as bytes that are no UTF-8 leave it: no text has it."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def _hit(connection: sqlite3.Connection, number: int, words: str) -> Hit:
    sql = "SELECT source, report_id, agency, organ, agency_id, year, url, is_current FROM reports WHERE id = ?"
    row = connection.execute(sql, (number,)).fetchone()
    source, report_id, agency, organ, agency_id, year, url, is_current = row
    sections = _sections(connection, number)
    at = next(section for section in sections if words in section.normal)
    return Hit(
        source, report_id, agency, organ, agency_id, year, url, bool(is_current), at.code, at.heading, at.ordinal,
        sum(section.normal.count(words) for section in sections), find_passage(at.text, at.normal, words),
    )  # fmt: skip
