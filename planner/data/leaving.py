"""MW that leave a contract before its term ends: exits, assignments to somebody else, cancelled late deliveries.

What leaves pays the rent up to its date, a fee, and forfeits what it prepaid and has not used but for what comes back.
Its cost is the present value of all that, wherever the calendar ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from planner.data.columns import make_column
from planner.data.context import EPS, Scenario, number
from planner.data.delivery import Delivery, offer_terms
from planner.data.payments import Payments, present_value
from planner.data.rent import Rent
from planner.data.terms import Term
from planner.data.types import Index, MwColumn, Var
from planner.instance.schema.clauses import Assignment, Exit, Leaving
from planner.tree import Node


@dataclass(frozen=True)
class Way:
    """What leaving costs."""

    fee_share: float = 0.0
    fee_months: float = 0.0
    back_share: float = 0.0
    """Of the prepayment not yet used."""


REFUNDED = Way(back_share=1.0)


def leaving_columns(term: Term) -> Iterator[MwColumn]:
    """Exits, assignments and the right to cancel of one contract."""
    offer = offer_terms(term.context.first, term.offer)
    for id_ in offer.exits:
        yield from _listed(term, "exited_mw", id_)
    for id_ in offer.assignments:
        yield from _listed(term, "assigned_mw", id_)
    if offer.cancel_after_months is not None:
        yield from _cancelled(term)


def _listed(term: Term, var: Var, id_: str) -> Iterator[MwColumn]:
    nodes = term.by_node(partial(_decided, term, var, id_), f"{id_}")
    for node, scenarios in nodes.items():
        dates = {s.id: _date(term, s, _terms(s, term.offer, var, id_)) for s in scenarios}
        ways = {s.id: _way(_terms(s, term.offer, var, id_)) for s in scenarios}
        yield _column(term, var, (*term.key, id_, node), scenarios, dates, ways)


def _terms(scenario: Scenario, offer: str, var: Var, id_: str) -> Exit | Assignment:
    terms = offer_terms(scenario, offer)
    return terms.exits[id_] if var == "exited_mw" else terms.assignments[id_]


def _date(term: Term, scenario: Scenario, listed: Leaving) -> float:
    return term.delivery(scenario).first + listed.at_months.constant


def _decided(term: Term, var: Var, id_: str, scenario: Scenario) -> Node | None:
    """The last node by which notice may be given; None where the date is none of the contract and calendar."""
    listed = _terms(scenario, term.offer, var, id_)
    date, delivery = _date(term, scenario, listed), term.delivery(scenario)
    if not max(term.since, 0.0) - EPS < date < min(delivery.end, scenario.timeline.end) - EPS:
        return None
    return term.decided_by(scenario, date - number(listed.notice_months, 0.0))


def _way(listed: Exit | Assignment) -> Way:
    if isinstance(listed, Exit):
        back = 1.0 if listed.refund_prepayment else 0.0
    else:
        back = number(listed.proceeds_share, 0.0)
    return Way(number(listed.fee_share, 0.0), number(listed.fee_months, 0.0), back)


def _cancelled(term: Term) -> Iterator[MwColumn]:
    """The first node after so many months without delivery: everything paid comes back."""
    for node, scenarios in term.by_node(partial(_cancelled_at, term), "the right to cancel").items():
        date = term.context.period(node).start
        ids = [scenario.id for scenario in scenarios]
        dates, ways = dict.fromkeys(ids, date), dict.fromkeys(ids, REFUNDED)
        yield _column(term, "cancelled_mw", (*term.key, node), scenarios, dates, ways)


def _cancelled_at(term: Term, scenario: Scenario) -> Node | None:
    months = number(offer_terms(scenario, term.offer).cancel_after_months, 0.0)
    node = term.decided_from(scenario, term.promised(scenario).first + months)
    if node is None:
        return None
    late = term.context.period(node).start < term.delivery(scenario).first - EPS
    return node if late else None


def _column(
    term: Term,
    var: Var,
    index: Index,
    scenarios: tuple[Scenario, ...],
    dates: dict[str, float],
    ways: dict[str, Way],
) -> MwColumn:
    """The column of one date: what it takes away, and the change of payments."""
    rest, rents, cost, gone = {}, {}, {}, {}
    for scenario in scenarios:
        date, delivery = dates[scenario.id], term.delivery(scenario)
        rest[scenario.id] = rest_of(delivery, date)
        rents[scenario.id] = change_of(term.rent(scenario), delivery, date, ways[scenario.id])
        cost[scenario.id] = cost_of(term, scenario, rents[scenario.id])
        if not term.given:
            gone[scenario.id] = tuple((x, -share) for x, share in delivery.arrivals if x > date - EPS)
    return make_column(
        term.context, var, index, rest, -1.0, arrivals=gone, rent=rents, cost=cost, running=term.given
    )


def rest_of(delivery: Delivery, date: float) -> Delivery:
    """What of a delivery stands from a date on."""
    now = delivery.share_at(date)
    steps = [(date, now)] if now > 0.0 else []
    steps += [(x, share) for x, share in delivery.steps if x > date + EPS]
    return Delivery(date, max(date, delivery.first), delivery.end, tuple(steps))


def change_of(rent: Rent, delivery: Delivery, date: float, way: Way) -> Rent:
    """How the payments of 1 MW change when it leaves on a date."""
    rest, invoices = rent.accrued.since(date), rent.invoices.since(date)
    unused = rest.nominal - invoices.nominal
    next_rent = rest.until(max(date, delivery.first) + way.fee_months) if way.fee_months else 0.0
    fee, back = way.fee_share * rest.nominal + next_rent, way.back_share * unused
    return Rent(
        accrued=rest.scaled(-1.0).plus(_on(date, fee + unused - back)),
        invoices=invoices.scaled(-1.0),
        paid=invoices.shifted(rent.delay).scaled(-1.0).plus(_on(date, fee - back)),
        delay=rent.delay,
    )


def _on(date: float, usd_m: float) -> Payments:
    return Payments(points=((date, usd_m),) if usd_m else ())


def cost_of(term: Term, scenario: Scenario, change: Rent) -> tuple[float, float]:
    """What leaving adds to the level cost of 1 MW, so that it costs the present value of all it ever pays."""
    before, _ = present_value(change.paid, scenario, term.line())
    _, after = present_value(term.rent(scenario).paid.plus(change.paid), scenario, term.line())
    return before, after - term.cost(scenario)[1]
