"""The verified bound is never above the least cost, whatever duals it is given, and close to it for good ones.

The random problems have whole coefficients (times powers of two) and a known optimum: a point and duals are drawn
first, and ends, bounds and costs so that both are optimal. Their least cost is exact.
"""

from __future__ import annotations

import math
import os
import time
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest

from planner.solve.arrays import Arrays
from planner.solve.highs import Run, Settings, run
from planner.solve.implied import implied_bounds, with_cost_row
from planner.solve.stop import StopSwitch
from planner.solve.verified import VerifiedBound, verified_bound
from planner.solve.watch import Watch

INF = math.inf
MANY = range(1000, 1000 + int(os.environ.get("PLANNER_PROBLEMS", "3000")))


def problem(
    cost: list[float],
    bounds: list[tuple[float, float]],
    rows: list[tuple[float, list[float], float]],
    offset: float = 0.0,
) -> Arrays:
    """The arrays of a problem written densely: rows are (lower, coefficients, upper)."""
    entries = [[(j, value) for j, value in enumerate(row) if value] for _, row, _ in rows]
    return Arrays(
        cost=np.array(cost, dtype=float),
        offset=offset,
        lower=np.array([low for low, _ in bounds], dtype=float),
        upper=np.array([high for _, high in bounds], dtype=float),
        whole=np.zeros(len(cost), dtype=bool),
        row_lower=np.array([low for low, _, _ in rows], dtype=float),
        row_upper=np.array([high for _, _, high in rows], dtype=float),
        starts=np.cumsum([0, *map(len, entries)]).astype(np.int32),
        columns=np.array([j for row in entries for j, _ in row], dtype=np.int32),
        values=np.array([value for row in entries for _, value in row], dtype=float),
    )


def solved(arrays: Arrays) -> Run:
    return run(arrays, Settings(until=time.monotonic() + 60.0, late=60.0), Watch(60.0, StopSwitch()))


class Drawn(NamedTuple):
    """A problem with a point that is optimal, the exact least cost and duals that prove it."""

    arrays: Arrays
    point: np.ndarray
    duals: np.ndarray
    least: Fraction


def drawn(seed: int) -> Drawn:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 12)), int(rng.integers(1, 10))
    scale = 2.0 ** rng.integers(-12, 13, n)  # of the columns: wide coefficients, all exact
    a = np.where(rng.random((m, n)) < 0.5, rng.integers(-9, 10, (m, n)), 0) * scale
    point = rng.integers(-20, 21, n) / scale
    duals = np.where(rng.random(m) < 0.7, rng.integers(-9, 10, m), 0).astype(float)
    reduced = np.where(rng.random(n) < 0.5, rng.integers(-9, 10, n), 0) * scale
    room = rng.integers(0, 9, n) / scale
    far = rng.random(n) < 0.4
    lower = np.where(reduced > 0, point, np.where(far, -INF, point - room))
    upper = np.where(reduced < 0, point, np.where(rng.random(n) < 0.4, INF, point + room))
    lower, upper = np.where(reduced < 0, np.minimum(lower, upper), lower), np.maximum(lower, upper)
    activity = a @ point
    slack = rng.integers(0, 9, m)
    row_lower = np.where(duals > 0, activity, np.where(rng.random(m) < 0.5, -INF, activity - slack))
    row_upper = np.where(duals < 0, activity, np.where(rng.random(m) < 0.5, INF, activity + slack))
    cost = a.T @ duals + reduced
    rows = [(row_lower[i], list(a[i]), row_upper[i]) for i in range(m)]
    offset = float(rng.integers(-50, 51))
    arrays = problem(list(cost), list(zip(lower, upper, strict=True)), rows, offset)
    least = sum((Fraction(c) * Fraction(x) for c, x in zip(cost, point, strict=True)), Fraction(offset))
    return Drawn(arrays, point, duals, least)


