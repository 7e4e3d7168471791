"""The warehouse's tables as metadata: columns, types, keys and meanings stand here once.

DDL, Parquet schemas, load checks and the data dictionary are all derived from `TABLES`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import pyarrow as pa

from parsers.indicators import Indicator, load_indicators

__all__ = ["CORE_TABLES", "LAKE_TABLES", "TABLES", "Column", "Table", "schema_version", "table"]

Type = Literal["text", "integer", "double", "boolean", "date", "timestamp", "json"]

_ARROW: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.string(),
    "timestamp": pa.string(),
    "json": pa.string(),
}
_SQL = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "json": "JSON",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `unit` is empty for what has none."""

    name: str
    type: Type
    description: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table; `layer` is raw, core, ref, out or meta."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def layer(self) -> str:
        return self.name.partition("_")[0]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)

    def arrow_schema(self) -> pa.Schema:
        """The Parquet schema: dates, times and JSON as text."""
        return pa.schema([pa.field(c.name, _ARROW[c.type], nullable=c.name not in self.key) for c in self.columns])

    def ddl(self) -> str:
        """CREATE TABLE with its primary key."""
        columns = [f'"{c.name}" {_SQL[c.type]}{" NOT NULL" if c.name in self.key else ""}' for c in self.columns]
        keys = ", ".join(f'"{name}"' for name in self.key)
        return f"CREATE TABLE IF NOT EXISTS {self.name} ({', '.join(columns)}, PRIMARY KEY ({keys}))"

    def comments(self) -> Iterable[str]:
        """COMMENT statements for the table and its columns."""
        yield f"COMMENT ON TABLE {self.name} IS {_quoted(self.description)}"
        for c in self.columns:
            yield f'COMMENT ON COLUMN {self.name}."{c.name}" IS {_quoted(c.description)}'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _c(name: str, type_: Type, description: str, unit: str = "") -> Column:
    return Column(name, type_, description, unit)


_SOURCE = _c("source", "text", "Name of the source: a site, a folder, a set of WARC files.")
_REPORT = _c(
    "report_id", "text", "First 16 hex digits of the document's sha256, a hyphen, the ordinal of the report in it."
)
_ID = _c("id", "integer", "Running number in the report, from 0.")
_WHERE = _c(
    "where", "json", "Place in the source: table, row, column; page and box in points; line; paragraph. Counted from 1."
)

_RAW = (
    Table(
        "raw_fetches",
        "Every document kept, each time it was fetched or added.",
        # Not the id alone: one WARC file may belong to two sources.
        ("source", "fetch_id"),
        (
            _c("fetch_id", "text", "WARC-Record-ID; `FILE:OFFSET` of a record without one. Unique within a source."),
            _SOURCE,
            _c("url", "text", "Address it came from; `file:` and a relative path for local files."),
            _c("fetched_at", "timestamp", "When, UTC; NULL where the WARC file names no time."),
            _c("status", "integer", "HTTP status; NULL for local files."),
            _c("outcome", "text", "`kept` or `failed`, later also `unchanged`, `blocked`."),
            _c("reason", "text", "Why it is no document: `truncated`, less came than the server promised."),
            _c("sha256", "text", "Digest of the bytes."),
            _c("bytes", "integer", "Length.", "byte"),
            _c("warc_file", "text", "File under archive/SOURCE/."),
            _c("warc_offset", "integer", "Where its record starts.", "byte"),
        ),
    ),
    Table(
        "raw_documents",
        "Every distinct document of a source.",
        ("source", "sha256"),
        (
            _SOURCE,
            _c("sha256", "text", "Digest of the bytes."),
            _c("media_type", "text", "What the bytes are, whatever the file is called."),
            _c("url", "text", "Address it was first found at."),
            _c("title", "text", "Text of the link that led to it; NULL for local files."),
            _c("first_seen_at", "timestamp", "First fetch, UTC."),
            _c("last_seen_at", "timestamp", "Last fetch, UTC."),
            _c("trust", "text", "`official`, `ip_host`, `mirror`, `hijacked`; `local` for files added by hand."),
        ),
    ),
)

