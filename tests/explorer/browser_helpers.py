"""The explorer as its users have it: `nianbao serve` in a process of its own, and a real browser."""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

CHROMIUM = shutil.which("chromium")
"""Debian's; None where it is not installed."""


@contextmanager
def serving(data: Path):
    """`nianbao serve` over a data folder, on a port that is free -> its address."""
    command = [str(Path(sys.executable).with_name("nianbao")), "serve", "--port", "0"]
    environment = {**os.environ, "NIANBAO_DATA": str(data)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield re.search(r"http://\S+", process.stdout.readline())[0]
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0


@contextmanager
def browser():
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Its own sandbox needs rights that a container's root has not; the pages it opens are ours.
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()