def claims(bound: VerifiedBound, least: Fraction) -> float:
    """Check that the bound is not above the least cost; return by how much it is below, relative."""
    assert bound.bound is not None
    assert Fraction(bound.bound) <= least
    return float((least - Fraction(bound.bound)) / max(Fraction(1), abs(least)))


# By hand


BUY_OR_RENT = problem([2.0, 3.0], [(0.0, 3.0), (0.0, INF)], [(4.0, [1.0, 1.0], INF)], 10.0)
"""Four units: three at 2, one at 3, and 10 for nothing: 19."""


def test_the_duals_of_an_optimum_give_the_optimum() -> None:
    # y = 3: 10 + 4 x 3 + the least of (2 - 3) x over [0, 3] = 10 + 12 - 3
    assert claims(verified_bound(BUY_OR_RENT, np.array([3.0]), 19.0), Fraction(19)) < 1e-14


@pytest.mark.parametrize(
    ("dual", "worth"),
    [
        # x <= 3, so y >= 1 follows from the row
        (2.5, 10 + 4 * 2.5 - 0.5 * 3 + 0.5 * 1),
        (2.0, 10 + 4 * 2 + 1),
        (0.0, 10.0 + 3),
        (-5.0, 10.0 + 3),  # at most without end: no such end, so 0
        # x and y cost at most 9 (the claim) together, so y <= 3: 10 + 4 x 4 - 2 x 3 - 1 x 3
        (4.0, 10 + 16 - 6 - 3.0),
    ],
)
def test_any_duals_give_a_lower_bound(dual: float, worth: float) -> None:
    found = verified_bound(BUY_OR_RENT, np.array([dual]), 19.0)
    assert claims(found, Fraction(19)) > 0.0  # never above, nor equal by luck of rounding
    assert found.bound == pytest.approx(worth, rel=1e-5)


def test_a_claim_below_the_optimum_is_no_proof_of_more() -> None:
    # Points that cost less than 15 do not exist: that is all the limit proves, though the sum says more.
    found = verified_bound(BUY_OR_RENT, np.array([3.0]), 15.0)
    assert found.bound == pytest.approx(15.0, rel=2e-6)


def test_duals_that_are_no_numbers_prove_nothing() -> None:
    assert verified_bound(BUY_OR_RENT, np.array([math.nan]), 19.0) == VerifiedBound(None)
    assert verified_bound(BUY_OR_RENT, np.array([3.0]), math.inf) == VerifiedBound(None)


def test_a_column_without_end_is_repaired() -> None:
    # x in no way bounded above and free of cost: with y a rounding above 1 its reduced cost is below 0.
    arrays = problem([1.0, 0.0], [(0.0, 9.0), (0.0, INF)], [(1.0, [1.0, 0.0], INF), (0.0, [1.0, 1.0], INF)])
    duals = np.array([1.0 - 2**-40, 2**-40])
    assert claims(verified_bound(arrays, duals, 1.0), Fraction(1)) < 1e-11


def test_a_free_column_whose_cost_cannot_vanish_is_named() -> None:
    # x - y >= 1 at x - y: 1 whatever both are. With 1/3 as the coefficient no double makes both costs vanish.
    third = 1.0 / 3.0
    free = [(-INF, INF), (-INF, INF)]
    arrays = problem([0.1, -0.3], free, [(1.0, [third, -1.0], INF), (-INF, [0.0, 1.0], INF)])
    found = verified_bound(arrays, np.array([0.3, 0.0]), 0.3)
    assert found.bound is None
    assert found.column in (0, 1)
    even = problem([1.0, -1.0], free, [(1.0, [1.0, -1.0], INF)])
    assert claims(verified_bound(even, np.array([1.0]), 1.0), Fraction(1)) < 1e-14
    assert claims(verified_bound(even, np.array([1.0 + 2**-52]), 1.0), Fraction(1)) < 1e-14


