"""The published dataset: made when someone asks for it, since every release has a version and a list of changes."""

from dagster import AssetSelection, MaterializeResult, MetadataValue, ResourceParam, asset, define_asset_job

from assets import OWNERS
from pipeline.release.making import make_release
from pipeline.warehouse import OUT_TABLES
from pipeline.workspace import Workspace

__all__ = ["RELEASE_JOB", "out_release", "release_job"]

RELEASE_JOB = "release"


@asset(
    deps=list(OUT_TABLES),
    group_name="out",
    kinds={"parquet", "csv", "excel", "sqlite"},
    owners=OWNERS,
    description="The release in the data folder: every table in five formats, codebook, changes, checksums.",
)
def out_release(workspace: ResourceParam[Workspace]) -> MaterializeResult[None]:
    settings = workspace.settings
    made = make_release(workspace.warehouse, settings.release, lock_seconds=settings.lock_seconds, tell=workspace.tell)
    return MaterializeResult(
        metadata={
            "version": made.version,
            "folder": MetadataValue.path(made.folder),
            "files": made.files,
            "bytes": made.bytes,
            "dagster/row_count": sum(made.rows.values()),
            "rows": MetadataValue.json(made.rows),
            "replaced": made.replaced,
            "changed_cells": made.changes,
        }
    )


release_job = define_asset_job(
    RELEASE_JOB, AssetSelection.assets(out_release), description="Publish the warehouse as it stands."
)
