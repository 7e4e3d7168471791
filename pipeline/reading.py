"""Documents of the archive in, rows of Parquet out: the work that is shared among workers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from parsers.pages import read_page
from parsers.sketches import Sketch, read_sketch
from pipeline.archive import Archive, Record
from pipeline.records import link_rows, report_rows
from pipeline.schema import READ_TABLES, table

__all__ = ["ParseJob", "Read", "Traits", "arrow_table", "parse_job"]


@dataclass(frozen=True, slots=True)
class ParseJob:
    """Documents for one worker: it reads their bytes from the archive itself."""

    archive: Path
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Traits:
    """What reading a document says of it as a whole; `damages` is a JSON list, `sketch` an object of two."""

    is_list: bool
    damages: str
    sketch: str


@dataclass(frozen=True, slots=True)
class Read:
    """Rows by table in the order of the documents, and the traits of each document by its sha256."""

    tables: dict[str, pa.Table]
    traits: dict[str, Traits]


def parse_job(job: ParseJob) -> Read:
    """Read the documents of a job."""
    archive = Archive(job.archive)
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in READ_TABLES}
    traits: dict[str, Traits] = {}
    for record in job.records:
        content = archive.get(record)
        # A list among files added by hand is a rejected document like any other: nobody crawls it.
        page = read_page(
            content, record.url, as_list=record.role == "list", links=record.status is not None, sent=record.form
        )
        if page.listing is not None:
            rows["raw_links"].extend(link_rows(page.listing, record))
        for report in page.reports:
            for name, found in report_rows(report, record).items():
                rows[name].extend(found)
        sketch = read_sketch(page.document) if page.is_report and page.document else Sketch()
        hashes = {"numbers": sketch.numbers, "words": sketch.words}
        traits[record.sha256] = Traits(
            page.listing is not None, json.dumps(sketch.damages), json.dumps(hashes, separators=(",", ":"))
        )
    return Read({name: arrow_table(name, found) for name, found in rows.items()}, traits)


def arrow_table(name: str, rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Rows of a table of the schema as Arrow."""
    schema = table(name).arrow_schema()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.table([pa.array(c, type=f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
