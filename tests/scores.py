"""How many cells are read right, by set of reports; the floors stand in `scores.json`.

Run as a script (`make scores`) it raises the floors. It lowers one only where the set
itself has changed, which its digest tells.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from damage import damaged_lines, damaged_pages, is_marked, key_of, sound_lines, sound_page, truth_of
from lxml import html
from paths import FIXTURES, REPORTS
from truth import REPORTS as ENTRIES
from truth import expected_reports, printed_value

from parsers import parse

FLOORS = Path(__file__).parent / "scores.json"
COPIES = 40  # damaged copies of each report
PAGES = (
    "2014-html", "2019-html", "2021-html", "oddity-blocks-apart", "oddity-one-merged-table", "oddity-table-four-in-three",
    "oddity-transposed-table-four", "oddity-twin-columns", "oddity-word-export",
)  # fmt: skip
TEXTS = ("2014-text", "2019-text", "2021-text", "oddity-cumulative-column", "oddity-repeated-spans")


@dataclass
class Score:
    """Cells that should be there, cells that are right, and what is wrong or without a code and nothing tells."""

    digest: str
    cells: int = 0
    right: int = 0
    silent: list[str] = field(default_factory=list)


def score_fixtures() -> Score:
    """Every cell of every fixture against its hand-checked truth."""
    contents = {name: (REPORTS / name).read_bytes() for name in sorted(ENTRIES)}
    score = Score(_digest([*contents.values(), (FIXTURES / "truth.yml").read_bytes()]))
    for name, content in contents.items():
        for report, want in zip(parse(content), expected_reports(name), strict=True):
            found = {(o.scope, o.basis, o.table, o.row, o.column): o for o in report.observations}
            for scope, basis, cells in ((want.first_scope, "year", want.cells), *want.more_columns):
                for key, raw in cells.items():
                    o = found.get((scope, basis, *key))
                    score.cells += 1
                    score.right += o is not None and (o.value, o.kind) == printed_value(raw)[:2]
                    if o is not None and o.value not in (None, printed_value(raw)[0]) and not is_marked(o, report):
                        score.silent.append(f"{name}: {key} {o.value}")
    return score


def score_damaged_pages() -> Score:
    sources = {name: (REPORTS / f"{name}.html").read_bytes() for name in PAGES}
    truths = {name: truth_of(html.tostring(sound_page(content), encoding="utf-8")) for name, content in sources.items()}
    damaged = ((name, copy) for name, content in sources.items() for copy in damaged_pages(name, content, COPIES))
    return _score(sources.values(), truths, damaged)


def score_damaged_text() -> Score:
    sources = {name: (REPORTS / f"{name}.txt").read_bytes() for name in TEXTS}
    truths = {name: truth_of("\n".join(sound_lines(content)).encode()) for name, content in sources.items()}
    damaged = ((name, copy) for name, content in sources.items() for copy in damaged_lines(name, content, COPIES))
    return _score(sources.values(), truths, damaged)


SETS = {"fixtures": score_fixtures, "damaged pages": score_damaged_pages, "damaged text": score_damaged_text}


def _score(sources, truths, damaged: Iterator[tuple[str, tuple[str, bytes]]]) -> Score:
    score = Score(_digest([*sources, (Path(__file__).parent / "damage.py").read_bytes()]))
    for name, (fault, content) in damaged:
        truth = truths[name]
        right = set()
        for report in parse(content):
            if not report.issues and any(not (o.row and o.column) for o in report.observations):
                score.silent.append(f"{fault}: values without a code and no issue")
            for o in report.observations:
                if not (o.row and o.column) or o.value is None:
                    continue
                if truth.get(key_of(o)) == o.value:
                    right.add(key_of(o))
                elif not is_marked(o, report):
                    score.silent.append(f"{fault}: {key_of(o)} {o.value}, right {truth.get(key_of(o))}")
        score.cells += len(truth)
        score.right += len(right)
    return score


def _digest(contents) -> str:
    digest = sha256()
    for content in contents:
        digest.update(content)
    return digest.hexdigest()[:16]


def main() -> None:
    floors = json.loads(FLOORS.read_text()) if FLOORS.exists() else {}
    for name, make in SETS.items():
        score, floor = make(), floors.get(name)
        print(f"{name}: {score.right} of {score.cells} cells right, {len(score.silent)} wrong without a mark")
        print("\n".join(score.silent[:20]))
        if floor and floor["digest"] == score.digest and score.right < floor["right"]:
            sys.exit(f"{name}: the floor is {floor['right']} and may only rise")
        floors[name] = {"digest": score.digest, "cells": score.cells, "right": score.right}
    FLOORS.write_text(json.dumps(floors, indent=1) + "\n")


if __name__ == "__main__":
    main()
