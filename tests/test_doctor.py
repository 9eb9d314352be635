"""Doctor sees what is wrong, and passes a sound machine."""

from __future__ import annotations

import json

import pytest

import planner
from planner.cli.app import run
from planner.errors import SolverVersionError
from planner.solve import canary, highs


def test_a_sound_machine_passes_and_the_old_wrong_answer_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    checks = planner.doctor()
    assert [check.name for check in checks if not check.ok] == []
    # min 2x + 3z with x + z >= 4.5, z whole: 4.5 units of x at 2 each
    asked = {check.name: check.expected for check in checks}
    assert asked["solver: whole number with a cheaper fraction beside it"] == str(2 * 4.5)
    assert run(["doctor", "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["ok"] is True
    assert {"name", "found", "expected", "ok"} == set(value["checks"][0])


def test_a_wrong_answer_is_exit_8(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name, (build, _) = next(iter(canary.CANARIES.items()))
    monkeypatch.setattr(canary, "CANARIES", {name: (build, 10.0)})
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
