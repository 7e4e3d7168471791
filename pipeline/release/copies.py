"""A release in, its values out as each of its files has them: what one format says the others must say too."""

import sqlite3
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pyreadstat
from lxml import etree

from pipeline.release.labels import Labels

__all__ = ["Key", "Said", "read_copies"]

Key = tuple[str, int, str]
"""Organ, year, indicator."""
Said = tuple[float | None, str | None]
"""A value, or why there is none."""

_LONG = ["agency_id", "year", "indicator", "value", "missing"]
_HEAD = ["agency_id", "year"]
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def read_copies(folder: Path, wanted: Sequence[Key], labels: Labels) -> Iterator[tuple[str, dict[Key, Said]]]:
    """Each file with what it says of the wanted cells; a wide table says no reason but in Stata."""
    letters = {code.stata: code.code for code in labels.missing}
    keys = set(wanted)
    for path, long, read in _files(folder, letters):
        if long:
            rows = read(_LONG)
            yield path, {(a, int(y), i): (v, m) for a, y, i, v, m in rows if (a, int(y), i) in keys}
        else:
            yield path, _wide(read, keys, path)


Read = Callable[[list[str]], Iterator[tuple[Any, ...]]]


def _wide(read: Read, keys: set[Key], path: str) -> dict[Key, Said]:
    """Cells of a table with a column an indicator."""
    names = sorted({i for _, _, i in keys if i.startswith("stat_") is ("panel_2014" in path)})
    found: dict[Key, Said] = {}
    for row in read([*_HEAD, *names]):
        for name, value in zip(names, row[2:], strict=True):
            if (key := (row[0], int(row[1]), name)) in keys:
                found[key] = (None, value) if isinstance(value, str) else (value, None)
    return found


def _files(folder: Path, letters: dict[str, str]) -> Iterator[tuple[str, bool, Read]]:
    for name in ("values", "panel", "panel_2014"):
        long = name == "values"
        yield f"parquet/{name}.parquet", long, _parquet(folder / "parquet" / f"{name}.parquet")
        yield f"csv/{name}.csv", long, _csv(folder / "csv" / f"{name}.csv")
        yield f"nianbao.sqlite:{name}", long, _sqlite(folder / "nianbao.sqlite", name)
        yield f"stata/{name}.dta", long, _stata(folder / "stata" / f"{name}.dta", letters)
        if sheet := _sheet(folder / "nianbao.xlsx", name):
            yield f"nianbao.xlsx:{name}", long, _excel(folder / "nianbao.xlsx", sheet)


def _parquet(path: Path) -> Read:
    def read(names: list[str]) -> Iterator[tuple[Any, ...]]:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(columns=names):
                yield from zip(*(batch.column(name).to_pylist() for name in names), strict=True)

    return read


def _csv(path: Path) -> Read:
    def read(names: list[str]) -> Iterator[tuple[Any, ...]]:
        text = ("agency_id", "indicator", "missing")
        types = {n: pa.string() if n in text else pa.int64() if n == "year" else pa.float64() for n in names}
        options = pa.csv.ConvertOptions(
            column_types=types,
            include_columns=names,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        )
        parsing = pa.csv.ParseOptions(newlines_in_values=True)
        rows = pa.csv.read_csv(path, parse_options=parsing, convert_options=options)
        yield from zip(*(rows[name].to_pylist() for name in names), strict=True)

    return read


def _sqlite(path: Path, table: str) -> Read:
    def read(names: list[str]) -> Iterator[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            columns = ", ".join(f'"{name}"' for name in names)
            yield from connection.execute(f'SELECT {columns} FROM "{table}"')

    return read


def _stata(path: Path, letters: dict[str, str]) -> Read:
    def read(names: list[str]) -> Iterator[tuple[Any, ...]]:
        stored = [name for name in names if name != "missing"]
        frame, _ = pyreadstat.read_dta(str(path), usecols=stored, user_missing=True)
        for row in frame[stored].itertuples(index=False, name=None):
            cells = [_of_stata(value, name, letters) for value, name in zip(row, stored, strict=True)]
            if "missing" in names:
                value = cells[-1]
                cells = [*cells[:-1], *((None, value) if isinstance(value, str) else (value, None))]
            yield tuple(cells)

    return read


def _of_stata(value: Any, name: str, letters: dict[str, str]) -> Any:
    if name in (*_HEAD, "indicator"):
        return value
    if isinstance(value, str):
        return letters.get(value, value)
    return None if value is None or value != value else float(value)


def _sheet(path: Path, name: str) -> str | None:
    """The part of a workbook that is a sheet; None where it has no such sheet."""
    with zipfile.ZipFile(path) as book:
        sheets = etree.fromstring(book.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")
        ids = [sheet.get(_RELATION) for sheet in sheets if sheet.get("name") == name]
        relations = etree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
        return next((f"xl/{r.get('Target')}" for r in relations if r.get("Id") in ids), None)


def _excel(path: Path, sheet: str) -> Read:
    def read(names: list[str]) -> Iterator[tuple[Any, ...]]:
        with zipfile.ZipFile(path) as book, book.open(sheet) as stream:
            places: dict[str, str] = {}
            for _, row in etree.iterparse(stream, tag=f"{_MAIN}row"):
                cells = {_letters(cell.get("r")): _of_cell(cell) for cell in row}
                if places:
                    yield tuple(cells.get(places[name]) for name in names)
                else:
                    places = {str(name): column for column, name in cells.items()}
                row.clear()

    return read


def _letters(reference: str) -> str:
    return reference.rstrip("0123456789")


def _of_cell(cell: Any) -> str | float | None:
    text = "".join(cell.itertext())
    return text if cell.get("t") in ("inlineStr", "str", "s") else float(text) if text else None
