"""The panel: one row an organ and year, money in yuan, the forms joined only where they agree."""

import pytest
from paths import FIXTURES
from pipeline_helpers import bring_up
from truth import expected_reports, printed_value

from parsers.indicators import load_indicators


@pytest.fixture
def panel(workspace, documents):
    workspace.archive.put("site", [d for d in documents if "oddity" not in d[0] and d[0].endswith(("html", "txt"))])
    bring_up(workspace)
    frame = workspace.warehouse.query("SELECT * FROM out_panel").df()
    return frame.set_index(["agency", "year"])


def test_one_row_an_organ_and_year(panel):
    assert panel.index.is_unique
    assert set(panel.index) == {
        ("松岭区人民政府", 2016), ("白榆县财政局", 2019), ("青澜市人民政府办公室", 2022), ("石渡县人民政府", 2011),
    }  # fmt: skip
    assert (panel["n_failed"] == 0).all()
    assert (panel["n_inferred"] == 0).all()
    assert (panel["n_candidates"] == 1).all()


@pytest.mark.parametrize("name", ["2019-html.html", "2021-html.html"])
def test_values_are_those_of_the_report(panel, name):
    (want,) = expected_reports(name)
    row = panel.loc[(want.fields["agency"], want.fields["year"])]
    names = {(i.table, i.row, i.column): i for i in load_indicators()}
    for key, raw in want.cells.items():
        number, _, unit = printed_value(raw)
        if names[key].money:
            number = number * 10_000 if (unit or "万元") == "万元" else number
        assert row[names[key].name] == pytest.approx(number), key


def test_forms_share_a_column_only_where_they_agree(panel):
    finance, office = panel.loc[("白榆县财政局", 2019)], panel.loc[("青澜市人民政府办公室", 2022)]
    assert (finance["app_other_tot"], office["app_other_tot"]) == (1, 10 + 1 + 12)
    assert (finance["pro_licensing_decisions"], office["pro_licensing_decisions"]) == (340, 15230)
    assert finance[["pro_rules_issued", "app_oth_overdue_tot", "pro_fees_amount_yuan"]].isna().all()
    assert office[["pro_rules_made", "pro_procurement_amount_yuan", "pro_fees_items_prev"]].isna().all()
    assert office["pro_fees_amount_yuan"] == 18_304_500
    assert finance["pro_procurement_amount_yuan"] == 3_215_000


def test_an_amount_without_a_unit_is_missing(workspace):
    page = (FIXTURES / "reports" / "2021-html.html").read_text(encoding="utf-8")
    page = page.replace("本年收费金额（单位：万元）", "本年收费金额")
    workspace.archive.put("site", [("file:x.html", page.encode())])
    bring_up(workspace)
    assert workspace.warehouse.query("SELECT pro_fees_amount_yuan FROM out_panel").fetchall() == [(None,)]
    assert workspace.warehouse.query(
        "SELECT value, unit FROM core_observations WHERE row_code = 'fees'"
    ).fetchall() == [(1830.45, None)]


def test_own_figures_before_those_of_others(workspace):
    page = (FIXTURES / "reports" / "2021-html.html").read_text(encoding="utf-8")
    own = page.replace("全市共受理", "我办共受理")
    unknown = page.replace("全市共受理", "共受理")
    workspace.archive.put(
        "site", [("file:a.html", page.encode()), ("file:b.html", own.encode()), ("file:c.html", unknown.encode())]
    )
    bring_up(workspace)
    assert workspace.warehouse.query("SELECT scope, n_candidates FROM out_panel").fetchall() == [("own", 3)]
    assert len(workspace.warehouse.query("SELECT * FROM out_panel_all").fetchall()) == 3


def test_the_latest_whole_report_is_current(workspace):
    page = (FIXTURES / "reports" / "2021-html.html").read_text(encoding="utf-8")
    partial = page.replace("六、其他需要报告的事项", "其他")
    for content in (page, page + "<!-- 2 -->", partial):
        workspace.archive.put("site", [("file:a.html", content.encode())])
    bring_up(workspace)
    found = workspace.warehouse.query(
        "SELECT status, is_current FROM core_reports JOIN raw_documents USING (source, sha256) ORDER BY first_seen_at"
    ).fetchall()
    assert found == [("parsed", False), ("parsed", True), ("partial", False)]


def test_unknown_organs_are_in_the_long_panel_only(workspace):
    text = (FIXTURES / "reports" / "oddity-no-title.txt").read_text(encoding="utf-8").replace("白榆县", "")
    workspace.archive.put("site", [("file:a.txt", text.encode())])
    bring_up(workspace)
    assert workspace.warehouse.query("SELECT count(*) FROM out_panel").fetchall() == [(0,)]
    assert workspace.warehouse.query("SELECT agency_id, year FROM out_panel_all").fetchall() == [(None, 2019)]
