"""Observations in; out: what a table shows for a sum of cells, in each scope that it prints.

Blank cells of a table that leaves its zeros blank are zeros; a blank total is the sum of its
printed parts. Nothing else is filled in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from parsers.forms import load_forms
from parsers.models import CellKey, Observation

__all__ = ["Figure", "Tables", "in_unit", "read_tables"]

_SCALES = {"元": 1.0, "万元": 1e4, "萬元": 1e4, "亿元": 1e8, "億元": 1e8}


class Figure(NamedTuple):
    """The sum of some cells: None where one is `missing` or says nothing. `unit` only of money."""

    value: float | None
    cells: tuple[CellKey, ...]
    missing: bool = False
    blanks: bool = False
    unit: str | None = None


class _Group(NamedTuple):
    """The cells of one table in one scope; whether it leaves its zeros blank."""

    cells: Mapping[CellKey, Observation]
    leaves_blank: bool


class Tables(NamedTuple):
    """The tables of a report: by their codes, the own figures first."""

    groups: Mapping[str, Sequence[_Group]]

    def figures(self, cells: Sequence[CellKey]) -> Iterator[Figure]:
        """The sum of some cells of one table, scope by scope; nothing where the table is not printed."""
        for group in self.groups.get(cells[0][0], ()) if cells else ():
            yield _sum(group, _printed_cells(group, cells))


def read_tables(observations: Sequence[Observation]) -> Tables:
    """The tables as printed; what was read from prose and cumulative columns are left out."""
    found: dict[tuple[str, str | None], dict[CellKey, Observation]] = defaultdict(dict)
    for o in observations:
        if o.row is not None and o.column is not None and o.basis in (None, "year") and "from_narrative" not in o.flags:
            found[o.table, o.scope][o.table, o.row, o.column] = o
    groups: dict[str, list[_Group]] = defaultdict(list)
    for (table, _), cells in sorted(found.items(), key=lambda item: (item[0][1] not in (None, "own"), str(item[0][1]))):
        groups[table].append(_Group(cells, _leaves_zeros_blank(cells)))
    return Tables(groups)


def _leaves_zeros_blank(cells: Mapping[CellKey, Observation]) -> bool:
    """As in `checks`: the blanks outnumber the zeros printed."""
    return sum(o.kind == "blank" for o in cells.values()) > sum(o.value == 0 for o in cells.values())


def _printed_cells(group: _Group, cells: Sequence[CellKey]) -> tuple[CellKey, ...]:
    """The cells, with the rows of another form where the report prints those instead (其他处理 as one row or three)."""
    if any(key in group.cells for key in cells):
        return tuple(cells)
    heads = {row.partition(".")[0] for _, row, _ in cells if "." in row}
    if len(heads) != 1 or cells[0][0] == "statistics" or len({c for _, _, c in cells}) != 1:
        return tuple(cells)
    head, column = heads.pop() + ".", cells[0][2]
    whole = len(cells) > 1 or cells[0][1] == head + "total"
    instead = tuple(key for key in group.cells if key[1].startswith(head) and key[2] == column)
    return instead if whole and instead else tuple(cells)


def _sum(group: _Group, cells: Sequence[CellKey]) -> Figure:
    total, blanks = 0.0, False
    used: list[CellKey] = []
    units: set[str | None] = set()
    for key in cells:
        o = group.cells.get(key)
        if o is None:
            return Figure(None, tuple(cells), missing=True)
        value: float | None = o.value
        parts: tuple[CellKey, ...] = (key,)
        if o.kind == "blank":
            value, parts, blanks = *_of_blank(group, key), True
        if value is None:
            return Figure(None, tuple(cells))
        total += value
        used += parts
        units.add(o.unit)
    unit = next(iter(units)) if len(units) == 1 else None
    return Figure(round(total, 6), tuple(used), blanks=blanks, unit=unit if unit in _SCALES else None)


def _of_blank(group: _Group, key: CellKey) -> tuple[float | None, tuple[CellKey, ...]]:
    """What a blank cell stands for and the cells that say so."""
    parts = [part for part in _parts_of(key) if (o := group.cells.get(part)) is not None and o.kind != "blank"]
    if parts:
        values = [group.cells[part].value for part in parts]
        if any(v is None for v in values) or (len(parts) < len(_parts_of(key)) and not group.leaves_blank):
            return None, (key,)
        return float(sum(v for v in values if v is not None)), tuple(parts)
    return (0.0 if group.leaves_blank else None), (key,)


@lru_cache(maxsize=512)
def _parts_of(key: CellKey) -> tuple[CellKey, ...]:
    """The cells of the row that add up to its total, where the cell is one."""
    table, row, column = key
    for form in load_forms():
        for identity in form.identities:
            if identity.table == table and identity.over == "rows" and identity.right == (column,):
                return tuple((table, row, part) for part in identity.left)
    return ()


def in_unit(value: float, unit: str | None, wanted: str | None) -> float | None:
    """An amount of money in another unit; None where one unit is unknown.

    >>> in_unit(251000, "元", "万元")
    25.1
    """
    if unit not in _SCALES or wanted not in _SCALES:
        return None
    return round(value * _SCALES[unit] / _SCALES[wanted], 6)
