"""The commands as a person types them."""

import json
import os
import pty
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from paths import REPORTS

CODE = "from pipeline.cli import app; app()"
# Root reads everything, unless it gives up the two capabilities.
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
needs_setpriv = pytest.mark.skipif(bool(UNPRIVILEGED) and not shutil.which("setpriv"), reason="root reads everything")


@pytest.fixture
def start(tmp_path):
    """A command started; its output is read by whoever started it."""

    def call(*arguments, prefix=(), popen=None, **environment):
        return subprocess.Popen(
            [*prefix, sys.executable, "-c", CODE, *map(os.fspath, arguments)],
            env=os.environ | {"NIANBAO_DATA": str(tmp_path / "data"), "COLUMNS": "160"} | environment,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"} | (popen or {}),
        )

    return call


@pytest.fixture
def nianbao(start):
    def call(*arguments, **settings):
        with start(*arguments, **settings) as process:
            stdout, stderr = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)

    return call


@pytest.fixture
def warehouse(tmp_path):
    """A warehouse of one table, without a run."""
    path = tmp_path / "data" / "warehouse.duckdb"
    path.parent.mkdir()
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE money AS SELECT 1234567.0::DOUBLE AS yuan")
    return path


@pytest.fixture
def inbox(tmp_path, nianbao):
    """A folder of two reports, in the archive as a source."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    for name in ("2019-html.html", "reject-letter.html"):
        shutil.copy(REPORTS / name, folder)
    assert nianbao("add", folder, "--source", "inbox").returncode == 0
    return folder


def assert_one_line(done, status, *words):
    assert done.returncode == status, done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    for word in words:
        assert word in done.stderr


def test_help(nianbao):
    done = nianbao("--help")
    assert done.returncode == 0
    assert {"parse", "add", "run", "query", "dev"} <= set(done.stdout.split())


def test_parse_as_json(nianbao):
    done = nianbao("parse", REPORTS / "2019-html.html", "nowhere.html", REPORTS / "2021-text.txt", REPORTS, "--json")
    assert done.returncode == 1
    assert done.stderr == ""
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["status"] for line in lines] == ["parsed", "rejected", "parsed", "rejected"]
    assert [line["reason"] for line in lines] == [None, "not_found", None, "not_a_file"]
    first, missing, *_ = lines
    assert set(first) == set(missing)
    assert first["file"] == str(REPORTS / "2019-html.html")
    assert missing["file"] == "nowhere.html"
    for name in ("observations", "facts", "points", "citations", "findings", "issues", "restorations"):
        assert missing[name] == []
    observation = first["observations"][6]
    assert observation == {
        "seq": 6, "table": "proactive", "row": "licensing", "column": "items_prev_year", "value": 12, "kind": "number",
        "unit": "项", "unit_source": "convention", "raw": "12", "raw_row": "行政许可", "raw_column": "上一年项目数量",
        "scope": None, "basis": "year", "where": {"table": 2, "row": 7, "column": 2}, "flags": [],
    }  # fmt: skip
    assert set(first["findings"][0]) >= {
        "identity",
        "row_or_column",
        "reading",
        "verdict",
        "left",
        "right",
        "cells",
        "suspect",
    }


def test_parse_needs_no_dagster_nor_warehouse():
    code = (
        "import sys; sys.argv = ['nianbao', 'parse', '--json', sys.argv[1]]\n"
        "from pipeline.cli import app\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "heavy = {'dagster', 'duckdb', 'pandas', 'pyarrow', 'pdfplumber', 'docx', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code, str(REPORTS / "2019-html.html")], check=True, capture_output=True)


def test_parse_for_a_person(nianbao):
    done = nianbao(
        "parse",
        REPORTS / "oddity-wrong-total.html",
        REPORTS / "reject-notice.html",
        REPORTS / "oddity-mangled-labels.html",
    )
    assert done.returncode == 1
    assert "白榆县财政局2019年政府信息公开工作年度报告" in done.stdout
    assert "（一）予以公开" in done.stdout
    assert (
        "fail applications.row_sum granted: parts 11, total 12; suspect granted total, 11 would repair it"
        in done.stdout
    )
    assert "12 →11?" in done.stdout
    assert "rejected: not_an_annual_report" in done.stdout
    assert "closest_label" in done.stdout


def test_wrong_usage(nianbao):
    assert nianbao("parse").returncode == 2
    assert nianbao("add", REPORTS, "--source", "Not A Name").returncode == 2
    assert nianbao("query", "SELECT 1", "--csv", "--json").returncode == 2
    done = nianbao("run")
    assert done.returncode == 2
    assert "nianbao add" in done.stderr
    done = nianbao("query", "SELECT 1")
    assert done.returncode == 1
    assert "nianbao run" in done.stderr


@pytest.mark.slow
def test_from_files_to_answers(nianbao, tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for name in ("2019-html.html", "oddity-wrong-total.html", "reject-letter.html"):
        (inbox / name).write_bytes((REPORTS / name).read_bytes())
    (inbox / ".hidden").write_text("x")
    done = nianbao("add", inbox, tmp_path / "nowhere", "--source", "inbox")
    assert done.returncode == 1
    assert "no such file" in done.stderr
    assert "3 documents added" in done.stdout
    assert (
        nianbao("add", inbox, "--source", "inbox").stdout == "inbox: 0 documents added, 3 already there, 0 left out\n"
    )

    assert nianbao("run", "other").returncode == 2
    assert nianbao("run", NIANBAO_WORKERS="some").returncode == 2
    done = nianbao("run")
    assert done.returncode == 0, done.stderr
    for words in (
        "Reports",
        "Failed checks",
        "granted total → 11",
        "not_an_annual_report 1",
        "3 of 3 documents parsed",
    ):
        assert words in done.stdout
    done = nianbao("run", "inbox")
    assert done.returncode == 0
    assert "nothing changed" in done.stdout

    done = nianbao("query", "SELECT status, count(*) AS n FROM core_reports GROUP BY ALL ORDER BY ALL", "--csv")
    assert done.stdout == "status,n\nparsed,2\nrejected,1\n"
    done = nianbao("query", "SELECT agency, year FROM out_panel", "--json")
    assert json.loads(done.stdout) == {"agency": "白榆县财政局", "year": 2019}
    assert "白榆县财政局" in nianbao("query", "SELECT agency FROM out_panel").stdout
    done = nianbao("query", "DROP TABLE core_reports")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{}'",
        "EXPORT DATABASE '{}'",
        "ATTACH '{}'",
        "SELECT * FROM read_text('/etc/passwd')",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "DELETE FROM money",
    ],
)
def test_a_query_reaches_nothing_but_the_warehouse(nianbao, warehouse, tmp_path, sql):
    before = warehouse.read_bytes()
    for target in (tmp_path / "new", warehouse):
        done = nianbao("query", sql.format(target))
        assert done.returncode == 1
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
    assert warehouse.read_bytes() == before
    assert not (tmp_path / "new").exists()


VALUES = """SELECT 1234567.0::DOUBLE AS yuan, 0.1::DOUBLE + 0.2::DOUBLE AS sum, 1.50::DECIMAL(9, 2) AS price,
       sum(2019) OVER () AS years, DATE '2020-01-31' AS day, TIMESTAMP '2020-01-31 08:30:15.25' AS moment,
       NULL AS nothing, [1, 2] AS list, {'a': '年'} AS pair, true AS yes, 'NaN'::DOUBLE AS no_number"""


@pytest.mark.usefixtures("warehouse")
def test_values_are_printed_whole(nianbao):
    assert nianbao("query", VALUES, "--csv").stdout.splitlines()[1] == (
        '1234567,0.3,1.50,2019,2020-01-31,2020-01-31T08:30:15.250000,,"[1, 2]","{""a"": ""年""}",true,nan'
    )
    assert json.loads(nianbao("query", VALUES, "--json").stdout) == {
        "yuan": 1234567.0, "sum": 0.1 + 0.2, "price": 1.5, "years": 2019, "day": "2020-01-31",
        "moment": "2020-01-31T08:30:15.250000", "nothing": None, "list": [1, 2], "pair": {"a": "年"}, "yes": True,
        "no_number": None,
    }  # fmt: skip
    assert '"years": 2019,' in nianbao("query", VALUES, "--json").stdout
    shown = nianbao("query", VALUES).stdout
    for cell in ("│ 1234567 │", "│ 0.3 │", "│ 2020-01-31 │", '│ {"a": "年"} │'):
        assert cell in shown
    assert shown.endswith("\n1 row\n")


@pytest.mark.usefixtures("warehouse")
def test_a_pipe_gets_whole_cells_however_long(nianbao):
    done = nianbao("query", "SELECT repeat('长', 400) AS a, repeat('b', 400) AS b", COLUMNS="40")
    assert "长" * 400 in done.stdout
    assert "b" * 400 in done.stdout


@pytest.mark.usefixtures("warehouse")
def test_a_narrow_terminal_gets_a_block_a_row(start):
    terminal, stdout = pty.openpty()
    columns = ", ".join(f"{n} AS column_{n}" for n in range(30))
    process = start("query", f"SELECT {columns}", COLUMNS="40", TERM="xterm", popen={"stdout": stdout})
    os.close(stdout)
    shown = b""
    with suppress(OSError):  # Linux ends a terminal with an error
        while part := os.read(terminal, 4096):
            shown += part
    os.close(terminal)
    process.communicate(timeout=60)
    assert "column_0: 0\r\ncolumn_1: 1\r\n" in shown.decode()
    assert "column_29: 29" in shown.decode()


@pytest.mark.usefixtures("warehouse")
def test_an_empty_result_and_an_empty_query(nianbao):
    nothing = "SELECT * FROM money WHERE false"
    assert nianbao("query", nothing, "--json").stdout == ""
    assert nianbao("query", nothing, "--csv").stdout == "yuan\n"
    for sql in ("", ";"):
        assert_one_line(nianbao("query", sql), 1, "write a SELECT")
    assert_one_line(nianbao("query", "SELECT 1 AS a, 2 AS a", "--json"), 1, "two columns are called a")


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [("NIANBAO_CHUNK_DOCUMENTS", "0", "greater than or equal to 1"), ("NIANBAO_LOCK_SECONDS", "abc", "number")],
)
@pytest.mark.parametrize("command", [("run",), ("query", "SELECT 1"), ("add", REPORTS, "--source", "a")])
def test_a_bad_setting_is_named(nianbao, command, variable, value, reason):
    assert_one_line(nianbao(*command, **{variable: value}), 2, variable, value, reason)


@pytest.mark.slow
@pytest.mark.usefixtures("inbox")
def test_what_stands_in_the_way_of_a_run_is_told_in_a_line(nianbao, tmp_path):
    data = tmp_path / "data"
    warehouse = data / "warehouse.duckdb"
    for content in (b"", b"no database" * 1000, None):
        if content is None:
            warehouse.unlink()
            warehouse.mkdir()
        else:
            warehouse.write_bytes(content)
        assert_one_line(nianbao("run"), 1, str(warehouse), "delete it and run `nianbao run` again")
    warehouse.rmdir()

    done = nianbao("run", "inbox", "inbox")
    assert done.returncode == 0
    assert done.stdout.count("inbox: nothing new, loaded again from the lake") == 1
    assert "nothing changed" not in done.stdout

    holder = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", holder, warehouse], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        for command in (("run",), ("query", "SELECT 1")):
            assert_one_line(nianbao(*command), 1, str(warehouse), "another program", "close it")
        other.stdin.close()

    warehouse.unlink()
    waiter = ["flock", data / ".warehouse.duckdb.lock"]
    assert_one_line(nianbao("run", prefix=waiter, NIANBAO_LOCK_SECONDS="0.5"), 1, "another load still holds it")

    small = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))}
    assert_one_line(nianbao("run", popen=small), 1, str(data))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_so(start, inbox, tmp_path, number):
    for n in range(200):
        (inbox / f"{n}.html").write_bytes((inbox / "2019-html.html").read_bytes() + b"\n" * n)
    with start("add", inbox, "--source", "inbox"):
        pass
    process = start("run", NIANBAO_CHUNK_DOCUMENTS="5")
    while not list(tmp_path.glob("data/lake/.inbox.staged")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert_one_line(subprocess.CompletedProcess((), process.returncode, stdout, stderr), 130, "interrupted")


@pytest.mark.slow
@pytest.mark.usefixtures("inbox")
def test_two_first_runs_at_once(start):
    both = [start("run"), start("run")]
    for process in both:
        _, stderr = process.communicate(timeout=120)
        assert (process.returncode, stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.usefixtures("inbox")
def test_a_failed_source_is_told_whatever_else_there_is(nianbao, tmp_path):
    archive = next(tmp_path.glob("data/archive/inbox/*.warc.gz"))
    whole = archive.read_bytes()
    archive.write_bytes(b"\0" * len(whole))
    done = nianbao("run")
    assert (done.returncode, done.stderr) == (1, "")
    assert "inbox: failed, it has no rows yet" in done.stdout
    assert "damaged" in done.stdout
    assert done.stdout.endswith("1 of 1 sources failed: the warehouse is not up to date.\n")
    assert "nianbao run" in nianbao("query", "SELECT 1").stderr
    archive.write_bytes(whole)
    assert nianbao("run").stdout.endswith("The warehouse is up to date.\n")


@needs_setpriv
def test_a_file_that_cannot_be_read_has_its_line(nianbao, tmp_path):
    closed = tmp_path / "closed.html"
    closed.write_text("x")
    closed.chmod(0)
    done = nianbao("parse", closed, "长" * 100, REPORTS / "2021-text.txt", "--json", prefix=UNPRIVILEGED)
    assert (done.returncode, done.stderr) == (1, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["reason"] for line in lines] == ["unreadable", "unreadable", None]


@needs_setpriv
def test_what_add_leaves_out_is_told(nianbao, tmp_path):
    folder = tmp_path / "folder"
    (folder / "closed").mkdir(parents=True)
    (folder / "closed" / "in.html").write_text("x")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "in.html").write_text("x")
    shutil.copy(REPORTS / "2021-text.txt", folder / ".named.txt")
    os.mkfifo(folder / "pipe.html")
    (folder / "secret.html").write_text("x")
    (folder / "secret.html").chmod(0)
    (folder / "closed").chmod(0)
    named = folder / ".named.txt"
    done = nianbao("add", folder, named, "长" * 100, "/dev/zero", "--source", "a", prefix=UNPRIVILEGED)
    (folder / "closed").chmod(0o700)
    assert done.returncode == 1
    assert done.stdout == "a: 1 documents added, 0 already there, 5 left out\n"
    reasons = dict(line.rsplit(": ", 1) for line in done.stderr.splitlines())
    assert reasons == {
        str(folder / "closed"): "Permission denied",
        str(folder / "pipe.html"): "neither a file nor a folder",
        str(folder / "secret.html"): "Permission denied",
        "长" * 100: "File name too long",
        "/dev/zero": "neither a file nor a folder",
    }


def test_names_that_are_not_utf8(nianbao, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    file = folder / os.fsdecode("公开.txt".encode("gb18030"))
    shutil.copy(REPORTS / "2021-text.txt", file)
    done = nianbao("parse", file, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["file"] == str(file)
    assert nianbao("parse", file).returncode == 0
    assert nianbao("add", folder, "--source", "a").returncode == 0


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "latin-1"])
@pytest.mark.usefixtures("warehouse")
def test_json_is_utf8_whatever_the_locale(nianbao, encoding):
    done = nianbao("parse", REPORTS / "2019-html.html", "--json", PYTHONIOENCODING=encoding)
    assert json.loads(done.stdout)["agency"].endswith("局")
    assert nianbao("query", "SELECT '年' AS a", "--csv", PYTHONIOENCODING=encoding).stdout == "a\n年\n"
    done = nianbao("parse", REPORTS / "2019-html.html", PYTHONIOENCODING=encoding, popen={"encoding": encoding})
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_or_closed_stdout_is_told_in_a_line(nianbao, unbuffered):
    with Path("/dev/full").open("w") as full:
        for command in (("parse", REPORTS / "2019-html.html", "--json"), ("--help",)):
            done = nianbao(*command, popen={"stdout": full}, PYTHONUNBUFFERED=unbuffered)
            assert_one_line(done, 1, "standard output: No space left")
    closed = {"stdout": None, "preexec_fn": lambda: os.close(1)}
    assert_one_line(nianbao("parse", REPORTS / "2019-html.html", "--json", popen=closed), 1, "closed")


def test_a_data_folder_that_cannot_be_written_is_named(nianbao, tmp_path):
    (tmp_path / "file").write_text("x")
    for data in (tmp_path / "file", "/proc/nianbao"):
        assert_one_line(nianbao("add", REPORTS, "--source", "a", NIANBAO_DATA=str(data)), 1, str(data))
    small = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))}
    done = nianbao("add", REPORTS, "--source", "a", popen=small)
    assert_one_line(done, 1, "File too large", str(tmp_path / "data"))
    assert not list(tmp_path.glob("data/archive/a/*warc*"))


def test_a_release_is_made_checked_and_audited(nianbao, tmp_path):
    for name in ("2019-html.html", "2021-html.html"):
        shutil.copy(REPORTS / name, tmp_path)
    assert_one_line(nianbao("release"), 1, "nianbao run")
    assert_one_line(nianbao("verify"), 1, "holds no release")
    assert nianbao("add", tmp_path / "2019-html.html", tmp_path / "2021-html.html", "--source", "two").returncode == 0
    assert nianbao("run").returncode == 0
    first = nianbao("release")
    assert first.returncode == 0, first.stderr
    assert "Release " in first.stdout
    assert first.stdout.rstrip().endswith(str(tmp_path / "data" / "release"))
    assert "nothing changed" in nianbao("release").stdout
    assert nianbao("release", tmp_path / "mine").returncode == 0
    again = nianbao("verify", tmp_path / "mine", "--all")
    assert (again.returncode, "agree" in again.stdout) == (0, True)
    assert_one_line(nianbao("release", tmp_path), 1, "holds files that are no release")
    with (tmp_path / "mine" / "csv" / "panel.csv").open("a") as stream:
        stream.write("more\n")
    wrong = nianbao("verify", tmp_path / "mine")
    assert (wrong.returncode, "changed: csv/panel.csv" in wrong.stdout) == (1, True)
    sheet = tmp_path / "sheet.csv"
    assert nianbao("audit", "--n", "5", "--out", sheet).returncode == 0
    assert len(sheet.read_text(encoding="utf-8-sig").splitlines()) == 6
    assert_one_line(nianbao("audit", "--out", sheet), 1, "is there already")
    scored = nianbao("audit", "--score", sheet)
    assert (scored.returncode, "there is no error rate" in scored.stdout) == (0, True)
