"""A second solver, asked what HiGHS claims: SCIP, where the extra `prover` is installed. The only file that imports it.

It gets the arrays themselves, no file and no start, and runs in a thread of its own: the clock and a request to stop
are served while it works.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from importlib.util import find_spec
from typing import Any

import numpy as np

from planner.solve.arrays import Arrays, Floats
from planner.solve.highs import Ended, Run
from planner.solve.watch import Watch

EXTRA = "pip install 'planner[prover]'"
TOLERANCE = 1e-6  # SCIP's own
LATE_SECONDS = 20.0  # beyond its limit before a run of SCIP is left behind
ENDINGS: dict[str, Ended] = {
    "optimal": "optimal",
    "gaplimit": "optimal",
    "duallimit": "enough",
    "infeasible": "infeasible",
    "unbounded": "unbounded",
    "inforunbd": "infeasible_or_unbounded",
    "timelimit": "time_limit",
    "userinterrupt": "stopped",
}


def prover_version() -> str | None:
    """Return the version of SCIP, None where the extra is not installed or does not load."""
    if find_spec("pyscipopt") is None:
        return None
    try:
        import pyscipopt
    except ImportError:  # its library does not fit this machine
        return None
    model = pyscipopt.Model()
    return f"{model.getMajorVersion()}.{model.getMinorVersion()}.{model.getTechVersion()}"


def prove(
    arrays: Arrays,
    seconds: float,
    gap: float,
    seed: int,
    watch: Watch,
    enough: float | None = None,
    tolerance: float | None = None,
) -> Run:
    """Let SCIP search `arrays` for so many seconds and return how it ended, with its best plan and its bound.

    `gap` is relative as SCIP reads it: of the smaller of cost and bound. A bound of `enough` ends it, and so does a
    request to stop (see `watch`). `tolerance` is how far from whole a number may be, and a row from kept.
    """
    model, variables = _load(arrays)
    for name, value in {
        "misc/catchctrlc": False,
        "limits/time": max(seconds, 0.01),
        "limits/gap": gap,
        "limits/dual": model.infinity() if enough is None else enough,
        "randomization/randomseedshift": seed,
        "display/verblevel": 0,
        "numerics/feastol": tolerance or TOLERANCE,
    }.items():
        model.setParam(name, value)
    ended, failure = threading.Event(), list[BaseException]()

    def work() -> None:
        try:
            model.optimizeNogil()
        except BaseException as error:  # raised again in the caller's thread
            failure.append(error)
        finally:
            ended.set()

    # Not a daemon: Python would tear the interpreter down under C code that still runs.
    thread = threading.Thread(target=work, name="scip", daemon=False)
    until, asked = time.monotonic() + seconds + LATE_SECONDS, watch.switch.requests
    thread.start()
    while not ended.wait(0.05):
        watch.tell()
        if watch.switch.requests:
            model.interruptSolve()
        if time.monotonic() > until or watch.switch.requests > asked + 1:
            watch.notes.append("SCIP did not stop in time: it is left behind")
            return Run("time_limit", None, None, -math.inf, None, None, "left behind")
    thread.join()
    if failure:
        raise failure[0]
    return _read(model, variables, arrays)


def _load(arrays: Arrays) -> tuple[Any, list[Any]]:
    import pyscipopt

    model = pyscipopt.Model(problemName="planner")
    model.hideOutput()
    columns = zip(
        arrays.lower.tolist(), arrays.upper.tolist(), arrays.cost.tolist(), arrays.whole.tolist(), strict=True
    )
    variables = [
        model.addVar(
            vtype="I" if whole else "C",
            lb=low if math.isfinite(low) else None,
            ub=high if math.isfinite(high) else None,
            obj=cost,
        )
        for low, high, cost, whole in columns
    ]
    model.addObjoffset(arrays.offset)
    starts, places, values = arrays.starts.tolist(), arrays.columns.tolist(), arrays.values.tolist()
    for row, (low, high) in enumerate(zip(arrays.row_lower.tolist(), arrays.row_upper.tolist(), strict=True)):
        entries = range(starts[row], starts[row + 1])
        body = pyscipopt.quicksum(values[entry] * variables[places[entry]] for entry in entries)
        if not entries:
            if low > 0.0 or high < 0.0:  # a row of nothing that nothing can keep
                never = model.addVar(lb=0.0, ub=0.0)
                model.addCons(never >= 1.0)
            continue
        _add_row(model, body, low, high)
    return model, variables


def _add_row(model: Any, body: Any, low: float, high: float) -> None:
    if low == high:
        model.addCons(body == low)
    elif math.isfinite(low) and math.isfinite(high):
        row = model.addCons(body >= low)
        model.chgRhs(row, high)
    elif math.isfinite(low):
        model.addCons(body >= low)
    elif math.isfinite(high):
        model.addCons(body <= high)


def _read(model: Any, variables: list[Any], arrays: Arrays) -> Run:
    status = str(model.getStatus())
    ended = ENDINGS.get(status, "error")
    values: Floats | None = None
    cost: float | None = None
    told = ended not in ("infeasible", "unbounded", "infeasible_or_unbounded", "error")
    if told and model.getNSols() > 0:
        best = model.getBestSol()
        values = np.array([model.getSolVal(best, variable) for variable in variables], dtype=np.float64)
        cost = arrays.cost_of(values)
    bound = -math.inf
    if told:
        with contextlib.suppress(Exception):  # no bound before the first linear problem is solved
            bound = float(model.getDualbound())
        if abs(bound) >= float(model.infinity()):
            bound = -math.inf
    return Run(ended, values, cost, bound, None, None, status)
