"""Bytes of a page or text file -> characters, whatever the page says about its charset."""

from __future__ import annotations

import re

from parsers.models import Issue

__all__ = ["decode"]

_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,30})""", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# gb2312 and gbk are what sites declare; the bytes hold characters of the larger set.
_LARGER_SET = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030"}


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
    text, encoding = _best(content, declared)
    if declared and not _agree(declared, encoding) and not content.isascii():
        issues.append(Issue("charset_mismatch", "info", f"the page declares {declared}; its bytes are {encoding}"))
    if lost := text.count("\ufffd"):
        issues.append(Issue("undecodable_bytes", "warning", f"{lost} characters could not be decoded as {encoding}"))
    return _without_nul(text, issues), tuple(issues)


def _best(content: bytes, declared: str | None) -> tuple[str, str]:
    names = ["utf-8"]
    if declared:
        names.append(_LARGER_SET.get(declared, declared))
    names += ["gb18030", "big5"]
    best: tuple[int, str, str] | None = None
    for name in dict.fromkeys(names):
        try:
            text = content.decode(name, errors="replace")
        except LookupError:
            continue
        lost = text.count("\ufffd")
        if lost == 0:
            return text, name
        if best is None or lost < best[0]:
            best = (lost, text, name)
    assert best is not None
    return best[1], best[2]


def _agree(declared: str, encoding: str) -> bool:
    same = {"utf8": "utf-8", **_LARGER_SET}
    return same.get(declared, declared) == encoding


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
