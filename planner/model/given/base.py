"""The prepared data with what every part of `Given` needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from planner.data.types import Data
from planner.tree import Node

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Base(Data):
    """The prepared data with its paths and what a MW unserved is worth."""

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes, parents first."""
        return self.tree.nodes

    @cached_property
    def _paths(self) -> tuple[tuple[Node, frozenset[Node]], ...]:
        return tuple((last, frozenset(self.tree.path[last])) for last in self.tree.last)

    def _by_path(self, starts: Iterable[tuple[K, Node]]) -> dict[tuple[K, Node], tuple[Node, ...]]:
        """Nodes on the path to each last node where a thing may be decided; without the empty ones."""
        found: dict[tuple[K, Node], list[Node]] = defaultdict(list)
        for name, u in starts:
            for last, path in self._paths:
                if u in path:
                    found[name, last].append(u)
        return {key: tuple(nodes) for key, nodes in found.items()}

    # Value of unserved demand: what a broken rule is priced at when no plan is possible.

    @cached_property
    def unserved_year_usd_m_per_mw(self) -> float:
        """Dearest value of a MW unserved for a year; 1 where nothing is asked for."""
        values = self.service.shortfall_usd_m_per_mw
        return max((usd_m / self.years[n] for (_, n), usd_m in values.items() if usd_m > 0.0), default=1.0)

    def unserved_usd_m_per_mw(self, n: Node) -> float:
        """Dearest value of a MW unserved for the period of a node."""
        return self.unserved_year_usd_m_per_mw * self.years[n]
