"""The page of an organ: its names, its reports by year, its requests, what does not add up."""

from typing import Any
from urllib.parse import unquote

from datasette.app import Datasette

from pipeline.explorer.context import NotFound, Request, Response, page, rows
from pipeline.explorer.heatmap import FROM, STATE, STATES, of_organ
from pipeline.explorer.outcomes import OUTCOMES, read_groups

__all__ = ["show_organ"]

_FEW = 60
"""Organs below it that are listed."""
_FAILED = 50
"""Failed checks that are listed."""


async def show_organ(datasette: Datasette, request: Request) -> Response:
    """`/organ/AGENCY_ID`. Raises NotFound where the release has no such organ."""
    organ_id = unquote(request.url_vars["organ"])
    found = await rows(datasette, "SELECT * FROM agencies WHERE agency_id = ?", [organ_id])
    if not found:
        raise NotFound(f"The release has no organ '{organ_id[:60]}'.")
    organ = dict(found[0])
    above = [organ[key] for key in ("parent_id", "merged_into") if organ[key]]
    marks = ", ".join("?" * len(above))
    related = await rows(datasette, f"SELECT agency_id, name FROM agencies WHERE agency_id IN ({marks})", above)
    return await page(
        datasette, request, "organ.html",
        organ=organ, related={row["agency_id"]: row["name"] for row in related},
        names=await _names(datasette, organ_id), codes=await _codes(datasette, organ_id),
        years=await _years(datasette, organ_id),
        groups=await read_groups(datasette, "p.agency_id = ?", [organ_id], is_one=True),
        failed=await _failed(datasette, organ_id), below=await _below(datasette, organ_id), few=_FEW, states=STATES,
        outcomes=OUTCOMES,
    )  # fmt: skip


async def _names(datasette: Datasette, organ_id: str) -> list[Any]:
    return await rows(
        datasette,
        "SELECT name, evidence, first_year, last_year FROM agency_names WHERE agency_id = ? "
        "ORDER BY first_year IS NULL, first_year, last_year, name",
        [organ_id],
    )


async def _codes(datasette: Datasette, organ_id: str) -> list[Any]:
    return await rows(
        datasette,
        "SELECT valid_from, valid_to, division_code, division_name FROM agency_codes WHERE agency_id = ? "
        "ORDER BY valid_from",
        [organ_id],
    )


async def _years(datasette: Datasette, organ_id: str) -> list[dict[str, Any]]:
    """Every year that is expected or was found, newest first: its state, and all its reports, the one in use first."""
    known = await rows(
        datasette,
        f"""SELECT c.year, {STATE} AS state, coalesce(l.published_on, '') AS published_on,
                   l.days_late_stated AS days_late, NULL AS source, NULL AS report_id, l.deadline, l.proof_url
            FROM {FROM} WHERE c.agency_id = ?""",
        [organ_id],
    )
    reports = await rows(
        datasette,
        """SELECT r.year, r.source, r.report_id, r.agency, r.form, r.scope, r.status, r.published_on, r.n_failed,
                  r.n_failed_in_prose, r.n_failed_across_years, r.n_inferred, r.app_new_tot AS requests, r.trust,
                  p.report_id IS NOT NULL AS is_used, v.seq
           FROM panel_all r
           LEFT JOIN panel p ON p.agency_id = r.agency_id AND p.year = r.year AND p.source = r.source
                            AND p.report_id = r.report_id
           LEFT JOIN "values" v ON p.report_id IS NOT NULL AND v.agency_id = p.agency_id AND v.year = p.year
                               AND v.indicator = 'app_new_tot'
           WHERE r.agency_id = ? ORDER BY is_used DESC, r.source, r.report_id""",
        [organ_id],
    )
    years: dict[Any, dict[str, Any]] = {
        row["year"]: {"year": row["year"], "known": row, "cell": of_organ(row), "reports": []} for row in known
    }
    for report in reports:
        empty = {"year": report["year"], "known": None, "cell": None, "reports": []}
        years.setdefault(report["year"], empty)["reports"].append(report)
    return [years[year] for year in sorted(years, key=lambda y: -(y or 0))]


async def _failed(datasette: Datasette, organ_id: str) -> dict[str, Any]:
    counted = await rows(
        datasette, "SELECT count(*) FROM findings WHERE agency_id = ? AND verdict = 'fail'", [organ_id]
    )
    found = await rows(
        datasette,
        f"""SELECT source, report_id, year, identity, row_or_column, left_value, right_value, suspect, is_current
            FROM findings WHERE agency_id = ? AND verdict = 'fail'
            ORDER BY year DESC, identity, source, report_id, id LIMIT {_FAILED}""",
        [organ_id],
    )
    return {"count": counted[0][0], "rows": found}


async def _below(datasette: Datasette, organ_id: str) -> dict[str, Any]:
    """Organs whose row names this one as the organ above, each with its years in the panel."""
    found = await rows(
        datasette,
        f"""SELECT a.agency_id, a.name, (SELECT count(*) FROM panel p WHERE p.agency_id = a.agency_id) AS years
            FROM agencies a WHERE a.parent_id = ? ORDER BY a.name, a.agency_id LIMIT {_FEW + 1}""",
        [organ_id],
    )
    return {"rows": found, "is_many": len(found) > _FEW}
