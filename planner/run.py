"""From an instance to a saved, audited plan: the stages in order, each timed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from planner.errors import (
    EXIT_OF_SIGNAL,
    STOPPED,
    InfeasibleError,
    Interrupted,
    NoPlan,
    UnboundedError,
    UsageError,
)
from planner.finish import OnMessage, Phases, Run, finish, name_of_run
from planner.plan.checkpoint import Checkpoint, Keeper, is_checkpoint, load_checkpoint, unfinished
from planner.solve.stop import breakable, passing_on

if TYPE_CHECKING:
    from planner.instance.instance import Instance
    from planner.plan.plan import Plan, Record
    from planner.solve.candidate import Candidate
    from planner.solve.options import SolveOptions
    from planner.solve.outcome import Outcome
    from planner.solve.stop import StopSwitch

OnProgress = Callable[[Any], None]
Start: TypeAlias = "Plan | Checkpoint"
FINISH_SECONDS = 600.0
"""Guard for a solve that is asked for no search."""
LEAST_OVERDRAFT_SLACK = 1e-6
"""Relative room left above the least overdraft, so that rounding does not make the second solve infeasible."""


def solve(
    instance: Instance,
    *,
    gap: float = 0.005,
    time_limit: float = 120.0,
    seed: int = 0,
    threads: int = 1,
    start: Start | Sequence[Start] | None = None,
    on_progress: OnProgress | None = None,
    confirm: bool = False,
    confirm_time_limit: float | None = None,
    keep_in: str | Path | Keeper | None = "reports",
) -> Plan:
    """The best plan found for an instance.

    `gap` is a share of the cost, `time_limit` seconds of solving. `start`: earlier plans, of this or another instance;
    with them a `time_limit` of 0 asks for no search: the best of them is the answer.
    `confirm` asks the same claim again: of HiGHS without presolve, start and with another seed, and of SCIP where the
    extra `prover` is installed, each for `confirm_time_limit` seconds (by default `time_limit`); the bound is then the
    smallest of all that count.
    Raises `InstanceError` when the check finds an error, `InfeasibleError` with the rules that cannot be kept together,
    `NoPlan` when a limit came before any plan.

    Ctrl-C ends the search and raises `Interrupted`, a `KeyboardInterrupt` whose `plan` is the best one so far; that
    plan is audited and saved in a run folder in `keep_in` first (None: nowhere). While a long solve goes on, its best
    plan is kept in a folder `<run name>.unfinished` there, which `planner.resume` takes up after a kill.
    """
    from planner.solve.options import SolveOptions

    keeper = keep_in if isinstance(keep_in, Keeper) else Keeper(keep_in)

    def keep(plan: Plan) -> Any:
        return plan if keeper.place is None else finish(plan, keeper.place, on_saved=keeper.remove)

    with passing_on(keep) as delivery:
        phases = Phases()
        with _before_a_plan():
            refuse_errors(instance)
            phases.done("check")
            starts = _as_plans(start)
            search = bool(time_limit) or not starts
            limit = time_limit if search else FINISH_SECONDS
            if confirm and confirm_time_limit is None:
                confirm_time_limit = limit
            options = SolveOptions(
                gap=gap,
                time_limit=limit,
                seed=seed,
                threads=threads,
                confirm=confirm,
                confirm_time_limit=confirm_time_limit,
            )
            keeper.begin(instance, options.as_dict(), name_of_run(instance, options.as_dict()))
            keeper.notes += [
                f"started from a plan of an unfinished solve, kept at {one.written}"
                for one in starts
                if isinstance(one, Checkpoint)
            ]
        asked = _Asked(instance, options, starts, on_progress, delivery.switch, keeper, search)
        delivery.found = plan = _solve(asked, phases)
        if keeper is not keep_in and not (delivery.outermost and delivery.switch.reason):
            keeper.remove()
    return plan


@dataclass(frozen=True)
class _Asked:
    """What a solve is asked for, and who is told; without `search` the best of the starts is the answer."""

    instance: Instance
    options: SolveOptions
    starts: tuple[Plan | Checkpoint, ...]
    on_progress: OnProgress | None
    switch: StopSwitch
    keeper: Keeper
    search: bool

    def listener(self, switch: StopSwitch) -> OnProgress | None:
        """Who hears of progress; where no search is wanted, one that ends it when it would begin."""
        if self.search:
            return self.on_progress

        def end_the_search(progress: Any) -> None:
            if progress.stage not in ("handover", "start", "relaxation", "clean"):
                switch.ask("time_limit")
            if self.on_progress is not None:
                self.on_progress(progress)

        return end_the_search


@contextmanager
def _before_a_plan() -> Iterator[None]:
    """Let a request to stop end the block at once, as `NoPlan`."""
    try:
        with breakable():
            yield
    except Interrupted as stop:
        message = f"{STOPPED[stop.reason]} before there was a plan"
        raise NoPlan(message, stopped_by=stop.reason) from None


def refuse_errors(instance: Instance) -> None:
    """Raise `InstanceError` with the errors that the check finds."""
    from planner.instance.check import check
    from planner.instance.finding import error

    errors = [finding for finding in check(instance, doubts=False) if finding.severity == "error"]
    if errors:
        raise error(errors, instance.name)


def _as_plans(start: Start | Sequence[Start] | None) -> tuple[Plan | Checkpoint, ...]:
    if start is None:
        return ()
    from planner.plan.plan import Plan

    plans = tuple(start) if isinstance(start, list | tuple) else (start,)
    for one in plans:
        if not isinstance(one, Plan | Checkpoint):
            raise UsageError(
                f"start holds {str(one)[:80]!r}, which is no plan",
                hint="planner.load(folder) gives a saved plan",
            )
    return plans


def _solve(asked: _Asked, phases: Phases) -> Plan:
    instance = asked.instance
    with _before_a_plan():
        from planner.data.prepare import prepare
        from planner.model import build
        from planner.plan.make import make_frames
        from planner.plan.plan import Plan
        from planner.solve.candidate import Candidate

        phases.done("imports")
        data = prepare(instance)
        phases.done("prepare")
        model = build(data, instance.rules_off, instance.user_rules)
        phases.done("build")
    outcome = _searched(model, asked)
    phases.done("solve")
    if outcome.values is None:
        raise _no_plan(model, outcome, asked.switch)
    asked.keeper.settle(
        Candidate(outcome.columns, outcome.values, outcome.objective, outcome.bound, outcome.seconds)
    )
    try:
        frames = make_frames(instance, data, outcome.by_component)
        record = _record(asked, outcome, phases, tuple(model.notes))
        phases.done("extract")
        return Plan(instance, replace(record, phases=_phases(phases, outcome)), frames, model=model)
    except Exception as error:
        note_where_kept(error, asked.keeper)
        raise


def note_where_kept(error: Exception, keeper: Keeper) -> None:
    """Keep the decisions of a plan that something went wrong with, and say so in the error."""
    kept = keeper.write()
    if kept is not None:
        error.add_note(f"the plan is kept in {kept}; `planner resume {kept} --time-limit 0` saves it")


def _searched(model: Any, asked: _Asked) -> Outcome:
    """The search, after the one for the least largest overdraft where a soft floor states no amount.

    That overdraft bounds the model then. Where the second search is stopped before it has a plan, the first one's is
    the answer.
    """
    from planner.model import bound_overdraft, least_overdraft_objective, needs_least_overdraft
    from planner.solve.candidate import filled, priced
    from planner.solve.solve import solve_model
    from planner.solve.stop import StopSwitch

    switch = asked.switch if asked.search else StopSwitch()
    listen, keeper, options = asked.listener(switch), asked.keeper, asked.options
    known: list[Mapping[Any, float]] = [
        filled(model, one.start)
        if isinstance(one, Checkpoint) and one.instance.hash == asked.instance.hash
        else one.start
        for one in asked.starts
    ]
    first: Outcome | None = None
    if needs_least_overdraft(model):
        objective = least_overdraft_objective(model)

        def without_cost(candidate: Candidate) -> None:  # what it costs is asked next
            keeper(replace(candidate, cost=None, bound=None))

        plain = replace(options, confirm=False, confirm_time_limit=None)
        first = solve_model(model, plain, known, objective=objective, switch=switch, on_plan=without_cost)
        if first.has_plan and first.objective is not None:
            bound_overdraft(model, first.objective * (1.0 + LEAST_OVERDRAFT_SLACK) + LEAST_OVERDRAFT_SLACK)
            left = max(options.time_limit - first.seconds, options.time_limit * 0.25)
            options, known = replace(options, time_limit=left), [*known, first.as_start()]
    outcome = solve_model(model, options, known, listen, switch=switch, on_plan=keeper)
    if first is not None and first.cut_by_clock:
        outcome = replace(outcome, cut_by_clock=("least_overdraft", *outcome.cut_by_clock))
    if first is not None and first.has_plan and outcome.status in ("interrupted", "no_plan"):
        return outcome if outcome.has_plan else priced(model, first, outcome)
    return outcome


def _no_plan(model: Any, outcome: Outcome, switch: StopSwitch) -> NoPlan:
    """The error that says why there is no plan, with the elastic model's explanation where rules conflict."""
    if outcome.status == "unbounded":
        from planner.model.falling import falling_sentences

        return UnboundedError(
            "the cost can fall without end: an input pays more than it costs",
            explanation=falling_sentences(outcome.falling),
            stopped_by=outcome.stopped_by,
            hint="look at the prices of what is named: one below zero, or a value that exceeds its cost",
        )
    if outcome.status == "infeasible":
        from planner.model.money import opening_cash_rows
        from planner.solve.elastic import explain

        found = explain(model, switch=switch, money=opening_cash_rows(model))
        return InfeasibleError(
            "no plan keeps all rules",
            explanation=found.sentences,
            details=found.to_dict(),
            stopped_by=outcome.stopped_by,
            hint="give way on one of the rules above, or make it soft",
        )
    signalled, bound = outcome.stopped_by in EXIT_OF_SIGNAL, outcome.bound
    return NoPlan(
        f"{STOPPED[outcome.stopped_by]} after {outcome.seconds:.0f} s, before there was a plan",
        explanation=() if bound is None else (f"no plan can cost less than USD {bound / 1000.0:,.1f} bn",),
        stopped_by=outcome.stopped_by,
        hint=None if signalled else "allow more time with --time-limit",
    )


