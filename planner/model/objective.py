"""What a plan costs: expected present value by line (docs/conventions.md), and the least overdraft."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from planner.model.expressions import total
from planner.model.given import Given

LEAST_OVERDRAFT = "least_overdraft"


def add_cost(m: Any, d: Given) -> None:
    r"""Add `m.cost_usd_m[line]` and the objective, their sum.

    $$ \min \sum_l \sum_x (paid_{l,x} + atend_{l,x})\, x $$

    with expected discounted cost per unit of every variable x in line l, up to the end of the calendar and owed (+) or
    owned (-) then, as prepared.
    """
    lines = {
        line: tuple((*column, number) for column, number in numbers.items() if number != 0.0)
        for line, numbers in d.cost_terms.items()
    }
    m.cost_usd_m = pyo.Expression(list(lines), rule=lambda m, line: total(m, lines[line]))
    m.objective = pyo.Objective(expr=sum(m.cost_usd_m[line] for line in lines))


def least_overdraft_objective(m: Any) -> str:
    """Add the objective of the least largest overdraft to a model and return its name.

    For a soft floor without a largest amount: `solve_model(m, objective=least_overdraft_objective(m))` first, then
    `bound_overdraft(m, least)` and the least cost. Raises ValueError where the largest amount is stated.
    """
    if not len(m.largest_overdraft_usd_m):
        raise ValueError("only a soft floor without max_usd_bn has a least overdraft")
    if m.component(LEAST_OVERDRAFT) is None:
        m.add_component(LEAST_OVERDRAFT, pyo.Objective(expr=m.largest_overdraft_usd_m["plan"]))
    return LEAST_OVERDRAFT


def bound_overdraft(m: Any, usd_m: float) -> None:
    """Allow overdrafts up to an amount: the least one found, with some room for rounding."""
    m.largest_overdraft_usd_m["plan"].setub(usd_m)


def needs_least_overdraft(m: Any) -> bool:
    """Whether the floor is soft without a largest amount: two solves."""
    return len(m.largest_overdraft_usd_m) > 0
