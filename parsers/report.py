"""Bytes in, Reports out: the one composition of all stages of this room."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import zip_longest

from parsers import readers
from parsers.checks import check_observations, is_expected
from parsers.classify import rejection_of
from parsers.errors import Unreadable
from parsers.forms import Form, Table, load_forms
from parsers.lines import recover_tables
from parsers.lookups import lexicon
from parsers.mended import as_found, placed, restorations_of
from parsers.metadata import Metadata, read_metadata
from parsers.models import Block, Document, Grid, Issue, Observation, Report, Section
from parsers.narrative.arithmetic import check_facts
from parsers.narrative.linking import link_facts
from parsers.narrative.observed import observe_facts, read_conflicts
from parsers.narrative.reading import facts_as_found, read_narrative, read_places
from parsers.narrative.tables import check_against_tables
from parsers.restore import restore_document
from parsers.scope import read_scope
from parsers.sections import section_of, split_sections
from parsers.tables import fill_tables
from parsers.titles import Title, best_title, find_titles

__all__ = ["parse", "read_and_parse", "rejected"]

_NARRATIVE = "narrative"
_FEWEST_CELLS = 5  # fewer cells of a form may stand in any table


def parse(content: bytes) -> tuple[Report, ...]:
    """The bytes of one document -> the reports in it, at least one.

    A document that cannot be read, or is no annual report, gives one Report with status
    ``rejected`` and its reason; nothing is raised for what a document contains.
    """
    return read_and_parse(content)[1]


def read_and_parse(content: bytes) -> tuple[Document | None, tuple[Report, ...]]:
    """The same with the document as read, before its damage was mended; None when it cannot be read."""
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        found = readers.read(content)
    except Unreadable as error:
        media_type = readers.sniff(content) if content and len(content) <= readers.MAX_BYTES else None
        return None, (rejected(error.reason, str(error), sha256=sha256, media_type=media_type),)
    document = restore_document(found)
    blocks = recover_tables(document.blocks, lexicon())
    parts = _parts(document, blocks)
    damage = restorations_of(document, [part for _, part in parts])
    reports = tuple(
        _parse_part(replace(document, restorations=mended), part, title, ordinal, sha256)
        for ordinal, ((title, part), mended) in enumerate(zip(parts, damage, strict=True))
    )
    return found, reports


def rejected(reason: str, message: str, *, sha256: str = "", media_type: str | None = None) -> Report:
    """A Report for a document that gives none: a reason of the contract and what was seen."""
    return Report(0, sha256, media_type, "rejected", reason, message)


def _parts(document: Document, blocks: Sequence[Block]) -> list[tuple[Title | None, Sequence[Block]]]:
    """The reports on one page: a page with several has several titles, each with its own body."""
    titles = find_titles(document, blocks)
    strong = [t for t in titles if t.year and t.agency]
    starts = [
        title
        for title, following in zip_longest(strong, strong[1:])
        if _has_body(blocks[title.last + 1 : following.first if following else len(blocks)])
    ]
    if len({(t.agency, t.year) for t in starts}) > 1:
        ends = [t.first for t in starts[1:]] + [len(blocks)]
        first_block = [0] + [t.first for t in starts[1:]]
        parts = zip(starts, first_block, ends, strict=True)
        return [
            (replace(title, first=title.first - start, last=title.last - start), blocks[start:end])
            for title, start, end in parts
        ]
    return [(best_title(document, titles, blocks), blocks)]


def _has_body(blocks: Sequence[Block]) -> bool:
    """Whether a table, or two section headings, follow."""
    headings = sum(not isinstance(b, Grid) and section_of(b.text) is not None for b in blocks)
    return headings >= 2 or any(isinstance(b, Grid) and len(b.rows) > 5 for b in blocks)


def _parse_part(document: Document, blocks: Sequence[Block], title: Title | None, ordinal: int, sha256: str) -> Report:
    metadata = read_metadata(document, blocks, title)
    filled = fill_tables(blocks, lexicon(), metadata.year, metadata.agency)
    issues = [*document.issues, *metadata.issues, *filled.issues]
    if rejection := rejection_of(document, blocks, title, metadata.period, filled.observations):
        reason, seen = rejection
        return rejected(reason, seen, sha256=sha256, media_type=document.media_type)
    form, form_issues = _recognise_form(filled.observations, metadata)
    issues += form_issues
    free = form is None or form.is_free
    sections = split_sections(blocks, free_headings=free)
    issues += _missing(form, sections, filled.observations, document)
    findings = check_observations(filled.observations, form or load_forms()[0])
    narrative = read_narrative(sections, free=free)
    facts = link_facts(narrative.facts, form, metadata.year)
    findings += (*check_facts(facts), *check_against_tables(facts, filled.observations))
    facts = facts_as_found(facts, sections)
    observations = filled.observations
    if not any(o.row and o.column for o in observations):
        places = read_places(sections, facts)
        observations += observe_facts(facts, places)
        issues += read_conflicts(facts, places)
    scope, scope_basis = read_scope(blocks, filled.observations)
    lacking = any(issue.severity == "error" or issue.kind.startswith("missing_") for issue in issues)
    return Report(
        ordinal=ordinal,
        sha256=sha256,
        media_type=document.media_type,
        status="partial" if lacking else "parsed",
        inferred=tuple(metadata.inferred),
        agency=metadata.agency,
        year=metadata.year,
        form=form.code if form else _NARRATIVE,
        title=metadata.title,
        scope=scope,
        scope_basis=scope_basis,
        period_start=metadata.period[0].isoformat() if metadata.period else None,
        period_end=metadata.period[1].isoformat() if metadata.period else None,
        published_on=metadata.published_on,
        credit_code=metadata.credit_code,
        sections=sections,
        links=document.links,
        observations=as_found(observations, blocks) if document.restorations else observations,
        facts=facts,
        points=narrative.points,
        citations=narrative.citations,
        notes=narrative.notes,
        findings=findings,
        issues=tuple(issues),
        restorations=placed(document.restorations, sections),
    )


def _recognise_form(observations: Sequence[Observation], metadata: Metadata) -> tuple[Form | None, list[Issue]]:
    """The form whose cells the report prints; without tables, the form of its year.

    None is a narrative report, of the years before any form.
    """
    printed = {(o.table, o.row, o.column) for o in observations if o.row and o.column}
    cells = {form.code: form.cells for form in load_forms()}
    scores = Counter({code: len(printed & known) for code, known in cells.items()})
    forms = {form.code: form for form in load_forms()}
    year = metadata.year
    best, score = max(scores.items(), key=lambda s: (s[1], year is not None and _is_of(forms[s[0]], year)))
    if score >= _FEWEST_CELLS:
        own = cells[best]
        foreign = {
            code: sorted(f"{t}.{r}" for t, r, _ in {(t, r, "") for t, r, c in printed & known if (t, r, c) not in own})
            for code, known in cells.items()
            if code != best
        }
        mixed = [f"form {code}: {', '.join(rows)}" for code, rows in foreign.items() if rows]
        issue = Issue("mixed_form", "warning", f"form {best} with rows of {'; '.join(mixed)}")
        return forms[best], [issue] if mixed else []
    if year is not None:
        for form in forms.values():
            if _is_of(form, year):
                metadata.inferred.append("form")
                return form, []
    return None, []


def _is_of(form: Form, year: int) -> bool:
    return form.first_year <= year <= (form.last_year or year)


def _titles_in_grids(sections: Sequence[Section]) -> set[str]:
    """Section titles that stand as rows of one table around everything."""
    rows = (row for s in sections for b in s.blocks if isinstance(b, Grid) for row in b.rows)
    printed = ([cell.text for cell in row if cell.text] for row in rows)
    return {code for texts in printed if len(texts) == 1 and (code := section_of(texts[0]))}


def _missing(
    form: Form | None, sections: Sequence[Section], observations: Sequence[Observation], document: Document
) -> list[Issue]:
    """Issues for the sections and tables that the form requires and the report lacks."""
    if form is None:
        return []
    present = {section.code for section in sections} | _titles_in_grids(sections)
    filled = {o.table for o in observations if o.row and o.column}
    hint = f"; the page links {len(document.links)} files" if document.links else ""
    return [
        *(
            Issue("missing_section", "warning", f"no section {section.ordinal}、{section.title}")
            for section in form.sections
            if section.required and section.code not in present
        ),
        *(
            Issue("missing_table", "warning", f"no values of table {table.code}{hint}")
            for table in form.tables
            if table.code not in filled
        ),
        *(issue for table in form.tables if table.code in filled for issue in _absent_rows(form, table, observations)),
    ]


@lru_cache(maxsize=64)
def _rows_of(form: str, table: str) -> tuple[str, ...]:
    cells = (cell for f in load_forms() if f.code == form for t in f.tables if t.code == table for cell in t.cells())
    return tuple(dict.fromkeys(row for row, _ in cells))


def _absent_rows(form: Form, table: Table, observations: Sequence[Observation]) -> Iterator[Issue]:
    """An issue for the rows of the form that a table which was read shows no cell of."""
    rows = _rows_of(form.code, table.code)
    printed = frozenset(o.row for o in observations if o.table == table.code and o.row)
    absent = [row for row in rows if row not in printed and is_expected(row, rows, printed)]
    if absent:
        yield Issue("absent_rows", "warning", f"table {table.code} shows no {', '.join(absent)}")
