"""What a seed promises: the same plan under any load, unless the record names a phase that the clock cut."""

from __future__ import annotations

import time
from typing import Any

import pyomo.environ as pyo
import pytest
from solve_models import planning_model

from planner.solve import highs as highs_file
from planner.solve import solve as solve_file
from planner.solve.options import SolveOptions
from planner.solve.outcome import Outcome
from planner.solve.solve import solve_model

OPTIONS = SolveOptions(gap=0.001, time_limit=120.0)


@pytest.fixture(scope="module")
def model() -> pyo.ConcreteModel:
    return planning_model(periods=10, sites=3, offers=5, chips=3)


def bytes_of(outcome: Outcome) -> bytes:
    assert outcome.values is not None
    return outcome.values.tobytes()


def asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """HiGHS waits at every call back, as on a busy machine."""
    honest = highs_file._Ear.hear

    def slow(self: Any, *said: Any) -> None:
        time.sleep(0.003)
        honest(self, *said)

    monkeypatch.setattr(highs_file._Ear, "hear", slow)


@pytest.mark.parametrize("work", [4, 200])
def test_a_slow_machine_finds_the_same_plan(
    model: pyo.ConcreteModel, work: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the first plan is cut: by its work, which is the same everywhere, and not by seconds."""
    monkeypatch.setattr(solve_file, "FIRST_PLAN_WORK", work)
    fast = solve_model(model, OPTIONS)
    asleep(monkeypatch)
    slow = solve_model(model, OPTIONS)
    assert fast.cut_by_clock == slow.cut_by_clock == ()
    assert bytes_of(fast) == bytes_of(slow)
    assert (fast.objective, fast.bound, fast.notes) == (slow.objective, slow.bound, slow.notes)
    cut = [line for line in fast.log.splitlines() if line.startswith("== work after")]
    assert len(cut) == (work == 4)


def test_a_phase_that_the_clock_cut_is_named(
    model: pyo.ConcreteModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solve_file, "FIRST_PLAN_SHARE", 1e-9)
    outcome = solve_model(model, OPTIONS)
    assert (outcome.stopped_by, outcome.cut_by_clock) == ("gap", ("first_plan",))


def test_a_search_without_time_is_named(model: pyo.ConcreteModel) -> None:
    outcome = solve_model(model, SolveOptions(gap=0.0, time_limit=1e-3))
    assert outcome.stopped_by == "time_limit"
    assert {"relaxation", "search"} & set(outcome.cut_by_clock)


def test_a_large_jump_of_the_root_bound_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A need of 11 by packs of ten for 90, of seven for 70, or 30 a unit: 99 relaxed, 120 with whole packs."""
    m = pyo.ConcreteModel()
    m.x = pyo.Var(range(2), domain=pyo.NonNegativeIntegers, bounds=(0, 3))
    m.y = pyo.Var(range(2), bounds=(0, None))
    m.need = pyo.Constraint(expr=10 * m.x[0] + 7 * m.x[1] + m.y[0] >= 11)
    m.objective = pyo.Objective(expr=90 * m.x[0] + 70 * m.x[1] + 30 * m.y[0])
    asked = []
    honest = solve_file._Solve._ask_again

    def watched(self: Any, first: Any) -> None:
        asked.append(first.bound)
        honest(self, first)

    monkeypatch.setattr(solve_file._Solve, "_ask_again", watched)
    monkeypatch.setattr(solve_file, "LARGE_JUMP", 0.01)
    options = SolveOptions(gap=0.0, time_limit=60.0, round_and_restrict=False)
    outcome = solve_model(m, options)
    # 90 + 30 for one of ten and one beside it; 140 for two of seven, 180 for two of ten.
    assert (outcome.status, outcome.objective) == ("optimal", pytest.approx(120.0))
    assert len(asked) == 1
    assert [claim.by for claim in outcome.proof.claims] == ["relaxation", "search", "second search"]
    assert any("without presolve" in note for note in outcome.notes)
    monkeypatch.setattr(solve_file, "LARGE_JUMP", 0.5)
    assert solve_model(m, options).objective == pytest.approx(120.0)
    assert len(asked) == 1
