"""How long the readers of prose take over sizes of bad input: ms per 1,000 characters, which must stay flat.

    python benchmarks/narrative.py [MILLIONS OF CHARACTERS AT MOST, 1 if not given] [READER ...]

`growth` is the largest size against the smallest above 10,000 characters: 1 is linear.
A size is left out where the one before it took longer than two seconds.
"""

import os
import resource
import sys
import time
from collections.abc import Callable

from parsers.narrative.arithmetic import check_facts
from parsers.narrative.citations import read_citations
from parsers.narrative.facts import read_facts
from parsers.narrative.notes import notes_of
from parsers.narrative.points import read_points
from parsers.restore import restore

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
LONGEST = 2.0  # seconds after which no larger size is tried
PROSE = (
    "2021年，我局通过网站主动公开政府信息1,204条，同比增长12.3%，其中政策文件86条、通知公告310条。\n"
    "收到申请25件，办结24件，办结率96%；予以公开11件，部分公开3件，未发生行政复议、行政诉讼。\n"
    "存在问题：一是更新不及时；二是解读少。改进措施：根据《政务公开工作要点》（云政办发〔2021〕3号），一要加强培训；二要完善制度。\n"
)
INPUTS = {
    "good prose": PROSE,
    "no full stop": "公开政府信息工作开展情况",
    "no full stop, counts": "公开信息3条",
    "其中": "其中",
    "其中 and counts": "其中A类1件，",
    "《": "《",
    "《《公开》": "《《公开》",
    "《公开": "《公开",
    "《公开》": "《公开》",
    "《 and line ends": "《公开\n",
    "digits": "1",
    "digits, commas": "1,",
    "Chinese digits": "一",
    "百分之": "百分之",
    "numbers, 、": "1、",
    "counts, 、": "1件、",
    "(": "(",
    "（公开": "（公开",
    "(1件": "(1件",
    "（（1件）": "（（1件）",
    "“": "“",
    "“公开": "“公开",
    "一是": "一是",
    "一是公开不够；": "一是公开不够；",
    "（一）1.一是": "（一）1.一是",
    "分别为": "分别为",
    "分别为 and counts": "甲、乙分别为1件、2件，",
    "各1个": "各1个、",
    "合计": "合计1件，",
    "占": "占1%",
    "增长": "同比增长1%，",
    "无": "无、",
    "没有": "没有申请和",
    "未收到": "未收到",
    "spaces": " ",
    "line ends": "\n",
    "letters": "a",
    "<": "<",
    "&": "&",
    "pinyin": "公(gong)",
    "号令": "国务院令第1号",
    "信息处理费": "信息处理费",
    "联系电话": "联系电话：",
    "年月日至": "2020年1月1日至",
    "存在问题": "存在问题",
    "下一步将": "不够，下一步将",
}


READERS: dict[str, Callable[[str], object]] = {
    "facts": read_facts,
    "arithmetic": lambda text: check_facts(read_facts(text)),
    "points": read_points,
    "points, free": lambda text: read_points(text, free=True),
    "citations": read_citations,
    "notes": lambda text: notes_of([("other", text)]),
    "restore": restore,
}


def main() -> None:
    arguments = sys.argv[1:]
    most = float(arguments.pop(0)) * 1e6 if arguments and arguments[0].replace(".", "").isdigit() else 1e6
    sizes = [size for size in SIZES if size <= most]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"{'ms per 1,000 characters':38}" + "".join(f"{size:>12,}" for size in sizes) + "   growth")
    worst: tuple[float, str] = (0.0, "")
    for name, read in READERS.items():
        if arguments and name not in arguments:
            continue
        read(PROSE)
        for label, unit in INPUTS.items():
            rates = measure(read, unit, sizes)
            growth = rates[-1] / rates[0] if len(rates) > 1 else float("nan")
            worst = max(worst, (growth, f"{name}, {label}"))
            cells = "".join(f"{rate:12.3f}" for rate in rates) + " " * 12 * (len(sizes) - len(rates))
            print(f"{name:14}{label:24}{cells}{growth:9.1f}", flush=True)
    print(f"\nworst growth {worst[0]:.1f}: {worst[1]}; peak memory {peak():.0f} MB")


def measure(read: Callable[[str], object], unit: str, sizes: list[int]) -> list[float]:
    """Milliseconds per 1,000 characters at each size; small sizes are read more than once, the best counts."""
    rates: list[float] = []
    for size in sizes:
        text = (unit * (size // len(unit) + 1))[:size]
        best = float("inf")
        for _ in range(3 if size < 100_000 else 1):
            started = time.perf_counter()
            read(text)
            best = min(best, time.perf_counter() - started)
        rates.append(best * 1e6 / size)
        if best > LONGEST:
            break
    return rates


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
