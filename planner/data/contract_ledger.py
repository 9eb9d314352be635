"""What contracts pay, accrue, owe and cost by node: signings, kept MW, use, and given contracts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from planner.data.context import Context, Scenario
from planner.data.delivery import given_contracts, offer_terms, signing
from planner.data.payments import Ledger, book, booked, given_ledger_of, present_value
from planner.data.rent import (
    Rent,
    given_rent,
    level_cost,
    line_of,
    rent_of_use,
    signing_price,
    unit_rent,
    use_price,
)
from planner.data.types import Contracts, Entry, Index, Var
from planner.timeline import Curve, Piece
from planner.tree import Node


@dataclass(frozen=True)
class RentByNode:
    """What a rent pays and accrues by node, owes on last days, and costs."""

    flows: tuple[tuple[Node, float, float], ...]
    """(node, paid, accrued)."""
    owed: tuple[tuple[Node, float], ...]
    cost: tuple[float, float]
    supplier_credit: float

    def ledger(self, var: Var, index: Index, line: str, vendor: str, price: float = 1.0) -> Ledger:
        """The ledger of a variable at a price."""
        return Ledger(
            entries=tuple(
                Entry(var, index, line, vendor, node, paid * price, accrued * price)
                for node, paid, accrued in self.flows
            ),
            cost={(var, index): {line: (self.cost[0] * price, self.cost[1] * price)}},
            owed={(vendor, node): ((var, index, usd_m * price),) for node, usd_m in self.owed},
            supplier_credit_usd_m={(var, index): self.supplier_credit * price}
            if self.supplier_credit
            else {},
        )


Costs = Mapping[str, tuple[float, float]]
"""(paid up to the end, at_end) by scenario."""


def rent_by_node(
    context: Context, decided: Node, line: str, rents: Mapping[str, Rent], costs: Costs, capped: bool
) -> RentByNode:
    """A rent spread over the nodes below a decision; `rents` and `costs` by scenario."""
    scenarios = context.scenarios
    paid = context.stitch(
        decided, {id_: booked(rent.paid, scenarios[id_]) for id_, rent in rents.items()}, "rent"
    )
    accrued = context.stitch(
        decided, {id_: booked(rent.accrued, scenarios[id_]) for id_, rent in rents.items()}, "rent"
    )
    nodes = [node for node in context.tree.descendants[decided] if node in paid or node in accrued]
    owed: dict[Node, float] = {}
    if capped and any(rent.delay for rent in rents.values()):
        unpaid = {id_: [rent.unpaid_at(p.last_day) for p in context.periods] for id_, rent in rents.items()}
        owed = context.stitch(decided, unpaid, "what is owed")
    return RentByNode(
        tuple((node, paid.get(node, 0.0), accrued.get(node, 0.0)) for node in nodes),
        tuple(owed.items()),
        (
            context.expected(decided, lambda s: costs[s.id][0]),
            context.expected(decided, lambda s: costs[s.id][1]),
        ),
        context.expected(decided, lambda s: supplier_credit(s, line, rents[s.id])),
    )


def supplier_credit(scenario: Scenario, line: str, rent: Rent) -> float:
    """Present value of rent at the dates of service less that at the dates of payment; 0 where they are one."""
    if rent.paid == rent.accrued:
        return 0.0
    return sum(present_value(rent.accrued, scenario, line)) - sum(present_value(rent.paid, scenario, line))


def signing_cost(scenario: Scenario, offer: str, date: float) -> tuple[float, float]:
    """Cost of 1 MW signed at a price of 1: what is paid before the end, and the balance owed or owned there."""
    line = line_of(offer_terms(scenario, offer))
    return level_cost(scenario, line, unit_rent(scenario, offer, date), signing(scenario, offer, date))


def contracts_ledger(context: Context, part: Contracts) -> Ledger:
    """Payments, costs and debts to vendors of all contracts."""
    capped = frozenset(
        id_ for id_, vendor in context.spec.vendors.items() if vendor.payables_cap_usd_bn is not None
    )
    ledgers = [Ledger(owed={(vendor, node): () for vendor in capped for node in context.tree.nodes})]
    for offer, node in part.signings:
        # What is drawn of a consumption is paid, not what is signed.
        if part.kind[offer] != "consumption":
            ledgers += _signing_ledgers(context, part, offer, node, capped)
    for column in part.columns:
        line, vendor = line_of(offer_terms(context.first, column.offer)), part.vendor[column.offer]
        rent = rent_by_node(context, column.decided, line, column.rent, column.cost, vendor in capped)
        ledgers.append(rent.ledger(column.var, column.index, line, vendor))
    for (offer, node), most in part.on_demand_most_mw.items():
        for chip in part.chips_of[offer] if most else ():
            rents = {s.id: _use_rent(context, s, offer, chip, node) for s in context.below(node)}
            ledgers.append(_use_ledger(context, part, "on_demand_mw", (offer, chip, node), rents, capped))
    for offer, chip, node in _below_take_or_pay(context, part):
        rents = {s.id: _extra_rent(context, s, offer, chip, node) for s in context.below(node)}
        ledgers.append(_use_ledger(context, part, "extra_mw", (offer, chip, node), rents, capped))
    for offer in part.offers:
        for position in range(len(given_contracts(context.first, offer))):
            ledgers.append(_given_ledger(context, part, offer, position, capped))
    return Ledger.joined(ledgers)


def _signing_ledgers(
    context: Context, part: Contracts, offer: str, node: Node, capped: frozenset[str]
) -> list[Ledger]:
    """One ledger for each chip that a signing may choose, from the rent at a price of 1."""
    date, below, vendor = context.period(node).start, context.below(node), part.vendor[offer]
    rents = {s.id: unit_rent(s, offer, date) for s in below}
    costs = {s.id: signing_cost(s, offer, date) for s in below}
    line = line_of(offer_terms(context.first, offer))
    unit = rent_by_node(context, node, line, rents, costs, vendor in capped)
    out = []
    for chip in part.signed_chips[offer, node]:
        price = context.agreed(
            node, partial(signing_price, offer=offer, chip=chip, date=date), f"price of {offer}"
        )
        out.append(unit.ledger("signed_mw", (offer, chip, node), line, vendor, price))
    return out


def _use_rent(context: Context, scenario: Scenario, offer: str, chip: str, node: Node) -> Rent:
    period = context.period(node)
    return rent_of_use(scenario, use_price(scenario, offer, chip), offer, period.start, period.end)


def _extra_rent(context: Context, scenario: Scenario, offer: str, chip: str, node: Node) -> Rent:
    """Use beyond the paid share, at the mean price of its period."""
    period = context.period(node)
    mean = use_price(scenario, offer, chip).mean(period.start, period.end)
    price = Curve((Piece(period.start, period.end, mean),))
    return rent_of_use(scenario, price, offer, period.start, period.end)


def _below_take_or_pay(context: Context, part: Contracts) -> list[tuple[str, str, Node]]:
    """(offer, chip, node) where something of an offer with take-or-pay below 1 may be delivered."""
    delivered = {
        (offer, chip, node)
        for offer, signed, node in part.share
        if offer in part.take_or_pay
        for chip in part.signed_chips[offer, signed]
    }
    delivered |= {key for key, mw in part.given_mw.items() if mw and key[0] in part.take_or_pay}
    delivered |= {(c.offer, c.chip, n) for c in part.columns if c.offer in part.take_or_pay for n in c.share}
    return [
        (offer, chip, node)
        for offer in part.take_or_pay
        for chip in part.chips_of[offer]
        for node in context.tree.nodes
        if (offer, chip, node) in delivered
    ]


def _use_ledger(
    context: Context,
    part: Contracts,
    var: Var,
    index: tuple[str, ...],
    rents: Mapping[str, Rent],
    capped: frozenset[str],
) -> Ledger:
    """The ledger of MW used in the period of a node, which ends the index."""
    offer, node = index[0], index[-1]
    line, vendor = line_of(offer_terms(context.first, offer)), part.vendor[offer]
    costs = {s.id: present_value(rents[s.id].paid, s, line) for s in context.below(node)}
    return rent_by_node(context, node, line, rents, costs, vendor in capped).ledger(var, index, line, vendor)


def _given_ledger(
    context: Context, part: Contracts, offer: str, position: int, capped: frozenset[str]
) -> Ledger:
    """Payments, debts and value of a given contract: no decision changes them."""
    vendor, line = part.vendor[offer], line_of(offer_terms(context.first, offer))
    contracts = {s.id: given_contracts(s, offer)[position] for s in context.scenarios.values()}
    rents = {s.id: given_rent(s, contracts[s.id]) for s in context.scenarios.values()}
    bookings = {
        s.id: book(s, line, rents[s.id].paid, rents[s.id].accrued) for s in context.scenarios.values()
    }
    ledger = given_ledger_of(context, (offer, contracts[context.first.id].id), line, vendor, bookings)
    credit = sum(s.probability * supplier_credit(s, line, rents[s.id]) for s in context.scenarios.values())
    if credit:
        ledger = replace(ledger, memo_usd_m={**ledger.memo_usd_m, "given_supplier_credit": credit})
    if vendor not in capped:
        return ledger
    owed = context.by_node(
        lambda s, p: rents[s.id].unpaid_at(context.periods[p].last_day),
        f"what is owed on given contracts of {offer}",
    )
    return replace(ledger, owed_given_usd_m={(vendor, node): usd_m for node, usd_m in owed.items()})
