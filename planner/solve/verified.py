"""A lower bound on the cost that does not rest on the solver's word: from any duals, rounded down.

For any numbers y, one a row, and d = c - A'y, every point has c'x = y'(Ax) + d'x. So a point that keeps
row_lower <= Ax <= row_upper and lower <= x <= upper costs no less than

    offset + sum over rows of (y row_lower where y > 0, y row_upper where y < 0)
           + sum over columns of the least of d x over [lower, upper].

Nothing is asked of y: the duals of a wrong solver give a weaker bound, never a wrong one. Where y points to an end
that a row does not have, it is set to 0 first. d is known up to an interval (its sum is taken in doubles, see
planner/solve/rounding.py); the least over interval and column is at one of four corners; every product is rounded
down and `math.fsum` rounds the exact sum of them once, after which one step down makes up for it.

A column without an end needs one (a reduced cost of 1e-17 of the wrong sign would cost without end). It is derived
from the rows (planner/solve/implied.py) together with one row more: cost <= limit, with a limit just above the cost
that the solver claims. A point inside the box of these bounds costs at least the sum above; every other point breaks
the row and costs more than the limit. So no point costs less than the smaller of the two, whatever the limit is.

Where no end follows, the reduced cost is computed exactly, as a fraction, and must not have the harmful sign; where
it has, the dual of one of the column's rows is moved until it has not (planner/solve/repaired.py). A column that
withstands that is named, and there is no bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from planner.solve.arrays import Arrays, Floats
from planner.solve.implied import implied_bounds, with_cost_row
from planner.solve.repaired import repaired
from planner.solve.rounding import above, below, sums, times

LIMIT_ROOM = 1e-6  # relative: how far above the cost claimed the limit stands


@dataclass(frozen=True)
class VerifiedBound:
    """No point costs less than `bound`; where that is None, `column` says which one stands in the way, if one does."""

    bound: float | None
    column: int | None = None


def verified_bound(arrays: Arrays, duals: Floats, claimed: float) -> VerifiedBound:
    """Return a bound that every point of the linear problem keeps, so with whole numbers all the more.

    `duals` has a number for each row, `claimed` is the cost that the solver calls the least; both may be wrong.
    """
    if not (np.isfinite(duals).all() and math.isfinite(claimed)):
        return VerifiedBound(None)
    limit = claimed + LIMIT_ROOM * max(1.0, abs(claimed))
    room = math.nextafter(limit - arrays.offset, math.inf)  # the row leaves the offset out
    lower, upper = implied_bounds(with_cost_row(arrays, room))
    y = _with_ends(arrays, duals)
    least, most = _reduced_costs(arrays, y)
    terms = _least_terms(least, most, lower, upper)
    if np.isneginf(terms).any():
        y, stuck = repaired(arrays, y, lower, upper, np.flatnonzero(np.isneginf(terms)))
        if stuck is not None:
            return VerifiedBound(None, stuck)
        least, most = _reduced_costs(arrays, y)  # the sign of those without an end is right by now, exactly
        least = np.where(np.isinf(upper), np.maximum(least, 0.0), least)
        most = np.where(np.isinf(lower), np.minimum(most, 0.0), most)
        terms = _least_terms(least, most, lower, upper)
    total = _sum_below([_row_terms(arrays, y), terms, np.array([arrays.offset])])
    return VerifiedBound(None if total is None else min(total, limit))


def _with_ends(arrays: Arrays, duals: Floats) -> Floats:
    """Return the duals, 0 where they point to an end that the row does not have."""
    endless = np.where(duals > 0.0, np.isinf(arrays.row_lower), np.isinf(arrays.row_upper))
    return np.where(endless, 0.0, duals)


def _reduced_costs(arrays: Arrays, y: Floats) -> tuple[Floats, Floats]:
    """Return two ends between which each c - A'y lies exactly."""
    columns = np.concatenate([np.arange(arrays.n_columns), arrays.columns])
    terms = np.concatenate([arrays.cost, -times(arrays.values, y[arrays.row_of_entry])])
    total, off = sums(columns, terms, arrays.n_columns)
    alone = np.bincount(arrays.columns, minlength=arrays.n_columns) == 0  # in no row: the cost itself
    return np.where(alone, total, below(total - off)), np.where(alone, total, above(total + off))


def _least_terms(least: Floats, most: Floats, lower: Floats, upper: Floats) -> Floats:
    """Return the least of reduced cost x column, rounded down; -inf where it has no end."""
    corners = [times(d, x) for d in (least, most) for x in (lower, upper)]
    return below(np.minimum.reduce(corners))


def _row_terms(arrays: Arrays, y: Floats) -> Floats:
    """Return what each row is worth at the end to which its dual points, rounded down."""
    return below(times(y, np.where(y > 0.0, arrays.row_lower, arrays.row_upper)))


def _sum_below(parts: list[Floats]) -> float | None:
    """Return the sum of all numbers, rounded down; None where it has no end."""
    numbers = np.concatenate(parts)
    if not np.isfinite(numbers).all():
        return None
    try:
        total = math.nextafter(math.fsum(numbers.tolist()), -math.inf)
    except OverflowError:
        return None
    return total if math.isfinite(total) else None
