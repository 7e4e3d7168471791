"""The Dagster graph: sources as partitions, failing sources, metadata, conditions."""

import dagster as dg
import pytest

from pipeline.definitions import JOB, build_definitions
from pipeline.schema import CORE_TABLES
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
            "ops": {"raw_documents": {"config": config}, "core_tables": {"config": config}},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
    )


@pytest.fixture
def three_sources(workspace, quick_documents):
    for n, source in enumerate(("alpha", "beta", "gamma")):
        workspace.archive.put(source, quick_documents[n::9])
    return workspace


def materialized(instance, name):
    return instance.get_materialized_partitions(dg.AssetKey(name))


def test_a_run_over_chosen_sources_marks_only_them(three_sources, instance):
    assert run(three_sources, instance, "alpha", "gamma").success
    for name in CORE_TABLES:
        assert materialized(instance, name) == {"alpha", "gamma"}
    assert run(three_sources, instance).success
    assert materialized(instance, "core_reports") == {"alpha", "beta", "gamma"}


def test_a_failing_source_does_not_stop_the_others(three_sources, instance):
    path = next((three_sources.archive.root / "beta").glob("*.warc.gz"))
    three_sources.archive.records("beta")
    path.write_bytes(b"\0" * path.stat().st_size)
    outcome = run(three_sources, instance)
    assert outcome.success
    assert materialized(instance, "core_observations") == {"alpha", "gamma"}
    checks = {e.check_name: e for e in outcome.get_asset_check_evaluations()}
    assert not checks["sources"].passed
    assert "damaged" in checks["sources"].metadata["beta"].text
    assert set(three_sources.warehouse.digests()) >= {"source alpha", "source gamma", "out_panel"}


def test_a_second_run_loads_nothing(three_sources, instance):
    run(three_sources, instance)
    before = three_sources.warehouse.path.stat()
    run(three_sources, instance)
    after = three_sources.warehouse.path.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_every_asset_tells_what_it_is(three_sources, instance):
    run(three_sources, instance)
    graph = build_definitions(three_sources).resolve_asset_graph()
    names = {"raw_documents", *CORE_TABLES, *OUT_TABLES}
    assert {key.to_user_string() for key in graph.get_all_asset_keys()} == names
    for name in names:
        node = graph.get(dg.AssetKey(name))
        assert node.description
        assert node.group_name == name.partition("_")[0]
        assert node.kinds
        assert node.owners == ["team:nianbao"]
        assert node.metadata["dagster/column_schema"].columns
        last = instance.get_latest_materialization_event(dg.AssetKey(name)).asset_materialization.metadata
        assert last["dagster/row_count"].value >= 0
        assert "preview" in last


def test_checks_are_shown(three_sources, instance):
    outcome = run(three_sources, instance)
    checks = {e.check_name: e.passed for e in outcome.get_asset_check_evaluations()}
    assert checks == {"schema": True, "labels": True, "fall": True, "identities": True, "sources": True}


def test_the_panel_follows_sources_though_one_was_never_run(three_sources, instance):
    """With three sources of which one is never run, out_panel follows the others."""
    definitions = build_definitions(three_sources)
    run(three_sources, instance, "alpha")
    instance.add_dynamic_partitions("sources", ["alpha", "beta", "gamma"])
    panel = dg.AssetSelection.assets("out_panel", "out_panel_all")
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
    assert second.total_requested == 2
    third = dg.evaluate_automation_conditions(
        defs=definitions, instance=instance, asset_selection=panel, cursor=second.cursor
    )
    assert third.total_requested == 0
