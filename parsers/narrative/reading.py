"""The sections of a report in, everything that its prose says out: facts, points, citations, notes.

Readers see the restored text; the places they give are carried back to the text as found, those
of facts by `facts_as_found`, once the facts have been linked.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from parsers.models import NOWHERE, Citation, Fact, Note, NoteKind, Paragraph, Point, Section, Where
from parsers.narrative.citations import read_citations
from parsers.narrative.facts import read_facts
from parsers.narrative.notes import Contact, Fee, StatedPeriod, notes_of
from parsers.narrative.points import read_points
from parsers.restore import Restored, restored_section

__all__ = ["Narrative", "facts_as_found", "read_narrative", "read_places"]

# What a page prints around its text: counters, neighbours, who runs the site.
_FURNITURE = re.compile(
    r"ICP备|网安备|备案(?:序)?号|版权所有|网站标识码|(?:技术支持|主办|承办|主管|运维|建设维护)(?:单位)?\s*[:：]"
    r"|(?:浏览|访问|阅读|点击)(?:次数|人次|量|数)?\s*[:：]|打印本页|关闭(?:窗口|本页)|扫一扫|分享到|[上下]一[篇条]\s*[:：]"
    r"|责任编辑\s*[:：]|字体\s*[:：]|索\s*引\s*号|信息来源\s*[:：]"
)
_LONGEST_FURNITURE = 300
_UNIT_WINDOW = 40  # characters from a number to a unit that a list of numbers shares


@dataclass(frozen=True, slots=True)
class Narrative:
    """What the prose of one report says; `id`, `parent` and `base` of its facts are indexes into `facts`.

    The facts stand in the restored text, all else in the text as found.
    """

    facts: tuple[Fact, ...]
    points: tuple[Point, ...]
    citations: tuple[Citation, ...]
    notes: tuple[Note, ...]


def read_narrative(sections: Sequence[Section], *, free: bool) -> Narrative:
    """The narrative of a report; `free` when its form does not say which section holds its problems."""
    texts = [restored_section(section) for section in sections]
    prose = [_own_words(section, text.text) for section, text in zip(sections, texts, strict=True)]
    return Narrative(
        tuple(_facts(sections, prose)),
        tuple(_points(sections, texts, prose, free=free)),
        tuple(_citations(sections, texts, prose)),
        tuple(_notes(sections, texts, prose)),
    )


def read_places(sections: Sequence[Section], facts: Sequence[Fact]) -> list[Where]:
    """The place in the source of the paragraph of each fact."""
    lines = [list(section.starts()) for section in sections]
    return [_place(lines[fact.section_ordinal], fact.start) for fact in facts]


def _place(lines: Sequence[tuple[int, Paragraph]], start: int) -> Where:
    return lines[bisect_right(lines, start, key=itemgetter(0)) - 1][1].where if lines else NOWHERE


def _own_words(section: Section, text: str) -> str:
    """The text with the lines blanked that are none of the report: links, and what a page prints around it."""
    foreign = [paragraph.kind == "link" or _is_furniture(paragraph.text) for paragraph in section.paragraphs]
    if not any(foreign):
        return text
    lines = zip(section.paragraphs, foreign, strict=True)
    return "\n".join(" " * len(p.text) if is_foreign else p.text for p, is_foreign in lines)


def _is_furniture(line: str) -> bool:
    return len(line) < _LONGEST_FURNITURE and "。" not in line and _FURNITURE.search(line) is not None


def _facts(sections: Sequence[Section], prose: Sequence[str]) -> list[Fact]:
    facts: list[Fact] = []
    for ordinal, (section, words) in enumerate(zip(sections, prose, strict=True)):
        facts += read_facts(words, section=section.code, section_ordinal=ordinal, first=len(facts))
    return facts


def facts_as_found(facts: Sequence[Fact], sections: Sequence[Section]) -> tuple[Fact, ...]:
    """Facts of the restored text with places, number, unit and sentence as found; their labels stay restored."""
    if all(paragraph.raw is None for section in sections for paragraph in section.paragraphs):
        return tuple(facts)
    texts = [restored_section(section) for section in sections]
    return tuple(_as_found(fact, texts[fact.section_ordinal]) for fact in facts)


def _as_found(fact: Fact, text: Restored) -> Fact:
    if text.text == text.raw:
        return fact
    start, end = text.raw_span(fact.start, fact.end)
    text_start, text_end = text.raw_span(fact.text_start, fact.text_start + len(fact.text))
    unit, place = fact.unit or "", text.text.find(fact.unit or "", fact.end, fact.end + _UNIT_WINDOW)
    if unit and place >= 0:
        unit = text.raw[slice(*text.raw_span(place, place + len(unit)))]
    return replace(
        fact,
        start=start,
        end=end,
        number_text=text.raw[start:end],
        unit=unit,
        text=text.raw[text_start:text_end],
        text_start=text_start,
    )


def _points(
    sections: Sequence[Section], texts: Sequence[Restored], prose: Sequence[str], *, free: bool
) -> Iterator[Point]:
    """The points of the section on problems; without one, or where the form leaves it free, those of every section."""
    free = free or all(section.code != "problems" for section in sections)
    counts = {"problem": 0, "measure": 0}
    for ordinal, (section, text, words) in enumerate(zip(sections, texts, prose, strict=True)):
        own = section.code == "problems"
        if not own and not free:
            continue
        for point in read_points(words, heading=section.heading if own else "", free=not own):
            counts[point.kind] += 1
            start, end = text.raw_span(point.start, point.start + len(point.text))
            yield replace(
                point,
                ordinal=counts[point.kind],
                section=section.code,
                section_ordinal=ordinal,
                start=start,
                text=text.raw[start:end],
            )


def _citations(sections: Sequence[Section], texts: Sequence[Restored], prose: Sequence[str]) -> Iterator[Citation]:
    """The distinct titles of the report, each with what any section says of it, where it stands first."""
    found: dict[str, Citation] = {}
    aliases: set[str] = set()
    for ordinal, (section, text, words) in enumerate(zip(sections, texts, prose, strict=True)):
        for citation in read_citations(words, known=aliases):
            if citation.alias:
                aliases.add(citation.alias)
            if first := found.get(citation.title):
                found[citation.title] = replace(
                    first,
                    document_number=first.document_number or citation.document_number,
                    alias=first.alias or citation.alias,
                    act=first.act or citation.act,
                )
            else:
                start, _ = text.raw_span(citation.start, citation.start + 1)
                found[citation.title] = replace(citation, section=section.code, section_ordinal=ordinal, start=start)
    yield from found.values()


def _notes(sections: Sequence[Section], texts: Sequence[Restored], prose: Sequence[str]) -> Iterator[Note]:
    notes = notes_of((str(ordinal), words) for ordinal, words in enumerate(prose))
    found = [_fee(fee) for fee in notes.fees]
    found += _contact(notes.contact) if notes.contact else []
    found += [_period(notes.period)] if notes.period else []
    for note in found:
        ordinal = int(note.section)
        start, _ = texts[ordinal].raw_span(note.start, note.start + 1)
        yield note._replace(section=sections[ordinal].code, section_ordinal=ordinal, start=start)


def _fee(fee: Fee) -> Note:
    kind: NoteKind = "fee_collected" if fee.kind == "collected" else "fee_notified"
    return Note(kind, fee.number_text, fee.section, fee.start, fee.value, fee.unit)


def _contact(contact: Contact) -> list[Note]:
    parts: list[tuple[NoteKind, str | None]] = [
        ("contact_office", contact.office),
        ("contact_address", contact.address),
        ("contact_phone", contact.phone),
        ("contact_post_code", contact.post_code),
        ("contact_email", contact.email),
    ]
    return [Note(kind, part, contact.section, contact.start) for kind, part in parts if part]


def _period(period: StatedPeriod) -> Note:
    return Note("period", f"{period.first}/{period.last}", period.section, period.start)
