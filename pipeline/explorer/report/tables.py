"""Observations and findings of a report in, its tables as the form prints them out, every value in its box."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from string import ascii_lowercase

from parsers.forms import Form, Table, load_forms
from parsers.indicators import load_indicators
from parsers.models import CellKey
from pipeline.answers import plain_number
from pipeline.explorer.report.layout import Box, is_list, lay_out
from pipeline.explorer.report.rows import Row
from pipeline.explorer.report.words import said

__all__ = [
    "Extra",
    "Mark",
    "Printed",
    "TableView",
    "cell_labels",
    "cell_of",
    "indicator_words",
    "show_tables",
    "shown_text",
]

_FROM_PROSE = "from_narrative"
_CUT = "split_digits"
_NOTE = re.compile("（[^（）]{5,}）$")
Whose = tuple[str | None, str | None]
"""Scope and basis: a value column."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign beside a value that leads to the finding it is part of."""

    sign: str
    finding: int
    words: str


@dataclass(frozen=True, slots=True)
class Printed:
    """One observation as it is shown as `text`: `read` is the number where the printed characters say it otherwise.

    `is_cut`: the characters hold the values of several cells. `flags` are letters of the table's
    legend, `proposed` the value that would repair its table.
    """

    seq: int
    text: str
    raw: str
    kind: str
    unit: str
    read: str = ""
    is_cut: bool = False
    flags: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    proposed: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """A box of the form with what the report prints there; nothing printed and `is_absent`: not in the report."""

    box: Box
    printed: tuple[Printed, ...] = ()
    unit: str = ""
    is_absent: bool = False


@dataclass(frozen=True, slots=True)
class Extra:
    """An observation that has no box in the form; `meaning` is that of the codebook, where it has a code."""

    row: str
    column: str
    printed: Printed
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class TableView:
    """One table. `grids` are its value columns, each with its caption; of a list they stand side by side.

    `legend` explains signs and letters: the sign, its name, its words.
    """

    code: str
    title: str
    unit: str = ""
    unit_source: str = ""
    is_list: bool = False
    heads: tuple[str, ...] = ()
    grids: list[tuple[str, list[list[Filled]]]] = field(default_factory=list)
    extras: list[Extra] = field(default_factory=list)
    legend: list[tuple[str, str, str]] = field(default_factory=list)
    is_from_prose: bool = False


def cell_of(row: Row) -> CellKey | None:
    """The cell of an observation; None where a code is missing."""
    if row["row_code"] is None or row["column_code"] is None:
        return None
    return row["table_code"], row["row_code"], row["column_code"]


def shown_text(o: Row) -> str:
    """An observation in a word: as printed, but the number itself where the characters hold several cells."""
    if _CUT in o["flags"] and o["value"] is not None:
        return plain_number(o["value"])
    return o["raw"].strip() or said("kinds", o["kind"]) or "nothing"


@lru_cache(maxsize=1)
def indicator_words() -> Mapping[CellKey, tuple[str, str]]:
    """English and Chinese label of every cell of the codebook."""
    return {(i.table, i.row, i.column): (i.label_en, i.label_zh) for i in load_indicators()}


@lru_cache(maxsize=1)
def cell_labels() -> Mapping[CellKey, tuple[str, str]]:
    """Row and column label of every cell of the forms, without the notes that some carry; the newest form's."""
    return {
        (t.code, str(row.code), str(column.code)): (_NOTE.sub("", row.label), _NOTE.sub("", column.label))
        for form in load_forms()
        for t in form.tables
        for block in t.blocks
        for row, _ in block.coded_rows()
        for column, _ in block.coded_columns()
    }


def show_tables(
    form: str | None, observations: Sequence[Row], marks: Mapping[int, Sequence[Mark]], proposed: Mapping[int, str]
) -> list[TableView]:
    """All tables: of the report's form, then of other forms that it prints, then what stands in the prose.

    `marks` and `proposed` are by seq. Each observation stands in exactly one place.
    """
    in_prose = [
        {**o, "flags": [flag for flag in o["flags"] if flag != _FROM_PROSE]}  # the title of their table says it
        for o in observations
        if _FROM_PROSE in o["flags"]
    ]
    in_tables = [o for o in observations if _FROM_PROSE not in o["flags"]]
    by_table: dict[str, list[Row]] = defaultdict(list)
    for o in in_tables:
        by_table[o["table_code"]].append(o)
    views = []
    for home, table in _tables(form, by_table):
        views.append(_show_table(home, table, by_table.pop(table.code, []), marks, proposed))
    for code, left in by_table.items():
        views.append(_only_extras(code, f"{code}: no table of any form", left, marks, proposed))
    if in_prose:
        title = "Figures that the prose states, under the rows of the form of 2014"
        views.append(_only_extras("statistics", title, in_prose, marks, proposed, is_from_prose=True))
    return views


def _tables(form: str | None, printed: Iterable[str]) -> list[tuple[Form, Table]]:
    forms = sorted(load_forms(), key=lambda f: f.code != form)
    found: dict[str, tuple[Form, Table]] = {}
    for one in forms:
        for table in one.tables:
            if one.code == form or table.code in printed:
                found.setdefault(table.code, (one, table))
    return list(found.values())


class _Legend:
    """What the letters of flags and the signs of findings in one table mean, in the order they are met."""

    def __init__(self) -> None:
        self._letters: dict[str, str] = {}
        self._signs: dict[str, str] = {}

    def letters(self, flags: Iterable[str]) -> tuple[str, ...]:
        return tuple(self._letters.setdefault(f, ascii_lowercase[len(self._letters) % 26]) for f in flags)

    def signs(self, marks: Iterable[Mark]) -> tuple[Mark, ...]:
        found = tuple(marks)
        self._signs.update((mark.sign, mark.words) for mark in found)
        return found

    def rows(self) -> list[tuple[str, str, str]]:
        flags = [(letter, flag.replace("_", " "), said("flags", flag)) for flag, letter in self._letters.items()]
        return [*((sign, "", words) for sign, words in self._signs.items()), *flags]


