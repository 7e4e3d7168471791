"""The out layer: the tables to open first."""

from collections.abc import Iterable

from parsers.indicators import Indicator, load_indicators
from pipeline.measures import load_rates
from pipeline.schema.models import SOURCE, Column, Table, column

__all__ = ["OUT", "PER_10K", "REGION_SUMS"]

PER_10K = "requests_per_10k"

REGION_SUMS = (
    "app_new_tot", "app_in_tot", "app_granted_tot", "app_partial_tot", "app_outcomes_tot", "app_out_tot",
    "rev_review_total", "rev_direct_total", "rev_after_total",
)  # fmt: skip
"""Columns of out_panel that out_regions adds up."""

_PANEL_HEAD = (
    column("agency_id", "text", "Key of the organ; NULL when unknown."),
    column("year", "integer", "Report year."),
    column("agency", "text", "Organ as printed."),
    column("agency_name", "text", "Its full name: see ref_agencies."),
    column("agency_level", "text", "`central`, `province`, `prefecture`, `county`, `township`, `zone`, in that year."),
    column("agency_type", "text", "`government`, `office`, `department`, `township`, `zone`."),
    column("province", "text", "Province of its place, in that year."),
    column("prefecture", "text", "Prefecture of its place, in that year; NULL where it is under none."),
    column("division_code", "text", "GB/T 2260 code of its place, as of that year."),
    column("division_revision", "text", "Year and month of the table of that code."),
    column("code_of_parent", "boolean", "Whether the code is that of the place it lies in: zones, townships."),
    column("form", "text", "Form of the report."),
    column("scope", "text", "Whose figures: `own`, `aggregate`, `unknown`."),
    column("scope_basis", "text", "The words that say so."),
    column("n_candidates", "integer", "Current reports to choose from for this organ and year."),
    column("source", "text", "Source of the report used."),
    column("report_id", "text", "The report used."),
    column("url", "text", "Its address."),
    column("trust", "text", "Trust in that address."),
    column("status", "text", "`parsed` or `partial`."),
    column("published_on", "date", "Publication date, as stated."),
    column("n_failed", "integer", "Failed identities of the tables."),
    column("n_failed_in_prose", "integer", "Figures of the prose that contradict a table or each other."),
    column("n_failed_across_years", "integer", "Identities with the report of the year before that fail."),
    column("n_inferred", "integer", "Values that carry a flag."),
    column("n_restored", "integer", "Places where damaged text was made readable."),
)
_MISSING = (
    "NULL where there is a value, else why there is none: `not_in_form`, `not_published` (the form has the cell, the "
    "report does not), `blank`, `not_applicable`, `unreadable`, `unit_unknown` (of money), `conflicting` (printed "
    "twice, differently)"
)


def _panel_columns(indicators: Iterable[Indicator]) -> Iterable[Column]:
    for i in indicators:
        yield column(i.name, "double", f"{i.label_zh}. {i.definition}", "元" if i.money else i.unit or "")


def _missing_columns(indicators: Iterable[Indicator]) -> Iterable[Column]:
    for i in indicators:
        yield column(i.name, "text", f"Why out_panel.{i.name} is NULL.")


def _region_columns() -> Iterable[Column]:
    by_name = {i.name: i for i in load_indicators()}
    for name in REGION_SUMS:
        yield column(name, "double", f"Sum of {by_name[name].label_zh}; NULL where no organ gives it.", "件")
        yield column(f"n_{name}", "integer", "Organs that give it.")


def _rate_columns() -> Iterable[Column]:
    for rate in load_rates():
        yield column(rate.name, "double", f"{rate.label_zh}. {rate.definition}")


def _reuse_columns(prefix: str, of: str) -> Iterable[Column]:
    yield column(f"{prefix}n_sentences", "integer", f"Sentences: {of}.")
    yield column(f"{prefix}n_same", "integer", "Of them in the report before, word for word; NULL without one.")
    yield column(f"{prefix}n_same_but_numbers", "integer", "The same with numbers and years masked.")
    yield column(f"{prefix}share_same", "double", "n_same of n_sentences.")
    yield column(f"{prefix}share_same_but_numbers", "double", "n_same_but_numbers of n_sentences.")


_IN_PANEL = [i for i in load_indicators() if i.in_panel]
_OF_2014 = [i for i in load_indicators() if i.forms == ("2014",)]
_PANEL = (*_PANEL_HEAD, *_panel_columns(_IN_PANEL))
_USED_NAMES = (
    "agency_id", "year", "agency", "agency_name", "agency_level", "agency_type", "province", "prefecture",
    "division_code", "form", "scope", "source", "report_id", "url",
)  # fmt: skip
_USED = tuple(c for c in _PANEL_HEAD if c.name in _USED_NAMES)

