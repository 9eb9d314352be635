"""The same dated plan on a finer calendar: what reading the world in months instead of quarters changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pandas as pd

from planner.data.prepare import prepare
from planner.data.types import Data
from planner.errors import InfeasibleError, NoPlan, UsageError, of_case
from planner.instance.instance import Instance
from planner.model import build
from planner.model.variables import VARIABLES
from planner.numbers import change
from planner.plan.make import make_frames
from planner.plan.plan import Plan
from planner.solve.options import SolveOptions
from planner.solve.solve import solve_model
from planner.solve.stop import breakable, passing_on

Step = Literal["month", "quarter", "half", "year"]

MONEY_RULES = ("liquidity_floor", "at_most", "at_least")
"""Left out on both calendars: the cash floor and the limits of the file, which are read on last days."""
DRAWS = "draw_usd_m"
"""Held at 0 on both: without a floor nobody needs a lender."""
SMALLEST_USD_M = 0.01
"""Cash that is so little below its floor is not a low."""

Key = tuple[str, tuple[str, ...]]
Moment = tuple[float, str]
"""Start of a period in months, and the branches known there."""


@dataclass(frozen=True)
class Refinement:
    """A dated plan read on its own calendar and on a finer one.

    Everything that the plan decides on a date is held on both: starts, signings, orders, rounds taken, and the MW kept
    after a term; what follows from day to day (service, use, energy, withdrawal) is solved again. Capacity rules hold,
    the cash floor, limits and lenders are left out.
    """

    plan: Plan = field(repr=False)
    step: str
    own_usd_m: float
    """Cost on the plan's own calendar."""
    fine_usd_m: float
    """Cost on the finer calendar."""
    costs: pd.DataFrame = field(repr=False)
    """line, own_usd_m, fine_usd_m, change_usd_m."""
    lows: pd.DataFrame = field(repr=False)
    """period, inside (the plan's period), cash_usd_m, floor_usd_m, below_usd_m, closing_usd_m: ends of finer periods at
    which cash is below its floor although the plan's period closes on or above it, the deepest first."""

    @property
    def difference(self) -> float:
        """Change of the cost as a share of it."""
        return (self.fine_usd_m - self.own_usd_m) / abs(self.own_usd_m) if self.own_usd_m else 0.0

    def __str__(self) -> str:
        """One line."""
        low = "no low inside a period"
        if len(self.lows):
            first = self.lows.iloc[0]
            deepest = f"{first['below_usd_m']:,.0f} USD m below the floor in {first['period']}"
            low = f"{len(self.lows)} lows inside periods, the deepest {deepest}"
        cost = f"cost {self.fine_usd_m:,.1f} USD m, {change(self.difference * 100.0, 2)} % of {self.own_usd_m:,.1f}"
        return f"by {self.step}: {cost}; {low}"


def refine(plan: Plan, step: Step = "month", time_limit: float = 300.0) -> Refinement:
    """Return a plan read in periods of `step` from the first day to the last.

    Raises `UsageError` where a calendar cannot be refined (discount factors are given by period), `InfeasibleError`
    where a capacity rule that holds at the ends of the plan's periods does not hold between them.
    """
    with passing_on():
        with of_case("the plan's own calendar"):
            own = _evaluated(plan, plan.instance, time_limit)
        with of_case(f"by {step}"):
            fine = _evaluated(plan, _finer(plan.instance, step), time_limit)
    costs = _side_by_side(own.frames["costs"], fine.frames["costs"])
    return Refinement(plan, step, own.cost_usd_m, fine.cost_usd_m, costs, _lows(plan, own, fine))


def _finer(instance: Instance, step: Step) -> Instance:
    if instance.spec.discount.factors is not None:
        raise UsageError("discount factors are given for the periods of one calendar", hint="use a rate")
    if instance.spec.calendar.coarsen is not None:
        instance = instance.tweak("calendar.coarsen", None)
    return instance.tweak("calendar.step", step)


@dataclass(frozen=True)
class _Evaluated:
    data: Data
    cost_usd_m: float
    frames: Mapping[str, pd.DataFrame]


def _evaluated(plan: Plan, instance: Instance, time_limit: float) -> _Evaluated:
    """A calendar's reading of the plan: its dated decisions held, the rest at least cost."""
    bare = replace(instance, rules_off=(*instance.rules_off, *MONEY_RULES), user_rules=())
    with breakable():
        data = prepare(bare)
        model = build(data, bare.rules_off)
        _hold(model, _by_date(plan, data), data)
    outcome = solve_model(model, SolveOptions(gap=1e-6, time_limit=time_limit, log=False))
    if outcome.status == "infeasible":
        raise InfeasibleError(
            f"the plan does not keep its capacity rules by {bare.spec.calendar.step}",
            hint="a rule that holds at the ends of the plan's periods is broken inside one",
        )
    if outcome.objective is None:
        raise NoPlan(f"stopped by {outcome.stopped_by}", hint="allow more time")
    return _Evaluated(data, outcome.objective, make_frames(bare, data, outcome.by_component))


