"""Word bytes -> paragraphs and tables in order, merged cells as spans, what Word hides left out."""

import io
import zipfile

import pytest

from parsers.errors import Unreadable
from parsers.models import Grid, Paragraph, Where
from parsers.readers import word

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)
RESTART, CONTINUE = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
DELETED, INSERTED = "<w:trPr><w:del/></w:trPr>", "<w:trPr><w:ins/></w:trPr>"


def run(text, properties=""):
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def p(content, style=""):
    """A paragraph of plain text or of ready runs."""
    runs = content if content.startswith("<") else run(content)
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{runs}</w:p>' if style else f"<w:p>{runs}</w:p>"


def tc(content, properties=""):
    """A cell of plain text or of ready blocks."""
    inside = content if content.startswith("<") else p(content) if content else "<w:p/>"
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inside}</w:tc>"


def across(columns):
    return f'<w:gridSpan w:val="{columns}"/>'


def tbl(*rows):
    return "<w:tbl><w:tblPr/><w:tblGrid/>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


def docx(body, **changed):
    """A .docx with this body; `changed` replaces or, with None, leaves out a part by its last name."""
    from docx import Document

    whole, result = io.BytesIO(), io.BytesIO()
    document = Document()
    document.core_properties.title = changed.pop("title", "")
    document.save(whole)
    parts = {"document.xml": f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>".encode(), **changed}
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            content = parts.get(name.rpartition("/")[2], old.read(name))
            if content is not None:
                new.writestr(name, content)
    return result.getvalue()


def read(body):
    return word.read(docx(body))


def texts(body):
    return [b.text for b in read(body).blocks if isinstance(b, Paragraph)]


def blocks(body):
    """A paragraph as its text, a grid as its rows of texts."""
    return [
        [[cell.text for cell in row] for row in b.rows] if isinstance(b, Grid) else b.text for b in read(body).blocks
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([tc("甲", across(2)) + tc("1"), tc("乙") + tc("丙") + tc("2")], [[("甲", 0, 1, 2), ("1", 2, 1, 1)], [("乙", 0, 1, 1), ("丙", 1, 1, 1), ("2", 2, 1, 1)]]),
        ([tc("甲", RESTART) + tc("1"), tc("", CONTINUE) + tc("2"), tc("", CONTINUE) + tc("3")], [[("甲", 0, 3, 1), ("1", 1, 1, 1)], [("2", 1, 1, 1)], [("3", 1, 1, 1)]]),
        ([tc("甲", RESTART) + tc("1"), tc("乙", RESTART) + tc("2"), tc("", CONTINUE) + tc("3")], [[("甲", 0, 1, 1), ("1", 1, 1, 1)], [("乙", 0, 2, 1), ("2", 1, 1, 1)], [("3", 1, 1, 1)]]),
        ([tc("甲", across(2) + RESTART) + tc("1"), tc("", across(2) + CONTINUE) + tc("2")], [[("甲", 0, 2, 2), ("1", 2, 1, 1)], [("2", 2, 1, 1)]]),
        ([tc("1") + tc("甲", RESTART), tc("2") + tc("", CONTINUE)], [[("1", 0, 1, 1), ("甲", 1, 2, 1)], [("2", 0, 1, 1)]]),
        ([tc("甲", RESTART) + tc("1", RESTART), tc("", CONTINUE) + tc("", CONTINUE)], [[("甲", 0, 2, 1), ("1", 1, 2, 1)], []]),
        ([tc("甲", RESTART) + tc("1"), tc("甲", CONTINUE) + tc("2")], [[("甲", 0, 2, 1), ("1", 1, 1, 1)], [("2", 1, 1, 1)]]),
        ([tc("甲", CONTINUE) + tc("1"), tc("乙") + tc("2")], [[("甲", 0, 1, 1), ("1", 1, 1, 1)], [("乙", 0, 1, 1), ("2", 1, 1, 1)]]),
        ([tc("甲", '<w:hMerge w:val="restart"/>') + tc("", "<w:hMerge/>") + tc("1")], [[("甲", 0, 1, 2), ("1", 2, 1, 1)]]),
        (['<w:trPr><w:gridBefore w:val="2"/></w:trPr>' + tc("1"), tc("甲", across(2)) + tc("2")], [[("", 0, 1, 2), ("1", 2, 1, 1)], [("甲", 0, 1, 2), ("2", 2, 1, 1)]]),
        ([tc("甲", across(0)) + tc("乙", RESTART), tc("1") + tc("", CONTINUE)], [[("甲", 0, 1, 1), ("乙", 1, 2, 1)], [("1", 0, 1, 1)]]),
        ([tc("甲", across("x")) + tc("1", across(0)), tc("乙", across(99999))], [[("甲", 0, 1, 1), ("1", 1, 1, 1)], [("乙", 0, 1, 100)]]),
    ],
)  # fmt: skip
def test_merged_cells_are_spans(rows, expected):
    (grid,) = read(tbl(*rows)).blocks
    assert [[(c.text, c.column, c.rowspan, c.colspan) for c in row] for row in grid.rows] == expected
    assert all(cell.row == y for y, row in enumerate(grid.rows) for cell in row)


