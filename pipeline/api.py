"""The dataset for notebooks: `import pipeline.api as nianbao`, then frames of the warehouse with types and labels.

Every function takes `warehouse`: None for the one that the settings name (NIANBAO_WAREHOUSE,
NIANBAO_DATA), or the address of another one, `duckdb:///...` or `postgresql://...`. Frames have
pandas' nullable types: a value that is missing is `<NA>`, never zero, and `missing` says why.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import SecretStr

from parsers.indicators import Indicator, load_indicators
from pipeline.archive import Archive
from pipeline.measures import Crossing, Rate, load_crosswalk, load_rates
from pipeline.schema import Column, table
from pipeline.settings import Settings, read_settings
from pipeline.warehouses import open_warehouse

__all__ = [
    "Source",
    "agencies",
    "codebook",
    "facts",
    "findings",
    "labels",
    "missing",
    "observations",
    "panel",
    "query",
    "rates",
    "reports",
    "series",
    "source",
    "values",
]

Years = int | Iterable[int] | None
Names = str | Iterable[str] | None

_DTYPES = {"text": "string", "integer": "Int64", "double": "Float64", "boolean": "boolean"}
_MISSING = "missing"
_SERIES = ["agency_id", "year", "value", "relation", "form", _MISSING]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a report was published, and the bytes that were seen there."""

    report_id: str
    url: str
    sha256: str
    media_type: str
    fetched_at: datetime | None
    trust: str
    content: bytes

    def save(self, path: str | Path) -> Path:
        """Write the document as it was fetched."""
        target = Path(path)
        target.write_bytes(self.content)
        return target


def panel(
    years: Years = None, agencies: Names = None, *, form: Literal["2014"] | None = None, warehouse: str | None = None
) -> pd.DataFrame:
    """One row an organ and year: out_panel, or the cells of the form of 2014 with ``form="2014"``.

    `agencies` are names as printed, or keys of organs. Money is in yuan. `attrs["labels"]` and
    `attrs["units"]` hold each column's meaning and unit.
    """
    return _frame("out_panel_2014" if form else "out_panel", years, agencies, warehouse)


def missing(years: Years = None, agencies: Names = None, *, warehouse: str | None = None) -> pd.DataFrame:
    """Why each value of `panel` is missing, with the same rows; `<NA>` where there is a value."""
    return _frame("out_panel_missing", years, agencies, warehouse)


def values(
    indicators: Names = None, years: Years = None, agencies: Names = None, *, warehouse: str | None = None
) -> pd.DataFrame:
    """The values of the panels one by one, each with its report, its cell and its marks."""
    return _frame("out_values", years, agencies, warehouse, indicator=indicators)


def rates(years: Years = None, agencies: Names = None, *, warehouse: str | None = None) -> pd.DataFrame:
    """The measures of the literature, one row an organ and year; `codebook("rates")` explains them."""
    return _frame("out_rates", years, agencies, warehouse)


def series(
    indicator: str,
    relations: Sequence[str] = ("identical", "sum"),
    years: Years = None,
    agencies: Names = None,
    *,
    warehouse: str | None = None,
) -> pd.DataFrame:
    """One column of the panel through all forms: agency_id, year, value, relation, form, missing.

    Forms that count the same matter another way join only when they are asked for: `relations`
    may name ``recoded`` and ``not_comparable``; `relation` says in each row how it was joined.
    Raises KeyError for a name that the panel has not.
    """
    crossings = {c.form: c for c in load_crosswalk() if c.indicator == indicator and c.relation in relations}
    if not any(c.indicator == indicator for c in load_crosswalk()):
        raise KeyError(f"no column {indicator!r} in out_panel; codebook() lists them")
    wanted = sorted({indicator, *(cell for c in crossings.values() for cell in c.cells)})
    frame = values(wanted, years, agencies, warehouse=warehouse)
    used = reports(years, agencies, warehouse=warehouse).drop_duplicates(["source", "report_id"])
    frame = frame.merge(used[["source", "report_id", "form"]], on=["source", "report_id"], how="left")
    parts = [_joined(frame, c) for c in crossings.values()]
    found = pd.concat([_no_series(frame), *parts], ignore_index=True)
    return found.sort_values(["agency_id", "year"], ignore_index=True)


