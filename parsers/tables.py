"""Grids in, observations out: every cell filled by its labels, never by counting.

A value belongs to the row label left of it and the column label above it (or the reverse,
or both above, as table four has it). What no label explains is an observation without a
code and an issue; what took inference carries a flag.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from parsers.captions import foreign_caption
from parsers.columns import Column, Path
from parsers.forms import Identity
from parsers.glued import split_glued
from parsers.grids import Row, Slot, join_split_rows, rows_of
from parsers.lookups import Label, Lexicon, fold
from parsers.meanings import Meaning, meaning_of
from parsers.models import Block, Grid, Issue, Observation, Paragraph, Severity, Where
from parsers.placing import DataRow, Placement, keeps_blanks, place_values
from parsers.rows import read_rows
from parsers.sections import section_of
from parsers.values import clean_raw, looks_like_value, read_value

__all__ = ["FilledTables", "fill_tables"]

_EVERYWHERE = 1_000_000
_LONGEST_LABEL = 80


@dataclass(frozen=True, slots=True)
class FilledTables:
    """Observations in the order of the document, issues, and the grids that are no form table."""

    observations: tuple[Observation, ...]
    issues: tuple[Issue, ...]
    other_grids: tuple[Grid, ...] = ()


def fill_tables(
    blocks: Sequence[Block], lexicon: Lexicon, year: int | None = None, agency: str | None = None
) -> FilledTables:
    """The blocks of one report -> its observations.

    `year` and `agency` are the report's: a value column headed by another year, or a
    table under a caption of another year or organ, keeps no code.
    """
    rows_by_table, other_grids = _rows_by_table(blocks, lexicon, year, agency)
    observations: list[Observation] = []
    issues: list[Issue] = []
    for (table, foreign), rows in rows_by_table.items():
        whole = join_split_rows(rows, lambda text: bool(lexicon.match(text).labels))
        found = read_rows(whole, table, lexicon)
        filler = _Filler(table, lexicon, year, keeps_blanks(whole))
        for row in found.data:
            filler.fill(row)
        filler.split_glued()
        if foreign:
            message = f"a table {table} of another year, period or organ"
            where = next((slot.where for row in rows for slot in row.slots), Where())
            issues.append(Issue("foreign_table", "warning", message, foreign, where))
            observations += (o._replace(column=None) for o in filler.observations)
            continue
        observations += (
            _with_flag(o, "conflicting_cell") if o.row in found.doubtful else o for o in filler.observations
        )
        issues += found.issues + filler.issues
    return FilledTables(tuple(_settled(observations, issues)), tuple(issues), tuple(other_grids))


def _rows_by_table(
    blocks: Sequence[Block], lexicon: Lexicon, year: int | None, agency: str | None
) -> tuple[dict[tuple[str, str | None], list[Row]], list[Grid]]:
    """Every row under the form table whose labels it, or its neighbours, carry.

    Tables under a caption that gives them to another year or organ are kept apart by it,
    with the grids that go on right below them.
    """
    by_table: dict[tuple[str, str | None], list[Row]] = {}
    others: list[Grid] = []
    banners: list[Row] = []
    previous: str | None = None
    above: str | None = None
    foreign: str | None = None
    for number, block in enumerate(blocks):
        if isinstance(block, Paragraph):
            above = block.text
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
        goes_on = above is None and tables[0] == previous
        foreign = foreign_caption(block, above, year, agency) or (foreign if goes_on else None)
        by_table.setdefault((tables[0], foreign), []).extend(b for b in banners if _is_of(b, tables[0], lexicon))
        banners = []
        for row, table in zip(rows, tables, strict=True):
            by_table.setdefault((table, foreign), []).append(row)
        previous, above = tables[-1], None
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
        goes_on = previous and (_holds_only_values(rows) or _is_row_of(rows, previous, lexicon))
        return [str(previous)] * len(rows) if goes_on else None
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


def _is_row_of(rows: Sequence[Row], table: str, lexicon: Lexicon) -> bool:
    """Whether a single row stands alone whose label the table above has: each row a grid of its own."""
    if len(rows) != 1:
        return False
    label, *values = [slot.text for slot in rows[0].slots if slot.text] or [""]
    labels = lexicon.match(label).labels
    return any(x.table == table and x.axis == "row" for x in labels) and all(looks_like_value(v) for v in values)


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
        meaning = meaning_of(self.table, row.path, column, row.unit, self.lexicon)
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
        elif value.number is not None and _is_implausible(value.number, meaning):
            message = "a count below zero, or with a fraction"
            self._tell("implausible_value", "warning", message, slot.text[:80], slot.where)
            flags = (*flags, "implausible_value")
        marks = (*meaning.flags, *flags, *value.flags)
        # A currency sign is put before thousands of yuan too: the header knows better.
        is_sign = value.unit == "元" and "元" not in slot.text and meaning.unit_source == "header"
        unit = meaning.unit if is_sign else value.unit
        if meaning.is_money and value.number is not None and not (unit or meaning.unit):
            self._tell("unit_unknown", "warning", "an amount of money without a unit", slot.text[:80], slot.where)
        self.observations.append(
            Observation(
                self.table,
                meaning.row,
                column_code,
                value.number,
                value.kind,
                unit or meaning.unit,
                "printed" if unit and not is_sign else meaning.unit_source,
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


def _is_implausible(number: float, meaning: Meaning) -> bool:
    """Whether a count is below zero or has a fraction."""
    return not meaning.is_money and (number != int(number) or (number < 0 and not meaning.is_signed))


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
