"""Chinese prose in, its words and its keywords out.

Words are those of jieba's dictionary and of the field's own (`forms/words.txt`, in the format
of a user dictionary of jieba). A term of the field is one word where cutting it would lose its
meaning: 依申请公开, 规范性文件. What is put together of terms stays apart, 政府信息公开 指南,
so that a term is counted wherever it stands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from parsers.forms import read_data

if TYPE_CHECKING:
    from rjieba import Jieba

__all__ = ["Keyword", "Terms", "keywords", "read_terms", "segment"]

# jieba and rjieba agree on runs of these characters alone: they differ on 163.com and 2020-01-31.
# The bound is longer than any run of prose; it keeps text without an end from costing memory.
_RUN = r"(?:(?![零一二三四五六七八九]{0,4}〇)[\u4e00-\u9fd5]){1,1000}"
_NUMERAL = r"[零一二三四五六七八九]{0,4}〇[〇零一二三四五六七八九]{0,4}"
_LETTER = "0-9A-Za-z０-９Ａ-Ｚａ-ｚ\u00c0-\u024f\u0370-\u052f"
_PIECE = re.compile(rf"({_RUN})|{_NUMERAL}|[{_LETTER}]++(?:[.,:/@_·+&-][{_LETTER}]++)*+[%％‰]?|\S")
_NUMERAL_WORD = "第?[零一二两三四五六七八九十廿百千万亿几多余]+(?:[户人件条篇场册]?次|[个件条份人名项篇期家年月日号])?"
_COUNTED = re.compile(rf"(?!{_NUMERAL_WORD}$)[\u4e00-\u9fd5]{{2,}}")
_MOST = 20


class Keyword(NamedTuple):
    """A word, its weight (TF-IDF: the higher, the more telling) and the times it stands in the text."""

    word: str
    weight: float
    times: int


class Terms(NamedTuple):
    """The words of a text in their order, punctuation and numbers among them, and its keywords."""

    words: tuple[str, ...]
    keywords: tuple[Keyword, ...]


def segment(text: str) -> tuple[str, ...]:
    """The words of a text in their order; put together they are the text without its white space.

    A number, date, address or foreign word is one piece, every other character one of its own.

    >>> segment("全年受理依申请公开 12 件，邮箱 zw@163.com")
    ('全年', '受理', '依申请公开', '12', '件', '，', '邮箱', 'zw@163.com')
    """
    return tuple(_words(text))


def keywords(text: str, most: int = _MOST) -> tuple[Keyword, ...]:
    """The `most` telling words of a text, the most telling first, words of equal weight in their order.

    A word's weight is its share of the counted words times jieba's inverse document frequency,
    the median for words that jieba does not know. Counted are Chinese words of two characters
    or more that are no numeral and not in `forms/stopwords.txt`.

    >>> [k.word for k in keywords("举办政策解读培训班，培训解读员；政策解读质量有待提高", 2)]
    ['政策解读', '培训班']
    """
    return _keywords(_words(text), most)


def read_terms(text: str, most: int = _MOST) -> Terms:
    """Words and keywords of a text cut once."""
    words = segment(text)
    return Terms(words, _keywords(words, most))


def _words(text: str) -> Iterator[str]:
    cut = _cutter().cut
    for piece in _PIECE.finditer(text):
        if run := piece[1]:
            yield from cut(run)
        else:
            yield piece[0]


def _keywords(words: Iterable[str], most: int) -> tuple[Keyword, ...]:
    stop_words = _stop_words()
    counts = {word: count for word, count in Counter(words).items() if _COUNTED.match(word) and word not in stop_words}
    total = sum(counts.values())
    frequencies, median = _document_frequencies()
    found = (Keyword(word, count * frequencies.get(word, median) / total, count) for word, count in counts.items())
    return tuple(sorted(found, key=lambda k: (-k.weight, k.word))[:most])


@lru_cache(maxsize=1)
def _cutter() -> Jieba:
    """rjieba with the words of the field: its own dictionary is jieba's."""
    from rjieba import Jieba  # a tenth of a second, and only where terms are asked for

    jieba = Jieba()
    for line in read_data("words.txt").splitlines():
        word, count, tag = line.split()
        jieba.add_word(word, int(count), tag)
    return jieba


@lru_cache(maxsize=1)
def _stop_words() -> frozenset[str]:
    return frozenset(read_data("stopwords.txt").split())


@lru_cache(maxsize=1)
def _document_frequencies() -> tuple[dict[str, float], float]:
    """jieba's inverse document frequencies and their median.

    Its table is read without jieba itself, which at import sets up a logger to stderr and at
    its first use writes a file to the temporary folder.
    """
    jieba = find_spec("jieba")
    if jieba is None or jieba.origin is None:
        raise ModuleNotFoundError("jieba, whose table of document frequencies is needed, is not installed")
    found = Path(jieba.origin).with_name("analyse").joinpath("idf.txt").read_text(encoding="utf-8").split()
    frequencies = dict(zip(found[::2], map(float, found[1::2]), strict=True))
    return frequencies, sorted(frequencies.values())[len(frequencies) // 2]
