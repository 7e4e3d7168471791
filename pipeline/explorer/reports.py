"""The page of a report: its tables as the form lays them out, its prose, its checks, beside the archived source."""

from datasette.app import Datasette

from pipeline.explorer.context import Request, Response, page

__all__ = ["show_report"]


async def show_report(datasette: Datasette, request: Request) -> Response:
    return await page(datasette, request, "report.html", report=request.url_vars["report"])
