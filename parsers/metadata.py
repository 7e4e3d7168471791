"""A Document's own words about itself: title, organ, report year, period, publication, scope.

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

from parsers.lookups import tidy
from parsers.models import Block, Document, Grid, Issue, Observation, Paragraph
from parsers.values import read_chinese_number

__all__ = ["Metadata", "Title", "find_titles", "read_metadata", "read_scope"]

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?=年|年度|$|[^\d])|([一二][零〇○九][零〇○一二三四五六七八九]{2})(?=年)")
_YEAR_WORDS = re.compile(r"(?:(?<!\d)(?:19|20)\d\d|[一二][零〇○九][零〇○一二三四五六七八九]{2})(?:年年度|年度|年)?")
_TITLE = re.compile(
    r"(?P<head>.{0,60}?)(?P<topic>政府信息公开|政府信息主动公开|信息公开|政务公开)"
    r"(?P<middle>(?:(?!通知|指南|目录|制度|办法|规定|意见|方案|要点).){0,25}?)"
    r"(?P<kind>年度报告|年报|工作报告|报告|总结)(?:[(\[【].{0,20}[)\]】])?"
)
_ORGAN_END = (
    r"(?:人民政府办公[厅室]|人民政府|政府办公[厅室]|政府办|政府|管理委员会|委员会办公室|委员会|管委会|办公[厅室]|街道办事处|办事处"
    r"|[局厅委署院处站队办]|中心|海关|公司|大学|学院|学校|医院|总队|支队|银行|街道|[省市县区镇乡旗州])"
)
_ORGAN = re.compile(rf"[\u4e00-\u9fff·()]{{2,40}}?{_ORGAN_END}$")
_PERIOD = re.compile(r"((?:19|20)\d\d)年?0?1月?0?1日?起?[,，]?[-至到—–~～]+((?:19|20)\d\d)?年?12月?31日?")
_DATE = re.compile(r"((?:19|20)\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")
_PUBLISHED_LINE = re.compile(
    r"(?:发布日期|发布时间|公开日期|公开时间|发布于|上传时间|更新日期|发文日期|日期|时间)[:：]?\s*((?:19|20)\d\d[^\d].{0,12})"
)
_PUBLISHED_META = (
    "pubdate", "publishdate", "publication_date", "article:published_time", "publishtime", "pubtime", "publish_time",
    "dc.date", "others.publishdate", "firstpublishedtime", "createdate", "date",
)  # fmt: skip
_ORGAN_LABELS = (
    "发布机构",
    "发布单位",
    "公开主体",
    "公开机构",
    "信息来源",
    "来源",
    "制发机构",
    "发文机关",
    "发文单位",
    "编制单位",
)
_ORGAN_META = ("contentsource", "publisher", "source", "author")
_EDITED_BY = re.compile(
    r"(?:本|此|该)?(?:年度)?报告(?:由|是由?)([\u4e00-\u9fff()]{2,40}?)(?:根据|按照|依据|依照|编制|汇总|负责|组织|综合)"
    r"|^([\u4e00-\u9fff()]{4,40}?)(?:根据|按照|依据|依照)《.{0,80}(?:编制|制作|公布|发布|形成|撰写)"
)
_CONTACT = re.compile(r"(?:请与|请联系|请向|可与|径与)([\u4e00-\u9fff()]{4,40}?)(?:联系|反映|咨询|[,，(（:：])")
_NAMED = re.compile(
    r"(?:^|[《“”，。；、：:,;\s(（])([\u4e00-\u9fff]{2,10}?(?:人民政府|管理委员会|管委会|高新区|经开区|经济开发区|开发区|新区|自治县|自治州|自治旗|委员会"
    r"|[省市县区镇乡局厅]))"
)
_NO_NAME = re.compile(
    r"[我全各本该此其中对及等有与和在为按由把将向从以被让使每某整两多几加上下新老]|相关|省市|进一步|政务|政府|社会|群众|行政|信息|公开|依申请|要求|部门"
)
_SENTENCE = re.compile(r"[^。；;!！?？\n]+")
_RECEIVED = re.compile(r"收到|受理|接收|新收|接到|办理|收悉|发生")
_CLAUSE_COUNT = re.compile(
    r"(?P<before>[^。；;]{0,60}?)(?:共|总共|累计|一共|合计)?(?:收到|受理|接收|新收|接到|办理|收悉)[^。；;，,]{0,30}?申请[^。；;，,\d]{0,16}?(?P<count>\d+)\s*[件条份宗]"
)
_CLAUSE_NONE = re.compile(r"(?P<before>[^。；;]{0,60}?)(?:未|没有|无)(?:收到|受理|接到|接收|发生)[^。；;]{0,24}申请")
_AGGREGATE = re.compile(
    r"全[省市县区州盟旗](?!面)|全系统|全区各|各(?:级|部门|单位|区县|县区|县[(]|市县|乡镇|镇街|街道)|本行政区域|(?:政府|委|办)及(?:其)?(?:所属)?(?:各)?(?:工作)?部门"
)
_OWN = re.compile(
    r"本(?:机关|单位|局|部门|委|办|厅|镇|乡|街道|中心|院)|我(?:局|办|委|厅|单位|机关|镇|乡|街道|中心|院|处|队|署)|办公[厅室]代表|办代表|(?:政府|市|县|区)办公[厅室]|政府办"
)
_GATHERED = re.compile(
    r"(?:汇总|综合)[^。；]{0,40}(?:编制|而成|形成)|数据(?:来自|包括|涵盖|汇总)[^。；]{0,30}(?:各|全[省市县区])[^。；，]{0,12}"
    r"|[^。；，]{0,12}(?:所属|各)(?:工作)?(?:部门|单位|乡镇|街道)[^。；，]{0,10}汇总"
)


@dataclass(frozen=True, slots=True)
class Title:
    """A paragraph, or up to three short ones, that reads as the title of an annual report."""

    text: str
    agency: str | None
    year: int | None
    kind: str
    first: int
    last: int

    @property
    def strength(self) -> int:
        """How much of a full title it is: with a year, with an organ, named a report."""
        return 4 * (self.year is not None) + 2 * (self.agency is not None) + (self.kind != "总结")


@dataclass(slots=True)
class Metadata:
    """What the document states about itself; `inferred` names what it does not state."""

    title: str | None = None
    agency: str | None = None
    year: int | None = None
    period_start: str | None = None
    period_end: str | None = None
    published_on: str | None = None
    inferred: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def find_titles(blocks: Sequence[Block], last: int = 10_000) -> list[Title]:
    """Every place among the first `last` blocks that reads as the title of a report."""
    titles: list[Title] = []
    for i, block in enumerate(blocks[:last]):
        if not isinstance(block, Paragraph) or len(block.text) > 80:
            continue
        # A title may be broken over lines: the organ first, or the year.
        options = []
        for count in (1, 2, 3):
            pieces = blocks[i : i + count]
            if len(pieces) < count or not all(isinstance(p, Paragraph) and _is_title_piece(p.text) for p in pieces):
                break
            texts = [p.text for p in pieces if isinstance(p, Paragraph)]
            if title := _title("".join(texts), i, i + count - 1):
                options.append(title)
                break
        titles.extend(options)
    return _without_parts(titles)


def _is_title_piece(text: str) -> bool:
    return len(text) <= 60 and not re.search(r"[。；;!?]|[:：].", text)


def _without_parts(titles: Sequence[Title]) -> list[Title]:
    """Of titles that share a line, the one that says more."""
    kept: list[Title] = []
    for title in titles:
        if kept and kept[-1].last >= title.first:
            if title.strength > kept[-1].strength:
                kept[-1] = title
            continue
        kept.append(title)
    return kept


def _title(text: str, first: int, last: int) -> Title | None:
    plain = tidy(text).strip('《》“”"#*|-_ ')
    found = _TITLE.fullmatch(plain)
    if not found:
        return None
    year = _year_in(plain)
    agency = _agency_in_title(found["head"], found["topic"])
    return Title("".join(text.split()), agency, year, found["kind"], first, last)


def _year_in(text: str) -> int | None:
    found = _YEAR.search(text)
    if not found:
        return None
    year = int(found[1]) if found[1] else read_chinese_number(found[2].replace("○", "〇"))
    return year if year is not None and 1990 <= year <= 2100 else None


def _agency_in_title(head: str, topic: str) -> str | None:
    """The organ named before the topic.

    >>> _agency_in_title("2019年上海市人民政府办公厅", "政府信息公开")
    '上海市人民政府办公厅'
    >>> _agency_in_title("云溪县人民", "政府信息公开")
    '云溪县人民政府'
    """
    agency = _YEAR_WORDS.sub("", head)
    agency = re.sub(
        r"^(?:关于|有关|附件\d*[:、]?|附[:：])|(?:关于|有关|的|年度|年|本|[:：,，、])+$", "", agency.strip("-—_ 《》()")
    )
    agency = agency.strip("-—_ 《》、,，")
    if agency.endswith("人民") and topic.startswith("政府"):
        agency += "政府"
    if len(agency) < 2 or not re.search(r"[\u4e00-\u9fff]{2}", agency) or agency.endswith(("开展", "做好")):
        return None
    return agency


def read_metadata(document: Document, blocks: Sequence[Block], title: Title | None) -> Metadata:
    """The metadata of one report: `blocks` are its own, `title` the title found for it."""
    found = Metadata()
    paragraphs = [b for b in blocks if isinstance(b, Paragraph)]
    plain = [tidy(p.text) for p in paragraphs]
    title = title or _title_from_page(document)
    if title is not None:
        found.title = title.text
    _read_period(found, plain)
    found.published_on = _published_on(document, blocks)
    _read_year(found, title, plain)
    _read_agency(found, title, document, blocks, paragraphs, plain)
    return found


def _title_from_page(document: Document) -> Title | None:
    for name in ("articletitle", "meta:title", "og:title", "title"):
        for part in re.split(r"\s*[-_|—]\s*", document.meta.get(name, "")):
            if title := _title(part, 0, 0):
                return title
    return None


def _read_period(found: Metadata, plain: Sequence[str]) -> None:
    for text in plain:
        if match := _PERIOD.search(text):
            start, end = match[1], match[2] or match[1]
            found.period_start, found.period_end = f"{start}-01-01", f"{end}-12-31"
            return


def _published_on(document: Document, blocks: Sequence[Block]) -> str | None:
    for name in _PUBLISHED_META:
        if day := _read_date(document.meta.get(name, "")):
            return day
    for block in blocks:
        if isinstance(block, Paragraph) and len(block.text) < 200:
            if (match := _PUBLISHED_LINE.search(block.text)) and (day := _read_date(match[1])):
                return day
        elif isinstance(block, Grid):
            for label, value in _labelled(block):
                if label in ("发布日期", "发布时间", "公开日期", "发文日期") and (day := _read_date(value)):
                    return day
    return None


def _read_date(text: str) -> str | None:
    match = _DATE.search(text)
    if not match:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        return None


def _labelled(grid: Grid) -> Iterator[tuple[str, str]]:
    """Label and value pairs of a table of page data (索引号 | … | 发布机构 | …)."""
    for row in grid.rows[:12]:
        for left, right in pairwise(row):
            yield tidy(left.text).strip(":："), right.text


def _read_year(found: Metadata, title: Title | None, plain: Sequence[str]) -> None:
    """The report year, by what states it; a later place counts less than an earlier one."""
    stated: dict[str, int] = {}
    if title is not None and title.year:
        stated["title"] = title.year
    if found.period_start:
        stated["period"] = int(found.period_start[:4])
    if year := _year_of_body(plain, title):
        stated["body"] = year
    weights = {"title": 3, "period": 2, "body": 1.5}
    votes: Counter[int] = Counter()
    for place, year in stated.items():
        votes[year] += weights[place]  # type: ignore[assignment]
    published = int(found.published_on[:4]) - 1 if found.published_on else None
    if published is not None and published in votes:
        votes[published] += 1
    if votes:
        found.year = max(votes, key=lambda y: (votes[y], y))
        if len({stated[p] for p in ("title", "period") if p in stated}) > 1:
            places = ", ".join(f"{place} {year}" for place, year in stated.items())
            found.issues.append(Issue("year_conflict", "warning", f"the places that state the year disagree: {places}"))
    elif published is not None:
        found.year = published
        found.inferred.append("year")


def _year_of_body(plain: Sequence[str], title: Title | None) -> int | None:
    counts: Counter[int] = Counter()
    for i, text in enumerate(plain):
        if title is not None and i <= title.last:
            continue
        without_titles = re.sub(r"《[^》]*》", "", text)
        for match in re.finditer(r"(?<!\d)((?:19|20)\d\d)年(?:度)?(?!\d)", without_titles):
            counts[int(match[1])] += 3 if match.start() == 0 else 1
    return max(counts, key=lambda y: (counts[y], -y)) if counts else None


def _read_agency(
    found: Metadata,
    title: Title | None,
    document: Document,
    blocks: Sequence[Block],
    paragraphs: Sequence[Paragraph],
    plain: Sequence[str],
) -> None:
    stated = (
        (title.agency if title else None)
        or _edited_by(plain)
        or _signature(plain)
        or _labelled_agency(document, blocks, paragraphs)
    )
    if stated:
        found.agency = stated
        return
    inferred = _contact(plain) or _most_named(plain)
    if inferred:
        found.agency = inferred
        found.inferred.append("agency")


def _edited_by(plain: Sequence[str]) -> str | None:
    for text in plain[:30]:
        agency = (match[1] or match[2]).strip("()") if (match := _EDITED_BY.search(text)) else ""
        if _ORGAN.fullmatch(agency) and not re.match(r"我|本|各|该|全", agency):
            return agency
    return None


def _signature(plain: Sequence[str]) -> str | None:
    """An organ on a line of its own above the date that closes the text."""
    tail = [text for text in plain[-12:] if text]
    for organ, day in pairwise(tail):
        if (
            len(organ) <= 40
            and _ORGAN.fullmatch(organ)
            and re.fullmatch(r"(?:\d{4}|[一二〇○零]+.{0,3})年.{1,4}月.{1,4}日", day)
        ):
            return organ
    return None


def _labelled_agency(document: Document, blocks: Sequence[Block], paragraphs: Sequence[Paragraph]) -> str | None:
    for block in blocks:
        if isinstance(block, Grid):
            for label, value in _labelled(block):
                if label in _ORGAN_LABELS and _ORGAN.fullmatch(tidy(value)):
                    return tidy(value)
    labels = "|".join(_ORGAN_LABELS)
    for paragraph in paragraphs:
        if len(paragraph.text) >= 200:
            continue
        match = re.search(rf"(?:{labels})[:：]\s*([\u4e00-\u9fff()（）]{{3,40}})", paragraph.text)
        if match and _ORGAN.fullmatch(match[1]):
            return match[1]
    for name in _ORGAN_META:
        if _ORGAN.fullmatch(value := tidy(document.meta.get(name, ""))):
            return value
    return None


def _contact(plain: Sequence[str]) -> str | None:
    for text in plain:
        if (match := _CONTACT.search(text)) and _ORGAN.fullmatch(match[1]) and not re.match(r"我|本", match[1]):
            return match[1]
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


def read_scope(blocks: Sequence[Block], observations: Sequence[Observation]) -> tuple[str, str | None]:
    """Whose figures the tables hold: ``own``, ``aggregate`` or ``unknown``, and the words that say so.

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
                if (
                    "申请" in sentence
                    and _RECEIVED.search(sentence)
                    and (decided := _scope_of_sentence(sentence, totals))
                ):
                    return decided
        if match := _GATHERED.search(plain):
            return "aggregate", match.group()
    return "unknown", None


def _scope_of_sentence(sentence: str, totals: set[int]) -> tuple[str, str] | None:
    match = _CLAUSE_COUNT.search(sentence)
    count = int(match["count"]) if match else 0
    if match is None and (match := _CLAUSE_NONE.search(sentence)) is None:
        return None
    if totals and count not in totals:
        return None
    who = match.group()
    if _AGGREGATE.search(who):
        return "aggregate", who
    if _OWN.search(who):
        return "own", who
    return None


def _request_totals(observations: Sequence[Observation]) -> set[int]:
    """The numbers of requests the tables state: new ones, and new with those carried in."""
    cells = {(o.row, o.column): o.value for o in observations if o.scope is None and o.value is not None}
    new, carried = cells.get(("received_new", "total")), cells.get(("carried_in", "total"))
    totals = {int(v) for v in (new, cells.get(("requests.total", "value"))) if v is not None}
    if new is not None and carried is not None:
        totals.add(int(new + carried))
    return totals
