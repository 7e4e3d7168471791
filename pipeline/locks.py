"""A lock that dies with its process: held by one at a time, the others wait and then give up."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Busy", "locked", "take_lock"]

_WAIT_SECONDS = 0.2


class Busy(RuntimeError):
    """Another process holds the lock for longer than one waits."""


@contextmanager
def locked(path: Path, holder: str, held: Path, *, seconds: float, tell: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock file `path`; `holder` and `held` say in messages who holds what.

    Raises Busy when another process still holds it after `seconds`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        take_lock(lambda: _taken(lock.fileno()), holder, str(held), seconds=seconds, tell=tell)
        yield


def take_lock(take: Callable[[], bool], holder: str, held: str, *, seconds: float, tell: Callable[[str], None]) -> None:
    """Call `take` until it has the lock, saying once that one waits. Raises Busy after `seconds`."""
    end = time.monotonic() + seconds
    told = False
    while not take():
        if not told:
            tell(f"{holder} holds {held}; waiting up to {seconds:g} s")
            told = True
        if time.monotonic() >= end:
            raise Busy(f"{held}: {holder} still holds it after {seconds:g} s; run again later")
        time.sleep(_WAIT_SECONDS)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
