"""Ruled lines of a PDF page -> tables as groups of cell boxes.

The geometry is pdfplumber's; added is what drawn tables lack: borders left open at the
sides, and positions that differ by less than anybody sees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from pdfplumber.table import cells_to_tables, edges_to_intersections, intersections_to_cells, merge_edges, snap_edges

__all__ = ["Box", "ruled_tables"]

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in points from the page's upper left corner."""

_Edge = dict[str, Any]
_TOLERANCE = 3.0  # points between two strokes of one ruling


def ruled_tables(edges: Iterable[_Edge]) -> list[list[Box]]:
    """The edges of a page's lines and rectangles -> its tables, each as the boxes of its cells."""
    strokes = [stroke for edge in edges if (stroke := _stroke(edge)) is not None]
    # Snapping leaves differences in the last digit that would part one ruling from itself.
    snapped = [_rounded(edge) for edge in snap_edges(strokes, _TOLERANCE, _TOLERANCE)]
    merged = merge_edges(snapped, 0, 0, _TOLERANCE, _TOLERANCE)
    rulings = [edge for edge in merged if _length(edge) >= _TOLERANCE]
    rulings += [side for group in _connected(rulings) for side in _open_sides(group)]
    cells = intersections_to_cells(edges_to_intersections(rulings, _TOLERANCE, _TOLERANCE))
    return [list(cells) for cells in cells_to_tables(cells)]


def _stroke(edge: _Edge) -> _Edge | None:
    """An edge as it runs, across or down, whatever its last digits say; None for slanted ones and dots."""
    wide, high = edge["x1"] - edge["x0"], edge["bottom"] - edge["top"]
    if min(wide, high) > _TOLERANCE or max(wide, high) < 1:
        return None
    return {**edge, "orientation": "h" if wide >= high else "v"}


def _length(edge: _Edge) -> float:
    length: float = edge["x1"] - edge["x0"] if edge["orientation"] == "h" else edge["bottom"] - edge["top"]
    return length


def _rounded(edge: _Edge) -> _Edge:
    return {**edge, **{side: round(edge[side], 1) for side in ("x0", "x1", "top", "bottom")}}


def _connected(rulings: Sequence[_Edge]) -> list[list[_Edge]]:
    """Rulings grouped with all that they cross or touch, one group a drawn table."""
    groups: list[list[_Edge]] = []
    for ruling in rulings:
        touching = [group for group in groups if any(_touch(ruling, other) for other in group)]
        groups = [group for group in groups if group not in touching]
        groups.append([ruling, *chain.from_iterable(touching)])
    return groups


def _touch(one: _Edge, other: _Edge) -> bool:
    return bool(
        one["orientation"] != other["orientation"]
        and one["x0"] <= other["x1"] + _TOLERANCE
        and other["x0"] <= one["x1"] + _TOLERANCE
        and one["top"] <= other["bottom"] + _TOLERANCE
        and other["top"] <= one["bottom"] + _TOLERANCE
    )


def _open_sides(group: Sequence[_Edge]) -> Iterator[_Edge]:
    """The outer borders of a table along which nothing is drawn."""
    x0, x1 = min(edge["x0"] for edge in group), max(edge["x1"] for edge in group)
    top, bottom = min(edge["top"] for edge in group), max(edge["bottom"] for edge in group)
    if {edge["orientation"] for edge in group} != {"h", "v"}:
        return
    for x in (x0, x1):
        if not any(edge["orientation"] == "v" and abs(edge["x0"] - x) <= _TOLERANCE for edge in group):
            yield {"x0": x, "x1": x, "top": top, "bottom": bottom, "orientation": "v"}
    for y in (top, bottom):
        if not any(edge["orientation"] == "h" and abs(edge["top"] - y) <= _TOLERANCE for edge in group):
            yield {"x0": x0, "x1": x1, "top": y, "bottom": y, "orientation": "h"}
