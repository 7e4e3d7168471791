"""Commands started to be killed: what they leave behind, what they asked a site for, and what their warehouse says."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import duckdb
from paths import FIXTURES

from pipeline.schema import TABLES

sys.path.insert(0, str(FIXTURES))
try:
    from sites.simulator import Simulator  # noqa: F401 - for the tests
finally:
    sys.path.remove(str(FIXTURES))

NIANBAO = [sys.executable, "-c", "from pipeline.cli import app; app()"]
_WAIT_SECONDS = 120

# Two crawls differ in when and where they fetched, and in nothing else.
WHEN = {
    "raw_documents": ("first_seen_at", "last_seen_at"),
    "out_ledger": ("first_seen_at", "days_late_seen", "proof_fetch_id", "proof_seen_at"),
    "meta_loads": ("digest",),  # of fetches with their times
}
# A source whose crawl had ended before the kill is crawled twice: its second crawl finds everything unchanged.
FETCHES = """
    SELECT source, url, outcome, reason, role, sha256, status FROM raw_fetches WHERE outcome = 'kept'
    UNION ALL SELECT DISTINCT source, url, outcome, reason, role, sha256, status FROM raw_fetches
    WHERE outcome NOT IN ('kept', 'unchanged')"""
CRAWLS = """
    SELECT source, sum("new"), sum(changed), list(DISTINCT (state, complete, lists, links, found, reports, rejected,
           failed, blocked, "left", issues)) FROM raw_crawls GROUP BY source"""


class Command:
    """A `nianbao` command under way, in a process group of its own as a terminal gives it."""

    def __init__(self, name: str, data: Path, **settings: object) -> None:
        given = {f"NIANBAO_{key.upper()}": str(value) for key, value in settings.items()}
        self.errors_file = data.with_name(f"{data.name}-{name}.errors")
        self.data = data
        with self.errors_file.open("w") as errors:
            self.process = subprocess.Popen(
                [*NIANBAO, name],
                env=os.environ | {"NIANBAO_DATA": str(data), "NIANBAO_CHUNK_DOCUMENTS": "5"} | given,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def wait(self) -> int:
        try:
            return self.process.wait(_WAIT_SECONDS)
        finally:
            self.kill()

    def kill(self, *, whole_group: bool = True) -> None:
        """As `kill -9` does; a crawling child is in no group but its own."""
        if self.is_running:
            (os.killpg if whole_group else os.kill)(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def interrupt(self) -> None:
        """As Ctrl-C does: every process of the group gets it."""
        os.killpg(self.process.pid, signal.SIGINT)

    def child(self) -> int:
        """The process that crawls."""
        return next(pid for pid in processes_of(self.data) if b"pipeline.crawl" in _read(f"/proc/{pid}/cmdline"))

    def errors(self) -> str:
        return self.errors_file.read_text()


def run_both(data: Path, **settings: object) -> None:
    """A crawl and a run that nothing disturbs."""
    for name in ("crawl", "run"):
        command = Command(name, data, **settings)
        assert command.wait() == 0, command.errors()


def wait_until(condition, command: Command) -> float:
    """Wait until it holds, while the command is under way -> the moment, by the monotonic clock."""
    while not condition():
        assert command.is_running, f"the command ended too early: {command.errors()}"
        time.sleep(0.001)
    return time.monotonic()


def has_begun(data: Path, phase: str):
    """Whether the unfinished files of a phase of `run` are there."""
    pattern = {"parse": "lake/.*.staged", "load": ".warehouse.duckdb.partial"}[phase]
    return lambda: any(data.glob(pattern))


def processes_of(data: Path) -> list[int]:
    """Processes that work on a data folder, on Linux."""
    wanted = f"NIANBAO_DATA={data}\0".encode()
    return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/environ") if wanted in _read(path)]


def _read(path) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""  # it ended, or is another user's


def assert_nothing_runs(data: Path, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while left := processes_of(data):
        assert time.monotonic() < end, f"processes {left} outlive their parent"
        time.sleep(0.02)


def leftovers(data: Path) -> list[str]:
    """What only a run under way may have: all hidden files but the locks."""
    return sorted(str(p.relative_to(data)) for p in data.rglob(".*") if not p.name.endswith(".lock"))


def export(data: Path, folder: Path) -> dict[str, bytes]:
    """Every table as the bytes of a CSV file, without the columns of WHEN; of fetches and crawls what must agree."""
    folder.mkdir()
    found = {}
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as connection:
        for table in TABLES:
            names = [f'"{c.name}"' for c in table.columns if c.name not in WHEN.get(table.name, ())]
            sql = {"raw_fetches": FETCHES, "raw_crawls": CRAWLS}.get(
                table.name, f"SELECT {', '.join(names)} FROM {table.name}"
            )
            path = folder / f"{table.name}.csv"
            connection.execute(f"COPY (SELECT * FROM ({sql}) ORDER BY ALL) TO '{path}' (HEADER)")
            found[table.name] = path.read_bytes()
    return found


def differences(whole: dict[str, bytes], found: dict[str, bytes]) -> dict[str, dict[str, list[str]]]:
    """Lines of each table that only one of two exports has."""
    lines = {
        name: (Counter(whole[name].decode().splitlines()), Counter(found[name].decode().splitlines()))
        for name in whole
        if whole[name] != found[name]
    }
    return {
        name: {"lacks": list((a - b).elements())[:3], "has": list((b - a).elements())[:3]}
        for name, (a, b) in lines.items()
    }


def requests(simulator) -> int:
    """How many requests all sites got."""
    return sum(len(site.requests) for site in simulator.sites.values())


class Sent(NamedTuple):
    """A document's whole body that a site sent."""

    site: str
    at: float
    path: str


def documents(site) -> set[str]:
    """Paths of the documents that a right crawl of a site fetches."""
    return {d.url.removeprefix(site.base) for d in site.documents}


def documents_sent(simulator) -> list[Sent]:
    """Lists are another matter: a second crawl has to ask for them, and some servers date none."""
    found = []
    for name, site in simulator.sites.items():
        wanted = documents(site)
        found += [Sent(name, s.at, s.path) for s in site.requests if s.status == 200 and s.path in wanted]
    return found


def sent_again(sent: list[Sent]) -> list[tuple[str, str]]:
    """Site and path of documents sent more than once, as often as that."""
    counts = Counter((s.site, s.path) for s in sent)
    return [address for address, count in counts.items() for _ in range(count - 1)]
