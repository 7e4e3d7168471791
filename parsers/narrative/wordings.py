"""`forms/links.yml` in; out: which quantities of the codebook the words of a label may state.

A wording is form-free (requests received, refusals, lawsuits upheld); its cells depend on the form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from parsers.errors import FormError
from parsers.forms import load_forms, load_words
from parsers.models import CellKey
from parsers.narrative.patterns import Index, Pattern, Words

__all__ = [
    "Cells",
    "Guards",
    "Reading",
    "Wording",
    "applicant_of",
    "bare",
    "guards",
    "opened",
    "readings",
    "result_of",
    "wordings",
]

Cells = tuple[CellKey, ...]
How = Literal["strong", "weak", "summed"]

_LONGEST_LABEL = 60
_DROPPED = re.compile(r"[\s“”\"'‘’「」『』《》〈〉<>□的了]")
_YEAR = re.compile(r"(?<![至到于转])(?:19|20)\d\d年度?")
_TABLES = {"2014": "statistics"}
_COLUMNS = {"statistics": "value", "applications": "total"}
_COUNTED: tuple[tuple[str, How], ...] = (("strong", "strong"), ("weak", "weak"), ("summed", "summed"))
_ABSENT: tuple[tuple[str, How], ...] = (("absent", "strong"),)


class Reading(NamedTuple):
    """A wording that a label fits, and how: ``strong`` by itself, ``weak`` in a context, ``summed`` over its parts."""

    wording: str
    how: How


@dataclass(frozen=True, slots=True)
class Wording:
    """A quantity that prose may state.

    `under` are the wordings, families or groups that it may be part of or follow; `part` it must
    be part of one, `dependent` its words need one, or a sentence about requests, unless they are
    `telling`. `cells` are its
    cells by form, `alternatives` other sums that its words may mean, `loose` those of careless
    words only.
    """

    id: str
    family: str
    groups: frozenset[str]
    units: frozenset[str]
    under: frozenset[str]
    part: bool
    dependent: bool
    telling: bool
    channels: bool
    cells: Mapping[str, Cells]
    alternatives: Mapping[str, tuple[Cells, ...]]
    loose: Mapping[str, tuple[Cells, ...]]
    patterns: Mapping[str, Pattern]


@dataclass(frozen=True, slots=True)
class Guards:
    """Words around a number that say that it is not the organ's own figure of the year."""

    others: re.Pattern[str]
    gathered: re.Pattern[str]
    earlier: re.Pattern[str]
    partial_year: re.Pattern[str]
    cumulative: re.Pattern[str]
    change: re.Pattern[str]
    not_counted: re.Pattern[str]
    sampled: re.Pattern[str]
    reviewing: re.Pattern[str]
    disclosure: re.Pattern[str]
    own_case: re.Pattern[str]
    this_time: re.Pattern[str]
    not_absent: re.Pattern[str]


def bare(text: str) -> str:
    """A label without quotation marks, spaces, 的 and 了.

    >>> bare("危及“三安全一稳定”的申请")
    '危及三安全一稳定申请'
    """
    return _DROPPED.sub("", text)


def _pattern(patterns: Iterable[str]) -> Pattern:
    return Pattern(tuple(patterns), _words())


@lru_cache(maxsize=1)
def _words() -> Words:
    return Words(load_words("links")["words"])


@lru_cache(maxsize=1)
def wordings() -> Mapping[str, Wording]:
    """All quantities of `links.yml` by their ids."""
    data = load_words("links")
    return {name: _wording(name, entry, data["units"]) for name, entry in data["quantities"].items()}


def _wording(name: str, entry: Mapping[str, Any], units: Mapping[str, list[str]]) -> Wording:
    return Wording(
        id=name,
        family=entry["family"],
        groups=frozenset(entry.get("groups", ())),
        units=frozenset(units[entry["units"]]),
        under=frozenset(entry.get("under", ())),
        part=entry.get("part", False),
        dependent=entry["family"] == "outcomes" or entry.get("part", False) or entry.get("dependent", False),
        telling=entry.get("telling", False),
        channels=entry.get("channels", False),
        cells={form: _cells(form, cells) for form, cells in entry["cells"].items()},
        alternatives={f: tuple(_cells(f, sums) for sums in found) for f, found in entry.get("or", {}).items()},
        loose={f: tuple(_cells(f, sums) for sums in found) for f, found in entry.get("loose", {}).items()},
        patterns={how: _pattern(entry[how]) for how in ("strong", "weak", "absent", "summed") if entry.get(how)},
    )


@lru_cache(maxsize=4)
def _order(form: str) -> dict[CellKey, None]:
    """The cells of a form, in its order."""
    tables = next(f for f in load_forms() if f.code == form).tables
    return dict.fromkeys((table.code, *cell) for table in tables for cell in table.cells())


