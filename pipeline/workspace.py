"""The stores of one data folder together, and the work of bringing one source up to date."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

import pyarrow.parquet as pq
from pydantic import ValidationError

from pipeline.archive import Archive, Damage, Record
from pipeline.crawl import CrawlResult, crawl_sources
from pipeline.files import add_files, inbox_sources
from pipeline.guards import Guard, check_staged
from pipeline.lake import Lake, Manifest
from pipeline.locks import Busy
from pipeline.settings import Settings
from pipeline.sources import Source, load_sources
from pipeline.warehouse import SourcesNotLoaded, Warehouse
from pipeline.warehouses import open_warehouse

__all__ = ["SourceResult", "Workspace"]


@dataclass(frozen=True, slots=True)
class SourceResult:
    """What became of one source.

    `state` is ``new``, ``unchanged``, ``loaded`` (only the warehouse lacked it) or ``failed``.
    """

    source: str
    state: str
    manifest: Manifest | None
    guards: tuple[Guard, ...] = ()
    error: str | None = None


@dataclass
class Workspace:
    """Archive, lake and warehouse of one data folder, and how progress is told."""

    settings: Settings
    tell: Callable[[str], None] = print
    on_documents: Callable[[str, int], None] = lambda source, count: None  # noqa: ARG005
    on_result: Callable[["SourceResult"], None] = lambda result: None  # noqa: ARG005
    on_crawl: Callable[[str, int, int], None] = lambda source, found, links: None  # noqa: ARG005
    on_crawled: Callable[[CrawlResult], None] = lambda result: None  # noqa: ARG005
    accept_fall: bool = False

    @cached_property
    def definitions(self) -> dict[str, Source]:
        """The files of sources, by name. Raises BadSource."""
        return load_sources(self.settings.sources)

    def definition(self, source: str, records: Sequence[Record]) -> Source | None:
        """The file of a source; where there is none, what the last crawl in its archive was told."""
        if source in self.definitions:
            return self.definitions[source]
        account = self.archive.last_account(records)
        try:
            return Source.model_validate(account["definition"]) if account else None
        except ValidationError:
            return None  # of a version that wrote it differently

    def known_reports(self, source: str) -> set[tuple[str, int]]:
        """Organ and year of every report of the source that has been read."""
        if self.lake.manifest(source) is None:
            return set()
        columns = ["agency", "year", "status"]
        rows = pq.read_table(self.lake.path(source, "core_reports"), columns=columns, partitioning=None).to_pylist()
        return {(r["agency"], r["year"]) for r in rows if r["status"] != "rejected" and r["agency"] and r["year"]}

    def _known_definitions(self) -> dict[str, Source]:
        archive = self.archive
        found = {name: self.definition(name, archive.records(name)) for name in archive.sources()}
        return {**self.definitions, **{name: source for name, source in found.items() if source is not None}}

    @property
    def archive(self) -> Archive:
        settings = self.settings
        return Archive(settings.archive, lock_seconds=settings.lock_seconds, tell=self.tell, until=settings.as_of)

    @property
    def lake(self) -> Lake:
        return Lake(self.settings.lake, lock_seconds=self.settings.lock_seconds, tell=self.tell)

    @property
    def warehouse(self) -> Warehouse:
        return open_warehouse(self.settings, definitions=self._known_definitions, accept_fall=self.accept_fall)

    def crawl(self, sources: Sequence[str], *, full: bool = False) -> list[CrawlResult]:
        """Crawl sources that have a file, side by side -> what became of each."""
        results = crawl_sources(
            self.settings,
            [self.definitions[name] for name in sources],
            full=full,
            tell=self.tell,
            on_progress=self.on_crawl,
        )
        for result in results:
            self.on_crawled(result)
        return results

    def last_crawls(self) -> dict[str, datetime]:
        """When the last crawl of each source that ended began, UTC."""
        found = {}
        for source in self.archive.sources():
            if account := self.archive.last_account(self.archive.records(source)):
                found[source] = datetime.fromisoformat(account["started_at"])
        return found

    def take_inbox(self, sources: Sequence[str] = ()) -> list[str]:
        """Put what lies in the inbox into the archive -> all sources the archive then has."""
        for source in inbox_sources(self.settings.inbox) if self.settings.as_of is None else ():
            if sources and source not in sources:
                continue
            try:
                done = add_files(self.archive, source, [self.settings.inbox / source])
            except ValueError as error:
                self.tell(f"inbox/{source}: {error}")
                continue
            for problem in done.problems:
                self.tell(problem)
            if done.added:
                self.tell(f"inbox/{source}: {done.added} documents added, {done.known} already there")
        return self.archive.sources()

    def stage_source(self, source: str) -> SourceResult:
        """Parse what is new of a source and, if the guards pass, make it the lake's state."""
        if done := self._settled(source, *self.archive.read_source(source)):
            return done
        try:
            with self.lake.staging(source) as folder:
                # Whoever held the lock before may have done the work, or the archive may have grown.
                records, damages = self.archive.read_source(source)
                return self._settled(source, records, damages) or self._staged(source, folder, records, damages)
        except Busy as error:
            return SourceResult(source, "failed", self.lake.manifest(source), (), str(error))

    def _settled(self, source: str, records: Sequence[Record], damages: Sequence[Damage]) -> SourceResult | None:
        """The result of a source that needs no work, or whose archive lost something."""
        current = self.lake.manifest(source)
        lost = self._lost(source, records, damages)
        if lost and not self.accept_fall:
            return SourceResult(
                source, "failed", current, (), f"{lost}; restore the archive, or take what is left with --accept-fall"
            )
        if self.lake.is_fresh(source, records, self.definition(source, records)):
            return SourceResult(source, "unchanged", current)
        return None

    def _lost(self, source: str, records: Sequence[Record], damages: Sequence[Damage]) -> str:
        """What the archive no longer has, as a sentence; empty when it has all."""
        if damages:
            return "; ".join(map(str, damages))
        missing = self.lake.documents(source) - {r.sha256 for r in records}
        return f"{len(missing):,} documents are gone from the archive" if missing else ""

    def _staged(self, source: str, folder: Path, records: Sequence[Record], damages: Sequence[Damage]) -> SourceResult:
        lake = self.lake
        if lost := self._lost(source, records, damages):
            self.tell(f"{source}: {lost}; what is left is taken")
        current = lake.manifest(source)
        staged = lake.stage(
            folder,
            self.archive,
            source,
            records,
            definition=self.definition(source, records),
            workers=self.settings.workers,
            chunk_documents=self.settings.chunk_documents,
            progress=lambda count: self.on_documents(source, count),
        )
        guards = tuple(check_staged(folder, staged, current))
        failed = [g for g in guards if not g.passed and not (g.name == "fall" and self.accept_fall)]
        if failed:
            reasons = "; ".join(g.message for g in failed)
            return SourceResult(source, "failed", current, guards, f"the new rows were not taken: {reasons}")
        lake.promote(source, folder)
        return SourceResult(source, "new", staged, guards)

    def load(self, results: Sequence[SourceResult]) -> list[SourceResult]:
        """Bring the warehouse up to date -> the results; a source that could not be loaded is ``failed``."""
        to_load = self.sources_to_load(results)
        if not to_load:
            return list(results)
        try:
            self.warehouse.load_sources(self.lake, to_load, self.tell)
        except SourcesNotLoaded as problem:
            for source in problem.reasons.keys() - {r.source for r in results}:
                self.tell(f"{source}: {problem.reasons[source]}")
            return [
                replace(r, state="failed", error="; ".join(filter(None, (r.error, problem.reasons[r.source]))))
                if r.source in problem.reasons
                else r
                for r in results
            ]
        return list(results)

    def sources_to_load(self, results: Sequence[SourceResult]) -> list[str]:
        """Sources whose rows in the warehouse are not those of the lake."""
        digests = self.warehouse.digests()
        return [
            r.source
            for r in results
            if r.manifest is not None and digests.get(f"source {r.source}") != r.manifest.digest
        ]

    def documents(self, source: str) -> list[Record]:
        """The records of a source in the archive."""
        return self.archive.records(source)
