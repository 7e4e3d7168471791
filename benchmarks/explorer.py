"""`make bench`: milliseconds of the explorer's pages over a release of 20,000 reports; they may take 200.

The release is made up: the tables of a real one, with its own CREATE statements and indexes,
filled by SQL: 4,000 organs in 31 provinces, five years each, four million values. The warehouse
beside it holds the bundled reports (and the real ones that NIANBAO_CORPUS names) as they are
read, each many times over under other names, and their documents.
"""

import asyncio
import json
import os
import sqlite3
import statistics
import sys
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from parsers.indicators import load_indicators
from pipeline.explorer.app import build_app
from pipeline.measures import load_rates
from pipeline.release.as_sqlite import SqliteFile
from pipeline.release.folder import PACKAGE, write_checksums
from pipeline.release.tables import load_published
from pipeline.schema import TABLES
from pipeline.settings import Settings
from pipeline.workspace import Workspace

ORGANS = 4000
YEARS = range(2020, 2025)
TIMES = 7
LIMIT_MS = 200
ORGAN = "org_000000000123"
REPORTS = Path(__file__).parent.parent / "fixtures" / "reports"
SHOWN = ("2021-html.html", "2021-pdf.pdf", "2019-text.txt", "2014-word.docx", "oddity-wrong-total.html")

