"""Asset checks: what the guards found before the load, and what the loaded narrative looks like as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    DagsterInstance,
    FloatMetadataValue,
    MetadataValue,
    TableColumn,
    TableRecord,
    TableSchema,
)

from pipeline.figures import Verdicts
from pipeline.guards import GUARDS
from pipeline.markdown import MOST_SHARES
from pipeline.prose_checks import PROSE_CHECKS, check_prose
from pipeline.warehouse import Warehouse
from pipeline.workspace import SourceResult

__all__ = [
    "findings_check",
    "findings_result",
    "guard_checks",
    "guard_results",
    "prose_checks",
    "prose_results",
    "shares_before",
]

_GUARDED = "core_observations"
_FAILED = AssetCheckKey(AssetKey("core_findings"), "failed_identities")
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


def findings_check() -> AssetCheckSpec:
    """The check on all findings; it warns, and its figures are those of the asset."""
    description = "Of the identities that could be checked few fail; each failure is a finding."
    return AssetCheckSpec(_FAILED.name, asset=_FAILED.asset_key, description=description)


def findings_result(verdicts: Verdicts, told: Mapping[str, Any]) -> AssetCheckResult:
    """Its verdict on the warehouse as it stands, with what is told of it."""
    return AssetCheckResult(
        asset_key=_FAILED.asset_key,
        check_name=_FAILED.name,
        passed=verdicts.is_plausible,
        severity=AssetCheckSeverity.WARN,
        metadata=told,
    )


def shares_before(instance: DagsterInstance) -> list[float]:
    """The share of failed identities that the check saw in the runs before, oldest first."""
    # Materializations would not do: of a run each source has one, and a thousand of them may hide the run before.
    # Runs that were killed, and this one, are there without a result.
    records = instance.event_log_storage.get_asset_check_execution_history(_FAILED, limit=2 * MOST_SHARES)
    found = [record.event.asset_check_evaluation for record in reversed(records) if record.event]
    shares = [evaluation.metadata.get("share_failed") for evaluation in found if evaluation]
    return [share.value for share in shares if isinstance(share, FloatMetadataValue) and share.value is not None]
