"""What a MW of chips pays on its terms: bought, leased or paid off to the seller, sold at an age, kept at the end."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from planner.data.context import EPS, Scenario, number, on_last_day, value_at
from planner.data.payments import Booking, Payments, booked, constant_stream, present_value, profile_payments
from planner.errors import InstanceError
from planner.instance.quantity import PaymentProfile
from planner.instance.schema.chips import Chip, ChipFinance, ChipResale, ChipTerms
from planner.timeline import Curve, Piece, Timeline

LINE = "chips"


def chip_terms(scenario: Scenario, terms: str) -> tuple[Chip, ChipTerms]:
    """The chip and the terms of an id `chip.terms`."""
    chip_id, terms_id = terms.split(".")
    chip = scenario.spec.chips[chip_id]
    return chip, chip.terms[terms_id]


def price_usd_m_per_mw(scenario: Scenario, terms: str, ordered: float) -> float:
    """Price of a MW ordered on a date."""
    chip, held = chip_terms(scenario, terms)
    if held.price_usd_m_per_mw is not None:
        return value_at(scenario, held.price_usd_m_per_mw, ordered, f"price of {terms}")
    if held.price_usd_m_per_system is None:
        raise InstanceError(f"{terms} has no price", rule="price_usd_m_per_mw")
    per_system = value_at(scenario, held.price_usd_m_per_system, ordered, f"price of {terms}")
    return per_system * number(held.overhead_factor, 1.0) / chip.kw_per_system.constant * 1000.0


def order_life(scenario: Scenario, terms: str, ordered: float) -> tuple[float, float]:
    """Where a chip ordered on a date is in place: from delivery to the end of its life or lease."""
    chip, held = chip_terms(scenario, terms)
    x = ordered + held.lead_months.constant
    if held.kind == "lease":
        return x, x + _lease_months(held, terms)
    return x, x + 12.0 * chip.life_years.constant


def order_payments(scenario: Scenario, terms: str, ordered: float) -> Payments:
    """Payments of a MW ordered on a date."""
    return scenario.once(("chip payments", terms, ordered), lambda: _payments(scenario, terms, ordered))


def _payments(scenario: Scenario, terms: str, ordered: float) -> Payments:
    _, held = chip_terms(scenario, terms)
    x, until = order_life(scenario, terms, ordered)
    if held.kind == "lease":
        return constant_stream(rent_usd_m_per_mw_month(scenario, terms, ordered), x, until)
    price = price_usd_m_per_mw(scenario, terms, ordered)
    if held.finance is not None:
        loan = _loan(held.finance, price, x)
        return Payments(((_first_date(held.payments, ordered, x), price - loan.usd_m),), loan.annuity)
    return profile_payments(_profile(held, terms), ordered, x).scaled(price)


def _profile(held: ChipTerms, terms: str) -> PaymentProfile:
    if held.payments is None:
        raise InstanceError(f"{terms} has no payments", rule="payments")
    return held.payments


def order_booking(scenario: Scenario, terms: str, ordered: float) -> Booking:
    """As docs/conventions.md reads it: bought ones accrue at delivery, rent and the seller's interest over time."""
    _, held = chip_terms(scenario, terms)
    paid = order_payments(scenario, terms, ordered)
    before, _ = present_value(paid, scenario, LINE)
    accrued = order_accruals(scenario, terms, ordered)
    if held.kind == "lease":
        # Level rent: all of it times the share of discounted service before the end is what is paid before it.
        return Booking(booked(paid, scenario), booked(accrued, scenario), (before, 0.0))
    end, factor = scenario.timeline.end, scenario.end_factor(LINE)
    owed = (paid.nominal - paid.until(end)) * factor
    if held.finance is not None:
        loan = _loan(held.finance, price_usd_m_per_mw(scenario, terms, ordered), _delivery(held, ordered))
        late = sum(usd_m for at, usd_m in paid.points if at >= end - EPS)
        _, annuity = present_value(Payments(streams=loan.annuity), scenario, LINE)
        owed = late * factor + max(annuity, loan.left_at(end) * factor)
    return Booking(booked(paid, scenario), booked(accrued, scenario), (before, owed))


def order_accruals(scenario: Scenario, terms: str, ordered: float) -> Payments:
    """When what a MW costs is received: the price at delivery, rent as it runs, the seller's interest evenly."""
    _, held = chip_terms(scenario, terms)
    paid = order_payments(scenario, terms, ordered)
    if held.kind == "lease":
        return paid
    x = _delivery(held, ordered)
    if held.finance is None:
        return Payments(points=((x, paid.nominal),))
    price, months = price_usd_m_per_mw(scenario, terms, ordered), held.finance.months.constant
    interest = constant_stream((paid.nominal - price) / months, x, x + months)
    return Payments(points=((x, price),)).plus(interest)


def _delivery(held: ChipTerms, ordered: float) -> float:
    return ordered + held.lead_months.constant


# Lease


def _lease_months(held: ChipTerms, terms: str) -> float:
    if held.lease_months is None:
        raise InstanceError(f"{terms} is a lease and has no lease_months", rule="lease_months")
    return held.lease_months.constant


def rent_usd_m_per_mw_month(scenario: Scenario, terms: str, ordered: float) -> float:
    """Rent of a leased MW ordered on a date."""
    _, held = chip_terms(scenario, terms)
    if held.rent_usd_per_kw_month is not None:
        return value_at(scenario, held.rent_usd_per_kw_month, ordered, f"rent of {terms}") / 1000.0
    if held.rent_share_per_month is None:
        raise InstanceError(f"{terms} is a lease and has no rent", rule="rent_usd_per_kw_month")
    share = value_at(scenario, held.rent_share_per_month, ordered, f"rent of {terms}")
    return share * price_usd_m_per_mw(scenario, terms, ordered)


