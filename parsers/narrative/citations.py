"""Prose in, the documents and publications it names in 《》 out: number, short name, and what is done to them."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, NamedTuple

from parsers.forms import load_words
from parsers.models import Citation

__all__ = ["read_citations"]

_LONGEST_TITLE = 200
_WINDOW = 90  # characters around a title that may say more of it
_STOPS = re.compile(r"[《》。！？]|(?<!《)\n(?!》)")
_SPACE = re.compile(r"\s+")
_YEAR = r"(?:19|20)\d{2}"
_NUMERAL = r"[\d０-９一二三四五六七八九十百零〇]{1,6}"
_ISSUER = r"[一-鿿A-Za-z×＊*]{1,24}"
_NUMBER = (
    # 国办发〔2019〕14号
    rf"(?:{_ISSUER}\s*[〔﹝\[【［(（﹙]\s*{_YEAR}\s*[〕﹞\]】］)）﹚]\s*(?:第\s*)?{_NUMERAL}\s*号"
    # 第711号国务院令, 国务院令第711号, 国务院第711号令, 沪府令21号
    rf"|第\s*{_NUMERAL}\s*号\s*[一-鿿]{{0,12}}令"
    rf"|[一-鿿]{{0,24}}(?:令|公告)\s*(?:[〔（(]?{_YEAR}年?[〕）)]?\s*)?第?\s*{_NUMERAL}\s*号(?:令|公告)?"
    rf"|[一-鿿]{{0,24}}?第\s*{_NUMERAL}\s*号\s*(?:令|公告)"
    # DB35/T 1777-2018
    r"|(?:GB|DB|YY|HJ|GA|WS|JR|SL)\s?\d{0,4}(?:/[A-Z])?\s?\d{2,6}(?:\.\d+)?\s?[-—–]\s?\d{4})"
)
_INSIDE = re.compile(_NUMBER)
_MAY_END = re.compile(r"[号令告\d]$")  # as every number does
_ISSUED = re.compile(r"(?:公布|发布|颁布|印发|下发)?的?$")
_DATE = re.compile(rf"(?:{_YEAR}年(?:\d{{1,2}}月(?:\d{{1,2}}日)?)?|\d{{1,2}}月\d{{1,2}}日)")
_LEADING = re.compile(
    r"^(?:根据|依据|依照|按照|遵照|参照|对照|以及|和|与|及|或|按|依|即|见|文号|为|以|由|经|执行|落实|贯彻|严格|转发|印发|学习|下发|的|日)+"
)
_GROUP = re.compile(r"\s*[（(]((?:[^（）()\n]|[（(][^（）()\n]{0,20}[)）]){0,90})[)）]")
_BEHIND = re.compile(r"\s*(?:" + _NUMBER + ")")
_REST = re.compile(r"[”’\"']?(?:的?(?:通知|意见|决定|公告|函|批复)|文件)?")
_ALIAS = re.compile(
    r"(?:简称|统称|下称|称)(?:为|作)?\s*[：:]?\s*新?"
    r"(?:[《“\"「『‘]{1,2}([^《》“”\"」』’‘\n]{1,40})[》”\"」』’]|([^《》“”\"，,；;。（）()\n]{2,20})(?=[）)，,；;]))"
)
_ALIAS_BEHIND = re.compile(r"[，,]\s*(?:以下|下文|后文|下)?(?:简称|统称)")
_CLAUSE = re.compile(r"[，,。；;：:！？!?\n（）()》]")
_JOINED = re.compile(r"[\s、,，]*(?:和|以及|及|与|暨|或|并)?\s*(?:国家|省|市|县|区)?\s*")
_ORGAN = re.compile(r"^.*(?:部|厅|局|人民政府|办公室|委员会|国务院)(?=[^〔﹝\[【［(（﹙]{2,8}[〔﹝\[【［(（﹙])")
_MOST_REMARKS = 3
_MOST_MENTIONS = 10  # of one title that are read for what the first one lacks
_PLACED = ("在", "于", "从", "向", "照")  # where something is done, to something else
_NOTHING = ""  # … and so to the titles joined to it


class _Title(NamedTuple):
    """A title's words and the place of its 《 and of what stands behind its 》."""

    words: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Words:
    """The word lists of citations.yml as patterns."""

    ending: re.Pattern[str]
    not_ending: re.Pattern[str]
    called: re.Pattern[str]
    named: re.Pattern[str]
    before: re.Pattern[str]
    near: re.Pattern[str]
    behind: re.Pattern[str]
    grounds: re.Pattern[str]
    far: re.Pattern[str]
    handled: re.Pattern[str]


