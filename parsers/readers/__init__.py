"""Bytes -> Document: the bytes decide the format, never the file name.

>>> sniff(b"%PDF-1.7 ...")
'application/pdf'
"""

from __future__ import annotations

import io
import re
import zipfile
from importlib import import_module

from parsers.errors import Unreadable
from parsers.models import Document

__all__ = ["MAX_BYTES", "read", "sniff"]

MAX_BYTES = 50 * 1024 * 1024
"""Larger documents are refused before they are read."""

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_READERS = {
    "text/html": "parsers.readers.html",
    "application/pdf": "parsers.readers.pdf",
    DOCX: "parsers.readers.word",
    "text/plain": "parsers.readers.text",
}
_MAGIC = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"Rar!", "application/vnd.rar"),
    (b"7z\xbc\xaf", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"{\\rtf", "application/rtf"),
)
_ZIP_MEMBERS = (
    ("word/document.xml", DOCX),
    ("xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt/presentation.xml", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("OFD.xml", "application/ofd"),
    ("content.xml", "application/vnd.oasis.opendocument.text"),
)
# A page has elements that hold others; a <br> or <b> alone is a habit of Markdown too.
_MARKUP = re.compile(
    rb"<(?:!doctype|html|head|body|meta|title|table|tbody|tr|td|div|p|h[1-6]|center|script|style|ul|ol|li|section"
    rb"|article|\?xml)\b",
    re.IGNORECASE,
)


def sniff(content: bytes) -> str:
    """The media type of the bytes; ``application/octet-stream`` when they are no known format."""
    head = content[:1024].lstrip()
    if b"%PDF-" in content[:1024]:
        return "application/pdf"
    if head.startswith(b"PK"):
        return _zip_type(content)
    for magic, media_type in _MAGIC:
        if content.startswith(magic) and not (magic == b"BM" and content[6:10] != b"\x00" * 4):
            return media_type
    sample = content[:65536]
    if _MARKUP.search(sample) or _MARKUP.search(sample.replace(b"\x00", b"")):
        return "text/html"
    control = sum(sample.count(bytes([code])) for code in (*range(1, 9), *range(14, 27), *range(28, 32)))
    if control > len(sample) / 50:
        return "application/octet-stream"
    return "text/plain"


def _zip_type(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        # A cut .docx still names its parts in the local headers.
        return DOCX if b"word/" in content[:65536] else "application/zip"
    return next((media_type for member, media_type in _ZIP_MEMBERS if member in names), "application/zip")


def read(content: bytes) -> Document:
    """Bytes of one document -> Document.

    Raises Unreadable with the contract's reason: ``empty``, ``too_large``, ``encrypted``,
    ``unsupported_format`` or ``unreadable``.
    """
    if len(content) > MAX_BYTES:
        raise Unreadable("too_large", f"{len(content):,} bytes; at most {MAX_BYTES:,} are read")
    if not content.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise Unreadable("empty", "the document has no bytes" if not content else "only white space")
    media_type = sniff(content)
    if media_type == "application/x-ole-storage" and "EncryptedPackage".encode("utf-16-le") in content:
        raise Unreadable("encrypted", "an Office document that asks for a password")
    module = _READERS.get(media_type)
    if module is None:
        raise Unreadable("unsupported_format", f"{media_type} is not read; convert it to PDF, .docx or HTML")
    document: Document = import_module(module).read(content)
    return document
