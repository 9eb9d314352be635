"""Taking up a solve that was ended from outside: from the best plan that it had kept to a saved, audited one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.plan.checkpoint import load_checkpoint, refuse_running
from planner.run import OnProgress, run
from planner.solve.stop import breakable, passing_on

if TYPE_CHECKING:
    from planner.finish import OnMessage, Run

LEAST_SHARE = 0.1
"""Of the time limit: left to a solve that was ended when it had nearly used it up."""
ROUNDING = 1e-6
"""Relative: how far cleaning may move the cost of a plan."""
ASKED_AGAIN = ("gap", "seed", "threads", "confirm")
"""Options of the first solve that hold for the second; the rest of the time limit does too."""


def resume(
    folder: str | Path,
    *,
    gap: float | None = None,
    time_limit: float | None = None,
    out: str | Path | None = None,
    force: bool = False,
    on_progress: OnProgress | None = None,
    on_message: OnMessage | None = None,
) -> Run:
    """Go on with an unfinished solve (a folder `....unfinished`) and save what comes of it, as `planner.run` does.

    The instance and the options are those it had, unless `gap` or `time_limit` (seconds of further solving; by default
    what was left) say otherwise; a `time_limit` of 0 saves the plan found so far. `out` is by default the place of
    `folder`, which goes when the run folder stands. Raises `FileError` for a folder that holds no unfinished solve or a
    damaged one, `UsageError` while that solve still runs, and what `solve` raises.
    """
    with passing_on() as delivery:
        with breakable():
            found = load_checkpoint(folder)
            refuse_running(found)
        asked: dict[str, Any] = {name: found.options[name] for name in ASKED_AGAIN if name in found.options}
        limit = float(found.options.get("time_limit", 0.0))
        asked["time_limit"] = (
            max(limit - found.seconds, LEAST_SHARE * limit) if time_limit is None else time_limit
        )
        if gap is not None:
            asked["gap"] = gap
        place = found.folder.parent if out is None else Path(out)
        delivery.found = done = run(
            found.instance,
            out=place,
            force=force,
            start=[found],
            on_progress=on_progress,
            on_message=on_message,
            **asked,
        )
        cost = found.cost_usd_m
        if cost is None or done.plan.objective_usd_m <= cost + ROUNDING * max(1.0, abs(cost)):
            shutil.rmtree(found.folder, ignore_errors=True)
        elif on_message is not None:
            on_message(f"{found.folder} stays: its plan cost {cost:,.1f} USD m, less than the one saved")
    return done
