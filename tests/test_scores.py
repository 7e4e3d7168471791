"""Sound and damaged reports: the share of cells read right may only rise, and no wrong one goes unmarked."""

import json

import pytest
from scores import FLOORS, SETS


@pytest.mark.parametrize("name", SETS)
def test_score(name):
    floor = json.loads(FLOORS.read_text())[name]
    score = SETS[name]()
    assert score.digest == floor["digest"], "the set has changed: look at `make scores`"
    assert not score.silent
    assert score.right >= floor["right"], f"of {score.cells}"
