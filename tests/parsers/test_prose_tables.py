"""Linked facts against the tables: readings of a wording, blanks, scopes, shares, claims."""

from __future__ import annotations

import pytest
from links_scores import facts_of, form_of

import parsers
from parsers.forms import load_forms
from parsers.models import NOWHERE, Observation
from parsers.narrative.linking import link_facts
from parsers.narrative.tables import check_against_tables

_COLUMNS = {"statistics": "value", "applications": "total", "review_litigation": "total"}
_UNREADABLE, _BLANK, _NOT_APPLICABLE = "?", "", "/"


def table(form="2021", unit="件", scope=None, **cells):
    """Observations of a form's cells: received_new=12, review__upheld=3, granted__natural_person=''."""
    found = []
    for name, value in cells.items():
        row, _, column = name.replace("___", ".").partition("__")
        code = next(t for t, r, _ in sorted(form_of(form).cells) if r == row)
        kind = {_UNREADABLE: "unreadable", _BLANK: "blank", _NOT_APPLICABLE: "not_applicable"}.get(value, "number")
        number = value if kind == "number" else None
        column = column or _COLUMNS[code]
        found.append(
            Observation(code, row, column, number, kind, unit, "header", str(value), row, column, NOWHERE, scope)
        )
    return found


def verdicts(text, *observations, form="2021"):
    """(verdict, left, right, evidence) of every finding."""
    facts = link_facts(facts_of([("overview", text)]), form_of(form))
    found = check_against_tables(facts, [o for group in observations for o in group])
    assert all(f.identity == "narrative.table" for f in found)
    return [(f.verdict, f.left, f.right, f.evidence) for f in found]


def test_agreement_and_disagreement():
    shown = table(received_new=12, granted=7)
    assert verdicts("收到政府信息公开申请12件，予以公开8件。", shown) == [
        ("pass", 12, 12, "seen"),
        ("fail", 7, 8, "seen"),
    ]


def test_the_finding_names_both_places():
    facts = link_facts(facts_of([("overview", "政府信息公开行政诉讼9件。")]), form_of("2021"))
    (finding,) = check_against_tables(facts, table(litigation_direct=6, litigation_after_review=2))
    assert (finding.verdict, finding.left, finding.right) == ("fail", 8, 9)
    assert finding.row_or_column == "litigation_direct+litigation_after_review"
    assert finding.cells == (
        ("review_litigation", "litigation_direct", "total"),
        ("review_litigation", "litigation_after_review", "total"),
        ("facts", "0", "政府信息公开行政诉讼"),
    )
    assert finding.suspect is None


def test_no_table_no_finding():
    assert verdicts("收到政府信息公开申请12件。", table(review=3)) == []
    assert verdicts("收到政府信息公开申请12件。") == []


def test_a_row_that_the_table_lacks():
    assert verdicts("收到政府信息公开申请12件。", table(granted=7)) == [("not_assessable", None, None, "seen")]


def test_requests_received_may_include_those_carried_in():
    shown = table(received_new=10, carried_in=2, outcome_total=11, carried_out=1)
    assert verdicts("受理政府信息公开申请12件，答复11件。", shown)[0] == ("pass", 12, 12, "seen")
    assert verdicts("新收政府信息公开申请12件，答复11件。", shown)[0] == ("fail", 10, 12, "seen")
    assert verdicts("办理政府信息公开申请12件（含上年结转2件）。", shown)[0] == ("pass", 12, 12, "seen")


def test_replies_may_leave_out_other_handling():
    outcomes = {
        row: 0 for form in load_forms()[-1:] for t in form.tables if t.code == "applications" for row, _ in t.cells()
    }
    shown = table(
        **{
            r.replace(".", "___"): v
            for r, v in (outcomes | {"granted": 5, "other.other": 2, "outcome_total": 7}).items()
        }
    )
    assert verdicts("答复政府信息公开申请5件。", shown) == [("pass", 5, 5, "seen")]
    assert verdicts("办结政府信息公开申请5件。", shown) == [("fail", 7, 5, "seen")]


def test_refusals_taken_loosely_decide_nothing():
    rows = {
        row
        for t, row, _ in form_of("2021").cells
        if t == "applications" and row.startswith(("denied", "unavail", "not_proc"))
    }
    shown = table(**dict.fromkeys((row.replace(".", "___") for row in rows), 0) | {"not_processed___repeat": 3})
    text = "答复政府信息公开申请9件，不予公开3件。"
    assert verdicts(text, shown, table(outcome_total=9))[1] == ("uncertain", 3, 3, "loose")
    assert verdicts(text.replace("3件", "4件"), shown, table(outcome_total=9))[1] == ("fail", 0, 4, "seen")


