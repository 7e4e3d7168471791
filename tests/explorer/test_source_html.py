"""Archived pages are shown so that they load nothing and run nothing, with each cell where the reader counted it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from parsers.models import Grid
from parsers.readers.html import read, read_tree
from pipeline.explorer.frame.html import clean, show_html
from pipeline.explorer.frame.marks import Mark, Observed, Quoted, Wanted

ALLOWED = {"div", "span", "a", "h1", "h2", "h3", "h4", "h5", "h6", "br", "hr", "table", "tbody", "tr", "td"}
ATTRIBUTES = {"id", "class", "title", "href", "target", "colspan", "rowspan"}
HOSTILE = """<!DOCTYPE html><html><head><meta http-equiv="refresh" content="0;url=http://evil.example/">
<base href="http://evil.example/"><link rel=stylesheet href="http://evil.example/x.css">
<style>@import url(http://evil.example/i.css); body{background:url(http://evil.example/b.png)}</style>
<script>alert(1)</script></head><body onload="alert(2)" background="http://evil.example/bg.png" id="o17">
<noscript><p title="</noscript><img src=x onerror=alert(3)>"></noscript>
<img src="http://evil.example/t.gif" srcset="http://evil.example/t2.gif 2x" onerror="alert(4)">
<p id="o17" class="mark cell" style="background:url(http://evil.example/p.png)" onclick="alert(5)">共受理申请<a
href="javascript:alert(7)">305</a>件&lt;script&gt;alert(6)&lt;/script&gt;。</p>
<a href="http://evil.example/" target="_top">外链</a><iframe src="http://evil.example/f"></iframe>
<object data="http://evil.example/o"></object><embed src="http://evil.example/e">
<form action="http://evil.example/post"><input name=a value="x"><button formaction="http://evil.example/">go</button></form>
<svg><script>alert(8)</script><a xlink:href="javascript:alert(9)"><text>svg</text></a></svg>
<math><mtext><mglyph><style><img src=x onerror=alert(10)></style></mglyph></mtext></math>
<template><script>alert(11)</script></template><xmp><img src=x onerror=alert(12)></xmp>
<noembed><img src=x onerror=alert(14)></noembed><listing>&lt;img src=x onerror=alert(13)&gt;</listing>
<table background="http://evil.example/tb.png"><a href="x">in table<tr><td id="f0"><a href="y">项目<td>数量</a></td></tr>
<tr><td>规章<td onmouseover=alert(15)>2<script>alert(16)</script></table>
<video poster="http://evil.example/v.png" src="http://evil.example/v.mp4"></video>
<!--[if IE]><script>alert(17)</script><![endif]--><b><p><i>unclosed<div></b>more
<select><option><img src=x onerror=alert(18)></select><textarea></textarea><script>alert(19)</script></textarea>
<a href="data:text/html,<script>alert(21)</script>">d</a><div style="width:expression(alert(22))">e</div>
<details open ontoggle=alert(24)>t</details><keygen autofocus onfocus=alert(23)></body></html>"""


def link(anchor):
    return f"/report/S/R#{anchor}"


def cell(n, table, row, column, title=""):
    return Observed(Mark(f"o{n}", title), {"table": table, "row": row, "column": column}, "")


def shown(page, *observed, quoted=(), sections=()):
    """The page as shown, and its elements."""
    body = show_html(page.encode(), Wanted(observed, quoted, sections), link)
    return body, lxml_html.fragment_fromstring(body, create_parent="div")


def assert_harmless(body):
    """Nothing but structure and links to the report page, and a browser's parser sees the same."""
    root = lxml_html.fragment_fromstring(body, create_parent="div")
    for element in root.iter():
        assert element.tag in ALLOWED
        assert set(element.attrib) <= ATTRIBUTES
        assert re.fullmatch(r"/report/S/R#[of]\d+", element.get("href", "/report/S/R#o1"))
        assert element.get("target", "_top") == "_top"
        assert re.fullmatch(r"[of]\d+", element.get("id", "o1"))
    assert clean(body, link) == body


def test_a_hostile_page_loads_nothing_and_runs_nothing():
    text = "共受理申请305件<script>alert(6)</script>。"
    number = Quoted((Mark("f0", '" onmouseover="alert(1)'),), 0, 5, 8, 0, len(text))
    body, root = shown(HOSTILE, cell(17, 1, 2, 2, "<script>"), quoted=[number], sections=[text])
    assert_harmless(body)
    assert "evil.example" not in body
    assert "javascript" not in body
    assert "<script" not in body
    assert "url(" not in body
    # Ours are the only anchors, the page's own of the same names are gone.
    assert [e.text_content() for e in root.iter() if e.get("id") == "f0"] == ["305"]
    assert [e.text_content().strip() for e in root.iter() if e.get("id") == "o17"] == ["2"]
    assert "外链" in body
    assert "in table" in body
    assert "unclosed" in body


TAGS = st.sampled_from(
    ["p", "div", "table", "tr", "td", "th", "a href=javascript:x", "b", "span", "form", "li", "ul", "h1", "pre", "svg",
     "math", "select", "option", "template", "noscript", "style", "script", "xmp", "plaintext", "caption", "tbody", "font",
     "img src=x onerror=y", "input value=3", "textarea", "frameset", "iframe", "title", "body id=o1", "html", "br", "hr"]
)  # fmt: skip
PIECES = st.one_of(
    TAGS.map(lambda tag: f"<{tag}>"), TAGS.map(lambda tag: f"</{tag.split()[0]}>"),
    st.sampled_from(["规章", "12", "<", "&lt;script&gt;", "&#0;", "\r\n", "\x0c", "<!--", "-->", "<![CDATA[", "]]>", "'\"", "<?x"]),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_markup_is_harmless(page):
    assert_harmless(show_html(page.encode(), Wanted([cell(1, 1, 1, 1), cell(2, 1, 2, 1)]), link))


@pytest.mark.parametrize("depth", [100, 300, 1500])
def test_deeply_nested_pages(depth):
    page = f"<html>{'<div>' * depth}<table><tr><td>规章</td><td>2</td></tr></table>{'</div>' * depth}"
    body, root = shown(page, cell(0, 1, 1, 2))
    assert_harmless(body)
    assert root.get_element_by_id("o0").text_content() == "2"


def test_deeper_than_any_browser_goes_words_remain():
    body, _ = shown("<html>" + "<div>x" * 600 + "<table><tr><td>规章</td><td>2</td></tr></table>", cell(0, 1, 1, 2))
    assert_harmless(body)
    assert "规章" in body


TABLES = {
    "layout around data": "<table><tr><td><table><tr><td>规章<td>2<td>5</table><td><table><tr><td>收费<td>7</table></table>",
    "data around data": "<table><tr><td>规章<td>2<td>5<tr><td>收费<td>9<td><table><tr><td>1</table></table>",
    "cells without rows": "<table><td>规章<td>2<tr><td>收费<td>5</table>",
    "groups": "<table><thead><tr><th>规章<th>2<tbody><tr><td>收费<td>5<tfoot><tr><td>合计<td>7</table>",
    "a form between row and cells": "<table><tr><form><td>规章</td><td>2</td></form></tr><tr><td>收费<td>5</table>",
    "hidden rows": '<table><tr style="display:none"><td>旧<td>1<tr><td>规章<td>2<tr><td hidden>x<td>收费<td>5</table>',
    "a hidden table before": '<div style="display:none"><table><tr><td>a<td>9</table></div><table><tr><td>规章<td>2</table>',
    "all hidden": '<div style="display:none"><table><tr><td>规章<td>2<td>5</table></div>',
    "spans": '<table><tr><td rowspan=2>规章<td colspan="3">2<tr><td>3<td>4<td rowspan="9999999999">5</table>',
    "lists of one column": "<table><tr><td>标题</table><table><tr><td>规章<td>2</table>",
    "bold figures": "<table><tr><th>规章<td><b>1</b><b>2</b><td><p>3<p>4<td><sup>5</sup>6</table>",
    "a table between rows": "<table><tr><td>规章<td>2<table><tr><td>x<td>3</table><tr><td>收费<td>5</table>",
    "fields": '<table><tr><td>规章<td><input value="2"><td><select><option>1<option selected>5</select></table>',
}


@pytest.mark.parametrize("name", TABLES)
def test_cells_stand_where_the_reader_counts_them(name):
    page = TABLES[name] if name == "all hidden" else f"<html><body><p>年度报告</p>{TABLES[name]}<p>完</p>"
    cells = [c for b in read(page.encode()).blocks if isinstance(b, Grid) for row in b.rows for c in row]
    assert cells
    body, root = shown(page, *(cell(n, c.where.table, c.where.row, c.where.column) for n, c in enumerate(cells)))
    assert_harmless(body)
    plain = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
    for n, c in enumerate(cells):
        place = root.get_element_by_id(f"o{n}")
        assert "".join(place.text_content().split()) == "".join(c.text.translate(plain).split()), (name, c)
        assert place.find(".//a").get("href") == link(f"o{n}")


def test_hidden_words_stay_hidden_and_struck_ones_are_struck():
    page = """<style>.gone{display:none}</style><p>公开<span class=gone>99</span>12件<del>旧8件</del>。</p>
    <table><tr><td>规章<td>2<span style="display:none">77</span><s>6</s></table>"""
    text = "公开12件。"
    number = Quoted((Mark("f0", ""),), 0, 2, 4, 0, len(text))
    body, root = shown(page, cell(0, 1, 1, 2), quoted=[number], sections=[text])
    assert "99" not in body
    assert "77" not in body
    assert root.get_element_by_id("f0").text_content() == "12"
    assert [e.text_content() for e in root.find_class("s")] == ["旧8件", "6"]


def test_several_observations_in_one_cell_are_all_anchors():
    body, root = shown(
        "<table><tr><td>规章<td>243012</table>",
        cell(4, 1, 1, 2, "自然人"), cell(5, 1, 1, 2, "商业企业"), cell(6, 1, 1, 2, "商业企业"),
    )  # fmt: skip
    place = root.get_element_by_id("o4")
    assert place.text_content() == "243012"
    assert [e.get("id") for e in place.iter("span")] == ["o5", "o6"]
    assert place.find("a").get("title") == "自然人; 商业企业"
    assert_harmless(body)


def test_a_blank_cell_can_be_pointed_at():
    _, root = shown("<table><tr><td>规章<td></table>", cell(0, 1, 1, 2))
    assert root.get_element_by_id("o0").find("a").get("href") == link("o0")


def test_figures_of_a_table_that_arrives_as_paragraphs():
    observed = [
        Observed(Mark(f"o{n}", ""), {"paragraph": p}, raw) for n, (p, raw) in enumerate([(2, "30"), (2, "5"), (3, "5")])
    ]
    _, root = shown("<p>自然人</p><p>新收 30 5</p><p>5</p><p>5</p>", *observed)
    texts = {e.get("id"): e.getparent().text_content() for e in root.iter("a")}
    assert [root.get_element_by_id(f"o{n}").text_content() for n in range(3)] == ["30", "5", "5"]
    assert texts == {"o0": "新收 30 5", "o1": "新收 30 5", "o2": "5"}


@pytest.mark.parametrize("page", ["", " ", "<html></html>", "\x00", "<!-- -->"])
def test_pages_with_nothing_on_them(page):
    assert_harmless(show_html(page.encode(), Wanted([cell(1, 1, 1, 1)]), link))
    assert read_tree(page.encode()).cells == {}
