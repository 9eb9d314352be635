"""Dates as months, periods, curves and their exact integrals."""

from __future__ import annotations

import math
from datetime import date

import pytest

from planner.instance.parse import parse_when
from planner.instance.quantity import Quantity
from planner.timeline import (
    Curve,
    Piece,
    Timeline,
    curve,
    make_timeline,
    month_between,
    piece_integral,
    product_integral,
    steps,
)


def calendar(
    start: str, end: str, step: str, report_to: str | None = None, coarsen: str | None = None
) -> Timeline:
    return make_timeline(
        parse_when(start),
        parse_when(end),
        step,
        None if report_to is None else parse_when(report_to),
        None if coarsen is None else (parse_when(coarsen), "year"),
    )


def path(*points: tuple[date, float], interpolate: str = "step", per_year: float | None = None) -> Quantity:
    return Quantity("MW", None, points, interpolate, per_year)  # type: ignore[arg-type]


def test_months_count_days_as_thirtieths() -> None:
    origin = date(2026, 7, 1)
    assert month_between(origin, date(2027, 9, 1)) == 14.0
    assert month_between(origin, date(2026, 8, 16)) == 1.5
    assert month_between(origin, date(2026, 7, 31)) == pytest.approx(29 / 30)
    assert month_between(origin, date(2026, 4, 1)) == -3.0


def test_periods_coarsen_and_stop_being_reported() -> None:
    timeline = calendar("2026Q3", "2028", "quarter", report_to="2026Q4", coarsen="2026Q4")
    assert [p.label for p in timeline.periods] == ["2026Q3", "2026Q4", "2027", "2028"]
    assert [(p.start, p.end) for p in timeline.periods] == [(0, 3), (3, 6), (6, 18), (18, 30)]
    assert [p.reported for p in timeline.periods] == [True, True, False, False]
    assert timeline.end == 30.0
    assert timeline.periods[0].last_day == pytest.approx(3 - 1 / 30)
    assert timeline.periods[2].years == 1.0


def test_a_point_on_a_border_belongs_to_the_later_period() -> None:
    timeline = calendar("2026Q3", "2027Q2", "quarter")
    assert timeline.position(0.0) == 0
    assert timeline.position(3.0) == 1
    assert timeline.position(2.99) == 0
    assert timeline.position(-0.1) is None
    assert timeline.position(12.0) is None


def test_a_period_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="passes the end"):
        calendar("2026-07", "2027-08", "quarter")
    with pytest.raises(ValueError, match="inside a period"):
        calendar("2026Q1", "2027Q4", "half", report_to="2026Q1")
    with pytest.raises(ValueError, match="ends before"):
        calendar("2027Q1", "2026Q4", "quarter")


def test_constant_curve_has_its_value_everywhere() -> None:
    constant = curve(Quantity("MW", 5.0), calendar("2026Q3", "2027Q2", "quarter"))
    assert constant.at(-100.0) == 5.0
    assert constant.at(7.0) == 5.0
    assert constant.mean(-2.0, 4.0) == 5.0


def test_paths_between_and_after_points() -> None:
    timeline = calendar("2026Q1", "2027Q4", "quarter")
    points = ((date(2026, 1, 1), 100.0), (date(2027, 1, 1), 200.0))
    step = curve(path(*points), timeline)
    linear = curve(path(*points, interpolate="linear"), timeline)
    geometric = curve(path(*points, interpolate="geometric"), timeline)
    growing = curve(path(points[0], per_year=0.5), timeline)
    assert [step.at(x) for x in (0.0, 11.9, 12.0, 40.0)] == [100.0, 100.0, 200.0, 200.0]
    assert linear.at(3.0) == pytest.approx(125.0)
    assert linear.mean(0.0, 12.0) == pytest.approx(150.0)
    assert linear.mean(6.0, 18.0) == pytest.approx((175.0 + 200.0) / 2)
    assert geometric.at(6.0) == pytest.approx(100.0 * math.sqrt(2.0))
    # integral of 100 * 2^(x/12) over a year = 1200 / ln 2 * (2 - 1)
    assert geometric.integral(0.0, 12.0) == pytest.approx(1200.0 / math.log(2.0))
    assert growing.at(24.0) == pytest.approx(225.0)
    assert growing.at(6.0) == pytest.approx(100.0 * math.sqrt(1.5))


