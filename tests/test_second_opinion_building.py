"""Prepare, model and audit read stages of building and power contracts alike: rich terms, best and odd plans."""

from __future__ import annotations

import random
from typing import Any

import pyomo.environ as pyo
import pytest
from tiny import tiny

from planner.audit.audit import audit
from planner.data.prepare import prepare
from planner.model import build
from planner.plan.make import make_frames
from planner.solve.options import SolveOptions
from planner.solve.solve import solve_model

BUILD: dict[str, Any] = {
    "block_mw": 50,
    "max_blocks": 8,
    "max_blocks_held": 5,
    "lead_months": 5,
    "site_cost_usd_m": 30,
    "fixed_cost_per_start_usd_m": {"2027Q1": 20, "2027Q3": 12},
    "capex_usd_m_per_mw": {"2027Q1": 9, "2027Q3": 9.5},
    "payments": {"0": 0.2, "1-5": 0.5, "8-11": 0.3},
    "operating_usd_m_per_mw_year": {"2027Q1": 0.3, "2028Q2": 0.4},
    "empty_usd_m_per_mw_year": {"2027Q1": 0.2, "2028-05": 0.1},
    "life_years": 15,
    "option": {
        "fee_usd_m_per_mw": {"2027Q1": 0.1, "2027Q3": 0.2},
        "buy": {"to": "2027Q3"},
        "from_months": 1,
        "within_months": 7,
    },
    "exit": {
        "from_months": 2,
        "resale_by_age_years": {"0": 0.6, "1": 0.5, "5": 0.1},
        "cancel_share": 0.4,
        "max_per_period": 3,
    },
}
LOOSE: dict[str, Any] = {
    "block_mw": 40,
    "max_blocks": 4,
    "continuous": True,
    "min_start_mw": 10,
    "max_start_mw": 90,
    "lead_months": 3,
    "capex_usd_m_per_mw": 10,
    "payments": {"from": "delivery", "0": 0.4, "6": 0.6},
    "operating_usd_m_per_mw_year": 0.2,
    "life_years": 1.25,
    "exit": {"at": ["2027-11", "2028Q2"], "resale_share": {"2027Q1": 0.7, "2028Q2": 0.3},
             "price": "paid_with_interest"},
}  # fmt: skip
CLOUD = {
    "kind": "cloud",
    "site": "s",
    "chips": ["c", "d"],
    "sign": {"at_most": 3},
    "mw": {"min": 20, "max": 120},
    "delivery_months": 4,
    "term_months": 12,
    "price_by_chip_usd_per_kw_month": {"c": 700, "d": 900},
    "availability_share": 0.97,
}
SITE: dict[str, Any] = {
    "facility_power_mw": {"2027Q1": 150, "2027-08": 300, "2028Q3": 420, "interpolate": "step"},
    "demand_charge_usd_per_kw_month": {"2027Q1": 8, "2028-02": 10},
    "capacity_charge_usd_per_mw_day": {"2027Q1": 270, "2027-06": 329},
    "build": {"b": BUILD, "c": LOOSE},
    "secure": {
        "start": {"to": "2027Q3"},
        "lead_months": 1,
        "permit_months": 2,
        "option_fee_usd_m": {"2027Q1": 40, "2027Q2": 55},
        "payments": {"0": 0.5, "3-9": 0.5},
        "carry_usd_m_per_year": {"2027Q1": 8, "2027-11": 12},
        "cancel_usd_m": 6,
    },
    "curtailable": {
        "take": {"from": "2027Q2"},
        "until": "2028-08",
        "extra_facility_mw": {"2027Q2": 80, "2028Q1": 140, "2028Q3": 0, "interpolate": "step"},
        "lost_share": 0.04,
        "discount_share": 0.15,
    },
    "power_projects": {
        "gas": {
            "unit_mw": 40, "max_units": 2, "lead_months": 5, "capex_usd_per_kw": 1500, "payments": {"0-5": 1},
            "energy_usd_per_mwh": 20, "availability_share": 0.9, "life_years": 10,
        },
        "line": {
            "kind": "grid", "unit_mw": 60, "max_units": 2, "lead_months": 7, "capex_usd_per_kw": 300,
            "payments": {"0": 1}, "life_years": 30,
        },
    },
}  # fmt: skip
CONTRACT = {
    "contract": {"to": "2028Q1"},
    "block_mw": 25,
    "max_mw": 500,
    "running_mw": {"2027Q1": 60, "2027-10": 30, "interpolate": "step"},
    "lead_months": 2,
    "ramp": {"0": 0.4, "4": 1},
    "term_months": 40,
    "minimum_bill_share": 0.7,
    "exit_at": ["2027-12", "2028Q3"],
    "exit_fee_years": 2.5,
    "collateral_share": 0.5,
    "collateral_fee_rate": 0.014,
}
TERMS = {
    "price_usd_m_per_mw": {"2027Q1": 12, "2028Q1": 10},
    "lead_months": 2,
    "payments": {"0": 0.3, "4": 0.7},
}
RICH: dict[str, Any] = {
    "discount": {"rate": "10%", "by_line": {"construction": "7%", "energy": "9%", "resale": "3%"}},
    "sites": {"s": SITE},
    "crews": {"k": {"builds": ["s.b", "s.c"],
                    "max_mw_under_construction": {"2027Q1": 190, "2027Q3": 150, "interpolate": "step"}}},
    "vendors": {"v": {"offers": {"a": CLOUD}}},
    "chips": {"c": {"terms": {"t": TERMS}}, "d": {"terms": {"t": TERMS}}},
    "workloads": {"w": {"demand_gw": {"2027Q1": 0.1, "2027Q4": 0.4, "2028Q2": 0.2, "interpolate": "step"},
                        "margin_usd_bn_per_gw_year": 8, "unserved_usd_bn_per_gw_year": 20}},
    "money": {"opening": {"cash_usd_bn": 60, "construction": [
        {"build": "s.b", "mw": 40, "delivered": "2027-05", "payments_left_usd_m": {"2027-02": 30}}]}},
    "limits": {"committed": {"measure": "open_commitments", "max_usd_bn": 5},
               "built": {"measure": "secured_mw", "kind": "own", "max_mw": 900}},
}  # fmt: skip
SLIP = {
    "f": {
        "known": "2027Q3",
        "branches": {
            "a": {"probability": 0.3, "set": {"sites.s.energy_usd_per_mwh": {"2027Q1": 50, "2027Q3": 80}}},
            "b": {"probability": 0.7, "set": {"sites.s.build.b.lead_months": 9, "sites.s.secure.permit_months": 7}},
        },
    }
}  # fmt: skip
VARIATIONS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "a contract": {"sites": {"s": {"supply_contract": CONTRACT}}},
    "given factors": {"discount": {"rate": "10%", "by_line": None, "factors": [1.0 - 0.03 * k for k in range(8)]}},
    "slips that become known": {
        "scenarios": SLIP,
        "sites": {"s": {"supply_contract": CONTRACT, "build": {"b": {"start": {"from": "2027Q2"}}}}},
    },
    "a partner": {
        "sites": {
            "s": {
                "build": {
                    "b": {"stake": {"share": 0.4, "capacity_share": 0.5, "fee_usd_m_per_mw_year": 0.1}},
                    "c": {"stake": {"share": 0.6}},
                }
            }
        }
    },
    "years": {"calendar": {"start": "2027Q1", "end": "2029Q4", "step": "quarter",
                           "coarsen": {"after": "2027Q4", "step": "year"}}},
}  # fmt: skip
SEEN: dict[tuple[str, int], set[str]] = {}
"""Decisions that each plan took."""


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    out = dict(base)
    for key, value in changes.items():
        out[key] = (
            merged(out[key], value) if isinstance(value, dict) and isinstance(out.get(key), dict) else value
        )
    return {key: value for key, value in out.items() if value is not None}