OUT = (
    Table(
        "out_panel",
        "One row an organ and year: the values of the report to use. Forms share a column where they count alike.",
        ("agency_id", "year"),
        _PANEL,
    ),
    Table("out_panel_all", "The same, one row a report.", ("source", "report_id"), _PANEL),
    Table(
        "out_panel_missing",
        f"Of each value of out_panel: {_MISSING}.",
        ("agency_id", "year"),
        (*_PANEL_HEAD[:2], *_missing_columns(_IN_PANEL)),
    ),
    Table(
        "out_panel_2014",
        "One row an organ and year with the cells of the form of 2014 (report years 2014 to 2018), which counts "
        "otherwise than the later ones: see ref_crosswalk.",
        ("agency_id", "year"),
        (*_PANEL_HEAD, *_panel_columns(_OF_2014)),
    ),
    Table(
        "out_values",
        "The values of out_panel and out_panel_2014 one by one: each with its place in the source and its marks. "
        "Cells that the report's form does not have are left out.",
        ("agency_id", "year", "indicator"),
        (
            *_PANEL_HEAD[:2],
            column("indicator", "text", "Column of out_panel or out_panel_2014."),
            column("value", "double", "The value; money in yuan."),
            column("missing", "text", f"{_MISSING}."),
            column("relation", "text", "`identical`, or `sum`: of several cells of the form."),
            SOURCE,
            column("report_id", "text", "The report it stands in."),
            column("seq", "integer", "The cell, first of a sum: a row of core_observations, which says where it is."),
            column("n_failed", "integer", "Failed identities of the report's tables that the cell is part of."),
            column("is_suspect", "boolean", "Whether its change alone would repair all failures of its table."),
            column("is_inferred", "boolean", "Whether it was placed or read by inference: flags of the cell say how."),
        ),
    ),
    Table(
        "out_rates",
        "One row an organ and year: the measures of the literature, each explained in ref_rates. NULL when a figure "
        "that it is made of is missing, or the denominator is zero.",
        ("agency_id", "year"),
        (
            *_USED,
            *_rate_columns(),
            column("population", "double", "People of the government's division, where NIANBAO_POPULATION has it."),
            column(PER_10K, "double", "New requests for each 10,000 of them; mind the scope."),
        ),
    ),
    Table(
        "out_regions",
        "Sums over the organs of a province or prefecture in a year, by scope: what organs report of themselves is "
        "never added to what governments report of all below them.",
        ("region_code", "year", "scope", "level", "type"),
        (
            column("region_code", "text", "GB/T 2260 code of the province or prefecture, as of the report year."),
            column("region", "text", "Its name."),
            column("region_level", "text", "`province` or `prefecture`."),
            column("year", "integer", "Report year."),
            column("scope", "text", "Whose figures: `own`, `aggregate`, `unknown`."),
            column(
                "level",
                "text",
                "`all` for own figures; else the level of the organs added up, since a province's aggregate holds "
                "those of its prefectures.",
            ),
            column(
                "type",
                "text",
                "`all` for own figures; else the type of the organs added up, since a government's aggregate holds "
                "those of its departments.",
            ),
            column("n_organs", "integer", "Organs whose report of the year is in out_panel."),
            *_region_columns(),
        ),
    ),
    Table(
        "out_ledger",
        "One row an organ and year that is expected at a source or was found there: published, and when, or missing.",
        ("agency_id", "year"),
        (
            column("agency_id", "text", "Key of the organ."),
            column("year", "integer", "Report year."),
            column("agency", "text", "Organ."),
            column(
                "type",
                "text",
                "`government`, `office`, `department`, `township`, `zone`; told by its name where no source does.",
            ),
            SOURCE,
            column(
                "expected_by",
                "text",
                "`source` (its file names the organ), `history` (it reported before), NULL: found unexpected.",
            ),
            column(
                "state",
                "text",
                "`published`; `missing` (a complete crawl after the deadline did not find it); `not_due`; `unknown` "
                "(no complete crawl since).",
            ),
            column("deadline", "date", "Last day to publish by the Regulations; NULL where they set none."),
            column("published_on", "date", "Earliest date that a copy states, or that a list prints beside it."),
            column("first_seen_at", "timestamp", "First fetch of a copy, UTC."),
            column("days_late_stated", "integer", "Stated date after the deadline; negative when before.", "day"),
            column("days_late_seen", "integer", "First fetch after the deadline: the most it can be late.", "day"),
            column("found_at", "text", "Source where it was found."),
            column("report_id", "text", "The report to use."),
            column("url", "text", "Its address."),
            column("listed", "boolean", "Whether the lists, as last seen, still name it."),
            column("proof_fetch_id", "text", "The list as it was last seen: a row of raw_fetches."),
            column("proof_url", "text", "Its address."),
            column("proof_seen_at", "timestamp", "When, UTC."),
        ),
    ),
    Table(
        "out_coverage",
        "The denominator of every statistic: how far each organ's report of a year came.",
        ("agency_id", "year"),
        (
            column("agency_id", "text", "Key of the organ."),
            column("year", "integer", "Report year."),
            column("agency", "text", "Organ."),
            column("expected", "boolean", "Whether a source expects it."),
            column("published", "boolean", "Whether a list names it or a copy was found."),
            column("fetched", "boolean", "Whether a copy is in the archive."),
            column("parsed", "boolean", "Whether a current report was read, if only in part."),
            column("complete", "boolean", "Whether it has every section and table of its form."),
            column("passed", "boolean", "Whether all its identities hold; NULL where none could be checked."),
            column("n_failed", "integer", "Identities of its tables that fail."),
        ),
    ),
    Table(
        "out_reuse",
        "How much of a report's prose stood in the report of the same organ for the year before, sentence by sentence.",
        ("agency_id", "year"),
        (
            column("agency_id", "text", "Key of the organ."),
            column("year", "integer", "Report year."),
            SOURCE,
            column("report_id", "text", "The report, the one in out_panel."),
            column("previous_source", "text", "Source of the report of the year before; NULL where there is none."),
            column("previous_report_id", "text", "That report."),
            *_reuse_columns("", "different sentences; headings and what is shorter than six characters left out"),
            *_reuse_columns("problems_", "of the section on problems"),
        ),
    ),
)
