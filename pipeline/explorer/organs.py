"""The page of an organ: its names, its reports by year, its requests."""

from datasette.app import Datasette

from pipeline.explorer.context import Request, Response, page

__all__ = ["show_organ"]


async def show_organ(datasette: Datasette, request: Request) -> Response:
    return await page(datasette, request, "organ.html", organ=request.url_vars["organ"])
