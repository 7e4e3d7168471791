"""Where a release is put: the same byte for byte, never half, never over what is not its own."""

import os
import shutil
import signal
import subprocess
import sys
import time

import duckdb
import pytest
from release_helpers import MAKING, bytes_of, copy_of, release_of

from pipeline.release.errors import ReleaseError
from pipeline.release.folder import write_checksums
from pipeline.release.making import make_release
from pipeline.warehouse import Warehouse


@pytest.fixture
def workspace(published):
    return published[0]


@pytest.fixture
def release(published):
    return published[1]


@pytest.fixture
def folder(release):
    return release.folder


def test_the_same_again_changes_no_byte(folder, workspace):
    before = bytes_of(folder)
    times = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    again = release_of(workspace, folder)
    assert not again.replaced
    assert bytes_of(folder) == before
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == times


def test_another_day_folder_and_locale_change_no_byte(folder, workspace, tmp_path):
    """In a process of its own, where it is another day."""
    tz = "Pacific/Kiritimati" if time.gmtime().tm_hour >= 10 else "Pacific/Pago_Pago"
    other = tmp_path / "another place"
    subprocess.run(
        [sys.executable, "-c", MAKING, workspace.settings.data, other],
        check=True,
        env=os.environ | {"TZ": tz, "LC_ALL": "C", "PYTHONHASHSEED": "7"},
    )
    assert bytes_of(other) == bytes_of(folder)


def test_a_folder_of_other_files_is_refused(workspace, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.docx").write_text("years of work")
    with pytest.raises(ReleaseError, match=r"thesis\.docx"):
        release_of(workspace, mine)
    with pytest.raises(ReleaseError, match="is a file"):
        release_of(workspace, mine / "thesis.docx")
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]
    assert bytes_of(mine) == {"thesis.docx": b"years of work"}


def test_a_folder_with_checksums_of_its_own_is_refused(workspace, tmp_path):
    mine = tmp_path / "images"
    mine.mkdir()
    (mine / "disc.iso").write_text("an image")
    write_checksums(mine)
    with pytest.raises(ReleaseError, match=r"no release \(SHA256SUMS"):
        release_of(workspace, mine)
    (mine / "datapackage.json").write_text('{"name": "other"}')
    write_checksums(mine)
    with pytest.raises(ReleaseError, match="no release"):
        release_of(workspace, mine)
    assert (mine / "disc.iso").read_text() == "an image"


def test_a_link_to_a_folder(workspace, folder, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    release_of(workspace, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert bytes_of(tmp_path / "real") == bytes_of(folder)


def test_a_release_with_a_file_of_mine_is_refused(workspace, folder, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "notes.txt").write_text("mine")
    with pytest.raises(ReleaseError, match=r"not of the release: notes\.txt"):
        release_of(workspace, copy)


def test_a_damaged_earlier_release_is_not_replaced(workspace, folder, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "csv" / "panel.csv").write_text("agency_id\n")
    before = bytes_of(copy)
    with pytest.raises(ReleaseError, match=r"changed: csv/panel\.csv"):
        release_of(workspace, copy)
    assert bytes_of(copy) == before


def test_an_empty_folder_is_taken(workspace, folder, tmp_path):
    release_of(workspace, tmp_path / "empty" / "a")
    assert bytes_of(tmp_path / "empty" / "a") == bytes_of(folder)


def test_nothing_is_lost_when_it_is_killed(workspace, folder, tmp_path):
    place = tmp_path / "place"
    shutil.copytree(folder, place)
    before = bytes_of(place)
    with subprocess.Popen([sys.executable, "-c", MAKING, workspace.settings.data, place]) as process:
        while not (tmp_path / ".place.partial" / "csv" / "values.csv").exists():
            assert process.poll() is None
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
    assert bytes_of(place) == before
    # As a kill between the two renames leaves it.
    place.rename(tmp_path / ".place.old")
    assert not release_of(workspace, place).replaced
    assert bytes_of(place) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == [".place.lock", "place"]


def test_a_load_meanwhile_is_told(workspace, tmp_path):
    copy = copy_of(workspace, tmp_path / "w")

    def load(*_):
        with duckdb.connect(str(copy.path)) as connection:
            connection.execute("INSERT OR REPLACE INTO meta_loads VALUES ('source more', 'digest')")

    with pytest.raises(ReleaseError, match="loaded meanwhile"):
        make_release(copy, tmp_path / "r", tell=lambda _: None, on_part=load)
    assert not (tmp_path / "r").exists()


def test_what_is_not_up_to_date_is_not_published(workspace, tmp_path):
    stale = copy_of(workspace, tmp_path / "w", "UPDATE meta_loads SET digest = '-' WHERE name = 'out_values'")
    with pytest.raises(ReleaseError, match=r"^out_values: not up to date; run `nianbao run` first"):
        make_release(stale, tmp_path / "r", tell=lambda _: None)
    with pytest.raises(ReleaseError, match="no warehouse yet"):
        make_release(Warehouse(tmp_path / "none"), tmp_path / "r", tell=lambda _: None)
    assert not (tmp_path / "r").exists()
