"""Elements of a page in, what stands around its content out: navigation, breadcrumbs, footers, hot lists, links."""

from __future__ import annotations

import re

from bs4 import Tag

from parsers.listings.page import attribute, squeeze

__all__ = ["AROUND", "BESIDE", "CONTENT", "Furniture", "heading_level"]

CONTENT, BESIDE, AROUND = 0, 1, 2
_AROUND_TAGS = frozenset(["nav", "header", "footer"])
_AROUND_ROLES = frozenset(["navigation", "banner", "contentinfo", "search"])
# Words of classes and ids, as builders of such sites name the parts: in English, and in the first letters of pinyin.
_AROUND = re.compile(
    r"^(?:(?:main|top|site|sub|global|bottom|foot|m|pc|wap)?nav(?:s|bar|igation|igator|list|box)?|(?:page|site)?header|head(?:er)?(?:er|box)?|top(?:bar|er)?"
    r"|(?:page|site)?foot(?:er)?s?|bottom|copy(?:right)?s?|bread|crumbs?|breadcrumbs?|bread-?nav|position|location|curr?ent(?:path|position)|weizhi"
    r"|dqwz|wz|mbx|friend\w*|f(?:riend)?links?|yqlj|yq|share|bdsharebuttonbox|search\w*|login|toolbars?|tools?|lang\w*|banner|slider?|swiper"
    r"|prevnext|pre-?next|prev|related?|xgxx|xgyd|xglj|recommend\w*|rank\w*|hot\w*|rdxx|links)$"
)
_BESIDE = re.compile(
    r"^(?:aside|side|sidebar|side(?:bar)?(?:left|right)|(?:left|side|sub|tree|right)-?(?:menu|nav)|menu\w*|tree\w*|zxxx|latest|newest)$"
)
_BESIDE_TAGS = frozenset(["aside"])
_HEADING_AROUND = re.compile(
    r"友情链接|相关(?:链接|信息|阅读|文章|新闻|内容|推荐|稿件|报道)|热[点门]|排行|推荐|网站(?:链接|导航|群)|部门(?:网站|链接)|快速通道"
    r"|常用链接|点击|扫一扫|关注|主办|承办|当前位置|您的位置|所在位置|^位置"
)
_HEADING_BESIDE = re.compile(r"最新|要闻|动态|图片|专题|通知公告|公示公告|新闻")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_TABS = frozenset(["tab", "tabs"])  # of years, of kinds of organs
_MOST = 0.6  # an element with more of the links is the page itself, whatever its class
_FEW = 8
_LONGEST_HEADING = 16


class Furniture:
    """Tells for each element of one page whether it is content, beside it or around it.

    `links` maps the id() of an element to how many links it holds; `total` is how many there are.
    """

    def __init__(self, links: dict[int, int], total: int) -> None:
        self._links = links
        self._total = total
        self._known: dict[int, int] = {}

    def level(self, element: Tag) -> int:
        """CONTENT, BESIDE or AROUND, by the element and all that hold it."""
        path: list[Tag] = []
        current: Tag | None = element
        level = CONTENT
        while current is not None:
            if id(current) in self._known:
                level = self._known[id(current)]
                break
            path.append(current)
            current = current.parent
        for tag in reversed(path):
            level = max(level, self._own(tag))
            self._known[id(tag)] = level
        return level

    def _own(self, tag: Tag) -> int:
        if tag.name in ("html", "body", "[document]", "form"):
            return CONTENT
        if self._total > _FEW and self._links.get(id(tag), 0) > _MOST * self._total:
            return CONTENT
        if tag.name in _AROUND_TAGS or attribute(tag, "role") in _AROUND_ROLES:
            return AROUND
        words = _words(attribute(tag, "class") + " " + attribute(tag, "id"))
        if not _TABS.intersection(words) and any(_AROUND.match(word) for word in words):
            return AROUND
        hidden = bool(_HIDDEN.search(attribute(tag, "style")))
        if hidden or tag.name in _BESIDE_TAGS or any(_BESIDE.match(word) for word in words):
            return BESIDE
        return CONTENT


def _words(names: str) -> list[str]:
    """Classes and ids as their words: friend-link, leftMenu, foot_box -> friendlink friend link ...

    >>> _words("foot_box leftMenu")
    ['footbox', 'foot', 'box', 'leftmenu', 'left', 'menu']
    """
    words = []
    for name in names.split():
        parts = [p.lower() for p in re.split(r"[-_\d]+|(?<=[a-z])(?=[A-Z])", name) if p]
        words += ["".join(parts), *parts] if len(parts) > 1 else parts
    return words


def heading_level(container: Tag) -> int:
    """What the words above a list say of it: AROUND for friendly links, BESIDE for the latest news.

    The heading stands before the list, or before what alone holds it.
    """
    current: Tag | None = container
    for _ in range(3):
        if current is None or current.name in ("body", "html"):
            break
        before = current.find_previous_sibling(True)
        if isinstance(before, Tag):
            text = squeeze(before.get_text(" "))[: _LONGEST_HEADING + 1]
            if not text:
                text = squeeze(attribute(before, "alt"))
            if 0 < len(text) <= _LONGEST_HEADING:
                if _HEADING_AROUND.search(text):
                    return AROUND
                return BESIDE if _HEADING_BESIDE.search(text) else CONTENT
            return CONTENT
        lead = current.find(string=True)
        words = squeeze(str(lead)) if lead is not None and lead.parent is current else ""
        if words and _HEADING_AROUND.search(words[:_LONGEST_HEADING]):
            return AROUND
        current = current.parent
    return CONTENT
