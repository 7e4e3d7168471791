"""Linked facts and the observations of the tables in; out: where prose and table agree and where not.

Printed values stay as they are. A wording that may mean several sums agrees with any of them;
approximate prose never fails.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from parsers.forms import load_words
from parsers.models import CellKey, Fact, Finding, Observation, Stated
from parsers.narrative.arithmetic import PERCENT, Verdict, fit, precision
from parsers.narrative.claims import Claim, read_claims
from parsers.narrative.clauses import plain_words
from parsers.narrative.figures import Figure, Tables, in_unit, read_tables
from parsers.narrative.wordings import Cells, bare, readings, wordings

__all__ = ["check_against_tables"]

_IDENTITY = "narrative.table"
_ABOUT = 0.1  # of a figure: what 余, 约 and 近 may be off


@dataclass(frozen=True, slots=True)
class _Compared:
    """A fact against its cells: the finding, and the figure of the table that it was held against."""

    finding: Finding
    figure: Figure | None = None


def check_against_tables(facts: Sequence[Fact], observations: Sequence[Observation]) -> tuple[Finding, ...]:
    """Findings `narrative.table`: one for every linked fact whose table the report prints, every share of two
    such facts, and every claim on all of some cases (均获维持).

    `left` is the table's figure, `right` that of the prose; `cells` those of the table, then
    ("facts", id, label). The evidence is ``truncated`` for a share that fits only if cut off,
    ``loose`` where the table agrees only if the words are taken loosely, ``disputed`` for a
    share whose counts disagree already, ``scope`` where the prose speaks of a scope of which
    no figure is the table's, ``claim`` for a claim.

    >>> from parsers.forms import load_forms
    >>> from parsers.models import NOWHERE
    >>> from parsers.narrative.facts import read_facts
    >>> from parsers.narrative.linking import link_facts
    >>> facts = link_facts(read_facts("收到政府信息公开申请12件。"), load_forms()[-1])
    >>> cell = ("applications", "received_new", "total")
    >>> table = [Observation(*cell, 15, "number", "件", "convention", "15", "一、本年新收", "总计", NOWHERE)]
    >>> [(f.verdict, f.left, f.right, f.cells) for f in check_against_tables(facts, table)]
    [('fail', 15, 12, (('applications', 'received_new', 'total'), ('facts', '0', '收到政府信息公开申请')))]
    """
    tables = read_tables(observations)
    if not tables.groups:
        return ()
    compared = {f.id: one for f in facts if f.indicator and (one := _compared(f, tables))}
    agreeing = {c.finding.cells[0][0] for c in compared.values() if c.finding.verdict == "pass" and c.finding.right}
    findings = [_in_scope(facts[i], c.finding, agreeing) for i, c in compared.items()]
    found: list[Finding] = [
        *findings,
        *(share for f in facts if (share := _share(f, compared))),
        *(finding for claim in read_claims(facts) if (finding := _claimed(claim, tables))),
    ]
    return tuple(sorted(found, key=lambda f: int(next(c[1] for c in f.cells if c[0] == "facts"))))


def _compared(fact: Fact, tables: Tables) -> _Compared | None:
    assert fact.indicator is not None
    best: _Compared | None = None
    for sums, evidence in _sums(fact.indicator, absent=fact.polarity == "zero"):
        for figure in tables.figures(sums):
            verdict = _verdict(fact, figure)
            if evidence == "loose" and verdict == "pass":
                verdict = "uncertain"
            elif evidence != "seen" and verdict != "pass":
                continue
            one = _Compared(_finding(fact, figure, verdict, evidence if evidence == "loose" else "seen"), figure)
            if verdict == "pass":
                return one
            if best is None or (best.finding.verdict != "fail" and verdict == "fail") or evidence == "loose":
                best = one
    return best


@lru_cache(maxsize=1024)
def _sums(stated: Stated, *, absent: bool) -> tuple[tuple[Cells, str], ...]:
    """The sums that a fact may state: its own cells, other readings of its words, loose ones."""
    cells = stated.cells
    found: list[tuple[Cells, str]] = [(cells, "seen")]
    named = readings(stated.evidence.rpartition(": ")[2], absent=absent)
    for wording in (wordings()[reading.wording] for reading in named):
        for form, own in wording.cells.items():
            if set(own) <= set(cells):
                others = (own, *wording.alternatives.get(form, ()))
                found += ((other, "alternative") for other in others if other != cells)
                found += ((other, "loose") for other in wording.loose.get(form, ()))
                return tuple(found)
    return tuple(found)


def _verdict(fact: Fact, figure: Figure) -> Verdict:
    if figure.missing:
        return "not_assessable"
    shown = figure.value
    if shown is not None and fact.unit and figure.unit:
        shown = in_unit(shown, figure.unit, plain_words(fact.unit))
    elif figure.unit is None and fact.unit and fact.unit[-1] == "元":
        shown = None
    if shown is None or fact.value is None:
        return "uncertain"
    high = fact.value_high if fact.value_high is not None else fact.value
    slack = worth / 2 if (worth := precision(fact)) != 1 else 1e-6
    if fact.value - slack <= shown <= high + slack:
        return "pass"
    if fact.approx:
        low, top = (fact.value, fact.value * (1 + _ABOUT)) if fact.approx == "over" else _around(fact)
        return "pass" if low <= shown <= top else "uncertain"
    return "uncertain" if fact.value_high is not None else "fail"


def _around(fact: Fact) -> tuple[float, float]:
    value = fact.value or 0.0
    return value * (1 - _ABOUT), value * (1 + _ABOUT) if fact.approx == "about" else value


def _finding(fact: Fact, figure: Figure, verdict: Verdict, evidence: str) -> Finding:
    assert fact.indicator is not None
    known = verdict != "not_assessable"
    return Finding(
        identity=_IDENTITY,
        row_or_column=name_of(fact.indicator.cells),
        reading="blank_as_zero" if figure.blanks else "strict",
        verdict=verdict,
        left=_whole(figure.value) if known else None,
        right=_whole(fact.value) if known else None,
        cells=(*figure.cells, ("facts", str(fact.id), fact.label)),
        evidence=evidence,
    )


def _whole(value: float | None) -> int | float | None:
    return int(value) if value is not None and value == int(value) else value


@lru_cache(maxsize=1024)
def name_of(cells: tuple[CellKey, ...]) -> str:
    """The rows of a sum, with their columns where these are not the total.

    >>> name_of((("review_litigation", "review", "upheld"), ("applications", "granted", "total")))
    'review.upheld+granted'
    """
    names: list[str] = []
    for table, row, column in cells:
        head = row.partition(".")[0]
        group = sum(r.startswith(head + ".") and c == column for _, r, c in cells) > 1 and table == "applications"
        name = f"{head}.*" if group else row
        names.append(name if column in ("total", "value") else f"{name}.{column}")
    return "+".join(dict.fromkeys(names))


@lru_cache(maxsize=1)
def _scope_words() -> re.Pattern[str]:
    return re.compile(load_words("links")["scopes"])


def _in_scope(fact: Fact, finding: Finding, agreeing: set[str]) -> Finding:
    """A disagreement where the prose names its scope, and no figure of it is the table's, decides nothing."""
    if finding.verdict != "fail" or finding.cells[0][0] in agreeing:
        return finding
    if not _scope_words().search(bare(plain_words(fact.text))):
        return finding
    return finding._replace(verdict="uncertain", evidence="scope")


