"""Names in Dagster's graph over the functions of the other two rooms."""

from dagster import Config, DynamicPartitionsDefinition
from pydantic import Field

__all__ = ["OWNERS", "SOURCES", "ChosenSources"]

SOURCES = DynamicPartitionsDefinition(name="sources")
"""A partition is a source, never a report: one run does many sources, and a source many reports."""

OWNERS = ["team:nianbao"]


class ChosenSources(Config):
    """Which sources a run is about; none means all in the archive."""

    sources: list[str] = Field(default=[], description="Names of sources; empty for all.")
