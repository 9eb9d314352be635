"""Sums by hand: discount factors and level streams as docs/conventions.md reads them, and plans solved to the end."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import planner

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = ROOT / "instances" / "tutorial"
TOLERANCE = 1e-6
"""Relative to the amount, and in USD m where the amount is below 1."""


def tutorial(name: str, *cases: str) -> Any:
    """The tutorial instance whose file name begins with a number, such as `03`."""
    (path,) = TUTORIAL.glob(f"{name}_*.yaml")
    return planner.read(path, cases=list(cases))


def tweaked(instance: Any, changes: dict[str, Any]) -> Any:
    """The instance with several changes, in order; maps are merged, numbers and paths replaced, None deletes."""
    for path, value in changes.items():
        instance = instance.tweak(path, value)
    return instance


def solved(instance: Any, gap: float = 0.0) -> Any:
    """The best plan, audited."""
    plan = planner.solve(instance, gap=gap)
    verdict = planner.audit(plan)
    assert verdict.ok, str(verdict)
    return plan


def same(found: float, by_hand: float) -> bool:
    """Whether two amounts agree to 1e-6."""
    return math.isclose(found, by_hand, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def costs(instance: Any, **by_hand: float) -> Any:
    """Solve, audit, and compare every line of the cost table with a sum by hand (lines left out are 0)."""
    plan = solved(instance)
    found = {line: usd_m for line, usd_m in lines_of(plan).items() if abs(usd_m) > TOLERANCE}
    wrong = {
        line: (found.get(line, 0.0), by_hand.get(line, 0.0))
        for line in {*found, *by_hand}
        if not same(found.get(line, 0.0), by_hand.get(line, 0.0))
    }
    assert not wrong, f"line: (found, by hand) {wrong}"
    assert same(plan.objective_usd_m, sum(by_hand.values()))
    return plan


def lines_of(plan: Any) -> dict[str, float]:
    """USD m by line of the cost table."""
    frame = plan.frames["costs"]
    return dict(zip(frame["line"], frame["total_usd_m"], strict=True))


def amounts(plan: Any, variable: str) -> dict[str, float]:
    """Amounts of a variable that are not 0, by index."""
    frame = plan.frames["decisions"]
    rows = frame[(frame["variable"] == variable) & (frame["amount"].abs() > TOLERANCE)]
    return dict(zip(rows["index"], rows["amount"], strict=True))


def closing(plan: Any) -> list[float]:
    """Cash at the end of each period, USD m."""
    return [float(usd_m) for usd_m in plan.frames["cash"]["closing_usd_m"]]


def f(rate: float, x: float) -> float:
    """Discount factor of a payment x months after the first day."""
    return float((1.0 + rate) ** (-x / 12.0))


def level(rate: float, a: float, b: float) -> float:
    """Present value of 1 a month, paid continuously over [a, b) months."""
    return b - a if rate == 0.0 else 12.0 * (f(rate, a) - f(rate, b)) / math.log(1.0 + rate)


def falling(rate: float, a: float, b: float) -> float:
    """Present value of (b - x) a month, paid continuously over [a, b): what falls to nothing."""
    k = math.log(1.0 + rate) / 12.0
    return (b - a) * f(rate, a) / k - (f(rate, a) - f(rate, b)) / k**2


def outcome_of(instance: Any, held: dict[tuple[str, Any], float] | None = None, gap: float = 0.0) -> Any:
    """What solving the model of an instance brings, with some variables held at given amounts."""
    from planner.data.prepare import prepare
    from planner.model import build
    from planner.solve.options import SolveOptions
    from planner.solve.solve import solve_model

    model = build(prepare(instance), instance.rules_off, instance.user_rules)
    for (variable, index), amount in (held or {}).items():
        model.component(variable)[index].fix(amount)
    return solve_model(model, SolveOptions(gap=gap, log=False))
