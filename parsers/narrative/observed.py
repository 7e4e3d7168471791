"""Linked facts of a report without tables in, the observations they amount to out, under the rows of the 2014 table.

They carry the flag ``from_narrative``. Approximate numbers and ranges are no observations: they
stay facts. Where two facts state one cell with unlike values neither is believed: the cell has no
observation and `read_conflicts` says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from parsers.forms import load_words
from parsers.models import CellKey, Fact, Issue, Observation, Where
from parsers.narrative.figures import in_unit

__all__ = ["observe_facts", "read_conflicts"]

_TABLE, _COLUMN = "statistics", "value"


def observe_facts(facts: Sequence[Fact], wheres: Sequence[Where]) -> tuple[Observation, ...]:
    """One observation for every cell that the linked facts state; `wheres` are the facts' places, in their order.

    Facts linked to cells of the forms of 2019 and 2021 are observed where `links.yml` calls the
    quantities comparable. The value is the printed one in its printed unit; of equal statements
    the first counts.

    >>> from parsers.models import NOWHERE
    >>> from parsers.narrative.facts import read_facts
    >>> from parsers.narrative.linking import link_facts
    >>> facts = link_facts(read_facts("收到信息公开申请7件，未收取任何费用。"), None)
    >>> for o in observe_facts(facts, [NOWHERE] * len(facts)):
    ...     print(o.table, o.row, o.value, o.unit, o.raw, o.raw_row, o.flags)
    statistics requests.total 7 件 7 收到信息公开申请 ('from_narrative',)
    statistics fees_collected 0 None 未收取 费用 ('from_narrative',)
    """
    return tuple(
        _observation(stated[0], row, wheres[stated[0].id]) for row, stated in _by_row(facts).items() if _agree(stated)
    )


def read_conflicts(facts: Sequence[Fact], wheres: Sequence[Where]) -> tuple[Issue, ...]:
    """An issue `conflicting_statements` for every cell that facts state with unlike values."""
    return tuple(
        Issue(
            kind="conflicting_statements",
            severity="warning",
            message=f"{_TABLE}.{row} is stated as {' and '.join(dict.fromkeys(_printed(f) for f in stated))}",
            raw=stated[0].text,
            where=wheres[stated[0].id],
        )
        for row, stated in _by_row(facts).items()
        if not _agree(stated)
    )


def _by_row(facts: Sequence[Fact]) -> Mapping[str, list[Fact]]:
    """The exact facts that state each row of the 2014 table."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.indicator is None or fact.approx or fact.value is None or fact.value_high is not None:
            continue
        if (row := _row_of(fact.indicator.cells)) is not None:
            found[row].append(fact)
    return found


@lru_cache(maxsize=1)
def _comparable() -> Mapping[frozenset[CellKey], str]:
    found: dict[frozenset[CellKey], str] = {}
    for row, sums in load_words("links")["comparable"].items():
        for names in sums:
            cells = (name.split("/") for name in names)
            found[frozenset((table, r, column) for table, r, column in cells)] = row
    return found


def _row_of(cells: Sequence[CellKey]) -> str | None:
    if len(cells) == 1 and cells[0][0] == _TABLE:
        return cells[0][1]
    return _comparable().get(frozenset(cells))


def _agree(stated: Sequence[Fact]) -> bool:
    first = stated[0]
    return all((f.value == first.value and f.unit == first.unit) or _same_amount(f, first) for f in stated[1:])


def _same_amount(one: Fact, other: Fact) -> bool:
    """3940元 is 0.394万元; of counts the classifier (件, 宗) does not matter."""
    assert one.value is not None
    if "元" in (one.unit or "")[-1:] and "元" in (other.unit or "")[-1:]:
        return in_unit(one.value, one.unit, other.unit) == other.value
    return one.value == other.value


def _printed(fact: Fact) -> str:
    return f"{fact.number_text}{fact.unit or ''}"


def _observation(fact: Fact, row: str, where: Where) -> Observation:
    assert fact.value is not None
    return Observation(
        table=_TABLE,
        row=row,
        column=_COLUMN,
        value=int(fact.value) if fact.value == int(fact.value) else fact.value,
        kind="number",
        unit=fact.unit or None,
        unit_source="printed" if fact.unit else None,
        raw=fact.number_text,
        raw_row=fact.label,
        raw_column="",
        where=where,
        flags=("from_narrative",),
    )
