"""The release: every format opens in its own tool, says what the reports say, and is the same byte for byte."""

import json
import re
import shutil
import sqlite3
import subprocess

import openpyxl
import pandas as pd
import pyreadstat
import pytest
from frictionless import validate
from release_helpers import (
    PERSONS,
    bytes_of,
    copy_of,
    release_of,
    words_of,
)
from truth import expected_reports, printed_value

from parsers.indicators import load_indicators
from pipeline.release.labels import load_labels
from pipeline.release.making import make_release
from pipeline.release.tables import load_published
from pipeline.release.verify import verify_release
from pipeline.schema import TABLES, table

NAMES = {(i.table, i.row, i.column): i for i in load_indicators()}
FINANCE, OFFICE = ("白榆县财政局", 2019), ("青澜市人民政府办公室", 2022)


@pytest.fixture
def workspace(published):
    return published[0]


@pytest.fixture
def release(published):
    return published[1]


@pytest.fixture
def folder(release):
    return release.folder


def truth(name):
    """Organ and year, and every value of a fixture by its indicator: by hand, in yuan."""
    (want,) = expected_reports(name)
    found = {}
    for key, raw in want.cells.items():
        number, _, unit = printed_value(raw)
        if NAMES[key].money:
            number = number * 10_000 if (unit or "万元") == "万元" else number
        found[NAMES[key].name] = number
    return (want.fields["agency"], want.fields["year"]), found


def read_csv(folder, name):
    return pd.read_csv(folder / "csv" / f"{name}.csv", encoding="utf-8-sig")


def read_parquet(folder, name):
    return pd.read_parquet(folder / "parquet" / f"{name}.parquet")


def read_excel(folder, name):
    return pd.read_excel(folder / "nianbao.xlsx", sheet_name=name, engine="openpyxl")


def read_stata(folder, name):
    return pyreadstat.read_dta(str(folder / "stata" / f"{name}.dta"))[0]


def read_stata_in_pandas(folder, name):
    return pd.read_stata(folder / "stata" / f"{name}.dta", convert_categoricals=False)


def read_sqlite(folder, name):
    with sqlite3.connect(folder / "nianbao.sqlite") as connection:
        return pd.read_sql(f'SELECT * FROM "{name}"', connection)


READERS = [read_csv, read_parquet, read_excel, read_stata, read_stata_in_pandas, read_sqlite]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("name", ["2019-html.html", "2021-html.html"])
def test_every_format_has_the_values_of_the_report(folder, read, name):
    organ, values = truth(name)
    wide = read(folder, "panel").set_index(["agency", "year"]).loc[organ]
    long = read(folder, "values")
    long = long[(long["agency"] == organ[0]) & (long["year"] == organ[1])].set_index("indicator")
    assert len(values) > 150
    for indicator, value in values.items():
        assert wide[indicator] == pytest.approx(value), indicator
        assert long.loc[indicator, "value"] == pytest.approx(value), indicator
    assert set(long["url"]) == {wide["url"]} == {f"http://www.example.gov.cn/{name}"}
    assert set(long["report_id"]) == {wide["report_id"]}


@pytest.mark.parametrize("read", READERS)
def test_the_form_of_2014_stands_apart(folder, read):
    organ, values = truth("2014-html.html")
    wide = read(folder, "panel_2014").set_index(["agency", "year"]).loc[organ]
    assert {name: wide[name] for name in values} == values


def test_stata_tells_why_a_value_is_missing(folder):
    frame, meta = pyreadstat.read_dta(str(folder / "stata" / "panel.dta"), user_missing=True)
    frame = frame.set_index(["agency", "year"])
    letters = {code.code: code.stata for code in load_labels().missing}
    assert letters == {
        "not_in_form": "a", "blank": "b", "not_applicable": "c", "unreadable": "d", "not_published": "e",
        "unit_unknown": "f", "conflicting": "g",
    }  # fmt: skip
    assert frame.loc[OFFICE, "pro_rules_made"] == "a"
    assert frame.loc[FINANCE, "pro_rules_made"] == 0
    assert frame.loc[("青澜市水务局", 2022), "pro_penalties_decisions"] == "d"
    assert meta.variable_value_labels["pro_rules_made"]["a"].startswith("该表式无此项 ")
    reasons = read_csv(folder, "panel_missing").set_index(["agency", "year"])
    for organ, row in reasons.iterrows():
        for name in [i.name for i in load_indicators() if i.in_panel]:
            found = frame.loc[organ, name]
            assert (found if isinstance(found, str) else None) == letters.get(row[name]), (organ, name)


