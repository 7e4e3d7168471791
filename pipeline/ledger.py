"""SQL of who published when, and who did not: the ledger of organs and years, and the coverage of the dataset."""

from pipeline.deadlines import deadline_sql
from pipeline.schema import ON_TABLES

__all__ = ["coverage_sql", "ledger_sql"]

_BEIJING = "INTERVAL 8 HOUR"  # the clock by which a report is late; the archive's is UTC


# The document that an address in a list led to, over one redirect or none: what it led to was
# fetched for the same link of the same page.
_TARGETS = """
    SELECT source, url, document FROM raw_fetches WHERE outcome IN ('kept', 'unchanged')
    UNION
    SELECT a.source, a.url, b.document FROM raw_fetches a JOIN raw_fetches b
        ON b.source = a.source AND b.via = a.via AND b.title = a.title AND b.role = a.role
    WHERE a.outcome = 'redirected' AND b.outcome IN ('kept', 'unchanged')
"""


def ledger_sql() -> str:
    """SELECT that yields the rows of `out_ledger`, columns in their order.

    What is expected is counted up to the year before that in which the source was last asked,
    answered or not: the table depends on the archive alone, not on the day it is made.
    """
    return f"""
    WITH lists AS (
        SELECT f.source, f.fetch_id, f.url, f.fetched_at, f.document FROM raw_fetches f
        JOIN raw_documents d ON d.source = f.source AND d.sha256 = f.document
        WHERE (d.is_list AND f.role IS NOT NULL OR f.role = 'list') AND f.outcome IN ('kept', 'unchanged')
    ), asked AS (
        SELECT source, max(fetched_at) AS last_at FROM raw_fetches WHERE role IS NOT NULL GROUP BY source
    ), whole_crawls AS (
        SELECT source, max(started_at) AS started_at FROM raw_crawls WHERE complete GROUP BY source
    ), proofs AS (
        SELECT l.source, arg_min(l.fetch_id, l.fetched_at) AS fetch_id, arg_min(l.url, l.fetched_at) AS url,
               min(l.fetched_at) AS seen_at, any_value(w.started_at) AS whole_at
        FROM lists l LEFT JOIN whole_crawls w USING (source)
        JOIN (SELECT source, max(fetched_at) AS last_at FROM lists GROUP BY source) n USING (source)
        WHERE l.fetched_at >= coalesce(w.started_at, n.last_at) GROUP BY l.source
    ), listed AS (
        SELECT k.source, k.url FROM raw_links k JOIN (
            SELECT source, left(document, 16) AS list_id FROM lists
            QUALIFY row_number() OVER (PARTITION BY source, url ORDER BY fetched_at DESC, fetch_id) = 1
        ) l ON l.source = k.source AND l.list_id = k.list_id
        GROUP BY ALL
    ), dates AS (
        SELECT source, url, min(listed_on) AS listed_on FROM raw_links GROUP BY ALL
    ), led AS (
        SELECT t.source, t.document, bool_or(l.url IS NOT NULL) AS is_listed, min(k.listed_on) AS listed_on
        FROM ({_TARGETS}) t JOIN dates k USING (source, url) LEFT JOIN listed l USING (source, url) GROUP BY ALL
    ), good AS (
        -- A list may name the page of which the report is a file.
        SELECT r.source, r.report_id, r.agency_id, r.year, r.url, r.is_current, r.scope, d.first_seen_at,
               coalesce(r.published_on, t.listed_on, v.listed_on) AS published_on,
               coalesce(t.is_listed, false) OR m.url IS NOT NULL AS is_listed
        FROM core_reports r LEFT JOIN raw_documents d USING (source, sha256)
        LEFT JOIN led t ON t.source = r.source AND t.document = r.sha256
        LEFT JOIN listed m ON m.source = r.source AND m.url = d.via
        LEFT JOIN dates v ON v.source = r.source AND v.url = d.via
        WHERE r.status <> 'rejected' AND r.agency_id IS NOT NULL AND r.year IS NOT NULL
          AND coalesce(d.trust, '') NOT IN ('mirror', 'hijacked') AND d.copy_of IS NULL
    ), expected AS (
        SELECT e.source, m.agency_id, e.type, unnest(generate_series(e.first_year, least(coalesce(e.last_year, 9999),
               year(s.last_at + {_BEIJING}) - 1))) AS year, 'source' AS expected_by
        FROM ref_expected e JOIN asked s USING (source)
        JOIN ref_agency_mentions m ON m.source = e.source AND m.name = e.agency
        UNION ALL
        -- An organ that was merged into another is not expected afterwards.
        SELECT g.source, g.agency_id, NULL, unnest(generate_series(min(g.year),
               least(any_value(year(s.last_at + {_BEIJING})) - 1, coalesce(any_value(year(a.valid_to)), 9999)))),
               'history'
        FROM good g JOIN asked s USING (source) JOIN ref_agencies a USING (agency_id)
        WHERE g.source NOT IN (SELECT source FROM ref_expected) GROUP BY g.source, g.agency_id
    ), found AS (
        SELECT g.agency_id, g.year, min(g.published_on) AS published_on, min(g.first_seen_at) AS first_seen_at,
               bool_or(g.is_listed) AS listed,
               arg_min(struct_pack(source := g.source, report_id := g.report_id, url := g.url),
                       (NOT g.is_current, CASE g.scope WHEN 'own' THEN 0 WHEN 'unknown' THEN 1 ELSE 2 END,
                        g.report_id, g.source)) AS best
        FROM good g GROUP BY ALL
    ), rows AS (
        SELECT coalesce(e.agency_id, f.agency_id) AS agency_id, coalesce(e.year, f.year) AS year,
               e.type, coalesce(e.source, f.best.source) AS source, e.expected_by, f.published_on, f.first_seen_at,
               f.listed, f.best, f.agency_id IS NOT NULL AS is_found
        FROM expected e FULL JOIN found f ON f.agency_id = e.agency_id AND f.year = e.year
        QUALIFY row_number() OVER (PARTITION BY coalesce(e.agency_id, f.agency_id), coalesce(e.year, f.year)
                                   ORDER BY e.source = f.best.source DESC, e.expected_by, e.source) = 1
    ), typed AS (
        SELECT r.* EXCLUDE (type), coalesce(r.type, a.type) AS type, a.name AS agency
        FROM rows r LEFT JOIN ref_agencies a USING (agency_id)
    ), dated AS (
        SELECT *, {deadline_sql("type", "year")} AS deadline FROM typed
    )
    SELECT d.agency_id, d.year, d.agency, d.type, d.source, d.expected_by,
           CASE WHEN d.is_found THEN 'published'
                WHEN p.whole_at + {_BEIJING} >= coalesce(d.deadline, make_date(d.year + 1, 3, 31)) + INTERVAL 1 DAY
                    THEN 'missing'
                WHEN a.last_at + {_BEIJING} < coalesce(d.deadline, make_date(d.year + 1, 3, 31)) + INTERVAL 1 DAY
                    THEN 'not_due'
                ELSE 'unknown' END AS state,
           d.deadline, d.published_on, d.first_seen_at,
           date_diff('day', d.deadline, CAST(d.published_on AS DATE)),
           date_diff('day', d.deadline, CAST(d.first_seen_at + {_BEIJING} AS DATE)),
           d.best.source, d.best.report_id, d.best.url, coalesce(d.listed, false), p.fetch_id, p.url, p.seen_at
    FROM dated d LEFT JOIN proofs p ON p.source = d.source LEFT JOIN asked a ON a.source = d.source
    ORDER BY 1, 2
    """


