"""HTML bytes -> Document: paragraphs and tables in reading order, spans kept on the cells.

What a browser would not show (scripts, hidden rows, `display:none`) is left out, unless
nothing else is there. A table that only lays out the page is walked into.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Literal, NamedTuple, TypeVar

from lxml import etree

from parsers.errors import Unreadable
from parsers.grids import MAX_CELLS, RawCell, place_cells
from parsers.models import Block, Document, Grid, Issue, Link, Paragraph, Where
from parsers.readers.charset import decode
from parsers.readers.styles import (
    INLINE,
    STRUCK_TAGS,
    apply_styles,
    is_hidden,
    is_raised,
    is_removed,
    is_row_hidden,
    is_special,
    is_struck,
)

__all__ = ["SKIPPED", "Tree", "field_text", "read", "read_tree"]

SKIPPED = frozenset(
    ["script", "style", "noscript", "template", "select", "button", "iframe", "object", "svg", "head", "title",
     "input", "textarea", "canvas", "map"]
)  # fmt: skip
_ATTACHMENT = re.compile(r"\.(?:pdf|docx?|wps|ofd|xlsx?|et|zip|rar|jpe?g|png)(?:$|[?#&])", re.IGNORECASE)
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_TYPED = frozenset(["text", "number", "tel", ""])
_ROW_GROUPS = frozenset(["thead", "tbody", "tfoot"])
_MOSTLY = 0.6  # a list item may give the date beside its link
_P = TypeVar("_P", bound="_Page")
_DEEPEST = 2000  # libxml2 drops what is nested deeper than 2048 elements


def read(content: bytes) -> Document:
    """HTML bytes -> Document.

    Anything that can be decoded gives one, an empty one at worst; Unreadable is raised only
    for elements nested so deep that the parser has dropped all they hold.
    """
    root, issues = _parsed(content)
    if root is None:
        return Document("text/html", (), issues=issues)
    page, _ = _walked(root, _Page)
    if page.deepest >= _DEEPEST and not page.blocks:
        raise Unreadable("unreadable", f"nothing but elements nested deeper than {_DEEPEST}")
    if page.deepest >= _DEEPEST:
        page.issues.append(Issue("nesting_too_deep", "error", f"elements nested deeper than {_DEEPEST} were not read"))
    return Document(
        "text/html",
        tuple(page.blocks),
        meta=_meta(root),
        links=tuple(page.links),
        issues=(*issues, *page.issues),
    )


class Tree(NamedTuple):
    """A page as it was read: its elements, which of them stands at (table, row, column), the texts of its paragraphs.

    `hidden` is True where all of the page is hidden and was read nevertheless.
    """

    root: etree._Element | None
    cells: dict[tuple[int, int, int], etree._Element]
    paragraphs: tuple[str, ...]
    hidden: bool


def read_tree(content: bytes) -> Tree:
    """HTML bytes -> the elements behind the places that `read` gives, in the same numbers."""
    root, _ = _parsed(content)
    if root is None:
        return Tree(None, {}, (), False)
    page, skip_hidden = _walked(root, _Traced)
    paragraphs = tuple(block.text for block in page.blocks if isinstance(block, Paragraph))
    return Tree(root, page.cells, paragraphs, not skip_hidden)


def _parsed(content: bytes) -> tuple[etree._Element | None, tuple[Issue, ...]]:
    text, issues = decode(content)
    # The declaration inside the text no longer holds: it is characters now.
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(text.encode("utf-8", errors="replace"), parser) if text.strip() else None
    if root is not None:
        apply_styles(root)
    return root, issues


def _walked(root: etree._Element, kind: type[_P]) -> tuple[_P, bool]:
    """A page gathered from its elements, and whether what is hidden was left out."""
    page = kind()
    page.walk(root, skip_hidden=True)
    if page.blocks or not page.hidden:
        return page, True
    page = kind()
    page.walk(root, skip_hidden=False)
    if page.blocks:
        page.issues.append(Issue("hidden_content", "warning", "all text of the page is hidden; it was read"))
    return page, False


class _Page:
    """The blocks of one page, gathered while its elements are walked."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.links: list[Link] = []
        self.issues: list[Issue] = []
        self.hidden = False
        self.deepest = 0
        self._pieces: list[str] = []
        self._links_open = 0
        self._linked = 0
        self._raised = 0
        self._heading = False
        self._paragraphs = 0
        self._tables = 0

    def walk(self, root: etree._Element, *, skip_hidden: bool) -> None:
        walker = etree.iterwalk(root, events=("start", "end"))
        depth = 0
        pieces = self._pieces
        skipped: etree._Element | None = None
        for event, element in walker:
            tag = element.tag
            if event == "end":
                depth -= 1
                if tag not in INLINE:
                    if not (self._heading and tag == "br"):
                        self._flush()
                    if tag in _HEADINGS:
                        self._heading = False
                elif tag == "a":
                    self._links_open -= 1
                elif tag == "sup":
                    self._raised -= 1
                if element.tail:
                    self._add(element.tail)
                if element is skipped:
                    skipped = None
                continue
            depth += 1
            if depth > self.deepest:
                self.deepest = depth
            if tag in SKIPPED or tag in STRUCK_TAGS or (skip_hidden and is_hidden(element)):
                self.hidden = self.hidden or tag not in SKIPPED
                self._links_open += tag == "a"
                self._raised += tag == "sup"
                walker.skip_subtree()
                continue
            if tag in INLINE:
                self._raised += tag == "sup"
            elif self._heading and tag == "br":
                pieces.append(" ")  # a heading over two lines is one
            else:
                self._flush()
                if tag in _HEADINGS:
                    self._heading = True
            if tag == "table":
                self._tables += 1
                if self._read_table(element, skip_hidden):
                    self._tables += len(element.findall(".//table"))
                    walker.skip_subtree()
                    continue
            elif tag == "a":
                self._links_open += 1
                self._link(element)
            if element.text:
                self._add(element.text)
        self._flush()

    def _add(self, text: str) -> None:
        if self._raised:
            text = text.translate(_SUPERSCRIPT)
        self._pieces.append(text)
        if self._links_open:
            self._linked += len(text.strip())

    def _flush(self) -> None:
        if not self._pieces:
            return
        kind: Literal["text", "heading"] = "heading" if self._heading else "text"
        text = " ".join("".join(self._pieces).split())
        is_link = self._linked > _MOSTLY * len(text)
        self._pieces.clear()
        self._linked = 0
        if text:
            self._paragraphs += 1
            where = Where(paragraph=self._paragraphs)
            self.blocks.append(Paragraph(text, where, "link" if is_link and kind == "text" else kind))

    def _link(self, element: etree._Element) -> None:
        href = (element.get("href") or "").strip()
        if _ATTACHMENT.search(href):
            self.links.append(Link(" ".join(_all_text(element).split()), href))

    def _read_table(self, table: etree._Element, skip_hidden: bool) -> bool:
        """Add the table as a grid; False when it only lays out the page."""
        inner = table.findall(".//table")
        if inner and _is_layout(table, inner):
            return False
        number = self._tables
        rows: list[list[RawCell]] = []
        widest = cells = 0
        for y, (tr, own_cells) in enumerate(_rows_of(table, bool(inner)), 1):
            if skip_hidden and tr is not None and is_row_hidden(tr):
                self.hidden = True
                continue
            row = []
            for x, cell in enumerate(own_cells, 1):
                where = Where(None, number, y, x)
                attributes = cell.keys()
                if not attributes:
                    row.append(RawCell(_cell_text(cell, skip_hidden), 1, 1, where))
                    continue
                invisible = False
                if skip_hidden and is_hidden(cell):
                    self.hidden = True
                    if is_removed(cell):
                        continue
                    invisible = True  # its place stays
                down = _span(cell.get("rowspan")) if "rowspan" in attributes else 1
                across = _span(cell.get("colspan")) if "colspan" in attributes else 1
                row.append(RawCell("" if invisible else _cell_text(cell, skip_hidden), down, across, where))
            rows.append(row)
            widest = max(widest, len(row))
            cells += len(row)
        if cells > MAX_CELLS:
            self.issues.append(
                Issue("table_too_large", "error", f"a table of {cells} cells was left out", where=Where(table=number))
            )
            return True
        if widest <= 1:
            return False
        for link in table.iter("a"):
            self._link(link)
        for text in _loose_text(table):
            self._pieces.append(text)
            self._flush()
        self.blocks.append(Grid(place_cells(rows), "spans", Where(table=number)))
        return True


