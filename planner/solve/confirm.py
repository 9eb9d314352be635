"""The same claim asked again: HiGHS without presolve and with another seed, and SCIP where it is installed.

Each run gets the problem as it was handed over: no start, no cutoff, nothing that the first search added. It may end as
soon as its own bound is high enough for the asked gap. A run that finds a better plan gives it up for the answer; one
that says what a known plan disproves is not counted, and said.
"""

from __future__ import annotations

from dataclasses import replace

from planner.solve.claims import slack
from planner.solve.highs import Run
from planner.solve.outcome import Marginals, StoppedBy
from planner.solve.prover import prove, prover_version
from planner.solve.runs import Verdict
from planner.solve.settle import TIGHT, Settling
from planner.solve.watch import Found

Cleaned = tuple[Found, Marginals | None]


class Confirming(Settling):
    """One solve, which may be asked to confirm its bound."""

    def _confirm(self, whole: bool, marginals: Marginals | None) -> tuple[bool, Marginals | None]:
        """Ask again; return whether the plan is whole and its marginal values, of a better plan where one turned up."""
        again = replace(
            self.options,
            presolve="off",
            seed=(self.options.seed + 1) % 2**31,
            time_limit=self.options.confirm_time_limit or self.options.time_limit,
        )
        self.from_scratch = True
        self.options, asked = again, self.options
        for solver in ("HiGHS", "SCIP"):
            if self.watch.switch.reason is not None:
                self.watch.notes.append(f"{solver} was not asked to confirm: the solve was asked to stop")
                break
            if solver == "SCIP" and prover_version() is None:
                continue
            better = self._asked_again(solver)
            if better is not None:
                whole, marginals = True, better[1]
        self.options = asked
        return whole, marginals

    def _doubted(self, verdict: Verdict) -> tuple[Verdict, bool, Marginals | None]:
        """Ask SCIP where HiGHS says that there is no plan; return the verdict, and what is known of a plan it finds."""
        watch, options = self.watch, self.options
        version = prover_version()
        if version is None or watch.switch.reason is not None:
            return verdict, False, None
        watch.enter("confirm")
        limit, seed = options.confirm_time_limit or options.time_limit, (options.seed + 1) % 2**31
        began = watch.seconds
        run = prove(self.arrays, limit, self._solver_gap(), seed, watch)
        settings = f"seed {seed}, gap {options.gap:g}"
        self.evidence.heard("confirmation", run, options, watch.seconds - began, f"SCIP {version}", settings)
        if run.values is None or run.cost is None:
            watch.notes.append(f"SCIP, asked again, says {run.ended.replace('_', ' ')}")
            return verdict, False, None
        watch.time_limit = watch.seconds + limit
        cleaned = self._held_whole(Found(run.values, run.cost))
        if cleaned is None or not self._fits(cleaned[0].values):
            return verdict, False, None
        watch.notes.append("SCIP, asked again, has a plan where HiGHS says that there is none: it is taken")
        watch.best = watch.sound = cleaned[0]
        return Verdict("gap"), True, cleaned[1]

    def _asked_again(self, solver: str) -> Cleaned | None:
        """Make one run and hear what it claims; return its plan, made whole, where that is better than ours."""
        watch, options = self.watch, self.options
        watch.enter("confirm")
        best, began = watch.best, watch.seconds
        assert best is not None
        kept, better = self.whole_tolerance, None
        for tolerance in (kept, TIGHT):
            self.whole_tolerance = tolerance
            run = self._asked(solver, best)
            if run.values is None or run.cost is None or run.cost >= best.cost - slack(best.cost):
                break
            better = self._better(solver, run, best)
            if better is not None or watch.switch.reason is not None:
                break
            # Its plan is cheaper for whole numbers that are not quite whole: it is asked to be more exact.
        self.whole_tolerance = kept
        name, settings = None, f"presolve off, seed {options.seed}, gap {options.gap:g}"
        if solver == "SCIP":
            name, settings = f"SCIP {prover_version()}", f"seed {options.seed}, gap {options.gap:g}"
        if tolerance is not None:
            settings += f", whole to {tolerance:g}"
        self.evidence.heard("confirmation", run, options, watch.seconds - began, name, settings)
        return better

    def _asked(self, solver: str, best: Found) -> Run:
        """Make one run, until its bound is within the asked gap of the cost of the plan."""
        watch, options = self.watch, self.options
        watch.time_limit = watch.seconds + options.time_limit  # it has a time of its own
        enough = best.cost - max(options.gap * abs(best.cost), slack(best.cost))
        if solver == "HiGHS":
            return self._run(self.arrays, gap=self._solver_gap(), enough=enough)
        return prove(
            self.arrays,
            options.time_limit,
            self._solver_gap(),
            options.seed,
            watch,
            enough,
            tolerance=self.whole_tolerance,
        )

    def _better(self, solver: str, run: Run, best: Found) -> Cleaned | None:
        """Return the plan of a run made whole, where it keeps the rules and is cheaper than ours even then."""
        assert run.values is not None and run.cost is not None
        watch = self.watch
        watch.time_limit = watch.seconds + self.options.time_limit
        cleaned = self._held_whole(Found(run.values, run.cost))
        if cleaned is None or not self._fits(cleaned[0].values):
            return None
        cost = cleaned[0].cost
        if cost >= best.cost - slack(best.cost):
            return None
        watch.notes.append(
            f"{solver}, asked again, found a better plan: {cost:,.6f} USD m, not {best.cost:,.6f}: it is taken"
        )
        watch.best = watch.sound = cleaned[0]
        return cleaned


def confirmed_stop(stopped_by: StoppedBy, proven: bool) -> StoppedBy:
    """Return why a solve stopped, in the light of what confirmed its bound or did not."""
    if stopped_by == "gap" and not proven:
        return "confirmation"
    return "gap" if stopped_by in ("time_limit", "tolerance") and proven else stopped_by
