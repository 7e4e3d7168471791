"""Header rows in, the columns they name out.

Where the source tells positions, a column is what stands above it. Where an extractor
dropped the spans, the header's words are put back into the form's tree in reading order:
a word belongs to the first heading over it that has no such word yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

from parsers.grids import Row, Slot
from parsers.lookups import Axis, Label, Lexicon, Match, fold

__all__ = ["Column", "Path", "columns_by_order", "columns_by_place", "match_in", "path_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A chain of labels, outermost first, and what it means in one table.

    `row` and `column` are the labels whose codes it names, `heading` a label over several
    rows; `crossed` tells that row and column are named by different labels. `closest` tells
    that a label was matched despite a slip; `unknown` holds the words that no label of the
    form fits.
    """

    texts: tuple[str, ...] = ()
    row: Label | None = None
    column: Label | None = None
    heading: Label | None = None
    closest: bool = False
    unknown: tuple[str, ...] = ()
    ambiguous: bool = False
    crossed: bool = False

    @property
    def text(self) -> str:
        """The innermost label as printed."""
        return self.texts[-1] if self.texts else ""

    @property
    def is_known(self) -> bool:
        return (self.row or self.column or self.heading) is not None


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column of a table: where it stands (if known) and what its labels say.

    `role` is ``value``, ``unknown`` (a value column that no code fits), ``unit``, ``skip``
    (numbering, remarks) or ``corner`` (the head of the row labels). `certain` is False
    where the header's words could be put together in another way; `turned` is True where
    the whole header names rows of the form, so that its columns stand at the left. `free`
    marks a value column that the form does not name: `scope` and `basis` say what is in it.
    """

    path: Path
    x0: int = -1
    x1: int = -1
    role: str = "value"
    free: bool = False
    scope: str | None = None
    basis: str = "year"
    certain: bool = True
    turned: bool = False

    @property
    def holds_values(self) -> bool:
        return self.role in ("value", "unknown")


@lru_cache(maxsize=4096)
def match_in(text: str, table: str, lexicon: Lexicon) -> Match:
    """The meanings of a label in one table, the closest wording included."""
    match = lexicon.match(text)
    labels = tuple(label for label in match.labels if label.table == table)
    return Match(labels, match.ordinal) if labels else lexicon.closest(text, table, None)


def path_of(
    texts: Iterable[str], table: str, lexicon: Lexicon, trail: Sequence[str] = (), *, all_headings: bool = False
) -> Path:
    """Label texts from the outermost heading inwards -> what they mean together.

    `trail` are the words of the row labels read before, latest last: they tell apart what
    is printed alike under different headings. With `all_headings` the innermost text is a
    heading too, whose own rows have lost their label.
    """
    printed = tuple(part for text in texts for part in lexicon.parts_of(text))
    path = _path(printed, table, lexicon, (), all_headings)
    return _path(printed, table, lexicon, tuple(trail), all_headings) if path.ambiguous and trail else path


@lru_cache(maxsize=4096)
def _path(texts: tuple[str, ...], table: str, lexicon: Lexicon, trail: tuple[str, ...], all_headings: bool) -> Path:
    row = column = heading = None
    closest = ambiguous = crossed = False
    unknown: list[str] = []
    above: dict[Axis, list[str]] = {"row": [], "column": []}
    for position, text in enumerate(texts, 1):
        match = match_in(text, table, lexicon)
        rows = _fitting(match, "row", above["row"], trail)
        columns = _fitting(match, "column", above["column"], ())
        if not rows and not columns:
            if lexicon.role(text) in (None, "uncoded"):
                unknown.append(text)
                row = column = None
            continue
        if rows:
            # （六）其他处理 is a row in one form and a heading in the next: innermost, it is the row.
            innermost = position == len(texts) and not all_headings
            rows = [label for label in rows if bool(label.code) == innermost] or rows
            above["row"].append(rows[0].words)
            row = rows[0] if rows[0].code and len(rows) == 1 else None
            heading = rows[0] if rows[0].code is None else heading
            ambiguous = len(rows) > 1
            if ambiguous:
                unknown.append(text)
        if columns:
            above["column"].append(columns[0].words)
            column = columns[0] if columns[0].code else column
        crossed = crossed or (row is not None and column is not None and not (rows and columns))
        # A slip in a heading over a label that is itself exact leaves no doubt.
        closest = match.closest and (row is not None or column is not None)
    return Path(texts, row, column, heading, closest, tuple(unknown), ambiguous, crossed)


def _fitting(match: Match, axis: Axis, above: Sequence[str], trail: Sequence[str]) -> list[Label]:
    """The meanings on one axis that the printed headings allow; the best ones only.

    A heading over the label that the form does not put there excludes a meaning, unless
    the label's ordinal is the form's and no other row's: 合计 inside （三）不予公开 is not
    （七）总计, but （七）总计 is, also when a span above reaches too far. 1. 2. 3. begin
    anew under every heading and tell only where the words mean nothing else.
    """
    alike = [label for label in match.labels if label.axis == axis and label.ordinal == match.ordinal]
    telling = len(alike) == 1 and (len(match.labels) == 1 or not str(match.ordinal).isdecimal())
    best: list[Label] = []
    best_score = (False, -2, False)
    for label in match.labels:
        if label.axis != axis:
            continue
        same_ordinal = match.ordinal is not None and match.ordinal == label.ordinal
        fits = all(words in label.above for words in above)
        if not fits and not (same_ordinal and telling):
            continue
        nearest = max((i for i, words in enumerate(trail) if words in label.above), default=-1)
        score = (fits, nearest, same_ordinal)
        if score > best_score:
            best, best_score = [label], score
        elif score == best_score:
            best.append(label)
    return best


@lru_cache(maxsize=1024)
def columns_by_place(rows: tuple[Row, ...], table: str, lexicon: Lexicon) -> tuple[Column, ...] | None:
    """Columns where each printed label's position is believed; None when it cannot be.

    Positions are wrong when a label stands under a heading that the form does not put
    over it: then an extractor has moved the cells.
    """
    packed = any(row.layout == "rows" for row in rows)
    printed = [_printed(row, lambda text: packed or _spans_others(text, table, lexicon)) for row in rows]
    headings = {fold(slot.text)[1] for slots in printed for slot in slots}
    columns: list[Column] = []
    for depth, slots in enumerate(printed):
        below = [slot for later in printed[depth + 1 :] for slot in later]
        for slot in slots:
            if any(_stands_under(lower, slot, packed) for lower in below):
                continue
            texts = [s.text for upper in printed[:depth] for s in upper if s.x0 <= slot.x0 < s.x1]
            column = _column((*texts, slot.text), table, lexicon, slot.x0, slot.x0 + 1 if packed else slot.x1)
            if column.role == "unknown" and _contradicts(slot.text, table, lexicon, packed):
                return None
            if _lacks_heading(column.path, texts, headings):
                return None
            columns.append(column)
    columns.sort(key=lambda c: c.x0)
    if packed and _shows_headings(columns, lexicon.has_rows_in_header(table)):
        return None
    if any(left.x1 > right.x0 for left, right in pairwise(columns)):
        return None
    columns = _told_apart(columns, table, lexicon)
    certain = packed or not _has_holes(rows)
    return tuple(columns if certain else (replace(column, certain=False) for column in columns))


def _has_holes(rows: Sequence[Row]) -> bool:
    """Whether a place of the header has no cell at all: a label is gone and the others have moved."""
    end = max(row.end for row in rows if row.grid == rows[-1].grid)
    for row in rows:
        reached = 0
        for slot in row.slots:
            if slot.x0 > reached:
                return True
            reached = max(reached, slot.x1)
        if row.grid == rows[-1].grid and reached < end:
            return True
    return False


def _contradicts(text: str, table: str, lexicon: Lexicon, packed: bool) -> bool:
    """Whether a label of the form stands where the form does not have it.

    A total does so honestly: a subtotal column under a heading is headed like the total.
    """
    labels = match_in(text, table, lexicon).labels
    return any(packed or label.code not in (None, "total") for label in labels)


def _lacks_heading(path: Path, texts: Sequence[str], printed: set[str]) -> bool:
    """Whether a heading that the form puts over a label is printed, but not over it."""
    over = {fold(text)[1] for text in texts}
    labels = (label for label in (path.row, path.column) if label is not None)
    return any(words in printed and words not in over for label in labels for words in label.above)


def _shows_headings(columns: Sequence[Column], rows_in_header: bool) -> bool:
    """Whether headings stand among the columns: then the header's levels lie side by side."""
    paths = [c.path for c in columns if c.role == "value" and not c.free]
    if any(p.heading and not (p.row or p.column) for p in paths):
        return True
    return rows_in_header and len({(p.row is None, p.column is None) for p in paths}) > 1


