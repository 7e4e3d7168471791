"""Settings and a release in, the web application out: Datasette over its SQLite file, our pages before its own."""

import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvicorn
from datasette.app import Datasette, DatasetteClient
from datasette.plugins import pm

from pipeline.archive import Archive
from pipeline.explorer import routes
from pipeline.explorer.context import DATABASE, Explorer
from pipeline.explorer.indexing import Finder
from pipeline.explorer.metadata import read_inspected, read_metadata
from pipeline.release.errors import ReleaseError
from pipeline.search import SearchIndex
from pipeline.settings import Settings
from pipeline.warehouses import open_warehouse

__all__ = ["build_app", "serve_release"]

_HERE = Path(__file__).parent
_SETTINGS = {
    # Counting and grouping four million values takes longer than anyone waits for a page.
    "suggest_facets": False,
    "facet_time_limit_ms": 100,
    "default_page_size": 50,
    "truncate_cells_html": 300,
    # A table is handed out whole: past a limit Datasette would write its complaint among the rows.
    "max_csv_mb": 0,
}


def build_app(settings: Settings, release: Path) -> Datasette:
    """The application for a release; the warehouse and the archive of the settings stand beside it.

    Raises ReleaseError when the folder holds no release.
    """
    database = release / f"{DATABASE}.sqlite"
    if not database.exists():
        raise ReleaseError(f"{release}: no release there; make one with `nianbao release`")
    warehouse = open_warehouse(settings)
    has_warehouse = warehouse.exists()
    explorer = Explorer(
        warehouse if has_warehouse else None,
        Archive(settings.archive, lock_seconds=settings.lock_seconds) if settings.archive.exists() else None,
        Finder(SearchIndex(settings.search, warehouse, lock_seconds=settings.lock_seconds)) if has_warehouse else None,
    )
    datasette = Datasette(
        immutables=[str(database)],
        metadata=read_metadata(release),
        inspect_data=read_inspected(release),
        settings=_SETTINGS,
        template_dir=str(_HERE / "templates"),
        static_mounts=[("assets", str(_HERE / "static"))],
    )
    datasette.nianbao = explorer
    if not pm.is_registered(routes):
        pm.register(routes, name="nianbao")
    # With rich at hand Datasette prints every variable of every call to the terminal for a page that is not there.
    pm.get_plugin("datasette.handle_exception").rich = None
    # The client that a Datasette brings took its routes before ours were known.
    datasette.client = DatasetteClient(datasette)
    return datasette


def serve_release(settings: Settings, release: Path, host: str, port: int, tell: Callable[[str], None]) -> None:
    """Serve a release until Ctrl-C; port 0 is any that is free.

    Raises ReleaseError, and OSError when the address cannot be listened on.
    """
    app = _Newest(settings, release)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listening, suppress(KeyboardInterrupt):
        _bind(listening, host, port)
        name = f"[{host}]" if ":" in host else host
        tell(f"The release in {release} is at http://{name}:{listening.getsockname()[1]}/ until Ctrl-C.")
        uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off")).run(sockets=[listening])


class _Newest:
    """The application for a release that may be made anew meanwhile: the next request sees the new one."""

    def __init__(self, settings: Settings, release: Path) -> None:
        self._settings, self._release = settings, release
        self._state = _state(release)
        self._app = build_app(settings, release).app()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if (state := _state(self._release)) not in (None, self._state):
            self._app, self._state = build_app(self._settings, self._release).app(), state
        await self._app(scope, receive, send)


def _state(release: Path) -> tuple[int, int] | None:
    """What tells a release from the one before; None for the moment in which one takes the other's place."""
    try:
        found = (release / f"{DATABASE}.sqlite").stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _bind(listening: socket.socket, host: str, port: int) -> None:
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        raise OSError(f"{host}:{port}: {error.strerror or error}; name another --port, or --host") from None
    listening.listen()  # whoever reads the line may come before the server is up
