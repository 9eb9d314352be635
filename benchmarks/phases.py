"""Seconds by phase of every instance: `python -m benchmarks.phases [FILE ...] [--repeat 3]`.

Each instance is run as `planner solve` runs it, in a process of its own, imports included. The table gives the median
of each phase, what is not HiGHS, and its ratio to HiGHS where that works for a tenth of a second or more.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HIGHS = ("relaxation", "start", "first_plan", "search", "confirm", "clean")
"""Stages of a solve in which HiGHS works."""
COLUMNS = ("imports", "read", "check", "prepare", "build", "hand-over", "solve", "extract", "audit", "report")
ONE_RUN = """
import json, sys, tempfile, time
began = time.perf_counter()
import planner
import planner.audit, planner.data.prepare, planner.model, planner.plan.make, planner.report, planner.run
import planner.instance.check, planner.instance.reader, planner.solve.solve
imports = time.perf_counter() - began
began = time.perf_counter()
instance = planner.read(sys.argv[1])
read = time.perf_counter() - began
with tempfile.TemporaryDirectory() as folder:
    done = planner.run(
        instance, out=folder, read_seconds=read, gap=float(sys.argv[2]), time_limit=float(sys.argv[3])
    )
phases = dict(done.plan.record.phases)
phases["imports"] = phases.get("imports", 0.0) + imports
print(json.dumps({"phases": phases, "size": dict(done.plan.record.size), "gap": done.plan.record.gap}))
"""


def main() -> int:
    """Print one row per instance."""
    words = argparse.ArgumentParser(prog="python -m benchmarks.phases", description=__doc__)
    words.add_argument("files", nargs="*", type=Path)
    words.add_argument("--repeat", type=int, default=1, help="runs per instance; the median counts")
    words.add_argument("--gap", type=float, default=0.005)
    words.add_argument("--time-limit", type=float, default=30.0)
    asked = words.parse_args()
    files = asked.files or instance_files()
    print(f"| instance | {' | '.join(COLUMNS)} | not HiGHS | not HiGHS / HiGHS | columns | gap |")
    print(f"|---|{'--:|' * (len(COLUMNS) + 4)}")
    for path in files:
        runs = [one_run(path, asked.gap, asked.time_limit) for _ in range(asked.repeat)]
        print(row(path, runs), flush=True)
    return 0


def instance_files() -> list[Path]:
    """Return the flagship, the other instances and the tutorial."""
    folder = ROOT / "instances"
    return [*sorted(folder.glob("*.yaml")), *sorted((folder / "tutorial").glob("*.yaml"))]


def one_run(path: Path, gap: float, time_limit: float) -> dict[str, dict[str, float]]:
    """Return what one run says; RuntimeError with its last words when it fails."""
    command = [sys.executable, "-c", ONE_RUN, str(path), str(gap), str(time_limit)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"{path}: {done.stderr.strip()[-2000:]}")
    found: dict[str, dict[str, float]] = json.loads(done.stdout)
    return found


def by_column(phases: dict[str, float]) -> dict[str, float]:
    """Return the phases of a run record under the columns of the table."""
    found = dict.fromkeys(COLUMNS, 0.0)
    for name, seconds in phases.items():
        stage = name.removeprefix("solve: ")
        if name in found:
            found[name] += seconds
        elif stage in HIGHS:
            found["solve"] += seconds
        elif stage in ("handover", "rest"):
            found["hand-over"] += seconds
        else:
            raise ValueError(f"phase {name} has no column")
    return found


def row(path: Path, runs: list[dict[str, dict[str, float]]]) -> str:
    """Return one line of the table: medians of the runs."""
    phases = [by_column(run["phases"]) for run in runs]
    median = {name: statistics.median(one[name] for one in phases) for name in COLUMNS}
    highs = median["solve"]
    rest = sum(median.values()) - highs
    name = path.resolve().relative_to(ROOT / "instances") if path.resolve().is_relative_to(ROOT) else path
    cells = [f"{median[column]:.2f}" for column in COLUMNS]
    size, gap = runs[0]["size"], runs[0]["gap"]
    ratio = f"{rest / highs:.2f}" if highs >= 0.1 else ""
    return f"| {name} | {' | '.join(cells)} | {rest:.2f} | {ratio} | {size['columns']:,} | {gap:.2%} |"


if __name__ == "__main__":
    sys.exit(main())
