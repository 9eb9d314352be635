"""The scenario tree: every decision is indexed by a node; without scenarios a node is a period."""

from __future__ import annotations

from dataclasses import dataclass

Node = str


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
