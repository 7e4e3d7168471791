"""A short heading in, what it announces out: problems, measures, both, or something else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from parsers.forms import load_words
from parsers.narrative.cues import Kind, is_problem, names_lack, opens_as_measure
from parsers.narrative.words import any_of

__all__ = ["is_empty", "is_other", "label_of"]

_NUMBER = re.compile(r"^(?:第?[一二三四五六七八九十]{1,3}(?:[、.．]|部分)|[（(][一二三四五六七八九十]{1,3}[）)])")
_SPACE = re.compile(r"[\s　\xa0]+")
_EDGE = " \t　\xa0\n\r【】［］，,、：:；;。"
_NEEDED = re.compile(
    r"(?:需要?|有待|亟待|亟需|尚需|还需|应)(?:进一步)?(?:改进|改善|加强|提升|完善|解决|整改)的(?:问题|方面|地方|事项)?"
)
_CORRECTED = re.compile(
    r"(?:问题|不足|困难|短板)(?:的|及时|逐项)?整改|(?:问题|不足|困难|短板)的(?:改进|解决)|^(?:上|去|前)一?年|^20\d\d年?度?.{0,8}(?:问题|不足)的?改进"
)
_LONGEST_LABEL = 40
_LONGEST_REST = 2  # characters of a label that no list holds


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of headings, from points.yml."""

    words: re.Pattern[str]
    letters: frozenset[str]
    problem: frozenset[str]
    measure: frozenset[str]
    other: frozenset[str]
    telling: re.Pattern[str]
    telling_end: tuple[str, ...]
    telling_problem: re.Pattern[str]
    vague: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    data = load_words("points")
    label = data["label"]
    known = [*label["problem"], *label["measure"], *label["filler"]]
    return _Words(
        words=re.compile(rf"\d{{4}}年?度?|{any_of(known)}|[\"“”]"),
        letters=frozenset("".join(word for words in label.values() for word in words) + '0123456789年度“”、"'),
        problem=frozenset(label["problem"]),
        measure=frozenset(label["measure"]),
        other=frozenset(label["other"]),
        telling=re.compile(any_of(label["telling"])),
        telling_end=tuple(label["telling_end"]),
        telling_problem=re.compile(any_of(label["telling_problem"])),
        vague=re.compile(any_of(data["vague"])),
    )


@lru_cache(maxsize=1024)
def label_of(words: str) -> Kind | Literal["both"] | None:
    """What a short heading announces, if it is made of the words of such headings alone.

    >>> label_of("存在的主要问题"), label_of("下一步改进措施"), label_of("存在的主要问题及改进情况")
    ('problem', 'measure', 'both')
    >>> label_of("解读形式单一"), label_of("强化保障措施")
    (None, None)
    """
    words = _NUMBER.sub("", _SPACE.sub("", words[: 2 * _LONGEST_LABEL]))
    if not words or len(words) > _LONGEST_LABEL:
        return None
    known = _words()
    if len(set(words) - known.letters) > _LONGEST_REST:
        return None
    words = _NEEDED.sub("问题", words)
    if rest := known.words.sub("", words).strip("、"):
        return _label_with(words, rest)
    parts = known.words.findall(words)
    problem = any(part in known.problem for part in parts)
    measure = any(part in known.measure for part in parts)
    if problem and measure:
        return "measure" if words.startswith(("针对", "对", "解决")) or _CORRECTED.search(words) else "both"
    if problem:
        return "problem"
    return "measure" if measure else None


def _label_with(words: str, rest: str) -> Kind | None:
    """A label that holds a word or two of its own: 改进的方法和途径, 存在的堵点问题."""
    known = _words()
    if opens_as_measure(words) and not known.telling.match(words):  # 优化整改流程 is a measure itself
        return None
    if len(rest) > _LONGEST_REST or is_problem(words) or any(c in words for c in "，,；;“《"):
        return None
    if names_lack(words):
        named = known.telling_problem.search(words) and words.endswith(tuple(known.problem))
        return "problem" if named else None
    if known.telling.search(words) and words.endswith(known.telling_end):
        return "measure"
    return None


def is_other(words: str) -> bool:
    """Whether a short heading leads away from problems and measures.

    >>> is_other("（三）其他"), is_other("其他问题")
    (True, False)
    """
    return _NUMBER.sub("", _SPACE.sub("", words[:_LONGEST_LABEL])) in _words().other


def is_empty(words: str) -> bool:
    """Whether a plan says no more than that there will be one.

    >>> is_empty("努力改进。"), is_empty("做好以下工作："), is_empty("加强培训。")
    (True, True, False)
    """
    words = _SPACE.sub("", words.rstrip())
    return words.endswith(("：", ":")) or not _words().words.sub("", _words().vague.sub("", words.strip(_EDGE + "！")))
