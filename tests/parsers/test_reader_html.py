"""A page's bytes -> its paragraphs and grids, as a browser would show them."""

import pytest

from parsers.models import Grid, Link, Paragraph, Where
from parsers.readers import html


def read(page):
    return html.read(page if isinstance(page, bytes) else page.encode())


def paragraphs(page):
    return [(b.kind, b.text) for b in read(page).blocks if isinstance(b, Paragraph)]


def texts(page):
    return [text for _, text in paragraphs(page)]


def grid(page):
    (only,) = (b for b in read(page).blocks if isinstance(b, Grid))
    return only


def rows(page):
    return [[cell.text for cell in row] for row in grid(page).rows]


def placed(page):
    """Each row's cells as (text, grid column, rowspan, colspan)."""
    drawn = grid(page)
    assert [{cell.row for cell in row} - {y} for y, row in enumerate(drawn.rows)] == [set() for _ in drawn.rows]
    return [[(c.text, c.column, c.rowspan, c.colspan) for c in row] for row in drawn.rows]


INNER = "<table><tr><td>规章<td>3</table>"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (f"<table><tr><td>导航<td>{INNER}</table>", ["导航", 2]),
        (f"<table><tr><td><table><tr><td>{INNER}</table></table>", [3]),
        (f"<table><tr><td>前{INNER}中{INNER}后</table>{INNER}", ["前", 2, "中", 3, "后", 4]),
        (f"<table><tr><td>甲<td>乙<tr><td>丙<td>{INNER}</table>{INNER}", [1, 3]),
        ("<table><tr><td>一、总体情况<tr><td><p>第一段<p>第二段</table>尾", ["一、总体情况", "第一段", "第二段", "尾"]),
    ],
)
def test_a_table_that_lays_out_the_page_is_walked_into(page, expected):
    assert [b.where.table if isinstance(b, Grid) else b.text for b in read(page).blocks] == expected


def test_the_text_of_a_table_inside_a_data_cell_stays_in_it():
    assert rows(f"<table><tr><td>甲<td>乙<tr><td>丙<td>{INNER}</table>") == [["甲", "乙"], ["丙", "规章\n3"]]


HIDING = ['style="display:none"', 'style="color:red; DISPLAY : None"', 'style="visibility: hidden"', "hidden"]


@pytest.mark.parametrize("hiding", HIDING)
def test_a_hidden_row_is_left_out_and_still_counted(hiding):
    drawn = grid(f"<table><tr><td>甲<td>1<tr {hiding}><td>乙<td>2<tr><td>丙<td>3</table>")
    assert [[(c.text, c.row, c.where.row) for c in row] for row in drawn.rows] == [
        [("甲", 0, 1), ("1", 0, 1)],
        [("丙", 1, 3), ("3", 1, 3)],
    ]


@pytest.mark.parametrize("hiding", [h for h in HIDING if "visibility" not in h])
def test_a_hidden_cell_takes_no_column_and_is_still_counted(hiding):
    ((label, value),) = grid(f"<table><tr><td>甲<td {hiding}>9<td>1</table>").rows
    assert (label.text, value.text, value.column, value.where.column) == ("甲", "1", 1, 3)


@pytest.mark.parametrize("hiding", HIDING)
def test_hidden_words_are_left_out(hiding):
    assert texts(f"<p>前<span {hiding}>藏</span>后<div {hiding}><p>藏</div><p>尾") == ["前后", "尾"]
    assert rows(f"<table><tr><td>甲<td><span {hiding}>藏</span>1</table>") == [["甲", "1"]]


