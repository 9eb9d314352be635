"""What numbers usually are, narrower than what the schema takes, and which other unit a number outside looks like.

The schema refuses what nobody could mean; here a number is only doubted. Zero says "free" or "none" and is not
doubted. `plausible: true` in the record of a number says that it is meant.
"""

from __future__ import annotations

import math
from fractions import Fraction

from planner.units import measure

Range = tuple[float, float]

MW: Range = (2.0, 20_000.0)
USUAL: dict[str, Range] = {
    "energy_usd_per_mwh": (8.0, 400.0),
    "demand_charge_usd_per_kw_month": (1.0, 60.0),
    "capacity_charge_usd_per_mw_day": (15.0, 1_500.0),
    "capex_usd_per_kw": (300.0, 12_000.0),
    "capex_usd_m_per_mw": (1.0, 60.0),
    "price_usd_m_per_mw": (1.0, 100.0),
    "price_usd_m_per_system": (0.03, 150.0),
    "kw_per_system": (5.0, 2_000.0),
    "operating_usd_m_per_mw_year": (0.03, 4.0),
    "empty_usd_m_per_mw_year": (0.01, 2.0),
    "fee_usd_m_per_mw_year": (0.01, 3.0),
    "fee_usd_m_per_mw": (0.005, 5.0),
    "site_cost_usd_m": (1.0, 10_000.0),
    "fixed_cost_per_start_usd_m": (0.5, 5_000.0),
    "option_fee_usd_m": (0.1, 5_000.0),
    "carry_usd_m_per_year": (0.05, 2_000.0),
    "cancel_usd_m": (0.1, 5_000.0),
    "payments_left_usd_m": (0.1, 200_000.0),
    "rent_usd_per_kw_month": (100.0, 3_000.0),
    "unserved_usd_bn_per_gw_year": (1.0, 150.0),
    "margin_usd_bn_per_gw_year": (0.5, 150.0),
    "serving_usd_bn_per_gw_year": (0.01, 20.0),
    "price_usd_bn_per_gw_year": (0.1, 150.0),
    "demand_gw": (0.002, 100.0),
    "facility_power_mw": MW,
    "extra_facility_mw": MW,
    "running_mw": MW,
    "max_mw_under_construction": MW,
    "block_mw": MW,
    "unit_mw": MW,
    "mw": MW,
    "min": MW,
    "max": MW,
    "block": MW,
    "total": MW,
    "from_mw": MW,
    "min_start_mw": MW,
    "max_start_mw": MW,
    "max_mw": MW,
    "min_mw": (2.0, 100_000.0),
    "mw_per_year": (2.0, 30_000.0),
    "soft_usd_m_per_mw_year": (0.05, 1_000.0),
    "soft_usd_per_usd_year": (0.005, 100.0),
}
"""By field: what is usual, in its unit."""

RENTS: dict[str, Range] = {
    "shell": (30.0, 500.0),
    "cloud": (100.0, 6_000.0),
    "consumption": (100.0, 6_000.0),
    "on_demand": (100.0, 8_000.0),
}
"""Prices of offers by kind, USD/kW-month."""

CHIP_PRICE: Range = (3.0, 100.0)
"""Price of a MW of chips, USD m, from price and kW of a system."""

LEVEL: dict[str, Range] = {
    "shell": (0.3, 8.0),
    "own": (0.04, 15.0),
    "chip": (0.15, 40.0),
    "cloud": (1.0, 80.0),
    "consumption": (1.0, 80.0),
    "on_demand": (1.0, 120.0),
}
"""Level cost of a GW-year by kind, USD bn."""

OTHERS: dict[str, tuple[str, ...]] = {
    "MW": ("GW", "kW"),
    "GW": ("MW", "kW", "TW"),
    "MW/year": ("GW/year", "MW/month", "kW/year"),
    "kW/system": ("W/system", "MW/system"),
    "USD/kW-month": ("USD/kW-year", "USD/MW-month", "USD m/MW-month", "USD m/MW-year", "USD/MW-year"),
    "USD/MWh": ("USD/kWh", "cents/kWh", "USD/GWh"),
    "USD/kW": ("USD m/MW", "USD/MW", "USD m/kW"),
    "USD m/MW": ("USD/kW", "USD m/kW", "USD/MW", "USD m/GW"),
    "USD m/MW-year": ("USD/kW-year", "USD m/MW-month", "USD m/kW-year", "USD/MW-year", "USD m/GW-year"),
    "USD m/system": ("USD k/system", "USD/system", "USD bn/system"),
    "USD/MW-day": ("USD/MW-month", "USD/MW-year", "USD/kW-day", "USD/kW-month", "USD/kW-year"),
    "USD bn": ("USD m", "USD tn", "USD k", "USD"),
    "USD m": ("USD k", "USD bn", "USD"),
    "USD bn/year": ("USD m/year", "USD tn/year", "USD bn/month"),
    "USD m/year": ("USD k/year", "USD bn/year", "USD m/month", "USD/year"),
    "USD bn/GW-year": ("USD m/GW-year", "USD bn/MW-year", "USD bn/GW-month", "USD m/MW-month"),
}  # fmt: skip
"""For each unit, others in which a number may have been written by mistake."""


NEAR = 1.8
"""A number so many times outside what is usual is likely just a high or low one."""
MEANT = "correct it, or write it as a record with plausible: true if it is meant"


def looks_like(value: float, unit: str, within: Range) -> str:
    """Return the repair of an unusual number: the unit in which it would be usual, or how to say that it is meant."""
    low, high = within
    if low / NEAR <= abs(value) <= high * NEAR:
        return MEANT
    middle = math.sqrt(low * high)
    best: tuple[float, str, float] | None = None
    for other in OTHERS.get(unit, ()):
        meant = converted(value, other, unit)
        if low * 0.999 <= abs(meant) <= high * 1.001:
            far = abs(math.log(abs(meant) / middle))
            if best is None or far < best[0] - 1e-9:
                best = far, other, meant
    if best is not None:
        return f"{value:g} looks like {best[1]}: in {unit} write {best[2]:.6g}"
    return MEANT


def converted(value: float, unit: str, wanted: str) -> float:
    """Return a number of one unit in another of the same kind."""
    stated, target = measure(unit), measure(wanted)
    assert stated is not None and target is not None and stated[1] == target[1], (unit, wanted)
    return float(Fraction(value) * stated[0] / target[0])


def figure(value: float) -> str:
    """Return a number with the digits that matter, without an exponent where it can be read."""
    size = abs(value)
    return f"{value:,.0f}" if 100.0 <= size < 1e7 else f"{value:.3g}"
