"""Contracts as signed or given, and the clauses of them that are used."""

from __future__ import annotations

from collections.abc import Iterator

from planner.audit.claimed.table import Row, Table
from planner.audit.claimed.times import Nodes
from planner.audit.consumption import Spending
from planner.audit.contract import Contract, price_of
from planner.audit.flows import Flow
from planner.audit.pricing import tier_factor
from planner.audit.walk import Walk

CLAUSES = {
    "exited_mw": "exit",
    "assigned_mw": "assign",
    "cancelled_mw": "cancel",
    "renewed_mw": "renew",
    "expanded_mw": "expand",
}
"""Word of a clause by variable; the right to expand stands apart."""


def contracts(nodes: Nodes) -> Table:
    """What is signed, in the terms of the scenario that holds there, and what is given."""
    table = Table()
    for place, walk in enumerate(nodes.walks):
        for each in walk.world.contracts.signed:
            if place == 0 if each.given else each.signing in walk.scene.owned:
                table.add(_contract(nodes, walk, each))
    return table


def _contract(nodes: Nodes, walk: Walk, contract: Contract) -> Row:
    scene = walk.scene
    place = scene.places[contract.offer]
    spending = next((each for each in walk.world.spending if each.contract.name == contract.name), None)
    row: Row = {
        "offer": contract.offer,
        "vendor": place.vendor,
        "kind": place.kind,
        "site": place.site,
        "signing": contract.signing,
        "signed_period": "given" if contract.given else nodes.period(contract.signing).label,
        "signed": contract.signed,
        "chip": contract.chip,
        "mw": contract.mw,
        "first_delivery": contract.first,
        "full_delivery": contract.arrivals[-1][0],
        "term_end": contract.until,
        "price_usd_per_kw_month": _price(walk, contract),
        "nominal_usd_m": _nominal((*contract.prepayment, *contract.invoices)),
        "given": contract.given,
    }
    return row if spending is None else row | _spending(walk, spending)


def _nominal(flows: tuple[Flow, ...]) -> float:
    return sum(flow.within() for flow in flows)


def _price(walk: Walk, contract: Contract) -> float:
    """Of the day of signing, tiers counted; of a given one: its rent over the MW-months still to come."""
    scene, offer = walk.scene, walk.scene.offer(contract.offer)
    assert offer is not None, "contracts are of offers"
    if contract.given:
        to_come = sum(each.mw * max(0.0, each.end - max(each.start, 0.0)) for each in contract.presences)
        return _nominal(contract.rent) / to_come * 1000.0 if to_come else 0.0
    price = price_of(offer, contract.chip)
    at_signing = 0.0 if price is None else scene.series(price).at(contract.signed)
    return at_signing * tier_factor(contract)


def _spending(walk: Walk, spending: Spending) -> Row:
    """A commitment to spend: its total, and the price of its first chip on the first day of delivery."""
    contract, scene = spending.contract, walk.scene
    offer = scene.offer(contract.offer)
    assert offer is not None, "contracts are of offers"
    price = price_of(offer, offer.chips[0])
    return {
        "term_end": spending.term_end,
        "price_usd_per_kw_month": 0.0 if price is None else scene.series(price).at(contract.first),
        "nominal_usd_m": spending.total_usd_m,
    }


def clauses(nodes: Nodes) -> Table:
    """A row for each clause used, with the change that it makes in all payments ever."""
    table = Table()
    for walk in nodes.walks:
        for row in _used(walk):
            node = row["node"]
            if node in walk.scene.owned:
                period = nodes.period(node)
                given = row["signing"] not in nodes.order
                table.add(row | {"period": period.label, "decided": period.start, "given": given})
    return table


def _used(walk: Walk) -> Iterator[Row]:
    for contract in walk.world.contracts.contracts:
        key = contract.key if contract.leaving is None else contract.leaving.key
        variable, index = key[0], key[1].split("|")
        if variable not in CLAUSES:
            continue
        leaving = contract.leaving
        whole = 0.0 if leaving is None else sum(flow.within() for flow in leaving.whole.paid)
        yield {
            "offer": index[0],
            "chip": index[1],
            "signing": index[2],
            "clause": CLAUSES[variable],
            "id": index[3] if len(index) == 5 else "",
            "node": index[-1],
            "from": contract.first if leaving is None else contract.until,
            "until": contract.until if leaving is None else leaving.whole.until,
            "mw": contract.mw,
            "nominal_usd_m": sum(flow.within() for flow in contract.paid) - whole,
            "_whole_usd_m": whole,
        }
    for (offer, chip, node), mw in walk.scene.rows("expansion_right_mw"):
        fee = sum(
            posting.flow.within()
            for posting in walk.scene.account.postings
            if posting.key == ("expansion_right_mw", f"{offer}|{chip}|{node}") and posting.paid
        )
        signed = walk.scene.period(node).start
        yield {
            "offer": offer,
            "chip": chip,
            "signing": node,
            "clause": "right",
            "id": "",
            "node": node,
            "from": signed,
            "until": signed,
            "mw": mw,
            "nominal_usd_m": fee,
            "_whole_usd_m": 0.0,
        }
