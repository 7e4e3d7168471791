"""What starts by itself: the nightly schedule, the inbox sensor, and tables that follow what they are made of."""

import json
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from paths import FIXTURES

from assets.automation import nightly, watch_inbox
from pipeline.definitions import build_definitions
from pipeline.due import due_sources
from pipeline.schema import CORE_TABLES
from pipeline.settings import Settings
from pipeline.warehouse import OUT_TABLES
from pipeline.workspace import Workspace

NAMES = ("alpha", "beta", "delta", "gamma")
SOURCE = """
name: {name}
title: 测试
kind: organ
level: county
start: ["http://127.0.0.1:{port}/zfxxgk/"]
allow_private: true
politeness: {{delay_seconds: 0}}
evidence: a server of the tests
last_worked: never
"""


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def sites(tmp_path, httpserver):
    """Four sources; `delta` is never crawled. Each site shows one list with one report."""
    sources = tmp_path / "sources"
    sources.mkdir()
    report = (FIXTURES / "reports" / "2019-html.html").read_bytes()
    for name in NAMES:
        text = SOURCE.format(name=name, port=httpserver.port).replace("/zfxxgk/", f"/{name}/")
        (sources / f"{name}.yml").write_text(text, encoding="utf-8")
        links = f'<ul><li><a href="/{name}/1.html">白榆县财政局2019年政府信息公开工作年度报告</a><span>2020-01-20</span></li></ul>'
        page = f"<html><head><title>政府信息公开年报</title></head><body>{links}</body></html>"
        httpserver.expect_request(f"/{name}/").respond_with_data(page, content_type="text/html; charset=utf-8")
        httpserver.expect_request(f"/{name}/1.html").respond_with_data(
            report + f"<!-- {name} -->".encode(), content_type="text/html; charset=utf-8"
        )
    return Workspace(Settings(data=tmp_path / "data", sources=sources), tell=lambda _: None)


