"""The scenario tree: every decision is indexed by a node; without scenarios a node is a period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planner.timeline import Timeline

Node = str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One leaf: its probability and a branch of each factor."""

    id: str
    probability: float
    branches: Mapping[str, str]
    """Branch by factor."""


@dataclass(frozen=True)
class Tree:
    """Nodes in topological order (parents first); a path has one leaf."""

    nodes: tuple[Node, ...]
    parent: dict[Node, Node | None]
    period: dict[Node, int]
    """Position of the node's period in the calendar."""
    probability: dict[Node, float]
    leaf: dict[Node, str]
    """The scenario whose terms hold at the node: the first leaf below it."""
    path: dict[Node, tuple[Node, ...]]
    """Nodes from the root to the node, both included."""
    descendants: dict[Node, tuple[Node, ...]]
    """The node and all nodes below it, parents first."""

    @property
    def last(self) -> tuple[Node, ...]:
        """Nodes of the last period, one a leaf."""
        inner = {parent for parent in self.parent.values() if parent is not None}
        return tuple(node for node in self.nodes if node not in inner)


def node_path(
    timeline: Timeline, branches: Mapping[str, str], known: Mapping[str, float]
) -> tuple[Node, ...]:
    """Node ids of a leaf by period: the label, then `/` and the branches known at its start, in order of the factors.

    `known` has the month from which the branches of each factor differ.
    """
    path = []
    for period in timeline.periods:
        seen = [branches[factor] for factor, month in known.items() if month <= period.start + 1e-9]
        path.append(f"{period.label}/{'.'.join(seen)}" if seen else period.label)
    return tuple(path)


def make_tree(timeline: Timeline, outcomes: Sequence[Outcome], known: Mapping[str, float]) -> Tree:
    """The tree on which outcomes share a node until one of their factors is known at the start of a period."""
    paths = [node_path(timeline, outcome.branches, known) for outcome in outcomes]
    nodes = tuple(dict.fromkeys(path[p] for p in range(len(timeline.periods)) for path in paths))
    order = {node: place for place, node in enumerate(nodes)}
    parent: dict[Node, Node | None] = dict.fromkeys(nodes)
    period: dict[Node, int] = dict.fromkeys(nodes, 0)
    probability = dict.fromkeys(nodes, 0.0)
    leaf = dict.fromkeys(nodes, "")
    path_to: dict[Node, tuple[Node, ...]] = dict.fromkeys(nodes, ())
    below: dict[Node, set[Node]] = {node: set() for node in nodes}
    for outcome, path in zip(outcomes, paths, strict=True):
        for p, node in enumerate(path):
            parent[node] = path[p - 1] if p else None
            period[node] = p
            probability[node] += outcome.probability
            leaf[node] = leaf[node] or outcome.id
            path_to[node] = path[: p + 1]
            below[node].update(path[p:])
    descendants = {node: tuple(sorted(below[node], key=order.__getitem__)) for node in nodes}
    return Tree(nodes, parent, period, probability, leaf, path_to, descendants)
