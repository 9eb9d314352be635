"""What a block, a power unit or a contract has delivered on any date, under the terms of one scenario.

For a decision at node u seen at a date in node n: `signing(context.at(n), offer, context.period(u).start)`, and so on.
All are computed once per scenario.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from planner.data.context import EPS, Context, Scenario, number, overlap
from planner.data.stake import our_mw_share, our_part
from planner.errors import InstanceError
from planner.instance.quantity import Ramp
from planner.instance.schema.contracts import GivenSigning, Offer
from planner.instance.schema.sites import BuildOption, PowerProject, Site
from planner.timeline import Period

NO_CHIP = "none"
"""Chip of a shell, where the tenant brings them, and of what may be drawn of a consumption."""
CHIPLESS = ("shell", "consumption")


@dataclass(frozen=True)
class Delivery:
    """Cumulative share delivered by date, until it ends."""

    decided: float
    """Date of the decision."""
    first: float
    """First delivery; the term counts from here."""
    end: float
    """First moment after the term or the life."""
    steps: tuple[tuple[float, float], ...]
    """(date, cumulative share) in order of date."""

    @cached_property
    def stretches(self) -> tuple[tuple[float, float, float], ...]:
        """(from, until, share) where something is delivered, in order."""
        dates = [min(x, self.end) for x, _ in self.steps] + [self.end]
        return tuple(
            (dates[i], dates[i + 1], share)
            for i, (_, share) in enumerate(self.steps)
            if share > 0.0 and dates[i + 1] > dates[i]
        )

    @cached_property
    def arrivals(self) -> tuple[tuple[float, float], ...]:
        """(date, share first delivered on it), those before the end."""
        out, before = [], 0.0
        for x, share in self.steps:
            if share > before and x < self.end - EPS:
                out.append((x, share - before))
                before = share
        return tuple(out)

    def share_at(self, x: float) -> float:
        """Share delivered on a date, what arrives on it included."""
        for start, until, share in self.stretches:
            if start <= x + EPS < until:
                return share
        return 0.0

    def mean_share(self, period: Period) -> float:
        """Mean share over a period."""
        if period.end <= self.first or period.start >= self.end:
            return 0.0
        return sum(share * overlap(start, until, period) for start, until, share in self.stretches)

    def end_share(self, period: Period) -> float:
        """Share on the last day of a period."""
        return self.share_at(period.last_day)

    def secured_at(self, x: float) -> bool:
        """Whether it is decided and not over on a date."""
        return self.decided <= x + EPS < self.end


# Own construction


def site_of(scenario: Scenario, id_: str) -> Site:
    """Site of a build or power project id `site.name`."""
    return scenario.spec.sites[id_.split(".")[0]]


def build_option(scenario: Scenario, build: str) -> BuildOption:
    """Terms of a build id `site.build`; of a stake those of our part."""
    option = site_of(scenario, build).build[build.split(".")[1]]
    return option if option.stake is None else scenario.once(("our part", build), lambda: our_part(option))


def drawn_per_mw(scenario: Scenario, build: str) -> float:
    """MW of whole blocks that stand, and draw power, for a MW of ours."""
    return 1.0 / our_mw_share(build_option(scenario, build))


def power_project(scenario: Scenario, project: str) -> PowerProject:
    """Terms of a project id `site.project`."""
    return site_of(scenario, project).power_projects[project.split(".")[1]]


def block(scenario: Scenario, build: str, start: float) -> Delivery:
    """A block started on a date."""
    return scenario.once(("block", build, start), lambda: _whole(build_option(scenario, build), start))


def unit(scenario: Scenario, project: str, start: float) -> Delivery:
    """A power unit started on a date."""
    return scenario.once(("unit", project, start), lambda: _whole(power_project(scenario, project), start))


def _whole(option: BuildOption | PowerProject, start: float) -> Delivery:
    delivered = start + option.lead_months.constant
    return Delivery(start, delivered, delivered + 12.0 * option.life_years.constant, ((delivered, 1.0),))


@dataclass(frozen=True)
class OpeningBlocks:
    """Own MW of the opening position, finished or under construction."""

    number: str
    """Position in the list, as text."""
    build: str
    mw: float
    delivery: Delivery
    payments_left: tuple[tuple[float, float], ...]
    """(date, USD m)."""


def opening_blocks(scenario: Scenario) -> tuple[OpeningBlocks, ...]:
    """The opening construction of a scenario, in order."""
    return scenario.once("opening_blocks", lambda: tuple(_opening_blocks(scenario)))


def _opening_blocks(scenario: Scenario) -> list[OpeningBlocks]:
    out = []
    for position, given in enumerate(scenario.spec.money.opening.construction):
        delivered = scenario.timeline.first(given.delivered)
        life = 12.0 * build_option(scenario, given.build).life_years.constant
        left = sorted(
            (scenario.month_of(key), float(usd_m)) for key, usd_m in given.payments_left_usd_m.items()
        )
        delivery = Delivery(-math.inf, delivered, delivered + life, ((delivered, 1.0),))
        out.append(OpeningBlocks(str(position), given.build, float(given.mw), delivery, tuple(left)))
    return out


# Contracts


def offer_terms(scenario: Scenario, offer: str) -> Offer:
    """Terms of an offer id `vendor.offer`."""
    vendor, name = offer.split(".")
    return scenario.spec.vendors[vendor].offers[name]


def signing(scenario: Scenario, offer: str, date: float) -> Delivery:
    """One MW signed on a date: its fixed term, as it is really delivered."""
    slip = number(offer_terms(scenario, offer).slip_months, 0.0)
    return scenario.once(("signing", offer, date), lambda: _signing(scenario, offer, date, slip))


def promised(scenario: Scenario, offer: str, date: float) -> Delivery:
    """The same as it was contracted, without any slip."""
    return scenario.once(("promised", offer, date), lambda: _signing(scenario, offer, date, 0.0))


def _signing(scenario: Scenario, offer: str, date: float, slip: float) -> Delivery:
    terms = offer_terms(scenario, offer)
    if terms.term_months is None:
        raise InstanceError(f"{offer} can be signed and has no term_months", rule="term_months")
    ready = date + number(terms.delivery_months, 0.0)
    first, steps = ramped(scenario, terms.ramp, ready, slip)
    end = _contract_end(scenario, terms, first + terms.term_months.constant)
    return Delivery(date, first, end, steps)


def _contract_end(scenario: Scenario, terms: Offer, end: float) -> float:
    """End of the term; of a consumption that continues, of what may be drawn: the end of the calendar."""
    if terms.kind == "consumption" and terms.at_end == "continues":
        return max(end, scenario.timeline.end)
    return end


def ramped(
    scenario: Scenario, ramp: Ramp, ready: float, slip: float = 0.0
) -> tuple[float, tuple[tuple[float, float], ...]]:
    """First delivery and (date, cumulative share) of what is ready on a date and comes later by a slip."""
    if ramp.by_date:
        dated = [(max(scenario.timeline.month(day), ready) + slip, share) for day, share in ramp.by_date]
        return dated[0][0], _last_of_each_date(dated)
    dated = [(ready + months + slip, share) for months, share in ramp.by_month]
    return ready + slip, _last_of_each_date(dated)


def _last_of_each_date(steps_: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Steps in order, one a date: the largest share reached on it."""
    out: list[tuple[float, float]] = []
    for x, share in sorted(steps_):
        if out and x - out[-1][0] < EPS:
            out[-1] = (out[-1][0], share)
        else:
            out.append((x, share))
    return tuple(out)


