"""What became of one report: its versions at their address, the cells that changed, and where each copy lies."""

import json
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as View

from pipeline.answers import plain_number
from pipeline.warehouse import Warehouse

__all__ = ["Change", "Version", "history_json", "print_history", "read_history"]

_VERSIONS = """
WITH wanted AS (
    -- Of an address that shows several reports at once, each has a history of its own.
    SELECT DISTINCT source, url, ordinal FROM core_reports WHERE report_id = $1 OR url = $1
), kept AS (
    SELECT *, row_number() OVER (PARTITION BY source, sha256 ORDER BY fetched_at, fetch_id) AS place
    FROM raw_fetches WHERE outcome = 'kept'
)
SELECT r.source, r.report_id, r.ordinal, r.agency, r.year, r.url, r.status, r.is_current, r.sha256, d.trust,
       d.first_seen_at, d.last_seen_at, f.warc_file, f.warc_offset
FROM core_reports r JOIN wanted w ON w.source = r.source AND w.url = r.url AND w.ordinal = r.ordinal
JOIN raw_documents d ON d.source = r.source AND d.sha256 = r.sha256
JOIN kept f ON f.source = r.source AND f.sha256 = r.sha256 AND f.place = 1
ORDER BY r.source, r.url, r.ordinal, d.first_seen_at, r.report_id
"""
_CELLS = """
SELECT table_code, row_code, column_code, coalesce(scope, ''), coalesce(basis, ''), raw, value, seq
FROM core_observations WHERE source = $1 AND report_id = $2 AND row_code IS NOT NULL AND column_code IS NOT NULL
ORDER BY seq
"""


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a report at its address."""

    source: str
    report_id: str
    ordinal: int
    agency: str | None
    year: int | None
    url: str
    status: str
    is_current: bool
    sha256: str
    trust: str
    first_seen_at: Any
    last_seen_at: Any
    warc_file: str
    warc_offset: int

    @property
    def line(self) -> tuple[str, str, int]:
        """What it is a version of."""
        return self.source, self.url, self.ordinal


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that two versions print differently; None where one does not print it.

    `seqs` are the observations that it is in the earlier and in the later version.
    """

    cell: tuple[str, ...]
    before: str | None
    after: str | None
    seqs: tuple[int | None, int | None] = (None, None)


def read_history(warehouse: Warehouse, report: str) -> list[tuple[Version, list[Change]]]:
    """The versions of the report that a report_id or an address names, oldest first, each with its changes."""
    versions = [Version(*row) for row in warehouse.query(_VERSIONS, [report]).fetchall()]
    found: list[tuple[Version, list[Change]]] = []
    for version in versions:
        earlier = found[-1][0] if found and found[-1][0].line == version.line else None
        found.append((version, _changes(warehouse, earlier, version) if earlier else []))
    return found


def _changes(warehouse: Warehouse, earlier: Version, later: Version) -> list[Change]:
    before, after = (
        {
            tuple(row[:5]): (_printed(row[5], row[6]), row[7])
            for row in warehouse.query(_CELLS, [v.source, v.report_id]).fetchall()
        }
        for v in (earlier, later)
    )
    found = []
    for cell in dict.fromkeys((*before, *after)):
        (old, old_seq), (new, new_seq) = before.get(cell, (None, None)), after.get(cell, (None, None))
        if old != new:
            parts = tuple(part for part in cell if part and part != "year")
            found.append(Change(parts, old, new, (old_seq, new_seq)))
    return found


def _printed(raw: str, value: float | None) -> str:
    return raw if value is None else plain_number(value)


def print_history(history: list[tuple[Version, list[Change]]], console: Console) -> None:
    """Print each version with its copy in the archive, and below it what changed."""
    for version, changes in history:
        mark = " [green]current[/]" if version.is_current else ""
        name = escape(f"{version.agency or '?'} {version.year or '?'}")
        console.print(f"[bold]{version.report_id}[/]{mark} {name}, {version.status}", highlight=False)
        console.print(f"  {escape(version.source)}: {escape(version.url)}", highlight=False, soft_wrap=True)
        seen = f"first seen {version.first_seen_at} UTC, last seen {version.last_seen_at} UTC"
        console.print(f"  {seen}; trust {version.trust}", highlight=False)
        place = f"archive/{version.source}/{version.warc_file} at byte {version.warc_offset:,}"
        console.print(f"  {escape(place)}, sha256 {version.sha256}", highlight=False, soft_wrap=True)
        if changes:
            view = View(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
            for heading in ("cell", "before", "after"):
                view.add_column(heading, overflow="fold", justify="left" if heading == "cell" else "right")
            for change in changes:
                view.add_row(" ".join(change.cell), change.before or "", change.after or "")
            console.print(view)
        elif version is not history[0][0]:
            console.print("  no cell changed")


def history_json(history: list[tuple[Version, list[Change]]]) -> str:
    """The same, one JSON object a version, one a line."""
    lines = []
    for version, changes in history:
        found = {name: getattr(version, name) for name in Version.__slots__}
        found |= {name: found[name].isoformat() if found[name] else None for name in ("first_seen_at", "last_seen_at")}
        found["changes"] = [{"cell": c.cell, "before": c.before, "after": c.after} for c in changes]
        lines.append(json.dumps(found, ensure_ascii=False) + "\n")
    return "".join(lines)
