"""From an instance to a saved, audited plan: the stages in order, each timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.errors import (
    EXIT_OF_SIGNAL,
    STOPPED,
    AuditError,
    FileError,
    InfeasibleError,
    NoPlan,
    UnboundedError,
    UsageError,
)

if TYPE_CHECKING:
    from planner.audit import Verdict
    from planner.instance.instance import Instance
    from planner.plan.plan import Plan, Record
    from planner.solve.outcome import Outcome
    from planner.solve.stop import StopSwitch

OnProgress = Callable[[Any], None]
OnMessage = Callable[[str], None]
LEAST_OVERDRAFT_SLACK = 1e-6
"""Relative room left above the least overdraft, so that rounding does not make the second solve infeasible."""


class Phases:
    """Seconds of wall clock by phase, in the order in which they began."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.perf_counter()

    def done(self, phase: str) -> None:
        """Book the time since the last call to a phase."""
        now = time.perf_counter()
        self.seconds[phase] = self.seconds.get(phase, 0.0) + now - self._since
        self._since = now


def solve(
    instance: Instance,
    *,
    gap: float = 0.005,
    time_limit: float = 120.0,
    seed: int = 0,
    threads: int = 1,
    start: Plan | Sequence[Plan] | None = None,
    on_progress: OnProgress | None = None,
    confirm: bool = False,
    confirm_time_limit: float | None = None,
) -> Plan:
    """The best plan found for an instance.

    `gap` is a share of the cost, `time_limit` seconds of solving. `start`: earlier plans, of this or another instance.
    `confirm` asks the same claim again: of HiGHS without presolve, start and with another seed, and of SCIP where the
    extra `prover` is installed, each for `confirm_time_limit` seconds (by default `time_limit`); the bound is then the
    smallest of all that count.
    Raises `InstanceError` when the check finds an error, `InfeasibleError` with the rules that cannot be kept together,
    `NoPlan` when a limit came before any plan.
    """
    from planner.solve.options import SolveOptions

    phases = Phases()
    refuse_errors(instance)
    phases.done("check")
    if confirm and confirm_time_limit is None:
        confirm_time_limit = time_limit
    options = SolveOptions(
        gap=gap,
        time_limit=time_limit,
        seed=seed,
        threads=threads,
        confirm=confirm,
        confirm_time_limit=confirm_time_limit,
    )
    return _solve(instance, options, _as_plans(start), on_progress, phases)


def refuse_errors(instance: Instance) -> None:
    """Raise `InstanceError` with the errors that the check finds."""
    from planner.errors import InstanceError
    from planner.instance.check import check

    errors = [finding for finding in check(instance) if finding.severity == "error"]
    if errors:
        raise InstanceError(f"{instance.name}: {len(errors)} errors", findings=errors)


def _as_plans(start: Plan | Sequence[Plan] | None) -> tuple[Plan, ...]:
    if start is None:
        return ()
    from planner.plan.plan import Plan

    plans = tuple(start) if isinstance(start, list | tuple) else (start,)
    for one in plans:
        if not isinstance(one, Plan):
            raise UsageError(
                f"start holds {str(one)[:80]!r}, which is no plan",
                hint="planner.load(folder) gives a saved plan",
            )
    return plans


def _solve(
    instance: Instance,
    options: Any,
    starts: Iterable[Plan],
    on_progress: OnProgress | None,
    phases: Phases,
) -> Plan:
    from planner.data.prepare import prepare
    from planner.model import build
    from planner.plan.make import make_frames
    from planner.plan.plan import Plan
    from planner.solve.solve import solve_model
    from planner.solve.stop import StopSwitch

    phases.done("imports")
    data = prepare(instance)
    phases.done("prepare")
    model = build(data, instance.rules_off, instance.user_rules)
    phases.done("build")
    known: list[Mapping[Any, float]] = [plan.start for plan in starts]
    switch = StopSwitch()
    options, known = _with_least_overdraft(model, options, known, switch)
    outcome = solve_model(model, options, known, on_progress, switch=switch)
    phases.done("solve")
    if not outcome.has_plan:
        raise _no_plan(model, outcome)
    frames = make_frames(instance, data, outcome.by_component)
    record = _record(instance, options, outcome, phases, tuple(model.notes))
    phases.done("extract")
    return Plan(instance, replace(record, phases=_phases(phases, outcome)), frames, model=model)


