"""Every changed cell of table three of every sound fixture is detected and located."""

import pytest
from paths import REPORTS
from test_corpus import sweep
from truth import REPORTS as ENTRIES

from parsers import parse

SOUND = sorted(
    name
    for name, entry in ENTRIES.items()
    if not {"failed", "absent", "tables", "unread"} & set(entry)
    and entry["content"] in ("baiyu-finance-2019", "qinglan-office-2022")
)


@pytest.mark.parametrize("name", SOUND)
def test_sweep(name):
    for report in parse((REPORTS / name).read_bytes()):
        sweep(report)