def test_places_count_cells_as_written():
    table = tbl(tc("甲", across(2) + RESTART) + tc("1"), tc("", across(2) + CONTINUE) + tc("2"))
    first, grid, last, second = read(p("题") + table + p("尾") + tbl(tc("乙") + tc("3"))).blocks
    assert (first.where, last.where) == (Where(paragraph=1), Where(paragraph=2))
    assert (grid.where, grid.layout, second.where) == (Where(table=1), "spans", Where(table=2))
    places = [(1, 1), (1, 2), (2, 2)]
    assert [c.where for row in grid.rows for c in row] == [Where(table=1, row=y, column=x) for y, x in places]


INNER = tbl(tc("规章") + tc("3"), tc("许可") + tc("5"))
ROWS = [["规章", "3"], ["许可", "5"]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (tbl(tc(INNER + "<w:p/>")), [ROWS]),
        (tbl(tc("左") + tc(p("前") + INNER + p("后"))) + p("尾"), ["左", "前", ROWS, "后", "尾"]),
        (tbl(tc(tbl(tc(INNER)))), [ROWS]),
        (tbl(tc("一、总体情况"), tc(p("第一段") + p("第二段"))), ["一、总体情况", "第一段", "第二段"]),
        (tbl(tc("甲") + tc("乙"), tc("丙") + tc(tbl(tc("3")))), [[["甲", "乙"], ["丙", "3"]]]),
    ],
)
def test_a_table_that_lays_out_the_page_is_walked_into(body, expected):
    assert blocks(body) == expected


def test_paragraphs_headings_and_tables_stand_in_order():
    body = (
        p("年度报告", "Title") + p("一、总体", "Heading1") + p("正文", "BodyText") + INNER + p(" ") + p("二、", "标题2")
    )
    assert [(b.kind, b.text) if isinstance(b, Paragraph) else "grid" for b in read(body).blocks] == [
        ("heading", "年度报告"), ("heading", "一、总体"), ("text", "正文"), "grid", ("heading", "二、"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        (f"<w:del>{run('旧')}<w:r><w:delText>删</w:delText></w:r></w:del><w:ins>{run('新')}</w:ins>", ["新"]),
        (f"<w:moveFrom>{run('移出')}</w:moveFrom>{run('中')}<w:moveTo>{run('移入')}</w:moveTo>", ["中移入"]),
        (f"<w:ins>{run('1')}<w:del>{run('2')}</w:del></w:ins>{run('3')}", ["13"]),
        (run("隐", "<w:vanish/>") + run("现", '<w:vanish w:val="0"/>') + run("见", '<w:vanish w:val="false"/>'), ["现见"]),
        ("<w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t><w:tab/><w:t>丙</w:t><w:noBreakHyphen/><w:cr/><w:t>丁</w:t></w:r>", ["甲", "乙 丙-", "丁"]),
        ('<w:r><w:sym w:font="Symbol" w:char="F02B"/><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>', ["+\ufffd"]),
        (f"<w:hyperlink>{run('链')}</w:hyperlink><w:smartTag>{run('2021')}</w:smartTag><w:sdt><w:sdtContent>{run('年')}</w:sdtContent></w:sdt>", ["链2021年"]),
        (f'<mc:AlternateContent><mc:Choice Requires="x">{run("甲")}</mc:Choice><mc:Fallback>{run("乙")}</mc:Fallback></mc:AlternateContent>', ["甲"]),
        (f"<w:r><w:instrText> PAGE </w:instrText></w:r><w:fldSimple>{run('3')}</w:fldSimple>", ["3"]),
        (run("12") + run("1", '<w:vertAlign w:val="superscript"/>') + run("3", '<w:vertAlign w:val="subscript"/>'), ["12¹3"]),
        (run("12") + run("4", '<w:position w:val="6"/>') + run("5", '<w:position w:val="-6"/>'), ["12⁴5"]),
    ],
)  # fmt: skip
def test_the_text_that_word_shows(runs, expected):
    assert texts(p(runs)) == expected
    assert blocks(tbl(tc("数") + tc(p(runs)))) == [[["数", "\n".join(expected)]]]


@pytest.mark.parametrize(
    ("properties", "is_kept"),
    [
        (DELETED, False), (INSERTED, True), ("<w:trPr><w:hidden/></w:trPr>", False), ('<w:trPr><w:hidden w:val="0"/></w:trPr>', True),
    ],
)  # fmt: skip
def test_deleted_and_hidden_rows_are_left_out(properties, is_kept):
    middle = [["许可", "4"]] if is_kept else []
    body = tbl(tc("规章") + tc("3"), properties + tc("许可") + tc("4"), tc("处罚") + tc("5"))
    assert blocks(body) == [[["规章", "3"], *middle, ["处罚", "5"]]]


