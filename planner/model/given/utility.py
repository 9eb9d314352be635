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

    # What pays: held from above too

    @cached_property
    def paid_for_billed(self) -> tuple[tuple[str, Node], ...]:
        """(site, node) with a minimum bill at a price below zero."""
        return tuple(key for key in self.billed if self.power.grid_usd_m_per_mwh[key] < 0.0)

    @cached_property
    def paid_for_charged(self) -> frozenset[tuple[str, Node]]:
        """(site, node) where a MW charged costs less than none, by its charge or by the bill that follows from it."""
        charge, billed = self.power.demand_charge, set(self.paid_for_billed)
        return frozenset(key for key in self.charged if charge.get(key, 0.0) < 0.0 or key in billed)

    @cached_property
    def discounted_at_a_loss(self) -> tuple[tuple[str, Node], ...]:
        """(site, node) where a discount takes from what is paid to us."""
        return tuple(key for key in self.utility.discounted if self.power.grid_usd_m_per_mwh[key] < 0.0)

    @cached_property
    def charged_hosts_alone(self) -> tuple[tuple[str, Node], ...]:
        """Of `paid_for_charged`, what is built and leased, with no power units to take off."""
        return tuple(
            key
            for key in self.charged_hosts
            if key in self.paid_for_charged and not self.netted_projects[key[0]]
        )

    @cached_property
    def charged_net(self) -> tuple[tuple[str, Node], ...]:
        """The same net of power units: what they carry beyond the hosts is not paid back."""
        return tuple(
            key for key in self.charged_hosts if key in self.paid_for_charged and self.netted_projects[key[0]]
        )

    @cached_property
    def charged_contracts_alone(self) -> tuple[tuple[str, Node], ...]:
        """Of `paid_for_charged`, what is contracted."""
        return tuple(key for key in self.charged_contracts if key in self.paid_for_charged)

    @cached_property
    def most_hosts_mw(self) -> dict[str, float]:
        """Facility MW of all that may ever be built and leased at a site, counts and sizes alone."""
        found = {}
        for site in self.power.charged_sites:
            mw = 0.0
            for host in self.power.energy_hosts[site]:
                if host in self.construction.most_blocks:
                    given = max(self.construction.given_mw[host, n] for n in self.nodes)
                    mw += self.construction.block_mw[host] * self.construction.most_blocks[host] + given
                else:
                    mw += self._most_leased_mw(host)
            found[site] = self.power.facility_per_it[site] * mw
        return found

    def _most_leased_mw(self, offer: str) -> float:
        """MW of a shell: every signing at its largest, with what clauses add, and given ones."""
        at = self.contracts
        largest = max((mw for (one, _), mw in at.max_mw.items() if one == offer), default=0.0)
        signed = largest * at.most_signings.get(offer, 0)
        given = sum(max(at.given_mw[offer, chip, n] for n in self.nodes) for chip in at.chips_of[offer])
        more = 1.0 + at.clauses.most_expanded_share.get(offer, 0.0)
        # Kept and renewed MW stand where the term has ended: once more, at the turn of a period.
        return 2.0 * (signed * more + given)

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
