"""HiGHS behind one function: arrays and settings in, an ended run out.

The solver runs in a thread of its own, so that Ctrl-C, SIGTERM, the clock and the progress line are served
while it works. Plans are copied out as HiGHS reports them: nothing is lost when it has to be left behind.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from planner.errors import SolverVersionError
from planner.solve.arrays import Arrays, Floats
from planner.solve.watch import Found, Watch

LEAST_VERSION = (1, 16, 0)
BELOW_VERSION = (2, 0, 0)
SOUND_TOLERANCE = 1e-6
"""By which a plan may leave a row or a bound when its whole numbers are rounded."""
HINT = "pip install 'highspy>=1.16,<2' (1.15.1 and 1.14.0 silently returned wrong optima)"

Ended = Literal[
    "optimal",
    "infeasible",
    "unbounded",
    "infeasible_or_unbounded",
    "time_limit",
    "stopped",
    "target",
    "enough",
    "work",
    "error",
]


@dataclass(frozen=True)
class Settings:
    """How one run is made. `until` is the moment (of time.monotonic) at which it must have ended.

    `late` seconds after it, or `late` after a request to stop, the run is left behind. `heed` is the number of
    requests that ends the run. `plans` and `bounds` say whether they count for the solve as a whole. `work` ends a
    search after so many of the moments at which HiGHS asks whether to go on: about one a linear problem solved, the
    same on every machine and under any load. A bound of `enough` ends it too.
    """

    until: float
    late: float
    gap: float = 0.0
    seed: int = 0
    threads: int = 1
    presolve: str = "choose"
    target: float | None = None
    work: int | None = None
    enough: float = math.inf
    start: Floats | None = None
    tolerance: float | None = None
    whole_tolerance: float | None = None
    heed: int = 1
    plans: bool = False
    bounds: bool = False
    log: bool = True


@dataclass(frozen=True)
class Run:
    """How a run ended and what it left: values, cost, bound, marginals.

    `root_bound` is the bound before the first branch; `work` counts as in `Settings`; `ray` is a direction in which the
    cost falls without end, of a linear problem that is unbounded.
    """

    ended: Ended
    values: Floats | None
    cost: float | None
    bound: float
    row_duals: Floats | None
    reduced_costs: Floats | None
    message: str = ""
    root_bound: float = -math.inf
    work: int = 0
    ray: Floats | None = None


def require_highs(version: tuple[int, int, int] | None = None) -> str:
    """Return the version of HiGHS in use; raise `SolverVersionError` when it is missing or refused."""
    found = version or _installed()
    text = ".".join(map(str, found))
    if not LEAST_VERSION <= found < BELOW_VERSION:
        raise SolverVersionError(f"HiGHS {text} is refused, 1.16 or newer below 2 is needed", hint=HINT)
    return text


def _installed() -> tuple[int, int, int]:
    try:
        solver = new_solver()
    except ImportError as error:
        raise SolverVersionError("the solver HiGHS is not installed", hint=HINT) from error
    numbers = [int(part) for part in re.findall(r"\d+", str(solver.version()))[:3]]
    return (numbers[0], numbers[1], numbers[2])


_quiet = threading.Lock()
_greeted = False


def new_solver() -> Any:
    """Return a new HiGHS object, which prints nothing.

    From 1.16 on the first object of a process prints a banner to the file behind stdout, past Python and before any
    option can be set: standard output would be no JSON. For that one moment it goes nowhere.
    """
    import highspy

    global _greeted
    with _quiet:
        if _greeted:
            solver = highspy.Highs()
        else:
            with _without_stdout():
                solver = highspy.Highs()
            _greeted = True
    solver.setOptionValue("log_to_console", False)
    return solver


@contextlib.contextmanager
def _without_stdout() -> Iterator[None]:
    """Send what is written to file 1 nowhere inside the block; a closed one stays closed."""
    try:
        kept = os.dup(1)
    except OSError:
        yield
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def run(arrays: Arrays, settings: Settings, watch: Watch) -> Run:
    """Solve `arrays` in a thread and return how it ended; plans and bounds go to `watch` as they come."""
    import highspy

    solver = load(arrays)
    _set_options(solver, settings)
    if settings.start is not None and arrays.whole.any():
        numbers = np.arange(arrays.n_columns, dtype=np.int32)
        solver.setSolution(arrays.n_columns, numbers, settings.start)
    ear = _Ear(arrays, settings, watch)
    ear.listen(solver)
    ended = threading.Event()
    failure: list[BaseException] = []

    def work() -> None:
        try:
            solver.run()
        except BaseException as error:  # a callback that failed: raised again in the caller's thread
            failure.append(error)
        finally:
            with contextlib.suppress(Exception):
                highspy.Highs.resetGlobalScheduler(False)
            ended.set()

    # Not a daemon: Python would tear the interpreter down under C++ code that still calls back.
    thread = threading.Thread(target=work, name="highs", daemon=False)
    thread.start()
    try:
        back = _wait(ended, settings, watch)
    finally:
        ear.deaf = True  # also when a listener failed: the solver then stops by itself
    if not back:
        watch.notes.append(
            f"HiGHS did not stop in time in stage {watch.stage}: the last plan it reported is used"
        )
        stopped: Ended = "stopped" if watch.switch.requests >= settings.heed else "time_limit"
        if stopped == "time_limit":
            watch.cut()
        return Run(stopped, ear.values, ear.cost, ear.bound, None, None, "left behind")
    thread.join()
    if failure:
        raise failure[0]
    ended_run = _read(solver, arrays, ear)
    if ended_run.ended == "time_limit":
        watch.cut()
    watch.log.append(f"== {ended_run.ended} after {ended_run.work} units of work\n")
    return ended_run


def _wait(ended: threading.Event, settings: Settings, watch: Watch) -> bool:
    """Wait for the end and return True, or False when the run is too late."""
    asked_at: float | None = None
    while True:
        try:
            if ended.wait(0.05):
                return True
        except KeyboardInterrupt:  # only where no handler of ours is in place
            watch.switch.ask("interrupt")
        watch.tell()
        now = time.monotonic()
        if watch.switch.requests >= settings.heed and asked_at is None:
            asked_at = now
        asked_again = watch.switch.requests > settings.heed
        if now > settings.until + settings.late or (
            asked_at is not None and (asked_again or now > asked_at + settings.late)
        ):
            return ended.wait(0.0)


def load(arrays: Arrays) -> Any:
    """Return a HiGHS object that holds the problem."""
    import highspy

    solver = new_solver()
    solver.setOptionValue("output_flag", True)
    status = solver.passModel(
        arrays.n_columns,
        arrays.n_rows,
        len(arrays.values),
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMinimize),
        arrays.offset,
        arrays.cost,
        arrays.lower,
        arrays.upper,
        arrays.row_lower,
        arrays.row_upper,
        arrays.starts,
        arrays.columns,
        arrays.values,
        arrays.whole.astype(np.int32),
    )
    if status == highspy.HighsStatus.kError:
        raise RuntimeError("HiGHS refused the arrays of the model")
    return solver


def _set_options(solver: Any, settings: Settings) -> None:
    seconds = max(0.01, settings.until - time.monotonic())
    options: dict[str, Any] = {
        "time_limit": seconds,
        "mip_rel_gap": settings.gap,
        "random_seed": settings.seed,
        "threads": settings.threads,
        "presolve": settings.presolve,
    }
    if settings.target is not None:
        options["objective_target"] = settings.target
    if settings.tolerance is not None:
        options["primal_feasibility_tolerance"] = settings.tolerance
        options["dual_feasibility_tolerance"] = settings.tolerance
    if settings.whole_tolerance is not None:
        options["mip_feasibility_tolerance"] = settings.whole_tolerance
    for name, value in options.items():
        solver.setOptionValue(name, value)


class _Ear:
    """Hears what HiGHS reports: copies plans, bounds and log lines, and passes on the wish to stop."""

    def __init__(self, arrays: Arrays, settings: Settings, watch: Watch) -> None:
        self._arrays = arrays
        self._settings = settings
        self._watch = watch
        self.values: Floats | None = None
        self.cost: float | None = None
        self.bound = -math.inf
        self.root_bound = -math.inf
        self.work = 0
        self.spent = False
        self.enough = settings.enough
        self.deaf = False

    def listen(self, solver: Any) -> None:
        """Subscribe to what is needed of `solver`."""
        from highspy import cb

        kinds = cb.HighsCallbackType
        self._log, self._plan = int(kinds.kCallbackLogging), int(kinds.kCallbackMipImprovingSolution)
        self._work = int(kinds.kCallbackMipInterrupt)
        self._about_bound = {self._work, int(kinds.kCallbackMipLogging), self._plan}
        solver.setCallback(self.hear, None)
        for kind in (
            kinds.kCallbackSimplexInterrupt,
            kinds.kCallbackIpmInterrupt,
            kinds.kCallbackMipInterrupt,
            kinds.kCallbackMipLogging,
            kinds.kCallbackMipImprovingSolution,
        ):
            solver.startCallback(kind)
        if self._settings.log:
            solver.startCallback(kinds.kCallbackLogging)

    def hear(self, kind: Any, message: str, said: Any, answer: Any, _: Any) -> None:
        """Take one call of HiGHS, in its thread."""
        number = int(kind)
        if number == self._log:
            if not self.deaf:
                self._watch.log.append(message)
            return
        if number == self._work:
            self.work += 1
            self.spent = self._settings.work is not None and self.work >= self._settings.work
        if answer is not None and (
            self.deaf
            or self.spent
            or self.bound >= self.enough
            or self._watch.switch.requests >= self._settings.heed
        ):
            answer.user_interrupt = True
        if self.deaf:
            return
        if number == self._plan:
            self._hear_plan(np.array(said.mip_solution, dtype=np.float64))
        if number in self._about_bound and math.isfinite(said.mip_dual_bound):
            self.bound = max(self.bound, float(said.mip_dual_bound))
            if said.mip_node_count <= 1:
                self.root_bound = self.bound
            if self._settings.bounds:
                self._watch.bounded(self.bound)

    def _hear_plan(self, values: Floats) -> None:
        cost = self._arrays.cost_of(values)
        if self.cost is None or cost < self.cost:
            self.values, self.cost = values, cost
            if self._settings.plans:
                self._watch.found(values, cost, sound_plan(self._arrays, values))


def sound_plan(arrays: Arrays, values: Floats) -> Found | None:
    """Return the plan with its whole numbers exactly whole; None where it is none then."""
    if not arrays.is_sound(values, SOUND_TOLERANCE):
        return None
    rounded = arrays.made_whole(values)
    return Found(rounded, arrays.cost_of(rounded))


def _read(solver: Any, arrays: Arrays, ear: _Ear) -> Run:
    """Return what HiGHS left after it ended by itself."""
    import highspy

    status, info, solution = solver.getModelStatus(), solver.getInfo(), solver.getSolution()
    ended = _ending(status)
    if ended == "stopped" and ear.spent:
        ended = "work"
    elif ended == "stopped" and ear.bound >= ear.enough:
        ended = "enough"
    whole = bool(arrays.whole.any())
    feasible = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
    values, cost = ear.values, ear.cost
    if arrays.n_columns == 0 and ended == "optimal":
        values, cost = np.zeros(0), arrays.offset
    elif solution.value_valid and feasible and (whole or ended == "optimal"):
        reported = np.array(solution.col_value, dtype=np.float64)
        reported_cost = arrays.cost_of(reported)
        if cost is None or reported_cost <= cost:
            values, cost = reported, reported_cost
    bound = ear.bound
    if whole:
        bound = max(bound, info.mip_dual_bound) if math.isfinite(info.mip_dual_bound) else bound
    elif ended == "optimal" and cost is not None:
        bound = cost
    duals = not whole and ended == "optimal" and solution.dual_valid
    said = str(solver.modelStatusToString(status))
    ray = _ray(solver, arrays) if ended == "unbounded" and not whole else None
    run = Run(ended, values, cost, bound, None, None, said, ear.root_bound, ear.work, ray)
    if duals:
        rows, columns = np.array(solution.row_dual, dtype=float), np.array(solution.col_dual, dtype=float)
        run = replace(run, row_duals=rows, reduced_costs=columns)
    solver.setCallback(None, None)
    return run


def _ray(solver: Any, arrays: Arrays) -> Floats | None:
    """Return a direction in which the cost of a linear problem falls without end, where HiGHS has one."""
    _, known, direction = solver.getPrimalRay()
    return np.array(direction, dtype=np.float64)[: arrays.n_columns] if known else None


def _ending(status: Any) -> Ended:
    import highspy

    kinds = highspy.HighsModelStatus
    endings: dict[Any, Ended] = {
        kinds.kOptimal: "optimal",
        kinds.kModelEmpty: "optimal",
        kinds.kInfeasible: "infeasible",
        kinds.kUnbounded: "unbounded",
        kinds.kUnboundedOrInfeasible: "infeasible_or_unbounded",
        kinds.kTimeLimit: "time_limit",
        kinds.kInterrupt: "stopped",
        kinds.kObjectiveTarget: "target",
    }
    return endings.get(status, "error")
