"""An own block and a shell lease that are equal by construction cost the same wherever the calendar ends."""

from __future__ import annotations

from typing import Any

import pytest
from hand import f, level, same, solved, tutorial

RATE = 0.07
LEAD = 6
PROFILES: dict[str, dict[str, Any]] = {
    "two points": {"0": 0.5, "6": 0.5},
    "while built": {"0-3": 0.4, "3-6": 0.6},
    "after delivery": {"from": "delivery", "0": 0.3, "0-24": 0.7},
}
ENDS = ("2027Q3", "2027Q4", "2028Q3", "2029Q1", "2030Q4", "2033Q2")


def present_value(profile: dict[str, Any]) -> float:
    """Of USD 1 paid by the profile, on the first day."""
    shift = LEAD if profile.get("from") == "delivery" else 0
    total = 0.0
    for key, share in profile.items():
        if key == "from":
            continue
        a, _, b = key.partition("-")
        if b:
            total += share / (float(b) - float(a)) * level(RATE, shift + float(a), shift + float(b))
        else:
            total += share * f(RATE, shift + float(a))
    return total


def block(end: str, profile: dict[str, Any], life_years: float) -> Any:
    """One block of 100 MW, no site cost, no operating cost, all of the annuity value left."""
    own = tutorial("02").tweak("calendar.end", end)
    hall = "sites.milam.build.hall"
    for field, value in {
        "site_cost_usd_m": None, "operating_usd_m_per_mw_year": None, "recovery_share": 1, "payments": profile,
        "life_years": life_years, "start": {"from": "2027Q1", "to": "2027Q1"},
    }.items():  # fmt: skip
        own = own.tweak(f"{hall}.{field}", value)
    return own


def lease(end: str, rent_usd_per_kw_month: float, life_years: float) -> Any:
    """The same hall of a landlord."""
    shell = {
        "kind": "shell", "site": "milam", "sign": {"from": "2027Q1", "to": "2027Q1", "at_most": 1},
        "mw": {"min": 100, "max": 100}, "delivery_months": LEAD, "term_months": 12 * life_years,
        "price_usd_per_kw_month": rent_usd_per_kw_month,
    }  # fmt: skip
    rented = tutorial("02").tweak("calendar.end", end).tweak("sites.milam.build", None)
    rented = rented.tweak("discount.by_line", {"shell_rent": RATE})
    return rented.tweak("vendors", {"landlord": {"offers": {"hall": shell}}})


def fair_rent(profile: dict[str, Any], life_years: float) -> float:
    """USD per kW-month that pays USD 12 m a MW back over the life, at the rate."""
    return 12_000 * present_value(profile) / level(RATE, LEAD, LEAD + 12 * life_years)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("name", PROFILES)
def test_owning_costs_what_a_fair_lease_costs(name: str, end: str) -> None:
    profile = PROFILES[name]
    own = solved(block(end, profile, 20))
    rented = solved(lease(end, fair_rent(profile, 20), 20))
    assert float(own.frames["ladder"]["powered_gw"].iloc[-1]) > 0
    assert own.objective_usd_m == pytest.approx(rented.objective_usd_m, rel=1e-6)


@pytest.mark.parametrize("end", ["2028Q4", "2029Q2", "2030Q4"])
def test_it_stays_so_when_the_life_ends_inside(end: str) -> None:
    profile = PROFILES["while built"]
    own, rented = solved(block(end, profile, 2)), solved(lease(end, fair_rent(profile, 2), 2))
    assert own.objective_usd_m == pytest.approx(rented.objective_usd_m, rel=1e-6)


def test_the_rent_of_both_is_level() -> None:
    # Three years after delivery: either way the level cost of three years.
    profile = PROFILES["two points"]
    own = solved(block("2030Q2", profile, 20))
    rent = fair_rent(profile, 20) / 1000 * 100
    line = own.frames["costs"].set_index("line")["total_usd_m"]
    assert same(line["construction"], rent * level(RATE, LEAD, 42))


def test_a_dearer_lease_is_not_signed() -> None:
    profile = PROFILES["two points"]
    both = block("2030Q4", profile, 20)
    offer = lease("2030Q4", fair_rent(profile, 20) * 1.001, 20).tree.plain["vendors"]
    both = both.tweak("vendors", offer).tweak("discount.by_line", {"shell_rent": RATE, "construction": RATE})
    plan = solved(both)
    chosen = plan.frames["decisions"]["decision"]
    assert (chosen == "start_block").any() and not (chosen == "sign").any()
    cheaper = both.tweak("vendors.landlord.offers.hall.price_usd_per_kw_month", scale=0.998)
    chosen = solved(cheaper).frames["decisions"]["decision"]
    assert (chosen == "sign").any() and not (chosen == "start_block").any()
