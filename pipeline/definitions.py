"""The Dagster graph: `defs` for its web UI and daemon, `build_definitions` for commands and tests."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster import AssetSelection, Definitions, define_asset_job, in_process_executor, map_asset_specs

from assets.automation import crawl_job, follow, inbox_job, nightly, watch_inbox
from assets.core import core_report_parts, core_tables
from assets.out import out_assets
from assets.raw import raw_fetches, raw_tables
from assets.release import out_release, release_job
from pipeline.locks import locked
from pipeline.settings import Settings, read_settings
from pipeline.workspace import Workspace

__all__ = ["JOB", "build_definitions", "defs", "locked_home", "prepare_home"]

JOB = "everything"


def build_definitions(workspace: Workspace | None = None) -> Definitions:
    """The graph over one workspace; by default that of the settings."""
    workspace = workspace or Workspace(read_settings())
    tables = [core_tables, core_report_parts, *out_assets]
    if workspace.settings.server:
        tables = list(map_asset_specs(lambda spec: spec.merge_attributes(kinds={"postgresql"}), tables))
    return Definitions(
        assets=[raw_fetches, raw_tables, *tables, out_release],
        jobs=[
            define_asset_job(
                JOB,
                AssetSelection.all() - AssetSelection.assets(raw_fetches, out_release),
                description="Bring the warehouse up to date with the archive.",
            ),
            crawl_job,
            inbox_job,
            release_job,
        ],
        schedules=[nightly],
        sensors=[watch_inbox, follow],
        # The work is in worker processes or in the database; a process a step would cost seconds each.
        executor=in_process_executor,
        resources={"workspace": workspace},
    )


def prepare_home(settings: Settings) -> Path:
    """The folder of Dagster's own storage, with its configuration in it: written once, then the owner's."""
    with locked_home(settings) as home:
        return home


@contextmanager
def locked_home(settings: Settings) -> Iterator[Path]:
    """The same, while no other process prepares it: two first runs at once must not both create its databases."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    with locked(home / ".lock", "another first run", home, seconds=settings.lock_seconds, tell=print):
        if not (home / "dagster.yaml").exists():
            shutil.copyfile(Path(__file__).parent.parent / "dagster.yaml", home / "dagster.yaml")
        yield home


defs = build_definitions()
