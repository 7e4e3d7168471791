"""What stands over a table in, whose and which year's it is out: another year, another organ, or nothing said."""

from __future__ import annotations

import re
from collections.abc import Iterable

from parsers.lookups import tidy
from parsers.models import Grid
from parsers.sections import section_of
from parsers.titles import ORGAN

__all__ = ["foreign_caption"]

_LONGEST = 60  # characters of a caption
_CAPTION = re.compile(r"(?:表|情况|数据|统计|如下|年度?)[:：]?(?:[(（].{0,20}[)）])?$")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)年")
_OTHER_PERIOD = re.compile(r"上半年|下半年|季度|上一?年度?(?!结转)(?=政府|信息|主动|依申请|数据|统计|情况|制发)")
_TOPIC = re.compile(r"收到|处理|办理|公开|申请|复议|诉讼|情况|结转|年|^(?:政府|行政|本|各|我|全)")
_OF_ORGAN = re.compile(
    rf"(?:附?[件表][一二三四五六七八九十\d]*[:、.]?|\d+[.、]|[一二三四五六七八九十]+、)?({ORGAN.pattern})(?:(?:19|20)\d\d年(?:度)?)?"
    r"(?=收到|处理|政府信息|信息公开|主动公开|依申请|行政复议|行政诉讼)"
)


def foreign_caption(grid: Grid, above: str | None, year: int | None, agency: str | None) -> str | None:
    """The caption that gives a grid to another year or organ than the report's; None for the report's own.

    `above` is the paragraph right before the grid. A grid's own caption is a row with
    nothing else, or its corner.
    """
    for caption in _captions(grid, above):
        plain = tidy(caption)
        if len(plain) > _LONGEST or section_of(caption) or not _CAPTION.search(plain):
            continue
        years = {int(found) for found in _YEAR.findall(plain)}
        if (year is not None and len(years) == 1 and year not in years) or (not years and _OTHER_PERIOD.search(plain)):
            return caption
        if re.search("[上下]半年|季度", plain):
            return caption
        named = _OF_ORGAN.match(plain)
        organ = named[1] if named and not _TOPIC.search(named[1]) else None
        if organ and agency and organ not in agency and agency not in organ:
            return caption
    return None


def _captions(grid: Grid, above: str | None) -> Iterable[str]:
    if above:
        yield above
    for row in grid.rows[:2]:
        printed = [cell.text for cell in row if cell.text]
        if len(printed) == 1:
            yield printed[0]
    if (
        grid.rows
        and grid.rows[0]
        and _YEAR.match(grid.rows[0][0].text)
        and len(tidy(grid.rows[0][0].text)) <= len("2021年度")
    ):
        yield grid.rows[0][0].text