def test_stated_absence():
    shown = table(received_new=0, review=1)
    text = "未收到政府信息公开申请，未发生行政复议。"
    assert verdicts(text, shown) == [("pass", 0, 0, "seen"), ("fail", 1, 0, "seen")]


def test_blanks():
    text = "收到政府信息公开申请0件，上年结转2件。"
    mostly_blank = table(received_new="", carried_in=2, granted="", partially_granted="")
    facts = link_facts(facts_of([("overview", text)]), form_of("2021"))
    found = check_against_tables(facts, mostly_blank)
    assert [(f.verdict, f.reading) for f in found] == [("pass", "blank_as_zero"), ("pass", "strict")]
    zeros_printed = table(received_new="", carried_in=2, granted=0, partially_granted=0)
    assert verdicts(text, zeros_printed)[0] == ("uncertain", None, 0, "seen")


def test_a_blank_total_is_the_sum_of_its_parts():
    columns = {
        f"granted__{c}": "" for c in ("research_institution", "public_welfare_org", "legal_services_org", "other_org")
    }
    shown = table(**columns, granted__natural_person=7, granted__commercial_enterprise=2, granted="", outcome_total=9)
    text = "答复政府信息公开申请9件，予以公开9件。"
    assert verdicts(text, shown)[1] == ("pass", 9, 9, "seen")
    assert verdicts(text.replace("公开9件", "公开7件"), shown)[1] == ("fail", 9, 7, "seen")


@pytest.mark.parametrize("value", [_UNREADABLE, _NOT_APPLICABLE])
def test_cells_that_say_nothing(value):
    assert verdicts("收到政府信息公开申请3件。", table(received_new=value)) == [("uncertain", None, 3, "seen")]


@pytest.mark.parametrize(
    ("number", "verdict"),
    [("410余", "pass"), ("约400", "pass"), ("近420", "pass"), ("300余", "uncertain"), ("约800", "uncertain")],
)
def test_approximate_prose_never_fails(number, verdict):
    assert verdicts(f"收到政府信息公开申请{number}件。", table(received_new=412))[0][0] == verdict


def test_numbers_in_ten_thousands_are_rounded():
    assert verdicts("收到政府信息公开申请1.2万件。", table(received_new=12_345)) == [("pass", 12345, 12000, "seen")]
    assert verdicts("收到政府信息公开申请1.2万件。", table(received_new=13_345)) == [("fail", 13345, 12000, "seen")]


def test_other_handling_as_one_row_or_three():
    text = "答复政府信息公开申请9件，其他处理3件。"
    three = table(outcome_total=9, other___correction_overdue=1, other___fee_unpaid=0, other___other=2)
    one = table("2019", outcome_total=9, other___total=3)
    assert verdicts(text, three)[1][0] == verdicts(text, one)[1][0] == "pass"
    assert verdicts(text, three, form="2019")[1][0] == verdicts(text, one, form="2019")[1][0] == "pass"


def test_money_in_its_unit():
    shown = table("2019", unit="元", procurement__amount=2_513_000)
    assert verdicts("政府集中采购总金额251.3万元。", shown, form="2019")[0][0] == "pass"
    assert verdicts("政府集中采购总金额251.3元。", shown, form="2019")[0][0] == "fail"
    unknown = table("2019", unit=None, procurement__amount=251.3)
    assert verdicts("政府集中采购总金额251.3万元。", unknown, form="2019")[0][0] == "uncertain"


@pytest.mark.parametrize(
    ("share", "verdict", "evidence"),
    [("4.35", "pass", "seen"), ("4.34", "pass", "truncated"), ("4.3", "pass", "seen"), ("4.4", "fail", "seen")],
)
def test_shares(share, verdict, evidence):
    denied = {
        row.replace(".", "___"): 0
        for t, row, _ in form_of("2021").cells
        if t == "applications" and row.startswith("denied")
    }
    shown = table(**denied | {"outcome_total": 805, "denied___state_secret": 35})
    found = verdicts(f"答复政府信息公开申请805件，其中不予公开35件，占{share}%。", shown)
    assert (found[2][0], found[2][3]) == (verdict, evidence)


def test_a_share_of_disputed_counts_decides_nothing():
    found = verdicts("答复政府信息公开申请805件，其中予以公开258件，占33.9%。", table(outcome_total=805, granted=275))
    assert [f[0] for f in found] == ["pass", "fail", "uncertain"]
    assert found[2][3] == "disputed"


CASES = {"review": 7, "review__upheld": 7, "litigation_direct": 9, "litigation_direct__upheld": 9}
NONE_AFTER = {"litigation_after_review": 0, "litigation_after_review__upheld": 0}


