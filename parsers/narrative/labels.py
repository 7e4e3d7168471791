"""What a quantity counts: prose and quantities in, their labels, kinds and shared numbers out."""

from __future__ import annotations

import re
from dataclasses import replace

from parsers.narrative.label_words import REACHED, label_words
from parsers.narrative.prose import COVER, DELIMITERS, Prose, Quantity
from parsers.narrative.units import is_measure, is_money

__all__ = ["label_quantities"]

_LONGEST_LABEL = 24
_BEING = ("为", "是", "系")  # 7件为企业申请
_REACHES = re.compile(REACHED)
_TOGETHER = re.compile(r"(?<!公)共")
_TOTALS = re.compile(r"合计|共计|总计|其余|剩余|(?<!公)共(?=[ 有计达]*$)")
_AGAINST_EARLIER = re.compile(
    r"(?P<subject>[^,。;:()\d]{0,20}?)(?:较|比|与|由|从)"
    r"(?P<when>(?:19|20)\d\d年度?|上年|去年|上一年度?|上年度)(?:同期|全年)?(?:的|为|有|\() ?$"
)
_IDLE = frozenset(("占", "仅", "全年", "全年仅", "只", "只有", "共", "达", "已达"))
_ASIDE = re.compile(r"[^\s,。;:、()]{1,6}\([^()\d]{1,6}\)(?=[一-龥])")  # 县(市)区
_LEAST_CLAUSE = 5
_ABOVE = re.compile(r"[ 、并]*(?P<word>(?:高于|低于|高出|超出|超过|领先|优于)[^,。;:()\d]{2,16})$")
_PAST = re.compile(r"(?:19|20)\d\d年")
_CHAIN = re.compile(r"[^\S\n]*[、,和及与]?以?及?[^\S\n]*")
_NAMES = re.compile(r"以及|[、和与及]")
_GOES_ON = re.compile(rf"[^\W0-9]|[{COVER}(]")
_DISTRIBUTED = re.compile(r"(.*?)(分别|各自?)(.*)$")
_CLOSING_REACH = 10  # characters
_SETTING = re.compile(
    r"在(?![线职建编校运岗])[^,。;:()]{2,20}?(?:活动|过程|评估|测评|考核|检查|抽查|期)?(?:中(?![心小学国央层医介])|期间)"
)  # 在全省评估中得分
_WITHIN = re.compile(r"中(?![心小学国央层医介标枢转])")  # 8名工作人员中专职2名
_TIMES_EARLIER = re.compile(r"(?:为|是|达到?|相当于)(?:(?:19|20)\d\d年度?|上年度?|去年|上一年度?)(?:同期|全年)?的 ?$")
_LONGEST_CHAIN = 20
_LEAST = 2  # characters of a noun


def label_quantities(prose: Prose, quantities: list[Quantity]) -> list[Quantity]:
    """The same quantities with label and kind; those that several nouns share (各1个) doubled."""
    labelled: list[Quantity] = []
    names: list[str] = []
    i = 0
    while i < len(quantities):
        one = quantities[i]
        if one.zero:
            labelled.append(one)
            i += 1
            continue
        before = quantities[i - 1] if i else None
        floor = min(max(before.after, before.label_end), one.start) if before else 0
        chain = _chain(prose, quantities, i)
        start = prose.clause_start(one.start, floor)
        if remark := _behind_remark(prose, start, floor, one.start):
            one.label = remark
            labelled.append(one)
            i += 1
            continue
        shared, found = _distribute(prose, start, chain, names)
        if not shared and len(chain) > 1:
            shared, found = _take_up(prose, start, chain, labelled), names
        if shared:
            names = found
            labelled.extend(shared)
            i += len(chain)
            continue
        ceiling = quantities[i + 1].start if i + 1 < len(quantities) else len(prose.plain)
        _label(prose, one, start, max(ceiling, one.after), labelled)
        labelled.append(one)
        i += 1
    _share_nouns(labelled)
    return labelled


def _share_nouns(labelled: list[Quantity]) -> None:
    """6大类30条任务: both count 任务."""
    for one, later in zip(reversed(labelled[:-1]), reversed(labelled[1:]), strict=True):
        if one.after == later.start and later.label_end > later.after and not one.zero:
            one.label, one.label_end = later.label, later.label_end


def _behind_remark(prose: Prose, start: int, floor: int, end: int) -> str:
    """答复（含上年结转）71件: the label stands before the bracket."""
    if not start or prose.plain[start - 1] != ")" or prose.plain[start:end].strip(" 共计为达约有"):
        return ""
    opened = prose.plain.rfind("(", floor, start)
    return _left(prose, prose.clause_start(opened, floor), opened) if opened > floor else ""


