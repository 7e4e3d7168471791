"""The narrative of one report for a person: each sentence with its quantities marked, and what is read from them."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from parsers.models import Fact, Report

__all__ = ["show_prose"]

_SIGNS = {"over": ">", "about": "~", "nearly": "<~"}


def show_prose(report: Report, console: Console) -> None:
    """Print facts under their sentences, then points, citations, notes and restorations."""
    for line in _facts(report):
        console.print(line, highlight=False)
    for kind, points in groupby(sorted(report.points, key=lambda p: p.kind, reverse=True), key=lambda p: p.kind):
        console.print(f"[bold]{kind}s[/]")
        for p in points:
            console.print(Padding(Text(f"{p.ordinal}.{p.text}"), (0, 0, 0, 2)))
    if report.citations:
        console.print("[bold]citations[/]")
    for c in report.citations:
        more = "; ".join(part for part in (c.document_number, c.act) if part)
        console.print(Padding(Text(f"《{c.title}》 {more}".rstrip()), (0, 0, 0, 2)))
    for note in report.notes:
        console.print(f"{note.kind}: {escape(note.text)}{note.unit or ''}", highlight=False)
    for r in report.restorations:
        console.print(
            f"[yellow]restored[/] {r.kind}: «{escape(r.raw)}» read as «{escape(r.restored)}»", highlight=False
        )


def _facts(report: Report) -> Iterator[Text | Padding]:
    """Sentences that state quantities, in order, with the facts of each below it."""
    for ordinal, found in groupby(report.facts, key=lambda f: f.section_ordinal):
        section = report.sections[ordinal]
        yield Text(f"{section.code} {section.heading[:60]}".rstrip(), style="bold")
        for start, same in groupby(found, key=lambda f: f.text_start):
            facts = list(same)
            yield Padding(_marked(facts, start), (0, 0, 0, 2))
            yield from (
                Padding(_described(fact, report.facts), (0, 0, 0, 4 + 2 * _depth(fact, facts))) for fact in facts
            )


def _marked(facts: Sequence[Fact], start: int) -> Text:
    text = Text(facts[0].text)
    for fact in facts:
        text.stylize("bold reverse", fact.start - start, fact.end - start)
    return text


def _depth(fact: Fact, facts: Sequence[Fact]) -> int:
    """How many facts of its sentence it stands under."""
    here = {f.id: f for f in facts}
    depth = 0
    while fact.parent in here and depth < len(here):
        fact, depth = here[fact.parent], depth + 1
    return depth


def _described(fact: Fact, facts: Sequence[Fact]) -> Text:
    value = f"{fact.value:,.10g}" if fact.value is not None else "?"
    if fact.value_high is not None:
        value += f" to {fact.value_high:,.10g}"
    text = Text(f"{_SIGNS.get(fact.approx or '', '')}{value} {fact.unit or ''}".rstrip(), style="cyan")
    text.append(f" {fact.label}", style="default")
    if fact.base is not None:
        text.append(f" (of {facts[fact.base].label})", style="dim")
    if fact.indicator is not None:
        cells = " + ".join(".".join(cell[:2]) for cell in fact.indicator.cells)
        text.append(f" = {cells}", style="green")
    return text
