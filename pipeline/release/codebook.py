"""The codebook in, its page for people and its sheet for the workbook out."""

from collections.abc import Iterable, Iterator, Sequence

from parsers.indicators import Indicator, load_indicators
from pipeline.measures import load_crosswalk, load_rates
from pipeline.release.changes import CHANGES_SCHEMA
from pipeline.release.labels import Labels
from pipeline.release.tables import Published
from pipeline.schema import Column

__all__ = ["SHEET", "codebook_page", "codebook_rows"]

SHEET = ("table", "column", "label_zh", "label_en", "unit", "meaning", "forms", "law", "evidence", "caveats")
_WIDE = ("panel", "panel_2014", "rates")


def codebook_page(tables: Sequence[Published], labels: Labels) -> str:
    """CODEBOOK.md."""
    return "\n".join(
        [
            *_head(labels),
            *_columns(tables, labels),
            *_indicators(),
            *_rates(),
            *_crosswalk(),
            *_codes(labels),
            *_changes(),
            "",
        ]
    )


def codebook_rows(tables: Sequence[Published], labels: Labels) -> Iterator[tuple[str, ...]]:
    """Rows of SHEET: every column of every table."""
    indicators = {i.name: i for i in load_indicators()}
    for t in tables:
        for c in t.columns:
            i = indicators.get(c.name) if c.type == "double" else None
            zh, en = labels.pair(c)
            if i is None:
                yield t.name, c.name, zh, en, c.unit, c.description, "", "", "", ""
            else:
                forms, evidence = " ".join(i.forms), i.evidence
                yield t.name, c.name, zh, en, c.unit, i.definition, forms, i.legal_basis, evidence, i.caveats


def _head(labels: Labels) -> Iterator[str]:
    yield "# Codebook 编码本"
    yield ""
    yield "What every column of the release means. `datapackage.json` says the same to programs."
    yield ""
    yield "## Missing values 缺失值"
    yield ""
    yield (
        "A value that is not there is never a zero. In CSV, Parquet, Excel and SQLite it is empty; `panel_missing` "
        "says of each value of `panel` why, `values.missing` of each value of `panel` and `panel_2014`. In Stata the "
        "reason stands in its place. Of `panel_all` and `rates` no reasons are told: a measure is missing when a "
        "figure that it is made of is, or its denominator is zero. A number in a place for counts that is somebody's "
        "mobile number is withheld as `unreadable`."
    )
    yield from ("", "| Stata | code | 中文 | meaning |", "|---|---|---|---|")
    for code in labels.missing:
        yield f"| .{code.stata} | `{code.code}` | {code.label_zh} | {_cell(code.label_en)} |"
    yield ""
    yield (
        "In Stata, variable labels are Chinese, then English after a bar; of labels longer than 80 characters the "
        "middle is left out. Coded columns hold numbers with value labels; texts end after 2,000 bytes; times are UTC."
    )


def _columns(tables: Sequence[Published], labels: Labels) -> Iterator[str]:
    yield from ("", "## Tables 表")
    for t in tables:
        shown = [c for c in t.columns if t.name not in (*_WIDE, "panel_all", "panel_missing") or not _is_value(c)]
        yield from ("", f"### {t.name}", "", f"{t.description} Key: {', '.join(f'`{k}`' for k in t.key)}.", "")
        if shown:
            yield from ("| column | 中文 | type | unit | meaning |", "|---|---|---|---|---|")
        for c in shown:
            yield f"| `{c.name}` | {labels.pair(c)[0]} | {c.type} | {c.unit} | {_cell(c.description)} |"
        if left := len(t.columns) - len(shown):
            where = "Measures" if t.name == "rates" else "Indicators"
            yield from ("", f"And {left} columns that are explained below under {where}.")


def _is_value(c: Column) -> bool:
    return c.type == "double" or c.description.startswith("Why panel.")


def _indicators() -> Iterator[str]:
    yield from ("", "## Indicators 指标", "")
    yield (
        "The value columns of `panel` (forms 2019 and 2021) and `panel_2014` (form 2014). Money is in yuan (元). Rows "
        "marked *unverified* have not been seen in an official copy of the form."
    )
    for title, wanted in (("panel", True), ("panel_2014", False)):
        yield from ("", f"### Values of {title}", "")
        yield "| column | 中文 | English | unit | forms | definition | law | evidence | caveats |"
        yield "|---|---|---|---|---|---|---|---|---|"
        yield from (_indicator(i) for i in load_indicators() if i.in_panel is wanted)


def _indicator(i: Indicator) -> str:
    cells: Iterable[str] = (
        f"`{i.name}`", i.label_zh, i.label_en, "元" if i.money else i.unit or "", " ".join(i.forms), i.definition,
        i.legal_basis, _evidence(i.evidence), i.caveats,
    )  # fmt: skip
    return _row(cells)


def _rates() -> Iterator[str]:
    yield from ("", "## Measures 比率", "", "The columns of `rates`: a sum of columns of `panel` by another.", "")
    yield "| column | 中文 | English | numerator | denominator | definition | origin | caveats |"
    yield "|---|---|---|---|---|---|---|---|"
    for r in load_rates():
        numerator, denominator = " + ".join(r.numerator), " + ".join(r.denominator)
        yield _row((f"`{r.name}`", r.label_zh, r.label_en, numerator, denominator, r.definition, r.origin, r.caveats))


def _crosswalk() -> Iterator[str]:
    yield from ("", "## Crosswalk 各表式对照", "")
    yield (
        "How a form fills a column of `panel` other than by the cell itself. Only `sum` is joined; what is `recoded` "
        "or `not_comparable` is named and left apart, so that no series is spliced silently. Forms and columns that "
        "are not listed: the cell itself, or nothing."
    )
    yield from (
        "",
        "| column | form | relation | in panel | cells | note | evidence |",
        "|---|---|---|---|---|---|---|",
    )
    for c in load_crosswalk():
        if c.relation not in ("identical", "none"):
            joined = "yes" if c.joined else "no"
            yield _row(
                (f"`{c.indicator}`", c.form, c.relation, joined, " ".join(c.cells), c.note, _evidence(c.evidence))
            )


def _codes(labels: Labels) -> Iterator[str]:
    yield from ("", "## Codes 代码", "", "The number is that of the value label in Stata.", "")
    yield from ("| column | number | code | 中文 | meaning |", "|---|---|---|---|---|")
    for column, codes in labels.codes.items():
        for n, code in enumerate(codes, start=1):
            yield _row((f"`{column}`", str(n), f"`{code.code}`", code.label_zh, code.label_en))


def _changes() -> Iterator[str]:
    yield from ("", "## CHANGES.csv 变动", "", "Every cell of `values` that the release before had otherwise.", "")
    yield from ("| column | meaning |", "|---|---|")
    for field in CHANGES_SCHEMA:
        yield _row((f"`{field.name}`", field.metadata[b"description"].decode()))


def _evidence(mark: str) -> str:
    return "*unverified*" if mark == "unverified" else mark


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
