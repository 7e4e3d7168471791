"""Crawls and runs killed and interrupted at seeded moments: one more run ends as if nothing had been.

Five moments are tried by default, fifty with NIANBAO_SOAK=1 (`make soak`), which also
prints a line for each.
"""

import os
import random
import shutil
import signal
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from kill_helpers import (
    Command,
    Sent,
    Simulator,
    assert_nothing_runs,
    differences,
    documents,
    documents_sent,
    export,
    has_begun,
    leftovers,
    requests,
    run_both,
    sent_again,
    wait_until,
)
from pipeline_helpers import bring_up, dump

from pipeline.settings import Settings
from pipeline.workspace import Workspace

pytestmark = pytest.mark.slow
SOAK = bool(os.environ.get("NIANBAO_SOAK"))
SEEDS = range(50 if SOAK else 5)
# What dies in the crawl: all processes of the command's group, the crawling child alone, the command alone.
PHASES = ("crawl group", "crawl child", "parse", "load", "crawl parent")
# Not the family whose pages count their visits: no two fetches of one are alike.
FAMILIES = ("static", "jpage", "fan_out", "gkmlpt", "half_static")[: 5 if SOAK else 3]
INTERRUPTED = "interrupted; what was done before stays, the same command goes on from there\n"
SOON_SECONDS = 9


class Undisturbed(NamedTuple):
    """The exported tables; the data folder as it was between crawl and run; how many requests the crawl took, the
    documents it was sent, and the seconds that parse and load took."""

    tables: dict[str, bytes]
    crawled: Path
    requests: int
    sent: list[Sent]
    seconds: dict[str, float]


@pytest.fixture(scope="module")
def simulator():
    with Simulator(families=FAMILIES, organs=2, years=(2019, 2022)) as sites:
        yield sites


