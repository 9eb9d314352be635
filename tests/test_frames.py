"""Frames are documented, add up, and survive saving."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import planner
from planner.plan.columns import FRAMES, document

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def plan() -> planner.Plan:
    return planner.solve(planner.read(ROOT / "instances" / "stargate.yaml"), gap=0.05, time_limit=600)


def test_the_document_is_current() -> None:
    assert (ROOT / "docs" / "frames.md").read_text(encoding="utf-8") == document()


def test_every_frame_and_column_is_documented(plan: planner.Plan) -> None:
    assert {name: list(frame.columns) for name, frame in plan.frames.items()} == {
        name: list(columns) for name, (_, columns) in FRAMES.items()
    }


def test_the_cash_statement_adds_up(plan: planner.Plan) -> None:
    cash = plan.frames["cash"]
    flows = [c for c in cash.columns if c.endswith("_usd_m") and c not in
             ("opening_usd_m", "closing_usd_m", "floor_usd_m", "overdraft_usd_m", "headroom_usd_m")]  # fmt: skip
    closing = cash["opening_usd_m"] + cash[flows].sum(axis=1)
    assert (closing - cash["closing_usd_m"]).abs().max() < 1e-3
    assert (cash["opening_usd_m"].iloc[1:].to_numpy() == cash["closing_usd_m"].iloc[:-1].to_numpy()).all()


def test_payments_trace_every_line_of_the_statement(plan: planner.Plan) -> None:
    paid = plan.frames["payments"].groupby(["line", "node"])["paid_usd_m"].sum()
    cash = plan.frames["cash"].set_index("node")
    for (line, node), usd_m in paid.items():
        assert cash.loc[node, f"{line}_usd_m"] == pytest.approx(-usd_m, abs=1e-3), (line, node)


def test_costs_add_up_to_the_objective(plan: planner.Plan) -> None:
    costs = plan.frames["costs"]
    assert costs["total_usd_m"].sum() == pytest.approx(plan.objective_usd_m, rel=1e-9)
    assert (costs["paid_usd_m"] + costs["at_end_usd_m"] - costs["total_usd_m"]).abs().max() < 1e-6


def test_the_ladder_is_nested(plan: planner.Plan) -> None:
    ladder = plan.frames["ladder"]
    for high, low in (("secured", "powered"), ("powered", "installed"), ("installed", "operating")):
        assert (ladder[f"{high}_gw"] >= ladder[f"{low}_gw"] - 1e-6).all(), (high, low)


def test_a_saved_plan_is_the_same_plan(plan: planner.Plan, tmp_path: Path) -> None:
    plan.save(tmp_path)
    again = planner.load(tmp_path)
    assert again.instance.hash == plan.instance.hash
    assert again.record == plan.record
    for name, frame in plan.frames.items():
        pd.testing.assert_frame_equal(frame, again.frames[name], check_exact=True, check_dtype=False)
    assert planner.audit(again).ok
    again.save(tmp_path / "twice")
    for file in (tmp_path / "tables").iterdir():
        assert file.read_bytes() == (tmp_path / "twice" / "tables" / file.name).read_bytes()


@pytest.mark.parametrize("name", ["01_cloud", "02_own_block", "16_debt", "18_limits", "21_scenarios"])
def test_a_plan_without_sites_offers_or_debt_is_saved_loaded_and_reported(name: str, tmp_path: Path) -> None:
    plan = planner.read(ROOT / "instances" / "tutorial" / f"{name}.yaml").solve()
    assert {key: set(frame.columns) for key, frame in plan.frames.items()} == {
        key: set(columns) for key, (_, columns) in FRAMES.items()
    }
    plan.save(tmp_path / "run")
    again = planner.load(tmp_path / "run")
    for key, frame in plan.frames.items():
        pd.testing.assert_frame_equal(frame, again.frames[key], check_dtype=False)
    assert planner.audit(again).ok
    written = planner.write_report(again, planner.audit(again), tmp_path / "report")
    assert all(path.stat().st_size > 1000 for path in written)
