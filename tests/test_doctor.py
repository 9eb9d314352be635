"""Doctor sees what is wrong, and passes a sound machine."""

from __future__ import annotations

import json

import pytest

from planner.cli.app import run
from planner.errors import SolverVersionError
from planner.solve import canary, highs
from planner.solve.options import SolveOptions
from planner.solve.problem_file import read_file
from planner.solve.solve import solve_handed


def test_a_sound_machine_passes_and_the_old_wrong_answer_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["doctor", "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["ok"] is True
    assert {"name", "found", "expected", "ok"} == set(value["checks"][0])
    assert [check["name"] for check in value["checks"] if not check["ok"]] == []
    asked = {check["name"]: check["expected"] for check in value["checks"]}
    # min 2x + 3z with x + z >= 4.5, z whole: 4.5 units of x at 2 each
    assert asked["solver: whole number with a cheaper fraction beside it"] == str(2 * 4.5)
    assert asked["solver: a plan that was cut off in presolve"].startswith("19.5227")


@pytest.mark.slow
@pytest.mark.parametrize("gap", [0.0, 0.005])
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_the_false_optimum_is_not_found_by_any_seed(gap: float, seed: int) -> None:
    """1.15.1 with presolve: 24.978, 23.216, 22.635, 24.168, each with a bound as high as its cost."""
    outcome = solve_handed(
        read_file(canary.FALSE_OPTIMUM), SolveOptions(gap=gap, time_limit=170.0, seed=seed)
    )
    assert outcome.objective is not None and outcome.bound is not None
    assert outcome.status == "optimal"
    assert outcome.bound <= canary.FALSE_OPTIMUM_USD_M * (1 + 1e-6)
    assert outcome.objective <= canary.FALSE_OPTIMUM_USD_M * (1 + gap + 1e-6)


def test_a_wrong_answer_is_exit_8(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name, (build, _) = next(iter(canary.CANARIES.items()))
    monkeypatch.setattr(canary, "CANARIES", {name: (build, 10.0)})
    monkeypatch.setattr(
        canary, "false_optimum", lambda: canary.CanaryResult("asked elsewhere", 1.0, 1.0, True)
    )
    assert run(["doctor"]) == 8
    said = capsys.readouterr()
    assert name in said.err
    assert "NO" in said.out


def test_a_refused_solver_is_exit_8(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> str:
        raise SolverVersionError("HiGHS 1.14.0 is refused")

    monkeypatch.setattr(highs, "require_highs", refuse)
    assert run(["doctor"]) == 8
    assert "highspy" in capsys.readouterr().err
