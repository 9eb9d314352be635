"""A model and options go in, an `Outcome` comes out: the order of the runs and what each may cost in time.

hand-over, earlier plans, relaxation, round and restrict, search, clean values. Every plan that turns up is kept,
whatever happens later; a limit, Ctrl-C or SIGTERM end the search with the best one. What is said of the answer is
judged after cleaning: where exactly whole numbers cost more than the search said, so that the asked gap is missed, or
where a bound lies above a known plan, the search goes on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyomo.environ as pyo

from planner.solve.arrays import Arrays, Floats, Mask
from planner.solve.candidate import Candidate, OnPlan
from planner.solve.claims import status_of, within
from planner.solve.confirm import Confirming, confirmed_stop
from planner.solve.first_plan import forbidden, held_at, held_at_zero, read_hints
from planner.solve.handover import HandOver, Key, hand_over
from planner.solve.highs import Ended, Run, require_highs
from planner.solve.options import SolveOptions
from planner.solve.outcome import Marginals, Outcome, Size
from planner.solve.progress import OnProgress
from planner.solve.runs import Falling, Verdict, falling_along
from planner.solve.settle import marginals_of
from planner.solve.stop import StopSwitch, stop_on_signals
from planner.solve.watch import Watch, finite

Start = Outcome | Mapping[Key, float]

FIRST_PLAN_GAP = 0.005  # of the restricted problem: closer is not worth the time (model.md, section 6)
FIRST_PLAN_WORK = 200  # units of work (Settings.work): the rest belongs to the search
FIRST_PLAN_SHARE = 0.5  # of the time left, only as a guard: that it cut the phase is said in the record
# Of the cost: a bound at the root so far above the relaxation is asked for again without presolve. Right cuts gave up
# to 0.13 in the tutorial and 0.001 in the flagship, the wrong presolve of HiGHS 1.15.1 from 0.157 up (doctor's canary).
LARGE_JUMP = 0.15
CONFIRM_SHARE = 0.5  # of the time left, for asking again without presolve


def solve_model(
    model: pyo.ConcreteModel,
    options: SolveOptions | None = None,
    start: Start | Sequence[Start] | None = None,
    on_progress: OnProgress | None = None,
    *,
    objective: str = "objective",
    switch: StopSwitch | None = None,
    on_plan: OnPlan | None = None,
) -> Outcome:
    """Return the best plan found for `model` with its bound, why the solve stopped and how good the plan is.

    `start` is an earlier outcome, a mapping {(variable, index): value}, or several of them; a part of the
    integers is enough and unknown names are passed over. A start that fits the model is never lost: the answer
    costs at most as much. One that does not fit still guides the first plan. `on_progress` is called in this
    thread, `on_plan` too, with the best plan, whenever progress is told. `switch` lets another thread ask to stop; in
    the main thread Ctrl-C, SIGTERM and SIGHUP turn it too.

    Raises `SolverVersionError` for a refused HiGHS and `UsageError` for a rule that is not linear; that no plan
    exists or none was found is an outcome, not an error.
    """
    require_highs()
    chosen = options or SolveOptions()
    turned = switch or StopSwitch()
    with stop_on_signals(turned):
        watch = Watch(chosen.time_limit, turned, on_progress)
        watch.tell()
        handed = hand_over(model, objective)
        if on_plan is not None:
            watch.on_best = lambda found: on_plan(
                Candidate(handed.columns, found.values, found.cost, finite(watch.bound), watch.seconds)
            )
        return _answer(_Solve(read_hints(model, handed), handed, chosen, watch, _starts(start)))


def _answer(solve: _Solve) -> Outcome:
    """What came of the runs; a failure after a plan was found ends the search and does not lose the plan."""
    try:
        return solve.outcome()
    except Exception as error:
        if solve.watch.best is None:
            raise
        solve.watch.notes.append(f"the solver failed after this plan was found: {error!r}")
        whole, marginals = False, None
        with contextlib.suppress(Exception):  # it may fail again
            whole, marginals = solve._clean()
        return solve._assembled(Verdict("error"), whole, marginals)


def solve_handed(handed: HandOver, options: SolveOptions | None = None) -> Outcome:
    """Return what `solve_model` returns, for a problem in numbers alone that says nothing about a first plan."""
    chosen, switch = options or SolveOptions(), StopSwitch()
    require_highs()
    with stop_on_signals(switch):
        watch = Watch(chosen.time_limit, switch)
        return _Solve(read_hints(None, handed), handed, chosen, watch, ()).outcome()


def _starts(start: Start | Sequence[Start] | None) -> tuple[Mapping[Key, float], ...]:
    if start is None:
        return ()
    several = (start,) if isinstance(start, Outcome | Mapping) else tuple(start)
    return tuple(one.as_start() if isinstance(one, Outcome) else one for one in several)


class _Solve(Confirming):
    """The runs of one solve, one after the other."""

    def outcome(self) -> Outcome:
        """Make the runs and return what came of them."""
        verdict = self._search()
        whole, marginals = False, None
        if verdict.relaxed is not None and verdict.relaxed.values is not None:
            whole, marginals = True, marginals_of(verdict.relaxed)
        elif self.watch.best is not None:
            verdict, whole, marginals = self._settled(verdict)
        if self.options.confirm and self.watch.best is None and verdict.stopped_by == "infeasible":
            verdict, whole, marginals = self._doubted(verdict)
        elif self.options.confirm and self.watch.best is not None:
            whole, marginals = self._confirm(whole, marginals)
            verdict = replace(verdict, stopped_by=self.watch.switch.reason or verdict.stopped_by)
        return self._assembled(verdict, whole, marginals)

    # The order of the runs.

    def _search(self) -> Verdict:
        for values, known in self.starts:
            if known.all() and self._fits(values):
                self.watch.found(values, self.arrays.cost_of(values))
        for values, known in self.starts:
            if known[self.arrays.whole].all():
                self._try_start(values, known)
        self.watch.enter("relaxation")
        began = self.watch.seconds
        relaxed = self._run(self._linear(), extra=0.4)  # a bound is worth being late for
        if relaxed.ended != "optimal" or relaxed.values is None:
            return self._without_relaxation(relaxed)
        verified = self.evidence.relaxation(relaxed, self.options, self.watch.seconds - began)
        self.relaxed_bound = relaxed.bound if verified is None else max(verified, relaxed.bound)
        self.watch.bounded(self.relaxed_bound)
        if self._is_whole(relaxed.values):
            self._keep(relaxed)
            return Verdict("gap", relaxed=None if self.arrays.whole.any() else relaxed)
        if self._good_enough():
            return Verdict("gap")
        for values, known in self.starts:
            if not known[self.arrays.whole].all():
                self._try_start(values, known, relaxed.values)
        if self.options.round_and_restrict and not self._good_enough():
            self._round_and_restrict(relaxed.values)
        if self._good_enough():
            return Verdict("gap")
        return self._full_search()

    def _try_start(self, values: Floats, known: Mask, relaxed: Floats | None = None) -> None:
        """Find the best plan that keeps the integers of a start."""
        if self.watch.switch.reason is not None:
            return
        self.watch.enter("start")
        tried = held_at(self.tight, known, values)
        share, extra, work = 1.0, 0.2, None  # its integers given, a plan is soon found: worth being late for
        if relaxed is not None:
            used = known & (np.round(values) != 0)
            tried = held_at_zero(tried, forbidden(tried, self.hints, relaxed, used))
            share, extra, work = FIRST_PLAN_SHARE / (2 * len(self.starts)), 0.0, FIRST_PLAN_WORK
        gap = self._solver_gap(FIRST_PLAN_GAP)
        ended = self._run(tried, share=share, extra=extra, gap=gap, plans=bool(tried.whole.any()), work=work)
        self._keep(ended)
        if ended.ended in ("infeasible", "infeasible_or_unbounded"):
            self.watch.notes.append(
                "a plan to start from does not fit the model: it guides the first plan only"
            )

    def _round_and_restrict(self, relaxed: Floats) -> None:
        """Look for a first plan among the integers that the relaxation or an earlier plan uses."""
        self.watch.enter("first_plan")
        used = np.zeros_like(self.arrays.whole)
        for values, known in self.starts:
            used |= known & (np.round(np.where(known, values, 0.0)) != 0)
        if self.watch.best is not None:
            used |= np.round(self.watch.best.values) != 0
        held = forbidden(self.tight, self.hints, relaxed, used)
        if not held.any():
            return
        # With next to no time left the first plan is the answer, and worth being late for.
        hurried = self.watch.best is None and self.watch.left < self.watch.allowance
        ended = self._run(
            held_at_zero(self.tight, held),
            share=1.0 if hurried else FIRST_PLAN_SHARE,
            extra=0.6 if hurried else 0.0,
            gap=self._solver_gap(FIRST_PLAN_GAP),
            target=self._target(),
            work=FIRST_PLAN_WORK,
            plans=True,
        )
        if ended.ended in ("infeasible", "infeasible_or_unbounded"):
            self.watch.notes.append(
                "round and restrict found no first plan: what the relaxation uses is not enough"
            )

    def _full_search(self) -> Verdict:
        self.watch.enter("search")
        reason = self._stop_reason()
        if reason is not None:
            if reason == "time_limit":
                self.watch.cut()
            return Verdict(reason)
        began = self.watch.seconds
        ended = self._run(self.tight, gap=self._solver_gap(), plans=True, bounds=True)
        self.evidence.heard("search", ended, self.options, self.watch.seconds - began)
        self._keep(ended)
        self.watch.bounded(ended.bound)
        if ended.ended in ("infeasible", "unbounded", "infeasible_or_unbounded"):
            if self.watch.sound is not None:
                self.watch.notes.append(
                    f"the search says {ended.ended} though a plan is known: its word is not taken"
                )
                return Verdict("error")
            return self._confirmed(self.arrays, ended.ended)
        if ended.ended in ("optimal", "target"):
            if self._jumped(ended):
                self._ask_again(ended)
            return Verdict("gap")
        if ended.ended == "error":
            self.watch.notes.append(f"HiGHS ended with: {ended.message}")
        return Verdict(self._stop_reason() or ("error" if ended.ended == "error" else "time_limit"))

    def _jumped(self, ended: Run) -> bool:
        """Return whether the bound before the first branch lies further above the relaxation than cuts explain."""
        best, root = self.watch.best, ended.root_bound if ended.work else ended.bound
        if best is None or self.options.presolve == "off" or not np.isfinite(self.relaxed_bound):
            return False
        return root - self.relaxed_bound > LARGE_JUMP * abs(best.cost)

    def _ask_again(self, first: Run) -> None:
        """Ask the same without presolve, from scratch, with another seed and about the same work.

        A plan below the first bound shows it to be wrong (`_settled`); else the answer is one more claim.
        """
        self.watch.enter("confirm")
        self.watch.notes.append(
            f"the bound before the first branch lies more than {LARGE_JUMP:.0%} of the cost above the relaxation: "
            "the search was made again without presolve".replace("%", " %")
        )
        kept, self.from_scratch, asked = self.from_scratch, True, self.options
        self.options = replace(asked, presolve="off", seed=(asked.seed + 1) % 2**31)
        began, work = self.watch.seconds, 2 * first.work + FIRST_PLAN_WORK
        ended = self._run(self.tight, gap=self._solver_gap(), plans=True, share=CONFIRM_SHARE, work=work)
        self.evidence.heard("second search", ended, self.options, self.watch.seconds - began)
        self._keep(ended)
        self.from_scratch, self.options = kept, asked

    # When there is no plan.

    def _without_relaxation(self, relaxed: Run) -> Verdict:
        if relaxed.ended in ("time_limit", "stopped"):
            return Verdict(self._stop_reason() or "time_limit")
        if relaxed.ended == "error":
            self.watch.notes.append(f"the relaxation ended with: {relaxed.message}")
            return self._full_search()
        if self.watch.best is not None and relaxed.ended == "infeasible":
            self.watch.notes.append(
                "the relaxation says infeasible though a plan is known: its word is not taken"
            )
            return self._full_search()
        return self._confirmed(replace(self.arrays, whole=np.zeros_like(self.arrays.whole)), relaxed.ended)

    def _confirmed(self, arrays: Arrays, said: Ended) -> Verdict:
        """Ask again without presolve, and tell infeasible from unbounded by the problem without costs."""
        self.watch.enter("confirm")
        free = replace(arrays, cost=np.zeros_like(arrays.cost), whole=self.arrays.whole)
        again = self._run(arrays, presolve="off", gap=self._solver_gap(), share=CONFIRM_SHARE)
        if again.ended == "infeasible":
            return Verdict("infeasible", confirmed=True)
        if again.ended in ("unbounded", "infeasible_or_unbounded"):
            possible = self._run(free, presolve="off")
            if possible.ended == "infeasible":
                return Verdict("infeasible", confirmed=True)
            return Verdict("unbounded", possible.values is not None, falling=self._falling(again))
        if again.values is None:
            return self._unconfirmed(said)
        self.watch.notes.append("without presolve the problem has a plan: presolve was wrong and is left off")
        self.options = replace(self.options, presolve="off")
        return self._full_search() if arrays.whole.any() or not self.arrays.whole.any() else self._search()

    def _falling(self, unbounded: Run) -> Falling:
        """Return what lets the cost fall without end."""
        if unbounded.ray is not None:
            return falling_along(self.handed, unbounded.ray)
        # Of a problem with whole numbers HiGHS gives no direction; any of the relaxation can be made whole.
        linear = replace(self.arrays, whole=np.zeros_like(self.arrays.whole))
        return falling_along(self.handed, self._run(linear, presolve="off").ray)

    def _unconfirmed(self, said: Ended) -> Verdict:
        self.watch.notes.append(f"HiGHS says {said} with presolve; without it there was no answer in time")
        if self.watch.switch.reason is not None:
            return Verdict(self.watch.switch.reason)
        return Verdict("infeasible" if said == "infeasible" else "error")

    def _assembled(self, verdict: Verdict, whole: bool, marginals: Marginals | None) -> Outcome:
        watch = self.watch
        watch.close()
        best = watch.best
        if verdict.stopped_by in ("infeasible", "unbounded"):
            best = None
        bound, proof, notes = self.evidence.settled(best.cost if best else None, self.arrays.least_cost())
        watch.notes += notes
        if verdict.stopped_by in ("infeasible", "unbounded"):
            bound = None
        proven = best is not None and whole and within(best.cost, bound, self.options.gap)
        stopped_by = verdict.stopped_by
        if self.options.confirm:
            stopped_by = confirmed_stop(stopped_by, proven)
        return Outcome(
            stopped_by=stopped_by,
            status=status_of(stopped_by, best is not None, proven),
            objective=None if best is None else best.cost,
            bound=bound,
            values=None if best is None else best.values,
            marginals=marginals,
            whole=whole,
            violation=None if best is None else self.arrays.violation(best.values),
            confirmed=verdict.confirmed,
            columns=self.handed.columns,
            rows=self.handed.rows,
            size=size_of(self.handed),
            phases=dict(watch.phases),
            seconds=watch.seconds,
            history=tuple(watch.history),
            notes=tuple(watch.notes),
            log="".join(watch.log),
            proof=proof,
            cut_by_clock=tuple(watch.cut_by_clock),
            falling=verdict.falling,
        )


def size_of(handed: HandOver) -> Size:
    """Return how big a model is."""
    arrays = handed.arrays
    return Size(arrays.n_rows, arrays.n_columns, len(arrays.values), int(arrays.whole.sum()))
