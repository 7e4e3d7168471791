"""`nianbao run` killed at seeded moments of its parse and of its load: the next run ends as if nothing had been."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pipeline_helpers import dump

from pipeline.settings import Settings
from pipeline.workspace import Workspace

pytestmark = pytest.mark.slow
NIANBAO = [sys.executable, "-c", "from pipeline.cli import app; app()"]
SEEDS = range(5)


@pytest.fixture(scope="module")
def archive(tmp_path_factory, documents):
    """An archive with enough work in it to be killed in."""
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
def undisturbed(archive, tmp_path_factory):
    """The tables of a run that nothing disturbed, and how long its phases took in seconds."""
    data = tmp_path_factory.mktemp("undisturbed") / "data"
    shutil.copytree(archive, data)
    process = start(data)
    began = {phase: wait_for(data, phase, process) for phase in ("parse", "load")}
    assert process.wait(120) == 0
    return tables(data), {"parse": began["load"] - began["parse"], "load": time.monotonic() - began["load"]}


def start(data):
    environment = os.environ | {"NIANBAO_DATA": str(data), "NIANBAO_CHUNK_DOCUMENTS": "5"}
    return subprocess.Popen([*NIANBAO, "run"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_for(data: Path, phase, process):
    """Wait until the phase has begun: its unfinished files are there."""
    pattern = {"parse": "lake/.*.staged", "load": ".warehouse.duckdb.partial"}[phase]
    while not list(data.glob(pattern)):
        assert process.poll() is None, f"the run ended before its {phase}"
        time.sleep(0.002)
    return time.monotonic()


def tables(data):
    found = dump(Workspace(Settings(data=data)).warehouse)
    return {name: rows for name, rows in found.items() if name != "meta_loads"}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("phase", ["parse", "load"])
def test_killed(archive, undisturbed, tmp_path, phase, seed):
    whole, seconds = undisturbed
    data = tmp_path / "data"
    shutil.copytree(archive, data)
    process = start(data)
    wait_for(data, phase, process)
    time.sleep(random.Random(f"{phase} {seed}").uniform(0, seconds[phase] * 0.9))
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    again = start(data)
    assert again.wait(120) == 0
    assert tables(data) == whole
    assert not list(data.glob(".warehouse.duckdb.partial*"))
    assert not list(data.glob("lake/.*.staged"))
