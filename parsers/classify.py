"""Is it a report? A document in, nothing or the reason why it is none out.

Columns of annual reports also hold notices about the reports, half-year statistics,
work summaries, letters, lists, error pages and challenges: they are rejected with a reason
and never parsed into empty rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from parsers.dates import Period
from parsers.lookups import tidy
from parsers.models import Block, Document, Grid, Observation, Paragraph
from parsers.sections import section_of
from parsers.titles import NEIGHBOUR, Title, page_titles, read_title

__all__ = ["rejection_of"]

_BLOCKED = re.compile(
    r"访问被拒绝|拒绝访问|访问受限|禁止访问|验证码|人机验证|安全验证|请完成验证|请开启JavaScript|请启用JavaScript|enableJavaScript"
    r"|请先登录|用户登录|统一身份认证|登录后查看|Forbidden|AccessDenied|RequestRejected|requestedURLwasrejected|WAF|防火墙"
    r"|(?:请求|访问).{0,12}拦截|系统维护|正在维护|访问过于频繁|请求过于频繁|checkingyourbrowser|captcha",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"页面不存在|页面未找到|您访问的页面|找不到(?:该|此|您)?.{0,6}页面|已删除或不存在|NotFound|(?<!\d)404(?![\d条件项个次人份])",
    re.IGNORECASE,
)
_PART_OF_YEAR = re.compile(
    r"上半年|下半年|半年度?|[一二三四1-4]季度|季度|(?<![-—–~至\d])(?:[1-9]|1[0-2])月份|[一二三四五六七八九十]+月份"
)
_MONTHS = re.compile(r"(?<!\d)(\d{1,2})月?[-—–~至](\d{1,2})月")
_LATEST_START, _DECEMBER = 5, 12  # the first reports cover May to December 2008
_NOTICE = re.compile(
    r"(?:通知|公告|的函|函|批复|意见|办法|指南|制度|规定|目录|方案|通报|须知|说明|要点|格式|模板|样表|清单|新闻|会议|培训班?)$"
)
_NOTICE_ABOUT = re.compile(
    r"关于.{0,20}(?:做好|编制|报送|印发|开展|规范|组织|切实|征求|转发|举办|召开).{0,60}(?:通知|函|公告|方案|意见)"
)
_EXPLANATION = re.compile(r"解读|图解|一图读懂|一图看懂")
_SUMMARY = re.compile(
    r"工作总结|总结$|工作要点|工作计划|落实情况|实施情况|贯彻.{0,10}情况|述职|自查报告|整改报告|评估报告|调研报告|考核"
)
_REPORT = re.compile(r"年度报告|年报|工作报告|情况报告|情况的报告|报告$")
_TOPICS = ("主动公开", "依申请公开", "行政复议", "存在的问题", "存在问题", "主要问题", "改进")
_FEWEST_SECTIONS, _MOST_SECTIONS = 2, 4  # of the six of a form
_SHORT_PAGE = 600  # characters
_SHORTEST_REPORT = 150  # characters
_SOME_NUMBERS, _MANY_NUMBERS = 5, 20  # cells of a form
_SHORTEST_PERIOD = 240  # days; the first reports, from May 2008, cover 245


def rejection_of(
    document: Document,
    blocks: Sequence[Block],
    title: Title | None,
    period: Period | None,
    observations: Sequence[Observation],
) -> tuple[str, str] | None:
    """(reason, what was seen) for a document that is no annual report; None for a report."""
    paragraphs = [tidy(b.text) for b in blocks if isinstance(b, Paragraph)]
    own = [tidy(b.text) for b in blocks if isinstance(b, Paragraph) and b.kind != "link"]
    numbers = sum(o.value is not None and o.row is not None for o in observations)
    text = "" if numbers >= _SOME_NUMBERS else "".join(paragraphs) + _cells(blocks)
    if numbers < _SOME_NUMBERS:
        if not text:
            return "empty", "the document shows no text"
        if len(text) < _SHORT_PAGE and not _is_prose(own, text, title) and (kept_out := _kept_out(document, text)):
            return kept_out
    headings = [tidy(title.text)] if title is not None else _headings(document, own)
    for heading in (*headings, *page_titles(document)):
        if _is_of_part(heading):
            return "not_an_annual_report", f"statistics for a part of a year: {heading[:60]}"
    rest_of_year = period is not None and (period[1].month, period[1].day) == (12, 31) and numbers >= _MANY_NUMBERS
    if period is not None and (period[1] - period[0]).days < _SHORTEST_PERIOD and not (title and rest_of_year):
        return "not_an_annual_report", f"statistics for a part of a year: {_spelled(period)}"
    if explained := next((h for h in headings if _EXPLANATION.search(h)), None):
        return "not_an_annual_report", f"an explanation of a report: {explained[:60]}"
    if numbers >= _MANY_NUMBERS:
        return None
    if numbers < _SOME_NUMBERS and len(_sections(own)) < _FEWEST_SECTIONS and (count := len(_listed(blocks))) >= 3:
        return "not_an_annual_report", f"a list of {count} reports"
    for heading in headings:
        if _NOTICE_ABOUT.search(heading) or (_NOTICE.search(heading) and not _REPORT.search(heading)):
            return "not_an_annual_report", f"a document about reports or another document: {heading[:60]}"
        if _SUMMARY.search(heading) and not re.search(r"年度报告|年报", heading) and not _has_sections(own):
            return "not_an_annual_report", f"a summary, plan or letter: {heading[:60]}"
    if observations and not numbers and (title is None or not (title.year and title.agency)):
        return "not_an_annual_report", "the form without any value"
    if numbers >= _SOME_NUMBERS or _is_prose(own, text, title):
        return None
    if len(text) < _SHORTEST_REPORT:
        return "not_an_annual_report", f"only {len(text)} characters of text"
    return "not_an_annual_report", "neither a title nor the sections nor the tables of an annual report"


def _is_of_part(heading: str) -> bool:
    """Whether a heading names a part of a year."""
    spans = [(int(first), int(last)) for first, last in _MONTHS.findall(heading)]
    parts = (last != _DECEMBER or first > _LATEST_START for first, last in spans)
    return bool(_PART_OF_YEAR.search(heading)) or any(parts)


def _cells(blocks: Sequence[Block]) -> str:
    return "".join(tidy(cell.text) for b in blocks if isinstance(b, Grid) for row in b.rows for cell in row)


def _kept_out(document: Document, text: str) -> tuple[str, str] | None:
    shown = text + "".join(tidy(value) for value in document.meta.values())
    if match := _BLOCKED.search(shown):
        return "blocked_page", f"a page that keeps readers out: {match.group()}"
    if match := _MISSING.search(shown):
        return "not_an_annual_report", f"a page that says nothing is here: {match.group()}"
    return None


def _headings(document: Document, paragraphs: Sequence[str]) -> list[str]:
    """What a page without a report's title calls itself, and its first lines."""
    short = (p for p in paragraphs[:8] if 6 <= len(p) <= 60 and not p.endswith(("。", "；")))
    return [*page_titles(document), *short]


