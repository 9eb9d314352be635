"""Index lists and groupings of payments, cash, debt, limits and cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from planner.data.types import Index, LimitRow, Term, Var
from planner.model.changes import Coefficients, as_terms, merged, state_terms
from planner.model.given.base import Base
from planner.tree import Node


@dataclass(frozen=True)
class LimitForm:
    """A limit as a row: terms against a bound, what is given moved to the bound."""

    terms: tuple[Term, ...]
    bound: float
    broken: tuple[Term, ...]
    """The amount broken, of soft limits."""
    says: str


class Money(Base):
    """What is paid, owed, borrowed, limited, and what it costs."""

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
        return tuple(n for n in self.money.overdraft_nodes if self.money.overdraft_most_usd_m[n] is None)

    @cached_property
    def overdraft_plan(self) -> tuple[str, ...]:
        """One member where the largest overdraft is to be found, else none."""
        return ("plan",) if self.unbounded_overdrafts else ()

    @cached_property
    def rounds_at(self) -> dict[Node, tuple[tuple[tuple[str, Node], float], ...]]:
        """((optional round, node at which it is taken), USD m) that arrives, by node."""
        found: dict[Node, list[tuple[tuple[str, Node], float]]] = {n: [] for n in self.nodes}
        for (name, taken, n), usd_m in self.money.round_usd_m.items():
            found[n].append(((name, taken), usd_m))
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
    def deposits(self) -> dict[tuple[str, Node], tuple[Term, ...]]:
        """Deposits by (line, node) where a lender may be drawn."""
        held = self.contracts.deposits
        return {(line, n): held.get((line, n), ()) for _, line, n in self.money.draw_lines}

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
    side = "at most" if row.sense == "max" else "at least"
    if row.share is None:
        says = f"{side} {row.amount:,.6g} {row.unit}"
        return LimitForm(as_terms(merged(row.terms)), row.amount - row.given, soft, says)
    share = row.share
    against = tuple((var, index, -share * number) for var, index, number in row.total_terms)
    bound = share * row.total_given - row.given
    return LimitForm(
        as_terms(merged((*row.terms, *against))), bound, soft, f"{side} {share:.4g} of the whole"
    )
