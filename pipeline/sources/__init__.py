"""Where reports are looked for: YAML files in this folder, one a source, in; checked `Source` records out."""

from pipeline.sources.files import BadSource, load_sources
from pipeline.sources.models import FIRST_REPORT_YEAR, Event, Organ, Politeness, Quirk, Source, YearlyReports

__all__ = [
    "FIRST_REPORT_YEAR",
    "BadSource",
    "Event",
    "Organ",
    "Politeness",
    "Quirk",
    "Source",
    "YearlyReports",
    "load_sources",
]
