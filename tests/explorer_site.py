"""The explorer over one release, asked in process, and the releases that its tests look at."""

import asyncio
import importlib.util
import sqlite3
from contextlib import closing

from lxml import html
from paths import REPORTS, ROOT

from pipeline.explorer.app import build_app
from pipeline.release.making import make_release
from pipeline.settings import Settings
from pipeline.warehouse import OUT_TABLES
from pipeline.workspace import Workspace

AGGREGATE = ("淮安市人民政府", "淮安市洪泽区人民政府")
OWN = ("淮安市财政局", "淮安市教育局", "淮安市洪泽区财政局")
WHOLE = ("2014-html.html", "2019-html.html", "oddity-wrong-total.html", "narrative-html.html")
GLUED = "淮安市水利局"
"""Its digits run together: values of its report are placed by inference."""


class Site:
    """One application."""

    def __init__(self, settings, release):
        self.release = release
        self.datasette = build_app(settings, release)
        asyncio.run(self.datasette.invoke_startup())

    def get(self, path):
        return asyncio.run(self.datasette.client.get(path))

    def page(self, path, status=200):
        """The page as a tree."""
        answer = self.get(path)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[:1000]}"
        return html.fromstring(answer.text)

    def rows(self, sql, *parameters):
        async def ask():
            return await self.datasette.get_database("nianbao").execute(sql, parameters)

        return [tuple(row) for row in asyncio.run(ask()).rows]


def released(data, documents, **settings):
    """A data folder with these documents in its archive, its warehouse and its release."""
    workspace = Workspace(Settings(data=data, **settings), tell=lambda _: None)
    workspace.archive.put("site", documents)
    workspace.load([workspace.stage_source(source) for source in workspace.archive.sources()])
    workspace.warehouse.refresh(OUT_TABLES, workspace.tell)
    make_release(workspace.warehouse, workspace.settings.release, tell=lambda _: None)
    return workspace


def site_of_fixtures(data):
    """Fixtures, and two of them as reports of organs in 江苏省: 338 new requests in each aggregate, 30 in each own."""
    page = (REPORTS / "2021-html.html").read_text(encoding="utf-8")
    finance = (REPORTS / "2019-html.html").read_text(encoding="utf-8").replace("2019", "2022").replace("2020", "2023")
    pages = [page.replace("青澜市人民政府办公室", name).encode() for name in AGGREGATE]
    pages += [finance.replace("白榆县财政局", name).encode() for name in OWN]
    glued = (REPORTS / "oddity-glued-digits.txt").read_text(encoding="utf-8")
    pages.append(glued.replace("白榆县财政局", GLUED).encode())
    documents = [(f"file:{n}", content) for n, content in enumerate(pages)]
    workspace = released(data, documents + [(f"file:{name}", (REPORTS / name).read_bytes()) for name in WHOLE])
    return Site(workspace.settings, workspace.settings.release)


def load_bench():
    """The benchmark as a module: it makes up a release."""
    spec = importlib.util.spec_from_file_location("explorer_bench", ROOT / "benchmarks" / "explorer.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def made_up_site(data, organs, *statements):
    """A made-up release, changed by hand."""
    load_bench().make_release(data / "release", organs=organs)
    with closing(sqlite3.connect(data / "release" / "nianbao.sqlite")) as connection, connection:
        for sql, parameters in statements:
            connection.execute(sql, parameters)
    return Site(Settings(data=data), data / "release")