def test_a_page_that_is_all_hidden_is_read_with_a_warning():
    document = read('<div style="display:none"><p>总体情况</div>')
    assert [b.text for b in document.blocks] == ["总体情况"]
    assert [(i.kind, i.severity) for i in document.issues] == [("hidden_content", "warning")]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("<tr><td rowspan=2 colspan=2>甲<td>1<tr><td>2", [[("甲", 0, 2, 2), ("1", 2, 1, 1)], [("2", 2, 1, 1)]]),
        ("<tr><td>1<td rowspan=2>甲<tr><td>2<td>3", [[("1", 0, 1, 1), ("甲", 1, 2, 1)], [("2", 0, 1, 1), ("3", 2, 1, 1)]]),
        ("<tr><td rowspan=0>甲<td>1<tr><td>2<tr><td>3", [[("甲", 0, 3, 1), ("1", 1, 1, 1)], [("2", 1, 1, 1)], [("3", 1, 1, 1)]]),
        ("<tr><td rowspan=99999>甲<td>1<tr><td>2", [[("甲", 0, 2, 1), ("1", 1, 1, 1)], [("2", 1, 1, 1)]]),
        ("<tr><td colspan=99999>甲<td>1", [[("甲", 0, 1, 100), ("1", 100, 1, 1)]]),
        ("<tr><td colspan=0>甲<td colspan=-3>乙<td colspan=x>丙", [[("甲", 0, 1, 1), ("乙", 1, 1, 1), ("丙", 2, 1, 1)]]),
        ('<tr><td colspan="">甲<td colspan=" 3 ">乙<td>1', [[("甲", 0, 1, 1), ("乙", 1, 1, 3), ("1", 4, 1, 1)]]),
        ("<thead><tr><th>甲<th>乙<tbody><tr><td>丙<td>1", [[("甲", 0, 1, 1), ("乙", 1, 1, 1)], [("丙", 0, 1, 1), ("1", 1, 1, 1)]]),
        ("<tr><td>甲<td>1<tr></tr><tr><td>乙<td>2", [[("甲", 0, 1, 1), ("1", 1, 1, 1)], [], [("乙", 0, 1, 1), ("2", 1, 1, 1)]]),
    ],
)  # fmt: skip
def test_spans_stay_on_the_cells(table, expected):
    assert placed(f"<table>{table}</table>") == expected


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("规<br>章", "规\n章"), ("规<br/>\n\n<br/>章", "规\n章"), ("<p>行政</p><p>许可</p>", "行政\n许可"), ("甲<p>乙</p>丙", "甲\n乙\n丙"),
        ("规<o:p></o:p>章", "规章"), ("<b>规</b>\n<i>章</i>\n程", "规 章 程"), ("<p>3</p><p></p>", "3"), ("<p>&nbsp;</p>", ""), (" 本年\n  新收 ", "本年 新收"), ("1<!-- 2 -->3", "13"),
        ("12<sup>1</sup>", "12¹"), ("<p>3<sup>20</sup></p>", "3²⁰"), ("3<sup>注</sup>", "3注"), ("m<sub>2</sub>", "m2"),
        ("<p class=MsoNormal><span lang=EN-US><font><b>规</b></font></span><span>章</span><o:p></o:p></p>", "规章"),
        ("<p class=MsoNormal><span><span><span>3<o:p>&nbsp;</o:p></span></span></span></p>", "3"),
        ("<p class=MsoNormal><span>许</span><span>可<o:p></o:p></span></p><p><o:p>&nbsp;</o:p></p>", "许可"),
        ("<script>var x = 1</script>5<style>td {}</style>", "5"), ("&lt;3&gt; &amp;amp;", "<3> &amp;"),
    ],
)  # fmt: skip
def test_the_text_of_a_cell(cell, text):
    assert rows(f"<table><tr><td>件数</td><td>{cell}</td></tr></table>") == [["件数", text]]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<h1>年度报告</h1><h6>一、总体情况</h6><p>正文", [("heading", "年度报告"), ("heading", "一、总体情况"), ("text", "正文")]),
        ("<h3><a href=x>标题</a></h3>", [("heading", "标题")]),
        ("<ul><li><a href=1>上一篇</a><li><a href=2>下一篇</a></ul>", [("link", "上一篇"), ("link", "下一篇")]),
        ("<li><a href=1>青林县财政局年度报告</a> 01-05", [("link", "青林县财政局年度报告 01-05")]),
        ("<p>依照<a href=x>条例</a>的规定公布", [("text", "依照条例的规定公布")]),
        ("<p>行一<br>行二</p>行三<div>行四<img src=x>续", [("text", "行一"), ("text", "行二"), ("text", "行三"), ("text", "行四续")]),
        ("<p>　　甲&nbsp; 乙\n丙 </p><p>&nbsp;</p>", [("text", "甲 乙 丙")]),
        ("<div><p>一<p>二<b>三</div>四<span>五</span>", [("text", "一"), ("text", "二三"), ("text", "四五")]),
    ],
)  # fmt: skip
def test_headings_links_and_prose_are_told_apart(page, expected):
    assert paragraphs(page) == expected


def test_what_is_not_printed_is_skipped():
    hidden = "<script>var a</script><style>p{}</style><noscript>b</noscript><select><option>c</select><!-- d --><button>e</button>"
    assert texts(f"<head><title>题</title></head><body>{hidden}<p>正{hidden}</p><textarea>f</textarea>尾") == [
        "正",
        "尾",
    ]


@pytest.mark.parametrize(
    "page",
    [
        "<table><tr><td>规章<td>3<tr><td>许可<td>5",
        "<table><tr><td>规章</td><td>3</tr><tr><td>许可<td>5</td></table>",
        "<table><tr><td><p><b>规章<td><p>3</tr><tr><td>许可</p></b></td><td><span>5</td></table>",
        "<table><tbody><tr><form><td>规章<td>3</form></tr><tr><span><td>许可</td></span><td>5</table>",
    ],
)
def test_tags_left_open_change_nothing(page):
    assert rows(page) == [["规章", "3"], ["许可", "5"]]


