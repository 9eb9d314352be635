"""What will never matter: findings of all parts, held against every branch and every case of the file.

A finding `never` says that a value can have no effect (a date outside the calendar, an amount that cannot be reached);
it is left out where a scenario branch gives the value a meaning. A finding `unused` says that nothing refers to a
thing or that it is switched off for good; it is left out where a branch or a case of the file uses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from planner.instance.bodies import edits_in
from planner.instance.check.facts import Facts
from planner.instance.document import Node
from planner.instance.instance import Instance
from planner.instance.overlay import Layer, applied
from planner.instance.validate import validate
from planner.timeline import make_timeline


class Silent(NamedTuple):
    """Something that will never matter: `never` or `unused`, its place, why, what would repair it."""

    code: str
    path: str
    message: str
    repair: str
    field: str = ""
    """Path of the value at fault, where it is another place."""
    hangs_on: str = ""
    """Section of the file that alone could give it a use; empty: any."""


def facts_of(instance: Instance) -> Facts | None:
    """Return the facts of an instance, None where its calendar cannot be made."""
    calendar = instance.spec.calendar
    coarsen = None if calendar.coarsen is None else (calendar.coarsen.after, calendar.coarsen.step)
    try:
        timeline = make_timeline(calendar.start, calendar.end, calendar.step, calendar.report_to, coarsen)
    except ValueError:
        return None
    return Facts(instance.spec, timeline)


def changed(instance: Instance, body: Node, by: str) -> Instance | None:
    """Return the instance with the overrides of a case or branch, None where they cannot be applied."""
    tree, changes, wrong = applied(instance.tree, Layer(tuple(edits_in(body, by))))
    spec, invalid = validate(tree)
    if wrong or invalid or spec is None:
        return None
    return replace(instance, spec=spec, tree=tree, changes=changes)


def branches(instance: Instance) -> Iterator[tuple[str, Node]]:
    """Yield (path, overrides) of every branch of every scenario factor."""
    for factor_id, factor in instance.spec.scenarios.items():
        for branch_id in factor.branches:
            path = f"scenarios.{factor_id}.branches.{branch_id}.set"
            body = instance.tree.at(tuple(path.split(".")))
            if body is not None and isinstance(body.value, dict):
                yield path, body


MANY = 2_000
"""Parts of an instance beyond which what never matters is not looked for: every part is held against every other."""


def parts_of(instance: Instance) -> int:
    """How many things an instance has that can be held against one another."""
    spec = instance.spec
    offers = sum(len(vendor.offers) for vendor in spec.vendors.values())
    builds = sum(len(site.build) + len(site.power_projects) for site in spec.sites.values())
    others = (
        spec.workloads, spec.chips, spec.limits, spec.supply, spec.regions, spec.sites, spec.logic, spec.vendors,
        spec.money.debt, spec.makers,
    )  # fmt: skip
    terms = sum(len(chip.terms) for chip in spec.chips.values())
    return offers + builds + terms + sum(len(each) for each in others)


FEW = 200
"""Parts times cases up to which every case is looked into for what never matters because of it."""


def small(instance: Instance) -> bool:
    """Whether an instance is so small that what each case does to it is found at once."""
    return parts_of(instance) * len(instance.bodies) <= FEW


def worlds_of(instance: Instance) -> int:
    """How many cases and branches are looked into: fewer, the larger the instance."""
    return 6_000 // (parts_of(instance) + 1)
