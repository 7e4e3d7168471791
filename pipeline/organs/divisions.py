"""The table of division codes in; which division bears a name, its code in a year and what lies above it out."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path

import pipeline.sources

__all__ = ["Division", "Divisions", "Term", "divisions_version", "load_divisions", "names_of", "read_revisions"]

_PEOPLES = (
    "蒙古族|回族|藏族|维吾尔族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族|哈萨克|傣族|黎族|傈僳族|佤族|畲族"
    "|高山族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜族|柯尔克孜|土族|达斡尔族|达斡尔|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯族|锡伯|阿昌族"
    "|普米族|塔吉克族|塔吉克|怒族|乌孜别克族|俄罗斯族|鄂温克族|鄂温克|德昂族|保安族|裕固族|京族|独龙族|鄂伦春|蒙古|各族"
)
_AUTONOMOUS = re.compile(rf"^(.{{2,}}?)(?:{_PEOPLES})*(?:自治(州|县|旗|区))$")
_PLAIN = re.compile(r"^(.{2,}?)(?:特别行政区|地区|林区|特区|矿区|新区|省|市|县|区|盟|旗)$")


@dataclass(frozen=True, slots=True)
class Term:
    """A code and name of a division, the tables that have them first and last (`revision`), and their years.

    It holds at the ends of `first_year` to `last_year`; None without a known end.
    """

    code: str
    name: str
    level: str
    first_revision: str
    revision: str
    first_year: int | None
    last_year: int | None
    basis: str
    merged_into: str | None

    def holds(self, year: int) -> bool:
        """Whether it is so at the end of a year."""
        return (self.first_year is None or self.first_year <= year) and (
            self.last_year is None or year <= self.last_year
        )


@dataclass(frozen=True, slots=True)
class Division:
    """One division through all its codes and names, oldest first."""

    id: str
    terms: tuple[Term, ...]

    @property
    def last(self) -> Term:
        return self.terms[-1]

    def at(self, year: int | None) -> Term:
        """The term that holds at the end of a year; of a year before or after all, the nearest."""
        if year is None:
            return self.last
        return next((t for t in self.terms if t.last_year is None or year <= t.last_year), self.last)

    def bore(self, form: str, year: int) -> bool:
        """Whether a name was the division's in the course of that year."""
        return any(form in names_of(t.name) and (t.holds(year) or t.holds(year - 1)) for t in self.terms)


class Divisions:
    """All divisions, by name and by code."""

    def __init__(self, divisions: list[Division]) -> None:
        self.by_id = {d.id: d for d in divisions}
        self.by_code: dict[str, list[tuple[Term, str]]] = defaultdict(list)
        self.by_name: dict[str, tuple[str, ...]] = {}
        named: dict[str, dict[str, None]] = defaultdict(dict)
        for division in divisions:
            for term in division.terms:
                self.by_code[term.code].append((term, division.id))
                for form in names_of(term.name):
                    named[form][division.id] = None
        self.by_name = {form: tuple(ids) for form, ids in named.items()}
        self.longest = max(map(len, self.by_name))
        self._full = {t.name for d in divisions for t in d.terms}
        self._above = {d.id: frozenset(self._every_above(d)) for d in divisions}
        self._with_counties = {a for d in divisions if d.last.level == "county" for a in self._above[d.id]}

    def of_code(self, code: str, year: int | None = None) -> str | None:
        """The division that has a code in a year, else the last that had it; None for no code of the tables."""
        found = self.by_code.get(code)
        if not found:
            return None
        held = [id_ for term, id_ in found if year is not None and term.holds(year)]
        return held[-1] if held else max(found, key=lambda f: f[0].revision)[1]

    def is_full(self, form: str) -> bool:
        """Whether a form is a name as the tables print it, not a short one."""
        return form in self._full

    def parent(self, id_: str, year: int | None = None) -> str | None:
        """The division above, in a year or now; None above a province."""
        return self._parent_of(self.by_id[id_].at(year).code, year)

    def _parent_of(self, code: str, year: int | None) -> str | None:
        if code.endswith("0000"):
            return None
        above = f"{code[:4]}00"
        return (self.of_code(above, year) if above != code else None) or self.of_code(f"{code[:2]}0000", year)

    def _every_above(self, division: Division) -> Iterator[str]:
        """Every division that was above it at any time."""
        for term in division.terms:
            year = term.last_year
            above = self._parent_of(term.code, year)
            while above:
                yield above
                above = self._parent_of(self.by_id[above].at(year).code, year)

    def is_within(self, id_: str, above: str) -> bool:
        """Whether a division is, or at some time was, that one or part of it."""
        return id_ == above or above in self._above[id_]

    def has_counties(self, id_: str) -> bool:
        """Whether counties lie, or ever lay, in a division."""
        return id_ in self._with_counties

    def line(self, id_: str, year: int | None = None) -> list[str]:
        """The division and all above it, the province first."""
        found = [id_]
        while above := self.parent(found[-1], year):
            found.append(above)
        return found[::-1]

    def full_name(self, id_: str, year: int | None = None) -> str:
        """The name with those of the divisions above: 江苏省淮安市洪泽区."""
        return "".join(self.by_id[d].at(year).name for d in self.line(id_, year))


def names_of(name: str) -> frozenset[str]:
    """The name as printed in tables and the short forms in use.

    >>> sorted(names_of("西双版纳傣族自治州"))
    ['西双版纳', '西双版纳傣族自治州', '西双版纳州', '西双版纳自治州']
    >>> sorted(names_of("鄂伦春自治旗")), sorted(names_of("赣县")), sorted(names_of("广西壮族自治区"))
    (['鄂伦春', '鄂伦春旗', '鄂伦春自治旗'], ['赣县'], ['广西', '广西壮族自治区', '广西自治区'])
    """
    return _names_of(name)


@cache
def _names_of(name: str) -> frozenset[str]:
    if found := _AUTONOMOUS.match(name):
        stem, kind = found[1], found[2]
        short = {stem, f"{stem}自治{kind}", *(() if kind == "区" else (f"{stem}{kind}",))}
        return frozenset({name, *short})
    if found := _PLAIN.match(name):
        return frozenset({name, found[1]})
    return frozenset({name})


def tables_folder() -> Path:
    """Where the tables of divisions lie."""
    return Path(pipeline.sources.__file__).with_name("divisions")


@lru_cache(maxsize=1)
def load_divisions() -> Divisions:
    """The divisions of `pipeline/sources/divisions/divisions.csv`."""
    rows: dict[str, list[Term]] = defaultdict(list)
    with (tables_folder() / "divisions.csv").open(encoding="utf-8", newline="") as file:
        for r in csv.DictReader(file):
            rows[r["division"]].append(
                Term(
                    r["code"], r["name"], r["level"], r["first_revision"], r["last_revision"],
                    _year(r["valid_from"]), _year(r["valid_to"]),
                    r["basis"], r["merged_into"] or None,
                )
            )  # fmt: skip
    return Divisions([Division(id_, tuple(sorted(terms, key=_end))) for id_, terms in rows.items()])


def read_revisions() -> list[tuple[str, str]]:
    """The tables that the divisions are from: year and month, publisher."""
    with (tables_folder() / "revisions.csv").open(encoding="utf-8", newline="") as file:
        return [(r["revision"], r["publisher"]) for r in csv.DictReader(file)]


def _end(term: Term) -> int:
    return term.last_year or 9999


def divisions_version() -> str:
    """Digest of the table."""
    files = sorted(tables_folder().glob("*.csv"))
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _year(text: str) -> int | None:
    return int(text) if text else None
