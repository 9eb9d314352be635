"""Costs, cash and ladder of plans made by hand, every sum worked out in the test."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from audit_hand import HOURS, PLAIN, QUARTERS, changed, frame_of, honest_plan, instance_of, judged

from planner.audit import audit

ROOT = Path(__file__).resolve().parent.parent


def lines_at(rate: float) -> dict[str, tuple[float, float]]:
    """(paid, balance at the end) by line of the honest plan."""
    instance = instance_of(changed(PLAIN, {"discount.rate": rate}))
    verdict = judged(instance, honest_plan())
    assert verdict.ok, str(verdict)
    rows = verdict.costs.set_index("line")
    return {str(line): (row["paid_usd_m"], row["at_end_usd_m"]) for line, row in rows.iterrows()}


# Undiscounted, by line: (paid up to the end, balance there).
BY_HAND = {
    # a block of 20 MW at 10, the site 40; 1.5 of 20 years old: 200 x 18.5/20 x 0.95
    "construction": (200 + 40, -200 * 18.5 / 20 * 0.95),
    # 20 MW at 1.5; 1.75 of 20 years old
    "power_projects": (30.0, -30 * 18.25 / 20 * 0.8),
    # a year of 10 MW at 0.1 a month; kept: 3 months of 10 MW, 6 of 6 MW
    "shell_rent": (12 + 3 + 3.6, 0.0),
    # fixed 4 a month from month 3 on, paid 3 months later, 36 months: 21 of 36 belong here, 18 are paid; extra 2.4 a
    # month, the last 3 unpaid; 2 MW on demand for 3 months; 19.2 is owed at the end, 9.2 of it paid early
    "cloud_rent": (18 * 4 + 18 * 2.4 + 9 + 9.2, (144 * 21 / 36 - 72) + 3 * 2.4 - 9.2),
    # 30 MW at 20; worth 1 - 1.5/4 and 1 - 1.75/4
    "chips": (600.0, -(20 * 20 * 0.625 + 6 * 20 * 0.5625)),
    # block 0.5 x 20 MW x 1.5 years; chips 0.4 x (20 x 1.5 + 10 x 1.25 + 6 x 0.5) MW-years
    "own_operating": (15 + 0.4 * 45.5, 0.0),
    # six quarters of 10 MW from the engine and 10 from the grid, 5 MW charged; shell 62 MW-quarters of 1 MW each
    "energy": (6 * HOURS * (10 * 40 + 10 * 50) / 1e6 + 6 * 3 * 10 * 5 / 1000 + 62 * HOURS * 60 / 1e6, 0.0),
    # 2 % of 500; 1 % of 60; 12 % on balances of 60, 60, 52.5, 37.5, 22.5, 7.5 for a quarter each
    "financing": (10 + 0.6 + 0.12 * 240 / 4, 0.0),
    # MW-quarters short: work 48, 37, 4 x 27, 2 x 31; secret 2 x 10; local 5
    "shortfall": ((255 * 15 + 20 * 30 + 5 * 30) / 4, 0.0),
    # 48 MW short where 40 are allowed, at 2 a MW-year
    "soft_limits": (8 * 2 / 4, 0.0),
}


def test_every_line_without_discounting() -> None:
    found = lines_at(0.0)
    for line, (paid, at_end) in BY_HAND.items():
        assert found[line] == pytest.approx((paid, at_end), abs=1e-6), line
    assert set(found) - set(BY_HAND) == {"resale", "set_up"}


def test_lines_with_discounting() -> None:
    delta = math.log(1.1) / 12  # a month

    def stream(a: float, b: float) -> float:
        """1 a month over [a, b), today."""
        return (math.exp(-delta * a) - math.exp(-delta * b)) / delta

    def at(x: float) -> float:
        return math.exp(-delta * x)

    found = lines_at(0.1)
    # 200 over six months, worth on the day of delivery what it would have grown to
    grown = 200 / 6 * (math.exp(delta * 6) - 1) / delta
    left = (1 - 1.1**-18.5) / (1 - 1.1**-20)
    assert found["construction"] == pytest.approx(
        (200 / 6 * stream(0, 6) + 40, -grown * left * 0.95 * at(24))
    )
    kept = stream(15, 18) + 0.6 * stream(18, 24)
    assert found["shell_rent"] == pytest.approx((stream(3, 15) + kept, 0.0))
    # level rent: its cost is that of the service before the end, three months later
    fixed = 4 * stream(6, 42) * stream(3, 24) / stream(3, 39)
    paid = 4 * stream(6, 24) + 2.4 * stream(6, 24) + 3 * stream(0, 3)
    early = [6.4 * (3 - 1 / 30) - 10, 6.4 / 30, 0, 0, 0, 0, 0]
    paid += sum(usd_m * at(4.5 + 3 * place) for place, usd_m in enumerate(early))
    assert sum(found["cloud_rent"]) == pytest.approx(
        fixed
        + 3 * stream(0, 3)
        + 2.4 * stream(6, 27)
        + paid
        - 6.4 * stream(6, 24)
        - 3 * stream(0, 3)
        - 9.2 * at(24)
    )
    assert found["cloud_rent"][0] == pytest.approx(paid)
    price = 100 + 200 * at(3) + 100 * at(3) + 200 * at(6)
    assert found["chips"] == pytest.approx((price, -(250 + 67.5) * at(24)))
    short = [48 * 15 + 10 * 30 + 5 * 30, 37 * 15 + 10 * 30] + [27 * 15] * 4 + [31 * 15] * 2
    assert found["shortfall"][0] == pytest.approx(sum(s / 4 * at(1.5 + 3 * n) for n, s in enumerate(short)))
    # at 10 % a spread of 2 % is left
    balances = [60, 60, 52.5, 37.5, 22.5, 7.5]
    spread = sum(usd_m * 0.02 / 4 * at(7.5 + 3 * n) for n, usd_m in enumerate(balances))
    assert found["financing"][0] == pytest.approx(10 * at(6) + 0.6 * at(4.5) + spread)


def test_cash_by_quarter() -> None:
    verdict = judged(instance_of(PLAIN), honest_plan())
    closing = verdict.cash["closing_usd_m"].tolist()
    # margin of the 2 MW served; half the block, the site, the engine; on demand; half the first chips
    first = 2000 + 5 * 2 / 4 - (100 + 40) - 30 - 9 - 100
    # 13 MW served; rest of the block; shell; early payment; the other half of the first chips, half of the second
    second = first + 5 * 13 / 4 - 100 - 3 - (6.4 * (3 - 1 / 30) - 10) - 100 - 200
    # operating 0.4 x 10 MW, energy of the shell, draw less its fee
    second += -0.4 * 10 / 4 - 10 * HOURS * 60 / 1e6 + 60 - 0.6
    assert closing[:2] == pytest.approx([first, second])


def test_ladder_by_quarter() -> None:
    ladder = judged(instance_of(PLAIN), honest_plan()).ladder
    it = ladder[ladder["basis"] == "it"].set_index("node")
    assert (it["secured_gw"] * 1000).tolist() == pytest.approx([40, 40, 40, 40, 40, 40, 36, 36])
    assert (it["powered_gw"] * 1000).tolist() == pytest.approx([0, 20, 40, 40, 40, 40, 36, 36])
    assert (it["operating_gw"] * 1000).tolist() == pytest.approx([0, 18, 38, 38, 38, 38, 34, 34])
    facility = ladder[ladder["basis"] == "facility"].set_index("node")
    # own and shell at 1.25, cloud in the north at 1.3
    assert facility.loc["2028Q4", "powered_gw"] * 1000 == pytest.approx(26 * 1.25 + 10 * 1.3)


def simple_cloud(**terms: Any) -> dict[str, Any]:
    """An instance with one cloud offer of 10 MW at 1 USD m per MW-month and nothing else."""
    return changed(
        PLAIN,
        {
            "sites": {},
            "supply": {},
            "limits": {},
            "workloads": {"work": {"demand_gw": 0.01, "unserved_usd_bn_per_gw_year": 1}},
            "chips.one.work": {"work": 1},
            "chips.two": None,
            "money.debt": {},
            "money.rounds": {},
            "discount.rate": 0.0,
            "vendors": {
                "v": {
                    "offers": {
                        "o": {
                            "kind": "cloud",
                            "region": "north",
                            "chips": ["one"],
                            "sign": {"at_most": 1},
                            "delivery_months": 3,
                            "term_months": 12,
                            "price_usd_per_kw_month": 1000,
                            **terms,
                        }
                    }
                }
            },
        },
    )


def plan_of(mean_mw: list[float]) -> dict[tuple[str, str], float]:
    """10 MW signed in the first quarter, all used; `mean_mw` by quarter."""
    plan = {("signed", "v.o|2027Q1"): 1.0, ("signed_mw", "v.o|one|2027Q1"): 10.0}
    for quarter, mw in zip(QUARTERS, mean_mw, strict=True):
        plan["served_mw", f"work|one|any|any|{quarter}"] = mw
        plan["shortfall_mw", f"work|{quarter}"] = 10.0 - mw
    return plan


FULL = [0.0, 10.0, 10.0, 10.0, 10.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("terms", "mean_mw", "paid", "at_end"),
    [
        # a year of 10 MW
        ({}, FULL, 120.0, 0.0),
        # half prepaid, the rest a month later: nothing changes without discounting
        ({"prepayment_share": 0.5, "payment_delay_months": 1}, FULL, 120.0, 0.0),
        # three years, 21 of 36 months before the end; a quarter prepaid: 90 and 21 months of 7.5
        ({"term_months": 36, "prepayment_share": 0.25}, [0.0] + [10.0] * 7, 90 + 157.5, 210 - 247.5),
        # 10 % more after a year: 12 x 10 + 12 x 11 + 12 x 12.1 = 397.2 level over 36 months, 21 of them before
        # the end, where 120 + 9 x 11 have been paid
        ({"term_months": 36, "escalator_rate": 0.1}, [0.0] + [10.0] * 7, 219.0, 397.2 * 21 / 36 - 219),
        # half at first, all after four months: 4 x 5 + 8 x 10
        ({"ramp": {"0": 0.5, "4": 1.0}}, [0.0, 5.0, 25 / 3, 10.0, 10.0, 0.0, 0.0, 0.0], 100.0, 0.0),
        # by date: half in mid-May, all in July; the year runs from mid-May (month 4.5)
        (
            {"ramp": {"2027-05-16": 0.5, "2027-07": 1.0}},
            [0.0, 2.5, 10.0, 10.0, 10.0, 5.0, 0.0, 0.0],
            1.5 * 5 + 10.5 * 10,
            0.0,
        ),
        # the price falls linearly over 2027, but the one of the signing date holds
        ({"price_usd_per_kw_month": {"2027": 1000, "2028": 500, "interpolate": "linear"}}, FULL, 120.0, 0.0),
    ],
)
def test_contract_terms(terms: dict[str, Any], mean_mw: list[float], paid: float, at_end: float) -> None:
    verdict = judged(instance_of(simple_cloud(**terms)), plan_of(mean_mw))
    assert verdict.ok, str(verdict)
    row = verdict.costs.set_index("line").loc["cloud_rent"]
    assert (row["paid_usd_m"], row["at_end_usd_m"]) == pytest.approx((paid, at_end))


def test_given_contract_is_paid_but_costs_nothing() -> None:
    signed = {
        "g": {"date": "2026-01", "mw": 10, "chip": "one", "delivered": {"2026Q3": 1.0}, "term_months": 12}
    }
    plain = simple_cloud(signed=signed)
    plan = plan_of([10.0, 10.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    plan = {key: amount for key, amount in plan.items() if not key[0].startswith("signed")}
    verdict = judged(instance_of(plain), plan)
    assert verdict.ok, str(verdict)
    assert verdict.costs.set_index("line").loc["cloud_rent", "total_usd_m"] == 0.0
    # service from the first day to the end of June: 10 a month
    assert verdict.cash["closing_usd_m"].tolist()[:3] == pytest.approx([1970, 1940, 1940])


def test_opening_position_runs_down() -> None:
    opening = {
        "cash_usd_bn": 2,
        "payables": [{"vendor": "v", "line": "cloud_rent", "due": "2027-04-16", "usd_bn": 0.1}],
        "debt": [{"usd_bn": 0.12, "rate": 0.12, "until": "2027Q2", "grace_months": 2}],
    }
    plan = {("shortfall_mw", f"work|{quarter}"): 10.0 for quarter in QUARTERS}
    verdict = judged(instance_of(changed(simple_cloud(), {"money.opening": opening})), plan)
    assert verdict.ok, str(verdict)
    # 120 owed: two months of 1.2 interest, then four repayments of 30 with interest 1.2, 0.9, 0.6, 0.3
    first = 2000 - 1.2 * 3 - 30
    second = first - 100 - 30 * 3 - 0.9 - 0.6 - 0.3
    assert verdict.cash["closing_usd_m"].tolist()[:3] == pytest.approx([first, second, second])


def test_two_leaves_weigh_what_they_cost() -> None:
    branches = {
        "low": {
            "probability": 0.25,
            "set": {"workloads": {"work": {"demand_gw": {"2027": 0.01, "2028": 0.004}}}},
        },
        "high": {
            "probability": 0.75,
            "set": {"workloads": {"work": {"demand_gw": {"2027": 0.01, "2028": 0.02}}}},
        },
    }
    for branch in branches.values():
        branch["set"]["workloads"]["work"]["demand_gw"]["interpolate"] = "step"
    plain = changed(simple_cloud(), {"scenarios": {"luck": {"known": "2028", "branches": branches}}})
    plan = {("shortfall_mw", f"work|{quarter}"): 10.0 for quarter in QUARTERS[:4]}
    plan |= {("shortfall_mw", f"work|{quarter}/low"): 4.0 for quarter in QUARTERS[4:]}
    plan |= {("shortfall_mw", f"work|{quarter}/high"): 20.0 for quarter in QUARTERS[4:]}
    verdict = judged(instance_of(plain), plan)
    assert verdict.ok, str(verdict)
    # a year of 10 MW short, then 4 or 20
    assert verdict.cost_usd_m == pytest.approx(10 + 0.25 * 4 + 0.75 * 20)
    wrong = plan | {("shortfall_mw", "work|2028Q3/low"): 5.0}
    assert judged(instance_of(plain), wrong).violations["node"].tolist() == ["2028Q3/low"]


def test_claimed_cost_is_compared() -> None:
    instance, plan = instance_of(PLAIN), honest_plan()
    cost = judged(instance, plan).cost_usd_m
    assert audit(instance, frame_of(plan), {"objective_usd_m": cost * (1 + 1e-7)}).ok
    wrong = audit(instance, frame_of(plan), {"objective_usd_m": cost * (1 + 1e-5)})
    assert not wrong.ok
    assert wrong.cost_difference_relative == pytest.approx(1e-5, rel=1e-3)
    assert wrong.violations["rule"].tolist() == ["claimed_objective"]


def test_verdict_speaks() -> None:
    instance, plan = instance_of(PLAIN), honest_plan()
    good, bad = judged(instance, plan), judged(instance, plan | {("blocks", "hill.blocks|2027Q1"): 2.0})
    assert good.sentence().startswith("agrees: cost 1,679.")
    assert str(bad).startswith("REJECTED")
    assert "starts_per_period hill.blocks at 2027Q1 by 1 count" in str(bad)
    assert good.to_dict()["ok"] is True
    assert bad.to_dict()["violations"][0]["unit"] in ("MW", "MWh", "USD m", "count", "facility MW")
    assert "violations" not in bad.summary()
    assert good.checked > 500


def test_audit_loads_neither_prepare_nor_model_nor_solver() -> None:
    code = (
        "import sys, planner.audit;"
        "print(sorted(name for name in sys.modules if name.startswith(('planner.data', 'planner.model',"
        " 'planner.solve', 'pyomo', 'highspy'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"
