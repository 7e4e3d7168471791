"""The `nianbao` command. Libraries are imported in the commands that need them: --help is quick."""

import io
import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from parsers import Report
    from pipeline.crawl import CrawlResult
    from pipeline.settings import Settings
    from pipeline.sources import Source
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
            from pipeline.settings import BadSetting

            _end(line, 2 if isinstance(error, BadSetting) else 1)

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


AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="DATE", help="Only documents fetched by that day, 2024-01-31; tables of their own."
    ),
]


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
    paths: Annotated[
        list[Path], typer.Argument(help="Reports, WARC files, folders of them.", metavar="PATH...", readable=False)
    ],
    source: Annotated[
        str | None,
        typer.Option(help="Name of the source they belong to: a-z, 0-9, - and _; by default that of the one PATH."),
    ] = None,
) -> None:
    """Put local files into the archive as a source; a WARC file of any crawler is taken as it is."""
    from pipeline.archive import Archive, check_source_name
    from pipeline.files import add_files, source_named_after
    from pipeline.settings import read_settings

    if source is None:
        if len(paths) > 1:
            raise typer.BadParameter("name the source of several paths with --source")
        source = source_named_after(paths[0])
    try:
        check_source_name(source)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--source") from None
    settings = read_settings()
    archive = Archive(
        settings.archive, lock_seconds=settings.lock_seconds, tell=lambda text: typer.echo(text, err=True)
    )
    done = add_files(archive, source, paths)
    for problem in done.problems:
        typer.echo(problem, err=True)
    typer.echo(f"{source}: {done.added} documents added, {done.known} already there, {len(done.problems)} left out")
    raise typer.Exit(1 if done.problems else 0)


@app.command()
def sources() -> None:
    """List the files of sources and check them."""
    from rich.console import Console

    from pipeline.settings import read_settings
    from pipeline.show_sources import print_sources

    print_sources(_definitions(read_settings()).values(), Console())


def _definitions(settings: "Settings") -> "dict[str, Source]":
    from pipeline.sources import BadSource, load_sources

    try:
        return load_sources(settings.sources)
    except BadSource as error:
        _end(str(error), 2)


@app.command()
def crawl(
    sources: Annotated[
        list[str] | None,
        typer.Argument(help="Names of sources; all that have a file by default.", metavar="[SOURCE]..."),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Fetch everything again, known or not.")] = False,
) -> None:
    """Find and keep the reports that sources publish; what is known is only asked after."""
    from rich.console import Console

    from pipeline.settings import read_settings

    settings = _checked(read_settings())
    known = _definitions(settings)
    if unknown := sorted(set(sources or ()) - set(known)):
        _end(f"no such source: {', '.join(unknown)}; `nianbao sources` lists those that have a file", 2)
    if not known:
        _end("there are no files of sources; write one, or name their folder in NIANBAO_SOURCES", 2)
    chosen = [known[name] for name in dict.fromkeys(sources or known)]
    console = Console()
    if not settings.contact and not all(source.allow_private for source in chosen):
        console.print("NIANBAO_CONTACT is not set: give the sites' owners an address to reach you at")

    from pipeline.crawl.summary import missing_reports, print_crawls
    from pipeline.runs import run_crawl
    from pipeline.workspace import Workspace

    workspace = Workspace(settings, tell=console.print)
    results = run_crawl(workspace, [source.name for source in chosen], console, full=full)
    today = datetime.now(UTC).date()
    missing = {
        r.source: missing_reports(
            known[r.source], ((a, y) for a, y, _ in r.seen if a and y), workspace.known_reports(r.source), today
        )
        for r in results
    }
    print_crawls(results, missing, console)
    console.print(_crawl_closing(results), highlight=False)
    raise typer.Exit(0 if all(r.account is not None for r in results) else 1)


def _crawl_closing(results: "list[CrawlResult]") -> str:
    new = sum(r.account[name] for r in results if r.account for name in ("new", "changed"))
    lacking = sum(not r.is_complete for r in results)
    end = f"; {lacking} of {len(results)} crawls are not complete" if lacking else ""
    return f"{new:,} documents are new or changed{end}. `nianbao run` brings the warehouse up to date."


@app.command()
def run(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Names of sources; all by default.", metavar="[SOURCE]...")
    ] = None,
    accept_fall: Annotated[
        bool, typer.Option("--accept-fall", help="Load even where a table loses more than a tenth of its rows.")
    ] = False,
    as_of: AsOf = None,
) -> None:
    """Bring the warehouse up to date: parse what is new, check it, load it."""
    from rich.console import Console

    from pipeline.settings import read_settings

    settings = _checked(read_settings(as_of=as_of))

    from pipeline.runs import run_everything
    from pipeline.summary import print_summary
    from pipeline.workspace import Workspace

    console = Console()
    _definitions(settings)
    workspace = Workspace(settings, tell=console.print, accept_fall=accept_fall)
    known = workspace.take_inbox()
    if unknown := sorted(set(sources or ()) - set(known)):
        _end(f"no such source: {', '.join(unknown)}; the archive has: {', '.join(known) or 'none'}", 2)
    if not known:
        _end("the archive is empty; put reports in with `nianbao crawl` or `nianbao add PATH... --source NAME`", 2)
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
    if all((r.manifest is not None and not r.manifest.parsed) or r.state == "unchanged" for r in results):
        return "The warehouse was up to date: no document changed."
    return "The warehouse is up to date."


