"""Is it a report? A document in, nothing or the reason why it is none out.

Columns of annual reports also hold notices about the reports, half-year statistics,
work summaries, letters, error pages and challenges: they are rejected with a reason and
never parsed into empty rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers.lookups import tidy
from parsers.metadata import Title
from parsers.models import Block, Document, Grid, Observation, Paragraph
from parsers.sections import section_of

__all__ = ["rejection_of"]

_BLOCKED = re.compile(
    r"访问被拒绝|拒绝访问|访问受限|禁止访问|验证码|人机验证|安全验证|请完成验证|请开启JavaScript|请启用JavaScript|enableJavaScript"
    r"|请先登录|用户登录|统一身份认证|登录后查看|Forbidden|AccessDenied|RequestRejected|WAF|系统维护|正在维护|访问过于频繁|请求过于频繁"
    r"|checkingyourbrowser|captcha",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"页面不存在|页面未找到|您访问的页面|找不到(?:该|此|您)?.{0,6}页面|已删除或不存在|404|NotFound", re.IGNORECASE
)
_PART_OF_YEAR = re.compile(
    r"上半年|下半年|半年度?|[一二三四1-4]季度|季度|(?!0?1[-—至]12月)\d{1,2}[-—至]\d{1,2}月|[一二三四五六七八九十\d]+月份?(?:统计|情况|报表|数据)"
)
_NOTICE = re.compile(
    r"(?:通知|公告|的函|函|批复|意见|办法|指南|制度|规定|目录|方案|通报|须知|说明|要点|格式|模板|样表|清单|解读|新闻|会议|培训班?)$"
)
_NOTICE_ABOUT = re.compile(
    r"关于.{0,20}(?:做好|编制|报送|印发|开展|规范|组织|切实|征求|转发|举办|召开).{0,60}(?:通知|函|公告|方案|意见)"
)
_SUMMARY = re.compile(
    r"工作总结|总结$|工作要点|工作计划|落实情况|实施情况|贯彻.{0,10}情况|述职|自查报告|整改报告|评估报告|调研报告|考核"
)
_REPORT = re.compile(r"年度报告|年报|工作报告|情况报告|情况的报告|报告$")
_SHORT_PAGE = 600
_SHORTEST_REPORT = 150


def rejection_of(
    document: Document, blocks: Sequence[Block], title: Title | None, observations: Sequence[Observation]
) -> tuple[str, str] | None:
    """(reason, what was seen) for a document that is no annual report; None for a report."""
    paragraphs = [tidy(b.text) for b in blocks if isinstance(b, Paragraph)]
    cells = "".join(tidy(c.text) for b in blocks if isinstance(b, Grid) for row in b.rows for c in row)
    text = "".join(paragraphs) + cells
    numbers = sum(o.value is not None and o.row is not None for o in observations)
    headings = _headings(document, paragraphs, title)
    if not text:
        return "empty", "the document shows no text"
    if numbers < 5 and len(text) < _SHORT_PAGE:
        if match := _BLOCKED.search(text) or _BLOCKED.search(" ".join(document.meta.values())):
            return "blocked_page", f"a page that keeps readers out: {match.group()}"
        if match := _MISSING.search(text):
            return "not_an_annual_report", f"a page that says nothing is here: {match.group()}"
    for heading in (*headings, *_page_titles(document)):
        if _PART_OF_YEAR.search(heading):
            return "not_an_annual_report", f"statistics for a part of a year: {heading[:60]}"
    if numbers >= 20:
        return None
    for heading in headings:
        if _NOTICE_ABOUT.search(heading) or (_NOTICE.search(heading) and not _REPORT.search(heading)):
            return "not_an_annual_report", f"a document about reports or another document: {heading[:60]}"
        if _SUMMARY.search(heading) and not re.search(r"年度报告|年报", heading):
            return "not_an_annual_report", f"a summary, plan or letter: {heading[:60]}"
    if observations and not numbers and (title is None or not (title.year and title.agency)):
        return "not_an_annual_report", "the form without any value"
    sections = {code for p in paragraphs if (code := section_of(p))}
    topics = sum(
        word in text for word in ("主动公开", "依申请公开", "行政复议", "存在的问题", "存在问题", "主要问题", "改进")
    )
    if numbers >= 5:
        return None
    if len(text) < _SHORTEST_REPORT:
        return "not_an_annual_report", f"only {len(text)} characters of text"
    if title is not None and (len(sections) >= 2 or topics >= 3):
        return None
    if len(sections) >= 4:
        return None
    return "not_an_annual_report", "neither a title nor the sections nor the tables of an annual report"


def _page_titles(document: Document) -> list[str]:
    """What the page calls itself in its head, without the name of the site."""
    titles = [tidy(document.meta.get(name, "")) for name in ("articletitle", "title")]
    return [re.split(r"[-_|—]", title)[0] for title in titles if title]


def _headings(document: Document, paragraphs: Sequence[str], title: Title | None) -> list[str]:
    """The report title if one was found, else what the page calls itself and its first lines."""
    if title is not None:
        return [tidy(title.text)]
    short = (p for p in paragraphs[:8] if 6 <= len(p) <= 60 and not p.endswith(("。", "；")))
    return [*_page_titles(document), *short]
