"""The panel: one row an organ and year, money in yuan, the forms joined only where they agree."""

import json

import pytest
from paths import FIXTURES, REPORTS
from pipeline_helpers import bring_up
from truth import TRUTH, expected_reports, printed_value

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


IN_YUAN = {"元": 1, "万元": 10_000}


def published(form, cells):
    """What the panels hold of a report: name -> (value in yuan or the printed unit, why it is missing), by hand.

    `cells`: (table, row, column) -> (number, kind, unit).
    """
    found = {}
    for i in load_indicators():
        number, kind, unit = cells.get((i.table, i.row, i.column), (None, None, None))
        if number is not None:
            found[i.name] = (number * IN_YUAN[unit] if i.money else number, None) if unit or not i.money else (
                None, "unit_unknown",
            )  # fmt: skip
        else:
            found[i.name] = (None, kind or ("not_published" if form in i.forms else "not_in_form"))
    for c in ("np", "ent", "res", "npo", "law", "oth", "tot"):
        if form == "2021" and found[f"app_other_{c}"] == (None, "not_in_form"):
            parts = [found[f"app_oth_{part}_{c}"] for part in ("overdue", "unpaid", "other")]
            reasons = [missing for _, missing in parts if missing]
            found[f"app_other_{c}"] = (None, reasons[0]) if reasons else (sum(value for value, _ in parts), None)
    return found


def of_fixture(want):
    """The cells of a fixture's report; money without a printed unit has that of the form's header."""
    money = {(i.table, i.row, i.column) for i in load_indicators() if i.money}
    cells = {}
    for key, raw in want.cells.items():
        number, kind, unit = printed_value(raw)
        cells[key] = (number, kind, unit or ("万元" if key in money else None))
    return cells


def panels_of(workspace):
    """The wide tables of one report: name -> (value, why it is missing)."""
    found = {}
    for values, form in (("out_panel", None), ("out_panel_2014", "2014")):
        frame = workspace.warehouse.query(f"SELECT * FROM {values}")
        row = dict(zip([c[0] for c in frame.description], (frame.fetchall() or [()])[0], strict=False))
        found |= {i.name: row.get(i.name) for i in load_indicators() if (form is None) == i.in_panel}
    missing = workspace.warehouse.query("SELECT * FROM out_panel_missing")
    (reasons,) = missing.fetchall()
    reasons = dict(zip([c[0] for c in missing.description], reasons, strict=True))
    return {name: (value, reasons.get(name)) for name, value in found.items()}


def compare(workspace, want):
    wide = panels_of(workspace)
    in_panel = {i.name for i in load_indicators() if i.in_panel}
    for name, (value, missing) in want.items():
        assert wide[name][0] == (None if value is None else pytest.approx(value)), name
        if name in in_panel:
            assert wide[name][1] == missing, name
    long = workspace.warehouse.query("SELECT indicator, value, missing FROM out_values").fetchall()
    assert len(dict.fromkeys(name for name, *_ in long)) == len(long)
    assert {n: (v, m) for n, v, m in long} == {
        n: (None if v is None else pytest.approx(v), m) for n, (v, m) in want.items() if m != "not_in_form"
    }


@pytest.mark.parametrize(
    "name",
    [
        "2014-text.txt", "2019-text.txt", "2021-html.html", "narrative-text.txt", "oddity-blanks-for-zeros.html",
        "oddity-blanks-collapsed.txt", "oddity-printed-values.html", "oddity-swapped-columns-missing-row.html",
        "oddity-mixed-form.html", "oddity-no-tables.html", "oddity-twin-columns.html", "oddity-provincial-rows.html",
        "oddity-cumulative-column.txt", "oddity-extra-rows-and-columns.html",
    ],
)  # fmt: skip
def test_every_value_and_why_it_is_missing(workspace, name):
    (want,) = expected_reports(name)
    workspace.archive.put("site", [(f"file:{name}", (REPORTS / name).read_bytes())])
    bring_up(workspace)
    compare(workspace, published(want.fields["form"], of_fixture(want)))


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["huaian-2024", "shanghai-office-2019", "weinan-gaoxin-2020"])
def test_every_value_of_the_real_reports(workspace, corpus, name):
    truth = json.loads((corpus / "truth" / f"{name}.truth.json").read_text(encoding="utf-8"))
    workspace.archive.put("site", [("file:report", (corpus / "truth" / truth["file"]).read_bytes())])
    bring_up(workspace)
    cells = {}
    for t in truth["observations"]:
        kind = "not_applicable" if t["value"] == "n/a" else "blank" if t["value"] is None else "number"
        cells[t["table"], t["row"], t["column"]] = (t["value"] if kind == "number" else None, kind, t["unit"])
    compare(workspace, published(truth["form"], cells))


