"""The official forms as data: `forms/*.yml` in, validated `Form` values out.

A form knows its sections, its tables (labels, codes, units) and its accounting
identities. Nothing about a year or a label stands in code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any

import yaml

from parsers.errors import FormError

__all__ = [
    "Aliases",
    "Block",
    "Form",
    "Identity",
    "Node",
    "SectionTitle",
    "Table",
    "ValueHeading",
    "load_aliases",
    "load_forms",
    "load_words",
    "read_data",
    "read_form",
    "read_yaml",
]


@dataclass(frozen=True, slots=True)
class Node:
    """One label of a form: a row, a column, or (`code` None) a heading over several.

    `unit` is the unit of the form: customary for a count; for `money` never assumed, it
    must be printed. `signed` marks changes, where a minus is ordinary.
    """

    label: str
    code: str | None = None
    unit: str | None = None
    money: bool = False
    signed: bool = False
    evidence: str = "seen"
    children: tuple[Node, ...] = ()

    def walk(self, above: tuple[Node, ...] = ()) -> Iterator[tuple[Node, tuple[Node, ...]]]:
        """This node and all below it, each with the nodes above it, in the form's order."""
        yield self, above
        for child in self.children:
            yield from child.walk((*above, self))


@dataclass(frozen=True, slots=True)
class Block:
    """Rows and columns that cross; table two has one block for each item of Article 20."""

    rows: tuple[Node, ...]
    columns: tuple[Node, ...]
    banner: str | None = None

    def coded_rows(self) -> Iterator[tuple[Node, tuple[Node, ...]]]:
        return ((n, above) for top in self.rows for n, above in top.walk() if n.code)

    def coded_columns(self) -> Iterator[tuple[Node, tuple[Node, ...]]]:
        return ((n, above) for top in self.columns for n, above in top.walk() if n.code)


@dataclass(frozen=True, slots=True)
class ValueHeading:
    """What the heading of a value column says about whose figures it holds, and of when.

    Not `coded`: it holds something else than the figures of the year.
    """

    pattern: re.Pattern[str]
    scope: str | None = None
    basis: str | None = None
    coded: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a form."""

    code: str
    section: str
    blocks: tuple[Block, ...]
    corner: tuple[str, ...] = ()
    skipped_columns: tuple[str, ...] = ()
    unit_columns: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    rows_in_header: bool = False

    def cells(self) -> Iterator[tuple[str, str]]:
        """Every (row, column) code pair of the table, in the form's order."""
        for block in self.blocks:
            for row, _ in block.coded_rows():
                for column, _ in block.coded_columns():
                    yield str(row.code), str(column.code)


@dataclass(frozen=True, slots=True)
class SectionTitle:
    """A section of the form; `required` ones make a report partial when they are missing."""

    code: str
    title: str
    ordinal: str | None = None
    required: bool = True


@dataclass(frozen=True, slots=True)
class Identity:
    """`left` codes add up to `right` codes, once for every row or every column.

    A code ending in ``.*`` stands for all codes with that prefix.
    """

    id: str
    table: str
    over: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    meaning: str


@dataclass(frozen=True)
class Form:
    """One official form."""

    code: str
    title: str
    source: str
    first_year: int
    last_year: int | None
    sections: tuple[SectionTitle, ...]
    tables: tuple[Table, ...]
    identities: tuple[Identity, ...]
    value_headings: tuple[ValueHeading, ...] = ()

    def table(self, code: str) -> Table | None:
        return next((t for t in self.tables if t.code == code), None)

    @property
    def is_free(self) -> bool:
        """Whether reports of the form order their prose as they like."""
        return not any(section.required for section in self.sections)

    @cached_property
    def cells(self) -> frozenset[tuple[str, str, str]]:
        """All (table, row, column) codes of the form."""
        return frozenset((t.code, row, column) for t in self.tables for row, column in t.cells())


