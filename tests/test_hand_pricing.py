"""Volume tiers, deposits and collateral, summed by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hand import amounts, closing, costs, f, level, same, solved, tutorial, tweaked

ABILENE = "vendors.oracle.offers.abilene"
QUARTER_SHORT = 7.5


def offer(number: str, *cases: str, **terms: Any) -> Any:
    """A tutorial instance with other terms of its offer."""
    return tweaked(tutorial(number, *cases), {f"{ABILENE}.{name}": value for name, value in terms.items()})


# Volume tiers


def test_52_tier_of_a_signing() -> None:
    # 100 MW for half a year at 1.0 = 600; then 270 at 0.9 = 1,458, and 300 at 0.8 are 1,440.
    plan = costs(tutorial("52"), cloud_rent=100 * 6 * 1.0 + 300 * 6 * 0.8)
    assert amounts(plan, "tier") == {"oracle.abilene|2|2027Q3": pytest.approx(1)}
    contracts = plan.frames["contracts"]
    assert list(contracts["price_usd_per_kw_month"]) == pytest.approx([1000, 800])
    assert list(contracts["nominal_usd_m"]) == pytest.approx([600, 1440])


def test_52_tier_of_the_total() -> None:
    # 100, then 270 more bring the total over 300.
    plan = costs(tutorial("52", "total"), cloud_rent=100 * 6 * 1.0 + 270 * 6 * 0.8)
    assert amounts(plan, "tier_mw") == {"oracle.abilene|gb300|2|2027Q3": pytest.approx(270)}


def test_no_more_is_signed_than_a_discount_is_worth() -> None:
    # 250 at 0.9 = 1,350 are less than 300 at 0.8.
    less = tutorial("52").tweak(
        "workloads.training.demand_gw", {"2027Q1": 0.1, "2027Q3": 0.25, "interpolate": "step"}
    )
    costs(less, cloud_rent=600 + 250 * 6 * 0.9)


def test_tiers_with_prepayment_escalator_and_delay() -> None:
    # 300 MW for eighteen months from the first day on, paid a month late; a quarter of all rent is prepaid.
    long = offer(
        "52",
        term_months=18,
        escalator_rate=0.1,
        prepayment_share=0.25,
        payment_delay_months=1,
        sign={"to": "2027Q1"},
    )
    long = tweaked(long, {"workloads.training.demand_gw": 0.3, "discount.rate": "10%"})
    nominal = 300 * 0.8 * (12 + 6 * 1.1)
    paid = 0.25 * nominal + 0.75 * 240 * (level(0.1, 1, 13) + 1.1 * level(0.1, 13, 19))
    plan = costs(long, cloud_rent=paid * level(0.1, 0, 12) / level(0.1, 0, 18))
    assert same(closing(plan)[0], 10_000 - 0.25 * nominal - 0.75 * 240 * 2)
    assert plan.frames["commitments"]["total_usd_m"].iloc[0] == pytest.approx(
        0.75 * (nominal - 240 * (2 - 1 / 30))
    )


def test_tiers_by_chip() -> None:
    # 150 MW of each of two chips are one signing of 300.
    two = tweaked(
        offer("52", chips=["gb300", "other"], price_usd_per_kw_month=None,
              price_by_chip_usd_per_kw_month={"gb300": 1000, "other": 1100}),
        {
            "chips.other": {"maker": "amd", "from": "2026Q1", "kw_per_system": 100, "work": {"inference": 1},
                            "life_years": 5, "resale_by_age_years": {"0": 0}},
            "workloads.training.demand_gw": 0.15,
            "workloads.inference": {"demand_gw": 0.15, "unserved_usd_bn_per_gw_year": 30},
        },
    )  # fmt: skip
    costs(two, cloud_rent=150 * 12 * 0.8 * (1.0 + 1.1))


# Deposits


def test_53_deposit_comes_back() -> None:
    rent = 100 * (level(0.1, 0, 12) + 1.04 * level(0.1, 12, 18))
    short = 100 * QUARTER_SHORT * (f(0.1, 19.5) + f(0.1, 22.5))
    plan = costs(tutorial("53"), cloud_rent=rent + 200 - 200 * f(0.1, 18), shortfall=short)
    assert same(closing(plan)[0], 10_000 - 300 - 200)
    assert same(closing(plan)[6] - closing(plan)[5], 200)
    spent = plan.frames["payments"]["accrued_usd_m"].sum()
    assert same(float(spent), 100 * (12 + 6 * 1.04))
    # What is owed is rent alone.
    assert plan.frames["commitments"]["total_usd_m"].iloc[3] == pytest.approx(100 * (6 * 1.04 + 1 / 30))


def test_53_deposit_after_the_end_of_the_calendar() -> None:
    # All that is ever paid, times the part of the service before the end.
    rents = [100 * 1.04**year for year in range(3)]
    deposit = 0.1 * 12 * sum(rents)
    paid = sum(usd_m * level(0.1, 12 * year, 12 * year + 12) for year, usd_m in enumerate(rents))
    paid += deposit * (1 - f(0.1, 36))
    plan = costs(tutorial("53", "share"), cloud_rent=paid * level(0.1, 0, 24) / level(0.1, 0, 36))
    assert same(closing(plan)[-1], 10_000 - deposit - 12 * (rents[0] + rents[1]))


def test_deposit_of_a_discounted_signing() -> None:
    # Two months of 0.5, not of 1.0.
    cheap = offer("53", tiers=[{"from_mw": 100, "price_factor": 0.5}])
    plan = solved(cheap)
    assert same(closing(plan)[0], 10_000 - 150 - 100)


def test_nobody_lends_on_a_deposit() -> None:
    # Half of the rent of a period may be borrowed, and nothing against what comes back.
    loan = {
        "kind": "revolver", "limit_usd_bn": 10, "rate": 0.1, "eligible_lines": ["cloud_rent"], "eligible_share": 0.5,
    }  # fmt: skip
    poor = tweaked(
        tutorial("53"),
        {"money.debt": {"bank": loan}, "money.opening.cash_usd_bn": 0.3, "money.floor_usd_bn": 0,
         "money.operating_cash_usd_bn_per_year": 2},
    )  # fmt: skip
    plan = solved(poor.tweak("money.opening.cash_usd_bn", 0))
    # 500 of income, 300 of rent, 200 of deposit: nothing is drawn.
    assert same(closing(plan)[0], 0)
    drawn = amounts(solved(poor.tweak("money.opening.cash_usd_bn", -0.14)), "draw_usd_m")
    assert drawn["bank|2027Q1"] == pytest.approx(140)
    rich = solved(poor.tweak("money.opening.cash_usd_bn", -0.16))
    assert amounts(rich, "signed_mw") == {}


# Collateral


def test_54_letter_of_credit() -> None:
    fee = 0.015 / 12 * 100 * (6 * level(0.1, 0, 12) + 12 * level(0.1, 12, 24))
    plan = costs(tutorial("54"), cloud_rent=100 * level(0.1, 0, 24), financing=fee)
    assert same(closing(plan)[0], 10_000 - 300 - 0.015 / 12 * 600 * 3)


def test_54_cash_collateral_falls_with_what_is_open() -> None:
    # A tenth of 2,400 first; it falls by 10 a month, doubles (120 more) with the rating, then falls by 20.
    paid = 240 - 10 * level(0.1, 0, 12) + 120 * f(0.1, 12) - 20 * level(0.1, 12, 24)
    plan = costs(tutorial("54", "open"), cloud_rent=100 * level(0.1, 0, 24), financing=paid)
    assert same(closing(plan)[0], 10_000 - 300 - 240 + 30)
    assert same(closing(plan)[-1], 10_000 - 2400)


def test_collateral_beyond_the_calendar() -> None:
    # A term of 48 months of which 24 pass: the part of the service before the end.
    long = offer("54", term_months=48).tweak("money.credit_rating_changes", None)
    fee = 0.015 / 12 * 600 * level(0.1, 0, 48)
    share = level(0.1, 0, 24) / level(0.1, 0, 48)
    costs(long, cloud_rent=100 * level(0.1, 0, 24), financing=fee * share)


def test_a_rating_may_fall_in_one_branch() -> None:
    branches = {
        "kept": {"probability": 0.5, "set": {"money.credit_rating_changes": {"2028Q1": "BBB"}}},
        "lost": {"probability": 0.5},
    }
    tree = tutorial("54").tweak("scenarios", {"rating": {"known": "2028Q1", "branches": branches}})
    fee = 0.015 / 12 * 100 * (6 * level(0.1, 0, 12) + 0.5 * (6 + 12) * level(0.1, 12, 24))
    costs(tree, cloud_rent=100 * level(0.1, 0, 24), financing=fee)
