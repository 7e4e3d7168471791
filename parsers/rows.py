"""Rows of one form table in, data rows out: labels on the left, value cells under columns.

The reader walks down the table, keeps the header and the headings it has passed, and puts
each value under a column by place or, where places are lost, by order. Where neither is
certain the row says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from itertools import groupby, pairwise
from typing import NamedTuple

from parsers.columns import Column, Path, columns_by_order, columns_by_place, match_in, path_of
from parsers.grids import Row, Slot
from parsers.lookups import Label, Lexicon, fold
from parsers.models import Issue
from parsers.placing import DataRow, right_trimmed
from parsers.sections import section_of
from parsers.values import is_unit, looks_like_value

__all__ = ["TableRows", "read_rows"]

_LONGEST_LABEL = 80
_DEEPEST = 6  # labels that stand over each other at the most, with those read since
_SHORTEST_INDEX = 4
_INDEX_ROW = frozenset(("甲", "栏次", "序列"))


class _Kind(Enum):
    EMPTY = auto()
    DATA = auto()
    HEADER = auto()
    BANNER = auto()
    NOTE = auto()
    UNKNOWN = auto()


class TableRows(NamedTuple):
    """The data rows of one form table, issues for rows not understood, and codes that two rows claim."""

    data: list[DataRow]
    issues: list[Issue]
    doubtful: set[str]


def read_rows(rows: Sequence[Row], table: str, lexicon: Lexicon) -> TableRows:
    """All rows that show one form table -> its data rows."""
    reader = _Reader(table, lexicon)
    for row in _side_by_side(rows, lexicon):
        reader.read(row)
    return TableRows(reader.data, reader.issues, reader.doubtful)


def _side_by_side(rows: Sequence[Row], lexicon: Lexicon) -> Iterator[Row]:
    """Halves of a grid that repeats its own header to the right, one after the other."""
    for _, group in groupby(rows, key=lambda row: row.grid):
        grid = list(group)
        starts = next((s for row in grid if len(s := _repeated_corners(row, lexicon)) > 1), None)
        if starts is None:
            yield from grid
            continue
        for start, end in pairwise([*starts, 1_000_000]):
            first = 0 if start == starts[0] else start
            for row in grid:
                if part := tuple(slot for slot in row.slots if first <= slot.x0 < end):
                    yield row._replace(slots=part)


def _repeated_corners(row: Row, lexicon: Lexicon) -> list[int]:
    """Where the head of the row labels stands, if it stands in a row more than once."""
    if row.layout != "spans":
        return []
    heads = [slot for slot in row.slots if slot.own and slot.text and lexicon.role(slot.text) == "corner"]
    return [slot.x0 for slot in heads] if len({slot.text for slot in heads}) < len(heads) else []


@dataclass(slots=True)
class _Reader:
    table: str
    lexicon: Lexicon
    data: list[DataRow] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    by_place: tuple[Column, ...] | None = None
    by_order: tuple[Column, ...] = ()
    valued_by_place: tuple[Column, ...] = ()
    header_end: int = 0
    header_grid: int = -1
    has_spacers: bool = False
    header: tuple[Row, ...] = ()
    header_open: bool = False
    trail: list[str] = field(default_factory=list)
    last_row: str | None = None
    taken: dict[str, Label] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    under: dict[tuple[int, int], tuple[tuple[Column, ...], frozenset[str]]] = field(default_factory=dict)

    def read(self, row: Row) -> None:
        kind = self._kind(row)
        if kind is _Kind.HEADER:
            if not self.header_open:
                self.header_grid = row.grid
            header = self.header if self.header_open else ()
            self.header = (*header, row.bare(row.grid - self.header_grid))
            self.header_open = True
            return
        if kind is _Kind.BANNER:
            self._remember(self._path(slot.text for slot in row.own if slot.text))
        elif kind is _Kind.UNKNOWN:
            text = " ".join(slot.text for slot in row.own if slot.text)
            where = next(slot.where for slot in row.own if slot.text)
            self.issues.append(Issue("unknown_label", "warning", "a row of words that no form has", text[:200], where))
        elif kind is _Kind.DATA:
            if self.header_open:
                self._read_header()
            data = self._data(row)
            self._remember(data.path)
            if data.path.row is not None and data.path.row.code is not None:
                self.taken[data.path.row.code] = data.path.row
            self.last_row = data.path.row.code if data.path.row else None
            self.data.append(data)

    def _read_header(self) -> None:
        self.by_place = columns_by_place(self.header, self.table, self.lexicon)
        self.by_order = self._columns_of_header()
        self.valued_by_place = _valued(self.by_place or ())
        last = self.header[-1].grid
        self.header_grid += last
        self.header_end = max(row.end for row in self.header if row.grid == last)
        covered = {x for c in self.by_place or () for x in range(c.x0, c.x1)}
        first = min((c.x0 for c in self.valued_by_place), default=0)
        self.has_spacers = not covered.issuperset(range(first, self.header_end))
        self.header_open = False
        self.under.clear()

    def _columns_of_header(self) -> tuple[Column, ...]:
        """The columns in force: of the header just read, or of the last one."""
        if not self.header_open:
            return self.by_order
        return columns_by_order(self.header, self.table, self.lexicon)

    def _remember(self, path: Path) -> None:
        for label in (path.heading, path.row):
            if label is not None:
                # What stands over a row in the form has been entered with it, printed or not.
                entered = [words for words in label.above if words not in self.trail[-_DEEPEST:]]
                self.trail += [*entered, label.words]
                self.taken = {code: row for code, row in self.taken.items() if label.words not in row.above}

    def _path(self, texts: Iterable[str]) -> Path:
        return path_of((t for t in texts if t), self.table, self.lexicon, self.trail)

    def _kind(self, row: Row) -> _Kind:
        printed = [slot for slot in row.slots if slot.own and slot.text]
        if not printed:
            return self._kind_of_blank(row)
        texts = [slot.text for slot in printed]
        lexicon = self.lexicon
        if lexicon.role(texts[0]) == "footer" or not _INDEX_ROW.isdisjoint(texts):
            return _Kind.NOTE
        if self.header_open and len(texts) > _SHORTEST_INDEX and texts == [str(i) for i in range(1, len(texts) + 1)]:
            return _Kind.NOTE  # the columns' numbers below their header
        if any(t.isdecimal() for t in texts) or any(looks_like_value(t) and not lexicon.match(t).labels for t in texts):
            return _Kind.DATA
        if max(len(t) for t in texts) > _LONGEST_LABEL:
            return _Kind.NOTE
        if lexicon.has_value_headings(self.table):
            return self._kind_of_free_words(texts)
        return self._kind_of_words(row, texts)

    def _kind_of_blank(self, row: Row) -> _Kind:
        """A row without any print holds values only where the header names rows and columns."""
        columns = self._columns_of_header()
        complete = columns and all(c.path.row and c.path.column for c in columns)
        return _Kind.DATA if complete and len(row.own) >= len(columns) else _Kind.EMPTY

    def _kind_of_free_words(self, texts: Sequence[str]) -> _Kind:
        lexicon = self.lexicon
        path = self._path(t for t in texts if not is_unit(t))
        if path.row and not path.unknown:
            return _Kind.DATA if self.by_order or self.header_open else _Kind.BANNER
        if path.heading and not path.unknown:
            return _Kind.BANNER
        if any(lexicon.role(t) or lexicon.value_heading(t) for t in texts) and not (path.row or path.heading):
            return _Kind.HEADER
        if section_of(texts[0]) or texts[0].startswith(("注", "说明", "备注", "填")):
            return _Kind.NOTE
        return _Kind.DATA if len(texts) > 1 and is_unit(texts[-1]) else _Kind.UNKNOWN

    def _kind_of_words(self, row: Row, texts: Sequence[str]) -> _Kind:
        axes = [{label.axis for label in match_in(t, self.table, self.lexicon).labels} for t in texts]
        roles = [self.lexicon.role(t) for t in texts]
        path = self._path(texts)
        columns = self._columns_of_header()
        named_by_left = bool(columns) and not any(c.path.column for c in columns)
        has_blanks = any(slot.own and not slot.text for slot in row.slots)
        if self._rows_in_header():
            if named_by_left and path.column and has_blanks:
                return _Kind.DATA
            return _Kind.HEADER if any(axes) or any(roles) else self._kind_of_rest(texts)
        if path.row and all("row" in axis for axis in axes) and (columns or has_blanks):
            return _Kind.DATA
        if "row" in axes[0] and not all(axes) and not any("column" in axis for axis in axes[1:]) and columns:
            return _Kind.DATA  # a row label before values that cannot be read
        if any("column" in axis for axis in axes):
            return _Kind.HEADER
        if path.heading and all("row" in axis for axis in axes):
            return _Kind.BANNER
        if any(roles):
            return _Kind.HEADER
        return self._kind_of_rest(texts)

    def _kind_of_rest(self, texts: Sequence[str]) -> _Kind:
        if section_of(texts[0]) or is_unit(texts[0].removeprefix("单位").lstrip(":：")):
            return _Kind.NOTE
        if self.header_open and len(texts) > 1:
            return _Kind.HEADER
        return _Kind.UNKNOWN

    def _rows_in_header(self) -> bool:
        return self.lexicon.has_rows_in_header(self.table)

    def _data(self, row: Row) -> DataRow:
        by_place = self._by_place(row)
        if by_place is not None and not by_place.flags:
            return by_place
        by_order = self._by_order(row)
        if by_order.placed is not None or by_place is None:
            return by_order
        return by_place

    def _by_place(self, row: Row) -> DataRow | None:
        """The row read by positions; None when a cell straddles what the header says."""
        columns = self.by_place
        valued = self.valued_by_place
        if not columns or not valued or (row.grid != self.header_grid and row.end != self.header_end):
            return None
        first, end = valued[0].x0, valued[-1].x1
        left: list[Slot] = []
        found: dict[Column, Slot] = {}
        over: list[Slot] = []
        unit: str | None = None
        merged = False
        for slot in row.slots:
            under, roles = self._under(slot.x0, slot.x1)
            if roles == {"unit"}:
                unit = slot.text or unit
            elif slot.x1 <= first:
                if roles != {"skip"}:
                    left.append(slot)
            elif not slot.text.isdecimal() and self._names_row(slot.text):
                return None  # a row label where the header has a value: places are lost
            elif slot.x0 < first:
                return None
            elif roles == {"skip"} or (not under and not slot.text):
                continue
            elif not under and slot.x0 >= end and row.layout == "spans":
                over.append(slot)  # a cell that the header has no column for
            elif len(under) != 1:
                return None
            elif under[0] in found:
                # One value written out again in every column its cell spans.
                if found[under[0]].text != slot.text:
                    return None
            elif slot.own or looks_like_value(slot.text):
                found[under[0]] = slot  # also a value that spans down from the row above
                merged = merged or not slot.own
        if self._has_value_after_label(left):
            return None
        path, unit = self._path_and_unit(left, unit)
        values = tuple(found.values())
        complete = len(found) == len(valued)
        placed: tuple[tuple[Column | None, Slot], ...] | None = None
        if row.layout == "spans" or (complete and _ends_printed(values)):
            placed = (*found.items(), *((None, slot) for slot in over))
        certain = complete and not merged and self._is_as_wide_as_header(row) and all(c.certain for c in valued)
        flags = () if certain else ("inferred_column",)
        return DataRow(path, values, valued, row.layout, unit, placed, flags)

    def _under(self, x0: int, x1: int) -> tuple[tuple[Column, ...], frozenset[str]]:
        """The columns that a cell from `x0` to `x1` stands under, and what they are for."""
        known = self.under.get((x0, x1))
        if known is None:
            columns = tuple(c for c in self.by_place or () if c.x0 < x1 and x0 < c.x1)
            known = self.under[x0, x1] = columns, frozenset(c.role for c in columns)
        return known

    def _has_value_after_label(self, left: Sequence[Slot]) -> bool:
        """Whether a figure stands right of a label where only labels belong: the row is shifted."""
        label_seen = False
        for slot in left:
            if slot.own and slot.text:
                if label_seen and self._is_numbering(slot.text):
                    return True
                label_seen = label_seen or not self._is_numbering(slot.text)
        return False

    def _is_as_wide_as_header(self, row: Row) -> bool:
        """Whether the row ends where the header does: else a cell is missing or too many."""
        return row.layout == "rows" or row.grid != self.header_grid or row.end == self.header_end

    def _path_and_unit(self, left: Sequence[Slot], unit: str | None) -> tuple[Path, str | None]:
        """What the slots left of the values say: headings that span down, then the row's own labels.

        A row without a label of its own is none of the rows that reach down into it, and
        one whose only label spans down has lost its own.
        """
        texts: dict[bool, list[str]] = {False: [], True: []}
        spans_down = False
        for slot in left:
            if is_unit(slot.text):
                unit = unit or slot.text
            elif slot.text and not self._is_numbering(slot.text):
                texts[slot.own].append(slot.text)
                spans_down = slot.own and slot.down
        every = (*texts[False], *texts[True])
        path = path_of(every, self.table, self.lexicon, self.trail, all_headings=spans_down)
        if path.row is not None and (not texts[True] or self._is_another_total(path) or self._is_taken(path)):
            path = replace(path, row=None, unknown=(path.text,))
        return path, unit

    def _is_another_total(self, path: Path) -> bool:
        """Whether 合计 or 其他, that name a column too, stand where the form has no such row.

        Without the form's ordinal such a label is the form's only in its place: under its own
        heading, or right below the row that the form prints before it.
        """
        label = path.row
        if label is None or path.column is None or path.crossed or fold(path.text)[0] == label.ordinal is not None:
            return False
        under = [fold(text)[1] for text in path.texts[:-1]]
        in_place = bool(under) and bool(label.above) and under[-1] == label.above[-1]
        return not in_place and not self.lexicon.stands_after(label, self.last_row)

    def _is_taken(self, path: Path) -> bool:
        """Whether a label that only the headings above tell apart has had its row under them already."""
        row = path.row
        if row is None or row.code not in self.taken or not path_of(path.texts, self.table, self.lexicon).ambiguous:
            return False
        self.doubtful.add(str(row.code))
        return True

    def _names_row(self, text: str) -> bool:
        labels = self.lexicon.match(text).labels if text else ()
        return any(label.axis == "row" and label.table == self.table for label in labels)

    def _is_numbering(self, text: str) -> bool:
        """A running number before a label."""
        return looks_like_value(text) and not self.lexicon.match(text).labels

    def _by_order(self, row: Row) -> DataRow:
        """The row read by order: labels up to the last one before the values, then values."""
        slots = [s for s in row.slots if s.own]
        valued = _valued(self.by_order)
        end = self._end_of_labels(slots, len(valued))
        labels, values = slots[:end], slots[end:]
        unit = None
        if values and values[0].text and is_unit(values[0].text):
            unit, values = values[0].text, values[1:]
        right_of_labels = values[0].x0 if values else 0
        above = [s for s in row.slots if not s.own and s.x0 < right_of_labels]
        path, unit = self._path_and_unit([*above, *labels], unit)
        placed = None
        flags: tuple[str, ...] = () if all(c.certain for c in valued) else ("inferred_column",)
        if row.layout == "spans" and len(values) == len(valued) > 0:
            placed = tuple(zip(valued, values, strict=True))
            # With empty columns in the header an empty cell may stand for a value that is gone.
            if self.has_spacers and not self._is_as_wide_as_header(row):
                flags = ("inferred_column",)
        elif row.layout == "rows" and valued:
            printed = right_trimmed(values)
            if len(printed) == len(valued):
                placed = tuple(zip(valued, printed, strict=True))
        return DataRow(path, tuple(values), valued, row.layout, unit, placed, flags)

    def _end_of_labels(self, slots: Sequence[Slot], columns: int) -> int:
        """How many slots at the left are labels: known ones, numbering, or words before values.

        Words right after a known label are a value that cannot be read, if they make the
        number of cells that of the columns.
        """
        known = [
            bool(s.text and not s.text.isdecimal() and match_in(s.text, self.table, self.lexicon).labels) for s in slots
        ]
        end = last_known = 0
        for i, slot in enumerate(slots):
            if known[i]:
                end = last_known = i + 1
            elif not slot.text or is_unit(slot.text):
                continue
            elif looks_like_value(slot.text):
                if not (i == 0 and any(known)):
                    break
            else:
                end = i + 1
        if last_known and len(right_trimmed(slots)) - last_known == columns:
            return last_known
        return end


def _valued(columns: Iterable[Column]) -> tuple[Column, ...]:
    return tuple(c for c in columns if c.holds_values)


def _ends_printed(values: Sequence[Slot]) -> bool:
    """Whether the last value is printed, or none is: then blanks have not slid to the end."""
    return not any(v.text for v in values) or bool(values and values[-1].text)
