"""One contract as the audit reads it: dated arrivals, a fixed term, rent as accrued and as invoiced."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from planner.audit.account import Key
from planner.audit.flows import Flow
from planner.audit.paths import EPS, number
from planner.audit.scene import Presence, Scene
from planner.instance.quantity import Quantity, Ramp
from planner.instance.schema.contracts import Offer


@dataclass(frozen=True)
class Leaving:
    """How a part of a contract ends before its term."""

    decided: float
    whole: Contract
    """The same MW, had they stayed."""
    paid: Flow
    """Fee less what comes back, on the date."""
    accrued: Flow
    """Fee and what is forfeited."""
    key: Key
    """Of the decision."""


@dataclass(frozen=True)
class Contract:
    """MW under contract from a signing: dated arrivals, a fixed term, rent as accrued and as paid."""

    offer: str
    chip: str
    signing: str
    """Node of the signing, or the id of a given one."""
    key: Key
    given: bool
    mw: float
    signed: float
    """From then on its MW are secured."""
    first: float
    promised: float
    """First delivery as it was contracted."""
    until: float
    arrivals: tuple[tuple[float, float], ...]
    """(date, MW that arrive)."""
    rent: tuple[Flow, ...]
    """Fixed rent by date of service."""
    prepayment: tuple[Flow, ...]
    invoices: tuple[Flow, ...]
    """By date of payment, one for each stretch of rent."""
    line: str
    supplied: bool = True
    """Whether its chips come out of the supply."""
    leaving: Leaving | None = None
    tiers: tuple[tuple[Key, float], ...] = ()
    """(key, share of the plain price that volume tiers take off)."""
    plain: Contract | None = None
    """The same without tiers, where there are any."""
    decided: float | None = None
    """Where that is before the signing takes effect: from then on its payments are committed."""

    @property
    def name(self) -> tuple[str, str, str]:
        """Offer, chip, signing."""
        return self.offer, self.chip, self.signing

    @cached_property
    def presences(self) -> list[Presence]:
        """What stands in the fixed term, a part for each arrival."""
        return [
            Presence(self.offer, self.chip, x, self.until, mw, self.given)
            for x, mw in self.arrivals
            if x < self.until - EPS
        ]

    @property
    def new_arrivals(self) -> list[tuple[float, float]]:
        """(date, MW) of chips that are new to us."""
        return [(each.start, each.mw) for each in self.presences] if self.supplied else []

    @property
    def paid(self) -> list[Flow]:
        """All payments."""
        settled = [] if self.leaving is None else [self.leaving.paid]
        return [*self.prepayment, *self.invoices, *settled]

    @property
    def accrued(self) -> list[Flow]:
        """All that accrues."""
        settled = [] if self.leaving is None else [self.leaving.accrued]
        return [*self.rent, *settled]

    def causes(self) -> Iterator[tuple[Key, float, Contract]]:
        """(decision, times, a contract whose payments they are): the signing, and what each tier takes off."""
        plain = self.plain or self
        yield self.key, 1.0, plain
        for key, share in self.tiers:
            yield key, -share, plain

    def at_price(self, factor: float) -> Contract:
        """The same MW and dates at another price."""
        return replace(
            self,
            rent=tuple(flow.times(factor) for flow in self.rent),
            prepayment=tuple(flow.times(factor) for flow in self.prepayment),
            invoices=tuple(flow.times(factor) for flow in self.invoices),
        )

    def still_to_pay(self, x: float) -> float:
        """Nominal payments after a date as they are fixed on it."""
        if (self.signed if self.decided is None else self.decided) > x + EPS:
            return 0.0
        known = self if self.leaving is None or self.leaving.decided <= x + EPS else self.leaving.whole
        return sum(flow.after(x) for flow in known.paid)


def main_line(kind: str) -> str:
    """Line of an offer's rent."""
    return "shell_rent" if kind == "shell" else "cloud_rent"


def price_of(offer: Offer, chip: str) -> Quantity | None:
    """The offer's price of a chip, USD/kW-month."""
    by_chip = offer.price_by_chip_usd_per_kw_month
    return by_chip.get(chip, offer.price_usd_per_kw_month)


def dated_arrivals(
    scene: Scene, ramp: Ramp, ready: float, slip: float, mw: float
) -> tuple[float, tuple[tuple[float, float], ...]]:
    """First delivery and (date, MW that arrive) of what is ready on a date and slips."""
    if ramp.by_date:
        steps = [(max(scene.timeline.month(day), ready) + slip, share) for day, share in ramp.by_date]
        return steps[0][0], increments(steps, mw)
    return ready + slip, increments([(ready + months + slip, share) for months, share in ramp.by_month], mw)


def increments(steps: list[tuple[float, float]], mw: float) -> tuple[tuple[float, float], ...]:
    """MW that arrive on each date, from shares reached to date."""
    out: list[tuple[float, float]] = []
    reached = 0.0
    for x, share in sorted(steps):
        if share > reached:
            out.append((x, (share - reached) * mw))
            reached = share
    return tuple(out)


def stepped_rent(
    offer: Offer,
    offer_id: str,
    arrivals: tuple[tuple[float, float], ...],
    first: float,
    until: float,
    usd_m_per_mw_month: float,
) -> list[list[Flow]]:
    """Fixed rent of each arrival, at a price that steps up every twelve months from first delivery."""
    growth, paid = number(offer.escalator_rate, 0.0), number(offer.take_or_pay_share, 1.0)
    line, vendor = main_line(offer.kind), offer_id.partition(".")[0]
    found = []
    for x, mw in arrivals:
        flows = []
        start = x
        while start < until - EPS:
            year = math.floor((start - first) / 12.0 + EPS)
            stop = min(until, first + 12.0 * (year + 1)) if growth else until
            rate = usd_m_per_mw_month * (1.0 + growth) ** year * mw * paid
            if rate:
                flows.append(Flow(line, vendor, start, stop, rate, rate))
            start = stop
        found.append(flows)
    return found
