"""The Dagster graph: sources as partitions, failing sources, metadata, conditions."""

import dagster as dg
import pytest
from paths import REPORTS

from assets.release import RELEASE_JOB
from pipeline.definitions import JOB, build_definitions
from pipeline.schema import CORE_TABLES, RAW_TABLES
from pipeline.warehouse import OUT_TABLES


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def run(workspace, instance, *sources):
    config = {"sources": list(sources)}
    job = build_definitions(workspace).resolve_job_def(JOB)
    return job.execute_in_process(
        instance=instance,
        run_config={
            "ops": {"raw_tables": {"config": config}, "core_tables": {"config": config}},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
    )


@pytest.fixture
def three_sources(workspace, quick_documents):
    for n, source in enumerate(("alpha", "beta", "gamma")):
        workspace.archive.put(source, quick_documents[n::9])
    return workspace


def damage(workspace, source):
    """What the archive says is there is there no more."""
    path = next((workspace.archive.root / source).glob("*.warc.gz"))
    workspace.archive.records(source)
    path.write_bytes(b"\0" * path.stat().st_size)


def run_partitions(workspace, instance, first, last):
    """A run as the web UI starts it for one partition or a range of them."""
    instance.add_dynamic_partitions("sources", ["alpha", "beta", "gamma"])
    tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    job = build_definitions(workspace).resolve_implicit_global_asset_job_def()
    core = job.get_subset(asset_selection={dg.AssetKey(name) for name in CORE_TABLES})
    return core.execute_in_process(
        instance=instance,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        tags={"dagster/partition": first} if first == last else tags,
        raise_on_error=False,
    )


def events(instance, name):
    """(partition, its state, its documents) of every materialization event, oldest first."""
    records = instance.fetch_materializations(dg.AssetKey(name), limit=100, ascending=True).records
    found = [record.asset_materialization for record in records]
    return [(m.partition, m.metadata["state"].value, m.metadata["documents"].value) for m in found]


def materialized(instance, name):
    return instance.get_materialized_partitions(dg.AssetKey(name))


def test_a_run_over_chosen_sources_marks_only_them(three_sources, instance):
    assert run(three_sources, instance, "alpha", "gamma").success
    for name in CORE_TABLES:
        assert materialized(instance, name) == {"alpha", "gamma"}
    assert run(three_sources, instance).success
    assert materialized(instance, "core_reports") == {"alpha", "beta", "gamma"}


def test_a_failing_source_does_not_stop_the_others(three_sources, instance):
    damage(three_sources, "beta")
    outcome = run(three_sources, instance)
    assert outcome.success
    assert materialized(instance, "core_observations") == {"alpha", "gamma"}
    checks = {e.check_name: e for e in outcome.get_asset_check_evaluations()}
    assert not checks["sources"].passed
    assert "damaged" in checks["sources"].metadata["beta"].text
    assert set(three_sources.warehouse.digests()) >= {"source alpha", "source gamma", "out_panel"}


@pytest.mark.parametrize("last", ["alpha", "gamma"])
def test_a_run_over_partitions_gives_every_source_one_event(three_sources, instance, last):
    outcome = run_partitions(three_sources, instance, "alpha", last)
    assert outcome.success
    sources = ["alpha", "beta", "gamma"] if last == "gamma" else ["alpha"]
    documents = {source: len(three_sources.documents(source)) for source in sources}
    for name in CORE_TABLES:
        assert sorted(events(instance, name)) == [(source, "new", documents[source]) for source in sources]


def test_a_run_over_partitions_marks_no_failed_source(three_sources, instance):
    damage(three_sources, "beta")
    outcome = run_partitions(three_sources, instance, "alpha", "gamma")
    assert not outcome.success
    assert [partition for partition, _, _ in events(instance, "core_observations")] == ["alpha", "gamma"]
    checks = {e.check_name: e.passed for e in outcome.get_asset_check_evaluations()}
    assert checks == {"schema": True, "labels": True, "fall": True, "identities": True, "sources": False}
    assert set(three_sources.warehouse.digests()) >= {"source alpha", "source gamma"}


def test_a_run_over_one_failed_partition_marks_nothing(three_sources, instance):
    run(three_sources, instance, "alpha")
    damage(three_sources, "beta")
    outcome = run_partitions(three_sources, instance, "beta", "beta")
    assert not outcome.success
    assert "damaged" in outcome.get_step_failure_events()[0].step_failure_data.user_failure_data.description
    assert materialized(instance, "core_observations") == {"alpha"}


def test_a_first_run_in_which_every_source_fails_says_why(three_sources, instance):
    for source in ("alpha", "beta", "gamma"):
        damage(three_sources, source)
    with pytest.raises(dg.Failure, match="damaged"):
        run(three_sources, instance)
    assert not three_sources.warehouse.path.exists()
    assert materialized(instance, "core_reports") == set()


@pytest.mark.parametrize("name", ["nosuch", "../evil", ""])
def test_a_source_that_the_archive_has_not_is_refused(three_sources, instance, name):
    with pytest.raises(dg.Failure, match=r"no such source.*known are: alpha, beta, gamma"):
        run(three_sources, instance, "alpha", name)
    assert materialized(instance, "core_reports") == set()
    assert not instance.get_dynamic_partitions("sources")
    assert not three_sources.lake.root.exists()


def test_a_partition_without_a_source_is_refused(three_sources, instance):
    instance.add_dynamic_partitions("sources", ["../evil"])
    assert not run_partitions(three_sources, instance, "../evil", "../evil").success
    assert not three_sources.lake.root.exists()


def test_a_source_loaded_again_from_the_lake_is_not_unchanged(three_sources, instance):
    run(three_sources, instance, "alpha")
    three_sources.warehouse.path.unlink()
    results = []
    three_sources.on_result = results.append
    run(three_sources, instance, "alpha")
    run(three_sources, instance, "alpha")
    assert [result.state for result in results] == ["loaded", "unchanged"]


def test_a_second_run_loads_nothing(three_sources, instance):
    run(three_sources, instance)
    before = three_sources.warehouse.path.stat()
    run(three_sources, instance)
    after = three_sources.warehouse.path.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_every_asset_tells_what_it_is(three_sources, instance):
    run(three_sources, instance)
    graph = build_definitions(three_sources).resolve_asset_graph()
    names = {*RAW_TABLES, *CORE_TABLES, "core_report_parts", *OUT_TABLES}
    assert {key.to_user_string() for key in graph.get_all_asset_keys()} == names | {"out_release"}
    for name in names:
        node = graph.get(dg.AssetKey(name))
        assert node.description
        assert node.group_name == name.partition("_")[0]
        assert node.kinds
        assert node.owners == ["team:nianbao"]
        assert node.metadata["dagster/column_schema"].columns
        if name != "raw_fetches":  # it is materialized by crawling
            last = instance.get_latest_materialization_event(dg.AssetKey(name)).asset_materialization.metadata
            assert "preview" in last
            assert name.startswith("raw_") or last["dagster/row_count"].value >= 0


def test_a_release_is_made_on_request_only(three_sources, instance):
    run(three_sources, instance)
    folder = three_sources.settings.release
    assert not folder.exists()
    job = build_definitions(three_sources).resolve_job_def(RELEASE_JOB)
    assert job.execute_in_process(instance=instance).success
    last = instance.get_latest_materialization_event(dg.AssetKey("out_release")).asset_materialization.metadata
    assert (folder / "README.md").read_text(encoding="utf-8").startswith(f"# nianbao {last['version'].value}\n")
    assert last["files"].value == sum(path.is_file() for path in folder.rglob("*"))
    assert last["rows"].value["panel"] == len(three_sources.warehouse.query("FROM out_panel").fetchall()) > 0
    assert (last["replaced"].value, last["changed_cells"].value) == (True, 0)
    assert job.execute_in_process(instance=instance).success
    last = instance.get_latest_materialization_event(dg.AssetKey("out_release")).asset_materialization.metadata
    assert last["replaced"].value is False


def test_checks_are_shown(three_sources, instance):
    outcome = run(three_sources, instance)
    checks = {e.check_name: e for e in outcome.get_asset_check_evaluations()}
    names = {"schema", "labels", "fall", "identities", "sources", "fact_counts", "prose_against_tables"}
    names.add("failed_identities")
    assert {name for name, check in checks.items() if check.passed} == set(checks) == names
    assert checks["fact_counts"].metadata["facts"].value > 50
    assert checks["prose_against_tables"].metadata["figures_compared"].value > 20


def test_a_warning_where_prose_gives_no_facts_and_contradicts_the_tables(workspace, instance):
    silent = "".join(f"<p>{c}推进政务公开，加强政策解读，回应群众关切。</p>" for c in "甲乙丙丁戊己庚辛" * 10)
    sound = (REPORTS / "2019-html.html").read_text(encoding="utf-8")
    pages = [sound.replace("全年发布信息286条", silent).replace("30件", "31件").replace("29件", "27件")]
    pages += [
        sound.replace("白榆县", f"白{c}县").replace("30件", "33件").replace("2件", "5件") for c in "甲乙丙丁戊己庚辛"
    ]
    headings = ("一、概述", "二、主动公开政府信息情况", "三、依申请公开政府信息情况", "四、存在的主要问题和改进措施")
    prose = "".join(f"<p>{heading}</p>{silent}" for heading in headings)
    texts = [*pages, *(f"<h1>白榆县{c}局2012年政府信息公开工作年度报告</h1>{prose}" for c in "丙丁戊")]
    workspace.archive.put("alpha", [(f"file:{n}.html", text.encode()) for n, text in enumerate(texts)])
    checks = {e.check_name: e for e in run(workspace, instance).get_asset_check_evaluations()}
    facts, tables = checks["fact_counts"], checks["prose_against_tables"]
    assert (facts.passed, facts.metadata["long_reports_without_facts"].value) == (False, 3)
    assert not tables.passed
    assert tables.metadata["disagreements"].value >= 18
    assert {facts.severity, tables.severity} == {dg.AssetCheckSeverity.WARN}


def test_the_panel_follows_sources_though_one_was_never_run(three_sources, instance):
    """With three sources of which one is never run, out_panel follows the others."""
    definitions = build_definitions(three_sources)
    run(three_sources, instance, "alpha")
    instance.add_dynamic_partitions("sources", ["alpha", "beta", "gamma"])
    panel = dg.AssetSelection.assets(*OUT_TABLES)
    first = dg.evaluate_automation_conditions(defs=definitions, instance=instance, asset_selection=panel)
    config = {"sources": ["beta"]}
    core = definitions.resolve_implicit_global_asset_job_def()
    core.get_subset(asset_selection={dg.AssetKey(name) for name in CORE_TABLES}).execute_in_process(
        instance=instance,
        run_config={
            "ops": {"core_tables": {"config": config}},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
    )
    assert materialized(instance, "core_reports") == {"alpha", "beta"}
    second = dg.evaluate_automation_conditions(
        defs=definitions, instance=instance, asset_selection=panel, cursor=first.cursor
    )
    assert second.total_requested == len(OUT_TABLES)
    third = dg.evaluate_automation_conditions(
        defs=definitions, instance=instance, asset_selection=panel, cursor=second.cursor
    )
    assert third.total_requested == 0
