"""A data row in, its values under its columns out.

By place where that is certain; else by order, as far as blanks that the source lost, or
pushed to the end, leave no doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from parsers.columns import Column, Path
from parsers.grids import Row, Slot
from parsers.models import Layout, Where
from parsers.values import looks_like_value, read_value

__all__ = ["DataRow", "Placement", "keeps_blanks", "place_values", "right_trimmed"]


class DataRow(NamedTuple):
    """One row of values: what its labels mean, its value cells, the columns to choose from.

    `placed` is set where every cell's column is certain.
    """

    path: Path
    values: tuple[Slot, ...]
    columns: tuple[Column, ...]
    layout: Layout
    unit: str | None = None
    placed: tuple[tuple[Column | None, Slot], ...] | None = None
    flags: tuple[str, ...] = ()


class Placement(NamedTuple):
    """Value cells with their columns; None where no column is known, and why."""

    cells: tuple[tuple[Column | None, Slot], ...]
    flags: tuple[str, ...] = ()
    problem: str | None = None


def place_values(row: DataRow, *, keeps_blanks: bool) -> Placement:
    """Put the values of a data row under its columns.

    `keeps_blanks` tells that the source shows blank cells inside rows, so that blanks at
    the end of a row are blanks of the table and not lost places.
    """
    if row.placed is not None:
        return Placement(row.placed, row.flags)
    columns, printed = row.columns, right_trimmed(row.values)
    if not columns:
        return Placement(tuple((None, s) for s in printed), problem="no header names the columns of these values")
    filled = [s for s in printed if s.text]
    if keeps_blanks and len(printed) <= len(columns):
        return _place_from_left(row)
    if not printed:
        if len(row.values) >= len(columns):
            return Placement(tuple(zip(columns, row.values, strict=False)))
        return Placement((), problem="the values of this row are lost")
    if len(filled) == len(columns):
        return Placement(tuple(zip(columns, filled, strict=True)), ("inferred_column",))
    if len(printed) > len(columns):
        return Placement(tuple((None, s) for s in filled), problem=f"{len(filled)} values for {len(columns)} columns")
    return _place_collapsed(row, printed)


def _place_from_left(row: DataRow) -> Placement:
    """Blank cells are kept in this source; what its line ends cut off was blank."""
    cells = tuple(zip(row.columns, row.values, strict=False))
    missing = row.columns[len(cells) :]
    if not missing:
        return Placement(cells, row.flags)
    where = row.values[-1].where if row.values else Where()
    blank = Slot("", 0, 0, True, where)
    return Placement((*cells, *((column, blank) for column in missing)), ("inferred_column",))


def _ends_in_total(columns: Sequence[Column]) -> bool:
    last = columns[-1].path.column
    return last is not None and last.code == "total"


def _place_collapsed(row: DataRow, printed: Sequence[Slot]) -> Placement:
    """Fewer values than columns and blanks that may have slid: what arithmetic leaves certain."""
    columns = row.columns
    unknown = "blank cells were lost: the columns of these values are uncertain"
    numbers = [read_value(s.text).number for s in printed]
    if _ends_in_total(columns) and len(printed) > 1 and None not in numbers:
        *parts, total = [n for n in numbers if n is not None]
        if sum(parts) == total:
            if len(parts) == 1:
                cells: tuple[tuple[Column | None, Slot], ...] = ((columns[0], printed[0]), (columns[-1], printed[-1]))
                return Placement(cells, ("inferred_column",))
            first = tuple((None, s) for s in printed[:-1])
            return Placement((*first, (columns[-1], printed[-1])), ("inferred_column",), unknown)
        return Placement(tuple((None, s) for s in printed), problem=unknown)
    if len(row.values) >= len(columns):
        return Placement(tuple(zip(columns, row.values, strict=False)), ("inferred_column",))
    return Placement(tuple((None, s) for s in printed), problem=unknown)


def keeps_blanks(rows: Iterable[Row]) -> bool:
    """Whether blank cells are seen before printed ones in text rows that hold values.

    One row may be an accident; a table of a row or two has no more to show.
    """
    kept = held = 0
    for row in rows:
        if row.layout != "rows" or not any(looks_like_value(slot.text) for slot in row.slots if slot.text):
            continue
        held += 1
        texts = [slot.text for slot in row.slots]
        printed = max(i for i, text in enumerate(texts) if text)
        kept += not all(texts[:printed])
    return kept >= min(2, held) > 0


def right_trimmed(values: Sequence[Slot]) -> Sequence[Slot]:
    """The cells up to the last one with print."""
    end = len(values)
    while end and not values[end - 1].text:
        end -= 1
    return values[:end]
