"""Every knob of nianbao with its default and unit, read from NIANBAO_* variables."""

from pathlib import Path

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["BadSetting", "Settings", "read_settings"]


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

    @field_validator("data", "sources")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value and value.expanduser().absolute()

    @property
    def archive(self) -> Path:
        return self.data / "archive"

    @property
    def lake(self) -> Path:
        return self.data / "lake"

    @property
    def inbox(self) -> Path:
        return self.data / "inbox"

    @property
    def warehouse(self) -> Path:
        return self.data / "warehouse.duckdb"

    @property
    def release(self) -> Path:
        return self.data / "release"

    @property
    def dagster_home(self) -> Path:
        return self.data / "dagster"


def read_settings() -> Settings:
    """The settings of this process. Raises BadSetting."""
    try:
        return Settings()
    except ValidationError as error:
        found = error.errors()[0]
        name = f"NIANBAO_{'_'.join(map(str, found['loc'])).upper()}"
        raise BadSetting(f"{name}='{found['input']}': {found['msg']}") from None
