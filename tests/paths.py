"""Where the fixtures lie."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
REPORTS = FIXTURES / "reports"