def lease_saving_usd_m(scenario: Scenario, terms: str, ordered: float) -> float:
    """PV of the price of a leased MW paid at delivery less that of its whole rent; 0 where no price is stated."""
    _, held = chip_terms(scenario, terms)
    if held.price_usd_m_per_mw is None and held.price_usd_m_per_system is None:
        return 0.0
    price = price_usd_m_per_mw(scenario, terms, ordered) * scenario.factor(LINE, _delivery(held, ordered))
    return price - sum(present_value(order_payments(scenario, terms, ordered), scenario, LINE))


# Paid off to the seller


@dataclass(frozen=True)
class Loan:
    """What the seller waits for, paid off by a level annuity from delivery."""

    usd_m: float
    rate: float
    start: float
    months: float

    @property
    def annuity(self) -> tuple[Piece, ...]:
        """USD m a month."""
        level = self.usd_m / _annuity_months(self.rate, self.months)
        return constant_stream(level, self.start, self.start + self.months).streams

    def left_at(self, x: float) -> float:
        """What is left of the price on a date, interest apart."""
        left = min(self.months, max(0.0, self.start + self.months - x))
        return self.usd_m * _annuity_months(self.rate, left) / _annuity_months(self.rate, self.months)


def _annuity_months(rate: float, months: float) -> float:
    """Value at its first day of 1 a month, paid continuously."""
    return Curve((Piece(0.0, months, 1.0),)).integral(0.0, months, rate) if months > 0.0 else 0.0


def _loan(finance: ChipFinance, price: float, delivery: float) -> Loan:
    return Loan(
        price * (1.0 - finance.down_share.constant), finance.rate.constant, delivery, finance.months.constant
    )


def _first_date(profile: PaymentProfile | None, ordered: float, delivery: float) -> float:
    if profile is None:
        return ordered
    base = delivery if profile.counted_from == "delivery" else ordered
    return base + min(payment.from_month for payment in profile.payments)


# Value by age


def resale_share(chip: Chip, age_years: float) -> float:
    """Share of the price kept at an age: linear between the points, flat outside."""
    points = sorted((float(age), float(share)) for age, share in chip.resale_by_age_years.items())
    if not points or age_years <= points[0][0]:
        return points[0][1] if points else 0.0
    for (young, high), (old, low) in pairwise(points):
        if age_years <= old:
            return high + (low - high) * (age_years - young) / (old - young)
    return points[-1][1]


def order_credit(scenario: Scenario, terms: str, ordered: float) -> float:
    """What a MW in place at the end is worth, discounted; a leased one goes back."""
    chip, held = chip_terms(scenario, terms)
    x, until = order_life(scenario, terms, ordered)
    if held.kind == "lease" or not in_place_at_end(scenario.timeline, x, until):
        return 0.0
    kept = resale_share(chip, (scenario.timeline.end - x) / 12.0)
    return price_usd_m_per_mw(scenario, terms, ordered) * kept * scenario.end_factor(LINE)


def in_place_at_end(timeline: Timeline, x: float, until: float) -> bool:
    """Like every state, read on the last day."""
    return on_last_day(x, until, timeline.periods[-1])


# Sold at an age


@dataclass(frozen=True)
class Sale:
    """What selling one MW of an order on a date changes."""

    date: float
    received_usd_m: float
    settled: Payments
    """Line chips: what was due later is no longer, what is left of the price is due on the date."""
    accrued: Payments


def sale(scenario: Scenario, terms: str, ordered: float, months: float) -> Sale:
    """Selling a MW some months after delivery."""
    chip, held = chip_terms(scenario, terms)
    assert held.resale is not None
    delivery = _delivery(held, ordered)
    x, price = delivery + months, price_usd_m_per_mw(scenario, terms, ordered)
    kept = 1.0 - held.resale.haircut_share.constant
    later = order_payments(scenario, terms, ordered).since(x)
    due, accrued = later.nominal, Payments()
    if held.finance is not None:
        due = sum(usd_m for _, usd_m in later.points) + _loan(held.finance, price, delivery).left_at(x)
        interest = Payments(streams=order_accruals(scenario, terms, ordered).streams).since(x)
        # Interest accrues evenly: what it is behind that of the annuity on the date is made up on it.
        behind = due - later.nominal + interest.nominal
        accrued = Payments(points=((x, behind),)).plus(interest.scaled(-1.0))
    settled = Payments(points=((x, due),)).plus(later.scaled(-1.0))
    return Sale(x, price * resale_share(chip, months / 12.0) * kept, settled, accrued)


def sale_bookings(scenario: Scenario, terms: str, ordered: float, months: float) -> tuple[Booking, Booking]:
    """What a MW sold changes: in line chips, and what is received in line resale."""
    sold = sale(scenario, terms, ordered, months)
    before, _ = present_value(sold.settled, scenario, LINE)
    # Nothing is owed at the end for what is sold.
    _, owed = order_booking(scenario, terms, ordered).cost
    chips = Booking(booked(sold.settled, scenario), booked(sold.accrued, scenario), (before, -owed))
    received = Payments(points=((sold.date, -sold.received_usd_m),))
    worth = sold.received_usd_m * scenario.factor(LINE, sold.date)
    by_period = booked(received, scenario)
    return chips, Booking(by_period, by_period, (-worth, 0.0))


def sale_months(resale: ChipResale | None) -> tuple[float, ...]:
    """Ages at which chips may be sold, each once."""
    return () if resale is None else tuple(sorted({float(months) for months in resale.at_months}))
