"""Digits without separators: read only where arithmetic leaves one reading, and marked."""

from collections import Counter

import pytest
from test_columns import FOUR_PACKED, THREE_PACKED
from test_grids import packed

from parsers.glued import row_readings, split_glued
from parsers.lookups import lexicon
from parsers.tables import fill_tables

TOTAL_LAST = {6: 0}
BLOCKS_OF_FIVE = {4: 0, 9: 5, 14: 10}
OPEN = "110010012"  # 1 1 0 0 10 0 12, 1 10 0 1 0 0 12 or 11 0 0 1 0 0 12
ELEVEN = (11, 0, 0, 1, 0, 0, 12)
NEW, CARRIED, TOTAL, OUT = (
    "一、本年新收政府信息公开申请数量",
    "二、上年结转政府信息公开申请数量",
    "（七）总计",
    "四、结转下年度继续办理",
)
FLOW = (["received_new", "carried_in"], ["outcome_total", "carried_out"])
ZEROS = (0, 0, 0, 0, 0, 0, 0)


def spaced(readings):
    return [" ".join(map(str, reading)) for reading in readings]


def filled_three(*lines):
    return fill_tables([packed("\n".join([THREE_PACKED, *lines]))], lexicon())


def rows(filled):
    found = {}
    for o in filled.observations:
        found.setdefault(o.row, []).append("?" if o.column is None else str(o.value))
    return {row: " ".join(values) for row, values in found.items()}


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("3000003", "3 0 0 0 0 0 3"), ("0000000", "0 0 0 0 0 0 0"), ("1111116", "1 1 1 1 1 1 6"), ("120000012", "12 0 0 0 0 0 12"),
        ("1010000020", "10 10 0 0 0 0 20"), ("120100022", "1 20 1 0 0 0 22"), ("85800007865", "858 0 0 0 0 7 865"),
    ],
)  # fmt: skip
def test_the_total_of_a_row_tells_where_its_digits_are_cut(digits, expected):
    assert spaced(row_readings(digits, 7, TOTAL_LAST)) == [expected]


@pytest.mark.parametrize("digits", ["", "33", "300003", "1000000", "12000012", "30000033", "1" * 31])
def test_digits_that_no_cut_explains_have_no_reading(digits):
    assert row_readings(digits, 7, TOTAL_LAST) == []


def test_digits_may_have_several_readings():
    assert spaced(row_readings(OPEN, 7, TOTAL_LAST)) == ["1 1 0 0 10 0 12", "1 10 0 1 0 0 12", "11 0 0 1 0 0 12"]


def test_more_readings_than_are_worth_trying_are_none():
    assert len(row_readings("1" * 12, 4, {})) == 165
    assert row_readings("1" * 20, 7, {}) == []


@pytest.mark.parametrize(
    ("digits", "columns", "totals", "expected"),
    [
        ("0" * 15, 15, BLOCKS_OF_FIVE, ["0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"]), ("100011000110001", 15, BLOCKS_OF_FIVE, ["1 0 0 0 1 1 0 0 0 1 1 0 0 0 1"]),
        ("0312", 3, {}, ["0 3 12", "0 31 2"]), ("007", 3, {}, ["0 0 7"]), ("0070", 3, {}, ["0 0 70"]), ("123", 2, {}, ["1 23", "12 3"]), ("112", 3, {2: 0}, ["1 1 2"]),
    ],
)  # fmt: skip
def test_blocks_have_totals_of_their_own_and_no_number_begins_with_a_zero(digits, columns, totals, expected):
    assert spaced(row_readings(digits, columns, totals)) == expected


def split(glued, known, *identities):
    return split_glued(glued, known, 7, TOTAL_LAST, identities)


@pytest.mark.parametrize(
    ("out", "expected"),
    [((1, 0, 0, 0, 0, 0, 1), ELEVEN), ((0, 1, 0, 0, 0, 0, 1), (1, 10, 0, 1, 0, 0, 12)), ((0, 0, 0, 0, 1, 0, 1), (1, 1, 0, 0, 10, 0, 12))],
)  # fmt: skip
def test_sums_down_the_columns_decide_between_readings(out, expected):
    done = tuple(all_ - left for all_, left in zip(expected, out, strict=True))
    found = split({"received_new": OPEN}, {"carried_in": ZEROS, "outcome_total": done, "carried_out": out}, FLOW)
    assert found == {"received_new": expected}


