"""One parsed report in, the values that a release must have of it out: out_values once more, from the document.

Written apart from the SQL of the warehouse on purpose: a slip in one of the two shows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from parsers.indicators import Indicator, load_indicators
from parsers.models import Observation, Report
from pipeline.measures import load_crosswalk
from pipeline.panel import MISSING, YUAN
from pipeline.release.contents import WITHHELD
from pipeline.release.masking import is_private_number

__all__ = ["Derived", "derive_values"]

NOT_PUBLISHED = "not_published"
_SCOPES = (None, "own", "aggregate")
"""Value columns that may fill a panel, the one to use first."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A value, in yuan if it is money, or why there is none; `seq` is the first cell it rests on."""

    value: float | None
    missing: str | None
    seq: int | None = None


@lru_cache(maxsize=1)
def _by_cell() -> dict[tuple[str, str, str], Indicator]:
    return {(i.table, i.row, i.column): i for i in load_indicators()}


def derive_values(report: Report) -> dict[str, Derived]:
    """By indicator: every one that the report's form has, and what it prints of other forms."""
    prints: dict[str, list[tuple[int, Derived]]] = {}
    coded = list(_coded(report))
    # Of a table with a value column for each scope the organ's own counts.
    scopes = {
        o.table: min((c.scope for _, c, _ in coded if c.table == o.table), key=_SCOPES.index) for _, o, _ in coded
    }
    for seq, o, indicator in coded:
        if o.scope == scopes[o.table]:
            prints.setdefault(indicator.name, []).append((seq, _printed(o, indicator)))
    own = {name: _one_of(found) for name, found in prints.items()}
    sums = dict(_sums(own))
    found = {name: sums[name] if name in sums and cell.value is None else cell for name, cell in own.items()}
    for name, total in sums.items():
        found.setdefault(name, total)
    for name in _of_form(report.form):
        found.setdefault(name, Derived(None, NOT_PUBLISHED))
    return {name: _withheld(name, derived) for name, derived in found.items()}


def _coded(report: Report) -> Iterable[tuple[int, Observation, Indicator]]:
    for seq, o in enumerate(report.observations):
        indicator = _by_cell().get((o.table, o.row or "", o.column or ""))
        if indicator and o.basis == "year" and o.scope in _SCOPES and "from_narrative" not in o.flags:
            yield seq, o, indicator


def _of_form(form: str | None) -> Iterable[str]:
    yield from (i.name for i in load_indicators() if form in i.forms)
    yield from (c.indicator for c in load_crosswalk() if c.relation == "sum" and c.form == form)


def _printed(o: Observation, indicator: Indicator) -> Derived:
    """What one print of a cell says; it may stand elsewhere with another value."""
    if "conflicting_cell" in o.flags:
        return Derived(None, "conflicting")
    if o.kind != "number" or o.value is None:
        return Derived(None, o.kind)
    if not indicator.money:
        return Derived(float(o.value), None)
    factor = YUAN.get(o.unit or "")
    if factor is None:
        return Derived(None, "unit_unknown")
    return Derived(float(round(Decimal(str(o.value)) * factor, 2)), None)


def _one_of(prints: Sequence[tuple[int, Derived]]) -> Derived:
    """What several prints of one cell say together."""
    values = {d.value for _, d in prints if d.value is not None}
    numbers = [seq for seq, d in prints if d.value is not None]
    seq = min(numbers or [seq for seq, _ in prints])
    if len(values) == 1:
        return Derived(values.pop(), None, seq)
    return Derived(None, "conflicting" if values else _worst(d.missing for _, d in prints), seq)


def _sums(own: Mapping[str, Derived]) -> Iterable[tuple[str, Derived]]:
    """The columns that the form has in several cells."""
    for crossing in load_crosswalk():
        parts = [own[cell] for cell in crossing.cells if cell in own] if crossing.relation == "sum" else []
        if not parts:
            continue
        seq = min(p.seq for p in parts if p.seq is not None)
        values = [p.value for p in parts if p.value is not None]
        if len(values) == len(crossing.cells):
            yield crossing.indicator, Derived(sum(values), None, seq)
        else:
            lacking = [p.missing for p in parts if p.value is None]
            yield crossing.indicator, Derived(None, _worst(lacking) if lacking else NOT_PUBLISHED, seq)


def _worst(reasons: Iterable[str | None]) -> str:
    return min((reason for reason in reasons if reason), key=MISSING.index)


def _withheld(name: str, derived: Derived) -> Derived:
    private = derived.value is not None and not name.endswith("_yuan") and is_private_number(derived.value)
    return Derived(None, WITHHELD, derived.seq) if private else derived
