"""The table of division codes: whole, without gaps, and as the approvals have it year by year."""

import csv
import re

import pytest

from pipeline.organs.divisions import load_divisions, names_of, read_revisions, tables_folder

# Codes that begin in a year, by hand from the ministry's list of changes and the approvals (国函, 民函) of each year.
BEGUN = {
    2009: "120116 320612 421321 640303",
    2010: "220602 320312 360482 420600 420607 532503 532601 533103",
    2011: "320803 321012 340124 340181 340225 340522 340523 430112 500110 500111 511503 520600 520602 520603 520621-520628 520500 520502 520521-520527 530114 659005",
    2012: "130209 320508 320509 321204 340506 441803 445203 460300 511803 520115 542431 652702 659006",
    2013: "150703 220781 320117 320118 330603 330604 360703 370812 441403 445103 450312 450406 450903 510811 511603 511703 511903 532504 630200 630202 630221-630225 632701",
    2014: "130109-130111 220113 230113 320707 330111 350703 350803 371003 371324 371403 371603 410212 420304 440117 440118 440904 441704 445303 460202-460205 500120 500151 511403 520403 533401 540200 540202 540221-540237 540300 540302 540321-540330 610117 654004 659007",
    2015: "110118 110119 120117 120118 130306 130602 130606-130609 210214 231086 320213 320214 320413 320904 330305 340422 340705 340706 340722 341504 360112 361103 411203 441204 450110 451081 460400 500152 500153 510116 513201 513301 530403 530581 540103 540400 540402 540421-540426 610503 610803 630203 650400 650402 650421 650422 659008",
    2016: "120119 130407 130408 130708 130709 131103 150603 210112 210115 211104 230883 310151 320812 320813 330213 360402 360483 360704 361003 370114 370505 371703 411003 440309 440310 450206 451103 451203 500154-500156 510117 510185 510705 520304 530115 530303 533301 540500 540502 540521-540531 610118 610603 650500 650502 650521 650522 659009",
    2017: "130881 330112 331083 350112 360404 370215 430182 510604 511083 520281 540104 540600 540602 540621-540630 610703 610881",
    2018: "130284 140213-140215 140403-140406 140681 232701 320685 340882 360603 370115-370117 371681 420882 430212 440311 450381 511504 522302 530304 530681 610482 620881 632803",
    2019: "140703 230717-230719 230723-230726 230751 231183 330383 340281 341882 360113 361104 371503 410783 411603 430582 451003 451082 510981 530481 610681 630106 652902 659010",
    2020: "130502 130503 130505 130506 220184 320613 320614 340209 340210 340212 360783 370614 421088 460302 460303 510118 520204 632301",
    2021: "330113 330114 350404 350405 350604 350605 410307 410308 431181 450181 513402 520581 532302 610305 610981 654203 659011",
    2022: "",
    2023: "540481 540581 659012",
    2024: "653228 653229",
    2025: "500157",
}  # fmt: skip
# Only misprints and late corrections of the tables: one place, one code, another spelling.
RESPELLED = {"421303", "510802", "610403"}

# old code, new code, year: one division before and after.
CONTINUES = [
    ("320829", "320813", 2016), ("320584", "320509", 2012), ("371202", "370116", 2018), ("522401", "520502", 2011),
    ("522230", "520603", 2011), ("542301", "540202", 2014), ("542300", "540200", 2014), ("632121", "630221", 2013),
    ("630221", "630203", 2015), ("652201", "650502", 2016), ("652200", "650500", 2016), ("469003", "460400", 2015),
    ("512081", "510185", 2016), ("341422", "340225", 2011), ("340225", "340281", 2019), ("610125", "610118", 2016),
    ("430221", "430212", 2018), ("500222", "500110", 2011), ("441827", "441803", 2012), ("220381", "220184", 2020),
    ("542431", "540630", 2017), ("450331", "450381", 2018), ("360427", "360483", 2016), ("420321", "420304", 2014),
]  # fmt: skip
MERGED = [
    ("110103", "110101", 2010), ("320802", "320812", 2016), ("320811", "320812", 2016), ("310119", "310115", 2009),
    ("330204", "330212", 2016), ("371200", "370100", 2018), ("500105", "500157", 2025), ("370634", "370614", 2020),
    ("440116", "440112", 2014), ("230716", "230719", 2019),
]  # fmt: skip


