"""No plan profits from leasing, credit of sellers, sales or stakes by themselves, in random instances with all of them.

The plain instances of tests/generate.py with every feature on, and on top the best of such terms that a seed draws.
"""

from __future__ import annotations

import random
from typing import Any

import pyomo.environ as pyo
import pytest
from generate import Plain, instance_of, random_plain
from hand import outcome_of

import planner
from planner.data.prepare import prepare
from planner.model import build
from planner.solve.options import SolveOptions
from planner.solve.solve import solve_model

SEEDS = range(12)
OURS = ("chips", "resale", "construction", "own_operating")
"""Lines that these terms move money between."""


def with_terms(seed: int) -> Plain:
    """Leases, chips on credit and for sale, and a stake that exits, as a seed draws them."""
    dice, plain = random.Random(seed), random_plain(seed, all_features=True)
    for chip in plain["chips"].values():
        buy = chip["terms"]["buy"]
        buy["resale"] = {
            "at_months": dice.sample([0, 2, 6, 10, 12, 15], 3),
            "haircut_share": dice.choice([0, 0.1]),
        }
        credit = {key: value for key, value in buy.items() if key != "payments"}
        credit["finance"] = {
            "down_share": dice.choice([0, 0.3]), "rate": dice.choice([0, 0.04, 0.2]), "months": dice.choice([6, 48]),
        }  # fmt: skip
        chip["terms"]["credit"] = credit
        chip["terms"]["lease"] = {
            "kind": "lease", "lead_months": buy["lead_months"], "lease_months": dice.choice([6, 12]),
            "rent_usd_per_kw_month": dice.choice([100, 900]),
        }  # fmt: skip
        chip["resale_by_age_years"] = dice.choice([{"0": 1}, {"0": 0.8, "2": 0.4}, {"0": 0.5, "1": 1}])
    hall = plain["sites"]["milam"]["build"]["hall"]
    share = dice.choice([0.1, 0.5])
    hall["stake"] = {"share": share, "capacity_share": dice.choice([share, 0.9])}
    hall["exit"] = {"resale_share": dice.choice([0.3, 1]), "cancel_share": 0.2}
    plain["money"]["opening"]["cash_usd_bn"] = 500
    plain["limits"] = {}
    plain["vendors"]["oracle"].pop("payables_cap_usd_bn", None)
    return plain


@pytest.mark.parametrize("seed", SEEDS)
def test_where_service_is_worth_nothing_nothing_is_gained(seed: int) -> None:
    plain = with_terms(seed)
    for workload in plain["workloads"].values():
        workload["unserved_usd_bn_per_gw_year"] = 0
    outcome = outcome_of(instance_of(plain), gap=1e-6)
    assert outcome.objective == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_bought_and_sold_never_comes_to_less_than_nothing(seed: int) -> None:
    model = build(prepare(instance_of(with_terms(seed))))
    pyo.TransformationFactory("core.relax_integer_vars").apply_to(model)
    lines = [line for line in model.cost_usd_m if line in OURS]
    assert "resale" in lines
    model.least_of_ours = pyo.Objective(expr=sum(model.cost_usd_m[line] for line in lines))
    outcome = solve_model(model, SolveOptions(gap=0.0, log=False), objective="least_of_ours")
    assert outcome.objective is not None and outcome.objective >= -1e-6


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_the_best_plan_with_all_of_them_is_audited(seed: int) -> None:
    plan: Any = planner.solve(instance_of(with_terms(seed)), gap=1e-4)
    verdict = planner.audit(plan)
    assert verdict.ok, str(verdict)
