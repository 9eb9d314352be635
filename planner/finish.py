"""From a plan to a saved one: audited, reported, in a folder of its own. No request to stop undoes it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.errors import EXIT_OF_SIGNAL, STOPPED, AuditError, FileError
from planner.solve.stop import StopSwitch, stop_on_signals

if TYPE_CHECKING:
    from planner.audit import Verdict
    from planner.instance.instance import Instance
    from planner.plan.plan import Plan

OnMessage = Callable[[str], None]


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


def finish(
    plan: Plan,
    out: Path,
    *,
    force: bool = False,
    on_message: OnMessage | None = None,
    on_saved: Callable[[], None] | None = None,
) -> Run:
    """Audit a plan, save it and write its report.

    A request to stop does not stop the saving, it shows in the exit code; after a second one the report is left out.
    A failure of the audit or the report is raised when the plan is safe. Where nothing can be written any more, the
    plan is kept in a temporary folder, which the `FileError` names. `on_saved` is called when the run folder stands.
    """
    with stop_on_signals() as switch:
        try:
            return _finish(plan, out, force, on_message, on_saved, switch)
        except FileError as error:
            kept = _kept_elsewhere(plan)
            if kept is not None:
                error.hint = (
                    f"the plan is kept in {kept}; move it, then write its report with `planner report`"
                )
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


def _finish(
    plan: Plan,
    out: Path,
    force: bool,
    on_message: OnMessage | None,
    on_saved: Callable[[], None] | None,
    switch: StopSwitch,
) -> Run:
    from planner.audit import audit_plan
    from planner.files import run_folder

    phases = Phases()
    verdict: Verdict | None = None
    written: list[str] = []
    failure: Exception | None = None
    with run_folder(out, _name(plan), force=force) as folder:
        try:
            verdict = audit_plan(plan)
            phases.done("audit")
            plan = _timed(plan, phases)
            written = [] if switch.hurried else _report(plan, verdict, folder.path, phases)
        except Exception as error:
            failure = error
        plan = _timed(plan, phases)
        plan.save(folder.path)
    plan = replace(plan, folder=folder.path)
    if on_saved is not None:
        on_saved()
    if failure is not None or verdict is None:
        raise failure or RuntimeError("the audit gave no verdict")
    if on_message is not None:
        left_out = "" if written else f"; `planner report {folder.path}` writes the report that was left out"
        on_message(f"saved in {folder.path}{left_out}")
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
    return _digest(plan.instance, plan.record.options)


def name_of_run(instance: Instance, options: Mapping[str, Any]) -> str:
    """Return the name that the folder of a run will have, without the number of a repeat."""
    from planner.files import run_name

    return run_name(instance.name, instance.case, _digest(instance, options))


def _name(plan: Plan) -> str:
    from planner.files import run_name

    return run_name(plan.instance.name, plan.instance.case, run_digest(plan))


def _digest(instance: Instance, options: Mapping[str, Any]) -> str:
    import hashlib
    import json

    from planner.versions import versions

    content = [
        instance.hash,
        dict(options),
        sorted(instance.rules_off),
        [{"name": rule.name, "source": rule.source} for rule in instance.user_rules],
        versions()["planner"],
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
