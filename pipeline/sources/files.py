"""Source files: a folder of YAML in, `Source` records or every problem with its line and cure out."""

from collections.abc import Iterator
from difflib import get_close_matches
from json import dumps
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from pipeline.sources.models import Source

__all__ = ["BadSource", "load_sources"]

# Where a value stands in a file: keys, and places in lists from 0.
_Place = tuple[str | int, ...]

# pydantic's reasons in the words of YAML; the others read well as they are.
_WHY = {
    "literal_error": "",
    "tuple_type": "not a list",
    "model_type": "not keys with values",
    "string_type": "not text: write it in quotes",
    "int_type": "not a whole number",
    "float_type": "not a number",
    "bool_type": "not true or false",
}


class BadSource(ValueError):
    """Source files are wrong; each of `problems` is FILE:LINE: what is wrong; how to cure it."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class _Page:
    """One file as plain data, the line of every key and item, and the (line, message) of what is wrong with it."""

    def __init__(self, file: Path) -> None:
        self.data: Any = None
        self.lines: dict[_Place, int] = {(): 1}
        self.problems: list[tuple[int, str]] = []
        self._seen: set[int] = set()
        try:
            self._loader = yaml.SafeLoader(file.read_text("utf-8-sig"))
            if root := self._loader.get_single_node():
                self.data = self._read(root, ())
        except UnicodeDecodeError:
            self.problems.append((1, "is not UTF-8; save the file as UTF-8"))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            self.problems.append((line, f"is no YAML ({error.problem}); mind indents, colons and quotes"))
        except yaml.YAMLError as error:
            self.problems.append((1, f"is no YAML ({' '.join(str(error).split())}); take the character out"))

    def line(self, place: _Place) -> int:
        """The line of a place, or of the nearest thing around it."""
        while place not in self.lines:
            place = place[:-1]
        return self.lines[place]

    def _read(self, node: yaml.Node, place: _Place) -> Any:
        line = node.start_mark.line + 1
        # An alias is its anchor's node again: one text in two places, or, inside itself, a text without end.
        if id(node) in self._seen:
            self.problems.append((self.line(place), "is an alias (*name); write the value out"))
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._read_mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for i, item in enumerate(node.value):
                self.lines[*place, i] = item.start_mark.line + 1
                items.append(self._read(item, (*place, i)))
            return items
        # A date goes on as written: the model reads dates, and says what is wrong with one.
        if node.tag == "tag:yaml.org,2002:timestamp":
            return node.value
        try:
            return self._loader.construct_object(node)
        except (ValueError, yaml.YAMLError):
            self.problems.append((line, f"'{node.value}' cannot be read as {node.tag}; write it in quotes"))
            return None

    def _read_mapping(self, node: yaml.MappingNode, place: _Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append((line, "has a key that is no word; write a word before the colon"))
                continue
            key = str(key_node.value)
            if key in found:
                first = self.lines[*place, key]
                self.problems.append((line, f"key '{key}' stands in line {first} already; leave one of them out"))
                continue
            self.lines[*place, key] = line
            found[key] = self._read(value_node, (*place, key))
        return found


def load_sources(folder: Path | None = None) -> dict[str, Source]:
    """Every source of a folder of YAML files, sorted by name; of this package's own folder without one.

    Raises BadSource with all problems of all files.
    """
    folder = folder or Path(__file__).parent
    if not folder.is_dir():
        raise BadSource(f"{folder}:1: there is no such folder; name one that holds source files")
    files = sorted(p for p in folder.iterdir() if p.suffix in (".yml", ".yaml") and not p.name.startswith("."))
    sources: dict[str, Source] = {}
    starts: dict[str, Path] = {}
    problems: list[str] = []
    for file in files:
        page = _Page(file)
        source = None if page.problems else _read_source(file, page)
        if source:
            _check_starts(source, file, page, starts)
            sources[source.name] = source
        problems += [f"{file}:{line}: {message}" for line, message in sorted(page.problems)]
    if problems:
        raise BadSource(*problems)
    return sources


def _read_source(file: Path, page: _Page) -> Source | None:
    """The source a page tells of; None, with the page's problems told, where it is wrong."""
    if not isinstance(page.data, dict):
        page.problems.append((1, "holds no keys; begin with name: and title:"))
        return None
    source = None
    told: dict[_Place, tuple[int, str]] = {}
    try:
        # As JSON, because strictly read Python data would want tuples and dates, which YAML does not have.
        source = Source.model_validate_json(dumps(page.data), strict=True)
    except ValidationError as error:
        for details in error.errors():
            place = _known_place(details, page)
            told.setdefault(place, (page.line(place), _say(details, place)))
    page.problems += told.values()
    name = page.data.get("name")
    if isinstance(name, str) and name != file.stem and ("name",) not in told:
        page.problems.append((page.line(("name",)), f"name '{name}' is not that of the file; write name: {file.stem}"))
    if file.suffix != ".yml":
        page.problems.append((1, f"does not end in .yml; rename it to {file.stem}.yml"))
    return source


