"""Reports damaged on purpose: a sound page in, the same page with one fault in its tables out.

Every printed figure is made another one first (sums kept), so that a value in a wrong
place is never right by chance.
"""

import copy
import random
from collections.abc import Callable, Iterator

from lxml import etree, html

from parsers import Report, parse
from parsers.models import Observation

Key = tuple[str | None, ...]


def truth_of(content: bytes) -> dict[Key, float]:
    """The numbers of an undamaged report."""
    return {key_of(o): o.value for r in parse(content) for o in r.observations if o.row and o.column and o.value}


def key_of(o: Observation) -> Key:
    return o.table, o.row, o.column, o.scope, o.basis


def is_marked(o: Observation, report: Report) -> bool:
    """Whether a reader of the data is warned: by a flag, an identity across its row, or an error."""
    failed = {cell for f in report.findings if f.verdict == "fail" and f.row_or_column == o.row for cell in f.cells}
    return bool(o.flags) or (o.table, o.row, o.column) in failed or any(i.severity == "error" for i in report.issues)


def renumber(figures: list[str], first: int) -> list[int]:
    """As many numbers as figures, all different; those of sums in the form's places are sums."""
    numbers = list(range(first, first + 7 * len(figures), 7))
    blocks = {7: [7], 15: [5, 10, 15]}.get(len(numbers), [])
    start = 0
    for end in blocks:
        numbers[end - 1] = sum(numbers[start : end - 1])
        start = end
    return numbers


# Pages ---------------------------------------------------------------------------------


def sound_page(content: bytes) -> etree._Element:
    root = html.fromstring(content.decode("utf-8"))
    first = 1000
    for row in root.iter("tr"):
        cells = [cell for cell in row if text_of(cell).isdigit()]
        for cell, number in zip(cells, renumber([text_of(cell) for cell in cells], first), strict=True):
            set_text(cell, str(number))
        first += 7 * len(cells)
    return root


def text_of(cell: etree._Element) -> str:
    return "".join(cell.itertext()).strip()


def set_text(cell: etree._Element, text: str) -> None:
    for child in list(cell):
        cell.remove(child)
    cell.text = text


def swap_rows(page: etree._Element, chance: random.Random) -> None:
    row = chance.choice(list(page.iter("tr")))
    if (below := row.getnext()) is not None and below.tag == "tr":
        below.addnext(row)


def move_row(page: etree._Element, chance: random.Random) -> None:
    one, other = chance.sample(list(page.iter("tr")), 2)
    if one.getparent() is other.getparent():
        other.addnext(one)


def drop_row(page: etree._Element, chance: random.Random) -> None:
    chance.choice(list(page.iter("tr"))).drop_tree()


def double_row(page: etree._Element, chance: random.Random) -> None:
    row = chance.choice(list(page.iter("tr")))
    row.addnext(copy.deepcopy(row))


def drop_cell(page: etree._Element, chance: random.Random) -> None:
    chance.choice(list(page.iter("td"))).drop_tree()


def double_cell(page: etree._Element, chance: random.Random) -> None:
    cell = chance.choice(list(page.iter("td")))
    cell.addnext(copy.deepcopy(cell))


def empty_cell(page: etree._Element, chance: random.Random) -> None:
    set_text(chance.choice(list(page.iter("td"))), "")


def drop_label(page: etree._Element, chance: random.Random) -> None:
    set_text(chance.choice([cell for cell in page.iter("td") if not text_of(cell).isdigit()]), "")


def wrong_span(page: etree._Element, chance: random.Random) -> None:
    cell = chance.choice(list(page.iter("td")))
    cell.set(chance.choice(["rowspan", "colspan"]), str(chance.randint(0, 12)))


def lost_span(page: etree._Element, chance: random.Random) -> None:
    spanning = [cell for cell in page.iter("td") if cell.get("rowspan") or cell.get("colspan")]
    for cell in chance.sample(spanning, min(1, len(spanning))):
        for name in ("rowspan", "colspan"):
            cell.attrib.pop(name, None)


PAGE_FAULTS: list[Callable[[etree._Element, random.Random], None]] = [
    swap_rows, move_row, drop_row, double_row, drop_cell, double_cell, empty_cell, drop_label, wrong_span, lost_span,
]  # fmt: skip


def damaged_pages(name: str, content: bytes, count: int) -> Iterator[tuple[str, bytes]]:
    """`count` damaged copies of a page, each with the name of its fault."""
    for n in range(count):
        chance = random.Random(f"{name} {n}")
        page = sound_page(content)
        fault = chance.choice(PAGE_FAULTS)
        fault(page, chance)
        yield f"{name} {n} {fault.__name__}", html.tostring(page, encoding="utf-8")


# Text ----------------------------------------------------------------------------------


def sound_lines(content: bytes) -> list[str]:
    lines, first = [], 1000
    for line in content.decode("utf-8").split("\n"):
        parts = line.split("|")
        places = [i for i, part in enumerate(parts) if part.strip().isdigit()]
        for i, number in zip(places, renumber([parts[i] for i in places], first), strict=True):
            parts[i] = f" {number} "
        first += 7 * len(places)
        lines.append("|".join(parts))
    return lines


def damaged_lines(name: str, content: bytes, count: int) -> Iterator[tuple[str, bytes]]:
    """`count` damaged copies of a text, each with the name of its fault."""
    for n in range(count):
        chance = random.Random(f"{name} {n}")
        lines = sound_lines(content)
        at = chance.choice([i for i, line in enumerate(lines) if "|" in line and i])
        parts = lines[at].split("|")
        cell = chance.randrange(len(parts))
        fault = chance.choice(["drop line", "swap lines", "double line", "drop cell", "double cell", "empty cell"])
        match fault:
            case "drop line":
                del lines[at]
            case "swap lines":
                lines[at - 1], lines[at] = lines[at], lines[at - 1]
            case "double line":
                lines.insert(at, lines[at])
            case "drop cell":
                lines[at] = "|".join(parts[:cell] + parts[cell + 1 :])
            case "double cell":
                lines[at] = "|".join(parts[: cell + 1] + parts[cell:])
            case "empty cell":
                lines[at] = "|".join([*parts[:cell], " ", *parts[cell + 1 :]])
        yield f"{name} {n} {fault}", "\n".join(lines).encode()