class _Traced(_Page):
    """A page that remembers which element is which cell."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: dict[tuple[int, int, int], etree._Element] = {}

    def _read_table(self, table: etree._Element, skip_hidden: bool) -> bool:
        number = self._tables
        if not super()._read_table(table, skip_hidden):
            return False
        nested = table.find(".//table") is not None
        for y, (_, own_cells) in enumerate(_rows_of(table, nested), 1):
            for x, cell in enumerate(own_cells, 1):
                self.cells[number, y, x] = cell
        return True


def _table_of(element: etree._Element) -> etree._Element | None:
    return next(element.iterancestors("table"), None)


def _all_text(element: etree._Element) -> str:
    return "".join(str(piece) for piece in element.itertext())


def _is_layout(table: etree._Element, inner: list[etree._Element]) -> bool:
    """A table around tables holds data only when most of the cells are its own."""
    inner_cells = sum(1 for nested in inner for _ in nested.iter("td", "th"))
    own_cells = sum(
        1
        for cell in table.iter("td", "th")
        if _table_of(cell) is table and cell.find(".//table") is None and _all_text(cell).strip()
    )
    return inner_cells >= own_cells


def _rows_of(table: etree._Element, nested: bool) -> Iterator[tuple[etree._Element | None, Iterable[etree._Element]]]:
    """The rows of a table with their cells; cells that have lost their row's tag are a row too."""
    groups = [table, *(child for child in table if child.tag in _ROW_GROUPS)]
    if not any(child.tag in ("td", "th") for group in groups for child in group):
        for row in table.iter("tr"):
            if not nested or _table_of(row) is table:
                yield row, _cells_of(row)
        return
    for group in groups:
        for is_cell, children in groupby(group, key=lambda child: child.tag in ("td", "th")):
            if is_cell:
                yield None, list(children)
                continue
            for child in children:
                if child.tag == "tr":
                    yield child, _cells_of(child)


