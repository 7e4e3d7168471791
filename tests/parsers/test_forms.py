"""The forms as data: complete against the codebook, and refused when they contradict themselves."""

import csv

import pytest

from parsers.errors import FormError
from parsers.forms import load_aliases, load_forms, read_form
from parsers.indicators import load_indicators

SOUND = """
form: "x"
title: t
source: s
report_years: {first: 2030}
sections: [{code: a, title: A}]
tables:
  - code: t
    section: a
    blocks:
      - rows: [{code: r, label: R}]
        columns: [{code: c, label: C}, {code: total, label: T}]
identities:
  - {id: t.sum, table: t, over: rows, left: [c], right: [total], meaning: m}
"""


def test_a_sound_form_is_read():
    form = read_form(SOUND, "x.yml")
    assert form.cells == {("t", "r", "c"), ("t", "r", "total")}
    assert form.last_year is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("title: t", "tilte: t", "title"), ("first: 2030", "first: soon", "wrong type"), ("section: a\n", "section: b\n", "names no section"),
        ("left: [c]", "left: [d]", "unknown code 'd'"), ("over: rows", "over: cells", "rows or columns"),
        ("{code: r, label: R}", "{label: R}", "neither a code"), ("{code: r, label: R}", "{code: r, label: R}, {code: r, label: S}", "twice"),
        ("source: s", "source: s\ncolour: red", "colour"), ("form:", "form: [", "not valid YAML"),
    ],
)  # fmt: skip
def test_a_wrong_form_says_what_is_wrong(old, new, says):
    with pytest.raises(FormError, match=says):
        read_form(SOUND.replace(old, new, 1), "x.yml")


def test_the_package_s_forms_and_aliases_load():
    assert [f.code for f in load_forms()] == ["2014", "2019", "2021"]
    assert load_aliases().labels


def test_every_cell_has_an_indicator():
    cells = {cell for form in load_forms() for cell in form.cells}
    indicators = load_indicators()
    assert {(i.table, i.row, i.column) for i in indicators} == cells
    assert all(i.label_zh and i.label_en and i.definition and i.legal_basis and i.evidence for i in indicators)
    assert len({i.name for i in indicators}) == len(indicators)


@pytest.mark.corpus
def test_the_codebook_has_the_same_cells(corpus):
    with (corpus.parent / "codebook.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for form in load_forms():
        assert form.cells == {(r["table"], r["row"], r["column"]) for r in rows if form.code in r["forms"].split()}
    known = {(r["table"], r["row"], r["column"]): r for r in rows}
    for i in load_indicators():
        row = known[i.table, i.row, i.column]
        assert i.evidence == row["evidence"]
        if not i.money:
            assert i.unit == row["unit"]
