"""No clause of a contract is a money machine: random terms against each guard of docs/conventions.md."""

from __future__ import annotations

import random
from typing import Any

import pytest
from tiny import context_of, tiny

from planner.data.prepare import prepare
from planner.data.rent import service_before
from planner.data.types import Data
from planner.model import build
from planner.solve.options import SolveOptions
from planner.solve.solve import solve_model

SEEDS = range(20)
LINE = "cloud_rent"


def terms_of(seed: int, level: bool = False) -> dict[str, Any]:
    """A cloud offer with random terms and every way of leaving; `level`: without an escalator."""
    chance = random.Random(seed)
    lead, term = chance.choice([0, 1, 3.5, 7]), chance.choice([13, 24, 60])
    ramp = chance.choice([{"0": 1}, {"0": 0.3, "2.5": 1}, {"0": 0.5, "4": 0.75, "7": 1}])
    dates = {
        f"e{place}": {
            "at_months": round(chance.uniform(-lead, 12), 1),
            "notice_months": chance.choice([0, 2]),
            "fee_share": chance.choice([0, 0, 0.1]),
            "fee_months": chance.choice([0, 0, 3]),
        }
        for place in range(3)
    }
    found: dict[str, Any] = {
        "kind": "cloud",
        "region": "r",
        "chips": ["c"],
        "sign": {"at_most": 2},
        "mw": {"max": 100},
        "delivery_months": lead,
        "term_months": term,
        "ramp": ramp,
        "price_usd_per_kw_month": {"2027Q1": 600, "2027Q3": 500},
        "escalator_rate": 0 if level else chance.choice([0, 0.05, -0.05]),
        "prepayment_share": chance.choice([0, 0.2, 1]),
        "payment_delay_months": chance.choice([0, 2, 6]),
        "slip_months": chance.choice([0, 0, 5, 12]),
        "late_credit_share": chance.choice([0, 0.5, 1, 5]),
        "cancel_after_months": chance.choice([None, 0, 2]),
        "exits": {id_: {**date, "refund_prepayment": chance.random() < 0.5} for id_, date in dates.items()},
        "assignments": {id_: {**date, "proceeds_share": chance.random()} for id_, date in dates.items()},
        "renewals": {"count": 2, "term_months": chance.choice([6, 24]), "price_factor": 1.05},
        "expansion": {"most_share": 1, "to_months": 9, "premium_share": chance.choice([-0.2, 0, 0.1])},
    }
    return {name: value for name, value in found.items() if value is not None}


def prepared(terms: dict[str, Any], end: str = "2029Q4") -> Data:
    """The offer alone, on a calendar that ends in some quarter."""
    return prepare(
        tiny(
            calendar={"start": "2027Q1", "end": end, "step": "quarter"},
            vendors={"v": {"offers": {"o": terms}}},
            workloads={"w": {"demand_gw": 0.1, "unserved_usd_bn_per_gw_year": 0}},
        )
    )