def _with_least_overdraft(
    model: Any, options: Any, known: list[Mapping[Any, float]], switch: StopSwitch
) -> tuple[Any, list[Mapping[Any, float]]]:
    """A soft floor without a stated amount: find the least largest overdraft first and bound the model by it."""
    from planner.model import bound_overdraft, least_overdraft_objective, needs_least_overdraft
    from planner.solve.solve import solve_model

    if not needs_least_overdraft(model):
        return options, known
    objective = least_overdraft_objective(model)
    unconfirmed = replace(options, confirm=False, confirm_time_limit=None)
    first = solve_model(model, unconfirmed, known, objective=objective, switch=switch)
    if not first.has_plan or first.objective is None:
        return options, known
    bound_overdraft(model, first.objective * (1.0 + LEAST_OVERDRAFT_SLACK) + LEAST_OVERDRAFT_SLACK)
    left = max(options.time_limit - first.seconds, options.time_limit * 0.25)
    return replace(options, time_limit=left), [*known, first.as_start()]


def _no_plan(model: Any, outcome: Outcome) -> NoPlan:
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

        found = explain(model, money=opening_cash_rows(model))
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


def _record(
    instance: Instance, options: Any, outcome: Outcome, phases: Phases, notes: tuple[str, ...]
) -> Record:
    from planner.plan.plan import Record
    from planner.versions import versions

    assert outcome.objective is not None
    return Record(
        status=outcome.status,
        stopped_by=outcome.stopped_by,
        objective_usd_m=outcome.objective,
        bound_usd_m=outcome.bound,
        gap=outcome.gap,
        gap_usd_m=outcome.gap_usd_m,
        seconds=outcome.seconds,
        phases=dict(phases.seconds),
        size={
            "rows": outcome.size.rows,
            "columns": outcome.size.columns,
            "nonzeros": outcome.size.nonzeros,
            "integers": outcome.size.integers,
        },
        options=options.as_dict(),
        versions=versions(),
        history=tuple((point.seconds, point.cost, point.bound) for point in outcome.history),
        notes=(*outcome.notes, *notes),
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


@dataclass(frozen=True)
class Run:
    """A saved plan with its verdict."""

    plan: Plan
    verdict: Verdict
    folder: Path
    files: tuple[Path, ...]
    warnings: tuple[str, ...] = ()
    exit_code: int = 0

    def __str__(self) -> str:
        """The answer in a few lines, the folder last."""
        record = self.plan.record
        audit = "audit agrees" if self.verdict.ok else "AUDIT REJECTS THE PLAN"
        lines = [repr(self.plan), f"{audit} (cost to {self.verdict.cost_difference_relative:.1e})"]
        if record.stopped_by not in ("gap",):
            lines.append(f"{STOPPED[record.stopped_by]} after {record.seconds:.0f} s of solving")
        report = [path for path in self.files if path.suffix == ".html"]
        return "\n".join([*lines, str(report[0] if report else self.folder)])

    def to_dict(self) -> dict[str, Any]:
        """The documented object of `solve --json`."""
        record = self.plan.record
        return {
            "schema_version": 1,
            "instance": {
                "name": self.plan.instance.name,
                "case": self.plan.instance.case,
                "hash": self.plan.instance.hash,
            },
            "status": record.status,
            "stopped_by": record.stopped_by,
            "objective_usd_m": record.objective_usd_m,
            "bound_usd_m": record.bound_usd_m,
            "gap": record.gap,
            "gap_usd_m": record.gap_usd_m,
            "proof": dict(record.proof),
            "seconds": record.seconds,
            "phases": dict(record.phases),
            "size": dict(record.size),
            "audit": self.verdict.to_dict(),
            "run_dir": str(self.folder),
            "versions": dict(record.versions),
            "seed": record.options["seed"],
            "cut_by_clock": list(record.cut_by_clock),
        }


def run(
    instance: Instance,
    *,
    out: str | Path | None = None,
    force: bool = False,
    start: Sequence[str | Path | Plan] = (),
    on_progress: OnProgress | None = None,
    on_message: OnMessage | None = None,
    read_seconds: float | None = None,
    **options: Any,
) -> Run:
    """Solve, audit, save and report; the run folder appears when it is complete.

    Exit codes as in docs/cli.md: 0 within the gap, 5 a limit came first, 7 the audit rejected the plan, 130 and 143
    interrupted with a plan. Raises what `solve` raises.
    """
    from planner.files import require_writable
    from planner.plan.store import load_plan

    place = require_writable("reports" if out is None else out)
    plans = [load_plan(one) if isinstance(one, str | Path) else one for one in start]
    try:
        plan = solve(instance, start=plans, on_progress=on_progress, **options)
    except NoPlan as error:
        error.where = str(_save_explanation(instance, error, place, force))
        raise
    if read_seconds is not None:
        plan = replace(plan, record=replace(plan.record, phases={"read": read_seconds, **plan.record.phases}))
    return finish(plan, place, force=force, on_message=on_message)


def _save_explanation(instance: Instance, error: NoPlan, out: Path, force: bool) -> Path:
    """Write why there is no plan, beside the instance used, into a run folder and return it."""
    from planner.files import run_folder, run_name
    from planner.plan.no_plan import save_explanation

    with run_folder(out, run_name(instance.name, instance.case, instance.hash), force=force) as folder:
        save_explanation(instance, error, folder.path)
    return folder.path


def finish(plan: Plan, out: Path, *, force: bool = False, on_message: OnMessage | None = None) -> Run:
    """Audit a plan, save it and write its report.

    Ctrl-C or SIGTERM meanwhile do not stop the saving, they show in the exit code. A failure of the audit or the
    report is raised when the plan is safe. Where nothing can be written any more, the plan is kept in a temporary
    folder, which the `FileError` names.
    """
    try:
        return _finish(plan, out, force, on_message)
    except FileError as error:
        kept = _kept_elsewhere(plan)
        if kept is not None:
            error.hint = f"the plan is kept in {kept}; move it, then write its report with `planner report`"
        raise


def _kept_elsewhere(plan: Plan) -> Path | None:
    """The temporary folder with the saved plan; None where that cannot be written either."""
    import shutil
    import tempfile

    folder = None
    try:
        folder = Path(tempfile.mkdtemp(prefix="planner-plan-"))
        plan.save(folder)
    except (OSError, FileError):
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        return None
    return folder


def _finish(plan: Plan, out: Path, force: bool, on_message: OnMessage | None) -> Run:
    from planner.audit import audit_plan
    from planner.files import run_folder, run_name
    from planner.solve.stop import StopSwitch, stop_on_signals

    phases, switch = Phases(), StopSwitch()
    verdict: Verdict | None = None
    written: list[str] = []
    failure: Exception | None = None
    name = run_name(plan.instance.name, plan.instance.case, run_digest(plan))
    with stop_on_signals(switch), run_folder(out, name, force=force) as folder:
        try:
            verdict = audit_plan(plan)
            phases.done("audit")
            plan = _timed(plan, phases)
            written = _report(plan, verdict, folder.path, phases)
        except Exception as error:
            failure = error
        plan = _timed(plan, phases)
        plan.save(folder.path)
    plan = replace(plan, folder=folder.path)
    if failure is not None or verdict is None:
        raise failure or RuntimeError("the audit gave no verdict")
    if on_message is not None:
        on_message(f"saved in {folder.path}")
    files = tuple(folder.path / name for name in written)
    reason = switch.reason or plan.record.stopped_by
    return Run(plan, verdict, folder.path, files, _warnings(plan), _exit_code(plan, verdict, reason))


def _timed(plan: Plan, phases: Phases) -> Plan:
    return replace(plan, record=replace(plan.record, phases={**plan.record.phases, **phases.seconds}))


def _report(plan: Plan, verdict: Verdict, folder: Path, phases: Phases) -> list[str]:
    from planner.report import write_report

    files = write_report(plan, verdict, folder)
    phases.done("report")
    return [path.name for path in files]


def _exit_code(plan: Plan, verdict: Verdict, stopped_by: str) -> int:
    if not verdict.ok:
        return AuditError.exit_code
    if stopped_by in EXIT_OF_SIGNAL:
        return EXIT_OF_SIGNAL[stopped_by]
    return 0 if plan.record.status == "optimal" else 5


def _warnings(plan: Plan) -> tuple[str, ...]:
    rules = [rule["name"] for rule in plan.record.user_rules]
    return tuple(f"rule {name!r} is your own and is not audited" for name in rules)


def run_digest(plan: Plan) -> str:
    """SHA-256 over the instance, the options and the version: what makes a run the same run."""
    import hashlib
    import json

    content = [
        plan.instance.hash,
        dict(plan.record.options),
        list(plan.record.rules_off),
        [dict(rule) for rule in plan.record.user_rules],
        plan.record.versions["planner"],
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
