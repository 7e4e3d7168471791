"""Observations in, findings out: the forms' own arithmetic, and the cell that explains a failure.

Nothing is edited. An identity is read strictly (every cell printed) and, where a table
leaves its zeros blank, once more with blanks as zeros. When the change of exactly one cell
would repair every failure of a table, that cell is the suspect.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from parsers.forms import Form, Identity, Table, load_forms
from parsers.models import CellKey, Finding, Observation, Suspect

__all__ = ["check_observations", "is_expected"]

Number = int | float
Reading = Literal["strict", "blank_as_zero"]
_TOLERANCE = 1e-6  # amounts are decimal fractions in binary


@dataclass(frozen=True, slots=True)
class _Instance:
    """One identity at one row or column: the cells on both sides."""

    identity: str
    at: str | None
    left: tuple[CellKey, ...]
    right: tuple[CellKey, ...]
    unverified: bool

    @property
    def cells(self) -> tuple[CellKey, ...]:
        return self.left + self.right


def check_observations(observations: Sequence[Observation], form: Form) -> tuple[Finding, ...]:
    """Every identity of the form's tables that occur, with its verdict and, if any, the suspect.

    Tables with several value columns (own and aggregate, year and cumulative) are checked
    once for each.
    """
    groups: dict[tuple[str, str | None, str | None], dict[CellKey, Observation]] = defaultdict(dict)
    for o in observations:
        if o.row is not None and o.column is not None:
            groups[o.table, o.scope, o.basis][o.table, o.row, o.column] = o
    findings: list[Finding] = []
    for (table, scope, basis), cells in groups.items():
        printed = frozenset(row for _, row, _ in cells)
        instances = _instances(form.code, table, printed)
        found = _check_table(instances, cells)
        if scope is not None or basis != "year":
            found = [f._replace(scope=scope, basis=basis) for f in found]
        findings.extend(found)
    return tuple(findings)


@lru_cache(maxsize=256)
def _instances(form_code: str, table_code: str, printed: frozenset[str]) -> tuple[_Instance, ...]:
    """The identities of one table, written out for its rows and columns.

    `printed` are the row codes that the report prints: a report that mixes forms prints
    rows that its own form has not.
    """
    form = next(f for f in load_forms() if f.code == form_code)
    home = form if form.table(table_code) else _other_form_with(table_code)
    table = home.table(table_code)
    if table is None:
        return ()
    instances: list[_Instance] = []
    for identity in home.identities:
        if identity.table == table_code:
            instances.extend(_written_out(identity, table, printed))
    return tuple(instances)


def _other_form_with(table_code: str) -> Form:
    return next(f for f in reversed(load_forms()) if f.table(table_code))


def _written_out(identity: Identity, table: Table, printed: frozenset[str]) -> Iterator[_Instance]:
    rows = list(dict.fromkeys(row for row, _ in table.cells()))
    columns = list(dict.fromkeys(column for _, column in table.cells()))
    unverified = {
        str(node.code) for block in table.blocks for node, _ in block.coded_rows() if node.evidence == "unverified"
    }
    if identity.over == "rows":
        every = [*(row for row in rows if is_expected(row, rows, printed)), *_foreign_rows(table.code, rows, printed)]
        for row in every:
            left = tuple((table.code, row, column) for column in identity.left)
            right = tuple((table.code, row, column) for column in identity.right)
            yield _Instance(identity.id, row, left, right, row in unverified)
        return
    left_rows = [row for code in identity.left for row in _members(code, table.code, rows, printed)]
    right_rows = [row for code in identity.right for row in _members(code, table.code, rows, printed)]
    shaky = bool(unverified & {*left_rows, *right_rows})
    for column in columns:
        left = tuple((table.code, row, column) for row in left_rows)
        right = tuple((table.code, row, column) for row in right_rows)
        # A table with one value column is checked at its total row, others at the column.
        yield _Instance(identity.id, column if len(columns) > 1 else right_rows[0], left, right, shaky)


def _foreign_rows(table: str, own: Sequence[str], printed: frozenset[str]) -> list[str]:
    """Rows printed from another form, in that form's order."""
    every = [row for form in load_forms() if (t := form.table(table)) for row, _ in t.cells()]
    return [row for row in dict.fromkeys(every) if row in printed and row not in own]


def is_expected(row: str, own: Sequence[str], printed: frozenset[str]) -> bool:
    """Whether a row of the form is expected, seen that another form's rows may stand for it."""
    prefix = row.rpartition(".")[0]
    siblings = {r for r in printed if prefix and r.rpartition(".")[0] == prefix}
    return row in printed or not (siblings - set(own))


