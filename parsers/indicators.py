"""The codebook: every cell of every form with its names, definition, law and caveats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from parsers.errors import FormError
from parsers.forms import Form, Node, load_forms, read_data, read_yaml

__all__ = ["Indicator", "load_indicators"]

_LONGEST_NAME = 32  # what statistical packages take as a variable name


@dataclass(frozen=True, slots=True)
class Indicator:
    """One cell of the codebook.

    `unit` is the form's; an amount of `money` counts only in the unit that is printed.
    """

    table: str
    row: str
    column: str
    name: str
    label_zh: str
    label_en: str
    unit: str | None
    money: bool
    forms: tuple[str, ...]
    definition: str
    legal_basis: str
    evidence: str
    caveats: str
    in_panel: bool


@lru_cache(maxsize=1)
def load_indicators() -> tuple[Indicator, ...]:
    """All indicators in the order of the forms. Raises FormError when an entry is missing or idle."""
    texts = read_yaml(read_data("indicators.yml"))
    cells: dict[tuple[str, str, str], list[tuple[Form, tuple[Node, ...], tuple[Node, ...], str | None]]] = {}
    for form in load_forms():
        for table in form.tables:
            for block in table.blocks:
                for row, rows_above in block.coded_rows():
                    for column, columns_above in block.coded_columns():
                        key = (table.code, str(row.code), str(column.code))
                        cells.setdefault(key, []).append(
                            (form, (*rows_above, row), (*columns_above, column), block.banner)
                        )
    indicators = tuple(_indicator(key, found, texts) for key, found in cells.items())
    _refuse_idle(texts, cells)
    names = [i.name for i in indicators]
    if twice := sorted({n for n in names if names.count(n) > 1}):
        raise FormError(f"indicators.yml: the same name twice: {twice}")
    return indicators


def _indicator(
    key: tuple[str, str, str],
    found: list[tuple[Form, tuple[Node, ...], tuple[Node, ...], str | None]],
    texts: Mapping[str, Any],
) -> Indicator:
    table, row_code, column_code = key
    try:
        about = texts["tables"][table]
        row, column = texts["rows"][table][row_code], texts["columns"][table][column_code]
    except KeyError as missing:
        raise FormError(f"indicators.yml: nothing about {missing} of {'.'.join(key)}") from None
    name = "_".join(part for part in (about["prefix"], row["name"], column["name"]) if part)
    if len(name) > _LONGEST_NAME:
        raise FormError(f"indicators.yml: '{name}' is longer than {_LONGEST_NAME} characters")
    _, rows, columns, banner = found[-1]
    nodes = (rows[-1], columns[-1])
    money = any(node.money for node in nodes)
    labels = [*([banner] if banner else []), *(n.label for n in (*rows, *columns))]
    return Indicator(
        table=table,
        row=row_code,
        column=column_code,
        name=name,
        label_zh="/".join(labels),
        label_en=": ".join(part for part in (row["en"], column["en"]) if part),
        unit=next((n.unit for n in nodes if n.unit), None),
        money=money,
        forms=tuple(form.code for form, *_ in found),
        definition=": ".join(part for part in (row["definition"], column["definition"]) if part),
        legal_basis="; ".join(part for part in (row.get("legal_basis"), about["legal_basis"]) if part),
        evidence="unverified" if any(node.evidence == "unverified" for node in nodes) else "seen",
        caveats=" ".join(part for part in (row.get("caveats"), column.get("caveats"), about.get("caveats")) if part),
        in_panel=about["panel"],
    )


def _refuse_idle(texts: Mapping[str, Any], cells: Mapping[tuple[str, str, str], object]) -> None:
    """An entry that no form uses is a slip of the pen."""
    rows = {(table, row) for table, row, _ in cells}
    columns = {(table, column) for table, _, column in cells}
    for part, used in (("rows", rows), ("columns", columns)):
        for table, entries in texts[part].items():
            if idle := [code for code in entries if (table, code) not in used]:
                raise FormError(f"indicators.yml: {part} of {table} that no form has: {idle}")
