"""Guards on staged Parquet: each fails when what it guards is broken, and the good rows stay."""

import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from paths import REPORTS

from pipeline.guards import GUARDS, check_staged


@pytest.fixture
def staged(workspace, quick_documents):
    workspace.archive.put("site", quick_documents)
    lake = workspace.lake
    with lake.staging("site") as folder:
        manifest = lake.stage(folder, workspace.archive, "site", workspace.archive.records("site"))
        yield folder, manifest


def failed(folder, manifest, current=None):
    return {g.name: g.message for g in check_staged(folder, manifest, current) if not g.passed}


def rewrite(folder, name, change):
    table = change(pq.read_table(folder / f"{name}.parquet"))
    pq.write_table(table, folder / f"{name}.parquet")


def test_sound_rows_pass(staged):
    assert [g.name for g in check_staged(*staged, None)] == list(GUARDS)
    assert failed(*staged) == {}


def test_a_report_with_a_table_of_another_year_is_taken(workspace):
    name = "2019-html.html"
    title = "三、收到和处理政府信息公开申请情况"
    page = (REPORTS / name).read_text(encoding="utf-8").replace(title, "附：2017年收到政府信息公开申请情况")
    workspace.archive.put("site", [(f"file:{name}", page.encode())])
    assert workspace.stage_source("site").state == "new"
    issues = pq.read_table(workspace.lake.path("site", "core_issues"), partitioning=None)
    assert "foreign_table" in issues["kind"].to_pylist()


def test_another_column(staged):
    rewrite(staged[0], "core_issues", lambda t: t.append_column("more", pa.array(["x"] * t.num_rows)))
    assert "core_issues has other columns" in failed(*staged)["schema"]


def test_a_key_twice(staged):
    rewrite(staged[0], "core_findings", lambda t: pa.concat_tables([t, t.slice(0, 2)]))
    assert "2 keys twice" in failed(*staged)["schema"]


def test_a_label_swallowed(staged):
    rewrite(staged[0], "core_issues", lambda t: t.filter(pc.not_equal(t["kind"], "unknown_label")))
    assert "values without a code and no issue" in failed(*staged)["labels"]


def test_rows_that_fall(staged):
    folder, manifest = staged
    fuller = replace(
        manifest, counts={**manifest.counts, "core_observations": int(manifest.counts["core_observations"] * 1.2)}
    )
    assert "core_observations would fall" in failed(folder, manifest, fuller)["fall"]
    assert failed(folder, manifest, manifest) == {}


def test_an_identity_that_matched_nothing(staged):
    rewrite(staged[0], "core_findings", lambda t: t.filter(pc.not_equal(t["identity"], "applications.flow")))
    assert "applications.flow was checked nowhere" in failed(*staged)["identities"]


def test_a_failing_source_keeps_its_last_good_rows(workspace, quick_documents, monkeypatch):
    workspace.archive.put("site", quick_documents)
    assert workspace.stage_source("site").state == "new"
    before = json.loads((workspace.lake.root / "site" / "manifest.json").read_text())
    monkeypatch.setattr("pipeline.lake.parser_version", lambda: "worse")
    monkeypatch.setattr("parsers.pages.read_and_parse", lambda _: (None, ()))
    result = workspace.stage_source("site")
    assert result.state == "failed"
    assert "would fall" in result.error
    assert json.loads((workspace.lake.root / "site" / "manifest.json").read_text()) == before
    workspace.accept_fall = True
    assert workspace.stage_source("site").state == "new"