def _members(code: str, table: str, own: Sequence[str], printed: frozenset[str]) -> list[str]:
    """The rows that a code stands for; ``other.*`` is the printed sub-rows, else the one row."""
    if not code.endswith(".*"):
        return [code]
    expected = [row for row in own if row.startswith(code[:-1])]
    seen = [
        *(r for r in expected if r in printed),
        *(r for r in _foreign_rows(table, own, printed) if r.startswith(code[:-1])),
    ]
    parts = [row for row in seen if not row.endswith(".total")]
    if parts:
        return [*parts, *(row for row in expected if row not in seen and not row.endswith(".total"))]
    return seen or expected


def _check_table(instances: Sequence[_Instance], cells: Mapping[CellKey, Observation]) -> list[Finding]:
    blank_as_zero = _leaves_zeros_blank(cells)
    unprinted = _unprinted_totals(instances, cells) if blank_as_zero else frozenset()
    findings: list[Finding] = []
    decided: list[tuple[_Instance, Number, Number]] = []
    for instance in instances:
        strict = _verdict(instance, cells, "strict")
        if strict is None:
            continue
        findings.append(strict)
        decisive = strict
        if strict.verdict == "uncertain" and blank_as_zero:
            decisive = _verdict(instance, cells, "blank_as_zero", unprinted) or strict
            findings.append(decisive)
        if decisive.verdict in ("pass", "fail") and decisive.left is not None and decisive.right is not None:
            decided.append((instance, decisive.left, decisive.right))
    if not any(f.verdict == "fail" for f in findings):
        return findings
    suspect = _suspect(decided, cells)
    return [f._replace(suspect=suspect) if f.verdict == "fail" and suspect else f for f in findings]


def _leaves_zeros_blank(cells: Mapping[CellKey, Observation]) -> bool:
    """Whether blanks stand for zeros throughout: blanks outnumber the zeros printed."""
    blanks = sum(o.kind == "blank" for o in cells.values())
    zeros = sum(o.value == 0 for o in cells.values())
    return blanks > zeros


def _unprinted_totals(instances: Sequence[_Instance], cells: Mapping[CellKey, Observation]) -> frozenset[CellKey]:
    """Totals left blank over parts that are not all zero: their blank stands for no zero."""
    return frozenset(
        instance.right[0]
        for instance in instances
        if (total := cells.get(instance.right[0])) is not None
        and total.value is None
        and any((o := cells.get(key)) is not None and o.value for key in instance.left)
    )


def _verdict(
    instance: _Instance,
    cells: Mapping[CellKey, Observation],
    reading: Reading,
    unprinted: frozenset[CellKey] = frozenset(),
) -> Finding | None:
    """One identity in one reading; None when the report prints none of its cells."""
    sums: list[Number | None] = []
    absent = unknown = unreadable = printed = 0
    for side in (instance.left, instance.right):
        total: Number = 0
        for key in side:
            o = cells.get(key)
            if o is None:
                absent += 1
            elif o.value is None:
                unknown += 1
                unreadable += o.kind == "unreadable" or key in unprinted
            else:
                printed += 1
                total += o.value
        sums.append(total)
    if absent == len(instance.left) + len(instance.right):
        return None
    left, right = sums
    verdict: Literal["pass", "fail", "uncertain", "not_assessable"]
    if absent:
        verdict, left, right = "not_assessable", None, None
    elif unknown and (reading == "strict" or unreadable or (printed == 1 and right and len(instance.right) == 1)):
        verdict, left, right = "uncertain", None, None
    else:
        holds = left is not None and right is not None and abs(left - right) < _TOLERANCE
        verdict = "pass" if holds else "fail"
    return Finding(
        identity=instance.identity,
        row_or_column=instance.at,
        reading=reading,
        verdict=verdict,
        left=left,
        right=right,
        cells=instance.cells,
        evidence="unverified" if instance.unverified else "seen",
    )


def _suspect(
    decided: Sequence[tuple[_Instance, Number, Number]], cells: Mapping[CellKey, Observation]
) -> Suspect | None:
    """The one cell whose change repairs all failures and breaks nothing that holds."""
    touching: dict[CellKey, list[tuple[int, Number]]] = defaultdict(list)
    failing = 0
    for instance, left, right in decided:
        gap = right - left
        failed = abs(gap) >= _TOLERANCE
        failing += failed
        for side, sign in ((instance.left, 1), (instance.right, -1)):
            for key in side:
                touching[key].append((failed, sign * gap))
    found: list[Suspect] = []
    for key, touched in touching.items():
        if len(touched) != failing or not all(failed for failed, _ in touched):
            continue
        changes = {round(change, 6) for _, change in touched}
        proposed = (cells[key].value or 0) + touched[0][1]
        if len(changes) == 1 and proposed >= 0:
            found.append(Suspect(key, int(proposed) if proposed == int(proposed) else round(proposed, 6)))
    return found[0] if len(found) == 1 else None
