"""An archived Word document and what is looked for in it in, its paragraphs and tables out as HTML."""

from collections.abc import Iterator, Mapping, Sequence

from parsers.models import Cell, Grid
from parsers.readers.word import read
from pipeline.explorer.frame.marks import (
    Link,
    Mark,
    Observed,
    Token,
    Wanted,
    Words,
    anchors,
    figures,
    open_link,
    render,
)
from pipeline.explorer.frame.quotes import mark_quotes

__all__ = ["show_word"]


def show_word(content: bytes, wanted: Wanted, link: Link) -> str:
    """The body of a page for the frame. Raises parsers.errors.Unreadable for what is no Word document."""
    cells = wanted.by_cell()
    lines: dict[int, list[Observed]] = {}
    for observed in wanted.observed:
        if observed.cell is None and (paragraph := observed.where.get("paragraph")) is not None:
            lines.setdefault(paragraph, []).append(observed)
    tokens: list[Token] = []
    for block in read(content).blocks:
        if isinstance(block, Grid):
            tokens += _table(block, cells, link)
            continue
        tag, closing = ('<div class="p">', "</div>") if block.kind != "heading" else ("<h2>", "</h2>")
        words = Words(block.text)
        words.marks += figures(block.text, lines.get(block.where.paragraph or 0, ()))
        tokens += [tag, words, closing]
    mark_quotes(tokens, wanted)
    return render(tokens, link)


def _table(grid: Grid, marks: Mapping[tuple[int, int, int], Sequence[Mark]], link: Link) -> Iterator[Token]:
    yield '<div class="scroll"><table><tbody>'
    for row in grid.rows:
        yield "<tr>"
        for cell in row:
            where = cell.where
            yield from _cell(cell, marks.get((where.table or 0, where.row or 0, where.column or 0), ()), link)
        yield "</tr>"
    yield "</tbody></table></div>"


def _cell(cell: Cell, marks: Sequence[Mark], link: Link) -> Iterator[Token]:
    named = f' id="{marks[0].anchor}" class="cell"' if marks else ""
    spans = "".join(f' {n}="{span}"' for n, span in (("colspan", cell.colspan), ("rowspan", cell.rowspan)) if span > 1)
    yield f"<td{named}{spans}>"
    if marks:
        yield open_link(marks, link) + anchors(marks[1:])
    for n, line in enumerate(cell.text.split("\n")):
        yield from ("<br>", Words(line, prose=False)) if n else (Words(line, prose=False),)
    yield f"{'</a>' if marks else ''}</td>"
