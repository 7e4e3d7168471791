"""Whose figures a report's tables hold, by the words that say so."""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers.lookups import tidy
from parsers.models import Block, Observation, Paragraph
from parsers.values import read_chinese_number

__all__ = ["read_scope"]

_SENTENCE = re.compile(r"[^。；;!！?？\n]+")
_RECEIVED = re.compile(r"收到|受理|接收|新收|接到|办理|收悉|发生|无.{0,8}申请")
_COUNT = re.compile(
    r"(?:收到|受理|接收|新收|接到|办理|收悉)[^。；;，,]{0,30}?申请[^。；;，,\d]{0,16}?"
    r"(?P<count>\d[\d,]*|[一二三四五六七八九十百千]+)\s*[件条份宗]"
)
_NONE = re.compile(
    r"(?:未|没有|无)(?:收到|受理|接到|接收|发生)[^。；;]{0,24}申请|无(?:政府)?(?:信息公开|依申请公开)的?申请"
)
_FAR = 60  # characters before the verb in which who received the requests is named
_AGGREGATE = re.compile(
    r"全[省市县区州盟旗](?!面)|全系统|各(?:级|部门|单位|区县|县区|县[(]|市县|乡镇|镇街|街道)|本行政区域"
    r"|(?:政府|委|办)及(?:其)?(?:所属)?(?:各)?(?:工作)?部门"
)
_OWN = re.compile(
    r"本(?:机关|单位|局|部门|委|办|厅|镇|乡|街道|中心|院)|我(?:局|办|委|厅|单位|机关|镇|乡|街道|中心|院|处|队|署)"
    r"|办公[厅室]代表|办代表|(?:政府|市|县|区)办公[厅室]|政府办"
)
_SETTING = re.compile(r"^(?:根据|按照|依据|遵照|贯彻|围绕|在|为|随着)|(?:后|下|时|中|部署|要求|精神)$")
_GATHERED = re.compile(
    r"(?:汇总|综合(?=各|全[省市县区]))[^。;]{0,40}(?:编制|而成|形成)|数据(?:来自|包括|涵盖|汇总)[^。;]{0,30}(?:各|全[省市县区])[^。;,]{0,12}"
    r"|[^。;,]{0,12}(?:所属|各)(?:工作)?(?:部门|单位|乡镇|街道)[^。;,]{0,10}汇总"
)


def read_scope(blocks: Sequence[Block], observations: Sequence[Observation]) -> tuple[str, str | None]:
    """``own``, ``aggregate`` or ``unknown``, and the words that decide.

    A sentence counts when its number of requests is the table's own, so that prose about
    the office alone does not decide over a table of the whole city.
    """
    totals = _request_totals(observations)
    for block in blocks:
        if not isinstance(block, Paragraph):
            continue
        plain = tidy(block.text)
        if "申请" in plain:
            for sentence in _SENTENCE.findall(plain):
                if "申请" in sentence and _RECEIVED.search(sentence) and (decided := _decide(sentence, totals)):
                    return decided
        if ("汇总" in plain or "综合" in plain or "数据" in plain) and (match := _GATHERED.search(plain)):
            return "aggregate", match.group()
    return "unknown", None


def _decide(sentence: str, totals: set[int]) -> tuple[str, str] | None:
    counted = list(_COUNT.finditer(sentence))
    if not counted:
        match = _NONE.search(sentence) if not totals or 0 in totals else None
    else:
        match = next((m for m in counted if not totals or _count(m["count"]) in totals), None)
    if match is None:
        return None
    # Whoever is named nearest before the verb received them; a setting names nobody.
    begin = max(match.start() - _FAR, 0)
    clauses = [c for c in re.split(r"[,，:：]", sentence[begin : match.start()]) if not _SETTING.search(c)]
    said = sentence[begin : match.end()]
    for clause in reversed(clauses):
        if _OWN.search(clause):
            return "own", said
        if _AGGREGATE.search(clause):
            return "aggregate", said
    return None


def _count(text: str) -> int | None:
    digits = text.replace(",", "")
    return int(digits) if digits.isdecimal() else read_chinese_number(text)


def _request_totals(observations: Sequence[Observation]) -> set[int]:
    """The numbers of requests the tables state: new ones, and new with those carried in."""
    cells = {(o.row, o.column): o.value for o in observations if o.scope is None and o.value is not None}
    new, carried = cells.get(("received_new", "total")), cells.get(("carried_in", "total"))
    totals = {int(v) for v in (new, cells.get(("requests.total", "value"))) if v is not None}
    if new is not None and carried is not None:
        totals.add(int(new + carried))
    return totals
