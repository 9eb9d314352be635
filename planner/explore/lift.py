"""Which resource binds first: lift one at a time and see what the least cost becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.errors import UsageError, of_case
from planner.explore.relaxation import relaxation
from planner.instance.instance import Instance

if TYPE_CHECKING:
    from planner.plan.plan import Plan

CHIPS_TIMES = 10.0
POWER_TIMES = 10.0
OFFERS_TIMES = 3.0
CASH_USD_BN = 500.0
SPENDS = ("accrued_spend", "paid_spend")


@dataclass(frozen=True)
class Lift:
    """One resource lifted, all else as it was.

    `change_usd_m` is what that does to the cost of the relaxation (zero or below, but for rounding). With plans:
    `least_usd_m` and `most_usd_m` are the least and the most that the best plan's cost can change, from the bounds.
    """

    resource: str
    sentence: str
    relaxation_usd_m: float
    change_usd_m: float
    least_usd_m: float | None = None
    most_usd_m: float | None = None


@dataclass(frozen=True)
class Resource:
    """Something scarce and how it is lifted; `apply` returns None where the instance does not limit it."""

    sentence: str
    apply: Callable[[Instance], Instance | None]


def lift(
    instance: Instance,
    resources: Sequence[str] | None = None,
    *,
    plans: bool = False,
    gap: float = 0.005,
    time_limit: float = 60.0,
) -> tuple[Lift, ...]:
    """Return one row per resource that the instance limits, that which is worth most first.

    `resources` are names of `RESOURCES`, all by default. The relaxation takes about a second per row. `plans=True` also
    finds plans, each to `gap` within `time_limit` seconds and started from the plan of the instance as it is.
    Raises `InfeasibleError` where the instance has no plan; an error of a row names its resource.
    """
    names = tuple(RESOURCES) if resources is None else tuple(resources)
    base = relaxation(instance).cost_usd_m
    plan: Plan | None = instance.solve(gap=gap, time_limit=time_limit) if plans else None
    rows = []
    for name in names:
        changed = lifted(instance, name)
        if changed is None:
            continue
        least = most = None
        with of_case(name):
            cost = relaxation(changed).cost_usd_m
            if plan is not None:
                least, most = _interval(plan, changed.solve(gap=gap, time_limit=time_limit, start=plan))
        rows.append(Lift(name, RESOURCES[name].sentence, cost, cost - base, least, most))
    return tuple(sorted(rows, key=lambda row: row.change_usd_m))


def lifted(instance: Instance, resource: str) -> Instance | None:
    """Return the instance with one resource lifted, None where it does not limit it; `UsageError` for another name."""
    if resource not in RESOURCES:
        raise UsageError(f"no resource {resource!r}", hint="one of " + ", ".join(RESOURCES))
    return RESOURCES[resource].apply(instance)


def _interval(a: Plan, b: Plan) -> tuple[float, float]:
    """Least and most of (best cost of b - best cost of a): each lies between its bound and its cost."""
    low, high = a.record.bound_usd_m, b.record.bound_usd_m
    least = float("-inf") if high is None else high - a.objective_usd_m
    most = float("inf") if low is None else b.objective_usd_m - low
    return least, most


def _chips(instance: Instance) -> Instance | None:
    if not instance.spec.supply:
        return None
    return instance.tweak("supply.*.mw_per_year", scale=CHIPS_TIMES)


def _site_power(instance: Instance) -> Instance | None:
    if not instance.spec.sites:
        return None
    return instance.tweak("sites.*.facility_power_mw", scale=POWER_TIMES)


def _cash(instance: Instance) -> Instance | None:
    if instance.spec.money.floor_usd_bn is None:
        return None
    return instance.tweak("money.opening.cash_usd_bn", add=CASH_USD_BN)


def _spend_caps(instance: Instance) -> Instance | None:
    caps = [
        name
        for name, limit in instance.spec.limits.items()
        if limit.active and limit.measure in SPENDS and limit.max_usd_bn is not None
    ]
    for name in caps:
        instance = instance.without(name)
    return instance if caps else None


def _offers(instance: Instance) -> Instance | None:
    places = tuple(_offer_limits(instance))
    for place in places:
        instance = instance.tweak(place, scale=OFFERS_TIMES)
    return instance if places else None


def _offer_limits(instance: Instance) -> Iterator[str]:
    """Paths of the most signings and the most MW of all signings of every offer that can be signed."""
    for vendor_id, vendor in instance.spec.vendors.items():
        for offer_id, offer in vendor.offers.items():
            place = f"vendors.{vendor_id}.offers.{offer_id}"
            if offer.sign is None:
                continue
            yield f"{place}.sign.at_most"
            if offer.mw is not None and offer.mw.total is not None:
                yield f"{place}.mw.total"


RESOURCES = {
    "chips": Resource("ten times the chip supply", _chips),
    "site_power": Resource("ten times the grid power of every site", _site_power),
    "cash": Resource("500 USD bn more cash on the first day", _cash),
    "spend_caps": Resource("no cap on spend", _spend_caps),
    "offers": Resource("three times the signings and MW of every offer", _offers),
}
"""What can be lifted, by name."""
