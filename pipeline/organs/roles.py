"""What follows the place in an organ's name in, the role it names out: government, office, or which department."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

import pipeline.sources

__all__ = ["Central", "Department", "Role", "Roles", "System", "Zones", "load_roles", "organs_folder"]

GOVERNMENT, OFFICE = "government", "office"
_SUFFIXES = ("委员会", "局", "厅", "委")
# One department under another of these is the same one; 中心, 办公室 and the like are something else.
_INTERCHANGEABLE = re.compile(r"(?:委员会|[局厅委])$")
_CONNECTIVES = str.maketrans("", "", "和与及、")
_GOVERNMENT = re.compile(r"(?:人民政府|政府|行政公署|行署)(?:本级)?|本级")
_OFFICE = re.compile(r"(?:人民政府|政府|府|行政公署|行署)(?:办公[厅室]|办)")
_OF_GOVERNMENT = re.compile(r"^(?:人民)?政府(?=.{2})")
_ORGAN = re.compile(
    r".{1,24}(?:委员会|管委会|办公[室厅]|指挥部|服务中心|中心|分局|总局|[局厅委办署]|总队|支队|大队|事务所|研究院|检察院|法院|研究室"
    r"|[处站所馆会社队室])"
)
_NO_ORGAN = re.compile(r".*(?:公司|集团|大学|学院|学校|中学|小学|医院|银行|协会|学会|商会|宾馆|幼儿园)")


@dataclass(frozen=True, slots=True)
class Role:
    """What an organ is to its place. `key` stays through renames; `name` is the name as printed, in full.

    `known` is whether the data name it; `system` is the central organ of a vertical one.
    """

    kind: str
    key: str
    name: str
    known: bool = True
    system: str | None = None


@dataclass(frozen=True, slots=True)
class Department:
    """A department of departments.yml: how it ends, and what a name of it says of its years."""

    key: str
    first_years: Mapping[str, int]
    last_years: Mapping[str, int]
    merged_into: tuple[str, ...] = ()
    until: int | None = None
    system: str | None = None


@dataclass(frozen=True, slots=True)
class Central:
    """An organ of the central government."""

    key: str
    name: str
    type: str
    first_year: int | None = None
    last_year: int | None = None
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class System:
    """A vertical system: `prefix`, a place, one of `ends`."""

    prefix: str
    key: str
    ends: tuple[str, ...]
    parent: str


@dataclass(frozen=True, slots=True)
class Body:
    """A body with the rank of a division but without a code: it carries `division`'s."""

    key: str
    name: str
    level: str
    division: str


@dataclass(frozen=True, slots=True)
class Zones:
    """How zones are called: form -> kind, longest first; bodies by name."""

    kinds: Mapping[str, str]
    pattern: re.Pattern[str]
    bodies: Mapping[str, Body]
    part_pattern: re.Pattern[str]
    part_level: str