def _share(share: Fact, compared: dict[int, _Compared]) -> Finding | None:
    """占33.9%: the share that the table gives, where both counts are linked."""
    if share.unit not in PERCENT or share.value is None or share.value_high is not None:
        return None
    if share.parent is None or share.base is None:
        return None
    part, whole = compared.get(share.parent), compared.get(share.base)
    if part is None or whole is None or part.figure is None or whole.figure is None:
        return None
    figures = part.figure, whole.figure
    if figures[0].value is None or not figures[1].value:
        return None
    exact = figures[0].value / figures[1].value * 100
    verdict, evidence = fit(exact, share)
    if verdict == "fail" and share.approx:
        verdict = "uncertain"
    if verdict != "pass" and {part.finding.verdict, whole.finding.verdict} != {"pass"}:
        verdict, evidence = "uncertain", "disputed"
    return Finding(
        identity=_IDENTITY,
        row_or_column=f"{part.finding.row_or_column}/{whole.finding.row_or_column}",
        reading="blank_as_zero" if figures[0].blanks or figures[1].blanks else "strict",
        verdict=verdict,
        left=round(exact, 4),
        right=_whole(share.value),
        cells=(*figures[0].cells, *figures[1].cells, ("facts", str(share.id), share.label)),
        evidence=evidence,
    )


def _claimed(claim: Claim, tables: Tables) -> Finding | None:
    """均获维持 against the table: holds where all cases of the table came out so, or as many as the prose counts."""
    for figure, whole in zip(tables.figures(claim.cells), tables.figures(claim.totals), strict=True):
        if figure.value is None or whole.value is None or figure.missing:
            continue
        right = sum(f.value or 0.0 for f in claim.facts)
        return Finding(
            identity=_IDENTITY,
            row_or_column=name_of(claim.cells),
            reading="blank_as_zero" if figure.blanks else "strict",
            verdict="pass" if figure.value in (right, whole.value) else "fail",
            left=_whole(figure.value),
            right=_whole(right),
            cells=(*figure.cells, *(("facts", str(f.id), f.label) for f in claim.facts)),
            evidence="claim",
        )
    return None
