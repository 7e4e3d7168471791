"""Addresses in, the functions that answer them out: Datasette's plugin of the explorer."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette

from pipeline.explorer import organs, reports, searching, sources, start
from pipeline.explorer.context import DATABASE
from pipeline.explorer.metadata import contents_of, linked_cell, shown_query

__all__ = ["asgi_wrapper", "register_routes", "render_cell"]

Application = Callable[..., Awaitable[None]]

_REPORT = r"/report/(?P<source>[^/]+)/(?P<report>[^/]+)"


@hookimpl  # type: ignore[untyped-decorator]
def register_routes(datasette: Datasette) -> list[tuple[str, Callable[..., Any]]]:
    if not hasattr(datasette, "nianbao"):
        return []  # a Datasette that someone else made in this process
    return [
        (r"^/$", start.show_start),
        (r"^/coverage$", start.show_coverage),
        (r"^/organ/(?P<organ>[^/]+)$", organs.show_organ),
        (rf"^{_REPORT}$", reports.show_report),
        (rf"^{_REPORT}/source$", sources.show_source),
        (rf"^{_REPORT}/page-(?P<number>\d+)\.png$", sources.show_page),
        (rf"^{_REPORT}/document$", sources.send_document),
        (r"^/search$", searching.show_search),
    ]


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(row: Any, value: Any, column: str, database: str, datasette: Datasette) -> Any:
    if database != DATABASE or not hasattr(datasette, "nianbao"):
        return None
    return linked_cell(row, value, column, datasette.setting("base_url"))


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper(datasette: Datasette) -> Callable[[Application], Application]:
    def wrap(app: Application) -> Application:
        async def with_shown_columns(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] == "http" and hasattr(datasette, "nianbao"):
                query = shown_query(
                    scope["path"], scope["query_string"].decode("latin-1"), contents_of(datasette)["rows"]
                )
                scope = {**scope, "query_string": query.encode("latin-1")}
            await app(scope, receive, send)

        return with_shown_columns

    return wrap
