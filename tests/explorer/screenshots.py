"""`make screenshots`, after `make demo`: the two pictures of the README, taken in a browser of the demo's release."""

import sys
from pathlib import Path

from browser_helpers import CHROMIUM, browser, serving

from pipeline.settings import read_settings
from pipeline.warehouses import open_warehouse

DOCS = Path(__file__).parent.parent.parent / "docs"
SHOWN = "file:oddity-wrong-total.html"
SUSPECT = """
SELECT o.source, o.report_id, o.seq FROM core_observations o JOIN core_reports r USING (source, report_id)
WHERE r.url = $1 AND o.row_code = 'granted' AND o.column_code = 'total'
"""


def main() -> None:
    if CHROMIUM is None:
        sys.exit("no browser: apt-get install chromium fonts-noto-cjk")
    settings = read_settings()
    ((source, report, seq),) = open_warehouse(settings).query(SUSPECT, [SHOWN]).fetchall()
    with serving(settings.data) as address, browser() as chromium:
        page = chromium.new_page(viewport={"width": 1280, "height": 760})
        page.goto(address)
        page.screenshot(path=DOCS / "explorer-start.png")
        page.goto(f"{address}report/{source}/{report}")
        page.locator(f"a#o{seq}").click()
        page.frame(name="source").locator(f"#o{seq}:target").wait_for()
        page.locator(f"a#o{seq}").evaluate("number => scrollTo(0, number.getBoundingClientRect().top + scrollY - 260)")
        page.wait_for_timeout(500)
        page.screenshot(path=DOCS / "explorer-report.png")


if __name__ == "__main__":
    main()
