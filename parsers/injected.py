"""Text in, the phrases that hijackers put into it out: betting phrases where words stood, banners of foreign words.

A phrase is foreign by its words (those of restore.yml) and by its place: it stands where the
grammar wants 关于, or nothing. What an organ itself says of betting (查处网络赌博) is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from parsers.forms import load_words

__all__ = ["find_banners", "find_spam", "may_hold_injected"]

_ABOUT = "关于"
_TITLE = 100  # characters between 《 and a phrase in its title
_CLAUSE = re.compile(r"[。；;！？!?\n]")
_SENTENCE = re.compile(r"[^。\n]+")
_PAUSE = '，,、：:（(“"《〈 　\t'
_HEAD_WINDOW = 80  # characters from a phrase to the noun it qualifies
_QUOTED = re.compile(r"“[^”“\n]{0,30}$")
_YEAR = re.compile(r"(?:19|20)\d\d年")
_SHORTEST_PHRASE = 5
_LONGEST_BANNER = 80
_HAN = re.compile(r"[一-鿿]")


@dataclass(frozen=True, slots=True)
class _Words:
    """The word lists of restore.yml as patterns."""

    run: re.Pattern[str]
    brand: re.Pattern[str]
    core: re.Pattern[str]
    own: re.Pattern[str]
    about: re.Pattern[str]
    head: re.Pattern[str]
    issuer: re.Pattern[str]
    organ: re.Pattern[str]
    going_on: re.Pattern[str]
    banner: re.Pattern[str]


def _any(words: Iterable[object]) -> str:
    return "(?:" + "|".join(re.escape(w) for w in sorted({str(w) for w in words}, key=lambda w: (-len(w), w))) + ")"


@lru_cache(maxsize=1)
def _hook() -> re.Pattern[str]:
    """The beginnings of the words of betting: without one a text holds no spam."""
    spam = load_words("restore")["spam"]
    return re.compile(_any(str(word)[:3] for word in [*spam["brands"], *spam["betting"], *spam["tournaments"]]))


@lru_cache(maxsize=1)
def _banner_hook() -> re.Pattern[str]:
    return re.compile(_any(load_words("restore")["banner"]["cores"]))


@lru_cache(maxsize=1)
def _words() -> _Words:
    data = load_words("restore")
    spam, banner = data["spam"], data["banner"]
    brands = r"(?<![A-Za-z0-9.@/])" + _any(spam["brands"]) + r"(?:\d{1,5}(?![\d年]))?"
    tournament = _any(spam["tournaments"])
    cup = rf"{tournament}(?:{_any(spam['leading'])})?{_any(spam['sites'])}"
    core = rf"(?:{brands}|{cup}|{_any(spam['betting'])})"
    leading = _any([*spam["leading"], *spam["tournaments"]])
    gap = r"[_\-–—|·,/ ]{0,2}"
    site = r"[A-Za-z]{1,8}\d{1,6}|[A-Za-z]{2,8}|(?<=[A-Za-z])\d{1,6}"
    following = rf"(?:{core}|{tournament}|{_any(spam['following'])}(?![局厅委])|(?<=娱乐)城|{site})"
    return _Words(
        run=re.compile(rf"(?:{leading}{gap}){{0,4}}{core}(?:{gap}{following}){{0,16}}:?"),
        brand=re.compile(brands),
        core=re.compile(core),
        own=re.compile(_any(spam["own"]) + r"[^，,。；;《]{0,6}$"),
        about=re.compile(_any(spam["about"])),
        head=re.compile(rf"(?:的[^，,。；;]{{0,12}}?)?{_any(spam['heads'])}"),
        issuer=re.compile(_any(spam["issuers"]) + "$"),
        organ=re.compile(_any(spam["organ"])),
        going_on=re.compile(_any(spam["going_on"]) + r"|\d|[，,。；;、）)》”]|$"),
        banner=re.compile(rf"(?:{_any(banner['words'])}|[\s_\-–—|·,，.。!！~+#*/:：、&^$@0-9a-zA-Z])+"),
    )


def may_hold_injected(text: str) -> bool:
    """Whether any word of the lists stands in a text; without one, the search for phrases finds none."""
    return bool(_banner_hook().search(text) or _hook().search(text))


def find_banners(text: str) -> Iterator[tuple[int, int, str]]:
    """Lines made of the words of foreign banners alone, or of betting phrases alone.

    >>> list(find_banners("国产精品_av在线观看")), list(find_banners("欧洲杯买球官网_欧洲杯投注平台"))
    ([(0, 11, '')], [(0, 15, '')])
    """
    words = _words()
    for line in re.finditer(r"[^\n]+", text):
        if line.end() - line.start() <= _LONGEST_BANNER and _is_banner(line.group(), words):
            yield line.start(), line.end(), ""


def _is_banner(line: str, words: _Words) -> bool:
    if _banner_hook().search(line) and _HAN.search(line) and words.banner.fullmatch(line):
        return True
    betting = words.run.fullmatch(line.strip())
    return betting is not None and (words.brand.search(line) is not None or len(words.core.findall(line)) > 1)


def find_spam(text: str) -> Iterator[tuple[int, int, str]]:
    """Betting phrases that stand in place of words, each with what stood there: 关于, or nothing.

    >>> list(find_spam("转发省政府办公厅足球比分直播:做好年报工作的通知"))
    [(8, 15, '关于')]
    >>> list(find_spam("全年查处网络博彩平台3家，抽查比分直播网站。"))
    []
    """
    words = _words()
    # The phrase is slow to look for: it is where one of its words is.
    sentences = (s for s in _SENTENCE.finditer(text) if _hook().search(text, s.start(), s.end()))
    for found in (found for s in sentences for found in words.run.finditer(text, s.start(), s.end())):
        before = text[max(0, found.start() - _TITLE) : found.start()]
        behind = text[found.end() : found.end() + _HEAD_WINDOW]
        if _is_foreign(found.group(), before, behind):
            yield found.start(), found.end(), _stood(found.group(), before, behind)


def _is_foreign(phrase: str, before: str, behind: str) -> bool:
    """Whether the phrase is no part of what the organ says."""
    words = _words()
    clause = _CLAUSE.split(before)[-1]
    if (_QUOTED.search(clause) and not phrase.endswith(":")) or words.own.search(clause):
        return False
    if words.brand.search(phrase):
        return True
    core = words.core.search(phrase)
    if core is None or (core.group() == phrase and len(phrase) < _SHORTEST_PHRASE):
        return False
    if not (words.about.match(behind) or (phrase.endswith(":") and _HAN.match(behind))):
        return False
    at_start = not clause.strip() or clause[-1] in _PAUSE
    return at_start or _in_title(clause) or words.issuer.search(clause) is not None


def _in_title(clause: str) -> bool:
    return clause.rfind("《") > clause.rfind("》") or clause.rfind("〈") > clause.rfind("〉")


def _stood(phrase: str, before: str, behind: str) -> str:
    """What stood where a phrase stands: 关于 where the grammar wants it."""
    words = _words()
    clause = _CLAUSE.split(before)[-1]
    if behind.startswith(_ABOUT) or clause.endswith(_ABOUT):
        return ""
    if words.organ.match(behind):
        return ""
    if _in_title(clause):
        return "" if behind[:1] in "》〉" else _ABOUT
    ahead = re.split(r"[。；;，,\n]", behind, maxsplit=1)[0]
    headed = words.head.search(ahead) is not None
    if words.going_on.match(behind) and not behind.startswith("我们") and not (headed and _YEAR.match(behind)):
        return ""
    if not clause.strip():
        return _ABOUT if phrase.endswith(":") or headed else ""
    if clause[-1] in "，,：:":
        return _ABOUT if phrase.endswith(":") or (headed and words.about.match(behind)) else ""
    if headed and (phrase.endswith(":") or words.issuer.search(clause) or words.about.match(behind)):
        return _ABOUT
    return _ABOUT if phrase.endswith(":") and words.about.match(behind) else ""
