"""Chips leased, paid off to their seller, and sold: sums by hand, agreed by model and audit; and no machine.

Months count from the first day; everything is discounted at 10 % a year.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pyomo.environ as pyo
import pytest
from hand import amounts, costs, f, level, outcome_of, same, solved, tutorial, tweaked
from tiny import tiny_with

import planner
from planner.data.prepare import prepare
from planner.model import build

R = 0.10
QUARTER_SHORT = 7.5


def test_61_leased_chips() -> None:
    # In place from month 3 to 39; a level rent costs what it costs until the end of the calendar.
    plan = costs(tutorial("61"), chips=100 * 0.6 * level(R, 3, 24), shortfall=100 * QUARTER_SHORT * f(R, 1.5))
    assert amounts(plan, "ordered_mw") == {"gb300.rent|milam.hall|2027Q1": pytest.approx(100)}
    assert not amounts(plan, "valued_mw")
    memo = plan.frames["memo"].set_index("name")["usd_m"]
    # 24 at delivery against 36 months of rent.
    assert same(memo["lease_saving"], 100 * (24 * f(R, 3) - 0.6 * level(R, 3, 39)))
    # Fifteen months and a day of rent are still to come on the last day.
    assert same(plan.frames["commitments"]["chips_usd_m"].iloc[-1], 100 * 0.6 * (15 + 1 / 30))


def test_a_lease_at_a_share_of_the_price_is_the_same() -> None:
    changed = tweaked(
        tutorial("61"),
        {
            "chips.gb300.terms.rent.rent_usd_per_kw_month": None,
            "chips.gb300.terms.rent.rent_share_per_month": 0.025,
        },
    )
    assert same(solved(changed).objective_usd_m, solved(tutorial("61")).objective_usd_m)


def test_62_chips_on_credit() -> None:
    plan = costs(tutorial("62"), chips=_on_credit(0.06), shortfall=100 * QUARTER_SHORT * f(R, 1.5))
    month = 1600 / level(0.06, 0, 48)
    assert same(plan.frames["cash"]["chips_usd_m"].iloc[1], -3 * month)
    # Price at delivery, interest evenly.
    accrued = plan.frames["payments"].groupby("node")["accrued_usd_m"].sum()
    assert same(accrued["2027Q2"], 2000 + (48 * month - 1600) * 3 / 48)


def _on_credit(rate: float) -> float:
    """100 MW at 20: 400 with the order, 1,600 over months 3 to 51; worth 0.8 x (1 - 21/60) of the price at the end."""
    month = 1600 / level(rate, 0, 48)
    # At the end 27 months are owed: what is left of the price, or the annuity at our own rate if that is more.
    owed = month * max(level(rate, 0, 27), level(R, 0, 27)) * f(R, 24)
    return 400 + month * level(R, 3, 24) + owed - 2000 * 0.8 * (1 - 21 / 60) * f(R, 24)


def test_credit_dearer_than_our_own_rate_is_owed_with_its_interest() -> None:
    changed = tweaked(tutorial("62"), {"chips.titan.terms.on_credit.finance.rate": 0.15})
    costs(changed, chips=_on_credit(0.15), shortfall=100 * QUARTER_SHORT * f(R, 1.5))


def test_63_chips_sold() -> None:
    price = 20.0
    sold = 80 * price * 0.7 * 0.9 * f(R, 12)
    # Of the 80 MW sold, the 80 % due in month 18 are due in month 12.
    chips = 100 * price * 0.2 + 80 * price * 0.8 * f(R, 12) + 20 * price * 0.8 * f(R, 18)
    worth = 20 * price * 0.5 * f(R, 24)
    plan = costs(tutorial("63"), chips=chips - worth, resale=-sold)
    assert amounts(plan, "sold_mw") == {"gb300.buy|milam.hall|2027Q1|12|2028Q1": pytest.approx(80)}
    cash = plan.frames["cash"].set_index("node")
    assert same(cash.loc["2028Q1", "resale_usd_m"], 80 * price * 0.63)
    assert same(cash.loc["2028Q1", "chips_usd_m"], -80 * price * 0.8)
    # What is owed for the 20 MW kept, until it is paid in month 18.
    open_ = plan.frames["commitments"].set_index("node")["chips_usd_m"]
    assert same(open_["2027Q4"], 100 * price * 0.8)
    assert same(open_["2028Q1"], 20 * price * 0.8)


def test_chips_on_credit_are_settled_when_they_are_sold() -> None:
    terms = {"finance": {"down_share": 0, "rate": 0.05, "months": 24}, "payments": None}
    changed = tweaked(tutorial("63"), {"chips.gb300.terms.buy": terms})
    month = 20 / level(0.05, 0, 24)
    left = month * level(0.05, 0, 12)
    kept = month * level(R, 0, 24) - 20 * 0.5 * f(R, 24)
    sold = month * level(R, 0, 12) + left * f(R, 12)
    costs(changed, chips=20 * kept + 80 * sold, resale=-80 * 20 * 0.63 * f(R, 12))


# Rules


def _broken(instance: Any, change: Any) -> set[str]:
    """Rules that the audit finds broken in a plan whose decisions are changed."""
    plan = solved(instance)
    frame = change(plan.frames["decisions"].copy())
    verdict = planner.audit(replace(plan, frames={**plan.frames, "decisions": frame}))
    assert not verdict.ok
    return {str(rule) for rule in verdict.violations["rule"] if not str(rule).startswith("claimed")}


def test_more_sold_than_bought_is_found() -> None:
    def more(frame: Any) -> Any:
        frame.loc[frame["variable"] == "sold_mw", "amount"] = 130.0
        return frame

    assert {"sold_of_ordered", "installed_end"} <= _broken(tutorial("63"), more)


def test_a_sale_at_an_age_that_is_not_listed_is_found() -> None:
    def other(frame: Any) -> Any:
        rows = frame["variable"] == "sold_mw"
        frame.loc[rows, "index"] = "gb300.buy|milam.hall|2027Q1|13|2028Q1"
        return frame

    assert "sale_date" in _broken(tutorial("63"), other)


def test_a_leased_chip_credited_at_the_end_is_found() -> None:
    def credited(frame: Any) -> Any:
        row = (
            frame[frame["variable"] == "ordered_mw"]
            .iloc[[0]]
            .assign(variable="valued_mw", index="gb300.rent|milam.hall|2027Q1|2028Q4", amount=10.0)
        )
        return pd.concat([frame, row], ignore_index=True)

    assert "valued_at_end" in _broken(tutorial("61"), credited)


def test_slips_are_found() -> None:
    chips = "chips.gb300.terms"
    for changes, codes in (
        ({f"{chips}.rent.lease_months": None}, {"missing"}),
        ({f"{chips}.rent.rent_usd_per_kw_month": None}, {"missing"}),
        ({f"{chips}.rent.rent_share_per_month": 0.02}, {"price"}),
        ({f"{chips}.rent.lease_months": 61}, {"range"}),
        ({f"{chips}.rent.resale": {"at_months": [12], "haircut_share": 0.1}}, {"lease"}),
        ({f"{chips}.buy.payments": None}, {"missing"}),
        ({f"{chips}.buy.lease_months": 12}, {"lease"}),
        ({f"{chips}.buy.resale": {"at_months": [60], "haircut_share": 0.1}}, {"range"}),
    ):
        found = planner.check(tweaked(tutorial("61"), changes))
        assert {each.code for each in found if each.severity == "error"} == codes, changes


# What is left out, trees, and no machine


def test_a_clause_left_out_adds_nothing() -> None:
    plain = tweaked(tutorial("63"), {"chips.gb300.terms.buy.resale": None})
    model = build(prepare(plain))
    assert not len(model.sold_mw) and not len(model.sold_of_ordered)
    # One column for each age that falls into the calendar, one row for each order without a value at the end.
    listed = build(prepare(tutorial("63")))
    assert len(listed.sold_mw) == (8 - 2) + (8 - 4) + (8 - 6)
    # Eight rows more: what line resale pays in each quarter.
    assert _rows(listed) == _rows(model) + 8


def _rows(model: Any) -> int:
    return sum(1 for _ in model.component_data_objects(pyo.Constraint))


@pytest.mark.parametrize("rate", [0.0, 0.02, 0.10, 0.3])
@pytest.mark.parametrize("share", [0.0, 0.3])
def test_buying_without_need_never_pays(rate: float, share: float) -> None:
    """On the best terms there can be (no haircut, a chip that keeps its price, cheap credit) nothing is gained."""
    best = {
        "finance": {"down_share": share, "rate": rate, "months": 60},
        "payments": None,
        "resale": {"at_months": [0, 3, 12, 18], "haircut_share": 0},
    }
    changed = tweaked(
        tutorial("63"),
        {
            "chips.gb300.terms.buy": best,
            "chips.gb300.resale_by_age_years": {"0": 1},
            "workloads.training.unserved_usd_bn_per_gw_year": 0,
        },
    )
    outcome = outcome_of(changed)
    assert outcome.objective == pytest.approx(0, abs=1e-6)


def test_paying_late_is_no_loan_against_a_sale() -> None:
    """A price due two years after delivery is due when the chip is sold."""
    changed = tweaked(
        tutorial("63"),
        {
            "chips.gb300.terms.buy.payments": {"23": 1},
            "chips.gb300.terms.buy.resale": {"at_months": [0, 3, 6], "haircut_share": 0},
            "chips.gb300.resale_by_age_years": {"0": 1},
            "workloads.training.unserved_usd_bn_per_gw_year": 0,
        },
    )
    sold = sum(usd_m for line, usd_m in _least_lines(changed).items() if line in ("chips", "resale"))
    assert sold == pytest.approx(0, abs=1e-6)


def _least_lines(instance: Any) -> dict[str, float]:
    frame = planner.solve(instance, gap=0.0).frames["costs"]
    return dict(zip(frame["line"], frame["total_usd_m"], strict=True))


def test_on_a_tree_a_sale_waits_for_what_is_known() -> None:
    """Demand falls in one branch, known with the year 2028: chips are sold there and stand in the other."""
    falls = {
        "demand": {
            "known": "2028Q1",
            "branches": {
                "falls": {"probability": 0.5, "set": {"workloads.training.demand_gw.2028": 0.02}},
                "stays": {"probability": 0.5, "set": {"workloads.training.demand_gw.2028": 0.1}},
            },
        }
    }
    changed = tutorial("63").tweak("scenarios", falls)
    plan = solved(changed)
    ((index, mw),) = amounts(plan, "sold_mw").items()
    assert "falls" in index.rpartition("|")[2] and same(mw, 80)
    price, f12, f18, f24 = 20.0, f(R, 12), f(R, 18), f(R, 24)
    kept = price * (0.2 + 0.8 * f18 - 0.5 * f24)
    gone = price * (0.2 + 0.8 * f12 - 0.63 * f12)
    assert same(plan.objective_usd_m, 0.5 * 100 * kept + 0.5 * (20 * kept + 80 * gone))


def test_chips_of_other_orders_are_told_apart() -> None:
    """Two orders of one chip: each is sold at its own age, and no more of it than was ordered."""
    changed = tiny_with(
        {
            "calendar": {"start": "2027Q1", "end": "2028Q4", "step": "quarter"},
            "discount": {"rate": 0},
            "workloads": {
                "w": {
                    "demand_gw": {
                        "2027Q1": 0.05,
                        "2027Q3": 0.1,
                        "2028Q1": 0.05,
                        "2028Q3": 0.001,
                        "interpolate": "step",
                    },
                    "unserved_usd_bn_per_gw_year": 60,
                }
            },
            "sites": {
                "s": {
                    "energy_usd_per_mwh": 0,
                    "build": {
                        "b": {
                            "block_mw": 100,
                            "max_blocks": 0,
                            "lead_months": 6,
                            "capex_usd_m_per_mw": 1,
                            "payments": {"0": 1},
                            "life_years": 20,
                        }
                    },
                }
            },
            "chips": {
                "c": {
                    "terms": {
                        "t": {
                            "order": {"to": "2027Q4"},
                            "price_usd_m_per_mw": 10,
                            "lead_months": 0,
                            "payments": {"0": 1},
                            "resale": {"at_months": [12], "haircut_share": 0},
                        }
                    },
                    "resale_by_age_years": {"0": 1, "1": 0.8, "1.01": 0},
                },
                "d": None,
            },
            "money": {"opening": {"construction": [{"build": "s.b", "mw": 100, "delivered": "2026Q1"}]}},
        }
    )
    plan = solved(changed)
    assert {index.split("|")[2]: mw for index, mw in amounts(plan, "sold_mw").items()} == {
        "2027Q1": pytest.approx(50),
        "2027Q3": pytest.approx(49),
    }
    # 1 MW is kept for the last half year, and worth nothing at the end of it.
    assert same(plan.objective_usd_m, 100 * 10 - 99 * 8)
