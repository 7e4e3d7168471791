"""Helpers of the crawl tests: sources over made-up sites, crawls of them side by side, small hostile servers."""

import sys
from contextlib import contextmanager

from paths import FIXTURES

from pipeline.archive import Archive
from pipeline.crawl import crawl_sources
from pipeline.settings import Settings
from pipeline.sources import Source

sys.path.insert(0, str(FIXTURES))
try:
    from sites.faults import Transfer
    from sites.server import Server
    from sites.simulator import FAMILIES, Faults, Simulator
finally:
    sys.path.remove(str(FIXTURES))

__all__ = [
    "FAMILIES", "Faults", "Simulator", "Transfer", "crawl", "define", "fetches", "page_of", "serve", "source_of",
]  # fmt: skip


def source_of(site, *, name=None, **politeness):
    """The source of a made-up site."""
    found = site.source(0.0)
    found["politeness"] |= politeness
    return Source.model_validate(found | {"name": name or site.name})


def define(start, *, name="site", allow_private=True, **politeness):
    """A source that begins at an address of this machine."""
    return Source.model_validate(
        {
            "name": name, "title": "一个站点", "kind": "organ", "level": "county", "allow_private": allow_private,
            "start": [start], "politeness": {"delay_seconds": 0.0, **politeness}, "evidence": "a test",
        }
    )  # fmt: skip


def crawl(data, *sources, full=False, told=None):
    """Crawl sources side by side -> what became of each, by its name."""
    messages = told if told is not None else []
    results = crawl_sources(Settings(data=data), sources, full=full, tell=messages.append)
    return {result.source: result for result in results}


def fetches(data, source):
    """The exchanges of all crawls of a source, without its accounts."""
    return [r for r in Archive(Settings(data=data).archive).records(source) if r.role != "crawl"]


@contextmanager
def serve(answer):
    """A server that answers `answer(asked)`; it notes every request."""
    server = Server(0, answer)
    server.base = f"http://127.0.0.1:{server.server_port}"
    server.start()
    try:
        yield server
    finally:
        server.stop()


def page_of(links, more=""):
    """A list page of annual reports: `links` are addresses."""
    lines = "".join(
        f'<li><a href="{link}">白榆县财政局{2010 + i}年政府信息公开工作年度报告</a><span>2021-01-{i % 28 + 1:02d}</span></li>'
        for i, link in enumerate(links)
    )
    html = f'<html><head><meta charset="utf-8"><title>政府信息公开年报</title></head><body><ul>{lines}</ul>{more}</body></html>'
    return Transfer(200, html.encode(), {"Content-Type": "text/html; charset=utf-8"})