def _no_series(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[_SERIES].head(0)


def _joined(frame: pd.DataFrame, crossing: Crossing) -> pd.DataFrame:
    """The rows that one form gives to a series: its own column, or the sum of other cells where all are printed."""
    own = frame[frame["form"] == crossing.form]
    if crossing.joined:
        joined = own[own["indicator"] == crossing.indicator][_SERIES].copy()
        joined["relation"] = crossing.relation
        return joined
    cells = own[own["indicator"].isin(crossing.cells)]
    rows = []
    for (agency, year), group in cells.groupby(["agency_id", "year"], sort=True):
        whole = len(group) == len(crossing.cells) and group["value"].notna().all()
        reasons = group[_MISSING].dropna()
        rows.append(
            {
                "agency_id": agency,
                "year": year,
                "value": group["value"].sum() if whole else pd.NA,
                "relation": crossing.relation,
                "form": crossing.form,
                _MISSING: pd.NA if whole else (reasons.iloc[0] if len(reasons) else "not_published"),
            }
        )
    return pd.DataFrame(rows, columns=_SERIES).astype({name: frame[name].dtype for name in _SERIES})


def reports(years: Years = None, agencies: Names = None, *, warehouse: str | None = None) -> pd.DataFrame:
    """Every report that was read, used in the panel or not (`is_current`)."""
    return _frame("core_reports", years, agencies, warehouse, also="status <> 'rejected'")


def observations(report_id: str, *, warehouse: str | None = None) -> pd.DataFrame:
    """Every printed cell of a report, as published, with its place in the source."""
    return _of_report("core_observations", report_id, warehouse)


def facts(
    report_id: str | None = None, years: Years = None, agencies: Names = None, *, warehouse: str | None = None
) -> pd.DataFrame:
    """Quantities stated in prose: of one report, or of all reports in use, with organ and year."""
    if report_id is not None:
        return _of_report("core_facts", report_id, warehouse)
    return _with_reports("core_facts", years, agencies, warehouse)


def findings(years: Years = None, agencies: Names = None, *, warehouse: str | None = None) -> pd.DataFrame:
    """Verdicts on accounting identities of the reports in use, with organ and year."""
    return _with_reports("core_findings", years, agencies, warehouse)


def agencies(*, warehouse: str | None = None) -> pd.DataFrame:
    """Every organ: its names, level, type, the organ above it, its division code."""
    return _frame("ref_agencies", None, None, warehouse)


def codebook(what: Literal["indicators", "rates", "crosswalk"] = "indicators") -> pd.DataFrame:
    """What the columns mean; needs no warehouse."""
    rows: Mapping[str, Sequence[Indicator | Rate | Crossing]] = {
        "indicators": load_indicators(),
        "rates": load_rates(),
        "crosswalk": load_crosswalk(),
    }
    return pd.DataFrame([asdict(row) for row in rows[what]])


def labels(language: Literal["zh", "en"] = "zh") -> dict[str, str]:
    """Names of indicators and rates -> their labels, for `frame.rename(columns=labels())`."""
    named: tuple[Indicator | Rate, ...] = (*load_indicators(), *load_rates())
    return {i.name: i.label_zh if language == "zh" else i.label_en for i in named}


def source(report_id: str, *, warehouse: str | None = None) -> Source:
    """The document that a report was read from, out of the archive of the data folder.

    Raises KeyError when the warehouse has no such report, LookupError when the archive has not its document.
    """
    settings = _settings(warehouse)
    rows = query(
        """SELECT r.source, r.report_id, r.url, r.sha256, d.media_type, d.first_seen_at, d.trust
           FROM core_reports r JOIN raw_documents d ON d.source = r.source AND d.sha256 = r.sha256
           WHERE r.report_id = $1 ORDER BY r.source""",
        [report_id],
        warehouse=warehouse,
    )
    if rows.empty:
        raise KeyError(f"no report {report_id!r} in the warehouse")
    row = rows.iloc[0]
    archive = Archive(settings.archive)
    record = archive.find(row["source"], row["sha256"])
    if record is None:
        raise LookupError(f"{settings.archive}: no document {row['sha256']} of {row['source']}")
    seen = row["first_seen_at"]
    return Source(
        report_id,
        row["url"],
        row["sha256"],
        row["media_type"],
        None if pd.isna(seen) else seen,
        row["trust"],
        archive.get(record),
    )


def query(sql: str, parameters: Sequence[Any] = (), *, warehouse: str | None = None) -> pd.DataFrame:
    """Any SELECT as a frame, with the types that the database gives."""
    answer = open_warehouse(_settings(warehouse)).query(sql, parameters)
    return pd.DataFrame(answer.fetchall(), columns=[c[0] for c in answer.description])


def _settings(warehouse: str | None) -> Settings:
    return read_settings(warehouse=warehouse and SecretStr(warehouse))


def _frame(
    name: str, years: Years, agencies: Names, warehouse: str | None, *, also: str = "", **named: Names
) -> pd.DataFrame:
    """Rows of one table of the schema in the order of its key, typed and labelled."""
    columns = table(name).columns
    conditions, parameters = _conditions(years, agencies, named)
    return _typed(
        f"SELECT {_listed(columns)} FROM {name} t {_where([*conditions, *([also] if also else [])])}"
        f" ORDER BY {', '.join(table(name).key)}",
        parameters,
        columns,
        warehouse,
    )


def _with_reports(name: str, years: Years, agencies: Names, warehouse: str | None) -> pd.DataFrame:
    """Rows of a core table with organ and year, of the reports that are in use."""
    head = [c for c in table("core_reports").columns if c.name in ("agency_id", "agency", "year", "url")]
    conditions, parameters = _conditions(years, agencies, {})
    columns = table(name).columns
    return _typed(
        f"SELECT {_listed(head)}, {_listed(columns, 'x')} FROM {name} x "
        f"JOIN core_reports t ON t.source = x.source AND t.report_id = x.report_id "
        f"{_where(['t.is_current', *conditions])} ORDER BY {', '.join(f'x.{key}' for key in table(name).key)}",
        parameters,
        (*head, *columns),
        warehouse,
    )


def _of_report(name: str, report_id: str, warehouse: str | None) -> pd.DataFrame:
    """Rows of one report; the same document at two sources says the same, so one of them counts."""
    columns = table(name).columns
    keys = ", ".join(f"t.{key}" for key in table(name).key)
    frame = _typed(
        f"SELECT {_listed(columns)} FROM {name} t WHERE t.report_id = $1 ORDER BY {keys}",
        [report_id],
        columns,
        warehouse,
    )
    return frame[frame["source"] == frame["source"].iloc[0]] if len(frame) else frame


def _listed(columns: Iterable[Column], alias: str = "t") -> str:
    return ", ".join(f'{alias}."{c.name}"' for c in columns)


def _where(conditions: Sequence[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _conditions(years: Years, agencies: Names, named: Mapping[str, Names]) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    parameters: list[Any] = []

    def among(column: str, wanted: Iterable[Any]) -> str:
        places = []
        for value in wanted:
            parameters.append(value)
            places.append(f"${len(parameters)}")
        return f"t.{column} IN ({', '.join(places)})" if places else "1 = 0"

    if years is not None:
        conditions.append(among("year", [years] if isinstance(years, int) else [int(year) for year in years]))
    if agencies is not None:
        known = _listed_names(agencies)
        ids, names = among("agency_id", known), among("agency", known)
        conditions.append(f"t.agency_id IN (SELECT agency_id FROM core_reports t WHERE {ids} OR {names})")
    for column, wanted in named.items():
        if wanted is not None:
            conditions.append(among(column, _listed_names(wanted)))
    return conditions, parameters


def _listed_names(given: str | Iterable[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _typed(sql: str, parameters: Sequence[Any], columns: Sequence[Column], warehouse: str | None) -> pd.DataFrame:
    answer = open_warehouse(_settings(warehouse)).query(sql, parameters)
    rows = answer.fetchall()
    by_column: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    frame = pd.DataFrame(
        {c.name: _typed_column(c, found) for c, found in zip(columns, by_column, strict=True)}, copy=False
    )
    frame.attrs["labels"] = {c.name: c.description for c in columns}
    frame.attrs["units"] = {c.name: c.unit for c in columns if c.unit}
    return frame


def _typed_column(column: Column, found: Sequence[Any]) -> "pd.Series[Any]":
    if column.type == "json":
        return pd.Series([_parsed(value) for value in found], dtype="object")
    if column.type in ("date", "timestamp"):
        return pd.Series(pd.to_datetime(pd.Series(list(found), dtype="object"), utc=column.type == "timestamp"))
    return pd.Series(list(found), dtype=_DTYPES[column.type])


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
