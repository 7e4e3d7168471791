"""SQL that finds what belongs together: a page and its files, a copy and its original, a report and its successor."""

from collections.abc import Iterator

from pipeline.schema import IN_A_TABLE

__all__ = ["current_sql", "linking_sql"]

_LEAST_SHARED = 0.5
"""Of the hashes of a copy's sketch, with its original: of its numbers, and of its words."""

_FEWEST_HASHES = 8
"""So few say nothing: a report without tables has few numbers, a file of tables few words."""

_RARE = 30
"""Originals that have a hash which may lead to them: what the form itself says leads to all."""

_TWIN = "parts.twin"


def linking_sql() -> Iterator[str]:
    """Statements that link parts and copies anew, in their order."""
    yield "DELETE FROM core_report_parts"
    yield f"DELETE FROM core_findings WHERE identity = '{_TWIN}'"
    yield _PARTS
    yield _INHERIT
    yield _DIFFERENCES
    yield "UPDATE raw_documents SET copy_of = NULL WHERE copy_of IS NOT NULL"
    yield _COPIES


def _cells(reports: str) -> str:
    """SELECT of the cells of some reports; one that is printed twice counts as it is printed first."""
    return f"""SELECT source, report_id, seq, table_code, row_code, column_code, scope, basis, value, kind
    FROM core_observations SEMI JOIN ({reports}) USING (source, report_id)
    WHERE row_code IS NOT NULL AND column_code IS NOT NULL AND {IN_A_TABLE}
    QUALIFY row_number() OVER (
        PARTITION BY source, report_id, table_code, row_code, column_code, scope, basis ORDER BY seq) = 1"""


# A page links a file; of a page that changed, the state last seen does. A page that is no
# report itself only leads to its file, which stands for itself.
_PARTS = f"""
INSERT INTO core_report_parts
WITH pages AS (
    SELECT source, url, document FROM raw_fetches WHERE outcome IN ('kept', 'unchanged') AND role = 'link'
    QUALIFY row_number() OVER (PARTITION BY source, url ORDER BY fetched_at DESC, fetch_id) = 1
), linked AS (
    SELECT DISTINCT f.source, p.document AS page, f.document AS part, f.url, f.title
    FROM raw_fetches f JOIN pages p ON p.source = f.source AND p.url = f.via
    WHERE f.role = 'link' AND f.outcome IN ('kept', 'unchanged') AND f.document <> p.document
    QUALIFY row_number() OVER (PARTITION BY f.source, p.document, f.document ORDER BY f.fetched_at, f.url) = 1
), pairs AS (
    SELECT l.*, r.report_id, r.status AS page_status, q.report_id AS part_id, q.status
    FROM linked l
    JOIN core_reports r ON r.source = l.source AND r.sha256 = l.page AND r.ordinal = 0
    JOIN core_reports q ON q.source = l.source AND q.sha256 = l.part
    WHERE r.status <> 'rejected'
), cells AS (
    {_cells("SELECT source, report_id FROM pairs UNION SELECT source, part_id FROM pairs")}
), counts AS (
    SELECT source, report_id, count(*) AS n FROM cells GROUP BY ALL
), shared AS (
    SELECT p.source, p.report_id, p.part_id, count(*) AS n,
           count(*) FILTER (WHERE a.value IS DISTINCT FROM b.value OR a.kind <> b.kind) AS n_different
    FROM pairs p
    JOIN cells a ON a.source = p.source AND a.report_id = p.report_id
    JOIN cells b ON b.source = p.source AND b.report_id = p.part_id AND b.table_code = a.table_code
     AND b.row_code = a.row_code AND b.column_code = a.column_code
     AND b.scope IS NOT DISTINCT FROM a.scope AND b.basis IS NOT DISTINCT FROM a.basis
    GROUP BY ALL
)
SELECT p.source, p.report_id, p.part_id,
       CASE WHEN p.status = 'rejected' THEN 'other' WHEN s.n > 0 THEN 'twin'
            WHEN coalesce(b.n, 0) > 0 THEN 'tables' ELSE 'prose' END AS kind,
       p.url, p.title, coalesce(a.n, 0) AS n_page, coalesce(b.n, 0) AS n_part, coalesce(s.n_different, 0)
FROM pairs p
LEFT JOIN counts a ON a.source = p.source AND a.report_id = p.report_id
LEFT JOIN counts b ON b.source = p.source AND b.report_id = p.part_id
LEFT JOIN shared s ON s.source = p.source AND s.report_id = p.report_id AND s.part_id = p.part_id
ORDER BY p.source, p.report_id, p.part_id
"""

