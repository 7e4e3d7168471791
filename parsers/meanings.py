"""The labels of one cell in, what they mean together out: codes, unit, scope, and what is doubtful."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from parsers.columns import Column, Path
from parsers.lookups import Label, Lexicon, fold
from parsers.models import Severity
from parsers.values import clean_raw, header_unit

__all__ = ["Meaning", "meaning_of"]

_YEAR = re.compile(r"(\d{4})年")
_YEAR_ALONE = re.compile(r"[(（]?(\d{4})\s*年度?(?:数|数量|数据|情况)?[)）]?")


class Meaning(NamedTuple):
    """What the labels of a cell say, whatever stands in it."""

    row: str | None
    column: str | None
    unit: str | None
    unit_source: str | None
    raw_row: str
    raw_column: str
    scope: str | None
    basis: str | None
    is_money: bool
    is_signed: bool
    flags: tuple[str, ...]
    years: frozenset[int]
    issues: tuple[tuple[str, Severity, str, str], ...]


@lru_cache(maxsize=16384)
def meaning_of(table: str, left: Path, column: Column | None, unit: str | None, lexicon: Lexicon) -> Meaning:
    """What a cell is, by the labels `left` of it and its `column`; `unit` is that of its row."""
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
    if column is not None and column_code is None and (column.role == "unknown" or not issues):
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
    return Meaning(
        row_code,
        column_code,
        unit,
        source,
        _label_text(left, row_label, column),
        top,
        column.scope if column else None,
        column.basis if column else "year",
        any(node.money for node in nodes),
        any(node.signed for node in nodes),
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
