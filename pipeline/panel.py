"""SQL of the tables that researchers open first: values one by one, one row an organ and year, one row a report."""

from collections.abc import Iterable, Sequence

from parsers.indicators import Indicator, load_indicators
from pipeline.agencies import organs_sql
from pipeline.measures import load_crosswalk
from pipeline.schema import IN_A_TABLE, ON_PROSE, ON_TABLES, ON_YEARS, quoted, table

__all__ = ["MISSING", "PREFERRED", "YUAN", "panel_sql", "values_sql"]

# Amounts of money in yuan from the unit that is printed; an unknown unit gives no amount.
YUAN = {"元": 1, "人民币元": 1, "千元": 1_000, "万元": 10_000, "百万元": 1_000_000, "亿元": 100_000_000}
PREFERRED = "CASE scope WHEN 'own' THEN 0 WHEN 'unknown' THEN 1 ELSE 2 END, report_id, source"
"""SQL: the order of an organ's reports of a year; its own figures before those it gathers from others."""

_RANK = "CASE scope WHEN 'own' THEN 1 WHEN 'aggregate' THEN 2 ELSE 0 END"
_TWICE = """CAST(o.flags AS VARCHAR) LIKE '%"conflicting_cell"%'"""
"""SQL: whether a cell stands elsewhere in the report with another value."""
# Of several prints of one cell, and of the cells of a sum: the worst says why there is no value.
MISSING = ("conflicting", "unreadable", "unit_unknown", "blank", "not_applicable")
_NOT_PUBLISHED = "not_published"


def _rows(found: Iterable[tuple[str, ...]]) -> str:
    return ", ".join(f"({', '.join(map(quoted, row))})" for row in found)


_CODES = f"""codes(table_code, row_code, column_code, indicator, unit) AS (VALUES {
    _rows((i.table, i.row, i.column, i.name, "yuan" if i.money else "") for i in load_indicators())
})"""
_PARTS = f"""parts(total, part) AS (VALUES {
    _rows((c.indicator, cell) for c in load_crosswalk() if c.relation == "sum" for cell in c.cells)
})"""
"""The columns that one form fills with a sum, each with the cells that are added."""


def panel_sql(name: str) -> str:
    """SELECT that yields the rows of one of the wide tables `out_panel*`, columns in their order."""
    columns = ", ".join(f'"{c.name}"' for c in table(name).columns)
    if name == "out_panel_all":
        rows = f"({_head_sql(_reports_sql())}) LEFT JOIN ({_wide_sql(_in_panel(), 'value')}) USING (source, report_id)"
        return f"SELECT {columns} FROM {rows} ORDER BY source, report_id"
    wide = _wide_sql(_of_2014() if name == "out_panel_2014" else _in_panel(), "value")
    if name == "out_panel_missing":
        columns = ", ".join(['"agency_id"', '"year"', *map(_reason, _in_panel())])
        wide = _wide_sql(_in_panel(), "coalesce(missing, '')")
    only = "WHERE form = '2014'" if name == "out_panel_2014" else ""
    return f"""
    SELECT {columns} FROM ({_head_sql(_chosen(_reports_sql()))}) LEFT JOIN ({wide}) USING (source, report_id)
    {only} ORDER BY agency_id, year
    """


def values_sql() -> str:
    """SELECT that yields the rows of `out_values`, columns in their order."""
    own = ((i.name, form, "identical") for i in load_indicators() for form in i.forms)
    sums = ((c.indicator, c.form, "sum") for c in load_crosswalk() if c.relation == "sum")
    return f"""
    WITH cells AS ({_cells_sql()}), forms(indicator, form, relation) AS (VALUES {_rows((*own, *sums))}
    ), marks AS ({_marks_sql()}), chosen AS ({_chosen(_reports_sql())}
    ), wanted AS (
        SELECT r.agency_id, r.year, r.source, r.report_id, f.indicator, f.relation
        FROM chosen r JOIN forms f ON f.form = r.form
        UNION ALL
        -- A report that mixes forms prints cells that its own has not.
        SELECT r.agency_id, r.year, c.source, c.report_id, c.indicator, 'identical'
        FROM cells c JOIN chosen r ON r.source = c.source AND r.report_id = c.report_id
        ANTI JOIN forms f ON f.indicator = c.indicator AND f.form = r.form
    )
    SELECT w.agency_id, w.year, w.indicator, c.value,
           CASE WHEN c.value IS NULL THEN coalesce(c.missing, '{_NOT_PUBLISHED}') END,
           coalesce(c.relation, w.relation), w.source, w.report_id, c.seq, coalesce(m.n_failed, 0),
           coalesce(m.is_suspect, false), coalesce(c.is_inferred, false)
    FROM wanted w
    LEFT JOIN cells c ON c.source = w.source AND c.report_id = w.report_id AND c.indicator = w.indicator
    LEFT JOIN marks m ON m.source = w.source AND m.report_id = w.report_id AND m.indicator = w.indicator
    ORDER BY w.agency_id, w.year, w.indicator
    """


