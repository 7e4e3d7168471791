"""The commands as a person types them."""

import json
import os
import subprocess
import sys

import pytest
from paths import REPORTS

CODE = "from pipeline.cli import app; app()"


@pytest.fixture
def nianbao(tmp_path):
    def call(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-c", CODE, *map(str, arguments)],
            env=os.environ | {"NIANBAO_DATA": str(tmp_path / "data"), "COLUMNS": "160"} | environment,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    return call


def test_help(nianbao):
    done = nianbao("--help")
    assert done.returncode == 0
    assert {"parse", "add", "run", "query", "dev"} <= set(done.stdout.split())


def test_parse_as_json(nianbao):
    done = nianbao("parse", REPORTS / "2019-html.html", "nowhere.html", REPORTS / "2021-text.txt", REPORTS, "--json")
    assert done.returncode == 1
    assert done.stderr == ""
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["status"] for line in lines] == ["parsed", "rejected", "parsed", "rejected"]
    assert [line["reason"] for line in lines] == [None, "not_found", None, "not_a_file"]
    first, missing, *_ = lines
    assert set(first) == set(missing)
    assert first["file"] == str(REPORTS / "2019-html.html")
    assert missing["file"] == "nowhere.html"
    for name in ("observations", "facts", "points", "citations", "findings", "issues", "restorations"):
        assert missing[name] == []
    observation = first["observations"][6]
    assert observation == {
        "seq": 6, "table": "proactive", "row": "licensing", "column": "items_prev_year", "value": 12, "kind": "number",
        "unit": "项", "unit_source": "convention", "raw": "12", "raw_row": "行政许可", "raw_column": "上一年项目数量",
        "scope": None, "basis": "year", "where": {"table": 2, "row": 7, "column": 2}, "flags": [],
    }  # fmt: skip
    assert set(first["findings"][0]) >= {
        "identity",
        "row_or_column",
        "reading",
        "verdict",
        "left",
        "right",
        "cells",
        "suspect",
    }


def test_parse_needs_no_dagster_nor_warehouse():
    code = (
        "import sys; sys.argv = ['nianbao', 'parse', '--json', sys.argv[1]]\n"
        "from pipeline.cli import app\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "heavy = {'dagster', 'duckdb', 'pandas', 'pyarrow', 'pdfplumber', 'docx', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code, str(REPORTS / "2019-html.html")], check=True, capture_output=True)


def test_parse_for_a_person(nianbao):
    done = nianbao(
        "parse",
        REPORTS / "oddity-wrong-total.html",
        REPORTS / "reject-notice.html",
        REPORTS / "oddity-mangled-labels.html",
    )
    assert done.returncode == 1
    assert "白榆县财政局2019年政府信息公开工作年度报告" in done.stdout
    assert "（一）予以公开" in done.stdout
    assert (
        "fail applications.row_sum granted: parts 11, total 12; suspect granted total, 11 would repair it"
        in done.stdout
    )
    assert "12 →11?" in done.stdout
    assert "rejected: not_an_annual_report" in done.stdout
    assert "closest_label" in done.stdout


def test_wrong_usage(nianbao):
    assert nianbao("parse").returncode == 2
    assert nianbao("add", REPORTS, "--source", "Not A Name").returncode == 2
    assert nianbao("query", "SELECT 1", "--csv", "--json").returncode == 2
    done = nianbao("run")
    assert done.returncode == 2
    assert "nianbao add" in done.stderr
    done = nianbao("query", "SELECT 1")
    assert done.returncode == 1
    assert "nianbao run" in done.stderr


@pytest.mark.slow
def test_from_files_to_answers(nianbao, tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for name in ("2019-html.html", "oddity-wrong-total.html", "reject-letter.html"):
        (inbox / name).write_bytes((REPORTS / name).read_bytes())
    (inbox / ".hidden").write_text("x")
    done = nianbao("add", inbox, tmp_path / "nowhere", "--source", "inbox")
    assert done.returncode == 1
    assert "no such file" in done.stderr
    assert "3 documents added" in done.stdout
    assert (
        nianbao("add", inbox, "--source", "inbox").stdout == "inbox: 0 documents added, 3 already there, 0 left out\n"
    )

    assert nianbao("run", "other").returncode == 2
    assert nianbao("run", NIANBAO_WORKERS="some").returncode == 2
    done = nianbao("run")
    assert done.returncode == 0, done.stderr
    for words in (
        "Reports",
        "Failed checks",
        "granted total → 11",
        "not_an_annual_report 1",
        "3 of 3 documents parsed",
    ):
        assert words in done.stdout
    done = nianbao("run", "inbox")
    assert done.returncode == 0
    assert "nothing changed" in done.stdout

    done = nianbao("query", "SELECT status, count(*) AS n FROM core_reports GROUP BY ALL ORDER BY ALL", "--csv")
    assert done.stdout == "status,n\nparsed,2\nrejected,1\n"
    done = nianbao("query", "SELECT agency, year FROM out_panel", "--json")
    assert json.loads(done.stdout) == {"agency": "白榆县财政局", "year": 2019}
    assert "白榆县财政局" in nianbao("query", "SELECT agency FROM out_panel").stdout
    done = nianbao("query", "DROP TABLE core_reports")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
