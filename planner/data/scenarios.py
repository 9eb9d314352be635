"""The scenario tree from the leaves of an instance, and the context that holds their terms."""

from __future__ import annotations

import re
from collections.abc import Sequence

from planner.data.context import Context, Scenario, Unknown
from planner.errors import InstanceError
from planner.instance.check.branches import fixed_findings
from planner.instance.finding import Finding
from planner.instance.finding import error as finding_error
from planner.instance.instance import Instance
from planner.instance.schema import Spec
from planner.timeline import Timeline, make_timeline
from planner.tree import Outcome, make_tree


def make_context(instance: Instance, *, collect: bool = False) -> Context:
    """The terms of every leaf of an instance on one tree; `collect`: see `Context.refused`."""
    timeline = timeline_of(instance.spec)
    leaves = instance.leaves()
    if findings := fixed_findings(instance, leaves):
        raise finding_error(findings, str(instance.path))
    known = {factor: timeline.first(when) for factor, when in leaves[0].known.items()}
    outcomes = [Outcome(leaf.id, leaf.probability, leaf.branches) for leaf in leaves]
    scenarios = {leaf.id: Scenario(leaf.id, leaf.probability, leaf.spec, timeline) for leaf in leaves}
    tree = make_tree(timeline, outcomes, known)
    return Context(timeline, tree, scenarios, refused=[] if collect else None)


def refused_findings(instance: Instance, refused: Sequence[Unknown]) -> list[Finding]:
    """What changes before it is known, each at the override of the branch that changes it."""
    leaves = {leaf.id: leaf for leaf in instance.leaves()}
    found: dict[tuple[str, str], Finding] = {}
    for what, node, one, other in refused:
        mine, theirs = leaves[one].branches, leaves[other].branches
        factors = [factor for factor in mine if mine[factor] != theirs[factor]]
        factor = factors[0]
        path = _override(instance, what, [(f, each[f]) for f in factors for each in (theirs, mine)])
        names = f"{factor}.{mine[factor]} and {factor}.{theirs[factor]}"
        known = instance.spec.scenarios[factor].known.text
        message = f"{what} changes before it is known ({known}): at {node} branches {names} differ"
        repair = "let the factor be known earlier, or let the override start later"
        finding = Finding("known", "error", instance.position(path), path, message, repair)
        found.setdefault((what, factor), finding)
    return list(found.values())


def _override(instance: Instance, what: str, branches: Sequence[tuple[str, str]]) -> str:
    """Path of the override that most likely changes something: the one that shares most words with its name."""
    words = set(re.findall("[a-z0-9]+", what.lower()))
    best, most = f"scenarios.{branches[0][0]}.known", 0
    for factor, branch in branches:
        top = f"scenarios.{factor}.branches.{branch}.set"
        node = instance.tree.at(tuple(top.split(".")))
        for key in node.value if node is not None and isinstance(node.value, dict) else ():
            shared = 1 + len(words & set(re.findall("[a-z0-9]+", key.lower())))
            if shared > most:
                best, most = f"{top}", shared
    return best


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
