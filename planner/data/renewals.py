"""Renewals: further fixed terms after the first, at the price path of their first day."""

from __future__ import annotations

from collections.abc import Iterator

from planner.data.columns import make_column
from planner.data.context import EPS, Scenario, number
from planner.data.delivery import Delivery, offer_terms
from planner.data.rent import fixed_rent, level_cost, use_price
from planner.data.terms import Term
from planner.data.types import MwColumn
from planner.instance.schema.clauses import Renewals
from planner.tree import Node


def renewal_columns(term: Term) -> Iterator[MwColumn]:
    """All renewals of one contract that begin inside the calendar, in order."""
    renewals = offer_terms(term.context.first, term.offer).renewals
    for place in range(0 if renewals is None else int(renewals.count.constant)):
        if all(_start(term, s, place) >= s.timeline.end for s in term.context.scenarios.values()):
            break

        def decided(scenario: Scenario, place: int = place) -> Node | None:
            start = _start(term, scenario, place)
            if not -EPS < start < scenario.timeline.end - EPS:
                return None
            return term.decided_by(scenario, start - number(_terms(scenario, term).notice_months, 0.0))

        for node, scenarios in term.by_node(decided, "a renewal").items():
            yield _column(term, place, node, scenarios)


def _terms(scenario: Scenario, term: Term) -> Renewals:
    renewals = offer_terms(scenario, term.offer).renewals
    assert renewals is not None
    return renewals


def _start(term: Term, scenario: Scenario, place: int) -> float:
    return term.delivery(scenario).end + place * _terms(scenario, term).term_months.constant


def _column(term: Term, place: int, node: Node, scenarios: tuple[Scenario, ...]) -> MwColumn:
    delivery, rent, cost = {}, {}, {}
    for scenario in scenarios:
        renewals, start = _terms(scenario, term), _start(term, scenario, place)
        stands = Delivery(start, start, start + renewals.term_months.constant, ((start, 1.0),))
        price = use_price(scenario, term.offer, term.chip).at(start) / 1000.0
        paid = fixed_rent(scenario, term.offer, stands, price * number(renewals.price_factor, 1.0))
        delivery[scenario.id], rent[scenario.id] = stands, paid
        cost[scenario.id] = level_cost(scenario, term.line(), paid, stands)
    index = (*term.key, str(place + 1), node)
    return make_column(term.context, "renewed_mw", index, delivery, rent=rent, cost=cost)
