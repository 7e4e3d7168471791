"""The frame beside a report shows the archived document, and every number where it stands in it."""

import asyncio
import gzip
import io
import json
import re
from datetime import UTC, datetime
from hashlib import sha256

import docx
import httpx
import pytest
from explorer_site import released
from lxml import html as lxml_html
from paths import REPORTS
from PIL import Image
from source_helpers import PdfText

from pipeline.archive import Archive, Exchange
from pipeline.explorer.app import build_app
from pipeline.postgres import PostgresWarehouse

FEW = ("2021-html.html", "2019-pdf.pdf", "2014-text.txt", "2014-word.docx", "oddity-two-reports.html")


class Frames:
    """A data folder with reports, and the explorer over it."""

    def __init__(self, data, documents, **settings):
        self.workspace = released(data, documents, **settings)
        self.release = self.workspace.settings.release
        self._app = build_app(self.workspace.settings, self.release).app()
        self._opened = self.workspace.warehouse.query("SELECT 1")  # while it lives, other queries are quick
        self._shown = {}

    def get(self, path, app=None):
        async def answer():
            transport = httpx.ASGITransport(app or self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.get(path)

        return asyncio.run(answer())

    def query(self, sql, *parameters):
        return self.workspace.warehouse.query(sql, parameters).fetchall()

    def address(self, name, ordinal=0):
        sql = "SELECT report_id FROM core_reports WHERE url = $1 AND ordinal = $2"
        ((report,),) = self.query(sql, f"file:{name}", ordinal)
        return f"/report/site/{report}"

    def shown(self, name, ordinal=0):
        if (name, ordinal) not in self._shown:
            self._shown[name, ordinal] = Shown(self, self.address(name, ordinal))
        return self._shown[name, ordinal]

    def reports(self):
        return self.query(
            "SELECT url, ordinal, report_id FROM core_reports WHERE status <> 'rejected' ORDER BY url, ordinal"
        )


class Shown:
    """A frame and what stands at its anchors."""

    def __init__(self, frames, address):
        answer = frames.get(f"{address}/source")
        assert answer.status_code == 200, answer.text
        self.body = answer.text
        root = lxml_html.fromstring(answer.text)
        self.address = address
        self.places = {}
        for element in root.iter():
            if anchor := element.get("id"):
                assert anchor not in self.places
                self.places[anchor] = element
        self.is_pdf = root.find("body").get("class") == "pdf"
        self.printed = PdfText(frames.get(f"{address}/document").content) if self.is_pdf else None

    def text(self, anchor, within=0.0):
        """What is printed at an anchor; None where there is none. `within` leaves out the edge of a box, in points."""
        element = self.places.get(anchor)
        if element is None:
            return None
        if self.is_pdf:
            page = next(e for e in element.iterancestors("div") if e.get("class") == "page")
            number = int(page.find("img").get("alt").removeprefix("page "))
            box = next(element.iter("rect"))
            x, y, width, height = (float(box.get(name)) for name in ("x", "y", "width", "height"))
            return self.printed.within(number, (x, y, x + width, y + height), edge=within)
        # An anchor for a further number of a place is empty: the place is around it.
        place = element if element.text_content() or element.tag == "td" else element.getparent()
        return "".join(place.text_content().split())

    def characters_before(self, anchor):
        return len(re.sub("<[^>]*>", "", self.body[: self.body.index(f'id="{anchor}"')]))

    def link(self, anchor):
        """Where the place leads."""
        element = self.places[anchor]
        links = [element, *element.iter("a"), *element.iterancestors("a")]
        return next(e.get("href") for e in links if e.tag == "a")


def check_observations(frames):
    """Every observation has an anchor at a place that prints its characters."""
    count = 0
    for name, ordinal, report in frames.reports():
        shown = frames.shown(name.removeprefix("file:"), ordinal)
        for seq, raw, where in frames.query(
            'SELECT seq, raw, "where" FROM core_observations WHERE report_id = $1 ORDER BY seq', report
        ):
            raw = "".join(raw.split())
            is_cell = "row" in json.loads(where)
            text = shown.text(f"o{seq}", within=0 if is_cell else 1.5)
            assert text is not None, (name, ordinal, seq, where)
            assert text == raw if shown.is_pdf else raw in text, (name, ordinal, seq, where, raw, text)
            count += 1
    return count


def check_facts(frames):
    """How many facts there are, and how many are marked exactly where their number stands."""
    right = total = 0
    for name, ordinal, report in frames.reports():
        shown = frames.shown(name.removeprefix("file:"), ordinal)
        for fact, number in frames.query("SELECT id, number_text FROM core_facts WHERE report_id = $1", report):
            right += shown.text(f"f{fact}", within=1.5) == "".join(number.split())
            total += 1
    return right, total


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """All fixtures, and what they do not have: tables that arrive as lines of a page and of a Word document."""
    lines = (REPORTS / "oddity-one-cell-a-line.txt").read_text(encoding="utf-8").splitlines()
    glued = (REPORTS / "oddity-glued-digits.txt").read_text(encoding="utf-8").splitlines()
    word = docx.Document()
    for line in lines:
        word.add_paragraph(line)
    written = io.BytesIO()
    word.save(written)
    more = [
        ("file:lines.html", "".join(f"<p>{line}</p>" for line in lines).encode()),
        ("file:glued.html", "".join(f"<p>{line}</p>" for line in glued).encode()),
        ("file:lines.docx", written.getvalue()),
        ("file:called-a-page.html", (REPORTS / "2014-pdf.pdf").read_bytes() + b"\n"),
        ("file:old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600),
    ]
    documents = [(f"file:{p.name}", p.read_bytes()) for p in sorted(REPORTS.iterdir())]
    return Frames(tmp_path_factory.mktemp("frames"), [*documents, *more])


def test_every_observation_stands_where_the_frame_says(frames):
    assert check_observations(frames) > 8000


def test_every_fact_is_marked_where_its_number_stands(frames):
    right, total = check_facts(frames)
    assert total > 350
    assert right == total


@pytest.mark.corpus
def test_the_real_reports_in_their_frames(corpus, tmp_path):
    documents = [(f"file:{p.name}", p.read_bytes()) for p in sorted((corpus / "reports").iterdir())]
    real = Frames(tmp_path, documents)
    assert check_observations(real) == 596
    assert check_facts(real) == (88, 88)


# Read off the documents by hand: (file, row label, column label, what is printed, words of its row or line).
PRINTED = [
    ("2021-html.html", "一、本年新收政府信息公开申请数量", "自然人", "305", "一、本年新收政府信息公开申请数量"),
    ("2021-html.html", "行政许可", "本年处理决定数量", "15230", "行政许可"),
    ("2021-word.docx", "一、本年新收政府信息公开申请数量", "总计", "338", "一、本年新收政府信息公开申请数量"),
    ("2014-text.txt", "（一）主动公开政府信息数", "", "5210", "主动公开政府信息数"),
    ("oddity-hidden-rows.html", "一、本年新收政府信息公开申请数量", "自然人", "24", "一、本年新收政府信息公开申请数量"),
]


@pytest.mark.parametrize(("name", "row", "column", "printed", "beside"), PRINTED)
def test_a_number_stands_beside_its_label(frames, name, row, column, printed, beside):
    shown = frames.shown(name)
    report = shown.address.rpartition("/")[2]
    found = frames.query(
        "SELECT seq, raw_row, raw_column FROM core_observations WHERE report_id = $1 AND raw = $2", report, printed
    )
    (seq,) = (seq for seq, r, c in found if row in r and column in c)
    element = shown.places[f"o{seq}"]
    line = next(e for e in (element, *element.iterancestors()) if e.tag in ("tr", "li"))
    assert beside in "".join(line.text_content().split())
    assert shown.text(f"o{seq}") == printed
    assert shown.link(f"o{seq}") == f"{shown.address}#o{seq}"


@pytest.mark.parametrize("name", FEW)
def test_every_place_leads_to_its_number(frames, name):
    shown = frames.shown(name)
    assert len(shown.places) > 30
    for anchor in shown.places:
        assert re.fullmatch(rf"{shown.address}#[of]\d+", shown.link(anchor))
    assert shown.link("o3") == f"{shown.address}#o3"
    assert shown.link("f1") == f"{shown.address}#f1"


def test_each_report_of_a_page_has_its_own_numbers_marked(frames):
    first, second = (frames.shown("oddity-two-reports.html", n) for n in (0, 1))
    assert max(map(first.characters_before, first.places)) < min(map(second.characters_before, second.places))


def test_the_frame_may_do_nothing_but_lead_back(frames):
    for name in (*FEW, "old.doc"):
        answer = frames.get(f"{frames.address(name)}/source")
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; img-src ")
        assert policy.endswith("sandbox allow-top-navigation-by-user-activation")
        assert ("img-src 'self'" in policy) == (name == "2019-pdf.pdf")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        outside = re.findall(r'(?:href|src)="([^"]*)"', answer.text)
        assert all(address.startswith(("/report/site/", "/assets/")) for address in outside)
    assert frames.get("/assets/source.css").status_code == 200


def test_the_bytes_decide_what_a_document_is(frames):
    answer = frames.get(f"{frames.address('called-a-page.html')}/source")
    assert '<body class="pdf">' in answer.text
    answer = frames.get(f"{frames.address('old.doc')}/source")
    assert answer.status_code == 404
    assert "application/x-ole-storage, which is not shown" in answer.text


def test_pages_are_images_that_are_kept(frames):
    address = frames.address("2019-pdf.pdf")
    answer = frames.get(f"{address}/page-1.png")
    assert answer.headers["content-type"] == "image/png"
    assert "immutable" in answer.headers["cache-control"]
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.height > image.width > 900
    assert frames.get(f"{address}/page-1.png").content == answer.content
    for path in (f"{address}/page-0.png", f"{address}/page-99.png", f"{frames.address('2021-html.html')}/page-1.png"):
        assert frames.get(path).status_code == 404


@pytest.mark.parametrize("name", ["2021-html.html", "2019-pdf.pdf", "2014-word.docx", "2014-text.txt", "old.doc"])
def test_the_document_is_sent_as_it_was_fetched(frames, name):
    answer = frames.get(f"{frames.address(name)}/document")
    ending = name.rpartition(".")[2] if name != "old.doc" else "bin"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert re.fullmatch(rf'attachment; filename="[0-9a-f]{{16}}-0\.{ending}"', answer.headers["content-disposition"])
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert sha256(answer.content).hexdigest().startswith(frames.address(name)[-18:-2])


@pytest.mark.parametrize("view", ["source", "document", "page-1.png"])
@pytest.mark.parametrize("report", ["site/0000000000000000-0", "elsewhere/{}", "~2e~2e/{}", "site/{}'--"])
def test_reports_that_are_not_there(frames, view, report):
    known = frames.address("2021-html.html").rpartition("/")[2]
    assert frames.get(f"/report/{report.format(known)}/{view}").status_code == 404


def test_a_warehouse_on_a_server_gives_the_same_frames(frames, postgres, tmp_path):
    names = ("2021-html.html", "narrative-text.txt")
    served = Frames(tmp_path, [(f"file:{name}", (REPORTS / name).read_bytes()) for name in names], warehouse=postgres)
    assert isinstance(served.workspace.warehouse, PostgresWarehouse)
    for name in names:
        assert served.shown(name).body == frames.shown(name).body


@pytest.fixture
def lone(tmp_path):
    """One page in an archive of its own, to be broken."""
    return Frames(tmp_path / "data", [("file:page.html", (REPORTS / "2019-html.html").read_bytes())])


def asked_anew(lone):
    """The answers of an explorer that is started after what happened."""
    app = build_app(lone.workspace.settings, lone.release).app()
    return {view: lone.get(f"{lone.address('page.html')}/{view}", app) for view in ("source", "document")}


def assert_missing(answers, words):
    assert {answer.status_code for answer in answers.values()} == {404}
    assert words in answers["source"].text
    assert "sandbox" in answers["source"].headers["content-security-policy"]


def test_a_release_alone_tells_what_is_missing(lone):
    lone.workspace.warehouse.path.rename(lone.release / "elsewhere")
    app = build_app(lone.workspace.settings, lone.release).app()
    answer = lone.get("/report/site/0000000000000000-0/source", app)
    assert answer.status_code == 404
    assert "There is only a release here" in answer.text


def test_without_an_archive(lone):
    lone.workspace.settings.archive.rename(lone.release / "elsewhere")
    assert_missing(asked_anew(lone), "There is no archive here")


def test_a_file_of_the_archive_that_is_gone(lone):
    assert asked_anew(lone)["source"].status_code == 200
    (path,) = lone.workspace.settings.archive.rglob("*.warc.gz")
    path.rename(path.with_suffix(".away"))
    assert_missing(asked_anew(lone), "a WARC file is missing from")
    path.with_suffix(".away").rename(path)
    assert asked_anew(lone)["source"].status_code == 200


def test_a_damaged_file_of_the_archive(lone):
    (path,) = lone.workspace.settings.archive.rglob("*.warc.gz")
    app = build_app(lone.workspace.settings, lone.release).app()
    address = lone.address("page.html")
    assert lone.get(f"{address}/source", app).status_code == 200
    content = path.read_bytes()
    path.write_bytes(content[:300] + b"\xff\xff" + content[302:])
    for _ in range(2):  # found damaged, then remembered so
        answer = lone.get(f"{address}/source", app)
        assert answer.status_code == 404
        assert "is missing from" in answer.text or "is damaged" in answer.text
    path.write_bytes(content)
    assert lone.get(f"{address}/source", app).status_code == 200


def test_a_record_that_lies_about_its_bytes(lone):
    """The file is whole and has the size and time that are remembered, but other bytes in it."""
    archive = Archive(lone.workspace.settings.archive)
    (path,) = archive.root.rglob("*.warc.gz")
    record = archive.records("site")[0]
    assert archive.find("site", record.sha256) == record
    content = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(content.replace("自然人".encode(), "白然人".encode())))
    with pytest.raises(OSError, match="damaged"):
        archive.get(record)


def test_a_document_that_came_again_is_found_by_its_bytes(tmp_path):
    archive = Archive(tmp_path)
    first = Exchange(
        "http://x.gov.cn/a", datetime(2024, 1, 1, tzinfo=UTC), status=200, body=b"<p>one</p>", notes={"role": "link"}
    )
    with archive.crawling("site", lambda: {"links": 1, "complete": True}) as crawl:
        crawl.write(first)
    (earlier,) = (r for r in archive.records("site") if r.sha256 and r.role == "link")
    again = Exchange("http://x.gov.cn/b", datetime(2024, 2, 1, tzinfo=UTC), status=200, notes={"role": "link"})
    with archive.crawling("site", lambda: {"links": 1, "complete": True}) as crawl:
        crawl.write(again, revisits=earlier)
    assert {r.sha256 for r in archive.records("site") if r.role == "link"} == {earlier.sha256}
    found = archive.find("site", earlier.sha256)
    assert (found.url, archive.get(found)) == ("http://x.gov.cn/a", b"<p>one</p>")
    assert archive.find("site", sha256(b"other").hexdigest()) is None
    assert archive.find("site", "") is None
    assert archive.find("elsewhere", earlier.sha256) is None
    archive.put("site", [("file:more.html", b"<p>two</p>")])
    assert archive.get(archive.find("site", sha256(b"<p>two</p>").hexdigest())) == b"<p>two</p>"
