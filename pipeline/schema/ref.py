"""What the codes and names of the other tables mean, and what the warehouse was made from."""

from pipeline.schema.models import SOURCE, Table, column

__all__ = ["META", "REF"]

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
        "ref_agencies",
        "Reporting organs.",
        ("agency_id",),
        (
            column("agency_id", "text", "Key of the organ."),
            column("name", "text", "Name."),
            column("aliases", "json", "Other names it is printed under."),
            column("level", "text", "Level of government; NULL until the organ is resolved."),
            column("type", "text", "Kind of organ; NULL until the organ is resolved."),
            column("parent_id", "text", "Organ above it."),
            column("division_code", "text", "GB/T 2260 code of its place."),
            column("division_revision", "text", "Revision of that code table."),
            column("valid_from", "date", "First day of the organ under this name."),
            column("valid_to", "date", "Last day."),
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