def _chain(prose: Prose, quantities: list[Quantity], i: int) -> list[Quantity]:
    """The quantities that follow each other without words between: 3、1、2件."""
    chain = [quantities[i]]
    for k in range(i + 1, min(len(quantities), i + _LONGEST_CHAIN)):
        later = quantities[k]
        low = chain[-1].after
        if later.zero or later.start < low or _CHAIN.fullmatch(prose.plain, low, later.start) is None:
            break
        chain.append(later)
    return chain


def _distribute(prose: Prose, start: int, chain: list[Quantity], names: list[str]) -> tuple[list[Quantity], list[str]]:
    """微博、微信各1个; 维持、纠正分别为3、1件: one quantity a noun. Empty if nothing is shared."""
    first = chain[0]
    found = _DISTRIBUTED.match(prose.plain, start, first.start)
    if found is None:
        return [], []
    parts = _parts(prose, start, found.end(1))
    rest = _bare(prose, found.start(3), first.start)
    if found[2] != "分别" and (len(chain) == 1 or len(parts) != len(chain)):
        if len(parts) < 2 or (rest and not label_words().verbs.match(rest)) or len(chain) > 1:
            return [], []
        return [replace(first, label=part + rest) for part in parts], parts
    if len(chain) < 2 or (len(parts) < 2 and len(names) != len(chain)):
        return [], []
    if len(parts) < len(chain):
        parts = [name + parts[0] for name in names] if parts and len(names) == len(chain) else parts
    else:
        parts = parts[-len(chain) :]
    if len(parts) != len(chain):
        return [], []
    for one, part in zip(chain, parts, strict=True):
        one.label = part + ("" if is_measure(one.unit) else rest)
        _measure(prose, one, found.start(3), first.start)
    return chain, parts


def _take_up(prose: Prose, start: int, chain: list[Quantity], done: list[Quantity]) -> list[Quantity]:
    """接通率96%，满意率99%，分别提高1和2个百分点: percentages of the figures before them, one each."""
    found = _DISTRIBUTED.match(prose.plain, start, chain[0].start)
    if found is None or found[2] != "分别" or not all(is_measure(one.unit) for one in chain):
        return []
    floor = prose.sentence(start)[0]
    owners = [q for q in done[-len(chain) :] if not q.zero and q.kind in ("count", "rate") and q.start >= floor]
    if len(owners) != len(chain) or len({is_measure(q.unit) for q in owners}) != 1:
        return []
    rest = _bare(prose, found.start(3), chain[0].start)
    for one, owner in zip(chain, owners, strict=True):
        one.label = owner.label
        _measure(prose, one, found.start(3), chain[0].start)
        if one.kind == "rate":
            one.label = owner.label + rest
        if one.kind != "share":
            one.parent = owner
    return chain


def _measure(prose: Prose, one: Quantity, start: int, end: int) -> None:
    """The kind of a percentage in a shared list."""
    if not is_measure(one.unit):
        return
    words, lead = label_words(), prose.plain[start:end]
    if "占" in prose.plain[max(0, start - 4) : end]:
        one.kind, one.subject = "share", one.label
    elif found := words.change.search(lead):
        one.kind, one.subject = "change", one.label
        one.label = one.label + found["word"]
    else:
        one.kind = "rate"


def _parts(prose: Prose, start: int, end: int) -> list[str]:
    """The nouns of 市、县和乡, the first without its opening."""
    start += len(_opened(prose.plain, start, end))
    parts, low = [], start
    for cut in [*_NAMES.finditer(prose.plain, start, end), None]:
        high = cut.start() if cut else end
        part = label_words().closing.sub("", prose.plain[low:high])
        if text := prose.raw[low : low + len(part)].strip():
            parts.append(text)
        low = cut.end() if cut else end
    if parts and "中" in parts[0][1:]:
        parts[0] = parts[0][parts[0].rfind("中") + 1 :] or parts[0]
    return parts


def _opened(plain: str, start: int, end: int) -> str:
    found = label_words().opening.match(plain, start, end)
    return found.group() if found else ""


def _bare(prose: Prose, start: int, end: int) -> str:
    """The words between two places without opening and closing words."""
    start += len(_opened(prose.plain, start, end))
    return prose.raw[start : _closed(prose.plain, start, end)].strip()


