"""Index lists and groupings of who serves what from where, and of work that is shifted."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from itertools import product

from planner.data.types import Pool
from planner.model.given.base import Base
from planner.tree import Node

Loan = tuple[str, str, Node]


class Serving(Base):
    """Demand regions and shifted work."""

    @cached_property
    def served_at(self) -> dict[tuple[str, str], tuple[Pool, ...]]:
        """Pools at a place that may serve a demand, by (demand, place)."""
        found: dict[tuple[str, str], list[Pool]] = defaultdict(list)
        for demand, pool in self.service.serves:
            found[demand, pool[1]].append(pool)
        return {key: tuple(pools) for key, pools in found.items()}

    @cached_property
    def sourced(self) -> dict[tuple[str, Node], tuple[tuple[str, str, Node], ...]]:
        """Places that may be the one that serves, by (demand, node)."""
        found: dict[tuple[str, Node], list[tuple[str, str, Node]]] = defaultdict(list)
        for demand, place, n in self.service.sources:
            found[demand, n].append((demand, place, n))
        return {key: tuple(columns) for key, columns in found.items()}

    @cached_property
    def opened_sources(self) -> tuple[tuple[str, str, Node], ...]:
        """(demand, place, node) of a place that must be opened before it is the one that serves."""
        return tuple(key for key in self.service.sources if (key[1], key[2]) in self.service.opens)

    @cached_property
    def opened_served(self) -> tuple[tuple[str, str, Node], ...]:
        """The same of demand regions that several places may serve."""
        single = {demand for demand, _, _ in self.service.sources}
        return tuple(
            (demand, place, n)
            for (demand, place), n in product(self.served_at, self.nodes)
            if self.service.demand_region[demand]
            and demand not in single
            and (place, n) in self.service.opens
            and self.service.demand_work[demand, n] > 0.0
        )

    @cached_property
    def served_by_own(self) -> dict[tuple[str, Node], tuple[tuple[str, Pool, float], ...]]:
        """(demand, pool, what a MW of work there adds to the own share) by (workload, node) with a least own share."""
        return {
            (workload, n): tuple(
                (demand, pool, (1.0 if pool[2] == "own" else 0.0) - share)
                for demand, pool in self.service.serves
                if self.service.workload_of[demand] == workload
            )
            for (workload, n), share in self.service.own_share.items()
        }

    # Shifted work

    @cached_property
    def pulse_at(self) -> dict[tuple[str, Node], tuple[tuple[str, Node], ...]]:
        """Columns of a pulse's work, by (demand, node)."""
        held = set(self.service.shift.pulses)
        return {key: (key,) if key in held else () for key in product(self.service.workloads, self.nodes)}

    @cached_property
    def loans_at(self) -> dict[tuple[str, Node], tuple[Loan, ...]]:
        """Columns of what a demand lends, by (demand, node)."""
        return self._by_lender(self.service.shift.loans)

    @cached_property
    def returns_at(self) -> dict[tuple[str, Node], tuple[Loan, ...]]:
        """Columns of what is served later of a demand, by (demand, node)."""
        return self._by_lender(self.service.shift.returns)

    def _by_lender(self, keys: tuple[Loan, ...]) -> dict[tuple[str, Node], tuple[Loan, ...]]:
        found: dict[tuple[str, Node], list[Loan]] = {
            key: [] for key in product(self.service.workloads, self.nodes)
        }
        for borrower, lender, n in keys:
            found[lender, n].append((borrower, lender, n))
        return {key: tuple(columns) for key, columns in found.items()}

    @cached_property
    def borrowed_by(self) -> dict[tuple[str, Node], tuple[Loan, ...]]:
        """Columns of what a pulse borrows, by (workload, node)."""
        found: dict[tuple[str, Node], list[Loan]] = defaultdict(list)
        for borrower, lender, n in self.service.shift.loans:
            found[borrower, n].append((borrower, lender, n))
        return {key: tuple(columns) for key, columns in found.items()}

    @cached_property
    def pulse_of(self) -> dict[tuple[str, Node], tuple[tuple[str, Node], ...]]:
        """Columns of the pulse's work of all demands of a workload that borrows, by (workload, node)."""
        found: dict[tuple[str, Node], list[tuple[str, Node]]] = {key: [] for key in self.borrowed_by}
        for demand, n in self.service.shift.pulses:
            if (key := (self.service.workload_of[demand], n)) in found:
                found[key].append((demand, n))
        return {key: tuple(columns) for key, columns in found.items()}

    @cached_property
    def returned_until(self) -> dict[Loan, tuple[tuple[Loan, ...], tuple[Loan, ...]]]:
        """Columns returned and borrowed up to a node, by (workload, lender, node)."""
        loans, returns = set(self.service.shift.loans), set(self.service.shift.returns)
        found = {}
        for borrower, lender, n in self.service.shift.returns:
            path = [(borrower, lender, v) for v in self.tree.path[n]]
            found[borrower, lender, n] = (
                tuple(key for key in path if key in returns),
                tuple(key for key in path if key in loans),
            )
        return found

    @cached_property
    def returned_early(self) -> tuple[Loan, ...]:
        """(workload, lender, node) before the date by which all is served."""
        ends = set(self.service.shift.return_ends)
        return tuple(key for key in self.service.shift.returns if key not in ends)

    @cached_property
    def lost_loans_at(self) -> dict[Node, tuple[tuple[Loan, float], ...]]:
        """(column, margin) of what is lent and never served, by node."""
        found: dict[Node, list[tuple[Loan, float]]] = {n: [] for n in self.nodes}
        for key, margin in self.service.shift.lost_margin_usd_m_per_mw.items():
            if margin:
                found[key[2]].append((key, margin))
        return {n: tuple(columns) for n, columns in found.items()}

    def work_months(self, demand: str, n: Node) -> float:
        """MW-months of work of a MW of a demand's reference fleet over a period."""
        return self.service.reference_work[demand, n] * self.years[n] * 12.0
