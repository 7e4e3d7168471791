"""`verify`: what was changed in a release, or in the archive it was made from, is found."""

import re
import shutil
import sqlite3

import duckdb
import pytest
from release_helpers import copy_of, release_of, workspace_at

from pipeline.release.errors import ReleaseError
from pipeline.release.folder import write_checksums
from pipeline.release.making import make_release
from pipeline.release.verify import verify_release
from pipeline.warehouse import OUT_TABLES


@pytest.fixture
def workspace(published):
    return published[0]


@pytest.fixture
def released(published):
    return published[1].folder


@pytest.fixture
def folder(released, tmp_path):
    """A copy to tamper with."""
    shutil.copytree(released, tmp_path / "r")
    return tmp_path / "r"


def test_everything_holds(workspace, released):
    verdict = verify_release(released, workspace.archive, n=None)
    assert verdict.holds, verdict
    assert verdict.sampled == verdict.values > 600
    assert verdict.in_archive == 4  # the narrative of 2011 has no values


@pytest.mark.corpus
def test_every_value_of_real_and_odd_reports_is_derived_again(corpus, documents, tmp_path):
    """The second way from a document to its values agrees with the first, whatever is odd about it."""
    real = [(f"file:{p.name}", p.read_bytes()) for p in sorted((corpus / "reports").iterdir()) if p.is_file()]
    workspace = workspace_at(tmp_path, [*documents, *real])
    # Every report is used: each is an organ of its own.
    with duckdb.connect(str(workspace.warehouse.path)) as connection:
        connection.execute(
            "UPDATE core_reports SET agency_id = source || report_id, year = coalesce(year, 2020), is_current = true"
            " WHERE status <> 'rejected'"
        )
    workspace.warehouse.refresh(OUT_TABLES, workspace.tell)
    verdict = verify_release(release_of(workspace, tmp_path / "r").folder, workspace.archive, n=None)
    assert verdict.sampled > 8000
    assert not verdict.mismatches


def test_the_sample_is_that_of_the_seed(workspace, released):
    seen = []
    for seed in (1, 1, 2):
        verdict = verify_release(released, workspace.archive, n=20, seed=seed)
        assert (verdict.sampled, verdict.holds) == (20, True)
        seen.append(verdict)
    assert seen[0] == seen[1]


def test_files_that_are_not_as_listed(workspace, folder):
    (folder / "csv" / "rates.csv").unlink()
    (folder / "README.md").write_text("nothing to see")
    (folder / "more.txt").write_text("more")
    verdict = verify_release(folder, workspace.archive)
    assert str(verdict.faults) == "missing: csv/rates.csv; changed: README.md; not of the release: more.txt"
    assert not verdict.holds
    assert verdict.sampled == 0


def test_no_release_at_all(workspace, tmp_path):
    with pytest.raises(ReleaseError, match="holds no release"):
        verify_release(tmp_path, workspace.archive)


def in_values_csv(folder):
    path = folder / "csv" / "values.csv"
    text = path.read_text(encoding="utf-8")
    planted = re.sub(r"(,2022,app_new_tot,)338(,.*办公室)", r"\g<1>833\2", text)
    assert planted != text
    path.write_text(planted, encoding="utf-8")


def in_panel_csv(folder):
    path = folder / "csv" / "panel.csv"
    text = path.read_text(encoding="utf-8")
    planted = re.sub(r"(青澜市人民政府办公室.*,)338,", r"\g<1>833,", text)
    assert planted != text
    path.write_text(planted, encoding="utf-8")


def in_sqlite(folder):
    with sqlite3.connect(folder / "nianbao.sqlite") as connection:
        connection.execute("UPDATE panel SET app_new_tot = 833 WHERE app_new_tot = 338")


def in_the_workbook(folder):
    import zipfile

    path = folder / "nianbao.xlsx"
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts["xl/worksheets/sheet3.xml"] = parts["xl/worksheets/sheet3.xml"].replace(b"<v>338</v>", b"<v>833</v>", 1)
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)


def in_stata(folder):
    import struct

    path = folder / "stata" / "panel.dta"
    content = path.read_bytes()
    assert struct.pack("<d", 338.0) in content
    path.write_bytes(content.replace(struct.pack("<d", 338.0), struct.pack("<d", 833.0), 1))


@pytest.mark.parametrize(
    ("plant", "place"),
    [
        (in_values_csv, "csv/values.csv"),
        (in_panel_csv, "csv/panel.csv"),
        (in_sqlite, "nianbao.sqlite:panel"),
        (in_the_workbook, "nianbao.xlsx:panel"),
        (in_stata, "stata/panel.dta"),
    ],
)
def test_a_wrong_number_in_one_file(folder, plant, place):
    """Its checksum repaired; found without the archive."""
    plant(folder)
    assert not verify_release(folder, None).holds
    write_checksums(folder)
    verdict = verify_release(folder, None, n=None)
    assert not verdict.faults
    assert {(m.place, m.key[2], m.released, m.found) for m in verdict.mismatches} == {
        (place, "app_new_tot", "338", "833")
    }


def test_a_wrong_number_in_all_files(workspace, tmp_path):
    """As a release made from a warehouse that somebody changed."""
    cell = "UPDATE core_observations SET {} WHERE row_code = '{}' AND column_code = 'total' AND value = {}"
    warehouse = copy_of(
        workspace,
        tmp_path / "w.duckdb",
        cell.format("value = 833", "received_new", 338),
        cell.format("value = NULL, kind = 'blank'", "granted", 132),
    )
    warehouse.refresh(["out_panel", "out_panel_missing", "out_values"], lambda _: None)
    folder = make_release(warehouse, tmp_path / "r", tell=lambda _: None).folder
    assert verify_release(folder, None, n=None).holds
    verdict = verify_release(folder, workspace.archive, n=None)
    assert sorted((m.key[2], m.released, m.found) for m in verdict.mismatches) == [
        ("app_granted_tot", "no value (blank)", "132"), ("app_granted_tot", "no value (blank)", "132"),
        ("app_new_tot", "833", "338"), ("app_new_tot", "833", "338"),
    ]  # fmt: skip
    assert all(
        re.search(r"archive/site/.*\.warc\.gz at byte [\d,]+, \{\"table\":\d+,", m.place) for m in verdict.mismatches
    )


def test_a_flipped_byte_in_a_document(workspace, released, tmp_path):
    from pipeline.archive import Archive

    shutil.copytree(workspace.archive.root, tmp_path / "archive")
    archive = Archive(tmp_path / "archive")
    record = next(r for r in archive.records("site") if r.url.endswith("2021-html.html"))
    path = tmp_path / "archive" / "site" / record.warc_file
    content = bytearray(path.read_bytes())
    content[record.warc_offset + 900] ^= 0x10
    path.write_bytes(content)
    verdict = verify_release(released, archive, n=None)
    assert not verdict.holds
    assert {m.key[1] for m in verdict.mismatches} == {2022}
    assert len(verdict.mismatches) > 190
    assert all("damaged" in m.found for m in verdict.mismatches)


def test_a_document_that_is_gone(released, tmp_path):
    from pipeline.archive import Archive

    verdict = verify_release(released, Archive(tmp_path / "none"), n=10)
    assert len(verdict.mismatches) == 10
    assert "it has no document of report" in verdict.mismatches[0].found
