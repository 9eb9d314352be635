"""The same dated plan in months: what follows from its dates is read exactly, by hand and on the flagship."""

from __future__ import annotations

import pytest
from hand import ROOT, f, level, solved, tutorial, tweaked

import planner
from planner.explore.refine import refine

ABILENE = "vendors.oracle.offers.abilene"


@pytest.mark.parametrize("number", ["01", "04", "05", "08", "10", "11", "12", "14", "21"])
def test_nothing_changes_where_nothing_happens_inside_a_quarter(number: str) -> None:
    # Without discounting, dates are read exactly on either calendar.
    found = refine(solved(tutorial(number)))
    assert found.fine_usd_m == pytest.approx(found.own_usd_m, rel=1e-6)
    assert len(found.lows) == 0


def test_a_gap_that_a_quarter_averages_away() -> None:
    # 75 MW serve the mean of a quarter that begins with 100 and ends with 50: 25 are short in its first month.
    demand = {"2027Q1": 0.075, "2027Q2": 0.1, "2027-05-16": 0.05, "2027Q3": 0.075, "interpolate": "step"}
    uneven = tweaked(
        tutorial("01"),
        {
            f"{ABILENE}.mw": {"min": 75, "max": 75},
            f"{ABILENE}.delivery_months": 0,
            "workloads.training.demand_gw": demand,
        },
    )
    found = refine(solved(uneven))
    assert found.own_usd_m == pytest.approx(900)
    assert found.fine_usd_m == pytest.approx(900 + 25 * 2.5)
    change = found.costs.set_index("line")["change_usd_m"]
    assert change["shortfall"] == pytest.approx(62.5)
    assert found.difference == pytest.approx(62.5 / 900)


def test_mid_period_discounting_is_finer() -> None:
    # Tutorial 20: demand grows by 25/6 MW a month above 100 for two years; then 200 MW are short for a year.
    found = refine(solved(tutorial("20")))
    growing = sum(25 / 6 * (month + 0.5) * 2.5 * f(0.10, month + 0.5) for month in range(24))
    after = sum(200 * 2.5 * f(0.10, month + 0.5) for month in range(24, 36))
    assert found.fine_usd_m == pytest.approx(100 * level(0.10, 0, 24) + growing + after)
    assert abs(found.difference) < 0.01


def test_a_low_inside_a_quarter() -> None:
    # Rent of 100 a month from April, money on 16 June: 4,800 at the end of May.
    late_money = tweaked(
        tutorial("01"),
        {
            "money.rounds": {"a": {"kind": "firm", "by_date_usd_bn": {"2027-06-16": 0.6}}},
            "money.floor_usd_bn": {"2027Q1": 4.85, "2027Q4": 0},
        },
    )
    found = refine(solved(late_money))
    assert len(found.lows) == 1
    low = found.lows.iloc[0]
    assert (low["period"], low["inside"]) == ("2027-05", "2027Q2")
    assert low["cash_usd_m"] == pytest.approx(4800)
    assert low["below_usd_m"] == pytest.approx(50)
    assert low["closing_usd_m"] == pytest.approx(5300)


def test_a_lender_bridges_the_floor_on_both_calendars() -> None:
    # Tutorial 16 is on its floor; rent and income are even within quarters, so no month is lower by more than interest.
    found = refine(solved(tutorial("16")))
    assert found.own_usd_m == pytest.approx(0, abs=1e-6)
    assert found.fine_usd_m == pytest.approx(0, abs=1e-6)
    assert len(found.lows) == 0


def test_factors_by_period_belong_to_one_calendar() -> None:
    with pytest.raises(planner.UsageError, match="factors"):
        refine(solved(tutorial("19", "factors")))


@pytest.mark.slow
def test_the_flagship_costs_the_same_within_a_hundredth() -> None:
    plan = planner.solve(planner.read(ROOT / "instances" / "stargate.yaml"), gap=0.02)
    found = refine(plan)
    assert len(found.costs) > 5
    assert found.fine_usd_m != found.own_usd_m
    assert abs(found.difference) < 0.01, str(found)
