"""A report that changes at its address: a new document, another current one, and a history of the cells."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from crawl_helpers import Simulator, crawl, source_of
from pipeline_helpers import bring_up

from pipeline.archive import Archive
from pipeline.history import read_history
from pipeline.settings import Settings
from pipeline.warc import read_body
from pipeline.workspace import Workspace

ALTERED = {"applications__granted": "9 1 0 0 1 0 11", "review_litigation__review": "1 2 3 0 6"}


class World:
    """A site, a data folder, and what was done: two crawls with an alteration between, then it is loaded."""

    def __init__(self, site, data):
        self.site, self.data = site, data
        self.source = source_of(site)
        self.workspace = Workspace(Settings(data=data, sources=data / "none"), tell=lambda _: None)
        self.workspace.__dict__["definitions"] = {self.source.name: self.source}

    def crawl_and_load(self):
        (result,) = crawl(self.data, self.source).values()
        assert result.is_complete, result
        assert [r.error for r in bring_up(self.workspace)] == [None]
        return result.account

    def query(self, sql, *parameters):
        return self.workspace.warehouse.query(sql, parameters).fetchall()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with Simulator(families=["static"], organs=4, years=(2021, 2022)) as simulator:
        world = World(simulator.sites["static"], tmp_path_factory.mktemp("versions"))
        world.crawl_and_load()
        world.before = world.query("SELECT report_id, is_current FROM core_reports WHERE status <> 'rejected'")
        world.altered = next(
            d for d in world.site.documents if d.kind == "report" and d.item.dress == "page" and not d.item.files
        )
        world.site.alter(world.altered.url, **ALTERED)
        world.account = world.crawl_and_load()
        yield world


def test_the_altered_report_is_a_new_document(world):
    assert (world.account["changed"], world.account["new"]) == (1, 0)
    versions = world.query(
        "SELECT report_id, is_current FROM core_reports WHERE url = ? ORDER BY is_current", world.altered.url
    )
    (old, old_current), (new, new_current) = versions
    assert (old_current, new_current) == (False, True)
    assert (old, True) in world.before
    unchanged = [row for row in world.before if row[0] != old]
    after = world.query("SELECT report_id, is_current FROM core_reports WHERE status <> 'rejected'")
    assert sorted(after) == sorted([*unchanged, *versions])
    assert new not in dict(world.before)


def test_the_panel_has_the_new_numbers(world):
    ((name,),) = world.query(
        "SELECT name FROM ref_indicators"
        " WHERE table_code = 'applications' AND row_code = 'granted' AND column_code = 'total' AND contains(forms, '2021')"
    )
    place = (world.altered.organ, world.altered.year)
    found = world.query(f"SELECT {name}, n_candidates FROM out_panel WHERE agency = ? AND year = ?", *place)
    assert found == [(11, 1)]


def test_history_shows_exactly_what_changed(world):
    (old, none), (new, changes) = read_history(world.workspace.warehouse, world.altered.url)
    assert none == []
    assert (old.is_current, new.is_current) == (False, True)
    now = next(d for d in world.site.documents if d.url == world.altered.url)
    changed = {cell for cell, text in now.values.items() if text != world.altered.values[cell]}
    assert len(changed) > 5
    assert {(c.cell, c.before, c.after) for c in changes} == {
        (cell, world.altered.values[cell], now.values[cell]) for cell in changed
    }
    # Seen after another, and the new one last.
    assert old.first_seen_at <= old.last_seen_at < new.first_seen_at


def test_both_copies_are_where_it_says(world):
    archive = Settings(data=world.data).archive
    for version, _ in read_history(world.workspace.warehouse, world.altered.url):
        path = archive / version.source / version.warc_file
        record = next(
            r
            for r in Archive(archive).records(version.source)
            if (r.warc_file, r.warc_offset) == (version.warc_file, version.warc_offset)
        )
        assert record.sha256 == version.sha256
        assert read_body(path, version.warc_offset)[0] == Archive(archive).get(record)
        assert world.altered.title.encode() in Archive(archive).get(record)


def test_the_command(world):
    (old, _), (new, changes) = read_history(world.workspace.warehouse, world.altered.url)
    nianbao = Path(sys.executable).with_name("nianbao")
    environment = {"NIANBAO_DATA": str(world.data), "PATH": "/usr/bin:/bin", "COLUMNS": "200", "PYTHONUTF8": "1"}

    def ask(*arguments):
        return subprocess.run(
            [nianbao, "history", *arguments], env=environment, capture_output=True, text=True, check=False
        )

    for name in (old.report_id, new.report_id, world.altered.url):
        done = ask(name, "--json")
        assert done.returncode == 0, done.stderr
        first, second = map(json.loads, done.stdout.splitlines())
        assert (first["report_id"], second["report_id"]) == (old.report_id, new.report_id)
        assert (first["changes"], second["is_current"]) == ([], True)
        assert {(tuple(c["cell"]), c["before"], c["after"]) for c in second["changes"]} == {
            (c.cell, c.before, c.after) for c in changes
        }
        assert (second["warc_file"], second["warc_offset"], second["sha256"]) == (
            new.warc_file,
            new.warc_offset,
            new.sha256,
        )
    shown = ask(world.altered.url).stdout
    for text in (old.report_id, new.report_id, old.warc_file, new.warc_file, "applications granted total"):
        assert text in shown
    missing = ask("0000000000000000-0")
    assert missing.returncode != 0
    assert "no report" in missing.stderr


def test_an_unchanged_report_has_one_version(world):
    other = next(d for d in world.site.documents if d.kind == "report" and d.url != world.altered.url)
    ((version, changes),) = read_history(world.workspace.warehouse, other.url)
    assert (version.is_current or version.status == "partial", changes) == (True, [])


def test_what_an_address_shows_again_is_current_again(tmp_path):
    """A correction that is taken back: what stands there now counts, not what was seen first last."""
    with Simulator(families=["static"], organs=1, years=(2022,)) as simulator:
        world = World(simulator.sites["static"], tmp_path)
        world.crawl_and_load()
        report = next(d for d in world.site.documents if d.kind == "report")
        (first,) = world.query("SELECT report_id FROM core_reports WHERE is_current")
        world.site.alter(report.url, **ALTERED)
        world.crawl_and_load()
        (second,) = world.query("SELECT report_id FROM core_reports WHERE is_current")
        assert second != first
        item = world.site._item(report.url)
        item.cells, item.changes = {}, item.changes + 1
        world.crawl_and_load()
        assert world.query("SELECT report_id FROM core_reports WHERE is_current") == [first]
        versions = read_history(world.workspace.warehouse, report.url)
        assert [(v.report_id, v.is_current) for v, _ in versions] == [(*first, True), (*second, False)]


def test_reports_of_one_page_have_each_its_history(workspace, documents):
    content = dict(documents)["file:oddity-two-reports.html"]
    workspace.archive.put("site", [("file:a.html", content)])
    workspace.archive.put("site", [("file:a.html", content.replace(b"<body", b"<body class='new'"))])
    bring_up(workspace)
    found = read_history(workspace.warehouse, "file:a.html")
    assert [v.ordinal for v, _ in found] == [0, 0, 1, 1]
    assert [changes for _, changes in found] == [[]] * 4
    assert [v.ordinal for v, _ in read_history(workspace.warehouse, found[2][0].report_id)] == [1, 1]
