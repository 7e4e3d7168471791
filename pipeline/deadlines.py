"""What kind of organ a name is of, and by when such an organ must publish: both for programs and as SQL."""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

import parsers.forms

__all__ = ["deadline_of", "deadline_sql", "organ_type"]

_TYPES = (
    ("township", "(镇|乡|街道|苏木)(人民)?(政府|办事处)?$"),
    ("office", "政府(办公厅|办公室|办)$"),
    ("government", "政府$"),
    ("zone", "(管委会|管理委员会|开发区|高新区|园区|保税区|新区)$"),
)
_OTHER = "department"


def organ_type(name: str) -> str:
    """The kind of organ that a name is of, as far as the name tells.

    >>> [organ_type(name) for name in ("白榆县人民政府", "白榆县财政局", "堃坝镇人民政府", "渭南高新区")]
    ['government', 'department', 'township', 'zone']
    """
    return next((type_ for type_, pattern in _TYPES if re.search(pattern, name)), _OTHER)


@lru_cache(maxsize=1)
def _deadlines() -> tuple[dict[str, Any], ...]:
    path = Path(parsers.forms.__file__).with_name("deadlines.yml")
    return tuple(yaml.safe_load(path.read_text(encoding="utf-8")))


def deadline_of(type_: str, year: int) -> date | None:
    """The last day to publish the report of a year, for an organ of that type; None where the law sets none.

    >>> deadline_of("department", 2018), deadline_of("department", 2019), deadline_of("township", 2019)
    (datetime.date(2019, 3, 31), datetime.date(2020, 1, 31), None)
    """
    for d in _deadlines():
        if type_ in d["types"] and d["first_year"] <= year <= d.get("last_year", year):
            return date(year + 1, d["month"], d["day"])
    return None


def deadline_sql(type_: str, year: str) -> str:
    """SQL of the last day to publish, from SQL of an organ's type and of a report year; NULL where there is none."""
    return f"CASE {' '.join(_cases(type_, year))} END"


def _cases(type_: str, year: str) -> Iterator[str]:
    for d in _deadlines():
        types = ", ".join(f"'{name}'" for name in d["types"])
        until = f" AND {year} <= {d['last_year']}" if "last_year" in d else ""
        yield (
            f"WHEN {type_} IN ({types}) AND {year} >= {d['first_year']}{until}"
            f" THEN make_date({year} + 1, {d['month']}, {d['day']})"
        )
