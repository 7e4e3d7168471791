"""`make screenshots`, after `make demo`: the two pictures of the README, taken in a browser of the demo's release."""

import sys
from pathlib import Path

from browser_helpers import CHROMIUM, browser, serving

from pipeline.settings import read_settings
from pipeline.warehouses import open_warehouse

DOCS = Path(__file__).parent.parent.parent / "docs"
SHOWN = "file:oddity-wrong-total.html"
SUSPECT = "SELECT source, report_id, seq FROM core_observations WHERE report_id = $1 AND row_code = 'granted' AND column_code = 'total'"


def main() -> None:
    if CHROMIUM is None:
        sys.exit("no browser: apt-get install chromium fonts-noto-cjk")
    settings = read_settings()
    warehouse = open_warehouse(settings)
    ((report,),) = warehouse.query("SELECT report_id FROM core_reports WHERE url = $1", [SHOWN]).fetchall()
    ((source, report, seq),) = warehouse.query(SUSPECT, [report]).fetchall()
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