def test_stata_missing_values_in_pandas(folder):
    frame = pd.read_stata(
        folder / "stata" / "values.dta", convert_missing=True, convert_categoricals=False, convert_dates=False
    )
    plain = read_csv(folder, "values")
    letters = {code.code: f".{code.stata}" for code in load_labels().missing}
    wanted = [letters[m] if isinstance(m, str) else v for v, m in zip(plain["value"], plain["missing"], strict=True)]
    found = [v if isinstance(v, float) else str(v) for v in frame["value"]]
    assert found == wanted
    assert set(map(str, found)) & set(letters.values()) == {".c", ".d", ".f"}


def test_stata_names_and_labels(folder):
    for path in sorted((folder / "stata").iterdir()):
        frame, meta = pyreadstat.read_dta(str(path))
        assert all(len(name) <= 32 for name in frame.columns)
        assert all(0 < len(label) <= 80 for label in meta.column_labels), path
    _, meta = pyreadstat.read_dta(str(folder / "stata" / "panel.dta"))
    labels = meta.column_names_to_labels
    assert labels["app_new_tot"] == "一、本年新收政府信息公开申请数量/申请人情况/总计 | New requests received: total"
    assert labels["n_candidates"].startswith("可选报告数 | ")
    assert len(set(labels.values())) == len(labels), "two columns with one label"
    assert meta.variable_value_labels["form"][3] == "国办公开办函〔2021〕30号 form from report year 2021 on"
    with pd.io.stata.StataReader(folder / "stata" / "panel.dta") as reader:
        assert reader.time_stamp.endswith(" 00:00")


def test_the_data_package_is_valid(folder, release):
    found = validate(str(folder / "datapackage.json"))
    assert found.valid, found.flatten(["name", "type", "note", "message"])
    assert found.stats["tasks"] == len(load_published())
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert package["version"] == release.version
    for resource in package["resources"]:
        assert resource["rows"] == len(read_csv(folder, resource["name"])), resource["name"]
        assert all(field["description"] for field in resource["schema"]["fields"])


def test_a_broken_package_is_not_valid(folder, tmp_path):
    """The validation that the test above relies on sees keys, codes and digests."""
    for n, (old, new) in enumerate(
        [(",identical,", ",twice,"), ("2019,app_new_tot,", "2019,app_new_nobody,"), ("0", "1")]
    ):
        copy = tmp_path / str(n)
        shutil.copytree(folder, copy)
        path = copy / "csv" / "values.csv"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        assert text != path.read_text(encoding="utf-8")
        assert not validate(str(copy / "datapackage.json")).valid


def test_checksums_are_those_of_the_usual_tool(folder):
    done = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(": OK") == len(bytes_of(folder)) - 1


def test_the_workbook_opens_with_its_codebook_first(folder):
    book = openpyxl.load_workbook(folder / "nianbao.xlsx", read_only=True)
    assert book.sheetnames[:3] == ["codebook", "tables", "panel"]
    header, *rows = book["codebook"].iter_rows(values_only=True)
    by_column = {(row[0], row[1]): dict(zip(header, row, strict=True)) for row in rows}
    assert by_column["panel", "app_new_tot"]["label_zh"] == "一、本年新收政府信息公开申请数量/申请人情况/总计"
    assert by_column["panel_2014", "stat_requests"]["forms"] == "2014"
    assert {t.name for t in load_published() if t.excel} <= set(book.sheetnames)


def test_csv_is_for_spreadsheets(folder):
    content = (folder / "csv" / "panel.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfagency_id,")
    assert "青澜市人民政府办公室".encode() in content
    frame = read_csv(folder, "values")
    money = frame[frame["indicator"] == "pro_fees_amount_yuan"].set_index("agency")
    assert money.loc["青澜市人民政府办公室", "value"] == 18_304_500
    assert ",18304500," in (folder / "csv" / "values.csv").read_text(encoding="utf-8")


