"""How well facts are read: annotated sentences and passages in, counts and misses by class out."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from parsers.models import Fact
from parsers.narrative.facts import read_facts

SIMPLE = str.maketrans("條個項場張種戶處冊篇類餘萬兩％", "条个项场张种户处册篇类余万两%")
_PUNCTUATION = re.compile(r"[^\w%]|的|了")
_FRAME = re.compile(
    r"^(?:受理|收到|办结|办理|主动公开|公开|发布|制作|举办|召开|开展|组织|制发|印发|接待|新收|共|涉及|新增|刊登|编发|发放|转移|启动|承办|报送)+"
)
_AGAINST = re.compile(r"同比|环比|(?:较|比|与)(?:上年|去年|上一年)?(?:同期)?(?:相比)?")
_MEASURE = re.compile(r"(?:占比|比例|比重)$")


@dataclass(frozen=True)
class Wanted:
    start: int
    number: str
    value: float
    high: float | None
    unit: str
    label: str
    approx: str | None = None
    polarity: str | None = None
    parent: int | None = None
    base: int | None = None


@dataclass
class Scores:
    wanted: int = 0
    found: int = 0
    right: int = 0
    labels: int = 0
    parents: int = 0
    links: int = 0
    approx: int = 0
    misses: list[tuple[str, str]] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / max(1, self.found)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.wanted)

    def share(self, name: str) -> float:
        return getattr(self, name) / max(1, self.right)

    def __str__(self) -> str:
        return (
            f"precision {self.precision:.4f} recall {self.recall:.4f} label {self.share('labels'):.4f} "
            f"parent {self.share('parents'):.4f} approx {self.share('approx'):.4f} of {self.wanted} facts"
        )


def same_label(mine: str, theirs: str) -> bool:
    """The head noun phrase of one inside the other, punctuation and 的 aside."""
    mine, theirs = (_PUNCTUATION.sub("", t.translate(SIMPLE)) for t in (mine, theirs))
    if not mine or not theirs:
        return mine == theirs
    if mine in theirs or theirs in mine:
        return True
    if bool(_MEASURE.search(mine)) != bool(_MEASURE.search(theirs)):
        return False
    mine, theirs = (_AGAINST.sub("", _MEASURE.sub("", t)) for t in (mine, theirs))
    heads = _FRAME.sub("", mine), _FRAME.sub("", theirs)
    return any(head and len(head) > 1 and head in other for head, other in ((heads[0], theirs), (heads[1], mine)))


def compare(
    scores: Scores, text: str, wanted: list[Wanted], found: tuple[Fact, ...], ignored: set[int] = frozenset()
) -> None:
    """Match by span, value and unit; facts that share a span are matched by label first."""
    facts = [f for f in found if f.start not in ignored]
    pairs: dict[int, Fact] = {}
    taken: set[int] = set()
    for exact in (True, False):
        for i, want in enumerate(wanted):
            if i in pairs:
                continue
            for fact in facts:
                if fact.id in taken or fact.start != want.start or fact.number_text != want.number:
                    continue
                if (
                    fact.value != want.value
                    or fact.value_high != want.high
                    or fact.unit.translate(SIMPLE) != want.unit.translate(SIMPLE)
                ):
                    continue
                if exact and not same_label(fact.label, want.label):
                    continue
                pairs[i] = fact
                taken.add(fact.id)
                break
    scores.wanted += len(wanted)
    scores.found += len(facts)
    scores.right += len(pairs)
    ids = {i: f.id for i, f in pairs.items()}
    for fact in facts:
        if fact.id not in taken:
            scores.misses.append(("extra", f"{_near(text, fact.start)} {fact.number_text}|{fact.unit}|{fact.label}"))
    for i, want in enumerate(wanted):
        if i not in pairs:
            scores.misses.append(("missing", f"{_near(text, want.start)} {want.number}|{want.unit}|{want.label}"))
            continue
        fact = pairs[i]
        _compare_pair(scores, text, want, fact, ids)


def _compare_pair(scores: Scores, text: str, want: Wanted, fact: Fact, ids: dict[int, int]) -> None:
    place = _near(text, want.start)
    if same_label(fact.label, want.label):
        scores.labels += 1
    else:
        scores.misses.append(("label", f"{place} {fact.label} for {want.label}"))
    parent = None if want.parent is None else ids.get(want.parent, -1)
    if parent == fact.parent:
        scores.parents += 1
    else:
        scores.misses.append(("parent", f"{place} {want.label}: {fact.parent} for {parent}"))
    base = None if want.base is None else ids.get(want.base, -1)
    if base is not None and base != fact.base:
        scores.misses.append(("base", f"{place} {want.label}: {fact.base} for {base}"))
    if fact.approx == want.approx and fact.polarity == want.polarity:
        scores.approx += 1
    else:
        scores.misses.append(("approx", f"{place} {fact.approx} for {want.approx}"))


def _near(text: str, start: int) -> str:
    return f"…{text[max(0, start - 22) : start]}▸{text[start : start + 14]}…".replace("\n", "⏎")


def read_wanted(item: dict[str, Any]) -> tuple[str, list[Wanted]]:
    """A sentence of facts_truth.yml: its numbers in braces, its facts as "UNIT LABEL <parent /base =value ~approx zero".

    A fact that begins with + stands on the number of the one before it.
    """
    text, spans, place = "", [], 0
    for part in re.split(r"(\{[^{}]*\})", item["text"]):
        if part.startswith("{"):
            spans.append((place, part[1:-1]))
            part = part[1:-1]
        text += part
        place += len(part)
    facts, k = [], -1
    for line in item.get("facts", []):
        k += not line.startswith("+")
        facts.append(_wanted(line.lstrip("+"), *spans[k]))
    assert k == len(spans) - 1, item["text"]
    return text, facts


def _wanted(line: str, start: int, number: str) -> Wanted:
    unit, label, *flags = line.split()
    value, high, approx, parent, base, zero = None, None, None, None, None, False
    for flag in flags:
        match flag[0]:
            case "=":
                low, _, top = flag[1:].partition("..")
                value, high = float(low), float(top) if top else None
            case "~":
                approx = flag[1:]
            case "<":
                parent = int(flag[1:])
            case "/":
                base = int(flag[1:])
            case _:
                assert flag == "zero", line
                zero = True
    if value is None:
        value = 0.0 if zero else float(number)
    return Wanted(
        start, number, value, high, "" if unit == "-" else unit, label, approx, "zero" if zero else None, parent, base
    )


def score_sentences(path: Path, group: str) -> Scores:
    scores = Scores()
    for item in yaml.safe_load(path.read_text(encoding="utf-8"))[group]:
        text, wanted = read_wanted(item)
        compare(scores, text, wanted, read_facts(text))
    return scores


_PIECE = re.compile(r"(\{[^{}]*\}|</?[PM]>)")
Marked = tuple[str, int, str]


def read_marked(marked: str) -> tuple[str, list[Wanted], list[Marked]]:
    """A section of reports_truth.yml: its text, its facts, and its points as (kind, start, text)."""
    text, opened = "", 0
    raw: list[tuple[int, str, list[str]]] = []
    points: list[Marked] = []
    for part in _PIECE.split(marked):
        if part.startswith("{"):
            number, _, facts = part[1:-1].partition("|")
            raw += [(len(text), number, fact.split()) for fact in facts.split("||")]
            text += number
        elif part in ("<P>", "<M>"):
            opened = len(text)
        elif part in ("</P>", "</M>"):
            points.append(("problem" if part == "</P>" else "measure", opened, text[opened:].rstrip("。；")))
        else:
            text += part
    names = {flag[1:]: i for i, (_, _, words) in enumerate(raw) for flag in words[2:] if flag[0] == "#"}
    wanted = []
    for i, (start, number, (unit, label, *flags)) in enumerate(raw):
        flags = [_by_index(flag, i, names) for flag in flags if flag[0] != "#"]
        if not any(flag[0] == "=" or flag == "zero" for flag in flags):
            flags.append(f"={number.replace(',', '')}")
        wanted.append(_wanted(" ".join([unit, label, *flags]), start, number))
    return text, wanted, points


def _by_index(flag: str, i: int, names: dict[str, int]) -> str:
    if flag[0] not in "</":
        return flag
    return f"{flag[0]}{i + int(flag[1:]) if flag[1] == '-' else names[flag[1:]]}"


def score_whole_reports(path: Path, group: str) -> Scores:
    scores = Scores()
    for item in yaml.safe_load(path.read_text(encoding="utf-8"))[group]:
        for section in item["sections"]:
            text, wanted, _ = read_marked(section["text"])
            compare(scores, text, wanted, read_facts(text))
    return scores


def score_passages(folder: Path) -> Scores:
    """The annotated passages, damaged ones as restored."""
    scores = Scores()
    for path in sorted(folder.glob("*.json")):
        item = json.loads(path.read_text(encoding="utf-8"))
        text = item.get("clean_text", item["text"])
        starts = item.get("clean_starts") or [f["start"] for f in item["facts"]]
        wanted = []
        for start, f in zip(starts, item["facts"], strict=True):
            number = text[start : start + len(f["number_text"])]
            wanted.append(
                Wanted(
                    start,
                    number,
                    f["value"],
                    f.get("value_high"),
                    f["unit"],
                    f["label"],
                    f.get("approx"),
                    f.get("polarity"),
                    f.get("parent"),
                    f.get("base"),
                )
            )
        compare(scores, text, wanted, read_facts(text))
    return scores


def score_reports(folder: Path) -> Scores:
    """The narratives of the real reports; parents there follow other rules and are not scored."""
    scores = Scores()
    for path in sorted(folder.glob("*.facts.json")):
        name = path.name.removesuffix(".facts.json")
        text = (folder / f"{name}.narrative.txt").read_text(encoding="utf-8")
        wanted = [
            Wanted(
                f["start"],
                f["number_text"],
                f["value"],
                f.get("value_high"),
                f["unit"],
                f["label"],
                f.get("approx"),
                f.get("polarity"),
            )
            for f in json.loads(path.read_text(encoding="utf-8"))
        ]
        loose = json.loads((folder / f"{name}.borderline.json").read_text(encoding="utf-8"))
        compare(scores, text, wanted, read_facts(text), {b["start"] for b in loose})
    return scores


def report(scores: Scores, *classes: str) -> str:
    """The misses of some classes (all if none are named), for a person."""
    counts = Counter(kind for kind, _ in scores.misses)
    lines = [str(scores), str(dict(counts))]
    lines += [f"{kind:8}{what}" for kind, what in sorted(scores.misses) if not classes or kind in classes]
    return "\n".join(lines)
