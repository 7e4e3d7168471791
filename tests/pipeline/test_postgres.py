"""The warehouse on a PostgreSQL server: the same rows as the file, whole loads or none, no password shown."""

import pytest
from pipeline_helpers import bring_up, served_rows

from pipeline.schema import TABLES
from pipeline.settings import Settings
from pipeline.warehouse import Warehouse
from pipeline.workspace import Workspace


@pytest.fixture
def served(tmp_path, postgres, quick_documents):
    """A workspace with some documents loaded, served by PostgreSQL."""
    workspace = Workspace(Settings(data=tmp_path / "data", warehouse=postgres), tell=lambda _: None)
    workspace.archive.put("site", quick_documents[:12])
    bring_up(workspace)
    return workspace


def test_every_table_has_the_rows_of_the_file(served):
    here, there = served_rows(Warehouse(served.settings.workbench)), served_rows(served.warehouse)
    assert sum(map(len, there.values())) > 1000
    for t in TABLES:
        assert there[t.name] == here[t.name], t.name
