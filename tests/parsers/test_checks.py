"""Accounting identities: their verdicts in both readings, and the one cell that explains a failure."""

from collections import Counter

import pytest
from test_columns import APPLICANTS, RESULT_CODES

from parsers.checks import check_observations
from parsers.forms import load_forms
from parsers.models import NOWHERE, Observation, Suspect
from parsers.values import read_value

FORMS = {form.code: form for form in load_forms()}
SOUND = {  # all other rows of the table are zeros
    "received_new": "9 4 1 0 2 1 17", "carried_in": "2 0 0 0 0 1 3", "granted": "5 2 1 0 1 0 9", "partially_granted": "1 1 0 0 0 1 3",
    "denied.third_party_rights": "2 0 0 0 0 0 2", "unavailable.not_held": "1 0 0 0 1 1 3", "other.total": "0 1 0 0 0 0 1",
    "outcome_total": "9 4 1 0 2 2 18", "carried_out": "2 0 0 0 0 0 2",
}  # fmt: skip
REQUESTS = {
    "requests.in_person": "1", "requests.fax": "0", "requests.online": "4", "requests.mail": "2", "requests.total": "7", "closed.on_time": "5",
    "closed.extended": "1", "closed.total": "6", "replies.already_public": "1", "replies.granted": "3", "replies.partially_granted": "0",
    "replies.denied": "2", "replies.not_this_organ": "0", "replies.not_exist": "0", "replies.needs_correction": "0", "replies.other_channel": "0",
    "replies.total": "6", "denied.state_secret": "0", "denied.commercial_secret": "1", "denied.privacy": "1", "denied.security_stability": "0",
    "denied.not_government_information": "0", "denied.other_law": "0",
}  # fmt: skip
OTHER_ROWS = ["other.correction_overdue", "other.fee_unpaid", "other.other"]


def observed(rows, table="applications", columns=APPLICANTS, scope=None, basis="year"):
    """Rows of figures -> observations; a dot is a blank cell, an x an unreadable one, a - one not printed."""
    found = []
    for row, figures in rows.items():
        for column, raw in zip(columns, figures.split(), strict=True):
            value = read_value({".": "", "x": "见附件"}.get(raw, raw))
            if raw != "-":
                cell = (value.number, value.kind, "件", "convention", raw, "", "", NOWHERE, scope, basis)
                found.append(Observation(table, row, column, *cell))
    return found


def whole(changes=(), form="2019"):
    """Every row of table three, with some cells changed."""
    rows = list(dict.fromkeys(row for table, row, _ in FORMS[form].cells if table == "applications"))
    figures = {row: SOUND.get(row, "0 0 0 0 0 0 0").split() for row in sorted(rows)}
    for row, column, raw in changes:
        figures[row][APPLICANTS.index(column)] = raw
    return {row: " ".join(cells) for row, cells in figures.items()}


def statistics(changes=(), **more):
    return observed({**REQUESTS, **dict(changes)}, "statistics", ["value"], **more)


def check(observations, form="2019"):
    return check_observations(observations, FORMS[form])


def failed(findings):
    return {(f.identity.split(".")[1], f.row_or_column) for f in findings if f.verdict == "fail"}


def suspects(findings):
    return {f.suspect for f in findings if f.verdict == "fail"}


def row_sum(figures, **others):
    """The findings on the sum of one row, as reading, verdict and both sides."""
    findings = (f for f in check(observed({"granted": figures, **others})) if f.row_or_column == "granted")
    return [(f.reading, f.verdict, f.left, f.right) for f in findings]


def test_a_sound_table_passes_every_identity():
    findings = check(observed(whole()))
    counts = Counter(f.identity for f in findings)
    assert counts == {"applications.row_sum": 23, "applications.flow": 7, "applications.outcome_sum": 7}
    assert {(f.reading, f.verdict, f.suspect, f.evidence) for f in findings} == {("strict", "pass", None, "seen")}
    (flow,) = (f for f in findings if (f.identity, f.row_or_column) == ("applications.flow", "total"))
    assert (flow.left, flow.right) == (20, 20)
    assert [row for _, row, _ in flow.cells] == ["received_new", "carried_in", "outcome_total", "carried_out"]


def test_the_order_of_the_observations_does_not_matter():
    observations = observed(whole([("granted", "total", "8")]))
    assert check(observations) == check(observations[::-1])


