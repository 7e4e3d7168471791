"""The explorer in a real browser: from the start page to a number in its source, by mouse, by key, on a phone."""

import re

import pytest
from browser_helpers import CHROMIUM, browser, serving
from explorer_site import released
from paths import REPORTS

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no browser: apt-get install chromium fonts-noto-cjk")

KINDS = {
    "html": ("2021-html.html", "青澜市人民政府办公室", 2022, "338"),
    "pdf": ("2019-pdf.pdf", "白榆县财政局", 2019, "30"),
    "text": ("2014-text.txt", "松岭区人民政府", 2016, "47"),
}
"""File, organ, year, and the number of requests that it received, as fixtures/truth has them."""
REAL = {
    "html": ("shanghai-office-2019.html", "上海市人民政府办公厅", 2019, "859"),
    "pdf": ("huaian-2024.pdf", "淮安市人民政府", 2024, "3119"),
    "text": ("weinan-gaoxin-2020.txt", "高新区", 2020, "3"),
}
MARK = "rgb(255, 228, 138)"
HEIGHT = 900


def _hostile(tracker):
    """A report whose page would load from elsewhere, run scripts, and leave."""
    text = (REPORTS / "2021-html.html").read_text(encoding="utf-8").replace("青澜市人民政府办公室", "青澜市水务局")
    planted = f"""<script>new Image().src="{tracker}script"; top.location = "{tracker}top"</script>
    <img src="{tracker}image" onerror="fetch('{tracker}error')"><iframe src="{tracker}frame"></iframe>
    <link rel="stylesheet" href="{tracker}sheet"><meta http-equiv="refresh" content="1;url={tracker}refresh">
    <style>@import url({tracker}import); body {{ background: url({tracker}css) }}</style>
    <object data="{tracker}object"></object><video src="{tracker}video" poster="{tracker}poster"></video>
    <svg><script>fetch("{tracker}svg")</script><image href="{tracker}drawn"/></svg>
    <form action="{tracker}form"><input autofocus onfocus="this.form.submit()"></form>
    <p style="background-image: url({tracker}style)" onclick="fetch('{tracker}click')">
    <a href="{tracker}link" target="_top">附件下载</a></p>"""
    assert "<table" in text
    return text.replace("<table", f"{planted}<table", 1).encode()


@pytest.fixture(scope="module")
def elsewhere():
    """An outside address: a server of its own, which sees who asks it for what."""
    from pytest_httpserver import HTTPServer

    with HTTPServer(host="127.0.0.1") as server:
        server.expect_request(re.compile("/.*")).respond_with_data(b"", content_type="text/plain")
        yield server


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, elsewhere):
    documents = [(f"file:{name}", (REPORTS / name).read_bytes()) for name, *_ in KINDS.values()]
    hostile = ("file:hostile.html", _hostile(elsewhere.url_for("/")))
    return released(tmp_path_factory.mktemp("seen"), [*documents, hostile])


@pytest.fixture(scope="module")
def address(workspace):
    with serving(workspace.settings.data) as found:
        yield found


@pytest.fixture(scope="module")
def chromium():
    with browser() as found:
        yield found


@pytest.fixture
def asked():
    """Every address that the page asked for."""
    return []


@pytest.fixture
def open_page(chromium, asked):
    """Makes a page of a browser that has been nowhere yet."""
    contexts = []

    def make(width=1400, **more):
        contexts.append(chromium.new_context(viewport={"width": width, "height": HEIGHT}, **more))
        page = contexts[-1].new_page()
        page.on("request", lambda request: asked.append(request.url))
        return page

    yield make
    for context in contexts:
        context.close()


def _cell(workspace, name):
    """Where a report's page is, and the number of the cell for all new requests."""
    ((source, report, seq),) = workspace.warehouse.query(
        """SELECT r.source, r.report_id, o.seq FROM core_reports r JOIN core_observations o
           ON o.source = r.source AND o.report_id = r.report_id
           WHERE r.url = $1 AND o.scope IS NULL AND (o.row_code = 'received_new' AND o.column_code = 'total'
           OR o.row_code = 'requests.total')""",
        [f"file:{name}"],
    ).fetchall()
    return f"report/{source}/{report}", seq


def _go_to_source(page, address, where, seq, organ, year):
    """What a newcomer does: the organ's year on the start page, then the number -> the marked place."""
    page.goto(address)
    row = page.locator("tr", has=page.get_by_role("rowheader", name=organ))
    row.locator(f'a[href$="/{where}"]').click()
    page.wait_for_url(f"**/{where}")
    assert str(year) in page.locator("main").inner_text()
    number = page.locator(f"a#o{seq}")
    number.click()
    return number, _chosen(page, seq)


def _chosen(page, seq):
    """The place of a number in the source, once the frame has gone there."""
    place = page.frame(name="source").locator(f"#o{seq}:target")
    place.wait_for(state="attached")
    return place


def _is_in_view(page, marked):
    """Whether the marked place comes to be inside what the frame shows."""
    for _ in range(50):
        box, whole = marked.bounding_box(), page.locator("iframe[name=source]").bounding_box()
        if whole["y"] - 1 <= box["y"] and box["y"] + box["height"] <= whole["y"] + whole["height"] + 1:
            return True
        page.wait_for_timeout(100)
    return False


def _is_marked(marked):
    found = marked.evaluate("""place => [place, ...place.querySelectorAll('*'), place.parentElement]
        .flatMap(e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).fill])""")
    return any(MARK.removeprefix("rgb(").removesuffix(")") in colour for colour in found)


