"""The `nianbao` command. Libraries are imported in the commands that need them: --help is quick."""

import io
import json
import os
import signal
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parsers import Report
    from pipeline.settings import Settings
    from pipeline.workspace import SourceResult

__all__ = ["app"]


class _Stdout(io.FileIO):
    """Standard output that names itself in an error: a full disk may be its own or that of the data folder."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            error.filename = "standard output"
            raise


class _Commands(TyperGroup):
    """The one boundary: an operating condition ends a command with a line, a bug with its traceback."""

    def main(self, *args: Any, **settings: Any) -> Any:
        if sys.stdout is None:
            _end("standard output is closed; there is nowhere to write to")
        _open_stdout(sys.stdout.encoding)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            try:
                return super().main(*args, **settings)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            _discard_stdout()  # a reader like `head` has what it wanted
            sys.exit(1)
        except Exception as error:
            from pipeline.conditions import explain

            if (line := explain(error)) is None:
                raise
            _discard_stdout()
            _end(line, 2 if type(error).__name__ == "BadSetting" else 1)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            _end("interrupted; what was done before stays, the same command goes on from there", 130)


def _open_stdout(encoding: str) -> None:
    """A name or a character that the encoding has not is written as an escape."""
    raw = _Stdout(sys.stdout.fileno(), "wb", closefd=False)
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(raw), encoding=encoding, errors="backslashreplace", line_buffering=raw.isatty()
    )


def _discard_stdout() -> None:
    """Or Python tries once more, at its end, to write what it could not write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end(line: str, status: int = 1) -> NoReturn:
    typer.echo(line, err=True)
    sys.exit(status)


app = typer.Typer(
    cls=_Commands,
    help="Government-disclosure annual reports of China as checked, traceable data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def parse(
    files: Annotated[
        list[Path], typer.Argument(help="Reports: HTML, PDF, .docx or text.", metavar="FILE...", readable=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a report, one a line.")] = False,
) -> None:
    """Read local reports and show them; exit status 1 when one was rejected."""
    from pipeline.records import report_json

    if as_json:
        _open_stdout("utf-8")
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

    try:
        if not file.exists():
            return (rejected("not_found", f"{file}: no such file"),)
        if not file.is_file():
            return (rejected("not_a_file", f"{file}: not a file; `nianbao add` takes folders"),)
        if (size := file.stat().st_size) > MAX_BYTES:
            return (rejected("too_large", f"{file}: {size:,} bytes; at most {MAX_BYTES:,} are read"),)
        content = file.read_bytes()
    except OSError as error:
        return (rejected("unreadable", f"{file}: {error.strerror}"),)
    return parse_bytes(content)


@app.command()
def add(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.", metavar="PATH...", readable=False)],
    source: Annotated[str, typer.Option(help="Name of the source they belong to: a-z, 0-9, - and _.")],
) -> None:
    """Put local files into the archive as a source."""
    from pipeline.archive import Archive, check_source_name
    from pipeline.settings import read_settings

    try:
        check_source_name(source)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--source") from None
    problems: list[str] = []
    settings = read_settings()
    archive = Archive(
        settings.archive, lock_seconds=settings.lock_seconds, tell=lambda text: typer.echo(text, err=True)
    )
    written, unchanged = archive.put(source, _local_documents(paths, problems))
    for problem in problems:
        typer.echo(problem, err=True)
    typer.echo(f"{source}: {len(written)} documents added, {unchanged} already there, {len(problems)} left out")
    raise typer.Exit(1 if problems else 0)


def _local_documents(paths: "list[Path]", problems: list[str]) -> "Iterator[tuple[str, bytes]]":
    from parsers.readers import MAX_BYTES
    from pipeline.archive import local_url

    for base, file in _local_files(paths, problems):
        try:
            found = file.stat()
            if not stat.S_ISREG(found.st_mode):
                problems.append(f"{file}: neither a file nor a folder")  # to read a pipe is to wait for ever
            elif found.st_size > MAX_BYTES:
                problems.append(f"{file}: too_large: {found.st_size:,} bytes; at most {MAX_BYTES:,} are kept")
            else:
                yield local_url(file.relative_to(base).as_posix()), file.read_bytes()
        except OSError as error:
            problems.append(f"{file}: {_no_such(error) or error.strerror}")


def _no_such(error: OSError) -> str | None:
    return "no such file or folder" if isinstance(error, FileNotFoundError) else None


def _local_files(paths: "list[Path]", problems: list[str]) -> "Iterator[tuple[Path, Path]]":
    """(folder that was named, file in it) for what was named and all that is not hidden below it."""
    for path in paths:
        if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where a name is too long
            yield path.parent, path
            continue
        for folder, below, names in os.walk(path, onerror=lambda e: problems.append(f"{e.filename}: {e.strerror}")):
            below[:] = sorted(name for name in below if not name.startswith("."))
            yield from ((path, Path(folder, name)) for name in sorted(names) if not name.startswith("."))


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

    from pipeline.settings import read_settings

    settings = _checked(read_settings())

    from pipeline.runs import run_everything
    from pipeline.summary import print_summary
    from pipeline.workspace import Workspace

    console = Console()
    workspace = Workspace(settings, tell=console.print, accept_fall=accept_fall)
    known = workspace.archive.sources()
    if unknown := sorted(set(sources or ()) - set(known)):
        typer.echo(f"no such source: {', '.join(unknown)}; the archive has: {', '.join(known) or 'none'}", err=True)
        raise typer.Exit(2)
    if not known:
        typer.echo("the archive is empty; put reports in with `nianbao add PATH... --source NAME`", err=True)
        raise typer.Exit(2)
    results = run_everything(workspace, list(dict.fromkeys(sources or known)), console)
    print_summary(workspace.warehouse, results, console)
    console.print(_closing(results), highlight=False)
    raise typer.Exit(1 if any(r.state == "failed" for r in results) else 0)


def _closing(results: "list[SourceResult]") -> str:
    failed = sum(r.state == "failed" for r in results)
    if failed:
        return f"{failed} of {len(results)} sources failed: the warehouse is not up to date."
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
    from rich.console import Console

    from pipeline.answers import print_rows, write_csv, write_json
    from pipeline.settings import read_settings
    from pipeline.warehouse import Warehouse

    if csv and as_json:
        raise typer.BadParameter("choose one of --csv and --json")
    relation = Warehouse(read_settings().warehouse).query(sql)
    columns, rows = [column[0] for column in relation.description], relation.fetchall()
    if not csv and not as_json:
        print_rows(columns, rows, Console())
        return
    _open_stdout("utf-8")
    write = write_csv if csv else write_json
    try:
        write(columns, rows, sys.stdout)
    except ValueError as error:
        _end(str(error))


@app.command()
def dev(
    port: Annotated[int, typer.Option(help="Port of the web UI on this machine.")] = 3000,
) -> None:
    """Open Dagster's web UI on the same graph and instance."""
    from pipeline.settings import read_settings

    settings = read_settings()

    from pipeline.definitions import prepare_home

    home = prepare_home(settings)
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["NIANBAO_DATA"] = str(settings.data)
    # Dagster recommends a newer command that needs another package, and looks for its settings where it starts.
    os.environ.setdefault("PYTHONWARNINGS", "ignore:Function `dev_command`")
    os.chdir(home)
    dagster = str(Path(sys.executable).with_name("dagster"))
    arguments = [dagster, "dev", "-m", "pipeline.definitions", "-h", "127.0.0.1", "-p", str(port)]
    os.execv(dagster, arguments)  # noqa: S606 - the UI takes this process's place
