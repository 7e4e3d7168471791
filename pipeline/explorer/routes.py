"""Addresses in, the functions that answer them out: Datasette's plugin of the explorer."""

from collections.abc import Callable
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette

from pipeline.explorer import organs, reports, searching, sources, start

__all__ = ["register_routes"]

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
