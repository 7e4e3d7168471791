"""One report for a person: what it says of itself, its tables as in the form, what is wrong with it."""

from collections.abc import Iterator

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table as View
from rich.text import Text

from parsers.forms import Block, Form, Table, load_forms
from parsers.models import CellKey, Finding, Observation, Report
from pipeline.show_prose import show_prose

__all__ = ["show_report"]

_MOST_ISSUES = 20
_NARROWEST = 4  # cells of the terminal: two characters of a heading
_NARROWEST_LABEL = 16


def show_report(report: Report, file: str, console: Console) -> None:
    """Print one report."""
    console.print(Text(report.title or report.agency or file, style="bold"))
    console.print(Text(file, style="dim"))
    if report.status == "rejected":
        console.print(f"[red]rejected[/]: {report.reason}: {escape(report.message or '')}\n", highlight=False)
        return
    console.print(_facts_line(report), highlight=False)
    for view in _tables(report, console.width):
        console.print(view)
    show_prose(report, console)
    console.print(Group(*_checks(report)), highlight=False)
    for issue in report.issues[:_MOST_ISSUES]:
        colour = {"error": "red", "warning": "yellow", "info": "dim"}[issue.severity]
        raw = f" «{escape(issue.raw)}»" if issue.raw else ""
        console.print(f"[{colour}]{issue.severity}[/] {issue.kind}: {escape(issue.message)}{raw}", highlight=False)
    if len(report.issues) > _MOST_ISSUES:
        console.print(f"... and {len(report.issues) - _MOST_ISSUES} more issues (see --json)")
    console.print()


def _facts_line(report: Report) -> str:
    def stated(name: str, value: object) -> str:
        return f"{value if value is not None else 'unknown'}{' (inferred)' if name in report.inferred else ''}"

    parts = [
        f"organ {stated('agency', report.agency)}",
        f"year {stated('year', report.year)}",
        f"form {stated('form', report.form)}",
        f"scope {report.scope}",
        f"status {report.status}",
    ]
    if report.published_on:
        parts.append(f"published {report.published_on}")
    return escape("; ".join(parts))


def _tables(report: Report, width: int) -> Iterator[RenderableType]:
    cells: dict[tuple[str | None, str | None, CellKey], Observation] = {}
    left_over = []
    for o in report.observations:
        if o.row and o.column:
            cells[o.scope, o.basis, (o.table, o.row, o.column)] = o
        else:
            left_over.append(o)
    suspects = {f.suspect.cell: f for f in report.findings if f.suspect}
    failed = {cell for f in report.findings if f.verdict == "fail" for cell in f.cells}
    for table in _tables_of(report):
        kinds = sorted({(s, b) for s, b, key in cells if key[0] == table.code}, key=str)
        for scope, basis in kinds:
            found = {key: o for (s, b, key), o in cells.items() if (s, b) == (scope, basis) and key[0] == table.code}
            heading = " ".join(part for part in (table.code, scope, basis if basis != "year" else None) if part)
            for block in table.blocks:
                if view := _block(table, block, found, suspects, failed, heading, width):
                    yield view
    if left_over:
        view = View(title="values without a place in the form", title_justify="left")
        for name in ("row label", "column label", "printed"):
            view.add_column(name)
        for o in left_over:
            view.add_row(escape(o.raw_row), escape(o.raw_column), escape(o.raw))
        yield view


def _tables_of(report: Report) -> list[Table]:
    """The tables of the report's form first, then those of other forms that it prints."""
    own = [f for f in load_forms() if f.code == report.form]
    others: list[Form] = [f for f in load_forms() if f.code != report.form]
    printed = {o.table for o in report.observations}
    tables: dict[str, Table] = {}
    for form in (*own, *others):
        for table in form.tables:
            if table.code in printed:
                tables.setdefault(table.code, table)
    return list(tables.values())


def _block(
    table: Table,
    block: Block,
    cells: dict[CellKey, Observation],
    suspects: dict[CellKey, Finding],
    failed: set[CellKey],
    heading: str,
    width: int,
) -> View | None:
    columns = [node for node, _ in block.coded_columns()]
    rows = [(node, above) for top in block.rows for node, above in top.walk()]
    if not any((table.code, str(r.code), str(c.code)) in cells for r, _ in rows for c in columns):
        return None
    title = f"{heading} {block.banner or ''}"
    view = View(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=0, pad_edge=False)
    lines = []
    for node, above in rows:
        label = Text("  " * len(above) + node.label)
        keys = [(table.code, str(node.code), str(column.code)) for column in columns] if node.code else []
        lines.append((label, [_value(cells.get(key), suspects.get(key), key in failed) for key in keys]))
    view.add_column("", overflow="fold")
    for i, column in enumerate(columns):
        widest = max(cell_len(values[i].plain) for _, values in lines if values)
        view.add_column(column.label, justify="right", overflow="fold", width=max(widest, _NARROWEST) + 2)
    taken = sum(column.width or 0 for column in view.columns) + len(columns) + 1
    longest = max(cell_len(label.plain) for label, _ in lines)
    view.columns[0].width = max(min(longest, width - taken), _NARROWEST_LABEL)
    for label, values in lines:
        view.add_row(label, *values)
    return view


def _value(o: Observation | None, suspect: Finding | None, failed: bool) -> Text:
    if o is None:
        return Text("")
    text = Text(o.raw + ("" if not o.flags else "?"))
    if suspect is not None and suspect.suspect is not None:
        text.append(f" →{suspect.suspect.proposed}?", style="bold red")
    elif failed:
        text.stylize("red")
    if o.flags:
        text.stylize("yellow")
    return text


def _checks(report: Report) -> Iterator[RenderableType]:
    verdicts = [f.verdict for f in report.findings]
    counts = ", ".join(f"{verdicts.count(v)} {v}" for v in ("pass", "fail", "uncertain", "not_assessable"))
    yield Text(f"checks: {counts}" if verdicts else "checks: none, no table was read")
    for f in report.findings:
        if f.verdict != "fail":
            continue
        line = Text(f"fail {f.identity} {f.row_or_column or ''}: parts {f.left}, total {f.right}", style="red")
        if f.evidence == "unverified":
            line.append(" (rests on unverified rows)")
        if f.suspect:
            line.append(f"; suspect {' '.join(f.suspect.cell[1:])}, {f.suspect.proposed} would repair it")
        yield line
    if any(o.flags for o in report.observations):
        flags = sorted({flag for o in report.observations for flag in o.flags})
        yield Text(f"? marks a value that took inference: {', '.join(flags)}", style="yellow")
