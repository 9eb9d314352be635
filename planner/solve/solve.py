"""A model and options go in, an `Outcome` comes out: the order of the runs and what each may cost in time.

hand-over, earlier plans, relaxation, round and restrict, search, clean values. Every plan that turns up is kept,
whatever happens later; a limit, Ctrl-C or SIGTERM end the search with the best one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyomo.environ as pyo

from planner.solve.arrays import Arrays, Floats, Mask
from planner.solve.evidence import Evidence
from planner.solve.first_plan import Hints, forbidden, held_at, held_at_zero, read_hints
from planner.solve.handover import HandOver, Key, hand_over
from planner.solve.highs import Ended, Run, Settings, require_highs, run
from planner.solve.options import SolveOptions
from planner.solve.outcome import Marginals, Outcome, Size, Status, StoppedBy, gap_share
from planner.solve.progress import OnProgress
from planner.solve.stop import StopSwitch, stop_on_signals
from planner.solve.watch import Watch, finite

Start = Outcome | Mapping[Key, float]

FIRST_PLAN_GAP = 0.005  # of the restricted problem: closer is not worth the time (model.md, section 6)
FIRST_PLAN_SHARE = 0.5  # of the time left: the rest belongs to the search
CONFIRM_SHARE = 0.5  # of the time left, for asking again without presolve
WHOLE_TOLERANCE = 1e-6
CLEAN_TOLERANCES = (1e-9, None)  # None: HiGHS's own 1e-7, for a problem on which the tight one fails
START_TOLERANCE = 1e-6  # by which a given plan may leave a row or a bound and still be taken as it is


def solve_model(
    model: pyo.ConcreteModel,
    options: SolveOptions | None = None,
    start: Start | Sequence[Start] | None = None,
    on_progress: OnProgress | None = None,
    *,
    objective: str = "objective",
    switch: StopSwitch | None = None,
) -> Outcome:
    """Return the best plan found for `model` with its bound, why the solve stopped and how good the plan is.

    `start` is an earlier outcome, a mapping {(variable, index): value}, or several of them; a part of the
    integers is enough and unknown names are passed over. A start that fits the model is never lost: the answer
    costs at most as much. One that does not fit still guides the first plan. `on_progress` is called in this
    thread. `switch` lets another thread ask to stop; in the main thread Ctrl-C and SIGTERM turn it too.

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
        return _Solve(read_hints(model, handed), handed, chosen, watch, _starts(start)).outcome()


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


@dataclass(frozen=True)
class _Verdict:
    """How the search ended, before the values are cleaned."""

    stopped_by: StoppedBy
    confirmed: bool = False
    relaxed: Run | None = None  # of a problem without whole numbers: its run is the answer


