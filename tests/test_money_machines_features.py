"""Clauses of contracts, stages, power, demand and chips: read alike by model and audit, and no money machine.

Random instances of tests/generate_features.py.
"""

from __future__ import annotations

import copy
import os
from typing import Any

import pyomo.environ as pyo
import pytest
from generate import Plain, instance_of
from generate_features import ALL, FEATURES, featured_plain, features_of
from hand import outcome_of

import planner
from planner.data.prepare import prepare
from planner.model import build
from planner.solve.options import SolveOptions
from planner.solve.solve import solve_model

SEEDS = range(20)
MANY = range(1000, 1000 + int(os.environ.get("PLANNER_MACHINE_SEEDS", "200")))
CENT = 1e-5
ROOM = 1e-6


def room(usd_m: float) -> float:
    return ROOM * max(1.0, abs(usd_m))


def relaxed(plain: Plain) -> Any:
    """The best plan of a plain instance where nothing need be whole: a machine would run there too, and faster."""
    model = build(prepare(instance_of(plain)))
    pyo.TransformationFactory("core.relax_integer_vars").apply_to(model)
    outcome = solve_model(model, SolveOptions(gap=0.0, log=False))
    assert outcome.objective is not None, outcome.status
    return outcome


def whole(plain: Plain) -> float:
    """Cost of the best plan, whole where it must be."""
    outcome = outcome_of(instance_of(plain), gap=0.0)
    assert outcome.objective is not None, outcome.status
    return float(outcome.objective)


# Model and audit


def check_audited(seed: int, share: float = 0.4) -> None:
    plan = planner.solve(instance_of(featured_plain(seed, share=share)), gap=0.05, time_limit=600)
    verdict = planner.audit(plan)
    assert verdict.ok, f"seed {seed}, {features_of(seed, share)}: {verdict}"
    assert verdict.cost_difference_relative < 1e-6, f"seed {seed}"


@pytest.mark.parametrize("seed", range(30))
def test_a_plan_with_any_of_the_features_is_audited(seed: int) -> None:
    check_audited(seed)


def test_every_feature_comes_in_some_seed() -> None:
    assert set(FEATURES) == {name for seed in range(30) for name in features_of(seed)}


def test_an_optional_round_costs_its_issue_in_every_branch() -> None:
    plain = featured_plain(0, {"late"})
    branches = {"good": {"probability": 0.6}, "bad": {"probability": 0.4}}
    plain["scenarios"] = {"luck": {"known": "2027Q1", "branches": branches}}
    taken = {"kind": "optional", "by_date_usd_bn": {"2027Q4": 0.5}, "issue_cost_share": 0.05}
    plain["money"]["rounds"] = {"series_x": taken}
    plain["discount"] = {"rate": 0}
    cost = prepare(instance_of(plain)).cost
    taken_at = [key for key in cost if key[0] == "took"]
    assert {index[1].partition("/")[2] for _, index in taken_at} == {"good", "bad"}
    paid = sum(cost[key]["financing"][0] for key in taken_at)
    assert paid == pytest.approx(25)  # 5 % of USD 500 m, whatever comes


# Machines: with service worth nothing, every dollar of a plan is for the plan's own sake


def worthless(plain: Plain) -> Plain:
    """Nothing is earned by serving, nothing is asked for by limits or running contracts, and money abounds."""
    plain = copy.deepcopy(plain)
    for workload in plain["workloads"].values():
        workload["unserved_usd_bn_per_gw_year"] = 0
        workload.pop("margin_usd_bn_per_gw_year", None)
        workload.get("pulse", {}).pop("borrow", None)
    plain["limits"] = {}
    plain["money"]["opening"]["cash_usd_bn"] = 100
    for vendor in plain["vendors"].values():
        vendor.pop("payables_cap_usd_bn", None)
        for each in vendor["offers"].values():
            each.pop("signed", None)
    contract = plain["sites"]["milam"].get("supply_contract", {})
    contract.pop("running_mw", None)
    plain["vendors"] = {
        id_: vendor
        for id_, vendor in plain["vendors"].items()
        if all("sign" in each or each["kind"] == "on_demand" for each in vendor["offers"].values())
    }
    return plain


