"""The start page and the way down from it: what the release holds, who published when, requests by year."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from datasette.app import Datasette

from pipeline.explorer.context import NotFound, Request, Response, page, rows
from pipeline.explorer.heatmap import (
    FROM,
    IN_ORDER,
    NAME,
    NOWHERE,
    PLACES,
    REPORT,
    STATE,
    STATES,
    Row,
    organ_rows,
    place_rows,
    read_years,
)
from pipeline.explorer.metadata import contents_of
from pipeline.explorer.outcomes import OUTCOMES, Group, read_groups

__all__ = ["show_coverage", "show_start"]

_FEW = 60
"""Organs up to which a heat map has a row for each."""
_PAGE = 300
"""Organs on a page."""
_CHARTS = 2
"""Groups of organs drawn; the others are named."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which organs a page shows: `where` is SQL on the tables of a heat map, `chosen` the same in an address."""

    where: str
    parameters: tuple[Any, ...]
    chosen: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Everything:
    """What the pages over all organs show."""

    years: list[int]
    heat: list[Row]
    is_places: bool
    groups: list[Group]


_known: WeakKeyDictionary[Datasette, _Everything] = WeakKeyDictionary()
"""A release does not change while it is served: what is reckoned from all of its reports is so once."""


async def _everything(datasette: Datasette) -> _Everything:
    if datasette not in _known:
        years = await read_years(datasette)
        choice = _Choice("1", (), {})
        heat, is_places = await _heat(datasette, choice, years, await _count(datasette, choice))
        _known[datasette] = _Everything(years, heat, is_places, await read_groups(datasette))
    return _known[datasette]


async def show_start(datasette: Datasette, request: Request) -> Response:
    """`/`: everything in one screen."""
    everything = await _everything(datasette)
    contents = contents_of(datasette)
    # Counted in indexes alone: a column of four million values is not read for a page.
    counted = await rows(
        datasette,
        """SELECT (SELECT count(DISTINCT agency_id) FROM panel) AS organs,
                  (SELECT min(year) FROM panel) AS first, (SELECT max(year) FROM panel) AS last,
                  (SELECT count(*) FROM findings WHERE verdict = 'fail') AS failed,
                  (SELECT count(*) FROM "values" WHERE is_inferred = 1) AS inferred""",
    )
    return await page(
        datasette, request, "start.html",
        contents=contents, counted=counted[0], years=everything.years, heat=everything.heat,
        is_places=everything.is_places, states=STATES, queries=_queries(datasette),
        **_drawn(everything.groups),
    )  # fmt: skip