def _printed(row: Row, extends: Callable[[str], bool]) -> list[Slot]:
    """The labels of a header row; one that `extends` reaches to the next printed label.

    A span may have come as a label and empty cells after it.
    """
    slots = [slot for slot in row.slots if slot.own and slot.text]
    ends = [slot.x0 for slot in row.slots if slot.text] + [row.end]
    return [
        slot._replace(x1=min(end for end in ends if end > slot.x0)) if extends(slot.text) else slot for slot in slots
    ]


def _spans_others(text: str, table: str, lexicon: Lexicon) -> bool:
    """Whether a header label stands over others in the form: a heading, or a row of table four."""
    labels = lexicon.match(text).labels
    over_rows = lexicon.has_rows_in_header(table)
    return any(x.table == table and (x.code is None or (over_rows and x.axis == "row")) for x in labels)


def _stands_under(lower: Slot, upper: Slot, packed: bool) -> bool:
    return lower.x0 == upper.x0 if packed else lower.x0 < upper.x1 and upper.x0 < lower.x1


@lru_cache(maxsize=4096)
def _column(texts: tuple[str, ...], table: str, lexicon: Lexicon, x0: int = -1, x1: int = -1) -> Column:
    """The labels over one column, outermost first -> Column."""
    text = texts[-1]
    role = lexicon.role(text)
    if lexicon.has_value_headings(table):
        if role in ("skip", "unit", "corner"):
            return Column(Path(texts), x0, x1, role)
        return _free_column(texts, lexicon, x0, x1)
    path = path_of([t for t in texts if t == text or not lexicon.role(t)], table, lexicon)
    text = path.text
    if _is_row_heading(path) and not lexicon.has_rows_in_header(table):
        return Column(path, x0, x1, "corner")
    if path.is_known and text not in path.unknown:
        return Column(path, x0, x1)
    return Column(path, x0, x1, _ROLES.get(role or "", "unknown"))