def test_sqlite_holds_its_keys(folder):
    with sqlite3.connect(folder / "nianbao.sqlite") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        rows = connection.execute(
            "SELECT raw FROM 'values' JOIN reports USING (source, report_id)"
            " WHERE indicator = 'pro_fees_amount_yuan' AND 'values'.agency = '青澜市人民政府办公室'"
        ).fetchall()
    assert rows == [("1830.45",)]


def test_every_row_of_data_names_its_source(folder):
    codes = {"indicators", "crosswalk", "rate_definitions", "regions"}
    seen = []
    for t in load_published():
        if t.name in codes or t.name.startswith("agenc"):
            continue
        frame = read_csv(folder, t.name)
        seen += [t.name] * bool(len(frame))
        assert frame[["source", "report_id", "url"]].notna().all(axis=None), t.name
    assert len(seen) >= 13


def test_columns_follow_the_warehouse():
    """What is added to a table of the warehouse is published by itself."""
    tables = {t.name: t for t in load_published()}
    for name in ("panel", "panel_all", "panel_2014", "rates"):
        assert set(table(f"out_{name}").names) == set(tables[name].names)
    for t in TABLES:
        if t.name.startswith("ref_agenc"):
            assert set(t.names) == set(tables[t.name.removeprefix("ref_")].names)
    assert set(table("out_regions").names) == set(tables["regions"].names)
    for t in tables.values():
        assert len(set(t.names)) == len(t.names), t.name
        assert set(t.key) <= set(t.names), t.name
        for c in t.columns:
            assert not re.search(r"\bout_|\b(core|raw)_\w+\b(?! \(in)", c.description), c.name


def test_persons_stay_out(folder, workspace):
    raw = workspace.warehouse.query("SELECT string_agg(text_raw, '') FROM core_sections").fetchall()[0][0]
    raw += workspace.warehouse.query("SELECT string_agg(raw, '') FROM core_observations").fetchall()[0][0]
    assert all(name in raw for name in PERSONS), "the report of persons is not read as it was written"
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            words = words_of(path)
            assert not [name for name in PERSONS if name in words], path
    points = read_csv(folder, "points")
    points = "".join(points[points["agency"] == "青澜市水务局"]["text"])
    assert "解读材料形式单一，联系人〔姓名〕（电话：〔电话〕）" in points
    assert "〔证件号〕" in points
    assert "〔邮箱〕" in points


def test_counts_beside_persons_stay(folder):
    values = read_csv(folder, "values")
    values = values[values["agency"] == "青澜市水务局"].set_index("indicator")
    assert values.loc["pro_coercion_decisions", "value"] == 96
    assert values.loc["pro_coercion_decisions", "raw"] == "96（填报人：〔姓名〕 〔电话〕）"
    assert values.loc["app_new_tot", "value"] == 338
    # A mobile number in a place for counts.
    assert pd.isna(values.loc["pro_penalties_decisions", "value"])
    assert values.loc["pro_penalties_decisions", "missing"] == "unreadable"
    reasons = read_csv(folder, "panel_missing").set_index("agency")
    assert reasons.loc["青澜市水务局", "pro_penalties_decisions"] == "unreadable"
    facts = read_csv(folder, "facts")
    facts = facts[facts["agency"] == "青澜市水务局"]
    assert {138, 3, 338, 332} <= set(facts["value"])


def test_contacts_and_sentences_are_no_columns():
    names = {t.name: set(t.names) for t in load_published()}
    assert not {"notes", "sections", "terms"} & set(names)
    assert "text" not in names["facts"]
    assert "raw" not in names["issues"]