# From the plan's nodes to those of another calendar


def _moment(data: Data, node: str) -> Moment:
    start = data.timeline.periods[data.tree.period[node]].start
    return round(start, 6), node.partition("/")[2]


def _by_date(plan: Plan, data: Data) -> dict[Key, float]:
    """Amounts of the plan's dated decisions, and of MW kept, by variable and index on another calendar."""
    there = {_moment(data, node): node for node in data.tree.nodes}
    own = prepare(plan.instance)
    node_of = {node: there[_moment(own, node)] for node in own.tree.nodes if _moment(own, node) in there}
    amounts: dict[Key, float] = {}
    for (variable, index), amount in plan.start.items():
        parts: tuple[str, ...] = index if isinstance(index, tuple) else (index,)
        if variable == "took":
            # On a finer calendar the first money of a round comes in one of the periods inside.
            inside = set(_inside(own, data, parts[1]))
            amounts |= {
                (variable, key): amount
                for key in data.money.rounds
                if key[0] == parts[0] and key[1] in inside
            }
        elif variable in _decided_once():
            amounts[variable, tuple(node_of.get(part, part) for part in parts)] = amount
        elif variable == "kept_mw":
            for node in _inside(own, data, parts[-1]):
                amounts[variable, (*(node_of.get(part, part) for part in parts[:-1]), node)] = amount
    return amounts


def _decided_once() -> frozenset[str]:
    """Variables whose index ends in the node of a decision."""
    return frozenset(one.name for one in VARIABLES if one.index.rpartition(", ")[2] == "u")


def _inside(own: Data, other: Data, node: str) -> list[str]:
    """Nodes of another calendar inside the period of a node, on its branch."""
    period = own.timeline.periods[own.tree.period[node]]
    _, branches = _moment(own, node)
    found = []
    for one in other.tree.nodes:
        start, known = _moment(other, one)
        if period.start - 1e-6 <= start < period.end - 1e-6 and known.startswith(branches):
            found.append(one)
    return found


def _hold(model: Any, amounts: Mapping[Key, float], data: Data) -> None:
    """Fix every dated decision of a model at its amount, 0 where the plan has none; nothing is borrowed."""
    dated = _decided_once() | {"kept_mw"}
    # MW are kept from the end of a term on: before it, inside the plan's period, there is nothing to hold.
    left = {key for key, amount in amounts.items() if abs(amount) > 1e-6 and key[0] != "kept_mw"}
    for (variable, index), column in model.variable.items():
        if variable in dated:
            # What the plan does not list it does not do.
            amount = amounts.get((variable, index), 0.0)
            column.fix(round(amount) if column.is_integer() else max(amount, 0.0))
            left.discard((variable, index))
        elif variable == DRAWS:
            column.fix(0.0)
    if left:
        variable, index = min(left)
        raise UsageError(f"the finer calendar has no place for {variable}[{', '.join(index)}]")


# What changed


def _side_by_side(own: pd.DataFrame, fine: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "own_usd_m": own.set_index("line")["total_usd_m"],
            "fine_usd_m": fine.set_index("line")["total_usd_m"],
        }
    )
    frame["change_usd_m"] = frame["fine_usd_m"] - frame["own_usd_m"]
    return frame.rename_axis("line").reset_index()


def _lows(plan: Plan, own: _Evaluated, fine: _Evaluated) -> pd.DataFrame:
    """Ends of finer periods with cash below the floor inside periods that close on or above it.

    What the plan does for the sake of its floor (lenders, service that it forgoes) is no part of either reading: what
    it brings by the end of a period of the plan is spread evenly over it.
    """
    closing = plan.frames["cash"].set_index("node")["closing_usd_m"]
    bare = own.frames["cash"].set_index("node")["closing_usd_m"]
    months = fine.frames["cash"].set_index("node")["closing_usd_m"]
    floor = fine.data.money.floor_usd_m
    rows = []
    for node in own.data.tree.nodes:
        period = own.data.timeline.periods[own.data.tree.period[node]]
        parent = own.data.tree.parent[node]
        lent_before = 0.0 if parent is None else closing[parent] - bare[parent]
        lent = closing[node] - bare[node]
        for one in _inside(own.data, fine.data, node):
            part = fine.data.timeline.periods[fine.data.tree.period[one]]
            if one not in floor or part.end >= period.end - 1e-6:
                continue
            share = (part.end - period.start) / period.months
            cash = months[one] + lent_before + share * (lent - lent_before)
            below = floor[one] - cash
            if below > SMALLEST_USD_M and closing[node] >= floor[one] - SMALLEST_USD_M:
                rows.append((one, node, cash, floor[one], below, closing[node]))
    columns = ["period", "inside", "cash_usd_m", "floor_usd_m", "below_usd_m", "closing_usd_m"]
    return pd.DataFrame(rows, columns=columns).sort_values("below_usd_m", ascending=False, ignore_index=True)
