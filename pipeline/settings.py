"""Every knob of nianbao with its default and unit, read from NIANBAO_* variables."""

from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["BadSetting", "Settings", "read_settings"]

_DUCKDB = "duckdb:///"
_POSTGRESQL = ("postgresql://", "postgres://")
_ACCEPTED = "duckdb:///PATH (four slashes begin an absolute path) or postgresql://USER@HOST:PORT/DATABASE"


class BadSetting(ValueError):
    """A variable has a value that cannot be; the message names both and the reason."""


class Settings(BaseSettings):
    """Settings of one process; each field is the variable NIANBAO_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix="NIANBAO_", frozen=True)

    data: Path = Field(default=Path("data"), description="Folder of archive, lake, warehouse and Dagster's storage.")
    workers: str = Field(default="serial", description="Who parses: `serial`, `processes:N`, or `dask://HOST:PORT`.")
    chunk_documents: int = Field(default=100, ge=1, description="Documents handed to a worker at once.")
    sources: Path | None = Field(default=None, description="Folder of the source files; by default those that ship.")
    contact: str = Field(
        default="", description="Where a site's owner reaches whoever crawls it: an address in the user agent."
    )
    crawl_sources: int = Field(default=100, ge=1, description="Sources crawled side by side.")
    lock_seconds: float = Field(default=600.0, gt=0, description="How long a load waits for another one.")
    as_of: date | None = Field(
        default=None,
        description="Only documents fetched by that day (UTC), with tables of their own in the data folder.",
    )
    population: Path | None = Field(
        default=None, description="CSV file of people by division and year, for requests by population."
    )
    explorer: str = Field(
        default="http://127.0.0.1:8001",
        description="Where `nianbao serve` is reached: Dagster's pages link its reports; empty for no links.",
    )
    warehouse: SecretStr = Field(
        default=SecretStr(""),
        description="Where the tables are served: `duckdb:///PATH` or `postgresql://USER@HOST:PORT/DATABASE`; "
        "by default the file warehouse.duckdb of the data folder.",
    )

    @field_validator("data", "sources", "population")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value and value.expanduser().absolute()

    @field_validator("explorer")
    @classmethod
    def _a_page(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("not an address of a web page; write http://HOST:PORT, or nothing for no links")
        return value.rstrip("/")

    @field_validator("warehouse")
    @classmethod
    def _an_address(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url.startswith(_DUCKDB):
            return SecretStr(f"{_DUCKDB}{_duckdb_file(url)}")
        if url.startswith(_POSTGRESQL):
            _check_postgresql(url)
        elif url:
            raise ValueError(f"not an address of a warehouse; write {_ACCEPTED}")
        return value

    @property
    def tables(self) -> Path:
        """Where lake, DuckDB file and Dagster's storage lie: those of a day in the past apart from today's."""
        return self.data / "as-of" / self.as_of.isoformat() if self.as_of else self.data

    @property
    def archive(self) -> Path:
        return self.data / "archive"

    @property
    def lake(self) -> Path:
        return self.tables / "lake"

    @property
    def inbox(self) -> Path:
        return self.data / "inbox"

    @property
    def workbench(self) -> Path:
        """The DuckDB file in which the tables are linked and derived, wherever they are served."""
        url = self.warehouse.get_secret_value()
        if url.startswith(_DUCKDB) and self.as_of is None:
            return Path(url.removeprefix(_DUCKDB))
        return self.tables / "warehouse.duckdb"

    @property
    def server(self) -> str:
        """The address of the PostgreSQL server, which may hold a password; empty when DuckDB serves.

        A server holds today's tables: those of a day in the past are served from their file.
        """
        url = self.warehouse.get_secret_value()
        return url if url.startswith(_POSTGRESQL) and self.as_of is None else ""

    @property
    def release(self) -> Path:
        return self.tables / "release"

    @property
    def search(self) -> Path:
        """The index of the prose, made from the warehouse when it is needed."""
        return self.tables / "search.sqlite"

    @property
    def dagster_home(self) -> Path:
        return self.tables / "dagster"


def read_settings(**given: Any) -> Settings:
    """The settings of this process; what is `given` and not None takes the place of the variable's.

    Raises BadSetting; a password is never shown.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        found = error.errors()[0]
        field = "_".join(map(str, found["loc"]))
        shown = "" if field == "warehouse" else f"='{found['input']}'"
        raise BadSetting(f"NIANBAO_{field.upper()}{shown}: {found['msg'].removeprefix('Value error, ')}") from None


def _duckdb_file(url: str) -> Path:
    given = url.removeprefix(_DUCKDB)
    path = Path(given).expanduser()
    if not given or given.endswith("/"):
        raise ValueError(f"names no file; write {_ACCEPTED}")
    # What other tools take for an absolute path must not make a folder here without a word.
    if not path.is_absolute() and not path.parent.exists() and Path("/", path).parent.exists():
        raise ValueError(f"'{url}' is relative to {Path.cwd()}; for the file /{given} write {_DUCKDB}/{given}")
    return path.absolute()


def _check_postgresql(url: str) -> None:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        found = conninfo_to_dict(url)
    except ProgrammingError:  # its message quotes the address
        raise ValueError(f"cannot be read; write {_ACCEPTED}, with %40 for an @ in a password") from None
    # Cut at the wrong @ or /, a piece of the password stands where a message of the server would show it.
    port = str(found.get("port", "")).replace(",", "")
    if any("@" in str(found.get(part, "")) for part in ("host", "dbname")) or (port and not port.isdigit()):
        raise ValueError(f"write an @ : / ? # % in a password as %40 %3A %2F %3F %23 %25, else {_ACCEPTED}")