_CORE = (
    Table(
        "core_reports",
        "One report, or one document that is none (status `rejected`).",
        ("source", "report_id"),
        (
            _SOURCE,
            _REPORT,
            _c("sha256", "text", "Digest of the document."),
            _c("ordinal", "integer", "Which report of the document, from 0."),
            _c("agency", "text", "Reporting organ as the report names it."),
            _c("agency_id", "text", "Key of the organ in ref_agencies; NULL when the organ is unknown."),
            _c("year", "integer", "Report year: the year reported on."),
            _c("form", "text", "`2014`, `2019`, `2021` or `narrative`, recognised from the labels."),
            _c("scope", "text", "Whose figures: `own`, `aggregate` or `unknown`."),
            _c("scope_basis", "text", "The words that say so."),
            _c("title", "text", "Title as printed."),
            _c("period_start", "date", "First day of the statistics, as stated."),
            _c("period_end", "date", "Last day of the statistics, as stated."),
            _c("published_on", "date", "Publication date, as stated."),
            _c("url", "text", "Address the document was first found at."),
            _c(
                "status",
                "text",
                "`parsed`, `partial` (a required part is missing or an issue is an error), `rejected`.",
            ),
            _c("reason", "text", "Why it was rejected: a reason of the contract."),
            _c("message", "text", "What was seen that made it rejected."),
            _c("inferred", "json", "Names of the columns above that were inferred, not stated."),
            _c("is_current", "boolean", "Whether this is the report to use among all for its organ, year and scope."),
            _c("parser_version", "text", "Hash of the parsing code and its reader libraries."),
            _c("forms_version", "text", "Hash of the form files."),
        ),
    ),
    Table(
        "core_sections",
        "The prose of a report by section.",
        ("source", "report_id", "ordinal"),
        (
            _SOURCE,
            _REPORT,
            _c("ordinal", "integer", "Place in the report, from 0."),
            _c(
                "section",
                "text",
                "Section code: preamble, overview, proactive, applications, review_litigation, problems, other, "
                "statistics or unclassified.",
            ),
            _c("heading", "text", "Heading as printed."),
            _c("text_raw", "text", "Prose as printed, a paragraph a line."),
            _c("text", "text", "Prose with damaged text restored."),
        ),
    ),
    Table(
        "core_observations",
        "One table cell, exactly as published.",
        ("source", "report_id", "seq"),
        (
            _SOURCE,
            _REPORT,
            _c("seq", "integer", "Place in the report, from 0."),
            _c(
                "table_code",
                "text",
                "proactive (table two), applications (three), review_litigation (four), statistics (2014).",
            ),
            _c("row_code", "text", "Row code of the codebook; NULL where no code fits the label."),
            _c("column_code", "text", "Column code of the codebook; NULL where no code fits."),
            _c("value", "double", "The printed number in the printed unit; NULL unless kind is number."),
            _c("kind", "text", "`number`, `blank`, `not_applicable`, `unreadable`."),
            _c("unit", "text", "Unit of the value."),
            _c(
                "unit_source",
                "text",
                "`printed` in the cell, `header`, `convention` of the form; NULL when nothing says.",
            ),
            _c("raw", "text", "The printed characters."),
            _c("raw_row", "text", "Row label as printed."),
            _c("raw_column", "text", "Column label as printed."),
            _c(
                "scope",
                "text",
                "Of a value column that says whose figures it holds: own, aggregate, departments, townships.",
            ),
            _c("basis", "text", "`year` or `cumulative`."),
            _WHERE,
            _c("flags", "json", "Every inference that placed or read the value; empty on an undamaged report."),
        ),
    ),
    Table(
        "core_facts",
        "Quantities stated in prose.",
        ("source", "report_id", "id"),
        (
            _SOURCE,
            _REPORT,
            _ID,
            _c("section", "text", "Section code."),
            _c("text", "text", "The sentence."),
            _c("start", "integer", "First character in the section's raw text, from 0."),
            _c("end", "integer", "After the last character."),
            _c("number_text", "text", "The number as printed."),
            _c("value", "double", "The number."),
            _c("value_high", "double", "Upper bound of a range."),
            _c("unit", "text", "Unit or classifier."),
            _c("label", "text", "What is counted."),
            _c("approx", "text", "`over`, `about`, `nearly`."),
            _c("polarity", "text", "`zero` for a stated absence."),
            _c("parent", "integer", "Fact it is a part of."),
            _c("base", "integer", "Fact it is a share of."),
            _c("indicator", "json", "Codes of the codebook it states."),
        ),
    ),
    Table(
        "core_points",
        "Problems the organ names and measures it plans.",
        ("source", "report_id", "id"),
        (
            _SOURCE,
            _REPORT,
            _ID,
            _c("section", "text", "Section code."),
            _c("kind", "text", "`problem` or `measure`."),
            _c("ordinal", "integer", "Place among its kind, from 1."),
            _c("start", "integer", "First character in the section's raw text, from 0."),
            _c("text", "text", "The point."),
        ),
    ),
    Table(
        "core_citations",
        "Documents named in the prose.",
        ("source", "report_id", "id"),
        (
            _SOURCE,
            _REPORT,
            _ID,
            _c("title", "text", "Title without 《》."),
            _c("document_number", "text", "Number printed beside it."),
            _c("section", "text", "Section code."),
        ),
    ),
    Table(
        "core_restorations",
        "Places where damaged text was made readable.",
        ("source", "report_id", "id"),
        (
            _SOURCE,
            _REPORT,
            _ID,
            _c("kind", "text", "What the damage was."),
            _c("raw", "text", "As found."),
            _c("restored", "text", "As read."),
            _WHERE,
        ),
    ),
    Table(
        "core_findings",
        "Verdicts on the forms' accounting identities.",
        ("source", "report_id", "id"),
        (
            _SOURCE,
            _REPORT,
            _ID,
            _c("identity", "text", "Name of the identity."),
            _c("row_or_column", "text", "Where in the table it was checked."),
            _c("reading", "text", "`strict`, or `blank_as_zero` where the table leaves its zeros blank."),
            _c(
                "verdict",
                "text",
                "`pass`, `fail`, `uncertain` (a cell without a number), `not_assessable` (a cell missing).",
            ),
            _c("left_value", "double", "Sum of the parts."),
            _c("right_value", "double", "The total."),
            _c("cells", "json", "Every cell of the identity as [table, row, column]."),
            _c(
                "suspect",
                "json",
                "The one cell whose change repairs all failures of its table, and the value that would.",
            ),
            _c("evidence", "text", "`unverified` when the identity rests on rows no official copy has confirmed."),
            _c("scope", "text", "Value column checked, of tables with several."),
            _c("basis", "text", "Value column checked, of tables with several."),
        ),
    ),
    Table(
        "core_issues",
        "What a user of a report's data should know.",
        ("source", "report_id", "id"),
        (
            _SOURCE,
            _REPORT,
            _ID,
            _c("kind", "text", "Kind of issue."),
            _c("severity", "text", "`info`, `warning`, `error`."),
            _WHERE,
            _c("raw", "text", "The characters it is about."),
            _c("message", "text", "What was seen."),
        ),
    ),
)