def _check_starts(source: Source, file: Path, page: _Page, starts: dict[str, Path]) -> None:
    """A start address is of one source: otherwise its reports would be published twice."""
    for i, url in enumerate(source.start):
        if (other := starts.setdefault(url, file)) != file:
            page.problems.append(
                (page.line(("start", i)), f"'{url}' is a start of {other.name} too; leave it out here")
            )


def _known_place(details: ErrorDetails, page: _Page) -> _Place:
    """Where an error belongs: pydantic adds parts for each form a value might have had, which no file has."""
    place = details["loc"]
    if details["type"] == "missing":
        return place
    while place not in page.lines:
        place = place[:-1]
    return place


def _say(details: ErrorDetails, place: _Place) -> str:
    """What is wrong and how to cure it, in the words of a source file."""
    kind, key = details["type"], str(place[-1]) if place else ""
    if kind == "value_error":
        return details["msg"].removeprefix("Value error, ")
    if kind == "extra_forbidden":
        known = [*_model_at(place[:-1]).model_fields]
        near = get_close_matches(key, known, n=1)
        return f"unknown key '{key}'; " + (f"did you mean '{near[0]}'?" if near else f"the keys are {', '.join(known)}")
    field = _field_at(place)
    cure = f"write {field.description if field else 'it as CONTRIBUTING.md shows'}"
    name = ".".join(part for part in place if isinstance(part, str))
    if kind == "missing":
        return f"'{name}' is missing; {cure}"
    value = details["input"]
    choices = _choices(field.annotation) if field and kind == "literal_error" else []
    if near := get_close_matches(str(value), choices, n=1):
        return f"{name} is '{value}'; did you mean '{near[0]}'? Else {cure}"
    why = _WHY.get(kind, f"{details['msg'][:1].lower()}{details['msg'][1:]}")
    return f"{name} is {_show(value)}{f' ({why})' if why else ''}; {cure}"


def _show(value: Any) -> str:
    """A value of a wrong kind in a few words, numbers and texts as they were written."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a group of keys"
    return "empty" if value is None else f"'{str(value).lower() if isinstance(value, bool) else value}'"


def _model_at(place: _Place) -> type[BaseModel]:
    """The model that the keys at a place are of."""
    model: type[BaseModel] = Source
    for key in place:
        if isinstance(key, str):
            model = next(_models(model.model_fields[key].annotation))
    return model


def _field_at(place: _Place) -> FieldInfo | None:
    """The field a place is a value of, or an item of."""
    keys = [part for part in place if isinstance(part, str)]
    return _model_at(tuple(keys[:-1])).model_fields.get(keys[-1]) if keys else None


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _choices(annotation: Any) -> list[str]:
    if isinstance(annotation, str):
        return [annotation]
    return [choice for inner in get_args(annotation) for choice in _choices(inner)]
