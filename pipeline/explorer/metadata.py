"""A release in, what Datasette says of its tables and columns out, and what it shows of each at first."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import parse_qsl, quote, urlencode

from datasette.app import Datasette
from markupsafe import Markup, escape

from parsers.forms import read_yaml
from parsers.indicators import load_indicators
from pipeline.explorer.context import DATABASE
from pipeline.explorer.heatmap import report_path
from pipeline.release.errors import ReleaseError
from pipeline.release.folder import CHECKSUMS, PACKAGE, read_checksums
from pipeline.release.labels import Labels, load_labels
from pipeline.release.tables import Published, load_published
from pipeline.schema import Column

__all__ = ["Contents", "contents_of", "linked_cell", "read_inspected", "read_metadata", "shown_query"]

_LARGE = 50_000
"""Rows from which on a table is counted only where a filter leaves few."""
_TABLE = re.compile(rf"/{DATABASE}/(?P<table>[a-z0-9_]+)(?P<format>\.json)?")
_OWN = ("_col", "_nocol", "_all")
_COUNTING = ("_facet", "_facet_array", "_facet_date", "_nofacet", "_nocount")


class Contents(TypedDict):
    """What a release says of itself: its version, the day of its newest document, rows by table."""

    version: str
    day: str
    rows: dict[str, int]


def contents_of(datasette: Datasette) -> Contents:
    """Those of the release that is served."""
    found: Contents = datasette.metadata("contents")
    return found


def read_metadata(release: Path) -> dict[str, Any]:
    """Titles, descriptions, facets and example queries, in the shape of Datasette's metadata.

    Raises ReleaseError where the release does not say what is in it.
    """
    contents = _read_contents(release)
    labels = load_labels()
    return {
        "title": "nianbao 年报",
        "license": "CC BY 4.0, as LICENSE-DATA of the release says",
        "source": "the annual reports, as each organ published them: columns source, report_id and url",
        "about": f"release {contents['version']}, data as of {contents['day']}",
        "contents": contents,
        "databases": {
            DATABASE: {
                "title": "Tables 数据表",
                "tables": {t.name: _of_table(t, contents["rows"].get(t.name), labels) for t in load_published()},
                "queries": {name: _of_query(query) for name, query in _read("queries.yml").items()},
            }
        },
    }


def read_inspected(release: Path) -> dict[str, Any]:
    """What Datasette would find out of the file by reading all of it: the digest and how many rows each table has."""
    database = f"{DATABASE}.sqlite"
    rows = _read_contents(release)["rows"]
    return {
        DATABASE: {
            "file": str(release / database),
            "hash": read_checksums(release)[database],
            "size": (release / database).stat().st_size,
            "tables": {name: {"count": count} for name, count in rows.items()},
        }
    }


def shown_query(path: str, query: str, rows: Mapping[str, int]) -> str:
    """The query string of a table's page, with what the reader did not choose.

    Of a wide table the columns that are looked at first (`_all=1` shows every one); of a table of
    millions of rows no counts unless a filter leaves few.

    >>> shown_query("/nianbao/values", "year=2023", {"values": 4_000_000}).endswith("&_nocount=1&_nofacet=1")
    True
    >>> shown_query("/nianbao/values.json", "indicator=app_new_tot", {"values": 4_000_000})
    'indicator=app_new_tot'
    """
    found = _TABLE.fullmatch(path)
    if not found or not (shown := _read("tables.yml").get(found["table"])):
        return query
    given = parse_qsl(query, keep_blank_values=True)
    names = {name for name, _ in given}
    added: list[tuple[str, str]] = []
    if not found["format"] and not names.intersection(_OWN):
        added += [("_col", column) for column in shown.get("columns", ())]
    if rows.get(found["table"], 0) > _LARGE and not names.intersection(_COUNTING):
        filters = {*names, *(f"{name}={value}" for name, value in given)}
        if not filters.intersection(shown.get("narrowed", ())):
            added += [("_nocount", "1"), ("_nofacet", "1")]
    return "&".join(part for part in (query, urlencode(added)) if part)


def linked_cell(row: Mapping[str, Any], value: Any, column: str, base: str) -> Markup | None:
    """A cell that leads to one of our pages: an organ's, a report's, or the number's place on the report's page.

    A figure without a fraction is shown as it is printed, not as 3001.0. None leaves the cell to Datasette.
    """
    label = value
    if isinstance(value, dict):
        value, label = value["value"], value["label"]
    if value is None or value == "":
        return None
    if column in ("agency_id", "parent_id", "merged_into"):
        return _link(f"{base}organ/{quote(str(value), safe='')}", label)
    if column == "indicator" and label is not value:
        # Its row has a key of three columns: Datasette would look for one.
        href = f"{base}{DATABASE}/indicators?name={quote(str(value), safe='')}"
        return Markup('<a href="{}" title="{}">{}</a>').format(href, label, value)
    names = set(row.keys())
    if column in ("report_id", "previous_report_id", "other_report_id"):
        source = _source_of(row, names, column)
        return _link(f"{base}{report_path(source, str(value))}", value) if source else None
    if column == "seq" and {"source", "report_id"} <= names and row["report_id"]:
        return _link(f"{base}{report_path(row['source'], row['report_id'])}#o{value}", value)
    if isinstance(value, float) and value.is_integer():
        return Markup(int(value))  # noqa: S704 - a number
    return None


def _source_of(row: Mapping[str, Any], names: set[str], column: str) -> str | None:
    """The source that a column of report ids goes with; where a report was found need not be where it was expected."""
    wanted = {"previous_report_id": ("previous_source",), "other_report_id": ("other_source",)}
    for name in wanted.get(column, ("found_at", "source")):
        if name in names and row[name]:
            source = row[name]
            return str(source["value"] if isinstance(source, dict) else source)
    return None


def _link(href: str, label: object) -> Markup:
    return Markup('<a href="{}">{}</a>').format(href, escape(label))


def _read_contents(release: Path) -> Contents:
    try:
        package = json.loads((release / PACKAGE).read_text(encoding="utf-8"))
        rows = {resource["name"]: resource["rows"] for resource in package["resources"]}
        return {"version": package["version"], "day": package["created"][:10], "rows": rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReleaseError(
            f"{release}: {PACKAGE} cannot be read; make the release again, or compare it by `nianbao verify` with its "
            f"{CHECKSUMS}"
        ) from error


def _of_table(t: Published, rows: int | None, labels: Labels) -> dict[str, Any]:
    shown = _read("tables.yml").get(t.name, {})
    said = {
        "title": f"{t.name} {shown.get('zh', '')}".strip(),
        "description": t.description.replace("`", ""),
        "columns": dict(_column_help(t, labels)),
        "rows": rows,
        "shown": [*t.key, *shown["columns"]] if "columns" in shown else None,
        "narrowed": shown.get("narrowed"),
    }
    return said | {name: shown[name] for name in ("facets", "sort", "sort_desc", "label_column") if name in shown}


def _column_help(t: Published, labels: Labels) -> Iterator[tuple[str, str]]:
    """Chinese and English label, definition, unit of each column."""
    indicators = {i.name: i for i in load_indicators()}
    for c in t.columns:
        zh, en = labels.pair(c)
        i = indicators.get(c.name) if c.type == "double" else None
        if i:
            mark = "no official copy seen" if i.evidence == "unverified" else ""
            parts = [zh, en, i.definition, _unit(c), i.caveats, mark]
        else:
            parts = [zh, "" if en == c.description else en, _without(c.description, zh), _unit(c)]
        yield c.name, " · ".join(part.strip().rstrip("。") for part in parts if part.strip()).replace("`", "")


def _without(description: str, zh: str) -> str:
    """A description that need not say its Chinese label again."""
    return description.removeprefix(f"{zh}. ") if zh else description


def _unit(c: Column) -> str:
    return f"unit {c.unit}" if c.unit else ""


def _of_query(query: Mapping[str, str]) -> dict[str, str]:
    found = re.search(r"LIMIT (\d+)\s*$", query["sql"])
    about = f"{query['about']} The first {found[1]} rows: LIMIT in the SQL." if found else query["about"]
    return {"title": f"{query['en']} {query['zh']}", "description": about, "sql": query["sql"].strip()}


@lru_cache(maxsize=2)
def _read(name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = read_yaml(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return found
