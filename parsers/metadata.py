"""A Document's own words about itself: title, organ, report year, period, publication.

Each answer is taken from the strongest place that states it; where places disagree the
disagreement is an issue; where nothing states it and it had to be inferred, that is said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from parsers.credit_codes import CODE_LENGTH, read_credit_code
from parsers.dates import Period, read_date, read_periods
from parsers.lookups import tidy
from parsers.models import Block, Document, Grid, Issue, Paragraph
from parsers.titles import ORGAN, Title

__all__ = ["Metadata", "read_metadata"]

_MAY_SPAN = re.compile(r"[年月日\d).时起始,，][至到\-—–―~～∼‐]+(?:同年|当年|本年)?[\d一二]")
_STATED_PERIOD = re.compile(r"(?:统计|期限|时限|报告期|数据|所列|起止)[^。;]{0,20}$")
_PUBLISHED = re.compile(
    r"(?:发布日期|发布时间|公开日期|公开时间|公布日期|公布时间|^发布于|^信息发布)[:：]?([\[【(]?(?:19|20)\d\d.{0,20}|$)"
)
_DATED = re.compile(
    r"(?:发表|更新|录入|添加|上传|编辑|入库|创建)?(?:日期|时间)[:：]\s*(.{0,24})"
    r"|.{0,40}(?:来源|浏览|点击|阅读|访问).{0,30}?((?:19|20)\d\d[-/年.].{0,8})"
    r"|((?:19|20)\d\d[-/年.]\d{1,2}[-/月.]\d[\d:：日时分秒]{0,12}(?:$|(?:来源|作者|浏览|点击|阅读|访问|字体|字号|打印|分享|【|\[)))"
)
_SENT = re.compile(r"发文日期[:：]?(.{0,24})")
_PUBLISHED_META = (
    "pubdate", "publishdate", "publication_date", "article:published_time", "publishtime", "pubtime", "publish_time",
    "dc.date", "others.publishdate", "firstpublishedtime", "createdate", "date",
)  # fmt: skip
_ORGAN_LABELS = (
    "发布机构", "发布单位", "公开主体", "公开机构", "信息来源", "来源", "制发机构", "发文机关", "发文单位", "编制单位",
)  # fmt: skip
_LABELLED_ORGAN = re.compile(rf"(?:{'|'.join(_ORGAN_LABELS)})[:：]\s*([\u4e00-\u9fff()（）]{{3,40}})")
_LONGEST_LABEL = 20  # characters of a label of page data
_ORGAN_META = ("contentsource", "publisher", "source", "author")
_EDITED_BY = re.compile(
    r"(?:本|此|该)?(?:年度)?报告(?:由|是由?)([\u4e00-\u9fff()]{2,40}?)(?:根据|按照|依据|依照|编制|汇总|负责|组织|综合)"
    r"|^([\u4e00-\u9fff()]{4,40}?)(?:根据|按照|依据|依照)《.{0,80}(?:编制|制作|公布|发布|形成|撰写)"
    r"|^(?:根据|按照|依据|依照)[^。]{4,80}?[,，]([\u4e00-\u9fff()]{4,40}?)(?:编制|制作|公布|编写|撰写)"
)
_CONTACT = re.compile(r"(?:请与|请联系|请向|可与|径与)([\u4e00-\u9fff()]{4,40}?)(?:联系|反映|咨询|[,，(（:：])")
_NAMED = re.compile(
    r"(?:^|[《“”，。；、：:,;\s(（])"
    r"([\u4e00-\u9fff]{2,10}?(?:人民政府|管理委员会|管委会|高新区|经开区|经济开发区|开发区|新区|自治县|自治州|自治旗|委员会"
    r"|[省市县区镇乡局厅]))"
)
_NO_NAME = re.compile(
    r"[我全各本该此其中对及等有与和在为按由把将向从以被让使每某整两多几加上下新老]"
    r"|相关|省市|进一步|政务|政府|社会|群众|行政|信息|公开|依申请|要求|部门"
)
_SIGNED = re.compile(r"([\u4e00-\u9fff()]{3,40})(?:\d{4}|[一二][一二三四五六七八九〇○零Oo0]{3})年.{1,4}月.{1,4}日")
_NO_ORGAN = re.compile(
    r"[我本各该全此].*|.*网站?|(?:信息|网络|网管|技术|数据)中心|(?:政府)?办公[室厅]|政府办|编辑部|管理员"
)
_STUCK_WORDS = re.compile(r"^(?:现将|现由|是由|由)")
_NEAR_TITLE = range(-2, 7)  # blocks from the title; a bare date further off is one of something else


@dataclass(slots=True)
class Metadata:
    """What the document states about itself; `inferred` names what it does not state."""

    title: str | None = None
    agency: str | None = None
    year: int | None = None
    period: Period | None = None
    published_on: str | None = None
    credit_code: str | None = None
    inferred: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def read_metadata(document: Document, blocks: Sequence[Block], title: Title | None) -> Metadata:
    """The metadata of one report: `blocks` are its own, `title` the title found for it."""
    found = Metadata(title=title.text if title else None)
    numbered = [(i, tidy(b.text)) for i, b in enumerate(blocks) if isinstance(b, Paragraph)]
    plain = [text for _, text in numbered]
    found.period = _period(plain)
    labelled = list(_labelled(blocks))
    found.published_on = _published_on(document, blocks, title, labelled)
    found.credit_code = read_credit_code(_printed(document, blocks))
    body = [text for i, text in numbered if title is None or i > title.last]
    _read_year(found, title, body)
    _read_agency(found, title, document, blocks, plain, labelled)
    return found


def _printed(document: Document, blocks: Sequence[Block]) -> Iterator[str]:
    """Every text that may hold a code: most cells are too short for one."""
    yield from document.meta.values()
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block.text
        else:
            yield from (cell.text for row in block.rows for cell in row if len(cell.text) >= CODE_LENGTH)


def _period(plain: Sequence[str]) -> Period | None:
    """The period of the statistics: a whole year wherever it stands, else one that is called that."""
    periods = [found for text in plain if _MAY_SPAN.search(text) for found in read_periods(text)]
    called = [period for period, before in periods if _STATED_PERIOD.search(before)]
    whole = [period for period, _ in periods if _is_whole_year(period)]
    return next((period for period in called if period in whole), None) or next(iter(whole or called), None)


def _is_whole_year(period: Period) -> bool:
    start, end = period
    return (start.month, start.day) == (1, 1) and end == date(start.year, 12, 31)


def _published_on(
    document: Document, blocks: Sequence[Block], title: Title | None, labelled: Sequence[tuple[str, str]]
) -> str | None:
    for name in _PUBLISHED_META:
        if day := read_date(document.meta.get(name, "")):
            return day
    short = [(i, tidy(b.text)) for i, b in enumerate(blocks) if isinstance(b, Paragraph) and len(b.text) < 200]
    at = title.first if title else 0
    for pattern in (_PUBLISHED, _SENT):
        for _, text in short:
            if (match := pattern.search(text)) and (day := read_date(match[1])):
                return day
        for label, value in labelled:
            if pattern.fullmatch(label) and (day := read_date(value)):
                return day
    for i, text in short:
        if i - at in _NEAR_TITLE and (match := _DATED.match(text)) and (day := read_date(match.group())):
            return day
    return None


def _labelled(blocks: Sequence[Block]) -> Iterator[tuple[str, str]]:
    """Label and value pairs of tables of page data (索引号 | … | 发布机构 | …)."""
    for grid in (b for b in blocks if isinstance(b, Grid)):
        for row in grid.rows[:12]:
            for left, right in pairwise(row):
                if len(left.text) <= _LONGEST_LABEL and not left.text.isdecimal():
                    yield tidy(left.text).strip(":"), right.text
            for text in (cell.text for cell in row if len(cell.text) <= 2 * _LONGEST_LABEL):
                if ":" in text or "：" in text:
                    label, _, value = text.replace("：", ":").partition(":")
                    yield tidy(label), value


def _read_year(found: Metadata, title: Title | None, body: Sequence[str]) -> None:
    """The report year: by title and period, else by the body together with the publication date."""
    stated = {}
    if title is not None and title.year:
        stated["title"] = title.year
    if found.period:
        stated["period"] = found.period[1].year
    published = int(found.published_on[:4]) - 1 if found.published_on else None
    if len(set(stated.values())) > 1:
        places = ", ".join(f"{place} {year}" for place, year in stated.items())
        found.issues.append(Issue("year_conflict", "warning", f"the places that state the year disagree: {places}"))
        others = (published, _most(_years_of_body(body)))
        outvoted = stated["period"] in others and stated["title"] not in others
        found.year = stated["period"] if outvoted else stated["title"]
    elif stated:
        found.year = next(iter(stated.values()))
    elif counts := _years_of_body(body):
        # Plans name the year after, comparisons the year before: publication decides.
        named = _most(counts)
        found.year = (
            published if published in counts or (published is not None and named and named > published) else named
        )
        if published is not None and (found.year, named) != (published, published):
            found.inferred.append("year")
    elif published is not None:
        found.year = published
        found.inferred.append("year")


def _years_of_body(body: Sequence[str]) -> Counter[int]:
    counts: Counter[int] = Counter()
    for text in body:
        for match in re.finditer(r"(?<!\d)((?:19|20)\d\d)年(?:度)?(?!\d)", re.sub(r"《[^》]*》", "", text)):
            counts[int(match[1])] += 3 if match.start() == 0 else 1
    return counts


def _most(counts: Counter[int]) -> int | None:
    return max(counts, key=lambda year: (counts[year], -year), default=None)


def _read_agency(
    found: Metadata,
    title: Title | None,
    document: Document,
    blocks: Sequence[Block],
    plain: Sequence[str],
    labelled: Sequence[tuple[str, str]],
) -> None:
    stated = (
        (title.agency if title else None)
        or _edited_by(plain)
        or _signature(plain)
        or _labelled_agency(document, blocks, labelled)
    )
    found.agency = stated or _contact(plain) or _most_named(plain)
    if found.agency and not stated:
        found.inferred.append("agency")


def _edited_by(plain: Sequence[str]) -> str | None:
    for text in plain[:30]:
        match = _EDITED_BY.search(text)
        agency = _organ(match[1] or match[2] or match[3]) if match else None
        if agency:
            return agency
    return None


def _organ(text: str) -> str | None:
    """The name of an organ without the words that stick to it; None for what names none."""
    name = _STUCK_WORDS.sub("", tidy(text).strip("()"))
    return name if ORGAN.fullmatch(name) and not _NO_ORGAN.fullmatch(name) else None


def _signature(plain: Sequence[str]) -> str | None:
    """An organ with the date that closes the text, beside it or on the line below."""
    last = [text for text in plain[-12:] if text]
    for signed in (*last, *(f"{organ}{day}" for organ, day in pairwise(last))):
        match = _SIGNED.fullmatch(signed) if len(signed) < 60 else None
        if match and (agency := _organ(match[1])):
            return agency
    return None


def _labelled_agency(document: Document, blocks: Sequence[Block], labelled: Sequence[tuple[str, str]]) -> str | None:
    for label, value in labelled:
        if label in _ORGAN_LABELS and (agency := _organ(tidy(value))):
            return agency
    for block in blocks:
        if isinstance(block, Paragraph) and len(block.text) < 200:
            match = _LABELLED_ORGAN.search(block.text)
            if match and (agency := _organ(match[1])):
                return agency
    values = (_organ(tidy(document.meta.get(name, ""))) for name in _ORGAN_META)
    return next((value for value in values if value), None)


def _contact(plain: Sequence[str]) -> str | None:
    for text in plain:
        if (match := _CONTACT.search(text)) and (agency := _organ(match[1])):
            return agency
    return None


def _most_named(plain: Sequence[str]) -> str | None:
    """The place or organ that the text names most often where names begin."""
    counts: Counter[str] = Counter()
    for text in plain:
        for match in _NAMED.finditer(text):
            if not _NO_NAME.match(match[1]) and not re.search(r"的|了|是|不|我|各", match[1]):
                counts[match[1]] += 1
    best = counts.most_common(1)
    return best[0][0] if best and best[0][1] >= 2 else None
