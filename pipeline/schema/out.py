"""The out layer: the tables to open first."""

from collections.abc import Iterable

from parsers.indicators import Indicator, load_indicators
from pipeline.schema.models import SOURCE, Column, Table, column

__all__ = ["OUT"]

_PANEL_HEAD = (
    column("agency_id", "text", "Key of the organ; NULL when unknown."),
    column("year", "integer", "Report year."),
    column("agency", "text", "Organ as printed."),
    column("form", "text", "Form of the report: a column whose form this is not is NULL."),
    column("scope", "text", "Whose figures: `own`, `aggregate`, `unknown`."),
    column("scope_basis", "text", "The words that say so."),
    column("n_candidates", "integer", "Current reports to choose from for this organ and year."),
    column("source", "text", "Source of the report used."),
    column("report_id", "text", "The report used."),
    column("url", "text", "Its address."),
    column("trust", "text", "Trust in that address."),
    column("status", "text", "`parsed` or `partial`."),
    column("n_failed", "integer", "Failed identities of the tables."),
    column("n_failed_in_prose", "integer", "Figures of the prose that contradict a table or each other."),
    column("n_inferred", "integer", "Values that carry a flag."),
)


def _panel_columns(indicators: Iterable[Indicator]) -> Iterable[Column]:
    for i in indicators:
        if i.in_panel:
            yield column(i.name, "double", f"{i.label_zh}. {i.definition}", "元" if i.money else i.unit or "")


def _reuse_columns(prefix: str, of: str) -> Iterable[Column]:
    yield column(f"{prefix}n_sentences", "integer", f"Sentences: {of}.")
    yield column(f"{prefix}n_same", "integer", "Of them in the report before, word for word; NULL without one.")
    yield column(f"{prefix}n_same_but_numbers", "integer", "The same with numbers and years masked.")
    yield column(f"{prefix}share_same", "double", "n_same of n_sentences.")
    yield column(f"{prefix}share_same_but_numbers", "double", "n_same_but_numbers of n_sentences.")


_PANEL = (*_PANEL_HEAD, *_panel_columns(load_indicators()))

OUT = (
    Table(
        "out_panel",
        "One row an organ and year: the values of the report to use. Forms share a column where they count alike.",
        ("agency_id", "year"),
        _PANEL,
    ),
    Table("out_panel_all", "The same, one row a report.", ("source", "report_id"), _PANEL),
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