@pytest.mark.parametrize(
    ("row", "column", "wrong", "right", "failing"),
    [
        ("granted", "natural_person", "6", 5, {("row_sum", "granted"), ("outcome_sum", "natural_person")}),
        ("granted", "total", "19", 9, {("row_sum", "granted"), ("outcome_sum", "total")}),
        ("received_new", "legal_services_org", "0", 2, {("row_sum", "received_new"), ("flow", "legal_services_org")}),
        ("carried_out", "total", "5", 2, {("row_sum", "carried_out"), ("flow", "total")}),
        ("outcome_total", "commercial_enterprise", "40", 4, {("row_sum", "outcome_total"), ("flow", "commercial_enterprise"), ("outcome_sum", "commercial_enterprise")}),
        ("outcome_total", "total", "17", 18, {("row_sum", "outcome_total"), ("flow", "total"), ("outcome_sum", "total")}),
        ("not_processed.repeat", "other_org", "3", 0, {("row_sum", "not_processed.repeat"), ("outcome_sum", "other_org")}),
    ],
)  # fmt: skip
def test_one_wrong_cell_is_named_with_what_would_repair_it(row, column, wrong, right, failing):
    findings = check(observed(whole([(row, column, wrong)])))
    assert failed(findings) == failing
    assert suspects(findings) == {Suspect(("applications", row, column), right)}
    assert all(f.suspect is None for f in findings if f.verdict == "pass")


@pytest.mark.parametrize(
    "changes",
    [
        [("granted", "natural_person", "6"), ("partially_granted", "commercial_enterprise", "2")],
        [("granted", "natural_person", "6"), ("granted", "commercial_enterprise", "3")],
        [("granted", "natural_person", "6"), ("partially_granted", "natural_person", "2")],
        [("granted", "total", "8"), ("carried_out", "total", "3")],
        [("outcome_total", "total", "17"), ("received_new", "natural_person", "8")],
    ],
)
def test_two_wrong_cells_leave_no_suspect(changes):
    findings = check(observed(whole(changes)))
    assert failed(findings)
    assert suspects(findings) == {None}


def test_a_sum_that_alone_fails_cannot_tell_which_cell_is_wrong():
    cells = {"review": "1 0 0 1 3", "litigation_direct": "0 0 1 0 1", "litigation_after_review": "0 0 0 0 0"}
    findings = check(observed(cells, "review_litigation", RESULT_CODES))
    assert [(f.row_or_column, f.verdict) for f in findings] == list(zip(cells, ["fail", "pass", "pass"], strict=True))
    assert [(f.left, f.right) for f in findings] == [(2, 3), (1, 1), (0, 0)]
    assert suspects(findings) == {None}


ZEROS = {"partially_granted": "0 0 0 0 0 0 0"}
BLANKS = {"partially_granted": ". . . . . . ."}


@pytest.mark.parametrize(
    ("figures", "verdict", "left", "right"),
    [
        ("3 1 0 0 0 0 4", "pass", 4, 4), ("3 1 0 0 0 0 5", "fail", 4, 5), ("0 0 0 0 0 0 0", "pass", 0, 0), ("0.1 0.2 0 0 0 0 0.3", "pass", 0.1 + 0.2, 0.3),
        ("3 . 0 0 0 0 3", "uncertain", None, None), ("3 0 0 0 0 0 .", "uncertain", None, None), ("3 / 0 0 0 0 9", "uncertain", None, None),
        ("x 1 0 0 0 0 4", "uncertain", None, None), ("3 - 0 0 0 0 3", "not_assessable", None, None), ("3 1 0 0 0 0 -", "not_assessable", None, None),
        (". - 0 0 0 0 3", "not_assessable", None, None),
    ],
)  # fmt: skip
def test_verdicts_where_zeros_are_printed(figures, verdict, left, right):
    assert row_sum(figures, **ZEROS) == [("strict", verdict, left, right)]


@pytest.mark.parametrize(
    ("figures", "verdict", "left", "right"),
    [
        ("3 . . . . . 3", "pass", 3, 3), ("3 . . . 2 . 4", "fail", 5, 4), (". . . . . . .", "pass", 0, 0), ("3 / . . . . 3", "pass", 3, 3),
        ("3 x . . . . 3", "uncertain", None, None),
        ("3 . . . . . .", "uncertain", None, None),  # the total is left blank, not zero
    ],
)  # fmt: skip
def test_verdicts_where_blanks_stand_for_zeros(figures, verdict, left, right):
    assert row_sum(figures, **BLANKS) == [("strict", "uncertain", None, None), ("blank_as_zero", verdict, left, right)]


def test_a_row_with_every_cell_printed_needs_one_reading_only():
    assert row_sum("3 1 0 0 2 0 6", **BLANKS) == [("strict", "pass", 6, 6)]
    assert row_sum("3 - . . . . 3", **BLANKS) == [("strict", "not_assessable", None, None)]