def _in_panel() -> list[Indicator]:
    return [i for i in load_indicators() if i.in_panel]


def _of_2014() -> list[Indicator]:
    return [i for i in load_indicators() if i.forms == ("2014",)]


def _reports_sql() -> str:
    return """SELECT r.*, d.trust FROM core_reports r
              LEFT JOIN raw_documents d ON d.source = r.source AND d.sha256 = r.sha256 WHERE r.status <> 'rejected'"""


def _chosen(reports: str) -> str:
    """SELECT of the one report to use of each organ and year."""
    return f"""SELECT * FROM ({reports}) WHERE is_current
        QUALIFY row_number() OVER (PARTITION BY agency_id, year ORDER BY {PREFERRED}) = 1"""


def _head_sql(reports: str) -> str:
    """SELECT of what the wide tables say of each of `reports`, with its quality."""
    return f"""
    WITH reports AS ({reports}), columns AS (
        -- Of a table with a column for each scope, its own column is used: it says whose figures these are.
        SELECT source, report_id, min_by(scope, {_RANK}) AS scope, min_by(raw_column, {_RANK}) AS basis
        FROM core_observations WHERE scope IN ('own', 'aggregate') GROUP BY ALL
    ), failed AS (
        SELECT source, report_id, count(*) FILTER (WHERE {ON_TABLES}) AS n,
               count(*) FILTER (WHERE {ON_PROSE}) AS n_in_prose, count(*) FILTER (WHERE {ON_YEARS}) AS n_across_years
        FROM core_findings WHERE verdict = 'fail' GROUP BY ALL
    ), inferred AS (
        SELECT source, report_id, count(*) AS n FROM core_observations
        WHERE CAST(flags AS VARCHAR) <> '[]' AND {IN_A_TABLE} GROUP BY ALL
    ), restored AS (
        SELECT source, report_id, count(*) AS n FROM core_restorations GROUP BY ALL
    ), candidates AS (
        SELECT agency_id, year, count(*) AS n FROM core_reports WHERE is_current GROUP BY ALL
    )
    SELECT r.agency_id, r.year, r.agency, o.name AS agency_name, o.level AS agency_level, o.type AS agency_type,
           o.province, o.prefecture, o.division_code, o.division_revision, o.code_of_parent, r.form,
           coalesce(columns.scope, r.scope) AS scope,
           coalesce(columns.basis, r.scope_basis) AS scope_basis, coalesce(candidates.n, 0) AS n_candidates,
           r.source, r.report_id, r.url, r.trust, r.status, r.published_on,
           coalesce(failed.n, 0) AS n_failed, coalesce(failed.n_in_prose, 0) AS n_failed_in_prose,
           coalesce(failed.n_across_years, 0) AS n_failed_across_years, coalesce(inferred.n, 0) AS n_inferred,
           coalesce(restored.n, 0) AS n_restored, r.is_current
    FROM reports r
    LEFT JOIN ({organs_sql()}) o ON o.agency_id = r.agency_id AND o.year = r.year
    LEFT JOIN columns ON columns.source = r.source AND columns.report_id = r.report_id
    LEFT JOIN failed ON failed.source = r.source AND failed.report_id = r.report_id
    LEFT JOIN inferred ON inferred.source = r.source AND inferred.report_id = r.report_id
    LEFT JOIN restored ON restored.source = r.source AND restored.report_id = r.report_id
    LEFT JOIN candidates ON candidates.agency_id = r.agency_id AND candidates.year = r.year
    """


def _wide_sql(indicators: Sequence[Indicator], what: str) -> str:
    """SELECT of the values, or of why they are missing, with a column an indicator and a row a report."""
    names = ", ".join(quoted(i.name) for i in indicators)
    return f"""SELECT * FROM (SELECT source, report_id, indicator, {what} AS found FROM ({_cells_sql()}))
        PIVOT (max(found) FOR indicator IN ({names}) GROUP BY source, report_id)"""


def _reason(i: Indicator) -> str:
    """SQL of why a value of the panel is missing; what is empty text is not missing."""
    lacking = ", ".join(quoted(c.form) for c in load_crosswalk() if c.indicator == i.name and not c.joined)
    return f"""CASE WHEN "{i.name}" IS NOT NULL THEN nullif("{i.name}", '')
        WHEN form IN ('narrative', {lacking}) THEN 'not_in_form' ELSE '{_NOT_PUBLISHED}' END AS "{i.name}\""""


