"""The panel of a release in, requests and their outcomes by year out: added up only where that may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from datasette.app import Datasette
from markupsafe import Markup

from pipeline.explorer.charts import Bar, draw_bars
from pipeline.explorer.context import rows
from pipeline.measures import load_rates

__all__ = ["OUTCOMES", "Group", "Year", "read_groups"]

_OUTCOMES = (
    ("granted", "予以公开", "full_grant_rate"),
    ("partly granted", "部分公开", "grant_rate"),
    ("denied", "不予公开", "denial_rate"),
    ("unavailable", "无法提供", "unavailable_rate"),
    ("not processed", "不予处理", "not_processed_rate"),
    ("other", "其他处理", "other_outcome_rate"),
)
"""English and Chinese name, and the rate whose numerator it is."""
OUTCOMES = tuple((en, zh) for en, zh, _ in _OUTCOMES)


@dataclass(frozen=True, slots=True)
class Year:
    """The sums of a year. `organs` give new requests; `whole` of the organs give every outcome."""

    year: int
    organs: int
    requests: float
    whole: int
    outcomes: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Organs whose figures are looked at together: own figures of all, else those of one scope, level and type.

    A government's aggregate holds those of its departments, and a province's those of its
    prefectures, as in the table `regions`; a report that does not say whose figures it
    gives may be either. `level` and `type` are `-` where they are not known.
    """

    scope: str
    level: str
    type: str
    years: tuple[Year, ...]
    is_one: bool = False

    @property
    def size(self) -> int:
        """Organs and years that it stands on."""
        return sum(year.organs for year in self.years)

    @property
    def is_unplaced(self) -> bool:
        """Whether an organ of the group might stand above another one of it."""
        return self.scope != "own" and self.level == "-"

    @property
    def is_added(self) -> bool:
        """Whether a sum may be shown: governments of unknown level may well hold each other's figures."""
        return self.is_one or not self.is_unplaced or (self.scope == "unknown" and self.type not in ("government", "-"))

    def requests_chart(self) -> Markup:
        bars = [Bar(str(y.year), (y.requests,), self._note(y.organs)) for y in self.years if y.organs]
        return draw_bars(bars, f"New requests by year, {self.title}", ("new requests",), self._notes)

    def outcomes_chart(self) -> Markup:
        bars = [Bar(str(y.year), y.outcomes, self._note(y.whole)) for y in self.years if y.whole]
        return draw_bars(bars, f"Outcomes by year, {self.title}", [en for en, _ in OUTCOMES], self._notes)

    def _note(self, organs: int) -> str:
        return "" if self.is_one else f"{organs:,}"

    @property
    def _notes(self) -> str:
        return "" if self.is_one else "organs"

    @property
    def title(self) -> str:
        scope = {"own": "own figures", "aggregate": "aggregates"}.get(self.scope, "scope not stated")
        if self.scope == "own":
            return f"{scope}, organs of every level"
        kind = "organs of unknown type" if self.type == "-" else f"{self.type}s"
        if self.level == "-":
            return f"{scope}, {kind} of unknown level"
        return f"{scope}, {kind}" if self.level == self.type else f"{scope}, {self.level} {kind}"


async def read_groups(
    datasette: Datasette, where: str = "", parameters: Sequence[Any] = (), *, is_one: bool = False
) -> list[Group]:
    """Requests and outcomes of the reports in use, of the largest group first.

    `where` is SQL on the panel p; `is_one` is whether it leaves one organ.
    What a form counts otherwise is NULL in the panel and so in no sum. A blank is not a zero: an organ
    one of whose outcomes has no number is in no bar of outcomes.
    """
    letters = [f"o{n}" for n in range(len(_OUTCOMES))]
    parts = ", ".join(f"{part} AS {letter}" for part, letter in zip(_parts(), letters, strict=True))
    whole = " + ".join(letters)
    sums = ", ".join(f"sum({letter}) FILTER (WHERE {whole} IS NOT NULL)" for letter in letters)
    found = await rows(
        datasette,
        # Not one query: SQLite would add the cells of a part up again wherever it is named.
        f"""WITH reports AS MATERIALIZED (
                SELECT scope, CASE scope WHEN 'own' THEN '' ELSE coalesce(agency_level, '-') END AS level,
                       CASE scope WHEN 'own' THEN '' ELSE coalesce(agency_type, '-') END AS type, year, app_new_tot,
                       {parts}
                FROM panel p {f"WHERE {where}" if where else ""})
            SELECT scope, level, type, year, count(app_new_tot), sum(app_new_tot), count({whole}), {sums}
            FROM reports GROUP BY 1, 2, 3, 4
            HAVING count(app_new_tot) + count({whole}) > 0 ORDER BY 1, 2, 3, 4""",
        parameters,
    )
    groups: dict[tuple[str, str, str], list[Year]] = {}
    for scope, level, kind, year, organs, requests, complete, *outcomes in found:
        added = Year(year, organs, requests or 0.0, complete, tuple(part or 0.0 for part in outcomes))
        groups.setdefault((scope or "unknown", level, kind), []).append(added)
    made = [Group(*key, tuple(years), is_one) for key, years in groups.items()]
    return sorted(made, key=lambda g: (-g.size, g.scope, g.level, g.type))


@lru_cache(maxsize=1)
def _parts() -> list[str]:
    """SQL of each outcome: the cells that the measures add up, each outcome without those before it."""
    numerators = {rate.name: rate.numerator for rate in load_rates()}
    used: set[str] = set()
    parts = []
    for _, _, rate in _OUTCOMES:
        cells = [name for name in numerators[rate] if name not in used]
        used.update(cells)
        parts.append(f"({' + '.join(cells)})")
    return parts
