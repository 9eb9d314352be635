"""The questions of planner/solve/canary.py, asked to the second solver."""

from __future__ import annotations

import math

import pyomo.environ as pyo

from planner.solve import canary
from planner.solve.arrays import Arrays
from planner.solve.canary import CanaryResult
from planner.solve.handover import hand_over
from planner.solve.problem_file import read_file
from planner.solve.prover import prove
from planner.solve.stop import StopSwitch
from planner.solve.watch import Watch

SECONDS = 600.0  # of the longest question: a guard, the answers take about two seconds in all
TOLERANCE = 1e-6  # SCIP keeps rows to that


def run_prover_canaries() -> list[CanaryResult]:
    """Return the answer of SCIP to every question; all are `ok` where it can be trusted."""
    results = []
    for name, (build, expected) in canary.CANARIES.items():
        model = pyo.ConcreteModel()
        model.objective = pyo.Objective(expr=build(model))
        results.append(_asked(name, hand_over(model).arrays, expected))
    false = read_file(canary.FALSE_OPTIMUM).arrays
    return [*results, _asked("a plan that was cut off in presolve", false, canary.FALSE_OPTIMUM_USD_M)]


def _asked(name: str, arrays: Arrays, expected: float | str) -> CanaryResult:
    run = prove(arrays, SECONDS, 0.0, 0, Watch(SECONDS, StopSwitch()))
    found: float | str = run.ended
    if run.ended == "optimal" and run.cost is not None:
        found = run.cost
    if isinstance(expected, str) or isinstance(found, str):
        return CanaryResult(name, expected, found, found == expected)
    close = math.isclose(found, expected, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    agree = close and run.bound <= expected + TOLERANCE * max(1.0, abs(expected))
    return CanaryResult(name, expected, found, agree)