def test_the_pages_say_what_is_in_it(folder, release):
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert release.version in readme
    assert "5 organ-years of 5 organs,\nreport years 2011 to 2022, from 5 reports (0 of them read in part)" in readme
    assert "$" not in readme
    assert "out_panel" not in readme
    codebook = (folder / "CODEBOOK.md").read_text(encoding="utf-8")
    for i in load_indicators():
        assert f"| `{i.name}` |" in codebook
    assert codebook.count("*unverified*") >= sum(i.evidence == "unverified" for i in load_indicators()) > 0
    assert "| `cause` | `source` (another report is used)" in codebook
    for code in load_labels().missing:
        assert f"| .{code.stata} | `{code.code}` |" in codebook
    assert f'version: "{release.version}"' in (folder / "CITATION.cff").read_text(encoding="utf-8")
    assert "CC BY 4.0" in (folder / "LICENSE-DATA").read_text(encoding="utf-8")
    assert "MIT License" in (folder / "LICENSE-CODE").read_text(encoding="utf-8")


def test_a_table_too_long_for_a_workbook_is_named_there(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.release.making.MOST_ROWS", 100)
    release_of(workspace, tmp_path / "r")
    book = openpyxl.load_workbook(tmp_path / "r" / "nianbao.xlsx", read_only=True)
    assert "values" not in book.sheetnames
    listed = {row[0]: row for row in book["tables"].iter_rows(values_only=True, min_row=2)}
    assert listed["values"][2].startswith("Too long for a workbook: see csv/values.csv.")
    assert listed["values"][1] > 100


def test_a_code_without_meaning_is_told(tmp_path, workspace):
    copy = copy_of(workspace, tmp_path / "w", "UPDATE out_panel SET trust = 'hearsay' WHERE year = 2019")
    told = []
    make_release(copy, tmp_path / "r", tell=told.append)
    assert told == ["panel.trust: codes without a meaning in codes.yml: hearsay"]
    assert validate(str(tmp_path / "r" / "datapackage.json")).valid
    assert "hearsay" in set(read_stata(tmp_path / "r", "panel")["trust"])


ODD = [
    '=HYPERLINK("http://x","y")',
    'a,"b"\r\nc',
    " 7 ",
    "007",
    "\u202e倒\U0001f600",
    "\x07铃\x00零",
    "长" * 40_000,
    "-1+1",
    "",
]


def test_texts_of_any_kind(tmp_path, workspace):
    """What a page may print, and a date that nobody meant."""
    texts = [text.replace("'", "''") for text in ODD]
    copy = copy_of(
        workspace,
        tmp_path / "w",
        "UPDATE out_panel SET published_on = DATE '0219-01-31' WHERE year = 2019",
        *(
            f"UPDATE core_observations SET raw = '{text}' WHERE row_code = 'received_new' AND seq % {len(ODD)} = {n}"
            for n, text in enumerate(texts)
        ),
        f"UPDATE out_panel SET scope_basis = '{'据' * 40_000}' WHERE year = 2022",
    )
    folder = make_release(copy, tmp_path / "r", tell=lambda _: None).folder
    assert validate(str(folder / "datapackage.json")).valid
    for found in (read_parquet(folder, "values"), read_sqlite(folder, "values")):
        assert set(ODD) <= set(found["raw"])
    # pandas cannot tell an empty text from none.
    assert set(ODD) - {""} <= set(read_csv(folder, "values")["raw"].dropna())
    book = openpyxl.load_workbook(folder / "nianbao.xlsx")
    assert not [cell for row in book["values"].iter_rows() for cell in row if cell.data_type == "f"]
    cells = {cell.value for row in book["values"].iter_rows() for cell in row}
    assert {ODD[0], "007", "长" * 32_766 + "…"} <= cells
    assert "0219-01-31" in {cell.value for row in book["panel"].iter_rows() for cell in row}
    assert verify_release(folder, None, n=None).holds
    assert pd.Timestamp("0219-01-31").date() in set(read_stata(folder, "panel")["published_on"])


def test_an_empty_warehouse_has_a_release(tmp_path, workspace):
    empty = copy_of(
        workspace, tmp_path / "w", *(f"DELETE FROM {t.name}" for t in TABLES if t.layer in ("raw", "core", "out"))
    )
    made = make_release(empty, tmp_path / "r", tell=lambda _: None)
    assert made.version.startswith("1970.01.01-")
    assert made.rows["panel"] == made.rows["values"] == 0
    assert validate(str(tmp_path / "r" / "datapackage.json")).valid
    for name in ("panel", "values", "rates"):
        assert len(read_stata(tmp_path / "r", name)) == 0
