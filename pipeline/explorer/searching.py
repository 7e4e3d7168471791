"""The search page: words in, the sentences of the reports that have them out."""

from datasette.app import Datasette

from pipeline.explorer.context import Request, Response, page

__all__ = ["show_search"]


async def show_search(datasette: Datasette, request: Request) -> Response:
    return await page(datasette, request, "search.html", query=request.args.get("q") or "")
