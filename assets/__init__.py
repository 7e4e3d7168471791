"""Names in Dagster's graph over the functions of the other two rooms."""

from collections.abc import Iterable, Sequence

from dagster import AssetExecutionContext, Config, DynamicPartitionsDefinition, Failure
from pydantic import Field

__all__ = ["OWNERS", "SOURCES", "ChosenSources", "chosen_sources"]

SOURCES = DynamicPartitionsDefinition(name="sources")
"""A partition is a source, never a report: one run does many sources, and a source many reports."""

OWNERS = ["team:nianbao"]


class ChosenSources(Config):
    """Which sources a run is about; none means all in the archive."""

    sources: list[str] = Field(default=[], description="Names of sources; empty for all.")


def chosen_sources(context: AssetExecutionContext, config: ChosenSources, known: Sequence[str]) -> list[str]:
    """The sources of a run: its partitions, or those of its config, or all that are known.

    Raises Failure for one that is not known: a folder would be made for it.
    """
    whole = context.has_partition_key or context.has_partition_key_range
    names: Iterable[str] = context.partition_keys if whole else config.sources or known
    chosen = list(dict.fromkeys(names))
    if unknown := [name for name in chosen if name not in known]:
        has = ", ".join(known) or "none"
        raise Failure(f"no such source: {', '.join(map(repr, unknown))}; known are: {has}", allow_retries=False)
    return chosen
