"""Chips on own and leased hosts: orders, arrivals, life, value at the end; cumulative supply of all channels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from planner.data.chip_money import (
    LINE,
    chip_terms,
    in_place_at_end,
    order_booking,
    order_credit,
    order_life,
    resale_share,
)
from planner.data.context import EPS, Context, Scenario, on_last_day, overlap
from planner.data.payments import Booking, Cost, Ledger, entries_of
from planner.data.sold_chips import prepare_sold
from planner.data.supply import prepare_supply
from planner.data.types import Chips, Construction, Contracts, Entry, Index
from planner.errors import InstanceError
from planner.instance.quantity import Quantity
from planner.instance.schema.chips import Chip
from planner.timeline import Curve, Piece, product_integral
from planner.tree import Node


def prepare_chips(context: Context, construction: Construction, contracts: Contracts) -> tuple[Chips, Ledger]:
    """Orders that can be of use, where they arrive and how long they live, with their payments and credits."""
    hosts = (*construction.builds, *(o for o in contracts.offers if contracts.kind[o] == "shell"))
    live = live_hosts(context, hosts, construction, contracts)
    lots = [
        lot
        for chip_id, chip in context.spec.chips.items()
        for terms_id in chip.terms
        for lot in _lots(context, chip_id, f"{chip_id}.{terms_id}")
    ]
    orders = _orders(context, lots, hosts, live)
    opening = context.spec.money.opening.chips
    held = {(lot.chip, host) for lot, host in orders} | {(given.chip, given.host) for given in opening}
    pairs = tuple((chip, host) for chip in context.spec.chips for host in hosts if (chip, host) in held)
    arriving, in_life = _arrivals(context, pairs, orders)
    valued, credit = _valued(context, orders, live)
    opening_valued, opening_credit = _opening_valued(context, live)
    ordered = tuple((lot.terms, host, lot.decided) for lot, host in orders)
    supply = prepare_supply(context, contracts, ordered)
    sold, selling = prepare_sold(context, ordered)
    chips = Chips(
        chips=tuple(chip for chip in context.spec.chips if any(chip == held for held, _ in pairs)),
        hosts=hosts,
        pairs=pairs,
        orders=ordered,
        chip_of={lot.terms: lot.chip for lot in lots},
        arriving=arriving,
        in_life=in_life,
        opening_mw=_opening_mw(context, pairs),
        opening_in_life=_opening_in_life(context, pairs),
        valued=valued,
        opening_valued=tuple(opening_valued),
        opening_valued_most_mw=opening_valued,
        supplies=supply.steps,
        supply_before=supply.before,
        supply_arrivals=supply.arrivals,
        supply_cap_mw=supply.cap_mw,
        sold=sold,
    )
    ledgers = [_order_ledger(context, orders), selling, _operating_ledger(context, chips)]
    return chips, Ledger.joined([*ledgers, Ledger(cost={**credit, **opening_credit})])


def mean_since_from(
    scenario: Scenario, chip: Chip, quantity: Quantity, position: int, derated: bool = False
) -> float:
    """Mean of a chip's path over a period; over the part since `from` if the path starts later than the period.

    Zero in a period before the chip exists, where nothing multiplies it. `derated`: times what a new family does.
    """
    curve = scenario.curve(quantity)
    period = scenario.timeline.periods[position]
    since = period.start
    if curve.start > period.start + EPS:
        since = max(period.start, scenario.timeline.first(chip.from_))
        if since >= period.end - EPS:
            return 0.0
        if curve.start > since + EPS:
            raise InstanceError(
                f"a path of chip {chip.name or chip.maker} starts after the chip",
                rule="path",
                hint="let it start at `from`",
            )
    if derated and chip.derate_by_months:
        curves = [curve, _derate(scenario, chip)]
        return product_integral(curves, since, period.end) / (period.end - since)
    return curve.mean(since, period.end)


def _derate(scenario: Scenario, chip: Chip) -> Curve:
    """Share of its work that a new family does by date: linear between the months given, flat outside."""
    first = scenario.timeline.first(chip.from_)
    points = sorted((first + float(months), float(share)) for months, share in chip.derate_by_months.items())
    pieces = [Piece(-math.inf, points[0][0], points[0][1])]
    for (x, low), (until, high) in pairwise(points):
        pieces.append(Piece(x, until, low, slope=(high - low) / (until - x)))
    return Curve((*pieces, Piece(points[-1][0], math.inf, points[-1][1])))


# Hosts


def live_hosts(
    context: Context, hosts: tuple[str, ...], construction: Construction, contracts: Contracts
) -> set[tuple[str, Node, bool]]:
    """(host, node, on the last day): where a host can have MW, in the mean of the node or on its last day."""
    known = set(hosts)
    live = {(build, node, False) for build, _, node in construction.share}
    live |= {(build, node, True) for build, _, node in construction.end_share}
    live |= {(build, node, False) for (build, node), mw in construction.given_mw.items() if mw > 0}
    live |= {(build, node, True) for (build, node), mw in construction.given_end_mw.items() if mw > 0}
    live |= {(offer, node, False) for offer, _, node in contracts.share}
    live |= {(offer, node, True) for offer, _, node in contracts.end_share}
    live |= {(offer, node, False) for (offer, _, node), mw in contracts.given_mw.items() if mw > 0}
    live |= {(offer, node, True) for (offer, _, node), mw in contracts.given_end_mw.items() if mw > 0}
    for column in contracts.columns:
        if column.sign > 0:
            live |= {(column.offer, node, False) for node in column.share}
            live |= {(column.offer, node, True) for node in column.end_share}
    return {(host, node, last) for host, node, last in live if host in known}


# Orders


@dataclass(frozen=True)
class Lot:
    """One MW ordered on some terms at a node, whatever its host."""

    chip: str
    terms: str
    """chip.terms."""
    decided: Node
    left: dict[Node, float]
    """Where it arrives: share of the period left."""
    mean: dict[Node, float]
    end: dict[Node, float]
    bookings: dict[str, Booking]
    credit: dict[str, float]
    """By scenario in which it is in place at the end: USD m per MW, discounted to the first day."""


def _lots(context: Context, chip_id: str, terms: str) -> Iterator[Lot]:
    for node in context.nodes_in(lambda scenario: chip_terms(scenario, terms)[1].order):
        start = context.period(node).start
        if not _can_arrive(context, terms, node):
            continue
        lives = {s.id: order_life(s, terms, start) for s in context.below(node)}
        periods = context.periods
        yield Lot(
            chip_id,
            terms,
            node,
            context.stitch(
                node,
                {
                    id_: [(p.end - x) / p.months if p.start <= x + EPS < p.end else 0.0 for p in periods]
                    for id_, (x, _) in lives.items()
                },
                f"delivery of {terms}",
            ),
            context.stitch(
                node,
                {id_: [overlap(x, until, p) for p in periods] for id_, (x, until) in lives.items()},
                f"life of {terms}",
            ),
            context.stitch(
                node,
                {
                    id_: [float(on_last_day(x, until, p)) for p in periods]
                    for id_, (x, until) in lives.items()
                },
                f"life of {terms}",
            ),
            {s.id: order_booking(s, terms, start) for s in context.below(node)},
            {s.id: order_credit(s, terms, start) for s in context.below(node)},
        )


def _can_arrive(context: Context, terms: str, node: Node) -> bool:
    """Whether an order arrives before the end in some scenario and nowhere before the chip exists."""
    start = context.period(node).start
    lives = [(s, order_life(s, terms, start)[0]) for s in context.below(node)]
    return any(x < context.end - EPS for _, x in lives) and all(
        x >= s.timeline.first(chip_terms(s, terms)[0].from_) - EPS for s, x in lives
    )


def _orders(
    context: Context, lots: list[Lot], hosts: tuple[str, ...], live: set[tuple[str, Node, bool]]
) -> list[tuple[Lot, str]]:
    """Lots by host: those that arrive somewhere while the host can have MW."""
    out = []
    for lot in lots:
        taken_by = context.spec.chips[lot.chip].hosts
        for host in hosts:
            if taken_by != "any" and host not in taken_by:
                continue
            if any((host, node, last) in live for node in lot.left for last in (False, True)):
                out.append((lot, host))
    return out


def _arrivals(
    context: Context, pairs: tuple[tuple[str, str], ...], orders: list[tuple[Lot, str]]
) -> tuple[
    dict[tuple[str, str, Node], tuple[tuple[str, Node, float], ...]],
    dict[tuple[str, str, Node], tuple[tuple[str, Node, float, float], ...]],
]:
    keys = [(chip, host, node) for chip, host in pairs for node in context.tree.nodes]
    arriving: dict[tuple[str, str, Node], list[tuple[str, Node, float]]] = {key: [] for key in keys}
    in_life: dict[tuple[str, str, Node], list[tuple[str, Node, float, float]]] = {key: [] for key in keys}
    for lot, host in orders:
        for node, left in lot.left.items():
            arriving[lot.chip, host, node].append((lot.terms, lot.decided, left))
        # Whoever is in life on a last day is so in the mean of that period.
        for node, mean in lot.mean.items():
            end = 1.0 if node in lot.end else 0.0
            in_life[lot.chip, host, node].append((lot.terms, lot.decided, mean, end))
    return (
        {key: tuple(found) for key, found in arriving.items()},
        {key: tuple(found) for key, found in in_life.items()},
    )


def _valued(
    context: Context, orders: list[tuple[Lot, str]], live: set[tuple[str, Node, bool]]
) -> tuple[tuple[tuple[str, str, Node, Node], ...], Cost]:
    """Orders worth something at the end, by last node, and the credit."""
    out = []
    cost: Cost = {}
    for lot, host in orders:
        for scenario in context.below(lot.decided):
            last = context.path(scenario)[-1]
            credit = lot.credit[scenario.id]
            if credit > 0.0 and (host, last, True) in live:
                key = (lot.terms, host, lot.decided, last)
                out.append(key)
                cost["valued_mw", key] = {LINE: (0.0, -scenario.probability * credit)}
    return tuple(out), cost


def _order_ledger(context: Context, orders: list[tuple[Lot, str]]) -> Ledger:
    entries: list[Entry] = []
    cost: Cost = {}
    by_lot: dict[int, tuple[tuple[Entry, ...], tuple[float, float]]] = {}
    for lot, host in orders:
        if id(lot) not in by_lot:
            index = (lot.terms, lot.decided)
            shared = entries_of(context, "ordered_mw", index, lot.decided, LINE, "own", lot.bookings)
            paid = context.expected(lot.decided, lambda s, b=lot.bookings: b[s.id].cost[0])  # type: ignore[misc]
            at_end = context.expected(lot.decided, lambda s, b=lot.bookings: b[s.id].cost[1])  # type: ignore[misc]
            by_lot[id(lot)] = (shared, (paid, at_end))
        shared, expected = by_lot[id(lot)]
        order: Index = (lot.terms, host, lot.decided)
        entries += [
            Entry("ordered_mw", order, LINE, "own", e.node, e.paid_usd_m, e.accrued_usd_m) for e in shared
        ]
        cost["ordered_mw", order] = {LINE: expected}
    return Ledger(tuple(entries), cost)


# Opening chips


def _opening_life(scenario: Scenario, position: int) -> tuple[float, float]:
    given = scenario.spec.money.opening.chips[position]
    age = given.age_months.constant
    return -age, 12.0 * scenario.spec.chips[given.chip].life_years.constant - age


def _opening_mw(context: Context, pairs: tuple[tuple[str, str], ...]) -> dict[tuple[str, str], float]:
    out = dict.fromkeys(pairs, 0.0)
    for given in context.spec.money.opening.chips:
        out[given.chip, given.host] += float(given.mw)
    return out


def _opening_in_life(
    context: Context, pairs: tuple[tuple[str, str], ...]
) -> dict[tuple[str, str, Node], tuple[float, float]]:
    out = {(chip, host, node): (0.0, 0.0) for chip, host in pairs for node in context.tree.nodes}
    for position, given in enumerate(context.spec.money.opening.chips):
        mw = float(given.mw)
        for node in context.tree.nodes:
            x, until = _opening_life(context.at(node), position)
            period = context.period(node)
            mean, end = out[given.chip, given.host, node]
            out[given.chip, given.host, node] = (
                mean + mw * overlap(x, until, period),
                end + mw * on_last_day(x, until, period),
            )
    return out


def _opening_valued(
    context: Context, live: set[tuple[str, Node, bool]]
) -> tuple[dict[tuple[str, str, str, Node], float], Cost]:
    """MW of opening chips worth something at the end by last node, and the credit per MW."""
    most: dict[tuple[str, str, str, Node], float] = {}
    cost: Cost = {}
    for scenario in context.scenarios.values():
        last = context.path(scenario)[-1]
        for position, given in enumerate(scenario.spec.money.opening.chips):
            x, until = _opening_life(scenario, position)
            held = in_place_at_end(scenario.timeline, x, until) and (given.host, last, True) in live
            kept = resale_share(scenario.spec.chips[given.chip], (scenario.timeline.end - x) / 12.0)
            credit = (given.price_usd_m_per_mw or 0.0) * kept * scenario.end_factor(LINE)
            if held and credit > 0.0:
                key = (str(position), given.chip, given.host, last)
                most[key] = float(given.mw)
                cost["opening_valued_mw", key] = {LINE: (0.0, -scenario.probability * credit)}
    return most, cost


# Operating cost


def _operating_ledger(context: Context, chips: Chips) -> Ledger:
    """Staff, spares and software of installed MW, where something can be in life."""
    line = "own_operating"
    entries: list[Entry] = []
    cost: Cost = {}
    per_mw: dict[str, dict[Node, float]] = {}
    for chip_id in chips.chips:
        if any(
            s.spec.chips[chip_id].operating_usd_m_per_mw_year is not None for s in context.scenarios.values()
        ):

            def mean(scenario: Scenario, position: int, chip_id: str = chip_id) -> float:
                chip = scenario.spec.chips[chip_id]
                if chip.operating_usd_m_per_mw_year is None:
                    return 0.0
                years = scenario.timeline.periods[position].years
                return mean_since_from(scenario, chip, chip.operating_usd_m_per_mw_year, position) * years

            per_mw[chip_id] = context.by_node(mean, f"operating cost of {chip_id}")
    for chip_id, host in chips.pairs:
        for node, usd_m in per_mw.get(chip_id, {}).items():
            key = (chip_id, host, node)
            if not chips.in_life[key] and chips.opening_in_life[key] == (0.0, 0.0):
                continue
            factor = context.at(node).mid_factor(line, context.tree.period[node])
            entries.append(Entry("installed_mw", key, line, "own", node, usd_m, usd_m))
            cost["installed_mw", key] = {line: (context.tree.probability[node] * factor * usd_m, 0.0)}
    return Ledger(tuple(entries), cost)