_ROLES = {"ignored": "corner", "corner": "corner", "skip": "skip", "unit": "unit"}


def _is_row_heading(path: Path) -> bool:
    """A heading over rows, such as the article of a block, that stands in the header's row."""
    return path.heading is not None and path.heading.axis == "row" and not (path.row or path.column)


def _free_column(texts: tuple[str, ...], lexicon: Lexicon, x0: int, x1: int) -> Column:
    """A value column of the statistical table: each of its headings may say a part."""
    headings = [h for t in texts if (h := lexicon.value_heading(t))]
    coded = bool(headings) and all(h.coded for h in headings)
    scope = next((h.scope for h in reversed(headings) if h.scope), None)
    basis = next((h.basis for h in reversed(headings) if h.basis), "year")
    return Column(Path(texts), x0, x1, "value" if coded else "unknown", True, scope, basis)


def _told_apart(columns: list[Column], table: str, lexicon: Lexicon) -> list[Column]:
    """Roles that only the whole header decides."""
    heads = [i for i, c in enumerate(columns) if c.role in ("corner", "unit")]
    first = next((i for i, c in enumerate(columns) if c.role == "value"), 0)
    if not heads:
        # Free words before the first value column head the row labels.
        columns = [replace(c, role="corner") if i < first and c.role == "unknown" else c for i, c in enumerate(columns)]
    valued = [c for c in columns if c.holds_values]
    if lexicon.has_value_headings(table) and len(valued) == 1 and valued[0].role == "unknown":
        heading = lexicon.value_heading(valued[0].path.text)
        if heading is None:
            # The one value column under the organ's own name, or other words.
            columns = [replace(c, role="value", certain=False) if c is valued[0] else c for c in columns]
    if valued and all(c.path.row for c in valued) and not lexicon.has_rows_in_header(table):
        columns = [replace(c, turned=True) for c in columns]
    return columns


