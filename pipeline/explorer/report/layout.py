"""A table of a form in, its lines as the notice prints them out: nested headings, banners, corner, a box a cell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import lcm
from typing import Literal

from parsers.forms import Block, Node, Table, load_forms

__all__ = ["Box", "Line", "is_list", "lay_out"]


@dataclass(frozen=True, slots=True)
class Box:
    """One box of a printed table: words, or the place of a value with its `row` and `column` codes.

    `depth` is how far a label of a list is moved in.
    """

    kind: Literal["banner", "corner", "head", "label", "cell"]
    text: str = ""
    rowspan: int = 1
    colspan: int = 1
    row: str | None = None
    column: str | None = None
    depth: int = 0


Line = tuple[Box, ...]


def is_list(table: Table) -> bool:
    """Whether a table has one value column: it is printed as a long list."""
    return len(table.blocks) == 1 and sum(1 for _ in table.blocks[0].coded_columns()) == 1


@lru_cache(maxsize=32)
def lay_out(form: str, code: str) -> tuple[Line, ...]:
    """The lines of a form's table. Raises KeyError when the form has no such table.

    >>> [[(b.text or f"{b.row}.{b.column}", b.colspan) for b in line] for line in lay_out("2021", "proactive")][3:6]
    [[('行政规范性文件', 1), ('normative_documents.issued', 1), ('normative_documents.repealed', 1), \
('normative_documents.in_force', 1)], [('第二十条第（五）项', 4)], [('信息内容', 1), ('本年处理决定数量', 3)]]
    """
    table = next((t for f in load_forms() if f.code == form for t in f.tables if t.code == code), None)
    if table is None:
        raise KeyError(f"form {form} has no table {code}")
    if is_list(table):
        return tuple(_list_lines(table.blocks[0]))
    if table.rows_in_header:
        return tuple(line for block in table.blocks for line in _turned_lines(block))
    return tuple(_crossed_lines(table))


def _list_lines(block: Block) -> Iterator[Line]:
    column = next(str(node.code) for node, _ in block.coded_columns())
    for top in block.rows:
        for node, above in top.walk():
            label = Box("label", node.label, depth=len(above))
            yield (label, Box("cell", row=node.code, column=column)) if node.code else (label,)


def _turned_lines(block: Block) -> Iterator[Line]:
    """Rows over their columns: all values stand on one line."""
    columns = [(str(node.code), node.label) for node, _ in block.coded_columns()]
    rows = list(block.coded_rows())
    depth = _depth(block.rows)
    for level in range(depth + 1):
        boxes: list[Box] = []
        for top in block.rows:
            for node, above in top.walk():
                if len(above) == level:
                    boxes.append(Box("head", node.label, colspan=_leaves(node) * len(columns)))
                elif len(above) == level - 1 and node.code:
                    boxes += (Box("head", label, rowspan=depth - level + 1) for _, label in columns)
        yield tuple(boxes)
    yield tuple(Box("cell", row=node.code, column=column) for node, _ in rows for column, _ in columns)


def _crossed_lines(table: Table) -> Iterator[Line]:
    """Row labels at the left, column labels on top, once for each block; the columns of a block share one width."""
    labels = max(_depth(block.rows) for block in table.blocks)
    width = lcm(*(sum(1 for _ in block.coded_columns()) for block in table.blocks))
    for block in table.blocks:
        if block.banner:
            yield (Box("banner", block.banner, colspan=labels + width),)
        columns = [str(node.code) for node, _ in block.coded_columns()]
        spans = dict.fromkeys(columns, width // len(columns))
        yield from _head_lines(block.columns, spans, Box("corner", "".join(table.corner[:1]), colspan=labels))
        for found, node in _labelled(block.rows, labels):
            yield (*found, *(Box("cell", row=node.code, column=c, colspan=spans[c]) for c in columns))


def _head_lines(columns: Sequence[Node], spans: dict[str, int], corner: Box) -> Iterator[Line]:
    depth = _depth(columns)
    for level in range(depth):
        boxes = [Box("corner", corner.text, depth, corner.colspan)] if level == 0 else []
        for top in columns:
            for node, above in top.walk():
                if len(above) == level:
                    width = sum(spans[str(n.code)] for n, _ in node.walk() if n.code)
                    boxes.append(Box("head", node.label, 1 if node.children else depth - level, width))
        yield tuple(boxes)


def _labelled(nodes: Sequence[Node], left: int) -> Iterator[tuple[Line, Node]]:
    """Each row with the labels that are printed at its left; a heading stands beside all of its rows."""
    for node in nodes:
        if node.code:
            yield (Box("label", node.label, colspan=left),), node
        heading: Line = () if node.code else (Box("label", node.label, rowspan=_leaves(node)),)
        for labels, row in _labelled(node.children, left - len(heading)):
            yield (*heading, *labels), row
            heading = ()


def _leaves(node: Node) -> int:
    return sum(1 for n, _ in node.walk() if n.code)


def _depth(nodes: Sequence[Node]) -> int:
    return max(len(above) + 1 for top in nodes for _, above in top.walk())
