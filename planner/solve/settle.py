"""The values of a plan made exactly whole, and the search that goes on where they show that it is not done."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace

import numpy as np

from planner.solve.claims import believable, slack, within
from planner.solve.first_plan import held_at
from planner.solve.highs import Run
from planner.solve.outcome import Marginals
from planner.solve.runs import Runs, Verdict
from planner.solve.watch import Found, finite

CLEAN_TOLERANCES = (1e-9, None)  # None: HiGHS's own 1e-7, for a problem on which the tight one fails
TIGHT = 1e-9  # how far from whole a number may be in a search that goes on after cleaning
TIGHTEST = 1e-10  # the least that HiGHS takes


class Settling(Runs, ABC):
    """What is done with the plan of a search, until what is said of it holds."""

    relaxed_bound = -np.inf

    @abstractmethod
    def _full_search(self) -> Verdict:
        """Search the whole problem; the solve that settles its plan says how."""

    def _settled(self, verdict: Verdict) -> tuple[Verdict, bool, Marginals | None]:
        """Clean the values, and go on searching until the gap holds for them, nothing more helps, or a limit comes."""
        while True:
            whole, marginals = self._clean()
            best = self.watch.best
            assert best is not None
            sane = believable(best.cost, self.watch.bound) or not whole
            if not sane:
                self._disbelieve(best)
            proven = whole and within(best.cost, finite(self.watch.bound), self.options.gap)
            if proven and verdict.stopped_by == "time_limit":
                return replace(verdict, stopped_by="gap"), whole, marginals
            if proven or verdict.stopped_by != "gap":
                return verdict, whole, marginals
            if not self._sharper(sane):
                return replace(verdict, stopped_by="tolerance"), whole, marginals
            verdict = self._full_search()
            if self.watch.best is None or verdict.stopped_by in ("infeasible", "unbounded"):
                return verdict, False, None

    def _disbelieve(self, best: Found) -> None:
        """Drop a bound that lies above a plan, down to the highest that was claimed and may be true."""
        self.watch.notes.append(
            f"the bound {self.watch.bound} lies above the cost {best.cost} of a plan: it is not believed"
        )
        claimed = [claim.bound_usd_m for claim in self.evidence.claims if claim.bound_usd_m is not None]
        self.watch.bound = max((one for one in claimed if believable(best.cost, one)), default=-np.inf)

    def _sharper(self, sane: bool) -> bool:
        """Set the next search to be more exact than the last; return whether that is possible."""
        if not sane:
            if self.from_scratch:
                return False
            # Given the optimum as a start, a wrong presolve proves its wrong bound again.
            self.from_scratch = True
            self.options = replace(self.options, presolve="off", seed=(self.options.seed + 1) % 2**31)
        elif self.whole_tolerance is None or self.whole_tolerance > TIGHT:
            self.whole_tolerance = TIGHT
        elif self.whole_tolerance > TIGHTEST:
            self.whole_tolerance = TIGHTEST
            self.options = replace(self.options, presolve="off")
        else:
            return False
        return True

    def _clean(self) -> tuple[bool, Marginals | None]:
        """Re-solve with the integers held whole; return whether that worked and the marginal values.

        The best plan known to be whole takes the place of one that costs more, or is none, when it is made whole.
        """
        self.watch.enter("clean")
        best, sound = self.watch.best, self.watch.sound
        assert best is not None
        claimed, done = best.cost, self._held_whole(best)
        better = done is None or (sound is not None and sound.cost < done[0].cost - slack(done[0].cost))
        if better and sound is not None and (again := self._held_whole(sound)) is not None:
            done = again
        if done is None:
            return False, None
        self.watch.best = self.watch.sound = done[0]
        if done[0].cost > claimed + slack(claimed):
            self.watch.notes.append(
                f"with all whole numbers exactly whole the plan costs {done[0].cost:.6f} USD m, not {claimed:.6f}"
            )
        return True, done[1]

    def _held_whole(self, plan: Found) -> tuple[Found, Marginals | None] | None:
        fixed = held_at(self.arrays, self.arrays.whole, plan.values)
        for tolerance in CLEAN_TOLERANCES:
            ended = self._run(fixed, tolerance=tolerance, extra=0.7, last=True)
            if ended.ended == "optimal" and ended.values is not None and ended.cost is not None:
                values = np.where(self.arrays.whole, fixed.lower, ended.values)
                return Found(values, self.arrays.cost_of(values)), marginals_of(ended)
            if ended.ended in ("time_limit", "stopped"):
                break
        why = "took too long" if ended.ended in ("time_limit", "stopped") else f"is {ended.ended}"
        self.watch.notes.append(
            f"with the integers rounded whole the problem {why}: the values are as HiGHS left them"
        )
        return None


def marginals_of(ended: Run) -> Marginals | None:
    """Return the marginal values that a run of a linear problem left."""
    if ended.row_duals is None or ended.reduced_costs is None:
        return None
    return Marginals(ended.row_duals, ended.reduced_costs)
