"""What every offer, own build and chip costs a year, levelled over its life: most mistakes in data show here.

The level cost is the present value of what is paid over the present value of the MW-years that are had, from the
first date on which it can be decided, at the rate of its line, used in full. Everything is summed in months.
A plan pays something else (dates, use, the end of the calendar): these numbers compare inputs, not plans.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.timeline import HOURS_PER_YEAR, Timeline, curve, make_timeline

if TYPE_CHECKING:
    from planner.instance.instance import Instance
    from planner.instance.quantity import PaymentProfile, Quantity
    from planner.instance.schema.chips import Chip, ChipTerms
    from planner.instance.schema.contracts import Offer
    from planner.instance.schema.sites import BuildOption, Site
    from planner.instance.schema.spec import Spec

RENT_LINE = {
    "shell": "shell_rent",
    "cloud": "cloud_rent",
    "consumption": "cloud_rent",
    "on_demand": "cloud_rent",
}


@dataclass(frozen=True)
class LevelCost:
    """One row: what it is, from when, its own cost and the cost of the work that it does.

    `usd_bn_per_gw_year`: per GW of IT load and year; rent or construction with energy, or the chip alone.
    `usd_bn_per_reference_gw_year`: per GW-year of the fleet that demand means (mean over the workloads that the
    chip runs); a shell or build together with `chip`, the cheapest that it takes. None where there is no such chip.
    """

    id: str
    kind: str
    chip: str | None
    month: float
    usd_bn_per_gw_year: float
    usd_bn_per_reference_gw_year: float | None


def level_costs(instance: Instance) -> list[LevelCost]:
    """Return the level cost of every offer that can be signed, every own build and all terms of every chip."""
    book = LevelBook(instance.spec)
    return [*book.offers(), *book.builds(), *book.chip_terms()]


class LevelBook:
    """The instance with its calendar and rates at hand; `rate` replaces the rates of all lines."""

    def __init__(self, spec: Spec, rate: float | None = None) -> None:
        calendar = spec.calendar
        coarsen = calendar.coarsen and (calendar.coarsen.after, calendar.coarsen.step)
        self._spec = spec
        self._one_rate = rate
        self._time: Timeline = make_timeline(
            calendar.start, calendar.end, calendar.step, calendar.report_to, coarsen or None
        )

    def offers(self) -> Iterator[LevelCost]:
        """Rows of shell, cloud and on-demand offers, one a chip."""
        for vendor_id, vendor in self._spec.vendors.items():
            for offer_id, offer in vendor.offers.items():
                name = f"{vendor_id}.{offer_id}"
                if offer.kind == "consumption" and offer.sign is not None:
                    yield from (self._consumption(name, offer, chip) for chip in offer.chips)
                elif offer.kind == "on_demand":
                    yield from (self._on_demand(name, offer, chip) for chip in offer.chips)
                elif offer.sign is not None and offer.term_months is not None:
                    chips = offer.chips if offer.kind == "cloud" else (None,)
                    yield from (self._contract(name, offer, chip) for chip in chips)

    def builds(self) -> Iterator[LevelCost]:
        """Rows of own construction."""
        for site_id, site in self._spec.sites.items():
            for build_id, build in site.build.items():
                start = max(0.0, self._time.first(build.start.from_)) if build.start.from_ else 0.0
                cost = self.block(build, start) + self.energy(site, start + build.lead_months.constant)
                yield self._hosted(
                    f"{site_id}.{build_id}", "own", start, start + build.lead_months.constant, cost
                )

    def chip_terms(self) -> Iterator[LevelCost]:
        """Rows of chips alone."""
        for chip_id, chip in self._spec.chips.items():
            for terms_id, terms in chip.terms.items():
                order = self._first_order(chip, terms)
                cost = self._chip(chip, terms, order)
                work = self._work(chip_id, order + terms.lead_months.constant)
                yield LevelCost(f"{chip_id}.{terms_id}", "chip", chip_id, order, cost, work and cost / work)

    def _contract(self, name: str, offer: Offer, chip: str | None) -> LevelCost:
        """Rent over the fixed term; a shell with its energy."""
        assert offer.sign is not None
        lead = number(offer.delivery_months, 0.0)
        signing = max(0.0, self._time.first(offer.sign.from_)) if offer.sign.from_ else 0.0
        if chip is not None:
            signing = max(signing, self._time.first(self._spec.chips[chip].from_) - lead)
        _, first = self._ramp(offer, signing + lead)
        cost = self.rent(offer, chip, signing)
        if offer.kind == "shell":
            assert offer.site is not None
            cost += self.energy(self._spec.sites[offer.site], first)
            return self._hosted(name, "shell", signing, first, cost)
        work = self._work(chip, first) if chip is not None else None
        return LevelCost(name, "cloud", chip, signing, cost, work and cost / work)

    def rent(self, offer: Offer, chip: str | None, signing: float) -> float:
        """Level rent over the fixed term with ramp, escalator, prepayment and payment delay, USD m per MW-year."""
        assert offer.term_months is not None
        share, first = self._ramp(offer, signing + number(offer.delivery_months, 0.0))
        price = self._price(offer, chip, signing)
        growth = 1.0 + number(offer.escalator_rate, 0.0)
        prepaid = number(offer.prepayment_share, 0.0) * number(offer.take_or_pay_share, 1.0)
        delay = number(offer.payment_delay_months, 0.0)
        rate = self.rate(RENT_LINE[offer.kind])
        served = paid = nominal = 0.0
        for after, length in months(offer.term_months.constant):
            rent = price * growth ** math.floor(after / 12.0) * share(first + after) * length
            served += share(first + after) * length / 12.0 * worth(first + after, rate)
            paid += (1.0 - prepaid) * rent * worth(first + after + delay, rate)
            nominal += rent
        paid += prepaid * nominal * worth(signing, rate)
        return paid / served if served else math.nan

    def _consumption(self, name: str, offer: Offer, chip: str) -> LevelCost:
        """The price of the first year of use, drawn evenly."""
        assert offer.sign is not None
        lead, exists = number(offer.delivery_months, 0.0), self._time.first(self._spec.chips[chip].from_)
        signing = max(0.0, self._time.first(offer.sign.from_)) if offer.sign.from_ else 0.0
        first = max(signing + lead, exists)
        cost = 12.0 * sum(self._price(offer, chip, first + x) * length for x, length in months(12.0)) / 12.0
        work = self._work(chip, first)
        return LevelCost(name, "consumption", chip, signing, cost, work and cost / work)

    def _on_demand(self, name: str, offer: Offer, chip: str) -> LevelCost:
        start = max(0.0, self._time.first(self._spec.chips[chip].from_))
        cost = 12.0 * self._price(offer, chip, start)
        work = self._work(chip, start)
        return LevelCost(name, "on_demand", chip, start, cost, work and cost / work)

    def _hosted(self, name: str, kind: str, month: float, ready: float, cost: float) -> LevelCost:
        """A row of a host with the chip that makes its work cheapest."""
        totals = []
        for chip_id, chip in self._spec.chips.items():
            if chip.hosts != "any" and name not in chip.hosts:
                continue
            for terms in chip.terms.values():
                order = max(self._first_order(chip, terms), ready - terms.lead_months.constant)
                work = self._work(chip_id, order + terms.lead_months.constant)
                if work:
                    totals.append(((cost + self._chip(chip, terms, order)) / work, chip_id))
        best, chip_of_best = min(totals) if totals else (None, None)
        return LevelCost(name, kind, chip_of_best, month, cost, best)

    def block(self, build: BuildOption, start: float) -> float:
        """Level cost of a block over its life without energy, USD m per MW-year."""
        rate, lead = self.rate("construction"), build.lead_months.constant
        capex = self._at(build.capex_usd_m_per_mw, start)
        most_mw = build.block_mw.constant * build.max_blocks.constant
        site = number(build.site_cost_usd_m, 0.0) / most_mw if most_mw else 0.0
        at_delivery = capex * paid_at(build.payments, lead, lead, rate) + site / worth(lead, rate)
        fixed = build.operating_usd_m_per_mw_year
        running = self._at(fixed, start + lead) if fixed is not None else 0.0
        cost = at_delivery / life_worth(build.life_years.constant, rate) + running
        if build.stake is None:
            return cost
        share, fee = build.stake.share, build.stake.fee_usd_m_per_mw_year
        cost *= share.constant / number(build.stake.capacity_share, share.constant)
        return cost + (self._at(fee, start + lead) if fee is not None else 0.0)

    def _chip(self, chip: Chip, terms: ChipTerms, order: float) -> float:
        """Price less its value at the end of life, spread over the life; rent where the chips are leased."""
        fixed = chip.operating_usd_m_per_mw_year
        running = self._at(fixed, order + terms.lead_months.constant) if fixed is not None else 0.0
        if terms.kind == "lease" and terms.rent_usd_per_kw_month is not None:
            return 12.0 * self._at(terms.rent_usd_per_kw_month, order) / 1000.0 + running
        if terms.price_usd_m_per_mw is not None:
            price = self._at(terms.price_usd_m_per_mw, order)
        else:
            assert terms.price_usd_m_per_system is not None
            per_system = self._at(terms.price_usd_m_per_system, order) * number(terms.overhead_factor, 1.0)
            price = per_system / chip.kw_per_system.constant * 1000.0
        if terms.kind == "lease":
            assert terms.rent_share_per_month is not None
            return 12.0 * self._at(terms.rent_share_per_month, order) * price + running
        rate, life = self.rate("chips"), chip.life_years.constant
        last = chip.resale_by_age_years[max(chip.resale_by_age_years, key=float)]
        at_delivery = price * (chip_paid_at_delivery(terms, rate) - last * worth(12.0 * life, rate))
        return at_delivery / life_worth(life, rate) + running

    def energy(self, site: Site, x: float) -> float:
        """Energy from the grid at the prices of a date, USD m a year per MW of IT load."""
        mwh = HOURS_PER_YEAR * site.load_factor.constant * site.facility_per_it.constant
        cost = mwh * self._at(site.energy_usd_per_mwh, x) / 1e6
        if site.demand_charge_usd_per_kw_month is not None:
            charge = self._at(site.demand_charge_usd_per_kw_month, x)
            cost += 12.0 * charge * site.facility_per_it.constant / 1000.0
        return cost

    def _ramp(self, offer: Offer, delivery: float) -> tuple[Callable[[float], float], float]:
        """The share delivered by date, and the first delivery."""
        if offer.ramp.by_date:
            dated = [(max(self._time.month(day), delivery), share) for day, share in offer.ramp.by_date]
        else:
            dated = [(delivery + after, share) for after, share in offer.ramp.by_month]

        def share_at(x: float) -> float:
            return max((share for begin, share in dated if begin <= x + 1e-9), default=0.0)

        return share_at, min(begin for begin, _ in dated)

    def _price(self, offer: Offer, chip: str | None, x: float) -> float:
        """USD m per MW and month."""
        if chip is not None and chip in offer.price_by_chip_usd_per_kw_month:
            return self._at(offer.price_by_chip_usd_per_kw_month[chip], x) / 1000.0
        if offer.price_usd_per_kw_month is None:
            return math.nan
        return self._at(offer.price_usd_per_kw_month, x) / 1000.0

    def _first_order(self, chip: Chip, terms: ChipTerms) -> float:
        """First order date: in the window, in the calendar, and not delivered before the chip exists."""
        opens = self._time.first(terms.order.from_) if terms.order.from_ else 0.0
        return max(0.0, opens, self._time.first(chip.from_) - terms.lead_months.constant)

    def _work(self, chip: str, x: float) -> float | None:
        """Work of a MW of the chip over that of a MW of the reference fleet, mean over its workloads."""
        shares = []
        for workload, work in self._spec.chips[chip].work.items():
            if workload not in self._spec.workloads:
                continue
            reference = self._spec.workloads[workload].reference_work_per_mw
            does = self._at(work, x)
            shares.append(does if reference is None else does / self._at(reference, x))
        mean = sum(shares) / len(shares) if shares else 0.0
        return mean or None

    def rate(self, line: str) -> float:
        """Return the discount rate a year of a cost line."""
        if self._one_rate is not None:
            return self._one_rate
        by_line = self._spec.discount.by_line
        quantity = next((rate for name, rate in by_line.items() if name == line), self._spec.discount.rate)
        return quantity.constant

    def _at(self, quantity: Quantity, x: float) -> float:
        """The value at a date; before a path begins, its first point."""
        path = curve(quantity, self._time)
        return path.at(max(x, path.start) if math.isfinite(path.start) else x)


def number(quantity: Quantity | None, unset: float) -> float:
    """Return the constant, or what the schema says a field means that is not set."""
    return unset if quantity is None else quantity.constant


def months(length: float) -> Iterator[tuple[float, float]]:
    """Yield (middle, length) of each month of a stretch; the last one may be short."""
    for whole in range(math.ceil(length - 1e-9)):
        part = min(1.0, length - whole)
        yield whole + part / 2.0, part


def worth(x: float, rate: float) -> float:
    """Return the present value at month 0 of 1 at month x."""
    return float((1.0 + rate) ** (-x / 12.0))


def life_worth(years: float, rate: float) -> float:
    """Return the present value of 1 a year over a life, at its beginning."""
    return sum(part / 12.0 * worth(middle, rate) for middle, part in months(12.0 * years))


def paid_at(profile: PaymentProfile, lead: float, x: float, rate: float) -> float:
    """Return the value at month x after the decision of a payment profile that adds up to 1."""
    shift = lead if profile.counted_from == "delivery" else 0.0
    return sum(
        each.share / worth(x - shift - (each.from_month + each.until_month) / 2.0, rate)
        for each in profile.payments
    )


def chip_paid_at_delivery(terms: ChipTerms, rate: float) -> float:
    """Return the value at delivery of a price of 1 paid by its profile, or paid off to the seller."""
    lead, profile, finance = terms.lead_months.constant, terms.payments, terms.finance
    if finance is None:
        assert profile is not None
        return paid_at(profile, lead, lead, rate)
    years, down = finance.months.constant / 12.0, finance.down_share.constant
    first = min(each.from_month for each in profile.payments) if profile is not None else 0.0
    if profile is None or profile.counted_from == "decision":
        first -= lead
    return down * worth(first, rate) + (1.0 - down) * life_worth(years, rate) / life_worth(
        years, finance.rate.constant
    )