def costs_of_leaving(data: Data) -> dict[tuple[str, ...], float]:
    """What 1 MW costs that is signed and leaves, by the index of the column that leaves."""
    return {
        column.index: sum(data.cost["signed_mw", column.index[:3]][LINE])
        + sum(data.cost[column.var, column.index][LINE])
        for column in data.contracts.columns
        if column.var in ("exited_mw", "assigned_mw", "cancelled_mw")
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_what_leaves_costs_the_same_wherever_the_calendar_ends(seed: int) -> None:
    near, far = (costs_of_leaving(prepared(terms_of(seed), end)) for end in ("2029Q1", "2031Q4"))
    assert near
    for index, usd_m in near.items():
        assert far[index] == pytest.approx(usd_m, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_leaving_never_pays(seed: int) -> None:
    for index, usd_m in costs_of_leaving(prepared(terms_of(seed))).items():
        assert usd_m >= -1e-9, index


@pytest.mark.parametrize("seed", SEEDS)
def test_leaving_a_level_rent_saves_no_more_than_the_days_not_used(seed: int) -> None:
    """Its cost is at least the level charge up to the date, so that leaving just before the end gains nothing."""
    terms = {**terms_of(seed, level=True), "slip_months": 0}
    data = prepared(terms)
    context = context_of(
        calendar={"start": "2027Q1", "end": "2029Q4", "step": "quarter"},
        vendors={"v": {"offers": {"o": terms}}},
    )
    (scenario,) = context.scenarios.values()
    for column in data.contracts.columns:
        if column.var in ("exited_mw", "assigned_mw"):
            signed = ("signed_mw", column.index[:3])
            (rest,) = column.delivery.values()
            whole = next(t for t in _terms(context) if t.key == column.index[:3]).delivery(scenario)
            used = scenario_share(scenario, whole, rest.decided)
            level = sum(data.cost[signed][LINE]) / service_before(scenario, LINE, whole) * used
            left = sum(data.cost[signed][LINE]) + sum(data.cost[column.var, column.index][LINE])
            assert left >= level - 1e-9, column.index


def _terms(context: Any) -> list[Any]:
    from planner.data.terms import contract_terms

    nodes = {("v.o", node): ("c",) for node in context.tree.nodes}
    return contract_terms(context, nodes, "v.o")


def scenario_share(scenario: Any, delivery: Any, date: float) -> float:
    """Share of all discounted MW-months that lies before a date."""
    from planner.timeline import Curve, Piece

    stretches = [(a, b, Curve((Piece(a, b, share),))) for a, b, share in delivery.stretches]
    used = sum(scenario.pv(LINE, stream, a, min(b, date)) for a, b, stream in stretches)
    return float(used / sum(scenario.pv(LINE, stream, a, b) for a, b, stream in stretches))


@pytest.mark.parametrize("seed", SEEDS)
def test_with_nothing_to_serve_no_plan_earns_anything(seed: int) -> None:
    """Every clause at once, on a path and on a tree where it becomes known that deliveries slip."""
    terms = terms_of(seed)
    branches = {
        "good": {"probability": 0.5},
        "bad": {"probability": 0.5, "set": {"vendors.v.offers.o.slip_months": 9}},
    }
    terms["slip_months"] = 0
    terms["expansion"]["fee_usd_m_per_mw"] = 0.1
    terms["at_end"] = "continues"
    for scenarios in ({}, {"late": {"known": "2027Q1", "branches": branches}}):
        data = prepare(
            tiny(
                calendar={"start": "2027Q1", "end": "2028Q4", "step": "quarter"},
                vendors={"v": {"offers": {"o": terms}}},
                workloads={"w": {"demand_gw": 0.1, "unserved_usd_bn_per_gw_year": 0}},
                scenarios=scenarios,
            )
        )
        outcome = solve_model(build(data), SolveOptions(gap=0.0))
        assert outcome.objective == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_given_contract_that_is_left_saves_at_most_its_rent_up_to_the_end(seed: int) -> None:
    """What is saved after the calendar is no gain: the contract would have had MW to show for it."""
    terms = terms_of(seed, level=True)
    given = {
        "date": "2026-04",
        "mw": 40,
        "delivered": {"2026-07": 0.5, "2027-05": 1},
        "price_usd_per_kw_month": 700,
    }
    terms = {name: value for name, value in terms.items() if name not in ("sign", "expansion", "slip_months")}
    terms["signed"] = {"g": given}
    data = prepared(terms)
    end = 36.0
    for column in data.contracts.columns:
        if column.var in ("exited_mw", "assigned_mw"):
            date = next(iter(column.delivery.values())).decided
            saved = -sum(data.cost[column.var, column.index][LINE])
            # 1 MW at 0.7 a month, undiscounted, is more than any present value of it.
            assert saved <= 0.7 * (min(end, column_end(column)) - date) + 1e-9, column.index


def column_end(column: Any) -> float:
    """End of the term that is left."""
    return float(next(iter(column.delivery.values())).end)
