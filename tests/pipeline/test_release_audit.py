"""`audit`: the same seed draws the same blind sheet; a filled one gives the error rate that was put into it."""

import csv
import io

import pytest
from truth import expected_reports

from parsers.indicators import load_indicators
from pipeline.release.audit import SHEET, draw_sheet, score_sheet, write_sheet
from pipeline.release.entries import agrees, are_alike, read_entry
from pipeline.release.errors import ReleaseError
from pipeline.release.intervals import error_interval

# What stands in the source, by hand: organ and fixture.
TRUTH = {"白榆县财政局": "2019-html.html", "青澜市人民政府办公室": "2021-html.html", "松岭区人民政府": "2014-html.html"}


@pytest.fixture
def workspace(published):
    return published[0]


@pytest.fixture
def folder(published):
    return published[1].folder


def sheet_rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def printed(row):
    """What a reader sees in the source, by the hand-written content of the fixtures."""
    (want,) = expected_reports(TRUTH[row["agency"]])
    names = {(i.table, i.row, i.column): i.name for i in load_indicators()}
    cells = {names[key]: raw for key, raw in want.cells.items()}
    if row["sum_of"]:
        stem = row["indicator"].removeprefix("app_other_")
        return "+".join(cells[f"app_oth_{part}_{stem}"] for part in ("overdue", "unpaid", "other"))
    if row["indicator"].endswith("_yuan") and not cells[row["indicator"]].endswith("元"):
        return cells[row["indicator"]] + "万元"
    return cells[row["indicator"]]


def fill(folder, path, change=bool, n=400):
    """A sheet of the organs whose truth is written down, filled with it."""
    write_sheet(path, draw_sheet(folder, None, n=n))
    rows = [row for row in sheet_rows(path) if row["agency"] in TRUTH]
    for row in rows:
        row["entry_1"] = row["entry_2"] = printed(row)
    for row in rows:
        change(row)
    save(path, rows)
    return rows


def save(path, rows, encoding="utf-8-sig", separator=","):
    text = io.StringIO()
    writer = csv.DictWriter(text, SHEET, delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding=encoding)


def test_the_sheet_is_blind_and_says_where_to_look(workspace, folder, tmp_path):
    write_sheet(tmp_path / "a.csv", draw_sheet(folder, workspace.archive, n=50, seed=1))
    content = (tmp_path / "a.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfn,release,")
    rows = sheet_rows(tmp_path / "a.csv")
    assert len(rows) == len({(row["agency_id"], row["indicator"]) for row in rows}) == 50
    assert not {"value", "missing", "raw"} & set(rows[0])
    records = {r.warc_offset: r for r in workspace.archive.records("site")}
    for row in rows:
        assert row["entry_1"] == row["entry_2"] == row["agreed"] == ""
        record = records[int(row["archive_offset"])]
        assert (row["archive_file"], row["url"]) == (f"archive/site/{record.warc_file}", record.url)
        assert row["place"] == "" or row["place"].startswith("table ")


def test_the_same_seed_draws_the_same_sheet(workspace, folder):
    first, again, other = (draw_sheet(folder, workspace.archive, n=30, seed=seed) for seed in (1, 1, 2))
    assert first == again != other


def test_more_cells_than_there_are(folder):
    assert len(draw_sheet(folder, None, n=10**6)) == len(draw_sheet(folder, None, n=10**5))


def test_a_sheet_with_entries_is_not_overwritten(folder, tmp_path):
    (tmp_path / "a.csv").write_text("mine")
    with pytest.raises(ReleaseError, match="--out"):
        write_sheet(tmp_path / "a.csv", draw_sheet(folder, None, n=3))
    assert (tmp_path / "a.csv").read_text() == "mine"


def test_readers_who_read_what_stands_there_find_no_error(folder, tmp_path):
    rows = fill(folder, tmp_path / "a.csv")
    score = score_sheet(folder, tmp_path / "a.csv")
    assert score.count("right") == len(rows) > 200
    assert score.count("wrong") == 0
    assert {r.table for r in score.rows} == {"applications", "proactive", "review_litigation", "statistics"}
    assert (
        "0 differ from what is published: an error rate of 0.0% (95 % confidence interval 0.0% to 1." in score.sentence
    )


