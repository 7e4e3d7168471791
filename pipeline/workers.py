"""Who parses: a function mapped over jobs, one after another, in processes, or on a Dask cluster.

The results come in the order of the jobs whoever does the work, and only a few jobs are
under way at once, so that memory stays flat.
"""

import ctypes
import os
import re
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from typing import Any, Protocol, TypeVar

__all__ = ["die_with", "map_jobs", "parse_workers"]

Job = TypeVar("Job")
Result = TypeVar("Result")


class _Future(Protocol):
    def result(self) -> Any: ...


def parse_workers(setting: str) -> tuple[str, str]:
    """The setting NIANBAO_WORKERS -> (kind, its number or address). Raises ValueError when it is none."""
    if setting == "serial":
        return "serial", ""
    if found := re.fullmatch(r"processes:([1-9]\d{0,3})", setting):
        return "processes", found[1]
    if found := re.fullmatch(r"dask://([\w.-]+:\d{1,5})", setting):
        return "dask", found[1]
    raise ValueError(f"NIANBAO_WORKERS='{setting}': use serial, processes:N or dask://HOST:PORT")


def map_jobs(setting: str, function: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
    """`function` over `jobs` by the workers that `setting` names, results in order.

    `function` must be importable by name. An exception in a job is raised here, when its
    turn comes.
    """
    kind, value = parse_workers(setting)
    if kind == "serial":
        yield from map(function, jobs)
    elif kind == "processes":
        yield from _in_processes(int(value), function, jobs)
    else:
        from distributed import Client

        with Client(f"tcp://{value}", timeout="30s") as client:  # type: ignore[no-untyped-call]
            workers = max(len(client.scheduler_info(n_workers=-1)["workers"]), 1)
            yield from _in_order(lambda job: client.submit(function, job, pure=False), jobs, ahead=3 * workers)


def _in_processes(count: int, function: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
    # Children are spawned, not forked: the parent has threads and open databases.
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=die_with, initargs=(os.getpid(),))

    def submit(job: Job) -> _Future:
        with _interrupts_held():
            return pool.submit(function, job)

    others = set(active_children())
    try:
        yield from _in_order(submit, jobs, ahead=2 * count)
    except BaseException:
        # Nobody waits for what they are at, which may take long.
        for worker in set(active_children()) - others:
            worker.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Processes started here never see Ctrl-C, which a terminal sends to the whole group: ending them is our part."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def die_with(parent: int) -> None:
    """Have Linux end this process when `parent`, the one that started it, is killed: it would go on for ever."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    if os.getppid() != parent:
        # It was killed before we asked.
        os._exit(1)


def _in_order(submit: Callable[[Job], _Future], jobs: Iterable[Job], ahead: int) -> Iterator[Any]:
    waiting: deque[_Future] = deque()
    for job in jobs:
        waiting.append(submit(job))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
