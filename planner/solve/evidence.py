"""What a solve hears about its bound, and what of it is believed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from planner.solve.claims import believable
from planner.solve.handover import HandOver
from planner.solve.highs import Run, require_highs
from planner.solve.options import SolveOptions
from planner.solve.proof import By, Claim, Proof
from planner.solve.verified import verified_bound
from planner.solve.watch import finite


@dataclass
class Evidence:
    """The claims of the runs, in the order in which they are made."""

    handed: HandOver
    verified: float | None = None
    not_verified: str = Proof.not_verified
    claims: list[Claim] = field(default_factory=list)

    def relaxation(self, relaxed: Run, options: SolveOptions, seconds: float) -> float | None:
        """Take the answer of the relaxation; return the bound that could be verified from its duals."""
        self.heard("relaxation", relaxed, options, seconds)
        if relaxed.row_duals is None or relaxed.cost is None:
            self.not_verified = "the relaxation left no duals"
            return None
        found = verified_bound(self.handed.arrays, relaxed.row_duals, relaxed.cost)
        self.verified = found.bound
        self.not_verified = "" if found.bound is not None else self._named(found.column)
        return found.bound

    def _named(self, column: int | None) -> str:
        if column is None:
            return "the duals of the relaxation are no numbers that prove anything"
        component, index = self.handed.columns[column]
        return f"no end follows from the data for {component}[{index}]"

    def heard(
        self,
        by: By,
        run: Run,
        options: SolveOptions,
        seconds: float,
        solver: str | None = None,
        settings: str | None = None,
    ) -> None:
        """Take what a run claims; `solver` (with its version) and `settings` where it is not one of HiGHS."""
        self.claims.append(
            Claim(
                by,
                solver or f"HiGHS {require_highs()}",
                settings or f"presolve {options.presolve}, seed {options.seed}, gap {options.gap:g}",
                run.ended,
                finite(run.bound),
                run.cost,
                seconds,
            )
        )

    def settled(self, cost: float | None, least_cost: float) -> tuple[float | None, Proof, list[str]]:
        """Return the bound of a plan of this cost, what stands behind it, and notes on what is not believed.

        A claim above the cost of a known plan is wrong, whoever makes it.
        """
        notes: list[str] = []
        if cost is not None:
            self.claims = [self._judged(claim, cost, notes) for claim in self.claims]
        first, again = self._said("relaxation", "search", "second search"), self._said("confirmation")
        sure = [number for number in (finite(least_cost), self.verified) if number is not None]
        bound = max([*first, *sure], default=None)
        if again:
            # All who are asked must agree: the smallest counts, but for what needs nobody's word. The relaxation is
            # asked less than the search: it speaks for the first run only where there was no search.
            searched = any(claim.by == "search" for claim in self.claims)
            first = self._said("search", "second search") if searched else first
            bound = max([min([*again, max(first, default=math.inf)]), *sure])
        if cost is not None and bound is not None:
            bound = min(bound, cost)
        return bound, Proof(self.verified, self.not_verified, tuple(self.claims), bool(again)), notes

    def _said(self, *by: By) -> list[float]:
        """Return the bounds that are counted of these runs."""
        return [
            claim.bound_usd_m
            for claim in self.claims
            if claim.by in by and claim.counted and claim.bound_usd_m is not None
        ]

    @staticmethod
    def _judged(claim: Claim, cost: float, notes: list[str]) -> Claim:
        bound, who = claim.bound_usd_m, f"the {claim.by} ({claim.solver}, {claim.settings})"
        if claim.ended in ("infeasible", "unbounded", "infeasible_or_unbounded"):
            if claim.by == "confirmation":
                notes.append(f"{who} says {claim.ended} though a plan is known: its word is not taken")
            return replace(claim, counted=False, why_not="contradicts a known plan")
        if bound is None:
            return replace(claim, counted=False, why_not="no bound")
        if believable(cost, bound):
            return claim
        notes.append(
            f"the bound {bound:,.6f} of {who} lies above the cost {cost:,.6f} of a known plan: it is not believed"
        )
        return replace(claim, counted=False, why_not="above the cost of a known plan")