def _any(words: Collection[str]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w))) + ")"


@lru_cache(maxsize=1)
def _words() -> _Words:
    data = load_words("citations")
    acts = _any(data["acts"])
    return _Words(
        ending=re.compile(
            _any(data["publication"]["ending"]) + r"(?:[（(〔][^（）()〔〕]{0,20}[)）〕]|第?\d{1,4}[年期卷]?)*$"
        ),
        not_ending=re.compile(_any(data["publication"]["not_ending"]) + "$"),
        called=re.compile(r"[”]?\s*(?:内部|电子)?" + _any(data["publication"]["called"])),
        named=re.compile(_any(data["publication"]["named"]) + r"[“]?\s*$"),
        before=re.compile(rf"(?<!新)({acts})(?:{_any(data['between'])}){{0,3}}$"),
        near=re.compile(rf"(?:已|正式|全年|已经|予以|进行了?|的)*({acts})"),
        behind=re.compile(
            rf"(?:予以|进行了?|作了?|后|并|全年|正式|已)(?P<said>{acts})|(?P<last>{acts})(?:工作|完毕|了)?$"
        ),
        grounds=re.compile(_any(data["grounds"])),
        far=re.compile("(?<!新)" + _any(data["far"])),
        handled=re.compile(_any(data["handled"]) + "$"),
    )


def read_citations(text: str, *, known: Collection[str] = ()) -> tuple[Citation, ...]:
    """The distinct titles of a text in the order of their first appearance; `section` is left to the caller.

    A short name that the text defines (以下简称《条例》), or one of those `known` from an
    earlier section, is no citation of its own.

    >>> [found] = read_citations("根据《云溪县公开办法》（云政发〔2019〕3号，以下简称《办法》），《办法》另行公布。")
    >>> found.title, found.document_number, found.alias, found.act
    ('云溪县公开办法', '云政发〔2019〕3号', '办法', '根据')
    """
    found: dict[str, Citation] = {}
    aliases = set(known)
    before, taken, act = "", 0, None  # the title before, the end of what is said of it, its act
    mentions: Counter[str] = Counter()
    for title in _titles(text):
        mentions[title.words] += 1
        if title.start < taken or mentions[title.words] > _MOST_MENTIONS:  # inside the remarks on the one before
            continue
        joined = bool(before) and _JOINED.fullmatch(text, taken, title.start) is not None
        citation, end = _citation(text, title, taken, act if joined else None)
        before, taken, act = title.words, end, citation.act
        citation = replace(citation, act=act or None)
        if title.words in aliases:
            continue
        if citation.alias:
            aliases.add(citation.alias)
        found[title.words] = _merged(found.get(title.words), citation)
    return tuple(found.values())


def _merged(first: Citation | None, again: Citation) -> Citation:
    if first is None:
        return again
    return replace(
        first,
        document_number=first.document_number or again.document_number,
        alias=first.alias or again.alias,
        act=first.act or again.act,
    )


def _titles(text: str) -> Iterator[_Title]:
    """Every outermost 《…》 that closes in its sentence; of an unclosed one, what stands behind it counts."""
    taken = 0
    for start, end in _closed(text):
        if start < taken:  # inside the one before
            continue
        taken = end + 1
        if words := _SPACE.sub("", text[start + 1 : end]):
            yield _Title(words, start, end + 1)


def _closed(text: str) -> Iterator[tuple[int, int]]:
    """The places of every 《 and its 》 that are no further apart than a title is long, by their starts."""
    if "《" not in text:
        return
    opened: deque[int] = deque()
    closed: list[tuple[int, int]] = []
    for found in _STOPS.finditer(text):
        mark, place = found.group(), found.start()
        if not opened and mark != "《":
            continue
        if mark == "《":
            opened.append(place)
        elif mark == "》":
            start = opened.pop()
            if place - start <= _LONGEST_TITLE:
                closed.append((start, place))
        else:
            opened.clear()
        while opened and place - opened[0] > _LONGEST_TITLE:
            opened.popleft()
        if closed and (not opened or closed[0][0] < opened[0]):
            first_open = opened[0] if opened else len(text)
            yield from sorted(pair for pair in closed if pair[0] < first_open)
            closed = [pair for pair in closed if pair[0] > first_open]
    yield from sorted(closed)