@dataclass(slots=True, eq=False)
class _Branch:
    """A heading put back into the tree while header words are read in order."""

    text: str
    label: Label | None
    parent: _Branch | None = None
    children: list[_Branch] = field(default_factory=list)

    def leaves(self) -> list[_Branch]:
        return [self] if not self.children else [leaf for child in self.children for leaf in child.leaves()]

    def texts(self) -> tuple[str, ...]:
        return (*self.parent.texts(), self.text) if self.parent else ()

    def accepts(self, label: Label) -> bool:
        """Whether the form puts the label right under this heading, and it is not there yet."""
        if any(child.label is not None and child.label.words == label.words for child in self.children):
            return False
        if self.label is None:
            return False
        if self.label.axis == label.axis:
            return bool(label.above) and label.above[-1] == self.label.words
        return self.label.code is not None and not label.above


@lru_cache(maxsize=1024)
def columns_by_order(rows: tuple[Row, ...], table: str, lexicon: Lexicon) -> tuple[Column, ...]:
    """Columns where only the order of the header's words is known."""
    root = _Branch("", None)
    branches: list[_Branch] = []
    free = lexicon.has_value_headings(table)
    over: _Branch | None = None
    worded = 0
    for row in rows:
        in_row: list[_Branch] = []
        for slot in row.slots:
            if not slot.own or not slot.text:
                continue
            labels = _header_labels(slot.text, table, lexicon)
            if not lexicon.has_rows_in_header(table) and labels and all(x.axis == "row" for x in labels):
                continue  # the article of a block, in the row of its header
            known = bool(lexicon.value_heading(slot.text)) if free else bool(labels)
            if not known and (lexicon.role(slot.text) not in (None, "uncoded") or not in_row):
                continue  # the head of the label columns, in the form's words or others
            parent: _Branch = over if free and over else root
            label = None
            if labels and not free:
                parent, label = _place(labels, branches, root)
            elif in_row and not free:
                parent = in_row[-1].parent or root
            branch = _Branch(slot.text, label, parent)
            parent.children.append(branch)
            branches.append(branch)
            in_row.append(branch)
        over = in_row[-1] if in_row else over
        worded += bool(in_row)
    # Without any nesting the order of the words in one row is the order of the columns.
    flat = worded == 1 and all(branch.parent is root for branch in branches)
    certain = free or flat or len({(b.label.axis, b.label.above) for b in root.children if b.label is not None}) <= 1
    columns = [_column(leaf.texts(), table, lexicon) for leaf in root.leaves() if leaf is not root]
    columns = _told_apart(columns, table, lexicon)
    return tuple(columns if certain else (replace(column, certain=False) for column in columns))


def _header_labels(text: str, table: str, lexicon: Lexicon) -> list[Label]:
    """Meanings of a header word: columns first, rows where the header holds rows too."""
    labels = match_in(text, table, lexicon).labels
    return [label for label in labels if label.axis == "column"] or list(labels)


def _place(labels: Sequence[Label], branches: Sequence[_Branch], root: _Branch) -> tuple[_Branch, Label]:
    """The first heading that takes one of the meanings, else the top."""
    for branch in branches:
        for label in labels:
            if branch.accepts(label):
                return branch, label
    return root, labels[0]
