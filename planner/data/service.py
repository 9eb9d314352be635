"""Pools of capacity: who may be served by what, from where, and work per MW; demand in work and the price of a gap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from planner.data.chips import mean_since_from
from planner.data.context import Context, Scenario
from planner.data.demand import Demand, demands_of
from planner.data.payments import Cost, Ledger
from planner.data.places import ANY, Places, places_of
from planner.data.serving import own_shares, serving_ledger
from planner.data.shift import most_shifted_work, prepare_shift
from planner.data.types import Chips, Construction, Contracts, Pool, Service, Term
from planner.tree import Node


def prepare_service(
    context: Context, construction: Construction, contracts: Contracts, chips: Chips
) -> tuple[Service, Ledger]:
    """Pools, demands, what serving costs and what a missing MW costs."""
    places = places_of(context)
    pools = _pools(context, places, contracts, chips)
    demands = demands_of(context.spec)
    ids = tuple(demand.id for demand in demands)
    numbers = {demand.id: Demand.of(context, demand) for demand in demands}
    keys = [(id_, node) for id_ in ids for node in context.tree.nodes]
    serves = tuple(
        (demand.id, pool)
        for demand in demands
        for pool in pools.order
        if demand.workload in context.spec.chips[pool[0]].work and places.may_serve(demand, pool)
    )
    workload_of = {demand.id: demand.workload for demand in demands}
    used = {pool: None for _, pool in serves}
    shift, shift_cost = prepare_shift(context)
    # Where nothing may be shifted it adds 0.
    extra = dict.fromkeys(keys, 0.0) | most_shifted_work(context, shift)
    service = Service(
        workloads=ids,
        pools=tuple(pool for pool in pools.order if pool in used),
        pool_installed={pool: tuple(pools.installed[pool]) for pool in pools.order if pool in used},
        pool_offers={pool: tuple(pools.offers[pool]) for pool in pools.order if pool in used},
        serves=serves,
        work=_work(context, serves, workload_of),
        demand_work={(w, n): numbers[w].work[n] for w, n in keys},
        reference_work={(w, n): numbers[w].reference[n] for w, n in keys},
        demand_mw={(w, n): numbers[w].mw[n] for w, n in keys},
        margin_usd_m_per_mw={(w, n): numbers[w].margin[n] for w, n in keys},
        shortfall_usd_m_per_mw={(w, n): numbers[w].shortfall[n] for w, n in keys},
        most_work={key: numbers[key[0]].work[key[1]] + extra[key] for key in keys},
        workload_of=workload_of,
        demand_region={demand.id: demand.region for demand in demands},
        place_site={place: places.site(place) for _, place, _ in used},
        place_region={place: places.region(place) for _, place, _ in used},
        own_share=own_shares(context),
        sources=tuple(_sources(context, serves, workload_of)),
        opens=_opens(context, places, construction, contracts) if places.told_apart else {},
        shift=shift,
    )
    served = serving_ledger(context, places, service)
    return service, Ledger.joined([Ledger(cost={**_shortfall_cost(context, service), **shift_cost}), served])


def _shortfall_cost(context: Context, service: Service) -> Cost:
    cost: Cost = {}
    for (workload, node), usd_m_per_mw in service.shortfall_usd_m_per_mw.items():
        factor = context.at(node).mid_factor("shortfall", context.tree.period[node])
        expected = context.tree.probability[node] * factor * usd_m_per_mw
        cost["shortfall_mw", (workload, node)] = {"shortfall": (expected, 0.0)}
    return cost


# Pools


@dataclass(frozen=True)
class _Pools:
    order: tuple[Pool, ...]
    installed: dict[Pool, list[tuple[str, str]]]
    offers: dict[Pool, list[tuple[str, str]]]


def _pools(context: Context, places: Places, contracts: Contracts, chips: Chips) -> _Pools:
    """Capacity by chip, and by place and control only as far as somebody asks for them."""

    def pool(chip: str, host: str, control: str) -> Pool:
        place = places.of(contracts.site[host], contracts.region[host])
        asked = places.control_matters(place, contracts.region[host])
        return chip, place, control if asked else ANY

    installed: dict[Pool, list[tuple[str, str]]] = defaultdict(list)
    offers: dict[Pool, list[tuple[str, str]]] = defaultdict(list)
    for chip, host in chips.pairs:
        installed[pool(chip, host, "own")].append((chip, host))
    for offer in (*contracts.offers, *contracts.on_demand):
        if contracts.kind[offer] != "shell":
            drawn = contracts.consumption.chips
            for chip in drawn[offer] if offer in drawn else contracts.chips_of[offer]:
                offers[pool(chip, offer, "vendor")].append((offer, chip))
    return _Pools(tuple(sorted({*installed, *offers})), installed, offers)


def _work(
    context: Context, serves: Iterable[tuple[str, Pool]], workload_of: dict[str, str]
) -> dict[tuple[str, Pool, Node], float]:
    """Work per MW, mean of the period; of the part since the chip exists where its path starts with the chip."""
    by_chip: dict[tuple[str, str], dict[Node, float]] = {}
    out = {}
    for demand, pool in serves:
        workload, chip = workload_of[demand], pool[0]
        if (workload, chip) not in by_chip:

            def mean(scenario: Scenario, position: int, workload: str = workload, chip: str = chip) -> float:
                return _mean_work(scenario, position, workload, chip)

            by_chip[workload, chip] = context.by_node(mean, f"work of {chip} for {workload}")
        for node, value in by_chip[workload, chip].items():
            out[demand, pool, node] = value
    return out


def _mean_work(scenario: Scenario, position: int, workload: str, chip_id: str) -> float:
    chip = scenario.spec.chips[chip_id]
    return mean_since_from(scenario, chip, chip.work[workload], position, derated=True)


# One place, and places that must be opened first


def _sources(
    context: Context, serves: Iterable[tuple[str, Pool]], workload_of: dict[str, str]
) -> Iterable[tuple[str, str, Node]]:
    """(demand, place, node) of demands that one place serves."""
    single = [
        (demand, place)
        for demand, (_, place, _) in serves
        if context.spec.workloads[workload_of[demand]].single_source
    ]
    for demand, place in dict.fromkeys(single):
        for node in context.tree.nodes:
            yield demand, place, node


def _opens(
    context: Context, places: Places, construction: Construction, contracts: Contracts
) -> dict[tuple[str, Node], tuple[Term, ...]]:
    """Whole numbers without which a site that is told apart has nothing at a node.

    Demand served from it is at most their sum times the demand: this closes most of the gap that pooling leaves.
    """
    numbers: dict[tuple[str, Node], dict[tuple[str, tuple[str, ...]], None]] = {
        (site, node): {} for site in places.told_apart for node in context.tree.nodes
    }
    starts = set(construction.starts)

    def place(host: str) -> str:
        return places.of(contracts.site[host], contracts.region[host])

    for build, u, node in construction.share:
        for v in context.tree.path[u] if build in construction.opening_cost else (u,):
            if (place(build), node) in numbers and (build, v) in starts:
                variable = "opened" if build in construction.opening_cost else "blocks"
                numbers[place(build), node][variable, (build, v)] = None
    for offer, u, node in contracts.share:
        if (place(offer), node) in numbers:
            numbers[place(offer), node]["signed", (offer, u)] = None
    standing = {(place(build), node) for (build, node), mw in construction.given_mw.items() if mw > 0.0}
    standing |= {(place(offer), node) for (offer, _, node), mw in contracts.given_mw.items() if mw > 0.0}
    standing |= {(place(c.offer), node) for c in contracts.columns if c.sign > 0.0 for node in c.share}
    # Only blocks and plain signings are known to be the sole way to capacity: whatever else stands there, no row.
    others = [
        o for o in (*contracts.offers, *contracts.on_demand) if contracts.kind[o] not in ("shell", "cloud")
    ]
    standing |= {(place(offer), node) for offer in others for node in context.tree.nodes}
    return {
        key: tuple((variable, index, 1.0) for variable, index in found)
        for key, found in numbers.items()
        if key not in standing
    }
