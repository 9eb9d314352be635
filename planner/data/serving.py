"""What it costs to serve a demand region from a place, and the least share that runs on capacity of our own."""

from __future__ import annotations

from planner.data.context import Context, Scenario, mean_over
from planner.data.demand import per_mw
from planner.data.payments import Cost, Ledger
from planner.data.places import Places
from planner.data.types import Entry, Service
from planner.errors import InstanceError
from planner.tree import Node

LINE = "own_operating"


def serving_ledger(context: Context, places: Places, service: Service) -> Ledger:
    """Payments of serving MW: price x reference MW that they stand for."""
    if not context.spec.serving_usd_bn_per_gw_year:
        return Ledger()
    entries: list[Entry] = []
    cost: Cost = {}
    prices: dict[tuple[str, str], dict[Node, float] | None] = {}
    for demand, pool in service.serves:
        route = pool[1], service.demand_region[demand]
        if route not in prices:
            prices[route] = _price(context, places, *route)
        by_node = prices[route]
        if by_node is None:
            continue
        for node, usd_m in by_node.items():
            per_chip_mw = usd_m * service.work[demand, pool, node] / service.reference_work[demand, node]
            if per_chip_mw == 0.0:
                continue
            index = (demand, *pool, node)
            factor = context.at(node).mid_factor(LINE, context.tree.period[node])
            entries.append(Entry("served_mw", index, LINE, "own", node, per_chip_mw, per_chip_mw))
            cost["served_mw", index] = {LINE: (context.tree.probability[node] * factor * per_chip_mw, 0.0)}
    return Ledger(tuple(entries), cost)


def _price(context: Context, places: Places, place: str, to: str) -> dict[Node, float] | None:
    """USD m per mean MW of the reference fleet by node; None where nothing to that region has a price."""
    table = context.spec.serving_usd_bn_per_gw_year
    if not any(to in row for row in table.values()):
        return None
    named = [row for row in (place, places.region(place)) if row in table and to in table[row]]
    if not named:
        raise InstanceError(
            f"serving {to} from {place} has no price, from other places it has one",
            where="serving_usd_bn_per_gw_year",
            rule="serving",
            hint="write 0 where it is free",
        )

    def price(scenario: Scenario, position: int) -> float:
        return per_mw(scenario, scenario.spec.serving_usd_bn_per_gw_year[named[0]][to], position)

    return context.by_node(price, f"price of serving {to} from {place}")


def own_shares(context: Context) -> dict[tuple[str, Node], float]:
    """Least share of the work served that own-controlled pools do, by workload that asks for one."""
    out: dict[tuple[str, Node], float] = {}
    for id_, workload in context.spec.workloads.items():
        if workload.own_share is None:
            continue

        def share(scenario: Scenario, position: int, id_: str = id_) -> float:
            path = scenario.spec.workloads[id_].own_share
            assert path is not None
            return mean_over(scenario, path, position, f"own share of {id_}")

        for node, value in context.by_node(share, f"own share of {id_}").items():
            if value > 0.0:
                out[id_, node] = value
    return out
