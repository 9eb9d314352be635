"""Own block against leased shell: level costs, rents and rates of equal cost, by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tiny import tiny

import planner
from planner.errors import UsageError
from planner.explore import breakeven
from planner.explore.breakeven import root
from planner.level_cost import level_costs

ROOT = Path(__file__).resolve().parent.parent
# 10 USD m per MW at the start of a block that stands a year later for 20 years, against 15 years of rent.
BLOCK = {
    "block_mw": 100,
    "max_blocks": 2,
    "lead_months": 12,
    "capex_usd_m_per_mw": 10,
    "payments": {"0": 1},
    "life_years": 20,
}
SHELL = {
    "kind": "shell",
    "site": "s",
    "sign": {"at_most": 1},
    "mw": {"max": 100},
    "delivery_months": 6,
    "term_months": 180,
    "price_usd_per_kw_month": 50,
}
ENERGY = 8760 * 0.8 * 1.25 * 50 / 1e6  # USD m per MW-year of IT load at the tiny site
MONTHS_OF_LIFE = 240


def years(rate: float) -> float:
    """Present value of 1 a year over 20 years, month by month at their middles."""
    return sum((1 + rate) ** (-(k + 0.5) / 12) for k in range(MONTHS_OF_LIFE)) / 12


def instance(rate: str = "0%", **more: Any) -> planner.Instance:
    changes: dict[str, Any] = {
        "discount": {"rate": rate},
        "sites": {"s": {"build": {"b": BLOCK}}},
        "vendors": {"v": {"offers": {"shell": SHELL}}},
    }
    return tiny(**{**changes, **more})


def test_without_interest_a_block_costs_its_price_over_its_life() -> None:
    (row,) = breakeven(instance())
    assert (row.build, row.power, row.shell, row.same_site) == ("s.b", "grid", "v.shell", True)
    assert row.delivered == "2028-01"  # the block takes a year, the shell half of one
    assert row.own_at_line == pytest.approx(10 / 20 + ENERGY)
    assert row.lease_at_line == pytest.approx(12 * 0.050 + ENERGY)
    assert row.rent_usd_per_kw_month == 50
    # 10 USD m over 240 months are 41.67 USD per kW and month
    assert row.breakeven_rent_at_line == pytest.approx(10_000 / 240)


def test_the_break_even_rate_makes_both_cost_the_same() -> None:
    (row,) = breakeven(instance())
    assert row.breakeven_rate is not None
    rate = row.breakeven_rate
    # paid a year before delivery; the rent is 0.6 a year at any rate
    assert 10 * (1 + rate) / years(rate) == pytest.approx(0.6, rel=1e-6)


def test_company_rate_and_line_rates_are_both_shown() -> None:
    row = breakeven(
        instance(discount={"rate": "12%", "by_line": {"construction": "7%", "shell_rent": "7%"}})
    )[0]
    assert row.own_at_line == pytest.approx(10 * 1.07 / years(0.07) + ENERGY)
    assert row.own_at_company == pytest.approx(10 * 1.12 / years(0.12) + ENERGY)
    assert row.lease_at_company == pytest.approx(0.6 + ENERGY)
    assert row.breakeven_rent_at_line == pytest.approx(10_000 * 1.07 / years(0.07) / 12)
    assert row.breakeven_rent_at_company == pytest.approx(10_000 * 1.12 / years(0.12) / 12)


def test_a_lease_at_the_break_even_rent_breaks_even() -> None:
    terms = {**SHELL, "escalator_rate": 0.025, "ramp": {"0": 0.5, "6": 1.0}, "prepayment_share": 0.1}
    priced = instance("9%", vendors={"v": {"offers": {"shell": terms}}})
    (row,) = breakeven(priced)
    rent = row.breakeven_rent_at_line
    (equal,) = breakeven(priced.tweak("vendors.v.offers.shell.price_usd_per_kw_month", rent))
    assert equal.own_at_line == pytest.approx(equal.lease_at_line, rel=1e-12)
    assert equal.breakeven_rate == pytest.approx(0.09, abs=1e-8)


def test_a_site_that_nobody_leases_is_compared_with_the_shells_elsewhere() -> None:
    # The other site has no energy to pay, and no lease.
    other = {**sites()["s"], "energy_usd_per_mwh": 0, "build": {"b": BLOCK}}
    rows = breakeven(instance(sites={"other": other}))
    found = {row.build: row for row in rows}
    assert not found["other.b"].same_site
    assert found["other.b"].own_at_line == pytest.approx(0.5)
    # what it saves in energy it may pay in rent
    assert found["other.b"].breakeven_rent_at_line == pytest.approx((0.5 - ENERGY) / 12 * 1000)


def test_a_power_project_is_part_of_the_block_it_feeds() -> None:
    # 1,200 USD/kW x 1.25 = 1.5 USD m per IT MW over 15 years; 40 of the 80 % at 20 USD/MWh, the rest from the grid.
    project = {
        "unit_mw": 50,
        "max_units": 4,
        "lead_months": 18,
        "capex_usd_per_kw": 1200,
        "payments": {"0": 1},
        "energy_usd_per_mwh": 20,
        "availability_share": 0.4,
        "life_years": 15,
    }
    site = {**sites()["s"], "build": {"b": BLOCK}, "power_projects": {"engines": project}}
    grid, own = breakeven(instance(sites={"s": site}))
    assert (grid.power, own.power) == ("grid", "engines")
    assert own.delivered == "2028-07"  # a year and a half until the engines run
    assert own.own_at_line == pytest.approx(0.5 + 1.5 / 15 + ENERGY * (0.5 * 20 + 0.5 * 50) / 50)
    assert own.lease_at_line == grid.lease_at_line
    more_grid = {key: value for key, value in project.items() if key[:6] not in ("energy", "availa")}
    site["power_projects"] = {"line": {**more_grid, "kind": "grid"}}
    _, upgraded = breakeven(instance(sites={"s": site}))
    assert upgraded.own_at_line == pytest.approx(0.5 + 1.5 / 15 + ENERGY)


def test_waits_for_power_and_takes_another_day() -> None:
    power = {"2027Q1": 0, "2028Q3": 500, "interpolate": "step"}
    late = instance(sites={"s": {**sites()["s"], "facility_power_mw": power, "build": {"b": BLOCK}}})
    assert [row.delivered for row in breakeven(late)] == ["2028-07"]
    # Capex grows 10 % a year from 2027; a block for 2028-10 is started in 2027-10.
    growing = {**BLOCK, "capex_usd_m_per_mw": {"value": 10, "from": "2027Q1", "per_year": "10%"}}
    (row,) = breakeven(instance(sites={"s": {**sites()["s"], "build": {"b": growing}}}), "2028Q4")
    assert row.delivered == "2028-10"
    assert row.own_at_line == pytest.approx(10 * 1.1 ** (9 / 12) / 20 + ENERGY)
    never = instance(sites={"s": {**sites()["s"], "facility_power_mw": 0, "build": {"b": BLOCK}}})
    assert breakeven(never) == ()


def test_no_rate_when_owning_never_pays() -> None:
    dear = instance(sites={"s": {**sites()["s"], "build": {"b": {**BLOCK, "capex_usd_m_per_mw": 13}}}})
    (row,) = breakeven(dear)
    assert row.own_at_line > row.lease_at_line  # 0.65 against 0.6 at no interest at all
    assert row.breakeven_rate is None


def test_a_wrong_date_is_refused() -> None:
    with pytest.raises(UsageError, match="delivered='soon'"):
        breakeven(instance(), "soon")


def test_agrees_with_the_level_costs_that_check_prints() -> None:
    stargate = planner.read(ROOT / "instances" / "stargate.yaml")
    own = {row.id: row.usd_bn_per_gw_year for row in level_costs(stargate)}
    row = next(row for row in breakeven(stargate) if row.build == "milam.blocks")
    assert row.delivered == "2027-10"  # a block started on the first day: the date of its row in `check`
    assert row.own_at_line == pytest.approx(own["milam.blocks"], rel=1e-12)


def test_root_needs_a_change_of_sign() -> None:
    assert root(lambda x: x * x - 2, 0.0, 2.0) == pytest.approx(2**0.5, abs=1e-9)
    assert root(lambda x: x, 0.0, 1.0) == 0.0
    assert root(lambda x: x + 1, 0.0, 1.0) is None


def sites() -> dict[str, Any]:
    return {
        "s": {
            "region": "r",
            "facility_power_mw": 5000,
            "facility_per_it": 1.25,
            "energy_usd_per_mwh": 50,
            "load_factor": 0.8,
        }
    }
