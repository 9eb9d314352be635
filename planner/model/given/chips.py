"""Index lists and groupings of chips, site power and energy, and service."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from planner.data.types import Index, Pool, Term
from planner.model.changes import merged, state_terms
from planner.model.given.base import Base
from planner.tree import Node


class Chips(Base):
    """What stands on hosts, draws power and serves."""

    # Chips

    @cached_property
    def pair_nodes(self) -> tuple[tuple[str, str, Node], ...]:
        """(chip, host, node), possible or not."""
        return tuple((chip, host, n) for chip, host in self.chips.pairs for n in self.nodes)

    @cached_property
    def placed(self) -> dict[tuple[str, str, Node], None]:
        """(chip, host, node) where some MW can be installed, in order."""
        given = self.chips
        return {key: None for key in self.pair_nodes if given.in_life[key] or any(given.opening_in_life[key])}

    @cached_property
    def retiring(self) -> tuple[tuple[str, str, Node], ...]:
        """(chip, host, node) where chips leave life by the last day: elsewhere arrivals alone bound what is there."""
        return tuple(key for key in self.placed if self._leaves_life(key, at_end=True))

    @cached_property
    def retiring_within(self) -> tuple[tuple[str, str, Node], ...]:
        """(chip, host, node) where chips leave life within the period."""
        return tuple(key for key in self.placed if self._leaves_life(key, at_end=False))

    def _leaves_life(self, key: tuple[str, str, Node], at_end: bool) -> bool:
        """Whether chips in life before or arriving count less in life now than the inventory alone lets stay."""
        chip, host, n = key
        parent = self.tree.parent[n]
        stay: dict[tuple[str, Node], float] = {}
        opening = self.chips.opening_mw[chip, host]
        if parent is not None:
            opening = self.chips.opening_in_life[chip, host, parent][1]
            stay = {(q, u): end for q, u, _, end in self.chips.in_life[chip, host, parent]}
        for q, u, left in self.chips.arriving[key]:
            stay[q, u] = 1.0 if at_end else left
        now = {(q, u): end if at_end else mean for q, u, mean, end in self.chips.in_life[key]}
        if opening > self.chips.opening_in_life[key][1 if at_end else 0] + 1e-9:
            return True
        return any(share > now.get(one, 0.0) + 1e-9 for one, share in stay.items())

    @cached_property
    def host_nodes(self) -> dict[tuple[str, Node], tuple[str, ...]]:
        """Chips that can stand on a host, by (host, node); without the empty ones."""
        found: dict[tuple[str, Node], list[str]] = defaultdict(list)
        for chip, host, n in self.placed:
            found[host, n].append(chip)
        return {key: tuple(chips) for key, chips in found.items()}

    @cached_property
    def valued_at(self) -> dict[tuple[str, str, Node], tuple[Term, ...]]:
        """Chips credited at the end, by (chip, host, last)."""
        found: dict[tuple[str, str, Node], list[Term]] = defaultdict(list)
        for q, host, u, last in self.chips.valued:
            found[self.chips.chip_of[q], host, last].append(("valued_mw", (q, host, u, last), 1.0))
        for number, chip, host, last in self.chips.opening_valued:
            found[chip, host, last].append(("opening_valued_mw", (number, chip, host, last), 1.0))
        return {key: tuple(terms) for key, terms in found.items()}

    @cached_property
    def sold_out(self) -> dict[tuple[str, str, Node, Node], tuple[Index, ...]]:
        """(terms, host, order node, last) of orders that can be sold and not credited."""
        valued = set(self.chips.valued)
        return {key: columns for key, columns in self.chips.sold.of_order.items() if key not in valued}

    @cached_property
    def taken_before(self) -> dict[tuple[str, Node, int], tuple[Term, ...]]:
        """What was taken by the date before and still counts."""
        found = {}
        for key in self.chips.supplies:
            previous = self.chips.supply_before[key]
            found[key] = () if previous is None else (("taken_mw", previous[0], previous[1]),)
        return found  # type: ignore[return-value]

    # Power

    @cached_property
    def site_load_terms(self) -> dict[tuple[str, Node, int], tuple[Term, ...]]:
        """Terms whose sum is the facility MW that decisions draw at a site on a date."""
        latest: dict[tuple[str, Node], tuple[str, Node, int]] = {}
        previous: dict[tuple[str, Node, int], tuple[tuple[str, Node, int], float] | None] = {}
        for site, n, step in self.power.dates:
            # Dates come in order, parents first; a node may have none.
            held = next((latest[site, v] for v in reversed(self.tree.path[n]) if (site, v) in latest), None)
            previous[site, n, step] = None if held is None else (held, 1.0)
            latest[site, n] = (site, n, step)
        sums = {key: merged(self.power.load[key]) for key in self.power.dates}
        return state_terms("site_load_mw", sums, previous)

    @cached_property
    def installed_at(self) -> dict[tuple[str, Node], tuple[tuple[str, str, Node], ...]]:
        """Columns of mean installed MW at a site, by (site, node)."""
        return {
            (site, n): tuple(
                (chip, host, n)
                for host in self.power.energy_hosts[site]
                for chip in self.host_nodes.get((host, n), ())
            )
            for site, n in self.power.energy_nodes
        }

    @cached_property
    def energy_projects(self) -> dict[tuple[str, Node], None]:
        """(project, node) at sites with a need for energy, in order."""
        given = self.power
        return {(project, n): None for site, n in given.energy_nodes for project in given.projects_at[site]}

    @cached_property
    def charged(self) -> tuple[tuple[str, Node], ...]:
        """(site, node) with a demand charge or a minimum bill."""
        sites = set(self.power.charged_sites)
        return tuple(key for key in self.power.energy_nodes if key[0] in sites)

    @cached_property
    def billed(self) -> tuple[tuple[str, Node], ...]:
        """(site, node) with a minimum bill."""
        return tuple(key for key in self.charged if key[0] in self.power.minimum_bill)

    @cached_property
    def netted_projects(self) -> dict[str, tuple[str, ...]]:
        """Projects whose power is taken off the charged MW, by site."""
        return {
            site: () if self.power.gross[site] else self.power.projects_at[site]
            for site in self.power.charged_sites
        }

    # Service

    @cached_property
    def served(self) -> tuple[tuple[str, str, str, str, Node], ...]:
        """(workload, chip, region, control, node)."""
        return tuple((w, *pool, n) for w, pool in self.service.serves for n in self.nodes)

    @cached_property
    def workloads_of(self) -> dict[Pool, tuple[str, ...]]:
        """Workloads that a pool may serve; without idle pools."""
        found: dict[Pool, list[str]] = defaultdict(list)
        for w, pool in self.service.serves:
            found[pool].append(w)
        return {pool: tuple(workloads) for pool, workloads in found.items()}

    @cached_property
    def pool_nodes(self) -> tuple[tuple[str, str, str, Node], ...]:
        """(chip, region, control, node) of pools that may serve."""
        return tuple((*pool, n) for pool in self.workloads_of for n in self.nodes)

    @cached_property
    def pools_of(self) -> dict[str, tuple[Pool, ...]]:
        """Pools that may serve a workload."""
        return {
            w: tuple(pool for one, pool in self.service.serves if one == w) for w in self.service.workloads
        }

    @cached_property
    def installed_in(self) -> dict[tuple[str, str, str, Node], tuple[tuple[str, str, Node], ...]]:
        """Columns of mean installed MW in a pool, by (chip, region, control, node)."""
        return {
            (*pool, n): tuple(
                (chip, host, n)
                for chip, host in self.service.pool_installed[pool]
                if (chip, host, n) in self.placed
            )
            for pool in self.workloads_of
            for n in self.nodes
        }

    @cached_property
    def workload_nodes(self) -> tuple[tuple[str, Node], ...]:
        """(workload, node)."""
        return tuple((w, n) for w in self.service.workloads for n in self.nodes)
