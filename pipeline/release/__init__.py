"""The published dataset: a folder of files made from a warehouse, and what holds it to its sources."""

from pipeline.release.folder import ReleaseError
from pipeline.release.making import Release, make_release

__all__ = ["Release", "ReleaseError", "make_release"]
