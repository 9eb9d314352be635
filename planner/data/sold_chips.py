"""Chips sold at listed ages: where they leave their host, what is received, and what is settled with their seller."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from planner.data.chip_money import chip_terms, order_life, sale_bookings, sale_months
from planner.data.context import EPS, Context, Scenario, on_last_day, overlap
from planner.data.payments import Booking, Ledger, ledger_of
from planner.data.types import Index, SoldChips
from planner.timeline import Period
from planner.tree import Node

Order = tuple[str, str, Node]
Share = Callable[[Scenario, Period], float]


def prepare_sold(context: Context, orders: tuple[Order, ...]) -> tuple[SoldChips, Ledger]:
    """Every order that may be sold with the nodes in which its dates fall; nothing where no terms say so."""
    columns: list[tuple[str, str, Node, str, Node]] = []
    leaving: dict[tuple[str, str, Node], list[tuple[Index, float]]] = defaultdict(list)
    out_of_life: dict[tuple[str, str, Node], list[tuple[Index, float, float]]] = defaultdict(list)
    of_order: dict[tuple[str, str, Node, Node], list[Index]] = defaultdict(list)
    ledgers = []
    for terms, host, u in orders:
        chip_id = terms.split(".")[0]
        for months in sale_months(chip_terms(context.first, terms)[1].resale):
            for n in _nodes(context, terms, u, months):
                index = (terms, host, u, f"{months:g}", n)
                columns.append(index)
                left, mean, end = _shares(context, terms, u, months, n)
                leaving[chip_id, host, n].append((index, left))
                for node in context.tree.descendants[n]:
                    if mean.get(node, 0.0) or end.get(node, 0.0):
                        out_of_life[chip_id, host, node].append(
                            (index, mean.get(node, 0.0), end.get(node, 0.0))
                        )
                for scenario in context.below(n):
                    of_order[terms, host, u, context.path(scenario)[-1]].append(index)
                ledgers.append(_ledger(context, index, months))
    sold = SoldChips(
        tuple(columns),
        {key: tuple(found) for key, found in leaving.items()},
        {key: tuple(found) for key, found in out_of_life.items()},
        {key: tuple(found) for key, found in of_order.items()},
    )
    return sold, Ledger.joined(ledgers)


def sale_date(context: Context, scenario: Scenario, terms: str, u: Node, months: float) -> float:
    """Date on which chips ordered at a node reach an age."""
    return order_life(scenario, terms, context.period(u).start)[0] + months


def _nodes(context: Context, terms: str, u: Node, months: float) -> tuple[Node, ...]:
    """Nodes with the date, where it lies inside the calendar and the chip still lives."""
    found: dict[Node, None] = {}
    for scenario in context.below(u):
        x, until = (
            sale_date(context, scenario, terms, u, months),
            order_life(scenario, terms, context.period(u).start)[1],
        )
        position = context.timeline.position(x + EPS)
        if x < min(until, context.end) - EPS and position is not None:
            found[context.path(scenario)[position]] = None
    return tuple(found)


def _shares(
    context: Context, terms: str, u: Node, months: float, n: Node
) -> tuple[float, dict[Node, float], dict[Node, float]]:
    """Share of the period left at the sale, and the mean and end shares of the life that it takes away."""
    start = context.period(u).start
    dates = {s.id: sale_date(context, s, terms, u, months) for s in context.below(n)}
    until = {s.id: order_life(s, terms, start)[1] for s in context.below(n)}
    period = context.period(n)
    left = context.agreed(n, lambda s: (period.end - dates[s.id]) / period.months, f"sale of {terms}")
    mean, end = (
        context.stitch(
            n,
            {id_: [share(x, until[id_], p) for p in context.periods] for id_, x in dates.items()},
            f"life of {terms}",
        )
        for share in (overlap, lambda a, b, p: float(on_last_day(a, b, p)))
    )
    return left, mean, end


def _ledger(context: Context, index: tuple[str, str, Node, str, Node], months: float) -> Ledger:
    terms, _, u, _, n = index
    start = context.period(u).start
    chips: dict[str, Booking] = {}
    received: dict[str, Booking] = {}
    for scenario in context.below(n):
        chips[scenario.id], received[scenario.id] = sale_bookings(scenario, terms, start, months)
    return Ledger.joined(
        (
            ledger_of(context, "sold_mw", index, n, "chips", "own", chips),
            ledger_of(context, "sold_mw", index, n, "resale", "own", received),
        )
    )
