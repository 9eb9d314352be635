"""Index lists and groupings of curtailable load, grid upgrades, and contracts with utilities."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from planner.data.types import Term
from planner.model.given.chips import Chips
from planner.tree import Node

Curtailed = tuple[str, str, Node]
"""Chip, place, node."""


class Utility(Chips):
    """What utilities give and ask for."""

    @cached_property
    def takes_to(self) -> dict[tuple[str, Node], tuple[Node, ...]]:
        """Where curtailable load may be taken on the path to a last node, by (site, last)."""
        return self._by_path(self.utility.takes)

    @cached_property
    def taken_until(self) -> dict[tuple[str, Node], tuple[Node, ...]]:
        """Where curtailable load may be taken up to a node, by (site, node)."""
        places, known = (*self.utility.lost, *self.utility.grid), set(self.utility.takes)
        return {
            (site, n): tuple(v for v in self.tree.path[n] if (site, v) in known)
            for site, n in dict.fromkeys(places)
        }

    @cached_property
    def curtailed_in(self) -> dict[tuple[str, str, str, Node], tuple[Term, ...]]:
        """What a curtailment takes from a pool, by (chip, region, control, node); clouds by their availability."""
        nodes: dict[tuple[str, str], list[Node]] = defaultdict(list)
        for chip, place, n in self.utility.curtailed:
            nodes[chip, place].append(n)
        found: dict[tuple[str, str, str, Node], list[Term]] = {key: [] for key in self.pool_nodes}
        for pool in self.workloads_of:
            hosts = [(chip, host, 1.0) for chip, host in self.service.pool_installed[pool]]
            clouds = [
                (chip, offer, self.contracts.availability[offer])
                for offer, chip in self.service.pool_offers[pool]
            ]
            for chip, place, share in (*hosts, *clouds):
                for n in nodes.get((chip, place), ()):
                    found[*pool, n].append(("curtailed_mw", (chip, place, n), share))
        return {key: tuple(terms) for key, terms in found.items()}

    @cached_property
    def curtailed_at(self) -> dict[tuple[str, Node], tuple[Curtailed, ...]]:
        """Curtailed columns of own builds and shells, which need no energy then, by (site, node)."""
        found: dict[tuple[str, Node], list[Curtailed]] = {key: [] for key in self.power.energy_nodes}
        for chip, place, n in self.utility.curtailed:
            if self.contracts.kind[place] != "cloud":
                site = self.contracts.site[place]
                assert site is not None
                found[site, n].append((chip, place, n))
        return {key: tuple(columns) for key, columns in found.items()}

    @cached_property
    def site_of_place(self) -> dict[str, str]:
        """Site of a place where load may be curtailed."""
        return {place: site for _, place, _ in self.utility.curtailed if (site := self.contracts.site[place])}

    @cached_property
    def most_grid_mwh(self) -> dict[tuple[str, Node], float]:
        """Most energy that the grid can give, with everything that widens it."""
        found = {}
        for site, n in self.power.energy_nodes:
            mw = self.power.mean_grid_mw[site, n]
            if (site, n) in self.utility.extra_mean_mw:
                mw += self.utility.extra_mean_mw[site, n]
                for project in self.utility.upgrades_at[site]:
                    mw += self.construction.unit_facility_mw[project] * self.construction.most_units[project]
            found[site, n] = mw * self.power.hours[n]
        return found

    # Contracts

    @cached_property
    def charged_hosts(self) -> tuple[tuple[str, Node], ...]:
        """(site, node) with a charge or a minimum bill on what is built and leased."""
        sites = set(self.power.charged_sites) - set(self.utility.contract_sites)
        return tuple(key for key in self.power.energy_nodes if key[0] in sites)

    @cached_property
    def charged_contracts(self) -> tuple[tuple[str, Node], ...]:
        """(site, node) with a charge or a minimum bill on contracted MW."""
        sites = set(self.power.charged_sites) & set(self.utility.contract_sites)
        return tuple(key for key in self.power.energy_nodes if key[0] in sites)

    @cached_property
    def contracted_in_blocks(self) -> tuple[tuple[str, Node], ...]:
        """(site, node) where MW are contracted in whole blocks."""
        return tuple(key for key in self.utility.contracts if key[0] in self.utility.contract_block_mw)

    @cached_property
    def contracted_to(self) -> dict[tuple[str, Node], tuple[Node, ...]]:
        """Where MW may be contracted on the path to a last node, by (site with a most, last)."""
        return self._by_path(key for key in self.utility.contracts if key[0] in self.utility.contract_most_mw)

    @cached_property
    def dropped_to(self) -> dict[tuple[str, Node, Node], tuple[Node, ...]]:
        """Where MW may be dropped on the path to a last node, by (site, node contracted, last)."""
        found: dict[tuple[str, Node, Node], list[Node]] = defaultdict(list)
        for site, u, v in self.utility.drops:
            for last in self.tree.last:
                if v in self.tree.path[last]:
                    found[site, u, last].append(v)
        return {key: tuple(nodes) for key, nodes in found.items()}
