"""Bounds of columns that follow from the rows: what a column can be, given what the others in its row can be.

For a row `lower <= sum of a x <= upper` and one of its columns, the others add up to no less than their least and no
more than their most, so a x of that column lies between lower - most of the others and upper - least of the others.
The rows are asked in rounds until no column without an end gets one. Every step rounds outward
(planner/solve/rounding.py): a point that keeps rows and bounds lies inside what is returned, exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from planner.solve.arrays import Arrays, Floats
from planner.solve.rounding import above, below, sums, times

ROUNDS = 300
HUGE = 1e100  # counts as without end, so that no sum overflows
IDLE_ROUNDS = 2  # without a new end before the rounds stop

Outward = Callable[[Floats], Floats]


def with_cost_row(arrays: Arrays, most: float) -> Arrays:
    """Return the problem with the row `cost of a point, offset left out, <= most`."""
    used = np.flatnonzero(arrays.cost).astype(np.int32)
    return replace(
        arrays,
        row_lower=np.append(arrays.row_lower, -np.inf),
        row_upper=np.append(arrays.row_upper, most),
        starts=np.append(arrays.starts, arrays.starts[-1] + len(used)).astype(np.int32),
        columns=np.append(arrays.columns, used),
        values=np.append(arrays.values, arrays.cost[used]),
    )


def implied_bounds(arrays: Arrays) -> tuple[Floats, Floats]:
    """Return bounds of all columns that every point inside rows and bounds keeps; some may still have no end."""
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    idle = 0
    for _ in range(ROUNDS):
        without = np.isinf(lower).sum() + np.isinf(upper).sum()
        if not without or idle >= IDLE_ROUNDS:
            break
        lower, upper = narrowed(arrays, lower, upper)
        idle = idle + 1 if np.isinf(lower).sum() + np.isinf(upper).sum() == without else 0
    return lower, upper


def narrowed(arrays: Arrays, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Return the bounds after every row was asked once."""
    values, columns, rows = arrays.values, arrays.columns, arrays.row_of_entry
    up = values > 0.0
    low, high = lower[columns], upper[columns]
    least = below(times(values, np.where(up, low, high)))
    most = above(times(values, np.where(up, high, low)))
    room_above = above(arrays.row_upper[rows] - _others(arrays, least, below))
    room_below = below(arrays.row_lower[rows] - _others(arrays, most, above))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        over, under = room_above / values, room_below / values
    new_lower, new_upper = lower.copy(), upper.copy()
    np.minimum.at(new_upper, columns, above(np.where(up, over, under)))
    np.maximum.at(new_lower, columns, below(np.where(up, under, over)))
    # Rows that contradict each other leave nothing between the ends: the wider ones are true as well.
    crossed = new_lower > new_upper
    return np.where(crossed, lower, new_lower), np.where(crossed, upper, new_upper)


def _others(arrays: Arrays, terms: Floats, outward: Outward) -> Floats:
    """Return for every entry what the other entries of its row add up to, rounded outward; infinite as they are."""
    rows, count = arrays.row_of_entry, arrays.n_rows
    endless = ~(np.abs(terms) < HUGE)
    numbers = np.where(endless, 0.0, terms)
    total, off = sums(rows, numbers, count)
    without_end = np.bincount(rows, endless, minlength=count)[rows] - endless > 0
    end = outward(np.zeros(1))[0] * np.inf
    rest = outward(outward(total[rows] - numbers) + np.copysign(off[rows], end))
    return np.where(without_end, end, rest)
