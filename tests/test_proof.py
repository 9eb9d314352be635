"""The record says who stands behind the bound: verified here, or claimed by the solver."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hand import TUTORIAL, tutorial
from report_reading import solved as solved_report

import planner
from planner.cli.app import run as cli
from planner.report.answer import proof_line
from planner.report.make import make_report
from planner.report.markdown import to_markdown
from planner.report.proof_table import bound_rows, claims_of_the_solver, stands_on

FILES = sorted(path.name for path in TUTORIAL.glob("*.yaml"))


def check_verified(name: str) -> None:
    plan = planner.solve(planner.read(TUTORIAL / name))
    proof, record = plan.record.proof, plan.record
    relaxed = proof["claims"][0]
    assert relaxed["by"] == "relaxation" and relaxed["solver"].startswith("HiGHS 1.")
    assert proof["verified_usd_m"] == pytest.approx(relaxed["bound_usd_m"], rel=1e-10, abs=1e-8)
    assert proof["not_verified"] == ""
    assert record.bound_usd_m >= proof["verified_usd_m"]
    assert record.objective_usd_m >= record.bound_usd_m


@pytest.mark.parametrize("name", FILES[::6])
def test_the_relaxation_of_a_tutorial_is_verified(name: str) -> None:
    check_verified(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_the_relaxation_of_every_tutorial_is_verified(name: str) -> None:
    check_verified(name)


def test_verified_by_hand() -> None:
    # 100 MW at 300 m a quarter for three quarters and 750 m of unserved demand: nothing in parts is cheaper.
    plan = planner.solve(tutorial("01"))
    assert plan.record.proof["verified_usd_m"] == pytest.approx(3 * 300.0 + 750.0, rel=1e-12)
    assert plan.record.proof["verified_usd_m"] <= 1650.0


def test_the_proof_is_saved_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(["solve", str(TUTORIAL / "01_cloud.yaml"), "--json", "-q", "--out", str(tmp_path)]) == 0
    said = json.loads(capsys.readouterr().out)
    loaded = planner.load(said["run_dir"])
    assert said["proof"] == json.loads(json.dumps(loaded.record.proof))
    assert math.isclose(said["proof"]["verified_usd_m"], 1650.0, rel_tol=1e-12)
    assert said["proof"]["confirmed"] is False
    assert [claim["by"] for claim in said["proof"]["claims"]] == ["relaxation"]


def test_the_report_says_verified_and_claimed_by_the_solver() -> None:
    text = to_markdown(make_report(*solved_report("tutorial/01_cloud.yaml", "")))
    assert "Bounds claimed by the solver" in text
    assert "Bound: stands on | verified" in text
    assert "Bound: verified, USD m | 1,650.000000" in text or "1,649.999999" in text


CLAIM = {
    "by": "search",
    "solver": "HiGHS 1.16.0",
    "settings": "",
    "ended": "optimal",
    "bound_usd_m": 1640.0,
    "cost_usd_m": 1650.0,
    "seconds": 1.0,
    "counted": True,
    "why_not": "",
}
AGAIN = [
    {**CLAIM, "by": "confirmation"},
    {**CLAIM, "by": "confirmation", "solver": "SCIP 10.0.2"},
    {**CLAIM, "by": "confirmation", "solver": "Wrong 1.0", "counted": False, "why_not": "no bound"},
]


@pytest.mark.parametrize(
    ("bound", "claims", "said"),
    [
        (1640.0, [], "claimed by the solver"),
        (1640.0, AGAIN, "claimed by the solver, confirmed by HiGHS 1.16.0 and SCIP 10.0.2"),
        (1640.0, AGAIN[2:], "claimed by the solver"),
        (1600.0, AGAIN, "verified"),
        (None, AGAIN, ""),
    ],
)
def test_in_words(bound: float | None, claims: list[dict[str, object]], said: str) -> None:
    plan, _ = solved_report("tutorial/01_cloud.yaml", "")
    proof = {"verified_usd_m": 1600.0, "not_verified": "", "claims": claims, "confirmed": bool(claims)}
    record = replace(
        plan.record, bound_usd_m=bound, gap=None if bound is None else 0.004, gap_usd_m=6.0, proof=proof
    )
    told = replace(plan, record=record)
    assert stands_on(told) == said
    if bound is not None:
        assert proof_line(told).sentence.startswith(
            f"No plan for these data can be more than USD 6.00 m cheaper (asked: 5.0 %; {said}); status"
        )


def test_an_old_record_says_nothing_of_it() -> None:
    plan, _ = solved_report("tutorial/01_cloud.yaml", "")
    old = replace(plan, record=replace(plan.record, proof={}))
    assert stands_on(old) == ""
    assert claims_of_the_solver(old) is None
    assert [row[0] for row in bound_rows(old)] == ["Best bound, USD m"]
    assert stands_on(replace(plan, record=replace(plan.record, proof={"not_verified": "x"}))) != ""