@dataclass(frozen=True, slots=True)
class Aliases:
    """Other wordings: of labels, of section titles, characters, and words without a code.

    `ignored` words mean nothing; `uncoded` ones head rows or columns that no form has.
    `characters` maps code points of traditional and variant characters to simplified ones.
    """

    labels: Mapping[str, tuple[str, ...]]
    ignored: tuple[str, ...]
    uncoded: tuple[str, ...]
    characters: Mapping[int, str]
    section_titles: Mapping[str, tuple[str, ...]]
    section_words: Mapping[str, tuple[str, ...]]


class _Entry:
    """A mapping of a YAML file that says where it stands when a key is wrong."""

    def __init__(self, data: Any, place: str) -> None:
        if not isinstance(data, dict):
            raise FormError(f"{place}: expected a mapping, found {type(data).__name__}")
        self._left = dict(data)
        self._place = place

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = ...) -> Any:
        if key not in self._left:
            if default is ...:
                raise FormError(f"{self._place}: '{key}' is missing")
            return default
        value = self._left.pop(key)
        if not isinstance(value, kind):
            raise FormError(f"{self._place}: '{key}' has the wrong type {type(value).__name__}")
        return value

    def strings(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        values = self.take(key, list, ... if required else [])
        if not all(isinstance(v, str) for v in values):
            raise FormError(f"{self._place}: '{key}' must list strings")
        return tuple(values)

    def entries(self, key: str, *, required: bool = False) -> list[_Entry]:
        values = self.take(key, list, ... if required else [])
        return [_Entry(v, f"{self._place}.{key}[{i}]") for i, v in enumerate(values)]

    def left(self) -> list[str]:
        """The keys not yet taken."""
        return list(self._left)

    def done(self) -> None:
        if self._left:
            raise FormError(f"{self._place}: unknown keys {sorted(self._left)}")


def read_yaml(text: str) -> Any:
    """YAML text -> Python values, through libyaml where it is built in."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)  # noqa: S506 - both loaders are safe ones


def _node(entry: _Entry) -> Node:
    node = Node(
        label=entry.take("label", str),
        code=entry.take("code", str, None),
        unit=entry.take("unit", str, None),
        money=entry.take("money", bool, False),
        signed=entry.take("signed", bool, False),
        evidence=entry.take("evidence", str, "seen"),
        children=tuple(_node(child) for child in entry.entries("children")),
    )
    entry.done()
    if node.code is None and not node.children:
        raise FormError(f"label '{node.label}': neither a code nor labels below it")
    return node


def _table(entry: _Entry) -> Table:
    blocks = []
    for block in entry.entries("blocks", required=True):
        blocks.append(
            Block(
                rows=tuple(_node(n) for n in block.entries("rows", required=True)),
                columns=tuple(_node(n) for n in block.entries("columns", required=True)),
                banner=block.take("banner", str, None),
            )
        )
        block.done()
    table = Table(
        code=entry.take("code", str),
        section=entry.take("section", str),
        blocks=tuple(blocks),
        corner=entry.strings("corner"),
        skipped_columns=entry.strings("skipped_columns"),
        unit_columns=entry.strings("unit_columns"),
        footer=entry.strings("footer"),
        rows_in_header=entry.take("rows_in_header", bool, False),
    )
    entry.done()
    cells = list(table.cells())
    if len(cells) != len(set(cells)):
        twice = sorted({c for c in cells if cells.count(c) > 1})
        raise FormError(f"table '{table.code}': cells defined twice: {twice}")
    return table


def _identity(entry: _Entry, tables: Mapping[str, Table]) -> Identity:
    identity = Identity(
        id=entry.take("id", str),
        table=entry.take("table", str),
        over=entry.take("over", str),
        left=entry.strings("left", required=True),
        right=entry.strings("right", required=True),
        meaning=entry.take("meaning", str),
    )
    entry.done()
    if identity.table not in tables:
        raise FormError(f"identity '{identity.id}': no table '{identity.table}'")
    if identity.over not in ("rows", "columns"):
        raise FormError(f"identity '{identity.id}': 'over' must be rows or columns")
    pairs = list(tables[identity.table].cells())
    known = {column if identity.over == "rows" else row for row, column in pairs}
    for code in identity.left + identity.right:
        found = any(k.startswith(code[:-1]) for k in known) if code.endswith(".*") else code in known
        if not found:
            raise FormError(f"identity '{identity.id}': unknown code '{code}'")
    return identity


def _value_heading(entry: _Entry) -> ValueHeading:
    heading = ValueHeading(
        pattern=re.compile(entry.take("pattern", str)),
        scope=entry.take("scope", str, None),
        basis=entry.take("basis", str, None),
        coded=entry.take("coded", bool, True),
    )
    entry.done()
    return heading


def read_form(text: str, name: str = "form") -> Form:
    """YAML text of one form -> Form. Raises FormError naming the entry that is wrong."""
    try:
        top = _Entry(read_yaml(text), name)
    except yaml.YAMLError as error:
        raise FormError(f"{name}: not valid YAML: {error}") from error
    years = _Entry(top.take("report_years", dict), f"{name}.report_years")
    sections = []
    for entry in top.entries("sections", required=True):
        sections.append(
            SectionTitle(
                code=entry.take("code", str),
                title=entry.take("title", str),
                ordinal=entry.take("ordinal", str, None),
                required=entry.take("required", bool, True),
            )
        )
        entry.done()
    tables = [_table(entry) for entry in top.entries("tables", required=True)]
    by_code = {t.code: t for t in tables}
    form = Form(
        code=top.take("form", str),
        title=top.take("title", str),
        source=top.take("source", str),
        first_year=years.take("first", int),
        last_year=years.take("last", int, None),
        sections=tuple(sections),
        tables=tuple(tables),
        identities=tuple(_identity(e, by_code) for e in top.entries("identities", required=True)),
        value_headings=tuple(_value_heading(e) for e in top.entries("value_headings")),
    )
    years.done()
    top.done()
    known_sections = {s.code for s in form.sections}
    for table in form.tables:
        if table.section not in known_sections:
            raise FormError(f"{name}: table '{table.code}' names no section of the form")
    return form


def read_data(name: str) -> str:
    """The text of a data file of this package."""
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


@lru_cache(maxsize=32)
def load_words(name: str) -> Any:
    """The lists of `NAME.yml`."""
    return read_yaml(read_data(f"{name}.yml"))


@lru_cache(maxsize=1)
def load_forms() -> tuple[Form, ...]:
    """All forms of this package, oldest first."""
    return tuple(read_form(read_data(f"{code}.yml"), f"{code}.yml") for code in ("2014", "2019", "2021"))


@lru_cache(maxsize=1)
def load_aliases() -> Aliases:
    """`aliases.yml`; every aliased label must be a label of some form."""
    top = _Entry(read_yaml(read_data("aliases.yml")), "aliases.yml")
    labels = _Entry(top.take("labels", dict), "aliases.yml.labels")
    known = {label for form in load_forms() for label in _labels_of(form)}
    aliases = {label: labels.strings(label) for label in labels.left()}
    if unknown := sorted(set(aliases) - known):
        raise FormError(f"aliases.yml: no form has the labels {unknown}")
    sections = _Entry(top.take("sections", dict), "aliases.yml.sections")
    titles, words = {}, {}
    for code in sections.left():
        entry = _Entry(sections.take(code, dict), f"aliases.yml.sections.{code}")
        titles[code], words[code] = entry.strings("titles"), entry.strings("words")
        entry.done()
    ignored, uncoded = top.strings("ignored"), top.strings("uncoded")
    pairs = top.take("characters", str).split()
    if wrong := [pair for pair in pairs if len(pair) != 2]:
        raise FormError(f"aliases.yml.characters: not pairs of characters: {wrong}")
    top.done()
    return Aliases(aliases, ignored, uncoded, {ord(pair[0]): pair[1] for pair in pairs}, titles, words)


def _labels_of(form: Form) -> Iterator[str]:
    for table in form.tables:
        yield from table.corner
        for block in table.blocks:
            if block.banner:
                yield block.banner
            for top in (*block.rows, *block.columns):
                yield from (node.label for node, _ in top.walk())