def _check_clicks(page, address, where, seq, kind, organ, year, printed):
    number, marked = _go_to_source(page, address, where, seq, organ, year)
    assert number.inner_text() == printed
    assert _is_marked(marked)
    assert not _is_marked(page.frame(name="source").locator(f"#o{seq - 1}"))
    assert _is_in_view(page, marked)
    if kind == "pdf":
        image = page.frame(name="source").locator("img").first
        image.evaluate("image => image.decode()")
        assert image.evaluate("image => image.naturalWidth") > 500
    else:
        assert printed in marked.text_content()


@pytest.mark.parametrize("kind", KINDS)
def test_from_the_start_page_to_the_number_in_its_source(workspace, address, open_page, asked, kind):
    name, organ, year, printed = KINDS[kind]
    where, seq = _cell(workspace, name)
    page = open_page()
    _check_clicks(page, address, where, seq, kind, organ, year, printed)
    # And back: another place in the source leads to its number.
    other = page.frame(name="source").locator(f'a[href$="#o{seq + 1}"]').first
    other.click()
    page.wait_for_url(f"**#o{seq + 1}")
    assert page.locator(":target").get_attribute("id") == f"o{seq + 1}"
    assert [url for url in asked if not url.startswith(address)] == []


@pytest.mark.corpus
@pytest.mark.parametrize("kind", REAL)
def test_the_same_on_real_reports(real, open_page, asked, kind):
    workspace, address = real
    name, organ, year, printed = REAL[kind]
    _check_clicks(open_page(), address, *_cell(workspace, name), kind, organ, year, printed)
    assert [url for url in asked if not url.startswith(address)] == []


@pytest.fixture(scope="module")
def real(corpus, tmp_path_factory):
    documents = [(f"file:{name}", (corpus / "reports" / name).read_bytes()) for name, *_ in REAL.values()]
    workspace = released(tmp_path_factory.mktemp("real"), documents)
    with serving(workspace.settings.data) as address:
        yield workspace, address


def test_it_works_without_scripts_and_by_the_keyboard(workspace, address, open_page):
    name, _, _, printed = KINDS["html"]
    where, seq = _cell(workspace, name)
    page = open_page(java_script_enabled=False)
    page.goto(address)
    page.keyboard.press("Tab")
    assert "Skip" in page.locator(":focus").inner_text()
    cell = page.locator(f'a[href$="/{where}"]').first
    cell.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{where}")
    page.locator(f"a#o{seq - 1}").focus()
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == printed
    page.keyboard.press("Enter")
    assert _is_marked(_chosen(page, seq))


def test_a_phone_shows_the_number_and_its_place_at_once(workspace, address, open_page):
    name, organ, year, _ = KINDS["html"]
    where, seq = _cell(workspace, name)
    page = open_page(width=390, has_touch=True, is_mobile=True)
    number, marked = _go_to_source(page, address, where, seq, organ, year)
    assert _is_in_view(page, marked)
    for seen in (number, marked):
        box = seen.bounding_box()
        assert 0 <= box["y"] <= HEIGHT, "the number and its place are on the screen together"


PAGES = (
    "", "coverage", "search?q=公开", "nianbao", "nianbao/panel", "nianbao/values", "nianbao/reports",
    "nianbao?sql=select+1",
)  # fmt: skip


@pytest.mark.parametrize("width", [1400, 390])
def test_every_page_fits_and_asks_nobody_else(workspace, address, open_page, asked, width):
    ((organ,),) = workspace.warehouse.query("SELECT min(agency_id) FROM out_panel").fetchall()
    reports = [_cell(workspace, name)[0] for name, *_ in KINDS.values()]
    page = open_page(width=width)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    for path in (*PAGES, f"organ/{organ}", *reports):
        page.goto(address + path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width + 1, f"/{path} is {wide} wide"
        assert page.evaluate("document.title")
    assert problems == []
    assert [url for url in asked if not url.startswith(address)] == []


def test_an_archived_page_loads_nothing_and_runs_nothing(workspace, address, open_page, asked, elsewhere):
    where, seq = _cell(workspace, "hostile.html")
    page = open_page()
    page.goto(f"{address}{where}")
    page.locator(f"a#o{seq}").click()
    frame = page.frame(name="source")
    frame.locator("text=附件下载").click()
    frame.locator(f"#o{seq}").wait_for()
    page.wait_for_timeout(1500)  # longer than the page's refresh
    assert page.url.startswith(f"{address}{where}")
    assert elsewhere.log == []
    assert [url for url in asked if not url.startswith(address)] == []
    # Opened by itself, without the frame around it, it is as tame.
    page.goto(f"{address}{where}/source")
    page.wait_for_timeout(1500)
    assert page.url == f"{address}{where}/source"
    assert elsewhere.log == []


def test_the_same_page_as_published_would_have(open_page, elsewhere, tmp_path):
    """What the test above looks for does happen where nothing is stripped."""
    published = tmp_path / "published.html"
    published.write_bytes(_hostile(elsewhere.url_for("/")))
    page = open_page()
    page.goto(published.as_uri(), wait_until="commit")
    looked_for = {"/script", "/image", "/sheet"}
    for _ in range(100):
        if looked_for <= {request.path for request, _ in elsewhere.log}:
            break
        page.wait_for_timeout(100)
    assert looked_for <= {request.path for request, _ in elsewhere.log}
    elsewhere.clear_log()