def odd(m: Any, seed: int) -> str:
    """An objective that draws integers and MW at random, so that plans do what no good plan would."""
    chance = random.Random(seed)
    wanted = [
        chance.uniform(-1.0, 0.6) * column
        for name in ("blocks", "rights", "sold_blocks", "additions", "secured_site", "released_site", "units",
                     "took_curtailable", "contracted_blocks", "signed")
        for column in m.component(name).values()
    ] + [
        chance.uniform(-0.02, 0.01) * column
        for name in ("dropped_mw", "installed_mw") for column in m.component(name).values()
    ]  # fmt: skip
    if seed == 3:
        wanted += [-30.0 * column for column in m.released_site.values()]
    m.odd = pyo.Objective(expr=sum(wanted) + 1e-6 * m.objective.expr)
    return "odd"


SEEDS = (0, 1, 2, 3)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("variation", VARIATIONS)
def test_the_audit_agrees(variation: str, seed: int) -> None:
    instance = tiny(**merged(RICH, VARIATIONS[variation]))
    data = prepare(instance)
    m = build(data)
    objective = odd(m, seed) if seed else "objective"
    outcome = solve_model(m, SolveOptions(time_limit=600, gap=0.01), objective=objective)
    assert outcome.has_plan
    frames = make_frames(instance, data, outcome.by_component)
    SEEN[variation, seed] = set(frames["decisions"]["variable"])
    cost = float(frames["costs"]["total_usd_m"].sum())
    verdict = audit(instance, frames["decisions"], {"objective_usd_m": cost, **frames})
    assert verdict.ok, str(verdict)
    assert verdict.cost_usd_m == pytest.approx(cost, rel=1e-9)


