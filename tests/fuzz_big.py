"""Large inputs, each read, checked and answered in a process of its own that tells its processor time and memory.

`python tests/fuzz.py --big` runs them all; `python tests/fuzz_big.py NAME MIB FOLDER` runs one.
"""

# ruff: noqa: E501 - rows of inputs are read across

from __future__ import annotations

import itertools
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import planner
from planner.errors import PlannerError

CLOUD = (Path(__file__).parent.parent / "instances" / "tutorial" / "01_cloud.yaml").read_text()
MIB = 2**20
MOST_MB = 512


def seconds_allowed(mib: float) -> float:
    """Return the processor time in which an input of this size is answered."""
    return 2.0 if mib <= 1 else 20.0


def many(line: str, size: int) -> str:
    """Return lines, `%d` counted, up to a size."""
    out, left = [], size
    for number in itertools.count():
        out.append(line.replace("%d", str(number)))
        left -= len(out[-1])
        if left <= 0:
            return "".join(out)
    raise AssertionError


def below(key: str, line: str) -> Callable[[int], str]:
    """Return the instance with lines added at the head of one of its maps."""
    return lambda size: CLOUD.replace(f"\n{key}:\n", f"\n{key}:\n{many(line, size)}", 1)


def last(head: str, line: str, foot: str = "") -> Callable[[int], str]:
    """Return the instance with lines added at its end."""
    return lambda size: CLOUD + head + many(line, size) + foot