# A file of tables alone does not say whose they are: the page does.
_INHERIT = """
UPDATE core_reports SET
    agency = coalesce(agency, page.page_agency),
    agency_id = coalesce(agency_id, page.page_agency_id),
    year = coalesce(year, page.page_year),
    scope = CASE WHEN scope = 'unknown' THEN page.page_scope ELSE scope END,
    inferred = to_json(list_concat(CAST(inferred AS VARCHAR[]), list_filter([
        CASE WHEN agency IS NULL THEN 'agency' END, CASE WHEN year IS NULL THEN 'year' END,
        CASE WHEN scope = 'unknown' AND page.page_scope <> 'unknown' THEN 'scope' END
    ], lambda name: name IS NOT NULL AND NOT list_contains(CAST(inferred AS VARCHAR[]), name))))
FROM (
    SELECT p.source AS page_source, p.part_id, any_value(r.agency ORDER BY p.report_id) AS page_agency,
           any_value(r.agency_id ORDER BY p.report_id) AS page_agency_id,
           any_value(r.year ORDER BY p.report_id) AS page_year, any_value(r.scope ORDER BY p.report_id) AS page_scope
    FROM core_report_parts p JOIN core_reports r ON r.source = p.source AND r.report_id = p.report_id
    WHERE p.kind <> 'other' GROUP BY ALL
) page
WHERE core_reports.source = page.page_source AND core_reports.report_id = page.part_id
  AND (agency IS NULL AND page.page_agency IS NOT NULL OR year IS NULL AND page.page_year IS NOT NULL
       OR scope = 'unknown' AND page.page_scope <> 'unknown')
"""

_DIFFERING = """SELECT source, unnest([report_id, part_id]) AS report_id FROM core_report_parts
    WHERE n_different > 0"""

_DIFFERENCES = f"""
INSERT INTO core_findings
    (source, report_id, id, identity, row_or_column, reading, verdict, left_value, right_value, cells, suspect,
     evidence, scope, basis)
WITH cells AS (
    {_cells(_DIFFERING)}
)
SELECT p.source, p.report_id,
       coalesce((SELECT max(id) + 1 FROM core_findings f WHERE f.source = p.source AND f.report_id = p.report_id), 0)
           + row_number() OVER (PARTITION BY p.source, p.report_id ORDER BY p.part_id, a.seq) - 1,
       '{_TWIN}', a.row_code || '.' || a.column_code, 'strict', 'fail', a.value, b.value,
       json_array(json_array(a.table_code, a.row_code, a.column_code)), NULL, p.part_id, a.scope, a.basis
FROM core_report_parts p
JOIN cells a ON a.source = p.source AND a.report_id = p.report_id
JOIN cells b ON b.source = p.source AND b.report_id = p.part_id AND b.table_code = a.table_code
 AND b.row_code = a.row_code AND b.column_code = a.column_code
 AND b.scope IS NOT DISTINCT FROM a.scope AND b.basis IS NOT DISTINCT FROM a.basis
WHERE p.n_different > 0 AND (a.value IS DISTINCT FROM b.value OR a.kind <> b.kind)
"""

_SKETCHES = """SELECT d.source, d.sha256, d.trust, r.agency, r.year,
           CAST(json_extract(d.sketch, '$.numbers') AS BIGINT[]) AS numbers,
           CAST(json_extract(d.sketch, '$.words') AS BIGINT[]) AS words
    FROM raw_documents d JOIN core_reports r ON r.source = d.source AND r.sha256 = d.sha256 AND r.ordinal = 0
    WHERE NOT d.is_list AND r.status <> 'rejected'"""


