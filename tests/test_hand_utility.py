"""Power from utilities, summed by hand: upgrade and capacity charge, curtailable load, supply contracts.

A MW of IT load with chips draws 0.8 x 1.25 = 1 MW of the grid in the mean (0.75 at Saline), 2,190 MWh a quarter. A MW
short for a quarter costs USD 7.5 m.
"""

from __future__ import annotations

import pytest
from hand import amounts, costs, same, tutorial

SHORT = 30 * 0.25
"""USD m of a MW that is short for a quarter."""
QUARTER = 2190 * 50 / 1e6
"""USD m of energy of a MW for a quarter, at USD 50."""
DAYS = 365 / 4


def test_91_a_grid_upgrade_and_a_capacity_charge() -> None:
    # 80 MW, then 100 when the line is wider; all of it is charged by the day, April and May at 270, June at 330.
    charged = DAYS * (100 * 270 + 100 * (2 * 270 + 330) / 3 + 2 * 125 * 330) / 1e6
    plan = costs(
        tutorial("91"),
        construction=20 * 5,
        power_projects=25 * 0.4,
        energy=(2 * 80 + 2 * 100) * QUARTER + charged,
        shortfall=20 * 2 * SHORT,
    )
    power = plan.frames["power"]
    assert list(power["grid_mwh"]) == pytest.approx([80 * 2190] * 2 + [100 * 2190] * 2)
    assert list(power["headroom_mw"]) == pytest.approx([0, 0, 0, 0])


def test_92_load_that_may_be_switched_off() -> None:
    # 160 MW a year early, less 2 % of the hours and a tenth of the bill; the year after, all of both.
    plan = costs(
        tutorial("92"),
        construction=160,
        energy=160 * 0.98 * QUARTER * 0.9 * 4 + 160 * QUARTER,
        shortfall=160 * 0.02 * SHORT * 4,
    )
    assert amounts(plan, "took_curtailable") == {"milam|2027Q1": 1}
    assert list(plan.frames["power"]["curtailable_mw"]) == [100, 100, 100, 100, 0]


def test_92_not_taken_where_it_costs_too_much() -> None:
    plan = costs(
        tutorial("92", "not_worth_it"),
        construction=160,
        energy=80 * QUARTER * 4 + 160 * QUARTER,
        shortfall=80 * SHORT * 4,
    )
    assert not amounts(plan, "took_curtailable") and not amounts(plan, "curtailed_mw")


def test_92_a_cloud_at_the_site_is_switched_off_too() -> None:
    served = 0.98 * (80 + 0.95 * 40)
    costs(
        tutorial("92", "with_cloud"),
        construction=80,
        cloud_rent=40 * 12 * 0.1,
        energy=80 * 0.98 * QUARTER * 0.9 * 4 + 80 * QUARTER,
        shortfall=(160 - served) * SHORT * 4 + 80 * SHORT,
    )


BILL = 0.8 * 8760 * 50 / 1e6
"""Minimum bill of a MW for a year: more than the 0.6 that it draws."""
CHARGE = 10 * 12 / 1000


def test_93_half_is_dropped_for_a_fee() -> None:
    # 100 MW for a year; then 50 are dropped for half a year of minimum billing, a bill of one year being due else.
    credit = 0.5 * 0.5 * BILL * 0.02
    plan = costs(tutorial("93"), energy=(100 + 50) * (BILL + CHARGE + credit) + 50 * 0.5 * BILL)
    assert amounts(plan, "contracted_blocks") == {"saline|2027Q1": 2}
    assert amounts(plan, "dropped_mw") == {"saline|2027Q1|2028Q1": 50}
    # Nineteen years of minimum bills less the 30th of a month, and of what is left after the drop.
    open_ = plan.frames["commitments"].set_index("node")["contracts_usd_m"]
    assert same(open_["2027Q1"], 100 * BILL * (19 - 0.25 + 1 / 360))
    assert same(open_["2028Q4"], 50 * BILL * (17 + 1 / 360))


def test_93_too_dear_to_drop() -> None:
    credit = 0.5 * 10 * BILL * 0.02
    plan = costs(tutorial("93", "dear_exit"), energy=2 * 100 * (BILL + CHARGE + credit))
    assert not amounts(plan, "dropped_mw")


def test_93_a_ramp() -> None:
    # Only half is in force in the first quarter: 200 MW are contracted, and 150 dropped after a year.
    credit = 0.5 * 0.5 * BILL * 0.02
    plan = costs(
        tutorial("93", "ramp"),
        energy=(100 + 3 * 200 + 4 * 50) / 4 * (BILL + CHARGE) + (200 + 50) * credit + 150 * 0.5 * BILL,
    )
    assert amounts(plan, "dropped_mw") == {"saline|2027Q1|2028Q1": 150}
