"""What a search found in, lines for a person or a program out; and the bar of an index being made."""

import json
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from pipeline.search import Found, Hit, SearchIndex

__all__ = ["build_index", "found_json", "hit_record", "print_found"]

_MADE = "making the search index: the warehouse has changed since it was last searched, or never was"


def build_index(index: SearchIndex, console: Console) -> None:
    """Make the index, and say so: it takes a minute for tens of thousands of reports."""
    console.print(_MADE, highlight=False, soft_wrap=True)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console, transient=True,
        disable=not console.is_terminal,
    ) as progress:  # fmt: skip
        task = progress.add_task("reports", total=None)
        index.build(
            lambda line: console.print(line, highlight=False, markup=False),
            lambda done, all_: progress.update(task, completed=done, total=all_),
        )


def print_found(found: Found, console: Console) -> None:
    """How many reports have the words, and each of the first with its sentence."""
    if not found.hits:
        console.print(Text(f"nothing found: no report has «{found.words}»"), soft_wrap=True)
        return
    shown = f"; the newest {len(found.hits)}" if found.reports > len(found.hits) else ""
    has = "report has" if found.reports == 1 else "reports have"
    console.print(Text(f"{found.reports:,} {has} «{found.words}»{shown}:"), soft_wrap=True)
    for hit in found.hits:
        console.print()
        console.print(_head(hit), soft_wrap=True)
        sentence = Text.assemble(
            *((part, "bold reverse" if is_marked else "") for part, is_marked in hit.passage.parts)
        )
        if not console.is_terminal:
            console.print(Text("  ") + sentence, soft_wrap=True)
        else:
            console.print(Padding(sentence, (0, 0, 0, 2)))
        console.print(Text(f"  {hit.source} {hit.report_id}  {hit.url or ''}".rstrip(), style="dim"), soft_wrap=True)


def _head(hit: Hit) -> Text:
    times = f", {hit.occurrences} times" if hit.occurrences > 1 else ""
    use = "" if hit.is_current else ", not the report in use"
    name = hit.organ or "an organ that is not named"
    return Text.assemble((f"{hit.year or '????'} {name}", "bold"), f"  in {hit.heading or hit.section}{times}{use}")


def found_json(found: Found) -> str:
    """The hits, one JSON object a line; `reports_found` in each is how many there are in all."""
    lines = ({"query": found.words, "reports_found": found.reports} | hit_record(hit) for hit in found.hits)
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def hit_record(hit: Hit) -> dict[str, Any]:
    """One hit by the names of its fields; `marks` are (start, end) of the words in `sentence`, in code points."""
    record = {name: getattr(hit, name) for name in Hit.__slots__ if name != "passage"}
    return record | {"sentence": hit.passage.sentence, "marks": hit.passage.marks}