_REF = (
    Table(
        "ref_indicators",
        "The codebook: every cell of every form with its meaning.",
        ("table_code", "row_code", "column_code"),
        (
            _c("table_code", "text", "Table code."),
            _c("row_code", "text", "Row code."),
            _c("column_code", "text", "Column code."),
            _c("name", "text", "Short name, the column of out_panel."),
            _c("label_zh", "text", "Official label: row, then column."),
            _c("label_en", "text", "English label."),
            _c("unit", "text", "Unit of the form; an amount of money counts only in the unit that is printed."),
            _c("forms", "text", "Forms that have the cell."),
            _c("first_form", "text", "First form that has it."),
            _c("last_form", "text", "Last form that has it."),
            _c("definition", "text", "What is counted."),
            _c("legal_basis", "text", "Law or notice it rests on."),
            _c("evidence", "text", "`seen` in an official copy, or `unverified`."),
            _c("caveats", "text", "What to mind in using it."),
        ),
    ),
    Table(
        "ref_agencies",
        "Reporting organs.",
        ("agency_id",),
        (
            _c("agency_id", "text", "Key of the organ."),
            _c("name", "text", "Name."),
            _c("aliases", "json", "Other names it is printed under."),
            _c("level", "text", "Level of government; NULL until the organ is resolved."),
            _c("type", "text", "Kind of organ; NULL until the organ is resolved."),
            _c("parent_id", "text", "Organ above it."),
            _c("division_code", "text", "GB/T 2260 code of its place."),
            _c("division_revision", "text", "Revision of that code table."),
            _c("valid_from", "date", "First day of the organ under this name."),
            _c("valid_to", "date", "Last day."),
        ),
    ),
)

