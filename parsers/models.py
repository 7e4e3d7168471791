"""The nouns of the parsing room: what readers yield and what a parsed report holds.

Everything here is a plain frozen value. Places (`Where`) are 1-based, as a person counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

__all__ = [
    "NOWHERE",
    "Block",
    "Cell",
    "CellKey",
    "Change",
    "ChangeKind",
    "Citation",
    "Document",
    "Fact",
    "Finding",
    "Grid",
    "Issue",
    "Kind",
    "Layout",
    "Link",
    "Note",
    "NoteKind",
    "Observation",
    "Paragraph",
    "Point",
    "Report",
    "Restoration",
    "Section",
    "Severity",
    "Stated",
    "Suspect",
    "Value",
    "Where",
]

Kind = Literal["number", "blank", "not_applicable", "unreadable"]
Severity = Literal["info", "warning", "error"]
Layout = Literal["spans", "rows"]
ChangeKind = Literal[
    "injected_spam", "foreign_banner", "pinyin", "wrong_variant", "compatibility", "private_use", "word_residue"
]
NoteKind = Literal[
    "fee_collected",
    "fee_notified",
    "period",
    "contact_office",
    "contact_address",
    "contact_phone",
    "contact_post_code",
    "contact_email",
]


class Where(NamedTuple):
    """A place in the source: the parts that its format knows, all counted from 1.

    HTML and Word: `table`, `row`, `column` of the cell as written (not of the span-expanded
    grid) or the `paragraph`. PDF: `page`, and `box` (x0, top, x1, bottom) in points. Text:
    the `line` and, inside a line with separators, the `column`.
    """

    page: int | None = None
    table: int | None = None
    row: int | None = None
    column: int | None = None
    line: int | None = None
    paragraph: int | None = None
    box: tuple[float, float, float, float] | None = None

    def as_dict(self) -> dict[str, Any]:
        """The known parts only, ready for JSON."""
        return {
            name: list(part) if isinstance(part, tuple) else part
            for name, part in zip(self._fields, self, strict=True)
            if part is not None
        }


NOWHERE = Where()


class Change(NamedTuple):
    """One change: `raw` stood from `start` to `end` of the raw text where now `restored` stands."""

    kind: ChangeKind
    start: int
    end: int
    raw: str
    restored: str


class Cell(NamedTuple):
    """One printed cell: its text, where it starts in the grid, how far it spans.

    `raw` is the text as found, where damage to it was mended.
    """

    text: str
    row: int
    column: int
    rowspan: int
    colspan: int
    where: Where
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as printed.

    `rows` holds each row's own cells from left to right (a cell that spans down stands in
    its first row only). `layout` is ``spans`` when the source says where cells stand
    (HTML, Word, ruled PDF) and ``rows`` when only the order within a row is known, as in
    text whose extractor dropped the spans and packed the cells to the left.
    """

    rows: tuple[tuple[Cell, ...], ...]
    layout: Layout
    where: Where


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A run of prose or one heading, white space collapsed.

    `kind` is ``heading`` where the source marks one, ``link`` where the words only lead
    elsewhere. Where damage to the text was mended, `raw` is the text as found and
    `changes` are the mends, in order.
    """

    text: str
    where: Where
    kind: Literal["text", "heading", "link"] = "text"
    raw: str | None = None
    changes: tuple[Change, ...] = ()

    @property
    def as_found(self) -> str:
        """The text before any damage to it was mended."""
        return self.text if self.raw is None else self.raw


Block = Paragraph | Grid


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another document, such as an attachment: its text and its address."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Issue:
    """Something about the document that a user of its data should know."""

    kind: str
    severity: Severity
    message: str
    raw: str = ""
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True)
class Document:
    """What a reader makes of the bytes: blocks in reading order, and what stands around them.

    `meta` holds the page's own metadata under lower-case names (``title``, ``pubdate`` ...).
    """

    media_type: str
    blocks: tuple[Block, ...]
    meta: dict[str, str] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    issues: tuple[Issue, ...] = ()
    restorations: tuple[Restoration, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report under one of the contract's section codes."""

    code: str
    heading: str
    blocks: tuple[Block, ...]

    @property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        """Its prose, without its tables."""
        return tuple(b for b in self.blocks if isinstance(b, Paragraph))

    @property
    def text(self) -> str:
        """The prose of the section, one paragraph a line."""
        return "\n".join(p.text for p in self.paragraphs)

    @property
    def text_raw(self) -> str:
        """The same as found, where damage to it was mended."""
        return "\n".join(p.as_found for p in self.paragraphs)

    def starts(self) -> Iterator[tuple[int, Paragraph]]:
        """Its paragraphs, each with where it starts in the text as found."""
        start = 0
        for paragraph in self.paragraphs:
            yield start, paragraph
            start += len(paragraph.as_found) + 1


class Value(NamedTuple):
    """What one cell says. `number` is None unless `kind` is ``number``."""

    kind: Kind
    number: int | float | None = None
    unit: str | None = None
    flags: tuple[str, ...] = ()


