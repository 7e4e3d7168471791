"""Releases made and verified for a person: progress while it goes on, and what came of it."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from pipeline.release import Release, make_release
from pipeline.release.verify import Verdict, verify_release
from pipeline.settings import Settings
from pipeline.workspace import Workspace

__all__ = ["print_release", "print_verdict", "released", "verified"]

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
