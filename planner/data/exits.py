"""Blocks that leave before their life ends: sold after delivery, or cancelled before it."""

from __future__ import annotations

from bisect import bisect_right

from planner.data.construction import block_capital, block_operating, block_payments, operating_payments
from planner.data.context import EPS, Context, Scenario, number, value_at
from planner.data.delivery import Delivery, block, build_option
from planner.data.payments import Booking, Ledger, Payments, book, ledger_of, present_value
from planner.data.types import Construction, Exits
from planner.instance.schema.stages import BlockExit
from planner.timeline import Curve
from planner.tree import Node

LINE = "construction"
"""What is sold is discounted at the rate of the line in which it was paid."""


def prepare_exits(context: Context, construction: Construction) -> tuple[Exits, Ledger]:
    """Where blocks may leave, and what that changes in payments and cost."""
    sales = tuple(
        (build, start, node)
        for build, start in construction.starts
        if build_option(context.first, build).exit is not None
        for node in context.tree.descendants[start]
        if node != start and _may_leave(context, build, start, node)
    )
    most = {
        (build, node): limit.constant
        for build, _, node in sales
        if (limit := exit_terms(context.first, build).max_per_period) is not None
    }
    return Exits(sales, most), Ledger.joined(
        ledger for build, start, node in sales for ledger in _ledgers(context, build, start, node)
    )


def exit_terms(scenario: Scenario, build: str) -> BlockExit:
    """Terms on which blocks leave."""
    terms = build_option(scenario, build).exit
    assert terms is not None
    return terms


def _may_leave(context: Context, build: str, start: Node, node: Node) -> bool:
    scenario, x = context.at(node), context.period(node).start
    terms, delivery = exit_terms(scenario, build), block(scenario, build, context.period(start).start)
    position = context.tree.period[node]
    dates = (scenario.timeline.position(scenario.timeline.first(when)) for when in terms.at)
    if terms.at and position not in dates:
        return False
    if x < delivery.first - EPS:
        return terms.cancel_share is not None
    able = terms.resale_share is not None or bool(terms.resale_by_age_years)
    old_enough = delivery.first + number(terms.from_months, 0.0) <= x + EPS
    return able and old_enough and x < delivery.end - EPS


def resale_share(scenario: Scenario, build: str, delivered: float, x: float) -> float:
    """Share of the price that a block sold on a date brings."""
    terms = exit_terms(scenario, build)
    if terms.resale_share is not None:
        return value_at(scenario, terms.resale_share, x, f"resale of {build}")
    points = sorted((float(age), float(share)) for age, share in terms.resale_by_age_years.items())
    ages, years = [age for age, _ in points], (x - delivered) / 12.0
    place = bisect_right(ages, years)
    if place == 0 or place == len(points):
        return points[max(place - 1, 0)][1]
    (a, low), (b, high) = points[place - 1], points[place]
    return low + (high - low) * (years - a) / (b - a)


def before(payments: Payments, x: float) -> Payments:
    """What falls before a date."""
    cut = (part for piece in payments.streams for part in Curve((piece,)).cut(piece.start, min(piece.end, x)))
    return Payments(tuple((at, usd_m) for at, usd_m in payments.points if at < x - EPS), tuple(cut))


def _ledgers(context: Context, build: str, start: Node, node: Node) -> list[Ledger]:
    decided, x = context.period(start).start, context.period(node).start
    capital, operating, resale = {}, {}, {}
    for scenario in context.below(node):
        delivery = block(scenario, build, decided)
        paid = _paid(scenario, build, decided, x)
        capital[scenario.id] = _less(book(scenario, LINE, paid), block_capital(scenario, build, decided))
        mw = build_option(scenario, build).block_mw.constant
        until = Delivery(delivery.decided, delivery.first, max(x, delivery.first), delivery.steps)
        run = book(scenario, "own_operating", operating_payments(scenario, build, mw, until))
        operating[scenario.id] = _less(run, block_operating(scenario, build, decided))
        resale[scenario.id] = _resale(scenario, build, decided, x)
    index = (build, start, node)
    found = [("construction", capital), ("own_operating", operating), ("resale", resale)]
    return [
        ledger_of(context, "sold_blocks", index, node, line, "own", bookings)
        for line, bookings in found
        if any(any(b.paid) or any(b.cost) for b in bookings.values())
    ]


def _paid(scenario: Scenario, build: str, decided: float, x: float) -> Payments:
    """Payments of a block that leaves on a date: what is left is due then, or cancelled for a share of the price."""
    payments = block_payments(scenario, build, decided)
    if x < block(scenario, build, decided).first - EPS:
        due = number(exit_terms(scenario, build).cancel_share, 0.0) * payments.nominal
    else:
        due = payments.since(x).nominal
    return before(payments, x).plus(Payments(points=((x, due),)))


def _resale(scenario: Scenario, build: str, decided: float, x: float) -> Booking:
    """What a sale brings, as a negative payment; nothing of a block that is cancelled."""
    delivery = block(scenario, build, decided)
    if x < delivery.first - EPS:
        return book(scenario, LINE, Payments())
    payments = block_payments(scenario, build, decided)
    price = payments.nominal
    if exit_terms(scenario, build).price == "paid_with_interest":
        worth, _ = present_value(before(payments, x), scenario, LINE)
        price = worth / scenario.factor(LINE, x) + payments.since(x).nominal
    share = resale_share(scenario, build, delivery.first, x)
    return book(scenario, LINE, Payments(points=((x, -share * price),)))


def _less(one: Booking, other: Booking) -> Booking:
    return Booking(
        [a - b for a, b in zip(one.paid, other.paid, strict=True)],
        [a - b for a, b in zip(one.accrued, other.accrued, strict=True)],
        (one.cost[0] - other.cost[0], one.cost[1] - other.cost[1]),
    )
