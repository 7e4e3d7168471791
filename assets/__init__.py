"""Names in Dagster's graph over the functions of the other two rooms."""

from collections.abc import Iterable, Sequence

from dagster import Config, DynamicPartitionsDefinition, Failure
from pydantic import Field

__all__ = ["OWNERS", "SOURCES", "ChosenSources", "known_sources"]

SOURCES = DynamicPartitionsDefinition(name="sources")
"""A partition is a source, never a report: one run does many sources, and a source many reports."""

OWNERS = ["team:nianbao"]


class ChosenSources(Config):
    """Which sources a run is about; none means all in the archive."""

    sources: list[str] = Field(default=[], description="Names of sources; empty for all.")


def known_sources(names: Iterable[str], archive: Sequence[str]) -> list[str]:
    """The names, each once. Raises Failure for one that the archive does not have: a folder would be made for it."""
    chosen = list(dict.fromkeys(names))
    if unknown := [name for name in chosen if name not in archive]:
        has = ", ".join(archive) or "none"
        raise Failure(f"no such source: {', '.join(map(repr, unknown))}; the archive has: {has}", allow_retries=False)
    return chosen
