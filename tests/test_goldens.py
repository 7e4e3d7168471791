"""Everything that is read from each fixture, in short, as it was when last looked at.

Goldens are no truth: they show what a change of the code changes. After looking at the
difference, `make goldens` writes them anew.
"""

from collections.abc import Iterator
from itertools import groupby

import pytest
from paths import REPORTS
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from parsers import Report, parse
from parsers.models import Observation


class Golden(SingleFileSnapshotExtension):
    """A text file for each fixture."""

    _write_mode = WriteMode.TEXT
    file_extension = "golden"


@pytest.mark.parametrize("name", sorted(p.name for p in REPORTS.iterdir()))
def test_golden(name, snapshot):
    reports = parse((REPORTS / name).read_bytes())
    assert "\n\n".join("\n".join(lines_of(report)) for report in reports) + "\n" == snapshot(extension_class=Golden)


def lines_of(report: Report) -> Iterator[str]:
    """What a report says, a line a row: codes, values, what was inferred, places of the first cell."""
    yield f"{report.ordinal} {report.status} {report.reason or ''} {report.message or ''}".rstrip()
    yield f"title {report.title} | organ {report.agency} | year {report.year} | form {report.form}"
    yield f"period {report.period_start} to {report.period_end} | published {report.published_on}"
    yield f"scope {report.scope} ({report.scope_basis}) | inferred {' '.join(report.inferred) or 'nothing'}"
    yield from (f"section {s.code}: {s.heading} ({len(s.text)} characters)" for s in report.sections)
    yield from (f"link {link.text}: {link.href}" for link in report.links)
    for (table, scope, basis, row, printed), cells in groupby(report.observations, key=_row_of):
        of = " ".join(str(part) for part in (table, scope, basis if basis != "year" else None, row) if part)
        yield f"{of} [{printed}] {' '.join(map(_cell, cells))}"
    for f in report.facts:
        states = " = " + " + ".join(".".join(cell) for cell in f.indicator.cells) if f.indicator else ""
        more = " ".join(
            f"{k} {v}" for k in ("approx", "polarity", "parent", "base") if (v := getattr(f, k)) is not None
        )
        yield f"fact {f.id} {f.section} {f.start} {f.number_text}{f.unit} {f.label}{states} {more}".rstrip()
    yield from (f"{p.kind} {p.ordinal} {p.marker or ''} {p.text}" for p in report.points)
    yield from (f"citation {c.title} {c.document_number or ''} {c.alias or ''} {c.act or ''}" for c in report.citations)
    yield from (f"note {n.kind} {n.text} {n.unit or ''}".rstrip() for n in report.notes)
    yield from (f"restored {r.kind} {r.raw} -> {r.restored} {r.where.as_dict()}" for r in report.restorations)
    for verdict, findings in groupby(sorted(report.findings, key=lambda f: f.verdict), key=lambda f: f.verdict):
        yield f"{verdict}: " + " ".join(f"{f.identity}@{f.row_or_column}" for f in findings)
    yield from (f"suspect {f.identity}: {f.suspect}" for f in report.findings if f.suspect)
    yield from (f"{i.severity} {i.kind}: {i.message} [{i.raw}] {i.where.as_dict()}" for i in report.issues)


def _row_of(o: Observation) -> tuple[str | None, ...]:
    return o.table, o.scope, o.basis, o.row, o.raw_row


def _cell(o: Observation) -> str:
    value = {"blank": ".", "not_applicable": "n/a", "unreadable": "??"}.get(o.kind, str(o.value))
    unit = f"{o.unit}" if o.unit_source in ("printed", "header") else ""
    marks = f"({','.join(o.flags)})" if o.flags else ""
    return f"{o.column or '?'}={value}{unit}{marks}"