def _closed(plain: str, start: int, end: int) -> int:
    """Where the words that only lead to a number begin: 共计, 分别为, 达到了."""
    closing = label_words().closing
    near = max(start, end - _CLOSING_REACH)  # an end is found sooner from near it
    found = closing.search(plain, near, end)
    if found and near > start and found.start() <= near + 1:
        found = closing.search(plain, start, end)
    return found.start() if found else end


def _label(prose: Prose, one: Quantity, start: int, ceiling: int, done: list[Quantity]) -> None:
    """The label of a quantity that stands alone."""
    words, plain = label_words(), prose.plain
    lead = plain[start : one.start]
    one.earlier = words.earlier.search(lead) is not None
    if is_measure(one.unit):
        if _label_share(prose, one, start, lead) or _label_change(prose, one, start, lead):
            return
        one.kind = "rate"
    elif _says_change(prose, one, lead, ceiling) and _label_change(prose, one, start, lead):
        return
    if _label_earlier(prose, one, start, done):
        return
    left = _left(prose, start, one.start)
    right = _right(prose, one, left, ceiling)
    if right:
        one.label = right
    elif left:
        one.label = left
        one.own = len(left) > 1
    else:
        one.own = False
        one.label = _inherited(prose, one, start, done)


def _label_earlier(prose: Prose, one: Quantity, start: int, done: list[Quantity]) -> bool:
    """较上年的38.5万元; 受理量较2018年的52件: the figure of an earlier year."""
    if start == one.start and prose.plain[max(0, start - 1) : start] == "(":  # 较2020年(31件)
        start = prose.clause_start(start - 1)
    found = _AGAINST_EARLIER.match(prose.plain, start, one.start)
    if found is None:
        return False
    when = found["when"]
    subject = _bare(prose, start, found.end("subject"))
    one.earlier = True
    if not subject:
        subject = next((b.label for b in reversed(done[-4:]) if b.kind in ("count", "rate") and not b.zero), "")
    one.label = when + subject
    one.own = False
    return True


def _says_change(prose: Prose, one: Quantity, lead: str, ceiling: int) -> bool:
    """Whether words before a count compare it, or it is 减少17件 as a clause of its own."""
    if label_words().against.search(lead):
        return True
    found = label_words().change.search(lead)
    opens = found is not None and not lead[: found.start()].strip("、 并") and len(found["word"]) > 1
    return opens and not _right(prose, one, "", ceiling)


def _label_share(prose: Prose, one: Quantity, start: int, lead: str) -> bool:
    found = label_words().share.search(lead)
    if found is None:
        return False
    one.kind = "share"
    one.base_name = (found["base"] or "").strip()
    one.subject = _bare(prose, start, start + found.start())
    one.label = one.subject + "占比" if one.subject else "占比"
    return True


def _label_change(prose: Prose, one: Quantity, start: int, lead: str) -> bool:
    words = label_words()
    if one.unit == "倍" and (times := _TIMES_EARLIER.search(lead)):  # 为上年的1.6倍
        one.kind, one.earlier = "change", False
        one.subject = _bare(prose, start, start + times.start())
        one.label = prose.raw[start + times.start() : one.start].strip()
        return True
    found = words.change.search(lead)
    if found and "为" in lead[found.end("word") :] and found["word"][-1] not in "幅率":
        return False  # 缩短为3天 says how much it is, not how much less
    if above := _ABOVE.match(lead):
        one.kind = "change"
        one.label = prose.raw[start + above.start("word") : one.start].strip()
        return True
    if found is None:
        return False
    against = words.against.search(lead, 0, found.start())
    if against is None and found["word"] in "多少高低":
        return False
    low = found.start()
    if against:
        low = against.start()
        if lead[low] == "与" or lead[max(0, low - 1)] in "与":
            low = max(0, low - 1)
    one.kind, one.earlier = "change", False
    one.subject = _bare(prose, start, start + low)
    how = prose.raw[start + low : start + found.end("word")].strip()
    one.label = how
    return True


def _left(prose: Prose, start: int, end: int) -> str:
    """The noun phrase before a number: opening, closing words and channels cut off."""
    words, plain = label_words(), prose.plain
    start += len(_opened(plain, start, end))
    end = _closed(plain, start, end)
    low = start
    if (setting := _SETTING.match(plain, low, end)) and words.closing.sub("", plain[setting.end() : end]):
        low = setting.end()
    quoted = plain.rfind(COVER + "等", start, end)
    if quoted >= 0 and end - quoted > 3:
        low = quoted + 2
    if words.prepositions.match(plain, low, end) or end - low > _LONGEST_LABEL:
        outcomes = [found.start() for found in words.outcomes.finditer(plain, low, end)]
        low = outcomes[-1] if outcomes else _last_verb(plain, low, end)
    for found in _TOGETHER.finditer(plain, low, end):
        if words.verbs.match(plain, found.end(), end):
            low = found.end()
    if end - low > _LONGEST_LABEL and (cut := plain.rfind("、", low, end)) > low:
        low = cut + 1
    return prose.raw[low:end].strip(" 、")


