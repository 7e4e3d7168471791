"""Arrow tables in, a CSV file out: UTF-8 with the mark that spreadsheets look for, NULL as nothing between commas."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["CsvFile", "plain_double"]

_BOM = b"\xef\xbb\xbf"
_EXACT = 2.0**53


class CsvFile:
    """One table; lines end with a line feed, a text is quoted where it must be, an empty one always."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._stream = path.open("wb")
        self._stream.write(_BOM + ",".join(schema.names).encode() + b"\n")

    def write(self, rows: pa.Table) -> None:
        if rows.num_rows:
            columns = [_cells(column.combine_chunks()) for column in rows.columns]
            lines = pc.binary_join_element_wise(*columns, ",", null_handling="replace", null_replacement="")
            self._stream.write("\n".join(lines.to_pylist()).encode() + b"\n")

    def close(self) -> None:
        self._stream.close()


def _cells(column: pa.Array) -> pa.Array:
    """The values of a column as they stand in the file."""
    kind = column.type
    if pa.types.is_string(kind):
        quoted = pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")
        return pc.if_else(pc.match_substring_regex(column, r'[",\r\n]|^$|^\s|\s$'), quoted, column)
    if pa.types.is_floating(kind):
        return _doubles(column)
    if pa.types.is_timestamp(kind):
        return pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")
    return pc.cast(column, pa.string())


def _doubles(column: pa.Array) -> pa.Array:
    whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), _EXACT))
    if pc.all(whole, skip_nulls=True, min_count=0).as_py():
        return pc.cast(pc.cast(column, pa.int64()), pa.string())
    return pa.array([None if value is None else plain_double(value) for value in column.to_pylist()], pa.string())


def plain_double(value: float) -> str:
    """The shortest decimal that is this number, without an exponent.

    >>> plain_double(18304500.0), plain_double(11 / 12), plain_double(12345678901.25)
    ('18304500', '0.9166666666666666', '12345678901.25')
    """
    return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
