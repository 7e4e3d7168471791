"""What restoring a document changed, in terms of its reports: whose it is, where it stands, what was printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from parsers.models import Block, Document, Grid, Observation, Paragraph, Restoration, Section, Where
from parsers.values import clean_raw

__all__ = ["as_found", "placed", "restorations_of"]


def restorations_of(document: Document, parts: Sequence[Sequence[Block]]) -> list[tuple[Restoration, ...]]:
    """The document's restorations by the report they stand in; what stands in none belongs to the first."""
    owners = {where: n for n, part in enumerate(parts) for where in _places(part)} if document.restorations else {}
    return [tuple(r for r in document.restorations if owners.get(r.where, 0) == n) for n in range(len(parts))]


def _places(blocks: Sequence[Block]) -> Iterator[Where]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block.where
        else:
            yield from (cell.where for row in block.rows for cell in row)


def placed(restorations: Sequence[Restoration], sections: Sequence[Section]) -> tuple[Restoration, ...]:
    """Restorations with their section and the place in its raw text; a heading's and a cell's have no such place."""
    if not restorations:
        return ()
    ordinals = {where: n for n, section in enumerate(sections) for where in _places(section.blocks)}
    starts = {paragraph.where: start for section in sections for start, paragraph in section.starts()}
    return tuple(_placed(r, sections, ordinals.get(r.where), starts.get(r.where)) for r in restorations)


def _placed(r: Restoration, sections: Sequence[Section], ordinal: int | None, start: int | None) -> Restoration:
    return replace(
        r,
        section=None if ordinal is None else sections[ordinal].code,
        section_ordinal=ordinal,
        start=None if start is None or r.start is None else start + r.start,
    )


def as_found(observations: Sequence[Observation], blocks: Sequence[Block]) -> tuple[Observation, ...]:
    """Observations whose `raw` is what their cell printed before it was mended; they carry the flag ``restored``."""
    cells = (cell for b in blocks if isinstance(b, Grid) for row in b.rows for cell in row if cell.raw is not None)
    printed = {(cell.where, clean_raw(cell.text)): clean_raw(cell.raw or "") for cell in cells}
    return tuple(
        o._replace(raw=printed[o.where, o.raw], flags=(*o.flags, "restored")) if (o.where, o.raw) in printed else o
        for o in observations
    )
