"""The sections of a report in, out: its prose cut where facts, mended places and searched words begin and end."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pipeline.answers import plain_number
from pipeline.explorer.report.rows import Record, Row
from pipeline.explorer.report.tables import indicator_words
from pipeline.explorer.report.words import said

__all__ = ["Piece", "SectionView", "find_words", "show_prose"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters as printed. `fact` is the fact whose number it is, `anchors` those that begin here.

    `is_mended`: it was read as something else, `mended` at the piece where it ends.
    """

    text: str
    fact: int | None = None
    anchors: tuple[int, ...] = ()
    is_mended: bool = False
    mended: str = ""
    is_searched: bool = False


@dataclass(frozen=True, slots=True)
class FactView:
    """A fact in words, and the facts that are parts, shares or changes of it."""

    id: int
    value: str
    label: str
    remarks: tuple[str, ...]
    states: tuple[tuple[str, int | None], ...]
    parts: list["FactView"]


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section: its paragraphs as pieces, its facts as trees, what it names."""

    ordinal: int
    name: str
    heading: str
    paragraphs: list[list[Piece]]
    facts: list[FactView]
    n_facts: int
    points: list[Row] = field(default_factory=list)
    citations: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    fact: int | None = None
    mended: str | None = None


def show_prose(record: Record, seqs: Mapping[tuple[str, str, str], int], words: str = "") -> list[SectionView]:
    """The sections in their order; `seqs` are the observations by cell, `words` are marked where they stand."""
    found = []
    of: dict[str, dict[int, list[Row]]] = {
        name: _by_section(rows)
        for name, rows in (
            ("facts", record.facts),
            ("points", record.points),
            ("citations", record.citations),
            ("restorations", record.restorations),
        )
    }
    for section in record.sections:
        n = section["ordinal"]
        text = section["text_raw"] or ""
        facts = of["facts"][n]
        spans = [_Span(f["start"], f["end"], fact=f["id"]) for f in facts]
        spans += _mends(of["restorations"][n], text)
        found.append(
            SectionView(
                n,
                said("sections", section["section"]),
                section["heading"] or "",
                _paragraphs(text, spans, find_words(text, words)),
                _trees(facts, seqs),
                len(facts),
                of["points"][n],
                of["citations"][n],
            )
        )
    return found


def _by_section(rows: Sequence[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row["section_ordinal"] is not None:
            found[row["section_ordinal"]].append(row)
    return found


def _mends(restorations: Sequence[Row], text: str) -> Iterator[_Span]:
    for r in restorations:
        start = r["start"]
        if start is not None and text[start : start + len(r["raw"])] == r["raw"]:
            yield _Span(start, start + len(r["raw"]), mended=r["restored"])


def find_words(text: str, words: str) -> list[tuple[int, int]]:
    """Where words stand in a text, as a whole or else one by one: first character and after the last.

    Case, width and compatibility forms make no difference (NFKC).

    >>> find_words("受理３0件", "30"), find_words("申请公开", "公开 申请"), find_words("申请", "")
    ([(2, 4)], [(0, 2), (2, 4)], [])
    """
    folded, places = [], []
    for place, character in enumerate(text):
        for plain in unicodedata.normalize("NFKC", character).casefold():
            folded.append(plain)
            places.append(place)
    plain_text = "".join(folded)
    whole = unicodedata.normalize("NFKC", words).casefold().strip()
    for wanted in ([whole], whole.split()):
        found = []
        for word in filter(None, wanted):
            at = plain_text.find(word)
            while at >= 0:
                found.append((places[at], places[at + len(word) - 1] + 1))
                at = plain_text.find(word, at + len(word))
        if found:
            return sorted(found)
    return []


def _paragraphs(text: str, spans: Sequence[_Span], searched: Sequence[tuple[int, int]]) -> list[list[Piece]]:
    """The lines of a text, each cut wherever something begins or ends."""
    cuts = {0, len(text), *(place for s in spans for place in (s.start, s.end)), *(p for at in searched for p in at)}
    for place, character in enumerate(text):
        if character == "\n":
            cuts |= {place, place + 1}
    ordered = sorted(cut for cut in cuts if 0 <= cut <= len(text))
    lines: list[list[Piece]] = [[]]
    for start, end in pairwise(ordered):
        if text[start:end] == "\n":
            lines.append([])
            continue
        here = [s for s in spans if s.start <= start and end <= s.end]
        facts = [s for s in here if s.fact is not None]
        mends = [s for s in here if s.mended is not None]
        lines[-1].append(
            Piece(
                text[start:end],
                facts[-1].fact if facts else None,
                tuple(s.fact for s in facts if s.fact is not None and s.start == start),
                bool(mends),
                "".join(s.mended or "" for s in mends if s.end == end),
                any(a <= start and end <= b for a, b in searched),
            )
        )
    return [line for line in lines if line]


def _trees(facts: Sequence[Row], seqs: Mapping[tuple[str, str, str], int]) -> list[FactView]:
    """The facts of a section under those they are parts of; each stands once, whatever its parents say."""
    views = {f["id"]: _fact(f, facts, seqs) for f in facts}
    roots = []
    parents = {f["id"]: f["parent"] for f in facts}
    for f in facts:
        if f["parent"] in views and not _is_under(f["parent"], f["id"], parents):
            views[f["parent"]].parts.append(views[f["id"]])
        else:
            roots.append(views[f["id"]])
    return roots


def _is_under(fact: int, other: int, parents: Mapping[int, int | None]) -> bool:
    """Whether a fact is another one, or stands under it."""
    seen: set[int] = set()
    at: int | None = fact
    while at is not None and at not in seen:
        if at == other:
            return True
        seen.add(at)
        at = parents.get(at)
    return False


def _fact(f: Row, facts: Sequence[Row], seqs: Mapping[tuple[str, str, str], int]) -> FactView:
    value = "?" if f["value"] is None else plain_number(f["value"])
    if f["value_high"] is not None:
        value += f" to {plain_number(f['value_high'])}"
    remarks = [said("approx", f["approx"])] if f["approx"] else []
    if f["polarity"] == "zero":
        remarks.append("stated as none")
    base = next((other for other in facts if other["id"] == f["base"]), None)
    if base is not None:
        remarks.append(f"a share of {base['label']}")
    cells = [(c[0], c[1], c[2]) for c in f["indicator"]["cells"]] if f["indicator"] else []
    words = indicator_words()
    return FactView(
        f["id"],
        f"{value} {f['unit'] or ''}".rstrip(),
        f["label"] or "",
        tuple(remarks),
        tuple((words.get(cell, (" ".join(cell), ""))[0], seqs.get(cell)) for cell in cells),
        [],
    )
