"""The claim asked again: what agrees is confirmed, and a wrong solver is noticed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from differential import handed_of, raw
from hand import TUTORIAL, tutorial

import planner
from planner.cli.app import run as cli
from planner.errors import UsageError
from planner.solve import canary, confirm, highs, runs
from planner.solve import solve as stage
from planner.solve.arrays import Arrays
from planner.solve.first_plan import held_at
from planner.solve.highs import Run, Settings
from planner.solve.options import SolveOptions
from planner.solve.outcome import Outcome
from planner.solve.problem_file import read_file
from planner.solve.prover import prover_version
from planner.solve.solve import solve_handed
from planner.solve.stop import StopSwitch
from planner.solve.watch import Watch

installed = pytest.mark.skipif(prover_version() is None, reason="the extra `prover` is not installed")
OPTIMUM = canary.FALSE_OPTIMUM_USD_M
# A solver that is wrong


Wrong = Callable[[Arrays, Settings], Run | None]


def lies(monkeypatch: pytest.MonkeyPatch, wrong: Wrong, by_scip: Wrong | None = None) -> None:
    """Let a solver answer `wrong` where that gives an answer."""

    def ran(arrays: Arrays, settings: Settings, watch: Watch) -> Run:
        return wrong(arrays, settings) or highs.run(arrays, settings, watch)

    def proved(
        arrays: Arrays, seconds: float, gap: float, seed: int, watch: Watch, *_: Any, **__: Any
    ) -> Run:
        said = by_scip and by_scip(arrays, Settings(until=0.0, late=0.0, seed=seed))
        return said or Run("time_limit", None, None, -np.inf, None, None)

    monkeypatch.setattr(runs, "run", ran)
    monkeypatch.setattr(confirm, "prove", proved)
    monkeypatch.setattr(confirm, "prover_version", lambda: None if by_scip is None else "9.9.9")


@pytest.fixture(scope="module")
def worse() -> np.ndarray:
    """A plan of that problem which costs about 24.1, the best for its whole numbers (found by forbidding better ones).

    1.15.1 gave 24.978, 23.216, 22.635 and 24.168 by seed.
    """
    arrays = read_file(canary.FALSE_OPTIMUM).arrays
    values = np.zeros(arrays.n_columns)
    for column, number in {2: 1, 3: 2, 109: 1, 129: 1, 184: 1, 189: 1}.items():
        values[column] = number
    settings = Settings(until=math.inf, late=math.inf, log=False)
    found = highs.run(held_at(arrays, arrays.whole, values), settings, Watch(60.0, StopSwitch()))
    assert found.values is not None and found.cost is not None
    assert 1.2 * OPTIMUM < found.cost < 1.28 * OPTIMUM
    return found.values


def as_version_1_15(plan: np.ndarray) -> Wrong:
    """With presolve the search ends with this plan and its cost as the bound; the relaxation is right."""

    def wrong(arrays: Arrays, settings: Settings) -> Run | None:
        if settings.presolve == "off" or not arrays.whole.any():
            return None
        cost = arrays.cost_of(plan)
        return Run("optimal", plan, cost, cost, None, None, "Optimal")

    return wrong


def asked(**more: Any) -> Outcome:
    options = SolveOptions(gap=1e-4, time_limit=600.0, round_and_restrict=False, **more)
    return solve_handed(read_file(canary.FALSE_OPTIMUM), options)


def test_the_wrong_optimum_of_1_15_1_is_believed_without_and_noticed_with_confirmation(
    monkeypatch: pytest.MonkeyPatch, worse: np.ndarray
) -> None:
    lies(monkeypatch, as_version_1_15(worse))
    monkeypatch.setattr(stage, "LARGE_JUMP", math.inf)
    believed = asked()
    assert believed.status == "optimal"
    assert believed.objective is not None and believed.objective > OPTIMUM * 1.2
    outcome = asked(confirm=True)
    assert outcome.status == "optimal"
    assert outcome.objective == pytest.approx(OPTIMUM, rel=1e-4)
    assert outcome.bound is not None and outcome.bound <= OPTIMUM * (1 + 1e-7)
    assert any("found a better plan" in note and "it is taken" in note for note in outcome.notes)
    assert any("lies above the cost" in note for note in outcome.notes)
    by = {claim.by: claim for claim in outcome.proof.claims}
    assert (by["search"].counted, by["search"].why_not) == (False, "above the cost of a known plan")
    assert by["confirmation"].counted and outcome.proof.confirmed
    assert by["confirmation"].settings.startswith("presolve off, seed 1")


@pytest.mark.slow
def test_the_wrong_optimum_is_noticed_by_the_jump_of_its_bound(
    monkeypatch: pytest.MonkeyPatch, worse: np.ndarray
) -> None:
    """The relaxation costs 19.07: 24.1 before the first branch is more than cuts explain."""
    lies(monkeypatch, as_version_1_15(worse))
    outcome = asked()
    assert outcome.objective == pytest.approx(OPTIMUM, rel=1e-4)
    assert outcome.bound is not None and outcome.bound <= OPTIMUM * (1 + 1e-7)


@pytest.mark.slow
def test_the_wrong_optimum_is_noticed_by_a_plan_that_costs_less(
    monkeypatch: pytest.MonkeyPatch, worse: np.ndarray
) -> None:
    """Given the right plan as a start, the claim lies above it: it is not believed, and another run is made."""
    right = asked()
    lies(monkeypatch, as_version_1_15(worse))
    options = SolveOptions(gap=1e-4, time_limit=600.0)
    handed = read_file(canary.FALSE_OPTIMUM)
    work = stage._Solve(
        stage.read_hints(None, handed), handed, options, Watch(600.0, StopSwitch()), (right.as_start(),)
    )
    outcome = work.outcome()
    assert outcome.objective == pytest.approx(OPTIMUM, rel=1e-4)
    assert outcome.bound is not None and outcome.bound <= OPTIMUM * (1 + 1e-7)
    assert any("not believed" in note for note in outcome.notes)


# Small problems


def outcome_of(handed: Any, **more: Any) -> Outcome:
    return solve_handed(handed, SolveOptions(gap=1e-4, time_limit=60.0, log=False, **more))


@pytest.fixture
def handed() -> Any:
    """A random problem whose relaxation does not settle it."""
    for seed in range(100):
        found = raw(seed)
        outcome = outcome_of(found)
        if outcome.status == "optimal" and len(outcome.proof.claims) > 1:
            return found
    raise AssertionError("every random problem is settled by its relaxation")


def test_what_agrees_is_confirmed(handed: Any) -> None:
    plain, outcome = outcome_of(handed), outcome_of(handed, confirm=True)
    assert not plain.proof.confirmed and outcome.proof.confirmed
    assert outcome.status == "optimal" and outcome.stopped_by == "gap"
    assert outcome.objective == pytest.approx(plain.objective, rel=1e-4)
    again = [claim for claim in outcome.proof.claims if claim.by == "confirmation"]
    assert len(again) == (1 if prover_version() is None else 2)
    assert all(claim.counted and claim.bound_usd_m is not None for claim in again)
    first = max(c.bound_usd_m for c in outcome.proof.claims if c.by != "confirmation")
    smallest = min([first, *(claim.bound_usd_m for claim in again)])
    assert outcome.bound == pytest.approx(max(smallest, outcome.proof.verified_usd_m), rel=1e-9)


def test_the_smallest_bound_counts_and_the_status_follows(
    monkeypatch: pytest.MonkeyPatch, handed: Any
) -> None:
    plain = outcome_of(handed)
    assert plain.proof.verified_usd_m is not None and plain.bound is not None
    half = (plain.proof.verified_usd_m + plain.bound) / 2

    def stopped(arrays: Arrays, settings: Settings) -> Run | None:
        return Run("time_limit", None, None, half, None, None)

    lies(monkeypatch, lambda arrays, settings: None, by_scip=stopped)
    outcome = outcome_of(handed, confirm=True)
    assert outcome.bound == pytest.approx(half)
    assert outcome.objective == pytest.approx(plain.objective, rel=1e-4)
    assert (outcome.status, outcome.stopped_by) == ("feasible", "confirmation")
    last = outcome.proof.claims[-1]
    assert (last.solver, last.ended, last.counted) == ("SCIP 9.9.9", "time_limit", True)
    # no lower than what was verified, whoever says so
    low = replace(stopped(None, None), bound=-1e9)  # type: ignore[arg-type, type-var]
    lies(monkeypatch, lambda arrays, settings: None, by_scip=lambda arrays, settings: low)
    assert outcome_of(handed, confirm=True).bound == pytest.approx(plain.proof.verified_usd_m)


@pytest.mark.parametrize("said", ["infeasible", "unbounded"])
def test_a_run_that_contradicts_the_plan_is_not_counted(
    monkeypatch: pytest.MonkeyPatch, handed: Any, said: Any
) -> None:
    no = Run(said, None, None, -np.inf, None, None)
    lies(monkeypatch, lambda arrays, settings: None, by_scip=lambda arrays, settings: no)
    outcome = outcome_of(handed, confirm=True)
    assert outcome.status == "optimal"
    last = outcome.proof.claims[-1]
    assert (last.counted, last.why_not) == (False, "contradicts a known plan")
    assert any(f"says {said} though a plan is known" in note for note in outcome.notes)


def test_a_better_plan_that_is_none_is_not_taken(monkeypatch: pytest.MonkeyPatch, handed: Any) -> None:
    plain = outcome_of(handed)

    def too_good(arrays: Arrays, settings: Settings) -> Run | None:
        values = np.where(arrays.cost > 0, np.maximum(arrays.lower, -100.0), np.minimum(arrays.upper, 100.0))
        return Run("optimal", values, arrays.cost_of(values) - 1e3, -1e6, None, None)

    lies(monkeypatch, lambda arrays, settings: None, by_scip=too_good)
    outcome = outcome_of(handed, confirm=True)
    assert outcome.objective == pytest.approx(plain.objective, rel=1e-4)
    assert outcome.violation is not None and outcome.violation < 1e-6


def test_a_request_to_stop_is_heeded_and_said(monkeypatch: pytest.MonkeyPatch, handed: Any) -> None:
    switch = StopSwitch()

    def interrupted(arrays: Arrays, settings: Settings) -> Run | None:
        if settings.presolve == "off":
            switch.ask("interrupt")
        return None

    monkeypatch.setattr(stage, "LARGE_JUMP", math.inf)
    lies(monkeypatch, interrupted, by_scip=lambda arrays, settings: None)
    options = SolveOptions(gap=1e-4, time_limit=60.0, log=False, confirm=True)
    outcome = stage._Solve(stage.read_hints(None, handed), handed, options, Watch(60.0, switch), ()).outcome()
    assert (outcome.status, outcome.stopped_by) == ("interrupted", "interrupt")
    assert outcome.has_plan
    assert "SCIP was not asked to confirm: the solve was asked to stop" in outcome.notes


@installed
def test_a_plan_where_the_first_solver_says_there_is_none_is_taken(
    monkeypatch: pytest.MonkeyPatch, handed: Any
) -> None:
    plain = outcome_of(handed)

    def none(arrays: Arrays, settings: Settings, watch: Watch) -> Run:
        if settings.tolerance is not None:  # a plan is made whole
            return highs.run(arrays, settings, watch)
        return Run("infeasible", None, None, -np.inf, None, None)

    monkeypatch.setattr(runs, "run", none)
    assert outcome_of(handed).status == "infeasible"
    outcome = outcome_of(handed, confirm=True)
    assert (outcome.status, outcome.stopped_by) == ("optimal", "gap")
    assert outcome.objective == pytest.approx(plain.objective, rel=1e-4)
    assert any("has a plan where HiGHS says that there is none" in note for note in outcome.notes)


@installed
def test_that_there_is_no_plan_is_asked_again() -> None:
    never = handed_of([1.0], [(0.0, 10.0)], [True], [(7.0, {0: 2.0}, 7.0)], 0.0)
    outcome = outcome_of(never, confirm=True)
    assert (outcome.status, outcome.has_plan, outcome.bound) == ("infeasible", False, None)
    assert "SCIP, asked again, says infeasible" in outcome.notes


# Asked in Python and on the command line


@installed
def test_confirmed_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(TUTORIAL / "81_sizes.yaml")
    assert cli(["solve", file, "--confirm", "--json", "-q", "--out", str(tmp_path)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["proof"]["confirmed"] is True
    solvers = [
        claim["solver"].split()[0] for claim in said["proof"]["claims"] if claim["by"] == "confirmation"
    ]
    assert solvers == ["HiGHS", "SCIP"]
    report = (Path(said["run_dir"]) / "report.md").read_text()
    assert "asked again" in report
    assert "claimed by the solver, confirmed by HiGHS" in report or "| verified" in report
    loaded = planner.load(said["run_dir"])
    assert loaded.record.options["confirm"] is True
    assert loaded.record.options["confirm_time_limit"] == 120.0


def test_confirmed_in_python() -> None:
    plan = tutorial("81").solve(confirm=True, confirm_time_limit=30)
    assert plan.record.proof["confirmed"] is True
    assert plan.objective_usd_m == pytest.approx(605.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"confirm": 1},
        {"confirm": True, "confirm_time_limit": 0},
        {"confirm": True, "confirm_time_limit": float("nan")},
        {"confirm": True, "confirm_time_limit": True},
        {"confirm_time_limit": 5.0},
    ],
)
def test_wrong_wishes_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        SolveOptions(**wrong)
