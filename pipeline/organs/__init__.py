"""Organs as identities: printed names, with where they were found, in; the organ that each means out."""

from hashlib import sha256
from pathlib import Path

from pipeline.organs.directory import Directory
from pipeline.organs.divisions import divisions_version, read_revisions
from pipeline.organs.resolution import Known, KnownOrgan, Mention, Resolution, Resolver
from pipeline.organs.roles import roles_version

__all__ = ["Directory", "Known", "KnownOrgan", "Mention", "Resolution", "Resolver", "organs_version", "read_revisions"]


def organs_version() -> str:
    """Digest of the data on divisions and organs and of the code that reads names by them."""
    code = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return sha256(f"{divisions_version()} {roles_version()} ".encode() + code).hexdigest()[:16]
