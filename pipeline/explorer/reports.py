"""The page of a report: its tables as the form lays them out, its prose, its checks, beside the archived source."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from datasette.app import Datasette

from parsers.forms import Form, load_forms
from pipeline.explorer.context import Explorer, Request, Response, explorer_of, in_thread, page, rows
from pipeline.explorer.report.checks import show_checks
from pipeline.explorer.report.prose import show_prose
from pipeline.explorer.report.released import differences, released_findings, released_report, released_values
from pipeline.explorer.report.rows import Record, Row, read_record
from pipeline.explorer.report.tables import cell_of, indicator_words, show_tables
from pipeline.explorer.report.words import said

__all__ = ["show_report"]

_SEVERITIES = ("error", "warning", "info")


async def show_report(datasette: Datasette, request: Request) -> Response:
    """One report by source and report_id; 404 for one that neither warehouse nor release has."""
    explorer = explorer_of(datasette)
    source, report_id = unquote(request.url_vars["source"]), unquote(request.url_vars["report"])
    released = await released_report(datasette, source, report_id)
    values = await released_values(datasette, released) if released else []
    # The frame stands below the page's own address: relative links are short, and there are hundreds of them.
    shared: dict[str, Any] = {
        "frame": f"{quote(report_id, safe='')}/source",
        "said": said,
        "place": _place,
        "address": _address,
        "moment": _moment,
    }
    words = request.args.get("q") or ""
    found = await in_thread(_show_record, explorer, source, report_id, words, values) if explorer.warehouse else None
    if found is not None:
        return await page(
            datasette, request, "report.html", scripts=True, has_source=explorer.archive is not None,
            released=released, words=words, **shared, **found,
        )  # fmt: skip
    if released is not None:
        return await page(
            datasette, request, "report_released.html", report=released, form=_form(released["form"]), values=values,
            findings=await released_findings(datasette, released), labels=await _labels(datasette),
            has_warehouse=explorer.warehouse is not None, **shared,
        )  # fmt: skip
    return await page(datasette, request, "no_report.html", status=404, source=source, report_id=report_id)


async def _labels(datasette: Datasette) -> dict[str, tuple[str, str]]:
    found = await rows(datasette, "SELECT name, label_en, label_zh FROM indicators")
    return {row["name"]: (row["label_en"], row["label_zh"]) for row in found}


def _show_record(
    explorer: Explorer, source: str, report_id: str, words: str, values: Sequence[Row]
) -> dict[str, Any] | None:
    """What the template of a report takes, but for the release; None when the warehouse has no such report."""
    assert explorer.warehouse is not None
    record = read_record(explorer.warehouse, source, report_id)
    if record is None:
        return None
    checks = show_checks(record.findings, record.observations, record.facts, record.earlier)
    tables = show_tables(record.report["form"], record.observations, checks.marks, checks.proposed)
    shown = {t.code for t in tables}
    seqs = {cell: o["seq"] for o in reversed(record.observations) if (cell := cell_of(o)) is not None}
    return {
        "record": record,
        "report": record.report,
        "form": _form(record.report["form"]),
        "issues": sorted(record.issues, key=lambda i: _SEVERITIES.index(i["severity"])),
        "tables": tables,
        "checks": checks,
        "other_checks": [(code, found) for code, found in checks.tables.items() if code not in shown],
        "prose": show_prose(record, seqs, words),
        "versions": list(_versions(record)),
        "in_use": [c for c in record.candidates if c["is_current"]],
        "differences": differences(values, record.observations),
    }


def _form(code: str | None) -> Form | None:
    return next((form for form in load_forms() if form.code == code), None)


def _address(row: Mapping[str, Any], part: str = "report_id", source: str = "source") -> str:
    """The path of another report's page behind the explorer's own address."""
    return f"report/{quote(row[source], safe='')}/{quote(row[part], safe='')}"


def _place(where: Mapping[str, Any] | None) -> str:
    """A place in the source in words.

    >>> _place({"table": 3, "row": 14, "column": 2}), _place({"page": 4, "box": [1, 2, 3, 4]}), _place(None)
    ('table 3, row 14, column 2', 'page 4', '')
    """
    return ", ".join(f"{name} {value}" for name, value in (where or {}).items() if name != "box")


def _moment(time: datetime | str | None) -> str:
    """A time to the minute.

    >>> _moment("2024-05-06T07:08:09Z"), _moment(None)
    ('2024-05-06 07:08 UTC', 'at an unknown time')
    """
    return f"{str(time)[:16].replace('T', ' ')} UTC" if time else "at an unknown time"


def _versions(record: Record) -> Iterator[dict[str, Any]]:
    """Each version at the report's address with its cells that changed, both values with their pages."""
    words = indicator_words()
    earlier: str | None = None
    for version, changes in record.history:
        here = _address({"source": version.source, "report_id": version.report_id})
        yield {
            "version": version,
            "href": here,
            "is_this": version.report_id == record.report["report_id"],
            "changes": [
                {
                    "en": words.get(cell, (" ".join(cell), ""))[0],
                    "zh": words.get(cell, ("", ""))[1],
                    "whose": ", ".join(said("scopes" if part in _SCOPES else "bases", part) for part in c.cell[3:]),
                    "before": c.before,
                    "before_href": f"{earlier}#o{c.seqs[0]}",
                    "after": c.after,
                    "after_href": f"{here}#o{c.seqs[1]}",
                }
                for c in changes
                for cell in [(c.cell[0], c.cell[1], c.cell[2])]
            ],
        }
        earlier = here


_SCOPES = ("own", "aggregate", "departments", "townships")