def test_before_the_first_point_there_is_no_value() -> None:
    late = curve(path((date(2027, 1, 1), 1.0)), calendar("2026Q1", "2027Q4", "quarter"))
    with pytest.raises(ValueError, match="starts at month 12"):
        late.at(11.0)
    with pytest.raises(ValueError, match="starts at month 12"):
        late.integral(0.0, 24.0)


def test_discounted_integral_of_a_level_stream() -> None:
    # 1 a month for a year at 10 %: (1 - 1/1.1) / (ln 1.1 / 12)
    level = Piece(0.0, 12.0, 1.0)
    assert piece_integral(level, 0.10) == pytest.approx((1 - 1 / 1.1) / (math.log(1.1) / 12), rel=1e-13)
    later = Piece(12.0, 24.0, 1.0)
    assert piece_integral(later, 0.10) == pytest.approx(piece_integral(level, 0.10) / 1.1, rel=1e-13)


@pytest.mark.parametrize("rate", [0.0, 1e-9, 1e-6, 1e-4, 0.01, 0.12, 0.5])
def test_discounted_integral_of_a_ramp_agrees_with_gauss(rate: float) -> None:
    ramp = Piece(3.0, 9.0, 2.0, slope=0.5)
    constant = Curve((Piece(-math.inf, math.inf, 1.0),))
    by_gauss = product_integral([Curve((ramp,)), constant], 3.0, 9.0, rate)
    assert piece_integral(ramp, rate) == pytest.approx(by_gauss, rel=1e-12)


def test_a_cut_geometric_ramp_keeps_its_values() -> None:
    whole = Curve((Piece(0.0, 24.0, 1.0, slope=0.25, ratio=1.02),))
    part = whole.cut(5.0, 11.0)[0]
    assert (part.start, part.end) == (5.0, 11.0)
    assert part.at(9.0) == pytest.approx(whole.at(9.0), rel=1e-13)
    assert whole.integral(0.0, 5.0) + whole.integral(5.0, 24.0) == pytest.approx(
        whole.integral(0.0, 24.0), rel=1e-13
    )


def test_steps_hold_and_the_last_of_one_date_counts() -> None:
    stairs = steps([(6.0, 0.5), (9.0, 1.0), (6.0, 0.25)])
    assert [stairs.at(x) for x in (-50.0, 5.9, 6.0, 8.9, 9.0, 99.0)] == [0.0, 0.0, 0.5, 0.5, 1.0, 1.0]
    assert stairs.integral(0.0, 12.0) == pytest.approx(3 * 0.5 + 3 * 1.0)
    assert steps([]).at(3.0) == 0.0


def test_product_of_linear_and_geometric() -> None:
    # integral of x * e^(kx) over [0, 12], k = ln 2 / 12: [x e^kx / k - e^kx / k^2] = 24 / k - 1 / k^2
    k = math.log(2.0) / 12.0
    linear = Curve((Piece(0.0, 12.0, 0.0, slope=1.0),))
    double = Curve((Piece(0.0, 12.0, 1.0, ratio=math.exp(k)),))
    assert product_integral([linear, double], 0.0, 12.0) == pytest.approx(24 / k - 1 / k**2, rel=1e-12)


def test_window_of_a_date() -> None:
    timeline = calendar("2026Q3", "2027Q4", "quarter")
    assert timeline.first(parse_when("2027Q1")) == 6.0
    assert timeline.after(parse_when("2027Q1")) == 9.0
    assert timeline.after(parse_when("2027")) == 18.0
