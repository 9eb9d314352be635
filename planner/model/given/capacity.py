"""Index lists and groupings of own construction and contracts."""

from __future__ import annotations

from functools import cached_property

from planner.data.types import Index, Term
from planner.model.changes import ROUNDING, Changes, changes
from planner.model.given.base import Base
from planner.tree import Node

CLAUSE_VARIABLES = (
    "exited_mw", "assigned_mw", "cancelled_mw", "renewed_mw", "expanded_mw", "expansion_right_mw",
)  # fmt: skip


class Capacity(Base):
    """What is built and contracted."""

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
    def column_changes(self) -> dict[str, dict[tuple[str, str, Node], tuple[Term, ...]]]:
        """What the columns of clauses change since the node before: `mean` and `end`, by (offer, chip, node)."""
        found: dict[str, dict[tuple[str, str, Node], list[Term]]] = {
            state: {key: [] for key in self.delivered} for state in ("mean", "end")
        }
        for column in self.contracts.columns:
            for n in self.tree.descendants[column.decided]:
                parent = self.tree.parent[n]
                # Shares hold what is not zero.
                held = 0.0 if parent is None or n == column.decided else column.end_share.get(parent, 0.0)
                for state, share in (("mean", column.share), ("end", column.end_share)):
                    change = share.get(n, 0.0) - held
                    if abs(change) > ROUNDING:
                        found[state][column.offer, column.chip, n].append((column.var, column.index, change))
        return {state: {key: tuple(terms) for key, terms in by.items()} for state, by in found.items()}

    @cached_property
    def kept_first(self) -> tuple[tuple[str, str, str, Node], ...]:
        """First columns after the term of a signing that is a decision and has no other clause."""
        given = self.contracts
        others = {row[:3] for row in given.clauses.one_way}
        return tuple(
            key
            for key in given.kept
            if given.kept_before[key] is None and key not in given.kept_given_mw and key[:3] not in others
        )

    @cached_property
    def kept_later(self) -> tuple[tuple[str, str, str, Node], ...]:
        """Columns that follow another one."""
        return tuple(key for key in self.contracts.kept if self.contracts.kept_before[key] is not None)

    # Clauses

    @cached_property
    def clause_columns(self) -> dict[str, tuple[Index, ...]]:
        """Index list of each variable of a clause."""
        columns = self.contracts.columns
        return {var: tuple(c.index for c in columns if c.var == var) for var in CLAUSE_VARIABLES}

    @property
    def exited(self) -> tuple[Index, ...]:
        """(offer, chip, signing, exit, node)."""
        return self.clause_columns["exited_mw"]

    @property
    def assigned(self) -> tuple[Index, ...]:
        """(offer, chip, signing, assignment, node)."""
        return self.clause_columns["assigned_mw"]

    @property
    def cancelled(self) -> tuple[Index, ...]:
        """(offer, chip, signing, node)."""
        return self.clause_columns["cancelled_mw"]

    @property
    def renewed(self) -> tuple[Index, ...]:
        """(offer, chip, signing, number of the renewal, node)."""
        return self.clause_columns["renewed_mw"]

    @property
    def expanded(self) -> tuple[Index, ...]:
        """(offer, chip, signing, node)."""
        return self.clause_columns["expanded_mw"]

    @cached_property
    def renewed_again(self) -> tuple[Index, ...]:
        """Second and later renewals."""
        return tuple(self.contracts.clauses.renewed_before)

    @cached_property
    def expanded_with_right(self) -> tuple[tuple[str, str, str, Node], ...]:
        """(offer, chip, signing, last) of expansions whose right has a price."""
        rights = set(self.contracts.clauses.rights)
        return tuple(key for key in self.contracts.clauses.expanded if key[:3] in rights)

    @cached_property
    def used(self) -> tuple[tuple[str, str, Node], ...]:
        """(offer, chip, node) where less than all that is delivered must be paid."""
        return tuple(key for key in self.delivered if key[0] in self.contracts.take_or_pay)

    @cached_property
    def tiered(self) -> tuple[tuple[str, ...], ...]:
        """(offer, chip, tier, signing node)."""
        return tuple(column.index for column in self.contracts.columns if column.var == "tier_mw")

    @cached_property
    def tiered_by_chip(self) -> tuple[tuple[str, str, Node], ...]:
        """(offer, chip, signing node) of offers with tiers."""
        return tuple(key for key in self.signed_by_chip if (key[0], key[2]) in self.contracts.tiers.at)

    @cached_property
    def later_peaks(self) -> tuple[tuple[str, str, str, Node], ...]:
        """Peaks that follow another one."""
        return tuple(key for key, (earlier, _) in self.contracts.consumption.peaks.items() if earlier)

    @cached_property
    def most_peak_mw(self) -> dict[tuple[str, str], float]:
        """Most MW that may ever be drawn, by (offer, signing)."""
        most: dict[tuple[str, str], float] = {}
        for (offer, _, signing, _), mw in self.contracts.consumption.most_mw.items():
            most[offer, signing] = max(mw, most.get((offer, signing), 0.0))
        return most

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
