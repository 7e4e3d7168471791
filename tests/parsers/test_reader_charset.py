"""Bytes of a page -> characters, whatever the page says about its charset."""

import pytest

from parsers.readers import html


@pytest.mark.parametrize(
    ("declared", "encoding", "text"),
    [
        ("gb2312", "gbk", "朱镕玥局长"),
        ("gb2312", "gb18030", "㐂乐镇"),
        ("GBK", "gb18030", "𠮷水县"),
        ("big5", "big5", "青林縣年報"),
        ("utf-8", "utf-8", "青林县"),
        ("utf8", "utf-8", "青林县"),
        (None, "gbk", "青林县"),
        (None, "utf-8", "青林县"),
        ("gbk", "utf-8-sig", "青林县"),
        (None, "utf-16", "青林县"),
        ("gb2312", "utf-16", "青林县"),
        (None, "utf-16-le", "青林县"),
        (None, "utf-16-be", "青林县"),
    ],
)
def test_a_page_is_decoded_whatever_its_charset(declared, encoding, text):
    head = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">' if declared else ""
    document = html.read(f"<html>{head}<body><p>{text}</p></body></html>".encode(encoding))
    assert ([b.text for b in document.blocks], document.issues) == ([text], ())


@pytest.mark.parametrize(
    ("declared", "encoding", "found"),
    [
        ("utf-8", "gbk", "gb18030"),
        ("gbk", "utf-8", "utf-8"),
        ("big5", "gbk", "gb18030"),
        ("nonsense", "gbk", "gb18030"),
    ],
)
def test_a_wrong_declaration_is_told_and_not_believed(declared, encoding, found):
    document = html.read(f'<meta charset="{declared}"><p>全年主动公开政府信息</p>'.encode(encoding))
    assert [b.text for b in document.blocks] == ["全年主动公开政府信息"]
    assert [(i.kind, i.severity, i.message) for i in document.issues] == [
        ("charset_mismatch", "info", f"the page declares {declared}; its bytes are {found}")
    ]


def test_what_is_lost_in_decoding_is_counted():
    document = html.read("<meta charset=gb2312><p>青林县</p><p>尾".encode("gbk") + b"\xff\xff</p>")
    assert [b.text for b in document.blocks] == ["青林县", "尾\ufffd\ufffd"]
    assert [i.message for i in document.issues] == ["2 characters could not be decoded as gb18030"]


def test_an_xml_declaration_no_longer_holds_for_characters():
    page = '<?xml version="1.0" encoding="gb2312"?><html><body><p>青林县</p></body></html>'
    assert [b.text for b in html.read(page.encode("gbk")).blocks] == ["青林县"]


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1252", "koi8-r", "unicode_escape", "undefined", "idna"])
def test_a_charset_that_takes_any_bytes_says_nothing(declared):
    document = html.read(f"<meta charset={declared}><p>青林县年报".encode("gbk"))
    assert [b.text for b in document.blocks] == ["青林县年报"]
    assert [i.kind for i in document.issues] == ["charset_mismatch"]
