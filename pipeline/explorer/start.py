"""The start page: what the release holds, who published when."""

from datasette.app import Datasette

from pipeline.explorer.context import Request, Response, page

__all__ = ["show_coverage", "show_start"]


async def show_start(datasette: Datasette, request: Request) -> Response:
    return await page(datasette, request, "start.html")


async def show_coverage(datasette: Datasette, request: Request) -> Response:
    return await page(datasette, request, "start.html")
