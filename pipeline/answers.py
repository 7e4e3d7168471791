"""The rows of a query as a table for a person, as CSV for a spreadsheet, as JSON lines for a program."""

import csv
import json
import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TextIO

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

__all__ = ["plain_number", "print_rows", "write_csv", "write_json"]

Rows = Sequence[tuple[Any, ...]]
_ANY_WIDTH = 1_000_000


def plain_number(value: float) -> str:
    """A number as a person writes it: no exponent, no digits that only its binary form has.

    >>> plain_number(1234567.0), plain_number(0.1 + 0.2), plain_number(1e16)
    ('1234567', '0.3', '10000000000000000')
    """
    return format(Decimal(f"{value:.15g}"), "f") if math.isfinite(value) else str(value)


def write_csv(columns: Sequence[str], rows: Rows, stream: TextIO) -> None:
    """Comma-separated values with a header; NULL is empty, lists and structs are JSON."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_text(value) for value in row] for row in rows)


def write_json(columns: Sequence[str], rows: Rows, stream: TextIO) -> None:
    """One object a row, one a line. Raises ValueError when two columns have one name: one would be lost."""
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        raise ValueError(f"two columns are called {', '.join(twice)}; name them apart with AS")
    for row in rows:
        found = {name: _json(value) for name, value in zip(columns, row, strict=True)}
        stream.write(json.dumps(found, ensure_ascii=False) + "\n")


def print_rows(columns: Sequence[str], rows: Rows, console: Console) -> None:
    """A table, or a block of `name: value` a row where the terminal is too narrow for the table."""
    view = Table()
    for name in columns:
        view.add_column(Text(name), no_wrap=True)
    for row in rows:
        view.add_row(*(Text(_text(value)) for value in row))
    needed = Measurement.get(console, console.options.update(max_width=_ANY_WIDTH), view).maximum
    if needed <= console.width or not console.is_terminal:
        console.width = max(console.width, needed)  # a file or a pipe has no width: nothing is cut
        console.print(view)
    else:
        for line in _blocks(columns, rows):
            console.print(Text(line), soft_wrap=True)
    console.print(f"{len(rows):,} {'row' if len(rows) == 1 else 'rows'}", highlight=False)


def _blocks(columns: Sequence[str], rows: Rows) -> Iterator[str]:
    for row in rows:
        yield from (f"{name}: {_text(value)}" for name, value in zip(columns, row, strict=True))
        yield ""


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool() | list() | tuple() | dict():
            return json.dumps(_json(value), ensure_ascii=False)
        case float():
            return plain_number(value)
        case Decimal():
            return format(value, "f")
        case _:
            return str(_json(value))


def _json(value: Any) -> Any:
    """What DuckDB gives -> what JSON has. JSON has no NaN and no infinity: they are null."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime() | date() | time():
            return value.isoformat()
        case bytes():
            return value.hex()
        case list() | tuple():
            return [_json(item) for item in value]
        case dict():
            return {_text(key): _json(item) for key, item in value.items()}
        case _:
            return str(value)
