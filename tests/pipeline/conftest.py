"""A release that several modules look at; whoever tampers with it takes a copy."""

import pytest
from release_helpers import base_documents, release_of, report_on_persons, workspace_at


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """A workspace with a report of each form and one that tells of persons, and its release in the data folder."""
    documents = [*base_documents(), ("http://www.example.gov.cn/persons.html", report_on_persons())]
    workspace = workspace_at(tmp_path_factory.mktemp("published"), documents)
    return workspace, release_of(workspace, workspace.settings.release)
