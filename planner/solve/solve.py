"""A model and options go in, an `Outcome` comes out: the order of the runs and what each may cost in time.

hand-over, earlier plans, relaxation, round and restrict, search, clean values. Every plan that turns up is kept,
whatever happens later; a limit, Ctrl-C or SIGTERM end the search with the best one. What is said of the answer is
judged after cleaning: where exactly whole numbers cost more than the search said, so that the asked gap is missed, or
where a bound lies above a known plan, the search goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyomo.environ as pyo

from planner.solve.arrays import Arrays, Floats, Mask
from planner.solve.claims import believable, slack, status_of, within
from planner.solve.first_plan import forbidden, held_at, held_at_zero, read_hints
from planner.solve.handover import HandOver, Key, hand_over
from planner.solve.highs import Ended, Run, require_highs
from planner.solve.options import SolveOptions
from planner.solve.outcome import Marginals, Outcome, Size, StoppedBy
from planner.solve.progress import OnProgress
from planner.solve.runs import Runs
from planner.solve.stop import StopSwitch, stop_on_signals
from planner.solve.watch import Found, Watch, finite

Start = Outcome | Mapping[Key, float]

FIRST_PLAN_GAP = 0.005  # of the restricted problem: closer is not worth the time (model.md, section 6)
FIRST_PLAN_WORK = 2_000  # units of work (Settings.work): the rest belongs to the search
FIRST_PLAN_SHARE = 0.5  # of the time left, only as a guard: that it cut the phase is said in the record
CONFIRM_SHARE = 0.5  # of the time left, for asking again without presolve
CLEAN_TOLERANCES = (1e-9, None)  # None: HiGHS's own 1e-7, for a problem on which the tight one fails
TIGHT = 1e-9  # how far from whole a number may be in a search that goes on after cleaning
TIGHTEST = 1e-10  # the least that HiGHS takes


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
    falling: tuple[tuple[Key, float], ...] = ()


class _Solve(Runs):
    """The runs of one solve, one after the other."""

    relaxed_bound = -np.inf

    def outcome(self) -> Outcome:
        """Make the runs and return what came of them."""
        verdict = self._search()
        whole, marginals = False, None
        if verdict.relaxed is not None and verdict.relaxed.values is not None:
            whole, marginals = True, _marginals(verdict.relaxed)
        elif self.watch.best is not None:
            verdict, whole, marginals = self._settled(verdict)
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
        began = self.watch.seconds
        relaxed = self._run(self._linear(), extra=0.4)  # a bound is worth being late for
        if relaxed.ended != "optimal" or relaxed.values is None:
            return self._without_relaxation(relaxed)
        verified = self.evidence.relaxation(relaxed, self.options, self.watch.seconds - began)
        self.relaxed_bound = relaxed.bound if verified is None else max(verified, relaxed.bound)
        self.watch.bounded(self.relaxed_bound)
        if self._is_whole(relaxed.values):
            self._keep(relaxed)
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

    def _full_search(self) -> _Verdict:
        self.watch.enter("search")
        reason = self._stop_reason()
        if reason is not None:
            if reason == "time_limit":
                self.watch.cut()
            return _Verdict(reason)
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
        again = self._run(arrays, presolve="off", gap=self._solver_gap(), share=CONFIRM_SHARE)
        if again.ended == "infeasible":
            return _Verdict("infeasible", confirmed=True)
        if again.ended in ("unbounded", "infeasible_or_unbounded"):
            possible = self._run(free, presolve="off")
            if possible.ended == "infeasible":
                return _Verdict("infeasible", confirmed=True)
            return _Verdict("unbounded", possible.values is not None, falling=self._falling(again))
        if again.values is None:
            return self._unconfirmed(said)
        self.watch.notes.append("without presolve the problem has a plan: presolve was wrong and is left off")
        self.options = replace(self.options, presolve="off")
        return self._full_search() if arrays.whole.any() or not self.arrays.whole.any() else self._search()

    def _falling(self, unbounded: Run) -> tuple[tuple[Key, float], ...]:
        """Return the variables along whose change the cost falls without end, with their share of the fall."""
        ray = unbounded.ray
        if (
            ray is None
        ):  # of a problem with whole numbers HiGHS gives none: any of the relaxation can be made whole
            ray = self._run(replace(self.arrays, whole=np.zeros_like(self.arrays.whole)), presolve="off").ray
        if ray is None:
            return ()
        fall = np.maximum(-ray * self.arrays.cost, 0.0)
        order = np.argsort(-fall, kind="stable")
        total = fall.sum()
        return tuple((self.handed.columns[j], float(fall[j] / total)) for j in order if fall[j] > 0.0)

    def _unconfirmed(self, said: Ended) -> _Verdict:
        self.watch.notes.append(f"HiGHS says {said} with presolve; without it there was no answer in time")
        if self.watch.switch.reason is not None:
            return _Verdict(self.watch.switch.reason)
        return _Verdict("infeasible" if said == "infeasible" else "error")

    # The values, and what may be said of them.

    def _settled(self, verdict: _Verdict) -> tuple[_Verdict, bool, Marginals | None]:
        """Clean the values, and go on searching until the gap holds for them, nothing more helps, or a limit comes."""
        while True:
            whole, marginals = self._clean()
            best = self.watch.best
            assert best is not None
            sane = believable(best.cost, self.watch.bound) or not whole
            if not sane:
                self._disbelieve(best)
            proven = whole and sane and within(best.cost, finite(self.watch.bound), self.options.gap)
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
        """Drop a bound that lies above a plan, down to that of the relaxation where this one may be true."""
        self.watch.notes.append(
            f"the bound {self.watch.bound} lies above the cost {best.cost} of a plan: it is not believed"
        )
        self.watch.bound = self.relaxed_bound if believable(best.cost, self.relaxed_bound) else -np.inf

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
                return Found(values, self.arrays.cost_of(values)), _marginals(ended)
            if ended.ended in ("time_limit", "stopped"):
                break
        why = "took too long" if ended.ended in ("time_limit", "stopped") else f"is {ended.ended}"
        self.watch.notes.append(
            f"with the integers rounded whole the problem {why}: the values are as HiGHS left them"
        )
        return None

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
        proven = best is not None and whole and within(best.cost, bound, self.options.gap)
        return Outcome(
            stopped_by=verdict.stopped_by,
            status=status_of(verdict.stopped_by, best is not None, proven),
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


def _marginals(ended: Run) -> Marginals | None:
    if ended.row_duals is None or ended.reduced_costs is None:
        return None
    return Marginals(ended.row_duals, ended.reduced_costs)
