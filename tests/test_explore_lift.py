"""Resources lifted one at a time, and dates at which cash is gone, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tiny import tiny

import planner
from planner.errors import InfeasibleError, UsageError
from planner.explore import RESOURCES, floor_dates, lift, lifted, relaxation

# One year without discounting, 1 GW wanted at 10 USD m per MW-year unserved; cloud at 6, three quarters of it from
# April on: a MW signed saves 0.75 x (10 - 6) = 3 USD m, costs 4.5 in cash, and at most 100 MW can be signed.
YEAR = {"start": "2027Q1", "end": "2027Q4", "step": "quarter"}
CLOUD = {
    "kind": "cloud",
    "site": "s",
    "chips": ["c"],
    "sign": {"from": "2027Q2", "to": "2027Q2", "at_most": 1, "per_period": 3},
    "mw": {"max": 100, "total": 100},
    "delivery_months": 0,
    "term_months": 9,
    "price_usd_per_kw_month": 500,
}
ALL_SHORT = 1000 * 10.0


def instance(**more: Any) -> planner.Instance:
    changes: dict[str, Any] = {
        "calendar": YEAR,
        "discount": {"rate": "0%"},
        "vendors": {"v": {"offers": {"cloud": CLOUD}}},
    }
    return tiny(**{**changes, **more})


def change(found: planner.Instance, resource: str) -> float:
    (row,) = lift(found, [resource])
    assert row.sentence == RESOURCES[resource].sentence
    return row.change_usd_m


def test_the_relaxation_serves_what_it_can() -> None:
    found = relaxation(instance())
    assert found.cost_usd_m == pytest.approx(ALL_SHORT - 3 * 100)
    assert found.values["signed_mw"]["v.cloud", "c", "2027Q2"] == pytest.approx(100)


def test_ten_times_the_chips() -> None:
    # 80 MW a year: 20 MW by the first of April, or 200, of which 100 can be signed.
    scarce = instance(supply={"all": {"chips": ["c"], "mw_per_year": 80}})
    assert relaxation(scarce).cost_usd_m == pytest.approx(ALL_SHORT - 3 * 20)
    assert change(scarce, "chips") == pytest.approx(-3 * 80)


def test_ten_times_the_power() -> None:
    # 25 MW at the meter carry 20 MW of IT load.
    scarce = instance(sites={"s": {"facility_power_mw": 25}})
    assert change(scarce, "site_power") == pytest.approx(-3 * 80)


def test_more_cash() -> None:
    # 90 USD m pay for 20 MW.
    scarce = instance(money={"opening": {"cash_usd_bn": 0.09}, "floor_usd_bn": 0})
    assert change(scarce, "cash") == pytest.approx(-3 * 80)


def test_no_cap_on_spend() -> None:
    cap = {"measure": "accrued_spend", "from": "2027Q1", "to": "2027Q4", "max_usd_bn": 0.09}
    scarce = instance(limits={"cap": cap})
    assert change(scarce, "spend_caps") == pytest.approx(-3 * 80)
    assert lifted(scarce.without("cap"), "spend_caps") is None


def test_three_times_the_offers() -> None:
    assert change(instance(), "offers") == pytest.approx(-3 * 200)


def test_rows_are_sorted_and_only_what_is_limited_is_lifted() -> None:
    rows = lift(instance(supply={"all": {"chips": ["c"], "mw_per_year": 480}}))  # 120 MW by April
    assert [row.resource for row in rows] == ["offers", "chips", "site_power"]  # no floor, no cap
    assert [row.change_usd_m for row in rows] == pytest.approx([-3 * 20, 0, 0])


def test_plans_give_an_interval_around_the_change() -> None:
    # A signing is 90 to 100 MW: with 20 MW of power there is none. The relaxation signs a part of one.
    whole = {**CLOUD, "mw": {"min": 90, "max": 100, "total": 100}}
    scarce = instance(sites={"s": {"facility_power_mw": 25}}, vendors={"v": {"offers": {"cloud": whole}}})
    (row,) = lift(scarce, ["site_power"], plans=True, gap=0.0)
    assert row.change_usd_m == pytest.approx(-3 * 80)
    assert (row.least_usd_m, row.most_usd_m) == (pytest.approx(-300), pytest.approx(-300))


def test_a_soft_floor_takes_the_least_overdraft_first() -> None:
    # Fixed costs of 0.05 USD bn and 0.01 in the bank: 40 USD m cannot be avoided, and signing would need more.
    money = {"opening": {"cash_usd_bn": 0.01}, "operating_cash_usd_bn_per_year": -0.05, "floor_usd_bn": 0}
    soft = relaxation(instance(money={**money, "soft_floor": {}}))
    assert soft.values["largest_overdraft_usd_m"]["plan"] == pytest.approx(40, rel=1e-4)
    assert soft.values["signed_mw"]["v.cloud", "c", "2027Q2"] == pytest.approx(0, abs=1e-3)
    with pytest.raises(InfeasibleError):
        relaxation(instance(money=money))


def test_an_unknown_resource_is_refused() -> None:
    with pytest.raises(UsageError, match="no resource 'water'"):
        lifted(instance(), "water")


# Dates. Operating cash is -0.04 USD bn a year, 10 USD m a quarter; 70 USD m in the bank; the floor is 20 USD m.
# Serving 100 MW from April on takes 150 USD m a quarter.
POOR = {"opening": {"cash_usd_bn": 0.07}, "operating_cash_usd_bn_per_year": -0.04, "floor_usd_bn": 0.02}


def test_dates_of_floor_and_zero() -> None:
    rows = {(row.served, row.rounds): row for row in floor_dates(instance(money=POOR))}
    row = rows["worth_it", True]
    # end of March 60, June -100, September -260, December -420
    assert (row.below_floor, row.below_zero) == ("2027Q2", "2027Q2")
    assert row.least_cash_usd_bn == pytest.approx(-0.42)
    assert row.least_cash_in == "2027Q4"
    assert row.shortfall_gw_years == pytest.approx(1.0 - 0.1 * 0.75)
    assert rows["worth_it", False] == replace(row, rounds=False)


def test_rounds_move_the_dates() -> None:
    money = {**POOR, "rounds": {"seed": {"kind": "firm", "by_date_usd_bn": {"2027Q2": 0.23}}}}
    rows = {(row.served, row.rounds): row for row in floor_dates(instance(money=money))}
    # with 230 more: 60, 130, -30, -190
    assert rows["worth_it", True].below_floor == "2027Q3"
    assert rows["worth_it", False].below_floor == "2027Q2"
    assert rows["worth_it", False].least_cash_usd_bn == pytest.approx(-0.42)


def test_what_is_not_worth_it_is_served_when_all_that_is_possible_is() -> None:
    dear = instance(
        money=POOR, vendors={"v": {"offers": {"cloud": {**CLOUD, "price_usd_per_kw_month": 900}}}}
    )
    rows = {(row.served, row.rounds): row for row in floor_dates(dear)}
    # 10.8 a year for what is worth 10: nobody signs, and 20 USD m stay above zero
    assert rows["worth_it", True].below_floor is None
    assert rows["worth_it", True].least_cash_usd_bn == pytest.approx(0.03)
    assert rows["possible", True].below_floor == "2027Q2"
    assert rows["possible", True].least_cash_usd_bn == pytest.approx(0.03 - 0.81)


def test_a_date_belongs_to_one_path() -> None:
    branches = {"low": {"probability": 0.5, "set": {}}, "high": {"probability": 0.5, "set": {}}}
    forked = instance(scenarios={"demand": {"known": "2027Q3", "branches": branches}})
    with pytest.raises(UsageError, match="one path"):
        floor_dates(forked)
