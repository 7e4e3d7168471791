"""SQL of the tables that researchers open first: one row an organ and year, one row a report."""

from collections.abc import Iterator

from parsers.indicators import Indicator, load_indicators
from pipeline.schema import IN_A_TABLE, ON_PROSE, table

__all__ = ["PREFERRED", "panel_sql"]

# Amounts of money in yuan from the unit that is printed; an unknown unit gives no amount.
_YUAN = {"元": 1, "人民币元": 1, "千元": 1_000, "万元": 10_000, "百万元": 1_000_000, "亿元": 100_000_000}
PREFERRED = "CASE scope WHEN 'own' THEN 0 WHEN 'unknown' THEN 1 ELSE 2 END, report_id, source"
"""SQL: the order of an organ's reports of a year; its own figures before those it gathers from others."""
_SUMMED = "other.total"


def panel_sql(name: str) -> str:
    """SELECT that yields the rows of `out_panel` or `out_panel_all`, columns in their order."""
    values = ",\n".join(_values())
    columns = ", ".join(f'"{c.name}"' for c in table(name).columns)
    wide = f"""
    WITH cells AS (
        SELECT source, report_id, {values}
        FROM core_observations
        WHERE row_code IS NOT NULL AND column_code IS NOT NULL
          AND kind = 'number' AND basis = 'year' AND scope IS NULL
        GROUP BY source, report_id
    ), failed AS (
        SELECT source, report_id, count(*) FILTER (WHERE NOT {ON_PROSE}) AS n,
               count(*) FILTER (WHERE {ON_PROSE}) AS n_in_prose
        FROM core_findings WHERE verdict = 'fail' GROUP BY ALL
    ), inferred AS (
        SELECT source, report_id, count(*) AS n FROM core_observations
        WHERE CAST(flags AS VARCHAR) <> '[]' AND {IN_A_TABLE} GROUP BY ALL
    ), candidates AS (
        SELECT agency_id, year, count(*) AS n FROM core_reports WHERE is_current GROUP BY ALL
    )
    SELECT r.agency_id, r.year, r.agency, r.form, r.scope, r.scope_basis, coalesce(candidates.n, 0) AS n_candidates,
           r.source, r.report_id, r.url, d.trust, r.status,
           coalesce(failed.n, 0) AS n_failed, coalesce(failed.n_in_prose, 0) AS n_failed_in_prose,
           coalesce(inferred.n, 0) AS n_inferred,
           cells.* EXCLUDE (source, report_id), r.is_current
    FROM core_reports r
    LEFT JOIN raw_documents d ON d.source = r.source AND d.sha256 = r.sha256
    LEFT JOIN cells ON cells.source = r.source AND cells.report_id = r.report_id
    LEFT JOIN failed ON failed.source = r.source AND failed.report_id = r.report_id
    LEFT JOIN inferred ON inferred.source = r.source AND inferred.report_id = r.report_id
    LEFT JOIN candidates ON candidates.agency_id = r.agency_id AND candidates.year = r.year
    WHERE r.status <> 'rejected'
    """
    if name == "out_panel_all":
        return f"SELECT {columns} FROM ({wide}) ORDER BY source, report_id"
    return f"""
    SELECT {columns} FROM (
        SELECT *, row_number() OVER (
            PARTITION BY agency_id, year
            ORDER BY {PREFERRED}) AS place
        FROM ({wide}) WHERE is_current
    ) WHERE place = 1 ORDER BY agency_id, year
    """


def _values() -> Iterator[str]:
    indicators = [i for i in load_indicators() if i.in_panel]
    for i in indicators:
        if i.money:
            yield f'max(CASE WHEN {_is(i)} THEN {_in_yuan()} END) AS "{i.name}"'
        elif i.row == _SUMMED:
            yield f'{_summed(i, indicators)} AS "{i.name}"'
        else:
            yield f'max(CASE WHEN {_is(i)} THEN value END) AS "{i.name}"'


def _is(i: Indicator) -> str:
    return f"table_code = '{i.table}' AND row_code = '{i.row}' AND column_code = '{i.column}'"


def _in_yuan() -> str:
    cases = " ".join(f"WHEN '{unit}' THEN round(value * {factor}, 2)" for unit, factor in _YUAN.items())
    return f"CASE unit {cases} END"


def _summed(total: Indicator, indicators: list[Indicator]) -> str:
    """（六）其他处理 is one row in one form and three in the next: comparable as their sum."""
    prefix = total.row.removesuffix("total")
    parts = [
        i for i in indicators
        if i.table == total.table and i.column == total.column and i.row.startswith(prefix) and i.row != total.row
    ]  # fmt: skip
    added = " + ".join(f"max(CASE WHEN {_is(i)} THEN value END)" for i in parts)
    return f"coalesce(max(CASE WHEN {_is(total)} THEN value END), {added})"
