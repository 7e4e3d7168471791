"""A whole table in, a Stata file out: labels in Chinese and English, and why a value is missing as .a to .g.

Stata knows twenty-six missing values beside its plain one; which stands for what is said in
codes.yml, in the value labels and in the codebook.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyreadstat

from pipeline.release.labels import Labels
from pipeline.release.tables import Published
from pipeline.schema import Column

__all__ = ["write_stata"]

_VERSION = 14  # read by Stata 14 and later; the first with Chinese
_LONGEST = 2000  # bytes; a Stata string holds 2,045
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STAMP = b"<timestamp>\x11"
_YES_NO = {0: "否 no", 1: "是 yes"}

Reasons = Mapping[str, Sequence[str | None]]
"""Of each column of values: why there is none, row by row; None where there is one or nothing is known."""


def write_stata(path: Path, published: Published, rows: pa.Table, labels: Labels, day: date, reasons: Reasons) -> None:
    """Write the columns that Stata is to have, dated `day`: a release holds no clock."""
    columns = [c for c in published.columns if c.name not in (published.stata or ())]
    data: dict[str, Any] = {}
    value_labels: dict[str, dict[Any, str]] = {}
    letters: dict[str, list[str]] = {}
    for c in columns:
        if c.name in reasons:
            data[c.name] = _with_reasons(rows[c.name].to_pylist(), reasons[c.name], labels)
            letters[c.name] = [code.stata for code in labels.missing]
            value_labels[c.name] = {code.stata: code.label for code in labels.missing}
        elif coded := _coded(rows[c.name], labels, c):
            data[c.name], value_labels[c.name] = coded
        else:
            data[c.name] = _plain(rows[c.name], c)
    pyreadstat.write_dta(
        pd.DataFrame(data, columns=[c.name for c in columns]),
        str(path),
        file_label=f"nianbao {published.name}"[:80],
        column_labels=[labels.short(c) for c in columns],
        version=_VERSION,
        variable_value_labels=value_labels,
        missing_user_values=letters,
        variable_format={c.name: "%td" for c in columns if c.type == "date"},
    )
    _date(path, day)


def _with_reasons(values: Sequence[float | None], reasons: Sequence[str | None], labels: Labels) -> "pd.Series[Any]":
    letter = {code.code: code.stata for code in labels.missing}
    found = [
        value if value is not None else (letter[reason] if reason else float("nan"))
        for value, reason in zip(values, reasons, strict=True)
    ]
    return pd.Series(found, dtype=object if any(isinstance(v, str) for v in found) else "float64")


def _coded(column: pa.ChunkedArray, labels: Labels, c: Column) -> "tuple[pd.Series[Any], dict[Any, str]] | None":
    """Numbers and their labels, if every code of the column is known."""
    if c.type == "boolean":
        return _numbers(pc.cast(column, pa.int64())), dict(_YES_NO)
    known = labels.codes.get(c.name, ())
    numbers = {code.code: n for n, code in enumerate(known, start=1)}
    if not known or set(pc.unique(column).to_pylist()) - {None, *numbers}:
        return None
    values = pa.chunked_array([[numbers.get(value) for value in column.to_pylist()]], type=pa.int64())
    return _numbers(values), {n: code.label for n, code in enumerate(known, start=1)}


def _numbers(column: pa.ChunkedArray) -> "pd.Series[Any]":
    """Whole numbers as such; with gaps, or beyond what Stata's own take, as doubles."""
    least, most = pc.min(column).as_py() or 0, pc.max(column).as_py() or 0
    if column.null_count or not len(column) or least < -(2**31) + 1 or most > 2**31 - 28:
        return pd.Series(pc.cast(column, pa.float64()).to_pandas(), dtype="float64")
    return pd.Series(column.to_pandas(), dtype="int32")


def _plain(column: pa.ChunkedArray, c: Column) -> "pd.Series[Any]":
    match c.type:
        case "integer":
            return _numbers(column)
        case "double":
            return pd.Series(column.to_pandas(), dtype="float64")
        case "date":
            if column.null_count == len(column):  # an empty column must not become one of text
                return pd.Series([float("nan")] * len(column), dtype="float64")
            return pd.Series(column.to_pylist(), dtype=object)
        case "timestamp":
            return pd.Series(column.to_pandas(), dtype="datetime64[us]")
        case _:
            return pd.Series(_texts(column), dtype=object)


def _texts(column: pa.ChunkedArray) -> list[str]:
    """The texts of a column, each distinct one in memory once: a long table repeats its few a million times."""
    coded = pc.dictionary_encode(column.combine_chunks(), null_encoding="encode")
    distinct = [_cut(text or "") for text in coded.dictionary.to_pylist()]
    return [distinct[n] for n in coded.indices.to_pylist()]


def _cut(text: str) -> str:
    """What a Stata string holds of a text; whole characters."""
    content = text.encode()
    return text if len(content) <= _LONGEST else content[: _LONGEST - 3].decode(errors="ignore") + "…"


def _date(path: Path, day: date) -> None:
    """Give the file the date of the data in place of the moment at which it was written."""
    stamp = f"{day.day:02d} {_MONTHS[day.month - 1]} {day.year} 00:00".encode("ascii")
    with path.open("r+b") as stream:
        place = stream.read(1000).index(_STAMP) + len(_STAMP)
        stream.seek(place)
        stream.write(stamp)
