"""Demand by region, own share, pulses, efficiency and derate: each tutorial instance costs what a sum by hand says.

A gigawatt-year unserved at USD 30 bn is USD 30 m a MW and year; months count from the first day.
"""

from __future__ import annotations

from typing import Any

import pytest
from hand import amounts, closing, costs, f, level, solved, tutorial

import planner
from planner.report.make import make_report


def test_41_demand_regions() -> None:
    # Europe (30): 20 from its own cloud, 10 from Milam at 2, then 3. America (90): 40 from Milam, 50 from us at 0.1.
    plan = costs(tutorial("41"), own_operating=10 * (2 + 3) / 2 + 50 * 0.1)
    serving = plan.frames["serving"]
    first = serving[serving["node"] == "2027Q1"].set_index(["demand_region", "region"])["mw"]
    assert first.to_dict() == pytest.approx(
        {("america", "milam"): 40, ("america", "us"): 50, ("europe", "eu"): 20, ("europe", "milam"): 10}
    )
    assert closing(plan)[0] == pytest.approx(5000 - 80 * 3 - (10 * 2 + 50 * 0.1) / 4)


def test_41_one_place_for_each_region() -> None:
    # Europe wholly from Milam, America from the us cloud as far as that goes: 30 MW short.
    plan = costs(tutorial("41", "one_place"), own_operating=30 * (2 + 3) / 2 + 60 * 0.1, shortfall=30 * 30)
    assert amounts(plan, "source") == {
        f"inference.{region}|{place}|2027Q{quarter}": 1
        for region, place in (("america", "us"), ("europe", "milam"))
        for quarter in (1, 2, 3, 4)
    }


def test_42_own_share() -> None:
    # 50 MW of our own are half of 100, and 62.5 % of 80.
    costs(tutorial("42"), shortfall=20 * 30 / 2)


def test_43_pulse_within_a_window() -> None:
    # 75 MW-quarters of pulse into three quarters with 20 MW to spare; what is left over is short as late as it may be.
    plan = costs(tutorial("43"), shortfall=(75 - 60) * 30 / 4 * f(0.10, 7.5))
    assert amounts(plan, "pulse_work_mw") == pytest.approx(
        {"training|2027Q1": 20, "training|2027Q2": 20, "training|2027Q3": 35}
    )
    assert list(plan.frames["service"]["demand_mw"]) == pytest.approx([100, 100, 115, 80])


def test_43_pulse_when_asked() -> None:
    costs(tutorial("43", "when_asked"), shortfall=(155 - 100) * 30 / 4 * f(0.10, 4.5))


def test_44_pulse_that_borrows() -> None:
    # 25 of 130 MW are missing: half of inference (20) at 4 and its margin, then 5 of inference at margin and value.
    plan = costs(tutorial("44"), shortfall=20 * (4 + 10) / 4 + 5 * (10 + 15) / 4)
    # 40 MW would earn their margin; 25 do not.
    assert closing(plan)[1] == pytest.approx(5000 - 2 * 105 * 3 + (40 + 40 - 25) * 10 / 4)


def test_44_borrowed_and_repaid() -> None:
    # 5 MW to spare in each of two quarters serve 10 MW-quarters later: so many are borrowed, without loss of margin.
    plan = costs(tutorial("44", "repaid"), shortfall=10 * 4 / 4 + 15 * (10 + 15) / 4)
    assert amounts(plan, "borrowed_mw") == pytest.approx({"training|inference|2027Q2": 10})
    assert amounts(plan, "returned_mw") == pytest.approx(
        {"training|inference|2027Q3": 5, "training|inference|2027Q4": 5}
    )
    assert closing(plan)[3] == pytest.approx(5000 - 4 * 105 * 3 + (4 * 40 - 15) * 10 / 4)


def test_45_efficiency() -> None:
    # 1.25^-t, its mean over the first year and the second, less 50 MW.
    one, two = (100 * level(0.25, a, a + 12) / 12 for a in (0, 12))
    costs(tutorial("45"), shortfall=30 * (one - 50 + two - 50))


def test_45_rebound() -> None:
    one, two = (100 * (0.4 + 0.6 * level(0.25, a, a + 12) / 12) for a in (0, 12))
    costs(tutorial("45", "rebound"), shortfall=30 * (one - 50 + two - 50))


def test_45_faster() -> None:
    # The second year starts at 80 and falls by 1.5 a year.
    one, two = 100 * level(0.25, 0, 12) / 12, 80 * level(0.50, 0, 12) / 12
    costs(tutorial("45", "faster"), shortfall=30 * (one - 50 + two - 50))


def test_46_new_family() -> None:
    # From 60 % to 100 % in a straight line: 65, 75, 85, 95 % in the middle of the quarters.
    costs(tutorial("46"), shortfall=(35 + 25 + 15 + 5) * 30 / 4)


def test_41_and_43_in_the_report() -> None:
    routes = table("routes", tutorial("41"))
    # MW-years: Milam serves 10 MW of Europe for 25 a year, the us cloud 50 MW of America for 5.
    assert [(row[1].lower(), row[2].lower(), row[3], row[4]) for row in routes] == [
        ("america", "milam", pytest.approx(40), 0.0),
        ("america", "us", pytest.approx(50), pytest.approx(5)),
        ("europe", "eu", pytest.approx(20), 0.0),
        ("europe", "milam", pytest.approx(10), pytest.approx(25)),
    ]
    moved = [row[-1] for row in table("service", tutorial("43"))]
    assert moved == pytest.approx([20, 20, 35, 0])


def table(id_: str, instance: Any) -> list[Any]:
    """Rows of a table of the report."""
    plan = solved(instance)
    report = make_report(plan, planner.audit(plan))
    (rows,) = [each.rows for section in report.sections for each in section.tables if each.id == id_]
    return sorted(rows, key=str) if id_ == "routes" else list(rows)
