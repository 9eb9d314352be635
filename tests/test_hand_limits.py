"""Limits by measure, filter and time, each on a small contract or two, summed by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hand import amounts, costs, solved, tutorial, tweaked

import planner

QUARTER_SHORT = 7.5
MW_SERVED = 9.0
"""USD m that a MW of tutorial 1 costs, from April to December."""


def one(limit: dict[str, Any], **changes: Any) -> Any:
    """Tutorial 1 (10 to 150 MW at 1.0 from April) with a limit."""
    wide = tweaked(tutorial("01"), {"vendors.oracle.offers.abilene.mw": {"min": 10, "max": 150}, **changes})
    return wide.tweak("limits.it", limit)


def served(mw: float) -> dict[str, float]:
    """Cost of tutorial 1 with fewer MW."""
    return {"cloud_rent": mw * MW_SERVED, "shortfall": (100 + 3 * (100 - mw)) * QUARTER_SHORT}


def two(limit: dict[str, Any]) -> Any:
    """Tutorial 18: a cheap and a dear vendor, all year."""
    return tutorial("18").tweak("limits.it", limit)


@pytest.mark.parametrize("measure", ["secured_mw", "powered_mw", "installed_mw", "operating_mw"])
def test_most_mw_on_every_rung(measure: str) -> None:
    costs(one({"measure": measure, "max_mw": 60}), **served(60))


def test_facility_mw() -> None:
    # 1.3 facility MW per MW of IT load.
    costs(one({"measure": "powered_mw", "basis": "facility", "max_mw": 78}), **served(60))


def test_a_limit_at_a_date_leaves_other_dates_alone() -> None:
    costs(one({"measure": "powered_mw", "at": "2027Q1", "max_mw": 60}), **served(100))
    costs(one({"measure": "secured_mw", "at": "2027Q1", "max_mw": 60}), **served(60))


def test_a_limit_from_a_date() -> None:
    # A year of term from April: on the last day of December it is there.
    costs(one({"measure": "powered_mw", "from": "2027Q4", "max_mw": 60}), **served(60))
    costs(one({"measure": "powered_mw", "to": "2027Q1", "max_mw": 60}), **served(100))


def test_under_construction() -> None:
    # Signed in January and there in April: 60 at most meanwhile.
    costs(one({"measure": "under_construction_mw", "max_mw": 60}), **served(60))


def test_accrued_and_paid_spend() -> None:
    late = {"vendors.oracle.offers.abilene.payment_delay_months": 3}
    # Nine months of service, six months of payments inside the year.
    costs(one({"measure": "accrued_spend", "max_usd_bn": 0.45}, **late), **served(50))
    costs(one({"measure": "paid_spend", "max_usd_bn": 0.45}, **late), **served(75))


def test_spend_in_a_window() -> None:
    # The third quarter alone: 3 a MW.
    window = {"measure": "accrued_spend", "from": "2027Q3", "to": "2027Q3", "max_usd_bn": 0.24}
    costs(one(window), **served(80))


def test_past_spend_counts_only_where_the_window_reaches_back() -> None:
    past = [{"from": "2026Q1", "line": "cloud_rent", "usd_bn": 0.45}]
    reaching = {"measure": "accrued_spend", "from": "2026Q1", "max_usd_bn": 0.9}
    inside = {"measure": "accrued_spend", "from": "2027Q1", "max_usd_bn": 0.9}
    costs(one(reaching, **{"money.opening.past_spend": past}), **served(50))
    costs(one(inside, **{"money.opening.past_spend": past}), **served(100))


def test_open_commitments_reach_beyond_the_calendar() -> None:
    # On 30 December 60 months less nine, and a day, are still to pay.
    left = 60 - 9 + 1 / 30
    costs(one({"measure": "open_commitments", "at": "2027Q4", "max_usd_bn": 4}), **served(4000 / left))


def test_shortfall_at_most() -> None:
    # Dear capacity that would not be worth it (12 against 5 a MW-year) must keep the shortfall at 40.
    cheap_service = {"workloads.training.unserved_usd_bn_per_gw_year": 5}
    free = tweaked(tutorial("15"), {"money.floor_usd_bn": None, **cheap_service})
    costs(free, shortfall=100 * 5)
    costs(
        free.tweak("limits.it", {"measure": "shortfall_mw", "workload": "training", "max_mw": 40}),
        cloud_rent=60 * 12,
        shortfall=40 * 5,
    )


def test_number_of_signings() -> None:
    # Two vendors of at most 60 MW, one of them may be signed: the cheap one.
    small = tweaked(tutorial("18"), {"vendors.*.offers.*.mw.max": 60})
    costs(small, cloud_rent=60 * 12 + 40 * 14.4)
    costs(
        small.tweak("limits.it", {"measure": "signings", "max_count": 1}),
        cloud_rent=720,
        shortfall=40 * 30,
    )


def test_least_from_a_vendor() -> None:
    at_least = two({"measure": "powered_mw", "vendor": "google", "at": "2027Q4", "min_mw": 30})
    costs(at_least, cloud_rent=70 * 12 + 30 * 14.4)


def test_share_of_a_group() -> None:
    # Joined, the two are one and may not have 60 %; nobody else is there, so nothing can be signed.
    grouped = tweaked(tutorial("18"), {"vendors.*.group": "both"})
    limit = {"measure": "powered_mw", "group_by": "group", "max_share": 0.6}
    costs(grouped.tweak("limits.it", limit), shortfall=100 * 30)


def test_share_by_maker_and_chip() -> None:
    # A second maker's chip at the dear vendor must be half.
    other = {
        "maker": "amd", "from": "2026Q1", "kw_per_system": 140, "work": {"training": 1}, "life_years": 5,
        "resale_by_age_years": {"0": 0},
    }  # fmt: skip
    mixed = tweaked(tutorial("18"), {"chips.mi": other, "vendors.google.offers.dear.chips": ["mi"]})
    half = {"measure": "installed_mw", "max_share": 0.5}
    by_hand = 50 * 12 + 50 * 14.4
    costs(mixed.tweak("limits.it", {**half, "group_by": "maker"}), cloud_rent=by_hand)
    costs(mixed.tweak("limits.it", {**half, "chip": "gb300"}), cloud_rent=by_hand)


def test_given_contracts_count_unless_left_out() -> None:
    given = {"one": {"date": "2026-01", "mw": 40, "delivered": {"2026Q3": 1}}}
    running = tweaked(tutorial("01"), {"vendors.oracle.offers.abilene.signed": given})
    running = running.tweak("vendors.oracle.offers.abilene.mw", {"min": 10, "max": 150})
    limit = {"measure": "powered_mw", "max_mw": 70}
    # 60 more are wanted: 30 where the running 40 count, 60 where they do not.
    costs(running.tweak("limits.it", limit), cloud_rent=30 * 9, shortfall=(60 + 3 * 30) * QUARTER_SHORT)
    costs(
        running.tweak("limits.it", {**limit, "include_given": False}),
        cloud_rent=60 * 9,
        shortfall=60 * QUARTER_SHORT,
    )


def test_broken_at_a_price_a_year() -> None:
    # 100 MW for three quarters against 60 at 4 a MW-year: 40 x 4 x 0.75; a MW short would cost 22.5 less 9.
    soft = {"measure": "powered_mw", "max_mw": 60, "soft_usd_m_per_mw_year": 4}
    costs(one(soft), soft_limits=40 * 4 * 0.75, **served(100))
    dear = {**soft, "soft_usd_m_per_mw_year": 20}
    costs(one(dear), **served(60))


def test_budget_broken_at_a_price() -> None:
    # 450 over at 0.5 a USD: 4.5 a MW more, less than 13.5 saved.
    soft = {"measure": "accrued_spend", "from": "2027Q1", "max_usd_bn": 0.45, "soft_usd_per_usd_year": 0.5}
    costs(one(soft), soft_limits=450 * 0.5, **served(100))


def test_debt_at_most() -> None:
    # Tutorial 16 needs 609.
    limit = {"measure": "debt", "max_usd_bn": 0.7}
    assert solved(tutorial("16").tweak("limits.it", limit)).record.status == "optimal"
    with pytest.raises(planner.InfeasibleError):
        planner.solve(tutorial("16").tweak("limits.it", {**limit, "max_usd_bn": 0.6}))


def test_a_limit_that_is_dropped() -> None:
    plan = costs(one({"measure": "powered_mw", "max_mw": 60}).without("it"), **served(100))
    assert amounts(plan, "signed_mw") == {"oracle.abilene|gb300|2027Q1": pytest.approx(100)}
