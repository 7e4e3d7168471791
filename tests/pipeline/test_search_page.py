"""The search page as a browser asks for it: the form, what was found, and the index made meanwhile."""

import asyncio
import html
import re
import shutil
import time

import pytest
from search_helpers import report, warehouse_of

from pipeline.explorer.app import build_app
from pipeline.explorer.context import Explorer
from pipeline.explorer.indexing import Finder
from pipeline.search import SearchIndex
from pipeline.settings import Settings


@pytest.fixture
def explorer(published, tmp_path):
    """The application over a copy of the release's data folder, its index not yet made."""
    workspace, _ = published
    shutil.copytree(workspace.settings.data, tmp_path / "data", ignore=shutil.ignore_patterns(".*", "search.sqlite"))
    settings = Settings(data=tmp_path / "data")
    return build_app(settings, settings.release)


def over(datasette, folder, *reports):
    """The same application, its warehouse holding these reports."""
    index = SearchIndex(folder / "search.sqlite", warehouse_of(folder / "warehouse.duckdb", reports))
    datasette.nianbao = Explorer(index.warehouse, None, Finder(index))
    return datasette


def get(datasette, **parameters):
    return asyncio.run(datasette.client.get("/search", params=parameters))


def answered(datasette, **parameters):
    """The page once the index is made."""
    end = time.monotonic() + 30
    while True:
        page = get(datasette, **parameters)
        assert page.status_code == 200
        if "is being made" not in page.text:
            return page.text
        assert time.monotonic() < end
        time.sleep(0.05)


def text_of(page):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", page)))


def test_the_index_is_made_while_the_page_looks_again(explorer):
    first = get(explorer, q="公开")
    assert "The index of the prose is being made" in first.text
    assert '<meta http-equiv="refresh" content="2">' in first.text
    page = answered(explorer, q="公开")
    assert "http-equiv" not in page
    assert "reports have" in text_of(page)
    assert page.count("<li") > 3
    assert "<script" not in page
    assert "style=" not in page


def test_a_hit_leads_to_its_place(explorer):
    page = answered(explorer, q="图解和问答形式", year="2022", agency="人民政府办公室")
    assert "1 report has “图解和问答形式”" in text_of(page.replace("<q ", "“<q ").replace("</q>", "</q>”"))
    (link,) = re.findall(r'<h2><a href="([^"]+)"', page)
    assert re.fullmatch(r"/report/site/[0-9a-f]{16}-0\?q=(%[0-9A-F]{2})+#s\d+", link)
    assert "<mark>图解和问答形式</mark>" in page
    assert re.search(r'href="/organ/\w+"', page)
    assert 'value="2022"' in page
    assert 'value="人民政府办公室"' in page


def test_the_same_for_a_program(explorer):
    assert get(explorer, _format="json").status_code == 400
    answered(explorer)
    found = get(explorer, q="图解和问答形式", _format="json").json()
    assert (found["query"], found["reports_found"]) == ("图解和问答形式", len(found["hits"]))
    hit = found["hits"][0]
    assert [hit["sentence"][s:e] for s, e in hit["marks"]] == ["图解和问答形式"]
    assert get(explorer, q="公", year="20x", _format="json").status_code == 503


def test_nothing_found_and_nothing_asked(explorer):
    assert "Nothing found: no report has 龘" in text_of(answered(explorer, q="龘"))
    assert "of this year and organ" in text_of(get(explorer, q="公", year="1900").text)
    assert "one is enough" in get(explorer).text
    assert "A year is a number of up to four digits" in get(explorer, q="公", year="２０２２").text


def test_what_is_printed_or_asked_is_text_not_markup(explorer, tmp_path):
    evil = "公开<script>alert(1)</script>\"'&amp;"
    over(explorer, tmp_path, report('"><b', evil, source="a&b", agency="<i>局</i>", agency_id="org/?#"))
    page = answered(explorer, q=evil)
    assert f"<mark>{html.escape(evil).replace('&#x27;', '&#39;').replace('&quot;', '&#34;')}</mark>" in page
    assert "<script" not in page
    assert "<i>局" not in page
    assert 'href="/report/a%26b/%22%3E%3Cb?q=' in page
    assert "<b?" not in page
    for query in ("\0", "%", "\ud7ff", '" OR 1', "*", "\n"):
        assert "Nothing found" in answered(explorer, q=query)


def test_an_index_of_the_state_before_is_searched_until_the_next_is_made(explorer, tmp_path):
    over(explorer, tmp_path, report("a", "甲公开"))
    assert "1 report has" in text_of(answered(explorer, q="公开"))
    warehouse_of(tmp_path / "warehouse.duckdb", [report(f"{n}", "乙公开") for n in range(3)], digest="2")
    page = get(explorer, q="公开").text
    assert "as it was before its last change" in page
    assert "1 report has" in text_of(page)
    assert "http-equiv" not in page
    assert "3 reports have" in text_of(answered(explorer, q="公开"))


def test_what_stands_in_the_way_is_told(explorer, tmp_path):
    over(explorer, tmp_path)
    explorer.nianbao.warehouse.path.unlink()
    assert "no warehouse yet; run `nianbao run` first" in get(explorer, q="公开").text
    warehouse_of(tmp_path / "warehouse.duckdb", [report("a", "公开")])
    (tmp_path / ".search.sqlite.partial").mkdir()  # nothing can be written there
    page = answered(explorer, q="公开")
    assert 'role="alert"' in page
    assert ".search.sqlite.partial" in page
    (tmp_path / ".search.sqlite.partial").rmdir()
    assert "1 report has" in text_of(answered(explorer, q="公开"))


def test_only_the_release_is_here(explorer):
    explorer.nianbao = Explorer()
    assert "Search needs the warehouse" in get(explorer, q="公开").text
    assert get(explorer, q="公开", _format="json").status_code == 503
