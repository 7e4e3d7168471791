"""Core layer: every report parsed, checked and loaded, source by source."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetMaterialization,
    AssetSpec,
    BackfillPolicy,
    Failure,
    MaterializeResult,
    ResourceParam,
    asset,
    multi_asset,
)

from assets import OWNERS, SOURCES, ChosenSources, chosen_sources
from assets.checks import (
    findings_check,
    findings_result,
    guard_checks,
    guard_results,
    prose_checks,
    prose_results,
    shares_before,
)
from assets.describe import FOLLOWS_ITS_SOURCES, column_schema, findings_figures, preview
from pipeline.figures import Verdicts, add_verdicts, rows_by_source, verdicts_by_source
from pipeline.schema import CORE_TABLES, table
from pipeline.warehouse import Warehouse
from pipeline.workspace import SourceResult, Workspace

__all__ = ["core_report_parts", "core_tables"]

_LINKS, _FINDINGS = "raw_links", "core_findings"


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
    check_specs=[*guard_checks(), *prose_checks(), findings_check()],
    backfill_policy=BackfillPolicy.single_run(),
)
def core_tables(
    context: AssetExecutionContext, config: ChosenSources, workspace: ResourceParam[Workspace]
) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
    results = [
        _staged(context, workspace, source) for source in chosen_sources(context, config, workspace.archive.sources())
    ]
    results = list(_loaded(workspace, results))
    for result in results:
        workspace.on_result(result)
    yield from guard_results(results)
    failed = [r for r in results if r.state == "failed"]
    good = [r for r in results if r.state != "failed"]
    warehouse, partitioned = workspace.warehouse, _has_partitions(context)
    failure = Failure("; ".join(f"{r.source}: {r.error}" for r in failed), allow_retries=False)
    if failed and not good and (partitioned or not warehouse.exists()):
        raise failure  # there is nothing to show
    rows, verdicts = rows_by_source(warehouse, (*CORE_TABLES, _LINKS)), verdicts_by_source(warehouse)
    for result in good:
        _note_source(context, result, rows, verdicts.get(result.source), partitioned and not failed)
    _note_links(context, warehouse, sum(rows[_LINKS].values()))
    if failed and partitioned:
        raise failure  # Dagster applies a result to every partition of the run
    yield from prose_results(warehouse)
    yield from _told(workspace, rows, add_verdicts(verdicts.values()), shares_before(context.instance))


def _told(
    workspace: Workspace, rows: Mapping[str, Mapping[str, int]], verdicts: Verdicts, shares: Sequence[float]
) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
    """Each table as a whole, that of the findings with what they say."""
    warehouse = workspace.warehouse
    told = findings_figures(warehouse, verdicts, shares, workspace.settings.explorer)
    yield findings_result(verdicts, told)
    for name in CORE_TABLES:
        shown = preview(warehouse, table(name), sum(rows[name].values()))
        yield MaterializeResult(asset_key=name, metadata={**(told if name == _FINDINGS else {}), **shown})


@asset(
    deps=["core_reports", "core_observations"],
    group_name="core",
    kinds={"duckdb"},
    owners=OWNERS,
    description=table("core_report_parts").description,
    metadata=column_schema(table("core_report_parts")),
    automation_condition=FOLLOWS_ITS_SOURCES,
)
def core_report_parts(workspace: ResourceParam[Workspace]) -> MaterializeResult[None]:
    """Linked over all sources whenever one is loaded."""
    return MaterializeResult(metadata=preview(workspace.warehouse, table("core_report_parts")))


def _has_partitions(context: AssetExecutionContext) -> bool:
    return bool(context.has_partition_key or context.has_partition_key_range)


def _loaded(workspace: Workspace, results: Sequence[SourceResult]) -> Iterator[SourceResult]:
    """The warehouse brought up to date; a source that only the warehouse lacked is ``loaded``."""
    to_load = workspace.sources_to_load(results)
    for r in workspace.load(results):
        yield replace(r, state="loaded") if r.state == "unchanged" and r.source in to_load else r


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


def _note_source(
    context: AssetExecutionContext,
    result: SourceResult,
    rows: Mapping[str, Mapping[str, int]],
    verdicts: Verdicts | None,
    whole: bool,
) -> None:
    """What is known of the source's own partition, as its materialization; a failed source gets none.

    In a run over partitions that is `whole` Dagster makes the events itself, from the results.
    """
    manifest = result.manifest
    for name in CORE_TABLES:
        metadata: dict[str, str | int] = {
            "state": result.state,
            "dagster/partition_row_count": rows[name].get(result.source, 0),
            "dagster/row_count": sum(rows[name].values()),
        }
        if manifest is not None:
            metadata["documents"] = manifest.documents
        if name == _FINDINGS and verdicts is not None:
            metadata |= {f"partition_{verdict}": count for verdict, count in verdicts.by_name.items()}
        if whole:
            context.add_asset_metadata(metadata, asset_key=name, partition_key=result.source)
        else:
            context.log_event(AssetMaterialization(name, partition=result.source, metadata=metadata))


def _note_links(context: AssetExecutionContext, warehouse: Warehouse, count: int) -> None:
    """The one raw table that reading fills: how many links lists have is known once they are read."""
    context.log_event(AssetMaterialization(_LINKS, metadata=preview(warehouse, table(_LINKS), count)))
