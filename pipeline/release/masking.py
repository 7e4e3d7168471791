"""A text in, the same without what leads to a private person: names, telephone numbers, identity numbers, mailboxes.

Whatever is taken out leaves a mark that says what stood there. Nothing is masked on length
alone: a count has a unit behind it, separators in it or no leading zero, and stays.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

__all__ = ["EMAIL", "IDENTITY", "NAME", "PHONE", "is_private_number", "mask"]

NAME = "〔姓名〕"
PHONE = "〔电话〕"
IDENTITY = "〔证件号〕"
EMAIL = "〔邮箱〕"

_HAN = "一-鿿"
_WIDE = {ord("０") + n: str(n) for n in range(10)} | {ord("＋"): "+", ord("Ｘ"): "X", ord("ｘ"): "x"}
_UNITS = "亿万千百余多元件条项个次人篇份户期家场宗起例部册名类种批张页号楼年月日"
# What a count has and a telephone number has not: a unit, a decimal part, thousands.
_NO_COUNT = rf"(?!\d)(?![.．]\d)(?![,，]\d{{3}})(?!\s*[{_UNITS}])"
_START = r"(?<!\d)(?<!\d[.．,，])"
_DASH = r"[-－—–‐‑]"
_ABROAD = r"(?:(?:\+|00)\s*86[\s)）-]{0,2})"
_AREA = r"(?:10|2\d|[3-9]\d{2})"
_EXTENSION = rf"(?:\s*(?:{_DASH}|转|分机)\s*\d{{1,6}})?"
_MOBILE = re.compile(rf"{_START}(?<!\+)(?:{_ABROAD}|86-)?1[3-9]\d{_DASH}?\d{{4}}{_DASH}?\d{{4}}{_NO_COUNT}")
_LANDLINE = re.compile(
    rf"{_START}(?:{_ABROAD}0?{_AREA}|[(（]\s*0{_AREA}\s*[)）]|0{_AREA})\s*(?:{_DASH}|\s)?\s*[1-9]\d{{2,3}}(?:{_DASH}|\s)?\d{{4}}"
    rf"{_EXTENSION}{_NO_COUNT}(?:\s*[/、]\s*[2-9]\d{{6,7}}{_NO_COUNT})*"
)
# Behind a word that announces them, short and spaced numbers too.
_CALLED = re.compile(
    r"((?:电\s*话|手\s*机|座\s*机|传\s*真|联系方式|联\s*系|号码|(?i:tel|phone|mobile|fax))(?:号码?)?[为是]?\s*[:：.）)]?\s*)"
    rf"((?:{_ABROAD})?(?:1[3-9]\d[\s-]?\d{{4}}[\s-]?\d{{4}}(?!\d)|[2-9]\d{{2,3}}[\s-]?\d{{4}}{_EXTENSION}{_NO_COUNT})"
    rf"(?:\s*[/、,，或]\s*(?:1[3-9]\d{{9}}|[2-9]\d{{6,7}}){_NO_COUNT})*)"
)
_CITIZEN = re.compile(
    r"(?<![\dA-Za-z])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dA-Za-z])"
)
_NUMBERED = re.compile(
    r"((?:身份证|公民身份号码|证件)(?:号码?|编号)?[为是]?\s*[:：]?\s*)(\d{15}|\d{17}[\dXx])(?![\dA-Za-z])"
)
_MAILBOX = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*\s?[@＠]\s?[A-Za-z0-9-]+(?:\s?[.．]\s?[A-Za-z0-9-]+)+")
_CHAT = re.compile(r"((?:(?i:qq)|微信)号?码?\s*[:：]\s*)([A-Za-z][A-Za-z0-9_-]{5,19}|[1-9]\d{4,11})" + _NO_COUNT)

_ROLES = (
    "联系人|联络人|联络员|填报人|填表人|填写人|审核人|审签人|签发人|经办人|承办人|制表人|统计人|报送人|报告人|"
    "负责人|责任人|负责同志|分管领导|主管领导|主要领导|法定代表人|单位领导|批准人|复核人|校对人?|撰稿人?|撰写人?|"
    "起草人|编辑|责任编辑|记者|通讯员|作者|姓名|申请人|审核|制表|填表|填报|签发|复核"
)
_SURE_ROLES = (
    "联系人|联络人|联络员|填报人|填表人|填写人|审核人|审签人|签发人|经办人|承办人|制表人|统计人|报送人|复核人|起草人"
)
_TITLES = "局长|书记|主任|县长|市长|州长|区长|镇长|乡长|科长|处长|股长|所长|部长|厅长|秘书长|组长|主席|专员"
# What stands behind a role that is no person; the applicants of the form among it.
_NO_NAME = (
    "自然人|商业|科研|社会公益|法律服务|法人|公民|其他|总计|情况|暂无|电话|手机|传真|邮箱|邮编|地址|联系|单位|部门|职务|日期|"
    f"时间|{_ROLES}"
)
_AFTER_TITLE = r"[，,。；;）)（(\s]|$|同志|主持|出席|参加|带队|率|负责|担任|分管|牵头|介绍|表示|作出|为组长"
_AFTER_ROLE = rf"(?=[^{_HAN}]|$|{_ROLES}|电话|手机|联系|日期|单位|填|审)"


class _Rule(NamedTuple):
    """What is looked for; `keeps` is whether its first group stays, `holds` what else must hold of a match."""

    pattern: re.Pattern[str]
    mark: str
    keeps: bool = False
    holds: Callable[[str], bool] | None = None


@lru_cache(maxsize=1)
def _rules() -> tuple[_Rule, ...]:
    """In their order: names are told by the numbers beside them, which must be marked before."""
    words: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("names.yml").read_text(encoding="utf-8"))
    compound = "|".join(words["compound"])
    every = "".join(words["surnames"].split())
    plain = "".join(sorted(set(every) - set("".join(words["words_too"].split()))))
    given = rf"\s?[{_HAN}](?:\s?[{_HAN}])?"
    known = rf"(?:(?:{compound})[{_HAN}]{{1,2}}|[{every}]{given})"
    sure = rf"(?!{'|'.join(words['ordinary'])})(?:(?:{compound})[{_HAN}]{{1,2}}|[{plain}][{_HAN}]{{1,2}})"
    minority = rf"[{_HAN}]{{2,10}}(?:[·•・][{_HAN}]{{1,10}})+"
    any_name = rf"(?!{_NO_NAME})(?:{minority}|{known}{_AFTER_ROLE}|[{_HAN}]{{2,4}}(?![{_HAN}]))"
    start = rf"(?<![{_HAN}])"
    to_number = rf"[\s，,、:：（(]{{0,3}}(?:联系|办公|咨询)?(?:电话|手机|传真)?(?:号码?)?[\s:：]{{0,2}}{PHONE}"
    return (
        _Rule(_CITIZEN, IDENTITY, holds=_is_citizen_number),
        _Rule(_NUMBERED, IDENTITY, keeps=True),
        _Rule(_MAILBOX, EMAIL),
        _Rule(_CHAT, PHONE, keeps=True),
        _Rule(_LANDLINE, PHONE),
        _Rule(_MOBILE, PHONE),
        _Rule(_CALLED, PHONE, keeps=True),
        _Rule(
            re.compile(rf"((?:{_ROLES})(?:姓名)?\s*[:：]\s*){any_name}(?:\s*[、,，/]\s*{any_name})*"), NAME, keeps=True
        ),
        _Rule(re.compile(rf"((?:{_SURE_ROLES})\s?[为是]?\s?){known}(?=[^{_HAN}]|$)"), NAME, keeps=True),
        _Rule(re.compile(rf"{start}{sure}(?={to_number})"), NAME),
        _Rule(re.compile(rf"[{every}]某{{1,2}}(?![些种个项类地市县区乡镇局单])"), NAME),
        _Rule(re.compile(rf"{start}{sure}(?=同志|先生|女士)"), NAME),
        _Rule(re.compile(rf"((?:{_TITLES})[:：\s]?){sure}(?:、{sure})*(?={_AFTER_TITLE})"), NAME, keeps=True),
    )


def mask(text: str | None) -> str | None:
    """The text with a mark for every name, telephone number, identity number and mailbox of a person.

    >>> mask("（李某某，电话13800001111）"), mask("联系人：张三，0999-2345678")
    ('（〔姓名〕，电话〔电话〕）', '联系人：〔姓名〕，〔电话〕')
    >>> mask("接听电话13800人次，受理3119件"), mask("13812345678元")
    ('接听电话13800人次，受理3119件', '13812345678元')
    """
    if not text or (text.isascii() and not _may_tell(text)):
        return text
    for rule in _rules():
        text = _marked(text, rule)
    return text


def _marked(text: str, rule: _Rule) -> str:
    """One rule applied; full-width figures count as plain ones, and stay as they are where nothing is masked."""
    pieces, end = [], 0
    for found in rule.pattern.finditer(text.translate(_WIDE)):
        if rule.holds is None or rule.holds(found[0]):
            pieces += [text[end : found.end(1) if rule.keeps else found.start()], rule.mark]
            end = found.end()
    return "".join([*pieces, text[end:]]) if pieces else text


def _may_tell(text: str) -> bool:
    """Whether a text without Chinese characters can hold what is masked: most cells are short numbers."""
    return "@" in text or len(text) >= 7


def is_private_number(value: float) -> bool:
    """Whether a number in a place for counts is a mobile number: no organ counts 13 thousand million of anything.

    >>> is_private_number(13812345678.0), is_private_number(3119.0), is_private_number(12_000_000_000.0)
    (True, False, False)
    """
    return 13_000_000_000 <= value < 20_000_000_000 and float(value).is_integer()


def _is_citizen_number(text: str) -> bool:
    """Whether the check digit of GB 11643 is right: a code of eighteen digits may be something else."""
    digits = [int(d) for d in text[:17]]
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    check = "10X98765432"[sum(d * w for d, w in zip(digits, weights, strict=True)) % 11]
    return check == text[17].upper()
