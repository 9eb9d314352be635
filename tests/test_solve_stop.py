"""A limit or a signal ends a solve in time, with the best plan so far."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from solve_models import planning_model

from planner.solve import highs as highs_file
from planner.solve import runs as runs_file
from planner.solve.options import SolveOptions
from planner.solve.progress import Progress
from planner.solve.solve import solve_model
from planner.solve.stop import StopSwitch, stop_on_signals

TESTS = Path(__file__).parent
GUARD = 600.0
"""Seconds after which a test that hangs is given up; nothing is asserted of them."""


def knapsacks(n: int = 120, rows: int = 25) -> pyo.ConcreteModel:
    """Many knapsacks over the same items: plans at once, a proof never."""
    rng = np.random.default_rng(1)
    weight = rng.integers(1, 1000, (rows, n)).tolist()
    worth = (np.mean(weight, axis=0) + rng.integers(0, 500, n)).tolist()
    m = pyo.ConcreteModel()
    m.taken = pyo.Var(range(n), domain=pyo.Binary)
    m.places = pyo.Constraint(
        range(rows), rule=lambda m, i: sum(weight[i][j] * m.taken[j] for j in range(n)) <= sum(weight[i]) // 2
    )
    m.objective = pyo.Objective(expr=-sum(worth[j] * m.taken[j] for j in range(n)))
    return m


def market_split(n: int = 40, rows: int = 5) -> pyo.ConcreteModel:
    """Five equalities over 40 binaries: a relaxation at once, a plan not in a lifetime."""
    rng = np.random.default_rng(2)
    share = rng.integers(0, 100, (rows, n)).tolist()
    m = pyo.ConcreteModel()
    m.taken = pyo.Var(range(n), domain=pyo.Binary)
    m.halves = pyo.Constraint(
        range(rows), rule=lambda m, i: sum(share[i][j] * m.taken[j] for j in range(n)) == sum(share[i]) // 2
    )
    m.objective = pyo.Objective(expr=sum(m.taken[j] for j in range(n)))
    return m


@pytest.mark.slow  # it asks the clock: a busy machine may need longer
@pytest.mark.parametrize("seconds", [0.3, 2.0, 10.0])
def test_the_time_limit_is_kept(seconds: float) -> None:
    began = time.monotonic()
    assert solve_model(knapsacks(), SolveOptions(gap=0.0, time_limit=seconds)).stopped_by == "time_limit"
    assert time.monotonic() - began < seconds + 2.0


def test_a_time_limit_leaves_a_plan_and_a_bound() -> None:
    known = solve_model(knapsacks(), SolveOptions(gap=0.05, time_limit=GUARD))
    outcome = solve_model(knapsacks(), SolveOptions(gap=0.0, time_limit=1.0), known)
    assert (outcome.stopped_by, outcome.status) == ("time_limit", "feasible")
    assert outcome.objective is not None and outcome.bound is not None
    assert outcome.bound < outcome.objective < 0
    assert outcome.gap == pytest.approx((outcome.objective - outcome.bound) / -outcome.objective)
    assert outcome.gap_usd_m == pytest.approx(outcome.objective - outcome.bound)
    assert outcome.violation == pytest.approx(0.0, abs=1e-9)


def test_a_limit_before_any_plan_leaves_the_bound() -> None:
    outcome = solve_model(market_split(), SolveOptions(time_limit=1.0))
    assert (outcome.stopped_by, outcome.status, outcome.has_plan) == ("time_limit", "no_plan", False)
    assert outcome.bound is not None and outcome.bound > 10
    assert outcome.gap is None


def test_the_first_plan_is_the_answer_when_time_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = runs_file.run

    def slow_search(arrays: Any, settings: Any, watch: Any) -> Any:
        if watch.stage == "search":  # a search that finds nothing until the limit
            return runs_file.Run("time_limit", None, None, -np.inf, None, None)
        return honest(arrays, settings, watch)

    monkeypatch.setattr(runs_file, "run", slow_search)
    outcome = solve_model(planning_model(periods=12, sites=4, offers=6, chips=4), SolveOptions(gap=1e-6))
    assert (outcome.stopped_by, outcome.status, outcome.whole) == ("time_limit", "feasible", True)
    assert outcome.gap is not None and outcome.gap < 0.03


def test_history_falls_and_rises(recwarn: pytest.WarningsRecorder) -> None:
    outcome = solve_model(knapsacks(), SolveOptions(gap=0.0, time_limit=1.5))
    costs = [point.cost for point in outcome.history if point.cost is not None]
    bounds = [point.bound for point in outcome.history if point.bound is not None]
    assert costs == sorted(costs, reverse=True) and len(costs) > 2
    assert bounds == sorted(bounds) and len(bounds) > 2
    assert [p.seconds for p in outcome.history] == sorted(p.seconds for p in outcome.history)
    assert not recwarn.list


def test_a_switch_turned_in_another_thread_stops_the_solve() -> None:
    switch = StopSwitch()
    timer = threading.Timer(0.7, switch.ask)
    timer.start()
    outcome = solve_model(knapsacks(), SolveOptions(gap=0.0, time_limit=60), switch=switch)
    assert (outcome.stopped_by, outcome.status, outcome.whole) == ("interrupt", "interrupted", True)
    assert outcome.objective is not None


def test_a_solve_that_is_stopped_before_it_begins_still_returns_the_plan_it_was_given() -> None:
    known = solve_model(knapsacks(), SolveOptions(gap=0.05, time_limit=GUARD))
    switch = StopSwitch()
    switch.ask("terminate")
    outcome = solve_model(knapsacks(), SolveOptions(gap=0.0, time_limit=60), known, switch=switch)
    assert (outcome.stopped_by, outcome.status, outcome.whole) == ("terminate", "interrupted", True)
    assert outcome.objective == pytest.approx(known.objective)


def test_more_threads_answer_the_same_question() -> None:
    model = planning_model(periods=10, sites=3, offers=4, chips=3)
    one, two = (solve_model(model, SolveOptions(gap=0.005, threads=threads)) for threads in (1, 2))
    assert one.objective is not None and two.objective is not None
    assert one.bound is not None and two.bound is not None
    assert two.status == "optimal"
    assert max(one.bound, two.bound) <= min(one.objective, two.objective) * (1 + 1e-9)


def test_two_solves_in_two_threads_do_not_disturb_each_other() -> None:
    found: dict[int, Any] = {}

    def one(number: int) -> None:
        model = planning_model(periods=10, sites=3, offers=4, chips=3, seed=number)
        found[number] = solve_model(model, SolveOptions(gap=0.01, time_limit=GUARD))

    threads = [threading.Thread(target=one, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in (1, 2):
        alone = solve_model(
            planning_model(periods=10, sites=3, offers=4, chips=3, seed=number), SolveOptions(gap=0.01)
        )
        assert found[number].objective == alone.objective


def test_a_listener_that_fails_is_not_asked_again_and_does_not_end_the_solve() -> None:
    before = threading.active_count()
    heard: list[str] = []

    def fail(progress: Progress) -> None:
        heard.append(progress.stage)
        raise BrokenPipeError("the terminal is gone")

    outcome = solve_model(knapsacks(), SolveOptions(gap=0.05, time_limit=600), on_progress=fail)
    assert (outcome.status, outcome.stopped_by, heard) == ("optimal", "gap", ["handover"])
    assert [note for note in outcome.notes if "BrokenPipeError('the terminal is gone')" in note]
    deadline = time.monotonic() + GUARD
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() == before


def test_ctrl_c_inside_a_listener_is_a_request_to_stop() -> None:
    def interrupt(progress: Progress) -> None:
        if progress.stage == "search" and progress.cost is not None:
            raise KeyboardInterrupt

    outcome = solve_model(knapsacks(), SolveOptions(gap=0.0, time_limit=600), on_progress=interrupt)
    assert (outcome.status, outcome.stopped_by, outcome.whole) == ("interrupted", "interrupt", True)


@pytest.mark.parametrize("stage", ["search", "clean"])
@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("a defect of the solver")])
def test_a_solver_that_fails_after_a_plan_does_not_lose_it(
    stage: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = highs_file.run

    def failing(arrays: Any, settings: Any, watch: Any) -> Any:
        if watch.stage != stage:
            return honest(arrays, settings, watch)
        if stage == "search":
            honest(arrays, replace(settings, gap=0.1), watch)
        raise error

    for room in [module for name, module in sys.modules.items() if name.startswith("planner.solve.")]:
        if getattr(room, "run", None) is honest:
            monkeypatch.setattr(room, "run", failing)
    outcome = solve_model(knapsacks(), SolveOptions(gap=0.0 if stage == "search" else 0.05, time_limit=600))
    assert (outcome.status, outcome.stopped_by) == ("feasible", "error")
    assert outcome.objective is not None and outcome.bound is not None
    assert outcome.bound <= outcome.objective < 0
    assert any(repr(error) in note for note in outcome.notes)


def test_a_solver_that_does_not_stop_is_left_behind_with_its_last_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stubborn(self: Any, kind: Any, message: str, said: Any, answer: Any, _: Any) -> None:
        if int(kind) == self._plan and not self.deaf:
            self._hear_plan(np.array(said.mip_solution))  # plans are heard, the wish to stop is not
        if self._watch.stage == "search" and not switch.requests:
            switch.ask()

    monkeypatch.setattr(highs_file._Ear, "hear", stubborn)
    switch = StopSwitch()
    before = set(threading.enumerate())
    known = solve_model(knapsacks(), SolveOptions(gap=0.05, time_limit=GUARD))
    outcome = solve_model(knapsacks(), SolveOptions(gap=0.0, time_limit=8.0), known, switch=switch)
    assert (outcome.stopped_by, outcome.whole) == ("interrupt", True)
    assert outcome.objective is not None and outcome.objective < 0
    assert any("did not stop in time" in note for note in outcome.notes)
    for thread in set(threading.enumerate()) - before:
        thread.join()  # HiGHS keeps its own limit of 8 s


def test_handlers_come_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    switch = StopSwitch()
    with stop_on_signals(switch):
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert (switch.reason, switch.requests) == ("terminate", 2)


@pytest.mark.parametrize(
    ("number", "until", "reason"),
    [
        (signal.SIGINT, "plan", "interrupt"),
        (signal.SIGTERM, "plan", "terminate"),
        (signal.SIGINT, "start", "interrupt"),
    ],
)
def test_a_signal_keeps_the_best_plan(number: signal.Signals, until: str, reason: str) -> None:
    process = subprocess.Popen(
        [sys.executable, str(TESTS / "stopped_solve.py"), until],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(TESTS.parent)},
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    process.send_signal(number)
    out, err = process.communicate(timeout=GUARD)
    assert (process.returncode, err) == (0, "")
    found = json.loads(out.splitlines()[-1])
    assert (found["status"], found["stopped_by"]) == ("interrupted", reason)
    if until == "plan":
        assert found["objective"] > found["bound"] > 0
        assert found["whole"]
        assert found["violation"] < 1e-6