class _Solve:
    """One solve: what it is given, and the runs it makes one after the other."""

    def __init__(
        self,
        hints: Hints,
        handed: HandOver,
        options: SolveOptions,
        watch: Watch,
        starts: tuple[Mapping[Key, float], ...],
    ) -> None:
        self.handed = handed
        self.arrays = handed.arrays
        self.options = options
        self.watch = watch
        self.hints = hints
        self.evidence = Evidence(handed)
        self.starts = [self._located(start) for start in starts] if self.arrays.whole.any() else []

    def outcome(self) -> Outcome:
        """Make the runs and return what came of them."""
        verdict = self._search()
        whole, marginals = False, None
        if verdict.relaxed is not None and verdict.relaxed.values is not None:
            whole, marginals = True, _marginals(verdict.relaxed)
        elif self.watch.best is not None:
            whole, marginals = self._clean()
        return self._assembled(verdict, whole, marginals)

    # The order of the runs.

    def _search(self) -> _Verdict:
        for values, known in self.starts:
            if known.all() and self._fits(values):
                self.watch.found(values, self.arrays.cost_of(values))
        for values, known in self.starts:
            if known[self.arrays.whole].all():
                self._try_start(values, known)
        self.watch.enter("relaxation")
        linear = replace(self.arrays, whole=np.zeros_like(self.arrays.whole))
        began = self.watch.seconds
        relaxed = self._run(linear, extra=0.4)  # a bound is worth being late for
        if relaxed.ended != "optimal" or relaxed.values is None:
            return self._without_relaxation(relaxed)
        verified = self.evidence.relaxation(relaxed, self.options, self.watch.seconds - began)
        self.watch.bounded(max(relaxed.bound, relaxed.bound if verified is None else verified))
        if self._is_whole(relaxed.values):
            self.watch.found(relaxed.values, self.arrays.cost_of(relaxed.values))
            return _Verdict("gap", relaxed=None if self.arrays.whole.any() else relaxed)
        if self._good_enough():
            return _Verdict("gap")
        for values, known in self.starts:
            if not known[self.arrays.whole].all():
                self._try_start(values, known, relaxed.values)
        if self.options.round_and_restrict and not self._good_enough():
            self._round_and_restrict(relaxed.values)
        if self._good_enough():
            return _Verdict("gap")
        return self._full_search()

    def _try_start(self, values: Floats, known: Mask, relaxed: Floats | None = None) -> None:
        """Find the best plan that keeps the integers of a start."""
        if self.watch.switch.reason is not None:
            return
        self.watch.enter("start")
        tried = held_at(self.arrays, known, values)
        share, extra = 1.0, 0.2  # its integers given, a plan is a matter of moments: worth being late for
        if relaxed is not None:
            used = known & (np.round(values) != 0)
            tried = held_at_zero(tried, forbidden(tried, self.hints, relaxed, used))
            share, extra = FIRST_PLAN_SHARE / (2 * len(self.starts)), 0.0
        gap = max(self.options.gap, FIRST_PLAN_GAP)
        ended = self._run(tried, share=share, extra=extra, gap=gap, plans=bool(tried.whole.any()))
        if ended.values is not None and ended.cost is not None:
            self.watch.found(ended.values, ended.cost)
        elif ended.ended in ("infeasible", "infeasible_or_unbounded"):
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
        held = forbidden(self.arrays, self.hints, relaxed, used)
        if not held.any():
            return
        # With next to no time left the first plan is the answer, and worth being late for.
        hurried = self.watch.best is None and self.watch.left < self.watch.allowance
        ended = self._run(
            held_at_zero(self.arrays, held),
            share=1.0 if hurried else FIRST_PLAN_SHARE,
            extra=0.6 if hurried else 0.0,
            gap=max(self.options.gap, FIRST_PLAN_GAP),
            target=self._target(),
            plans=True,
        )
        if ended.ended in ("infeasible", "infeasible_or_unbounded"):
            self.watch.notes.append(
                "round and restrict found no first plan: what the relaxation uses is not enough"
            )

    def _full_search(self) -> _Verdict:
        reason = self._stop_reason()
        if reason is not None:
            return _Verdict(reason)
        self.watch.enter("search")
        began = self.watch.seconds
        ended = self._run(self.arrays, gap=self.options.gap, plans=True, bounds=True)
        self.evidence.heard("search", ended, self.options, self.watch.seconds - began)
        if ended.values is not None and ended.cost is not None:
            self.watch.found(ended.values, ended.cost)
        self.watch.bounded(ended.bound)
        if ended.ended in ("infeasible", "unbounded", "infeasible_or_unbounded"):
            if self.watch.best is not None:
                self.watch.notes.append(
                    f"the search says {ended.ended} though a plan is known: its word is not taken"
                )
                return _Verdict("error")
            return self._confirmed(self.arrays, ended.ended)
        if ended.ended in ("optimal", "target"):
            return _Verdict("gap")
        if ended.ended == "error":
            self.watch.notes.append(f"HiGHS ended with: {ended.message}")
        return _Verdict(self._stop_reason() or ("error" if ended.ended == "error" else "time_limit"))

    # When there is no plan.

    def _without_relaxation(self, relaxed: Run) -> _Verdict:
        if relaxed.ended in ("time_limit", "stopped"):
            return _Verdict(self._stop_reason() or "time_limit")
        if relaxed.ended == "error":
            self.watch.notes.append(f"the relaxation ended with: {relaxed.message}")
            return self._full_search()
        if self.watch.best is not None and relaxed.ended == "infeasible":
            self.watch.notes.append(
                "the relaxation says infeasible though a plan is known: its word is not taken"
            )
            return self._full_search()
        return self._confirmed(replace(self.arrays, whole=np.zeros_like(self.arrays.whole)), relaxed.ended)

    def _confirmed(self, arrays: Arrays, said: Ended) -> _Verdict:
        """Ask again without presolve, and tell infeasible from unbounded by the problem without costs."""
        self.watch.enter("confirm")
        free = replace(arrays, cost=np.zeros_like(arrays.cost), whole=self.arrays.whole)
        again = self._run(arrays, presolve="off", gap=self.options.gap, share=CONFIRM_SHARE)
        if again.ended == "infeasible":
            return _Verdict("infeasible", confirmed=True)
        if again.ended in ("unbounded", "infeasible_or_unbounded"):
            possible = self._run(free, presolve="off")
            if possible.ended == "infeasible":
                return _Verdict("infeasible", confirmed=True)
            return _Verdict("unbounded", confirmed=possible.values is not None)
        if again.values is None:
            return self._unconfirmed(said)
        self.watch.notes.append("without presolve the problem has a plan: presolve was wrong and is left off")
        self.options = replace(self.options, presolve="off")
        return self._full_search() if arrays.whole.any() or not self.arrays.whole.any() else self._search()

    def _unconfirmed(self, said: Ended) -> _Verdict:
        self.watch.notes.append(f"HiGHS says {said} with presolve; without it there was no answer in time")
        if self.watch.switch.reason is not None:
            return _Verdict(self.watch.switch.reason)
        return _Verdict("infeasible" if said == "infeasible" else "error")

    # The values.

    def _clean(self) -> tuple[bool, Marginals | None]:
        """Re-solve with the integers held whole; return whether that worked and the marginal values."""
        self.watch.enter("clean")
        best = self.watch.best
        assert best is not None
        fixed = held_at(self.arrays, self.arrays.whole, best.values)
        for tolerance in CLEAN_TOLERANCES:
            ended = self._run(fixed, tolerance=tolerance, extra=0.7, last=True)
            if ended.ended == "optimal" and ended.values is not None and ended.cost is not None:
                values = np.where(self.arrays.whole, fixed.lower, ended.values)
                self.watch.best = replace(best, values=values, cost=self.arrays.cost_of(values))
                return True, _marginals(ended)
            if ended.ended in ("time_limit", "stopped"):
                break
        why = "took too long" if ended.ended in ("time_limit", "stopped") else f"is {ended.ended}"
        self.watch.notes.append(
            f"with the integers rounded whole the problem {why}: the values are as HiGHS left them"
        )
        return False, None

    # Small questions.

    def _run(
        self,
        arrays: Arrays,
        *,
        share: float = 1.0,
        extra: float = 0.0,
        last: bool = False,
        presolve: str | None = None,
        **more: Any,
    ) -> Run:
        """Make one run in `share` of the time left, plus `extra` of what the answer may be late.

        The `last` one is also made after a request to stop, and stops at the next.
        """
        watch, allowed = self.watch, self.watch.allowance
        left = max(watch.left * share if share < 1.0 else watch.left + extra * allowed, 0.0)
        settings = Settings(
            until=time.monotonic() + left,
            late=(0.2 if extra else 0.4) * allowed,
            seed=self.options.seed,
            threads=self.options.threads,
            presolve=presolve or self.options.presolve,
            heed=watch.switch.requests + 1 if last else 1,
            log=self.options.log,
            **more,
        )
        return run(arrays, replace(settings, start=watch.best.values if watch.best else None), watch)

    def _stop_reason(self) -> StoppedBy | None:
        if self.watch.switch.reason is not None:
            return self.watch.switch.reason
        return "time_limit" if self.watch.left <= 0.0 else None

    def _good_enough(self) -> bool:
        best, bound = self.watch.best, finite(self.watch.bound)
        return best is not None and bound is not None and gap_share(best.cost, bound) <= self.options.gap

    def _target(self) -> float | None:
        """Return the cost at which the gap to the relaxation is what was asked."""
        bound = finite(self.watch.bound)
        if bound is None or self.options.gap == 0.0:
            return None
        return bound / (1 - self.options.gap) if bound > 0 else bound / (1 + self.options.gap)

    def _fits(self, values: Floats) -> bool:
        return self.arrays.violation(values) <= START_TOLERANCE and self._is_whole(values)

    def _is_whole(self, values: Floats) -> bool:
        wholes = values[self.arrays.whole]
        return bool(np.all(np.abs(wholes - np.round(wholes)) <= WHOLE_TOLERANCE))

    def _located(self, start: Mapping[Key, float]) -> tuple[Floats, Mask]:
        values = np.zeros(self.arrays.n_columns)
        known = np.zeros(self.arrays.n_columns, dtype=bool)
        column_of = self.handed.column_of
        for key, value in start.items():
            if key in column_of and np.isfinite(value):
                values[column_of[key]], known[column_of[key]] = value, True
        return values, known

    def _assembled(self, verdict: _Verdict, whole: bool, marginals: Marginals | None) -> Outcome:
        watch = self.watch
        watch.close()
        best = watch.best
        if verdict.stopped_by in ("infeasible", "unbounded"):
            best = None
        bound, proof, notes = self.evidence.settled(best.cost if best else None, self.arrays.least_cost())
        watch.notes += notes
        if verdict.stopped_by in ("infeasible", "unbounded"):
            bound = None
        return Outcome(
            stopped_by=verdict.stopped_by,
            status=_status(verdict.stopped_by, best is not None, bound is not None),
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
        )


def size_of(handed: HandOver) -> Size:
    """Return how big a model is."""
    arrays = handed.arrays
    return Size(arrays.n_rows, arrays.n_columns, len(arrays.values), int(arrays.whole.sum()))


def _marginals(ended: Run) -> Marginals | None:
    if ended.row_duals is None or ended.reduced_costs is None:
        return None
    return Marginals(ended.row_duals, ended.reduced_costs)


def _status(stopped_by: StoppedBy, has_plan: bool, has_bound: bool) -> Status:
    if stopped_by == "gap":
        return "optimal" if has_bound else "feasible"
    if stopped_by in ("interrupt", "terminate"):
        return "interrupted"
    if stopped_by == "infeasible":
        return "infeasible"
    if stopped_by == "unbounded":
        return "unbounded"
    return "feasible" if has_plan else "no_plan"
