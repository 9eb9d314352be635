"""The second solver: the same questions, limits, and what happens where it is not installed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_verified_bound import BUY_OR_RENT, INF, problem

from planner.cli.app import run as cli
from planner.solve import canary, prover, prover_canary
from planner.solve.highs import Run
from planner.solve.problem_file import read_file
from planner.solve.prover import prove, prover_version
from planner.solve.stop import StopSwitch
from planner.solve.watch import Watch

installed = pytest.mark.skipif(prover_version() is None, reason="the extra `prover` is not installed")


def asked(arrays: Any, **more: Any) -> Run:
    return prove(arrays, 60.0, 0.0, 0, Watch(60.0, StopSwitch()), **more)


@installed
def test_the_second_solver_answers_the_canaries() -> None:
    results = prover_canary.run_prover_canaries()
    assert [result.name for result in results if not result.ok] == []
    assert len(results) == len(canary.CANARIES) + 1
    assert results[-1].found == pytest.approx(19.5227605662, rel=1e-9)


@installed
def test_what_it_is_given_and_what_it_gives_back() -> None:
    # 10 for nothing, three units at 2 and one at 3
    run = asked(BUY_OR_RENT)
    assert (run.ended, run.cost, run.bound) == ("optimal", 19.0, 19.0)
    assert run.values is not None and run.values.tolist() == [3.0, 1.0]
    # rows of every kind: free, empty, ranged, equal; a column that may be negative
    rows = [
        (-INF, [1.0, 1.0], INF),
        (-1.0, [0.0, 0.0], 2.0),
        (-4.0, [1.0, 0.0], 5.0),
        (3.0, [1.0, 1.0], 3.0),
    ]
    arrays = problem([1.0, 2.0], [(-INF, INF), (-2.0, 8.0)], rows)
    # x + y = 3, x <= 5 and y >= -2: 3 + y at y = -2
    assert asked(arrays).cost == pytest.approx(1.0)
    never = problem([1.0], [(0.0, 1.0)], [(1.0, [0.0], INF)])
    assert asked(never).ended == "infeasible"
    unbounded = problem([-1.0], [(0.0, INF)], [])
    assert (asked(unbounded).ended, asked(unbounded).values) == ("unbounded", None)


@installed
def test_a_bound_that_is_enough_ends_it() -> None:
    arrays = read_file(canary.FALSE_OPTIMUM).arrays
    run = asked(arrays, enough=10.0)
    assert run.ended in ("enough", "optimal")
    assert run.bound >= 10.0


@installed
def test_a_request_to_stop_ends_it() -> None:
    arrays = read_file(canary.FALSE_OPTIMUM).arrays
    switch = StopSwitch()
    switch.ask("interrupt")
    run = prove(arrays, 600.0, 0.0, 0, Watch(600.0, switch))
    assert run.ended == "stopped"
    run = prove(arrays, 0.0, 0.0, 0, Watch(600.0, StopSwitch()))
    assert run.ended == "time_limit"


def test_without_the_extra_doctor_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prover, "find_spec", lambda name: None)
    monkeypatch.setattr(canary, "run_canaries", list)
    assert prover_version() is None
    assert cli(["doctor", "--json"]) == 0
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["prover (SCIP)"]["found"] == "not installed"
    assert "planner[prover]" in checks["prover (SCIP)"]["expected"]
    assert checks["prover (SCIP)"]["ok"]


@installed
def test_doctor_shows_the_answers_of_the_prover(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = canary.CanaryResult("one", 1.0, 2.0, False)
    monkeypatch.setattr(canary, "run_canaries", list)
    monkeypatch.setattr(prover_canary, "run_prover_canaries", lambda: [wrong])
    assert cli(["doctor"]) == 8
    said = capsys.readouterr()
    assert "prover: one" in said.out + said.err
