"""Grids in, observations out: every cell filled by its labels, never by counting.

A value belongs to the row label left of it and the column label above it (or the reverse,
or both above, as table four has it). What no label explains is an observation without a
code and an issue; what took inference carries a flag.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from parsers.columns import Column, Path
from parsers.forms import Identity
from parsers.glued import split_glued
from parsers.grids import Row, Slot, join_split_rows, rows_of
from parsers.lookups import Label, Lexicon, fold
from parsers.models import Block, Grid, Issue, Observation, Paragraph, Severity, Where
from parsers.rows import DataRow, Placement, keeps_blanks, place_values, read_rows
from parsers.sections import section_of
from parsers.values import clean_raw, header_unit, looks_like_value, read_value

__all__ = ["FilledTables", "fill_tables"]

_EVERYWHERE = 1_000_000
_LONGEST_LABEL = 80
_YEAR = re.compile(r"(\d{4})年")
_YEAR_ALONE = re.compile(r"[(（]?(\d{4})\s*年度?(?:数|数量|数据|情况)?[)）]?")


@dataclass(frozen=True, slots=True)
class FilledTables:
    """Observations in the order of the document, issues, and the grids that are no form table."""

    observations: tuple[Observation, ...]
    issues: tuple[Issue, ...]
    other_grids: tuple[Grid, ...] = ()


def fill_tables(blocks: Sequence[Block], lexicon: Lexicon, year: int | None = None) -> FilledTables:
    """The blocks of one report -> its observations.

    `year` is the report year: a value column headed by another year keeps no code.
    """
    rows_by_table, other_grids = _rows_by_table(blocks, lexicon)
    observations: list[Observation] = []
    issues: list[Issue] = []
    for table, rows in rows_by_table.items():
        whole = join_split_rows(rows, lambda text: bool(lexicon.match(text).labels))
        found = read_rows(whole, table, lexicon)
        filler = _Filler(table, lexicon, year, keeps_blanks(whole))
        for row in found.data:
            filler.fill(row)
        filler.split_glued()
        observations += (
            _with_flag(o, "conflicting_cell") if o.row in found.doubtful else o for o in filler.observations
        )
        issues += found.issues + filler.issues
    return FilledTables(tuple(_settled(observations, issues)), tuple(issues), tuple(other_grids))


def _rows_by_table(blocks: Sequence[Block], lexicon: Lexicon) -> tuple[dict[str, list[Row]], list[Grid]]:
    """Every row under the form table whose labels it, or its neighbours, carry."""
    by_table: dict[str, list[Row]] = {}
    others: list[Grid] = []
    banners: list[Row] = []
    previous: str | None = None
    for number, block in enumerate(blocks):
        if isinstance(block, Paragraph):
            if section_of(block.text):
                previous, banners = None, []
            elif banner := _banner(block, number, lexicon):
                banners.append(banner)
            continue
        rows = rows_of(block, number, lambda text: bool(lexicon.match(text).labels or lexicon.role(text)))
        tables = _tables_of(rows, lexicon, previous)
        if tables is None:
            others.append(block)
            continue
        by_table.setdefault(tables[0], []).extend(b for b in banners if _is_of(b, tables[0], lexicon))
        banners = []
        for row, table in zip(rows, tables, strict=True):
            by_table.setdefault(table, []).append(row)
        previous = tables[-1]
    return by_table, others


def _banner(paragraph: Paragraph, number: int, lexicon: Lexicon) -> Row | None:
    """A short paragraph that is a heading of the form, printed over its own small table."""
    if len(paragraph.text) > 40 or not lexicon.match(paragraph.text).labels:
        return None
    slot = Slot(paragraph.text, 0, _EVERYWHERE, True, paragraph.where)
    return Row((slot,), "spans", number, True)


def _is_of(banner: Row, table: str, lexicon: Lexicon) -> bool:
    return any(label.table == table for label in lexicon.match(banner.slots[0].text).labels)


def _tables_of(rows: Sequence[Row], lexicon: Lexicon, previous: str | None) -> list[str] | None:
    """The form table of each row; None for a grid that shows too few labels to be one."""
    tables: list[str | None] = []
    seen: Counter[str] = Counter()
    words: set[tuple[str, str]] = set()
    for row in rows:
        votes: list[str] = []
        for slot in row.slots:
            if not slot.own or not slot.text or slot.text.isdecimal() or len(slot.text) > _LONGEST_LABEL:
                continue
            for part in lexicon.parts_of(slot.text):
                labels = lexicon.match(part).labels
                if labels and all(label.table == labels[0].table for label in labels):
                    votes.append(labels[0].table)
                    words.add((labels[0].table, fold(part)[1]))
        tables.append(max(votes, key=votes.count) if votes else None)
        seen.update(votes)
    if not seen:
        return [previous] * len(rows) if previous and _holds_only_values(rows) else None
    main = seen.most_common(1)[0][0]
    needed = 1 if previous == main else 2
    if sum(1 for table, _ in words if table == main) < needed:
        return None
    current = next(table for table in tables if table)
    filled = []
    for table in tables:
        current = table or current
        filled.append(current)
    return filled


def _holds_only_values(rows: Sequence[Row]) -> bool:
    """Whether a grid has figures and nothing else: the rest of a table that a page break cut."""
    texts = [slot.text for row in rows for slot in row.slots if slot.text]
    return bool(texts) and all(looks_like_value(text) for text in texts)


@dataclass(slots=True)
class _Filler:
    """Turns the data rows of one table into observations."""

    table: str
    lexicon: Lexicon
    year: int | None
    keeps_blanks: bool
    observations: list[Observation] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    _glued: list[tuple[DataRow, Slot]] = field(default_factory=list)
    _told: set[tuple[str, str]] = field(default_factory=set)

    def fill(self, row: DataRow) -> None:
        if not row.columns:
            row = self._with_columns_of_form(row)
        placement = place_values(row, keeps_blanks=self.keeps_blanks)
        if placement.problem and self._keep_glued(row, placement):
            return
        if self._is_empty_heading(row, placement):
            return
        if placement.problem and row.path.crossed and len(placement.cells) == 1:
            placement = Placement(placement.cells)  # the labels left of it name row and column
        if placement.problem:
            where = next((s.where for _, s in placement.cells), Where())
            raw = " | ".join([row.path.text, *(s.text for _, s in placement.cells)])
            self.issues.append(Issue("unplaced_values", "error", placement.problem, raw[:200], where))
        for column, slot in placement.cells:
            if column is None and not placement.problem and not row.path.crossed:
                self._tell("unlabelled_value", "warning", "a value without a column", slot.text[:80], slot.where)
            self._observe(row, column, slot, placement.flags)

    def _is_empty_heading(self, row: DataRow, placement: Placement) -> bool:
        """A heading over several rows that holds marks or nothing has nothing to observe."""
        is_heading = row.path.heading is not None and row.path.row is None and not row.path.unknown
        return is_heading and all(read_value(s.text).kind in ("blank", "not_applicable") for _, s in placement.cells)

    def _with_columns_of_form(self, row: DataRow) -> DataRow:
        """Without any header, the form's own columns, if only one order of them fits."""
        label = row.path.row
        printed = [s for s in row.values if s.text]
        if label is None or len(printed) != len(row.values):
            return row
        options = {}
        for form in self.lexicon.forms:
            table = form.table(self.table)
            for block in table.blocks if table else ():
                columns = [node for node, _ in block.coded_columns()]
                if any(node.code == label.code for node, _ in block.coded_rows()) and len(columns) == len(printed):
                    options[tuple(str(node.code) for node in columns)] = columns
        if len(options) != 1:
            return row
        (columns,) = options.values()
        named = tuple(
            Column(Path((node.label,), column=Label(self.table, "column", node.code, "", None, (), node)))
            for node in columns
        )
        placed = tuple(zip(named, printed, strict=True))
        return row._replace(columns=named, placed=placed, flags=("inferred_column",))

    def _keep_glued(self, row: DataRow, placement: Placement) -> bool:
        """One run of digits where several values belong is kept for `split_glued`."""
        if len(placement.cells) != 1 or len(row.columns) < 3:
            return False
        slot = placement.cells[0][1]
        names_cells = row.path.row is not None or all(c.path.row for c in row.columns)
        if not slot.text.isdecimal() or not names_cells:
            return False
        self._glued.append((row, slot))
        return True

    def split_glued(self) -> None:
        """Read the runs of digits that have one reading, or of which the sums leave one."""
        if not self._glued:
            return
        named = [_code(row) for row, _ in self._glued]
        by_key = {
            f"row {i}" if row.path.row is None or _code(row) in named[:i] else _code(row): (row, slot)
            for i, (row, slot) in enumerate(self._glued)
        }
        columns = self._glued[0][0].columns
        known: dict[str, list[int | None]] = {}
        for o in self.observations:
            if o.row is not None and o.column is not None:
                known.setdefault(o.row, []).append(int(o.value) if o.value is not None else None)
        whole = {row: values for row, values in known.items() if len(values) == len(columns)}
        digits = {str(key): slot.text for key, (_, slot) in by_key.items()}
        sums = list(self._column_sums({*digits, *whole}))
        readings = split_glued(digits, whole, len(columns), _totals(columns), sums)
        for key, (row, slot) in by_key.items():
            reading = readings.get(str(key))
            if reading is None or len(row.columns) != len(reading):
                problem = "digits without separators have no reading, or several"
                self.issues.append(
                    Issue("unplaced_values", "error", problem, f"{row.path.text} | {slot.text}", slot.where)
                )
                self._observe(row, None, slot, ())
                continue
            for column, number in zip(row.columns, reading, strict=True):
                self._observe(row, column, slot._replace(text=str(number)), ("split_digits",), printed=slot.text)

    def _column_sums(self, present: set[str]) -> Iterator[tuple[list[str], list[str]]]:
        """The identities down the columns, for the rows that this table prints."""
        identities: dict[str, Identity] = {
            i.id: i
            for form in self.lexicon.forms
            for i in form.identities
            if i.table == self.table and i.over == "columns"
        }
        for identity in identities.values():
            left = [row for code in identity.left for row in sorted(present) if _stands_for(code, row)]
            yield left, list(identity.right)

    def _observe(
        self, row: DataRow, column: Column | None, slot: Slot, flags: tuple[str, ...], printed: str | None = None
    ) -> None:
        meaning = _meaning(self.table, row.path, column, row.unit, self.lexicon)
        column_code = meaning.column
        for kind, severity, message, raw in meaning.issues:
            self._tell(kind, severity, message, raw, slot.where)
        if meaning.years and self.year is not None and self.year not in meaning.years:
            column_code = None
            self._tell("other_year_column", "info", "a value column of another year", meaning.raw_column, slot.where)
        value = read_value(slot.text)
        if value.kind != "number":
            if value.kind == "unreadable":
                self._tell("unreadable_value", "warning", "the cell holds no number", slot.text[:80], slot.where)
        elif meaning.counts and value.number is not None and (value.number < 0 or value.number != int(value.number)):
            message = "a count below zero, or with a fraction"
            self._tell("implausible_value", "warning", message, slot.text[:80], slot.where)
        marks = (*meaning.flags, *flags, *value.flags)
        self.observations.append(
            Observation(
                self.table,
                meaning.row,
                column_code,
                value.number,
                value.kind,
                value.unit or meaning.unit,
                "printed" if value.unit else meaning.unit_source,
                clean_raw(slot.text if printed is None else printed),
                meaning.raw_row,
                meaning.raw_column,
                slot.where,
                meaning.scope,
                meaning.basis,
                tuple(dict.fromkeys(marks)) if marks else marks,
            )
        )

    def _tell(self, kind: str, severity: Severity, message: str, raw: str, where: Where) -> None:
        """An issue, once for each kind and words."""
        if (kind, raw) not in self._told:
            self._told.add((kind, raw))
            self.issues.append(Issue(kind, severity, message, raw, where))


