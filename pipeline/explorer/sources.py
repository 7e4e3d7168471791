"""The archived document of a report, as a page for a frame: every number of the report can be pointed at."""

from datasette.app import Datasette

from pipeline.explorer.context import NotFound, Request, Response

__all__ = ["send_document", "show_page", "show_source"]


async def show_source(datasette: Datasette, request: Request) -> Response:  # noqa: ARG001
    raise NotFound("no source")


async def show_page(datasette: Datasette, request: Request) -> Response:  # noqa: ARG001
    raise NotFound("no page")


async def send_document(datasette: Datasette, request: Request) -> Response:  # noqa: ARG001
    raise NotFound("no document")
