"""Index lists and groupings of sites secured, rights to start, crews and blocks that leave."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from planner.model.changes import ROUNDING
from planner.model.given.base import Base
from planner.tree import Node

Leaving = tuple[Node, Node, float]
"""Start node, node of the exit, MW."""


class Stages(Base):
    """What comes before blocks, and what leaves before its life ends."""

    @cached_property
    def starting(self) -> frozenset[tuple[str, Node]]:
        """(build, node) where blocks may start."""
        return frozenset(self.construction.starts)

    @cached_property
    def held_nodes(self) -> tuple[tuple[str, Node], ...]:
        """(build, node) of builds that may hold so many blocks at most."""
        return tuple((build, n) for build in self.stages.most_held for n in self.nodes)

    @cached_property
    def secured_to(self) -> dict[tuple[str, Node], tuple[Node, ...]]:
        """Where a site may be secured on the path to a last node, by (site, last)."""
        return self._by_path(self.stages.securings)

    @cached_property
    def site_ends(
        self,
    ) -> dict[tuple[str, Node], tuple[tuple[Node, ...], tuple[Node, ...], tuple[Node, ...]]]:
        """Securings, beginnings and releases up to a node, by (site, node) where it may begin or be released."""
        begun, released, secured = (
            set(self.stages.ready),
            set(self.stages.releases),
            set(self.stages.securings),
        )
        places = dict.fromkeys((*self.stages.ready, *self.stages.releases))
        return {
            (site, n): tuple(  # type: ignore[misc]
                tuple(v for v in self.tree.path[n] if (site, v) in known)
                for known in (secured, begun, released)
            )
            for site, n in places
        }

    @cached_property
    def begun_until(self) -> dict[tuple[str, Node], tuple[tuple[str, Node], ...]]:
        """Beginnings of its site up to a start, by (build, node)."""
        return {
            (build, u): tuple((site, v) for v in self.tree.path[u] if (site, v) in self.stages.ready)
            for (build, u), site in self.stages.gated.items()
        }

    @cached_property
    def openings_that_pay(self) -> tuple[tuple[str, Node], ...]:
        """(build, node) where opening a site is paid for: it costs less than nothing."""
        opened = (key for key in self.construction.starts if key[0] in self.construction.opening_cost)
        return tuple(key for key in opened if self._pays("opened", key))

    @cached_property
    def additions_that_pay(self) -> tuple[tuple[str, Node], ...]:
        """(build, node) of whole blocks where a start is paid for; parts of blocks have a least size then."""
        return tuple(
            key
            for key in self.stages.additions
            if key[0] not in self.stages.continuous and self._pays("additions", key)
        )

    def _pays(self, variable: str, key: tuple[str, Node]) -> bool:
        lines = self.cost.get((variable, key), {})
        return sum(paid + at_end for paid, at_end in lines.values()) < 0.0

    def what_starts(self, build: str, u: Node) -> tuple[str, tuple[str, Node]]:
        """The whole number that says whether anything of a build starts at a node."""
        return ("additions" if build in self.stages.continuous else "blocks"), (build, u)

    @cached_property
    def starting_at(self) -> dict[tuple[str, Node], tuple[tuple[str, tuple[str, Node]], ...]]:
        """Whole numbers that say what starts at a site, by (site, node)."""
        found: dict[tuple[str, Node], list[tuple[str, tuple[str, Node]]]] = {
            key: [] for key in self.stages.ready
        }
        for (build, u), site in self.stages.gated.items():
            if (site, u) in found:
                part = build in self.stages.continuous
                found[site, u].append(("additions" if part else "blocks", (build, u)))
        return {key: tuple(columns) for key, columns in found.items()}

    @cached_property
    def started_until(self) -> dict[tuple[str, Node], tuple[Node, ...]]:
        """Starts up to a node where rights are counted, by (build, node)."""
        places = dict.fromkeys((*self.stages.usable, *self.stages.lapsing))
        return {
            (build, n): tuple(v for v in self.tree.path[n] if (build, v) in self.starting)
            for build, n in places
        }

    @cached_property
    def lapsed_until(self) -> dict[tuple[str, Node], tuple[Node, ...]]:
        """Nodes at which rights may lapse up to a node where rights are counted, by (build, node)."""
        return {
            (build, n): tuple(v for v in self.tree.path[n] if (build, v) in self.stages.lapsing)
            for build, n in self.started_until
        }

    @cached_property
    def empty_nodes(self) -> tuple[tuple[str, Node], ...]:
        """(build, node) where MW without chips cost more."""
        return tuple((build, n) for build in self.stages.empty for n in self.nodes)

    # Blocks that leave

    @cached_property
    def sold_to(self) -> dict[tuple[str, Node, Node], tuple[Node, ...]]:
        """Nodes of exits on the path to a last node, by (build, start node, last)."""
        found: dict[tuple[str, Node, Node], list[Node]] = defaultdict(list)
        for build, u, v in self.exits.sales:
            for last in self.tree.last:
                if v in self.tree.path[last]:
                    found[build, u, last].append(v)
        return {key: tuple(nodes) for key, nodes in found.items()}

    @cached_property
    def leaving(self) -> dict[tuple[str, Node], tuple[Node, ...]]:
        """Start nodes of blocks that may leave, by (build, node)."""
        found: dict[tuple[str, Node], list[Node]] = defaultdict(list)
        for build, u, v in self.exits.sales:
            found[build, v].append(u)
        return {key: tuple(nodes) for key, nodes in found.items()}

    @cached_property
    def exit_changes(self) -> dict[str, dict[tuple[str, Node], tuple[Leaving, ...]]]:
        """MW that a block which leaves takes away since the node before: `mean` and `end`, by (build, node)."""
        given = self.construction
        keys = [(build, n) for build in given.builds for n in self.nodes]
        found: dict[str, dict[tuple[str, Node], list[Leaving]]] = {
            state: {key: [] for key in keys} for state in ("mean", "end")
        }
        for build, u, v in self.exits.sales:
            for n in self.tree.descendants[v]:
                parent = self.tree.parent[n]
                # The shares hold what is not zero.
                held = 0.0 if n == v or parent is None else given.end_share.get((build, u, parent), 0.0)
                for state, share in (("mean", given.share), ("end", given.end_share)):
                    change = share.get((build, u, n), 0.0) - held
                    if abs(change) > ROUNDING:
                        found[state][build, n].append((u, v, given.block_mw[build] * change))
        return {state: {key: tuple(leaving) for key, leaving in by.items()} for state, by in found.items()}