_META = (
    Table(
        "meta_loads",
        "What stands in this warehouse: a row for the tables' version, each source and each derived table.",
        ("name",),
        (
            _c(
                "name",
                "text",
                "`schema`, `ref`, `is_current` (the rule that marks reports), `source NAME`, or the name of a derived "
                "table.",
            ),
            _c("digest", "text", "Digest of what it was made from; equal digests need no load."),
        ),
    ),
)

_PANEL_HEAD = (
    _c("agency_id", "text", "Key of the organ; NULL when unknown."),
    _c("year", "integer", "Report year."),
    _c("agency", "text", "Organ as printed."),
    _c("form", "text", "Form of the report: a column whose form this is not is NULL."),
    _c("scope", "text", "Whose figures: `own`, `aggregate`, `unknown`."),
    _c("scope_basis", "text", "The words that say so."),
    _c("n_candidates", "integer", "Current reports to choose from for this organ and year."),
    _c("source", "text", "Source of the report used."),
    _c("report_id", "text", "The report used."),
    _c("url", "text", "Its address."),
    _c("trust", "text", "Trust in that address."),
    _c("status", "text", "`parsed` or `partial`."),
    _c("n_failed", "integer", "Failed identities."),
    _c("n_inferred", "integer", "Values that carry a flag."),
)


def _panel_columns(indicators: Iterable[Indicator]) -> Iterable[Column]:
    for i in indicators:
        if i.in_panel:
            yield _c(i.name, "double", f"{i.label_zh}. {i.definition}", "元" if i.money else i.unit or "")


_PANEL = (*_PANEL_HEAD, *_panel_columns(load_indicators()))

_OUT = (
    Table(
        "out_panel",
        "One row an organ and year: the values of the report to use. Forms share a column where they count alike.",
        ("agency_id", "year"),
        _PANEL,
    ),
    Table("out_panel_all", "The same, one row a report.", ("source", "report_id"), _PANEL),
)

TABLES = (*_RAW, *_CORE, *_REF, *_OUT, *_META)
CORE_TABLES = tuple(t.name for t in _CORE)
LAKE_TABLES = tuple(t.name for t in (*_RAW, *_CORE))
_BY_NAME = {t.name: t for t in TABLES}


def table(name: str) -> Table:
    """The table of that name; KeyError when there is none."""
    return _BY_NAME[name]


def schema_version() -> str:
    """Hash of every table: a warehouse of another version is built anew from the lake."""
    return sha256(repr(TABLES).encode()).hexdigest()[:16]
