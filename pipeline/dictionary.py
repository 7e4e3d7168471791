"""The data dictionary as Markdown, written from the schema and the codebook: `make dictionary`."""

import sys
from collections.abc import Iterator

from parsers.forms import load_forms
from parsers.indicators import load_indicators
from pipeline.schema import TABLES, Table

__all__ = ["data_dictionary"]

_LAYERS = {
    "raw": "What was fetched.",
    "core": "What the reports say, as published.",
    "ref": "What the codes mean.",
    "out": "What to open first.",
    "meta": "What the warehouse was made from.",
}


def data_dictionary() -> str:
    """The whole page."""
    return "\n".join([*_head(), *_tables(), *_identities(), *_codebook(), ""])


def _head() -> Iterator[str]:
    yield "# Data dictionary"
    yield ""
    yield "Written by `make dictionary` from `pipeline/schema.py` and `parsers/forms/`; a test holds it fresh."


def _tables() -> Iterator[str]:
    layer = ""
    for table in TABLES:
        if table.layer != layer:
            layer = table.layer
            yield from ("", f"## {layer}: {_LAYERS[layer]}")
        yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    yield from ("", f"### {table.name}", "", table.description, "", f"Key: {', '.join(table.key)}.", "")
    values = [c for c in table.columns if table.layer == "out" and c.name.startswith(("pro_", "app_", "rev_"))]
    yield from ("| column | type | unit | meaning |", "|---|---|---|---|")
    for c in table.columns:
        if c not in values:
            yield f"| {c.name} | {c.type} | {c.unit} | {_cell(c.description)} |"
    if values:
        yield from ("", f"And {len(values)} value columns (double), named and explained in the codebook below.")


def _identities() -> Iterator[str]:
    yield from ("", "## Accounting identities", "", "| form | identity | over | parts | total | meaning |")
    yield "|---|---|---|---|---|---|"
    for form in load_forms():
        for i in form.identities:
            cells = (form.code, i.id, i.over, ", ".join(i.left), ", ".join(i.right), i.meaning)
            yield f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _codebook() -> Iterator[str]:
    yield from ("", "## Codebook", "")
    yield from ("Rows marked *unverified* have not been seen in an official copy of the form.", "")
    yield "| name | table | row | column | forms | unit | label | English | definition | law | evidence | caveats |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|"
    for i in load_indicators():
        evidence = "*unverified*" if i.evidence == "unverified" else i.evidence
        cells = (
            i.name, i.table, i.row, i.column, " ".join(i.forms), i.unit or "as printed", i.label_zh, i.label_en,
            i.definition, i.legal_basis, evidence, i.caveats,
        )  # fmt: skip
        yield f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(data_dictionary())
