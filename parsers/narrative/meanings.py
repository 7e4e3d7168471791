"""What a fact states, in no form yet; and its cells in a form."""

from __future__ import annotations

from dataclasses import dataclass

from parsers.forms import load_words
from parsers.narrative.wordings import Cells, Wording, opened, wordings

__all__ = ["Meaning", "evidence_of"]

_ORGANISATIONS = (
    "commercial_enterprise",
    "research_institution",
    "public_welfare_org",
    "legal_services_org",
    "other_org",
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A wording, of one result or kind of applicant, and the words that say so.

    `carried`: with what was carried in from the year before.
    """

    wording: Wording
    evidence: str
    result: str | None = None
    applicant: str | None = None
    carried: bool = False

    @property
    def kinds(self) -> frozenset[str]:
        """The names that `under` may call it by."""
        return frozenset((self.wording.id, self.wording.family)) | self.wording.groups

    @property
    def what(self) -> tuple[str, str | None, str | None]:
        return self.wording.id, self.result, self.applicant

    def cells(self, form: str) -> Cells:
        """The cells of a form that it sums; none where the form has none."""
        if self.carried:
            return _carried(form)
        cells = self.wording.cells.get(form, ())
        if self.result is not None:
            return _result_cells(cells, self.result)
        if self.applicant is None:
            return cells
        columns = _ORGANISATIONS if self.applicant == "organisations" else (self.applicant,)
        if len(cells) != 1 or cells[0][0] != "applications":
            return ()
        return tuple((cells[0][0], cells[0][1], column) for column in columns)


def _result_cells(cells: Cells, result: str) -> Cells:
    if cells and cells[0][0] == "statistics":
        row = load_words("links")["results_2014"].get(result)
        return tuple((t, f"{r.removesuffix('.total')}.{row}", c) for t, r, c in cells) if row else ()
    return tuple((table, row, result) for table, row, _ in cells)


def _carried(form: str) -> Cells:
    """The sum of what came in and what was carried in."""
    return wordings()["received_new"].cells.get(form, ()) + wordings()["carried_in"].cells.get(form, ())


def evidence_of(above: Meaning | bool | None, label: str) -> str:
    """The words that say what a fact states: its own, behind those of the fact that they rest on."""
    own = opened(label)
    return f"{above.evidence.rpartition(': ')[2]}: {own}" if isinstance(above, Meaning) else own