def check_nothing_earns(plain: Plain) -> None:
    plain = worthless(plain)
    if relaxed(plain).objective < -CENT:
        assert whole(plain) > -CENT, plain["name"]


@pytest.mark.parametrize("seed", SEEDS)
def test_with_every_feature_and_nothing_to_serve_nothing_is_earned(seed: int) -> None:
    check_nothing_earns(featured_plain(seed, ALL))


@pytest.mark.parametrize("seed", SEEDS)
def test_with_some_features_and_nothing_to_serve_nothing_is_earned(seed: int) -> None:
    check_nothing_earns(featured_plain(seed))


def longer(plain: Plain) -> Plain:
    """The calendar ends half a year later."""
    plain = copy.deepcopy(plain)
    plain["calendar"]["end"] = "2029Q2" if plain["calendar"]["step"] == "half" else "2028Q4"
    return plain


@pytest.mark.parametrize("seed", SEEDS)
def test_moving_the_end_makes_no_idle_feature_pay(seed: int) -> None:
    check_nothing_earns(longer(featured_plain(seed, ALL if seed % 2 else None)))


# Money


LENDER: Plain = {
    "kind": "amortising", "limit_usd_bn": 5, "rate": 0.01, "term_months": 24, "draw_fee_share": 0,
}  # fmt: skip


def check_borrowing(seed: int) -> None:
    plain = featured_plain(seed)
    plain["money"]["opening"]["cash_usd_bn"] = 500
    plain["money"].pop("debt", None)
    plain["money"].pop("rounds", None)
    plain.pop("logic", None)
    before = relaxed(plain)
    plain["money"]["debt"] = {"bank": LENDER}
    after = relaxed(plain)
    assert after.objective >= before.objective - room(before.objective), f"seed {seed}"
    assert sum(after.by_component["draw_usd_m"].values()) == pytest.approx(0, abs=1e-6), f"seed {seed}"


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_borrowing_never_lowers_the_cost_where_there_is_money(seed: int) -> None:
    check_borrowing(seed)


# Options. With one more way to decide, the best plan is at least as good


OPTIONS = (
    "exits", "assignments", "renewals", "expansion", "consumption", "blocks_leave", "grid_upgrade", "curtailable",
    "lease", "finance", "chips_sold", "tiers", "sublet",
)  # fmt: skip
BURDENS = (
    "secure", "rights", "crews", "capacity_charge", "own_share", "derate", "logic", "deposits", "collateral",
)  # fmt: skip


def with_and_without(seed: int, name: str) -> tuple[Any, Any]:
    """Best plans with a feature and without, all else the same; nobody lends or limits, so that only it matters."""
    others = {each for each in features_of(seed, 0.2) if each not in (name, "open_limit", "logic")}
    found = []
    for on in (others | {name}, others):
        plain = featured_plain(seed, on)
        plain["limits"] = {}
        if name == "consumption" and "consumption" in on:
            # A running commitment is no option.
            plain["vendors"]["aws"]["offers"]["spend"].pop("signed", None)
            plain["vendors"]["aws"]["offers"]["spend"]["sign"] = {"to": "2027Q4", "at_most": 1}
        found.append(relaxed(plain))
    return found[0], found[1]


def check_option(seed: int, name: str) -> None:
    with_it, without = with_and_without(seed, name)
    assert with_it.objective <= without.objective + room(without.objective), f"seed {seed}, {name}"


def check_burden(seed: int, name: str) -> None:
    with_it, without = with_and_without(seed, name)
    assert without.objective <= with_it.objective + room(with_it.objective), f"seed {seed}, {name}"


@pytest.mark.parametrize("name", [name for name in OPTIONS if name in FEATURES])
def test_an_option_never_costs_more(name: str) -> None:
    check_option(OPTIONS.index(name), name)


@pytest.mark.parametrize("name", [name for name in BURDENS if name in FEATURES])
def test_a_burden_never_costs_less(name: str) -> None:
    check_burden(BURDENS.index(name), name)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_no_machine_in_many() -> None:
    for seed in MANY:
        check_audited(seed)
        check_nothing_earns(featured_plain(seed))
        check_nothing_earns(longer(featured_plain(seed, ALL)))
        check_borrowing(seed)
        check_option(seed, OPTIONS[seed % len(OPTIONS)])
        check_burden(seed, BURDENS[seed % len(BURDENS)])
