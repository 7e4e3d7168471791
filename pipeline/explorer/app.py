"""Settings and a release in, the web application out: Datasette over its SQLite file, our pages before its own."""

import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn
from datasette.app import Datasette
from datasette.plugins import pm

from pipeline.archive import Archive
from pipeline.explorer import routes
from pipeline.explorer.context import DATABASE, Explorer
from pipeline.explorer.indexing import Finder
from pipeline.explorer.metadata import read_metadata
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
        release,
        warehouse if has_warehouse else None,
        Archive(settings.archive, lock_seconds=settings.lock_seconds) if settings.archive.exists() else None,
        Finder(SearchIndex(settings.search, warehouse, lock_seconds=settings.lock_seconds)) if has_warehouse else None,
    )
    datasette = Datasette(
        immutables=[str(database)],
        metadata=read_metadata(release),
        settings=_SETTINGS,
        template_dir=str(_HERE / "templates"),
        static_mounts=[("assets", str(_HERE / "static"))],
    )
    datasette.nianbao = explorer
    if not pm.is_registered(routes):
        pm.register(routes, name="nianbao")
    return datasette


def serve_release(settings: Settings, release: Path, host: str, port: int, tell: Callable[[str], None]) -> None:
    """Serve a release until Ctrl-C. Raises ReleaseError, and OSError when the port is taken."""
    datasette = build_app(settings, release)
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        address = f"http://{host}:{listening.getsockname()[1]}/"
        tell(f"The release in {release} is at {address} until Ctrl-C.")
        server = uvicorn.Server(uvicorn.Config(datasette.app(), log_level="warning", lifespan="on"))
        server.run(sockets=[listening])
