"""MW under contract let to others: where and how much, what that brings, and whose demand comes first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from planner.data.context import EPS, Context, Scenario, number
from planner.data.contract_ledger import rent_by_node
from planner.data.delivery import given_contracts, offer_terms
from planner.data.demand import demands_of
from planner.data.payments import Ledger, present_value
from planner.data.places import places_of
from planner.data.rent import Rent, held_back, line_of, rent_of_use
from planner.data.types import Contracts, Service, Sublets
from planner.instance.schema.chips import Chip
from planner.instance.schema.pricing import Sublet
from planner.tree import Node

LINE = "resale"
Key = tuple[str, str, Node]
"""Offer, chip (`none` for a shell), node."""


def prepare_sublets(context: Context, contracts: Contracts, service: Service) -> tuple[Sublets, Ledger]:
    """What may be sublet, and what it brings."""
    keys = [
        (offer, chip, n)
        for offer in contracts.offers
        if offer_terms(context.first, offer).sublet is not None
        for chip in contracts.chips_of[offer]
        for n in context.tree.nodes
        if _allowed(context, n, offer)
    ]
    if not keys:
        return Sublets(), Ledger()
    most = {offer: number(_terms(context.first, offer).most_share, 1.0) for offer, _, _ in keys}
    bound = {key: most[key[0]] * _most_mw(context, contracts, key) for key in keys}
    first = _demands_first(context, contracts, tuple(most))
    sublets = Sublets(
        most_share=most,
        most_mw={key: mw for key, mw in bound.items() if mw > 0.0},
        before={
            key: _before(context, contracts, key) for key, mw in bound.items() if mw and _lead(context, key)
        },
        own_first=tuple(
            (*key, demand)
            for key, mw in bound.items()
            if mw > 0.0
            for demand in first[key[:2]]
            if service.most_work[demand, key[2]] > 0.0
        ),
    )
    return sublets, _ledger(context, contracts, sublets)


def _terms(scenario: Scenario, offer: str) -> Sublet:
    terms = offer_terms(scenario, offer).sublet
    assert terms is not None, "only asked for where there is one"
    return terms


def _allowed(context: Context, n: Node, offer: str) -> bool:
    def begun(scenario: Scenario) -> bool:
        since = _terms(scenario, offer).from_
        return since is None or context.period(n).start >= context.timeline.first(since) - EPS

    return context.agreed(n, begun, f"the start of subletting {offer}")


def _lead(context: Context, key: Key) -> float:
    return number(_terms(context.at(key[2]), key[0]).lead_months, 0.0)


def _most_mw(context: Context, contracts: Contracts, key: Key) -> float:
    """No more MW can be had of an offer by a node: signed ones within their total, given ones, expansions."""
    offer, chip, n = key
    path = set(context.tree.path[n])
    signed = sum(
        contracts.binary[o, u] * contracts.max_mw[o, u]
        for o, u in contracts.signings
        if o == offer and u in path and chip in contracts.signed_chips[o, u]
    )
    if offer in contracts.most_total_mw:
        signed = min(signed, contracts.most_total_mw[offer])
    if offer in contracts.clauses.most_expanded_share:
        signed *= 1.0 + contracts.clauses.most_expanded_share[offer]
    return signed + sum(c.mw for c in given_contracts(context.at(n), offer) if c.chip == chip)


def _before(context: Context, contracts: Contracts, key: Key) -> tuple[Node | None, float]:
    """Where to read the MW that stood already: the last node that ends in time, or given MW before the first day."""
    offer, chip, n = key
    x = context.period(n).start - _lead(context, key)
    earlier = [v for v in context.tree.path[n] if context.period(v).end <= x + EPS]
    if earlier:
        return earlier[-1], 0.0
    held = (c for c in given_contracts(context.at(n), offer) if c.chip == chip)
    return None, sum(c.mw * c.delivery.share_at(x) for c in held)


def _demands_first(
    context: Context, contracts: Contracts, offers: tuple[str, ...]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Demands that the MW of an offer could serve, by (offer, chip)."""
    places, spec = places_of(context), context.spec
    out = {}
    for offer in offers:
        place = places.of(contracts.site[offer], contracts.region[offer])
        control = "own" if contracts.kind[offer] == "shell" else "vendor"
        for chip in contracts.chips_of[offer]:
            able = chips_in(spec.chips, offer) if contracts.kind[offer] == "shell" else (chip,)
            out[offer, chip] = tuple(
                demand.id
                for demand in demands_of(spec)
                if any(
                    demand.workload in spec.chips[each].work
                    and places.may_serve(demand, (each, place, control))
                    for each in able
                )
            )
    return out


def chips_in(chips: Mapping[str, Chip], host: str) -> tuple[str, ...]:
    """Chips that can be had for a host."""
    return tuple(
        id_ for id_, chip in chips.items() if chip.terms and (chip.hosts == "any" or host in chip.hosts)
    )


def _ledger(context: Context, contracts: Contracts, sublets: Sublets) -> Ledger:
    """Received after the delay of the rent and discounted like it: what is let earns nothing by its dates."""
    ledgers = []
    for key in sublets.most_mw:
        offer, _, n = key
        period, line = context.period(n), line_of(offer_terms(context.first, offer))
        rents: dict[str, Rent] = {}
        for s in context.below(n):
            price = held_back(s.curve(_terms(s, offer).price_usd_per_kw_month))
            rents[s.id] = rent_of_use(s, price, offer, period.start, period.end).scaled(-1.0)
        costs = {s.id: present_value(rents[s.id].paid, s, line) for s in context.below(n)}
        by_node = replace(rent_by_node(context, n, line, rents, costs, False), supplier_credit=0.0)
        ledgers.append(by_node.ledger("sublet_mw", key, LINE, "own"))
    return Ledger.joined(ledgers)