def test_places_count_from_one():
    document = read("<h1>题<p>文<table><tr><td>甲<td>1<tr><td>乙<td>2</table><p>尾" + INNER)
    first, second = (b for b in document.blocks if isinstance(b, Grid))
    assert [b.where for b in document.blocks if isinstance(b, Paragraph)] == [Where(paragraph=i) for i in (1, 2, 3)]
    assert [c.where for row in first.rows for c in row] == [
        Where(table=1, row=y, column=x) for y in (1, 2) for x in (1, 2)
    ]
    assert (second.where, second.rows[0][1].where) == (Where(table=2), Where(table=2, row=1, column=2))
    assert (first.layout, second.layout) == ("spans", "spans")


def test_attachments_are_listed_and_pages_are_not():
    cells = '<table><tr><td>附件<td><a href="c.XLSX#p">附件<b>三</b></a></table>'
    others = '<a href="d.html">四</a><a href="e.pdf.html">五</a><a name="f.doc">六</a>'
    page = f'<p><a href=" /a.pdf?v=1 ">附件一</a><a href="b.doc&x=2">附件 二</a>{others}</p>{cells}'
    assert read(page).links == (Link("附件一", "/a.pdf?v=1"), Link("附件 二", "b.doc&x=2"), Link("附件三", "c.XLSX#p"))


def test_meta_names_are_lower_case_and_the_first_holds():
    tags = '<meta name="ArticleTitle" content="年度 报告"><meta name=PubDate content=2022-01-05><meta name=pubdate content=later>'
    more = '<meta property="og:title" content=b><meta name=title content=c><meta name=empty content=" "><meta charset=utf-8>'
    document = read(f"<head><title> 青林县\n年报 </title>{tags}{more}</head><body>文")
    assert document.meta == {
        "title": "青林县 年报", "articletitle": "年度 报告", "pubdate": "2022-01-05", "og:title": "b", "meta:title": "c",
    }  # fmt: skip


def test_a_table_of_too_many_cells_is_left_out_and_told():
    document = read("<p>前<table>" + ("<tr>" + "<td>1" * 100) * 201 + "</table><p>后")
    assert [b.text for b in document.blocks] == ["前", "后"]
    assert [(i.kind, i.severity, i.message, i.where) for i in document.issues] == [
        ("table_too_large", "error", "a table of 20100 cells was left out", Where(table=1))
    ]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("5<p>3</p>", "5\n3"),
        ("<span>5<p>3</p></span>", "5\n3"),
        ("12<sup><span>1</span></sup>", "12¹"),
        ('12<span style="vertical-align:super">1</span>', "12¹"),
        ("<p hidden>5</p>", ""),
        ('<p style="DISPLAY:NONE">5</p>', ""),
        ('<p style="visibility:hidden">5</p>', ""),
    ],
)
def test_what_a_cell_shows(cell, text):
    assert rows(f"<table><tr><td>规章<td>{cell}</table>") == [["规章", text]]


@pytest.mark.parametrize(
    "table",
    [
        "<tr><td>规章</td><td>3</td></tr><td>许可</td><td>5</td></tr>",
        "<td>规章</td><td>3</td></tr><tr><td>许可</td><td>5</td></tr>",
        "<tbody><td>规章</td><td>3</td><tr><td>许可</td><td>5</td></tr></tbody>",
    ],
)
def test_cells_without_their_row_tag_are_a_row(table):
    assert rows(f"<table>{table}</table>") == [["规章", "3"], ["许可", "5"]]


def test_hidden_row_groups_are_left_out_and_invisible_cells_keep_their_place():
    group = '<tbody style="display:none"><tr><td>乙<td>2</tbody>'
    assert rows(f"<table><tbody><tr><td>甲<td>1</tbody>{group}</table>") == [["甲", "1"]]
    assert rows('<table><tr><td>甲<td style="visibility:hidden">9<td>1</table>') == [["甲", "", "1"]]


def test_a_caption_and_loose_text_stand_before_the_table():
    page = "<table>单位：件<caption>表一</caption><tr><td>规章<td>3</table>"
    assert [b.text if isinstance(b, Paragraph) else "grid" for b in read(page).blocks] == ["单位：件", "表一", "grid"]


def test_superscripts_links_and_breaks_in_prose_and_headings():
    assert texts("<p>受理12<sup>1</sup>件") == ["受理12¹件"]
    assert paragraphs("<p>依照<a href=x>\n        条例\n      </a>的规定公布") == [("text", "依照 条例 的规定公布")]
    assert paragraphs("<h2>一、总体<br>情况</h2><p>正文") == [("heading", "一、总体 情况"), ("text", "正文")]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<del>5</del>3", "3"),
        ("<s>1</s>2", "2"),
        ('<span style="text-decoration: line-through">5</span>3', "3"),
        ("<span class=old>5</span>3", "3"),
        ("<del>5</del>", "[5]"),
        ("<input value=3>", "3"),
        ("<input type=hidden value=3>", ""),
        ("<textarea>2</textarea>", "2"),
        ("<select><option>1<option selected>4</select>", "4"),
    ],
)
def test_struck_out_text_is_none_and_form_fields_show_their_value(cell, text):
    style = "<style>.old, p.gone { display: none }</style>"
    assert rows(f"{style}<table><tr><td>规章<td>{cell}</table>") == [["规章", text]]
