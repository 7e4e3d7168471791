"""Two hashes that say which code and which forms made a row."""

from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import parsers

__all__ = ["forms_version", "parser_version"]

# What these libraries yield for the same bytes may change with their version.
_READER_LIBRARIES = ("jieba", "lxml", "opencc", "pdfplumber", "python-docx", "rapidfuzz", "rjieba")


def _hash(endings: tuple[str, ...], *extra: str) -> str:
    folder = Path(parsers.__file__).parent
    digest = sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in endings):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    for text in extra:
        digest.update(text.encode())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=1)
def parser_version() -> str:
    """Hash of the code that makes rows of bytes and the versions of the libraries it reads with."""
    rows = Path(__file__).with_name("records.py").read_text(encoding="utf-8")
    return _hash((".py",), rows, *(f"{name}={version(name)}" for name in _READER_LIBRARIES))


@lru_cache(maxsize=1)
def forms_version() -> str:
    """Hash of the form files and word lists."""
    return _hash((".yml", ".txt"))