def _record(asked: _Asked, outcome: Outcome, phases: Phases, notes: tuple[str, ...]) -> Record:
    from planner.plan.plan import Record
    from planner.versions import versions

    assert outcome.objective is not None
    instance = asked.instance
    return Record(
        status=outcome.status,
        stopped_by=outcome.stopped_by,
        objective_usd_m=outcome.objective,
        bound_usd_m=outcome.bound,
        gap=outcome.gap if outcome.gap is not None and math.isfinite(outcome.gap) else None,
        gap_usd_m=outcome.gap_usd_m,
        seconds=outcome.seconds,
        phases=dict(phases.seconds),
        size={
            "rows": outcome.size.rows,
            "columns": outcome.size.columns,
            "nonzeros": outcome.size.nonzeros,
            "integers": outcome.size.integers,
        },
        options=asked.options.as_dict(),
        versions=versions(),
        history=tuple((point.seconds, point.cost, point.bound) for point in outcome.history),
        notes=(*outcome.notes, *notes, *asked.keeper.notes),
        rules_off=tuple(sorted(instance.rules_off)),
        user_rules=tuple({"name": rule.name, "source": rule.source} for rule in instance.user_rules),
        log=outcome.log,
        proof=outcome.proof.as_dict(),
        cut_by_clock=outcome.cut_by_clock,
    )