@dataclass(frozen=True, slots=True)
class _Showing:
    """How the observations of one table are shown."""

    unit: str
    legend: _Legend
    marks: Mapping[int, Sequence[Mark]]
    proposed: Mapping[int, str]

    def printed(self, o: Row) -> Printed:
        seq = o["seq"]
        unit = ""
        if o["kind"] == "number" and o["unit"] != self.unit:
            unit = o["unit"] or ("no unit stated" if self.unit else "")
        return Printed(
            seq,
            shown_text(o),
            o["raw"],
            o["kind"],
            "" if unit in o["raw"] else unit,
            _read_as(o),
            _CUT in o["flags"] and o["value"] is not None,
            self.legend.letters(o["flags"]),
            self.legend.signs(self.marks.get(seq, ())),
            self.proposed.get(seq, ""),
        )


def _read_as(o: Row) -> str:
    if o["value"] is None:
        return ""
    value = plain_number(o["value"])
    plain = unicodedata.normalize("NFKC", o["raw"]).replace(",", "").replace(" ", "")
    return "" if plain in (value, f"{value}{o['unit'] or ''}") else value


def _show_table(
    form: Form, table: Table, rows: list[Row], marks: Mapping[int, Sequence[Mark]], proposed: Mapping[int, str]
) -> TableView:
    as_list = is_list(table)
    units = Counter((o["unit"], o["unit_source"]) for o in rows if o["unit"] and not as_list)
    unit, unit_source = next((found for found, _ in units.most_common(1)), ("", None))
    showing = _Showing(unit, _Legend(), marks, proposed)
    own = set(table.cells())
    whose: dict[Whose, dict[tuple[str, str], list[Row]]] = {}
    extras: list[Row] = []
    for o in rows:
        key = (o["row_code"], o["column_code"])
        if key in own:
            whose.setdefault((o["scope"], o["basis"]), defaultdict(list))[key].append(o)
        else:
            extras.append(o)
    section = next(s for s in form.sections if s.code == table.section)
    view = TableView(
        table.code,
        f"{section.ordinal}、{section.title}" if section.ordinal else section.title,
        unit,
        said("unit_sources", unit_source),
        as_list,
        tuple(_caption(w, cells) for w, cells in whose.items()),
    )
    if as_list and whose:
        view.grids.append(("", list(_list_lines(form.code, table.code, list(whose.values()), showing))))
    elif whose:
        for w, cells in whose.items():
            caption = _caption(w, cells) if len(whose) > 1 or w != (None, "year") else ""
            view.grids.append((caption, list(_lines(form.code, table.code, cells, showing))))
    view.extras.extend(_extras(extras, replace(showing, unit="")))
    view.legend.extend(showing.legend.rows())
    return view


def _caption(whose: Whose, cells: Mapping[tuple[str, str], list[Row]]) -> str:
    scope, basis = whose
    words = [said("scopes", scope)] if scope else []
    words += [said("bases", basis)] if basis and basis != "year" else []
    heading = next((o["raw_column"] for found in cells.values() for o in found if o["raw_column"]), "")
    if not words:
        return heading if basis == "year" else "a column that does not say of which time it is"
    return f"{heading}: {'; '.join(words)}" if heading else "; ".join(words)


def _lines(
    form: str, table: str, cells: Mapping[tuple[str, str], list[Row]], showing: _Showing
) -> Iterator[list[Filled]]:
    for line in lay_out(form, table):
        filled = [Filled(box) for box in line if box.kind != "cell"]
        boxes = [box for box in line if box.kind == "cell"]
        found = [cells.get((str(box.row), str(box.column)), []) for box in boxes]
        if any(found):
            for box, rows in zip(boxes, found, strict=True):
                filled.append(Filled(box, tuple(map(showing.printed, rows)), is_absent=not rows))
        elif boxes:  # one note for a row that the report has not
            filled.append(Filled(Box("cell", colspan=sum(box.colspan for box in boxes)), is_absent=True))
        yield filled


def _list_lines(
    form: str, table: str, columns: Sequence[Mapping[tuple[str, str], list[Row]]], showing: _Showing
) -> Iterator[list[Filled]]:
    """A line with its label, its unit and a box for each value column."""
    for label, *cells in lay_out(form, table):
        filled = [Filled(label)]
        for box in cells:
            found = [column.get((str(box.row), str(box.column)), []) for column in columns]
            units = dict.fromkeys(o["unit"] for rows in found for o in rows if o["unit"])
            same = replace(showing, unit=next(iter(units), ""))
            filled += (Filled(box, tuple(map(same.printed, rows)), same.unit, is_absent=not rows) for rows in found)
        yield filled


def _extras(rows: Iterable[Row], showing: _Showing) -> Iterator[Extra]:
    words = indicator_words()
    for o in rows:
        key = cell_of(o)
        meaning = words.get(key, ("", ""))[1] if key else ""
        yield Extra(o["raw_row"], o["raw_column"], showing.printed(o), meaning)


def _only_extras(
    code: str,
    title: str,
    rows: list[Row],
    marks: Mapping[int, Sequence[Mark]],
    proposed: Mapping[int, str],
    *,
    is_from_prose: bool = False,
) -> TableView:
    showing = _Showing("", _Legend(), marks, proposed)
    return TableView(
        code,
        title,
        extras=list(_extras(rows, showing)),
        legend=showing.legend.rows(),
        is_from_prose=is_from_prose,
    )
