"""The warehouse's tables as metadata: columns, types, keys and meanings stand here once.

DDL, Parquet schemas, load checks and the data dictionary are all derived from `TABLES`.
"""

from glob import escape
from hashlib import sha256
from pathlib import Path

from pipeline.schema.core import CORE, PARTS
from pipeline.schema.models import Column, Dialect, Table, quoted
from pipeline.schema.out import OUT, PER_10K, REGION_SUMS
from pipeline.schema.raw import RAW
from pipeline.schema.ref import META, REF

__all__ = [
    "CORE_TABLES",
    "IN_A_TABLE",
    "LAKE_TABLES",
    "ON_PROSE",
    "ON_TABLES",
    "ON_YEARS",
    "PER_10K",
    "RAW_TABLES",
    "READ_TABLES",
    "REGION_SUMS",
    "TABLES",
    "Column",
    "Dialect",
    "Table",
    "parquet_rows",
    "quoted",
    "schema_version",
    "table",
]

TABLES = (*RAW, *CORE, PARTS, *REF, *OUT, *META)
CORE_TABLES = tuple(t.name for t in CORE)
RAW_TABLES = tuple(t.name for t in RAW)
LAKE_TABLES = (*RAW_TABLES, *CORE_TABLES)
READ_TABLES = ("raw_links", *CORE_TABLES)
"""What reading a document yields: the rest of the lake is known of it from outside."""
IN_A_TABLE = "CAST(flags AS VARCHAR) NOT LIKE '%from_narrative%'"
"""SQL: whether an observation was printed in a table, not stated in prose."""
ON_PROSE = "identity LIKE 'narrative.%'"
"""SQL: whether a finding is one on prose, not on the tables alone."""
ON_YEARS = "identity LIKE 'years.%'"
"""SQL: whether a finding holds a report against the one of the year before."""
ON_TABLES = f"NOT ({ON_PROSE}) AND NOT ({ON_YEARS})"
"""SQL: whether a finding is one on the tables of one report."""
_BY_NAME = {t.name: t for t in TABLES}


def table(name: str) -> Table:
    """The table of that name; KeyError when there is none."""
    return _BY_NAME[name]


def parquet_rows(path: Path) -> str:
    """SQL that reads one Parquet file: a folder named `year=1999` above it is no column, one named `*` no pattern."""
    return f"read_parquet({quoted(escape(str(path)))}, hive_partitioning = false)"


def schema_version() -> str:
    """Hash of every table: a warehouse of another version is built anew from the lake."""
    return sha256(repr(TABLES).encode()).hexdigest()[:16]