class _Meaning(NamedTuple):
    """What the labels of a cell say, whatever stands in it."""

    row: str | None
    column: str | None
    unit: str | None
    unit_source: str | None
    raw_row: str
    raw_column: str
    scope: str | None
    basis: str | None
    counts: bool
    flags: tuple[str, ...]
    years: frozenset[int]
    issues: tuple[tuple[str, Severity, str, str], ...]


@lru_cache(maxsize=16384)
def _meaning(table: str, left: Path, column: Column | None, unit: str | None, lexicon: Lexicon) -> _Meaning:
    row_label, column_label = _labels(table, left, column, lexicon)
    row_code = row_label.code if row_label else None
    column_code = column_label.code if column_label else None
    top = _one_line(column.path.text) if column else ""
    issues: list[tuple[str, Severity, str, str]] = []
    years: frozenset[int] = frozenset()
    if column is not None and column.free and column.role == "value":
        column_code = "value"
        years = frozenset(int(year) for text in column.path.texts for year in _YEAR.findall(text))
    elif column is not None:
        years = frozenset(int(found[1]) for text in column.path.texts if (found := _YEAR_ALONE.fullmatch(text.strip())))
    if row_code is None:
        issues.append(_row_issue(left))
    if column is not None and column_code is None and column.role == "unknown":
        issues.append(("unknown_label", "warning", "no column of the form has this heading", top))
    if row_code and column_code and (table, row_code, column_code) not in lexicon.cells:
        both = f"{' / '.join(left.texts)} / {top}"
        issues.append(("unknown_label", "warning", f"the form has no {column_code} of {row_code}", both))
        column_code = None
    flags: tuple[str, ...] = ()
    for path, label in ((left, row_label), (column.path if column else None, column_label)):
        if path is not None and path.closest and label is not None:
            flags = ("closest_label",)
            issues.append(("closest_label", "info", f"read as {label.node.label}", _one_line(path.text)))
    unit, source = _unit(unit, left, column, row_label, column_label)
    nodes = [label.node for label in (row_label, column_label) if label is not None]
    return _Meaning(
        row_code,
        column_code,
        unit,
        source,
        _label_text(left, row_label, column),
        top,
        column.scope if column else None,
        column.basis if column else "year",
        not any(node.money or node.signed for node in nodes),
        flags,
        years,
        tuple(issues),
    )


