"""Text in traditional script in, the same in simplified script out, and the characters a converter got wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from parsers.forms import load_words

__all__ = ["find_wrong_variants", "is_traditional", "simplified"]

_HAN = re.compile(r"[一-鿿]")
# Common in any prose of the reports, and in no simplified text but for names.
_FREQUENT = re.compile(
    "[務開關於條為與發報業辦進單門應請個時實動對問題項總統計義規範標準數據體係麵製複審網監設責訴訟諮詢經營環國機處當職權"
    "級組織領導協會議決員學習際縣區鄉鎮廳書記錄館檔歷屆結轉維糾終無駁銷說話電郵號補齊齡團聯衛]"
)
_ENOUGH = 3  # different characters of the script
_SHARE = 0.05  # of the characters; a name may be written so
_SHORT_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class _Wrong:
    """The wrong characters; what each stands for; and the simplified words in which it is wrong, longest first."""

    characters: re.Pattern[str]
    right: dict[str, str]
    words: dict[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def _wrong() -> _Wrong:
    data = load_words("restore")["wrong_variants"]
    words = {pair[0]: tuple(sorted(found, key=len, reverse=True)) for pair, found in data.items()}
    return _Wrong(re.compile("[" + "".join(words) + "]"), {pair[0]: pair[1] for pair in data}, words)


def is_traditional(text: str) -> bool:
    """Whether a text is in traditional script, not one in simplified script with a name or two.

    >>> is_traditional("主動公開政府信息二十條"), is_traditional("联系人：於海涛，电话0578"), is_traditional("")
    (True, False, False)
    """
    if not _FREQUENT.search(text):
        return False
    plain = simplified(text)
    different = {a for a, b in zip(text, plain, strict=True) if a != b}
    changed = sum(a != b for a, b in zip(text, plain, strict=True))
    share = changed / max(1, len(_HAN.findall(text)))
    if len(different) >= _ENOUGH:
        return share >= _SHARE
    return len(different) > 1 and share >= _SHORT_SHARE and bool(next(find_wrong_variants(text), None))


def simplified(text: str) -> str:
    """The text in simplified script, character for character.

    >>> simplified("全麵推進政務公開製度")
    '全面推进政务公开制度'
    """
    converted = str(_converter().convert(text))
    if len(converted) == len(text):
        return converted
    return "".join(_one(char) for char in text)


@lru_cache(maxsize=8192)
def _one(char: str) -> str:
    converted = str(_converter().convert(char))
    return converted if len(converted) == 1 else char


@lru_cache(maxsize=1)
def _converter() -> Any:
    import opencc  # for damaged text only

    return opencc.OpenCC("t2s")


def find_wrong_variants(text: str) -> Iterator[tuple[int, int, str]]:
    """The words in which a converter put another character, each with the simplified word.

    >>> list(find_wrong_variants("健全體係，印製手冊")), list(find_wrong_variants("乾安县麵粉厂"))
    ([(2, 4, '体系')], [])
    """
    wrong = _wrong()
    if not wrong.characters.search(text):
        return
    plain = simplified(text) if _FREQUENT.search(text) else text
    end = 0
    for found in wrong.characters.finditer(text):
        place = found.start()
        words = wrong.words[found.group()]
        spans = (_span_of(plain, place, wrong.right[found.group()], word) for word in words)
        span = next((span for span in spans if span and span[0] >= end), None)
        if span:
            yield span
            end = span[1]


def _span_of(plain: str, place: int, right: str, word: str) -> tuple[int, int, str] | None:
    """Where the word stands, if one of its characters is `right` and stands at a place."""
    for offset, char in enumerate(word):
        start, end = place - offset, place - offset + len(word)
        if char != right or start < 0 or end > len(plain):
            continue
        if plain[start:place] == word[:offset] and plain[place + 1 : end] == word[offset + 1 :]:
            return start, end, word
    return None
