"""Errors among cells in, the rate and its exact confidence interval out."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, lgamma, log

__all__ = ["Interval", "error_interval"]

_STEPS = 100


@dataclass(frozen=True, slots=True)
class Interval:
    """A share, and the ends of its 95 % interval; nothing is known of none: 0 to 1."""

    rate: float
    low: float
    high: float


def error_interval(errors: int, cells: int, level: float = 0.95) -> Interval:
    """The interval of Clopper and Pearson (1934): the shares that would not make such a count too rare.

    >>> i = error_interval(0, 200)
    >>> i.low, round(i.high, 5)
    (0.0, 0.01828)
    """
    if not cells:
        return Interval(0.0, 0.0, 1.0)
    tail = (1 - level) / 2
    low = 0.0 if errors == 0 else _root(lambda p: 1 - _at_most(errors - 1, cells, p) - tail)
    high = 1.0 if errors == cells else _root(lambda p: tail - _at_most(errors, cells, p))
    return Interval(errors / cells, low, high)


def _root(rising: Callable[[float], float]) -> float:
    """Where a rising function of a share is zero, by halving."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2


def _at_most(errors: int, cells: int, share: float) -> float:
    """The probability of so many errors or fewer."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return 1.0 if errors >= cells else 0.0
    return sum(
        exp(lgamma(cells + 1) - lgamma(k + 1) - lgamma(cells - k + 1) + k * log(share) + (cells - k) * log(1 - share))
        for k in range(errors + 1)
    )
