"""The tables of a release in, its description as a Frictionless Data Package out."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.release.folder import NAME
from pipeline.release.labels import Labels, indicator_names
from pipeline.release.tables import Published
from pipeline.schema import Column

__all__ = ["coded_column", "data_package"]

_TYPES = {
    "text": "string", "json": "string", "integer": "integer", "double": "number", "boolean": "boolean",
    "date": "date", "timestamp": "datetime",
}  # fmt: skip
# Columns of the same name whose codes are others.
_OTHER_CODES = {("crosswalk", "relation"), ("findings", "scope")}


def coded_column(published: Published, c: Column, labels: Labels) -> list[str]:
    """The codes that a column may hold; none where it is not coded."""
    if c.type != "text" or (published.name, c.name) in _OTHER_CODES:
        return []
    if c.name == "missing" or (published.name == "panel_missing" and c.name in indicator_names()):
        return [code.code for code in labels.missing]
    return [code.code for code in labels.codes.get(c.name, ())]


def data_package(
    folder: Path,
    tables: Sequence[Published],
    rows: Mapping[str, int],
    digests: Mapping[str, str],
    labels: Labels,
    unknown: set[tuple[str, str]],
    *,
    version: str,
    created: str,
) -> str:
    """datapackage.json; `digests` are sha256 by path, `unknown` columns hold codes that codes.yml has not."""
    package = {
        "profile": "tabular-data-package",
        "name": NAME,
        "title": "China's government-disclosure annual reports (政府信息公开工作年度报告) as data",
        "description": "Values, measures and provenance of the annual reports that Chinese administrative organs must "
        "publish on their disclosure of government information. README.md and CODEBOOK.md say what to mind.",
        "version": version,
        "created": created,
        "keywords": ["政府信息公开", "open government information", "China", "annual reports"],
        "licenses": [
            {
                "name": "CC-BY-4.0",
                "path": "https://creativecommons.org/licenses/by/4.0/",
                "title": "Creative Commons Attribution 4.0 (the compilation; see LICENSE-DATA)",
            }
        ],
        "sources": [{"title": "The reports, as each organ published them: columns source, report_id and url"}],
        "contributors": [{"title": "The nianbao authors", "role": "author"}],
        "resources": [_resource(folder, t, rows[t.name], digests, labels, unknown) for t in tables],
    }
    return json.dumps(package, ensure_ascii=False, indent=1) + "\n"


def _resource(
    folder: Path, t: Published, rows: int, digests: Mapping[str, str], labels: Labels, unknown: set[tuple[str, str]]
) -> dict[str, Any]:
    path = f"csv/{t.name}.csv"
    schema: dict[str, Any] = {
        "fields": [_field(t, c, labels, unknown) for c in t.columns],
        "missingValues": [""],
        "primaryKey": list(t.key),
    }
    if t.foreign_keys:
        schema["foreignKeys"] = [
            {"fields": list(f.columns), "reference": {"resource": f.table, "fields": list(f.references)}}
            for f in t.foreign_keys
        ]
    return {
        "profile": "tabular-data-resource",
        "name": t.name,
        "path": path,
        "description": t.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": (folder / path).stat().st_size,
        "hash": f"sha256:{digests[path]}",
        "rows": rows,
        "schema": schema,
    }


def _field(t: Published, c: Column, labels: Labels, unknown: set[tuple[str, str]]) -> dict[str, Any]:
    zh, en = labels.pair(c)
    field: dict[str, Any] = {
        "name": c.name,
        "type": _TYPES[c.type],
        "title": zh or c.name,
        "description": c.description,
    }
    if en and en != c.description:
        field["titleEnglish"] = en
    if c.unit:
        field["unit"] = c.unit
    constraints: dict[str, Any] = {}
    if c.name in t.key:
        constraints["required"] = True
    if (codes := coded_column(t, c, labels)) and (t.name, c.name) not in unknown:
        constraints["enum"] = codes
    if constraints:
        field["constraints"] = constraints
    return field
