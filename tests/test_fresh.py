"""What is made from data and committed is what its maker makes today."""

import sys

from paths import FIXTURES, REPORTS, ROOT

from pipeline.dictionary import data_dictionary

sys.path.insert(0, str(FIXTURES))


def test_the_fixtures_are_fresh():
    from make_fixtures import make_all

    made = make_all()
    assert sorted(made) == sorted(path.name for path in REPORTS.iterdir())
    stale = [name for name, content in made.items() if (REPORTS / name).read_bytes() != content]
    assert not stale, "run `make fixtures`"


def test_the_data_dictionary_is_fresh():
    committed = (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert committed == data_dictionary(), "run `make dictionary`"
