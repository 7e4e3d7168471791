"""The real reports against their hand-checked truth, where NIANBAO_CORPUS points to them."""

import json

import pytest

from parsers import parse
from parsers.checks import check_observations
from parsers.forms import load_forms

pytestmark = pytest.mark.corpus
NAMES = ["huaian-2024", "shanghai-office-2019", "weinan-gaoxin-2020"]


@pytest.fixture(scope="module", params=NAMES)
def case(request, corpus):
    truth = json.loads((corpus / "truth" / f"{request.param}.truth.json").read_text(encoding="utf-8"))
    (report,) = parse((corpus / "truth" / truth["file"]).read_bytes())
    return report, truth


def test_every_cell(case):
    report, truth = case
    found = {(o.table, o.row, o.column): o for o in report.observations}
    assert len(found) == len(report.observations)
    assert set(found) == {(t["table"], t["row"], t["column"]) for t in truth["observations"]}
    for t in truth["observations"]:
        o = found[t["table"], t["row"], t["column"]]
        kind = "not_applicable" if t["value"] == "n/a" else "blank" if t["value"] is None else "number"
        assert (o.kind, o.value) == (kind, t["value"] if kind == "number" else None), t
        assert (o.unit, o.unit_source, o.raw) == (t["unit"], t["unit_source"], t["raw"]), t
        assert o.flags == (), t
        assert o.where.as_dict()


def test_what_it_says_of_itself(case):
    report, truth = case
    assert (report.status, report.form, report.year) == ("parsed", truth["form"], truth["year"])
    assert report.agency in truth["agency_acceptable"]
    assert (report.title, report.published_on) == (truth["title"], truth["published_on"])
    assert (report.period_start, report.period_end) == (truth["period_start"], truth["period_end"])
    assert report.scope == truth["scope"]
    assert report.sha256 == truth["sha256"]
    assert report.inferred == (("agency",) if truth["title"] is None else ())


def test_no_identity_fails(case):
    report, _ = case
    assert report.findings
    assert not [f for f in report.findings if f.verdict == "fail" and not f.identity.startswith("narrative.")]
    assert not report.issues


def test_prose_against_tables(case):
    """What the notes of the truth say: one report contradicts its tables three times, and one of its own rates."""
    report, truth = case
    failed = [
        (f.identity, f.left, f.right)
        for f in report.findings
        if f.identity.startswith("narrative.") and f.verdict == "fail"
    ]
    conflicts = [
        ("narrative.rate", 32.0497, 33.9),
        ("narrative.table", 13, 16),  # 均获维持
        ("narrative.table", 275, 258),
        ("narrative.table", 337, 265),
    ]
    assert sorted(failed) == (conflicts if any("CONFLICT" in note for note in truth["notes"]) else [])
    assert sum(f.identity == "narrative.table" and f.verdict == "pass" for f in report.findings) >= 5


def test_facts_stand_where_they_say(case):
    report, _ = case
    for fact in report.facts:
        section = report.sections[fact.section_ordinal]
        assert section.text_raw[fact.start : fact.end] == fact.number_text
        assert section.text_raw[fact.text_start :].startswith(fact.text)
    assert len(report.facts) >= 25


def test_every_changed_cell_of_table_three_is_found(case):
    report, _ = case
    sweep(report)


def sweep(report):
    """Change each printed cell of table three in turn: detected always, located where its sums are printed."""
    form = next(f for f in load_forms() if f.code == report.form)
    observations = list(report.observations)
    undamaged = check_observations(observations, form)
    assert not any(f.suspect for f in undamaged)
    strict = {}
    for f in undamaged:
        for cell in f.cells:
            strict.setdefault(cell, []).append(f.reading == "strict" and f.verdict == "pass")
    for i, o in enumerate(observations):
        if o.table != "applications" or o.value is None or not (o.row and o.column):
            continue
        for change in (1, 7):
            observations[i] = o._replace(value=o.value + change)
            failed = [f for f in check_observations(observations, form) if f.verdict == "fail"]
            assert failed, f"{o.row} {o.column}: not detected"
            suspects = {(f.suspect.cell, f.suspect.proposed) if f.suspect else None for f in failed}
            right = ((o.table, o.row, o.column), o.value)
            if all(strict[o.table, o.row, o.column]):
                assert suspects == {right}
            else:
                assert suspects <= {right, None}
        observations[i] = o
