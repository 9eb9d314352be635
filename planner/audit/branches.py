"""The tree as the audit walks it: one path of nodes for each leaf, and which leaf's terms judge a node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.audit.paths import EPS
from planner.instance.schema import Spec
from planner.timeline import Timeline, make_timeline
from planner.tree import Node


@dataclass(frozen=True)
class Branch:
    """A leaf with its path."""

    id: str
    probability: float
    spec: Spec
    path: tuple[Node, ...]
    """Node ids by position of their period."""
    owned: frozenset[Node]
    """Nodes that no leaf before this one passes."""


def calendar_of(spec: Spec) -> Timeline:
    """The calendar of an instance."""
    terms = spec.calendar
    coarser = None if terms.coarsen is None else (terms.coarsen.after, terms.coarsen.step)
    return make_timeline(terms.start, terms.end, terms.step, terms.report_to, coarser)


def walk_branches(instance: Any) -> tuple[Timeline, tuple[Branch, ...]]:
    """The calendar and every leaf; a node's id is the period's label, then `/` and the branches known by its start."""
    timeline = calendar_of(instance.spec)
    labels = [period.label for period in timeline.periods]
    if not instance.spec.scenarios:
        path = tuple(labels)
        return timeline, (Branch("path", 1.0, instance.spec, path, frozenset(path)),)
    known = {factor: timeline.first(terms.known) for factor, terms in instance.spec.scenarios.items()}
    seen: set[Node] = set()
    branches = []
    for leaf in instance.leaves():
        nodes: list[Node] = []
        for label, period in zip(labels, timeline.periods, strict=True):
            chosen = [leaf.branches[factor] for factor, x in known.items() if x <= period.start + EPS]
            nodes.append(f"{label}/{'.'.join(chosen)}" if chosen else label)
        owned = frozenset(nodes) - seen
        seen |= owned
        branches.append(Branch(leaf.id, float(leaf.probability), leaf.spec, tuple(nodes), owned))
    return timeline, tuple(branches)
