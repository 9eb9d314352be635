"""When the money is gone if demand is served whatever it costs: the dates that outsiders predict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from planner.errors import UsageError, of_case
from planner.explore.relaxation import Relaxation, relaxation
from planner.instance.instance import Instance

Served = Literal["worth_it", "possible"]
DEAR_USD_BN_PER_GW_YEAR = 150.0
"""Value of unserved demand under `possible`: dearer than any way of serving it."""


@dataclass(frozen=True)
class FloorDate:
    """Cash without a floor. Periods are the first whose last day is below; None: never inside the calendar.

    `served`: what is worth its cost, or all that the offers, chips and power make possible. `rounds`: whether money of
    rounds comes in. `shortfall_gw_years` is what stays unserved in the reported time, in GW of the reference fleet.
    `cost` and cash are those of the relaxation.
    """

    served: Served
    rounds: bool
    below_floor: str | None
    below_zero: str | None
    least_cash_usd_bn: float
    least_cash_in: str
    shortfall_gw_years: float


def floor_dates(instance: Instance) -> tuple[FloorDate, ...]:
    """Return four rows: with and without rounds, serving what is worth it and all that is possible.

    The rule `liquidity_floor` is left out, so cash may fall without end and costs nothing; money borrowed stays as the
    instance has it. Raises `UsageError` for an instance with scenarios: a date belongs to one path.
    """
    if instance.spec.scenarios:
        raise UsageError(
            "a date below the floor belongs to one path", hint="take the scenarios out of the instance"
        )
    rows = []
    for rounds in (True, False):
        for served in ("worth_it", "possible"):
            with of_case(f"{'with' if rounds else 'without'} rounds, served: {served}"):
                rows.append(_row(instance, served, rounds))
    return tuple(rows)


def _row(instance: Instance, served: Served, rounds: bool) -> FloorDate:
    free = instance.without("liquidity_floor")
    if instance.spec.money.soft_floor is not None:
        free = free.tweak("money.soft_floor", None)
    if served == "possible":
        free = free.tweak("workloads.*.unserved_usd_bn_per_gw_year", DEAR_USD_BN_PER_GW_YEAR)
    if not rounds and instance.spec.money.rounds:
        free = free.tweak("money.rounds.*.active", False)
    found = relaxation(free)
    cash = {node: usd_m / 1000.0 for node, usd_m in found.values["cash_usd_m"].items()}
    least = min(cash, key=cash.__getitem__)
    floor = found.data.money.floor_usd_m
    return FloorDate(
        served,
        rounds,
        below_floor=_first(found, lambda node: node in floor and cash[node] < floor[node] / 1000.0 - 1e-6),
        below_zero=_first(found, lambda node: cash[node] < -1e-6),
        least_cash_usd_bn=cash[least],
        least_cash_in=_label(found, least),
        shortfall_gw_years=_shortfall(found),
    )


def _first(found: Relaxation, holds: Callable[[str], bool]) -> str | None:
    return next((_label(found, node) for node in found.data.tree.nodes if holds(node)), None)


def _label(found: Relaxation, node: str) -> str:
    return found.data.timeline.periods[found.data.tree.period[node]].label


def _shortfall(found: Relaxation) -> float:
    data = found.data
    return sum(
        mw / 1000.0 * data.years[node]
        for (_, node), mw in found.values["shortfall_mw"].items()
        if data.timeline.periods[data.tree.period[node]].reported
    )