def test_nothing_is_said_of_rows_that_are_not_printed():
    assert row_sum("- - - - - - -", **ZEROS) == []
    assert check([]) == ()
    assert check([o._replace(column=None) for o in observed(whole())]) == ()
    assert check([o._replace(row=None) for o in observed(whole())]) == ()


def test_a_table_that_leaves_all_its_zeros_blank_is_read_both_ways_and_its_wrong_cell_found():
    rows = {row: figures.replace("0", ".") for row, figures in whole([("granted", "natural_person", "7")]).items()}
    findings = check(observed(rows))
    assert Counter(f.verdict for f in findings if f.reading == "strict") == {"uncertain": 35, "pass": 2}
    assert failed(findings) == {("row_sum", "granted"), ("outcome_sum", "natural_person")}
    assert {f.reading for f in findings if f.verdict == "fail"} == {"blank_as_zero"}
    assert suspects(findings) == {Suspect(("applications", "granted", "natural_person"), 5)}


def test_a_missing_row_leaves_the_sums_down_the_columns_open():
    rows = whole()
    del rows["denied.state_secret"]
    verdicts = {(f.identity.split(".")[1], f.verdict) for f in check(observed(rows))}
    assert verdicts == {("row_sum", "pass"), ("flow", "pass"), ("outcome_sum", "not_assessable")}


@pytest.mark.parametrize(
    ("form", "drop", "add", "verdict"),
    [
        ("2021", OTHER_ROWS, {"other.total": "0 1 0 0 0 0 1"}, "pass"),  # a 2021 report with the one row of 2019
        ("2021", OTHER_ROWS, {"other.total": "0 0 0 0 0 0 0"}, "fail"),
        ("2021", [], {"other.other": "0 1 0 0 0 0 1"}, "pass"),
        ("2021", ["other.fee_unpaid"], {"other.other": "0 1 0 0 0 0 1"}, "not_assessable"),
        ("2019", ["other.total"], {row: f"0 {row.endswith('.other'):d} 0 0 0 0 1" for row in OTHER_ROWS}, "pass"),  # and the reverse
        ("2019", ["other.total"], {}, "not_assessable"),
    ],
)  # fmt: skip
def test_rows_of_another_form_take_part_in_the_sums(form, drop, add, verdict):
    rows = {row: figures for row, figures in whole(form=form).items() if row not in drop} | add
    findings = check(observed(rows), form)
    sums = {f.row_or_column: f.verdict for f in findings if f.identity == "applications.outcome_sum"}
    assert sums["commercial_enterprise"] == verdict
    assert {f.row_or_column for f in findings if f.identity == "applications.row_sum"} == set(rows)


def test_findings_on_the_statistics_table_say_that_its_rows_are_unverified():
    findings = check(statistics(), "2014")
    assert {f.identity.split(".")[1]: f.row_or_column for f in findings} == {
        "channel_sum": "requests.total", "closed_sum": "closed.total", "reply_sum": "replies.total", "denied_sum": "replies.denied",
    }  # fmt: skip
    assert {(f.verdict, f.evidence) for f in findings} == {("pass", "unverified")}


@pytest.mark.parametrize(
    ("changes", "failing", "suspect"),
    [
        ({"replies.denied": "5"}, {"reply_sum", "denied_sum"}, Suspect(("statistics", "replies.denied", "value"), 2)),
        ({"replies.denied": "5", "replies.total": "8"}, {"reply_sum", "denied_sum"}, None),
        ({"denied.commercial_secret": "0", "denied.privacy": "-3", "replies.total": "1"}, {"reply_sum", "denied_sum"}, None),  # no count is -3
        ({"requests.total": "8"}, {"channel_sum"}, None),
        ({"closed.on_time": "4", "requests.mail": "3"}, {"closed_sum", "channel_sum"}, None),
    ],
)  # fmt: skip
def test_a_suspect_must_stand_where_the_failing_sums_cross(changes, failing, suspect):
    findings = check(statistics(changes), "2014")
    assert {name for name, _ in failed(findings)} == failing
    assert suspects(findings) == {suspect}


def test_every_value_column_is_checked_apart():
    columns = [("own", "year"), ("aggregate", "year"), ("own", "cumulative")]
    wrong = {"aggregate": {"closed.total": "9"}}
    observations = [o for scope, basis in columns for o in statistics(wrong.get(scope, {}), scope=scope, basis=basis)]
    findings = check(observations, "2014")
    assert Counter((f.scope, f.basis) for f in findings) == dict.fromkeys(columns, 4)
    assert [(f.scope, f.identity) for f in findings if f.verdict == "fail"] == [("aggregate", "statistics.closed_sum")]
