"""A report held against the one of the year before: what was carried over, items, what is in force, breaks."""

import re

from paths import REPORTS
from pipeline_helpers import bring_up

PAGE = (REPORTS / "2021-html.html").read_text(encoding="utf-8")
OLD = (REPORTS / "2019-html.html").read_text(encoding="utf-8")


CARRIED_IN, CARRIED_OUT, NEW = "上年结转", "结转下年度", "本年新收"
PROSE = {CARRIED_IN: r"13(?=件)", CARRIED_OUT: r"19(?=件)", NEW: r"338(?=件)"}


def a_year(page, year, **cells):
    """The report of another year, with other figures: `row_label=[figures]` of the row with that label."""
    was = "2022" if "2022" in page else "2019"
    page = re.sub(rf"{was}|{int(was) + 1}", lambda m: str(int(m[0]) - int(was) + year), page)
    for label, figures in cells.items():
        page = with_row(page, label, figures)
        if label in PROSE:  # or the words would say that the table counts other requests
            page = re.sub(PROSE[label], str(figures[-1]), page, count=1)
    return page


def with_row(page, label, figures):
    start = page.index(label)
    end = page.index("</tr>", start)
    row = page[start:end]
    numbers = iter(figures)
    changed = re.sub(
        r"(<td[^>]*>(?:<p>)?)[\d.增减项万元]*((?:</p>)?</td>)", lambda m: f"{m[1]}{next(numbers)}{m[2]}", row
    )
    assert next(numbers, None) is None, (label, row)
    return page[:start] + changed + page[end:]


def found(workspace, *pages, where="identity LIKE 'years.%'"):
    workspace.archive.put("site", [(f"file:{n}.html", page.encode()) for n, page in enumerate(pages)])
    bring_up(workspace)
    return workspace.warehouse.query(
        f"""SELECT identity, row_or_column, verdict, left_value, right_value FROM core_findings
            WHERE {where} ORDER BY 1, 2"""
    ).fetchall()


def test_what_was_carried_over_agrees_column_by_column(workspace):
    """Carried in, in the fixture: 12 1 0 0 0 0 13."""
    rows = found(
        workspace,
        a_year(PAGE, 2021, **{CARRIED_OUT: [12, 1, 0, 0, 0, 0, 13]}),
        a_year(PAGE, 2022, **{CARRIED_IN: [12, 2, 0, 0, 0, 0, 14]}),
        where="identity = 'years.carried'",
    )
    verdicts = {column: (verdict, left, right) for _, column, verdict, left, right in rows}
    assert len(verdicts) == 7
    assert verdicts["natural_person"] == ("pass", 12, 12)
    assert verdicts["total"] == ("fail", 13, 14)
    assert [v for v, *_ in verdicts.values()].count("fail") == 2
    assert workspace.warehouse.query("SELECT year, n_failed_across_years FROM out_panel ORDER BY year").fetchall() == [
        (2021, 0),
        (2022, 4),  # two of them of what is in force: both years print the same stock
    ]
    (both,) = workspace.warehouse.query(
        """SELECT DISTINCT a.year, b.year FROM core_findings f
           JOIN core_reports a ON a.source = f.source AND a.report_id = f.report_id
           JOIN core_reports b ON b.source = f.other_source AND b.report_id = f.other_report_id
           WHERE identity = 'years.carried'"""
    ).fetchall()
    assert both == (2022, 2021)


def test_a_failure_across_years_is_none_of_the_tables(workspace):
    found(
        workspace,
        a_year(PAGE, 2021, **{CARRIED_OUT: [1, 0, 0, 0, 0, 0, 1]}),
        PAGE,
    )
    rows = workspace.warehouse.query(
        "SELECT year, n_failed, n_failed_across_years FROM out_panel ORDER BY year"
    ).fetchall()
    # The table of 2021 no longer adds up, which is its own matter.
    assert rows[0][1] > 0
    assert rows[0][2] == 0
    assert rows[1][1:] == (0, 5)  # three columns, and what is in force of rules and of normative documents