def test_rows_that_are_open_together_are_decided_together():
    found = split(
        {"received_new": OPEN, "outcome_total": OPEN, "carried_in": "0000000", "carried_out": "0000000"}, {}, FLOW
    )
    assert found == {"carried_in": ZEROS, "carried_out": ZEROS}  # both are alike in any of the three readings
    found = split({"received_new": OPEN, "outcome_total": OPEN}, {"carried_in": ZEROS, "carried_out": ZEROS, "granted": ELEVEN}, FLOW, (["granted"], ["outcome_total"]))  # fmt: skip
    assert found == {"received_new": ELEVEN, "outcome_total": ELEVEN}


@pytest.mark.parametrize(
    "known",
    [
        {"carried_in": ZEROS, "outcome_total": ELEVEN},  # a row of the sum is missing
        {
            "carried_in": (None, *ZEROS[1:]),
            "outcome_total": ELEVEN,
            "carried_out": ZEROS,
        },  # or has a value that is none
        {
            "carried_in": ZEROS,
            "outcome_total": (9, 0, 0, 0, 0, 0, 9),
            "carried_out": ZEROS,
        },  # or agrees with no reading
    ],
)
def test_rows_that_no_sum_decides_are_left_out(known):
    assert split({"received_new": OPEN, "granted": "33"}, known, FLOW) == {}


def test_glued_rows_of_a_table_are_read_and_every_cell_is_marked():
    filled = filled_three(f"{NEW} | 3000003", f"{CARRIED} | 0000000", f"{TOTAL} | 2 | 0 | 0 | 0 | 0 | 0 | 2")
    assert rows(filled) == {
        "outcome_total": "2 0 0 0 0 0 2",
        "received_new": "3 0 0 0 0 0 3",
        "carried_in": "0 0 0 0 0 0 0",
    }
    assert {(o.row, o.flags) for o in filled.observations} == {
        ("outcome_total", ()), ("received_new", ("split_digits",)), ("carried_in", ("split_digits",)),
    }  # fmt: skip
    assert not filled.issues


def test_a_glued_row_with_several_readings_is_kept_as_it_is_and_told():
    filled = filled_three(f"{NEW} | {OPEN}", f"{CARRIED} | 0000000")
    assert rows(filled) == {"received_new": "?", "carried_in": "0 0 0 0 0 0 0"}
    assert [(o.value, o.raw, o.flags) for o in filled.observations if o.row == "received_new"] == [
        (int(OPEN), OPEN, ())
    ]
    assert [(i.kind, i.severity, i.raw) for i in filled.issues] == [("unplaced_values", "error", f"{NEW} | {OPEN}")]


def test_the_sums_of_the_form_decide_between_readings():
    filled = filled_three(
        f"{NEW} | {OPEN}", f"{CARRIED} | 0000000", f"{TOTAL} | 10 | 0 | 0 | 1 | 0 | 0 | 11", f"{OUT} | 1000001"
    )
    assert rows(filled)["received_new"] == "11 0 0 1 0 0 12"
    assert Counter(flag for o in filled.observations for flag in o.flags) == {"split_digits": 21}


@pytest.mark.parametrize(("digits", "expected"), [("100011000110001", "1 0 0 0 1"), ("100011000110003", None)])
def test_table_four_in_one_run_of_digits(digits, expected):
    filled = fill_tables([packed(f"{FOUR_PACKED}\n{digits}")], lexicon())
    if expected is None:
        assert rows(filled) == {None: "?"}
    else:
        assert rows(filled) == dict.fromkeys(("review", "litigation_direct", "litigation_after_review"), expected)


def test_a_row_without_any_reading_left_ends_the_search_quietly():
    digits = {"a": "110010012", "b": "110010012"}
    identities = [(["n"], ["a"]), (["b"], ["a"])]
    assert split_glued(digits, {"n": (1, 0, 0, 0, 0, 0, 1)}, 7, {6: 0}, identities) == {}


def test_without_a_sum_only_zeros_are_certain():
    assert split_glued({"a": "000", "b": "340"}, {}, 3, {}, []) == {"a": (0, 0, 0)}