def test_claims_of_all_cases():
    text = "信息公开类行政复议7件，诉讼9件，均获维持。"
    agreed = verdicts(text, table(**CASES, **NONE_AFTER))
    assert [f for f in agreed if f[3] == "claim"] == [("pass", 16, 16, "claim")]
    disputed = verdicts(text, table(**CASES | {"review__upheld": 5, "review__pending": 2}, **NONE_AFTER))
    assert [f for f in disputed if f[3] == "claim"] == [("fail", 14, 16, "claim")]


def test_a_claim_names_the_cells_and_the_facts():
    facts = link_facts(facts_of([("overview", "被申请行政复议7件，全部维持；行政诉讼9件。")]), form_of("2021"))
    found = [
        f
        for f in check_against_tables(facts, table(**CASES | {"review__upheld": 6}, **NONE_AFTER))
        if f.evidence == "claim"
    ]
    assert [(f.verdict, f.row_or_column, f.left, f.right) for f in found] == [("fail", "review.upheld", 6, 7)]
    assert found[0].cells == (("review_litigation", "review", "upheld"), ("facts", "0", facts[0].label))


@pytest.mark.parametrize(
    "text",
    [
        "被申请行政复议7件，均维持3件、纠正4件。",
        "被申请行政复议7件。各方关系均获维持。",
        "被申请行政复议7件，我局认真答辩、积极参加听证、及时报送证据材料，均获维持。",
        "答复政府信息公开申请7件，均在法定期限内予以答复。",
    ],
)
def test_no_claim(text):
    assert not [f for f in verdicts(text, table(**CASES | {"review__upheld": 5}, **NONE_AFTER)) if f[3] == "claim"]


def test_all_were_granted():
    text = "收到政府信息公开申请4件，均已依法予以公开。"
    assert verdicts(text, table(received_new=4, granted=4))[-1] == ("pass", 4, 4, "claim")
    assert verdicts(text, table(received_new=4, granted=3))[-1] == ("fail", 3, 4, "claim")


def test_one_scope_that_agrees_is_enough():
    own, whole = table(received_new=17, scope="own"), table(received_new=95, scope="aggregate")
    assert verdicts("全市共收到政府信息公开申请95件。", own, whole) == [("pass", 95, 95, "seen")]
    assert verdicts("收到政府信息公开申请17件。", own, whole) == [("pass", 17, 17, "seen")]
    assert verdicts("收到政府信息公开申请18件。", own, whole) == [("fail", 17, 18, "seen")]


def test_prose_of_another_scope_than_the_table():
    shown = table(received_new=95, outcome_total=90)
    text = "区政府办公室代表区政府共受理政府信息公开申请17件，答复16件。"
    assert [(f[0], f[3]) for f in verdicts(text, shown)] == [("uncertain", "scope"), ("uncertain", "scope")]
    assert [f[0] for f in verdicts(text.replace("16件", "90件"), shown)] == ["fail", "pass"]
    assert verdicts("共受理政府信息公开申请17件。", shown) == [("fail", 95, 17, "seen")]


def test_cumulative_columns_and_prose_are_no_table():
    shown = [o._replace(basis="cumulative") for o in table(received_new=95)]
    assert verdicts("收到政府信息公开申请17件。", shown) == []
    read = [o._replace(flags=("from_narrative",)) for o in table("2014", requests___total=17)]
    assert verdicts("收到政府信息公开申请17件。", read, form="2014") == []


def test_the_table_of_2014():
    shown = table("2014", requests___total=17, requests___online=12, review___total=2, review___upheld=2)
    text = "收到申请17件，其中网上申请11件；行政复议2件，均维持具体行政行为。"
    assert [f[0] for f in verdicts(text, shown, form="2014")] == ["pass", "fail", "pass", "pass"]


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "failing", "passing"),
    [
        ("huaian-2024.pdf", [], 14),
        ("shanghai-office-2019.html", [(275, 258), (337, 265), (13, 16)], 13),
        ("weinan-gaoxin-2020.txt", [], 5),
    ],
)
def test_real_reports(corpus, name, failing, passing):
    report = parsers.parse((corpus / "reports" / name).read_bytes())[0]
    facts = link_facts(facts_of([(s.code, s.text) for s in report.sections]), form_of(report.form), report.year)
    found = check_against_tables(facts, report.observations)
    assert [(f.left, f.right) for f in found if f.verdict == "fail"] == failing
    assert sum(f.verdict == "pass" for f in found) >= passing
    assert sum(f.evidence == "truncated" for f in found) == (name.startswith("shanghai"))