def _loose_text(table: etree._Element) -> Iterator[str]:
    """What a table holds outside its cells: browsers show it above the table."""
    if table.text and table.text.strip():
        yield table.text
    for caption in table.findall("caption"):
        yield _all_text(caption)


def _cells_of(row: etree._Element) -> Iterator[etree._Element]:
    for child in row:
        if child.tag in ("td", "th"):
            yield child
        elif child.tag in ("form", "span", "font", "div", "center"):
            # Unclosed or misplaced elements that editors leave between row and cell.
            yield from _cells_of(child)


def _span(text: str | None) -> int:
    digits = re.match(r"\s*(\d{1,7})", text or "")
    return int(digits[1]) if digits else 1


def _cell_text(cell: etree._Element, skip_hidden: bool) -> str:
    """The cell's text; a break or a new block inside it becomes a line break."""
    # The common cell, one chain of single elements, is read without a walk.
    element = cell
    pieces = []
    while True:
        text = element.text
        if text:
            pieces.append(text)
        children = len(element)
        if not children:
            break
        child = element[0]
        if children > 1 or child.tag not in _SIMPLE or (child.attrib and is_special(child)):
            return _mixed_text(cell, skip_hidden)
        if (child.tail and child.tail.strip()) or (text and child.tag not in INLINE and text.strip()):
            return _mixed_text(cell, skip_hidden)
        element = child
    if len(pieces) == 1 and pieces[0].isalnum():
        return pieces[0]
    return " ".join("".join(pieces).split()) if pieces else ""


_SIMPLE = frozenset(["p", "span", "font", "strong", "b", "div", "center", "u", "em", "i"])


def field_text(field: etree._Element) -> str | None:
    """What a form field shows; None for elements that are none."""
    if field.tag == "input":
        return field.get("value", "") if field.get("type", "text").lower() in _TYPED else None
    if field.tag == "textarea":
        return _all_text(field)
    if field.tag == "select":
        chosen = [option for option in field.iter("option") if "selected" in option.attrib]
        return _all_text(chosen[0]) if chosen else ""
    return None


def _mixed_text(cell: etree._Element, skip_hidden: bool) -> str:
    pieces: list[str] = []
    walker = etree.iterwalk(cell, events=("start", "end"))
    raised: list[etree._Element] = []
    struck: list[str] = []

    def add(text: str | None) -> None:
        if text:
            text = text.replace("\n", " ")
            pieces.append(text.translate(_SUPERSCRIPT) if raised else text)

    for event, element in walker:
        tag = element.tag
        if event == "end":
            if raised and raised[-1] is element:
                raised.pop()
            if element is not cell:
                if tag not in INLINE:
                    pieces.append("\n")
                add(element.tail)
            continue
        if (field := field_text(element)) is not None:
            add(field)
        if tag in SKIPPED or (skip_hidden and element is not cell and is_hidden(element)):
            walker.skip_subtree()
            continue
        if element is not cell and is_struck(element):
            struck.append("".join(_all_text(element).split()))
            walker.skip_subtree()
            continue
        if is_raised(element):
            raised.append(element)
        if tag not in INLINE:
            pieces.append("\n")
        add(element.text)
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    text = "\n".join(line for line in lines if line)
    # What is struck out counts no more; a cell with nothing else is not blank either.
    return text or "".join(f"[{part}]" for part in struck if part)


def _meta(root: etree._Element) -> dict[str, str]:
    meta: dict[str, str] = {}
    title = root.find(".//title")
    if title is not None and (text := " ".join(_all_text(title).split())):
        meta["title"] = text
    for element in root.iter("meta"):
        name = (element.get("name") or element.get("property") or "").strip().lower()
        content = " ".join((element.get("content") or "").split())
        if name and content:
            meta.setdefault(name if name != "title" else "meta:title", content)
    return meta