def run_job(workspace, instance, name, config):
    return (
        build_definitions(workspace)
        .resolve_job_def(name)
        .execute_in_process(
            instance=instance,
            run_config={**config, "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    )


def last_metadata(instance, name):
    return instance.get_latest_materialization_event(dg.AssetKey(name)).asset_materialization.metadata


def scheduled(workspace, instance, moment):
    """What the schedule yields at a moment."""
    context = dg.build_schedule_context(
        instance=instance, scheduled_execution_time=moment, resources={"workspace": workspace}
    )
    return nightly.evaluate_tick(context)


def test_the_schedule_starts_one_run_for_what_is_due(sites, instance):
    now = datetime.now(UTC)
    (request,) = scheduled(sites, instance, now).run_requests
    assert request.run_config["ops"]["raw_fetches"]["config"]["sources"] == list(NAMES)
    crawled = ["alpha", "beta"]
    config = {"ops": {"raw_fetches": {"config": {"sources": crawled}}, "raw_tables": {"config": {"sources": crawled}}}}
    assert run_job(sites, instance, "crawl", config).success
    counts = [last_metadata(instance, name)["dagster/row_count"].value for name in ("raw_fetches", "raw_crawls")]
    sites.load([sites.stage_source(name) for name in crawled])
    assert counts == [
        sites.warehouse.query(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in ("raw_fetches", "raw_crawls")
    ]
    (request,) = scheduled(sites, instance, now + timedelta(days=1)).run_requests
    assert request.run_config["ops"]["raw_fetches"]["config"]["sources"] == ["delta", "gamma"]
    (request,) = scheduled(sites, instance, now + timedelta(days=40)).run_requests
    assert request.run_config["ops"]["raw_fetches"]["config"]["sources"] == list(NAMES)


def test_nothing_due_is_no_run(tmp_path, instance):
    (tmp_path / "none").mkdir()
    workspace = Workspace(Settings(data=tmp_path / "data", sources=tmp_path / "none"), tell=lambda _: None)
    tick = scheduled(workspace, instance, datetime.now(UTC))
    assert tick.run_requests == []
    assert "no source is due" in tick.skip_message


@pytest.mark.parametrize(
    ("now", "days", "is_due"),
    [
        ("2026-01-15", 6, False),
        ("2026-01-15", 7, True),
        ("2026-04-30", 7, True),
        ("2026-05-01", 7, False),
        ("2026-08-01", 27, False),
        ("2026-08-01", 28, True),
    ],
)
def test_weekly_in_the_season_monthly_otherwise(now, days, is_due):
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert (due_sources(["a"], {"a": at - timedelta(days=days)}, at) == ["a"]) is is_due
    assert due_sources(["a"], {}, at) == ["a"]


def test_days_are_those_of_beijing():
    """Seven nights at 02:00 in Beijing are seven days there, though the crawl began on the evening before in UTC."""
    last = datetime(2026, 1, 7, 18, 5, tzinfo=UTC)
    assert due_sources(["a"], {"a": last}, datetime(2026, 1, 14, 18, 0, tzinfo=UTC)) == ["a"]


def tick_inbox(workspace, instance, cursor):
    context = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"workspace": workspace})
    result = watch_inbox.evaluate_tick(context)
    return result.run_requests, result.cursor


def test_the_inbox_is_taken_in_once_it_is_quiet(sites, instance, quick_documents):
    assert tick_inbox(sites, instance, None)[0] == []
    folder = sites.settings.inbox / "by-hand"
    folder.mkdir(parents=True)
    name, content = quick_documents[0]
    (folder / name.removeprefix("file:")).write_bytes(content)
    requests, cursor = tick_inbox(sites, instance, None)
    assert requests == []  # it may still be growing
    (request,), cursor = tick_inbox(sites, instance, cursor)
    assert request.run_config["ops"]["raw_tables"]["config"]["sources"] == ["by-hand"]
    assert tick_inbox(sites, instance, cursor)[0] == []
    assert run_job(sites, instance, "inbox", request.run_config).success
    assert [sites.archive.get(r) for r in sites.archive.records("by-hand")] == [content]
    (folder / "another.txt").write_text("more", encoding="utf-8")
    requests, cursor = tick_inbox(sites, instance, cursor)
    assert requests == []
    assert len(tick_inbox(sites, instance, cursor)[0]) == 1


def requested(definitions, instance, cursor):
    """The assets that the conditions ask for at one tick, each with its partitions."""
    tables = dg.AssetSelection.groups("core", "out")
    tick = dg.evaluate_automation_conditions(defs=definitions, instance=instance, asset_selection=tables, cursor=cursor)
    sizes = {
        name: tick.get_num_requested(dg.AssetKey(name)) for name in (*CORE_TABLES, "core_report_parts", *OUT_TABLES)
    }
    return {name: size for name, size in sizes.items() if size}, tick.cursor


def test_tables_follow_a_crawl_of_three_of_four_sources(sites, instance):
    """Crawl, tick, parse, tick: the panel follows three sources though the fourth was never crawled."""
    definitions = build_definitions(sites)
    _, cursor = requested(definitions, instance, None)
    crawled = ["alpha", "beta", "gamma"]
    config = {"ops": {"raw_fetches": {"config": {"sources": crawled}}, "raw_tables": {"config": {"sources": crawled}}}}
    assert run_job(sites, instance, "crawl", config).success
    assert instance.get_dynamic_partitions("sources") == crawled
    asked, cursor = requested(definitions, instance, cursor)
    assert asked["core_observations"] == 3
    assert not any(name.startswith("out_") for name in asked)  # what they are made of is not there yet
    core = definitions.resolve_implicit_global_asset_job_def().get_subset(
        asset_selection={dg.AssetKey(name) for name in CORE_TABLES}
    )
    outcome = core.execute_in_process(
        instance=instance,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        tags={"dagster/asset_partition_range_start": "alpha", "dagster/asset_partition_range_end": "gamma"},
    )
    assert outcome.success
    assert instance.get_materialized_partitions(dg.AssetKey("core_reports")) == set(crawled)
    asked, cursor = requested(definitions, instance, cursor)
    assert {"out_panel", "out_panel_all", "out_ledger"} <= set(asked)
    config = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    outs = definitions.resolve_implicit_global_asset_job_def().get_subset(
        asset_selection={dg.AssetKey(name) for name in OUT_TABLES}
    )
    assert outs.execute_in_process(instance=instance, run_config=config).success
    rows = sites.warehouse.query("SELECT agency, year, n_candidates FROM out_panel").fetchall()
    assert [(agency, year) for agency, year, _ in rows] == [("白榆县财政局", 2019)]
    _, cursor = requested(definitions, instance, cursor)
    assert requested(definitions, instance, cursor)[0] == {}


def test_an_incomplete_crawl_fails_its_check_and_drops_nothing(sites, instance, httpserver):
    config = {"ops": {name: {"config": {"sources": ["alpha"]}} for name in ("raw_fetches", "raw_tables")}}
    first = run_job(sites, instance, "crawl", config)
    (check,) = first.get_asset_check_evaluations()
    assert check.passed
    documents = sites.lake.documents
    sites.stage_source("alpha")
    before = documents("alpha")
    httpserver.clear()
    httpserver.expect_request("/alpha/").respond_with_data(
        "<html><body><p>维护</p></body></html>", content_type="text/html"
    )
    second = run_job(sites, instance, "crawl", config)
    (check,) = second.get_asset_check_evaluations()
    assert not check.passed
    assert "no_list" in check.metadata["alpha"].text
    assert sites.stage_source("alpha").state == "new"
    assert documents("alpha") >= before
    (last,) = [a for _, a in sites.archive.accounts(sites.archive.records("alpha"))][-1:]
    assert not last["complete"], json.dumps(last, ensure_ascii=False)
