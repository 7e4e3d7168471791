"""Names of organs in the core tables in, the organs they mean out: `agency_id` of every report, the ref_agency tables.

What a name means follows from the reports of all sources together and from the data on
divisions and organs, so all is made anew after each load.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from parsers.credit_codes import read_credit_code
from pipeline.reading import arrow_table
from pipeline.sources import Source

if TYPE_CHECKING:
    from pipeline.organs import Directory, Known, Mention, Resolution, Resolver

__all__ = ["agencies_version", "organs_sql", "replace_agencies"]


def _site_sql(url: str) -> str:
    """SQL of what the sites of one government share: huaian.gov.cn of czj.huaian.gov.cn; NULL off gov.cn."""
    found = rf"regexp_extract(lower({url}), '^https?://(?:[^/]*\.)?([a-z0-9-]+\.gov\.cn)(?::[0-9]+)?(?:/|$)', 1)"
    return f"nullif(nullif({found}, ''), 'www.gov.cn')"


_MENTIONS = f"""
SELECT source, agency, {_site_sql("url")} AS site, credit_code, list(DISTINCT year ORDER BY year) AS years
FROM core_reports WHERE agency IS NOT NULL GROUP BY ALL ORDER BY ALL
"""

_TAKE_IDS = f"""
UPDATE core_reports SET agency_id = found.agency_id
FROM found_rows found
WHERE core_reports.source = found.source AND core_reports.agency = found.name
  AND {_site_sql("core_reports.url")} IS NOT DISTINCT FROM found.site
  AND core_reports.credit_code IS NOT DISTINCT FROM found.credit_code
  AND (found.every_year OR core_reports.year IS NOT DISTINCT FROM found.year)
  AND core_reports.agency_id IS DISTINCT FROM found.agency_id
"""

_FOUND = pa.schema(
    [(name, pa.string()) for name in ("source", "name", "site", "credit_code")]
    + [("year", pa.int64()), ("every_year", pa.bool_()), ("agency_id", pa.string())]
)
_CODES = pa.schema([("url", pa.string()), ("credit_code", pa.string())])
_TAKE_CODES = """
UPDATE core_reports SET credit_code = found.credit_code FROM found_rows found
WHERE core_reports.url = found.url AND core_reports.credit_code IS NULL
"""


def agencies_version(definitions: Mapping[str, Source]) -> str:
    """Digest of what the organs depend on beside the reports: the data, and what the sources' files say of organs."""
    from pipeline.organs import organs_version

    told = json.dumps([_told(source) for _, source in sorted(definitions.items())], ensure_ascii=False)
    return sha256(f"{organs_version()} {told}".encode()).hexdigest()[:16]


def _told(source: Source) -> list[Any]:
    organs = [o.model_dump(mode="json", exclude={"first_year", "last_year"}) for o in source.organs]
    return [source.name, source.title, source.division, organs]


def organs_sql() -> str:
    """SELECT of what researchers join by: one row for each organ and year with a report.

    agency_id, year, name, level, type, parent_id, province, prefecture, division_code as of that
    year, division_revision (the newest table up to that year's end that has the code; where
    none has it yet, the first that does), code_of_parent, and the organ's state.
    """
    return """
    SELECT k.agency_id, k.year, a.name,
           CASE WHEN a.level IN ('province', 'prefecture', 'county') THEN coalesce(c.division_level, a.level)
                ELSE a.level END AS level,
           a.type, a.parent_id, coalesce(c.province, a.province) AS province,
           CASE WHEN c.agency_id IS NULL THEN a.prefecture ELSE c.prefecture END AS prefecture,
           coalesce(c.division_code, a.division_code) AS division_code,
           CASE WHEN c.agency_id IS NOT NULL THEN greatest(c.first_revision, least(c.last_revision, t.revision))
                END AS division_revision, a.code_of_parent, a.state
    FROM (SELECT DISTINCT agency_id, year FROM core_reports WHERE agency_id IS NOT NULL AND year IS NOT NULL) k
    JOIN ref_agencies a ON a.agency_id = k.agency_id
    ASOF LEFT JOIN ref_agency_codes c ON c.agency_id = k.agency_id AND c.valid_from <= k.year
    LEFT JOIN (
        SELECT y.year, max(v.revision) AS revision FROM (SELECT DISTINCT year FROM core_reports) y
        JOIN ref_division_revisions v ON v.revision <= y.year || '12' GROUP BY y.year
    ) t ON t.year = k.year
    """


