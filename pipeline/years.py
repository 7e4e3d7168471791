"""SQL that holds each report against the one of the same organ and scope for the year before."""

from collections.abc import Iterator

from pipeline.panel import PREFERRED
from pipeline.schema import IN_A_TABLE, ON_YEARS

__all__ = ["years_sql"]

_JUMP = 4
"""New requests that grow or shrink by more than this factor mostly tell of another scope."""
_FEWEST = 20
"""New requests, in the year that had more, below which a jump tells nothing."""
_SAME = 10
"""Cells above zero in table three from which on an equal table is no coincidence."""


def years_sql() -> Iterator[str]:
    """Statements that make the findings `years.*` anew, in their order.

    Each is a row of core_findings of the later report, `other_source` and `other_report_id` the earlier.
    `pass` and `fail` are verdicts on sums, `uncertain` marks a cell without a number, or, of
    `years.scope`, `years.jump` and `years.same_table`, what a person should look at.
    """
    yield f"DELETE FROM core_findings WHERE {ON_YEARS}"
    yield f"""
    INSERT INTO core_findings
        (source, report_id, id, identity, row_or_column, reading, verdict, left_value, right_value, cells, suspect,
         evidence, scope, basis, other_source, other_report_id)
    WITH {_PAIRS}, {_CELLS}, found AS (
        {_CARRIED}
        UNION ALL {_ITEMS}
        UNION ALL {_IN_FORCE}
        UNION ALL {_SCOPES}
        UNION ALL {_JUMPS}
        UNION ALL {_SAME_TABLES}
    )
    SELECT f.source, f.report_id,
           coalesce(n.last, -1) + row_number() OVER (
               PARTITION BY f.source, f.report_id ORDER BY f.identity, f.row_or_column),
           f.identity, f.row_or_column, 'strict', f.verdict, f.left_value, f.right_value, f.cells, NULL, NULL, NULL,
           NULL, f.other_source, f.other_report_id
    FROM found f
    LEFT JOIN (SELECT source, report_id, max(id) AS last FROM core_findings GROUP BY ALL) n
      ON n.source = f.source AND n.report_id = f.report_id
    """


_PAIRS = f"""reports AS (
    SELECT agency_id, year, scope, form, source, report_id FROM core_reports
    WHERE is_current AND agency_id IS NOT NULL AND year IS NOT NULL
), pairs AS (
    SELECT l.source, l.report_id, l.form, e.source AS other_source, e.report_id AS other_report_id,
           e.form AS other_form
    FROM reports l JOIN reports e ON e.agency_id = l.agency_id AND e.year = l.year - 1 AND e.scope = l.scope
), used AS (
    SELECT * FROM reports QUALIFY row_number() OVER (PARTITION BY agency_id, year ORDER BY {PREFERRED}) = 1
)"""

# A cell that is printed twice, differently, is no number.
_CELLS = f"""cells AS (
    SELECT o.source, o.report_id, o.table_code, o.row_code, o.column_code,
           CASE WHEN count(DISTINCT o.value) = 1 AND count(o.value) = count(*) THEN max(o.value) END AS value
    FROM core_observations o SEMI JOIN reports r ON r.source = o.source AND r.report_id = o.report_id
    WHERE o.basis = 'year' AND o.scope IS NULL AND o.row_code IS NOT NULL AND o.column_code IS NOT NULL
      AND {IN_A_TABLE}
    GROUP BY ALL
)"""

_SELECTED = "p.source, p.report_id, p.other_source, p.other_report_id"


def _verdict(left: str, right: str) -> str:
    return (
        f"CASE WHEN {left} IS NULL OR {right} IS NULL THEN 'uncertain' "
        f"WHEN abs({left} - {right}) < 0.005 THEN 'pass' ELSE 'fail' END"
    )


def _cell(of: str) -> str:
    return f"json_array({of}.table_code, {of}.row_code, {of}.column_code)"


def _at(alias: str, report: str, row: str, column: str) -> str:
    """JOIN of one cell of table two, in the same row as another."""
    return f"""JOIN cells {alias} ON {alias}.source = {report}source AND {alias}.report_id = {report}report_id
        AND {alias}.table_code = 'proactive' AND {alias}.row_code {row} AND {alias}.column_code = '{column}'"""


