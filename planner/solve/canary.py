"""Questions whose answers are known by hand, asked to the installed HiGHS before it is trusted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyomo.environ as pyo

from planner.solve.options import SolveOptions
from planner.solve.problem_file import read_file
from planner.solve.solve import solve_handed, solve_model


@dataclass(frozen=True)
class CanaryResult:
    """One question: what was expected and found (a cost, or `infeasible`, `unbounded`), and whether they agree."""

    name: str
    expected: float | str
    found: float | str
    ok: bool


FALSE_OPTIMUM = Path(__file__).with_name("false_optimal.mps")
FALSE_OPTIMUM_USD_M = 19.5227605662
"""By HiGHS 1.16.0 with and without presolve, four seeds, and by a second model of the same instance."""


def run_canaries() -> list[CanaryResult]:
    """Return the result of every canary; all are `ok` on a HiGHS that can be trusted. Takes a few seconds."""
    return [*(_asked(name, build, expected) for name, (build, expected) in CANARIES.items()), false_optimum()]


def false_optimum(seed: int = 0) -> CanaryResult:
    """Ask for the optimum that 1.15.1 missed by 20 to 28 % and called proven, by the route of every solve."""
    options = SolveOptions(gap=0.0, time_limit=600.0, seed=seed)
    name = "a plan that was cut off in presolve"
    outcome = solve_handed(read_file(FALSE_OPTIMUM), options)
    if outcome.objective is None or outcome.status != "optimal":
        return CanaryResult(name, FALSE_OPTIMUM_USD_M, outcome.status, False)
    return CanaryResult(
        name, FALSE_OPTIMUM_USD_M, outcome.objective, _equal(outcome.objective, FALSE_OPTIMUM_USD_M)
    )


def _asked(name: str, build: Callable[[Any], Any], expected: float | str) -> CanaryResult:
    model = pyo.ConcreteModel()
    model.objective = pyo.Objective(expr=build(model))
    outcome = solve_model(model, SolveOptions(gap=0.0, time_limit=20.0, log=False))
    found: float | str = outcome.status
    if outcome.status == "optimal" and outcome.objective is not None:
        found = outcome.objective
    if isinstance(expected, str) or isinstance(found, str):
        return CanaryResult(name, expected, found, found == expected)
    return CanaryResult(name, expected, found, _equal(found, expected))


def _equal(found: float, expected: float) -> bool:
    return math.isclose(found, expected, rel_tol=1e-7, abs_tol=1e-7)


def _wrong_in_1_14(m: Any) -> Any:
    """4.5 units at 2 each, 9, since each whole unit costs 3."""
    m.x = pyo.Var(bounds=(0, None))
    m.z = pyo.Var(domain=pyo.NonNegativeIntegers)
    m.need = pyo.Constraint(expr=m.x + m.z >= 4.5)
    return 2 * m.x + 3 * m.z


def _rounded_up(m: Any) -> Any:
    """Packs of 3 for a need of 7.5, 4 a pack or 4 a unit: three packs cost 12, two and 1.5 units 14."""
    m.x = pyo.Var(bounds=(0, None))
    m.z = pyo.Var(domain=pyo.NonNegativeIntegers)
    m.need = pyo.Constraint(expr=m.x + 3 * m.z >= 7.5)
    return 4 * m.x + 4 * m.z


def _fixed_charge(m: Any) -> Any:
    """10 units for a fixed charge of 12 and 1 each (22), or 3 each without (30)."""
    m.own = pyo.Var(bounds=(0, 10))
    m.rent = pyo.Var(bounds=(0, None))
    m.opened = pyo.Var(domain=pyo.Binary)
    m.need = pyo.Constraint(expr=m.own + m.rent == 10)
    m.link = pyo.Constraint(expr=m.own <= 10 * m.opened)
    return 12 * m.opened + m.own + 3 * m.rent


def _equality_knapsack(m: Any) -> Any:
    """67 = 4 x 12 + 19 (cost 27) = 12 + 17 + 2 x 19 (cost 25), and in no other way."""
    m.a, m.b, m.c = (pyo.Var(domain=pyo.NonNegativeIntegers, bounds=(0, 10)) for _ in range(3))
    m.total = pyo.Constraint(expr=12 * m.a + 17 * m.b + 19 * m.c == 67)
    return 5 * m.a + 6 * m.b + 7 * m.c


def _parity(m: Any) -> Any:
    """Twice a whole number is never 7; the relaxation has x = 3.5."""
    m.x = pyo.Var(domain=pyo.NonNegativeIntegers, bounds=(0, 10))
    m.odd = pyo.Constraint(expr=2 * m.x == 7)
    return m.x


def _contradiction(m: Any) -> Any:
    """At least 3 and at most 2."""
    m.x = pyo.Var(bounds=(0, None))
    m.y = pyo.Var(bounds=(0, None))
    m.least = pyo.Constraint(expr=m.x + m.y >= 3)
    m.most = pyo.Constraint(expr=m.x + m.y <= 2)
    return m.x + m.y


def _money_machine(m: Any) -> Any:
    """Each unit of x pays 1 and nothing limits it; z must be whole."""
    m.x = pyo.Var(bounds=(0, None))
    m.z = pyo.Var(domain=pyo.NonNegativeIntegers)
    m.tie = pyo.Constraint(expr=m.x - m.z <= 1.5)
    return m.z - 2 * m.x


def _negative_cost(m: Any) -> Any:
    """Seven places, items of 3 and 4 worth 5 and 6: one of each, -11, plus 1 for the constant."""
    m.a = pyo.Var(domain=pyo.Binary)
    m.b = pyo.Var(domain=pyo.Binary)
    m.c = pyo.Var(domain=pyo.Binary)
    m.places = pyo.Constraint(expr=3 * m.a + 4 * m.b + 6 * m.c <= 7)
    return -5 * m.a - 6 * m.b - 8 * m.c + 1


CANARIES: dict[str, tuple[Callable[[Any], Any], float | str]] = {
    "whole number with a cheaper fraction beside it": (_wrong_in_1_14, 9.0),
    "whole units rounded up": (_rounded_up, 12.0),
    "fixed charge": (_fixed_charge, 22.0),
    "equality knapsack": (_equality_knapsack, 25.0),
    "negative costs and a constant": (_negative_cost, -10.0),
    "infeasible for whole numbers alone": (_parity, "infeasible"),
    "infeasible for any numbers": (_contradiction, "infeasible"),
    "unbounded": (_money_machine, "unbounded"),
}
