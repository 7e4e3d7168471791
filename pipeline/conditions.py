"""An exception in, one line out: what happened, where, and what to do; None when it is a bug of ours.

Imported, like everything it imports, only when something went wrong.
"""

import errno
import os
import re

import duckdb
import psycopg
from sqlalchemy.exc import DBAPIError

from pipeline.locks import Busy
from pipeline.postgres import Refused, shown_address
from pipeline.release.errors import ReleaseError
from pipeline.search import SearchError
from pipeline.settings import BadSetting, read_settings
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
_POSTGRES_REMEDIES = (
    (
        r"authentication failed|no password supplied|role .* does not exist|no pg_hba.conf entry",
        "check the user in NIANBAO_WAREHOUSE and its password, there, in PGPASSWORD or in ~/.pgpass",
    ),
    (r"database .* does not exist", "create it, or name another one in NIANBAO_WAREHOUSE"),
    (
        r"permission denied|must be owner",
        "the user in NIANBAO_WAREHOUSE may not do that: check the user; loading takes the owner of the tables",
    ),
    (r"read-only transaction", "a query only reads, and so does a server on standby"),
    (r"No space left|could not extend", "make room on the server's disk and run again"),
    (r"other objects depend on it", "drop those views, run again, and make them anew"),
    (r"syntax error", "a query is one SELECT in PostgreSQL's dialect"),
    (
        r"connection|closed|terminating|(translate|resolve) host|timeout expired|too many clients|starting up",
        "nothing was changed; see that the server runs and that NIANBAO_WAREHOUSE names it, then run again",
    ),
)


def explain(error: Exception) -> str | None:
    """The line for an operating condition; None for anything else."""
    match error:
        case BadSetting() | BadSource() | Busy() | Refused() | ReleaseError() | SearchError():
            return str(error)
        case DBAPIError():
            return f"Dagster's storage in {_data()}/dagster: {error.orig}; see that the folder can be written"
        case duckdb.Error():
            return _explain_duckdb(error)
        case psycopg.Error():
            return _explain_postgres(error)
        case OSError():
            return _explain_os(error)
        case _:
            return None


def _explain_duckdb(error: duckdb.Error) -> str:
    message = str(error).strip()
    for pattern, remedy in _DUCKDB_REMEDIES:
        if re.search(pattern, message):
            return f"{read_settings().workbench}: {_first_sentence(message)}; {remedy}"
    # A mistake in the SQL of a query: DuckDB's own lines point at it.
    return message


def _explain_postgres(error: psycopg.Error) -> str:
    message = " ".join((error.diag.message_primary or str(error)).split())
    remedies = (f"; {remedy}" for pattern, remedy in _POSTGRES_REMEDIES if re.search(pattern, message))
    return f"{shown_address(read_settings().server)}: {message}{next(remedies, '')}"


def _first_sentence(message: str) -> str:
    return message.splitlines()[0].partition(". See also")[0].rstrip("!.")


def _explain_os(error: OSError) -> str:
    if error.strerror is None:
        return str(error)
    remedy = None if error.filename == "standard output" else _OS_REMEDIES.get(error.errno or 0)
    return f"{error.filename or _data()}: {error.strerror}{f'; {remedy}' if remedy else ''}"


def _data() -> str:
    return os.environ.get("NIANBAO_DATA", "data")
