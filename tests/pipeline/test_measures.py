"""Rates and the crosswalk: what they are made of, and what they come to."""

import json

import pytest
from paths import REPORTS
from pipeline_helpers import bring_up

from parsers.indicators import load_indicators
from pipeline import measures
from pipeline.measures import BadMeasure, load_crosswalk, load_rates

NAMES = {i.name: i for i in load_indicators()}


@pytest.fixture
def rates(workspace):
    def build(page):
        workspace.archive.put("site", [("file:a.html", page.encode())])
        bring_up(workspace)
        frame = workspace.warehouse.query("SELECT * FROM out_rates").df()
        return frame.iloc[0]

    return build


PAGE = (REPORTS / "2021-html.html").read_text(encoding="utf-8")


def test_rates_of_a_report(rates):
    """Reckoned by hand from fixtures/content/qinglan-office-2022.yml."""
    row = rates(PAGE)
    assert row["grant_rate"] == pytest.approx((132 + 23) / 332)
    assert row["applicant_share_np"] == pytest.approx(305 / 338)
    assert row["backlog_rate"] == pytest.approx(19 / (338 + 13))
    assert row["other_outcome_rate"] == pytest.approx(23 / 332)
    assert row["denial_rate"] + row["unavailable_rate"] + row["not_processed_rate"] + row["other_outcome_rate"] + row[
        "grant_rate"
    ] == pytest.approx(1)
    shares = [
        row[f"denial_share_{x}"]
        for x in ("secret", "law", "security", "third", "internal", "process", "files", "inquiry")
    ]
    assert sum(shares) == pytest.approx(1)
    assert row["legal_share_of_refusals"] == pytest.approx(
        row["denial_rate"] / (row["denial_rate"] + row["unavailable_rate"])
    )


def test_pending_cases_are_left_out_of_correction_rates(rates):
    row = rates(PAGE)
    assert row["review_correction_rate"] == pytest.approx(2 / 13)
    assert row["litigation_correction_rate"] == 0
    assert row["litigation_rate"] == pytest.approx(8 / 332)


def test_no_rate_without_its_figures(rates):
    start = PAGE.index("予以公开", PAGE.index("本年度办理结果"))
    end = PAGE.index("</tr>", start)
    blank = PAGE[:start] + PAGE[start:end].replace(">132<", "><") + PAGE[end:]
    assert blank != PAGE
    row = rates(blank)
    assert row["grant_rate"] != row["grant_rate"]  # NULL, never a rate of what is left
    assert row["denial_rate"] == row["denial_rate"]


def test_no_rate_of_nothing(workspace):
    """An organ whose lawsuits are all zero has no share of them that was corrected."""
    workspace.archive.put("site", [("file:a.html", (REPORTS / "oddity-two-reports.html").read_bytes())])
    bring_up(workspace)
    rows = workspace.warehouse.query(
        "SELECT agency, grant_rate, review_correction_rate, direct_correction_rate FROM out_rates ORDER BY 1"
    ).fetchall()
    assert rows[0] == ("白榆县水利局", 1.0, None, None)


def test_every_rate_is_explained():
    for rate in load_rates():
        assert rate.label_zh
        assert rate.label_en
        assert rate.definition.endswith(".")
        assert rate.origin
        assert rate.numerator
        assert rate.denominator
        assert len(rate.name) <= 32
    assert len({rate.name for rate in load_rates()}) == len(load_rates())


def test_the_crosswalk_says_of_every_column_what_each_form_gives():
    crosswalk = {(c.indicator, c.form): c for c in load_crosswalk()}
    assert len(crosswalk) == 3 * sum(i.in_panel for i in load_indicators())
    for (name, form), crossing in crosswalk.items():
        assert (crossing.relation == "identical") == (form in NAMES[name].forms)
        assert all(form in NAMES[cell].forms for cell in crossing.cells)
        assert bool(crossing.cells) == (crossing.relation != "none")
    assert {crosswalk[f"app_other_{c}", "2021"].relation for c in ("np", "tot")} == {"sum"}
    assert crosswalk["pro_norms_total", "2021"].relation == "not_comparable"
    assert crosswalk["app_new_tot", "2014"].relation == "recoded"
    assert [c.joined for c in load_crosswalk() if c.form == "2014"] == [False] * (len(crosswalk) // 3)


@pytest.mark.parametrize(
    ("name", "data", "complaint"),
    [
        ("rates.yml", {"groups": {}, "rates": {"r": {"zh": "", "en": "", "numerator": ["app_new"], "denominator": ["app_new_tot"], "definition": "", "origin": ""}}}, "app_new"),
        ("crosswalk.yml", {"applicants": [], "forms": {"2021": {"app_new_tot": {"relation": "sum", "cells": [], "note": ""}}}}, "app_new_tot"),
        ("crosswalk.yml", {"applicants": [], "forms": {"2021": {"app_other_tot": {"relation": "sum", "cells": ["stat_fees_yuan"], "note": ""}}}}, "stat_fees_yuan"),
        ("crosswalk.yml", {"applicants": [], "forms": {"2021": {"app_other_tot": {"relation": "equal", "cells": [], "note": ""}}}}, "app_other_tot"),
    ],
)  # fmt: skip
def test_a_slip_in_the_data_is_named(monkeypatch, name, data, complaint):
    monkeypatch.setattr(measures, "_read", lambda _: data)
    load = (load_rates if name == "rates.yml" else load_crosswalk).__wrapped__
    with pytest.raises(BadMeasure, match=f"{name}.*{complaint}"):
        load()


def test_rates_and_crosswalk_stand_in_the_warehouse(workspace):
    workspace.archive.put("site", [("file:a.html", PAGE.encode())])
    bring_up(workspace)
    assert workspace.warehouse.query("SELECT count(*) FROM ref_rates").fetchall() == [(len(load_rates()),)]
    joined = workspace.warehouse.query(
        "SELECT CAST(cells AS VARCHAR) FROM ref_crosswalk WHERE indicator = 'app_other_tot' AND joined AND form = '2021'"
    ).fetchall()
    assert json.loads(joined[0][0]) == ["app_oth_overdue_tot", "app_oth_unpaid_tot", "app_oth_other_tot"]
