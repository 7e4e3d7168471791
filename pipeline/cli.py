"""The `nianbao` command. Libraries are imported in the commands that need them: --help is quick."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parsers import Report
    from pipeline.settings import Settings
    from pipeline.workspace import SourceResult

__all__ = ["app"]

app = typer.Typer(
    help="Government-disclosure annual reports of China as checked, traceable data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def parse(
    files: Annotated[list[Path], typer.Argument(help="Reports: HTML, PDF, .docx or text.", metavar="FILE...")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a report, one a line.")] = False,
) -> None:
    """Read local reports and show them; exit status 1 when one was rejected."""
    from pipeline.records import report_json

    rejected = False
    for file in files:
        for report in _read_file(file):
            rejected = rejected or report.status == "rejected"
            if as_json:
                sys.stdout.write(json.dumps(report_json(report, str(file)), ensure_ascii=False) + "\n")
                sys.stdout.flush()
                continue
            from rich.console import Console

            from pipeline.show import show_report

            show_report(report, str(file), Console())
    raise typer.Exit(1 if rejected else 0)


def _read_file(file: Path) -> "tuple[Report, ...]":
    from parsers import parse as parse_bytes
    from parsers import rejected
    from parsers.readers import MAX_BYTES

    if not file.exists():
        return (rejected("not_found", f"{file}: no such file"),)
    if not file.is_file():
        return (rejected("not_a_file", f"{file}: not a file; `nianbao add` takes folders"),)
    if (size := file.stat().st_size) > MAX_BYTES:
        return (rejected("too_large", f"{file}: {size:,} bytes; at most {MAX_BYTES:,} are read"),)
    try:
        content = file.read_bytes()
    except OSError as error:
        return (rejected("unreadable", f"{file}: {error.strerror}"),)
    return parse_bytes(content)


@app.command()
def add(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.", metavar="PATH...")],
    source: Annotated[str, typer.Option(help="Name of the source they belong to: a-z, 0-9, - and _.")],
) -> None:
    """Put local files into the archive as a source."""
    from pipeline.archive import Archive, check_source_name
    from pipeline.settings import Settings

    try:
        check_source_name(source)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--source") from None
    problems: list[str] = []
    written, unchanged = Archive(Settings().archive).put(source, _local_documents(paths, problems))
    for problem in problems:
        typer.echo(problem, err=True)
    typer.echo(f"{source}: {len(written)} documents added, {unchanged} already there, {len(problems)} left out")
    raise typer.Exit(1 if problems else 0)


def _local_documents(paths: "list[Path]", problems: list[str]) -> "Iterator[tuple[str, bytes]]":
    from parsers.readers import MAX_BYTES
    from pipeline.archive import local_url

    for path in paths:
        if not path.exists():
            problems.append(f"{path}: no such file or folder")
            continue
        base = path if path.is_dir() else path.parent
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            relative = file.relative_to(base)
            if any(part.startswith(".") for part in relative.parts):
                continue
            try:
                if (size := file.stat().st_size) > MAX_BYTES:
                    problems.append(f"{file}: too_large: {size:,} bytes; at most {MAX_BYTES:,} are kept")
                    continue
                yield local_url(relative.as_posix()), file.read_bytes()
            except OSError as error:
                problems.append(f"{file}: {error.strerror}")


@app.command()
def run(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Names of sources; all by default.", metavar="[SOURCE]...")
    ] = None,
    accept_fall: Annotated[
        bool, typer.Option("--accept-fall", help="Load even where a table loses more than a tenth of its rows.")
    ] = False,
) -> None:
    """Bring the warehouse up to date: parse what is new, check it, load it."""
    from rich.console import Console

    from pipeline.runs import run_everything
    from pipeline.settings import Settings
    from pipeline.summary import print_summary
    from pipeline.workspace import Workspace

    console = Console()
    settings = _checked(Settings())
    workspace = Workspace(settings, tell=console.print, accept_fall=accept_fall)
    known = workspace.archive.sources()
    if unknown := sorted(set(sources or ()) - set(known)):
        typer.echo(f"no such source: {', '.join(unknown)}; the archive has: {', '.join(known) or 'none'}", err=True)
        raise typer.Exit(2)
    if not known:
        typer.echo("the archive is empty; put reports in with `nianbao add PATH... --source NAME`", err=True)
        raise typer.Exit(2)
    results = run_everything(workspace, list(sources or known), console)
    print_summary(workspace.warehouse, results, console)
    console.print(_closing(results), highlight=False)
    raise typer.Exit(1 if any(r.state == "failed" for r in results) else 0)


def _closing(results: "list[SourceResult]") -> str:
    if all(r.state == "unchanged" for r in results):
        return "The warehouse was up to date: nothing changed."
    return "The warehouse is up to date."


def _checked(settings: "Settings") -> "Settings":
    from pipeline.workers import parse_workers

    try:
        parse_workers(settings.workers)
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    return settings


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="A SELECT over the warehouse's tables.")],
    csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row, one a line.")] = False,
) -> None:
    """Run a read-only query and print the result."""
    import duckdb

    from pipeline.settings import Settings
    from pipeline.warehouse import Warehouse

    if csv and as_json:
        raise typer.BadParameter("choose one of --csv and --json")
    try:
        frame = Warehouse(Settings().warehouse).query(sql).df()
    except FileNotFoundError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except duckdb.Error as error:
        typer.echo(str(error).strip(), err=True)
        raise typer.Exit(1) from None
    if csv:
        frame.to_csv(sys.stdout, index=False, float_format="%.15g")
    elif as_json:
        frame.to_json(sys.stdout, orient="records", lines=True, force_ascii=False, date_format="iso")
    else:
        _print_frame(frame)


def _print_frame(frame: object) -> None:
    import pandas as pd
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    assert isinstance(frame, pd.DataFrame)
    view = Table()
    for column in frame.columns:
        view.add_column(escape(str(column)), overflow="fold")
    for row in frame.itertuples(index=False):
        view.add_row(
            *(
                "" if pd.isna(value) else escape(f"{value:g}" if isinstance(value, float) else str(value))
                for value in row
            )
        )
    Console().print(view)
    typer.echo(f"{len(frame):,} rows")


@app.command()
def dev(
    port: Annotated[int, typer.Option(help="Port of the web UI on this machine.")] = 3000,
) -> None:
    """Open Dagster's web UI on the same graph and instance."""
    import os

    from pipeline.definitions import prepare_home
    from pipeline.settings import Settings

    settings = Settings()
    home = prepare_home(settings)
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["NIANBAO_DATA"] = str(settings.data)
    # Dagster recommends a newer command that needs another package, and looks for its settings where it starts.
    os.environ.setdefault("PYTHONWARNINGS", "ignore:Function `dev_command`")
    os.chdir(home)
    dagster = str(Path(sys.executable).with_name("dagster"))
    arguments = [dagster, "dev", "-m", "pipeline.definitions", "-h", "127.0.0.1", "-p", str(port)]
    os.execv(dagster, arguments)  # noqa: S606 - the UI takes this process's place
