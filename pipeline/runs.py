"""Runs of the whole graph from the command line, on the same Dagster instance as the web UI."""

import os
from collections.abc import Sequence

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pipeline.definitions import JOB, build_definitions, prepare_home
from pipeline.workspace import SourceResult, Workspace

__all__ = ["RunFailed", "run_everything"]

_PID = "nianbao/pid"


class RunFailed(RuntimeError):
    """A run that ended before its sources were decided; the message says in which step."""


def run_everything(workspace: Workspace, sources: Sequence[str], console: Console) -> list[SourceResult]:
    """Run the graph over `sources` in this process -> what became of each.

    Raises RunFailed when a step broke; what was loaded before stays.
    """
    home = prepare_home(workspace.settings)
    os.environ["DAGSTER_HOME"] = str(home)
    results: list[SourceResult] = []
    with DagsterInstance.from_config(str(home)) as instance, _progress(workspace, sources, console):
        _close_killed_runs(instance)
        workspace.on_result = results.append
        job = build_definitions(workspace).resolve_job_def(JOB)
        config = {"sources": list(sources)}
        outcome = job.execute_in_process(
            instance=instance,
            run_config={
                "ops": {"raw_documents": {"config": config}, "core_tables": {"config": config}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
            tags={_PID: str(os.getpid())},
            raise_on_error=False,
        )
    failures = [e for e in outcome.all_events if e.is_step_failure]
    if failures:
        data = failures[0].step_failure_data
        cause = data.error.cause or data.error if data.error else None
        raise RunFailed(f"{failures[0].step_key}: {cause.message.strip() if cause else 'failed'}")
    return results


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
