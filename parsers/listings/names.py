"""Texts of links in, what they name out: an annual report, a year, an organ, a column of reports, a control."""

from __future__ import annotations

import re
from functools import lru_cache

from parsers.lookups import tidy
from parsers.titles import ORGAN, read_title

__all__ = ["is_column", "is_control", "is_organ", "is_report", "is_year"]

_REPORTS = r"(?:政府|政务)?(?:信息)?公开?(?:工作)?(?:年度报告|年度工作报告|年报)"
_OF = (
    r"(?:(?:市|县|区|州|省|旗|镇|乡)?(?:人民)?政府|(?:市|县|区|州|省)?(?:直)?(?:政府)?(?:部门|单位|工作部门)"
    r"|本级|本机关)"
)
_LEVELS = (
    r"(?:县\(?市?、?区\)?|县市区|县区|区县|市县区?|各?县|各?区|乡镇、?\(?街道\)?|乡镇|镇街|街镇|街道(?:办事处)?"
    r"|垂直管理部门|园区|功能区)"
)
_YEAR = re.compile(r"(?:19|20)\d\d(?:年度?)?(?:[-—至~](?:19|20)\d\d年?)?(?:以?前|以来)?")
_COLUMN = re.compile(
    rf"(?:{_OF}|{_LEVELS})*(?:{_REPORTS}|年报|年度报告)(?:专栏|栏目|目录|汇编|列表|汇总|公开|发布)?"
    rf"|(?:历年|往年|历史|以往|{_YEAR.pattern})(?:{_OF}|{_LEVELS})*(?:{_REPORTS}|年报|年度报告)?(?:专栏|目录|汇编|汇总)?"
    rf"|(?:各?(?:{_OF}|{_LEVELS}))+"
)
_CONTROL = re.compile(
    r"\d{1,3}|[<>«»‹›|＜＞…. ]*|(?:上|下|前|后)一?(?:页|篇|条|则|个).*|首页|尾页|末页|最后一?页|第一页|第\d+页"
    r"|跳转|转到|GO|确定"
    r"|next|prev(?:ious)?|last|first|更多.*|more.*|查看(?:更多|全部|详情)?|详情|详细|下载|点击下载|预览|打印.*|关闭.*|返回.*"
    r"|分享.*|收藏.*|网站首页|网站地图|设为首页|加入收藏|登录|注册|搜索|繁体.*|无障碍.*|English",
    re.IGNORECASE,
)
_LONGEST_FOLDER = 24  # characters


@lru_cache(maxsize=4096)
def is_report(text: str) -> bool:
    """Whether a text reads as the title of one annual report.

    >>> is_report("白榆县财政局2020年政府信息公开工作年度报告"), is_report("政府信息公开年报")
    (True, False)
    """
    if "公开" not in text and "公 开" not in text:
        return False
    title = read_title(text)
    return title is not None and (title.year is not None or title.agency is not None) and not is_column(text)


@lru_cache(maxsize=4096)
def is_year(text: str) -> bool:
    """Whether a text is a year, or the years up to one.

    >>> is_year("2020年"), is_year("2018"), is_year("2013年以前"), is_year("20")
    (True, True, True, False)
    """
    return bool(_YEAR.fullmatch(tidy(text)))


@lru_cache(maxsize=4096)
def is_column(text: str) -> bool:
    """Whether a text names a column of annual reports.

    >>> [is_column(t) for t in ("政府信息公开年报", "部门年报", "2020年年度报告", "县区年报", "依申请公开", "统计年报")]
    [True, True, True, True, False, False]
    """
    plain = tidy(text).strip("·-—>»【】[]")
    return len(plain) <= _LONGEST_FOLDER and bool(_COLUMN.fullmatch(plain))


@lru_cache(maxsize=4096)
def is_organ(text: str) -> bool:
    """Whether a text is the name of an organ and nothing else.

    >>> is_organ("白榆县财政局"), is_organ("白榆县财政局召开会议")
    (True, False)
    """
    plain = tidy(text).strip("·-—>»")
    return len(plain) <= _LONGEST_FOLDER and bool(ORGAN.fullmatch(plain))


def is_control(text: str) -> bool:
    """Whether a text turns pages or serves the reader rather than naming a thing listed.

    >>> [is_control(t) for t in ("下一页", "3", ">>", "2020", "更多>>", "下一代互联网工作要点")]
    [True, True, True, False, True, False]
    """
    return bool(_CONTROL.fullmatch(text.strip()))