def test_no_rows_and_no_columns() -> None:
    arrays = problem([2.0, -1.0], [(1.0, 3.0), (0.0, 4.0)], [])
    assert claims(verified_bound(arrays, np.zeros(0), -2.0), Fraction(-2)) < 1e-14
    nothing = problem([], [], [], 5.0)
    assert claims(verified_bound(nothing, np.zeros(0), 5.0), Fraction(5)) < 1e-14


# Random


def check(seed: int) -> float | None:
    """Ask with the duals of HiGHS, those drawn, and wrong ones; return the distance with those of HiGHS."""
    arrays, _, duals, least = drawn(seed)
    found = solved(arrays)
    assert found.ended == "optimal" and found.row_duals is not None and found.cost is not None, seed
    rng = np.random.default_rng(seed)
    wrong = [
        duals * (1.0 + 1e-9 * rng.standard_normal(len(duals))),
        duals + rng.standard_normal(len(duals)),
        -duals,
        rng.standard_normal(len(duals)) * 10.0 ** rng.integers(-20, 20, len(duals)),
        np.full(len(duals), 1e300),
    ]
    for claimed in (found.cost, found.cost - 5.0, found.cost + 1e6, -1e9):
        for tried in (duals, found.row_duals, *wrong):
            bound = verified_bound(arrays, tried, claimed)
            if bound.bound is not None:
                claims(bound, least)
    bound = verified_bound(arrays, found.row_duals, found.cost)
    return None if bound.bound is None else claims(bound, least)


def check_all(seeds: range) -> None:
    distances = [check(seed) for seed in seeds]
    close = [distance for distance in distances if distance is not None and distance < 1e-9]
    assert len(close) >= 0.95 * len(seeds), sorted(map(str, distances))[-10:]


def test_random_problems_with_a_known_optimum() -> None:
    check_all(range(60))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_random_problems_with_a_known_optimum() -> None:
    check_all(MANY)


def test_every_point_lies_inside_the_bounds_that_follow() -> None:
    gained = 0
    for seed in range(100):
        arrays, point, _, least = drawn(seed)
        most = math.nextafter(float(least) - arrays.offset, INF)
        lower, upper = implied_bounds(with_cost_row(arrays, most))
        for x, low, high in zip(point.tolist(), lower.tolist(), upper.tolist(), strict=True):
            assert low <= x <= high, seed
        gained += int(np.isinf(arrays.upper).sum() - np.isinf(upper).sum())
    assert gained > 100


def test_bounds_that_follow_by_hand() -> None:
    # 2x - y <= 4 with y <= 6 gives x <= 5; x + z = 7 then z >= 2; and 3y + z >= 0 with y >= -1 needs nothing more.
    arrays = problem(
        [0.0, 0.0, 0.0],
        [(0.0, INF), (-1.0, 6.0), (-INF, INF)],
        [(-INF, [2.0, -1.0, 0.0], 4.0), (7.0, [1.0, 0.0, 1.0], 7.0)],
    )
    lower, upper = implied_bounds(arrays)
    assert upper.tolist() == pytest.approx([5.0, 6.0, 7.0], rel=1e-14)
    assert lower.tolist() == pytest.approx([0.0, -1.0, 2.0], rel=1e-14)
    assert upper[0] >= 5.0 and upper[2] >= 7.0 and lower[2] <= 2.0


def test_rows_that_contradict_each_other_leave_the_bounds_as_they_are() -> None:
    arrays = problem([0.0], [(0.0, INF)], [(3.0, [1.0], INF), (-INF, [1.0], 2.0)])
    lower, upper = implied_bounds(arrays)
    assert lower[0] <= upper[0]


def test_whole_numbers_change_nothing() -> None:
    whole: Any = replace(BUY_OR_RENT, whole=np.array([True, True]))
    assert verified_bound(whole, np.array([3.0]), 19.0) == verified_bound(BUY_OR_RENT, np.array([3.0]), 19.0)
