"""Out layer: the tables that researchers open first."""

from dagster import AssetsDefinition, MaterializeResult, ResourceParam, asset

from assets import OWNERS
from assets.describe import FOLLOWS_ITS_SOURCES, column_schema, figures, preview
from pipeline.schema import table
from pipeline.warehouse import MADE_OF, OUT_TABLES
from pipeline.workspace import Workspace

__all__ = ["out_assets"]


# The raw tables are loaded with the core tables: what followed them would run before they are in the warehouse.
_CORE = ["core_reports", "core_observations", "core_findings"]
_READS = {"out_rates": [], "out_regions": [], "out_reuse": ["core_reports", "core_sections"]}


def _out_asset(name: str) -> AssetsDefinition:
    @asset(
        name=name,
        deps=[*_READS.get(name, _CORE), *MADE_OF.get(name, ())],
        group_name="out",
        kinds={"duckdb"},
        owners=OWNERS,
        description=table(name).description,
        metadata=column_schema(table(name)),
        automation_condition=FOLLOWS_ITS_SOURCES,
    )
    def build(workspace: ResourceParam[Workspace]) -> MaterializeResult[None]:
        if not workspace.warehouse.is_refreshed(name):
            workspace.warehouse.refresh([name], workspace.tell)
        warehouse = workspace.warehouse
        return MaterializeResult(metadata={**figures(warehouse, name), **preview(warehouse, table(name))})

    return build


out_assets = [_out_asset(name) for name in OUT_TABLES]
