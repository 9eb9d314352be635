"""Whole numbers tied to amounts by a "most" that no plan can reach: the most is lowered to what the other rules allow.

A rule `amount <= most x whole` holds an amount at zero until the whole number is one. Where `most` is a user's way of
saying "no limit", a whole number of a millionth, which the solver takes for zero, lets through a millionth of it: MW
that pay no fixed cost. So before the search `most` is replaced by the most that the amount can be at all, by every
other rule of the model: site power on every date, supply, demand served, counts, the bounds of the columns.

Why no plan is cut off. Let a row be `a - M (z1 + z2 + ...) <= 0`, the z whole and at least 0, and let A be the most
that its other part a can be under the rules. If all z are 0 the row says a <= 0, whatever M is. Otherwise their sum
is at least 1, and `a <= A` holds for every plan: with M = A the row asks for no more than that, and where M was lower
than A it is left as it is. So the whole plans are the same, and only the relaxation has fewer points. A comes from
the rows alone: a rule that is switched off takes no part, a rule that a user wrote does.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.solve.arrays import Arrays, Floats, Mask
from planner.solve.implied import narrowed

ROUNDS = 12
MARGIN = 1e-6
"""Relative room beyond what can be reached, so that the solver's own rounding cuts nothing off."""
WORTH_IT = 0.999
"""A most is lowered where it falls below this share of itself."""
LEAST = 1e-3
"""A most is not lowered further: what is nearly nothing is no better known."""


def tightened(arrays: Arrays) -> Arrays:
    """Return the problem with every such most lowered to what the other rules allow; whole plans are the same."""
    if not arrays.whole.any() or not len(arrays.values):
        return arrays
    rows = _ties(arrays)
    if not rows.any():
        return arrays
    return _lowered(arrays, rows, *reachable(arrays))


def reachable(arrays: Arrays) -> tuple[Floats, Floats]:
    """Return what every column can be at least and at most: all rows asked in turn, as long as it gains much."""
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    for _ in range(ROUNDS):
        new_lower, new_upper = narrowed(arrays, lower, upper)
        with np.errstate(invalid="ignore"):
            gained = (upper - new_upper > MARGIN * (1.0 + np.abs(new_upper))).any()
            raised = (new_lower - lower > MARGIN * (1.0 + np.abs(new_lower))).any()
        lower, upper = new_lower, new_upper
        if not (gained or raised):
            break
    return lower, upper


def _ties(arrays: Arrays) -> Mask:
    """Rows `a - M z - ... <= 0` (or `>= 0` with all signs turned) whose z are whole and at least 0."""
    rows, a, columns = arrays.row_of_entry, arrays.values, arrays.columns
    counted = arrays.whole[columns] & (arrays.lower[columns] >= 0.0)
    sign = np.where(arrays.row_upper == 0.0, 1.0, -1.0)[rows]
    pays = counted & (a * sign < 0.0)
    one_sided = ((arrays.row_upper == 0.0) & np.isneginf(arrays.row_lower)) | (
        (arrays.row_lower == 0.0) & np.isposinf(arrays.row_upper)
    )
    ties: Mask = one_sided & (np.bincount(rows, pays, minlength=arrays.n_rows) > 0)
    return ties


def _lowered(arrays: Arrays, ties: Mask, lower: Floats, upper: Floats) -> Arrays:
    rows, columns = arrays.row_of_entry, arrays.columns
    sign = np.where(arrays.row_upper == 0.0, 1.0, -1.0)[rows]
    a = arrays.values * sign
    most_of_entry = np.where(a > 0, a * upper[columns], a * lower[columns])
    pays = arrays.whole[columns] & (arrays.lower[columns] >= 0.0) & (a < 0.0)
    amount = np.bincount(rows, np.where(pays, 0.0, most_of_entry), minlength=arrays.n_rows)
    amount = np.where(np.isfinite(amount), np.maximum(amount * (1.0 + MARGIN), LEAST), np.inf)[rows]
    change = ties[rows] & pays & (amount < WORTH_IT * -a)
    return replace(arrays, values=np.where(change, -sign * amount, arrays.values))
