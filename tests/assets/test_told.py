"""What Dagster's pages tell the operator: rows, coverage, what fails, and how that went over the runs."""

import re

import dagster as dg
import pytest
from paths import REPORTS

from assets.checks import findings_result
from pipeline.definitions import JOB, build_definitions
from pipeline.figures import Verdicts
from pipeline.schema import CORE_TABLES
from pipeline.settings import Settings
from pipeline.warehouse import OUT_TABLES
from pipeline.workspace import Workspace

RAW_READ = ("raw_documents", "raw_crawls", "raw_links")
SOUND, WRONG = "2019-html.html", "oddity-wrong-total.html"
HOSTILE = "白榆县[水务](javascript:alert(1))|局"


def page(name, organ="白榆县财政局"):
    return (REPORTS / name).read_text(encoding="utf-8").replace("白榆县财政局", organ).encode()


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def run(workspace, instance, *sources):
    config = {"sources": list(sources)}
    return (
        build_definitions(workspace)
        .resolve_job_def(JOB)
        .execute_in_process(
            instance=instance,
            run_config={
                "ops": {"raw_tables": {"config": config}, "core_tables": {"config": config}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )
    )


def last(instance, name):
    return instance.get_latest_materialization_event(dg.AssetKey(name)).asset_materialization.metadata


def of_partitions(instance, name):
    """Of each source, what its newest event tells."""
    records = instance.fetch_materializations(dg.AssetKey(name), limit=1000, ascending=True).records
    events = [record.asset_materialization for record in records]
    return {e.partition: {key: e.metadata[key].value for key in e.metadata} for e in events if e.partition}


def count(workspace, name, where="true"):
    return workspace.warehouse.query(f"SELECT count(*) FROM {name} WHERE {where}").fetchall()[0][0]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A run over two sources, then one over the second alone; a document of the first has two addresses."""
    settings = Settings(data=tmp_path_factory.mktemp("told"), explorer="https://example.org/nianbao/")
    workspace = Workspace(settings, tell=lambda _: None)
    workspace.archive.put("alpha", [("file:a.html", page(SOUND)), ("http://www.example.gov.cn/b.html", page(SOUND))])
    workspace.archive.put("beta", [("http://www.example.gov.cn/c.html", page(WRONG, HOSTILE))])
    with dg.DagsterInstance.ephemeral() as instance:
        assert run(workspace, instance).success
        outcome = run(workspace, instance, "beta")
        assert outcome.success
        yield workspace, instance, outcome


def test_every_table_has_the_count_of_its_rows(told):
    workspace, instance, _ = told
    for name in (*RAW_READ, *CORE_TABLES, "core_report_parts", *OUT_TABLES):
        assert last(instance, name)["dagster/row_count"].value == count(workspace, name), name
    assert last(instance, "raw_documents")["dagster/row_count"].value == 2


def test_every_source_has_the_count_of_its_rows_and_of_the_tables(told):
    workspace, instance, _ = told
    for name in CORE_TABLES:
        found = of_partitions(instance, name)
        assert set(found) == {"alpha", "beta"}
        for source, metadata in found.items():
            assert metadata["dagster/partition_row_count"] == count(workspace, name, f"source = '{source}'")
            assert metadata["dagster/row_count"] == count(workspace, name)
    findings = of_partitions(instance, "core_findings")
    assert (findings["alpha"]["partition_fail"], findings["beta"]["partition_fail"]) == (0, 2)


def test_failed_identities_are_listed_with_links_and_nothing_that_a_report_says_is_one(told):
    _, instance, outcome = told
    metadata = last(instance, "core_findings")
    rows = metadata["newest_failures"].value.splitlines()[2:]
    assert len(rows) == 2
    links = [re.findall(r"(?<!\\)\]\(([^)]*)\)", row) for row in rows]
    report = r"https://example\.org/nianbao/report/beta/[0-9a-f]{16}-0#c[0-9]+"
    for explorer, published in links:
        assert re.fullmatch(report, explorer)
        assert published == "http://www.example.gov.cn/c.html"
    assert "11 ≠ 12" in rows[0]
    assert "granted total → 11" in rows[0]
    (check,) = [e for e in outcome.get_asset_check_evaluations() if e.check_name == "failed_identities"]
    assert check.passed
    assert {key: check.metadata[key].value for key in check.metadata} == {
        key: metadata[key].value for key in metadata if key not in ("dagster/row_count", "preview")
    }


def test_verdicts_are_numbers(told):
    workspace, instance, _ = told
    metadata = last(instance, "core_findings")
    for verdict in ("pass", "fail", "uncertain", "not_assessable"):
        assert metadata[verdict].value == count(workspace, "core_findings", f"verdict = '{verdict}'")
    assert metadata["fail"].value == 2
    assert metadata["share_failed"].value == round(2 / (metadata["pass"].value + 2), 6) > 0


def test_coverage_ledger_and_panel(told):
    _, instance, _ = told
    coverage, ledger, panel = (last(instance, f"out_{name}") for name in ("coverage", "ledger", "panel"))
    assert [coverage[key].value for key in ("expected", "published", "fetched", "parsed", "pass", "fail")] == [
        0, 2, 2, 2, 1, 1
    ]  # fmt: skip
    assert coverage["by_year"].value.splitlines()[2:] == ["|2019|0|2|2|2|1|1|"]
    assert coverage["by_province"].value.splitlines()[2:] == ["|place not known|2019|0|2|2|2|1|1|"]
    assert (ledger["published"].value, ledger["missing"].value) == (2, 0)
    assert (panel["organs"].value, panel["years"].value, panel["share_with_failed_checks"].value) == (2, 1, 0.5)


def plotted(instance):
    return ", ".join(last(instance, "core_findings")["share_failed_over_runs"].value.splitlines()[2::2])


def test_failures_over_the_runs(workspace, instance):
    workspace.archive.put("alpha", [("file:a.html", page(SOUND))])
    run(workspace, instance)
    assert plotted(instance) == "0.00% of the checked identities fail"
    workspace.archive.put("alpha", [("file:b.html", page(WRONG, "白榆县民政局"))])
    run(workspace, instance)
    share = last(instance, "core_findings")["share_failed"].value
    workspace.archive.put("beta", [("file:a.html", page(SOUND, f"白榆县{c}局")) for c in "甲乙"])
    # A run that ends before its checks leaves nothing to plot.
    path = next((workspace.archive.root / "beta").glob("*.warc.gz"))
    whole = path.read_bytes()
    path.write_bytes(b"\0" * len(whole))
    job = build_definitions(workspace).resolve_implicit_global_asset_job_def()
    core = job.get_subset(asset_selection={dg.AssetKey(name) for name in CORE_TABLES})
    instance.add_dynamic_partitions("sources", ["beta"])
    logs = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    failed = core.execute_in_process(
        instance=instance, run_config=logs, tags={"dagster/partition": "beta"}, raise_on_error=False
    )
    assert not failed.success
    path.write_bytes(whole)
    run(workspace, instance)
    now = last(instance, "core_findings")["share_failed"].value
    assert 0 < now < share
    assert plotted(instance) == (f"{now:.2%} of the checked identities fail, at most {share:.2%} in the last 3 runs")


def test_many_failures_are_a_warning():
    result = findings_result(Verdicts({"pass": 15, "fail": 5, "uncertain": 0, "not_assessable": 0}), {"fail": 5})
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert result.metadata["fail"].value == 5


def test_without_an_explorer_there_is_no_link_to_it(tmp_path, instance):
    workspace = Workspace(Settings(data=tmp_path, explorer=""), tell=lambda _: None)
    workspace.archive.put("alpha", [("file:a.html", page(WRONG))])
    run(workspace, instance)
    assert "](" not in last(instance, "core_findings")["newest_failures"].value
