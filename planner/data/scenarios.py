"""The scenario tree from the leaves of an instance, and the context that holds their terms."""

from __future__ import annotations

from typing import Any

from planner.data.context import Context, Scenario
from planner.data.stake import our_mw_share
from planner.errors import InstanceError
from planner.instance.instance import Instance, Leaf
from planner.instance.schema import Spec
from planner.timeline import Timeline, make_timeline
from planner.tree import Outcome, make_tree


def make_context(instance: Instance) -> Context:
    """The terms of every leaf of an instance on one tree."""
    timeline = timeline_of(instance.spec)
    leaves = instance.leaves()
    for leaf in leaves[1:]:
        _check_same_things(leaves[0], leaf)
    known = {factor: timeline.first(when) for factor, when in leaves[0].known.items()}
    outcomes = [Outcome(leaf.id, leaf.probability, leaf.branches) for leaf in leaves]
    scenarios = {leaf.id: Scenario(leaf.id, leaf.probability, leaf.spec, timeline) for leaf in leaves}
    return Context(timeline, make_tree(timeline, outcomes, known), scenarios)


def timeline_of(spec: Spec) -> Timeline:
    """The calendar of a spec; an error where periods do not fit."""
    calendar = spec.calendar
    coarsen = None if calendar.coarsen is None else (calendar.coarsen.after, calendar.coarsen.step)
    try:
        timeline = make_timeline(calendar.start, calendar.end, calendar.step, calendar.report_to, coarsen)
    except ValueError as error:
        raise InstanceError(str(error), where="calendar", rule="calendar") from None
    factors = spec.discount.factors
    if factors is not None and len(factors) != len(timeline.periods):
        raise InstanceError(
            f"{len(factors)} discount factors for {len(timeline.periods)} periods",
            where="discount.factors",
            rule="factors",
        )
    return timeline


def _check_same_things(one: Leaf, other: Leaf) -> None:
    """Scenarios may change prices, dates, paths and amounts; not what there is, nor what is read once for all."""
    mine, theirs = _things(one.spec), _things(other.spec)
    for name, values in mine.items():
        if values != theirs[name]:
            raise InstanceError(
                f"scenarios {one.id} and {other.id} have different {name}: a branch cannot change that",
                where="scenarios",
                rule="branches",
            )


def _things(spec: Spec) -> dict[str, list[tuple[Any, ...]]]:
    sites = spec.sites.items()
    offers = [
        (f"{vendor}.{id_}", offer) for vendor, v in spec.vendors.items() for id_, offer in v.offers.items()
    ]
    return {
        "calendars or discounting": [(spec.calendar, spec.discount)],
        "sites": [(id_, site.region, site.facility_per_it, site.contract_gross) for id_, site in sites],
        "blocks": [
            (id_, name, b.block_mw, b.max_blocks, b.max_starts_per_period, b.max_blocks_under_construction)
            + (() if b.stake is None else (our_mw_share(b),))
            for id_, site in sites
            for name, b in site.build.items()
        ],
        "power units": [
            (id_, name, p.unit_mw, p.max_units)
            for id_, site in sites
            for name, p in site.power_projects.items()
        ],
        "sizes or kinds of offers": [
            (
                id_,
                o.kind,
                o.site,
                o.region,
                o.chips,
                o.mw,
                o.at_end,
                o.take_or_pay_share,
                o.availability_share,
            )
            for id_, o in offers
        ],
        "clauses of offers": [
            (
                id_,
                tuple(o.exits),
                tuple(o.assignments),
                o.renewals and o.renewals.count,
                o.expansion and (o.expansion.most_share, o.expansion.fee_usd_m_per_mw is None),
            )
            for id_, o in offers
        ],
        "numbers of signings": [
            (id_, o.sign is None, o.sign and o.sign.at_most, o.sign and o.sign.per_period)
            for id_, o in offers
        ],
        "volume tiers, or forms of security": [
            (
                id_,
                o.tiers_of,
                tuple((tier.from_mw, tier.price_factor) for tier in o.tiers),
                o.deposit_months is None and o.deposit_share is None,
                o.collateral is None,
                o.sublet is None,
            )
            for id_, o in offers
        ],
        "commitments to spend": [
            (id_, o.spend_usd_bn, o.yearly_minimum_usd_bn, o.yearly_minimum_share, o.carry_over)
            for id_, o in offers
        ],
        "given contracts": [(id_, given) for id_, offer in offers for given in offer.signed],
        "chips": [(id_, *chip.terms) for id_, chip in spec.chips.items()],
        "other ids": [(*spec.workloads, *spec.supply, *spec.money.rounds, *spec.money.debt, *spec.limits)],
        "workloads' regions, control or pulses": [
            (
                id_,
                w.region,
                w.served_from,
                w.single_source,
                w.control,
                w.own_share is None,
                tuple((region, t.served_from) for region, t in w.regions.items()),
                w.pulse
                and (w.pulse.within, w.pulse.borrow and (w.pulse.borrow.workload, w.pulse.borrow.repaid_by)),
            )
            for id_, w in spec.workloads.items()
        ],
        "routes with a price of serving": [
            (place, *row) for place, row in spec.serving_usd_bn_per_gw_year.items()
        ],
        "opening construction": [(given.build,) for given in spec.money.opening.construction],
        "opening chips": [(given.chip, given.host) for given in spec.money.opening.chips],
    }
