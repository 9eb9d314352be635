"""A solve in a process of its own, for the tests that send it signals: says when it starts, then what it has."""

from __future__ import annotations

import json
import sys

from solve_models import planning_model

from planner.solve.options import SolveOptions
from planner.solve.progress import Progress
from planner.solve.solve import solve_model


def main(until: str) -> None:
    """Solve to a gap that is out of reach; write `ready` when a plan is known (or at once)."""
    told = False

    def listen(progress: Progress) -> None:
        nonlocal told
        reached = progress.cost is not None and progress.stage == "search" if until == "plan" else True
        if reached and not told:
            told = True
            print("ready", flush=True)

    model = planning_model(periods=22, sites=8, offers=12, chips=8)
    outcome = solve_model(model, SolveOptions(gap=0.0, time_limit=600), on_progress=listen)
    found = {
        name: getattr(outcome, name)
        for name in ("status", "stopped_by", "objective", "bound", "whole", "notes")
    }
    print(json.dumps(found | {"violation": outcome.violation, "seconds": outcome.seconds}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
