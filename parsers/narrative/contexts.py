"""A report's facts in, one by one; out: what each states, by its label and by the facts it belongs to.

A label that names a quantity whole needs nothing else (收到政府信息公开申请); a short one (公开,
维持, 自然人) counts only as part of, or right behind, a fact that is understood.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from parsers.forms import load_words
from parsers.models import Fact
from parsers.narrative.clauses import Clause, plain_words
from parsers.narrative.meanings import Meaning, evidence_of
from parsers.narrative.units import is_measure
from parsers.narrative.wordings import Wording, applicant_of, bare, guards, opened, readings, result_of, wordings

__all__ = ["FactReader"]

_BACK = 6  # facts that a short label looks back over
_WHOLES = ("denied", "unavailable", "not_processed", "granted")
_GROUND = re.compile("因|由于|属|涉及|鉴于")
_CARRIED = ("carried_in", "carried_out")
_DEEPEST = 24  # facts that one is understood by, each by the next
_FAR = 240  # characters, likewise
_SAMPLE = 16  # characters before a number in which a sample is named
_JOINED = 6  # characters between 全区 and 各部门 in a name of all
_LABEL_YEAR = re.compile(r"(?:19|20)\d\d年")
_COMPARED = re.compile("[(较比从由]")
_VERB = re.compile("(收到|受理|新收|答复|办结|办理|处理)(?:的|了)?$")
_SUM = re.compile("(?:合计|共计|总计|总共|共)?")
_INTAKE = re.compile("(?:共|新)*(?:收到|接到|接收|受理|新收)")


@dataclass(slots=True)
class FactReader:
    """The facts of a report and what is understood of them so far."""

    facts: Sequence[Fact]
    clauses: Sequence[Clause]
    found: dict[int, Meaning | None] = field(default_factory=dict)
    dated: dict[int, bool] = field(default_factory=dict)  # whether a figure is of another time
    depth: int = 0

    def meaning(self, i: int) -> Meaning | None:
        if i not in self.found:
            if self.depth > _DEEPEST:
                return None
            self.found[i] = None  # a circle of parents ends here
            self.depth += 1
            self.found[i] = self._read(self.facts[i], self.clauses[i])
            self.depth -= 1
        return self.found[i]

    def _read(self, fact: Fact, clause: Clause) -> Meaning | None:
        if is_measure(fact.unit or "") or fact.section == "problems":
            return None
        label = plain_words(fact.label)
        # The cheap ways to a meaning come first: most facts have none.
        if (found := self._named(fact, label, clause)) is None:
            return None
        if self._is_skipped(fact.id) or guards().not_counted.search(label):
            return None
        if _is_of_others(clause) or guards().sampled.search(clause.since[-_SAMPLE:] + label):
            return None
        return found

    def _is_skipped(self, i: int) -> bool:
        """Whether nothing refers to a fact: a change, a share, a figure of another time."""
        fact = self.facts[i]
        if is_measure(fact.unit or "") or guards().change.search(plain_words(fact.label)):
            return True
        return self._is_of_another_time(i)

    def _named(self, fact: Fact, label: str, clause: Clause) -> Meaning | None:
        """What the words around a fact say that it states, the most telling way first."""
        names = _namings(fact, label, clause)
        hows = {r.how for name in names for r in readings(name, absent=fact.polarity == "zero")}
        for read, how in (
            (self._by_label, "strong"),
            (self._by_column, "column"),
            (self._by_label, "weak"),
            (self._by_label, "summed"),
        ):
            if how in hows or how == "column":
                for name in names:
                    if meaning := read(fact, name, clause, how):
                        return meaning
        return None

    def _is_of_another_time(self, i: int) -> bool:
        """Of an earlier year, a part of the year, or all years together; what follows such a figure is like it."""
        first = i
        while first not in self.dated and self._follows(first):
            first -= 1
        for k in range(first, i + 1):
            if k not in self.dated:
                self.dated[k] = self._names_another_time(k) or (
                    k > first and self.dated[k - 1] and not guards().this_time.search(self.clauses[k].since)
                )
        return self.dated[i]

    def _follows(self, i: int) -> bool:
        """Whether the fact before stands in the same sentence, and is no change."""
        if i == 0:
            return False
        fact, before = self.facts[i], self.facts[i - 1]
        if (before.section_ordinal, before.text_start) != (fact.section_ordinal, fact.text_start):
            return False
        return not is_measure(before.unit or "") and not guards().change.search(plain_words(before.label))

    def _names_another_time(self, i: int) -> bool:
        label, clause, words = plain_words(self.facts[i].label), self.clauses[i], guards()
        if _LABEL_YEAR.search(label) and _COMPARED.search(clause.since):
            return True
        said = clause.before + label
        if words.earlier.search(said) or words.partial_year.search(said):
            return True
        return words.cumulative.search(clause.since[-80:] + label) is not None

    def _by_label(self, fact: Fact, label: str, clause: Clause, how: str) -> Meaning | None:
        absent = fact.polarity == "zero"
        for reading in readings(label, absent=absent):
            wording = wordings()[reading.wording]
            if reading.how != how or not (absent or (fact.unit or "") in wording.units):
                continue
            if wording.id in _WHOLES and label != clause.before and _GROUND.match(bare(opened(clause.before))):
                continue  # a ground that is not understood: some of them only
            if absent and wording.id not in _CARRIED and guards().not_absent.search(clause.after):
                continue
            if reading.how == "strong" and not wording.dependent:
                if wording.family in ("requests", "disclosed") and self._is_part_of_unknown(fact):
                    continue
                if wording.family == "cases" and not wording.telling and not self._is_own_case(fact, label, clause):
                    continue
                through = _channel(self, fact, clause, wording) if wording.channels else wording
                if through is None:
                    continue
                return Meaning(through, evidence_of(None, label))
            if how == "summed":
                if self._outcomes_within(fact) < 2:
                    continue
                return Meaning(wording, evidence_of(None, label))
            context = self._context(fact, clause, wording, loosely=reading.how == "strong" and not wording.part)
            if context is None:
                continue
            within = how == "weak" and isinstance(context, Meaning)
            return Meaning(wording, evidence_of(context if within else None, label))
        return None

    def _context(self, fact: Fact, clause: Clause, wording: Wording, *, loosely: bool) -> Meaning | bool | None:
        """The fact that a label of this wording belongs to; True where the sentence is about requests anyway."""
        if fact.parent is not None and not self._is_mere_sum(fact.parent):
            above = self.meaning(fact.parent)
            return above if above is not None and above.kinds & wording.under else None
        near = self._near(fact)
        if isinstance(near, Meaning):
            return near if near.kinds & wording.under else None
        if near is False:
            return None
        if wording.telling and loosely:
            return True
        if wording.family not in ("requests", "outcomes") or wording.part:
            return None
        if fact.section == "applications" and (loosely or wording.family == "requests"):
            return True
        if guards().disclosure.search(clause.lead):
            return True
        return True if self._has_neighbour(fact) else None

    def _is_part_of_unknown(self, fact: Fact) -> bool:
        if fact.parent is None or self._is_skipped(fact.parent) or self.meaning(fact.parent) is not None:
            return False
        return not self._is_mere_sum(fact.parent)

    def _is_mere_sum(self, i: int) -> bool:
        """Whether a fact says nothing but that its parts add up: 共100件."""
        return self.meaning(i) is None and _SUM.fullmatch(bare(plain_words(self.facts[i].label))) is not None

    def _near(self, fact: Fact) -> Meaning | bool | None:
        """The last understood fact before this one; False where one stands between that is not understood."""
        for i in range(fact.id - 1, max(-1, fact.id - 1 - _BACK), -1):
            other = self.facts[i]
            if other.section_ordinal != fact.section_ordinal or fact.start - other.end > _FAR:
                return None
            if (meaning := self.meaning(i)) is not None:
                return meaning
            if other.parent is not None or self._is_skipped(i):
                continue
            if other.unit == fact.unit or (other.unit in wordings()["received"].units and other.polarity is None):
                return False
        return None

    def _outcomes_within(self, fact: Fact) -> int:
        """How many of its parts are outcomes of requests."""
        near = self.facts[max(0, fact.id - 2 * _BACK) : fact.id + 2 * _BACK]
        labels = [plain_words(f.label) for f in near if f.parent == fact.id]
        return sum(any(wordings()[r.wording].family == "outcomes" for r in readings(label)) for label in labels)

    def _has_neighbour(self, fact: Fact) -> bool:
        """Whether next facts of its sentence name requests for information, or outcomes of some."""
        outcomes = 0
        for other in self.facts[fact.id + 1 : fact.id + 6]:
            if other.text != fact.text:
                break
            strong = [wordings()[r.wording] for r in readings(plain_words(other.label)) if r.how == "strong"]
            if any((w.family == "requests" and not w.dependent) or w.telling for w in strong):
                return True
            outcomes += any(w.family == "outcomes" for w in strong)
        return outcomes > 1

    def _is_own_case(self, fact: Fact, label: str, clause: Clause) -> bool:
        """Whether reviews and lawsuits are those about disclosure against the organ itself."""
        words = clause.before + label
        if fact.section == "review_litigation" or guards().disclosure.search(words):
            return True
        if guards().reviewing.search(words):
            return False
        if fact.polarity == "zero" or guards().own_case.match(label) or guards().disclosure.search(clause.lead):
            return True
        near = self._near(fact)
        return isinstance(near, Meaning) and near.wording.family in ("requests", "outcomes", "cases")

    def _by_column(self, fact: Fact, label: str, clause: Clause, _how: str) -> Meaning | None:
        if (fact.unit or "") not in wordings()["received"].units or fact.polarity == "zero":
            return None
        if (applicant := applicant_of(label)) is not None:
            base = self._asked(fact, label)
            if base is None or base.applicant or base.result or base.wording.family not in ("requests", "outcomes"):
                return None
            return replace(base, evidence=evidence_of(base, label), applicant=applicant)
        if (named := result_of(label)) is not None:
            result, case = named
            block = self._block(fact, case, clause)
            if block is not None:
                return replace(block, evidence=evidence_of(None if case else block, label), result=result)
        return None

    def _asked(self, fact: Fact, label: str) -> Meaning | None:
        """The requests that a kind of applicant made."""
        if fact.parent is not None:
            return self.meaning(fact.parent)
        if _INTAKE.match(label):
            return Meaning(wordings()["received"], evidence_of(None, label))
        near = self._near(fact)
        return replace(near, applicant=None) if isinstance(near, Meaning) and "intake" in near.kinds else None

    def _block(self, fact: Fact, case: str, clause: Clause) -> Meaning | None:
        """The kind of case that a result belongs to."""
        if case:
            for reading in readings(case):
                wording = wordings()[reading.wording]
                if wording.family == "cases" and self._is_own_case(fact, case, clause):
                    return Meaning(wording, case)
            return None
        if fact.parent is not None:
            above = self.meaning(fact.parent)
            if above is not None and above.wording.family == "cases":
                return replace(above, result=None)
            return None
        near = self._near(fact)
        return replace(near, result=None) if isinstance(near, Meaning) and near.wording.family == "cases" else None


def _namings(fact: Fact, label: str, clause: Clause) -> list[str]:
    """The words that may name a fact, the most telling first: its whole clause, its label."""
    if fact.polarity == "zero":
        names = [label, bare(plain_words(fact.number_text)).lstrip("未没有无") + label]
        if not bare(clause.after).endswith(bare(label)):
            return names
        return [clause.after] if bare(label).startswith("申请") else [*names, clause.after]
    names = [clause.before] if bare(label) in bare(clause.before) else []
    after = clause.after.lstrip(" 余多").removeprefix(plain_words(fact.unit or "")).strip()
    if after and not bare(opened(clause.before)):
        return [after, label] if bare(label) in bare(after) else [after]
    if after and bare(after).startswith(bare(label)):
        names.append(after)
        if verb := _VERB.search(clause.before):
            names.append(verb[1] + label)
    return [*names, label]


def _is_of_others(clause: Clause) -> bool:
    """Whether the last words of the sentence that name whose figures these are name others."""
    words = guards()
    last_gathered = max((m.end() for m in words.gathered.finditer(clause.lead)), default=-1)
    own_clause = len(clause.lead) - len(clause.before)
    for found in words.others.finditer(clause.lead):
        opens = (
            found.start() == 0
            or clause.lead[max(0, found.start() - 3) : found.start()].strip("其中而")[-1:] in ",。;:、("
        )
        if not opens and found.start() < own_clause:
            continue
        if last_gathered < 0 or last_gathered + _JOINED < found.start():
            return True
    return False


@lru_cache(maxsize=1)
def _channel_words() -> tuple[dict[str, re.Pattern[str]], re.Pattern[str], re.Pattern[str]]:
    data = load_words("links")
    kinds = {name: re.compile(words) for name, words in data["channels"].items()}
    return kinds, re.compile(data["channel_leads"]), re.compile(data["channel_many"])


_CHANNELS = {"website": "on_website", "gazette": "in_gazette", "weibo": "on_weibo", "wechat": "on_wechat"}


def _channel(reader: FactReader, fact: Fact, clause: Clause, wording: Wording) -> Wording | None:
    """What was disclosed through one channel is that channel's; None where the table has no row for it."""
    kinds, leads, many = _channel_words()
    words = clause.lead
    if fact.id and reader.facts[fact.id - 1].text == fact.text:
        words = (
            words[-(fact.start - reader.facts[fact.id - 1].end) :] if fact.start > reader.facts[fact.id - 1].end else ""
        )
    opening = leads.search(words)
    if opening is None:
        return wording
    words = words[opening.start() :]
    named = [name for name, pattern in kinds.items() if pattern.search(words)]
    if len(named) != 1 or many.search(words):
        return wording
    return wordings()[_CHANNELS[named[0]]] if named[0] in _CHANNELS else None