def test_a_span_does_not_count_the_deleted_rows_it_covered():
    gone = DELETED + tc("", CONTINUE) + tc("9")
    body = tbl(tc("甲", RESTART) + tc("1"), gone, tc("", CONTINUE) + tc("2"), tc("乙") + tc("3"))
    (grid,) = read(body).blocks
    assert [[(c.text, c.column, c.rowspan) for c in row] for row in grid.rows] == [
        [("甲", 0, 2), ("1", 1, 1)],
        [("2", 1, 1)],
        [("乙", 0, 1), ("3", 1, 1)],
    ]


def test_a_text_box_follows_its_paragraph_and_its_fallback_copy_is_skipped():
    box = f"<w:txbxContent>{p('框内')}{INNER}</w:txbxContent>"
    drawn = f'<mc:Choice Requires="wps"><w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>'
    anchored = p(f"{run('前')}<w:r><mc:AlternateContent>{drawn}</mc:AlternateContent></w:r>{run('后')}")
    assert blocks(anchored + p("尾")) == ["前后", "框内", ROWS, "尾"]


def test_content_controls_are_walked_into():
    row = f"<w:sdt><w:sdtContent>{tc('规章')}</w:sdtContent></w:sdt>{tc('3')}"
    table = tbl(row, tc("许可") + tc("5")).replace("<w:tr>", "<w:sdt><w:sdtContent><w:tr>", 1)
    table = table.replace("</w:tr>", "</w:tr></w:sdtContent></w:sdt>", 1)
    assert blocks(f"<w:sdt><w:sdtContent>{p('文')}{table}</w:sdtContent></w:sdt>") == ["文", ROWS]


def test_paragraphs_of_a_cell_are_its_lines():
    assert blocks(tbl(tc(p("行政") + "<w:p/>" + p(" 许　可 ")) + tc("3"))) == [[["行政\n许 可", "3"]]]


def test_a_table_of_too_many_cells_is_left_out_and_told():
    document = read(p("前") + tbl(*[tc("1") * 100] * 201) + p("后"))
    assert [b.text for b in document.blocks] == ["前", "后"]
    assert [(i.kind, i.severity, i.message, i.where) for i in document.issues] == [
        ("table_too_large", "error", "a table of 20100 cells was left out", Where(table=1))
    ]


@pytest.mark.parametrize(("title", "meta"), [("年度报告", {"title": "年度报告"}), ("", {})])
def test_the_title_property_is_metadata(title, meta):
    assert word.read(docx(p("文"), title=title)).meta == meta


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("document.xml", None), ("document.xml", b""), ("document.xml", b"<a/>"), ("document.xml", b"<w:document>"),
        ("[Content_Types].xml", None), (".rels", None),
    ],
)  # fmt: skip
def test_a_document_that_lacks_a_part_is_unreadable(part, content):
    with pytest.raises(Unreadable, match="not a whole Word document") as caught:
        word.read(docx(p("文"), **{part: content}))
    assert caught.value.reason == "unreadable"


@pytest.mark.parametrize("kept", [-100, 30])
def test_a_cut_document_is_unreadable(kept):
    with pytest.raises(Unreadable, match="not a whole zip file") as caught:
        word.read(docx(p("文"))[:kept])
    assert caught.value.reason == "unreadable"


def test_a_document_without_a_body_is_refused():
    with pytest.raises(Unreadable, match="body"):
        word.read(docx("", **{"document.xml": f"<w:document {NAMESPACES}/>".encode()}))


def test_a_box_in_a_box_is_read_once():
    def box(inside):
        return f"<w:r><w:pict><w:txbxContent>{inside}</w:txbxContent></w:pict></w:r>"

    assert texts(p(run("外") + box(p(run("中") + box(p("内")))))) == ["外", "中", "内"]


def test_a_digit_raised_by_points_is_a_mark():
    assert texts(p(run("受理3") + run("4", '<w:position w:val="+6"/>') + run("件"))) == ["受理3⁴件"]


def test_places_count_the_rows_that_are_left_out():
    body = tbl(tc("甲") + tc("1"), DELETED + tc("乙") + tc("2"), tc("丙") + tc("3"))
    (grid,) = read(body).blocks
    assert [row[0].where.row for row in grid.rows] == [1, 3]


def test_a_heading_is_known_by_the_name_of_its_style():
    style = '<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/></w:style>'
    styles = f"<w:styles {NAMESPACES}>{style}</w:styles>".encode()
    (heading, text) = word.read(docx(p("一、总体情况", "1") + p("正文", "2"), **{"styles.xml": styles})).blocks
    assert (heading.kind, text.kind) == ("heading", "text")


@pytest.mark.parametrize("properties", ["<w:strike/>", "<w:dstrike/>", "<w:vanish/>"])
def test_runs_struck_out_or_hidden_are_left_out(properties):
    assert texts(p(run("受理") + run("5", properties) + run("3件"))) == ["受理3件"]


def test_a_number_written_as_a_formula_is_read():
    formula = '<m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:r><m:t>3</m:t></m:r></m:oMath>'
    assert blocks(tbl(tc("规章") + tc(f"<w:p>{formula}</w:p>"), tc("许可") + tc("4"))) == [
        [["规章", "3"], ["许可", "4"]]
    ]
