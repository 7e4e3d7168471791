"""A report's sections in, what it says of itself out: information-processing fee, contact data, statistics period."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal, NamedTuple

from parsers.dates import read_periods
from parsers.models import Section
from parsers.values import read_chinese_number

__all__ = ["Contact", "Fee", "Notes", "StatedPeriod", "read_notes"]

_SENTENCE = re.compile(r"[^。！？\n]+[。！？]?")
_LONGEST_SENTENCE = 600
_FEE = re.compile(r"信息处理费|处理费")
_FEE_WINDOW = 60
_AMOUNT = re.compile(
    r"(?P<number>\d[\d·]*(?:\.\d+)?|[零〇一二两三四五六七八九十百千]{1,12})\s*(?P<scale>[万亿]?)(?P<unit>元)"
)
_NOT_CHARGED = re.compile(
    r"(?P<word>未|没有|无|免|不)(?:曾|予|有|发生|产生|实际|向[^，。；]{0,10})*?(?:收取|收费|产生|发生|涉及|计收|征收|收)"
)
_NO_FEE = re.compile(r"(?P<word>无|没有)(?:政府)?(?:信息公开)?(?:收取)?信息处理费")
_NOTIFIED = re.compile(r"收费通知|应收|通知[^，。；]{0,8}金额")
_COLLECTED = re.compile(r"实际|实收|收取|收到|征收|缴纳")
_CLAUSE = re.compile(r"[^，,；;。（）()]+")
_RULE = re.compile(r"《[^》\n]{0,80}》")
_GROUPED = re.compile(r"(?<=\d)[,，](?=\d{3})")
_SAID_NONE = re.compile(r"处理费[^，。；]{0,12}[：:为是]\s*(?P<word>无|零)")
_FIELD_LINES, _LONGEST_FIELD = 5, 80  # short lines below an invitation, each with a part of the address
_PHONE = (
    r"(?:[(（]?0\d{2,3}[)）]?\s?[-—－–]?\s?)?\d{7,8}(?:\s?(?:转|[-—－–])\s?\d{1,5})?"
    r"|1[3-9]\d{9}|400[-—－]?\d{3}[-—－]?\d{4}|12345"
)
_FIELDS = {
    "address": re.compile(
        r"(?:联系|通讯|通信|办公|邮寄|详细)?地\s*址\s*(?:[：:]|为|是|在)\s*([^，,；;。：:\n）)]{4,60})"
    ),
    "phone": re.compile(
        r"(?:联系|咨询|办公|服务)?(?:电\s*话|方式)(?:号码)?\s*(?:[：:]|为|是)?\s*"
        rf"((?:{_PHONE})(?:\s*[、/,，]\s*(?:{_PHONE}))*)"
    ),
    "post_code": re.compile(r"(?:邮\s*编|邮政编码|邮码)\s*(?:[：:]|为|是)?\s*(\d{6})(?!\d)"),
    "email": re.compile(r"([A-Za-z0-9_][A-Za-z0-9_.\-]{0,60}@[A-Za-z0-9\-]{1,60}(?:\.[A-Za-z0-9\-]{1,20}){1,4})"),
}
_OFFICE = (
    re.compile(
        r"(?:请|可|欢迎|直接|及时|径)*(?:与|和|同|向)(?P<office>[^，,。；;（()）：:\n]{3,40}?)\s*(?:[（(][^（）()\n]{0,200}[）)])?\s*(?:取得|进行)?(?:联系|咨询|反映|反馈|垂询)"
    ),
    re.compile(
        r"(?:请|可)?(?:联系|咨询)(?!电话|地址|方式|人|单位|部门|机构)(?P<office>[^，,。；;（()）：:\n]{3,40}?(?:室|科|处|股|局|厅|办|委|中心|府|院|部))"
    ),
    re.compile(r"联系[：:]?\s*\n(?P<office>[^，,。；;：:（()）\n]{3,40})(?:\n|$)"),
    re.compile(r"(?:联系|受理|咨询|公开)(?:单位|部门|机构)\s*[：:]\s*(?P<office>[^，,。；;（()）\n]{3,40})"),
)
_OFFICE_LINE = re.compile(r"(?:室|科|处|股|局|厅|办|委|中心)\s*$")
_FOOTER = re.compile(r"备案|ICP|版权|技术支持|标识码|主办[:：单]|承办[:：单]|浏览")
_INVITES = re.compile(r"联系|咨询|疑问|垂询|意见建议|反馈")
_PERIOD = re.compile(r"统计|期限|时限|数据|起止|时间|截至|截止")


class Fee(NamedTuple):
    """An amount of the information-processing fee, in the printed unit.

    `kind`: ``collected`` or ``notified`` (发出收费通知的总金额). A stated absence (未收取) is 0
    with the word as `number_text` and no unit. `start` and `end` of the number in the section's text.
    """

    kind: Literal["collected", "notified"]
    value: float
    unit: str | None
    number_text: str
    section: str
    start: int
    end: int
    text: str


class Contact(NamedTuple):
    """How the disclosure office is reached, as printed; `start` of the words in the section's text."""

    office: str | None
    address: str | None
    phone: str | None
    post_code: str | None
    email: str | None
    section: str
    start: int
    text: str


class StatedPeriod(NamedTuple):
    """The statistics period the prose states, as ISO dates, and the sentence that does."""

    first: str
    last: str
    section: str
    start: int
    text: str


