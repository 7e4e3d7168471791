"""Codes and columns in, their Chinese and English labels out, from codes.yml, the codebook and the rates."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from parsers.indicators import load_indicators
from pipeline.measures import load_rates
from pipeline.schema import Column

__all__ = ["Code", "Labels", "indicator_names", "load_labels"]

_LONGEST = 80  # characters that Stata takes as a variable label
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Code:
    """One code with its meaning; `stata` is the letter of the extended missing value."""

    code: str
    label_zh: str
    label_en: str
    stata: str = ""

    @property
    def label(self) -> str:
        return f"{self.label_zh} {self.label_en}"


@dataclass(frozen=True, slots=True)
class Labels:
    """`missing` and `codes` by column, in their order; `names` are the Chinese and English names of columns."""

    missing: tuple[Code, ...]
    codes: dict[str, tuple[Code, ...]]
    names: dict[str, tuple[str, str]]

    def pair(self, column: Column) -> tuple[str, str]:
        """Chinese label, empty where there is none, and English label."""
        zh, en = self.names.get(column.name, ("", ""))
        return zh, en or column.description

    def short(self, column: Column) -> str:
        """A variable label of at most 80 characters: Chinese, a bar, English; both ends of what is too long."""
        zh, en = self.pair(column)
        if not zh:
            return _shortened(en, _LONGEST)
        en = _shortened(en, max(_LONGEST // 2, _LONGEST - 3 - len(zh)))
        return f"{_shortened(zh, _LONGEST - 3 - len(en))} | {en}"


def _shortened(text: str, longest: int) -> str:
    """The text, its middle left out where it is too long: what tells cells apart stands at its end."""
    if len(text) <= longest:
        return text
    tail = (longest - 1) // 2
    return text[: longest - 1 - tail] + _CUT + text[len(text) - tail :]


@lru_cache(maxsize=1)
def load_labels() -> Labels:
    """All labels."""
    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("codes.yml").read_text(encoding="utf-8"))
    names = {name: (zh, "") for name, zh in data["labels"].items()}
    names |= {i.name: (i.label_zh, i.label_en) for i in load_indicators()}
    names |= {r.name: (r.label_zh, r.label_en) for r in load_rates()}
    return Labels(
        missing=_codes(data["missing"]),
        codes={column: _codes(found) for column, found in data["codes"].items()},
        names=names,
    )


@lru_cache(maxsize=1)
def indicator_names() -> frozenset[str]:
    """The columns that hold values of cells."""
    return frozenset(i.name for i in load_indicators())


def _codes(found: dict[str, dict[str, str]]) -> tuple[Code, ...]:
    return tuple(Code(code, c["zh"], c["en"], c.get("stata", "")) for code, c in found.items())
