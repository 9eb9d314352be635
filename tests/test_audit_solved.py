"""Solved random instances with every feature: accepted as they are, rejected when one row is changed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from audit_instances import random_instance, random_plain

from planner.audit import Verdict, audit
from planner.plan.plan import Plan
from planner.run import solve

# Monthly instances take seconds to solve: the slow run has them.
QUICK = [seed for seed in range(80) if random_plain(seed)["calendar"]["step"] != "month"][:36]
SLOW = (*QUICK[8:], *range(100, 400))
PLANS: dict[int, Plan] = {}


def solved(seed: int, folder: Path) -> Plan:
    if seed not in PLANS:
        PLANS[seed] = solve(random_instance(seed, folder), gap=0.05, time_limit=600)
    return PLANS[seed]


def claims(plan: Plan, **changes: pd.DataFrame) -> dict[str, Any]:
    return {"objective_usd_m": plan.objective_usd_m, **plan.frames, **changes}


def accepted(plan: Plan) -> None:
    verdict = audit(plan.instance, plan.frames["decisions"], claims(plan))
    assert verdict.ok, str(verdict)
    assert verdict.cost_difference_relative < 1e-9
    assert verdict.cash_difference_usd_m < 1e-3


@pytest.mark.parametrize("seed", QUICK[:20])
def test_honest_plan_is_accepted(seed: int, tmp_path: Path) -> None:
    accepted(solved(seed, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("seed", SLOW)
def test_more_honest_plans_are_accepted(seed: int, tmp_path: Path) -> None:
    accepted(solved(seed, tmp_path))


def corruptions(plan: Plan, dice: random.Random) -> Iterator[tuple[str, pd.DataFrame]]:
    """(what was done, decisions) of plans with one row dropped, scaled, added to, or dated a period later."""
    rows = plan.frames["decisions"].reset_index(drop=True)
    # Where nothing is charged by the MW, more MW charged change nothing as long as the minimum bill is slack.
    charge = plan.instance.spec.sites["hill"].demand_charge_usd_per_kw_month
    free = ("charged_mw",) if charge is None else ()
    # Changes that a person would call a change: energy comes in thousands of MWh, a MW charged costs next to nothing.
    scale = rows["variable"].map(
        lambda name: 5000.0 if name.endswith("_mwh") else 5.0 if name == "charged_mw" else 1.0
    )
    large = rows.index[
        (rows["amount"].abs() >= scale) & rows["variable"].map(lambda name: name not in free)
    ].to_list()
    nodes = plan.frames["cash"]["node"].tolist()
    while True:
        place, kind = dice.choice(large), dice.choice(["drop", "scale", "add", "later"])
        row = rows.loc[place]
        what = f"{kind} {row['variable']} {row['index']}"
        if kind == "drop":
            yield what, rows.drop(index=place)
            continue
        wrong = rows.copy()
        if kind == "scale":
            wrong.loc[place, "amount"] = row["amount"] * dice.choice([0.9, 1.1, 1.5])
        elif kind == "add":
            wrong.loc[place, "amount"] = row["amount"] + dice.choice([-1.0, 1.0]) * scale[place]
        else:
            *before, node = str(row["index"]).split("|")
            following = nodes.index(node) + 1 if node in nodes else len(nodes)
            if following >= len(nodes):
                continue
            index = "|".join([*before, nodes[following]])
            if ((rows["variable"] == row["variable"]) & (rows["index"] == index)).any():
                continue
            wrong.loc[place, "index"] = index
        yield what, wrong


def rejected(plan: Plan, decisions: pd.DataFrame, what: str) -> Verdict:
    verdict = audit(plan.instance, decisions, claims(plan))
    assert not verdict.ok, f"{what} was accepted"
    return verdict


@pytest.mark.parametrize("seed", QUICK[:8])
def test_corrupted_plans_are_rejected(seed: int, tmp_path: Path) -> None:
    plan = solved(seed, tmp_path)
    many = corruptions(plan, random.Random(seed))
    for _ in range(10):
        what, decisions = next(many)
        rejected(plan, decisions, what)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SLOW)
def test_more_corrupted_plans_are_rejected(seed: int, tmp_path: Path) -> None:
    plan = solved(seed, tmp_path)
    many = corruptions(plan, random.Random(seed))
    for _ in range(60):
        what, decisions = next(many)
        rejected(plan, decisions, what)


@pytest.mark.parametrize(
    ("frame", "column", "rule"),
    [
        ("costs", "total_usd_m", "claimed_costs"),
        ("cash", "closing_usd_m", "claimed_cash"),
        ("cash", "energy_usd_m", "cash_adds_up"),
        ("cash", "lost_margin_usd_m", "cash_adds_up"),
        ("ladder", "powered_gw", "claimed_ladder"),
        ("ladder", "demand_gw", "claimed_ladder"),
        ("payments", "paid_usd_m", "claimed_payments"),
        ("debt", "balance_usd_m", "claimed_debt"),
        ("debt", "fee_usd_m", "claimed_debt"),
        ("payables", "invoiced_usd_m", "claimed_payables"),
        ("commitments", "total_usd_m", "claimed_commitments"),
        ("contracts", "nominal_usd_m", "claimed_contracts"),
        ("limits", "value", "claimed_limits"),
        ("limits", "bound", "claimed_limits"),
    ],
)
def test_wrong_tables_are_rejected(frame: str, column: str, rule: str, tmp_path: Path) -> None:
    plan = next(
        plan
        for seed in QUICK
        for plan in [solved(seed, tmp_path)]
        if len(plan.frames[frame])
        and plan.frames[frame][column].abs().max() > (0.01 if frame == "ladder" else 10)
    )
    wrong = plan.frames[frame].reset_index(drop=True).copy()
    wrong.loc[wrong[column].abs().idxmax(), column] *= 1.01
    verdict = audit(plan.instance, plan.frames["decisions"], claims(plan, **{frame: wrong}))
    assert rule in set(verdict.violations["rule"]), str(verdict)
