"""SQL of what is reckoned from the panel: rates of organs, sums of regions."""

from collections.abc import Sequence

from pipeline.measures import Rate, load_rates
from pipeline.schema import table

__all__ = ["rates_sql"]


def rates_sql() -> str:
    """SELECT that yields the rows of `out_rates`, columns in their order, from `out_panel`."""
    head = ", ".join(c.name for c in table("out_rates").columns if c.type != "double")
    rates = ",\n".join(f'{_rate(rate)} AS "{rate.name}"' for rate in load_rates())
    return f"SELECT {head}, {rates} FROM out_panel ORDER BY agency_id, year"


def _rate(rate: Rate) -> str:
    """SQL of one rate: NULL when a figure is missing, or the denominator is zero."""
    return f"{_sum(rate.numerator)} / nullif({_sum(rate.denominator)}, 0)"


def _sum(columns: Sequence[str]) -> str:
    return f"({' + '.join(columns)})"
