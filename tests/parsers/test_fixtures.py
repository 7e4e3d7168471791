"""Every fixture against its hand-checked truth: cells, metadata, flags, issues, findings."""

import pytest
import yaml
from paths import FIXTURES, REPORTS
from truth import REJECTED, TRUTH, Expected, expected_reports, printed_value
from truth import REPORTS as ENTRIES

from parsers import Report, parse


def test_every_report_has_a_truth():
    assert sorted(TRUTH["reports"]) == sorted(p.name for p in REPORTS.iterdir())


def test_contents_satisfy_the_identities():
    """The hand-made figures themselves, without any parser."""
    for path in (FIXTURES / "content").glob("*.yml"):
        tables = yaml.safe_load(path.read_text(encoding="utf-8"))["tables"]
        rows = {row: [int(v) for v in line.split()] for row, line in tables.get("applications", {}).items()}
        if not rows:
            continue
        for row, values in rows.items():
            assert sum(values[:6]) == values[6], (path.name, row)
        outcomes = [
            v for row, v in rows.items() if row not in ("received_new", "carried_in", "outcome_total", "carried_out")
        ]
        for column in range(7):
            assert sum(v[column] for v in outcomes) == rows["outcome_total"][column], (path.name, column)
            came = rows["received_new"][column] + rows["carried_in"][column]
            assert came == rows["outcome_total"][column] + rows["carried_out"][column], (path.name, column)


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_report(name):
    reports = parse((REPORTS / name).read_bytes())
    expected = expected_reports(name)
    assert [r.ordinal for r in reports] == list(range(len(expected)))
    for report, want in zip(reports, expected, strict=True):
        check_report(report, want)


def check_report(report: Report, want: Expected) -> None:
    assert {name: getattr(report, name) for name in want.fields} == want.fields
    printed = [o for o in report.observations if "from_narrative" not in o.flags]
    values = {(o.scope, o.basis, o.table, o.row, o.column): o for o in printed if o.row and o.column}
    columns = [(want.first_scope, "year", want.cells), *want.more_columns]
    keys = {(scope, basis, *key) for scope, basis, cells in columns for key in cells}
    assert set(values) == keys
    for scope, basis, cells in columns:
        for key, raw in cells.items():
            check_cell(values[(scope, basis, *key)], raw)
    if want.nulls is not None:
        assert sum(1 for o in report.observations if not (o.row and o.column)) == want.nulls
    if want.flags is not None:
        counts: dict[str, int] = {}
        for o in printed:
            for flag in o.flags:
                counts[flag] = counts.get(flag, 0) + 1
        assert counts == want.flags
    if want.issues is not None:
        assert sorted(i.kind for i in report.issues) == sorted(want.issues)
    failed = [f for f in report.findings if f.verdict == "fail"]
    assert sorted([f.identity, f.row_or_column, f.left, f.right] for f in failed) == sorted(want.failed)
    suspects = {(*f.suspect.cell, f.suspect.proposed) if f.suspect else None for f in failed}
    assert suspects == ({tuple(want.suspect)} if want.suspect else {None} if failed else set())


def check_cell(o, raw):
    number, kind, unit = printed_value(raw)
    assert (o.value, o.kind) == (number, kind), (o, raw)
    printed = "" if raw == "." else raw
    assert o.raw == printed or ("split_digits" in o.flags and printed in o.raw)
    if unit:
        assert (o.unit, o.unit_source) == (unit, "printed")


PLAIN = sorted(name for name in ENTRIES if not name.startswith("oddity"))


@pytest.mark.parametrize("name", PLAIN)
def test_prose(name):
    """The same facts, points and notes from every format."""
    [report] = parse((REPORTS / name).read_bytes())
    want = TRUTH["prose"][ENTRIES[name]["content"]]
    assert [(f.number_text, f.unit, f.parent) for f in report.facts] == [
        (str(number), unit, *(parent or [None])) for number, unit, _, *parent in want["facts"]
    ]
    for fact, (_, _, label, *_) in zip(report.facts, want["facts"], strict=True):
        assert label in fact.label or fact.label in label
    states = {f.id: f.indicator.cells[0][1] for f in report.facts if f.indicator and len(f.indicator.cells) == 1}
    assert states.items() <= want["states"].items()
    # 县政府各部门共收到 may be the figures of others: in doubt nothing is linked.
    assert len(want["states"]) - len(states) <= (3 if report.form == "narrative" else 0)
    for kind in ("problem", "measure"):
        assert [p.text for p in report.points if p.kind == kind] == want[f"{kind}s"]
    assert [[n.value, n.unit] for n in report.notes if n.kind == "fee_collected"] == (
        [want["fee"]] if "fee" in want else []
    )


@pytest.mark.parametrize("name", sorted(REJECTED))
def test_rejected(name):
    (report,) = parse((REPORTS / name).read_bytes())
    assert (report.status, report.reason) == ("rejected", REJECTED[name])
    assert report.message
    assert not report.observations
