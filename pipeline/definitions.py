"""The Dagster graph: `defs` for its web UI and daemon, `build_definitions` for commands and tests."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster import AssetSelection, Definitions, define_asset_job, in_process_executor

from assets.core import core_tables
from assets.out import out_assets
from assets.raw import raw_documents
from pipeline.settings import Settings, read_settings
from pipeline.workspace import Workspace

__all__ = ["JOB", "build_definitions", "defs", "locked_home", "prepare_home"]

JOB = "everything"


def build_definitions(workspace: Workspace | None = None) -> Definitions:
    """The graph over one workspace; by default that of the settings."""
    return Definitions(
        assets=[raw_documents, core_tables, *out_assets],
        jobs=[
            define_asset_job(JOB, AssetSelection.all(), description="Bring the warehouse up to date with the archive.")
        ],
        # The work is in worker processes or in the database; a process a step would cost seconds each.
        executor=in_process_executor,
        resources={"workspace": workspace or Workspace(read_settings())},
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
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "dagster.yaml").exists():
            shutil.copyfile(Path(__file__).parent.parent / "dagster.yaml", home / "dagster.yaml")
        yield home


defs = build_definitions()
