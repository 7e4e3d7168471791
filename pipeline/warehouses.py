"""Settings in, the warehouse they name out."""

from collections.abc import Callable, Mapping

from pipeline.settings import Settings
from pipeline.sources import Source
from pipeline.warehouse import Warehouse

__all__ = ["open_warehouse"]


def open_warehouse(
    settings: Settings, *, definitions: Callable[[], Mapping[str, Source]] = dict, accept_fall: bool = False
) -> Warehouse:
    """The warehouse of the settings; `accept_fall` lets a server lose sources that the data folder has not."""
    path, lock_seconds, population = settings.workbench, settings.lock_seconds, settings.population
    if not settings.server:
        return Warehouse(path, lock_seconds=lock_seconds, definitions=definitions, population=population)
    from pipeline.postgres import PostgresWarehouse

    return PostgresWarehouse(
        path,
        settings.server,
        lock_seconds=lock_seconds,
        definitions=definitions,
        population=population,
        accept_fall=accept_fall,
    )
