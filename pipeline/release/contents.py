"""A warehouse in, the rows of the release's tables out: in the order of their keys, part after part, masked."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.release.masking import is_private_number, mask
from pipeline.release.tables import Published, is_free_text
from pipeline.schema import Column, quoted

__all__ = ["WITHHELD", "Answer", "Contents", "Readable", "arrow_schema"]

_AT_ONCE = 250
"""Organs or reports whose rows are read at once: some hundred rows each."""

WITHHELD = "unreadable"

_ARROW: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("s"),
    "json": pa.string(),
}


class Answer(Protocol):
    """The rows of a query."""

    def fetchall(self) -> list[Any]: ...


class Readable(Protocol):
    """A warehouse that answers queries."""

    def query(self, sql: str, /) -> Answer: ...


def arrow_schema(published: Published) -> pa.Schema:
    """Names, types and meanings of a published table's columns."""
    return pa.schema(
        [
            pa.field(
                c.name, _ARROW[c.type], c.name not in published.key,
                {"description": c.description} | ({"unit": c.unit} if c.unit else {}),
            )
            for c in published.columns
        ],
        {"description": published.description},
    )  # fmt: skip


class Contents:
    """The published tables of one warehouse.

    A mobile number that slipped into a place for counts is withheld: its value is NULL, and
    the reason `unreadable`. panel_missing follows panel, so it is read after it.
    """

    def __init__(self, warehouse: Readable) -> None:
        self._warehouse = warehouse
        self._withheld: set[tuple[str, int, str]] = set()

    def read(
        self,
        published: Published,
        told: Callable[[int, int], None] = lambda done, parts: None,  # noqa: ARG005
    ) -> Iterator[pa.Table]:
        """The rows of a table, by its key; `told` is called with the parts read and how many there are."""
        parts = list(_parts(self._warehouse, published))
        for done, only in enumerate(parts, start=1):
            rows = self._warehouse.query(published.select(only)).fetchall()
            yield self._without_private_numbers(published, _arrow(rows, published))
            told(done, len(parts))

    def _without_private_numbers(self, published: Published, rows: pa.Table) -> pa.Table:
        for c in published.columns:
            if c.type == "double" and not c.name.endswith("_yuan"):
                values = rows[c.name].to_pylist() if _may_be_private(rows[c.name]) else []
                for n, value in enumerate(values):
                    if value is not None and is_private_number(value) and not _is_money(rows, n):
                        rows = self._withhold(published, rows, c.name, n)
        if published.name == "panel_missing":
            for n, key in enumerate(zip(rows["agency_id"].to_pylist(), rows["year"].to_pylist(), strict=True)):
                for column in (name for agency, year, name in self._withheld if (agency, year) == key):
                    rows = _replaced(rows, column, n, WITHHELD)
        return rows

    def _withhold(self, published: Published, rows: pa.Table, column: str, n: int) -> pa.Table:
        if published.name == "panel":
            self._withheld.add((rows["agency_id"][n].as_py(), rows["year"][n].as_py(), column))
        if published.name == "values":
            rows = _replaced(rows, "missing", n, WITHHELD)
        return _replaced(rows, column, n, None)


def _may_be_private(column: pa.ChunkedArray) -> bool:
    highest = pc.max(column).as_py()
    return highest is not None and highest >= 10**10


def _is_money(rows: pa.Table, n: int) -> bool:
    """Of tables with a figure a row: whether that figure is an amount."""
    indicator = rows["indicator"][n].as_py() if "indicator" in rows.column_names else None
    unit = rows["unit"][n].as_py() if "unit" in rows.column_names else None
    return str(indicator or "").endswith("_yuan") or str(unit or "").endswith("元")


def _replaced(rows: pa.Table, column: str, n: int, value: str | None) -> pa.Table:
    place = rows.schema.get_field_index(column)
    values = rows[column].to_pylist()
    values[n] = value
    return rows.set_column(place, rows.schema.field(place), pa.array(values, rows.schema.field(place).type))


def _parts(warehouse: Readable, published: Published) -> Iterator[str]:
    """Conditions on m that divide its rows, in the order of its key; one for all of a short table.

    Databases collate text in their own ways, so order is made here and no range is asked for.
    """
    if not published.by:
        yield ""
        return
    names = ", ".join(f'm."{name}"' for name in published.by)
    found = warehouse.query(f"SELECT DISTINCT {names} FROM {published.of} m").fetchall()
    keys = sorted(tuple(row) for row in found)
    for above, same in groupby(keys, key=lambda key: key[:-1]):
        last = [key[-1] for key in same]
        for n in range(0, len(last), _AT_ONCE):
            values = ", ".join(quoted(value) for value in last[n : n + _AT_ONCE])
            fixed = [f'm."{name}" = {quoted(value)}' for name, value in zip(published.by, above, strict=False)]
            yield " AND ".join([*fixed, f'm."{published.by[-1]}" IN ({values})'])


def _arrow(rows: Sequence[tuple[Any, ...]], published: Published) -> pa.Table:
    """Rows as Arrow, sorted by the key, words masked."""
    places = [published.names.index(name) for name in published.key]
    ordered = sorted(rows, key=lambda row: tuple(_comparable(row[place]) for place in places))
    columns = list(zip(*ordered, strict=True)) if ordered else [()] * len(published.columns)
    schema = arrow_schema(published)
    arrays = [
        _each_once(_array(values, c), mask) if is_free_text(published, c) else _array(values, c)
        for values, c in zip(columns, published.columns, strict=True)
    ]
    return pa.table(arrays, schema=schema)


def _comparable(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _array(values: Sequence[Any], c: Column) -> pa.Array:
    match c.type:
        case "text":
            return pa.array(values, type=pa.string())
        case "json":
            return _each_once(pa.array([_text(value) for value in values], type=pa.string()), _compact)
        case "timestamp":
            return pa.array([_whole_second(value) for value in values], type=pa.timestamp("s"))
        case _:
            return pa.array(values, type=_ARROW[c.type])


def _text(value: Any) -> str | None:
    """A server may give JSON as what it says."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _compact(text: str | None) -> str | None:
    """One spelling of JSON, whichever database it comes from."""
    return text and json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))


def _whole_second(value: datetime | None) -> datetime | None:
    return None if value is None else value.replace(microsecond=0, tzinfo=None)


def _each_once(texts: pa.Array, made: Callable[[str | None], str | None]) -> pa.Array:
    """Every text replaced by what is made of it; the same stands in many rows, and is made once."""
    coded = pc.dictionary_encode(texts)
    return pc.take(pa.array([made(text) for text in coded.dictionary.to_pylist()], type=pa.string()), coded.indices)