def _phases(phases: Phases, outcome: Outcome) -> dict[str, float]:
    """Phases with the solver's own split (`solve: hand-over`, ...) in place of their sum."""
    out = {}
    for phase, seconds in phases.seconds.items():
        if phase == "solve":
            inner = {f"solve: {name}": value for name, value in outcome.phases.items()}
            out.update(inner)
            out["solve: rest"] = max(0.0, seconds - sum(outcome.phases.values()))
        else:
            out[phase] = seconds
    return out


def run(
    instance: Instance,
    *,
    out: str | Path | None = None,
    force: bool = False,
    start: Sequence[str | Path | Start] = (),
    on_progress: OnProgress | None = None,
    on_message: OnMessage | None = None,
    read_seconds: float | None = None,
    **options: Any,
) -> Run:
    """Solve, audit, save and report; the run folder appears when it is complete.

    Exit codes as in docs/cli.md: 0 within the gap, 5 a limit came first, 7 the audit rejected the plan, 130, 143 and
    129 asked to stop with a plan. Raises what `solve` raises; `Interrupted` then holds the `Run`, saved.
    """
    from planner.files import clean_stale, require_writable

    with passing_on() as delivery:
        with _before_a_plan():
            place = require_writable("reports" if out is None else out)
            clean_stale(place)
            starts = [_loaded(one) if isinstance(one, str | Path) else one for one in start]
            used = {one.folder.resolve() for one in starts if isinstance(one, Checkpoint)}
            left = tuple(
                f"{one} is unfinished; `planner resume {one}` takes it up"
                for one in unfinished(place)
                if one.resolve() not in used
            )
        keeper = Keeper(place)
        try:
            plan = solve(instance, start=starts, on_progress=on_progress, keep_in=keeper, **options)
        except NoPlan as error:
            if error.stopped_by not in EXIT_OF_SIGNAL:
                error.where = str(_save_explanation(instance, error, place, force))
            raise
        delivery.found = plan
        keeper.write_when_due()
        if read_seconds is not None:
            timed = {"read": read_seconds, **plan.record.phases}
            plan = replace(plan, record=replace(plan.record, phases=timed))
        try:
            done = finish(plan, place, force=force, on_message=on_message, on_saved=keeper.remove)
        except Exception as error:
            note_where_kept(error, keeper)
            raise
        delivery.found = done = replace(done, warnings=(*done.warnings, *left))
    return done


def _loaded(folder: str | Path) -> Plan | Checkpoint:
    """A saved plan, or the plan of an unfinished solve."""
    from planner.plan.store import load_plan

    return load_checkpoint(folder) if is_checkpoint(folder) else load_plan(folder)


def _save_explanation(instance: Instance, error: NoPlan, out: Path, force: bool) -> Path:
    """Write why there is no plan, beside the instance used, into a run folder and return it."""
    from planner.files import run_folder, run_name
    from planner.plan.no_plan import save_explanation

    with run_folder(out, run_name(instance.name, instance.case, instance.hash), force=force) as folder:
        save_explanation(instance, error, folder.path)
    return folder.path
