"""A release in, what Datasette says of its tables and columns out."""

from pathlib import Path
from typing import Any

__all__ = ["read_metadata"]


def read_metadata(release: Path) -> dict[str, Any]:
    """Titles, descriptions, facets and example queries, in the shape of Datasette's metadata."""
    return {"title": "nianbao 年报"}
