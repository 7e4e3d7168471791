"""What is derived from the codebook, as data: the rates of the literature, and how the forms fill the panel."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from parsers.forms import read_yaml
from parsers.indicators import load_indicators

__all__ = ["BadMeasure", "Crossing", "Rate", "load_crosswalk", "load_rates"]

Relation = Literal["identical", "sum", "recoded", "not_comparable", "none"]
_FORMS = ("2014", "2019", "2021")
_JOINED = ("identical", "sum")
_RELATIONS = ("sum", "recoded", "not_comparable")


class BadMeasure(ValueError):
    """rates.yml or crosswalk.yml names what is not there; the message says which entry."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One measure: the sum of `numerator` by the sum of `denominator`, both columns of out_panel."""

    name: str
    label_zh: str
    label_en: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    definition: str
    origin: str
    caveats: str


@dataclass(frozen=True, slots=True)
class Crossing:
    """How one form fills one column of out_panel; `cells` are names of the form's own indicators."""

    indicator: str
    form: str
    relation: Relation
    cells: tuple[str, ...]
    note: str
    evidence: str

    @property
    def joined(self) -> bool:
        """Whether out_panel has the form's figures in this column."""
        return self.relation in _JOINED


@lru_cache(maxsize=1)
def load_rates() -> tuple[Rate, ...]:
    """All measures in the order of the file. Raises BadMeasure."""
    data = _read("rates.yml")
    known = {i.name for i in load_indicators() if i.in_panel}
    rates = tuple(rate for name, entry in data["rates"].items() for rate in _rates(name, entry, data["groups"]))
    for rate in rates:
        if unknown := sorted({*rate.numerator, *rate.denominator} - known):
            raise BadMeasure(f"rates.yml: {rate.name} needs columns that out_panel has not: {', '.join(unknown)}")
    return rates


def _rates(name: str, entry: dict[str, Any], groups: dict[str, list[str]]) -> Iterator[Rate]:
    for code, words in entry.get("of", {"": {}}).items():
        fill = {"x": code, **words}
        yield Rate(
            name=name.format(**fill),
            label_zh=entry["zh"].format(**fill),
            label_en=entry["en"].format(**fill),
            numerator=_columns(entry["numerator"], groups, code),
            denominator=_columns(entry["denominator"], groups, code),
            definition=entry["definition"].format(**fill),
            origin=entry["origin"],
            caveats=entry.get("caveats", ""),
        )


def _columns(given: str | Sequence[str], groups: dict[str, list[str]], code: str) -> tuple[str, ...]:
    names = [given] if isinstance(given, str) else given
    return tuple(column.format(x=code) for name in names for column in groups.get(name, [name]))


@lru_cache(maxsize=1)
def load_crosswalk() -> tuple[Crossing, ...]:
    """One for each column of out_panel and each form, in that order. Raises BadMeasure."""
    data = _read("crosswalk.yml")
    indicators = load_indicators()
    own = {i.name: set(i.forms) for i in indicators}
    columns = [i.name for i in indicators if i.in_panel]
    entries = {
        (name.format(c=c), form): (entry, c)
        for form, named in data["forms"].items()
        for name, entry in named.items()
        for c in (data["applicants"] if "{c}" in name else [""])
    }
    for (name, form), (entry, c) in entries.items():
        cells = [cell.format(c=c) for cell in entry["cells"]]
        if name not in columns or form in own[name] or entry["relation"] not in _RELATIONS:
            raise BadMeasure(f"crosswalk.yml: {form} {name}: no column of out_panel that this form lacks")
        if wrong := [cell for cell in cells if form not in own.get(cell, ())]:
            raise BadMeasure(f"crosswalk.yml: {form} {name}: cells that this form has not: {', '.join(wrong)}")
    return tuple(_crossing(name, form, own[name], entries.get((name, form))) for name in columns for form in _FORMS)


def _crossing(name: str, form: str, own: set[str], found: tuple[dict[str, Any], str] | None) -> Crossing:
    if form in own:
        return Crossing(name, form, "identical", (name,), "", "seen")
    if found is None:
        return Crossing(name, form, "none", (), "", "seen")
    entry, c = found
    cells = tuple(cell.format(c=c) for cell in entry["cells"])
    return Crossing(name, form, entry["relation"], cells, entry["note"], entry.get("evidence", "seen"))


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = read_yaml(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return found