async def show_coverage(datasette: Datasette, request: Request) -> Response:
    """`/coverage?province=&prefecture=&organ=&above=&year=&page=`: the heat map of a part, or the organs of a year."""
    choice = await _choice(datasette, request)
    everything = await _everything(datasette)
    years = everything.years
    number = _number(request, "page") or 1
    count = await _count(datasette, choice)
    context: dict[str, Any] = {
        "chosen": choice.chosen, "count": count, "states": STATES, "years": years, "nowhere": NOWHERE,
        "page": number, "pages": max(1, -(-count // _PAGE)), "more": urlencode(choice.chosen), "of_year": None,
        "heat": [], "is_places": False,
    }  # fmt: skip
    if number > context["pages"]:
        raise NotFound(f"There is no page {number}: these organs fill {context['pages']}.")
    year = _number(request, "year")
    if year is not None:
        if year not in years:
            raise NotFound(f"The release has no report year {year}.")
        context |= {"year": year, "of_year": await _organs_of(datasette, choice, year, number)}
    elif choice.chosen:
        context["heat"], context["is_places"] = await _heat(datasette, choice, years, count, number)
    else:
        context["heat"], context["is_places"] = everything.heat, everything.is_places
    if above := choice.chosen.get("above"):
        named = await rows(datasette, "SELECT name FROM agencies WHERE agency_id = ?", [above])
        context["above"] = named[0]["name"] if named else above
    groups = everything.groups
    if choice.chosen:
        # Of the organs that the page shows, whichever place they were in at the time.
        where = f"p.agency_id IN (SELECT c.agency_id FROM {FROM} WHERE {choice.where})"
        groups = await read_groups(datasette, where, choice.parameters)
    return await page(datasette, request, "coverage.html", **context, **_drawn(groups))


def _drawn(groups: list[Group]) -> dict[str, Any]:
    """The largest groups that may be added up, for their charts, and those that are only named."""
    drawn = [group for group in groups if group.is_added][:_CHARTS]
    return {"groups": drawn, "others": [group for group in groups if group not in drawn], "outcomes": OUTCOMES}


async def _choice(datasette: Datasette, request: Request) -> _Choice:
    conditions, parameters, chosen = ["1"], [], {}
    for name, sql in PLACES.items():
        if value := request.args.get(name):
            conditions.append(f"{sql} = ?")
            parameters.append(value)
            chosen[name] = value
    if above := request.args.get("above"):
        conditions.append("a.parent_id = ?")
        parameters.append(above)
        chosen["above"] = above
    if organ := (request.args.get("organ") or "").strip():
        pattern = organ.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        conditions.append(
            "c.agency_id IN (SELECT agency_id FROM agencies WHERE name LIKE ? ESCAPE '\\' UNION "
            "SELECT agency_id FROM agency_names WHERE name LIKE ? ESCAPE '\\')"
        )
        parameters += [f"%{pattern}%"] * 2
        chosen["organ"] = organ
    if set(chosen) - {"organ"}:
        where = " AND ".join(conditions)
        if not await rows(datasette, f"SELECT 1 FROM {FROM} WHERE {where} LIMIT 1", parameters) and not organ:
            raise NotFound("The release has no organ there.")
    return _Choice(" AND ".join(conditions), tuple(parameters), chosen)


async def _count(datasette: Datasette, choice: _Choice) -> int:
    """Organs that are expected or were found."""
    found = await rows(
        datasette, f"SELECT count(DISTINCT c.agency_id) FROM {FROM} WHERE {choice.where}", choice.parameters
    )
    return int(found[0][0])


async def _heat(
    datasette: Datasette, choice: _Choice, years: list[int], count: int, number: int = 1
) -> tuple[list[Row], bool]:
    """Rows of organs where they are few or no place is left to choose, else of places; and whether they are places."""
    chosen = choice.chosen
    place = "province" if "province" not in chosen else "prefecture"
    narrow = "prefecture" in chosen or "organ" in chosen or chosen.get("province") in (NOWHERE, "中央")
    if count <= _FEW or narrow:
        offset = (number - 1) * _PAGE
        return await organ_rows(datasette, years, choice.where, choice.parameters, limit=_PAGE, offset=offset), False
    return await place_rows(datasette, place, years, choice.where, choice.parameters, chosen), True


async def _organs_of(datasette: Datasette, choice: _Choice, year: int, number: int) -> list[dict[str, Any]]:
    """The organs of a year, each with its report and its new requests."""
    found = await rows(
        datasette,
        f"""SELECT c.agency_id, {NAME} AS name, {STATE} AS state, {REPORT}, p.app_new_tot AS requests, v.seq, p.scope,
                   p.n_failed, {PLACES["province"]} AS place
            FROM {FROM} LEFT JOIN panel p ON p.agency_id = c.agency_id AND p.year = c.year
            LEFT JOIN "values" v ON v.agency_id = c.agency_id AND v.year = c.year AND v.indicator = 'app_new_tot'
            WHERE c.year = ? AND {choice.where}
            ORDER BY {IN_ORDER}
            LIMIT {_PAGE} OFFSET {(number - 1) * _PAGE}""",
        (year, *choice.parameters),
    )
    return [dict(row) for row in found]


def _number(request: Request, name: str) -> int | None:
    """A number of the address; raises NotFound for what is none."""
    text = request.args.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        raise NotFound(f"{name} is a number, not '{text[:40]}'.")
    return int(text)


def _queries(datasette: Datasette) -> list[dict[str, str]]:
    found = datasette.metadata("queries", database="nianbao") or {}
    return [{"name": name, "title": query["title"]} for name, query in found.items()]
