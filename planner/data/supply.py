"""Cumulative supply of chips: what is taken to date through all channels stays within what was made to date.

Rows stand at every date at which something can arrive. Between two such dates what is taken shrinks no slower than
the cap (both carried at the same share), so the last days between them would say nothing new.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial

from planner.data.context import EPS, Context, Scenario, number
from planner.data.delivery import signing
from planner.data.types import Contracts, Index, Term, Var
from planner.errors import InstanceError
from planner.instance.schema.chips import Supply
from planner.tree import Node

Step = tuple[str, Node, int]


@dataclass(frozen=True)
class SupplySteps:
    """Dates at which a supply is checked, each chained to the one before on its path."""

    steps: tuple[Step, ...]
    before: dict[Step, tuple[Step, float] | None]
    arrivals: dict[Step, tuple[Term, ...]]
    cap_mw: dict[Step, float]


@dataclass(frozen=True)
class Arrival:
    """A share of one MW of a decision that first arrives on a date."""

    x: float
    var: Var
    index: Index
    share: float
    chip: str
    channel: str
    """`own` or a vendor."""


def prepare_supply(
    context: Context, contracts: Contracts, orders: tuple[tuple[str, str, Node], ...]
) -> SupplySteps:
    """Steps of every supply on the tree."""
    found = {
        scenario.id: _by_position(context, scenario, contracts, orders)
        for scenario in context.scenarios.values()
    }
    steps: list[Step] = []
    before: dict[Step, tuple[Step, float] | None] = {}
    arrivals: dict[Step, tuple[Term, ...]] = {}
    cap_mw: dict[Step, float] = {}
    for supply_id, supply in context.spec.supply.items():
        latest: dict[Node, tuple[Step, float] | None] = {}
        for node in context.tree.nodes:
            parent = context.tree.parent[node]
            last = None if parent is None else latest[parent]
            scenario = context.at(node)
            counted = [
                a
                for a in found[scenario.id][context.tree.period[node]]
                if counts(context, supply, a.chip, a.channel)
            ]
            carry = _carry(scenario, supply_id)
            for number_, (x, terms) in enumerate(_by_date(counted)):
                step = (supply_id, node, number_)
                steps.append(step)
                before[step] = None if last is None else (last[0], carry ** ((x - last[1]) / 12.0))
                arrivals[step] = terms
                cap_mw[step] = context.agreed(node, partial(made_mw, supply_id, x), f"supply {supply_id}")
                last = (step, x)
            latest[node] = last
    return SupplySteps(tuple(steps), before, arrivals, cap_mw)


def made_mw(supply_id: str, y: float, scenario: Scenario) -> float:
    """MW made since the first day and still there on date y, if nothing is taken."""
    supply = scenario.spec.supply[supply_id]
    rate = scenario.curve(supply.mw_per_year)
    carry = _carry(scenario, supply_id)
    # Discounting at carry - 1 a year weighs s with carry^(-s/12).
    return float(rate.integral(0.0, y, carry - 1.0) * carry ** (y / 12.0) / 12.0)


def _carry(scenario: Scenario, supply_id: str) -> float:
    carry = number(scenario.spec.supply[supply_id].carry_share, 1.0)
    if carry <= 0.0:
        raise InstanceError(
            "carry_share 0 leaves nothing to take",
            where=f"supply.{supply_id}",
            rule="carry_share",
            hint="state the share that is still there a year later, e.g. 0.1",
        )
    return carry


def counts(context: Context, supply: Supply, chip: str, channel: str) -> bool:
    """Whether a supply counts a chip that comes through a channel: `own` or a vendor."""
    by_chip = not supply.makers and not supply.chips
    maker = context.spec.chips[chip].maker
    return (by_chip or maker in supply.makers or chip in supply.chips) and (
        not supply.channels or channel in supply.channels
    )


def _by_date(arrivals: list[Arrival]) -> list[tuple[float, tuple[Term, ...]]]:
    """Arrivals gathered by date, in order."""
    out: list[tuple[float, list[Term]]] = []
    for arrival in sorted(arrivals, key=lambda a: a.x):
        if not out or arrival.x > out[-1][0] + EPS:
            out.append((arrival.x, []))
        out[-1][1].append((arrival.var, arrival.index, arrival.share))
    return [(x, tuple(terms)) for x, terms in out]


def _by_position(
    context: Context,
    scenario: Scenario,
    contracts: Contracts,
    orders: tuple[tuple[str, str, Node], ...],
) -> defaultdict[int, list[Arrival]]:
    """First arrivals of orders and cloud signings on the path of a scenario, by position of the period."""
    out: defaultdict[int, list[Arrival]] = defaultdict(list)
    path = set(context.path(scenario))

    def arrive(arrival: Arrival) -> None:
        position = scenario.timeline.position(arrival.x)
        if position is not None:
            out[position].append(arrival)

    for terms, host, decided in orders:
        if decided in path:
            chip, terms_id = terms.split(".")
            lead = scenario.spec.chips[chip].terms[terms_id].lead_months.constant
            x = context.period(decided).start + lead
            arrive(Arrival(x, "ordered_mw", (terms, host, decided), 1.0, chip, "own"))
    for offer, decided in contracts.signings:
        if decided in path and contracts.kind[offer] == "cloud":
            delivery = signing(scenario, offer, context.period(decided).start)
            for x, share in delivery.arrivals:
                for chip in contracts.signed_chips[offer, decided]:
                    index = (offer, chip, decided)
                    arrive(Arrival(x, "signed_mw", index, share, chip, contracts.vendor[offer]))
    for key, (earlier, x) in contracts.consumption.peaks.items():
        if key[3] in path:
            vendor = contracts.vendor[key[0]]
            arrive(Arrival(x, "peak_mw", key, 1.0, key[1], vendor))
            if earlier is not None:
                arrive(Arrival(x, "peak_mw", earlier, -1.0, key[1], vendor))
    for column in contracts.columns:
        if (
            column.decided in path
            and scenario.id in column.arrivals
            and contracts.kind[column.offer] == "cloud"
        ):
            for x, share in column.arrivals[scenario.id]:
                vendor = contracts.vendor[column.offer]
                arrive(Arrival(x, column.var, column.index, share, column.chip, vendor))
    return out
