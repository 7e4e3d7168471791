"""Bytes of a page or text file -> characters, whatever the page says about its charset."""

from __future__ import annotations

import codecs
import re

from parsers.models import Issue

__all__ = ["decode"]

_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,30})""", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# gb2312 and gbk are what sites declare; the bytes hold characters of the larger set.
_LARGER_SET = {"gb2312": "gb18030", "gbk": "gb18030"}
_OTHER_NAMES = {"x-gbk": "gbk", "gb_2312-80": "gb2312", "utf8mb4": "utf-8"}
# A single-byte charset takes any bytes for letters: its declaration says nothing about a Chinese page.
_BELIEVED = frozenset(["utf-8", "gb18030", "big5", "big5hkscs", "cp950", "utf-16", "utf-16-le", "utf-16-be", "hz"])


def decode(content: bytes) -> tuple[str, tuple[Issue, ...]]:
    """Bytes -> text and what was wrong with them.

    UTF-8 proves itself, so it is tried before the declaration is believed; then the
    declared charset, gb18030 and big5; the one that loses the fewest characters wins.

    >>> decode("年报".encode("gbk"))[0]
    '年报'
    """
    issues: list[Issue] = []
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            text = content.decode(encoding, errors="replace")
            return _without_nul(text, issues), tuple(issues)
    if wide := _utf16_without_bom(content):
        return _without_nul(content.decode(wide, errors="replace"), issues), tuple(issues)
    found = _DECLARED.search(content[:4096])
    declared = found[1].decode("ascii").lower() if found else None
    believed = _encoding_of(declared) if declared else None
    text, encoding = _best(content, believed)
    if declared and believed != encoding and not content.isascii():
        issues.append(Issue("charset_mismatch", "info", f"the page declares {declared}; its bytes are {encoding}"))
    if lost := text.count("\ufffd"):
        issues.append(Issue("undecodable_bytes", "warning", f"{lost} characters could not be decoded as {encoding}"))
    return _without_nul(text, issues), tuple(issues)


def _encoding_of(declared: str) -> str | None:
    """The codec of a declared charset, if its declaration says anything."""
    try:
        name = codecs.lookup(_OTHER_NAMES.get(declared, declared)).name
    except (LookupError, UnicodeError):
        return None
    name = _LARGER_SET.get(name, name)
    return name if name in _BELIEVED else None


def _best(content: bytes, declared: str | None) -> tuple[str, str]:
    names = ["utf-8", *([declared] if declared else []), "gb18030", "big5"]
    best: tuple[int, str, str] | None = None
    for name in dict.fromkeys(names):
        text = content.decode(name, errors="replace")
        lost = text.count("\ufffd")
        if lost == 0:
            return text, name
        if best is None or lost < best[0]:
            best = (lost, text, name)
    assert best is not None
    return best[1], best[2]


def _utf16_without_bom(content: bytes) -> str | None:
    sample = content[:2000]
    if len(sample) < 20 or b"\x00" not in sample:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    # Markup and digits leave every second byte empty; Chinese alone does not.
    if odd > len(sample) / 10 and even < odd / 10:
        return "utf-16-le"
    if even > len(sample) / 10 and odd < even / 10:
        return "utf-16-be"
    return None


def _without_nul(text: str, issues: list[Issue]) -> str:
    if "\x00" not in text:
        return text
    issues.append(Issue("nul_bytes", "warning", f"{text.count(chr(0))} NUL characters were dropped"))
    return text.replace("\x00", "")
