"""The facts of a report in, the same with the quantity of the codebook that each states.

Words decide: a label that names the quantity whole, or a short one (维持, 公开, 自然人) under or
behind a fact that is understood. In doubt nothing is linked.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from parsers.forms import Form
from parsers.models import Fact, Stated
from parsers.narrative.clauses import Clause, clauses_of, plain_words
from parsers.narrative.contexts import FactReader
from parsers.narrative.meanings import Meaning, evidence_of
from parsers.narrative.wordings import bare, wordings

__all__ = ["link_facts"]

_NARRATIVE = "2014"  # a report without a form is read by the rows of the oldest one
_REST = re.compile(r"其[他它](?:情形|情况|原因)?")
_HOLDS = re.compile(r"含|包括|其中|\(")
_YEAR = re.compile(r"((?:19|20)\d\d)年")
_FLOWS = frozenset(("received", "received_new", "handled", "answered", "closed"))
_SIBLINGS = 30  # facts back that parts of one whole may lie apart

Found = list[Meaning | None]


def link_facts(facts: Sequence[Fact], form: Form | None, year: int | None = None) -> tuple[Fact, ...]:
    """The facts of a whole report, `indicator` set where they state cells of the form.

    `id`, `parent` and `base` are indexes into `facts`. Without a form the rows of the 2014
    table are meant. Figures of another `year` than the report's are never linked; where the
    year is not given, those of an earlier one than others of the report.

    >>> from parsers.forms import load_forms
    >>> from parsers.narrative.facts import read_facts
    >>> facts = read_facts("收到政府信息公开申请12件，其中自然人11件；被申请行政复议2件，维持1件。")
    >>> for fact in link_facts(facts, load_forms()[-1]):
    ...     print(fact.number_text, *fact.indicator.cells, fact.indicator.evidence)
    12 ('applications', 'received_new', 'total') 收到政府信息公开申请
    11 ('applications', 'received_new', 'natural_person') 收到政府信息公开申请: 自然人
    2 ('review_litigation', 'review', 'total') 被申请行政复议
    1 ('review_litigation', 'review', 'upheld') 被申请行政复议: 维持
    """
    code = form.code if form else _NARRATIVE
    meanings = _meanings(facts, year)
    linked: list[Fact] = []
    for fact, meaning in zip(facts, meanings, strict=True):
        cells = meaning.cells(code) if meaning else ()
        linked.append(replace(fact, indicator=Stated(cells, meaning.evidence)) if meaning and cells else fact)
    return tuple(linked)


def _meanings(facts: Sequence[Fact], year: int | None) -> Found:
    """What every fact states, None where it states nothing of the codebook."""
    clauses = clauses_of(facts)
    reader = FactReader(facts, clauses)
    found = [reader.meaning(fact.id) for fact in facts]
    _read_rests(facts, found)
    _drop_parts(facts, clauses, found)
    _drop_old_denials(facts, found)
    _drop_earlier(facts, clauses, found, year)
    _add_carried(facts, clauses, found)
    return found


def _read_rests(facts: Sequence[Fact], found: Found) -> None:
    """其他 means what its siblings mean: the rest of outcomes, of results, of applicants."""
    units = wordings()["received"].units
    for fact in facts:
        if found[fact.id] or fact.parent is None or fact.polarity == "zero" or (fact.unit or "") not in units:
            continue
        above = found[fact.parent]
        if above is None or not _REST.fullmatch(bare(plain_words(fact.label))):
            continue
        near = facts[max(0, fact.id - _SIBLINGS) : fact.id + _SIBLINGS // 6]
        siblings = [m for f in near if f.parent == fact.parent and (m := found[f.id])]
        found[fact.id] = _rest(above, siblings, fact.label)


def _rest(above: Meaning, siblings: Sequence[Meaning], label: str) -> Meaning | None:
    evidence = evidence_of(above, label)
    if above.wording.id == "other_processing":
        return Meaning(wordings()["other_other"], evidence) if siblings else None
    if any(m.applicant for m in siblings) and not above.applicant:
        return replace(above, evidence=evidence, applicant="other_org")
    if any(m.result for m in siblings) and above.wording.family == "cases":
        return replace(above, evidence=evidence, result="other")
    if any(m.wording.family == "outcomes" for m in siblings) and above.wording.id in _FLOWS:
        return Meaning(wordings()["other_processing"], evidence)
    return None


def _drop_parts(facts: Sequence[Fact], clauses: Sequence[Clause], found: Found) -> None:
    """A part of the same quantity, or one of several of one quantity, is not the quantity."""
    parts: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for fact in facts:
        if (meaning := found[fact.id]) is None:
            continue
        above = None if fact.parent is None else found[fact.parent]
        if above is not None and above.what == meaning.what:
            found[fact.id] = None
        elif fact.parent is not None:
            parts[fact.parent, *meaning.what].append(fact.id)
        else:
            parts[fact.section_ordinal, fact.text, clauses[fact.id].year, *meaning.what].append(fact.id)
    for members in parts.values():
        same = facts[members[0]].parent is None and len({facts[i].value for i in members}) == 1
        if len(members) > 1 and not same:
            for i in members:
                found[i] = None


def _drop_old_denials(facts: Sequence[Fact], found: Found) -> None:
    """Refusals that hold what the table of 2014 counts beside them are not its refusals."""
    for fact in facts:
        if fact.parent is None or (meaning := found[fact.id]) is None or (above := found[fact.parent]) is None:
            continue
        if above.wording.id == "denied" and meaning.wording.id in ("not_exist", "not_this_organ"):
            found[fact.parent] = None


def _drop_earlier(facts: Sequence[Fact], clauses: Sequence[Clause], found: Found, year: int | None) -> None:
    """Figures whose label, or whose sentence before them, names another year."""
    years: dict[int, int] = {}
    for i, meaning in enumerate(found):
        if meaning is None:
            continue
        in_label = _YEAR.search(plain_words(facts[i].label)) if meaning.wording.id != "carried_out" else None
        if stated := int(in_label[1]) if in_label else clauses[i].year:
            years[i] = stated
    latest = year or max(years.values(), default=0)
    for i, stated in years.items():
        if stated < latest or (year and stated != year):
            found[i] = None


def _add_carried(facts: Sequence[Fact], clauses: Sequence[Clause], found: Found) -> None:
    """收到88件（含上年结转3件）is the sum of both; so is 共88件，其中新收85件、上年结转3件."""
    new = {f.parent for f in facts if (m := found[f.id]) is not None and m.wording.id == "received_new"}
    for fact in facts:
        meaning = found[fact.id]
        if meaning is None or meaning.wording.id != "carried_in" or fact.parent is None:
            continue
        if fact.parent not in new and not _HOLDS.search(clauses[fact.id].since):
            continue
        above = found[fact.parent]
        if above is not None and above.wording.id in ("received", "handled") and above.applicant is None:
            found[fact.parent] = replace(above, carried=True)
