"""Clauses of contracts, each on a tutorial instance with one thing changed, summed by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hand import amounts, closing, costs, f, level, same, solved, tutorial, tweaked

ABILENE = "vendors.oracle.offers.abilene"
QUARTER_SHORT = 7.5
MONTH_SHORT = 2.5


def cloud(**terms: Any) -> Any:
    """Tutorial 1 (100 MW signed on the first day, there from month 3, a year, no discounting) with other terms."""
    return tweaked(tutorial("01"), {f"{ABILENE}.{name}": value for name, value in terms.items()})


# Delivery and term


def test_ramp_by_month() -> None:
    # 25 MW from month 3, 50 from 5, 100 from 7.5.
    served = 25 * 2 + 50 * 2.5 + 100 * 4.5
    costs(
        cloud(ramp={"0": 0.25, "2": 0.5, "4.5": 1}),
        cloud_rent=served,
        shortfall=(1200 - served) * MONTH_SHORT,
    )


def test_calendar_ramp_before_delivery_counts_at_delivery() -> None:
    served = 60 * 4 + 100 * 5
    costs(
        cloud(ramp={"2026Q3": 0.6, "2027-08": 1}), cloud_rent=served, shortfall=(1200 - served) * MONTH_SHORT
    )


def test_contract_leaves_after_its_term() -> None:
    costs(cloud(term_months=6), cloud_rent=600, shortfall=2 * 100 * QUARTER_SHORT)


def test_contract_kept_after_its_term_inside_a_period() -> None:
    # Four months at 1.0, five at the continuation price of 0.8.
    kept = cloud(term_months=4, at_end="continues", continuation_usd_per_kw_month=800)
    plan = costs(kept, cloud_rent=100 * (4 * 1.0 + 5 * 0.8), shortfall=100 * QUARTER_SHORT)
    assert amounts(plan, "kept_mw") == {
        "oracle.abilene|gb300|2027Q1|2027Q3": pytest.approx(100),
        "oracle.abilene|gb300|2027Q1|2027Q4": pytest.approx(100),
    }


def test_kept_at_the_price_of_the_day_without_escalator() -> None:
    prices = {"2027Q1": 1000, "2027-09": 1300}
    kept = cloud(term_months=4, at_end="continues", escalator_rate=0.2, price_usd_per_kw_month=prices)
    costs(kept, cloud_rent=100 * (4 * 1.0 + 1 * 1.0 + 4 * 1.3), shortfall=100 * QUARTER_SHORT)


def test_kept_mw_never_rise_again() -> None:
    # 50 MW would do for the third quarter (and 100 of the first month of it are there anyway); the last needs 100.
    kept = cloud(term_months=4, at_end="continues", continuation_usd_per_kw_month=800).tweak(
        "workloads.training.demand_gw", {"2027Q1": 0.1, "2027Q3": 0.05, "2027Q4": 0.1, "interpolate": "step"}
    )
    costs(kept, cloud_rent=400 + 100 * 5 * 0.8, shortfall=100 * QUARTER_SHORT)


def test_kept_mw_fall_with_demand() -> None:
    kept = cloud(term_months=4, at_end="continues", continuation_usd_per_kw_month=800).tweak(
        "workloads.training.demand_gw", {"2027Q1": 0.1, "2027Q4": 0.05, "interpolate": "step"}
    )
    costs(kept, cloud_rent=400 + 100 * 2 * 0.8 + 50 * 3 * 0.8, shortfall=100 * QUARTER_SHORT)


def test_chip_must_exist_when_it_is_delivered() -> None:
    # Signed in the first quarter it would come three months before the chip does.
    later = cloud(sign={"to": "2027Q4"}).tweak("chips.gb300.from", "2027Q3")
    plan = costs(later, cloud_rent=600, shortfall=2 * 100 * QUARTER_SHORT)
    assert list(amounts(plan, "signed_mw")) == ["oracle.abilene|gb300|2027Q2"]


# Sizes


@pytest.mark.parametrize(("demand_gw", "blocks"), [(0.1, 3), (0.11, 4)])
def test_sold_in_blocks(demand_gw: float, blocks: int) -> None:
    # A block of 30 MW costs 270; 10 MW short cost 225 over three quarters, 20 cost 450.
    mw = demand_gw * 1000
    short = max(0.0, mw - 30 * blocks)
    costs(
        tweaked(
            cloud(mw={"min": None, "max": 150, "block": 30}), {"workloads.training.demand_gw": demand_gw}
        ),
        cloud_rent=30 * blocks * 9,
        shortfall=(mw + 3 * short) * QUARTER_SHORT,
    )


def test_least_mw_of_a_signing() -> None:
    costs(cloud(mw={"min": 120, "max": 200}), cloud_rent=120 * 9, shortfall=100 * QUARTER_SHORT)


def test_a_signing_too_large_for_its_use_is_not_made() -> None:
    # 340 MW cost 3,060, more than the 2,250 that three quarters short cost.
    costs(cloud(mw={"min": 340, "max": 400}), shortfall=4 * 100 * QUARTER_SHORT)


def test_several_signings_in_one_period() -> None:
    two = cloud(mw={"min": 10, "max": 50}, sign={"at_most": 2, "per_period": 2})
    plan = costs(two, cloud_rent=900, shortfall=100 * QUARTER_SHORT)
    assert amounts(plan, "signed") == {"oracle.abilene|2027Q1": 2}


def test_total_of_an_offer() -> None:
    some = cloud(mw={"min": 10, "max": 100, "total": 80})
    costs(some, cloud_rent=720, shortfall=(100 + 3 * 20) * QUARTER_SHORT)


def test_availability() -> None:
    # 111.1 MW serve 100 at 90 %.
    some = cloud(availability_share=0.9, mw={"min": 10, "max": 200})
    costs(some, cloud_rent=100 / 0.9 * 9, shortfall=100 * QUARTER_SHORT)


@pytest.mark.parametrize(("price", "rent"), [(1900, 50 * 9 * 1.9), (2100, 100 * 9 * 1.0)])
def test_price_by_chip(price: float, rent: float) -> None:
    rubin = {
        "maker": "nvidia", "from": "2026Q1", "kw_per_system": 140, "work": {"training": 2}, "life_years": 5,
        "resale_by_age_years": {"0": 0},
    }  # fmt: skip
    both = cloud(
        chips=["gb300", "rubin"], price_by_chip_usd_per_kw_month={"gb300": 1000, "rubin": price}
    ).tweak("chips.rubin", rubin)
    costs(both, cloud_rent=rent, shortfall=100 * QUARTER_SHORT)


# Payments


def test_escalator_counts_from_first_delivery() -> None:
    # Delivered in month 1.5: steps in months 13.5 and 25.5; all 36 months of rent, 22.5 of them inside.
    late = tweaked(tutorial("06"), {f"{ABILENE}.delivery_months": 1.5, "discount.rate": 0})
    rent = 100 * 12 * (1 + 1.05 + 1.05**2)
    costs(late, cloud_rent=rent * 22.5 / 36, shortfall=50 * QUARTER_SHORT)


@pytest.mark.parametrize("share", [0, 0.2, 0.9])
def test_a_prepayment_without_discounting_costs_nothing(share: float) -> None:
    rent = 100 * 12 * (1 + 1.05 + 1.05**2)
    plain = tweaked(tutorial("06"), {"discount.rate": 0, f"{ABILENE}.prepayment_share": share})
    plan = costs(plain, cloud_rent=rent * 24 / 36)
    assert same(closing(plan)[-1], 10_000 - share * rent - (1 - share) * 100 * 12 * 2.05)


def test_delay_without_a_cap_is_a_credit_of_the_supplier() -> None:
    plan = costs(
        tutorial("07").tweak("vendors.oracle.payables_cap_usd_bn", None), cloud_rent=100 * level(0.10, 3, 15)
    )
    memo = plan.frames["memo"].set_index("name")["usd_m"]
    assert same(memo["supplier_credit"], 100 * (level(0.10, 0, 12) - level(0.10, 3, 15)))


def test_opening_payables_count_toward_the_cap() -> None:
    more = tutorial("07").tweak(
        "money.opening.payables",
        [{"vendor": "oracle", "line": "cloud_rent", "due": "2027-05", "usd_bn": 0.1}],
    )
    # Owed on the last day of the first quarter: three months less a day, and the old invoice.
    first, later = 100 * (3 - 1 / 30) + 100 - 200, 100
    early = first * f(0.10, 1.5) + (later - first) * f(0.10, 4.5) - later * f(0.10, 12)
    plan = costs(more, cloud_rent=100 * level(0.10, 3, 15) + early)
    assert same(closing(plan)[1], 10_000 - 300 - 100 - later)


def test_use_beyond_the_paid_share_is_paid_after_the_delay() -> None:
    late = tweaked(tutorial("08"), {"discount.rate": 0.1, f"{ABILENE}.payment_delay_months": 2})
    costs(
        late,
        cloud_rent=60 * level(0.10, 2, 14) + 40 * 1.0 * level(0.10, 2, 5) + 40 * 1.2 * level(0.10, 5, 8),
    )


def test_use_beyond_the_paid_share_at_the_mean_price_of_the_period() -> None:
    prices = {"2027Q1": 1000, "2027-05-16": 1600}
    mean = (1.5 * 1.0 + 1.5 * 1.6) / 3
    uneven = tutorial("08").tweak(f"{ABILENE}.price_usd_per_kw_month", prices)
    costs(uneven, cloud_rent=60 * 12 + 40 * 3 * 1.0 + 40 * 3 * mean)


def test_most_on_demand_is_the_mean_of_its_path() -> None:
    path = {"2027Q1": 50, "2027-08-16": 20, "interpolate": "step"}
    less = tutorial("09").tweak("vendors.oracle.offers.burst.max_mw", path)
    # 35 MW on average in the third quarter, 30 wanted; 20 in the last, 80 wanted.
    costs(less, cloud_rent=1200 + 30 * 4.5 + 20 * 4.5, shortfall=60 * QUARTER_SHORT)


# Given contracts


def test_given_price_by_date_and_prepaid_share() -> None:
    given = f"{ABILENE}.signed.first"
    plan = costs(
        tweaked(
            tutorial("10"),
            {
                f"{given}.price_usd_per_kw_month": {"2026Q1": 1000, "2027Q2": 1100},
                f"{given}.prepaid_share": 0.25,
            },
        ),
        cloud_rent=306,
    )
    paid = [0.75 * 300, 0.75 * 330, 0.75 * 220 + 90, 216]
    assert closing(plan) == pytest.approx([10_000 - sum(paid[: n + 1]) for n in range(4)])


def test_given_escalator_counts_from_first_delivery() -> None:
    # Delivered on 1 July 2026: a step on 1 July 2027.
    plan = costs(tutorial("10").tweak(f"{ABILENE}.escalator_rate", 0.1), cloud_rent=306)
    assert closing(plan)[2] == pytest.approx(10_000 - 600 - 220 - 90)


def test_given_contract_under_construction() -> None:
    coming = tweaked(
        tutorial("10"),
        {
            f"{ABILENE}.signed": None,
            "workloads.training.demand_gw": 0.1,
            f"{ABILENE}.price_usd_per_kw_month": 1000,
        },
    ).tweak(
        f"{ABILENE}.signed",
        {
            "new": {
                "date": "2027-02-11",
                "mw": 100,
                "chip": "gb300",
                "delivered": {"2027-05-16": 0.5, "2027Q4": 1},
            }
        },
    )
    # Half from the middle of the second quarter, all from the last: means 0, 25, 50, 100.
    plan = costs(coming, shortfall=(100 + 75 + 50) * QUARTER_SHORT)
    assert closing(plan) == pytest.approx([10_000, 9_925, 9_775, 9_475])


def test_given_contract_that_ended_before_the_first_day_is_not_kept() -> None:
    ended = tutorial("10").tweak(f"{ABILENE}.signed.first.term_months", 5)
    costs(ended, shortfall=(300 + 80) * QUARTER_SHORT)


def test_cost_beyond_the_calendar_is_not_counted_twice() -> None:
    # Whatever the term, a level rent costs its months inside the calendar.
    plans = [solved(cloud(term_months=months)) for months in (9, 12, 60, 240)]
    assert [plan.objective_usd_m for plan in plans] == pytest.approx([1650] * 4)