# What each table is filled from. o is an organ (its number n), y a year, i a cell of the codebook.
_ORGAN_YEARS = "organs o CROSS JOIN years y"
_FROM = {
    "agencies": "organs o", "agency_names": "organs o", "agency_codes": "organs o", "agency_mentions": "organs o",
    "panel": _ORGAN_YEARS, "panel_all": _ORGAN_YEARS, "panel_missing": _ORGAN_YEARS, "rates": _ORGAN_YEARS,
    "coverage": _ORGAN_YEARS, "ledger": _ORGAN_YEARS, "reuse": _ORGAN_YEARS, "reports": _ORGAN_YEARS,
    "values": f"{_ORGAN_YEARS} CROSS JOIN cells i ON i.in_panel",
    "indicators": "cells i", "rate_definitions": "rates_of r",
    "facts": f"{_ORGAN_YEARS} CROSS JOIN few i ON i.id < 10", "issues": f"{_ORGAN_YEARS} CROSS JOIN few i ON i.id < 1",
    "findings": f"{_ORGAN_YEARS} CROSS JOIN few i", "points": f"{_ORGAN_YEARS} CROSS JOIN few i ON i.id < 5",
}  # fmt: skip
_NUMBER = "CAST(abs((o.n * 7919 + y.year * 104729 + {salt}) % 50) AS REAL)"
_COMMON = {
    "agency_id": "printf('org_%012d', o.n)", "year": "y.year", "source": "'site-' || (o.n % 100)",
    "report_id": "printf('%016x-0', o.n * 10 + y.year % 10)", "agency": "o.name", "agency_name": "o.name",
    "name": "o.name", "agency_level": "o.level", "level": "o.level", "agency_type": "'department'",
    "type": "'department'", "province": "o.province", "prefecture": "o.prefecture", "aliases": "'[]'",
    "division_code": "'320000'", "province_code": "'320000'", "state": "'resolved'", "valid_from": "2008",
    "division_name": "'某省'", "parent_id": "CASE WHEN o.n > 31 THEN printf('org_%012d', o.n % 31) END",
    "form": "CASE WHEN y.year < 2021 THEN '2019' ELSE '2021' END",
    "scope": "CASE o.n % 3 WHEN 0 THEN 'own' ELSE 'unknown' END",
    "url": "'http://www.example.gov.cn/' || o.n || '/' || y.year", "status": "'parsed'", "trust": "'official'",
    "published_on": "(y.year + 1) || '-01-' || (10 + o.n % 20)", "sha256": "printf('%064x', o.n * 10 + y.year % 10)",
    "title": "o.name || y.year || '年政府信息公开工作年度报告'", "is_current": "1", "n_candidates": "1", "ordinal": "0",
    "n_failed": "o.n % 50 = 0", "n_inferred": "o.n % 20 = 0", "n_failed_in_prose": "0", "n_failed_across_years": "0",
    "n_restored": "0", "inferred": "'[]'", "media_type": "'text/html'", "first_seen_at": "'2025-05-01T00:00:00Z'",
    "last_seen_at": "'2025-05-01T00:00:00Z'",
}  # fmt: skip
_OWN = {
    "coverage": {
        "expected": "1", "published": "1", "fetched": "1", "parsed": "o.n % 17 <> 0", "complete": "1",
        "passed": "o.n % 50 <> 0",
    },
    "ledger": {
        "state": "CASE WHEN o.n % 17 = 0 THEN 'missing' ELSE 'published' END", "deadline": "(y.year + 1) || '-01-31'",
        "days_late_stated": "o.n % 40 - 30", "found_at": "'site-' || (o.n % 100)", "expected_by": "'source'",
    },
    "reuse": {"n_sentences": "90", "n_same": "o.n % 90", "share_same": "(o.n % 90) / 90.0"},
    "indicators": {
        "table_code": "i.table_code", "row_code": "i.row_code", "column_code": "i.column_code", "name": "i.name",
        "label_zh": "i.name", "label_en": "i.name",
    },
    "rate_definitions": {"rate": "r.name", "label_zh": "r.name", "label_en": "r.name"},
    "values": {
        "indicator": "i.name", "value": _NUMBER.format(salt="i.n"), "relation": "'identical'", "seq": "i.n",
        "n_failed": "0", "is_suspect": "0", "is_inferred": "o.n % 20 = 0 AND i.n % 100 = 0",
        "raw": "CAST(abs((o.n * 7919 + y.year * 104729 + i.n) % 50) AS TEXT)",
        "raw_row": "'一、本年新收政府信息公开申请数量'",
        "raw_column": "'自然人'", "printed_unit": "'件'", "unit_source": "'convention'", "flags": "'[]'",
        "place": "'{\"table\":2,\"row\":3,\"column\":4}'",
    },
    "facts": {
        "id": "i.id", "section": "'overview'", "section_ordinal": "1", "start": "i.id * 40", "end": "i.id * 40 + 3",
        "number_text": "'338'", "value": "338.0", "unit": "'件'", "label": "'受理政府信息公开申请'",
    },
    "issues": {"id": "i.id", "kind": "'unknown_label'", "severity": "'warning'", "message": "'a label'"},
    "points": {
        "id": "i.id", "section": "'problems'", "section_ordinal": "5",
        "kind": "CASE i.id % 2 WHEN 0 THEN 'problem' ELSE 'measure' END",
        "ordinal": "i.id", "start": "i.id", "text": "'主动公开的内容还不够丰富，解读材料形式单一'",
    },
    "findings": {
        "id": "i.id", "identity": "'applications.row_sum'", "row_or_column": "'granted'", "reading": "'strict'",
        "verdict": "CASE WHEN o.n % 50 = 0 AND i.id = 0 THEN 'fail' ELSE 'pass' END",
        "left_value": "10", "right_value": "11",
        "cells": "'[[\"applications\",\"granted\",\"natural_person\"]]'", "evidence": "'seen'",
    },
}  # fmt: skip