def _checked(settings: "Settings") -> "Settings":
    from pipeline.workers import parse_workers

    try:
        parse_workers(settings.workers)
    except ValueError as error:
        _end(str(error), 2)
    return settings


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="A SELECT over the warehouse's tables.")],
    csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row, one a line.")] = False,
    as_of: AsOf = None,
) -> None:
    """Run a read-only query and print the result."""
    from rich.console import Console

    from pipeline.answers import print_rows, write_csv, write_json
    from pipeline.settings import read_settings
    from pipeline.warehouses import open_warehouse

    if csv and as_json:
        raise typer.BadParameter("choose one of --csv and --json")
    relation = open_warehouse(read_settings(as_of=as_of)).query(sql)
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
def history(
    report: Annotated[str, typer.Argument(help="A report_id, or the address of a report.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a version, one a line.")] = False,
) -> None:
    """Show the versions of a report at its address: the cells that changed, when, and both archived copies."""
    from rich.console import Console

    from pipeline.history import history_json, print_history, read_history
    from pipeline.settings import read_settings
    from pipeline.warehouses import open_warehouse

    found = read_history(open_warehouse(read_settings()), report)
    if not found:
        _end(f"no report {report} in the warehouse; `nianbao query` finds its report_id or url in core_reports")
    if as_json:
        _open_stdout("utf-8")
        sys.stdout.write(history_json(found))
    else:
        print_history(found, Console())


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="Any characters; widths do not count, capitals do.", metavar="QUERY")],
    year: Annotated[int | None, typer.Option(min=1, max=9999, help="Only reports on that year.")] = None,
    agency: Annotated[str | None, typer.Option(help="An agency_id, or a part of the organ's name.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a report, one a line.")] = False,
) -> None:
    """Find words in the prose of all reports: the newest 20, each with its first sentence that has them."""
    from rich.console import Console

    from pipeline.search import EmptyQuery, SearchIndex
    from pipeline.settings import read_settings
    from pipeline.show_search import build_index, found_json, print_found
    from pipeline.warehouses import open_warehouse

    settings = read_settings()
    index = SearchIndex(settings.search, open_warehouse(settings), lock_seconds=settings.lock_seconds)
    if not index.is_fresh():
        build_index(index, Console(stderr=True))
    try:
        found = index.search(query, year=year, agency=agency)
    except EmptyQuery as error:
        _end(str(error), 2)
    if as_json:
        _open_stdout("utf-8")
        sys.stdout.write(found_json(found))
    else:
        print_found(found, Console())


