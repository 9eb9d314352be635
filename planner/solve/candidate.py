"""A plan as the search knows it while it goes on: what is kept on disk, and where another solve can start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pyomo.environ as pyo

from planner.solve.arrays import Floats
from planner.solve.handover import Key, hand_over
from planner.solve.outcome import Outcome


@dataclass(frozen=True)
class Candidate:
    """The best plan of a solve so far, `seconds` after its beginning; cost and bound in USD m, None where unknown."""

    columns: tuple[Key, ...] = field(repr=False)
    values: Floats = field(repr=False)
    cost: float | None
    bound: float | None
    seconds: float

    def decided(self) -> dict[Key, float]:
        """Return {(variable, index): amount} of what is not zero."""
        return {
            key: value for key, value in zip(self.columns, self.values.tolist(), strict=True) if value != 0.0
        }


def priced(model: pyo.ConcreteModel, plan: Outcome, ended: Outcome) -> Outcome:
    """Return a search that ended without a plan, with the plan of an earlier one for another objective."""
    handed = hand_over(model)
    if plan.values is None or plan.columns != handed.columns:
        return ended
    return replace(
        ended,
        status="interrupted" if ended.status == "interrupted" else "feasible",
        objective=handed.arrays.cost_of(plan.values),
        values=plan.values,
        whole=plan.whole,
        violation=handed.arrays.violation(plan.values),
    )


OnPlan = Callable[[Candidate], None]


def filled(model: pyo.ConcreteModel, decided: Mapping[Key, float]) -> dict[Key, float]:
    """Return a whole plan of `model` as a start: what is not named is zero."""
    return {
        (component.local_name, index): decided.get((component.local_name, index), 0.0)
        for component in model.component_objects(pyo.Var)
        for index in component
    } | dict(decided)