def paths() -> list[str]:
    """What is asked for; the addresses of one organ stand for those of all."""
    of_organ = f"agency_id={ORGAN}"
    return [
        "/",
        "/coverage",
        "/coverage?province=省07",
        "/coverage?province=省07&year=2023",
        "/coverage?organ=机关12",
        f"/organ/{ORGAN}",
        "/nianbao",
        "/nianbao/panel",
        "/nianbao/panel?year=2023",
        "/nianbao/panel?agency_level=county&form=2021",
        "/nianbao/panel_all",
        "/nianbao/panel_missing",
        "/nianbao/rates",
        "/nianbao/reports",
        "/nianbao/coverage",
        "/nianbao/ledger",
        "/nianbao/values",
        f"/nianbao/values?{of_organ}",
        f"/nianbao/values?{of_organ}&year=2023",
        "/nianbao/values?indicator=app_new_tot",
        "/nianbao/values?year=2023",
        "/nianbao/findings",
        "/nianbao/findings?verdict=fail",
        "/nianbao/facts",
        "/nianbao/points",
        "/nianbao/late",
        "/nianbao/repeated",
        "/nianbao/refusal_reasons",
        "/nianbao/backlog",
        "/nianbao/requests_across_forms?organ=机关123",
        f"/nianbao/panel.json?{of_organ}",
    ]


def main() -> None:
    with TemporaryDirectory() as folder:
        release = Path(folder) / "release"
        started = time.perf_counter()
        make_release(release)
        seconds, size = time.perf_counter() - started, (release / "nianbao.sqlite").stat().st_size / 1e6
        print(f"a release of {ORGANS * len(YEARS):,} reports, {size:,.0f} MB of SQLite, made up in {seconds:.0f} s")
        started = time.perf_counter()
        settings = Settings(data=Path(folder))
        shown = make_warehouse(settings, ORGANS * len(YEARS))
        size = settings.workbench.stat().st_size / 1e6
        print(f"a warehouse of as many, {size:,.0f} MB of DuckDB, in {time.perf_counter() - started:.0f} s")
        asyncio.run(print_pages(settings, release, [*paths(), *shown]))


async def print_pages(settings: Settings, release: Path, paths: list[str]) -> None:
    started = time.perf_counter()
    datasette = build_app(settings, release)
    await datasette.invoke_startup()
    print(f"start of the application: {(time.perf_counter() - started) * 1e3:.0f} ms\n")
    print(f"{'page, in ms':60}{'first':>8}{'median':>8}{'worst':>8}{'kB':>8}")
    over = []
    for path in paths:
        timed = []
        for _ in range(TIMES):
            started = time.perf_counter()
            answer = await datasette.client.get(path)
            timed.append((time.perf_counter() - started) * 1e3)
            assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"
        first, *later = timed
        median = statistics.median(later)
        print(f"{path:60}{first:8.0f}{median:8.0f}{max(later):8.0f}{len(answer.content) / 1e3:8.0f}")
        over += [path] if median > LIMIT_MS else []
    print(f"\nover {LIMIT_MS} ms: {', '.join(over) or 'none'}")


def make_warehouse(settings: Settings, reports: int) -> list[str]:
    """A data folder with a warehouse of so many reports -> the pages of those whose documents are in its archive."""
    workspace = Workspace(settings, tell=lambda _: None)
    documents = [(f"file:{name}", (REPORTS / name).read_bytes()) for name in SHOWN]
    if real := os.environ.get("NIANBAO_CORPUS"):
        documents += [(f"file:{path.name}", path.read_bytes()) for path in sorted((Path(real) / "reports").iterdir())]
    workspace.archive.put("shown", documents)
    workspace.load([workspace.stage_source("shown")])
    with duckdb.connect(str(settings.workbench)) as connection:
        times = reports // len(documents) - 1
        for t in TABLES:
            if "source" in t.names and ("report_id" in t.names or t.name == "raw_documents"):
                new = {
                    "source": "'site-' || n % 100", "report_id": "printf('%08x', n) || substr(report_id, 9)",
                    "agency_id": "agency_id || '-' || n", "url": "url || '?' || n",
                }  # fmt: skip
                columns = ", ".join(new.get(c.name, f'"{c.name}"') for c in t.columns)
                order = ", ".join(f'"{key}"' for key in t.key)
                distinct = "" if "report_id" in t.names else "WHERE n < 100"
                connection.execute(
                    f"INSERT INTO {t.name} SELECT {columns} FROM {t.name}, range({times}) times(n) {distinct} "
                    f"ORDER BY {order}"
                )
        found = connection.execute(
            "SELECT report_id, url FROM core_reports WHERE source = 'shown' AND status <> 'rejected' ORDER BY url"
        ).fetchall()
    pages = [f"/report/shown/{report}" for report, _ in found]
    images = [f"/report/shown/{report}/page-1.png" for report, url in found if url.endswith(".pdf")]
    return [*pages, *(f"{page}/source" for page in pages), *images]


