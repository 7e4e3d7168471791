"""Crawls written by hand, at any time and with any outcome, and made-up reports in several files."""

import sys
from datetime import UTC, datetime

from paths import FIXTURES

from pipeline.archive import Exchange
from pipeline.settings import Settings
from pipeline.sources import Source
from pipeline.workspace import Workspace

sys.path.insert(0, str(FIXTURES))
try:
    from layouts import as_html_table, official_tables
    from make_fixtures import page, parts_of
    from sites.contents import make_content
    from sites.files import as_small_docx
    from sites.organs import Organ
finally:
    sys.path.remove(str(FIXTURES))

__all__ = [
    "HOST",
    "Organ", "as_html_table", "as_small_docx", "content_of", "define", "got", "list_page", "official_tables", "page",
    "parts_of", "report_page", "rows", "workspace_of", "write_crawl",
]  # fmt: skip

HOST = "http://www.baiyu.gov.cn"
_HTML = "text/html; charset=utf-8"


def content_of(name, year, published=None):
    """The content of a report of an organ that need not be of any site."""
    content = make_content(Organ(name, name, "department", 2008, ""), year, 0)
    return {**content, "published_on": published} if published else content


def report_page(content, tables=None, links=()):
    """The page of a report; `links` are addresses and texts of files that it links."""
    parts = parts_of(content, tables)
    parts += [f'附件：<a href="{url}">{text}</a>' for url, text in links]
    return page(parts, content).encode()


def list_page(links, more=""):
    """A list page of addresses and titles."""
    lines = "".join(f'<li><a href="{url}">{title}</a></li>' for url, title in links)
    return f'<html><head><meta charset="utf-8"><title>政府信息公开年报</title></head><body><ul>{lines}</ul>{more}</body></html>'.encode()


def got(url, body=b"", *, role="link", via=None, title=None, status=200, media_type=_HTML, **notes):
    """One exchange of a crawl, to be given its time."""
    found = {"role": role, "via": via, "title": title, **notes}
    return {
        "url": url if "://" in url else HOST + url, "status": status, "headers": [("Content-Type", media_type)], "body": body,
        "notes": {name: value for name, value in found.items() if value},
    }  # fmt: skip


def write_crawl(archive, source, day, *exchanges, complete=True, state="done"):
    """One crawl of a source at three in the morning (UTC) of a day, or at a time, a second an exchange."""
    start = datetime.fromisoformat(day if "T" in day else f"{day}T03:00:00").replace(tzinfo=UTC)
    account = {"started_at": start.replace(tzinfo=None).isoformat() + "Z", "state": state, "complete": complete}
    with archive.crawling(source, lambda: account) as crawl:
        for second, exchange in enumerate(exchanges):
            crawl.write(Exchange(at=start.replace(second=second % 60, minute=second // 60), **exchange))


def define(name, organs=(), **more):
    """A source of one host; `organs` are name, type and first year, and what else is said of each."""
    fields = ("name", "type", "first_year", "last_year", "aliases")
    return Source.model_validate(
        {
            "name": name, "title": "一个站点", "kind": "portal", "level": "county", "start": [f"{HOST}/nb/"],
            "evidence": "a test", "organs": [dict(zip(fields, organ, strict=False)) for organ in organs], **more,
        }
    )  # fmt: skip


def workspace_of(data, *sources):
    """A workspace that knows these sources and no other."""
    workspace = Workspace(Settings(data=data, sources=data / "none"), tell=lambda _: None)
    workspace.__dict__["definitions"] = {source.name: source for source in sources}
    return workspace


def rows(workspace, sql, *parameters):
    """The rows of a query."""
    return workspace.warehouse.query(sql, parameters).fetchall()