def _labels(table: str, left: Path, column: Column | None, lexicon: Lexicon) -> tuple[Label | None, Label | None]:
    """Row and column of a cell from the labels left of it and above it."""
    top = column.path if column else Path()
    if lexicon.has_rows_in_header(table):
        if left.unknown:
            return None, top.column
        return left.row or top.row, top.column or left.column
    if column is not None and column.turned:
        return top.row, left.column
    if left.crossed and top.column is None:
        return left.row, left.column
    return left.row, top.column


def _row_issue(left: Path) -> tuple[str, Severity, str, str]:
    text = " / ".join(_one_line(t) for t in left.texts)
    if left.heading is not None and not left.unknown:
        return "subtotal_row", "info", "a heading of the form printed with values", text
    if left.texts:
        return "unknown_label", "warning", "no row of the form has this label", text
    return "unlabelled_value", "warning", "values without a row label", ""


def _unit(
    unit: str | None, left: Path, column: Column | None, row_label: Label | None, column_label: Label | None
) -> tuple[str | None, str | None]:
    """The unit that labels give a value and where it was found; a money unit is never assumed."""
    if unit:
        return unit, "header"
    texts = [*(column.path.texts if column else ()), *left.texts]
    if found := next((u for t in texts if (u := header_unit(t))), None):
        return found, "header"
    nodes = [label.node for label in (column_label, row_label) if label is not None]
    customary = next((node.unit for node in nodes if node.unit), None)
    if customary is None or any(node.money for node in nodes):
        return None, None
    return customary, "convention"