class Observation(NamedTuple):
    """One table cell with its meaning; `row` or `column` is None where no code fits.

    `value` is the printed number in the printed unit, never filled in, scaled or repaired.
    `flags` name every inference that placed or read it; none on an undamaged report.
    """

    table: str
    row: str | None
    column: str | None
    value: int | float | None
    kind: Kind
    unit: str | None
    unit_source: str | None
    raw: str
    raw_row: str
    raw_column: str
    where: Where
    scope: str | None = None
    basis: str | None = "year"
    flags: tuple[str, ...] = ()


CellKey = tuple[str, str, str]
"""(table, row, column) codes of one cell."""


class Stated(NamedTuple):
    """The quantity of the codebook that a fact states: the sum of `cells`.

    `evidence` are the words that say so.
    """

    cells: tuple[CellKey, ...]
    evidence: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A quantity stated in prose; offsets are code points in the section's raw text.

    `text` is the sentence, which starts at `text_start`. `section_ordinal` is the place of
    that section among those of the report, from 0.
    """

    id: int
    section: str
    text: str
    start: int
    end: int
    number_text: str
    value: float | None
    value_high: float | None
    unit: str | None
    label: str
    approx: str | None = None
    polarity: str | None = None
    parent: int | None = None
    base: int | None = None
    indicator: Stated | None = None
    section_ordinal: int = 0
    text_start: int = 0


@dataclass(frozen=True, slots=True)
class Point:
    """A problem the organ names or a measure it plans.

    `start` is where `text` begins in the section's text. `marker` is what enumerates it
    (一是, (二), 3.), None where nothing does.
    """

    section: str
    kind: Literal["problem", "measure"]
    ordinal: int
    start: int
    text: str
    marker: str | None = None
    section_ordinal: int = 0


@dataclass(frozen=True, slots=True)
class Citation:
    """A document or publication the prose names in 《》; `start` is the place of the 《.

    `alias` is the short name the text gives it (以下简称《条例》), `act` what is done to it or
    with it, in the text's own word (印发, 根据, 修订).
    """

    title: str
    document_number: str | None
    section: str
    kind: Literal["document", "publication"] = "document"
    alias: str | None = None
    act: str | None = None
    start: int = 0
    section_ordinal: int = 0


@dataclass(frozen=True, slots=True)
class Restoration:
    """A place where damaged text was made readable again.

    `start` is the place of `raw` in the text of its `section`, where it has one.
    """

    kind: str
    raw: str
    restored: str
    where: Where
    section: str | None = None
    start: int | None = None
    section_ordinal: int | None = None


class Note(NamedTuple):
    """What the report says of itself, as printed, and the place in the section's raw text where it does.

    A fee has its `value` and printed `unit` (0 and None for a stated absence); a period is
    `text` as ISO dates (2024-01-01/2024-12-31).
    """

    kind: NoteKind
    text: str
    section: str
    start: int
    value: float | None = None
    unit: str | None = None
    section_ordinal: int = 0


@dataclass(frozen=True, slots=True)
class Suspect:
    """The one cell whose change would repair every failure of its table."""

    cell: CellKey
    proposed: int | float


class Finding(NamedTuple):
    """The verdict on one accounting identity: `left` parts against the `right` total.

    `evidence` is ``unverified`` when the identity rests on rows of the form that no
    official copy has confirmed. A cell ("facts", id, label) is a fact; of prose the
    evidence is ``truncated`` where a rate fits only if cut off, ``impossible`` where no
    count gives it, ``loose`` where the words must be taken loosely, ``disputed`` for a share
    whose counts disagree already, ``scope`` where the prose speaks of another scope than the
    table, ``claim`` for what is said of all cases (均获维持). `scope` and `basis` name the value column of tables that
    print several.
    """

    identity: str
    row_or_column: str | None
    reading: Literal["strict", "blank_as_zero"]
    verdict: Literal["pass", "fail", "uncertain", "not_assessable"]
    left: int | float | None
    right: int | float | None
    cells: tuple[CellKey, ...]
    suspect: Suspect | None = None
    evidence: str = "seen"
    scope: str | None = None
    basis: str | None = "year"


@dataclass(frozen=True, slots=True)
class Report:
    """One report of one document; `reason` and `message` say why a rejected one is none."""

    ordinal: int
    sha256: str
    media_type: str | None
    status: Literal["parsed", "partial", "rejected"]
    reason: str | None = None
    message: str | None = None
    inferred: tuple[str, ...] = ()
    agency: str | None = None
    year: int | None = None
    form: str | None = None
    title: str | None = None
    scope: str | None = None
    scope_basis: str | None = None
    period_start: str | None = None
    period_end: str | None = None
    published_on: str | None = None
    credit_code: str | None = None
    sections: tuple[Section, ...] = ()
    links: tuple[Link, ...] = ()
    observations: tuple[Observation, ...] = ()
    facts: tuple[Fact, ...] = ()
    points: tuple[Point, ...] = ()
    citations: tuple[Citation, ...] = ()
    notes: tuple[Note, ...] = ()
    findings: tuple[Finding, ...] = ()
    issues: tuple[Issue, ...] = ()
    restorations: tuple[Restoration, ...] = ()
