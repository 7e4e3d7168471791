"""What the warehouse holds and what a run did, for the person who ran it."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as View

from pipeline.answers import plain_number
from pipeline.figures import Verdicts, count_verdicts, read_failures
from pipeline.warehouse import Warehouse
from pipeline.workspace import SourceResult

__all__ = ["print_summary"]

_MOST_FAILURES = 15

_BY_FORM = """
SELECT coalesce(r.form, 'rejected'), d.media_type, count(*), count(*) FILTER (WHERE r.status = 'partial')
FROM core_reports r JOIN raw_documents d USING (source, sha256)
WHERE r.status <> 'rejected' GROUP BY 1, 2 ORDER BY 1, 2
"""
_REJECTED = "SELECT reason, count(*) FROM core_reports WHERE status = 'rejected' GROUP BY 1 ORDER BY 2 DESC, 1"
_ISSUES = "SELECT severity || ' ' || kind, count(*) FROM core_issues GROUP BY 1 ORDER BY 2 DESC, 1"
_FORMATS = {
    "text/html": "HTML",
    "application/pdf": "PDF",
    "text/plain": "text",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
}


def print_summary(warehouse: Warehouse, results: Sequence[SourceResult], console: Console) -> None:
    """Print the state of the warehouse after a run, and what became of each source."""
    if warehouse.exists():
        _forms(warehouse, console)
        verdicts = count_verdicts(warehouse)
        _counts(warehouse, verdicts, console)
        _failures(warehouse, verdicts, console)
        _groups(console, "Rejected", warehouse.query(_REJECTED).fetchall())
        _groups(console, "Issues", warehouse.query(_ISSUES).fetchall())
    _sources(results, console)


def _forms(warehouse: Warehouse, console: Console) -> None:
    forms = View("form", "format", title="Reports", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("reports", "of them partial"):
        forms.add_column(heading, justify="right")
    for form, media_type, count, partial in warehouse.query(_BY_FORM).fetchall():
        forms.add_row(form, _FORMATS.get(media_type, media_type), f"{count:,}", f"{partial:,}" if partial else "")
    console.print(forms)


def _counts(warehouse: Warehouse, verdicts: Verdicts, console: Console) -> None:
    ((observations, flagged, organs),) = warehouse.query(
        """SELECT count(*), count(*) FILTER (WHERE CAST(flags AS VARCHAR) <> '[]'),
                  (SELECT count(*) FROM out_panel) FROM core_observations"""
    ).fetchall()
    console.print(
        f"{observations:,} observations, {flagged:,} of them placed or read by inference and flagged; "
        f"{organs:,} organ-years in out_panel",
        highlight=False,
    )
    console.print("checks: " + ", ".join(f"{n:,} {name}" for name, n in verdicts.by_name.items()), highlight=False)


def _failures(warehouse: Warehouse, verdicts: Verdicts, console: Console) -> None:
    if not verdicts.fail:
        return
    view = View(title="Failed checks", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("report", "identity", "at", "parts", "total", "suspect cell"):
        view.add_column(heading, overflow="fold", justify="right" if heading in ("parts", "total") else "left")
    for f in read_failures(warehouse, _MOST_FAILURES):
        name = f"{escape(f.agency or '?')} {f.year or '?'}\n[dim]{escape(f'{f.source} {f.url}')}[/]"
        view.add_row(name, f.name, f.row_or_column, plain_number(f.left), plain_number(f.right), f.repair)
    console.print(view)
    if verdicts.fail > _MOST_FAILURES:
        console.print(f"... and {verdicts.fail - _MOST_FAILURES} more in core_findings")


def _groups(console: Console, title: str, rows: Iterable[tuple[str, int]]) -> None:
    text = ", ".join(f"{name} {count:,}" for name, count in rows)
    if text:
        console.print(f"{title}: {text}", highlight=False)


def _sources(results: Sequence[SourceResult], console: Console) -> None:
    for r in results:
        if r.state == "failed":
            kept = "its last good rows stay" if r.manifest else "it has no rows yet"
            console.print(f"[red]{r.source}: failed, {kept}: {escape(r.error or '')}[/]", highlight=False)
        elif r.state == "unchanged":
            console.print(f"{r.source}: nothing changed")
        elif r.state == "loaded":
            console.print(f"{r.source}: nothing new, loaded again from the lake")
        elif r.manifest is not None:
            parsed, all_of = r.manifest.parsed, r.manifest.documents
            if not parsed:
                console.print(f"{r.source}: no new document among {all_of:,}", highlight=False)
                continue
            rest = f", {all_of - parsed:,} known from an earlier run" if parsed < all_of else ""
            console.print(f"{r.source}: {parsed:,} of {all_of:,} documents parsed{rest}", highlight=False)