def replace_agencies(connection: duckdb.DuckDBPyConnection, definitions: Mapping[str, Source]) -> None:
    """Give every report the id of its organ, and replace the ref_agency tables."""
    # The tables of divisions take a third of a second to read.
    from pipeline.organs import Directory, Mention, Resolver, read_revisions

    _take_codes_of_urls(connection)
    rows = connection.execute(_MENTIONS).fetchall()
    mentions = {(source, name, site, code): years for source, name, site, code, years in rows}
    resolver = Resolver((Mention(s, name, None, site, code) for s, name, site, code in mentions), _known(definitions))
    directory = Directory(resolver)
    found: list[tuple[Any, ...]] = []
    of_name: dict[tuple[str, str], dict[str, Resolution]] = defaultdict(dict)
    for (source, name, site, code), years in mentions.items():
        for year, in_years in _years_apart(resolver, Mention(source, name, None, site, code), years):
            mention = Mention(source, name, year, site, code)
            resolution = resolver.resolve(mention)
            directory.add(mention, resolution, "report", [y for y in in_years if y is not None])
            found.append((source, name, site, code, year, in_years is years, resolution.identity.agency_id))
            of_name[source, name][resolution.identity.agency_id] = resolution
    named = connection.execute("SELECT DISTINCT source, agency FROM raw_links WHERE agency IS NOT NULL ORDER BY ALL")
    for evidence, others in (("source", _expected(definitions)), ("list", named.fetchall())):
        for source, name in others:
            mention = Mention(source, name)
            known = of_name[source, name]
            # What the reports under that name say counts for the name in a list too.
            resolution = next(iter(known.values())) if len(known) == 1 else resolver.resolve(mention)
            if not known:
                known[resolution.identity.agency_id] = resolution
            directory.add(mention, resolution, evidence)
    named_rows = list(_mention_rows(of_name, resolver, directory))
    _update(connection, _TAKE_IDS, found, _FOUND)
    _replace(connection, "ref_agencies", directory.agencies())
    _replace(connection, "ref_agency_names", directory.names())
    _replace(connection, "ref_agency_codes", directory.codes())
    _replace(connection, "ref_division_revisions", read_revisions())
    _replace(connection, "ref_agency_mentions", named_rows)


def _take_codes_of_urls(connection: duckdb.DuckDBPyConnection) -> None:
    """An address may hold the code of the organ whose page it is, where the page prints none."""
    urls = connection.execute(
        "SELECT DISTINCT url FROM core_reports WHERE credit_code IS NULL AND regexp_matches(url, '1[1239][0-9]{6}')"
    ).fetchall()
    found = [(url, code) for (url,) in urls if (code := read_credit_code([url]))]
    _update(connection, _TAKE_CODES, found, _CODES)


def _years_apart(
    resolver: "Resolver", mention: "Mention", years: Sequence[int | None]
) -> Iterator[tuple[int | None, Sequence[int | None]]]:
    """The years to resolve a name in: all at once where the year is not needed to tell its organ."""
    if resolver.resolve(mention).state == "ambiguous" and years:
        yield from ((year, [year]) for year in years)
    else:
        yield None, years


def _known(definitions: Mapping[str, Source]) -> dict[str, "Known"]:
    from pipeline.organs import Known, KnownOrgan

    return {
        name: Known(
            source.title,
            source.division,
            tuple(KnownOrgan(o.name, o.aliases, o.type, o.level, o.division_code, o.parent) for o in source.organs),
        )
        for name, source in definitions.items()
    }


def _expected(definitions: Mapping[str, Source]) -> list[tuple[str, str]]:
    return [
        (name, called)
        for name, source in sorted(definitions.items())
        for organ in source.organs
        for called in (organ.name, *organ.aliases)
    ]


def _mention_rows(
    of_name: Mapping[tuple[str, str], Mapping[str, "Resolution"]], resolver: "Resolver", directory: "Directory"
) -> Iterator[tuple[Any, ...]]:
    """A row a name at a source: the organ it means there; of a name that is several's, what it says by itself."""
    from pipeline.organs import Mention

    for (source, name), found in sorted(of_name.items()):
        if len(found) == 1:
            ((id_, resolution),) = found.items()
        else:
            resolution = resolver.resolve(Mention(source, name))
            id_ = resolution.identity.agency_id
            directory.add(Mention(source, name), resolution, "report")
        candidates = json.dumps([resolver.divisions.full_name(p) for p in resolution.candidates], ensure_ascii=False)
        yield source, name, id_, resolution.state, resolution.basis, candidates, len(found)


def _update(
    connection: duckdb.DuckDBPyConnection, statement: str, found: Sequence[tuple[Any, ...]], schema: pa.Schema
) -> None:
    """Carry out an UPDATE from `found_rows`."""
    rows = [dict(zip(schema.names, row, strict=True)) for row in found]
    connection.register("found_rows", pa.Table.from_pylist(rows, schema=schema))
    connection.execute(statement)
    connection.unregister("found_rows")


def _replace(connection: duckdb.DuckDBPyConnection, name: str, rows: Iterable[tuple[Any, ...]]) -> None:
    connection.execute(f"DELETE FROM {name}")
    connection.register("agency_rows", arrow_table(name, list(rows)))
    connection.execute(f"INSERT INTO {name} SELECT * FROM agency_rows")
    connection.unregister("agency_rows")
