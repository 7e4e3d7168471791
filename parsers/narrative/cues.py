"""Words of a sentence in, what they announce out: problems, measures, or neither; and where their points stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from parsers.forms import load_words
from parsers.narrative.words import any_of

__all__ = [
    "Kind",
    "cue_of",
    "frame_of",
    "is_bare_lead",
    "is_closing",
    "is_measure",
    "is_problem",
    "lead_of",
    "names_lack",
    "opens_as_measure",
    "opens_measures",
    "turn_in",
]

Kind = Literal["problem", "measure"]

_SPACE = re.compile(r"[\s　\xa0]+")
_BEFORE = " \t　\xa0\n\r【】［］，,、：:；;。"
_NAMING = re.compile(
    r"(?:(?:问题|不足|困难|短板|差距|欠缺|弱项|环节)[，,]?(?:主要|突出|具体|集中)?[，,]?(?:是|有|为|在于|比?如|例如)"
    r"|(?:主要|具体|突出|集中)(?:表现|体现)(?:在|为|于|是))[，,：:]?"
)
_REMAINING = re.compile("(?:仍|还|尚|也|依)然?(?:存在|存有|面临)")
_WILL = re.compile(r"[，,](?:我|本|全)[^，,。；;]{0,8}将(?!来)")
_BEGINNING = re.compile(r"[：:\s　]*(?:主要|集中|突出|具体)(?:(?:表现|体现)(?:在|为|于)|[是有为])[，,：:]?")
_ANNOUNCED = re.compile(
    r"(?:以下|如下|下列|(?:以下|下列|如下|[几两二三四五六七八多]个?)[^，,。；;：:]{0,6}方面|几点|措施|举措|工作|着手|入手|发力|着力|用力|努力|整改|改进|做好|抓好|重点|途径|办法)[，,]?[：:]"
)
_CONTRAST = re.compile(
    r"(?:但是?|不过|然而)[，,]?"
    r"|(?:问题|不足|困难|短板|差距|欠缺|弱项|环节|表现|体现|以下|如下|下列|方面是|主要|包括|[有是为在])[^，,。；;：:]{0,8}[：:]"
)
_AGAIN = re.compile(r"[，,](?:还|仍|也|主要|仍然|依然)?存在(?:着|了)?")
_CLOSE = re.compile(r"[。；;！？]")
_LONGEST_LABEL = 40
_LONGEST_FRAME = 400  # characters
_SHORTEST_FRAME = 3


@dataclass(frozen=True, slots=True)
class _Words:
    """The word lists of points.yml as patterns."""

    opening: re.Pattern[str]
    turned: re.Pattern[str]
    dealing: re.Pattern[str]
    both: re.Pattern[str]
    closing: re.Pattern[str]
    lead: re.Pattern[str]
    treated: re.Pattern[str]
    needing: re.Pattern[str]
    predicate: re.Pattern[str]
    frame: re.Pattern[str]
    verb: re.Pattern[str]
    nouns: re.Pattern[str]
    having: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    data = load_words("points")
    label, turn, problem = data["label"], data["turn"], data["problem"]
    opening, nouns = any_of(turn["opening"]), any_of(problem["nouns"])
    framing = "(?:存在|存有|面临|暴露|仍有|还有|尚有|也有)"
    being = f"(?:{framing}|有)"
    year = r"(?:20\d\d|二[〇○零]..)年"
    aim = r"(?:(?:为|按照|根据|结合|围绕|在)[^。；;，,]{2,30}[，,])?"
    own = aim + r"(?:我|本|全|各)[^。；;]{0,25}?(?:将(?!来)|拟)"
    return _Words(
        opening=re.compile(
            rf"(?:但|但是|同时|因此|所以)?[，,]?(?:{opening}|{year}[^。；;]{{0,25}}?(?:将|拟|计划|打算|(?<=[，,局县市区镇乡委厅办院校们])要(?![求点闻素]))|{own}|将(?:从|采取|继续|进一步|着力|重点))"
        ),
        turned=re.compile(
            rf"[，,；;](?=(?:下一步|下步|今后|接下来|针对(?:上述|以上|这些|存在)|为此|{year}[，,]?(?:我|本)[^，,。]{{1,8}}将))"
        ),
        dealing=re.compile(rf"(?:针对|围绕|对照|聚焦)[^。；;]{{0,40}}?{nouns}|整改|改进"),
        both=re.compile(rf"{nouns}[及和与、][^，,。；;]{{0,6}}?{any_of(label['measure'])}"),
        closing=re.compile(any_of(turn["closing"])),
        lead=re.compile(
            rf"{being}[^。；;]{{0,60}}?{nouns}|{nouns}[^。；;]{{0,20}}?(?:有|是|为|：|:|如下|表现|体现|集中)|(?:主要|具体|突出|集中)(?:表现|体现)"
        ),
        treated=re.compile(rf"{any_of(problem['treated'])}[^，,。；;]{{0,30}}?{nouns}|不存在"),
        needing=re.compile(r"(?:有待|亟待|亟需|尚需|仍需|还需|需要|需)(?:进一步)?"),
        predicate=re.compile(any_of(problem["predicates"])),
        frame=re.compile(
            rf"{framing}(?:着|了|的)?(?:诸如|一些|一定的?|以下)?(?P<what>.+?)(?P<end>(?:等|的)(?:方面的?)?(?:一些)?{nouns}|[等的](?:情况|现象|情形)|问题(?=[，,。；;]|$))",
            re.DOTALL,
        ),
        verb=re.compile(any_of(data["measure_verbs"])),
        nouns=re.compile(nouns),
        having=re.compile(rf"[仍还也尚]?然?(?:{framing}|有)(?![待所欠误限碍])|需要"),
    )


def opens_measures(words: str) -> bool:
    """Whether a sentence opens with words that turn to measures: 下一步, 针对…….

    >>> opens_measures("针对问题，着重做好："), opens_measures("有针对性地培训")
    (True, False)
    """
    return _words().opening.match(words.strip(_BEFORE)[:200]) is not None


@lru_cache(maxsize=1024)
def cue_of(words: str) -> Kind | None:
    """What a sentence of a section on problems speaks of, as far as it says.

    >>> cue_of("下一步，我局将从三方面着手："), cue_of("但仍存在一些不足：")
    ('measure', 'problem')
    >>> cue_of("2020年，我局加强领导。") is None
    True
    """
    known = _words()
    words = words.strip(_BEFORE)[:400]
    if known.opening.match(words):
        return "measure"
    if known.treated.search(words) and not known.lead.search(known.treated.sub("", words)):
        return "measure" if known.dealing.search(words) else None
    words = known.both.sub("", words)
    if known.lead.search(words) or known.needing.search(words):
        return "problem"
    if is_problem(words):
        return "problem" if _REMAINING.search(words) else None
    return "measure" if _WILL.search(words) else None


def lead_of(words: str) -> Kind | None:
    """What a sentence announces in plain words: 存在……问题, 主要问题是; or a turn to measures.

    >>> lead_of("工作中还存在以下问题："), lead_of("针对突出问题，及时督促整改"), lead_of("全年通报问题3个。")
    ('problem', 'measure', None)
    """
    known = _words()
    words = words.strip(_BEFORE)[:400]
    if known.opening.match(words):
        return "measure"
    if not known.nouns.search(words) and "体现" not in words and "表现" not in words:
        return None
    return "problem" if known.lead.search(known.both.sub("", known.treated.sub("", words))) else None


def turn_in(words: str) -> int | None:
    """Where inside a sentence on problems the turn to measures stands.

    >>> turn_in("还存在更新慢等问题，下一步将改进。")
    10
    """
    found = _words().turned.search(words)
    return found.end() if found and is_problem(words[: found.start()]) else None


def is_closing(words: str) -> bool:
    """Whether a sentence looks back on a list instead of adding to it."""
    return _words().closing.match(words.strip(_BEFORE)) is not None


def is_problem(words: str) -> bool:
    """Whether words say that something is lacking."""
    return _words().predicate.search(words) is not None


def is_measure(words: str) -> bool:
    """Whether words open as a measure does.

    >>> is_measure("加强学习，组织测试"), is_measure("加强学习方面还不够")
    (True, False)
    """
    clause = re.split(r"[，,。；;：:]", words.strip(_BEFORE), maxsplit=1)[0]
    return _words().verb.match(clause) is not None and not is_problem(clause)


def opens_as_measure(words: str) -> bool:
    """Whether words open with the verb of a measure."""
    return _words().verb.match(words) is not None


def names_lack(words: str) -> bool:
    """Whether words hold a noun for what is lacking: 问题, 不足."""
    return _words().nouns.search(words) is not None


def frame_of(text: str, start: int, end: int, kind: Kind) -> Iterator[tuple[int, int]]:
    """The places of the points in a stretch of unmarked prose.

    >>> text = "但还存在更新慢、人手不足等问题。"
    >>> [text[a:b] for a, b in frame_of(text, 0, len(text), "problem")]
    ['更新慢、人手不足']
    """
    known = _words()
    if kind == "problem":
        found = known.frame.search(text, start, min(end, start + _LONGEST_FRAME))
        if found and len(found["what"]) > _SHORTEST_FRAME and is_problem(found["what"]):
            first = found.start("what")
            again = _AGAIN.search(text, first, found.end("what"))
            if again and not is_problem(text[first : again.start()]):  # 还有一定距离，存在……等问题
                first = again.end()
            if text[start] in "：:" and is_problem(text[start : found.start()]):
                first = start + 1  # what a label announces begins before the frame
            yield from _listed(text, first, found.end("what"))
            return
        start = _behind_contrast(text, start, end)
    else:
        start = _behind_will(text, start, end)
    yield from _semicolons(text, start, end)


def _listed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The members between 、, each with a predicate of its own; one without belongs to the next.

    Where commas part what stands there, 、 does not part points.
    """
    if re.compile(r"[，,]").search(text, start, end):
        yield start, end
        return
    members = [m.span() for m in re.compile(r"[^、；;]+[、；;]?").finditer(text, start, end)]
    first = start
    for number, (_, stop) in enumerate(members):
        if number + 1 == len(members) or is_problem(text[first:stop]):
            yield first, stop
            first = stop


