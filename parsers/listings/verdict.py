"""A page, its furniture and the lists chosen from it in, list or not out: evidence for either side is weighed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bs4 import Tag
from bs4.element import NavigableString, PreformattedString

from parsers.listings.furniture import CONTENT, Furniture
from parsers.listings.groups import Group, is_listish, is_neighbour, tally
from parsers.listings.names import is_column, is_report
from parsers.listings.page import Page, squeeze
from parsers.lookups import tidy
from parsers.sections import section_of

__all__ = ["is_list", "own_lines"]

_INLINE = frozenset(
    ["a", "span", "em", "strong", "b", "i", "u", "font", "sub", "sup", "small", "big", "label", "ins", "o:p", "s"]
)
_UNSEEN = frozenset(["script", "style", "noscript", "template", "title", "option", "select", "textarea", "head"])
_SENTENCE = re.compile(r"[，。；]")
_SHORTEST_PROSE = 40  # characters of one paragraph
_PROSE = ((100, 1), (250, 2), (400, 3), (800, 5))  # characters of prose -> weight
_NEIGHBOUR = re.compile(r"(?:上|下|前|后)一?[篇条则个]\s*(?:[:：]|$)|^[上下]一?[篇条则个]")
# What only the page of one document prints, each once.
_MARKS = re.compile(
    r"索引号|信息分类|发文日期|成文日期|发布机构|文号|主题词|信息来源|来源\s*[:：]|字号|字体\s*[:：]|浏览次数|阅读次数|点击(?:数|率|次数)|访问次数"
    r"|打印(?:本页|此页)?|关闭(?:窗口|本页)?|责任编辑|保存|分享到|视力保护色|扫一扫在手机|附件\s*\d?\s*[:：]|相关附件|附件下载|文件下载"
)
_SAYS_LIST = re.compile(
    r"共\s*\d+\s*(?:条|页|项|篇)|第\s*\d+\s*/\s*\d+\s*页|暂无(?:数据|内容|信息|相关|记录|文章)|没有(?:相关|找到|查询到)|无(?:相关)?(?:记录|数据|信息)$"
)
_GONE = re.compile(
    r"页面不存在|页面未找到|找不到.{0,8}页面|访问的页面|已删除或不存在|(?<!\d)404(?!\d)|NotFound|访问被拒绝|拒绝访问|禁止访问|验证码|安全验证"
    r"|人机验证|Forbidden|AccessDenied|系统维护|正在维护|访问过于频繁|请求过于频繁|被拦截|checkingyourbrowser|captcha",
    re.IGNORECASE,
)
_SHORT_PAGE = 500  # characters of text of its own
_FEWEST_CELLS = 20  # of a table that links nowhere
_LONG_LABEL = 60  # characters
_LONG_HEADING = 14


def own_lines(page: Page, furniture: Furniture, items: set[int]) -> list[tuple[str, str]]:
    """(tag, text) of every block of content that is neither furniture nor a link nor inside a listed item.

    `items` holds the id() of the elements that are items.
    """
    lines: dict[int, tuple[str, list[str]]] = {}
    kept: dict[int, Tag | None] = {}
    for node in page.soup.descendants:
        if not isinstance(node, NavigableString) or isinstance(node, PreformattedString) or not node.strip():
            continue
        parent = node.parent
        if parent is None:
            continue
        if id(parent) not in kept:
            kept[id(parent)] = _block_of(parent, furniture, items)
        block = kept[id(parent)]
        if block is not None:
            lines.setdefault(id(block), (block.name, []))[1].append(str(node))
    return [(name, squeeze("".join(pieces))) for name, pieces in lines.values()]


def _block_of(parent: Tag, furniture: Furniture, items: set[int]) -> Tag | None:
    """The block that a text stands in; None for text that does not count."""
    block: Tag | None = None
    for tag in (parent, *parent.parents):
        if tag.name in _UNSEEN or tag.name == "a" or id(tag) in items:
            return None
        if block is None and tag.name not in _INLINE:
            block = tag
    if block is None or furniture.level(block) > CONTENT:
        return None
    return block


def is_list(
    page: Page, lines: Sequence[tuple[str, str]], chosen: Sequence[Group], *, has_pager: bool, has_script: bool
) -> bool:
    """Whether a page is a list.

    `lines` are its own lines, `chosen` the lists that would be read from it; `has_pager`: it
    turns pages; `has_script`: its script asks for the records of a list.
    """
    text = tidy("".join(line for _, line in lines))
    shown = text + tidy(page.soup.title.get_text() if page.soup.title else "")
    strength = _for_list(lines, chosen) + 2 * has_pager + 3 * has_script
    strength += bool(page.meta("columnname")) and not page.meta("articletitle")
    if len(text) < _SHORT_PAGE and _GONE.search(shown) and not has_script and strength < 5:
        return False
    return strength >= 2 and strength > _for_document(page, lines)


def _for_list(lines: Sequence[tuple[str, str]], chosen: Sequence[Group]) -> int:
    strength = 0
    for group in chosen[:1]:
        seen = tally(group)
        strength += (seen.dated >= 1) + (seen.dated >= 2) + (seen.items >= 5)
        strength += (seen.reports >= 1) + (seen.reports >= 2) + is_listish(group)
    folders = sum(tally(group).folders for group in chosen)
    strength += (folders >= 1) + (folders >= 2) + (folders >= 3)
    says = any(len(line) <= _LONG_LABEL and _SAYS_LIST.search(line) for _, line in lines)
    return strength + 2 * says + any(is_column(line) for _, line in lines)


def _for_document(page: Page, lines: Sequence[tuple[str, str]]) -> int:
    title = page.meta("articletitle")
    weight = (
        4 if title and title not in (page.meta("columnname"), page.meta("sitename")) and not is_column(title) else 0
    )
    prose = sum(len(line) for _, line in lines if len(line) >= _SHORTEST_PROSE and _SENTENCE.search(line))
    weight += max((points for least, points in _PROSE if prose >= least), default=0)
    weight += 3 * (len({code for _, line in lines if (code := section_of(line))}) >= 2)
    labels = [line for _, line in lines if len(line) <= _LONG_LABEL]
    weight += min(3, len({mark for line in labels for mark in _MARKS.findall(line)}))
    weight += 3 * (sum(name in ("td", "th") for name, _ in lines) >= _FEWEST_CELLS)
    weight += 2 * (any(_NEIGHBOUR.search(line) for line in labels) or _has_neighbours(page))
    weight += 2 * any(
        is_report(line) or (name in ("h1", "h2") and len(line) >= _LONG_HEADING and not is_column(line))
        for name, line in lines
    )
    weight += 2 * (
        page.soup.find(["iframe", "embed", "object"], attrs={"src": re.compile(r"\.pdf|viewer", re.I)}) is not None
    )
    return weight


def _has_neighbours(page: Page) -> bool:
    """Whether a link leads to the next document rather than to the next page."""
    return any(is_neighbour(anchor) for anchor in page.anchors)