def test_errors_disputes_and_gaps_are_told_apart(folder, tmp_path):
    def change(row):
        match row["indicator"]:
            case "app_new_np":
                row["entry_1"] = row["entry_2"] = "7"
            case "app_new_ent":
                row["entry_1"] = "8"
            case "app_new_res":
                row["entry_2"] = ""
            case "app_in_np":
                row["entry_1"], row["agreed"] = "99", row["entry_2"]
            case "app_in_ent":
                row["entry_1"] = row["entry_2"] = "空"

    rows = fill(folder, tmp_path / "a.csv", change, n=10**6)
    score = score_sheet(folder, tmp_path / "a.csv")
    states = {(r.key[2], r.state) for r in score.rows if r.state != "right"}
    assert states == {
        ("app_new_np", "wrong"), ("app_in_ent", "wrong"), ("app_new_ent", "disputed"), ("app_new_res", "unfilled"),
    }  # fmt: skip
    assert (score.count("wrong"), score.count("disputed"), score.count("unfilled")) == (4, 2, 2)
    assert score.count("right") == len(rows) - 8
    assert score.rate().rate == pytest.approx(4 / (len(rows) - 4))
    assert score.rate("applications").rate > score.rate().rate > score.rate("statistics").rate == 0
    assert "2 on which the readers disagreed are left out" in score.sentence


@pytest.mark.parametrize(("encoding", "separator"), [("gb18030", ","), ("utf-8", ";"), ("utf-8-sig", "\t")])
def test_a_sheet_as_spreadsheets_save_it(folder, tmp_path, encoding, separator):
    rows = fill(folder, tmp_path / "a.csv", n=60)
    save(tmp_path / "b.csv", rows, encoding, separator)
    assert score_sheet(folder, tmp_path / "b.csv") == score_sheet(folder, tmp_path / "a.csv")


def test_a_sheet_of_another_release(folder, tmp_path):
    fill(folder, tmp_path / "a.csv", lambda row: row.update(release="2020.01.01-00000000"), n=60)
    with pytest.raises(ReleaseError, match=r"drawn from release 2020\.01\.01-00000000"):
        score_sheet(folder, tmp_path / "a.csv")


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "n,release\n1,x\n"])
def test_what_is_no_sheet(folder, tmp_path, content):
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(ReleaseError, match="no sheet of"):
        score_sheet(folder, tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("338", "number", 338), ("３３８", "number", 338), ("三百三十八", "number", 338), ("1,234", "number", 1234),
        ("增30", "number", 30), ("-3", "number", -3), ("338件", "number", 338), ("9+1+12", "number", 22),
        ("空", "blank", None), ("空白", "blank", None), ("/", "not_applicable", None), ("无", "not_applicable", None),
        ("—", "not_applicable", None), ("不适用", "not_applicable", None), ("没有", "not_published", None),
        ("看不清", "unreadable", None), ("？", "unreadable", None), ("见附件", "unreadable", None), ("零", "number", 0),
        ("不一致", "conflicting", None),
    ],
)  # fmt: skip
def test_entries(text, kind, number):
    entry = read_entry(text)
    assert (entry.kind, entry.number) == (kind, number)


def test_an_entry_that_is_none():
    assert read_entry("") is read_entry("　") is None


@pytest.mark.parametrize(
    ("text", "value", "missing", "unit", "same"),
    [
        ("1830.45万元", 18_304_500, None, "万元", True),
        ("1830.45", 18_304_500, None, "万元", True),
        ("1830.45元", 18_304_500, None, "万元", False),
        ("18304500元", 18_304_500, None, "万元", True),
        ("1830.45", None, "unit_unknown", None, True),
        ("1830.45万元", None, "unit_unknown", None, False),
        ("空", None, "blank", None, True),
        ("/", None, "blank", None, False),
        ("0", None, "blank", None, False),
    ],
)
def test_amounts(text, value, missing, unit, same):
    assert agrees(read_entry(text), value, missing, "pro_fees_amount_yuan", unit) is same


def test_readers_differ_in_more_than_a_unit():
    assert are_alike(read_entry("338"), read_entry("三百三十八件"))
    assert not are_alike(read_entry("338"), read_entry("383"))
    assert not are_alike(read_entry("空"), read_entry("0"))


@pytest.mark.parametrize(
    ("errors", "cells", "low", "high"),
    # Printed in tables of exact binomial limits.
    [
        (0, 10, 0, 0.3085),
        (1, 10, 0.0025, 0.4450),
        (5, 10, 0.1871, 0.8129),
        (10, 10, 0.6915, 1),
        (0, 0, 0, 1),
        (2, 200, 0.0012, 0.0357),
    ],
)
def test_intervals(errors, cells, low, high):
    found = error_interval(errors, cells)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
