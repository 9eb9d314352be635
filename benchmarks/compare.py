"""Two versions of the planner on all instances: `python -m benchmarks.compare OLD NEW [FILE ...]`.

OLD and NEW are checkouts, or revisions of this repository (`HEAD~5`), which are exported into a temporary folder. Both
solve the instances of NEW, or the files named. Costs differ only where the intervals between bound and cost do not
touch; times are medians of runs that take turns, as ratios new / old.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ONE_SOLVE = """
import json, sys, time
import planner
began = time.perf_counter()
plan = planner.solve(planner.read(sys.argv[1]), gap=float(sys.argv[2]), time_limit=float(sys.argv[3]))
record = plan.record
print(json.dumps({
    "seconds": time.perf_counter() - began, "solve_seconds": record.seconds, "cost": record.objective_usd_m,
    "bound": record.bound_usd_m, "columns": record.size["columns"], "rows": record.size["rows"],
}))
"""


@dataclass(frozen=True)
class Solved:
    """Runs of one version on one instance; `failure` when it has no plan of it."""

    cost: float = float("nan")
    bound: float = float("nan")
    seconds: float = float("nan")
    solve_seconds: float = float("nan")
    columns: int = 0
    failure: str = ""


def main() -> int:
    """Print one row per instance; 1 when a cost differs or NEW fails where OLD does not."""
    words = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    words.add_argument("old")
    words.add_argument("new")
    words.add_argument("files", nargs="*", type=Path)
    words.add_argument("--gap", type=float, default=0.005)
    words.add_argument("--time-limit", type=float, default=60.0)
    words.add_argument("--repeat", type=int, default=1)
    asked = words.parse_args()
    wrong = False
    with tempfile.TemporaryDirectory() as folder:
        versions = [
            checkout(text, Path(folder) / name) for name, text in (("old", asked.old), ("new", asked.new))
        ]
        files = [path.resolve() for path in asked.files] or instance_files(versions[1])
        print("| instance | cost old, USD m | new | costs | seconds old | new | x | x solving | columns x |")
        print("|---|--:|--:|---|--:|--:|--:|--:|--:|")
        for path in files:
            old, new = in_turns(versions, path, asked.gap, asked.time_limit, asked.repeat)
            said = verdict(old, new)
            wrong |= said not in SAME
            print(row(path, old, new, said), flush=True)
    return int(wrong)


def checkout(text: str, place: Path) -> Path:
    """Return the folder of a checkout, or of a revision that is exported to a place."""
    if (Path(text) / "planner" / "__init__.py").exists():
        return Path(text).resolve()
    done = subprocess.run(["git", "archive", "--format=tar", text], cwd=ROOT, capture_output=True)
    if done.returncode:
        raise SystemExit(f"{text}: neither a checkout nor a revision ({done.stderr.decode().strip()})")
    place.mkdir()
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(place, filter="data")
    return place


def instance_files(version: Path) -> list[Path]:
    """Return the flagship, the other instances and the tutorial of a version."""
    folder = version / "instances"
    return [*sorted(folder.glob("*.yaml")), *sorted((folder / "tutorial").glob("*.yaml"))]


def in_turns(versions: list[Path], path: Path, gap: float, time_limit: float, repeat: int) -> list[Solved]:
    """Return what each version makes of an instance; their runs take turns."""
    runs: list[list[Solved]] = [[], []]
    for _ in range(repeat):
        for found, version in zip(runs, versions, strict=True):
            found.append(one_solve(version, path, gap, time_limit))
    return [median(found) for found in runs]


def one_solve(version: Path, path: Path, gap: float, time_limit: float) -> Solved:
    """Return one run of a version in a process of its own."""
    command = [sys.executable, "-c", ONE_SOLVE, str(path), str(gap), str(time_limit)]
    paths = {"PYTHONPATH": str(version), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=version, env={**os.environ, **paths})
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no word"]
        failure = next((line for line in reversed(lines) if "Error" in line or "NoPlan" in line), lines[-1])
        return Solved(failure=failure[:160])
    found: dict[str, Any] = json.loads(done.stdout)
    return Solved(
        cost=found["cost"],
        bound=float("-inf") if found["bound"] is None else found["bound"],
        seconds=found["seconds"],
        solve_seconds=found["solve_seconds"],
        columns=found["columns"],
    )


def median(runs: list[Solved]) -> Solved:
    """Return the first run with the median times of all; a failure counts."""
    failed = next((run for run in runs if run.failure), None)
    if failed is not None:
        return failed
    seconds = statistics.median(run.seconds for run in runs)
    solving = statistics.median(run.solve_seconds for run in runs)
    return Solved(runs[0].cost, runs[0].bound, seconds, solving, runs[0].columns)


SAME = ("same", "no difference found", "both without a plan")
ROUNDING = 1e-6


def verdict(old: Solved, new: Solved) -> str:
    """Return whether the best costs of both versions can be the same."""
    if old.failure or new.failure:
        if old.failure and new.failure:
            return "both without a plan"
        return f"only {'old' if new.failure else 'new'} has a plan: {old.failure or new.failure}"
    room = ROUNDING * max(1.0, abs(old.cost), abs(new.cost))
    if abs(old.cost - new.cost) <= room:
        return "same"
    if new.cost < old.bound - room:
        return "cheaper"
    if old.cost < new.bound - room:
        return "dearer"
    return "no difference found"


def row(path: Path, old: Solved, new: Solved, said: str) -> str:
    """Return one line of the table."""

    def ratio(a: float, b: float) -> str:
        return f"{b / a:.2f}" if a > 0 and b == b else ""

    def amount(value: float, form: str) -> str:
        return format(value, form) if value == value else ""

    return (
        f"| {path.name} | {amount(old.cost, ',.1f')} | {amount(new.cost, ',.1f')} | {said} "
        f"| {amount(old.seconds, '.2f')} | {amount(new.seconds, '.2f')} | {ratio(old.seconds, new.seconds)} "
        f"| {ratio(old.solve_seconds, new.solve_seconds)} | {ratio(old.columns, new.columns)} |"
    )


if __name__ == "__main__":
    sys.exit(main())
