"""The tables as they would have been on a day: documents fetched by then, read by today's parser."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pipeline_helpers import bring_up
from store_helpers import content_of, define, got, report_page, write_crawl

from pipeline.archive import Archive
from pipeline.settings import Settings
from pipeline.workspace import Workspace

BUREAU = "白榆县财政局"


@pytest.fixture
def data(tmp_path):
    """A report that was fetched in March, and its corrected state of May."""
    archive = Archive(tmp_path / "archive")
    first = content_of(BUREAU, 2022)
    corrected = json.loads(json.dumps(first, default=str))
    corrected["tables"]["applications"]["received_new"] = "900 0 0 0 0 0 900"
    for day, content in (("2023-03-01", first), ("2023-05-01", corrected)):
        write_crawl(archive, "site", day, got("/art/1.html", report_page(content), title=first["title"]))
    return tmp_path


def received(data, as_of=None):
    workspace = Workspace(Settings(data=data, sources=data / "none", as_of=as_of), tell=lambda _: None)
    workspace.__dict__["definitions"] = {"site": define("site")}
    bring_up(workspace)
    return workspace, workspace.warehouse.query("SELECT app_new_tot FROM out_panel").fetchall()


def test_each_day_has_its_own_tables(data):
    today, corrected = received(data)
    then, first = received(data, "2023-03-01")
    _, nothing = received(data, "2023-02-28")
    assert corrected == [(900,)]
    assert first != corrected
    assert len(first) == 1
    assert nothing == []
    assert then.warehouse.path == data / "as-of" / "2023-03-01" / "warehouse.duckdb"
    assert received(data, "2023-04-30")[1] == first
    assert received(data, "2023-05-01")[1] == corrected
    assert today.warehouse.query("SELECT app_new_tot FROM out_panel").fetchall() == corrected


def test_nothing_of_today_changes(data):
    received(data)
    before = {p: p.read_bytes() for p in (data / "archive").rglob("*") if p.is_file()}
    received(data, "2023-03-01")
    assert {p: p.read_bytes() for p in (data / "archive").rglob("*") if p.is_file()} == before


def test_from_the_command_line(data):
    nianbao = Path(sys.executable).with_name("nianbao")

    def run(*arguments):
        env = {"NIANBAO_DATA": str(data), "NIANBAO_SOURCES": str(data / "none"), "PATH": "/usr/bin:/bin"}
        (data / "none").mkdir(exist_ok=True)
        return subprocess.run([nianbao, *arguments], env=env, capture_output=True, text=True, timeout=120, check=False)

    done = run("run", "--as-of", "2023-03-01")
    assert done.returncode == 0, done.stderr
    asked = run("query", "--as-of", "2023-03-01", "--csv", "SELECT count(*) AS n FROM out_panel")
    assert asked.stdout == "n\n1\n"
    wrong = run("run", "--as-of", "March")
    assert wrong.returncode == 2
    assert "NIANBAO_AS_OF='March'" in wrong.stderr