OFFER = "      k%d: {kind: cloud, region: us, chips: [gb300], sign: {from: 2027Q1, to: 2027Q1, at_most: 1}, mw: {min: 50, max: 100}, delivery_months: 3, term_months: 60, price_usd_per_kw_month: 1000}\n"
YAML: dict[str, Callable[[int], str]] = {
    "unknown keys": last("", "k%d: 1\n"),
    "unknown values": last("a:\n", "  key_%d: some text %d\n"),
    "nulls": last("a: [", "~,", "]\n"),
    "numbers": lambda size: "a: [" + "1," * (size // 2) + "]\n",
    "nested maps": last("a:\n", "  - {a: {b: {c: {d: 1}}}}\n"),
    "workloads": below("workloads", "  w%d: {demand_gw: 0.1, unserved_usd_bn_per_gw_year: 30}\n"),
    "workloads that lack fields": below("workloads", "  w%d: {own_share: 10%}\n"),
    "workloads with wrong numbers": below("workloads", "  w%d: {demand_gw: x, unserved_usd_bn_per_gw_year: y}\n"),
    "empty workloads": below("workloads", "  w%d:\n"),
    "offers": lambda size: CLOUD.replace("    offers:\n", "    offers:\n" + many(OFFER, size)),
    "offers of nowhere": lambda size: CLOUD.replace("    offers:\n", "    offers:\n" + many(OFFER.replace("region: us", "region: x"), size)),
    "limits": last("limits:\n", "  l%d: {measure: powered_mw, max_mw: 1000}\n"),
    "regions": below("regions", "  r%d: {facility_per_it: 1.3}\n"),
    "wrong ids": last("makers:\n", "  X%d: 5\n"),
    "a path of wrong dates": lambda size: CLOUD.replace("demand_gw: 0.1 ", "demand_gw: {" + many("k%d: 1, ", size) + "}"),
    "duplicate keys": last("", "name: x\n"),
    "anchors": last("a:\n", "  - &a%d x\n"),
    "aliases": last("a:\n", "  - *a\n"),
    "tags": last("a:\n", "  - !!int 1\n"),
    "directives": lambda size: many("%TAG !a%d! b\n", size) + "---\n" + CLOUD,
    "documents": last("", "---\n"),
    "brackets": lambda size: "a: " + "[" * size,
    "dashes": lambda size: "- " * (size // 2),
    "questions": lambda size: "? " * (size // 2),
    "one long text": lambda size: CLOUD + "description: " + "x" * size + "\n",
    "one long quoted text": lambda size: CLOUD + "description: '" + "x\n\n" * (size // 3) + "'\n",
    "one long number": lambda size: CLOUD.replace("rate: 0%", "rate: " + "9" * size),
    "a long key": lambda size: CLOUD + "? " + "k" * size + "\n: 1\n",
    "long keys": last("", "k" * 900 + "%d: 1\n"),
    "comments": last("", "# %d\n"),
    "blank lines": lambda size: CLOUD + "\n" * size,
    "spaces": lambda size: CLOUD + "a:" + " " * size + "1\n",
    "emoji": lambda size: CLOUD + "# " + "\U0001f600" * (size // 4) + "\n",
    "NULs": lambda size: CLOUD + "\0" * size,
    "a case of unknown keys": last("cases:\n  a:\n", "    k%d: 1\n"),
    "a case of unknown paths": last("cases:\n  a:\n", "    chips.k%d.kw_per_system: 1\n"),
    "cases": last("cases:\n", "  c%d: {money.floor_usd_bn: 1}\n"),
    "wrong cases": last("cases:\n", "  c%d: {money.flor_usd_bn: 1}\n"),
    "a case of everything": last("cases:\n  a:\n", "    '*.*.k%d': 1\n"),
    "a case of stars over many members": lambda size: below("regions", "  r%d: {facility_per_it: 1.3}\n")(size // 2) + "cases:\n  a:\n" + many("    'regions.*.k%d': 1\n", size // 2),
    "a case that scales many members": lambda size: below("regions", "  r%d: {facility_per_it: 1.3}\n")(size) + "cases: {a: {regions.*.facility_per_it: {scale: 1.1}}}\n",
    "a case of new regions": last("cases:\n  a:\n", "    regions.r%d: {facility_per_it: 1.3}\n"),
    "a case of vendors": last("cases:\n  a:\n", "    vendors.v%d: {name: x}\n"),
    "a case of half-made workloads": last("cases:\n  a:\n", "    workloads.trainin%d: {own_share: 10%}\n"),
    "a case of points": lambda size: CLOUD.replace("demand_gw: 0.1 ", "demand_gw: {2027Q1: 0.1, 2028Q1: 0.1, interpolate: step} ") + "cases:\n  a:\n" + many("    workloads.training.demand_gw.k%d: 1\n", size),
    "a branch of unknown keys": last("scenarios: {f: {known: 2027Q2, branches: {b: {probability: 1, set: {", "k%d: 1, ", "}}}}}\n"),
}  # fmt: skip
JSON: dict[str, Callable[[int], str]] = {
    "JSON numbers": lambda size: '{"a": [' + "1," * (size // 2) + "1]}",
    "JSON keys": lambda size: '{"a": {' + many('"k%d": 1, ', size) + '"z": 1}}',
    "JSON lines": lambda size: '{"a": 1' + "\n" * size + "}",
    "JSON text": lambda size: '{"a": "' + "x" * size + '"}',
    "JSON escapes": lambda size: '{"a": "' + "\\n" * (size // 2),
    "JSON brackets": lambda size: "[" * size,
}
CSV: dict[str, Callable[[int], str]] = {
    "rows": lambda size: "date,gw\n" + many("2027-01,%d\n", size),
    "wrong cells": lambda size: "date,gw\n" + many('%d,"0,%d"\n', size),
    "one long row": lambda size: "date,gw\n" + "2," * (size // 2),
    "wide rows": lambda size: (
        "date,gw" + many(",x%d", 40_000) + "\n" + ("10" + ",11" * 7_000 + "\n") * (size // 21_000)
    ),
    "one long cell": lambda size: "date,gw\n2027," + "9" * size,
    "an open quote": lambda size: 'date,gw\n"' + "x\n" * (size // 2),
    "empty rows": lambda size: "date,gw\n" + ",\n" * (size // 2),
    "long header": lambda size: "date,gw" + "," * size,
}
ALL = {**YAML, **JSON, **CSV}


def answer(name: str, mib: float, folder: Path) -> str:
    """Read and check one large input; return what came of it in words."""
    text = ALL[name](int(mib * MIB * 0.98))
    text = text[: int(mib * MIB)] if len(text) > mib * MIB else text
    file = folder / ("i.json" if name in JSON else "i.yaml")
    file.write_text(
        CLOUD.replace("demand_gw: 0.1 ", "demand_gw: {csv: t.csv, column: gw, interpolate: step} ")
        if name in CSV
        else text
    )
    if name in CSV:
        (folder / "t.csv").write_text(text)
    del text
    cases = ["a"] if name.startswith("a case") else []
    start = time.process_time()
    try:
        instance = planner.read(file, cases=cases)
        findings = planner.check(instance)
        said = f"{len(findings)} findings"
        size = sum(len(str(finding)) for finding in findings)
    except PlannerError as error:
        said, size = f"{type(error).__name__} {str(error).splitlines()[0][-60:]}", len(str(error))
    seconds = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    kept = seconds <= seconds_allowed(mib) and memory <= MOST_MB
    return f"{'ok  ' if kept else 'OVER'} {name}, {mib:g} MiB: {seconds:.1f} s, {memory} MB, {size} characters said ({said})"


def all_big(sizes: tuple[float, ...] = (1, 32), names: tuple[str, ...] = tuple(ALL)) -> int:
    """Answer every large input in a process of its own; return how many took too long, too much, or raised."""
    wrong = 0
    for name in names:
        for mib in sizes:
            with tempfile.TemporaryDirectory() as folder:
                words = [sys.executable, __file__, name, str(mib), folder]
                done = subprocess.run(words, capture_output=True, text=True, timeout=600, check=False)
            line = done.stdout.strip() or f"RAW  {name}, {mib:g} MiB: {done.stderr.strip().splitlines()[-1:]}"
            wrong += not line.startswith("ok")
            print(line, flush=True)
    print(f"{len(names) * len(sizes)} large inputs: {wrong} over the limits")
    return wrong


if __name__ == "__main__":
    print(answer(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3])))
