"""No plan profits from borrowing, prepaying, paying late, owning at the end or raising money by itself.

Random instances with every feature on (tests/generate.py).
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from generate import Plain, instance_of, random_plain
from hand import level, outcome_of, same

import planner

SEEDS = range(20)
MANY = range(int(os.environ.get("PLANNER_MACHINE_SEEDS", "300")))
GAP = 1e-6
LENDERS: tuple[Plain, ...] = (
    {"kind": "revolver", "limit_usd_bn": 5, "rate": 0.01},
    {"kind": "amortising", "limit_usd_bn": 5, "rate": 0.0, "term_months": 36, "commitment_fee_rate": 0.01},
    {
        "kind": "amortising", "limit_usd_bn": 5, "rate": 0.03, "term_months": 12, "grace_months": 6,
        "eligible_lines": ["chips", "construction", "cloud_rent"], "eligible_share": 1,
    },
    {"kind": "revolver", "limit_usd_bn": 5, "rate": 0.2, "commitment_fee_rate": 0.02, "draw_fee_share": 0},
)  # fmt: skip


def full(seed: int) -> Plain:
    """Every feature on."""
    return random_plain(seed, all_features=True)


def rich(seed: int) -> Plain:
    """Every feature on, and money in abundance that nobody lent."""
    plain = full(seed)
    plain["money"]["opening"]["cash_usd_bn"] = 500
    plain["money"].pop("debt")
    plain["money"].pop("rounds")
    return plain


def least(plain: Plain) -> Any:
    """The best plan of a plain instance."""
    outcome = outcome_of(instance_of(plain), gap=GAP)
    assert outcome.objective is not None and outcome.bound is not None
    return outcome


def not_cheaper(after: Any, before: Any) -> bool:
    return bool(after.objective >= before.bound - 1e-6 * max(1.0, abs(before.bound)))


@pytest.mark.parametrize("seed", SEEDS)
def test_borrowing_never_lowers_the_cost_where_there_is_money(seed: int) -> None:
    plain = rich(seed)
    before = least(plain)
    plain["money"]["debt"] = {"bank": LENDERS[seed % len(LENDERS)]}
    after = least(plain)
    assert not_cheaper(after, before)
    drawn = sum(after.by_component["draw_usd_m"].values())
    assert drawn == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_levered_debt_at_or_above_the_companys_rate_is_no_gain(seed: int) -> None:
    plain = rich(seed)
    plain["discount"].pop("by_line")
    plain["discount"]["rate"] = 0.08
    before = least(plain)
    # 8.24 % by quarters or half-years, paid at their middles, is worth 8 % a year or more. A commitment fee would be
    # saved by drawing.
    lender = {**LENDERS[seed % 4], "rate": 0.0824, "commitment_fee_rate": 0}
    plain["money"] |= {"debt": {"bank": lender}, "debt_in_cost": "levered"}
    assert not_cheaper(least(plain), before)


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_equity_nobody_needs_is_no_gain(seed: int) -> None:
    plain = rich(seed)
    before = least(plain)
    free = {"kind": "optional", "by_date_usd_bn": {"2027Q2": 100}, "issue_cost_share": 0}
    plain["money"] |= {"rounds": {"free": free}, "cash_yield_rate": 0.2}
    after = least(plain)
    assert same(after.objective, before.objective)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_line_of_the_cost_can_be_made_negative(seed: int) -> None:
    # Whatever is decided, for whatever reason: what is left of a purchase at the end is worth less than what it cost.
    import pyomo.environ as pyo

    from planner.data.prepare import prepare
    from planner.model import build
    from planner.solve.options import SolveOptions
    from planner.solve.solve import solve_model

    model = build(prepare(instance_of(full(seed))))
    pyo.TransformationFactory("core.relax_integer_vars").apply_to(model)
    checked = 0
    for line in model.cost_usd_m:
        model.add_component(f"least_{line}", pyo.Objective(expr=model.cost_usd_m[line]))
        outcome = solve_model(model, SolveOptions(gap=0.0, log=False), objective=f"least_{line}")
        assert outcome.objective is not None, (line, outcome.status)
        assert outcome.objective >= -1e-6, (line, outcome.objective)
        checked += 1
    assert checked >= 8


@pytest.mark.parametrize("seed", SEEDS)
def test_where_service_is_worth_nothing_nothing_is_done(seed: int) -> None:
    plain = full(seed)
    plain["money"]["opening"]["cash_usd_bn"] = 50
    plain["limits"] = {}
    # A cap on what is owed makes a running contract cost something whatever is decided.
    plain["vendors"]["oracle"].pop("payables_cap_usd_bn", None)
    for workload in plain["workloads"].values():
        workload["unserved_usd_bn_per_gw_year"] = 0
    outcome = least(plain)
    assert outcome.objective == pytest.approx(0, abs=1e-6)
    for variable in ("signed", "signed_mw", "blocks", "units", "ordered_mw", "took"):
        assert sum(outcome.by_component[variable].values()) == pytest.approx(0, abs=1e-6), variable


@pytest.mark.parametrize("seed", SEEDS)
def test_paying_late_gains_the_credit_of_the_supplier_and_no_more(seed: int) -> None:
    plain = rich(seed)
    cloudy = plain["vendors"]["oracle"]
    cloudy.pop("payables_cap_usd_bn", None)
    plain["limits"] = {}
    cloudy["offers"]["abilene"] |= {"payment_delay_months": 0, "prepayment_share": 0}
    prompt = least(plain)
    cloudy["offers"]["abilene"]["payment_delay_months"] = 5
    late = planner.solve(instance_of(plain), gap=GAP)
    memo = late.frames["memo"].set_index("name")["usd_m"]
    assert late.objective_usd_m + memo["supplier_credit"] >= prompt.bound * (1 - 1e-6)
    assert late.objective_usd_m <= prompt.objective * (1 + 1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_prepayment_at_a_fair_price_changes_nothing(seed: int) -> None:
    plain = rich(seed)
    plain["limits"] = {}
    rate = plain["discount"]["rate"] = 0.12
    cloud = plain["vendors"]["oracle"]["offers"]["abilene"]
    plain["vendors"]["oracle"].pop("payables_cap_usd_bn", None)
    cloud.pop("take_or_pay_share", None)
    cloud.pop("signed", None)
    cloud |= {"at_end": "leaves", "escalator_rate": 0, "ramp": {"0": 1}, "payment_delay_months": 0}
    cloud["prepayment_share"] = 0
    before = least(plain)
    a = cloud["delivery_months"]
    months = cloud["term_months"]
    served = level(rate, a, a + months)
    prepaid = 0.4 * months + 0.6 * served
    assert prepaid > served
    cloud["prepayment_share"] = 0.4
    prices = cloud["price_by_chip_usd_per_kw_month"]
    for chip in prices:
        prices[chip] *= served / prepaid
    after = least(plain)
    assert after.bound <= before.objective * (1 + 1e-6)
    assert before.bound <= after.objective * (1 + 1e-6)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_no_machine_in_many() -> None:
    for seed in MANY:
        test_borrowing_never_lowers_the_cost_where_there_is_money(seed)
        test_equity_nobody_needs_is_no_gain(seed)
        test_no_line_of_the_cost_can_be_made_negative(seed)
        test_where_service_is_worth_nothing_nothing_is_done(seed)
        test_paying_late_gains_the_credit_of_the_supplier_and_no_more(seed)
        test_a_prepayment_at_a_fair_price_changes_nothing(seed)