def _totals(columns: Sequence[Column]) -> dict[int, int]:
    """The position of each total column -> that of the first column it adds up."""
    totals, first = {}, 0
    for i, column in enumerate(columns):
        if column.path.column is not None and column.path.column.code == "total":
            totals[i] = first
            first = i + 1
    return totals


def _code(row: DataRow) -> str:
    return str(row.path.row.code) if row.path.row else ""


def _stands_for(code: str, row: str) -> bool:
    return row.startswith(code[:-1]) if code.endswith(".*") else row == code


@lru_cache(maxsize=4096)
def _one_line(text: str) -> str:
    """A label without the line breaks of its layout: Chinese joins without a space."""
    return clean_raw("".join(text.split("\n")) if text.isascii() is False else text)


def _label_text(left: Path, row_label: Label | None, column: Column | None) -> str:
    if left.texts:
        return _one_line(left.text)
    if row_label is not None and column is not None:
        return _one_line(next((t for t in column.path.texts if fold(t)[1] == row_label.words), row_label.node.label))
    return ""


def _with_flag(o: Observation, flag: str) -> Observation:
    return o._replace(flags=tuple(dict.fromkeys((*o.flags, flag))))


def _settled(observations: Sequence[Observation], issues: list[Issue]) -> Iterator[Observation]:
    """The observations after a look at all of them: subtotals told from rows, doubles marked."""
    parts = {(o.table, o.row.rpartition(".")[0]) for o in observations if o.row and not o.row.endswith(".total")}
    first: dict[tuple[object, ...], Observation] = {}
    settled: list[Observation] = []
    for o in observations:
        if o.row and o.row.endswith(".total") and o.table == "applications" and (o.table, o.row[:-6]) in parts:
            # （六）其他处理 over its own rows is their heading; with figures, their subtotal.
            if o.kind != "blank":
                issues.append(
                    Issue("subtotal_row", "info", "a heading of the form printed with values", o.raw_row, o.where)
                )
                settled.append(o._replace(row=None))
            continue
        key = (o.table, o.row, o.column, o.scope, o.basis)
        known = first.get(key) if o.row and o.column else None
        if known is None:
            first[key] = o
            settled.append(o)
        elif (known.value, known.kind) == (o.value, o.kind):
            seen = f"{o.table} {o.row} {o.column} is printed twice, alike"
            issues.append(Issue("repeated_cell", "info", seen, o.raw, o.where))
        else:
            seen = f"{o.table} {o.row} {o.column} is printed twice: {known.raw or 'blank'} and {o.raw or 'blank'}"
            issues.append(Issue("conflicting_cell", "error", seen, o.raw, o.where))
            better, worse = (
                (o, known) if "closest_label" in known.flags and "closest_label" not in o.flags else (known, o)
            )
            marked = {id(better): better.column, id(worse): None}
            settled = [s for s in settled if s is not known]
            for one in (known, o):
                settled.append(_with_flag(one._replace(column=marked[id(one)]), "conflicting_cell"))
            first[key] = next(s for s in settled[-2:] if s.column is not None)
    yield from settled
