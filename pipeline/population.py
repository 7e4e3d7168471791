"""A table of people by division and year in, the rows of `ref_population` out."""

import csv
import re
from pathlib import Path

from pipeline.settings import BadSetting

__all__ = ["PopulationRow", "read_population"]

PopulationRow = tuple[str, int, float, str | None]
"""division_code, year, people, where the figure is from."""

_COLUMNS = ("division_code", "year", "population")


def read_population(path: Path | None) -> list[PopulationRow]:
    """The rows of a CSV file with the columns division_code, year, population and, if it has one, origin.

    People are counted one by one, not by ten thousand. Raises BadSetting with the line that cannot
    be read, or names a division and year again.
    """
    if path is None:
        return []
    rows: dict[tuple[str, int], PopulationRow] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            if lacking := [name for name in _COLUMNS if name not in (reader.fieldnames or ())]:
                raise BadSetting(f"NIANBAO_POPULATION: {path} has no column {', '.join(lacking)}")
            for found in reader:
                row = _row(found, f"NIANBAO_POPULATION: {path}, line {reader.line_num}")
                if rows.setdefault(row[:2], row) is not row:
                    raise BadSetting(
                        f"NIANBAO_POPULATION: {path}, line {reader.line_num}: {row[0]} {row[1]} stands there twice"
                    )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadSetting(f"NIANBAO_POPULATION: {path}: {error}") from error
    return [rows[key] for key in sorted(rows)]


def _row(found: dict[str, str], where: str) -> PopulationRow:
    code, year, people = ((found[name] or "").strip() for name in _COLUMNS)
    if not re.fullmatch(r"\d{6}", code):
        raise BadSetting(f"{where}: '{code}' is no GB/T 2260 code of six digits")
    if not re.fullmatch(r"(19|20)\d\d", year):
        raise BadSetting(f"{where}: '{year}' is no year")
    if not re.fullmatch(r"\d+(\.\d+)?", people) or not float(people):
        raise BadSetting(f"{where}: '{people}' is no number of people")
    return code, int(year), float(people), (found.get("origin") or "").strip() or None
