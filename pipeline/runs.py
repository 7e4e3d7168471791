"""Runs of the whole graph from the command line, on the same Dagster instance as the web UI."""

import os
from collections.abc import Sequence

from dagster import DagsterExecutionInterruptedError, DagsterInstance, DagsterRunStatus, Failure, RunsFilter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from assets import SOURCES
from pipeline.definitions import JOB, build_definitions, locked_home
from pipeline.settings import Settings
from pipeline.workspace import SourceResult, Workspace

__all__ = ["run_everything"]

_PID = "nianbao/pid"


def run_everything(workspace: Workspace, sources: Sequence[str], console: Console) -> list[SourceResult]:
    """Run the graph over `sources` in this process -> what became of each.

    Raises what a step raised, KeyboardInterrupt when the process was asked to stop; what was
    loaded before stays.
    """
    results: list[SourceResult] = []
    workspace.on_result = results.append
    config = {"sources": list(sources)}
    with _instance(workspace.settings) as instance, _progress(workspace, sources, console):
        _close_killed_runs(instance)
        try:
            build_definitions(workspace).resolve_job_def(JOB).execute_in_process(
                instance=instance,
                run_config={
                    "ops": {"raw_documents": {"config": config}, "core_tables": {"config": config}},
                    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                },
                tags={_PID: str(os.getpid())},
            )
        except Failure:
            # Every source failed and there is no warehouse yet: the results say why.
            if not results:
                raise
        except DagsterExecutionInterruptedError:
            raise KeyboardInterrupt from None
    return results


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


def _progress(workspace: Workspace, sources: Sequence[str], console: Console) -> Progress:
    """A bar a source that needs work, moved by the documents done."""
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("documents"),
        TimeRemainingColumn(), console=console,
    )  # fmt: skip
    tasks = {}
    for source in sources:
        records = workspace.archive.records(source)
        if not workspace.lake.is_fresh(source, records):
            tasks[source] = progress.add_task(source, total=len({r.sha256 for r in records}))
    workspace.on_documents = lambda source, count: progress.advance(tasks[source], count) if source in tasks else None
    return progress
