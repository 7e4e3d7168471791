"""The data dictionary as Markdown, written from the schema and the codebook: `make dictionary`."""

import sys
from collections.abc import Iterator

from parsers.forms import load_forms
from parsers.indicators import load_indicators
from pipeline.measures import load_crosswalk, load_rates
from pipeline.schema import TABLES, Table

__all__ = ["data_dictionary"]

_INDICATORS = {i.name for i in load_indicators()}
_LAYERS = {
    "raw": "What was fetched.",
    "core": "What the reports say, as published.",
    "ref": "What the codes mean.",
    "out": "What to open first.",
    "meta": "What the warehouse was made from.",
}


def data_dictionary() -> str:
    """The whole page."""
    return "\n".join([*_head(), *_tables(), *_identities(), *_rates(), *_crosswalk(), *_codebook(), ""])


def _head() -> Iterator[str]:
    yield "# Data dictionary"
    yield ""
    yield "Written by `make dictionary` from `pipeline/schema/`, `pipeline/measures/` and `parsers/forms/`; a test"
    yield "holds it fresh."


def _tables() -> Iterator[str]:
    layer = ""
    for table in TABLES:
        if table.layer != layer:
            layer = table.layer
            yield from ("", f"## {layer}: {_LAYERS[layer]}")
        yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    yield from ("", f"### {table.name}", "", table.description, "", f"Key: {', '.join(table.key)}.", "")
    values = [c for c in table.columns if table.layer == "out" and c.name in _INDICATORS]
    yield from ("| column | type | unit | meaning |", "|---|---|---|---|")
    for c in table.columns:
        if c not in values:
            yield f"| {c.name} | {c.type} | {c.unit} | {_cell(c.description)} |"
    if values:
        yield from ("", f"And {len(values)} columns ({values[0].type}), named and explained in the codebook below.")


def _identities() -> Iterator[str]:
    yield from ("", "## Accounting identities", "", "| form | identity | over | parts | total | meaning |")
    yield "|---|---|---|---|---|---|"
    for form in load_forms():
        for i in form.identities:
            cells = (form.code, i.id, i.over, ", ".join(i.left), ", ".join(i.right), i.meaning)
            yield f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _rates() -> Iterator[str]:
    yield from ("", "## Measures", "", "The columns of out_rates: numerator by denominator, each a sum of columns of")
    yield from ("out_panel. NULL when one of these is missing, or the denominator is zero.", "")
    yield "| name | label | English | numerator | denominator | definition | origin | caveats |"
    yield "|---|---|---|---|---|---|---|---|"
    for r in load_rates():
        cells = (
            r.name, r.label_zh, r.label_en, " + ".join(r.numerator), " + ".join(r.denominator), r.definition, r.origin,
            r.caveats,
        )  # fmt: skip
        yield f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _crosswalk() -> Iterator[str]:
    yield from ("", "## Crosswalk between forms", "")
    yield "Each form that has a column's own cell fills it; what else comes near it is listed. Only `sum` is"
    yield from ("joined in out_panel: no series goes on silently under another count.", "")
    yield "| column | form | relation | cells of the form | note | evidence |"
    yield "|---|---|---|---|---|---|"
    for c in load_crosswalk():
        if c.relation not in ("identical", "none"):
            evidence = "*unverified*" if c.evidence == "unverified" else c.evidence
            cells = (c.indicator, c.form, c.relation, " + ".join(c.cells), c.note, evidence)
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