def test_every_clause_was_decided_somewhere() -> None:
    if len(SEEN) < len(VARIATIONS) * len(SEEDS):
        pytest.skip("says something only after all plans above")
    wanted = {
        "additions", "secured_site", "begun_site", "released_site", "rights", "lapsed", "sold_blocks", "empty_mw",
        "took_curtailable", "curtailed_mw", "discounted_mwh", "contracted_mw", "contracted_blocks", "dropped_mw",
        "units",
    }  # fmt: skip
    assert wanted <= set().union(*SEEN.values())


@pytest.fixture(scope="module")
def decided() -> tuple[Any, Any, dict[str, Any]]:
    """An odd plan with a contract: instance, cost, frames."""
    instance = tiny(**merged(RICH, VARIATIONS["a contract"]))
    data = prepare(instance)
    m = build(data)
    outcome = solve_model(m, SolveOptions(time_limit=600, gap=0.01), objective=odd(m, 2))
    frames = make_frames(instance, data, outcome.by_component)
    return instance, float(frames["costs"]["total_usd_m"].sum()), frames


@pytest.mark.parametrize("change", ["gone", "more"])
@pytest.mark.parametrize(
    "variable",
    ["additions", "secured_site", "begun_site", "rights", "sold_blocks", "empty_mw", "took_curtailable",
     "curtailed_mw", "contracted_mw", "contracted_blocks", "dropped_mw", "units"],
)  # fmt: skip
def test_the_audit_rejects_a_plan_with_one_decision_changed(
    variable: str, change: str, decided: tuple[Any, Any, dict[str, Any]]
) -> None:
    instance, cost, frames = decided
    table = frames["decisions"]
    mine = table.index[table["variable"] == variable]
    assert len(mine), f"the plan has no {variable}"
    for row in mine:
        changed = table.copy()
        if change == "gone":
            changed = changed.drop(index=row)
        else:
            changed.loc[row, "amount"] += 1.0
        verdict = audit(instance, changed, {"objective_usd_m": cost, **frames, "decisions": changed})
        assert not verdict.ok, table.loc[row, "index"]
