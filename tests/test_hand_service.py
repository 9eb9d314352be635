"""Demand, work and margin, on capacity that is paid as it is used, summed by hand.

Tutorial 15 without its floor: up to 100 MW on demand at USD 3 m a MW and quarter.
"""

from __future__ import annotations

from typing import Any

import pytest
from hand import closing, costs, tutorial, tweaked

BURST = "vendors.oracle.offers.burst"
TRAINING = "workloads.training"
MW_QUARTER = 3.0


def on_demand(**changes: Any) -> Any:
    """As much as is wanted, without a floor."""
    wide = tweaked(tutorial("15"), {"money.floor_usd_bn": None, "money.opening.cash_usd_bn": 100})
    return tweaked(wide, {f"{BURST}.max_mw": 1000, **changes})


def test_reference_work_by_date() -> None:
    # The fleet that the GW mean does 1 to 2 of work in the course of the year, 1.5 on average; our chip does 1.
    work = {"2027Q1": 1, "2028Q1": 2, "2029Q1": 2, "interpolate": "linear"}
    costs(on_demand(**{f"{TRAINING}.reference_work_per_mw": work}), cloud_rent=100 * 4 * MW_QUARTER * 1.5)


def test_demand_in_work_is_the_integral_of_the_product() -> None:
    # 100 (1 + t) MW of (1 + t) work: 100 x 7/3 over the year, more than the product of the means, 225.
    path = {"2027Q1": 1, "2028Q1": 2, "2029Q1": 2, "interpolate": "linear"}
    demand = {key: value / 10 if value != "linear" else value for key, value in path.items()}
    costs(
        on_demand(**{f"{TRAINING}.reference_work_per_mw": path, f"{TRAINING}.demand_gw": demand}),
        cloud_rent=100 * 7 / 3 * 12,
    )


def test_shortfall_is_in_gw_of_the_reference_fleet() -> None:
    # Nothing serves: 100 MW are short whatever work a MW does.
    work = {"2027Q1": 1, "2028Q1": 2, "2029Q1": 2, "interpolate": "linear"}
    nothing = on_demand(**{f"{TRAINING}.reference_work_per_mw": work, f"{BURST}.max_mw": 0})
    costs(nothing, shortfall=100 * 30)


def test_partial_service_of_a_growing_fleet() -> None:
    # A reference MW does 2; 100 MW of our chip (work 1) serve 50 of 100.
    some = on_demand(**{f"{TRAINING}.reference_work_per_mw": 2, f"{BURST}.max_mw": 100})
    costs(some, cloud_rent=1200, shortfall=50 * 30)


def test_work_of_a_chip_by_date() -> None:
    # New software doubles it on 1 July.
    better = on_demand(**{"chips.gb300.work.training": {"2026Q1": 1, "2027Q3": 2}})
    costs(better, cloud_rent=100 * 2 * MW_QUARTER * (1 + 0.5))


def test_work_and_demand_are_means_of_the_period() -> None:
    # From the middle of the first quarter a MW does 2: 1.5 on average.
    better = on_demand(**{"chips.gb300.work.training": {"2026Q1": 1, "2027-02-16": 2}})
    costs(better, cloud_rent=100 * MW_QUARTER * (1 / 1.5 + 3 * 0.5))


def test_pulse_by_date() -> None:
    # A quarter more in February and in all of the third quarter.
    pulse = {"add_share": 0.25, "periods": ["2027-02", "2027Q3"]}
    costs(
        on_demand(**{f"{TRAINING}.pulse": pulse}),
        cloud_rent=100 * MW_QUARTER * (4 + 0.25 / 3 + 0.25),
    )


def test_margin_is_lost_with_the_service() -> None:
    # The most dear: 20 of margin and 30 beyond it.
    some = on_demand(**{f"{TRAINING}.margin_usd_bn_per_gw_year": 20, f"{BURST}.max_mw": 60})
    plan = costs(some, cloud_rent=60 * 12, shortfall=40 * 50)
    assert closing(plan)[-1] == pytest.approx(100_000 - 720 + 60 * 20)


