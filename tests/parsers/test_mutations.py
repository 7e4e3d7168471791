"""Damaged fixtures: no crash, no hang, and no number that is wrong without a mark."""

import copy
import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html
from paths import REPORTS

from parsers import parse

SETTINGS = settings(max_examples=60, deadline=10_000, suppress_health_check=list(HealthCheck))
HTML = sorted(REPORTS.glob("*.html"))
TEXT = sorted(REPORTS.glob("*.txt"))
BINARY = [*sorted(REPORTS.glob("*-word.docx")), REPORTS / "2019-pdf.pdf", REPORTS / "2014-pdf.pdf"]


def check(content):
    reports = parse(content)
    assert reports
    for report in reports:
        assert report.status in ("parsed", "partial", "rejected")
        assert (report.reason is not None) == (report.status == "rejected")


@st.composite
def damaged(draw, paths):
    """A fixture with bytes cut, replaced, doubled or inserted."""
    content = bytearray(draw(st.sampled_from(paths)).read_bytes())
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, max(len(content) - 1, 0)))
        end = min(len(content), start + draw(st.integers(0, 400)))
        kind = draw(st.sampled_from(["cut", "replace", "double", "insert"]))
        if kind == "cut":
            del content[start:end]
        elif kind == "replace":
            content[start:end] = draw(st.binary(max_size=40))
        elif kind == "double":
            content[start:start] = content[start:end]
        else:
            content[start:start] = draw(
                st.sampled_from([b"\0", b"<td>", b"|", "９".encode(), b"</table>", b"<table>", b"\n", b"1"])
            )
    return bytes(content)


@SETTINGS
@given(damaged(HTML))
def test_damaged_html(content):
    check(content)


@SETTINGS
@given(damaged(TEXT))
def test_damaged_text(content):
    check(content)


@settings(SETTINGS, max_examples=25)
@given(damaged(BINARY))
def test_damaged_binary(content):
    check(content)


@settings(SETTINGS, max_examples=25)
@given(data=st.data())
def test_damaged_word_parts(data):
    """The XML inside a .docx damaged, the zip around it whole."""
    path = data.draw(st.sampled_from(sorted(REPORTS.glob("*-word.docx"))))
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(
        st.sampled_from(["word/document.xml", "[Content_Types].xml", "_rels/.rels", "word/_rels/document.xml.rels"])
    )
    part = bytearray(members[name])
    start = data.draw(st.integers(0, len(part) - 1))
    part[start : start + data.draw(st.integers(0, 200))] = data.draw(st.binary(max_size=20))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for member, content in {**members, name: bytes(part)}.items():
            archive.writestr(member, content)
    check(stream.getvalue())


SOUND = [
    REPORTS / name
    for name in (
        "2019-html.html", "2021-html.html", "2014-html.html", "oddity-blocks-apart.html", "oddity-word-export.html",
        "oddity-blanks-for-zeros.html", "oddity-transposed-table-four.html", "oddity-one-merged-table.html",
    )
]  # fmt: skip
DAMAGE = [
    "drop row", "swap rows", "drop label", "rowspan", "colspan", "no spans", "empty cell", "drop cell", "double cell",
    "double row",
]  # fmt: skip


def with_telling_values(path):
    """A fixture page with every value unlike any other, so that a shift cannot hide; sums across rows hold."""
    tree = html.fromstring(path.read_text(encoding="utf-8"))
    number = 1000
    for row in tree.iter("tr"):
        cells = [c for c in row if "".join(c.itertext()).strip().isdigit()]
        values = [number := number + 7 for _ in cells]
        if len(values) == 7:
            values[-1] = sum(values[:-1])
        for total in (4, 9, 14) if len(values) == 15 else ():
            values[total] = sum(values[total - 4 : total])
        for cell, value in zip(cells, values, strict=True):
            set_text(cell, str(value))
    return tree


def set_text(cell, text):
    for child in list(cell):
        cell.remove(child)
    cell.text = text


def damage(tree, kind, draw):
    cells, rows = list(tree.iter("td")), list(tree.iter("tr"))
    cell, row = draw(st.sampled_from(cells)), draw(st.sampled_from(rows))
    if kind == "drop row":
        row.drop_tree()
    elif kind == "swap rows":
        if (following := row.getnext()) is not None and row.tag == following.tag:
            following.addnext(row)
    elif kind == "drop label":
        set_text(draw(st.sampled_from([c for c in cells if not "".join(c.itertext()).strip().isdigit()])), "")
    elif kind in ("rowspan", "colspan"):
        cell.set(kind, str(draw(st.integers(0, 12))))
    elif kind == "no spans":
        spanning = draw(st.sampled_from([c for c in cells if c.get("rowspan") or c.get("colspan")] or cells))
        spanning.attrib.pop("rowspan", None)
        spanning.attrib.pop("colspan", None)
    elif kind == "empty cell":
        set_text(cell, "")
    elif kind == "drop cell":
        cell.drop_tree()
    elif kind == "double cell":
        cell.addnext(copy.deepcopy(cell))
    elif kind == "double row":
        row.addnext(copy.deepcopy(row))


@settings(SETTINGS, max_examples=150)
@given(data=st.data())
def test_structural_damage_is_never_silent(data):
    """Rows, cells and spans lost or changed: a value that is then read wrongly bears a mark.

    Marks are a flag, an issue that is an error, or a failed sum of its row.
    """
    path = data.draw(st.sampled_from(SOUND))
    (whole,) = parse(html.tostring(with_telling_values(path), encoding="utf-8"))
    truth = {(o.table, o.row, o.column): o.value for o in whole.observations}
    tree = with_telling_values(path)
    kind = data.draw(st.sampled_from(DAMAGE))
    damage(tree, kind, data.draw)
    (report,) = parse(html.tostring(tree, encoding="utf-8"))
    if any(i.severity == "error" for i in report.issues):
        return
    failed = {
        cell
        for f in report.findings
        if f.verdict == "fail" and f.identity.endswith(("row_sum", "block_sum"))
        for cell in f.cells
    }
    for o in report.observations:
        if o.row and o.column and o.value is not None and not o.flags:
            key = (o.table, o.row, o.column)
            assert truth.get(key) == o.value or key in failed, (path.name, kind, o)


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(REPORTS.glob("*-pdf.pdf")), ids=lambda p: p.name)
def test_pdf_cut_anywhere(path):
    content = path.read_bytes()
    for i in range(1, 20):
        check(content[: len(content) * i // 20])