@dataclass(frozen=True, slots=True)
class Notes:
    """What the report says of itself."""

    fees: tuple[Fee, ...] = ()
    contact: Contact | None = None
    period: StatedPeriod | None = None

    @property
    def fee(self) -> Fee | None:
        """The fee collected, else the fee notified."""
        collected = [fee for fee in self.fees if fee.kind == "collected"]
        return next(iter(collected or self.fees), None)


def read_notes(sections: Iterable[Section]) -> Notes:
    """The notes of a report from the prose of its sections."""
    return notes_of((section.code, section.text) for section in sections)


def notes_of(texts: Iterable[tuple[str, str]]) -> Notes:
    """The same from pairs of section code and text.

    >>> notes = notes_of([("other", "全年收取政府信息公开信息处理费3,940元。")])
    >>> notes.fee.value, notes.fee.unit
    (3940.0, '元')
    """
    fees: list[Fee] = []
    contacts: list[Contact] = []
    period: StatedPeriod | None = None
    for code, text in texts:
        charges = _FEE.search(text) is not None
        for start, sentence in _sentences(text) if charges or period is None else ():
            if charges:
                fees += _fees(code, start, sentence)
            if period is None:
                period = _period(code, start, sentence)
        contacts += (contact for start, lines in _paragraphs(text) if (contact := _contact(code, start, lines)))
    return Notes(tuple(fees), max(contacts, key=_known, default=None), period)


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    for found in _SENTENCE.finditer(text):
        yield found.start(), found.group()[:_LONGEST_SENTENCE]


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """What may be contact data: each sentence that invites to ask, with the rest of its line and short lines below."""
    lines = text.split("\n")
    start = 0
    for number, line in enumerate(lines):
        if found := next((s for s in _SENTENCE.finditer(line) if _INVITES.search(s.group())), None):
            short = takewhile(_is_field_line, lines[number + 1 : number + 1 + _FIELD_LINES])
            yield start + found.start(), "\n".join([line[found.start() :][:_LONGEST_SENTENCE], *short])
        start += len(line) + 1


def _is_field_line(line: str) -> bool:
    if len(line) >= _LONGEST_FIELD:
        return False
    return bool(_OFFICE_LINE.search(line)) or any(field.search(line) for field in _FIELDS.values())


def _fees(section: str, start: int, sentence: str) -> Iterator[Fee]:
    if not _FEE.search(sentence):
        return
    plain = _RULE.sub(lambda title: "□" * len(title.group()), sentence)  # the name of the rule is no fee
    plain = _GROUPED.sub("·", plain)
    if not (found := _FEE.search(plain)):
        plain_start = 0 if _COLLECTED.search(plain) or _NOT_CHARGED.search(plain) else None
    else:
        plain_start = max(0, found.start() - _FEE_WINDOW)
    if plain_start is None:
        return
    amounts = list(_amounts(section, start, sentence, plain, plain_start))
    if amounts:
        yield from amounts
    elif absent := _SAID_NONE.search(plain) or _NO_FEE.search(plain) or _NOT_CHARGED.search(plain):
        place = start + absent.start("word")
        yield Fee("collected", 0.0, None, absent["word"], section, place, place + len(absent["word"]), sentence)


def _amounts(section: str, start: int, sentence: str, plain: str, first: int) -> Iterator[Fee]:
    """The amounts of a sentence on the fee: one of each kind, parts (其中……) and rates (每件100元) left out."""
    seen: set[str] = set()
    for clause in _CLAUSE.finditer(plain, first):
        for found in _AMOUNT.finditer(plain, clause.start(), clause.end()):
            before = plain[clause.start() : found.start()]
            if re.search(r"其中|每|/", before) or re.match(r"\s*(?:/|每|一)[件页]", plain[found.end() :]):
                continue
            printed = sentence[found.start("number") : found.end("number")]
            value = _value(printed)
            kind: Literal["collected", "notified"] = "collected"
            if _NOTIFIED.search(plain[max(0, clause.start() - 25) : found.start()]) and not _COLLECTED.search(before):
                kind = "notified"
            if value is None or kind in seen:
                continue
            seen.add(kind)
            place = start + found.start("number")
            yield Fee(kind, value, found["scale"] + "元", printed, section, place, place + len(printed), sentence)


def _value(number: str) -> float | None:
    if number[0].isdigit():
        return float(number.replace(",", "").replace("，", ""))
    value = read_chinese_number(number)
    return None if value is None else float(value)


def _known(contact: Contact) -> int:
    return sum(part is not None for part in contact[:5])


def _contact(section: str, start: int, sentence: str) -> Contact | None:
    """The contact data of a paragraph that invites to ask; a page's footer is none."""
    if _FOOTER.search(sentence):
        return None
    fields = {name: (m[1].strip() if (m := pattern.search(sentence)) else None) for name, pattern in _FIELDS.items()}
    if not any(fields.values()):
        return None
    found = next((m for pattern in _OFFICE if (m := pattern.search(sentence))), None)
    office = found["office"].strip() if found else None
    return Contact(office, **fields, section=section, start=start, text=sentence)


def _period(section: str, start: int, sentence: str) -> StatedPeriod | None:
    if not _PERIOD.search(sentence):
        return None
    for (first, last), _ in read_periods(sentence):
        return StatedPeriod(first.isoformat(), last.isoformat(), section, start, sentence)
    return None