def test_every_fixture_in_the_panel_of_all_reports(workspace, documents):
    """One row a report, whatever its format; money in yuan."""
    workspace.archive.put("site", documents)
    bring_up(workspace)
    frame = workspace.warehouse.query("SELECT * FROM out_panel_all").df().set_index(["url", "agency"])
    checked = 0
    for name, entry in TRUTH["reports"].items():
        if "content" not in entry or entry.get("unread"):
            continue
        for want in expected_reports(name):
            row = frame.loc[(f"file:{name}", want.fields["agency"])]
            for column, (value, _) in published(want.fields["form"], of_fixture(want)).items():
                if column in frame.columns:
                    assert (row[column] == pytest.approx(value)) if value is not None else row[column] != row[column], (
                        name,
                        column,
                    )
                    checked += value is not None
    assert checked > 5000


def test_an_unreadable_cell_and_one_printed_twice(workspace):
    page = (REPORTS / "2019-html.html").read_text(encoding="utf-8")
    workspace.archive.put("site", [("file:a.html", page.replace(">340<", ">3x4?0<").encode())])
    bring_up(workspace)
    assert workspace.warehouse.query(
        "SELECT indicator, value FROM out_values WHERE missing = 'unreadable'"
    ).fetchall() == [("pro_licensing_decisions", None)]


def test_a_cell_printed_twice_differently_has_no_value(workspace):
    page = (REPORTS / "2021-html.html").read_text(encoding="utf-8")
    start = page.index("<table", page.rindex("二、主动公开政府信息情况", 0, page.index("本年新收")))
    tables = page[start : page.rindex("</table>") + len("</table>")].split("<table")
    third = "<table" + next(t for t in tables if "本年新收" in t)
    workspace.archive.put(
        "site",
        [("file:a.html", page.replace("</body>", third.replace("<p>338</p>", "<p>339</p>") + "</body>").encode())],
    )
    bring_up(workspace)
    rows = workspace.warehouse.query(
        "SELECT indicator, value, missing, is_inferred FROM out_values WHERE missing IS NOT NULL OR is_inferred"
    ).fetchall()
    assert rows == [("app_new_tot", None, "conflicting", True)]
    assert workspace.warehouse.query("SELECT app_new_tot, app_new_np FROM out_panel").fetchall() == [(None, 305)]
    assert workspace.warehouse.query("SELECT app_new_tot FROM out_panel_missing").fetchall() == [("conflicting",)]


def test_values_in_failed_identities_are_marked(workspace):
    name = "oddity-wrong-total.html"
    workspace.archive.put("site", [(f"file:{name}", (REPORTS / name).read_bytes())])
    bring_up(workspace)
    marks = {
        indicator: (failed, suspect)
        for indicator, failed, suspect in workspace.warehouse.query(
            "SELECT indicator, n_failed, is_suspect FROM out_values WHERE n_failed > 0"
        ).fetchall()
    }
    assert marks["app_granted_tot"] == (2, True)
    assert marks["app_granted_np"] == (1, False)
    assert marks["app_outcomes_tot"] == (1, False)
    assert "app_new_tot" not in marks
    assert workspace.warehouse.query("SELECT n_failed FROM out_panel").fetchall() == [(2,)]


def test_each_value_leads_to_its_cell(workspace):
    workspace.archive.put("site", [("file:a.html", (REPORTS / "2021-html.html").read_bytes())])
    bring_up(workspace)
    rows = workspace.warehouse.query(
        """SELECT v.indicator, v.relation, v.value, o.raw FROM out_values v
           JOIN core_observations o USING (source, report_id, seq)
           WHERE v.indicator IN ('app_new_tot', 'app_other_tot', 'pro_fees_amount_yuan') ORDER BY 1"""
    ).fetchall()
    assert rows == [
        ("app_new_tot", "identical", 338.0, "338"),
        ("app_other_tot", "sum", 23.0, "10"),
        ("pro_fees_amount_yuan", "identical", 18_304_500.0, "1830.45"),
    ]


def test_own_column_before_the_aggregate(workspace):
    name = "oddity-twin-columns.html"
    workspace.archive.put("site", [(f"file:{name}", (REPORTS / name).read_bytes())])
    bring_up(workspace)
    assert workspace.warehouse.query("SELECT scope, scope_basis, stat_requests FROM out_panel_2014").fetchall() == [
        ("own", "本级", 47.0)
    ]


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