def codes_of(text):
    for part in text.split():
        first, _, last = part.partition("-")
        yield from map(str, range(int(first), int(last or first) + 1))


def terms():
    return [(division, term) for division in load_divisions().by_id.values() for term in division.terms]


@pytest.mark.parametrize("year", BEGUN)
def test_what_begins_in_a_year(year):
    found = {t.code for _, t in terms() if t.first_year == year} - RESPELLED
    assert found == set(codes_of(BEGUN[year]))


@pytest.mark.parametrize(("old", "new", "year"), CONTINUES)
def test_one_division_under_two_codes(old, new, year):
    divisions = load_divisions()
    id_ = divisions.of_code(old, year - 1)
    assert id_ == divisions.of_code(new, year)
    assert [divisions.by_id[id_].at(y).code for y in (year - 1, year)] == [old, new]


@pytest.mark.parametrize(("old", "new", "year"), MERGED)
def test_a_merged_division_ends(old, new, year):
    divisions = load_divisions()
    gone = divisions.by_id[divisions.of_code(old, year - 1)]
    assert (gone.last.last_year, gone.last.merged_into) == (year - 1, divisions.of_code(new, year))
    assert gone.id != divisions.of_code(new, year)


def test_terms_follow_each_other_without_gap():
    for division in load_divisions().by_id.values():
        for before, after in zip(division.terms, division.terms[1:], strict=False):
            assert before.last_year is not None
            assert after.first_year == before.last_year + 1, division
        assert not any(t.merged_into for t in division.terms[:-1])


def test_a_code_is_of_one_division_at_a_time():
    for year in range(2008, 2027):
        held = [t.code for _, t in terms() if t.holds(year)]
        assert len(held) == len(set(held))


def test_as_many_divisions_as_the_ministry_counts():
    """34 provinces, 333 prefectures; counties 2,843 at the end of 2023 (民政部 statistics), of them 国 and 台 without."""
    now = [t for d, t in terms() if t is d.last and t.last_year is None]
    counts = {level: sum(t.level == level for t in now) for level in ("province", "prefecture", "county")}
    assert (counts["province"], counts["prefecture"]) == (34, 333)
    assert 2843 <= counts["county"] <= 2850


def test_every_division_lies_in_one_above():
    divisions = load_divisions()
    for division, term in terms():
        line = [divisions.by_id[d].at(term.last_year).level for d in divisions.line(division.id, term.last_year)]
        assert line in (
            ["province"],
            ["province", "prefecture"],
            ["province", "prefecture", "county"],
            ["province", "county"],
        )
        assert re.fullmatch(r"\d{6}", term.code)


def test_revisions():
    revisions = [revision for revision, _ in read_revisions()]
    assert revisions == sorted(set(revisions))
    assert {r for _, t in terms() for r in (t.first_revision, t.revision)} <= set(revisions)
    assert all(t.basis.startswith(("listed", "inferred")) for _, t in terms())


def test_successions_by_hand_are_all_used():
    with (tables_folder() / "successions.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    known = {t.code for _, t in terms()}
    assert {code for line in lines for code in (line["old"], line["new"]) if code} <= known
    assert all(line["basis"] for line in lines)


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("湘西土家族苗族自治州", {"湘西", "湘西州", "湘西自治州"}),
        ("积石山保安族东乡族撒拉族自治县", {"积石山", "积石山县", "积石山自治县"}),
        ("内蒙古自治区", {"内蒙古"}),
        ("大兴安岭地区", {"大兴安岭"}),
        ("浦东新区", {"浦东"}),
        ("六枝特区", {"六枝"}),
        ("赣县", set()),
        ("芒市", set()),
    ],
)
def test_short_forms(name, forms):
    assert names_of(name) - {name} == forms