def _citation(text: str, title: _Title, taken: int, inherited: str | None) -> tuple[Citation, int]:
    """One title with what is said of it, and where that ends. `taken` is where the words before it begin."""
    number, alias, end = _remarks(text, title.end)
    head = text[max(taken, title.start - _WINDOW) : title.start]
    clause = _CLAUSE.split(head)[-1]
    if number is None:
        number = _number_before(head)
    kind = _kind(title.words, clause, text[title.end : title.end + 8])
    act = inherited if inherited is not None else _act(clause, text[end : end + _WINDOW])
    return Citation(title.words, number, "", kind, alias, act, title.start), end


def _kind(title: str, before: str, behind: str) -> Literal["document", "publication"]:
    """A document, unless the title ends as those of publications do or is called one.

    >>> _kind("云溪县人民政府公报", "编印", "全年"), _kind("关于做好政府公报工作的通知", "", "")
    ('publication', 'document')
    """
    words = _words()
    ending = words.ending.search(title)
    if ending and not words.not_ending.search(title[: ending.end()]):
        return "publication"
    return "publication" if words.called.match(behind) or words.named.search(before) else "document"


def _remarks(text: str, end: int) -> tuple[str | None, str | None, int]:
    """What is printed behind a title: its number, its short name, and where that ends."""
    number = alias = None
    rest = _REST.match(text, end)
    place = rest.end() if rest else end
    if (bare := _BEHIND.match(text, place)) and not _LEADING.match(bare.group().strip()) and "的" not in bare.group():
        number, place = _SPACE.sub("", bare.group()), bare.end()
        end = place
    for _ in range(_MOST_REMARKS):
        if not (group := _GROUP.match(text, place)):
            break
        number = number or _number_in(group[1])
        alias = alias or _alias_in(group[1] + "）")
        end = place = group.end()
    if alias is None and _ALIAS_BEHIND.match(text, place):
        alias = _alias_in(text[place : place + _WINDOW])
    return number, alias, end


def _alias_in(words: str) -> str | None:
    found = _ALIAS.search(words)
    return _SPACE.sub("", found[1] or found[2]) if found else None


def _number_in(words: str) -> str | None:
    """The number of a document among the words of a remark, as printed but for white space.

    >>> _number_in("2019年4月3日国务院令第711号公布"), _number_in("附件2"), _number_in("国办发〔2016〕8号")
    ('国务院令第711号', None, '国办发〔2016〕8号')
    """
    for part in re.split(r"[，,；;、]|" + _DATE.pattern, words):
        if found := _INSIDE.search(part.replace("以下简称", "，")):
            return _bare(found.group())
    return None


def _bare(number: str) -> str | None:
    """A number without white space and the words that lead to it.

    >>> _bare("依据财政部发改价格〔2008〕1828号"), _bare("根据国务院令第711号")
    ('发改价格〔2008〕1828号', '国务院令第711号')
    """
    return _ORGAN.sub("", _LEADING.sub("", _SPACE.sub("", number))) or None


def _number_before(head: str) -> str | None:
    """The number printed right before a title: 依据国务院令第711号《…》, (国办发〔2019〕14号)《…》."""
    head = head.rstrip(" 　（(）)")
    words = re.split(r"[，,。；;：:！？\n》、]|[（(](?!\s*\d{4})", head)[-1]
    words = _ISSUED.sub("", words)
    if not _MAY_END.search(words):
        return None
    for found in _INSIDE.finditer(words):
        if found.end() == len(words):
            return _bare(found.group())
    return None


def _act(before: str, behind: str) -> str | None:
    """What is done to or with a title, by the words of its clause before and behind it."""
    words = _words()
    before = _SPACE.sub("", before)
    if found := words.before.search(before):
        return found[1]
    if found := words.grounds.search(before):
        return found.group()
    if far := words.far.findall(before):
        return str(far[-1])
    if before.endswith(_PLACED):
        return _NOTHING
    behind = _CLAUSE.split(behind.split("《")[0])[0]
    if near := words.near.match(behind):
        return near[1]
    if not before or words.handled.search(before):
        return next((found["said"] or found["last"] for found in words.behind.finditer(behind)), None)
    return None
