"""Printed text in, the unified social credit code (统一社会信用代码) of the organ that published it out."""

import re
from collections.abc import Iterable

__all__ = ["CODE_LENGTH", "is_credit_code", "read_credit_code"]

CODE_LENGTH = 18
# GB 32100-2015: registering department, kind, division of the registering authority, nine characters of the organ,
# check digit.
_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {c: i for i, c in enumerate(_CHARACTERS)}
_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
# Registered by the office of organs (机构编制): 11 organs, 12 public institutions, 13 mass organisations, 19 others;
# then a province, or 10 for the central government.
_CODE = re.compile(rf"1[1239](?:10|1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])\d{{4}}[{_CHARACTERS}]{{10}}")
_BESIDE = re.compile(r"[0-9A-Za-z]")  # what would make it a part of something longer
_INDEX_NUMBER = re.compile(r"\s?[/／]")


def is_credit_code(code: str) -> bool:
    """Whether 18 characters end in the check digit of GB 32100.

    >>> is_credit_code("11341702486344515H"), is_credit_code("113325000026455663"), is_credit_code("113325000026455664")
    (True, True, False)
    """
    if len(code) != CODE_LENGTH or any(c not in _VALUES for c in code):
        return False
    total = sum(_VALUES[c] * weight for c, weight in zip(code, _WEIGHTS, strict=False))
    return _VALUES[code[17]] == -total % 31


def read_credit_code(texts: Iterable[str]) -> str | None:
    """The one code that texts print, else the one that an index number (索引号) begins with; None for several or none.

    >>> read_credit_code(["索引号:11341702486344515H/202110-00013", "area=113325000026455663"])
    '11341702486344515H'
    """
    text = "\n".join(texts)
    found: dict[str, bool] = {}
    for match in _CODE.finditer(text):
        start, end = match.span()
        apart = not _BESIDE.match(text, end) and not (start and _BESIDE.match(text, start - 1))
        if apart and is_credit_code(match[0]):
            found[match[0]] = found.get(match[0], False) or _INDEX_NUMBER.match(text, end) is not None
    for codes in (list(found), [code for code, is_index in found.items() if is_index]):
        if len(codes) == 1:
            return codes[0]
    return None
