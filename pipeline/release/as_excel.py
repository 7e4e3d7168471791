"""Arrow tables in, one Excel workbook out: the codebook first, then a sheet a table, nothing taken for a formula."""

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from pipeline.release.tables import Published

__all__ = ["MOST_ROWS", "ExcelFile"]

MOST_ROWS = 100_000
"""Of one table. A sheet ends at 1,048,576 rows, and long before that nobody can work with it."""

_LONGEST = 32_767  # characters of a cell
_CUT = "…"
_FIRST_YEAR = 1900
"""Of a spreadsheet's calendar: an earlier date, misprinted as it must be, stays text."""


class ExcelFile:
    """The workbook, dated `day`: a release holds no clock."""

    def __init__(self, path: Path, day: dt.date) -> None:
        self._book = xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        created = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).replace(tzinfo=None)
        self._book.set_properties({"title": "nianbao", "created": created})
        self._bold = self._book.add_format({"bold": True})
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._next: dict[str, int] = {}
        self._sheets: dict[str, Worksheet] = {}

    def sheet(self, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]] = (), frozen: int = 0) -> None:
        """Add a sheet with a header; `frozen` columns stay in sight."""
        sheet = self._sheets[name] = self._book.add_worksheet(name)
        sheet.freeze_panes(1, frozen)
        sheet.write_row(0, 0, header, self._bold)
        self._next[name] = 1
        self._write(name, rows)

    def write(self, published: Published, rows: pa.Table) -> None:
        """Add rows to the sheet of a table."""
        self._write(published.name, zip(*(column.to_pylist() for column in rows.columns), strict=True))

    def _write(self, name: str, rows: Iterable[Sequence[Any]]) -> None:
        sheet = self._sheets[name]
        for row in rows:
            for column, value in enumerate(row):
                self._cell(sheet, self._next[name], column, value)
            self._next[name] += 1

    def _cell(self, sheet: Worksheet, row: int, column: int, value: Any) -> None:
        match value:
            case None:
                return
            case bool():
                sheet.write_boolean(row, column, value)
            case int() | float():
                sheet.write_number(row, column, value)
            case dt.datetime():
                sheet.write_string(row, column, value.strftime("%Y-%m-%dT%H:%M:%SZ"))
            case dt.date() if value.year > _FIRST_YEAR:
                sheet.write_datetime(row, column, value, self._date)
            case _:
                text = str(value)
                sheet.write_string(row, column, text if len(text) <= _LONGEST else text[: _LONGEST - 1] + _CUT)

    def close(self) -> None:
        self._book.close()
