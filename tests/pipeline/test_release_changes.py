"""CHANGES.csv: every cell that differs from the release before, each change really made, with its cause."""

import shutil

import duckdb
import pandas as pd
import pytest
from paths import REPORTS
from pipeline_helpers import bring_up
from release_helpers import bytes_of, release_of, workspace_at

from pipeline.records import report_rows
from pipeline.settings import Settings
from pipeline.workspace import Workspace

OFFICE = "青澜市人民政府办公室"
PAGE = (REPORTS / "2021-html.html").read_text(encoding="utf-8")
URL = "http://www.example.gov.cn/2022.html"
FINANCE = ("http://www.example.gov.cn/2019.html", (REPORTS / "2019-html.html").read_bytes())
NEW_TOTAL = "UPDATE core_observations SET value = 339 WHERE value = 338 AND row_code = 'received_new'"


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A data folder with its release."""
    data = tmp_path_factory.mktemp("changes")
    workspace = workspace_at(data, [(URL, PAGE.encode()), FINANCE])
    release_of(workspace, workspace.settings.release)
    return data


@pytest.fixture
def workspace(base, tmp_path):
    """A copy of it to change."""
    shutil.copytree(base, tmp_path / "data")
    return Workspace(Settings(data=tmp_path / "data"), tell=lambda _: None)


@pytest.fixture
def change(workspace):
    """Change the warehouse by hand and release again -> the rows of CHANGES.csv."""

    def call(*statements):
        change_by_hand(workspace, *statements)
        return changes_of(release_of(workspace, workspace.settings.release))

    return call


def change_by_hand(workspace, *statements):
    with duckdb.connect(str(workspace.warehouse.path)) as connection:
        for statement in statements:
            connection.execute(statement)
    workspace.warehouse.refresh(["out_values"], workspace.tell)


def changes_of(release):
    frame = pd.read_csv(release.folder / "CHANGES.csv", encoding="utf-8-sig")
    assert len(frame) == release.changes
    return frame


def only(frame, **wanted):
    """The one row of a change."""
    (row,) = frame.to_dict("records")
    assert {name: row[name] for name in wanted} == wanted
    return row


def test_a_first_release_has_the_header_only(base):
    header = (base / "release" / "CHANGES.csv").read_text(encoding="utf-8-sig")
    assert header == (
        "agency_id,year,indicator,change,before,after,missing_before,missing_after,source_before,source_after,"
        "report_id_before,report_id_after,url,cause\n"
    )


def test_another_document(workspace):
    """The organ published its report again, with another total."""
    again = PAGE.replace(">338<", ">340<", 1)
    assert again != PAGE
    workspace.archive.put("site", [(URL, again.encode())])
    bring_up(workspace)
    row = only(
        changes_of(release_of(workspace, workspace.settings.release)),
        year=2022, indicator="app_new_tot", change="changed", before=338, after=340, url=URL, cause="source",
    )  # fmt: skip
    assert row["report_id_before"] != row["report_id_after"]


def test_a_new_organ_and_one_that_is_gone(workspace):
    other = PAGE.replace(OFFICE, "青澜市水务局").encode()
    workspace.archive.put("site", [("http://www.example.gov.cn/other.html", other)])
    bring_up(workspace)
    found = changes_of(release_of(workspace, workspace.settings.release))
    assert set(found["change"]) == {"new"}
    assert set(found["cause"]) == {"source"}
    assert len(found) == len({*found["indicator"]}) > 190
    # The release of both is now held against the one without.
    change_by_hand(workspace, "DELETE FROM core_reports WHERE agency = '青澜市水务局'")
    gone = changes_of(release_of(workspace, workspace.settings.release))
    assert (set(gone["change"]), set(gone["cause"])) == ({"gone"}, {"source"})
    assert set(gone["url"]) == {"http://www.example.gov.cn/other.html"}
    assert len(gone) == len(found)


@pytest.mark.parametrize(
    ("columns", "cause"),
    [
        ("parser_version = 'later'", "parser"),
        ("forms_version = 'later'", "forms"),
        ("parser_version = 'later', forms_version = 'later'", "parser+forms"),
        ("title = title", "rules"),
    ],
)
def test_the_same_report_read_otherwise(change, columns, cause):
    only(
        change(NEW_TOTAL, f"UPDATE core_reports SET {columns}"),
        indicator="app_new_tot", before=338, after=339, cause=cause,
    )  # fmt: skip


def test_a_parser_that_runs_anew(workspace, monkeypatch):
    """The same documents, parsed by code of another version that reads a cell otherwise."""

    def misread(report, record):
        rows = report_rows(report, record)
        rows["core_observations"] = [
            (*o[:6], 339, *o[7:]) if o[4] == "received_new" and o[6] == 338 else o for o in rows["core_observations"]
        ]
        return rows

    monkeypatch.setattr("pipeline.reading.report_rows", misread)
    for module in ("lake", "records"):
        monkeypatch.setattr(f"pipeline.{module}.parser_version", lambda: "of another day")
    assert [r.state for r in bring_up(workspace)] == ["new"]
    only(
        changes_of(release_of(workspace, workspace.settings.release)),
        indicator="app_new_tot", before=338, after=339, cause="parser",
    )  # fmt: skip


def test_another_version_that_reads_the_same_changes_nothing(change):
    assert change("UPDATE core_reports SET parser_version = 'later'").empty


def test_a_report_that_went_to_another_organ(change):
    found = change(f"UPDATE core_reports SET agency_id = 'org_other' WHERE agency = '{OFFICE}'")
    assert set(found["cause"]) == {"organs"}
    assert found.groupby("change")["agency_id"].unique().map(list).to_dict().keys() == {"gone", "new"}
    assert set(found[found["change"] == "new"]["agency_id"]) == {"org_other"}


def test_a_reason_that_changed(change):
    row = only(
        change(
            "UPDATE core_observations SET value = NULL, kind = 'unreadable' WHERE value = 338 AND row_code = 'received_new'",
            "UPDATE core_reports SET parser_version = 'later'",
        ),
        change="changed", before=338, missing_after="unreadable", cause="parser",
    )  # fmt: skip
    assert pd.isna(row["after"])


def test_the_same_again_keeps_the_list(change, workspace):
    assert len(change(NEW_TOTAL)) == 1
    before = bytes_of(workspace.settings.release)
    assert release_of(workspace, workspace.settings.release).changes == 1
    assert bytes_of(workspace.settings.release) == before


def test_against_a_named_release(base, change, workspace, tmp_path):
    change(NEW_TOTAL)
    made = release_of(workspace, tmp_path / "second", previous=base / "release")
    only(changes_of(made), before=338, after=339)
    assert bytes_of(tmp_path / "second") == bytes_of(workspace.settings.release)