def _cells(form: str, names: Iterable[str]) -> Cells:
    """Cells as `links.yml` writes them: ROW, ROW.* or TABLE/ROW/COLUMN."""
    order = _order(form)
    found: list[CellKey] = []
    for name in names:
        parts = name.split("/")
        table = parts[0] if len(parts) == 3 else _TABLES.get(form, "applications")
        row = parts[1] if len(parts) == 3 else name
        column = parts[2] if len(parts) == 3 else _COLUMNS[table]
        if row.endswith(".*"):
            found += [c for c in order if c[0] == table and c[1].startswith(row[:-1]) and c[2] == column]
        elif (table, row, column) in order:
            found.append((table, row, column))
        else:
            raise FormError(f"links.yml: the form {form} has no cell '{name}'")
    return tuple(found)


@lru_cache(maxsize=1)
def guards() -> Guards:
    data = load_words("links") | {"disclosure": load_words("links")["disclosure_words"]}
    return Guards(**{part.name: re.compile(data[part.name]) for part in fields(Guards)})


@lru_cache(maxsize=1)
def _fillers() -> re.Pattern[str]:
    data = load_words("links")
    words = "|".join(re.escape(w) for w in sorted(data["fillers"], key=lambda w: (-len(w), w)))
    return re.compile(f"{words}|{'|'.join(data['filler_patterns'])}")


@lru_cache(maxsize=1)
def _openings() -> re.Pattern[str]:
    return re.compile("^" + load_words("links")["openings"])


def opened(label: str) -> str:
    """A label without the words that only lead to it.

    >>> opened("其中结果维持 ")
    '结果维持'
    """
    return _openings().sub("", label.strip(), count=1)


def _variants(label: str) -> tuple[str, ...]:
    """A label as printed and without its fillers."""
    plain = _YEAR.sub("", bare(label))
    if len(plain) > _LONGEST_LABEL:
        return ()
    start = opened(plain)
    return tuple(dict.fromkeys((plain, start, opened(_fillers().sub("", _fillers().sub("", start))))))


@lru_cache(maxsize=4)
def _patterns(kind: str) -> Index[str]:
    return Index((w.id, w.patterns[kind]) for w in wordings().values() if kind in w.patterns)


@lru_cache(maxsize=1)
def _hints() -> re.Pattern[str]:
    return re.compile(load_words("links")["hints"])


@lru_cache(maxsize=4096)
def readings(label: str, *, absent: bool = False) -> tuple[Reading, ...]:
    """The wordings that a label fits, in the order of `links.yml`, those by themselves first.

    >>> readings("收到政府信息公开申请"), readings("无法提供")[0], readings("受理群众咨询")
    ((Reading(wording='received', how='strong'),), Reading(wording='unavailable', how='strong'), ())
    """
    if not _hints().search(label):
        return ()
    found: list[Reading] = []
    variants = _variants(label)
    for kind, how in _ABSENT if absent else _COUNTED:
        for name, pattern in _patterns(kind).candidates(variants[0]) if variants else ():
            if any(pattern.fullmatch(variant) for variant in variants):
                found.append(Reading(name, how))
    return tuple(found)


@lru_cache(maxsize=1)
def _results() -> Index[str]:
    return Index((name, _pattern(patterns)) for name, patterns in load_words("links")["results"].items())


@lru_cache(maxsize=4096)
def result_of(label: str) -> tuple[str, str] | None:
    """The result of a case that a label names, and the words before it that name the case.

    >>> result_of("行政复议结果维持"), result_of("尚未审结")
    (('upheld', '行政复议'), ('pending', ''))
    """
    variants = _variants(label)
    patterns = _results().candidates(variants[0]) if variants else []
    for variant in variants:
        for name, pattern in patterns:
            if pattern.fullmatch(variant):
                return name, ""
    for variant in variants:
        for cut in range(len(variant) - 1, 1, -1):
            for name, pattern in patterns:
                if variant[cut - 1] in "议讼诉件中" and pattern.fullmatch(variant, cut):
                    return name, variant[:cut].removesuffix("中")
    return None


@lru_cache(maxsize=1)
def _applicants() -> Index[str]:
    data = load_words("links")
    frames = data["applicant_frame"]
    return Index(
        (name, _pattern(frame.replace("{A}", f"(?:{a})") for a in patterns for frame in frames))
        for name, patterns in data["applicants"].items()
        if patterns
    )


@lru_cache(maxsize=4096)
def applicant_of(label: str) -> str | None:
    """The kind of applicant that a label names, as the code of its column, ``organisations`` for all but persons.

    >>> applicant_of("自然人提出申请"), applicant_of("法人或其他组织")
    ('natural_person', 'organisations')
    """
    variants = _variants(label)
    patterns = _applicants().candidates(variants[0]) if variants else []
    for variant in variants:
        for name, pattern in patterns:
            if pattern.fullmatch(variant):
                return name
    return None
