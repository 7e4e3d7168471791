"""The dataset in notebooks: frames with types and labels, and the cookbook from top to bottom."""

import re
import sys
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest
from paths import FIXTURES, REPORTS
from pipeline_helpers import bring_up

import pipeline.api as nianbao
from parsers.indicators import load_indicators
from pipeline.settings import Settings
from pipeline.workspace import Workspace

COOKBOOK = Path(__file__).parents[2] / "docs" / "cookbook.md"
OFFICE = "青澜市人民政府办公室"


def made_up_reports():
    """Addresses and bytes of a few organs' reports of several years, in three forms."""
    sys.path.insert(0, str(FIXTURES))
    try:
        from sites.documents import body_of, make_items
        from sites.organs import PLACES, make_organs
    finally:
        sys.path.remove(str(FIXTURES))
    for place in list(PLACES.values())[:2]:
        years = range(2017, 2025)
        for item in make_items(place, make_organs(place, 4, years[0]), years, 7):
            if item.kind in ("report", "viewer"):
                wrong = {"applications__carried_in": "9 0 0 0 0 0 9"} if item.year == 2022 else {}
                item = replace(item, kind="report", dress="page", files=[], cells=wrong)
                body = f"<h1>{item.title}</h1><p>发布日期：{item.published}</p>{body_of(item, 7, '')}"
                page = f"<html><head><title>{item.title}</title></head><body>{body}</body></html>"
                yield f"file:{place.name}/{item.year}/{item.organ.name}.html", page.encode()


@pytest.fixture(scope="module", autouse=True)
def dataset(tmp_path_factory):
    """A data folder with fixtures and made-up reports, and the settings that lead to it."""
    folder = tmp_path_factory.mktemp("dataset")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NIANBAO_DATA", str(folder))
        workspace = Workspace(Settings(), tell=lambda _: None)
        fixtures = [(f"file:{p.name}", p.read_bytes()) for p in sorted(REPORTS.glob("20*.html"))]
        workspace.archive.put("fixtures", fixtures)
        workspace.archive.put("made-up", list(made_up_reports()))
        bring_up(workspace)
        yield


def test_types_and_labels():
    panel = nianbao.panel(2022, OFFICE)
    assert len(panel) == 1
    row = panel.iloc[0]
    assert (row["app_new_tot"], row["pro_fees_amount_yuan"]) == (338, 18_304_500)
    assert panel["year"].dtype == "Int64"
    assert panel["app_new_tot"].dtype == "Float64"
    assert panel["agency"].dtype == "string"
    assert row["published_on"] == pd.Timestamp(2023, 1, 18)
    assert row["pro_rules_made"] is pd.NA
    assert panel.attrs["labels"]["app_new_tot"].startswith("一、本年新收政府信息公开申请数量")
    assert panel.attrs["units"]["pro_fees_amount_yuan"] == "元"


def test_why_a_value_is_missing():
    row = nianbao.missing(2022, OFFICE).iloc[0]
    assert row["pro_rules_made"] == "not_in_form"
    assert row["app_new_tot"] is pd.NA


def test_choosing_years_and_organs():
    every = nianbao.panel()
    assert len(nianbao.panel([2019, 2022])) == (every["year"].isin([2019, 2022])).sum()
    key = every["agency_id"].iloc[0]
    assert set(nianbao.panel(agencies=[key])["agency_id"]) == {key}
    assert nianbao.panel(agencies="没有这个机关").empty
    assert nianbao.panel(years=[]).empty
    assert set(nianbao.values(["app_new_tot", "app_out_tot"])["indicator"]) == {"app_new_tot", "app_out_tot"}
    assert nianbao.values("'; DROP TABLE out_values; --").empty


def test_the_form_of_2014():
    old = nianbao.panel(form="2014")
    assert set(old["form"]) == {"2014"}
    assert old["stat_requests"].notna().all()


def test_series_join_forms_only_as_asked():
    strict = nianbao.series("app_new_tot")
    assert set(strict["relation"]) == {"identical"}
    assert (strict["year"] >= 2019).all()
    long = nianbao.series("app_new_tot", relations=("identical", "recoded"))
    assert set(long["relation"]) == {"identical", "recoded"}
    assert len(long) > len(strict)
    old = nianbao.panel(form="2014").set_index(["agency_id", "year"])
    recoded = long[long["relation"] == "recoded"].set_index(["agency_id", "year"])
    assert (recoded["value"] == old["stat_requests"].reindex(recoded.index)).all()
    granted = nianbao.series("app_granted_tot", relations=("recoded",)).set_index(["agency_id", "year"])
    assert (granted["value"] == (old["stat_rep_public"] + old["stat_rep_granted"]).reindex(granted.index)).all()
    assert set(nianbao.series("app_other_tot")["relation"]) == {"identical", "sum"}
    assert nianbao.series("pro_norms_total", relations=()).empty
    with pytest.raises(KeyError, match="app_nothing"):
        nianbao.series("app_nothing")


