"""One printed name of an organ in, what it says out: its place as far as named, its unit, its role."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from unicodedata import normalize

from pipeline.organs.divisions import Divisions, load_divisions
from pipeline.organs.roles import Role, Roles, load_roles

__all__ = ["Reading", "Unit", "read_name", "tidy_name"]

Kind = Literal["central", "placed", "relative", "unknown"]

_SPACE = re.compile(r"[\s\u200b\ufeff]+")
_ASIDE = re.compile(r"\((?:本级|机关|本部|汇总)\)$")
_TOWNSHIP = re.compile(
    r"(?:人民政府)?(?P<name>(?P<stem>.{1,14}?)(?P<kind>街道|镇|乡|苏木|地区))"
    r"(?P<end>人民政府|政府|街道办事处|办事处|街道办|党政办公室|党政综合办公室|办公室)?"
)
_HAS_PLACE = re.compile(r".+[省市县州旗盟区].+")
_HAS_ORGAN = re.compile(r".*(?:[局厅署]|委员会|政府|办事处)")  # 地方税务局浦东新区分局 is no zone
_OTHER_PLACE = re.compile(r"(?P<place>.{1,9}?[省市县州旗盟区])(?P<rest>.+)")
_RANKS = ("province", "prefecture", "county")
_MARKER = re.compile(r"([省市县区州旗盟])(.{2,})")
_GOVERNMENT = Role("government", "government", "人民政府")
_NAMED, _TOLD, _ALONE = 3, 2, 1  # how well the words after the place are understood


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a place with an organ of its own: `kind` is township or zone, `key` its name, forms made one."""

    kind: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a name says. `places` are the divisions it may mean, by id, or `body:KEY`; none of a `relative` name.

    `marker` is the level that a relative name gives (市财政局), `short` whether a place was called by a short form.
    """

    kind: Kind
    role: Role
    places: tuple[str, ...] = ()
    unit: Unit | None = None
    marker: str = ""
    form: str = ""
    short: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Tail:
    role: Role
    unit: Unit | None
    quality: int


@dataclass(frozen=True, slots=True)
class _Path:
    end: int
    places: tuple[str, ...]
    n_short: int
    form: str
    short_last: bool


def tidy_name(name: str) -> str:
    """A name without spaces, widths and asides.

    >>> tidy_name("淮安市　财政局（本级）")
    '淮安市财政局'
    """
    return _ASIDE.sub("", _SPACE.sub("", normalize("NFKC", name)))


@lru_cache(maxsize=1 << 17)
def read_name(name: str) -> Reading:
    """What a printed name says of its organ.

    >>> reading = read_name("淮安市洪泽区财政局")
    >>> reading.kind, reading.places, reading.role.key
    ('placed', ('320829',), '财政')
    >>> read_name("市政府办").marker, len(read_name("鼓楼区财政局").places), read_name("白榆县财政局").kind
    ('市', 4, 'unknown')
    """
    return _Reader(load_divisions(), load_roles()).read(tidy_name(name))


class _Reader:
    def __init__(self, divisions: Divisions, roles: Roles) -> None:
        self.divisions = divisions
        self.roles = roles

    def read(self, name: str) -> Reading:
        return (
            self._central(name)
            or self._vertical(name)
            or self._of_body(name)
            or self._placed(name)
            or self._relative(name)
            or Reading("unknown", self._guessed_role(name), note=self._why_unknown(name))
        )

    def _central(self, name: str) -> Reading | None:
        for start in ("", "中华人民共和国", "国务院"):
            words = name.removeprefix(start)
            if words == name and start:
                continue
            if key := self.roles.central_names.get(words):
                return Reading("central", Role("central", key, self.roles.central[key].name))
            for end in ("办公厅", "办公室"):
                if words.endswith(end) and (key := self.roles.central_names.get(words.removesuffix(end))):
                    return Reading("central", Role("office", key, f"{self.roles.central[key].name}{end}"))
        return None

    def _vertical(self, name: str) -> Reading | None:
        for system in self.roles.systems:
            if not name.startswith(system.prefix):
                continue
            for end in system.ends:
                if not name.endswith(end):
                    continue
                middle = name.removeprefix(system.prefix).removesuffix(end)
                role = Role("department", system.key, f"{system.prefix}…{end}", system=system.parent)
                whole = [p for p in self._paths(middle) if p.end == len(middle)]
                if whole:
                    best = min(whole, key=lambda p: p.n_short)
                    return Reading("placed", role, self._meant(best), form=best.form, short=best.short_last)
                for path in self._paths(middle):
                    if unit := self._zone(middle[path.end :]):
                        return Reading(
                            "placed", role, self._meant(path), unit.unit, form=path.form, short=path.short_last
                        )
        return None

    def _of_body(self, name: str) -> Reading | None:
        zones = self.roles.zones
        prefix = next((n for n in sorted(zones.bodies, key=len, reverse=True) if name.startswith(n)), "")
        part = zones.part_pattern.match(name, len(prefix))
        if not prefix and not (part and name.startswith("第")):
            return None
        body = zones.bodies[prefix] if prefix else next(iter(zones.bodies.values()))
        place, end = f"body:{body.key}", len(prefix)
        if part:
            place, end = f"{place}:第{part[1]}师", part.end()
            city = [p for p in self._paths(name[end:]) if not p.short_last]
            end += max((p.end for p in city), default=0)
        tail = self._tail(name[end:], guarded=False)
        return Reading("placed", tail.role, (place,), tail.unit) if tail else None

    def _placed(self, name: str) -> Reading | None:
        best: tuple[tuple[int, int, int], Reading] | None = None
        for path in self._paths(name):
            rest = name[path.end :]
            if best and best[0][:2] >= (_NAMED, path.end + 1):
                continue  # less of the name as its place cannot be better
            tail = self._tail(rest, guarded=not self._is_county(path))
            if tail is None or (path.n_short and tail.quality < _NAMED):
                continue
            if path.short_last and tail.unit and self._is_county(path) and self._may_be_one_name(tail.unit):
                continue  # 长白山保护开发区 is not of 长白县, and 江北新区 need not be of any 江北区
            score = (tail.quality, path.end, -path.n_short)
            if best is None or score > best[0]:
                note = "the place alone" if not rest else ""
                best = (
                    score,
                    Reading("placed", tail.role, self._meant(path), tail.unit, "", path.form, path.n_short > 0, note),
                )
        return best[1] if best else None

    def _may_be_one_name(self, unit: Unit) -> bool:
        """Whether a unit's name may begin before what looks like a county's short form."""
        return unit.kind == "township" or unit.key not in self.roles.zones.kinds.values() or unit.key == "新区"

    def _meant(self, path: _Path) -> tuple[str, ...]:
        """What a form may mean: of short ones the highest level, 河北 is the province and 朝阳 the prefecture."""
        if not path.short_last:
            return path.places
        levels = {p: _RANKS.index(self.divisions.by_id[p].last.level) for p in path.places}
        return tuple(p for p in path.places if levels[p] == min(levels.values()))

    def _is_county(self, path: _Path) -> bool:
        return all(self.divisions.by_id[p].last.level == "county" for p in path.places)

    def _paths(self, name: str) -> list[_Path]:
        """Every way to read divisions, each within the one before, from the start of a name."""
        return list(self._walk(name, 0, (), 0))

    def _walk(self, name: str, start: int, above: tuple[str, ...], n_short: int) -> Iterator[_Path]:
        by_name = self.divisions.by_name
        for end in range(min(len(name), start + self.divisions.longest), start + 1, -1):
            form = name[start:end]
            ids = by_name.get(form)
            if ids is None:
                continue
            if above:
                ids = tuple(i for i in ids if any(i != a and self.divisions.is_within(i, a) for a in above))
                if not ids:
                    continue
            short = not self.divisions.is_full(form)
            yield _Path(end, ids, n_short + short, form, short)
            yield from self._walk(name, end, ids, n_short + short)

    def _tail(self, rest: str, *, guarded: bool) -> _Tail | None:
        if not rest:
            return _Tail(_GOVERNMENT, None, _ALONE)
        role = self.roles.find(rest)
        if role and role.known:
            return _Tail(role, None, _NAMED)
        if found := self._township(rest, guarded=guarded) or self._zone(rest):
            return found
        if role is None or (guarded and self._names_other_place(rest)):
            return None
        return _Tail(role, None, _TOLD)

    def _township(self, rest: str, *, guarded: bool) -> _Tail | None:
        found = _TOWNSHIP.fullmatch(rest)
        if not found or _HAS_ORGAN.match(found["stem"]) or (guarded and _HAS_PLACE.fullmatch(found["stem"])):
            return None
        kind, end = found["kind"], found["end"] or ""
        if kind == "地区" and end != "办事处":
            return None
        is_street = kind in ("街道", "地区")
        full = found["name"] + ("办事处" if is_street else "人民政府")
        office = end.endswith("办公室")
        role = Role("office", "office", "办公室") if office else Role("government", "government", full)
        return _Tail(role, Unit("township", found["name"], full), _NAMED)

    def _zone(self, rest: str) -> _Tail | None:
        found = self.roles.zones.pattern.fullmatch(rest)
        if not found or _HAS_ORGAN.match(found["words"]) or _HAS_PLACE.fullmatch(f"{found['words']}x"):
            return None
        kind = self.roles.zones.kinds[found["form"]]
        unit = Unit("zone", f"{found['words']}{kind}", f"{found['words']}{found['form']}")
        words = found["rest"]
        if not words:
            return _Tail(Role("government", "government", "管理委员会"), unit, _NAMED)
        role = self.roles.find(words)
        if role is None or role.kind == "government":
            return None
        return _Tail(role, unit, _NAMED if role.known else _TOLD)

    def _names_other_place(self, rest: str) -> bool:
        """Whether words go on with a place that no table has: 白榆县财政局 after a province."""
        found = _OTHER_PLACE.match(rest)
        return bool(found and (role := self.roles.find(found["rest"])) and role.known)

    def _relative(self, name: str) -> Reading | None:
        if found := _MARKER.fullmatch(name):
            role = self.roles.find(found[2])
            if role and role.known:
                return Reading("relative", role, marker=found[1])
        tail = self._tail(name, guarded=True)
        if tail is None or tail.quality < _NAMED:
            return None
        return Reading("relative", tail.role, unit=tail.unit)

    def _guessed_role(self, name: str) -> Role:
        found = _OTHER_PLACE.match(name)
        role = self.roles.find(found["rest"]) if found else None
        return role or self.roles.find(name) or Role("department", name, name, known=False)

    def _why_unknown(self, name: str) -> str:
        if known := max((p.end for p in self._paths(name)), default=0):
            return f"{name[:known]} is known, but no organ is called {name[known:]}"
        if found := _OTHER_PLACE.match(name):
            return f"no division of the tables is called {found['place']}"
        return "the name tells neither a place of the tables nor a known role"
