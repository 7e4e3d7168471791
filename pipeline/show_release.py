"""Releases made, verified and audited for a person: progress while it goes on, and what came of it."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from pipeline.release.audit import Score, draw_sheet, write_sheet
from pipeline.release.making import Release, make_release
from pipeline.release.verify import Verdict, verify_release
from pipeline.settings import Settings
from pipeline.workspace import Workspace

__all__ = ["drawn", "print_release", "print_score", "print_verdict", "released", "verified"]

_MOST = 50
"""Mismatches that are named one by one."""


def released(settings: Settings, folder: Path, previous: Path | None, console: Console) -> Release:
    """Make a release of the settings' warehouse, with a bar a table."""
    workspace = Workspace(settings, tell=console.print)
    with _progress(console, "parts") as progress:
        tasks: dict[str, TaskID] = {}

        def on_part(table: str, done: int, parts: int) -> None:
            if table not in tasks:
                tasks[table] = progress.add_task(table)
            progress.update(tasks[table], completed=done, total=parts)

        return make_release(
            workspace.warehouse, folder, previous=previous, lock_seconds=settings.lock_seconds, tell=workspace.tell,
            on_part=on_part,
        )  # fmt: skip


def verified(
    settings: Settings, folder: Path, n: int | None, seed: int, console: Console, *, archived: bool
) -> Verdict:
    """Verify a release, with a bar of the documents that are read again."""
    archive = Workspace(settings, tell=console.print).archive if archived else None
    with _progress(console, "documents") as progress:
        task = progress.add_task("reading", total=None, visible=archived)
        return verify_release(
            folder, archive, n=n, seed=seed,
            on_document=lambda done, documents: progress.update(task, completed=done, total=documents),
        )  # fmt: skip


def _progress(console: Console, of: str) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(of), console=console,
        transient=True, disable=not console.is_terminal,
    )  # fmt: skip


def print_release(release: Release, console: Console) -> None:
    """What was made, and where it lies."""
    size = release.bytes / 1_000_000
    if not release.replaced:
        line = f"Release {release.version} is as it was: nothing changed."
    else:
        line = f"Release {release.version}: {len(release.rows)} tables in {release.files} files, {size:,.1f} MB."
    console.print(line, highlight=False)
    panel, values = release.rows["panel"], release.rows["values"]
    console.print(
        f"{panel:,} organ-years, {values:,} cells; {release.changes:,} differ from the release before.", highlight=False
    )
    console.print(str(release.folder), highlight=False, soft_wrap=True, markup=False)


def print_verdict(verdict: Verdict, console: Console) -> None:
    """What holds, and what does not by name."""
    if verdict.faults:
        console.print(f"Files: {verdict.faults}", highlight=False, soft_wrap=True, markup=False)
    else:
        console.print(f"Files: all {verdict.files} are as listed.", highlight=False)
    if verdict.faults.missing or verdict.faults.changed:
        console.print("Values: not compared, for the files are not those that were released.")
        return
    wrong = len({m.key for m in verdict.mismatches})
    agreed = f"{verdict.sampled - wrong:,} of {verdict.sampled:,} compared agree (of {verdict.values:,} in the release)"
    source = (
        "all formats of the release; the archive was left out"
        if verdict.in_archive is None
        else f"all formats of the release and {verdict.in_archive:,} reports of the archive, parsed again"
    )
    console.print(f"Values: {agreed}: {source}.", highlight=False)
    for mismatch in verdict.mismatches[:_MOST]:
        console.print(f"  {mismatch}", highlight=False, soft_wrap=True, markup=False)
    if len(verdict.mismatches) > _MOST:
        console.print(f"  ... and {len(verdict.mismatches) - _MOST:,} more")


def drawn(settings: Settings, folder: Path, n: int, seed: int, out: Path, console: Console) -> None:
    """Write an audit sheet and say what to do with it."""
    archive = Workspace(settings, tell=console.print).archive
    rows = draw_sheet(folder, archive if archive.sources() else None, n=n, seed=seed)
    write_sheet(out, rows)
    console.print(f"{len(rows):,} cells, drawn with seed {seed}: {escape(str(out))}", highlight=False, soft_wrap=True)
    console.print(
        "Two readers look up each cell and type what they see into entry_1 and entry_2, apart from each other: the "
        "number (money with its unit, a sum as 9+1+0); 空 for an empty cell; / for a mark such as / or 无; 没有 where "
        "the report does not show the cell; 看不清 where nobody can read it. Where they differ, agreed may settle it.",
        highlight=False,
    )


def print_score(score: Score, console: Console) -> None:
    """Disagreements and errors by name, the rates, and a sentence for the notes of the release."""
    for row in score.rows:
        agency, year, indicator = row.key
        cell = f"{row.n}. {agency} {year} {indicator}"
        first, second, _ = row.entries
        if row.state == "disputed":
            console.print(
                f"readers differ: {cell}: {first} and {second}", highlight=False, soft_wrap=True, markup=False
            )
        elif row.state == "wrong":
            read = row.entries[2] or first
            line = f"wrong: {cell}: published {row.published}, read {read}"
            console.print(line, highlight=False, soft_wrap=True, markup=False)
    view = Table("table", "read", "wrong", "rate", "95 % interval", "readers differ", "not filled in")
    for table in [None, *sorted({row.table for row in score.rows})]:
        rate, wrong = score.rate(table), score.count("wrong", table)
        count = wrong + score.count("right", table)
        counts = (str(score.count(state, table)) for state in ("disputed", "unfilled"))
        shown = (f"{rate.rate:.1%}", f"{rate.low:.1%} to {rate.high:.1%}") if count else ("", "")
        view.add_row(table or "all", str(count), str(wrong), *shown, *counts)
    console.print(view)
    console.print(score.sentence, highlight=False, soft_wrap=True)
