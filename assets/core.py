"""Core layer: every report parsed, checked and loaded, source by source."""

from collections.abc import Iterator

from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetMaterialization,
    AssetSpec,
    BackfillPolicy,
    MaterializeResult,
    ResourceParam,
    multi_asset,
)

from assets import OWNERS, SOURCES, ChosenSources
from assets.checks import guard_checks, guard_results
from assets.describe import FOLLOWS_ITS_SOURCES, column_schema, preview
from pipeline.schema import CORE_TABLES, table
from pipeline.workspace import SourceResult, Workspace

__all__ = ["core_tables"]


@multi_asset(
    specs=[
        AssetSpec(
            name,
            deps=["raw_documents"],
            group_name="core",
            kinds={"parquet", "duckdb"},
            owners=OWNERS,
            partitions_def=SOURCES,
            description=table(name).description,
            metadata=column_schema(table(name)),
            automation_condition=FOLLOWS_ITS_SOURCES,
        )
        for name in CORE_TABLES
    ],
    check_specs=guard_checks(),
    backfill_policy=BackfillPolicy.single_run(),
)
def core_tables(
    context: AssetExecutionContext, config: ChosenSources, workspace: ResourceParam[Workspace]
) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
    results = [_staged(context, workspace, source) for source in _chosen(context, config, workspace)]
    to_load = workspace.sources_to_load(results)
    if to_load:
        workspace.warehouse.load_sources(workspace.lake, to_load, workspace.tell)
    for result in results:
        workspace.on_result(result)
        if result.state != "failed":
            _note_source(context, result)
    yield from guard_results(results)
    for name in CORE_TABLES:
        yield MaterializeResult(asset_key=name, metadata=preview(workspace.warehouse, table(name)))


def _chosen(context: AssetExecutionContext, config: ChosenSources, workspace: Workspace) -> list[str]:
    if config.sources:
        return config.sources
    if context.has_partition_key or context.has_partition_key_range:
        return list(context.partition_keys)
    return workspace.archive.sources()


def _staged(context: AssetExecutionContext, workspace: Workspace, source: str) -> SourceResult:
    """One source staged; what goes wrong with it must not stop the others."""
    try:
        result = workspace.stage_source(source)
    except Exception as error:
        context.log.exception(f"{source}: failed, its last good rows stay")
        return SourceResult(source, "failed", workspace.lake.manifest(source), (), f"{type(error).__name__}: {error}")
    if result.error:
        context.log.error(f"{source}: {result.error}; its last good rows stay")
    return result


def _note_source(context: AssetExecutionContext, result: SourceResult) -> None:
    """A materialization of the source's own partition; a failed source gets none."""
    manifest = result.manifest
    for name in CORE_TABLES:
        metadata: dict[str, str | int] = {"state": result.state}
        if manifest is not None:
            metadata |= {"dagster/partition_row_count": manifest.counts[name], "documents": manifest.documents}
        context.log_event(AssetMaterialization(name, partition=result.source, metadata=metadata))
