"""Nobody is paid for signing: random terms of every clause about price and security.

With nothing to serve the best plan costs nothing, whatever the rates by line, delays, deposits, tiers and top-ups.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from hand import solved
from tiny import tiny

SEEDS = range(10)


def terms(seed: int) -> dict[str, Any]:
    """Vendors and discounting drawn at random; what is let brings less than any rent."""
    draw = random.Random(seed)
    rent = draw.choice([800, 1000, 1200])
    rates = {
        line: f"{draw.choice([1, 5, 12, 20])}%"
        for line in ("cloud_rent", "shell_rent", "financing", "resale", "chips")
        if draw.random() < 0.7
    }
    shared: dict[str, Any] = {
        "sign": {"at_most": 3},
        "mw": {"min": 20, "max": 200},
        "delivery_months": draw.choice([0, 2, 5]),
        "ramp": draw.choice([{"0": 1}, {"0": 0.4, "5": 1}]),
        "term_months": draw.choice([7, 18, 40]),
        "escalator_rate": draw.choice([-0.1, 0, 0.05]),
        "prepayment_share": draw.choice([0, 0.3]),
        "payment_delay_months": draw.choice([0, 1, 9]),
        "tiers": draw.choice(
            [[], [{"from_mw": 60, "price_factor": 0.9}, {"from_mw": 150, "price_factor": 0.7}]]
        ),
        "tiers_of": draw.choice(["signing", "total"]),
        "collateral": {
            "share_of_open_by_rating": {"A": 0.1, "B": 0.4},
            "fee_rate": draw.choice([0, 0.02]),
            "cash": draw.random() < 0.5,
        },
    }
    shared[draw.choice(["deposit_months", "deposit_share"])] = draw.choice([0.05, 0.4])
    cheapest = rent * 0.7 * 0.9**4 * 0.95
    cloud = shared | {
        "kind": "cloud",
        "region": "r",
        "chips": ["c"],
        "price_usd_per_kw_month": rent,
        "at_end": draw.choice(["leaves", "continues"]),
        "take_or_pay_share": draw.choice([0.6, 1]),
        "sublet": {"price_usd_per_kw_month": cheapest, "lead_months": draw.choice([0, 4]), "most_share": 0.8},
    }
    shell = shared | {
        "kind": "shell",
        "site": "s",
        "price_usd_per_kw_month": 110,
        "sublet": {"price_usd_per_kw_month": 110 * 0.7 * 0.9**4 * 0.95},
    }
    spend = {
        "kind": "consumption",
        "region": "r",
        "chips": ["c"],
        "sign": {"at_most": 1},
        "mw": {"max": 150},
        "delivery_months": draw.choice([0, 4]),
        "ramp": draw.choice([{"0": 1}, {"0": 0.2, "7": 1}]),
        "term_months": draw.choice([12, 30, 48]),
        "at_end": draw.choice(["leaves", "continues"]),
        "spend_usd_bn": draw.choice([0.5, 3]),
        "yearly_minimum_share": draw.choice([0, 0.2]),
        "carry_over": draw.random() < 0.5,
        "price_usd_per_kw_month": rent,
        "payment_delay_months": draw.choice([0, 9]),
    }
    return {
        "discount": {"rate": "10%", "by_line": rates},
        "vendors": {"v": {"payables_cap_usd_bn": draw.choice([0, 0.5]),
                          "offers": {"cloud": cloud, "shell": shell, "spend": spend}}},
        "supply": {"all": {"mw_per_year": 300}},
        "money": {
            "opening": {"cash_usd_bn": 5},
            "credit_rating": "A",
            "credit_rating_changes": draw.choice([{}, {"2027Q4": "B"}]),
        },
    }  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_with_nothing_to_serve_nothing_is_gained(seed: int) -> None:
    plan = solved(tiny(**terms(seed), workloads={"w": {"demand_gw": 0}}))
    assert plan.objective_usd_m == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_with_work_the_audit_agrees(seed: int) -> None:
    demand = {"2027Q1": 0.05, "2027Q4": 0.2, "2028Q2": 0.08, "interpolate": "step"}
    work = {"w": {"demand_gw": demand, "unserved_usd_bn_per_gw_year": 30}}
    limits = {"open": {"measure": "open_commitments", "max_usd_bn": 4}}
    plan = solved(tiny(**terms(seed), workloads=work, limits=limits), gap=0.01)
    assert plan.objective_usd_m > 0.0
