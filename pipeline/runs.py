"""Runs of the whole graph from the command line, on the same Dagster instance as the web UI."""

import os
from collections.abc import Sequence
from typing import Any

from dagster import DagsterExecutionInterruptedError, DagsterInstance, DagsterRunStatus, Failure, RunsFilter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from assets import SOURCES
from assets.automation import CRAWL_JOB, crawl_config
from pipeline.crawl import CrawlResult
from pipeline.definitions import JOB, build_definitions, locked_home
from pipeline.settings import Settings
from pipeline.workspace import SourceResult, Workspace

__all__ = ["run_crawl", "run_everything"]

_PID = "nianbao/pid"


def run_everything(workspace: Workspace, sources: Sequence[str], console: Console) -> list[SourceResult]:
    """Run the graph over `sources` in this process -> what became of each.

    Raises what a step raised, KeyboardInterrupt when the process was asked to stop; what was
    loaded before stays.
    """
    results: list[SourceResult] = []
    workspace.on_result = results.append
    config = {"sources": list(sources)}
    with _progress(workspace, sources, console):
        _execute(
            workspace, JOB, {"ops": {"raw_tables": {"config": config}, "core_tables": {"config": config}}}, results
        )
    return results


def run_crawl(workspace: Workspace, sources: Sequence[str], console: Console, *, full: bool) -> list[CrawlResult]:
    """Crawl `sources` in this process's run -> what became of each. Raises KeyboardInterrupt as above."""
    results: list[CrawlResult] = []
    workspace.on_crawled = results.append
    with _crawl_progress(workspace, console):
        _execute(workspace, CRAWL_JOB, crawl_config(list(sources), full=full), results)
    return results


def _execute(workspace: Workspace, job: str, config: dict[str, Any], results: Sequence[object]) -> None:
    with _instance(workspace.settings) as instance:
        _close_killed_runs(instance)
        try:
            build_definitions(workspace).resolve_job_def(job).execute_in_process(
                instance=instance,
                run_config={**config, "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                tags={_PID: str(os.getpid())},
            )
        except Failure:
            # Every source failed: the results say why.
            if not results:
                raise
        except DagsterExecutionInterruptedError:
            raise KeyboardInterrupt from None


def _instance(settings: Settings) -> DagsterInstance:
    """The instance of the data folder, its databases made."""
    with locked_home(settings) as home:
        os.environ["DAGSTER_HOME"] = str(home)
        instance = DagsterInstance.from_config(str(home))
        instance.get_runs_count()
        instance.get_dynamic_partitions(str(SOURCES.name))
        instance.all_instigator_state()
        return instance


def _close_killed_runs(instance: DagsterInstance) -> None:
    """Runs whose process is gone are marked failed, so that the web UI does not show them running."""
    for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED])):
        pid = run.tags.get(_PID)
        if pid and not _is_alive(int(pid)):
            instance.report_run_failed(run, f"process {pid} was killed")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _crawl_progress(workspace: Workspace, console: Console) -> Progress:
    """A line a source under way: documents that arrived of the links seen so far."""
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("documents"), console=console
    )
    tasks: dict[str, TaskID] = {}

    def advance(source: str, found: int, links: int) -> None:
        if source not in tasks:
            tasks[source] = progress.add_task(source)
        progress.update(tasks[source], completed=found, total=max(links, found, 1))

    workspace.on_crawl = advance
    return progress


def _progress(workspace: Workspace, sources: Sequence[str], console: Console) -> Progress:
    """A bar a source that needs work, moved by the documents done."""
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("documents"),
        TimeRemainingColumn(), console=console,
    )  # fmt: skip
    tasks = {}
    for source in sources:
        records = workspace.archive.records(source)
        if not workspace.lake.is_fresh(source, records, workspace.definition(source, records)):
            tasks[source] = progress.add_task(source, total=len({r.sha256 for r in records if r.is_document}))
    workspace.on_documents = lambda source, count: progress.advance(tasks[source], count) if source in tasks else None
    return progress
