"""The right to expand a signing at its price, and what the right costs."""

from __future__ import annotations

from collections.abc import Iterator

from planner.data.columns import make_column
from planner.data.context import EPS, Scenario, number, value_at
from planner.data.delivery import NO_CHIP, Delivery, offer_terms, ramped
from planner.data.payments import Payments, present_value
from planner.data.rent import Rent, fixed_rent, level_cost, signing_price
from planner.data.terms import Term
from planner.data.types import MwColumn
from planner.instance.schema.clauses import Expansion
from planner.tree import Node


def expansion_columns(term: Term) -> Iterator[MwColumn]:
    """The right, where it has a price, and every node at which it may be used."""
    if offer_terms(term.context.first, term.offer).expansion is None or term.given:
        return
    columns = [column for node in term.nodes if (column := _expanded(term, node)) is not None]
    if columns and _terms(term.context.first, term).fee_usd_m_per_mw is not None:
        yield _right(term)
    yield from columns


def _terms(scenario: Scenario, term: Term) -> Expansion:
    expansion = offer_terms(scenario, term.offer).expansion
    assert expansion is not None
    return expansion


def _expanded(term: Term, node: Node) -> MwColumn | None:
    """MW decided at a node; None outside the window, or where nothing comes in time."""
    below = term.context.below(node)
    if not term.context.agreed(node, lambda s: _open(term, s, node), "an expansion"):
        return None
    delivery = {s.id: _delivery(term, s, node) for s in below}
    if min(each.first for each in delivery.values()) >= term.context.end - EPS:
        return None
    if any(
        each.end <= each.first + EPS or not _exists(term, s, each)
        for s, each in zip(below, delivery.values(), strict=True)
    ):
        return None
    rent, cost = {}, {}
    for scenario in below:
        price = signing_price(scenario, term.offer, term.chip, term.since)
        price *= 1.0 + number(_terms(scenario, term).premium_share, 0.0)
        rent[scenario.id] = fixed_rent(scenario, term.offer, delivery[scenario.id], price)
        cost[scenario.id] = level_cost(scenario, term.line(), rent[scenario.id], delivery[scenario.id])
    new = {id_: each.arrivals for id_, each in delivery.items()}
    index = (*term.key, node)
    return make_column(term.context, "expanded_mw", index, delivery, arrivals=new, rent=rent, cost=cost)


def _open(term: Term, scenario: Scenario, node: Node) -> bool:
    expansion, after = _terms(scenario, term), term.context.period(node).start - term.since
    return number(expansion.from_months, 0.0) - EPS <= after <= expansion.to_months.constant + EPS


def _delivery(term: Term, scenario: Scenario, node: Node) -> Delivery:
    expansion, date = _terms(scenario, term), term.context.period(node).start
    lead = number(offer_terms(scenario, term.offer).delivery_months, 0.0)
    first, steps = ramped(scenario, expansion.ramp, date + number(expansion.delivery_months, lead))
    own = expansion.term_months
    return Delivery(date, first, term.delivery(scenario).end if own is None else first + own.constant, steps)


def _exists(term: Term, scenario: Scenario, delivery: Delivery) -> bool:
    if term.chip == NO_CHIP:
        return True
    return delivery.first >= scenario.timeline.first(scenario.spec.chips[term.chip].from_) - EPS


def _right(term: Term) -> MwColumn:
    """1 MW of right: its fee at signing, and no MW."""
    below = term.context.below(term.signing)
    paid = {s.id: Payments(points=((term.since, _fee(term, s)),)) for s in below}
    return MwColumn(
        var="expansion_right_mw",
        index=term.key,
        share={},
        end_share={},
        secured={},
        rent={id_: Rent(each, Payments(), each, 0.0) for id_, each in paid.items()},
        cost={s.id: present_value(paid[s.id], s, term.line()) for s in below},
    )


def _fee(term: Term, scenario: Scenario) -> float:
    fee = _terms(scenario, term).fee_usd_m_per_mw
    assert fee is not None
    return value_at(scenario, fee, term.since, f"fee of the right to expand {term.offer}")
