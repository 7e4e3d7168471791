"""Findings of a report in, each written out as the arithmetic it is: printed values, a sign, printed values."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from urllib.parse import quote

from parsers.forms import load_forms
from parsers.models import CellKey
from pipeline.answers import plain_number
from pipeline.explorer.report.rows import Row
from pipeline.explorer.report.tables import Mark, cell_labels, cell_of, shown_text
from pipeline.explorer.report.words import said

__all__ = ["Check", "Checks", "Shown", "Term", "group_of", "show_checks"]

_PROSE = "narrative."
_YEARS = "years."
_SIGNS = {"table": "≠", "prose": "≠ prose", "years": "≠ year before"}
_MARKED = {
    "table": "part of a sum that does not hold",
    "prose": "the prose says otherwise",
    "years": "does not agree with the report of the year before",
}
_FACTS = "facts"
_ONLY_COLUMN = "统计数"
_OPERATORS = {
    "narrative.rate": ("", " ÷ "),
    "narrative.growth": ("", " against "),
    "years.in_force": ("", " + ", " − "),
}
"""Signs before the terms of a left side that is no sum."""
_EARLIER: dict[str, tuple[tuple[str | None, str | None], ...]] = {
    "years.carried": (("carried_out", None),),
    "years.items": ((None, "items_prev_year"), (None, "items_change")),
    "years.in_force": ((None, "in_force"),),
    "years.jump": ((None, None),),
}
"""Row and column in the report of the year before that a cell is held against; None for its own."""


@dataclass(frozen=True, slots=True)
class Term:
    """A value of an identity: as printed, what it is, where on this page or another it stands, the sign before it."""

    text: str
    label: str = ""
    href: str = ""
    sign: str = " + "


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: `left` gives `left_value`, which is held against `right`; `other` is the report of the year before.

    `words` say how it was read and what its verdict rests on.
    """

    id: int
    verdict: str
    meaning: str
    at: str
    left: tuple[Term, ...]
    right: tuple[Term, ...]
    left_value: str
    right_value: str
    words: tuple[str, ...] = ()
    other: tuple[str, str] | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the left side says its value already: one term, no sum."""
        return len(self.left) == 1 and self.left[0].text == self.left_value


@dataclass(slots=True)
class Checks:
    """The findings of one place. `counts` are (verdict, number, why) of those that decided nothing.

    `suspects` are cells each of which alone explains all failures of its table or value column,
    with the value that would repair them.
    """

    failed: list[Check] = field(default_factory=list)
    passed: dict[str, list[Check]] = field(default_factory=lambda: defaultdict(list))
    open: list[Check] = field(default_factory=list)
    counts: list[tuple[str, int, str]] = field(default_factory=list)
    suspects: list[tuple[Term, str]] = field(default_factory=list)

    @property
    def n_passed(self) -> int:
        return sum(map(len, self.passed.values()))

    def __bool__(self) -> bool:
        return bool(self.failed or self.passed or self.open)


class _Places:
    """Where the cells and facts of findings stand: on the page, and on that of the year before."""

    def __init__(self, observations: Sequence[Row], facts: Sequence[Row], earlier: Sequence[Row]) -> None:
        self._cells = _by_cell(observations)
        self._earlier = _by_cell(earlier)
        self._facts = {f["id"]: f for f in facts}

    def cells(self, finding: Row, key: CellKey) -> list[Row]:
        """The observations that a finding means, of tables with several value columns those of its own."""
        found = self._cells.get(key, [])
        same = [o for o in found if (o["scope"], o["basis"]) == (finding["scope"], finding["basis"])]
        if same or group_of(finding) == "table":
            return same
        # Prose is held against whichever value column fits it best.
        of_year = [o for o in found if o["basis"] == "year"]
        return [o for o in of_year if o["value"] == finding["left_value"]] or of_year

    def term(self, finding: Row, key: CellKey, over: str = "") -> Term:
        """What a cell or fact says; of an identity over rows a cell is named by its column, over columns by its row."""
        if key[0] == _FACTS:
            fact = self._facts.get(int(key[1]))
            printed = f"{fact['number_text']}{fact['unit'] or ''}" if fact else "?"
            return Term(printed, key[2], f"#f{key[1]}" if fact else "")
        return _term(key, self.cells(finding, key), over)

    def earlier_terms(self, finding: Row, key: CellKey) -> Iterator[Term]:
        """The cells of the year before that a cell is held against, on the page of their report."""
        page = f"../{quote(finding['other_source'], safe='')}/{quote(finding['other_report_id'], safe='')}"
        for row, column in _EARLIER.get(finding["identity"], ()):
            found = [
                o
                for o in self._earlier.get((key[0], row or key[1], column or key[2]), [])
                if (o["source"], o["report_id"]) == (finding["other_source"], finding["other_report_id"])
                and (o["scope"], o["basis"]) == (None, "year")
            ]
            if found:
                term = _term((key[0], row or key[1], column or key[2]), found)
                yield replace(term, label=f"{said('terms', 'earlier')} {term.label}", href=f"{page}{term.href}")


def _by_cell(observations: Sequence[Row]) -> dict[CellKey, list[Row]]:
    found: dict[CellKey, list[Row]] = defaultdict(list)
    for o in observations:
        if (key := cell_of(o)) is not None:
            found[key].append(o)
    return found


def _term(key: CellKey, found: Sequence[Row], over: str = "") -> Term:
    row, column = cell_labels().get(key, key[1:])
    label = {"rows": column, "columns": row}.get(over, row if column == _ONLY_COLUMN else f"{row} · {column}")
    if not found:
        return Term("not in the report", label)
    return Term(shown_text(found[0]), label, f"#o{found[0]['seq']}")


def group_of(finding: Row) -> str:
    """What a finding is about: ``table``, ``prose`` or ``years``."""
    identity = finding["identity"]
    return "prose" if identity.startswith(_PROSE) else "years" if identity.startswith(_YEARS) else "table"


@dataclass(frozen=True, slots=True)
class Shown:
    """All checks of a report, marks and repairs of its values by seq, and the failed finding of a fact by its id."""

    tables: Mapping[str, Checks]
    prose: Checks
    years: Checks
    marks: Mapping[int, list[Mark]]
    proposed: Mapping[int, str]
    facts: Mapping[int, int]


def show_checks(
    findings: Sequence[Row], observations: Sequence[Row], facts: Sequence[Row], earlier: Sequence[Row]
) -> Shown:
    """The checks by table code, of the prose, and against the year before, whose observations are `earlier`."""
    places = _Places(observations, facts, earlier)
    grouped: dict[str, list[Row]] = defaultdict(list)
    marks: dict[int, list[Mark]] = defaultdict(list)
    proposed: dict[int, str] = {}
    at_odds: dict[int, int] = {}
    for f in findings:
        group = group_of(f)
        grouped[f["identity"].partition(".")[0] if group == "table" else group].append(f)
        if f["verdict"] != "fail":
            continue
        for key in _keys(f["cells"]):
            if key[0] == _FACTS:
                at_odds.setdefault(int(key[1]), f["id"])
            for o in places.cells(f, key):
                mark = Mark(_SIGNS[group], f["id"], _MARKED[group])
                if mark.sign not in (m.sign for m in marks[o["seq"]]):
                    marks[o["seq"]].append(mark)
        if f["suspect"]:
            for o in places.cells(f, _key(f["suspect"]["cell"])):
                proposed[o["seq"]] = plain_number(f["suspect"]["proposed"])
    tables = {name: _checks(of, places) for name, of in grouped.items() if name not in ("prose", "years")}
    return Shown(tables, _checks(grouped["prose"], places), _checks(grouped["years"], places), marks, proposed, at_odds)


def _checks(findings: Iterable[Row], places: _Places) -> Checks:
    found = Checks()
    undecided: Counter[str] = Counter()
    for finding in findings:
        check = _check(finding, places)
        if check.verdict == "fail":
            found.failed.append(check)
            if finding["suspect"]:
                suspect = places.term(finding, _key(finding["suspect"]["cell"]))
                repaired = (suspect, plain_number(finding["suspect"]["proposed"]))
                found.suspects += [repaired] if repaired not in found.suspects else []
        elif check.verdict == "pass":
            found.passed[check.meaning].append(check)
        else:
            found.open.append(check)
            undecided[check.verdict] += 1
    found.counts = [(verdict.replace("_", " "), n, said("verdicts", verdict)) for verdict, n in undecided.items()]
    return found


def _check(finding: Row, places: _Places) -> Check:
    left, right = _sides(finding, places)
    words = [said("readings", finding["reading"])] if finding["reading"] != "strict" else []
    if finding["evidence"] not in (None, "seen"):
        words.append(said("evidence", finding["evidence"]))
    if group_of(finding) == "table":
        column = [said("scopes", finding["scope"])] if finding["scope"] else []
        column += [said("bases", finding["basis"])] if finding["basis"] not in (None, "year") else []
        words = [*column, *words]
    return Check(
        finding["id"],
        finding["verdict"],
        _known(finding["identity"])[0],
        _at(finding, right),
        left,
        right,
        _number(finding["left_value"]),
        _number(finding["right_value"]),
        tuple(words),
        (finding["other_source"], finding["other_report_id"]) if finding["other_report_id"] else None,
    )


def _sides(finding: Row, places: _Places) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    keys = list(_keys(finding["cells"]))
    identity = finding["identity"]
    terms = [places.term(finding, key, _known(identity)[1]) for key in keys]
    if group_of(finding) == "years":
        earlier = list(places.earlier_terms(finding, keys[-1])) if keys else []
        n = len(keys) - 1 if keys else 0
    elif identity == "narrative.table":
        earlier, n = [], sum(key[0] != _FACTS for key in keys)
    else:
        earlier, n = [], len(keys) - _known(identity)[2]
    left = [*earlier, *terms[:n]]
    signs: tuple[str, ...] = _OPERATORS.get(identity, ())
    if identity == "narrative.table" and "/" in (finding["row_or_column"] or ""):
        signs = ("", " ÷ ") if n == 2 else ("", *[", "] * (n - 1))
    signs = (*signs, *[" + "] * (len(left) - len(signs)))
    left = [replace(term, sign=sign) for term, sign in zip(left, signs, strict=False)]
    return tuple(left), tuple(terms[n:])


def _number(value: float | None) -> str:
    return "" if value is None else plain_number(value)


def _keys(cells: Iterable[Sequence[str]]) -> Iterator[CellKey]:
    return (_key(cell) for cell in cells)


def _key(cell: Sequence[str]) -> CellKey:
    return cell[0], cell[1], cell[2]


@lru_cache(maxsize=1)
def _identities() -> dict[str, tuple[str, str, int]]:
    return {i.id: (i.meaning, i.over, len(i.right)) for form in load_forms() for i in form.identities}


def _known(identity: str) -> tuple[str, str, int]:
    """What an identity means, what it is over, and how many of its cells, the last ones, are the total."""
    return _identities().get(identity, (said("identities", identity), "", 1))


def _at(finding: Row, right: Sequence[Term]) -> str:
    """Where it was checked, in the form's words."""
    over = _known(finding["identity"])[1]
    if over and finding["cells"]:
        labels = cell_labels().get(_key(finding["cells"][-1]))
        if labels:
            return labels[0] if over == "rows" or labels[1] == _ONLY_COLUMN else labels[1]
    return right[0].label if right else finding["row_or_column"] or ""