def test_years_apart_and_other_organs_are_not_compared(workspace):
    other = PAGE.replace("青澜市", "白榆市")
    rows = found(workspace, a_year(PAGE, 2020), PAGE, a_year(other, 2021))
    assert rows == []


def test_a_blank_is_no_number(workspace):
    rows = found(
        workspace,
        a_year(PAGE, 2021, **{CARRIED_OUT: ["", 1, 0, 0, 0, 0, 13]}),
        PAGE,
        where="identity = 'years.carried' AND row_or_column = 'natural_person'",
    )
    assert rows == [("years.carried", "natural_person", "uncertain", None, 12)]


def test_items_of_the_year_before_and_their_change(workspace):
    """Licensing had 12 items and got 2 more; penalties had 20 and lost one, and start from 20 again."""
    rows = found(
        workspace,
        OLD,
        a_year(OLD, 2020, 行政许可=[14, 0, 340]),
        where="identity = 'years.items' AND row_or_column IN ('licensing', 'penalties')",
    )
    verdicts = {row: (verdict, left, right) for _, row, verdict, left, right in rows}
    assert verdicts["licensing"] == ("pass", 14, 14)
    assert verdicts["penalties"] == ("fail", 19, 20)


def test_in_force_is_stock_and_flow(workspace):
    label = "行政规范性文件"
    rows = found(
        workspace,
        a_year(PAGE, 2021, **{label: [3, 1, 50]}),
        a_year(PAGE, 2022, **{label: [8, 2, 55]}),
        where="identity = 'years.in_force'",
    )
    verdicts = {row: (verdict, left, right) for _, row, verdict, left, right in rows}
    assert verdicts["normative_documents"] == ("fail", 56, 55)


def test_a_jump_is_for_a_person_to_look_at(workspace):
    rows = found(
        workspace,
        a_year(PAGE, 2021, **{NEW: [60, 5, 1, 2, 5, 3, 76]}),
        PAGE,
        where="identity = 'years.jump'",
    )
    assert rows == [("years.jump", "received_new.total", "uncertain", 76, 338)]


def test_small_numbers_do_not_jump(workspace):
    few = [1, 0, 0, 0, 0, 0, 1]
    rows = found(
        workspace,
        a_year(PAGE, 2021, **{NEW: few}),
        a_year(PAGE, 2022, **{NEW: [5, 0, 0, 0, 0, 0, 5]}),
        where="identity = 'years.jump'",
    )
    assert rows == []


def test_a_change_of_scope_is_told(workspace):
    own = a_year(PAGE, 2021).replace("全市共受理", "我办共受理")
    rows = found(workspace, own, PAGE, where="identity = 'years.scope'")
    assert rows == [("years.scope", "own aggregate", "uncertain", None, None)]
    carried = workspace.warehouse.query("SELECT count(*) FROM core_findings WHERE identity = 'years.carried'")
    assert carried.fetchall() == [(0,)]


def test_the_table_of_the_year_before_again(workspace):
    rows = found(workspace, a_year(PAGE, 2021), PAGE, where="identity = 'years.same_table'")
    ((_, _, verdict, left, right),) = rows
    assert verdict == "uncertain"
    assert left == right
    assert left >= 10
    changed = found(workspace, a_year(PAGE, 2023, **{NEW: [306, 20, 1, 2, 6, 4, 339]}), where="true")
    assert [row for row in changed if row[0] == "years.same_table"] == rows


def test_findings_are_made_once(workspace):
    first = found(workspace, a_year(PAGE, 2021), PAGE)
    for _ in range(2):
        workspace.warehouse.load_sources(workspace.lake, ["site"], workspace.tell)
    again = workspace.warehouse.query("SELECT count(*) FROM core_findings WHERE identity LIKE 'years.%'").fetchall()
    assert again == [(len(first),)]
