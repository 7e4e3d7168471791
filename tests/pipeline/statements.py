"""What a load does to its databases, statement by statement, so that it can be ended at any of them.

As a program it loads into a warehouse and kills itself at statements: `statements.py DATA URL` reads a
number a line, and for each loads in a process of its own, which SIGKILL ends before that statement.
It prints what ended the process and how many statements it had come to.
"""

import os
import shutil
import signal
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

import duckdb
import psycopg

from pipeline.settings import Settings
from pipeline.workspace import Workspace

_DUCKDB = ("execute", "executemany", "sql", "begin", "commit", "rollback", "register")
_POSTGRES = (
    (psycopg.Cursor, ("execute", "executemany", "copy")),
    (psycopg.Copy, ("write",)),
    (psycopg.Connection, ("commit", "rollback")),
)
_FILES = ((shutil, "copyfile"), (Path, "replace"))


class _Watched:
    """A DuckDB connection whose statements are told of before they are done."""

    def __init__(self, connection, tell):
        self._connection, self._tell = connection, tell

    def __getattr__(self, name):
        found = getattr(self._connection, name)
        return _told(found, self._tell) if name in _DUCKDB else found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()


def _told(function, tell):
    def call(*arguments, **named):
        tell()
        return function(*arguments, **named)

    return call


@contextmanager
def watched(tell):
    """Call `tell` before each statement, of either database, and before each step with their files."""
    connect = duckdb.connect
    with ExitStack() as stack:
        stack.enter_context(patch.object(duckdb, "connect", lambda *a, **n: _Watched(connect(*a, **n), tell)))
        for owner, names in (*_POSTGRES, *((owner, (name,)) for owner, name in _FILES)):
            for name in names:
                stack.enter_context(patch.object(owner, name, _told(getattr(owner, name), tell)))
        yield


def load(data, url):
    """A load and a refresh into the warehouse at `url`, or the file of the data folder."""
    workspace = Workspace(Settings(data=data, warehouse=url, lock_seconds=20), tell=lambda _: None)
    workspace.warehouse.load_sources(workspace.lake, ["site"], workspace.tell)
    workspace.warehouse.refresh(["out_panel"], workspace.tell)


def _load_until(data, url, last, report):
    done = 0

    def tell():
        nonlocal done
        done += 1
        if done == last:
            os.write(report, f"{done}".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    with watched(tell):
        load(data, url)
    os.write(report, f"{done}".encode())


def main(data, url):
    for line in sys.stdin:
        received, report = os.pipe()
        child = os.fork()
        if child == 0:
            _load_until(Path(data), url, int(line), report)
            os._exit(0)
        os.close(report)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)} {os.read(received, 20).decode()}\n")
        sys.stdout.flush()
        os.close(received)


if __name__ == "__main__":
    main(*sys.argv[1:])