class Roles:
    """Departments, central organs, systems and zones, looked up by printed words."""

    def __init__(self, folder: Path) -> None:
        self.departments: dict[str, Department] = {}
        self._known: dict[str, Role] = {}
        for entry in _read(folder / "departments.yml"):
            self._add(entry)
        central = _read(folder / "central.yml")
        self.central: dict[str, Central] = {}
        self.central_names: dict[str, str] = {}
        for o in central["organs"]:
            self.central[o["key"]] = Central(
                o["key"],
                o["names"][0],
                o.get("type", "department"),
                o.get("from"),
                o.get("until"),
                o.get("merged_into"),
            )
            for name in o["names"]:
                self.central_names[name] = o["key"]
        self.systems = tuple(
            System(name, s["key"], tuple(s["ends"]), s["parent"]) for s in central["systems"] for name in s["names"]
        )
        self.zones = _zones(_read(folder / "zones.yml"))
        self._found = lru_cache(maxsize=1 << 16)(self._find)  # a country has few roles

    def _add(self, entry: dict[str, Any]) -> None:
        stems = entry.get("stems", [])
        key: str = entry["key"]
        self.departments[key] = Department(
            key,
            {s["name"]: s["from"] for s in stems if "from" in s},
            {s["name"]: s["until"] for s in stems if "until" in s},
            tuple(entry.get("merged_into", ())),
            entry.get("until"),
            entry.get("system"),
        )
        system: str | None = entry.get("system")
        names: list[str] = [s["name"] for s in stems]
        whole: list[str] = list(entry.get("whole", ()))
        for name in names:
            for suffix in _SUFFIXES:
                self._learn(name + suffix, key, name + ("委员会" if suffix == "委" else suffix), system)
        for name in whole:
            self._learn(name, key, name, system)
        for short in entry.get("short", ()):
            stem = _expanded(short, names) or short
            for suffix in ("局", "厅", "委"):
                self._learn(short + suffix, key, stem + ("委员会" if suffix == "委" else suffix), system)
        for called in entry.get("called", ()):
            stem = _expanded(called[:-1], names)
            full = _expanded(called, whole) or (stem and stem + ("委员会" if called[-1] == "委" else called[-1]))
            self._learn(called, key, full or called, system)

    def _learn(self, form: str, key: str, name: str, system: str | None) -> None:
        self._known.setdefault(_plain(form), Role("department", key, name, system=system))

    def find(self, words: str) -> Role | None:
        """The role that words name; None when they end as no organ's name does.

        >>> roles = load_roles()
        >>> [roles.find(words).key for words in ("人民政府办公厅", "环保局", "生态环境局", "发展改革委")]
        ['office', '生态环境', '生态环境', '发展和改革']
        """
        return self._found(words)

    def _find(self, words: str) -> Role | None:
        if _GOVERNMENT.fullmatch(words):
            return Role(GOVERNMENT, GOVERNMENT, "人民政府")
        if _OFFICE.fullmatch(words):
            return Role(OFFICE, OFFICE, "人民政府办公厅" if words.endswith("厅") else "人民政府办公室")
        if found := self.known(words):
            return found
        words = _OF_GOVERNMENT.sub("", words)
        if not _ORGAN.fullmatch(words) or _NO_ORGAN.fullmatch(words):
            return None
        key = _INTERCHANGEABLE.sub("", _plain(words)) or _plain(words)
        return Role("department", key, _in_full(words), known=False)

    def known(self, words: str) -> Role | None:
        """The department of the data that words name."""
        return self._known.get(_plain(words)) or self._known.get(_plain(_OF_GOVERNMENT.sub("", words)))


def _plain(words: str) -> str:
    return words.translate(_CONNECTIVES)


def _in_full(words: str) -> str:
    if words.endswith("委") and not words.endswith("党委"):
        return f"{words}员会"
    return f"{words}公室" if words.endswith("办") else words


def _expanded(short: str, names: Sequence[str]) -> str | None:
    """The name that has the characters of a short form in their order."""
    for name in names:
        rest = iter(name)
        if all(c in rest for c in short):
            return name
    return None


def _zones(data: dict[str, Any]) -> Zones:
    kinds = {form: kind["key"] for kind in data["kinds"] for form in kind["forms"]}
    forms = "|".join(sorted(kinds, key=len, reverse=True))
    ends = "|".join(data["administrations"])
    parts = data["body_parts"]
    bodies = {
        name: Body(b["key"], b["names"][0], b["level"], b["division"]) for b in data["bodies"] for name in b["names"]
    }
    pattern = re.compile(rf"(?P<words>.{{0,12}}?)(?P<form>{forms})(?P<end>{ends})?(?P<rest>.*)")
    return Zones(kinds, pattern, bodies, re.compile(parts["pattern"]), parts["level"])


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


def organs_folder() -> Path:
    """Where the data on organs lie."""
    return Path(pipeline.sources.__file__).with_name("organs")


def organ_files() -> Iterator[Path]:
    """The files that say what organs are called."""
    yield from sorted(organs_folder().glob("*.yml"))


@lru_cache(maxsize=1)
def load_roles() -> Roles:
    """The roles of `pipeline/sources/organs/`."""
    return Roles(organs_folder())


def roles_version() -> str:
    """Digest of the data."""
    return sha256(b"".join(path.read_bytes() for path in organ_files())).hexdigest()[:16]