def make_release(folder: Path, organs: int = ORGANS) -> None:
    """A release of which the explorer finds what it needs: the database, its description and its checksums."""
    folder.mkdir(parents=True)
    database = folder / "nianbao.sqlite"
    tables = load_published()
    empty = SqliteFile(database)
    for t in tables:
        empty.create(t)
    empty.close()
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        fill_sources(connection, organs)
        connection.execute("BEGIN")
        rows = {t.name: fill(connection, t) for t in tables}
        connection.execute("COMMIT")
    indexed = SqliteFile(database)
    indexed.index()
    indexed.close()
    package = {
        "version": "made-up",
        "created": "2025-05-01T00:00:00Z",
        "resources": [{"name": name, "rows": n} for name, n in rows.items()],
    }
    (folder / PACKAGE).write_text(json.dumps(package), encoding="utf-8")
    write_checksums(folder)


def fill_sources(connection: sqlite3.Connection, organs: int) -> None:
    """Temporary tables of organs, years, cells and running numbers."""
    connection.execute("CREATE TEMP TABLE organs (n INTEGER, name TEXT, level TEXT, province TEXT, prefecture TEXT)")
    connection.executemany(
        "INSERT INTO organs VALUES (?, ?, ?, ?, ?)",
        ((n, f"机关{n}", ("province", "prefecture", "county")[min(n // 31, 2)], *place(n)) for n in range(organs)),
    )
    connection.execute("CREATE TEMP TABLE years (year INTEGER)")
    connection.executemany("INSERT INTO years VALUES (?)", ((year,) for year in YEARS))
    connection.execute("CREATE TEMP TABLE few (id INTEGER)")
    connection.executemany("INSERT INTO few VALUES (?)", ((n,) for n in range(45)))
    connection.execute("CREATE TEMP TABLE rates_of (name TEXT)")
    connection.executemany("INSERT INTO rates_of VALUES (?)", ((r.name,) for r in load_rates()))
    connection.execute("CREATE TEMP TABLE cells (n, name, table_code, row_code, column_code, in_panel)")
    connection.executemany(
        "INSERT INTO cells VALUES (?, ?, ?, ?, ?, ?)",
        (
            (n, i.name, i.table, i.row, i.column, i.in_panel)
            for n, i in enumerate(sorted(load_indicators(), key=lambda i: i.name))
        ),
    )


def place(n: int) -> tuple[str | None, str | None]:
    """Province and prefecture; one organ in forty has no known place."""
    if n % 40 == 39:
        return None, None
    return f"省{n % 31:02}", f"市{n % 31:02}-{n // 31 % 11:02}" if n >= 31 else None


def fill(connection: sqlite3.Connection, t) -> int:
    """The rows of one table; what nothing is said of is NULL, a column of figures has made-up ones."""
    if t.name not in _FROM:
        return 0
    known = _COMMON | _OWN.get(t.name, {})
    found = [
        known.get(c.name, _NUMBER.format(salt=n) if c.type == "double" else "NULL") for n, c in enumerate(t.columns)
    ]
    keys = ", ".join(str(1 + t.names.index(name)) for name in t.key)
    sql = f'INSERT INTO "{t.name}" SELECT {", ".join(found)} FROM {_FROM[t.name]} ORDER BY {keys}'
    return connection.execute(sql).rowcount


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # an orderly end would have DuckDB's binding list what Datasette's threads still hold
