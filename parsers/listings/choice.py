"""The lists of a page in, the column's own list and its sub-columns, years and organs out."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from parsers.listings.furniture import AROUND, BESIDE, CONTENT
from parsers.listings.groups import Group, Item, Tally, is_listish, is_named_list, tally
from parsers.listings.names import is_column, is_organ, is_report, is_year

__all__ = ["choose_groups"]

_MOST_COUNTED = 20  # items


def choose_groups(groups: Sequence[Group], url: str, *, has_script: bool = False) -> list[Group]:
    """The lists that count, the weightiest first; of some only the items that count.

    `url` is the address of the page; `has_script`: its own list comes by a script, so what
    is no list of reports or of dated items is a menu.
    """
    counted = [(group, tally(group)) for group in groups]
    main = _main(counted, has_script=has_script)
    chosen: list[Group] = [main] if main is not None else []
    for group, seen in counted:
        if group is main:
            continue
        items = group.items if main is not None and _is_same(group, main) else _items_that_count(group, seen, url)
        if items:
            chosen.append(Group(group.container, group.level, list(items), group.shape))
    return chosen


def _main(counted: Sequence[tuple[Group, Tally]], *, has_script: bool) -> Group | None:
    """The column's own list: the weightiest that could be it."""
    able = [(group, seen) for group, seen in counted if _may_be_main(group, seen, has_script=has_script)]
    return max(able, key=lambda pair: _weight(*pair), default=(None, None))[0]


def _may_be_main(group: Group, seen: Tally, *, has_script: bool) -> bool:
    if group.level > CONTENT and 2 * seen.reports < seen.items:
        return False
    if group.level == AROUND:
        return False
    if seen.reports or seen.dated >= 2:
        return True
    if 2 * seen.folders > seen.items:
        return False
    if seen.dated == 1 and seen.items <= 2:
        return is_listish(group)
    return not has_script and is_named_list(group) and 2 * seen.long >= seen.items >= 2


def _weight(group: Group, seen: Tally) -> float:
    weight = 4 * min(seen.reports, _MOST_COUNTED) + 2 * min(seen.dated, _MOST_COUNTED)
    return weight + 0.5 * min(seen.long, _MOST_COUNTED) + 2 * is_listish(group) - 20 * group.level


def _is_same(group: Group, main: Group) -> bool:
    """Whether a list is a further piece of the main one: of its make, beside it."""
    if group.level > main.level or group.shape != main.shape:
        return False
    parents = list(main.container.parents)[:2]
    return any(
        parent in parents for parent in list(group.container.parents)[:2] if parent.name not in ("body", "html")
    ) or (group.container.parent is main.container.parent)


def _items_that_count(group: Group, seen: Tally, url: str) -> list[Item]:
    """Of a list beside the main one: all if it holds reports or folders, else what reads as one."""
    if group.level == AROUND:
        return []
    if group.level < BESIDE and (2 * seen.reports >= seen.items or (seen.reports and seen.dated >= 2)):
        return group.items
    below = all(_is_below(item.anchor.url, url) for item in group.items)
    organs = (
        group.level == CONTENT
        and 5 * seen.folders >= 3 * seen.items
        and (seen.items >= 2 or below or _is_under_column(group))
    )
    if organs and seen.organs:
        return [item for item in group.items if not _is_home(item.anchor.url)]
    return [
        item
        for item in group.items
        if is_report(item.anchor.title)
        or ((is_year(item.anchor.title) or is_column(item.anchor.title)) and not _is_above(item.anchor.url, url))
        or (organs and is_organ(item.anchor.title) and not _is_home(item.anchor.url))
    ]


def _is_under_column(group: Group) -> bool:
    """Whether the heading above a list names a column of annual reports."""
    heading = group.items[0].anchor.tag.find_previous(["h1", "h2", "h3", "h4"])
    return heading is not None and is_column(heading.get_text())


def _is_below(url: str, page: str) -> bool:
    """Whether an address lies in the folder of the page."""
    return url.startswith(page.partition("?")[0].rpartition("/")[0] + "/")


def _is_home(url: str) -> bool:
    """Whether an address is the entrance of a site: no organ's reports stand there."""
    parts = urlsplit(url)
    return parts.path in ("", "/", "/index.html", "/index.htm", "/index.shtml") and not parts.query


def _is_above(url: str, page: str) -> bool:
    """Whether an address is a column that holds the one of the page.

    >>> _is_above("http://a.gov.cn/nb/", "http://a.gov.cn/nb/2020/"), _is_above("http://a.gov.cn/nb/2019/", "http://a.gov.cn/nb/2020/")
    (True, False)
    """
    own, other = urlsplit(page), urlsplit(url)
    if other.netloc != own.netloc or other.query:
        return False
    above, _, name = other.path.rpartition("/")
    here = own.path.rpartition("/")[0]
    return (
        name.split(".")[0] in ("", "index", "list")
        and f"{here}/".startswith(f"{above}/")
        and (here != above or not own.query)
    )
