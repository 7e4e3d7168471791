"""A parsed Report as JSON, as the contract has it, and as rows of the core tables."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from parsers.lookups import tidy
from parsers.models import Fact, Finding, Issue, Observation, Report, Stated
from parsers.terms import read_terms
from parsers.titles import read_title
from pipeline.versions import forms_version, parser_version

if TYPE_CHECKING:
    from parsers.listing import Listing
    from pipeline.archive import Record

__all__ = ["agency_id", "link_rows", "report_id", "report_json", "report_rows"]


def report_json(report: Report, file: str) -> dict[str, Any]:
    """One report as the object that `nianbao parse --json` prints."""
    return {
        "file": file,
        "ordinal": report.ordinal,
        "sha256": report.sha256 or None,
        "media_type": report.media_type,
        "status": report.status,
        "reason": report.reason,
        "message": report.message,
        "inferred": list(report.inferred),
        "agency": report.agency,
        "year": report.year,
        "form": report.form,
        "title": report.title,
        "scope": report.scope,
        "scope_basis": report.scope_basis,
        "period_start": report.period_start,
        "period_end": report.period_end,
        "published_on": report.published_on,
        "credit_code": report.credit_code,
        "observations": [_observation_json(seq, o) for seq, o in enumerate(report.observations)],
        "facts": [_fact_json(f) for f in report.facts],
        "points": [asdict(p) for p in report.points],
        "citations": [asdict(c) for c in report.citations],
        "notes": [n._asdict() for n in report.notes],
        "findings": [_finding_json(f) for f in report.findings],
        "issues": [_issue_json(i) for i in report.issues],
        "restorations": [asdict(r) | {"where": r.where.as_dict()} for r in report.restorations],
    }


def _observation_json(seq: int, o: Observation) -> dict[str, Any]:
    return {
        "seq": seq,
        "table": o.table,
        "row": o.row,
        "column": o.column,
        "value": o.value,
        "kind": o.kind,
        "unit": o.unit,
        "unit_source": o.unit_source,
        "raw": o.raw,
        "raw_row": o.raw_row,
        "raw_column": o.raw_column,
        "scope": o.scope,
        "basis": o.basis,
        "where": o.where.as_dict(),
        "flags": list(o.flags),
    }


def _fact_json(f: Fact) -> dict[str, Any]:
    found = asdict(f)
    for name in ("value", "value_high"):
        if (number := found[name]) is not None and number.is_integer():
            found[name] = int(number)
    return found | {"indicator": _stated_json(f.indicator)}


def _stated_json(stated: Stated | None) -> dict[str, Any] | None:
    return {"cells": [list(cell) for cell in stated.cells], "evidence": stated.evidence} if stated else None


def _finding_json(f: Finding) -> dict[str, Any]:
    return {
        "identity": f.identity,
        "row_or_column": f.row_or_column,
        "reading": f.reading,
        "verdict": f.verdict,
        "left": f.left,
        "right": f.right,
        "cells": [list(cell) for cell in f.cells],
        "suspect": _suspect_json(f),
        "evidence": f.evidence,
        "scope": f.scope,
        "basis": f.basis,
    }


def _suspect_json(f: Finding) -> dict[str, Any] | None:
    return {"cell": list(f.suspect.cell), "proposed": f.suspect.proposed} if f.suspect else None


def _issue_json(i: Issue) -> dict[str, Any]:
    return {"kind": i.kind, "severity": i.severity, "where": i.where.as_dict(), "raw": i.raw, "message": i.message}


def report_id(report: Report) -> str:
    """The key of a report in the warehouse."""
    return f"{report.sha256[:16]}-{report.ordinal}"


def agency_id(agency: str | None) -> str | None:
    """The key of an organ until the warehouse resolves its name: a hash of the name as printed."""
    return None if agency is None else f"org_{sha256(agency.encode()).hexdigest()[:12]}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def link_rows(listing: "Listing", record: "Record") -> list[tuple[Any, ...]]:
    """The rows of `raw_links` for one list page."""
    rows = []
    for n, link in enumerate(listing.links):
        title = read_title(tidy(link.title))
        agency, year = (title.agency, title.year) if title else (None, None)
        rows.append((record.source, record.sha256[:16], n, record.url, link.url, link.title, link.date, agency, year))
    return rows


def report_rows(report: Report, record: "Record") -> dict[str, list[tuple[Any, ...]]]:
    """The rows of one report by table, columns in the order of `pipeline.schema`."""
    key = (record.source, report_id(report))
    rows: dict[str, list[tuple[Any, ...]]] = {
        "core_reports": [
            (
                *key, report.sha256, report.ordinal, report.agency, agency_id(report.agency), report.year, report.form,
                report.scope, report.scope_basis, report.title, report.period_start, report.period_end,
                report.published_on, report.credit_code, record.url, report.status, report.reason, report.message,
                _json(list(report.inferred)), False, parser_version(), forms_version(),
            )
        ],
        "core_sections": [
            (*key, n, s.code, s.heading, s.text_raw, s.text) for n, s in enumerate(report.sections)
        ],
        "core_observations": [
            (
                *key, n, o.table, o.row, o.column, o.value, o.kind, o.unit, o.unit_source, o.raw, o.raw_row,
                o.raw_column, o.scope, o.basis, _json(o.where.as_dict()), _json(o.flags),
            )
            for n, o in enumerate(report.observations)
        ],
        **_narrative_rows(key, report),
        "core_findings": [
            (
                *key, n, f.identity, f.row_or_column, f.reading, f.verdict, f.left, f.right, _json(f.cells),
                _json(_suspect_json(f)) if f.suspect else None, f.evidence, f.scope, f.basis, None, None,
            )
            for n, f in enumerate(report.findings)
        ],
        "core_issues": [
            (*key, n, i.kind, i.severity, _json(i.where.as_dict()), i.raw, i.message)
            for n, i in enumerate(report.issues)
        ],
    }  # fmt: skip
    return rows


def _narrative_rows(key: tuple[str, str], report: Report) -> dict[str, list[tuple[Any, ...]]]:
    return {
        "core_facts": [
            (
                *key, f.id, f.section, f.section_ordinal, f.text, f.text_start, f.start, f.end, f.number_text, f.value,
                f.value_high, f.unit, f.label, f.approx, f.polarity, f.parent, f.base,
                _json(_stated_json(f.indicator)) if f.indicator else None,
            )
            for f in report.facts
        ],
        "core_points": [
            (*key, n, p.section, p.section_ordinal, p.kind, p.ordinal, p.marker, p.start, p.text)
            for n, p in enumerate(report.points)
        ],
        "core_citations": [
            (*key, n, c.section, c.section_ordinal, c.start, c.title, c.document_number, c.kind, c.alias, c.act)
            for n, c in enumerate(report.citations)
        ],
        "core_notes": [
            (*key, n, note.kind, note.text, note.value, note.unit, note.section, note.section_ordinal, note.start)
            for n, note in enumerate(report.notes)
        ],
        "core_terms": list(_term_rows(key, report)),
        "core_restorations": [
            (*key, n, r.kind, r.raw, r.restored, _json(r.where.as_dict()), r.section, r.section_ordinal, r.start)
            for n, r in enumerate(report.restorations)
        ],
    }  # fmt: skip


def _term_rows(key: tuple[str, str], report: Report) -> Iterator[tuple[Any, ...]]:
    for n, section in enumerate(report.sections):
        if text := section.text:
            terms = read_terms(text)
            words = [[k.word, round(k.weight, 4), k.times] for k in terms.keywords]
            yield (*key, n, section.code, " ".join(terms.words), _json(words))
