"""Sections of reports in, the rows of `out_reuse` out: how much of each stood in the report of the year before."""

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple
from unicodedata import is_normalized, normalize

from pipeline.panel import PREFERRED

__all__ = ["ReuseRow", "SectionRow", "read_sentences", "reuse_rows", "reuse_version", "sections_sql"]

SectionRow = tuple[str, int, str, str, str | None, str | None]
"""What a row of `sections_sql` holds: agency_id, year, source, report_id, section, text."""

_SHORTEST = 6  # characters: 无 and 特此报告 are nobody's work, so nobody's copy
_LONGEST_HEADING, _LONGEST_OPENING = 40, 20
_SECTION = "problems"
# All of it after compatibility folding: commas, brackets and digits are half-width.
_LIST = r"(?=一[是要]|首先|\(一\)|1[、.]\D)"
_END = re.compile(rf"[。!?;]+[”’」』\"')]*|:{_LIST}")
# 存在的主要问题：一是……
_LABEL = re.compile(rf"(?:^|(?<=[。;]))[^。!?;,:]{{1,{_LONGEST_OPENING}}}:{_LIST}")
_ENDS = re.compile(r"[。!?;:][”’」』\"')]*$")
_INNER = re.compile(r"[。!?;,]")
_STOP = re.compile(r"[。!?;]")
_NUMBERED = r"[(\[]?(?:[一二三四五六七八九十]{1,3}|\d{1,2})(?:[)\]][、.]?|[、:]|\.(?!\d))"
_ORDINAL = re.compile(
    rf"(?:{_NUMBERED}|第[一二三四五六七八九十]{{1,3}}[、,:]|[一二三四五六七八九十]{{1,2}}[是要]|首先|其次|再次|最后)[,:]?"
)
# （一）主动公开情况。全年公开信息……
_OPENING = re.compile(rf"{_NUMBERED}[^。!?;,:]{{1,{_LONGEST_OPENING}}}。(?=.)")
_NUMBER = re.compile(r"[\d零〇一二两三四五六七八九十百千万亿]+(?:[.,:/\-~至][\d零〇一二两三四五六七八九十百千万亿]+)*")


Masked = dict[str, str]
"""Different sentences, each with what it is once its numbers are masked."""


class ReuseRow(NamedTuple):
    """A row of `out_reuse`. Of a report whose predecessor is unknown or has no prose, what compares them is None."""

    agency_id: str
    year: int
    source: str
    report_id: str
    previous_source: str | None
    previous_report_id: str | None
    n_sentences: int
    n_same: int | None
    n_same_but_numbers: int | None
    share_same: float | None
    share_same_but_numbers: float | None
    problems_n_sentences: int
    problems_n_same: int | None
    problems_n_same_but_numbers: int | None
    problems_share_same: float | None
    problems_share_same_but_numbers: float | None


def sections_sql() -> str:
    """SELECT that yields the `SectionRow`s of the report to use of each organ and year, in order of organ and year.

    Which report that is: as in `out_panel`. A report without sections has one row, of NULLs.
    """
    return f"""
    SELECT r.agency_id, r.year, r.source, r.report_id, s.section, s.text
    FROM (
        SELECT agency_id, year, source, report_id, row_number() OVER (
            PARTITION BY agency_id, year
            ORDER BY {PREFERRED}) AS place
        FROM core_reports WHERE is_current AND agency_id IS NOT NULL AND year IS NOT NULL
    ) r
    LEFT JOIN core_sections s ON s.source = r.source AND s.report_id = r.report_id
    WHERE r.place = 1
    ORDER BY r.agency_id, r.year, s.ordinal
    """


