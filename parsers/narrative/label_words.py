"""The word lists of labels.yml in, the patterns that cut noun phrases out of clauses out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from parsers.forms import load_words
from parsers.narrative.words import any_of

__all__ = ["REACHED", "YEAR", "LabelWords", "label_words"]

YEAR = r"(?:(?:19|20)\d\d年(?:度|底|末|以来)?|[12]?\d月(?:份|底|末)?|[123]?\d[日号])"
REACHED = "[扩拓增减缩压提降升延精合追上下跃攀回][展大宽加少短缩高升低伸简长调涨]?[到至为]"  # 扩展到15类
_ORDINAL = r"\d{1,2}[.、]|[一二三四五六七八九十]{1,2}[是、]|\([一二三四五六七八九十\d]{1,2}\)"


@dataclass(frozen=True, slots=True)
class LabelWords:
    """The lists of labels.yml as patterns."""

    opening: re.Pattern[str]
    closing: re.Pattern[str]
    prepositions: re.Pattern[str]
    verbs: re.Pattern[str]
    right_none: re.Pattern[str]
    right_acts: tuple[str, ...]
    right_verbs: tuple[str, ...]
    right_stop: re.Pattern[str]
    change: re.Pattern[str]
    against: re.Pattern[str]
    share: re.Pattern[str]
    rates: tuple[str, ...]
    earlier: re.Pattern[str]
    outcomes: re.Pattern[str]


def _unless(words: list[str], but: dict[str, str]) -> re.Pattern[str]:
    """One of some words, each not before what makes a noun of it."""
    free = any_of(word for word in words if word not in but)
    return re.compile("|".join([free, *(f"{word}(?!{after})" for word, after in but.items() if word in words)]))


@lru_cache(maxsize=1)
def label_words() -> LabelWords:
    data = load_words("labels")
    return LabelWords(
        opening=re.compile(
            rf"(?:[、 ]|{_ORDINAL}|{YEAR}|{any_of(data['opening'])}|{'|'.join(data['opening_patterns'])})*"
        ),
        closing=re.compile(f"(?:{any_of(data['closing'])}|(?<!行)为|(?<!存)在|{REACHED}| )+$"),
        prepositions=re.compile(f"(?!{any_of(data['no_prepositions'])}){any_of(data['prepositions'])}"),
        verbs=re.compile(f"(?P<noun>{any_of(data['nouns'])})|{any_of(data['verbs'])}"),
        right_none=_unless(data["right_none"], data["right_none_but"]),
        right_acts=tuple(data["right_acts"]),
        right_verbs=tuple(data["right_verbs"]),
        right_stop=re.compile("|".join([any_of(data["right_stops"]), *data["right_stop_patterns"]])),
        change=re.compile(rf"(?P<word>(?:净|略|均)?{any_of(data['change'])})(?:{any_of(data['behind_change'])}| )*$"),
        against=re.compile(any_of(data["against"])),
        share=re.compile(
            rf"占(?:比|(?P<base>[^,]{{0,24}}?))(?:的?(?:比例|比重))?(?:{any_of(data['behind_share'])}| )*$"
        ),
        rates=tuple(data["rates"]),
        earlier=re.compile(rf"{any_of(data['earlier'])}(?:的|为|同期)?(?!度?(?:结转|转))"),
        outcomes=re.compile(any_of(data["outcomes"])),
    )
