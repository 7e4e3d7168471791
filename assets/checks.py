"""Asset checks: what the guards found before the load, and what the loaded narrative looks like as a whole."""

from collections.abc import Iterator, Sequence

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    MetadataValue,
    TableColumn,
    TableRecord,
    TableSchema,
)

from pipeline.guards import GUARDS
from pipeline.prose_checks import PROSE_CHECKS, check_prose
from pipeline.warehouse import Warehouse
from pipeline.workspace import SourceResult

__all__ = ["guard_checks", "guard_results", "prose_checks", "prose_results"]

_GUARDED = "core_observations"
_ASKED = {"fact_counts": "core_facts", "prose_against_tables": "core_findings"}


def guard_checks() -> list[AssetCheckSpec]:
    """One check a guard, and one that every source was taken."""
    specs = [AssetCheckSpec(name, asset=_GUARDED, description=text) for name, text in GUARDS.items()]
    return [*specs, AssetCheckSpec("sources", asset=_GUARDED, description="Every source of the run was loaded.")]


def guard_results(results: Sequence[SourceResult]) -> Iterator[AssetCheckResult]:
    """The verdict of each guard over the sources of a run."""
    for name in GUARDS:
        failed = {r.source: g.message for r in results for g in r.guards if g.name == name and not g.passed}
        yield _result(name, failed)
    yield _result("sources", {r.source: r.error for r in results if r.error})


def _result(name: str, failed: dict[str, str]) -> AssetCheckResult:
    return AssetCheckResult(
        asset_key=_GUARDED,
        check_name=name,
        passed=not failed,
        severity=AssetCheckSeverity.ERROR,
        metadata={source: MetadataValue.text(message) for source, message in failed.items()},
    )


def prose_checks() -> list[AssetCheckSpec]:
    """The checks on facts as a whole; they warn."""
    return [AssetCheckSpec(name, asset=_ASKED[name], description=text) for name, text in PROSE_CHECKS.items()]


def prose_results(warehouse: Warehouse) -> Iterator[AssetCheckResult]:
    """Their verdicts on the warehouse as it stands."""
    for check in check_prose(warehouse):
        schema = TableSchema(columns=[TableColumn(name, "string") for name in check.columns])
        records = [
            TableRecord({name: str(value) for name, value in zip(check.columns, row, strict=True)})
            for row in check.rows
        ]
        yield AssetCheckResult(
            asset_key=_ASKED[check.name],
            check_name=check.name,
            passed=check.passed,
            severity=AssetCheckSeverity.WARN,
            metadata={**check.figures, "rows": MetadataValue.table(records, schema)},
        )