def _last_verb(plain: str, start: int, end: int) -> int:
    """Where the last verb that still takes an object stands; the start if there is none."""
    low = start
    for found in label_words().verbs.finditer(plain, start, end):
        if not found["noun"] and found.start() > start:
            low = found.start()
    return low


def _right(prose: Prose, one: Quantity, left: str, ceiling: int) -> str:
    """The noun phrase behind a classifier: 6项重点任务; empty if the number ends its phrase.

    `ceiling` is where the next quantity begins.
    """
    words, plain = label_words(), prose.plain
    low = one.label_end = one.after
    while plain[low : low + 1] == " " or (not left and plain[low : low + 1] in _BEING):
        low += 1
    relative = plain.startswith("的", low)
    if relative:
        low += 1
    if not _GOES_ON.match(plain, low) or plain[low] in DELIMITERS:
        return ""
    if is_money(one.unit) and left and not relative:
        return ""
    if _REACHES.match(plain, low) or (is_measure(one.unit) and left):
        return ""
    acts = plain.startswith(words.right_acts, low)
    if words.right_none.match(plain, low) and (left or not acts):
        return ""
    verbal = acts or plain.startswith(words.right_verbs, low)
    modified = plain.startswith("的", one.start - 1)  # 受评的27个被测评单位
    if verbal and len(left) >= _LEAST and not modified and not (acts and _ends_with_verb(left)):
        return ""
    high = one.label_end = _right_end(prose, low, prose.clause_end(low), ceiling, verbal and not modified)
    text = prose.raw[low:high].strip(" 、的")
    if not text:
        one.label_end = one.after
    if verbal and (outcome := words.outcomes.search(text)) and len(text) > _LONGEST_LABEL:
        return outcome.group()
    return text


def _ends_with_verb(words: str) -> bool:
    """组织2次讨论 counts the discussions, 常务会议2次讨论 the meetings.

    >>> _ends_with_verb("先后组织"), _ends_with_verb("常务会议")
    (True, False)
    """
    return any(found.end() == len(words) and not found["noun"] for found in label_words().verbs.finditer(words))


def _right_end(prose: Prose, low: int, high: int, ceiling: int, verbal: bool) -> int:
    """Where the noun phrase stops: at a number, a 、, a verb."""
    plain, place, high = prose.plain, low, min(high, ceiling)
    if (bracket := _ASIDE.match(plain, low)) is not None:
        high = min(ceiling, prose.clause_end(bracket.end()))
        place = bracket.end()
    while place < high and (plain[place] != "、" or place < low + _LEAST) and plain[place] not in "0123456789":
        place += 1
    if verbal:
        return place - 1 if plain[place - 1] == "外" and place > low + _LEAST else place
    stop = label_words().right_stop.search(plain, low + 1, place)
    if not stop and place == ceiling:
        stop = _WITHIN.search(plain, low + 1, place)
    place = stop.start() if stop else place
    while place > low + 1 and plain[place - 1] in "中内上里后有的了外":
        place -= 1
    return place


def _inherited(prose: Prose, one: Quantity, start: int, done: list[Quantity]) -> str:
    """A clause that names nothing (增至30万元, 上年为14件) counts what the one before counts."""
    lead = label_words().closing.sub("", prose.plain[start : one.start])
    if done and start == done[-1].label_end > done[-1].after:
        return done[-1].label  # 15类信息共6218条
    if said := _TOTALS.search(prose.plain, start, one.start):
        return said.group()
    if floor := (max(done[-1].after, done[-1].label_end) if done else 0):
        floor = max(floor, prose.sentence(one.start)[0])
    words_before = prose.clause_start(max(start - 1, floor), floor)
    if (not lead.strip() or lead.strip() in _IDLE) and start - words_before > _LEAST_CLAUSE:
        return _left(prose, words_before, start - 1)
    earlier = label_words().earlier.search(lead) or _PAST.match(lead)
    one.earlier = earlier is not None
    for before in reversed(done[-4:]):
        if not before.zero and before.kind in ("count", "rate") and (is_measure(before.unit) == is_measure(one.unit)):
            return (prose.raw[start + earlier.start() : start + earlier.end()] if earlier else "") + before.label
    return lead.strip(" 、") or prose.raw[start : one.start].strip(" 、")