@dataclass(frozen=True)
class GivenContract:
    """A contract that runs, or has dated deliveries: constants."""

    id: str
    offer: str
    chip: str
    """`none` for a shell."""
    mw: float
    """MW of IT load."""
    delivery: Delivery
    promised: Delivery
    """Without any slip."""


def given_contracts(scenario: Scenario, offer: str) -> tuple[GivenContract, ...]:
    """Given signings of an offer, in order."""
    return scenario.once(("given", offer), lambda: tuple(_given_contracts(scenario, offer)))


def _given_contracts(scenario: Scenario, offer: str) -> list[GivenContract]:
    terms = offer_terms(scenario, offer)
    out = []
    for id_, given in terms.signed.items():
        term = given.term_months if given.term_months is not None else terms.term_months
        if term is None:
            raise InstanceError(
                f"{offer}.signed.{id_} has no term_months, nor has its offer", rule="term_months"
            )
        out.append(
            GivenContract(
                id=id_,
                offer=offer,
                chip=given_chip(terms, given, offer),
                mw=given.mw.constant / scenario.gw_ratio,
                delivery=_given_delivery(
                    scenario, terms, given, term.constant, number(given.slip_months, 0.0)
                ),
                promised=_given_delivery(scenario, terms, given, term.constant, 0.0),
            )
        )
    return out


def _given_delivery(
    scenario: Scenario, terms: Offer, given: GivenSigning, term: float, slip: float
) -> Delivery:
    """What was delivered before the first day is a fact; the rest may slip."""
    dates = [(scenario.month_of(key), float(share)) for key, share in given.delivered.items()]
    steps = _last_of_each_date([(x if x < -EPS else x + slip, share) for x, share in dates])
    first = next(x for x, share in steps if share > 0)
    end = _contract_end(scenario, terms, first + term)
    return Delivery(scenario.timeline.first(given.date), first, end, steps)


def given_chip(terms: Offer, given: GivenSigning, offer: str) -> str:
    """Chip of a given contract: its own, else the only one on offer; `none` for a shell and a consumption."""
    if terms.kind in CHIPLESS:
        return NO_CHIP
    if given.chip is not None:
        return given.chip
    if len(terms.chips) != 1:
        raise InstanceError(f"{offer}: a given contract must name its chip", rule="chip")
    return terms.chips[0]


def contract_delivery(context: Context, scenario: Scenario, offer: str, signed: str) -> Delivery:
    """Delivery of a contract by its signing: a node, or the id of a given one."""
    if signed in context.tree.period:
        return signing(scenario, offer, context.period(signed).start)
    return next(contract.delivery for contract in given_contracts(scenario, offer) if contract.id == signed)