def _behind_contrast(text: str, start: int, end: int) -> int:
    """Past what the sentence concedes or announces: 取得了成绩，但……; 主要表现在：……"""
    head = text[start : min(end, start + _LONGEST_FRAME)]
    if beginning := _BEGINNING.match(head):
        return start + beginning.end()
    colon = re.search(r"[：:]", head)
    if colon and "；" not in head[: colon.start()] and _words().lead.search(head[: colon.end()]):
        return start + colon.end()
    for pattern in (_NAMING, _CONTRAST):
        for found in pattern.finditer(head):
            if is_problem(head[found.end() :]):
                return start + found.end()
    return start


def _behind_will(text: str, start: int, end: int) -> int:
    """Past the words that announce a measure: 下一步，我局将……"""
    known = _words()
    head = text[start : min(end, start + 200)]
    lead = len(head) - len(head.lstrip(_BEFORE))
    first = _CLOSE.search(head, lead)
    if announced := _ANNOUNCED.search(head, lead, first.start() if first else len(head)):
        return start + announced.end()
    if known.opening.match(head[lead:]) or _WILL.search(head):
        found = re.search(r"(?:将|拟|打算|计划)(?:会|要)?(?!来)|(?<=[，,])(?:要|应|需|必须)", head[:120])
        if found:
            return start + found.end()
        if found := re.search(r"[，,：:]", head[lead : lead + 30]):
            return start + lead + found.end()
    return start


def _semicolons(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Parted at semicolons, as far as the end of their sentence; undivided prose is one."""
    stop = re.compile(r"[。！？\n]").search(text, start, end)
    sentence_end = stop.end() if stop else end
    if not re.compile(r"[；;]").search(text, start, sentence_end):
        yield start, end
        return
    for found in re.compile(r"[^；;]+").finditer(text, start, sentence_end):
        yield found.span()


def is_bare_lead(words: str) -> bool:
    """Whether a sentence only says that there are problems, and names none.

    >>> is_bare_lead("与上级要求相比还有一定差距。"), is_bare_lead("还有更新不及时的问题。")
    (True, False)
    """
    known = _words()
    return known.lead.search(words) is not None and not is_problem(known.nouns.sub("", known.having.sub("", words)))
