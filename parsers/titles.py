"""Titles of annual reports: the blocks of a page in, the titles that stand there out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from parsers.dates import read_date, read_year
from parsers.lookups import tidy
from parsers.models import Block, Document, Grid, Paragraph
from parsers.sections import section_of

__all__ = ["NEIGHBOUR", "ORGAN", "Title", "best_title", "find_titles", "page_titles", "read_title"]

_YEAR_WORDS = re.compile(
    r"(?:(?<!\d)(?:19|20)\d\d|[一二][零〇○九Oo0][零〇○一二三四五六七八九Oo0]{2})(?:年年度|年度|年)?"
)
_MONTHS = re.compile(r"\(?\d{1,2}月?[-—–~至]\d{1,2}月(?:份)?\)?")
_TOPIC = "政府信息公开|政府信息主动公开|信息公开|政务公开"
_TITLE = re.compile(
    rf"(?P<head>.{{0,60}}?)(?P<topic>{_TOPIC})"
    r"(?P<middle>(?:(?!通知|指南|目录|制度|办法|规定|意见|方案|要点).){0,25}?)"
    r"(?P<kind>年度报告|年报|工作报告|报告|总结|情况)(?:[(\[【].{0,30}[)\]】])?(?:的?(?:公告|公示|通告|通知|公布))?"
)
_TAIL = re.compile(r"(?:情况的?|工作|年度|的|(?:19|20)\d\d年(?:度)?)*(?:年度报告|年报|报告)(?:[(\[【].{0,20}[)\]】])?")
ORGAN_END = (
    r"(?:人民政府办公[厅室]|人民政府|政府办公[厅室]|政府办|政府|管理委员会|委员会办公室|委员会|管委会|办公[厅室]"
    r"|街道办事处|办事处|[局厅委署院处站队办]|中心|海关|公司|大学|学院|学校|医院|总队|支队|银行|街道|[省市县区镇乡旗州])"
)
ORGAN = re.compile(rf"[\u4e00-\u9fff·()（）]{{2,40}}?{ORGAN_END}[)）]?")
_YEAR_OF = r"(?:(?:19|20)\d\d年(?:度)?)?"
_COMPANION = re.compile(
    rf"{_YEAR_OF}(?:[\u4e00-\u9fff·()]{{2,40}}?{ORGAN_END}|[\u4e00-\u9fff]{{2,20}}人民)?(?:关于)?{_YEAR_OF}(?:关于)?"
)
_LEADING_WORDS = re.compile(r"^(?:[\[【(][^\]】)]{0,20}[\]】)]|附件\d*[:、]?|附[:、]|标题[:]|名称[:]|有关)+")
_ABOUT = re.compile(r"关于(?:公布|发布|公开|更正|印发|报送|上报|呈报)?")
_BREADCRUMB = re.compile(r"当前位置|您的位置|您现在的位置|首页.{0,3}[>＞»›]")
_LONGEST = 90  # characters of a title
_TRAILING_WORDS = re.compile(r"(?:关于|有关|公布|发布|公开|的|年度|年|本|至|[:,、-]|\((?:汇总|本级|综合)\))+$")
# What stands around a title in lists, files and covers: numbers of documents, dates, ordinals, file endings.
_DOCUMENT_NUMBER = re.compile(r"\(?[\u4e00-\u9fff]{1,8}[〔\[(](?:19|20)\d\d[〕\])]第?\d{1,4}号\)?")
_DATE = r"\[?(?:19|20)\d\d(?:年\d{1,2}月\d{1,2}日|[-./]\d{1,2}[-./]\d{1,2})\]?"
_AROUND = re.compile(
    rf"^(?:\d{{1,2}}[.、]|[一二三四五六七八九十]{{1,3}}、|{_DATE})(?!\d)|(?:\.(?:pdf|docx?|html?)|{_DATE})$"
)
_NO_GOVERNMENT = ("法治政府", "数字政府", "服务型政府", "透明政府")
_NO_PART = re.compile(r"[\dA-Za-z]+年?(?:度)?$")  # a mistyped year
_TAIL_BRACKET = re.compile(r"[(\[【]([^()\[\]【】]{1,30})[)\]】]$")
NEIGHBOUR = re.compile(r"(?:上|下|前|后)一?(?:篇|条|页|则|个)[:：]?")
_NO_NAME = re.compile(r"(?:我|本|该|各)[局厅委办院镇乡市县区单机].{0,4}|(?:人民)?政府|(?:政府)?办公[厅室]")


@dataclass(frozen=True, slots=True)
class Title:
    """A paragraph, or up to three short ones, that reads as the title of an annual report.

    `first` and `last` are the places of its first and last block; `weight` counts what
    speaks for it: a year, an organ, being a heading, being what the page calls itself.
    """

    text: str
    agency: str | None
    year: int | None
    kind: str
    first: int = 0
    last: int = 0
    weight: int = 0


def read_title(text: str, first: int = 0, last: int = 0, bonus: int = 0) -> Title | None:
    """A line of text -> Title; None when it is none.

    >>> read_title("云溪县人民政府2020年政府信息公开工作年度报告").agency
    '云溪县人民政府'
    """
    plain = _DOCUMENT_NUMBER.sub("", tidy(text)).strip('《》“”"#*|-_ ')
    plain = _AROUND.sub("", plain)
    found = _TITLE.fullmatch(plain)
    if not found:
        return None
    years = {int(year) for year in re.findall(r"(?<!\d)((?:19|20)\d\d)(?!\d)", _TAIL_BRACKET.sub("", plain))}
    year = read_year(plain) if len(years) < 2 else None  # 2021至2022年: the period decides
    agency = _agency(found["head"], found["topic"]) or _agency_behind(plain)
    if found["kind"] == "情况" and not (agency and ORGAN.fullmatch(agency)):
        return None
    weight = 4 * (year is not None) + 2 * (agency is not None) + (found["kind"] not in ("总结", "情况")) + bonus
    return Title("".join(text.split()), agency, year, found["kind"], first, last, weight)


def _agency(head: str, topic: str) -> str | None:
    """The organ named before the topic.

    >>> _agency("2019年上海市人民政府办公厅", "政府信息公开")
    '上海市人民政府办公厅'
    >>> _agency("云溪县人民", "政府信息公开")
    '云溪县人民政府'
    """
    agency = _MONTHS.sub("", _YEAR_WORDS.sub("", head))
    if about := _ABOUT.search(agency):
        # X关于公布Y…的公告: the report is Y's, or X's own.
        agency = agency[about.end() :] or agency[: about.start()]
    agency = _TRAILING_WORDS.sub("", _LEADING_WORDS.sub("", agency.strip("-—_ 《》"))).strip("-—_ 《》、,")
    if agency.count("(") != agency.count(")"):
        agency = agency.strip("()")
    if agency.endswith("人民") and topic.startswith("政府"):
        agency += "政府"
    agency = _NO_PART.sub("", agency)
    if agency.endswith(("暨", "及", "和", "与", "、")):
        # X法治政府建设暨: what follows the organ is another topic.
        heads = (agency[:end] for end in range(len(agency), 2, -1))
        agency = next((head for head in heads if ORGAN.fullmatch(head) and not head.endswith(_NO_GOVERNMENT)), "")
    if (
        not re.match(r"[\u4e00-\u9fff]{2}", agency)
        or agency.endswith(("开展", "做好"))
        or _NO_NAME.fullmatch(agency)
        or re.search(r"[。；!?]", agency)
    ):
        return None
    return agency


def _agency_behind(title: str) -> str | None:
    """The organ in the bracket that closes a title."""
    found = _TAIL_BRACKET.search(title)
    return found[1] if found and ORGAN.fullmatch(found[1]) and not _NO_NAME.fullmatch(found[1]) else None


def page_titles(document: Document) -> list[str]:
    """What the page calls itself in its head, without the name of the site."""
    titles = [document.meta.get(name, "") for name in ("articletitle", "meta:title", "og:title", "title")]
    parts = (part for title in titles for part in re.split(r"\s*(?<!\d)[-_|—]+(?!\d)\s*", title)[:2])
    return [plain for part in parts if (plain := tidy(part))]


def find_titles(document: Document, blocks: Sequence[Block]) -> list[Title]:
    """Every place among the blocks that reads as the title of a report; links are none."""
    own = page_titles(document)
    titles: list[Title] = []
    for i, block in enumerate(blocks):
        if not isinstance(block, Paragraph) or len(block.text) > _LONGEST or block.kind == "link":
            continue
        if _BREADCRUMB.search(block.text) or NEIGHBOUR.match(block.text):
            continue
        for count in (1, 2, 3):
            pieces = [b for b in blocks[i : i + count] if isinstance(b, Paragraph)]
            text = "".join(p.text for p in pieces)
            if len(pieces) < count or len(text) > _LONGEST:
                break
            if "公开" not in tidy(text):
                continue
            if count > 1 and not _belong_together([p.text for p in pieces]):
                break
            bonus = 3 * any(p.kind == "heading" for p in pieces) + 4 * (tidy(text) in own)
            title = read_title(text, i, i + count - 1, bonus)
            if title is not None and section_of(block.text) is None:
                titles.append(title)
                break
    return _without_parts(titles)


def _belong_together(texts: Sequence[str]) -> bool:
    """Whether short lines are the pieces of one title: organ or year before the topic, its end after."""
    plain = [tidy(text) for text in texts]
    at = next((i for i, text in enumerate(plain) if re.search(_TOPIC, text)), len(plain))
    if any(read_date(text) for text in texts):
        return False
    whole = "".join(plain)
    if at == len(plain) and (topic := re.search(_TOPIC, whole)):
        # A line ends inside the topic itself.
        return bool(_COMPANION.fullmatch(whole[: topic.start()]) and _TAIL.fullmatch(whole[topic.end() :]))
    return all(_COMPANION.fullmatch(text) for text in plain[:at]) and all(_TAIL.fullmatch(t) for t in plain[at + 1 :])


def _without_parts(titles: Sequence[Title]) -> list[Title]:
    """Of titles that share a line, the one that says more."""
    kept: list[Title] = []
    for title in titles:
        if kept and kept[-1].last >= title.first:
            says_less = title.agency is None and kept[-1].agency and title.year in (None, kept[-1].year)
            if title.weight > kept[-1].weight:
                kept[-1] = replace(kept[-1], weight=title.weight) if says_less else title
            continue
        kept.append(title)
    return kept


def best_title(document: Document, titles: Sequence[Title], blocks: Sequence[Block]) -> Title | None:
    """The title of the one report on a page.

    Before the body rather than after it, the weightiest, and of equals the one nearest to
    the body. What the title on the page leaves out is taken from the page's head.
    """
    named = [title for title in titles if title.year or title.agency]
    body = next((i for i, block in enumerate(blocks) if _is_body(block)), len(blocks))
    before = [title for title in named if title.first < body] or named
    chosen = max(before, key=lambda title: (title.weight, title.first), default=None)
    heads = [title for text in page_titles(document) if (title := read_title(text))]
    head = max((title for title in heads if title.year or title.agency), key=lambda t: t.weight, default=None)
    if chosen is None or head is None:
        return chosen or head
    if chosen.agency is None and head.agency and head.year in (None, chosen.year):
        return replace(chosen, agency=head.agency)
    return chosen


def _is_body(block: Block) -> bool:
    if isinstance(block, Grid):
        return len(block.rows) > 5
    return section_of(block.text) is not None
