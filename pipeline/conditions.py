"""An exception in, one line out: what happened, where, and what to do; None when it is a bug of ours.

Imported, like everything it imports, only when something went wrong.
"""

import errno
import os
import re

import duckdb
from sqlalchemy.exc import DBAPIError

from pipeline.locks import Busy
from pipeline.release.errors import ReleaseError
from pipeline.settings import BadSetting
from pipeline.sources import BadSource

__all__ = ["explain"]

_ROOM = "make room on the disk and run again"
_OS_REMEDIES = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EROFS: "NIANBAO_DATA must name a folder that can be written",
    errno.EACCES: "check its permissions",
    errno.EPERM: "check its permissions",
    errno.ENOTDIR: "NIANBAO_DATA must name a folder",
    errno.EEXIST: "NIANBAO_DATA must name a folder",
}
_DUCKDB_REMEDIES = (
    (r"Could not set lock", "another program has the warehouse open for writing; close it and run again"),
    (r"No space left|File too large|disk quota", _ROOM),
    (
        r"not a valid DuckDB|Could not read|Is a directory|[Cc]orrupt|older version|newer version",
        "delete it and run `nianbao run` again; it is rebuilt from the lake",
    ),
)


def explain(error: Exception) -> str | None:
    """The line for an operating condition; None for anything else."""
    match error:
        case BadSetting() | BadSource() | Busy() | ReleaseError():
            return str(error)
        case DBAPIError():
            return f"Dagster's storage in {_data()}/dagster: {error.orig}; see that the folder can be written"
        case duckdb.Error():
            return _explain_duckdb(error)
        case OSError():
            return _explain_os(error)
        case _:
            return None


def _explain_duckdb(error: duckdb.Error) -> str:
    message = str(error).strip()
    for pattern, remedy in _DUCKDB_REMEDIES:
        if re.search(pattern, message):
            return f"{_data()}/warehouse.duckdb: {_first_sentence(message)}; {remedy}"
    # A mistake in the SQL of a query: DuckDB's own lines point at it.
    return message


def _first_sentence(message: str) -> str:
    return message.splitlines()[0].partition(". See also")[0].rstrip("!.")


def _explain_os(error: OSError) -> str:
    if error.strerror is None:
        return str(error)
    remedy = None if error.filename == "standard output" else _OS_REMEDIES.get(error.errno or 0)
    return f"{error.filename or _data()}: {error.strerror}{f'; {remedy}' if remedy else ''}"


def _data() -> str:
    return os.environ.get("NIANBAO_DATA", "data")