# Requests carried over, column by column.
_CARRIED = f"""
SELECT {_SELECTED}, 'years.carried' AS identity, b.column_code AS row_or_column,
       {_verdict("a.value", "b.value")} AS verdict, a.value AS left_value, b.value AS right_value,
       json_array({_cell("b")}) AS cells
FROM pairs p
JOIN cells b ON b.source = p.source AND b.report_id = p.report_id
            AND b.table_code = 'applications' AND b.row_code = 'carried_in'
JOIN cells a ON a.source = p.other_source AND a.report_id = p.other_report_id
            AND a.table_code = 'applications' AND a.row_code = 'carried_out' AND a.column_code = b.column_code
WHERE a.value IS NOT NULL OR b.value IS NOT NULL"""

# The items of the year before and its change give the items that the next report starts from.
_ITEMS = f"""
SELECT {_SELECTED}, 'years.items', b.row_code, {_verdict("a.value + c.value", "b.value")}, a.value + c.value, b.value,
       json_array({_cell("b")})
FROM pairs p
{_at("b", "p.", "IS NOT NULL", "items_prev_year")}
{_at("a", "p.other_", "= b.row_code", "items_prev_year")}
{_at("c", "p.other_", "= b.row_code", "items_change")}
WHERE coalesce(a.value, b.value, c.value) IS NOT NULL"""

# What is in force is what was, and what was issued, without what was repealed; a clean-up of old
# documents breaks it too.
_IN_FORCE = f"""
SELECT {_SELECTED}, 'years.in_force', b.row_code,
       {_verdict("a.value + i.value - r.value", "b.value")}, a.value + i.value - r.value, b.value,
       json_array({_cell("i")}, {_cell("r")}, {_cell("b")})
FROM pairs p
{_at("b", "p.", "IS NOT NULL", "in_force")}
{_at("i", "p.", "= b.row_code", "issued")}
{_at("r", "p.", "= b.row_code", "repealed")}
{_at("a", "p.other_", "= b.row_code", "in_force")}
WHERE coalesce(a.value, b.value, i.value, r.value) IS NOT NULL"""

_SCOPES = """
SELECT l.source, l.report_id, e.source, e.report_id, 'years.scope', e.scope || ' ' || l.scope, 'uncertain', NULL, NULL,
       json_array()
FROM used l JOIN used e ON e.agency_id = l.agency_id AND e.year = l.year - 1
WHERE e.scope <> l.scope AND e.scope <> 'unknown' AND l.scope <> 'unknown'"""

_JUMPS = f"""
SELECT {_SELECTED}, 'years.jump', 'received_new.total', 'uncertain', a.value, b.value, json_array({_cell("b")})
FROM pairs p
JOIN cells b ON b.source = p.source AND b.report_id = p.report_id AND b.table_code = 'applications'
            AND b.row_code = 'received_new' AND b.column_code = 'total'
JOIN cells a ON a.source = p.other_source AND a.report_id = p.other_report_id AND a.table_code = 'applications'
            AND a.row_code = 'received_new' AND a.column_code = 'total'
WHERE greatest(a.value, b.value) >= {_FEWEST} AND greatest(a.value, b.value) > {_JUMP} * least(a.value, b.value)"""

_SAME_TABLES = f"""
SELECT {_SELECTED}, 'years.same_table', 'applications', 'uncertain', count(*) FILTER (WHERE a.value > 0),
       count(*) FILTER (WHERE b.value > 0), json_array()
FROM pairs p
JOIN cells b ON b.source = p.source AND b.report_id = p.report_id AND b.table_code = 'applications'
JOIN cells a ON a.source = p.other_source AND a.report_id = p.other_report_id AND a.table_code = b.table_code
            AND a.row_code = b.row_code AND a.column_code = b.column_code
GROUP BY ALL
HAVING bool_and(a.value IS NOT DISTINCT FROM b.value) AND count(*) FILTER (WHERE b.value > 0) >= {_SAME}"""