def _cells_sql() -> str:
    """SELECT of (source, report_id, indicator, value, missing, relation, seq, is_inferred) of every printed cell."""
    units = " ".join(f"WHEN '{unit}' THEN round(o.value * {factor}, 2)" for unit, factor in YUAN.items())
    rank = " ".join(f"WHEN '{missing}' THEN {n}" for n, missing in enumerate(MISSING))
    names = ", ".join(f"'{missing}'" for missing in MISSING)
    worst = f"[{names}][1 + min(CASE missing {rank} END)]"
    return f"""
    WITH {_CODES}, printed AS (
        SELECT o.source, o.report_id, c.indicator, o.seq, o.flags,
               CASE WHEN o.kind <> 'number' OR {_TWICE} THEN NULL WHEN c.unit = 'yuan' THEN CASE o.unit {units} END
                    ELSE o.value END AS value,
               CASE WHEN {_TWICE} THEN 'conflicting' WHEN o.kind = 'number' THEN 'unit_unknown' ELSE o.kind END
                   AS missing
        FROM core_observations o JOIN codes c USING (table_code, row_code, column_code)
        WHERE o.basis = 'year' AND coalesce(o.scope, '') IN ('', 'own', 'aggregate') AND {IN_A_TABLE}
        QUALIFY {_RANK} = min({_RANK}) OVER (PARTITION BY o.source, o.report_id, o.table_code)
    ), own AS (
        SELECT source, report_id, indicator,
               CASE WHEN count(DISTINCT value) = 1 THEN max(value) END AS value,
               CASE count(DISTINCT value) WHEN 0 THEN {worst} WHEN 1 THEN NULL ELSE 'conflicting' END AS missing,
               coalesce(min(seq) FILTER (WHERE value IS NOT NULL), min(seq)) AS seq,
               bool_or(CAST(flags AS VARCHAR) <> '[]') AS is_inferred
        FROM printed GROUP BY source, report_id, indicator
    ), {_PARTS}, sums AS (
        SELECT o.source, o.report_id, p.total AS indicator,
               CASE WHEN count(o.value) = any_value(n.parts) THEN sum(o.value) END AS value,
               CASE WHEN count(o.value) < count(*) THEN {worst} END AS missing, min(o.seq) AS seq,
               bool_or(o.is_inferred) AS is_inferred
        FROM own o JOIN parts p ON p.part = o.indicator
        JOIN (SELECT total, count(*) AS parts FROM parts GROUP BY ALL) n ON n.total = p.total
        GROUP BY o.source, o.report_id, p.total
    )
    SELECT source, report_id, indicator, value, missing, 'identical' AS relation, seq, is_inferred FROM own o
    WHERE value IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM sums s WHERE s.source = o.source AND s.report_id = o.report_id AND s.indicator = o.indicator)
    UNION ALL
    SELECT source, report_id, indicator, value,
           CASE WHEN value IS NULL THEN coalesce(missing, '{_NOT_PUBLISHED}') END, 'sum', seq, is_inferred FROM sums s
    WHERE NOT EXISTS (SELECT 1 FROM own o WHERE o.source = s.source AND o.report_id = s.report_id
                      AND o.indicator = s.indicator AND o.value IS NOT NULL)
    """


def _marks_sql() -> str:
    """SELECT of (source, report_id, indicator, n_failed, is_suspect) of the cells in failed identities."""
    return f"""
    WITH {_CODES}, {_PARTS}, failed AS (
        SELECT source, report_id, unnest(CAST(cells AS VARCHAR[][])) AS cell,
               CAST(json_extract(suspect, '$.cell') AS VARCHAR[]) AS suspect
        FROM core_findings WHERE verdict = 'fail' AND {ON_TABLES} AND coalesce(basis, 'year') = 'year'
          AND coalesce(scope, '') IN ('', 'own', 'aggregate')
    ), own AS (
        SELECT f.source, f.report_id, c.indicator, count(*) AS n_failed,
               bool_or(coalesce(f.suspect = f.cell, false)) AS is_suspect
        FROM failed f JOIN codes c
          ON c.table_code = f.cell[1] AND c.row_code = f.cell[2] AND c.column_code = f.cell[3]
        GROUP BY ALL
    )
    SELECT source, report_id, indicator, sum(n_failed) AS n_failed, bool_or(is_suspect) AS is_suspect FROM (
        SELECT * FROM own
        UNION ALL
        SELECT o.source, o.report_id, p.total, o.n_failed, o.is_suspect FROM own o JOIN parts p ON p.part = o.indicator
    ) GROUP BY ALL
    """
