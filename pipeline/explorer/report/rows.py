"""A warehouse and the key of a report in, everything the warehouse knows of that report out."""

import json
from dataclasses import dataclass, field
from typing import Any

from pipeline.history import Change, Version, read_history
from pipeline.schema import table
from pipeline.warehouse import Warehouse

__all__ = ["Record", "Row", "read_record"]

Row = dict[str, Any]
"""One row, its columns by name; JSON is read."""

_PARTS = {
    "sections": ("core_sections", "ordinal"),
    "observations": ("core_observations", "seq"),
    "facts": ("core_facts", "id"),
    "points": ("core_points", "id"),
    "citations": ("core_citations", "id"),
    "notes": ("core_notes", "id"),
    "restorations": ("core_restorations", "id"),
    "findings": ("core_findings", "id"),
    "issues": ("core_issues", "id"),
    "parts": ("core_report_parts", "part_id"),
}
_CANDIDATES = """
SELECT source, report_id, scope, form, status, url, is_current FROM core_reports
WHERE agency_id = $1 AND year = $2 AND status <> 'rejected' ORDER BY is_current DESC, source, report_id
"""


@dataclass(frozen=True, slots=True)
class Record:
    """One report: rows of the tables of the same names, in their order.

    `candidates` are all reports of its organ and year, those in use first, itself among them.
    `part_of` are the rows of core_report_parts in which it is the linked file. `earlier` are the
    observations of the report of the year before, where findings name one. `history` are the
    versions at its address, oldest first, each with what changed.
    """

    report: Row
    document: Row
    sections: list[Row]
    observations: list[Row]
    facts: list[Row]
    points: list[Row]
    citations: list[Row]
    notes: list[Row]
    restorations: list[Row]
    findings: list[Row]
    issues: list[Row]
    parts: list[Row]
    part_of: list[Row] = field(default_factory=list)
    candidates: list[Row] = field(default_factory=list)
    earlier: list[Row] = field(default_factory=list)
    history: list[tuple[Version, list[Change]]] = field(default_factory=list)


def read_record(warehouse: Warehouse, source: str, report_id: str) -> Record | None:
    """What the warehouse has of a report; None when it has no such report."""
    key = [source, report_id]
    # While one answer is open DuckDB keeps the file open: the queries behind it cost a tenth, and see the same state.
    held = warehouse.query("SELECT * FROM core_reports WHERE source = $1 AND report_id = $2", key)
    found = _read(held, "core_reports")
    if not found:
        return None
    report = found[0]
    documents = _select(warehouse, "raw_documents", "source = $1 AND sha256 = $2", [source, report["sha256"]])
    parts = {
        name: _select(warehouse, of, f"source = $1 AND report_id = $2 ORDER BY {order}", key)
        for name, (of, order) in _PARTS.items()
    }
    return Record(
        report,
        documents[0] if documents else {},
        **parts,
        part_of=_select(warehouse, "core_report_parts", "source = $1 AND part_id = $2 ORDER BY report_id", key),
        candidates=_candidates(warehouse, report),
        earlier=[
            row
            for other in {(f["other_source"], f["other_report_id"]): None for f in parts["findings"]}
            if other[1] is not None
            for row in _select(warehouse, "core_observations", "source = $1 AND report_id = $2", list(other))
        ],
        history=[
            (version, changes)
            for version, changes in read_history(warehouse, report_id)
            if version.line == (source, report["url"], report["ordinal"])
        ],
    )


def _candidates(warehouse: Warehouse, report: Row) -> list[Row]:
    if report["agency_id"] is None or report["year"] is None:
        return []
    return _read(warehouse.query(_CANDIDATES, [report["agency_id"], report["year"]]), "core_reports")


def _select(warehouse: Warehouse, name: str, condition: str, parameters: list[Any]) -> list[Row]:
    return _read(warehouse.query(f"SELECT * FROM {name} WHERE {condition}", parameters), name)


def _read(answer: Any, name: str) -> list[Row]:
    documents = {c.name for c in table(name).columns if c.type == "json"}
    names = [column[0] for column in answer.description]
    return [
        {
            column: json.loads(value) if column in documents and isinstance(value, str) else value
            for column, value in zip(names, row, strict=True)
        }
        for row in answer.fetchall()
    ]