def _spelled(period: Period) -> str:
    start, end = period
    return f"{start.isoformat()} to {date.isoformat(end)}"


def _listed(blocks: Sequence[Block]) -> set[tuple[str | None, int | None]]:
    """The different reports that the page names, its links included, but for the ones before and after it."""
    short = (b for b in blocks if isinstance(b, Paragraph) and len(b.text) <= 90 and not NEIGHBOUR.match(b.text))
    titles = (read_title(re.sub(r"[\d/-]{8,10}$", "", tidy(b.text))) for b in short)
    return {(t.agency, t.year) for t in titles if t is not None and t.year}


def _is_prose(paragraphs: Sequence[str], text: str, title: Title | None) -> bool:
    """Prose alone is a report when it has a report's title, or most of its sections."""
    if len(text) < _SHORTEST_REPORT:
        return False
    topics = sum(word in text for word in _TOPICS)
    found = len(_sections(paragraphs))
    return _has_sections(paragraphs) or (title is not None and (found >= _FEWEST_SECTIONS or topics >= 3))


def _has_sections(paragraphs: Sequence[str]) -> bool:
    return len(_sections(paragraphs)) >= _MOST_SECTIONS


def _sections(paragraphs: Sequence[str]) -> set[str]:
    return {code for p in paragraphs if (code := section_of(p))}