def reuse_rows(sections: Iterable[SectionRow]) -> Iterator[ReuseRow]:
    """Rows of `out_reuse`, columns in their order, of the rows of `sections_sql` in theirs."""
    before: _Report | None = None
    for (agency_id, year, source, report_id), rows in groupby(sections, key=itemgetter(0, 1, 2, 3)):
        texts = [(section, text) for *_, section, text in rows if text]
        report = _Report(
            agency_id, year, source, report_id,
            _masked(text for _, text in texts), _masked(text for section, text in texts if section == _SECTION),
        )  # fmt: skip
        if before is not None and (before.agency_id, before.year + 1) != (agency_id, year):
            before = None
        yield ReuseRow(
            agency_id, year, source, report_id,
            before.source if before else None, before.report_id if before else None,
            *_compared(report.whole, before.whole if before else {}),
            *_compared(report.problems, before.problems if before else {}),
        )  # fmt: skip
        before = report


def reuse_version() -> str:
    """Hash of this file: rows of another version of it are made anew."""
    return sha256(Path(__file__).read_bytes()).hexdigest()[:16]


def read_sentences(text: str) -> Iterator[str]:
    """The sentences of a text, a paragraph or a broken part of one a line; a semicolon ends one too.

    White space, width, and the mark of a list (一是, （二）, 3.) are taken off. Headings and what
    is shorter than six characters are left out.

    >>> list(read_sentences("（一）主动公开\\n全年公开 ３0 条，\\n同比增长。\\n一是解读形式单一；二是不快。"))
    ['全年公开30条,同比增长', '解读形式单一']
    """
    return (
        sentence
        for paragraph in _paragraphs(text)
        for piece in _END.split(_LABEL.sub("", _without_opening(paragraph)))
        if len(sentence := _without_ordinal(piece)) >= _SHORTEST
    )


class _Report(NamedTuple):
    agency_id: str
    year: int
    source: str
    report_id: str
    whole: Masked
    problems: Masked


def _paragraphs(text: str) -> Iterator[str]:
    """Paragraphs that are no headings, folded; the lines of one that a reader left apart are joined."""
    lines: list[str] = []
    for line in _folded(text).splitlines():
        folded = "".join(line.split())
        if lines and (not folded or _ORDINAL.match(folded)):
            yield "".join(lines)
            lines = []
        if not folded or (not lines and _is_heading(folded)):
            continue
        lines.append(folded)
        if _ENDS.search(folded[-5:]):
            yield "".join(lines)
            lines = []
    if lines:
        yield "".join(lines)


def _folded(text: str) -> str:
    """Compatibility folding; the marks of every sentence by hand, as it takes ten times the time."""
    for wide, narrow in zip("，；：（）！？％", ",;:()!?%", strict=True):
        text = text.replace(wide, narrow)
    return text if is_normalized("NFKC", text) else normalize("NFKC", text)


def _is_heading(line: str) -> bool:
    """A short line without an end: with an ordinal before it, or nothing but a phrase."""
    if len(line) > _LONGEST_HEADING or _ENDS.search(line[-5:]):
        return False
    if _ORDINAL.match(line):
        return not _STOP.search(line)
    return not _INNER.search(line)


def _without_ordinal(sentence: str) -> str:
    found = _ORDINAL.match(sentence)
    return sentence[found.end() :] if found else sentence


def _without_opening(paragraph: str) -> str:
    found = _OPENING.match(paragraph)
    return paragraph[found.end() :] if found else paragraph


def _masked(texts: Iterable[str]) -> Masked:
    return {sentence: _NUMBER.sub("0", sentence) for text in texts for sentence in read_sentences(text)}


def _compared(now: Masked, before: Masked) -> tuple[int, int | None, int | None, float | None, float | None]:
    """Sentences now; those equal to one before, with and without their numbers; their shares."""
    if not before:
        return len(now), None, None, None, None
    masked = set(before.values())
    same = sum(sentence in before for sentence in now)
    alike = sum(mask in masked for mask in now.values())
    if not now:
        return 0, 0, 0, None, None
    return len(now), same, alike, same / len(now), alike / len(now)
