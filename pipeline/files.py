"""Files and folders of this machine in, documents in the archive out; what cannot be taken is told."""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from parsers.readers import MAX_BYTES
from pipeline.archive import Archive, local_url

__all__ = ["Added", "add_files", "inbox_sources", "inbox_state", "source_named_after"]

_WARC = re.compile(r"\.warc(\.gz)?$", re.IGNORECASE)


@dataclass
class Added:
    """How many documents were added and already there, and a line for each file left out."""

    added: int = 0
    known: int = 0
    problems: list[str] = field(default_factory=list)


def add_files(archive: Archive, source: str, paths: Sequence[Path]) -> Added:
    """Put files, and all that is not hidden in folders, into a source; WARC files as they are."""
    done = Added()
    files = list(_files(paths, done.problems))
    for _, file in files:
        if _WARC.search(file.name) and _is_file(file, done.problems):
            try:
                records, is_new = archive.put_warc(source, file)
            except OSError as error:
                done.problems.append(_line(file, error))
                continue
            documents = sum(r.is_document for r in records)
            done.added += documents * is_new
            done.known += documents * (not is_new)
    plain = [item for item in files if not _WARC.search(item[1].name)]
    if plain:
        written, known = archive.put(source, _documents(plain, done.problems))
        done.added += len(written)
        done.known += known
    return done


def source_named_after(path: Path) -> str:
    """The name of a source for what one path holds; it may be no name, of a path without any letter.

    >>> source_named_after(Path("crawls/CC-MAIN-2024.warc.gz")), source_named_after(Path("My Reports"))
    ('cc-main-2024', 'my-reports')
    """
    stem = re.sub(r"\.[a-z0-9]{1,5}(\.gz)?$", "", path.absolute().name.lower())
    return re.sub(r"[^a-z0-9_-]+", "-", stem).strip("-_")[:61]


def inbox_sources(inbox: Path) -> list[str]:
    """Names of the folders of the inbox that hold anything, sorted."""
    if not inbox.is_dir():
        return []
    return sorted(
        p.name for p in inbox.iterdir() if p.is_dir() and any(not f.name.startswith(".") for f in p.iterdir())
    )


def inbox_state(inbox: Path) -> list[tuple[str, str, int, int]]:
    """What lies in the inbox: source, path, bytes and time of change of every file."""
    found = []
    for source in inbox_sources(inbox):
        for _, file in _files([inbox / source], []):
            with suppress(OSError):
                known = file.stat()
                found.append((source, str(file.relative_to(inbox)), known.st_size, known.st_mtime_ns))
    return found


def _documents(files: Sequence[tuple[Path, Path]], problems: list[str]) -> Iterator[tuple[str, bytes]]:
    for base, file in files:
        try:
            if not _is_file(file, problems):
                continue
            if (size := file.stat().st_size) > MAX_BYTES:
                problems.append(f"{file}: too_large: {size:,} bytes; at most {MAX_BYTES:,} are kept")
            else:
                yield local_url(file.relative_to(base).as_posix()), file.read_bytes()
        except OSError as error:
            problems.append(_line(file, error))


def _is_file(file: Path, problems: list[str]) -> bool:
    try:
        if stat.S_ISREG(file.stat().st_mode):
            return True
        problems.append(f"{file}: neither a file nor a folder")  # to read a pipe is to wait for ever
    except OSError as error:
        problems.append(_line(file, error))
    return False


def _line(file: Path, error: OSError) -> str:
    if error.strerror is None:
        return str(error)
    return f"{file}: {'no such file or folder' if isinstance(error, FileNotFoundError) else error.strerror}"


def _files(paths: Sequence[Path], problems: list[str]) -> Iterator[tuple[Path, Path]]:
    """(folder that was named, file in it) for what was named and all that is not hidden below it."""
    for path in paths:
        if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where a name is too long
            yield path.parent, path
            continue
        for folder, below, names in os.walk(path, onerror=lambda e: problems.append(f"{e.filename}: {e.strerror}")):
            below[:] = sorted(name for name in below if not name.startswith("."))
            yield from ((path, Path(folder, name)) for name in sorted(names) if not name.startswith("."))
