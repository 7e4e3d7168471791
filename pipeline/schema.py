"""The warehouse's tables as metadata: columns, types, keys and meanings stand here once.

DDL, Parquet schemas, load checks and the data dictionary are all derived from `TABLES`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from glob import escape
from hashlib import sha256
from pathlib import Path
from typing import Literal

import pyarrow as pa

from parsers.indicators import Indicator, load_indicators

__all__ = [
    "CORE_TABLES",
    "LAKE_TABLES",
    "RAW_TABLES",
    "READ_TABLES",
    "TABLES",
    "Column",
    "Table",
    "parquet_rows",
    "schema_version",
    "table",
]

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
        "Every exchange with a site and every document added by hand.",
        # Not the id alone: one WARC file may belong to two sources.
        ("source", "fetch_id"),
        (
            _c("fetch_id", "text", "WARC-Record-ID; `FILE:OFFSET` of a record without one. Unique within a source."),
            _SOURCE,
            _c("url", "text", "Address it came from; `file:` and a relative path for local files."),
            _c("fetched_at", "timestamp", "When, UTC; NULL where the WARC file names no time."),
            _c("status", "integer", "HTTP status; NULL for local files, and where nothing answered."),
            _c(
                "outcome",
                "text",
                "`kept` (a body), `unchanged` (the document is known), `redirected`, `blocked` (the site refuses), "
                "`failed`.",
            ),
            _c(
                "reason",
                "text",
                "Why it is no document: `truncated` (less came than the server promised), `http_STATUS`, `challenge`, "
                "`robots`, `timeout`, `off_site`, `private_address` ...",
            ),
            _c("role", "text", "What the crawl wanted: `list`, `link`, `robots`; NULL for what was added by hand."),
            _c("via", "text", "Address of the page that led to it."),
            _c("title", "text", "Text of the link that led to it."),
            _c("sha256", "text", "Digest of the bytes."),
            _c("document", "text", "sha256 of the document that was seen: of an unchanged one, the earlier fetch's."),
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
            _c("via", "text", "Address of the page that led to it."),
            _c("first_seen_at", "timestamp", "First fetch, UTC."),
            _c("last_seen_at", "timestamp", "Last fetch that met it, UTC."),
            _c(
                "trust",
                "text",
                "`official`, `ip_host`, `mirror`, `hijacked` (its words were tampered with); `local` for files added "
                "by hand.",
            ),
            _c("damages", "json", "Signs of tampering: betting_phrases, pinyin, traditional_script."),
            _c("is_list", "boolean", "Whether it is a list of links: its items stand in raw_links."),
            _c("copy_of", "text", "sha256 of the official document that this one, elsewhere, is a copy of."),
            _c("sketch", "json", "Hashes of its words and numbers; copies share most of them."),
        ),
    ),
    Table(
        "raw_links",
        "What the lists of a source named, each state of each list page.",
        ("source", "list_id", "ordinal"),
        (
            _SOURCE,
            _c("list_id", "text", "First 16 hex digits of the list page's sha256."),
            _c("ordinal", "integer", "Place on the page, from 0."),
            _c("list_url", "text", "Address of the list page."),
            _c("url", "text", "Address that is linked."),
            _c("title", "text", "Its full title."),
            _c("listed_on", "date", "Date printed beside it."),
            _c("agency", "text", "Organ that the title names, if it is that of a report."),
            _c("year", "integer", "Report year that the title names."),
        ),
    ),
    Table(
        "raw_crawls",
        "Every crawl of a source that ended.",
        ("source", "crawl_id"),
        (
            _SOURCE,
            _c("crawl_id", "text", "WARC-Record-ID of its account."),
            _c("started_at", "timestamp", "UTC; of one that was interrupted and gone on with, its first start."),
            _c("finished_at", "timestamp", "UTC."),
            _c("state", "text", "`done`, or `blocked`: the site refused and was left alone."),
            _c("complete", "boolean", "Whether every list showed what it promises and every document arrived."),
            _c("lists", "integer", "Lists that were read."),
            _c("links", "integer", "Different addresses they name."),
            _c("found", "integer", "Documents that arrived, unchanged ones included."),
            _c("new", "integer", "Of them at addresses not known before."),
            _c("changed", "integer", "Of them with another text than before."),
            _c("unchanged", "integer", "Of them known."),
            _c("reports", "integer", "Annual reports among them."),
            _c("rejected", "json", "Documents that are none, by reason."),
            _c("failed", "json", "Requests that failed for good, by reason."),
            _c("blocked", "json", "Requests that the site refused, by reason."),
            _c("left", "json", "Links not followed, by reason."),
            _c("issues", "json", "What was not as it should be: kind and message."),
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
        "ref_expected",
        "Organs that the files of sources expect there.",
        ("source", "agency"),
        (
            _SOURCE,
            _c("agency", "text", "Name of the organ."),
            _c("type", "text", "Kind of organ."),
            _c("first_year", "integer", "First report year expected."),
            _c("last_year", "integer", "Last report year expected; NULL while it goes on."),
            _c("aliases", "json", "Other names it reports under."),
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

_PARTS = Table(
    "core_report_parts",
    "Files that a report's page links: the report may stand in several.",
    ("source", "report_id", "part_id"),
    (
        _SOURCE,
        _REPORT,
        _c("part_id", "text", "report_id of the linked file."),
        _c(
            "kind",
            "text",
            "`twin` (the same tables again), `tables` (tables that the page lacks), `prose`, or `other` (no annual "
            "report, or a format that is not read).",
        ),
        _c("url", "text", "Address of the file."),
        _c("title", "text", "Text of its link."),
        _c("n_page", "integer", "Cells of the form on the page.", ""),
        _c("n_part", "integer", "Cells of the form in the file.", ""),
        _c("n_different", "integer", "Cells that both print, differently.", ""),
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
    Table(
        "out_ledger",
        "One row an organ and year that is expected at a source or was found there: published, and when, or missing.",
        ("agency_id", "year"),
        (
            _c("agency_id", "text", "Key of the organ."),
            _c("year", "integer", "Report year."),
            _c("agency", "text", "Organ."),
            _c(
                "type",
                "text",
                "`government`, `office`, `department`, `township`, `zone`; told by its name where no source does.",
            ),
            _SOURCE,
            _c(
                "expected_by",
                "text",
                "`source` (its file names the organ), `history` (it reported before), NULL: found unexpected.",
            ),
            _c(
                "state",
                "text",
                "`published`; `missing` (a complete crawl after the deadline did not find it); `not_due`; `unknown` "
                "(no complete crawl since).",
            ),
            _c("deadline", "date", "Last day to publish by the Regulations; NULL where they set none."),
            _c("published_on", "date", "Earliest date that a copy states, or that a list prints beside it."),
            _c("first_seen_at", "timestamp", "First fetch of a copy, UTC."),
            _c("days_late_stated", "integer", "Stated date after the deadline; negative when before.", "day"),
            _c("days_late_seen", "integer", "First fetch after the deadline: the most it can be late.", "day"),
            _c("found_at", "text", "Source where it was found."),
            _c("report_id", "text", "The report to use."),
            _c("url", "text", "Its address."),
            _c("listed", "boolean", "Whether the lists, as last seen, still name it."),
            _c("proof_fetch_id", "text", "The list as it was last seen: a row of raw_fetches."),
            _c("proof_url", "text", "Its address."),
            _c("proof_seen_at", "timestamp", "When, UTC."),
        ),
    ),
    Table(
        "out_coverage",
        "The denominator of every statistic: how far each organ's report of a year came.",
        ("agency_id", "year"),
        (
            _c("agency_id", "text", "Key of the organ."),
            _c("year", "integer", "Report year."),
            _c("agency", "text", "Organ."),
            _c("expected", "boolean", "Whether a source expects it."),
            _c("published", "boolean", "Whether a list names it or a copy was found."),
            _c("fetched", "boolean", "Whether a copy is in the archive."),
            _c("parsed", "boolean", "Whether a current report was read, if only in part."),
            _c("complete", "boolean", "Whether it has every section and table of its form."),
            _c("passed", "boolean", "Whether all its identities hold; NULL where none could be checked."),
            _c("n_failed", "integer", "Identities that fail."),
        ),
    ),
)

TABLES = (*_RAW, *_CORE, _PARTS, *_REF, *_OUT, *_META)
CORE_TABLES = tuple(t.name for t in _CORE)
RAW_TABLES = tuple(t.name for t in _RAW)
LAKE_TABLES = (*RAW_TABLES, *CORE_TABLES)
READ_TABLES = ("raw_links", *CORE_TABLES)
"""What reading a document yields: the rest of the lake is known of it from outside."""
_BY_NAME = {t.name: t for t in TABLES}


def table(name: str) -> Table:
    """The table of that name; KeyError when there is none."""
    return _BY_NAME[name]


def parquet_rows(path: Path) -> str:
    """SQL that reads one Parquet file: a folder named `year=1999` above it is no column, one named `*` no pattern."""
    return f"read_parquet({_quoted(escape(str(path)))}, hive_partitioning = false)"


def schema_version() -> str:
    """Hash of every table: a warehouse of another version is built anew from the lake."""
    return sha256(repr(TABLES).encode()).hexdigest()[:16]
