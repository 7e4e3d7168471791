"""Digits that lost their separators, split again where arithmetic leaves one reading.

`3000003` in a row of seven columns whose last is the total of the others can only be
3 0 0 0 0 0 3. Longer runs have several readings; the sums down the columns then decide,
or the digits stay unread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

__all__ = ["row_readings", "split_glued"]

_MOST_READINGS = 400
_MOST_COMBINATIONS = 50_000
_LONGEST = 30

Reading = tuple[int, ...]


def row_readings(digits: str, columns: int, totals: Mapping[int, int]) -> list[Reading]:
    """All ways to cut the digits into `columns` numbers.

    `totals` maps the position of a total to that of its first part: the number there is
    the sum of the parts up to it. Empty when there is no way, or more than are worth trying.

    >>> row_readings("3000003", 7, {6: 0})
    [(3, 0, 0, 0, 0, 0, 3)]
    >>> row_readings("000", 3, {})
    [(0, 0, 0)]
    """
    found: list[Reading] = []
    if not columns <= len(digits) <= _LONGEST:
        return found

    def cut(start: int, numbers: Reading) -> None:
        position = len(numbers)
        if len(found) > _MOST_READINGS:
            return
        if position == columns:
            if start == len(digits):
                found.append(numbers)
            return
        longest = len(digits) - start - (columns - position - 1)
        if position in totals:
            total = str(sum(numbers[totals[position] :]))
            if len(total) <= longest and digits.startswith(total, start):
                cut(start + len(total), (*numbers, int(total)))
            return
        for length in range(1, min(1 if digits[start] == "0" else longest, 9) + 1):
            cut(start + length, (*numbers, int(digits[start : start + length])))

    cut(0, ())
    return found if len(found) <= _MOST_READINGS else []


def split_glued(
    glued: Mapping[str, str],
    known: Mapping[str, Sequence[int | None]],
    columns: int,
    totals: Mapping[int, int],
    identities: Sequence[tuple[Sequence[str], Sequence[str]]],
) -> dict[str, Reading]:
    """Glued rows by their code -> the one reading of each that the sums allow.

    `known` holds rows already read. Each identity is (rows on the left, rows on the right)
    and must hold in every column. Rows that keep several readings are left out.
    """
    readings = {row: row_readings(digits, columns, totals) for row, digits in glued.items()}
    readings = {row: options for row, options in readings.items() if options}
    # Without a sum to decide, only zeros are certain: no number is printed 00.
    proven = {row for row in readings if totals or glued[row] == "0" * columns}
    usable = [
        (left, right)
        for left, right in identities
        if all(row in readings or _is_whole(known.get(row)) for row in (*left, *right))
    ]
    changed = True
    while changed:
        changed = False
        for left, right in usable:
            open_rows = [row for row in (*left, *right) if len(readings.get(row, ())) > 1]
            sizes = 1
            for row in open_rows:
                sizes *= len(readings[row])
            if sizes > _MOST_COMBINATIONS or any(readings.get(row) == [] for row in (*left, *right)):
                continue
            if not open_rows:
                continue
            kept = _consistent(open_rows, readings, known, left, right, columns)
            for row, options in kept.items():
                proven.add(row)
                if len(options) < len(readings[row]):
                    readings[row] = options
                    changed = True
    return {row: options[0] for row, options in readings.items() if len(options) == 1 and row in proven}


def _is_whole(row: Sequence[int | None] | None) -> bool:
    return row is not None and None not in row


def _consistent(
    open_rows: Sequence[str],
    readings: Mapping[str, list[Reading]],
    known: Mapping[str, Sequence[int | None]],
    left: Sequence[str],
    right: Sequence[str],
    columns: int,
) -> dict[str, list[Reading]]:
    """The readings of the open rows that occur in some combination satisfying the identity."""

    def fixed(row: str) -> Sequence[int | None]:
        return known[row] if row in known else readings[row][0]

    base = [0] * columns
    for rows, sign in ((left, 1), (right, -1)):
        for row in rows:
            if row not in open_rows:
                base = [b + sign * (v or 0) for b, v in zip(base, fixed(row), strict=True)]
    signs = [1 if row in left else -1 for row in open_rows]
    kept: dict[str, dict[Reading, None]] = {row: {} for row in open_rows}
    for combination in product(*(readings[row] for row in open_rows)):
        sums = base
        for sign, reading in zip(signs, combination, strict=True):
            sums = [s + sign * v for s, v in zip(sums, reading, strict=True)]
        if not any(sums):
            for row, reading in zip(open_rows, combination, strict=True):
                kept[row][reading] = None
    return {row: list(options) for row, options in kept.items()}