def test_total_operating_cash_holds_the_margin_of_the_demand_path() -> None:
    # 2 bn a year, of which 1 is the margin of 100 MW: what is short is missing from it; the pulse adds nothing.
    total = {
        f"{TRAINING}.margin_usd_bn_per_gw_year": 10,
        f"{TRAINING}.pulse": {"add_share": 0.5, "periods": ["2027Q2"]},
        "money.operating_cash_is": "total",
        "money.operating_cash_usd_bn_per_year": 2,
    }
    served = costs(on_demand(**total), cloud_rent=100 * MW_QUARTER * 4.5)
    assert closing(served)[-1] == pytest.approx(100_000 + 2000 - 1350)
    half = costs(on_demand(**{**total, f"{BURST}.max_mw": 50}), cloud_rent=600, shortfall=(50 * 4 + 50) * 10)
    # Margin is lost on 50 MW all year and on 50 more in the pulse.
    assert closing(half)[-1] == pytest.approx(100_000 + 2000 - 600 - (50 * 4 + 50) * 10 / 4)


def test_gw_read_as_facility() -> None:
    # 100 MW at the meter are 80 of IT load, and what a GW is worth belongs to 0.8 of them.
    facility = {"gw_basis": "facility", "gw_basis_facility_per_it": 1.25}
    costs(on_demand(**facility), cloud_rent=80 * 4 * MW_QUARTER)
    costs(on_demand(**facility, **{f"{BURST}.max_mw": 0}), shortfall=100 * 30)


def test_given_mw_read_as_facility_cost_the_same_dollars() -> None:
    # A running contract of 100 MW at the meter, 80 of IT load: its bill stays, and it serves the whole demand.
    given = tweaked(tutorial("10"), {"gw_basis": "facility", "gw_basis_facility_per_it": 1.25})
    plan = costs(given, cloud_rent=80 * 0.9 + 64 * 3 * 0.9)
    assert closing(plan)[1] == pytest.approx(10_000 - 600)


def test_the_dearer_need_is_served_first() -> None:
    # 60 MW for two workloads of 50.
    two = on_demand(**{f"{TRAINING}.demand_gw": 0.05, f"{BURST}.max_mw": 60})
    two = two.tweak("workloads.inference", {"demand_gw": 0.05, "unserved_usd_bn_per_gw_year": 40})
    costs(two.tweak("chips.gb300.work.inference", 1), cloud_rent=60 * 12, shortfall=40 * 30)


def test_a_chip_that_does_less_for_one_workload() -> None:
    # A MW serves 0.5 of inference: worth 20 a MW-year against 30 for training.
    two = on_demand(**{f"{TRAINING}.demand_gw": 0.05, f"{BURST}.max_mw": 60})
    two = two.tweak("workloads.inference", {"demand_gw": 0.05, "unserved_usd_bn_per_gw_year": 40})
    costs(two.tweak("chips.gb300.work.inference", 0.5), cloud_rent=60 * 12, shortfall=(50 - 5) * 40)


def test_a_chip_without_work_does_not_serve() -> None:
    # Another chip does inference, and nobody offers it.
    other = on_demand().tweak("workloads.inference", {"demand_gw": 0.05, "unserved_usd_bn_per_gw_year": 40})
    rubin = {"work": {"inference": 1}, "resale_by_age_years": {"0": 0}}
    chip = {"maker": "nvidia", "from": "2026Q1", "kw_per_system": 140, "life_years": 5, **rubin}
    costs(other.tweak("chips.rubin", chip), cloud_rent=1200, shortfall=50 * 40)


def test_service_dearer_than_its_worth_is_not_bought() -> None:
    # On demand costs 12 a MW-year.
    costs(on_demand(**{f"{TRAINING}.unserved_usd_bn_per_gw_year": 11.9}), shortfall=100 * 11.9)
    costs(on_demand(**{f"{TRAINING}.unserved_usd_bn_per_gw_year": 12.1}), cloud_rent=1200)
