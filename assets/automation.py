"""What starts runs by itself: the night's crawl, the inbox, and tables that follow what they are made of."""

from datetime import UTC, datetime
from hashlib import sha256

from dagster import (
    AssetSelection,
    AutomationConditionSensorDefinition,
    DefaultSensorStatus,
    ResourceParam,
    RunConfig,
    RunRequest,
    ScheduleEvaluationContext,
    SensorEvaluationContext,
    SkipReason,
    define_asset_job,
    schedule,
    sensor,
)

from assets.raw import raw_fetches, raw_tables
from pipeline.due import due_sources
from pipeline.files import inbox_state
from pipeline.workspace import Workspace

__all__ = ["CRAWL_JOB", "INBOX_JOB", "crawl_config", "crawl_job", "follow", "inbox_job", "nightly", "watch_inbox"]

CRAWL_JOB, INBOX_JOB = "crawl", "inbox"

crawl_job = define_asset_job(
    CRAWL_JOB,
    AssetSelection.assets(raw_fetches, raw_tables),
    description="Crawl sources; the other tables follow.",
)
inbox_job = define_asset_job(
    INBOX_JOB, AssetSelection.assets(raw_tables), description="Take files from the inbox; the other tables follow."
)


def crawl_config(sources: list[str], *, full: bool = False) -> dict[str, object]:
    """The configuration of a crawl run over chosen sources."""
    return {
        "ops": {
            "raw_fetches": {"config": {"sources": sources, "full": full}},
            "raw_tables": {"config": {"sources": sources}},
        }
    }


# It asks other people's machines: whoever runs this turns it on.
@schedule(job=crawl_job, cron_schedule="0 2 * * *", execution_timezone="Asia/Shanghai")
def nightly(context: ScheduleEvaluationContext, workspace: ResourceParam[Workspace]) -> RunRequest | SkipReason:
    """Crawl what is due: weekly from January to April, when the reports come out, monthly otherwise."""
    now = context.scheduled_execution_time or datetime.now(UTC)
    due = due_sources(workspace.definitions, workspace.last_crawls(), now)
    if not due:
        return SkipReason("no source is due")
    return RunRequest(run_key=f"{now:%Y-%m-%d}", run_config=crawl_config(due))


@sensor(job=inbox_job, minimum_interval_seconds=30, default_status=DefaultSensorStatus.RUNNING)
def watch_inbox(context: SensorEvaluationContext, workspace: ResourceParam[Workspace]) -> RunRequest | SkipReason:
    """Take in what was put into inbox/SOURCE/, once it has not changed between two looks."""
    state = inbox_state(workspace.settings.inbox)
    if not state:
        return SkipReason("the inbox is empty")
    digest = sha256(repr(state).encode()).hexdigest()[:16]
    last, _, taken = (context.cursor or " ").partition(" ")
    if digest == taken:
        return SkipReason("the inbox has been taken in as it is")
    if digest != last:
        context.update_cursor(f"{digest} {taken}")
        return SkipReason("the inbox is changing")
    context.update_cursor(f"{digest} {digest}")
    names = sorted({source for source, *_ in state})
    return RunRequest(run_key=digest, run_config=RunConfig(ops={"raw_tables": {"config": {"sources": names}}}))


follow = AutomationConditionSensorDefinition(
    "follow", target=AssetSelection.groups("core", "out"), default_status=DefaultSensorStatus.RUNNING
)
