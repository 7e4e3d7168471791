"""The folder of a release: written beside its place, checked by SHA256SUMS, put there whole."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from pipeline.archive import sync
from pipeline.locks import locked
from pipeline.release.errors import ReleaseError

__all__ = [
    "CHECKSUMS",
    "NAME",
    "PACKAGE",
    "Faults",
    "check_place",
    "digest_of",
    "find_faults",
    "promote",
    "read_checksums",
    "replacing",
    "write_checksums",
]

CHECKSUMS = "SHA256SUMS"
PACKAGE = "datapackage.json"
NAME = "nianbao"
"""Of the data package: what tells a release from other folders."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How a folder differs from its list of checksums: relative paths."""

    missing: tuple[str, ...]
    changed: tuple[str, ...]
    extra: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.changed or self.extra)

    def __str__(self) -> str:
        named = (("missing", self.missing), ("changed", self.changed), ("not of the release", self.extra))
        return "; ".join(f"{what}: {', '.join(paths)}" for what, paths in named if paths)


def write_checksums(folder: Path) -> dict[str, str]:
    """List every file of a folder with its digest, in the order of their names."""
    found = {path: digest_of(folder / path) for path in _files(folder) if path != CHECKSUMS}
    text = "".join(f"{digest}  {path}\n" for path, digest in found.items())
    (folder / CHECKSUMS).write_text(text, encoding="utf-8", newline="\n")
    return found


def read_checksums(folder: Path) -> dict[str, str]:
    """Digests by path. Raises ReleaseError for a folder that holds no release."""
    try:
        lines = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
        pairs = [line.split("  ", 1) for line in lines]
        return {path: digest for digest, path in pairs}
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{folder}: holds no release: {CHECKSUMS} cannot be read") from error


def find_faults(folder: Path) -> Faults:
    """Every file of a release read again. Raises ReleaseError for a folder that holds none."""
    listed = read_checksums(folder)
    there = set(_files(folder)) - {CHECKSUMS}
    changed = (path for path in listed if path in there and digest_of(folder / path) != listed[path])
    return Faults(
        missing=tuple(sorted(set(listed) - there)),
        changed=tuple(sorted(changed)),
        extra=tuple(sorted(there - set(listed))),
    )


def check_place(folder: Path) -> None:
    """Raises ReleaseError unless a release may take this place: nothing is there, or a release and nothing else."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ReleaseError(f"{folder}: is a file; name a folder")
    there = _files(folder)
    if not there:
        return
    # Others keep checksums in such a file too.
    if CHECKSUMS not in there or not _is_ours(folder):
        raise ReleaseError(f"{folder}: holds files that are no release ({there[0]}, ...); name an empty folder")
    if extra := sorted(set(there) - {CHECKSUMS, *read_checksums(folder)}):
        raise ReleaseError(f"{folder}: holds files that are not of the release: {', '.join(extra)}; move them away")


def _is_ours(folder: Path) -> bool:
    try:
        return bool(json.loads((folder / PACKAGE).read_text(encoding="utf-8"))["name"] == NAME)
    except (OSError, ValueError, KeyError, TypeError):
        return False


@contextmanager
def replacing(folder: Path, *, seconds: float, tell: Callable[[str], None]) -> Iterator[Path]:
    """A folder beside `folder` to write in, to be put in place by `promote`; one writer at a time.

    What a killed writer left is cleared; after a kill between two renames the earlier release is back.
    """
    check_place(folder)
    with locked(_beside(folder, "lock"), "another release", folder, seconds=seconds, tell=tell):
        old, partial = _beside(folder, "old"), _beside(folder, "partial")
        if old.exists() and not folder.exists():
            old.rename(folder)
        for left in (old, partial):
            shutil.rmtree(left, ignore_errors=True)
        check_place(folder)
        partial.mkdir()
        try:
            yield partial
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def promote(partial: Path, folder: Path) -> None:
    """Put a written release in its place; the earlier one is gone only after that."""
    for path in (*(partial / name for name in _files(partial)), *(p for p in partial.iterdir() if p.is_dir()), partial):
        sync(path)
    old = _beside(folder, "old")
    if folder.exists():
        folder.rename(old)
    partial.rename(folder)
    sync(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def _beside(folder: Path, ending: str) -> Path:
    return folder.with_name(f".{folder.name}.{ending}")


def _files(folder: Path) -> list[str]:
    """Every file under a folder, relative, sorted; links are not followed."""
    found = []
    for above, _, names in os.walk(folder):
        found += [(Path(above) / name).relative_to(folder).as_posix() for name in names]
    return sorted(found)


def digest_of(path: Path) -> str:
    """sha256 of a file."""
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
