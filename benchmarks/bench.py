"""`make bench`: reports a second and peak memory by format, on one core, beside plain yardsticks.

Each yardstick is what a library does with the same bytes, timed in turn with ours in the
same process: the ratio holds on a noisy machine, single figures do not. With NIANBAO_CORPUS
set, the real reports are measured, else the fixtures. The reports called 6000 hold the tables
of a fixture and 6,000 characters of prose.
"""

import gc
import io
import os
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from parsers import parse

FIXTURES = Path(__file__).parent.parent / "fixtures" / "reports"
PROSE = Path(__file__).parent / "prose.txt"
_WORDS = [f"{a}{b}" for a in "甲乙丙丁戊己庚辛壬癸" for b in "东南西北春夏秋冬山水云石林泉江湖花草松竹"]
_NUMBER = re.compile(r"(?<=\D)[1-9](?=[\d条件篇])")
SECONDS = 4.0  # spent on each pair
MEMORY_REPORTS = 2000


def main() -> None:
    if len(sys.argv) == 4 and sys.argv[1] == "memory":
        print_memory(Path(sys.argv[2]), int(sys.argv[3]))
        return
    pin()
    print(f"{'format':8} {'report':28} {'reports/s':>10} {'ms':>8}   ratio to yardstick (median, min-max)   peak MB")
    with TemporaryDirectory() as folder:
        print_cases([*cases(), *long_reports(Path(folder))])
    first, last = measure_memory(FIXTURES / "2019-html.html", MEMORY_REPORTS)
    print(f"\nmemory over {MEMORY_REPORTS:,} reports: {first:.1f} MB after the first 200, {last:.1f} MB at the end")


def print_cases(found: list[tuple[str, Path, dict[str, Callable[[bytes], object]]]]) -> None:
    for name, path, yardsticks in found:
        peak = measure_memory(path, 20)[1]
        line = f"{name:8} {path.name:28} "
        for i, (label, yardstick) in enumerate(yardsticks.items() or [("", None)]):
            ours, ratios = compare(path, yardstick)
            head = f"{1 / ours:10.1f} {ours * 1e3:8.2f}   " if i == 0 else f"{'':58}"
            text = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f}) of {label}" if ratios else ""
            print(f"{line if i == 0 else ''}{head}{text:40}{f'{peak:6.0f}' if i == 0 else ''}")


def cases() -> list[tuple[str, Path, dict[str, Callable[[bytes], object]]]]:
    corpus = os.environ.get("NIANBAO_CORPUS")
    real = Path(corpus) / "reports" if corpus else None
    page = real / "shanghai-office-2019.html" if real else FIXTURES / "2019-html.html"
    pdf = real / "huaian-2024.pdf" if real else FIXTURES / "2021-pdf.pdf"
    text = real / "weinan-gaoxin-2020.txt" if real else FIXTURES / "2019-text.txt"
    return [
        ("HTML", page, {"pandas.read_html": read_html, "lxml's bare parse": bare_lxml}),
        ("PDF", pdf, {"pdfplumber's tables and words": plumber}),
        ("text", text, {}),
        ("Word", FIXTURES / "2019-word.docx", {"python-docx's cell texts": docx_cells}),
    ]


def long_reports(folder: Path) -> list[tuple[str, Path, dict[str, Callable[[bytes], object]]]]:
    """A page and a text with the tables of a form and 6,000 characters of prose, and the prose alone."""
    paragraphs = prose(6000)
    page = (FIXTURES / "2021-html.html").read_text(encoding="utf-8")
    text = (FIXTURES / "2019-text.txt").read_text(encoding="utf-8")
    alone = (FIXTURES / "narrative-html.html").read_text(encoding="utf-8")
    html = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    made = {
        "6000.html": page.replace("<p>二、主动公开", f"{html}<p>二、主动公开", 1),
        "6000.txt": text.replace("\n二、主动公开", "\n" + "\n".join(paragraphs) + "\n二、主动公开", 1),
        "6000-narrative.html": alone.replace("<p>二、主动公开", f"{html}<p>二、主动公开", 1),
    }
    for name, content in made.items():
        (folder / name).write_text(content, encoding="utf-8")
    return [("text" if name.endswith("txt") else "HTML", folder / name, {}) for name in made]


def prose(characters: int) -> list[str]:
    """Paragraphs as an organ writes them, about as dense in numbers as real reports; again with other numbers."""
    written = PROSE.read_text(encoding="utf-8").splitlines()
    found: list[str] = []
    for n in range(characters):
        if sum(map(len, found)) >= characters:
            break
        plus = n // len(written)
        found.append(_NUMBER.sub(lambda d, plus=plus: str((int(d[0]) + plus) % 9 + 1), written[n % len(written)]))
    return found


def read_html(content: bytes) -> object:
    import pandas as pd

    return pd.read_html(io.BytesIO(content), encoding="utf-8")


def bare_lxml(content: bytes) -> object:
    from lxml import html

    return html.fromstring(content)


def plumber(content: bytes) -> object:
    import pdfplumber

    with pdfplumber.open(io.BytesIO(content)) as pdf:
        return [(page.extract_tables(), page.extract_words()) for page in pdf.pages]


def docx_cells(content: bytes) -> object:
    import docx

    document = docx.Document(io.BytesIO(content))
    return [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]


def variant(content: bytes, n: int) -> bytes:
    """The report in other words: no two are alike, as in life. Formats in containers stay as they are."""
    if content.startswith((b"%PDF", b"PK")):
        return content
    return content.replace("。".encode(), f"{_WORDS[n % len(_WORDS)]}。".encode())


def compare(path: Path, yardstick: Callable[[bytes], object] | None) -> tuple[float, list[float]]:
    """Seconds a report (median) and the ratios to the yardstick, in turns."""
    content = path.read_bytes()
    timed, ratios = [], []
    parse(content)
    if yardstick:
        yardstick(content)
    started = time.perf_counter()
    n = 0
    while time.perf_counter() - started < SECONDS or len(timed) < 5:
        n += 1
        given = variant(content, n)
        ours = seconds(parse, given)
        timed.append(ours)
        if yardstick:
            ratios.append(ours / seconds(yardstick, given))
    return statistics.median(timed), sorted(ratios)[len(ratios) // 20 : len(ratios) - len(ratios) // 20]


def seconds(function: Callable[[bytes], object], content: bytes) -> float:
    gc.collect()
    gc.disable()
    started = time.perf_counter()
    function(content)
    elapsed = time.perf_counter() - started
    gc.enable()
    return elapsed


def measure_memory(path: Path, reports: int) -> tuple[float, float]:
    """Peak MB of a fresh process after 200 reports and at the end."""
    done = subprocess.run(
        [sys.executable, __file__, "memory", str(path), str(reports)], capture_output=True, text=True, check=True
    )
    first, last = map(float, done.stdout.split())
    return first, last


def print_memory(path: Path, reports: int) -> None:
    content = path.read_bytes()
    first = 0.0
    for n in range(reports):
        parse(variant(content, n))
        if n == min(200, reports) - 1:
            first = peak_mb()
    print(first, peak_mb())


def peak_mb() -> float:
    """Peak resident memory of this process; ru_maxrss would also tell of its parent."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def pin() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


if __name__ == "__main__":
    main()
