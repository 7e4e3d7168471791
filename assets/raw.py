"""Raw layer: what the archive holds."""

from dagster import (
    AssetExecutionContext,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    TableColumn,
    TableRecord,
    TableSchema,
    asset,
)

from assets import OWNERS, SOURCES, ChosenSources, known_sources
from assets.describe import column_schema
from pipeline.schema import table
from pipeline.workspace import Workspace

__all__ = ["raw_documents"]


@asset(
    group_name="raw",
    kinds={"warc"},
    owners=OWNERS,
    description=table("raw_documents").description + " Kept as WARC; the index is brought up to date here.",
    metadata=column_schema(table("raw_documents")),
)
def raw_documents(
    context: AssetExecutionContext, config: ChosenSources, workspace: ResourceParam[Workspace]
) -> MaterializeResult[None]:
    archive = workspace.archive.sources()
    sources = known_sources(config.sources or archive, archive)
    context.instance.add_dynamic_partitions(str(SOURCES.name), sources)
    counts = {source: len(workspace.documents(source)) for source in sources}
    rows = [TableRecord({"source": source, "documents": count}) for source, count in counts.items()]
    schema = TableSchema(columns=[TableColumn("source"), TableColumn("documents", "integer")])
    return MaterializeResult(
        metadata={"dagster/row_count": sum(counts.values()), "preview": MetadataValue.table(rows, schema)}
    )
