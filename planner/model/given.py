"""What the rules read: the prepared data with the index lists and groupings that follow from it.

`Given` is the `Data` of an instance, so `d.power.grid_facility_mw[site, n, step]` is a number of the preparation;
what stands directly on `d` is arranged here, once and when first asked for, so that no rule holds a condition.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from planner.data.types import Data, Index, LimitRow, Pool, Term, Var
from planner.model.changes import Changes, Coefficients, as_terms, changes, merged, state_terms
from planner.tree import Node

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True)
class LimitForm:
    """A limit as a row: terms against a bound, what is given moved to the bound."""

    terms: tuple[Term, ...]
    bound: float
    broken: tuple[Term, ...]
    """The amount broken, of soft limits."""


@dataclass(frozen=True)
class Given(Data):
    """The prepared data, arranged for the rules."""

    @staticmethod
    def of(data: Data) -> Given:
        """The data with its groupings."""
        return Given(**{name: getattr(data, name) for name in Data.__dataclass_fields__})

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

    # Construction

    @cached_property
    def build_nodes(self) -> tuple[tuple[str, Node], ...]:
        """(build, node)."""
        return tuple((build, n) for build in self.construction.builds for n in self.nodes)

    @cached_property
    def block_changes(self) -> Changes:
        """MW that a block adds since the node before, by (build, node)."""
        given = self.construction
        return changes(
            self.tree,
            given.starts,
            given.block_mw.__getitem__,
            # The shares hold what is not zero.
            lambda build, u, n: given.share.get((build, u, n), 0.0),
            lambda build, u, n: given.end_share.get((build, u, n), 0.0),
        )

    @cached_property
    def starts_to(self) -> dict[tuple[str, Node], tuple[Node, ...]]:
        """Start nodes on the path to a last node, by (build, last)."""
        return self._by_path(self.construction.starts)

    @cached_property
    def opened(self) -> tuple[tuple[str, Node], ...]:
        """(build, node) where a site with a cost may be opened."""
        with_cost = set(self.construction.opening_cost)
        return tuple((build, u) for build, u in self.construction.starts if build in with_cost)

    @cached_property
    def opened_until(self) -> dict[tuple[str, Node], tuple[Node, ...]]:
        """Nodes up to a start at which the site may have been opened."""
        known = set(self.opened)
        return {
            (build, u): tuple(v for v in self.tree.path[u] if (build, v) in known) for build, u in self.opened
        }

    @cached_property
    def opened_to(self) -> dict[tuple[str, Node], tuple[Node, ...]]:
        """Opening nodes on the path to a last node, by (build, last)."""
        return self._by_path(self.opened)

    @cached_property
    def crew(self) -> dict[tuple[str, Node], tuple[Node, ...]]:
        """Starts under construction at (build, node) where a crew limit can bind."""
        return {key: nodes for key, (nodes, _) in self.construction.crew.items() if nodes}

    @cached_property
    def project_nodes(self) -> tuple[tuple[str, Node], ...]:
        """(project, node)."""
        return tuple((project, n) for project in self.construction.projects for n in self.nodes)

    @cached_property
    def unit_changes(self) -> Changes:
        """Facility MW that a unit adds since the node before, by (project, node)."""
        given = self.construction
        return changes(
            self.tree,
            given.project_starts,
            given.unit_facility_mw.__getitem__,
            lambda project, u, n: given.project_share.get((project, u, n), 0.0),
            lambda project, u, n: given.project_end_share.get((project, u, n), 0.0),
        )

    @cached_property
    def units_to(self) -> dict[tuple[str, Node], tuple[Node, ...]]:
        """Start nodes of units on the path to a last node, by (project, last)."""
        return self._by_path(self.construction.project_starts)

    # Contracts

    @cached_property
    def signed_by_chip(self) -> tuple[tuple[str, str, Node], ...]:
        """(offer, chip, node) that may be signed."""
        given = self.contracts
        return tuple((offer, chip, u) for offer, u in given.signings for chip in given.signed_chips[offer, u])

    @cached_property
    def signed_in_blocks(self) -> tuple[tuple[str, str, Node], ...]:
        """(offer, chip, node) of offers sold in blocks."""
        return tuple(key for key in self.signed_by_chip if key[0] in self.contracts.block_mw)

    @cached_property
    def signings_to(self) -> dict[tuple[str, Node], tuple[Node, ...]]:
        """Signing nodes on the path to a last node, by (offer, last)."""
        return self._by_path(self.contracts.signings)

    @cached_property
    def signed_total_to(self) -> dict[tuple[str, Node], tuple[tuple[str, str, Node], ...]]:
        """Columns of signed MW on the path to a last node, by (offer with a total, last)."""
        return {
            (offer, last): tuple(
                (offer, chip, u) for u in nodes for chip in self.contracts.signed_chips[offer, u]
            )
            for (offer, last), nodes in self.signings_to.items()
            if offer in self.contracts.most_total_mw
        }

    @cached_property
    def delivered(self) -> tuple[tuple[str, str, Node], ...]:
        """(offer, chip, node) of shell and cloud offers."""
        given = self.contracts
        return tuple(
            (offer, k, n) for offer in given.offers for k in given.chips_of[offer] for n in self.nodes
        )

    @cached_property
    def signed_changes(self) -> Changes:
        """MW that a signed MW adds since the node before, by ((offer, chip), node)."""
        given = self.contracts
        return changes(
            self.tree,
            [((offer, chip), u) for offer, chip, u in self.signed_by_chip],
            lambda name: 1.0,
            lambda name, u, n: given.share.get((name[0], u, n), 0.0),
            lambda name, u, n: given.end_share.get((name[0], u, n), 0.0),
        )

    @cached_property
    def kept_at(self) -> dict[tuple[str, str, Node | None], tuple[tuple[str, str, str, Node], ...]]:
        """Columns of kept MW by (offer, chip, node); node None, before the start, has none."""
        found: dict[tuple[str, str, Node | None], list[tuple[str, str, str, Node]]] = {
            (offer, chip, n): []
            for offer in self.contracts.offers
            for chip in self.contracts.chips_of[offer]
            for n in (None, *self.nodes)
        }
        for key in self.contracts.kept:
            found[key[0], key[1], key[3]].append(key)
        return {key: tuple(columns) for key, columns in found.items()}

    @cached_property
    def kept_first(self) -> tuple[tuple[str, str, str, Node], ...]:
        """First columns after the term of a signing that is a decision."""
        given = self.contracts
        return tuple(k for k in given.kept if given.kept_before[k] is None and k not in given.kept_given_mw)

    @cached_property
    def kept_later(self) -> tuple[tuple[str, str, str, Node], ...]:
        """Columns that follow another one."""
        return tuple(key for key in self.contracts.kept if self.contracts.kept_before[key] is not None)

    @cached_property
    def used(self) -> tuple[tuple[str, str, Node], ...]:
        """(offer, chip, node) where less than all that is delivered must be paid."""
        return tuple(key for key in self.delivered if key[0] in self.contracts.take_or_pay)

    @cached_property
    def on_demand(self) -> tuple[tuple[str, str, Node], ...]:
        """(offer, chip, node) of capacity on demand."""
        given = self.contracts
        return tuple(
            (offer, k, n) for offer in given.on_demand for k in given.chips_of[offer] for n in self.nodes
        )

    @cached_property
    def on_demand_nodes(self) -> tuple[tuple[str, Node], ...]:
        """(offer, node) of capacity on demand."""
        return tuple((offer, n) for offer in self.contracts.on_demand for n in self.nodes)

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

    # Money

    @cached_property
    def line_nodes(self) -> tuple[tuple[str, Node], ...]:
        """(line, node) of lines that anything pays, or that a lender pays for."""
        return tuple((line, n) for line in self.paid_lines for n in self.nodes)

    @cached_property
    def paid_lines(self) -> tuple[str, ...]:
        """Lines that anything pays, or that a lender pays for."""
        return tuple(dict.fromkeys((*self.lines, *(line for _, line, _ in self.money.draw_lines))))

    @cached_property
    def given_paid(self) -> dict[tuple[str, Node], float]:
        """USD m that no decision changes, by (line, node), zeros included."""
        return {key: self.given_paid_usd_m.get(key, 0.0) for key in self.line_nodes}

    @cached_property
    def paid_terms(self) -> dict[tuple[str, Node], tuple[Term, ...]]:
        """Terms whose sum is what decisions pay in a line, by (line, node)."""
        sums: dict[tuple[str, Node], dict[tuple[Var, Index], float]] = {key: {} for key in self.line_nodes}
        for entry in self.ledger:
            if entry.paid_usd_m != 0.0:
                row, column = sums[entry.line, entry.node], (entry.var, entry.index)
                row[column] = row[column] + entry.paid_usd_m if column in row else entry.paid_usd_m
        return state_terms("paid_usd_m", sums, self._previous(sums, by_length=True))

    def _previous(
        self, sums: Iterable[tuple[str, Node]], by_length: bool
    ) -> dict[tuple[str, Node], tuple[tuple[str, Node], float] | None]:
        """The key of the node before; with `by_length` a level stream grows with the length of the period."""
        found: dict[tuple[str, Node], tuple[tuple[str, Node], float] | None] = {}
        for name, n in sums:
            parent = self.tree.parent[n]
            ratio = 1.0 if parent is None or not by_length else self.years[n] / self.years[parent]
            found[name, n] = None if parent is None else ((name, parent), ratio)
        return found

    @cached_property
    def floor_nodes(self) -> tuple[Node, ...]:
        """Nodes with a floor on cash."""
        return tuple(n for n in self.nodes if n in self.money.floor_usd_m)

    @cached_property
    def overdrawn_at(self) -> dict[Node, tuple[Node, ...]]:
        """The node itself where an overdraft is allowed, else nothing."""
        allowed = set(self.money.overdraft_nodes)
        return {n: (n,) if n in allowed else () for n in self.nodes}

    @cached_property
    def unbounded_overdrafts(self) -> tuple[Node, ...]:
        """Nodes of a soft floor without a largest amount: the least one is found by a solve of its own."""
        return self.money.overdraft_nodes if self.money.overdraft_most_usd_m is None else ()

    @cached_property
    def overdraft_plan(self) -> tuple[str, ...]:
        """One member where the largest overdraft is to be found, else none."""
        return ("plan",) if self.unbounded_overdrafts else ()

    @cached_property
    def rounds_at(self) -> dict[Node, tuple[tuple[str, float], ...]]:
        """(optional round, USD m) that arrives, by node."""
        found: dict[Node, list[tuple[str, float]]] = {n: [] for n in self.nodes}
        for (name, n), usd_m in self.money.round_usd_m.items():
            if name in self.money.rounds:
                found[n].append((name, usd_m))
        return {n: tuple(rounds) for n, rounds in found.items()}

    @cached_property
    def facility_nodes(self) -> tuple[tuple[str, Node], ...]:
        """(facility, node)."""
        return tuple((facility, n) for facility in self.money.facilities for n in self.nodes)

    @cached_property
    def revolver_nodes(self) -> tuple[tuple[str, Node], ...]:
        """(revolver, node)."""
        return tuple(key for key in self.facility_nodes if self.money.facilities[key[0]].kind == "revolver")

    @cached_property
    def amortising_nodes(self) -> tuple[tuple[str, Node], ...]:
        """(amortising facility, node)."""
        return tuple(key for key in self.facility_nodes if self.money.facilities[key[0]].kind != "revolver")

    @cached_property
    def drawn_at(self) -> dict[tuple[str, Node], tuple[Node, ...]]:
        """The node itself where a facility may be drawn, else nothing."""
        allowed = set(self.money.draws)
        return {key: (key[1],) if key in allowed else () for key in self.facility_nodes}

    @cached_property
    def repaid_of(self) -> dict[tuple[str, Node], tuple[tuple[Node, float], ...]]:
        """(draw node, share repaid) at (facility, node)."""
        found: dict[tuple[str, Node], list[tuple[Node, float]]] = {key: [] for key in self.facility_nodes}
        for (facility, u, n), share in self.money.repaid_share.items():
            found[facility, n].append((u, share))
        return {key: tuple(shares) for key, shares in found.items()}

    @cached_property
    def lines_drawn(self) -> dict[tuple[str, Node], tuple[str, ...]]:
        """Eligible lines of a draw, by (facility, node); without general-purpose draws."""
        found: dict[tuple[str, Node], list[str]] = defaultdict(list)
        for facility, line, n in self.money.draw_lines:
            found[facility, n].append(line)
        return {key: tuple(lines) for key, lines in found.items()}

    @cached_property
    def lenders_together(self) -> dict[tuple[str, Node], tuple[str, ...]]:
        """Facilities that may be drawn on one line, by (line, node), where there are several."""
        found: dict[tuple[str, Node], list[str]] = defaultdict(list)
        for facility, line, n in self.money.draw_lines:
            found[line, n].append(facility)
        return {key: tuple(facilities) for key, facilities in found.items() if len(facilities) > 1}

    @cached_property
    def payables(self) -> tuple[tuple[str, Node], ...]:
        """(vendor with a cap on what is owed, node)."""
        return tuple((vendor, n) for vendor in self.money.payables_cap_usd_m for n in self.nodes)

    @cached_property
    def owed_terms(self) -> dict[tuple[str, Node], tuple[Term, ...]]:
        """Terms whose sum is what decisions owe to a vendor on a last day, by (vendor, node)."""
        sums = {key: merged(self.money.owed[key]) for key in self.payables}
        return state_terms("owed_usd_m", sums, self._previous(sums, by_length=False))

    # Limits

    @cached_property
    def at_most(self) -> dict[tuple[str, str, Node], LimitForm]:
        """Limits from above, by (limit, member, node)."""
        return {_key(row): _form(row, broken=-1.0) for row in self.limits if row.sense == "max"}

    @cached_property
    def at_least(self) -> dict[tuple[str, str, Node], LimitForm]:
        """Limits from below, by (limit, member, node)."""
        return {_key(row): _form(row, broken=1.0) for row in self.limits if row.sense == "min"}

    @cached_property
    def limit_unit(self) -> dict[tuple[str, str, Node], str]:
        """Unit of a limit."""
        return {_key(row): row.unit for row in self.limits}

    @cached_property
    def soft_limits(self) -> dict[tuple[str, str, Node], float]:
        """Cost of a unit broken, by (limit, member, node) of soft limits."""
        return {_key(row): row.soft_usd_m for row in self.limits if row.soft_usd_m is not None}

    # Cost

    @cached_property
    def cost_terms(self) -> dict[str, Coefficients]:
        """Expected discounted cost per unit of each variable by line, what is owed or owned at the end included."""
        found: dict[str, dict[tuple[Var, Index], float]] = defaultdict(dict)
        for column, lines in self.cost.items():
            for line, (paid, at_end) in lines.items():
                found[line][column] = paid + at_end
        return dict(found)


def _key(row: LimitRow) -> tuple[str, str, Node]:
    return row.limit, row.member, row.node


def _form(row: LimitRow, broken: float) -> LimitForm:
    soft: tuple[Term, ...] = () if row.soft_usd_m is None else (("broken", _key(row), broken),)
    if row.share is None:
        return LimitForm(as_terms(merged(row.terms)), row.amount - row.given, soft)
    share = row.share
    against = tuple((var, index, -share * number) for var, index, number in row.total_terms)
    return LimitForm(as_terms(merged((*row.terms, *against))), share * row.total_given - row.given, soft)
