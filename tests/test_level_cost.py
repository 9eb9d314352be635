"""Level costs against sums done by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

import planner
from planner.level_cost import LevelCost, level_costs

BASE = """
schema_version: 1
name: level
calendar: {start: 2027Q1, end: 2030Q4, step: quarter}
discount: {rate: %(rate)s}
workloads: {w: {demand_gw: 1, reference_work_per_mw: 2.0, unserved_usd_bn_per_gw_year: 10}}
regions: {r: {facility_per_it: 1.2}}
sites:
  s:
    region: r
    facility_power_mw: 1000
    facility_per_it: 1.25
    energy_usd_per_mwh: 50
    load_factor: 0.8
    build:
      b: {block_mw: 100, max_blocks: 2, lead_months: 12, site_cost_usd_m: 100, capex_usd_m_per_mw: 10,
          payments: {0: 0.5, 12: 0.5}, operating_usd_m_per_mw_year: 0.25, life_years: 20}
vendors:
  v:
    offers:
      cloud: {kind: cloud, region: r, chips: [c], sign: {at_most: 1}, mw: {max: 100}, delivery_months: 0,
              term_months: 24, price_usd_per_kw_month: 1000, escalator_rate: 0.1, prepayment_share: 0.5}
      shell: {kind: shell, site: s, sign: {at_most: 1}, mw: {max: 100}, delivery_months: 6, term_months: 24,
              ramp: {0: 0.5, 12: 1.0}, price_usd_per_kw_month: 100}
      burst: {kind: on_demand, region: r, chips: [c], max_mw: 10, price_usd_per_kw_month: 1500}
makers: {m: Maker}
chips:
  c: {maker: m, from: 2026Q1, kw_per_system: 100, work: {w: 4.0}, life_years: 5, operating_usd_m_per_mw_year: 0.5,
      resale_by_age_years: {0: 1.0, 5: 0.1},
      terms: {t: {price_usd_m_per_system: 2, overhead_factor: 1.5, lead_months: 0, payments: {0: 1}}}}
money: {opening: {cash_usd_bn: 1000}, operating_cash_usd_bn_per_year: 0}
"""


def costs(tmp_path: Path, rate: str) -> dict[str, LevelCost]:
    file = tmp_path / "level.yaml"
    file.write_text(BASE % {"rate": rate})
    return {row.id: row for row in level_costs(planner.read(file))}


def test_without_interest_a_level_cost_is_payments_over_years(tmp_path: Path) -> None:
    rows = costs(tmp_path, "0%")
    # cloud: 12 months at 1.0 and 12 at 1.1 USD m per MW-month, over 2 years
    assert rows["v.cloud"].usd_bn_per_gw_year == pytest.approx((12 * 1.0 + 12 * 1.1) / 2)
    # a MW of the chip does 4 / 2 of a MW of the reference fleet
    assert rows["v.cloud"].usd_bn_per_reference_gw_year == pytest.approx(12.6 / 2)
    assert rows["v.burst"].usd_bn_per_gw_year == pytest.approx(12 * 1.5)
    # energy: 8760 h x 0.8 x 1.25 x 50 USD = 0.438 USD m per MW-year
    assert rows["v.shell"].usd_bn_per_gw_year == pytest.approx(12 * 0.1 + 0.438)
    # 2 x 1.5 / 100 kW = 30 USD m per MW, a tenth comes back, 5 years, 0.5 to run
    assert rows["c.t"].usd_bn_per_gw_year == pytest.approx(30 * 0.9 / 5 + 0.5)
    assert rows["v.shell"].usd_bn_per_reference_gw_year == pytest.approx((1.638 + 5.9) / 2)
    # 10 per MW and 100 of the site over 200 MW, 20 years
    assert rows["s.b"].usd_bn_per_gw_year == pytest.approx((10 + 0.5) / 20 + 0.25 + 0.438)
    assert rows["v.shell"].chip == rows["s.b"].chip == "c"


def test_interest_counts_from_the_date_of_each_payment(tmp_path: Path) -> None:
    rows = costs(tmp_path, "21%")
    month = [1.21 ** (-(k + 0.5) / 12) for k in range(240)]
    # shell: half the MW in the first year, all in the second; rent follows delivery, so the level is the rent
    assert rows["v.shell"].usd_bn_per_gw_year == pytest.approx(1.2 + 0.438)
    # build: 5 a year before delivery is worth 6.05 at delivery; the site's 0.5 is worth 0.605
    life = sum(month) / 12
    assert rows["s.b"].usd_bn_per_gw_year == pytest.approx((5 * 1.21 + 5 + 0.605) / life + 0.25 + 0.438)
    # cloud: half of the nominal 25.2 is paid at signing
    served = sum(month[:24]) / 12
    rent = sum(month[:12]) + 1.1 * sum(month[12:24])
    assert rows["v.cloud"].usd_bn_per_gw_year == pytest.approx((0.5 * 25.2 + 0.5 * rent) / served)


def test_the_starter_has_a_row_for_everything(tmp_path: Path) -> None:
    file = planner.write_starter(tmp_path / "starter.yaml")
    rows = level_costs(planner.read(file))
    assert [(row.id, row.kind) for row in rows] == [
        ("landlord.hillside_shell", "shell"),
        ("cloudy.reserved", "cloud"),
        ("cloudy.burst", "on_demand"),
        ("hillside.blocks", "own"),
        ("accelerator.purchase", "chip"),
    ]
    assert all(row.usd_bn_per_reference_gw_year for row in rows)