@pytest.fixture(scope="module")
def sources(simulator, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    simulator.write_sources(folder)
    return folder


@pytest.fixture
def fresh(simulator):
    """The sites with nothing asked of them yet."""
    for site in simulator.sites.values():
        site.forget_requests()
    return simulator


@pytest.fixture(scope="module")
def undisturbed(simulator, sources, tmp_path_factory):
    """A crawl and a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    crawl = Command("crawl", folder / "data", sources=sources)
    assert crawl.wait() == 0, crawl.errors()
    asked, sent = requests(simulator), documents_sent(simulator)
    assert sent_again(sent) == []
    shutil.copytree(folder / "data", folder / "crawled")
    run = Command("run", folder / "data", sources=sources)
    began = [wait_until(has_begun(run.data, phase), run) for phase in ("parse", "load")]
    assert run.wait() == 0, run.errors()
    seconds = {"parse": began[1] - began[0], "load": time.monotonic() - began[1]}
    return Undisturbed(export(run.data, folder / "tables"), folder / "crawled", asked, sent, seconds)


@pytest.fixture(scope="module")
def tell(request):
    """Prints a line, in a soak."""
    if not SOAK:
        return str  # says nothing
    terminal = request.config.pluginmanager.getplugin("terminalreporter")
    terminal.write_line(f"\n{'seed':>4}  {'killed':12}  {'when':18}  {'requests':>8}  {'sent again':>10}  result")
    return terminal.write_line


def kill_crawl(victim, after, pause, data, simulator, sources):
    """Kill a crawl, or a part of it, so many seconds after the sites got so many requests."""
    command = Command("crawl", data, sources=sources)
    wait_until(lambda: requests(simulator) >= after, command)
    time.sleep(pause)
    if victim == "crawl child":
        os.kill(command.child(), signal.SIGKILL)
        # What had ended before is told as it ended; that may be all.
        assert command.wait() in (0, 1), command.errors()
    else:
        command.kill(whole_group=victim == "crawl group")
        asked = requests(simulator)
        assert_nothing_runs(data)
        # Nobody goes on asking; a request that was on its way may have been noted since.
        assert requests(simulator) <= asked + len(simulator.sites)


def kill_run(phase, pause, data, **settings):
    """Kill a run so many seconds after its phase began."""
    command = Command("run", data, **settings)
    wait_until(has_begun(data, phase), command)
    time.sleep(pause)
    command.kill()


@pytest.mark.parametrize("seed", SEEDS)
def test_crawl_to_warehouse_killed(seed, fresh, sources, undisturbed, tmp_path, tell):
    data, phase, chance = tmp_path / "data", PHASES[seed % len(PHASES)], random.Random(seed)
    if phase.startswith("crawl"):
        after, pause = chance.randint(1, undisturbed.requests - 1), chance.uniform(0, 0.02)
        kill_crawl(phase, after, pause, data, fresh, sources)
        moment = f"request {after} of {undisturbed.requests}"
        before, sent = [], documents_sent(fresh)
    else:
        shutil.copytree(undisturbed.crawled, data)
        seconds = undisturbed.seconds[phase]
        pause = chance.uniform(0, seconds * 0.9)
        kill_run(phase, pause, data, sources=sources, workers="processes:2" if seed % 2 == 0 else "serial")
        moment = f"{pause:.2f} of {seconds:.2f} s"
        before, sent = undisturbed.sent, []
    assert_nothing_runs(data)
    run_both(data, sources=sources)
    again = sent_again(before + documents_sent(fresh))
    found, left = differences(undisturbed.tables, export(data, tmp_path / "tables")), leftovers(data)
    result = "DIFFERS" if found or left else "the same"
    tell(f"{seed:4}  {phase:12}  {moment:18}  {requests(fresh):8}  {len(again):10}  {result}")
    assert found == {}
    assert left == []
    # What a site was sending when the crawl was killed had not arrived: one a site, the last.
    assert set(again) <= {(s.site, s.path) for s in {s.site: s for s in sent}.values()}
    assert len(again) == len(set(again))


def assert_interrupted(command, began):
    """It ended as one who pressed Ctrl-C expects."""
    assert command.wait() == 130
    assert time.monotonic() - began < SOON_SECONDS
    assert command.errors() == INTERRUPTED
    assert_nothing_runs(command.data)


def test_crawl_interrupted(fresh, sources, tmp_path):
    slow = fresh.sites["static"]
    crawl = Command("crawl", tmp_path / "data", sources=sources)
    try:
        wait_until(lambda: len(slow.requests) >= 5, crawl)
        slow.faults.drip_seconds = 60
        time.sleep(0.5)
        began = time.monotonic()
        crawl.interrupt()
        assert_interrupted(crawl, began)
    finally:
        slow.faults.drip_seconds = 0
    sent = documents_sent(fresh)
    again = Command("crawl", crawl.data, sources=sources)
    assert again.wait() == 0, again.errors()
    assert leftovers(crawl.data) == []
    last = [s.path for s in sent if s.site == "static"][-1]
    assert set(sent_again(documents_sent(fresh))) <= {("static", last)}
    assert {s.path for s in documents_sent(fresh) if s.site == "static"} == documents(slow)


@pytest.fixture(scope="module")
def archive(tmp_path_factory, documents):
    """An archive of files with enough work in it to be stopped in."""
    data = tmp_path_factory.mktemp("archive")
    many = [
        (f"{url}?{n}", content + b"\n" * n)
        for n in range(4)
        for url, content in documents
        if not url.endswith(("docx", "pdf"))
    ]
    workspace = Workspace(Settings(data=data), tell=lambda _: None)
    workspace.archive.put("first", many)
    workspace.archive.put("second", documents)
    return data


@pytest.fixture(scope="module")
def brought_up(archive, tmp_path_factory):
    """The tables of that archive, and how long their load took in seconds."""
    data = tmp_path_factory.mktemp("brought_up") / "data"
    shutil.copytree(archive, data)
    workspace = Workspace(Settings(data=data), tell=lambda _: None)
    results = [workspace.stage_source(source) for source in workspace.archive.sources()]
    began = time.monotonic()
    bring_up(workspace)
    assert {r.state for r in results} == {"new"}
    return tables(data), time.monotonic() - began


def tables(data):
    found = dump(Workspace(Settings(data=data)).warehouse)
    return {name: rows for name, rows in found.items() if name != "meta_loads"}


@pytest.mark.parametrize("seed", range(1, 11 if SOAK else 2))
def test_run_interrupted_then_killed(seed, archive, brought_up, tmp_path):
    whole, seconds = brought_up
    data, chance = tmp_path / "data", random.Random(seed)
    shutil.copytree(archive, data)
    run = Command("run", data, workers="processes:2")
    wait_until(has_begun(data, "parse"), run)
    time.sleep(chance.uniform(0, 1.5))  # workers that are starting are told of Ctrl-C as well
    began = time.monotonic()
    run.interrupt()
    assert_interrupted(run, began)
    kill_run("load", chance.uniform(0, seconds), data)
    again = Command("run", data)
    assert again.wait() == 0, again.errors()
    assert tables(data) == whole
    assert leftovers(data) == []
