"""The stores of one data folder together, and the work of bringing one source up to date."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.archive import Archive, Record
from pipeline.guards import Guard, check_staged
from pipeline.lake import Lake, Manifest
from pipeline.settings import Settings
from pipeline.warehouse import Warehouse

__all__ = ["SourceResult", "Workspace"]


@dataclass(frozen=True, slots=True)
class SourceResult:
    """What became of one source: `state` is ``new``, ``unchanged`` or ``failed``."""

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
    accept_fall: bool = False

    @property
    def archive(self) -> Archive:
        return Archive(self.settings.archive)

    @property
    def lake(self) -> Lake:
        return Lake(self.settings.lake)

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.settings.warehouse, lock_seconds=self.settings.lock_seconds)

    def stage_source(self, source: str) -> SourceResult:
        """Parse what is new of a source and, if the guards pass, make it the lake's state."""
        records = self.archive.records(source)
        lake = self.lake
        if lake.is_fresh(source, records):
            return SourceResult(source, "unchanged", lake.manifest(source))
        with lake.staging(source) as folder:
            current = lake.manifest(source)
            staged = lake.stage(
                folder,
                self.archive,
                source,
                records,
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
