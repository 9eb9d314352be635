"""A claim stands beside a figure of the same unit, basis, rate and date, or the report says why it does not."""

from __future__ import annotations

import pytest

from planner.report.alike import partly, unlike


@pytest.mark.parametrize(
    ("says", "unit", "compare", "found", "note", "reason"),
    [
        (
            "The floor is broken during 2028",
            "year",
            "headroom_usd_bn@2029Q4",
            "USD bn",
            "end of 2029Q4",
            "in year",
        ),
        ("1.9 GW were operating at the end of 2025", "GW", "operating_gw@2026Q3", "GW", "IT load", "of 2025"),
        ("7.5 GW", "GW at the meter", "secured_gw@2026Q4", "GW", "IT load, end of 2026Q4", "at the meter"),
        ("7.5 GW", "GW IT load", "secured_facility_gw@2026Q4", "GW", "at the meter", "IT load"),
        ("30 a year", "USD bn a year", "vendor_spend_usd_bn.x@2028..2029", "USD bn", "", "of a year"),
    ],
)
def test_unlike_things_are_not_compared(
    says: str, unit: str, compare: str, found: str, note: str, reason: str
) -> None:
    told = unlike(says, unit, compare, found, note)
    assert told.startswith("not comparable: ")
    assert reason in told


@pytest.mark.parametrize(
    ("says", "unit", "compare", "found", "note"),
    [
        (
            "7.5 of the 10 GW are secured",
            "GW at the meter",
            "secured_facility_gw@2026Q4",
            "GW",
            "at the meter",
        ),
        ("30 GW by 2030", "GW", "powered_gw@2030Q4", "GW", "IT load, end of 2030Q4"),
        ("Cash is gone by mid 2027", "year", "first_below_floor", "", "in the reported periods"),
        ("Oracle is paid 30 bn a year", "USD bn a year", "vendor_spend_usd_bn.oracle@2029", "USD bn", ""),
        ("115 USD bn burnt in 2025 to 2029", "USD bn", "burn_usd_bn@2026Q3..2029", "USD bn", ""),
    ],
)
def test_like_things_are(says: str, unit: str, compare: str, found: str, note: str) -> None:
    assert unlike(says, unit, compare, found, note) == ""


def test_what_a_figure_leaves_out_is_said() -> None:
    assert partly("115 USD bn burnt in 2025 to 2029", "burn_usd_bn@2026Q3..2029") == "without 2025"
    assert partly("600 USD bn to 2030", "accrued_spend_usd_bn@2026..2030") == ""
