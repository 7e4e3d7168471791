"""What the loaded narrative looks like as a whole: too little read of it, or too much at odds with the tables."""

from dataclasses import dataclass, field

from pipeline.warehouse import Warehouse

__all__ = ["PROSE_CHECKS", "ProseCheck", "check_prose"]

PROSE_CHECKS = {
    "fact_counts": "Reports with prose state quantities: few have long prose and not one fact.",
    "prose_against_tables": "Prose and tables agree in most figures; each disagreement is a finding.",
}
_LONG = 1500  # characters of prose
_MOST_SILENT = 0.2  # of the reports with long prose
_MOST_AT_ODDS = 0.2  # of the figures that could be compared: more is a fault of reading, not of the organs
_FEWEST = 20
_SHOWN = 10

_FACTS = f"""
WITH prose AS (SELECT source, report_id, sum(length(text)) AS characters FROM core_sections GROUP BY 1, 2),
     facts AS (SELECT source, report_id, count(*) AS n FROM core_facts GROUP BY 1, 2)
SELECT p.source, count(*) AS reports, coalesce(sum(f.n), 0) AS facts,
       count(*) FILTER (WHERE p.characters >= {_LONG}) AS long,
       count(*) FILTER (WHERE p.characters >= {_LONG} AND f.n IS NULL) AS silent
FROM prose p LEFT JOIN facts f USING (source, report_id) GROUP BY p.source ORDER BY p.source
"""
_AT_ODDS = """
SELECT count(*) FILTER (WHERE verdict IN ('pass', 'fail')), count(*) FILTER (WHERE verdict = 'fail')
FROM core_findings WHERE identity = 'narrative.table'
"""
_DISAGREEMENTS = f"""
SELECT r.agency, r.year, f.row_or_column, f.left_value, f.right_value, r.source, r.report_id
FROM core_findings f JOIN core_reports r USING (source, report_id)
WHERE f.identity = 'narrative.table' AND f.verdict = 'fail' ORDER BY r.source, r.report_id, f.id LIMIT {_SHOWN}
"""


@dataclass(frozen=True, slots=True)
class ProseCheck:
    """A verdict over all sources, its figures, and the rows that show it best."""

    name: str
    passed: bool
    figures: dict[str, int]
    columns: tuple[str, ...]
    rows: list[tuple[object, ...]] = field(default_factory=list)


def check_prose(warehouse: Warehouse) -> list[ProseCheck]:
    """Both checks on the warehouse as it stands."""
    return [_fact_counts(warehouse), _against_tables(warehouse)]


def _fact_counts(warehouse: Warehouse) -> ProseCheck:
    rows = warehouse.query(_FACTS).fetchall()
    reports, facts, long, silent = (sum(int(row[i]) for row in rows) for i in (1, 2, 3, 4))
    return ProseCheck(
        "fact_counts",
        silent <= max(long * _MOST_SILENT, 1 if long < _FEWEST else 0),
        {"reports": reports, "facts": facts, "long_reports": long, "long_reports_without_facts": silent},
        ("source", "reports", "facts", "long reports", "of them without facts"),
        rows,
    )


def _against_tables(warehouse: Warehouse) -> ProseCheck:
    ((compared, at_odds),) = warehouse.query(_AT_ODDS).fetchall()
    return ProseCheck(
        "prose_against_tables",
        compared < _FEWEST or at_odds <= compared * _MOST_AT_ODDS,
        {"figures_compared": compared, "disagreements": at_odds},
        ("organ", "year", "at", "table", "prose", "source", "report"),
        warehouse.query(_DISAGREEMENTS).fetchall(),
    )
