"""Construction, chips, power and energy, each on a tutorial instance with one thing changed, summed by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hand import amounts, closing, costs, f, level, same, solved, tutorial, tweaked

HALL = "sites.milam.build.hall"
SHELL = "vendors.landlord.offers.shell"
BUY = "chips.gb300.terms.buy"
QUARTER_SHORT = 7.5


def flat(number: str, **changes: Any) -> Any:
    """A tutorial instance without discounting."""
    return tweaked(tutorial(number), {"discount": {"rate": 0, "by_line": None}, **changes})


def hall(**terms: Any) -> Any:
    """Tutorial 2 (one block of 100 MW, USD 1,200 m, six months) without discounting and with other terms."""
    return tweaked(flat("02"), {f"{HALL}.{name}": value for name, value in terms.items()})


def kept(delivered: float, end: float = 24, life: float = 20) -> float:
    """Share of the price that a block keeps without discounting, 95 % of what is left."""
    return 0.95 * (1 - (end - delivered) / 12 / life)


# Construction


def test_block_at_the_end_of_its_life() -> None:
    # A year of service from month 6, two quarters short before and two after; nothing is left.
    costs(
        hall(life_years=1, capex_usd_m_per_mw=9),
        construction=50 + 900,
        own_operating=20,
        shortfall=4 * 100 * QUARTER_SHORT,
    )


def test_one_start_a_period() -> None:
    two = hall(block_mw=50, max_blocks=2, max_starts_per_period=1)
    plan = costs(
        two,
        construction=50 + 600 * (1 - kept(6)) + 600 * (1 - kept(9)),
        own_operating=50 * 0.2 * (1.5 + 1.25),
        shortfall=(100 + 100 + 50) * QUARTER_SHORT,
    )
    assert amounts(plan, "blocks") == {"milam.hall|2027Q1": 1, "milam.hall|2027Q2": 1}
    assert amounts(plan, "opened") == {"milam.hall|2027Q1": 1}


def test_one_crew() -> None:
    # The second block starts when the first is delivered.
    plan = costs(
        hall(block_mw=50, max_blocks=2, max_blocks_under_construction=1),
        construction=50 + 600 * (1 - kept(6)) + 600 * (1 - kept(12)),
        own_operating=50 * 0.2 * (1.5 + 1),
        shortfall=(100 + 100 + 50 + 50) * QUARTER_SHORT,
    )
    assert amounts(plan, "blocks") == {"milam.hall|2027Q1": 1, "milam.hall|2027Q3": 1}


@pytest.mark.parametrize(("capex", "quarter"), [(8, 1), (3, 2)])
def test_waiting_for_a_lower_price(capex: float, quarter: int) -> None:
    # A quarter short costs 750. Of a block only a part of the price is used up: 12 at once, or 3 a quarter later.
    unused = hall(
        recovery_share=0,
        site_cost_usd_m=None,
        capex_usd_m_per_mw={"2027Q1": 12, "2027Q2": capex, "2027Q3": 12},
    )
    price = {1: 1200, 2: 100 * capex}[quarter]
    plan = costs(
        unused,
        construction=price,
        own_operating=100 * 0.2 * (1.5 if quarter == 1 else 1.25),
        shortfall=100 * (1 + quarter) * QUARTER_SHORT,
    )
    assert list(amounts(plan, "blocks")) == [f"milam.hall|2027Q{quarter}"]


def test_block_in_the_middle_of_a_period() -> None:
    # There from month 7.5: half of the third quarter.
    costs(
        hall(lead_months=7.5, payments={"0": 0.5, "7.5": 0.5}),
        construction=50 + 1200 * (1 - kept(7.5)),
        own_operating=100 * 0.2 * (24 - 7.5) / 12,
        shortfall=(100 + 100 + 50) * QUARTER_SHORT,
    )


def test_opening_construction_is_no_cost() -> None:
    # 100 MW come on 16 May, 40 m are left to pay: cash, but no decision's cost.
    ready = hall(max_blocks=0).tweak(
        "money.opening.construction",
        [
            {
                "build": "milam.hall",
                "mw": 100,
                "delivered": "2027-05-16",
                "payments_left_usd_m": {"2027Q2": 40},
            }
        ],
    )
    plan = costs(ready, shortfall=(100 + 50) * QUARTER_SHORT)
    running = 100 * 0.2 / 12
    assert closing(plan)[:3] == pytest.approx([5000, 4960 - 1.5 * running, 4960 - 4.5 * running])


# Chips


def test_chips_that_come_after_the_shell() -> None:
    # Ordered on the first day, there in month 7.5.
    late = flat("03", **{f"{BUY}.lead_months": 7.5})
    years = (24 - 7.5) / 12
    costs(
        late,
        shell_rent=100 * 0.15 * 18,
        chips=2750 * (1 - (0.8 - 0.15 * years)),
        own_operating=100 * 0.3 * years,
        energy=100 * years * 8760 * 50 / 1e6,
        shortfall=(100 + 100 + 50) * QUARTER_SHORT,
    )


def test_chips_unpaid_at_the_end_are_owed_nominally() -> None:
    later = tweaked(tutorial("03"), {f"{BUY}.payments": {"0": 0.2, "30": 0.8}})
    plan = costs(
        later,
        shell_rent=100 * 0.150 * level(0.07, 6, 24),
        chips=2750 * (0.2 + 0.8 * f(0.10, 24)) - 2750 * 0.575 * f(0.10, 24),
        own_operating=7.5 * sum(f(0.10, x) for x in (7.5, 10.5, 13.5, 16.5, 19.5, 22.5)),
        energy=219_000 * 50 / 1e6 * sum(f(0.10, x) for x in (7.5, 10.5, 13.5, 16.5, 19.5, 22.5)),
        shortfall=100 * QUARTER_SHORT * (f(0.10, 1.5) + f(0.10, 4.5)),
    )
    assert closing(plan)[0] == pytest.approx(10_000 - 550)


def test_chips_leave_with_the_lease() -> None:
    # The lease ends in month 15; its host must be empty then, and the chips are worth nothing to us.
    short = flat("03", **{f"{SHELL}.term_months": 9, "workloads.training.unserved_usd_bn_per_gw_year": 100})
    costs(
        short,
        shell_rent=100 * 0.15 * 9,
        chips=2750,
        own_operating=100 * 0.3 * 0.75,
        energy=3 * 219_000 * 50 / 1e6,
        shortfall=5 * 100 * 25,
    )


def test_lease_kept_keeps_its_chips() -> None:
    stays = flat("03", **{f"{SHELL}.term_months": 9, f"{SHELL}.at_end": "continues"})
    stays = stays.tweak(f"{SHELL}.continuation_usd_per_kw_month", 200)
    costs(
        stays,
        shell_rent=100 * (0.15 * 9 + 0.2 * 9),
        chips=2750 * (1 - 0.575),
        own_operating=45,
        energy=6 * 219_000 * 50 / 1e6,
        shortfall=2 * 100 * QUARTER_SHORT,
    )


def test_supply_of_own_chips_is_cumulative() -> None:
    # 100 MW a year: 50 by month 6, 75 by 9, 100 by 12.
    scarce = flat("03").tweak("supply.own", {"makers": ["nvidia"], "channels": ["own"], "mw_per_year": 100})
    plan = costs(
        scarce,
        shell_rent=100 * 0.15 * 18,
        chips=27.5 * sum(mw * (1 - (0.8 - 0.15 * age)) for mw, age in ((50, 1.5), (25, 1.25), (25, 1.0))),
        own_operating=0.3 * (50 * 1.5 + 25 * 1.25 + 25),
        energy=(50 * 1.5 + 25 * 1.25 + 25) * 8760 * 50 / 1e6,
        shortfall=(100 + 100 + 50 + 25) * QUARTER_SHORT,
    )
    assert [round(mw, 6) for mw in amounts(plan, "ordered_mw").values()] == [50, 25, 25]


def test_supply_of_another_channel_does_not_count() -> None:
    scarce = flat("03").tweak(
        "supply.others", {"makers": ["nvidia"], "channels": ["landlord"], "mw_per_year": 1}
    )
    plan = costs(
        scarce,
        shell_rent=270,
        chips=2750 * (1 - 0.575),
        own_operating=45,
        energy=6 * 219_000 * 50 / 1e6,
        shortfall=2 * 100 * QUARTER_SHORT,
    )
    assert amounts(plan, "ordered_mw") == {"gb300.buy|landlord.shell|2027Q1": pytest.approx(100)}


def test_old_chips_make_room_and_keep_their_price_where_they_stay() -> None:
    # From month 6 on 150 are wanted: 50 MW of the new chip (work 2) push 50 of the old out of the full hall. On the
    # last day the old are 5.5 years old and worth 10 % of 10 a MW.
    long = tweaked(
        tutorial("12"),
        {
            "chips.old.life_years": 8,
            "workloads.training.demand_gw": {"2027Q1": 0.1, "2027Q3": 0.15, "interpolate": "step"},
        },
    )
    costs(long, chips=50 * 20 * (1 - 0.5) - 50 * 10 * 0.1)


def test_opening_chips_are_worth_their_price_at_the_end() -> None:
    long = tweaked(tutorial("12"), {"chips.old.life_years": 8})
    costs(long, chips=-100 * 10 * 0.1)


def test_chips_by_system_and_by_mw_are_the_same() -> None:
    by_mw = tweaked(
        tutorial("03"),
        {
            f"{BUY}.price_usd_m_per_system": None,
            f"{BUY}.overhead_factor": None,
            f"{BUY}.price_usd_m_per_mw": 27.5,
        },
    )
    assert same(solved(by_mw).objective_usd_m, solved(tutorial("03")).objective_usd_m)


# Power


def test_a_site_with_too_little_power() -> None:
    # 100 facility MW carry 80 MW of IT load.
    small = flat("03", **{"sites.milam.facility_power_mw": 100, f"{SHELL}.mw.min": 10})
    costs(
        small,
        shell_rent=80 * 0.15 * 18,
        chips=0.8 * 2750 * (1 - 0.575),
        own_operating=0.8 * 45,
        energy=0.8 * 6 * 219_000 * 50 / 1e6,
        shortfall=(200 + 6 * 20) * QUARTER_SHORT,
    )


def test_power_counts_on_the_day_of_delivery() -> None:
    # The grid grows by 20 MW a month: 120 on 1 July, 96 MW of IT load, though there is more on the last day.
    growing = {"2027Q1": 0, "2028Q1": 240, "2029Q4": 240, "interpolate": "linear"}
    plan = costs(
        flat("03", **{"sites.milam.facility_power_mw": growing, f"{SHELL}.mw.min": 10}),
        shell_rent=96 * 0.15 * 18,
        chips=0.96 * 2750 * (1 - 0.575),
        own_operating=0.96 * 45,
        energy=0.96 * 6 * 219_000 * 50 / 1e6,
        shortfall=(200 + 6 * 4) * QUARTER_SHORT,
    )
    assert amounts(plan, "signed_mw") == {"landlord.shell|none|2027Q1": pytest.approx(96)}


def test_a_cloud_at_the_site_uses_its_power() -> None:
    # 20 MW of a running cloud take 25 of 125 facility MW; they serve too.
    shared = flat("03", **{f"{SHELL}.mw.min": 10}).tweak(
        "vendors.oracle",
        {
            "offers": {
                "here": {
                    "kind": "cloud",
                    "site": "milam",
                    "chips": ["gb300"],
                    "term_months": 120,
                    "price_usd_per_kw_month": 1000,
                    "signed": {"one": {"date": "2026-01", "mw": 20, "delivered": {"2026Q3": 1}}},
                }
            }
        },
    )
    costs(
        shared,
        shell_rent=80 * 0.15 * 18,
        chips=0.8 * 2750 * (1 - 0.575),
        own_operating=0.8 * 45,
        energy=0.8 * 6 * 219_000 * 50 / 1e6,
        shortfall=2 * 80 * QUARTER_SHORT,
    )


CAPITAL = {"power_projects": 30 * (1 - 0.8 * 19.5 / 20), "construction": 240 * (1 - 0.95 * 19.5 / 20)}
"""Of tutorial 13, whatever energy costs."""
HALF_EMPTY = 2 * 0.9 * 100 * 2190 * 50 / 1e6 + 2 * 3.0
"""Energy and demand charge of its first half year."""


def test_gross_contract_counts_what_projects_carry() -> None:
    # 125 MW are charged; 90 % of them are billed, more than is used.
    billed = 0.9 * 125 * 2190
    assert billed > 219_000
    costs(
        tutorial("13").tweak("sites.milam.contract_gross", True),
        energy=HALF_EMPTY + 2 * billed * 50 / 1e6 + 2 * 125 * 10 * 3 / 1000,
        shortfall=2 * 20 * QUARTER_SHORT,
        **CAPITAL,
    )


def test_cheap_own_energy_fills_up_the_minimum_bill() -> None:
    # 90 % of 95 MW are billed anyway; engines at 30 make only the rest.
    billed = 0.9 * 95 * 2190
    own = 219_000 - billed
    assert own < 30 * 0.9 * 2190
    costs(
        tutorial("13").tweak("sites.milam.power_projects.engines.energy_usd_per_mwh", 30),
        energy=HALF_EMPTY + 2 * (billed * 50 + own * 30) / 1e6 + 2 * 2.85,
        shortfall=2 * 20 * QUARTER_SHORT,
        **CAPITAL,
    )


def test_cheap_own_energy_runs_as_much_as_it_can() -> None:
    own = 30 * 0.9 * 2190
    changes = {
        "sites.milam.power_projects.engines.energy_usd_per_mwh": 30,
        "sites.milam.minimum_bill_share": None,
    }
    costs(
        tweaked(tutorial("13"), changes),
        energy=2 * 175_200 * 50 / 1e6 + 6 + 2 * ((219_000 - own) * 50 + own * 30) / 1e6 + 2 * 2.85,
        shortfall=2 * 20 * QUARTER_SHORT,
        **CAPITAL,
    )


def test_energy_price_is_the_mean_of_its_path() -> None:
    # 40 until 15 November, 80 from then on: 60 in the last quarter.
    dearer = flat("03", **{"sites.milam.energy_usd_per_mwh": {"2027Q1": 40, "2027-11-16": 80, "2028Q1": 40}})
    costs(
        dearer,
        shell_rent=270,
        chips=2750 * (1 - 0.575),
        own_operating=45,
        energy=219_000 * (5 * 40 + 60) / 1e6,
        shortfall=2 * 100 * QUARTER_SHORT,
    )
