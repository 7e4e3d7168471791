"""How well facts are linked: annotated sentences and short reports in, counts and misses out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from parsers.forms import Form, load_forms
from parsers.models import CellKey, Fact
from parsers.narrative.facts import read_facts
from parsers.narrative.linking import link_facts

_BRACE = re.compile(r"\{([^{}|]*)(?:\|([^{}]*))?\}")
_COLUMNS = {"statistics": "value", "applications": "total", "review_litigation": "total"}


@dataclass
class Scores:
    wanted: int = 0
    found: int = 0
    right: int = 0
    unread: int = 0
    misses: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / max(1, self.found)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.wanted)

    def __str__(self) -> str:
        head = f"precision {self.precision:.4f} recall {self.recall:.4f} of {self.wanted} links"
        return "\n".join([f"{head}, {self.unread} facts not read", *self.misses])


def form_of(code: str | None) -> Form | None:
    return next((f for f in load_forms() if f.code == code), None)


def facts_of(parts: list[tuple[str, str]]) -> tuple[Fact, ...]:
    """The facts of a report, numbered through."""
    found: list[Fact] = []
    for ordinal, (section, text) in enumerate(parts):
        first = len(found)
        found += [
            replace(
                fact,
                id=fact.id + first,
                section=section,
                section_ordinal=ordinal,
                parent=None if fact.parent is None else fact.parent + first,
                base=None if fact.base is None else fact.base + first,
            )
            for fact in read_facts(text)
        ]
    return tuple(found)


def cells_of(text: str, form: str | None) -> frozenset[CellKey]:
    """Cells as the truth writes them."""
    known = form_of(form or "2014").cells
    found: set[CellKey] = set()
    for name in text.split("+"):
        row, _, column = name.strip().partition("@")
        hits = {
            cell
            for cell in known
            if (cell[1] == row or (row.endswith(".*") and cell[1].startswith(row[:-1])))
            and cell[2] == (column or _COLUMNS.get(cell[0]))
        }
        assert hits, f"no cell {name} in form {form}"
        found |= hits
    return frozenset(found)


def unmarked(text: str) -> tuple[str, dict[tuple[int, int], list[str]]]:
    """The text without its braces, and what stood in them by the span of the number."""
    plain, wanted, last = "", {}, 0
    for found in _BRACE.finditer(text):
        plain += text[last : found.start()]
        span = (len(plain), len(plain) + len(found[1]))
        wanted[span] = [w.strip() for w in (found[2] or "").split(";")]
        plain += found[1]
        last = found.end()
    return plain + text[last:], wanted


def score(path: Path, group: str) -> Scores:
    scores = Scores()
    for entry in yaml.safe_load(path.read_text(encoding="utf-8"))[group]:
        _score_entry(entry, scores)
    return scores


def _score_entry(entry: dict[str, Any], scores: Scores) -> None:
    form = entry.get("form")
    parts = entry.get("parts") or [{"section": entry.get("section", "overview"), "text": entry["text"]}]
    texts, wanted = [], {}
    for ordinal, part in enumerate(parts):
        plain, spans = unmarked(part["text"])
        texts.append((part["section"], plain))
        for span, cells in spans.items():
            wanted[ordinal, *span] = [cells_of(c, form) if c else frozenset() for c in cells]
    for fact in link_facts(facts_of(texts), form_of(form)):
        expected = wanted.get((fact.section_ordinal, fact.start, fact.end), [])
        want = expected.pop(0) if expected else frozenset()
        got = frozenset(fact.indicator.cells) if fact.indicator else frozenset()
        _count(scores, f"{fact.number_text}{fact.unit} {fact.label!r} <{fact.parent}", want, got)
    for span, left in wanted.items():
        for cells in left:
            if cells:
                scores.wanted += 1
                scores.unread += 1
                scores.misses.append(f"unread: {texts[span[0]][1][span[1] : span[2]]} of {texts[span[0]][1]}")


def _count(scores: Scores, name: str, want: frozenset[CellKey], got: frozenset[CellKey]) -> None:
    scores.wanted += bool(want)
    scores.found += bool(got)
    if want == got:
        scores.right += bool(want)
        return
    kind = "missing" if not got else "extra" if not want else "wrong"
    scores.misses.append(f"{kind}: {name} want {_short(want)} got {_short(got)}")


def _short(cells: frozenset[CellKey]) -> str:
    return "+".join(sorted(f"{row}@{column}" for _, row, column in cells)) or "-"
