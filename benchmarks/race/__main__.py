"""Run the race: `python -m benchmarks.race [--quarters 20 --sites 4] [--gap 1e-4] [--time-limit 120]`."""

from __future__ import annotations

import argparse
import importlib
import sys

from benchmarks.race.problem import Result, make

SYSTEMS = ("compact", "ours", "pypsa_peer", "oemof_peer")


def main() -> int:
    """Print one table per size; 1 when systems that prove their optimum disagree."""
    words = argparse.ArgumentParser(prog="python -m benchmarks.race", description=__doc__)
    words.add_argument("--quarters", type=int)
    words.add_argument("--sites", type=int)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--gap", type=float, default=1e-4)
    words.add_argument("--time-limit", type=float, default=120.0)
    words.add_argument("--only", nargs="*", choices=SYSTEMS, default=list(SYSTEMS))
    asked = words.parse_args()
    sizes = [(asked.quarters, asked.sites)] if asked.quarters and asked.sites else [(12, 2), (20, 4)]
    wrong = 0
    for quarters, sites in sizes:
        results = []
        print(f"\n{quarters} quarters, {sites} sites, gap {asked.gap:g}, limit {asked.time_limit:g} s")
        for name in asked.only:
            try:
                system = importlib.import_module(f"benchmarks.race.{name}")
                results.append(system.solve(make(quarters, sites, asked.seed), asked.gap, asked.time_limit))
            except ImportError as error:
                print(f"| {name} | not run: {error.name} is not installed |", file=sys.stderr)
        print(table(results))
        wrong |= disagree(results, asked.gap)
    return wrong


def table(results: list[Result]) -> str:
    """Return a Markdown table; times also as multiples of the first row's."""
    first = results[0].build_seconds + results[0].solve_seconds
    lines = [
        "| system | cost, USD bn | bound | proven gap | build s | solve s | x first | columns | rows |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in results:
        total = one.build_seconds + one.solve_seconds
        cost = "" if one.cost_usd_bn is None else f"{one.cost_usd_bn:.6f}"
        bound = "" if one.bound_usd_bn is None else f"{one.bound_usd_bn:.6f}"
        gap = "" if one.gap is None else f"{one.gap:.4%}"
        lines.append(
            f"| {one.system} | {cost} | {bound} | {gap} | {one.build_seconds:.2f} | {one.solve_seconds:.2f} "
            f"| {total / first:.1f} | {one.columns:,} | {one.rows:,} |"
        )
    return "\n".join(lines)


def disagree(results: list[Result], gap: float) -> bool:
    """Return whether a cost lies below another system's bound by more than rounding."""
    costs = [one.cost_usd_bn for one in results if one.cost_usd_bn is not None]
    bounds = [one.bound_usd_bn for one in results if one.bound_usd_bn is not None]
    wrong = bool(costs and bounds) and min(costs) < max(bounds) * (1 - 1e-6)
    if wrong:
        print("systems disagree: one's cost lies below another's bound", file=sys.stderr)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