def _shares(kind: str) -> str:
    """SQL of the share of the copy's hashes that the original has; NULL of too few."""
    return (
        f"CASE WHEN len(c.{kind}) >= {_FEWEST_HASHES} THEN len(list_intersect(c.{kind}, o.{kind})) / len(c.{kind}) END"
    )


# Whose report it is must not differ where both say so: organs may write the same of nothing.
# A name with brackets in it is a damaged one.
_COPIES = f"""
UPDATE raw_documents SET copy_of = found.original
FROM (
    WITH sketches AS (
        {_SKETCHES}
    ), copies AS (
        SELECT * FROM sketches WHERE trust NOT IN ('official', 'local')
    ), originals AS (
        SELECT * FROM sketches WHERE trust = 'official'
    ), clues AS (
        SELECT * FROM (SELECT source, sha256, unnest(list_concat(numbers, words)) AS hash FROM originals)
        QUALIFY count(*) OVER (PARTITION BY hash) <= {_RARE}
    ), pairs AS (
        SELECT DISTINCT c.source, c.sha256, l.source AS original_source, l.sha256 AS original
        FROM (SELECT source, sha256, unnest(list_concat(numbers, words)) AS hash FROM copies) c
        JOIN clues l USING (hash)
    ), scored AS (
        SELECT p.source, p.sha256, p.original, {_shares("numbers")} AS numbers, {_shares("words")} AS words
        FROM pairs p
        JOIN copies c ON c.source = p.source AND c.sha256 = p.sha256
        JOIN originals o ON o.source = p.original_source AND o.sha256 = p.original
        WHERE (c.year = o.year OR c.year IS NULL OR o.year IS NULL)
          AND (c.agency = o.agency OR c.agency IS NULL OR o.agency IS NULL OR c.agency LIKE '%(%')
    )
    SELECT source, sha256, arg_max(original, (coalesce(numbers, 0) + coalesce(words, 0), original)) AS original
    FROM scored
    WHERE coalesce(numbers, 1) >= {_LEAST_SHARED} AND coalesce(words, 1) >= {_LEAST_SHARED}
      AND coalesce(numbers, words) IS NOT NULL
    GROUP BY ALL
) found
WHERE raw_documents.source = found.source AND raw_documents.sha256 = found.sha256
"""


def current_sql() -> str:
    """UPDATE that marks, for each organ, year and scope, the one report to use.

    None that is mirrored, hijacked or a copy of an official one; then parsed before partial,
    what its address shows now before what it showed, of a page and its file the one with
    more of the form, then the latest first seen, then the smallest id.
    """
    return """
    UPDATE core_reports SET is_current = ranked.place = 1
    FROM (
        WITH outdone AS (
            SELECT source, CASE WHEN n_part > n_page THEN report_id ELSE part_id END AS report_id
            FROM core_report_parts WHERE kind <> 'other'
        ), shown AS (
            SELECT source, document FROM raw_fetches WHERE outcome IN ('kept', 'unchanged')
            QUALIFY row_number() OVER (PARTITION BY source, url ORDER BY fetched_at DESC, fetch_id) = 1
        ), judged AS (
            SELECT r.*, d.first_seen_at,
                   r.status = 'rejected' OR r.agency_id IS NULL OR r.year IS NULL
                   OR coalesce(d.trust, '') IN ('mirror', 'hijacked') OR d.copy_of IS NOT NULL AS unfit,
                   EXISTS (SELECT 1 FROM outdone o WHERE o.source = r.source AND o.report_id = r.report_id)
                       AS is_outdone,
                   NOT EXISTS (SELECT 1 FROM shown s WHERE s.source = r.source AND s.document = r.sha256) AS is_past
            FROM core_reports r LEFT JOIN raw_documents d USING (source, sha256)
        )
        SELECT source, report_id,
               CASE WHEN unfit THEN 0
                    ELSE row_number() OVER (
                        PARTITION BY agency_id, year, scope, unfit
                        ORDER BY CASE status WHEN 'parsed' THEN 0 ELSE 1 END, is_past, is_outdone,
                                 first_seen_at DESC, report_id, source)
               END AS place
        FROM judged
    ) ranked
    WHERE core_reports.source = ranked.source AND core_reports.report_id = ranked.report_id
    """
