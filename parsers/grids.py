"""Table geometry: spans placed on a grid, repeated spans folded, continued tables joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from parsers.models import Cell, Grid, Layout, Where

__all__ = ["MAX_CELLS", "MAX_SPAN", "RawCell", "Row", "Slot", "join_split_rows", "place_cells", "rows_of"]

MAX_CELLS = 20_000
"""A table with more cells is no form; it is left out with an issue."""

MAX_SPAN = 100
"""No official table is wider; larger spans are typing errors or attacks."""


_NOWHERE = Where()


class RawCell(NamedTuple):
    """A cell as its markup gives it: spans may be absurd."""

    text: str
    rowspan: int
    colspan: int
    where: Where


def place_cells(rows: Sequence[Iterable[RawCell]]) -> tuple[tuple[Cell, ...], ...]:
    """Cells of each row with their place on the grid, as browsers place them.

    A span down is cut at the last row; a span across at `MAX_SPAN`. Time grows with the
    cells, not with what the spans claim.
    """
    placed: list[tuple[Cell, ...]] = []
    open_until: list[int] = []  # for each grid column, the first row it is free again
    count = len(rows)
    for y, row in enumerate(rows):
        x = 0
        cells = []
        for raw in row:
            while x < len(open_until) and open_until[x] > y:
                x += 1
            if raw.rowspan == raw.colspan == 1:
                if x == len(open_until):
                    open_until.append(0)
                cells.append(Cell(raw.text, y, x, 1, 1, raw.where))
                x += 1
                continue
            colspan = min(max(raw.colspan, 1), MAX_SPAN)
            rowspan = count - y if raw.rowspan == 0 else min(max(raw.rowspan, 1), count - y)
            if x + colspan > len(open_until):
                open_until.extend([0] * (x + colspan - len(open_until)))
            if rowspan > 1 or colspan > 1:
                for covered in range(x, x + colspan):
                    open_until[covered] = max(open_until[covered], y + rowspan)
            cells.append(Cell(raw.text, y, x, rowspan, colspan, raw.where))
            x += colspan
        placed.append(tuple(cells))
    return tuple(placed)


class Slot(NamedTuple):
    """A cell as one row sees it: `x0` up to but not including `x1` on the grid.

    `own` is False for a cell that spans down from a row above; `down` is True for one that
    starts here and spans down.
    """

    text: str
    x0: int
    x1: int
    own: bool
    where: Where
    down: bool = False


class Row(NamedTuple):
    """One row of a grid with every cell that covers it, from left to right."""

    slots: tuple[Slot, ...]
    layout: Layout
    grid: int
    first: bool

    @property
    def end(self) -> int:
        """The grid column after the last cell."""
        return max((slot.x1 for slot in self.slots), default=0)

    def bare(self, grid: int) -> Row:
        """The row as it reads, without where its cells come from: equal for equal rows."""
        return self._replace(grid=grid, slots=tuple(slot._replace(where=_NOWHERE) for slot in self.slots))

    @property
    def own(self) -> list[Slot]:
        return [slot for slot in self.slots if slot.own]


def rows_of(grid: Grid, number: int, is_label: Callable[[str], bool]) -> list[Row]:
    """A grid -> its rows, spans expanded; `number` tells the grids of a document apart.

    Where every span was written out again in each cell it covers, the copies of a label
    are one slot again.
    """
    covering: list[list[Slot]] = [[] for _ in grid.rows]
    budget = 4 * MAX_CELLS  # spans that claim more cover nothing further
    for y, row in enumerate(grid.rows):
        for cell in row:
            end = cell.column + cell.colspan
            covering[y].append(Slot(cell.text, cell.column, end, True, cell.where, cell.rowspan > 1))
            if cell.rowspan > 1 and budget > 0:
                budget -= cell.rowspan
                for below in range(y + 1, y + cell.rowspan):
                    covering[below].append(Slot(cell.text, cell.column, end, False, cell.where))
    repeats = _has_repeats(grid, is_label)
    if repeats:
        covering = _fold_repeats(covering, is_label)
    elif grid.layout == "spans":
        for slots in covering:
            slots.sort(key=lambda slot: slot.x0)
    layout: Layout = "spans" if repeats else grid.layout
    return [Row(tuple(slots), layout, number, y == 0) for y, slots in enumerate(covering)]


def _has_repeats(grid: Grid, is_label: Callable[[str], bool]) -> bool:
    """Whether labels are repeated over the cells they span, in two rows or more."""
    found = 0
    for row in grid.rows:
        for left, right in pairwise(row):
            if left.text and left.text == right.text and not left.text.isdecimal() and is_label(left.text):
                found += 1
                break
        if found > 1:
            return True
    return False


def _fold_repeats(covering: list[list[Slot]], is_label: Callable[[str], bool]) -> list[list[Slot]]:
    folded: list[list[Slot]] = []
    for slots in covering:
        row: list[Slot] = []
        for slot in sorted(slots, key=lambda s: s.x0):
            if row and row[-1].text == slot.text and slot.text and is_label(slot.text):
                row[-1] = row[-1]._replace(x1=slot.x1)
                continue
            row.append(slot)
        if folded:
            above = {(s.x0, s.x1, s.text) for s in folded[-1]}
            row = [s._replace(own=False) if (s.x0, s.x1, s.text) in above and is_label(s.text) else s for s in row]
        folded.append(row)
    return folded


def join_split_rows(rows: Sequence[Row], is_label: Callable[[str], bool]) -> list[Row]:
    """Rows cut in two by a page break made one again.

    A label whose first half ends one grid and whose second half begins the next is joined
    when only the whole is a label. If one of the two rows has nothing else, or fills only
    what the other leaves empty, both rows are one; then a half may be a label by itself.
    """
    joined: list[Row] = []
    changed = False
    for row in _join_broken_labels(rows, is_label):
        upper = joined[-1] if joined else None
        if upper and row.first and row.grid != upper.grid and upper.layout == row.layout == "spans":
            joined[-1:] = halves = _join(upper, row, is_label)
            changed = changed or halves[0] is not upper
            continue
        joined.append(row)
    return list(_spread_joined(joined)) if changed else joined


def _join_broken_labels(rows: Sequence[Row], is_label: Callable[[str], bool]) -> Iterator[Row]:
    upper: Row | None = None
    for row in rows:
        whole = _with_piece(upper, row, is_label) if upper else None
        if whole is None and upper is not None:
            yield upper
        upper = whole or row
    if upper is not None:
        yield upper


def _with_piece(upper: Row, lower: Row, is_label: Callable[[str], bool]) -> Row | None:
    """Two rows of text as one, if one of them is a piece of a label of the other."""
    if upper.grid != lower.grid or not upper.layout == lower.layout == "rows":
        return None
    above, below = ([slot for slot in row.slots if slot.text] for row in (upper, lower))
    if len(below) == 1 and not is_label(below[0].text):
        for slot in above:
            if is_label(slot.text + below[0].text):
                return _with_text(upper, slot, slot.text + below[0].text)
    if len(above) == 1 and not is_label(above[0].text):
        for slot in below:
            if not is_label(slot.text) and is_label(above[0].text + slot.text):
                return _with_text(lower, slot, above[0].text + slot.text)
    return None


def _with_text(row: Row, changed: Slot, text: str) -> Row:
    return row._replace(slots=tuple(slot._replace(text=text) if slot is changed else slot for slot in row.slots))


def _join(upper: Row, lower: Row, is_label: Callable[[str], bool]) -> list[Row]:
    above = {slot.x0: slot for slot in upper.slots}
    same_columns = above.keys() == {slot.x0 for slot in lower.slots}
    whole: dict[int, str] = {}
    doubtful = False
    for slot in lower.slots:
        head = above.get(slot.x0)
        if head is None or not slot.text or not head.text or not is_label(head.text + slot.text):
            continue
        doubtful = doubtful or is_label(head.text) or is_label(slot.text)
        whole[slot.x0] = head.text + slot.text
    rest = [(above[s.x0].text, s.text) for s in lower.slots if s.x0 in above and s.x0 not in whole]
    fills_up = same_columns and not any(u and s for u, s in rest) and any(u or s for u, s in rest)
    if not whole or (doubtful and not fills_up):
        return [upper, lower]
    new_upper = tuple(s._replace(text=whole.get(s.x0, s.text)) for s in upper.slots)
    new_lower = tuple(s._replace(text=whole.get(s.x0, s.text)) for s in lower.slots)
    if not fills_up:
        return [upper._replace(slots=new_upper), lower._replace(slots=new_lower)]
    pairs = zip(new_upper, new_lower, strict=True)
    return [upper._replace(slots=tuple(u if s.x0 in whole or u.text else s._replace(own=True) for u, s in pairs))]


def _spread_joined(rows: Sequence[Row]) -> Iterator[Row]:
    """A joined label also in the other rows its two halves span."""
    whole: dict[tuple[int, Where], str] = {}
    for row in rows:
        for slot in row.slots:
            known = whole.get((slot.x0, slot.where))
            if known is None or len(slot.text) > len(known):
                whole[slot.x0, slot.where] = slot.text
    for row in rows:
        yield row._replace(slots=tuple(s._replace(text=whole[s.x0, s.where]) for s in row.slots))
