"""Bad input: a clear reason, soon, in little memory; never a crash."""

import io
import resource
import subprocess
import sys
import zipfile

import pytest
from paths import REPORTS

from parsers import parse
from parsers.readers import MAX_BYTES, sniff

HTML = (REPORTS / "2019-html.html").read_bytes()
PDF = (REPORTS / "2021-pdf.pdf").read_bytes()
WORD = (REPORTS / "2019-word.docx").read_bytes()


def reason(content):
    (report,) = parse(content)
    assert (report.status == "rejected") == (report.reason is not None)
    assert report.reason is None or report.message
    return report.reason


def zipped(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def encrypted_pdf():
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    stream = io.BytesIO()
    canvas = Canvas(stream, encrypt=StandardEncryption("secret", ownerPassword="owner"))
    canvas.drawString(50, 700, "closed")
    canvas.save()
    return stream.getvalue()


def scanned_pdf():
    from reportlab.pdfgen.canvas import Canvas

    stream = io.BytesIO()
    canvas = Canvas(stream)
    canvas.rect(50, 50, 300, 300)
    canvas.save()
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"<html><body><p> &nbsp; </p></body></html>", "empty"),
        (b"x" * (MAX_BYTES + 1), "too_large"),
        (PDF[: len(PDF) // 2], "unreadable"),
        (b"%PDF-1.7\n garbage", "unreadable"),
        (WORD[: len(WORD) // 2], "unreadable"),
        (zipped({"word/document.xml": "<not-word/>"}), "unreadable"),
        (zipped({"xl/workbook.xml": "<x/>"}), "unsupported_format"),
        (zipped({"OFD.xml": "<x/>"}), "unsupported_format"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "unsupported_format"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "unsupported_format"),
        (b"{\\rtf1\\ansi x}", "unsupported_format"),
        (bytes(range(256)) * 50, "unsupported_format"),
        (b"<html><title>403 Forbidden</title><body>Forbidden</body></html>", "blocked_page"),
        ("<html><body>您访问的页面不存在</body></html>".encode(), "not_an_annual_report"),
        ("今天天气很好。".encode() * 40, "not_an_annual_report"),
    ],
)
def test_reasons(content, expected):
    assert reason(content) == expected


def test_encrypted_pdf():
    assert reason(encrypted_pdf()) == "encrypted"


def test_pdf_without_text():
    assert reason(scanned_pdf()) == "unsupported_format"


def test_zip_bomb():
    bomb = zipped({"word/document.xml": b"<w:document>" + b" " * 300_000_000})
    assert len(bomb) < 1_000_000
    assert reason(bomb) == "too_large"


def test_entity_bomb_in_word():
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    document = f'<!DOCTYPE d [<!ENTITY a0 "x">{entities}]><d>&a11;</d>'
    with zipfile.ZipFile(io.BytesIO(WORD)) as whole:
        members = {name: whole.read(name) for name in whole.namelist()}
    assert reason(zipped({**members, "word/document.xml": document.encode()})) == "unreadable"


def test_entity_bomb_in_html():
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    page = f'<!DOCTYPE html [<!ENTITY a0 "x">{entities}]><html><body><p>&a11;</p></body></html>'
    assert reason(page.encode()) == "not_an_annual_report"


@pytest.mark.parametrize("depth", [300, 10_000])
def test_deep_nesting(depth):
    deep = b"<div>" * depth + HTML + b"</div>" * depth
    (report,) = parse(deep)
    if depth == 300:
        assert len(report.observations) == 198
    else:
        assert (report.reason, report.message) == ("unreadable", "nothing but elements nested deeper than 2000")


def test_absurd_spans():
    page = HTML.replace(b'rowspan="20"', b'rowspan="1000000"').replace(b'colspan="7"', b'colspan="99999"')
    (report,) = parse(page)
    assert len([o for o in report.observations if o.row and o.column]) == 198
    assert not [f for f in report.findings if f.verdict == "fail"]


def test_table_of_100000_cells():
    table = b"<table>" + (b"<tr>" + b"<td>1</td>" * 100 + b"</tr>") * 1000 + b"</table>"
    (report,) = parse(HTML.replace(b"</body>", table + b"</body>"))
    assert len([o for o in report.observations if o.row and o.column]) == 198
    assert [i.kind for i in report.issues] == ["table_too_large"]


def test_spans_over_everything():
    table = b"<table>" + b"<tr><td rowspan=100>1<td rowspan=100>2</tr>" * 9000 + b"</table>"
    (report,) = parse(HTML.replace(b"</body>", table + b"</body>"))
    assert report.year == 2019


def test_nul_bytes_are_dropped_and_told():
    (report,) = parse(HTML.replace(b"<td", b"\0<td", 5))
    assert len(report.observations) == 198
    assert "nul_bytes" in [i.kind for i in report.issues]


def test_invalid_bytes_are_told():
    (report,) = parse(HTML.replace("白榆县财政局".encode(), b"\xff\xfe\xfd\xe7\x99", 1))
    assert "undecodable_bytes" in [i.kind for i in report.issues]


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_truncated_html_keeps_what_is_there(cut):
    (report,) = parse(HTML[: int(len(HTML) * cut)])
    (whole,) = parse(HTML)
    truth = {(o.table, o.row, o.column): o.value for o in whole.observations}
    assert report.status in ("partial", "rejected")
    for o in report.observations:
        assert o.flags or o.kind == "unreadable" or o.value == truth[o.table, o.row, o.column]


def test_the_bytes_decide_the_format():
    assert sniff(PDF) == "application/pdf"
    assert sniff(b"\xef\xbb\xbf<html>") == "text/html"
    assert sniff("<table>".encode("utf-16")) == "text/html"
    assert sniff("年报 < 2019".encode()) == "text/plain"
    assert sniff(WORD).endswith("wordprocessingml.document")


def test_one_gigabyte_is_enough():
    """The heaviest of these inputs parsed in a process that may use 1 GB."""
    code = (
        "import sys, zipfile, io\n"
        "from parsers import parse\n"
        "table = b'<table>' + (b'<tr>' + b'<td>1</td>' * 100 + b'</tr>') * 1000 + b'</table>'\n"
        "deep = b'<div>' * 10000 + b'</div>' * 10000\n"
        "text = ('一、总体情况' * 1000000).encode()\n"
        "for content in (table, deep, text, b'x' * 49_000_000): parse(content)\n"
    )
    limit = 1_000_000_000
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)),
    )
