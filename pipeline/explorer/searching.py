"""The search page: words in, the sentences of the reports that have them out."""

import re
from dataclasses import dataclass

from datasette.app import Datasette

from pipeline.explorer.context import Request, Response, explorer_of, in_thread, page
from pipeline.explorer.indexing import Finder, Look
from pipeline.search import Found, SearchError
from pipeline.show_search import hit_record

__all__ = ["show_search"]

_NO_WAREHOUSE = "Search needs the warehouse that the release was made from; only the release is here."
_NO_YEAR = "A year is a number of up to four digits."


@dataclass(frozen=True, slots=True)
class _Asked:
    query: str
    year: str
    agency: str


async def show_search(datasette: Datasette, request: Request) -> Response:
    """The form and what it found; with `_format=json` the same for a program, status 503 while there is no answer."""
    asked = _Asked(*((request.args.get(name) or "") for name in ("q", "year", "agency")))
    look, found = await _answered(explorer_of(datasette).finder, asked)
    if request.args.get("_format") == "json":
        return _as_json(asked, look, found)
    return await page(datasette, request, "search.html", asked=asked, look=look, found=found)


async def _answered(finder: Finder | None, asked: _Asked) -> tuple[Look, Found | None]:
    if finder is None:
        return Look(is_usable=False, problem=_NO_WAREHOUSE), None
    year = asked.year.strip()
    if year and not re.fullmatch(r"[0-9]{1,4}", year):
        return Look(is_usable=False, problem=_NO_YEAR), None
    look = await in_thread(finder.look)
    if not look.is_usable or not asked.query:
        return look, None
    try:
        found = await in_thread(
            finder.index.search, asked.query, year=int(year) if year else None, agency=asked.agency.strip()
        )
    except SearchError as error:
        return Look(is_usable=False, problem=str(error)), None
    return look, found


def _as_json(asked: _Asked, look: Look, found: Found | None) -> Response:
    if not asked.query:
        return Response.json({"error": "q is empty"}, status=400)
    if found is None:
        return Response.json({"error": look.problem or "the index is being made; ask again"}, status=503)
    hits = [hit_record(hit) for hit in found.hits]
    return Response.json({"query": found.words, "reports_found": found.reports, "hits": hits})
