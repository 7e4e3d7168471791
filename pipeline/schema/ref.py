"""What the codes and names of the other tables mean, and what the warehouse was made from."""

from pipeline.schema.models import SOURCE, Table, column

__all__ = ["META", "REF"]

AGENCY = column(
    "agency_id",
    "text",
    "Key of the organ; stays when it is renamed or its county becomes a district. Where a name may be several organs', "
    "each source has its own.",
)
_PROVINCE = (
    column("province_code", "text", "Code of the province."),
    column("province", "text", "Its name."),
    column("prefecture_code", "text", "Code of the prefecture; NULL of provinces and of what they rule themselves."),
    column("prefecture", "text", "Its name."),
)

REF = (
    Table(
        "ref_indicators",
        "The codebook: every cell of every form with its meaning.",
        ("table_code", "row_code", "column_code"),
        (
            column("table_code", "text", "Table code."),
            column("row_code", "text", "Row code."),
            column("column_code", "text", "Column code."),
            column("name", "text", "Short name, the column of out_panel."),
            column("label_zh", "text", "Official label: row, then column."),
            column("label_en", "text", "English label."),
            column("unit", "text", "Unit of the form; an amount of money counts only in the unit that is printed."),
            column("forms", "text", "Forms that have the cell."),
            column("first_form", "text", "First form that has it."),
            column("last_form", "text", "Last form that has it."),
            column("definition", "text", "What is counted."),
            column("legal_basis", "text", "Law or notice it rests on."),
            column("evidence", "text", "`seen` in an official copy, or `unverified`."),
            column("caveats", "text", "What to mind in using it."),
        ),
    ),
    Table(
        "ref_crosswalk",
        "How each form fills each column of out_panel, and what of the form of 2014 comes near it.",
        ("indicator", "form"),
        (
            column("indicator", "text", "Column of out_panel."),
            column("form", "text", "Form of the report."),
            column(
                "relation",
                "text",
                "`identical` (the form has the cell), `sum` (of several cells of the form, nothing lost), `recoded` "
                "(the same matter, counted another way), `not_comparable` (a like label, another matter), `none`.",
            ),
            column("joined", "boolean", "Whether out_panel has the form's figures in this column."),
            column("cells", "json", "Names of the form's own cells."),
            column("note", "text", "What is alike and what is not."),
            column("evidence", "text", "`seen` in the forms' own words, or `unverified`."),
        ),
    ),
    Table(
        "ref_rates",
        "The measures of out_rates.",
        ("rate",),
        (
            column("rate", "text", "Column of out_rates."),
            column("label_zh", "text", "Chinese name."),
            column("label_en", "text", "English name."),
            column("numerator", "json", "Columns of out_panel that are added up."),
            column("denominator", "json", "Columns of out_panel that it is divided by the sum of."),
            column("definition", "text", "What it measures."),
            column("origin", "text", "Who uses it, or where it comes from."),
            column("caveats", "text", "What to mind in using it."),
        ),
    ),
    Table(
        "ref_expected",
        "Organs that the files of sources expect there.",
        ("source", "agency"),
        (
            SOURCE,
            column("agency", "text", "Name of the organ."),
            column("type", "text", "Kind of organ."),
            column("first_year", "integer", "First report year expected."),
            column("last_year", "integer", "Last report year expected; NULL while it goes on."),
            column("aliases", "json", "Other names it reports under."),
        ),
    ),
    Table(
        "ref_population",
        "People of divisions, as given in the file that NIANBAO_POPULATION names.",
        ("division_code", "year"),
        (
            column("division_code", "text", "GB/T 2260 code, as of that year."),
            column("year", "integer", "Year."),
            column("population", "double", "People."),
            column("origin", "text", "Where the figure is from."),
        ),
    ),
    Table(
        "ref_agencies",
        "Organs that report, and those above them: one row an organ, whatever its names.",
        ("agency_id",),
        (
            AGENCY,
            column(
                "name",
                "text",
                "Full name: every division from the province down as it is called now, then the organ as last printed; "
                "of an organ that is not resolved, its name as printed.",
            ),
            column("aliases", "json", "Other names it was found under."),
            column("level", "text", "`central`, `province`, `prefecture`, `county`, `township`, `zone`, as it is now."),
            column("type", "text", "`government`, `office`, `department`, `township`, `zone`."),
            column("parent_id", "text", "Organ above it; of vertical organs (税务, 海关 ...) the central one."),
            column("merged_into", "text", "Organ that took it over, where that has a row too."),
            column("division_code", "text", "GB/T 2260 code of its place, the newest; by year in ref_agency_codes."),
            column("division_revision", "text", "Year and month of the table of that code."),
            column(
                "code_of_parent", "boolean", "Whether the code is that of the place it lies in: zones, townships, 兵团."
            ),
            *_PROVINCE,
            column("credit_code", "text", "统一社会信用代码, where all its reports that print one print the same."),
            column(
                "valid_from", "date", "First day of the first year of the organ, where a reform or the tables tell."
            ),
            column("valid_to", "date", "Last day of its last year, where it was dissolved or merged."),
            column(
                "state",
                "text",
                "`resolved`; `ambiguous` (several places have the name, and nothing tells them apart); `unknown` (no "
                "place or role of the data).",
            ),
            column("basis", "text", "How that is known, or what stands in the way."),
        ),
    ),
    Table(
        "ref_agency_names",
        "The names of each organ.",
        ("agency_id", "name"),
        (
            AGENCY,
            column("name", "text", "Name as found."),
            column("evidence", "text", "`report`, `source` (the file of one), `list` (a list page); the strongest."),
            column("first_year", "integer", "First report year with it; NULL without a report."),
            column("last_year", "integer", "Last report year with it."),
        ),
    ),
    Table(
        "ref_agency_codes",
        "The code of each organ's place by report year: the row with the latest valid_from up to the year holds.",
        ("agency_id", "valid_from"),
        (
            AGENCY,
            column("valid_from", "integer", "First report year, at whose end it held; not before 2008."),
            column("valid_to", "integer", "Last report year; NULL while it holds."),
            column("division_code", "text", "GB/T 2260 code."),
            column("division_name", "text", "Name of the division then."),
            column("division_level", "text", "`province`, `prefecture` or `county`, then."),
            column("first_revision", "text", "Year and month of the first table that has code and name."),
            column("last_revision", "text", "Year and month of the last."),
            *_PROVINCE,
        ),
    ),
    Table(
        "ref_division_revisions",
        "The tables that division codes are from.",
        ("revision",),
        (
            column("revision", "text", "Year and month of the table."),
            column("publisher", "text", "Who published it."),
        ),
    ),
    Table(
        "ref_agency_mentions",
        "What each name means at each source.",
        ("source", "name"),
        (
            SOURCE,
            column("name", "text", "Name in a report, a list or the file of the source."),
            column("agency_id", "text", "Organ it means there."),
            column("state", "text", "As in ref_agencies."),
            column("basis", "text", "What settled it."),
            column("candidates", "json", "Divisions it may mean, where that is not settled."),
            column(
                "n_agencies", "integer", "Organs that its reports there are of; of several, core_reports says which."
            ),
        ),
    ),
)

META = (
    Table(
        "meta_loads",
        "What stands in this warehouse: a row for the tables' version, each source and each derived table.",
        ("name",),
        (
            column(
                "name",
                "text",
                "`schema`, `ref`, `is_current` (the rule that marks reports), `source NAME`, or the name of a derived "
                "table. On a PostgreSQL server also `table NAME` and `rows TABLE [SOURCE]`: what was sent to it.",
            ),
            column("digest", "text", "Digest of what it was made from; equal digests need no load."),
        ),
    ),
)
