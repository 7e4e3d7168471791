"""Asset checks: what the guards found before the load, shown beside the tables they guard."""

from collections.abc import Iterator, Sequence

from dagster import AssetCheckResult, AssetCheckSeverity, AssetCheckSpec, MetadataValue

from pipeline.guards import GUARDS
from pipeline.workspace import SourceResult

__all__ = ["guard_checks", "guard_results"]

_GUARDED = "core_observations"


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
