"""Prepare, model and audit read all clauses alike, together, on paths and trees; every clause is used somewhere."""

from __future__ import annotations

import random
from typing import Any

import pytest
from test_second_opinion import RAMPED, RICH, SCENARIOS, SHELL, TAKE_OR_PAY, VARIATIONS
from tiny import changed, tiny

from planner.audit.audit import audit
from planner.data.prepare import prepare
from planner.model import build
from planner.plan.make import make_frames
from planner.plan.values import Values
from planner.solve.options import SolveOptions
from planner.solve.solve import solve_model

LEAVING = {
    "exits": {
        "early": {"at_months": 2, "fee_months": 1, "refund_prepayment": True},
        "later": {"at_months": 5, "notice_months": 2, "fee_share": 0.1},
    },
    "assignments": {"over": {"at_months": -1, "fee_share": 0.05, "proceeds_share": 0.7}},
}
A = {
    **TAKE_OR_PAY,
    **LEAVING,
    "renewals": {"count": 2, "term_months": 5, "price_factor": 0.8, "notice_months": 1},
    "late_credit_share": 0.6,
    "slip_months": 1.5,
    "cancel_after_months": 1,
    "sign": {"at_most": 4, "to": "2028Q2"},
}
A["signed"] = {"g": {**TAKE_OR_PAY["signed"]["g"], "slip_months": 2}}
B = {
    **RAMPED,
    "exits": {"early": {"at_months": 3.5, "fee_share": 0.02}},
    "renewals": {"count": 1, "term_months": 12, "price_factor": 0.5},
    "expansion": {
        "most_share": 0.6,
        "from_months": 1,
        "to_months": 9,
        "premium_share": -0.4,
        "delivery_months": 2.5,
    },
}
S = {
    **SHELL,
    "term_months": 20,
    "exits": {"soon": {"at_months": 6, "fee_months": 0.5, "refund_prepayment": True}},
    "assignments": {"soon": {"at_months": 12}},
    "expansion": {
        "most_share": 0.5, "to_months": 12, "premium_share": 0.02, "fee_usd_m_per_mw": 0.01, "term_months": 24,
        "ramp": {"0": 0.5, "2": 1},
    },
}  # fmt: skip
CLAUSES: dict[str, Any] = changed(
    RICH,
    {
        "vendors": {"v": {"offers": {"a": A, "b": B, "s": S}}},
        "supply": {"all": {"makers": ["m"], "mw_per_year": 700}},
        "workloads": {
            "w": {
                "demand_gw": {
                    "2027Q1": 0.3,
                    "2027Q3": 0.7,
                    "2028Q1": 0.2,
                    "2028Q3": 0.5,
                    "interpolate": "step",
                }
            }
        },
        "limits": {
            "theirs": {
                "measure": "powered_mw",
                "vendor": "v",
                "include_given": False,
                "max_mw": 260,
                "soft_usd_m_per_mw_year": 2,
            },
            "secured": {"measure": "secured_mw", "min_mw": 250, "soft_usd_m_per_mw_year": 1},
            "open": {"measure": "open_commitments", "max_usd_bn": 6, "soft_usd_per_usd_year": 0.01},
            "own_spend": {
                "measure": "accrued_spend",
                "include_given": False,
                "max_usd_bn": 2,
                "soft_usd_per_usd_year": 0.01,
            },
        },
    },
)
SLIPS: dict[str, Any] = {
    "f": SCENARIOS["f"],
    "late": {
        "known": "2027Q2",
        "branches": {
            "good": {"probability": 0.6},
            "bad": {"probability": 0.4, "set": {"vendors.v.offers.a.slip_months": 6}},
        },
    },
}
CASES: dict[str, dict[str, Any]] = {
    **{name: each for name, each in VARIATIONS.items() if "slips" not in name},
    "slips": {"scenarios": SLIPS},
    "dear ways out": {
        "vendors": {
            "v": {"offers": {"a": {"exits": {"early": {"fee_months": 4}}}, "b": {"at_end": "leaves"}}}
        }
    },
}
SEEN: set[str] = set()


@pytest.mark.parametrize("case", CASES)
def test_the_audit_agrees_on_clauses(case: str) -> None:
    instance = tiny(**changed(CLAUSES, CASES[case]))
    data = prepare(instance)
    outcome = solve_model(build(data), SolveOptions(time_limit=600, gap=0.005))
    assert outcome.has_plan
    frames = make_frames(instance, data, outcome.by_component)
    SEEN.update(frames["clauses"]["clause"])
    verdict = audit(instance, frames["decisions"], {"objective_usd_m": outcome.objective, **frames})
    assert verdict.ok, str(verdict)
    assert verdict.cost_usd_m == pytest.approx(outcome.objective, rel=1e-9)


VARIABLES = (
    "exited_mw",
    "assigned_mw",
    "cancelled_mw",
    "renewed_mw",
    "expanded_mw",
    "expansion_right_mw",
    "kept_mw",
)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2, 3))])
def test_the_audit_agrees_on_any_use_of_clauses(case: str, seed: int) -> None:
    """Whatever is wanted of the clauses instead of a low cost: the cost and every rule are recomputed alike."""
    instance = tiny(**changed(CLAUSES, CASES[case]))
    data = prepare(instance)
    m = build(data)
    chance = random.Random(seed)
    wanted = sum(
        chance.uniform(0.2, 1.0) * column for name in VARIABLES for column in m.component(name).values()
    )
    signed = sum(chance.uniform(0.0, 0.3) * column for column in m.signed_mw.values())
    unpaid = sum(1e-6 * column for column in m.shortfall_mw.values())
    m.objective.set_value(unpaid - wanted - signed)
    outcome = solve_model(m, SolveOptions(time_limit=600, gap=0.01))
    assert outcome.has_plan
    frames = make_frames(instance, data, outcome.by_component)
    SEEN.update(frames["clauses"]["clause"])
    values = Values.of(outcome.by_component)
    cost = sum(
        (paid + at_end) * values(variable, *index)
        for (variable, index), lines in data.cost.items()
        for paid, at_end in lines.values()
    )
    verdict = audit(instance, frames["decisions"], {"objective_usd_m": cost, **frames})
    assert verdict.ok, str(verdict)
    assert verdict.cost_usd_m == pytest.approx(cost, rel=1e-9)


def test_every_clause_was_used() -> None:
    assert {"exit", "assign", "renew", "expand", "right", "cancel"} <= SEEN
