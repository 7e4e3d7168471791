"""What every page of the explorer stands on: the release, and what the data folder has beside it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response

from pipeline.archive import Archive
from pipeline.explorer.indexing import Finder
from pipeline.warehouse import Warehouse

__all__ = ["DATABASE", "Explorer", "NotFound", "Request", "Response", "explorer_of", "in_thread", "page", "rows"]

DATABASE = "nianbao"
"""The release's SQLite file as Datasette calls it: its name without the ending."""

# Nothing of our own pages comes from another address, and none of them needs a script; some gain by one.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'self'"
)

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Explorer:
    """What lies beside a release.

    `warehouse` and `archive` are None where only a release is at hand: reports are then
    shown as far as the release tells of them. `finder` searches the warehouse's prose.
    """

    warehouse: Warehouse | None = None
    archive: Archive | None = None
    finder: Finder | None = None


def explorer_of(datasette: Datasette) -> Explorer:
    """The explorer that a Datasette application was built for."""
    found: Explorer = datasette.nianbao
    return found


async def in_thread(function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """Run what waits on disk or computes for long beside the event loop."""
    return await asyncio.to_thread(function, *args, **named)


async def rows(datasette: Datasette, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[Any]:
    """Rows of a query over the release, each with its columns by name."""
    results = await datasette.get_database(DATABASE).execute(sql, parameters, page_size=100_000, truncate=False)
    return list(results.rows)


async def page(
    datasette: Datasette, request: Request, template: str, *, status: int = 200, scripts: bool = False, **context: Any
) -> Response:
    """A page of our own from a template; `scripts` of our own run on it."""
    body = await datasette.render_template(template, context, request=request)
    policy = f"{_POLICY}; script-src 'self'" if scripts else _POLICY
    return Response.html(body, status, headers={"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"})
