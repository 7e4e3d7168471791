"""A report's blocks cut at the headings of its form.

Only a heading that is a whole section title starts a section: labels inside tables
（一、本年新收…） and sub-headings look alike and start none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from parsers.forms import load_aliases, load_forms
from parsers.lookups import fold, tidy
from parsers.models import Block, Paragraph, Section

__all__ = ["section_of", "split_sections"]

_MAIN_ORDINAL = re.compile(r"第[一二三四五六七八九十]{1,3}(?:部分|章|、)[、.,:;]?|[一二三四五六七八九十]{1,3}[、.,:;]")
_PART = re.compile(r"第[一二三四五六七八九十]{1,3}(?:部分|章)[、.,:;]?")
_SUB_ORDINAL = re.compile(r"\((?:[一二三四五六七八九十]{1,3}|\d{1,2})\)|\d")
_DIGIT_ORDINAL = re.compile(r"\d{1,2}[、.,]")
_LONGEST_HEADING = 45
_SPACED_ORDINAL = re.compile(r"^\s*([一二三四五六七八九十]{1,3})\s+")
_PROSE_BEHIND = re.compile(r"[。:;].")
_APPENDED = re.compile(r"附[表件]\d*[:、]?")
_SENTENCE_END = re.compile(r"[。;；]")


@lru_cache(maxsize=1)
def _titles() -> dict[str, str]:
    """Folded section titles, of the forms and their other wordings -> section code."""
    titles: dict[str, str] = {}
    for form in load_forms():
        for section in form.sections:
            titles.setdefault(fold(section.title)[1], section.code)
    for code, wordings in load_aliases().section_titles.items():
        for wording in wordings:
            titles.setdefault(fold(wording)[1], code)
    return titles


@lru_cache(maxsize=1024)
def section_of(text: str, *, digits: bool = False) -> str | None:
    """The code of the section whose title this paragraph is, or begins with.

    With `digits` a title numbered 1. 2. 3. counts, which else is one of a sub-section.

    >>> section_of("三、收到和处理政府信息公开申请情况")
    'applications'
    >>> section_of("一、本年新收政府信息公开申请数量") is None
    True
    """
    spaced = _SPACED_ORDINAL.sub(r"\1、", text[:80])
    if len(text) <= _LONGEST_HEADING:
        plain = _PART.sub("", tidy(spaced), count=1)
        if _SUB_ORDINAL.match(plain) and not (digits and _DIGIT_ORDINAL.match(plain)):
            return None
        plain = _APPENDED.sub("", plain, count=1) or plain
        _, words, bare = fold(plain.rstrip("。.:;"))
        if code := _titles().get(words) or _titles().get(bare):
            return code
    # Heading and prose run together: 一、总体情况。2020年……
    plain = tidy(spaced)
    if not (ordinal := _MAIN_ORDINAL.match(plain)):
        return None
    head = re.split(r"[。:]|\d{4}年", plain[ordinal.end() :], maxsplit=1)[0]
    return _titles().get(fold(head)[1])


def _runs_on(heading: str) -> bool:
    """Whether prose stands behind a heading on the same line."""
    return len(heading) > _LONGEST_HEADING or bool(_PROSE_BEHIND.search(_APPENDED.sub("", tidy(heading))))


def _free_section(text: str) -> str | None:
    """The section a freely worded main heading belongs to, by the words it contains."""
    plain = tidy(text)
    if len(plain) > _LONGEST_HEADING or not _MAIN_ORDINAL.match(plain) or _SENTENCE_END.search(plain[:-1]):
        return None
    for code, words in load_aliases().section_words.items():
        if any(word in plain for word in words):
            return code
    return "unclassified"


def split_sections(blocks: Sequence[Block], *, free_headings: bool) -> tuple[Section, ...]:
    """Blocks in order -> sections in order; what stands before the first heading is the preamble.

    With `free_headings` (reports before 2019) a numbered heading in other words opens a
    section too, under the code its words suggest or ``unclassified``.
    """
    sections: list[Section] = []
    code, heading = "preamble", ""
    gathered: list[Block] = []
    texts = [block.text for block in blocks if isinstance(block, Paragraph)]
    digits = not any(section_of(text) for text in texts)

    def close() -> None:
        if gathered or heading:
            sections.append(Section(code, heading, tuple(gathered)))
            gathered.clear()

    for block in blocks:
        found = None
        if isinstance(block, Paragraph):
            found = section_of(block.text, digits=digits)
            if found is None and (free_headings or _PART.match(tidy(block.text[:10]))):
                found = _free_section(block.text)
        if found is None:
            gathered.append(block)
            continue
        close()
        code, heading = found, block.text if isinstance(block, Paragraph) else ""
        if _runs_on(heading):
            gathered.append(block)  # the prose behind the heading stays in the section
    close()
    return tuple(sections)
