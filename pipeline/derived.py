"""SQL of what is reckoned from the panel: what is known of its organs, their rates, sums of regions."""

from collections.abc import Sequence

from pipeline.measures import Rate, load_rates
from pipeline.schema import PER_10K, REGION_SUMS, table

__all__ = ["rates_sql", "regions_sql"]


def rates_sql() -> str:
    """SELECT that yields the rows of `out_rates`, columns in their order, from `out_panel`.

    Requests by population are those of governments: an office or a department has no people of its own.
    """
    head = ", ".join(f"p.{c.name}" for c in table("out_rates").columns if c.type == "text" or c.name == "year")
    rates = ",\n".join(f'{_rate(rate)} AS "{rate.name}"' for rate in load_rates())
    return f"""
    SELECT {head}, {rates}, n.population, 10000.0 * app_new_tot / nullif(n.population, 0) AS {PER_10K}
    FROM out_panel p
    LEFT JOIN ref_population n ON n.division_code = p.division_code AND n.year = p.year
      AND p.agency_type = 'government' AND NOT p.code_of_parent
    ORDER BY p.agency_id, p.year
    """


def regions_sql() -> str:
    """SELECT that yields the rows of `out_regions`, columns in their order, from `out_panel`."""
    sums = ", ".join(f'sum("{name}"), count("{name}")' for name in REGION_SUMS)
    names = ", ".join(f'"{name}"' for name in REGION_SUMS)
    return f"""
    WITH organs AS (
        SELECT year, scope, province, prefecture, division_code, {names},
               CASE scope WHEN 'own' THEN 'all' ELSE agency_level END AS level,
               CASE scope WHEN 'own' THEN 'all' ELSE agency_type END AS type
        FROM out_panel WHERE division_code IS NOT NULL AND agency_level <> 'central'
    ), placed AS (
        SELECT *, left(division_code, 2) || '0000' AS region_code, province AS region, 'province' AS region_level
        FROM organs
        UNION ALL
        SELECT *, left(division_code, 4) || '00', prefecture, 'prefecture' FROM organs WHERE prefecture IS NOT NULL
    )
    SELECT region_code, any_value(region ORDER BY region), region_level, year, scope, level, type, count(*), {sums}
    FROM placed GROUP BY region_code, region_level, year, scope, level, type
    ORDER BY region_code, year, scope, level, type
    """


def _rate(rate: Rate) -> str:
    """SQL of one rate: NULL when a figure is missing, or the denominator is zero."""
    return f"{_sum(rate.numerator)} / nullif({_sum(rate.denominator)}, 0)"


def _sum(columns: Sequence[str]) -> str:
    return f"({' + '.join(columns)})"