@app.command()
def release(
    folder: Annotated[
        Path | None, typer.Argument(help="Where to; `release` in the data folder by default.", metavar="[DIR]")
    ] = None,
    previous: Annotated[
        Path | None, typer.Option(help="The release that CHANGES.csv is against; by default the one in DIR.")
    ] = None,
    as_of: AsOf = None,
) -> None:
    """Publish the warehouse: tables in five formats, codebook, what changed, checksums."""
    from rich.console import Console

    from pipeline.settings import read_settings
    from pipeline.show_release import print_release, released

    settings, console = read_settings(as_of=as_of), Console()
    print_release(released(settings, folder or settings.release, previous, console), console)


@app.command()
def verify(
    folder: Annotated[
        Path | None, typer.Argument(help="A release; that of the data folder by default.", metavar="[DIR]")
    ] = None,
    n: Annotated[int, typer.Option(min=1, help="Values to derive again from the archive.")] = 200,
    seed: Annotated[int, typer.Option(help="Which ones: the same seed, the same values.")] = 1,
    every: Annotated[bool, typer.Option("--all", help="Derive every value again.")] = False,
    no_archive: Annotated[bool, typer.Option("--no-archive", help="Only check the files against one another.")] = False,
) -> None:
    """Check a release against its checksums and against the archive; exit status 1 when anything differs."""
    from rich.console import Console

    from pipeline.settings import read_settings
    from pipeline.show_release import print_verdict, verified

    settings, console = read_settings(), Console()
    verdict = verified(
        settings, folder or settings.release, None if every else n, seed, console, archived=not no_archive
    )
    print_verdict(verdict, console)
    raise typer.Exit(0 if verdict.holds else 1)


@app.command()
def audit(
    folder: Annotated[
        Path | None, typer.Argument(help="A release; that of the data folder by default.", metavar="[DIR]")
    ] = None,
    n: Annotated[int, typer.Option(min=1, help="Cells to draw.")] = 200,
    seed: Annotated[int, typer.Option(help="Which ones: the same seed, the same sheet.")] = 1,
    out: Annotated[Path, typer.Option(help="Where to write the sheet.")] = Path("audit.csv"),
    score: Annotated[
        Path | None, typer.Option(help="A filled sheet: print the error rate of the release.", metavar="SHEET")
    ] = None,
) -> None:
    """Draw cells at random for two readers to look up in the sources, or score what they found."""
    from rich.console import Console

    from pipeline.release.audit import score_sheet
    from pipeline.settings import read_settings
    from pipeline.show_release import drawn, print_score

    settings, console = read_settings(), Console()
    if score is not None:
        print_score(score_sheet(folder or settings.release, score), console)
    else:
        drawn(settings, folder or settings.release, n, seed, out, console)


@app.command()
def serve(
    folder: Annotated[
        Path | None, typer.Argument(help="A release; that of the data folder by default.", metavar="[DIR]")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes one that is free.")] = 8001,
    host: Annotated[str, typer.Option(help="Address to listen on; the archived pages are shown as published.")] = (
        "127.0.0.1"
    ),
) -> None:
    """Show a release in the browser, each number beside the archived page it is from; Ctrl-C ends it."""
    from pipeline.explorer.app import serve_release
    from pipeline.settings import read_settings

    settings = read_settings()
    serve_release(settings, folder or settings.release, host, port, lambda line: typer.echo(line))
    # Nothing is open for writing; an orderly end would have DuckDB's binding list what it finds still in use.
    sys.stdout.flush()
    os._exit(0)


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
    for name in ("sources", "population"):
        if path := getattr(settings, name):
            os.environ[f"NIANBAO_{name.upper()}"] = str(path)
    os.environ["NIANBAO_WAREHOUSE"] = settings.warehouse.get_secret_value()
    # Dagster recommends a newer command that needs another package, and looks for its settings where it starts.
    os.environ.setdefault("PYTHONWARNINGS", "ignore:Function `dev_command`")
    os.chdir(home)
    dagster = str(Path(sys.executable).with_name("dagster"))
    arguments = [dagster, "dev", "-m", "pipeline.definitions", "-h", "127.0.0.1", "-p", str(port)]
    os.execv(dagster, arguments)  # noqa: S606 - the UI takes this process's place
