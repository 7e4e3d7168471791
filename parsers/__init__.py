"""Government-disclosure annual reports: bytes in, checked and traceable records out.

    from parsers import parse
    for report in parse(content):
        print(report.agency, report.year, len(report.observations))

Pure: no network, no disk, no database, no clock, no logging.
"""

from parsers.models import Report
from parsers.report import parse, rejected

__all__ = ["Report", "parse", "rejected"]