def test_a_report_its_cells_and_its_source():
    (report_id,) = nianbao.reports(2022, OFFICE)["report_id"]
    cells = nianbao.observations(report_id)
    assert cells.loc[cells["row_code"] == "fees", "raw"].tolist() == ["1830.45"]
    assert set(cells["where"].iloc[0]) == {"table", "row", "column"}
    facts = nianbao.facts(report_id)
    assert "受理政府信息公开申请" in facts["label"].tolist()
    assert set(nianbao.facts(agencies=OFFICE)["report_id"]) == {report_id}
    source = nianbao.source(report_id)
    content = (REPORTS / "2021-html.html").read_bytes()
    assert (source.content, source.url, source.trust) == (content, "file:2021-html.html", "local")
    assert source.sha256 == sha256(content).hexdigest()
    assert source.fetched_at.date() >= date(2024, 1, 1)


def test_a_report_that_is_not_there():
    assert nianbao.observations("0" * 18).empty
    with pytest.raises(KeyError, match="no report"):
        nianbao.source("0" * 18)


def test_the_document_can_be_saved(tmp_path):
    (report_id,) = nianbao.reports(2022, OFFICE)["report_id"]
    saved = nianbao.source(report_id).save(tmp_path / "report.html")
    assert saved.read_bytes() == (REPORTS / "2021-html.html").read_bytes()


def test_codebook_and_labels():
    book = nianbao.codebook()
    assert len(book) == len(load_indicators())
    assert nianbao.labels("en")["app_new_tot"] == "New requests received: total"
    assert nianbao.labels()["grant_rate"] == "予以公开率"
    assert {"numerator", "denominator", "origin"} <= set(nianbao.codebook("rates").columns)
    assert set(nianbao.codebook("crosswalk")["form"]) == {"2014", "2019", "2021"}


def test_no_warehouse_yet(tmp_path, monkeypatch):
    monkeypatch.setenv("NIANBAO_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="nianbao run"):
        nianbao.panel()


def recipes():
    """The sections of the cookbook: heading -> code."""
    text = COOKBOOK.read_text(encoding="utf-8")
    return {
        section.partition("\n")[0]: "\n".join(re.findall(r"```python\n(.*?)```", section, re.S))
        for section in re.split(r"^#+ ", text, flags=re.M)[1:]
    }


def test_every_recipe_of_the_cookbook_ends_in_a_figure_or_a_table(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    import matplotlib.pyplot as plt

    found = recipes()
    assert sum(heading[0].isdigit() for heading in found) == 6
    names: dict[str, object] = {}
    for heading, code in found.items():
        plt.close("all")
        *statements, last = code.rstrip().splitlines()
        is_expression = re.fullmatch(r"[a-z_]+(\.[a-z]+\(.*\))?", last) is not None
        exec(compile("\n".join(statements) if is_expression else code, heading, "exec"), names)
        shown = eval(last, names) if is_expression else None
        if heading == "Cookbook":
            continue
        figures = [plt.figure(number) for number in plt.get_fignums()]
        drawn = [axes for figure in figures for axes in figure.axes if axes.has_data()]
        assert drawn or (isinstance(shown, (pd.DataFrame, pd.Series)) and len(shown)), heading
        for axes in drawn:
            assert any(len(line.get_xdata()) > 1 for line in axes.get_lines()) or axes.patches, heading
    plt.close("all")


def test_a_server_gives_the_same_frames(postgres, tmp_path):
    served = Workspace(Settings(data=tmp_path, warehouse=postgres), tell=lambda _: None)
    served.archive.put(
        "site", [(f"file:{name}", (REPORTS / name).read_bytes()) for name in ("2014-html.html", "2021-html.html")]
    )
    bring_up(served)
    here = f"duckdb:///{served.settings.workbench}"
    (report_id,) = nianbao.reports(2022, OFFICE, warehouse=here)["report_id"]

    def frames(warehouse):
        yield nianbao.panel(warehouse=warehouse)
        yield nianbao.panel(2016, form="2014", warehouse=warehouse)
        yield nianbao.missing(agencies=OFFICE, warehouse=warehouse)
        yield nianbao.values(["app_new_tot"], [2022], warehouse=warehouse)
        yield nianbao.rates(warehouse=warehouse)
        yield nianbao.series("app_new_tot", ("identical", "recoded"), warehouse=warehouse)
        yield nianbao.reports(warehouse=warehouse)
        yield nianbao.observations(report_id, warehouse=warehouse)
        yield nianbao.facts(warehouse=warehouse)
        yield nianbao.findings(2022, warehouse=warehouse)
        yield nianbao.agencies(warehouse=warehouse)
        yield nianbao.query("SELECT agency, year FROM out_panel ORDER BY year", warehouse=warehouse)

    for of_file, of_server in zip(frames(here), frames(postgres), strict=True):
        assert len(of_file)
        pd.testing.assert_frame_equal(of_file, of_server)