def coverage_sql() -> str:
    """SELECT that yields the rows of `out_coverage`, columns in their order."""
    return f"""
    WITH links AS (
        SELECT DISTINCT k.source, m.agency_id, k.year, t.document
        FROM raw_links k LEFT JOIN ref_agency_mentions m ON m.source = k.source AND m.name = k.agency
        LEFT JOIN ({_TARGETS}) t ON t.source = k.source AND t.url = k.url
        WHERE k.agency IS NOT NULL AND k.year IS NOT NULL
    ), told AS (
        -- A list may call an organ by half its name: the report that it leads to says whose it is.
        SELECT coalesce(r.agency_id, l.agency_id) AS agency_id, coalesce(r.year, l.year) AS year, l.document
        FROM links l
        LEFT JOIN core_reports r ON r.source = l.source AND r.sha256 = l.document AND r.status <> 'rejected'
    ), listed AS (
        SELECT t.agency_id, t.year, bool_or(t.document IS NOT NULL) AS fetched FROM told t GROUP BY ALL
    ), verdicts AS (
        SELECT source, report_id, count(*) FILTER (WHERE verdict = 'fail') AS n_failed,
               count(*) FILTER (WHERE verdict IN ('pass', 'fail')) AS n_checked
        FROM core_findings WHERE {ON_TABLES} GROUP BY ALL
    ), ledger AS (
        SELECT l.*, r.status, r.is_current FROM out_ledger l
        LEFT JOIN core_reports r ON r.source = l.found_at AND r.report_id = l.report_id
    )
    SELECT coalesce(l.agency_id, k.agency_id), coalesce(l.year, k.year), a.name,
           l.expected_by IS NOT NULL, coalesce(l.state = 'published', false) OR k.agency_id IS NOT NULL,
           coalesce(l.state = 'published', false) OR coalesce(k.fetched, false), coalesce(l.is_current, false),
           coalesce(l.is_current AND l.status = 'parsed', false),
           CASE WHEN coalesce(v.n_checked, 0) > 0 THEN v.n_failed = 0 END, coalesce(v.n_failed, 0)
    FROM ledger l FULL JOIN listed k ON k.agency_id = l.agency_id AND k.year = l.year
    LEFT JOIN ref_agencies a ON a.agency_id = coalesce(l.agency_id, k.agency_id)
    LEFT JOIN verdicts v ON v.source = l.found_at AND v.report_id = l.report_id
    ORDER BY 1, 2
    """
