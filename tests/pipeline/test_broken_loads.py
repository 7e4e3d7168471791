"""Loads that end in the middle, on either warehouse: whatever the statement, the state before stays or the next is whole."""

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import psycopg
import pytest
import statements
from pipeline_helpers import bring_up

from pipeline.schema import TABLES
from pipeline.settings import Settings
from pipeline.workspace import Workspace

KILLS, ERRORS = 8, 12


class Stage:
    """A loaded warehouse whose lake has moved on: what a load makes of it, and the way back."""

    def __init__(self, data, url, documents):
        self.data, self.url = data, url
        workspace = self.workspace()
        workspace.archive.put("site", documents[:3])
        workspace.archive.put("other", documents[1:4])
        bring_up(workspace)
        self.before = self.state()
        self.saved = data.with_name("saved.duckdb")
        shutil.copyfile(workspace.settings.workbench, self.saved)
        workspace.archive.put("site", documents[3:6])
        assert workspace.stage_source("site").state == "new"
        self.states, self.points = [self.before], 0

        def note():
            self.points += 1

        with statements.watched(note):
            statements.load(data, url)
        after = self.state()
        self.reset()
        workspace.warehouse.load_sources(workspace.lake, ["site"], workspace.tell)
        self.states += [self.state(), after]
        self.reset()

    def workspace(self):
        return Workspace(Settings(data=self.data, warehouse=self.url, lock_seconds=20), tell=lambda _: None)

    def reset(self):
        workspace = self.workspace()
        shutil.copyfile(self.saved, workspace.settings.workbench)
        if self.url:
            workspace.warehouse.serve(workspace.tell)
        assert self.state() == self.before

    def state(self):
        """Digests of all tables in the file, and on the server if there is one."""
        with duckdb.connect(str(self.data / "warehouse.duckdb"), read_only=True) as connection:
            query = "SELECT count(*), bit_xor(hash(hash(t))) FROM {} t"
            here = [connection.execute(query.format(t.name)).fetchone() for t in TABLES]
        if not self.url:
            return (here,)
        with psycopg.connect(self.url) as connection:
            query = "SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM {} t"
            return here, [connection.execute(query.format(t.name)).fetchone() for t in TABLES]

    def check(self, n):
        """Each store has a whole state, the server none that the file has not had -> which, by their places."""
        found = self.state()
        reached = [[whole[store] for whole in self.states].index(state) for store, state in enumerate(found)]
        assert reached == sorted(reached, reverse=True), n
        return tuple(reached)

    def go_on(self):
        """The next load finds its way."""
        statements.load(self.data, self.url)
        assert self.state() == self.states[-1]
        assert not list(self.data.glob(".*.partial*"))

    def spread(self, count):
        """Statements from the first to the last."""
        return sorted({round(1 + n * (self.points - 1) / (count - 1)) for n in range(count)})


@pytest.fixture(scope="module", params=["duckdb", "postgresql"])
def stage(request, tmp_path_factory, quick_documents, new_database):
    url = new_database() if request.param == "postgresql" else ""
    return Stage(tmp_path_factory.mktemp("stage") / "data", url, quick_documents)


def test_a_load_killed_at_any_statement_leaves_a_whole_state(stage):
    program = [sys.executable, Path(statements.__file__), stage.data, stage.url]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as killer:
        reached = set()
        for n in stage.spread(KILLS):
            print(n, file=killer.stdin, flush=True)
            assert killer.stdout.readline().split() == ["-9", str(n)]
            reached.add(stage.check(n))
            stage.go_on()
            stage.reset()
        killer.stdin.close()
    assert len(reached) > 1


def test_an_error_at_any_statement_leaves_a_whole_state(stage):
    class Ended(Exception):
        pass

    reached = set()
    for last in stage.spread(ERRORS):
        done = 0

        def tell(last=last):
            nonlocal done
            done += 1
            if done == last:
                raise Ended

        with statements.watched(tell), pytest.raises(Ended):
            statements.load(stage.data, stage.url)
        reached.add(stage.check(last))
        stage.reset()
    assert len(reached) > 1
