"""The hand-checked truth of the fixtures, made comparable: `fixtures/truth.yml` in, cells out."""

from dataclasses import dataclass, field
from typing import Any

import yaml
from paths import FIXTURES

from parsers.forms import Form, load_forms

Key = tuple[str, str, str]


@dataclass
class Expected:
    """What must be found in one report of a fixture."""

    file: str
    fields: dict[str, Any]
    cells: dict[Key, str]
    more_columns: list[tuple[str | None, str, dict[Key, str]]] = field(default_factory=list)
    first_scope: str | None = None
    flags: dict[str, int] | None = field(default_factory=dict)
    nulls: int | None = 0
    issues: list[str] | None = field(default_factory=list)
    failed: list[list[Any]] = field(default_factory=list)
    suspect: list[Any] | None = None


with (FIXTURES / "truth.yml").open(encoding="utf-8") as stream:
    TRUTH = yaml.safe_load(stream)
REPORTS = {name: entry for name, entry in TRUTH["reports"].items() if "content" in entry}
REJECTED = {name: entry["reason"] for name, entry in TRUTH["reports"].items() if "reason" in entry}


def load_content(name: str) -> dict[str, Any]:
    return yaml.safe_load((FIXTURES / "content" / f"{name}.yml").read_text(encoding="utf-8"))


def printed_value(raw: str) -> tuple[float | None, str, str | None]:
    """What is printed -> (number, kind, printed unit), by the hand-written table."""
    if raw == ".":
        return None, "blank", None
    if raw in TRUTH["not_applicable"]:
        return None, "not_applicable", None
    value = TRUTH["values"].get(raw)
    if isinstance(value, list):
        return value[0], "number", value[1]
    return (float(raw) if value is None else value), "number", None


def expected_reports(name: str) -> list[Expected]:
    """The reports of one fixture, in their order."""
    entry = REPORTS[name]
    content = load_content(entry["content"])
    return [_expected(name, entry, content), *(_expected(name, {**entry, **m}, content) for m in entry.get("more", []))]


def _expected(name: str, entry: dict[str, Any], content: dict[str, Any]) -> Expected:
    period = entry.get("period", content["period"])
    fields = {
        "status": entry.get("status", "parsed"),
        "agency": entry.get("agency", content["agency"]),
        "year": content["year"],
        "form": content["form"],
        "title": entry.get("title", content["title"]),
        "scope": entry.get("scope", content["scope"]),
        "period_start": str(period[0]) if period else None,
        "period_end": str(period[1]) if period else None,
        "published_on": _date(entry.get("published_on", content["published_on"])),
        "inferred": tuple(entry.get("inferred", [])),
    }
    rows = {} if entry.get("tables") == "none" else {t: dict(r) for t, r in content["tables"].items()}
    if entry.get("zeros"):
        for table in ("applications", "review_litigation"):
            rows[table] = {row: " ".join("0" for _ in line.split()) for row, line in rows[table].items()}
    for table, changed in entry.get("cells", {}).items():
        rows[table].update(changed)
    cells = _cells(rows, content["form"])
    for table, gone in entry.get("absent", {}).items():
        for row, columns in gone.items():
            for key in [k for k in cells if k[:2] == (table, row) and (columns == "all" or k[2] in columns)]:
                del cells[key]
    more = []
    for column in entry.get("columns", []):
        other = {"statistics": {**content["tables"]["statistics"], **column["cells"]}}
        more.append((column.get("scope"), column.get("basis", "year"), _cells(other, content["form"])))
    unread = entry.get("unread", False)
    return Expected(
        file=name,
        fields=fields,
        cells=cells,
        more_columns=more,
        first_scope=entry.get("first_column"),
        flags=None if unread else entry.get("flags", {}),
        nulls=None if unread else entry.get("null", 0),
        issues=None if unread else entry.get("issues", []),
        failed=entry.get("failed", []),
        suspect=entry.get("suspect"),
    )


def _date(value: Any) -> str | None:
    return None if value is None else str(value)


def _cells(rows: dict[str, dict[str, str]], form: str) -> dict[Key, str]:
    cells: dict[Key, str] = {}
    for table, lines in rows.items():
        for row, line in lines.items():
            columns = _columns(table, row, len(line.split()), form)
            cells |= {(table, row, c): v for c, v in zip(columns, line.split(), strict=True)}
    return cells


def _columns(table: str, row: str, count: int, own: str) -> list[str]:
    """The columns of a row in the report's form, else in the form that prints as many for it."""
    for form in sorted(load_forms(), key=lambda f: f.code != own):
        columns = _columns_in(form, table, row)
        if len(columns) == count:
            return columns
    raise AssertionError(f"no form has {count} columns for {table} {row}")


def _columns_in(form: Form, table: str, row: str) -> list[str]:
    found = form.table(table)
    return [column for r, column in found.cells() if r == row] if found else []
