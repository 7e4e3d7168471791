"""Raw layer: sources crawled, and what the archive holds of each.

These have no partitions: Dagster lets nothing that is partitioned follow a partitioned
asset in a run over chosen sources.
"""

from collections.abc import Iterator, Mapping, Sequence

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetSpec,
    Failure,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    TableColumn,
    TableRecord,
    TableSchema,
    asset,
    multi_asset,
)
from pydantic import Field

from assets import OWNERS, SOURCES, ChosenSources, chosen_sources
from assets.describe import column_schema
from pipeline.crawl import CrawlResult
from pipeline.raw_rows import distinct_documents
from pipeline.schema import RAW_TABLES, table
from pipeline.workspace import Workspace

__all__ = ["raw_fetches", "raw_tables"]

_INDEXED = tuple(name for name in RAW_TABLES if name != "raw_fetches")
_COUNTED = ("raw_documents", "raw_crawls")
_COMPLETE = "complete"


class Crawl(ChosenSources):
    """Which sources are crawled; none means all that have a file."""

    full: bool = Field(default=False, description="Fetch everything again, known or not.")


@asset(
    group_name="raw",
    kinds={"warc", "scrapy"},
    owners=OWNERS,
    description=table("raw_fetches").description + " Materializing it crawls the sources.",
    metadata=column_schema(table("raw_fetches")),
    check_specs=[
        AssetCheckSpec(
            _COMPLETE, asset="raw_fetches", description="Every list showed what it promises, every document arrived."
        )
    ],
)
def raw_fetches(
    context: AssetExecutionContext, config: Crawl, workspace: ResourceParam[Workspace]
) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
    sources = chosen_sources(context, config, list(workspace.definitions))
    results = workspace.crawl(sources, full=config.full)
    yield _completeness(results)
    for result in results:
        if result.account is None:
            context.log.error(f"{result.source}: {result.error}")
    if results and all(result.account is None for result in results):
        raise Failure("; ".join(f"{r.source}: {r.error}" for r in results), allow_retries=False)
    count = _count(_rows(workspace), "raw_fetches")
    crawls = MetadataValue.table(*_crawl_rows(results))
    yield MaterializeResult(metadata={"dagster/row_count": count, "crawls": crawls})


def _completeness(results: Sequence[CrawlResult]) -> AssetCheckResult:
    """Partial is no success: it is shown, and nothing that was good is dropped for it."""
    lacking = {r.source: _shortcomings(r) for r in results if not r.is_complete}
    return AssetCheckResult(
        asset_key="raw_fetches",
        check_name=_COMPLETE,
        passed=not lacking,
        severity=AssetCheckSeverity.WARN,
        metadata={source: MetadataValue.text(text) for source, text in lacking.items()},
    )


def _shortcomings(result: CrawlResult) -> str:
    if result.account is None:
        return result.error or "failed"
    counted = [f"{name} {result.account[name]}" for name in ("failed", "blocked") if result.account[name]]
    return "; ".join([*counted, *(f"{issue['kind']}: {issue['message']}" for issue in result.account["issues"])])


def _crawl_rows(results: Sequence[CrawlResult]) -> tuple[list[TableRecord], TableSchema]:
    numbers = ("links", "found", "new", "changed", "unchanged", "reports")
    rows = [
        TableRecord({"source": r.source, "state": r.account["state"], **{name: r.account[name] for name in numbers}})
        for r in results
        if r.account is not None
    ]
    return rows, TableSchema(columns=[TableColumn("source"), TableColumn("state"), *map(TableColumn, numbers)])


@multi_asset(
    specs=[
        AssetSpec(
            name,
            deps=["raw_fetches"],
            group_name="raw",
            kinds={"warc"},
            owners=OWNERS,
            description=table(name).description,
            metadata=column_schema(table(name)),
        )
        for name in _INDEXED
    ],
)
def raw_tables(
    context: AssetExecutionContext, config: ChosenSources, workspace: ResourceParam[Workspace]
) -> Iterator[MaterializeResult[None]]:
    """Take in what lies in the inbox, and bring the index of the archive up to date."""
    sources = chosen_sources(context, config, workspace.take_inbox(config.sources))
    context.instance.add_dynamic_partitions(str(SOURCES.name), sources)
    rows = _rows(workspace)
    documents = [TableRecord({"source": s, "documents": rows[s]["raw_documents"]}) for s in sources if s in rows]
    schema = TableSchema(columns=[TableColumn("source"), TableColumn("documents", "integer")])
    for name in _INDEXED:
        # The links of a list are counted when it is read.
        count = {"dagster/row_count": _count(rows, name)} if name in _COUNTED else {}
        yield MaterializeResult(asset_key=name, metadata={**count, "preview": MetadataValue.table(documents, schema)})


def _rows(workspace: Workspace) -> dict[str, dict[str, int]]:
    """How many rows of the raw tables the archive makes, by source and table."""
    found = {}
    for source in workspace.archive.sources():
        records = workspace.documents(source)
        crawls = sum(r.role == "crawl" for r in records)
        found[source] = {
            "raw_fetches": len(records) - crawls,
            "raw_documents": len(distinct_documents(records)),
            "raw_crawls": crawls,
        }
    return found


def _count(rows: Mapping[str, Mapping[str, int]], name: str) -> int:
    return sum(counts[name] for counts in rows.values())
