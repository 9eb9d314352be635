"""Chips bought, leased or paid off to the seller, and chips sold at an age: their dates, flows and costs re-read."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from dataclasses import dataclass

from planner.audit.construction import profile_flows
from planner.audit.flows import Flow, evenly, on_day
from planner.audit.paths import EPS, number
from planner.audit.scene import Scene
from planner.instance.schema.chips import Chip, ChipTerms
from planner.tree import Node


@dataclass(frozen=True)
class Order:
    """Chips ordered for a host."""

    terms: str
    chip: str
    host: str
    node: Node
    mw: float
    arrival: float
    end: float
    """Of its life or lease."""
    price_usd_m_per_mw: float
    payments: tuple[Flow, ...]
    received: tuple[Flow, ...]
    """What of its cost is received when."""
    owed_usd_m: float
    """At the end, discounted to the first day."""

    def held(self, scene: Scene) -> ChipTerms:
        """The terms of the order."""
        return scene.spec.chips[self.chip].terms[self.terms.partition(".")[2]]

    def leased(self, scene: Scene) -> bool:
        """Whether the chips go back."""
        return self.held(scene).kind == "lease"


@dataclass(frozen=True)
class Settled:
    """What an order comes to on its terms."""

    arrival: float
    end: float
    price_usd_m_per_mw: float
    payments: tuple[Flow, ...]
    received: tuple[Flow, ...]
    paid_usd_m: float
    owed_usd_m: float


@dataclass(frozen=True)
class Sold:
    """Chips of an order sold on a date."""

    order: Order
    mw: float
    date: float
    paid: tuple[Flow, ...]
    """Change of what is paid to the seller."""
    accrued: tuple[Flow, ...]


def settle_terms(scene: Scene, chip: Chip, terms: ChipTerms, ordered: float, mw: float) -> Settled:
    """Dates, flows and cost of MW ordered on a date."""
    arrival = ordered + terms.lead_months.constant
    worth = scene.rates.present
    if terms.kind == "lease":
        return _lease(scene, chip, terms, ordered, mw)
    price = price_usd_m_per_mw(scene, chip, terms, ordered)
    end = arrival + 12.0 * chip.life_years.constant
    factor = scene.rates.factor("chips", scene.end)
    if terms.finance is not None:
        down, annuity, interest = _paid_off(terms, ordered, arrival, price * mw)
        payments: tuple[Flow, ...] = (down, annuity)
        received: tuple[Flow, ...] = (on_day("chips", "own", arrival, price * mw), interest)
        to_pay = worth(annuity, a=scene.end)
        at_least = _principal(terms, arrival, price * mw, scene.end) * factor
        owed = down.within(a=scene.end) * factor + max(to_pay, at_least)
    else:
        assert terms.payments is not None
        payments = tuple(profile_flows("chips", terms.payments, ordered, arrival, price * mw))
        received = (on_day("chips", "own", arrival, price * mw),)
        owed = sum(flow.within(a=scene.end) for flow in payments) * factor
    paid = sum(worth(flow, b=scene.end) for flow in payments)
    return Settled(arrival, end, price, payments, received, paid, owed)


def price_usd_m_per_mw(scene: Scene, chip: Chip, terms: ChipTerms, ordered: float) -> float:
    """USD m per MW of IT load at the order date."""
    if terms.price_usd_m_per_mw is not None:
        return scene.series(terms.price_usd_m_per_mw).at(ordered)
    assert terms.price_usd_m_per_system is not None
    system = scene.series(terms.price_usd_m_per_system).at(ordered) * number(terms.overhead_factor, 1.0)
    return system * 1000.0 / chip.kw_per_system.constant


def _lease(scene: Scene, chip: Chip, terms: ChipTerms, ordered: float, mw: float) -> Settled:
    """Rent from delivery to the end of the lease, counted up to the end by the share of discounted service."""
    assert terms.lease_months is not None
    arrival = ordered + terms.lead_months.constant
    end = arrival + terms.lease_months.constant
    if terms.rent_usd_per_kw_month is not None:
        monthly = scene.series(terms.rent_usd_per_kw_month).at(ordered) * 1000.0 / 1e6
    else:
        assert terms.rent_share_per_month is not None
        monthly = scene.series(terms.rent_share_per_month).at(ordered) * price_usd_m_per_mw(
            scene, chip, terms, ordered
        )
    rent = evenly("chips", "own", arrival, end, monthly * mw * (end - arrival))
    service = evenly("chips", "own", arrival, end, end - arrival)
    share = scene.rates.present(service, b=scene.end) / scene.rates.present(service)
    paid = scene.rates.present(rent, b=scene.end)
    balance = scene.rates.present(rent) * share - paid
    return Settled(arrival, end, 0.0, (rent,), (rent,), paid, balance)


def _months_worth(rate: float, months: float) -> float:
    """Value of 1 a month, paid evenly over so many months, on the first of them."""
    growth = math.log1p(rate) / 12.0
    return months if rate == 0.0 else -math.expm1(-months * growth) / growth


def _paid_off(terms: ChipTerms, ordered: float, arrival: float, usd_m: float) -> tuple[Flow, Flow, Flow]:
    """Down payment, annuity, and its interest as it accrues."""
    assert terms.finance is not None
    down, months = usd_m * terms.finance.down_share.constant, terms.finance.months.constant
    first = ordered
    if terms.payments is not None:
        base = arrival if terms.payments.counted_from == "delivery" else ordered
        first = min(base + part.from_month for part in terms.payments.payments)
    rest = usd_m - down
    total = rest * months / _months_worth(terms.finance.rate.constant, months)
    return (
        on_day("chips", "own", first, down),
        evenly("chips", "own", arrival, arrival + months, total),
        evenly("chips", "own", arrival, arrival + months, total - rest),
    )


def _principal(terms: ChipTerms, arrival: float, usd_m: float, x: float) -> float:
    """What is left of a price on a date, of which the annuity pays the rest with interest."""
    assert terms.finance is not None
    rate, months = terms.finance.rate.constant, terms.finance.months.constant
    to_come = min(max(arrival + months - x, 0.0), months)
    rest = usd_m * (1.0 - terms.finance.down_share.constant)
    return rest * _months_worth(rate, to_come) / _months_worth(rate, months)


def kept_value(chip: Chip, age_years: float) -> float:
    """Share of the price that a chip of an age still fetches."""
    points = sorted((float(age), share) for age, share in chip.resale_by_age_years.items())
    if age_years <= points[0][0]:
        return points[0][1]
    for (a, low), (b, high) in itertools.pairwise(points):
        if age_years <= b:
            return low + (high - low) * (age_years - a) / (b - a)
    return points[-1][1]


# Sold


def sell_chips(scene: Scene, orders: list[Order]) -> list[Sold]:
    """Chips sold at listed ages: received at the resale value less the haircut, the seller is settled."""
    by_key = {(each.terms, each.host, each.node): each for each in orders}
    total: dict[int, float] = defaultdict(float)
    sales: list[Sold] = []
    for (terms_id, host, node, months, at), mw in scene.rows("sold_mw"):
        order = by_key.get((terms_id, host, node))
        name = f"{terms_id} in {host}"
        if order is None:
            scene.findings.refuse("sold_of_ordered", name, at, mw, "MW", "nothing was ordered then")
            continue
        age = _listed_age(order.held(scene), months)
        date = math.nan if age is None else order.arrival + age
        period = scene.period(at)
        inside = period.start - EPS <= date < period.end - EPS
        if age is None or not inside or date >= order.end - EPS or order.leased(scene):
            scene.findings.refuse("sale_date", name, at, mw, "MW", "cannot be sold in this period")
            continue
        total[id(order)] += mw
        sales.append(_sell(scene, order, mw, age, (terms_id, host, node, months, at)))
    for order in orders:
        if total[id(order)]:
            scene.findings.at_most(
                "sold_of_ordered",
                f"{order.terms} in {order.host}",
                order.node,
                total[id(order)],
                order.mw,
                "MW",
            )
    return sales


def _listed_age(terms: ChipTerms, text: str) -> float | None:
    if terms.resale is None:
        return None
    return next((float(months) for months in terms.resale.at_months if f"{months:g}" == text), None)


def _sell(scene: Scene, order: Order, mw: float, age: float, index: tuple[str, ...]) -> Sold:
    terms, chip = order.held(scene), scene.spec.chips[order.chip]
    assert terms.resale is not None
    date, part = order.arrival + age, mw / order.mw
    value = kept_value(chip, age / 12.0) * (1.0 - terms.resale.haircut_share.constant)
    receipt = on_day("resale", "own", date, -mw * order.price_usd_m_per_mw * value)
    cancelled = [_from(flow, date, part) for flow in order.payments if flow.within(a=date)]
    due = sum(flow.within() for flow in cancelled)
    lapsed: list[Flow] = []
    if terms.finance is not None:
        due = sum(flow.within() for flow in cancelled if flow.end <= flow.start)
        due += _principal(terms, order.arrival, order.price_usd_m_per_mw * mw, date)
        lapsed = [_from(flow, date, part) for flow in order.received if flow.end > max(date, flow.start)]
    paid = [on_day("chips", "own", date, due), *(_minus(flow) for flow in cancelled)]
    behind = sum(flow.within() for flow in paid) + sum(flow.within() for flow in lapsed)
    accrued = [on_day("chips", "own", date, behind), *(_minus(flow) for flow in lapsed)]
    key = ("sold_mw", "|".join(index))
    scene.account.post(key, paid, accrued)
    scene.account.post(key, [receipt])
    before = sum(scene.rates.present(flow, b=scene.end) for flow in paid)
    scene.account.charge(key, "chips", before, -order.owed_usd_m * part)
    scene.account.charge(key, "resale", receipt.first * scene.rates.factor("chips", date))
    return Sold(order, mw, date, tuple(paid), tuple(accrued))


def _from(flow: Flow, date: float, part: float) -> Flow:
    """Part of what of a flow falls on a date or later."""
    if flow.end <= flow.start:
        return on_day(flow.line, flow.vendor, flow.start, flow.first * part)
    start = max(flow.start, date)
    return evenly(flow.line, flow.vendor, start, flow.end, flow.within(a=start) * part)


def _minus(flow: Flow) -> Flow:
    return Flow(flow.line, flow.vendor, flow.start, flow.end, -flow.first, -flow.last)
