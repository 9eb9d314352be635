"""The scenario tree from the leaves of an instance, and the context that holds their terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.data.context import EPS, Context, Scenario
from planner.errors import InstanceError
from planner.instance.schema import Spec
from planner.timeline import Timeline, make_timeline
from planner.tree import Node, Tree


@dataclass(frozen=True)
class Leaf:
    """One outcome of all factors."""

    id: str
    probability: float
    spec: Spec
    branches: dict[str, str]
    """Branch by factor."""


def make_context(instance: Any) -> Context:
    """The terms of every leaf of an instance on one tree."""
    leaves = leaves_of(instance)
    timeline = timeline_of(instance.spec)
    known = {name: timeline.first(factor.known) for name, factor in instance.spec.scenarios.items()}
    for leaf in leaves:
        _check_same_things(leaves[0], leaf)
    scenarios = {leaf.id: Scenario(leaf.id, leaf.probability, leaf.spec, timeline) for leaf in leaves}
    return Context(timeline, make_tree(timeline, leaves, known), scenarios)


def leaves_of(instance: Any) -> tuple[Leaf, ...]:
    """The leaves of an instance; one with the whole probability where nothing is uncertain."""
    if not instance.spec.scenarios:
        return (Leaf("base", 1.0, instance.spec, {}),)
    return tuple(
        Leaf(leaf.id, float(leaf.probability), leaf.spec, dict(leaf.branches)) for leaf in instance.leaves()
    )


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


def make_tree(timeline: Timeline, leaves: Sequence[Leaf], known: Mapping[str, float]) -> Tree:
    """The tree in which leaves share a node until one of their factors is known at the start of a period."""
    ids = [_path_of(timeline, leaf, known) for leaf in leaves]
    nodes = list(dict.fromkeys(path[p] for p in range(len(timeline.periods)) for path in ids))
    parent: dict[Node, Node | None] = {}
    period: dict[Node, int] = {}
    probability = dict.fromkeys(nodes, 0.0)
    leaf_of: dict[Node, str] = {}
    path_to: dict[Node, tuple[Node, ...]] = {}
    below: dict[Node, dict[Node, None]] = {node: {} for node in nodes}
    for leaf, path in zip(leaves, ids, strict=True):
        for p, node in enumerate(path):
            parent[node] = path[p - 1] if p else None
            period[node] = p
            probability[node] += leaf.probability
            leaf_of.setdefault(node, leaf.id)
            path_to[node] = tuple(path[: p + 1])
            below[node].update(dict.fromkeys(path[p:]))
    order = {node: place for place, node in enumerate(nodes)}
    return Tree(
        nodes=tuple(nodes),
        parent={node: parent[node] for node in nodes},
        period={node: period[node] for node in nodes},
        probability=probability,
        leaf={node: leaf_of[node] for node in nodes},
        path={node: path_to[node] for node in nodes},
        descendants={node: tuple(sorted(below[node], key=order.__getitem__)) for node in nodes},
    )


def _path_of(timeline: Timeline, leaf: Leaf, known: Mapping[str, float]) -> list[Node]:
    """Node ids of a leaf: the period's label, then `/` and the branches known by then, in order of the factors."""
    path = []
    for period in timeline.periods:
        branches = [leaf.branches[factor] for factor, x in known.items() if x <= period.start + EPS]
        path.append(f"{period.label}/{'.'.join(branches)}" if branches else period.label)
    return path


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
        "numbers of signings": [
            (id_, o.sign is None, o.sign and o.sign.at_most, o.sign and o.sign.per_period)
            for id_, o in offers
        ],
        "given contracts": [(id_, given) for id_, offer in offers for given in offer.signed],
        "chips": [(id_, *chip.terms) for id_, chip in spec.chips.items()],
        "other ids": [(*spec.workloads, *spec.supply, *spec.money.rounds, *spec.money.debt, *spec.limits)],
        "opening construction": [(given.build,) for given in spec.money.opening.construction],
        "opening chips": [(given.chip, given.host) for given in spec.money.opening.chips],
    }
