"""Releases that the explorer's tests look at: one of fixtures with figures known by hand, one made up that is wide."""

import importlib.util

import pytest
from explorer_site import Site
from paths import REPORTS, ROOT

from pipeline.release.making import make_release
from pipeline.settings import Settings
from pipeline.warehouse import OUT_TABLES
from pipeline.workspace import Workspace

AGGREGATE = ("淮安市人民政府", "淮安市洪泽区人民政府")
OWN = ("淮安市财政局", "淮安市教育局", "淮安市洪泽区财政局")
WHOLE = ("2014-html.html", "2019-html.html", "oddity-wrong-total.html", "narrative-html.html")
GLUED = "淮安市水利局"
"""Its digits run together: values of its report are placed by inference."""


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Fixtures, and two of them as reports of organs in 江苏省: 338 new requests in each aggregate, 30 in each own."""
    workspace = Workspace(Settings(data=tmp_path_factory.mktemp("explored")), tell=lambda _: None)
    page = (REPORTS / "2021-html.html").read_text(encoding="utf-8")
    finance = (REPORTS / "2019-html.html").read_text(encoding="utf-8").replace("2019", "2022").replace("2020", "2023")
    pages = [page.replace("青澜市人民政府办公室", name).encode() for name in AGGREGATE]
    pages += [finance.replace("白榆县财政局", name).encode() for name in OWN]
    glued = (REPORTS / "oddity-glued-digits.txt").read_text(encoding="utf-8")
    pages.append(glued.replace("白榆县财政局", GLUED).encode())
    documents = [(f"file:{n}", content) for n, content in enumerate(pages)]
    workspace.archive.put("site", documents + [(f"file:{name}", (REPORTS / name).read_bytes()) for name in WHOLE])
    workspace.load([workspace.stage_source(source) for source in workspace.archive.sources()])
    workspace.warehouse.refresh(OUT_TABLES, workspace.tell)
    make_release(workspace.warehouse, workspace.settings.release, tell=lambda _: None)
    return Site(workspace.settings, workspace.settings.release)


@pytest.fixture(scope="session")
def bench():
    """The benchmark as a module."""
    spec = importlib.util.spec_from_file_location("explorer_bench", ROOT / "benchmarks" / "explorer.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def wide_site(bench, tmp_path_factory):
    """What the benchmark makes up, of 400 organs: too many for a row each, and 452,000 values."""
    data = tmp_path_factory.mktemp("wide")
    bench.make_release(data / "release", organs=400)
    return Site(Settings(data=data), data / "release")
