"""Duals moved a little, so that no column without an end has a reduced cost of the harmful sign.

A column that may grow without end needs a reduced cost of at least 0, one that may fall without end of at most 0, one
without both ends of exactly 0. Duals of a solver miss that by a rounding. Reduced costs are computed exactly here, as
fractions: a double is one. Any duals give a valid bound (planner/solve/verified.py), so moving them needs no excuse;
it costs as much of the bound as they are moved by.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from planner.solve.arrays import Arrays, Floats

MOST_MOVES = 2000
MARGINS = (0.0, 1.0, 8.0, 1e3, 1e6)  # times the spacing of doubles about the dual: how far beyond 0 to aim


def repaired(
    arrays: Arrays, duals: Floats, lower: Floats, upper: Floats, suspects: npt.NDArray[np.intp]
) -> tuple[Floats, int | None]:
    """Return duals under which no column has the harmful sign, or also the first column where that fails.

    `lower` and `upper` are bounds of the columns, `suspects` those that may have the harmful sign now.
    """
    work = _Repair(arrays, duals.copy(), lower, upper)
    queue, moves = suspects.tolist(), 0
    while queue:
        column = queue.pop()
        if not work.harmful(column):
            continue
        moves += 1
        if moves > MOST_MOVES or not work.move_for(column):
            return work.duals, column
    return work.duals, None


class _Repair:
    """The duals as they are now, with what is needed to move them."""

    def __init__(self, arrays: Arrays, duals: Floats, lower: Floats, upper: Floats) -> None:
        self.arrays, self.duals = arrays, duals
        self.falls, self.grows = np.isinf(lower), np.isinf(upper)
        self.endless = self.falls | self.grows
        order = np.argsort(arrays.columns, kind="stable")
        self._rows, self._values = arrays.row_of_entry[order], arrays.values[order]
        counts = np.bincount(arrays.columns, minlength=arrays.n_columns)
        self._starts = np.concatenate([[0], np.cumsum(counts)])

    def entries(self, column: int) -> list[tuple[int, float]]:
        """Return row and value of the entries of a column."""
        place = slice(self._starts[column], self._starts[column + 1])
        return list(zip(self._rows[place].tolist(), self._values[place].tolist(), strict=True))

    def reduced_cost(self, column: int) -> Fraction:
        """Return the reduced cost, exactly."""
        parts = (Fraction(value) * Fraction(float(self.duals[row])) for row, value in self.entries(column))
        return Fraction(float(self.arrays.cost[column])) - sum(parts, Fraction(0))

    def harmful(self, column: int) -> bool:
        """Whether the column can earn without end at the duals as they are."""
        cost = self.reduced_cost(column)
        return bool((cost < 0 and self.grows[column]) or (cost > 0 and self.falls[column]))

    def move_for(self, column: int) -> bool:
        """Move the dual of one row so that the column does no harm, nor any other without an end in that row.

        The row whose move costs least of all that will do is taken, by how far it moves.
        """
        cost = self.reduced_cost(column)
        moves = []
        for row, value in self.entries(column):
            for margin in MARGINS:
                aim = Fraction(margin * abs(value)) * Fraction(math.ulp(float(self.duals[row])))
                target = aim if self.grows[column] else -aim
                exact = Fraction(float(self.duals[row])) + (cost - target) / Fraction(value)
                moved = float(exact)
                if self._will_do(row, moved, column):
                    moves.append((abs(moved - float(self.duals[row])), row, moved))
                    break
        if not moves:
            return False
        _, row, moved = min(moves)
        self.duals[row] = moved
        return True

    def _will_do(self, row: int, moved: float, column: int) -> bool:
        if not math.isfinite(moved):
            return False
        ends = self.arrays.row_lower if moved > 0.0 else self.arrays.row_upper
        if moved != 0.0 and math.isinf(ends[row]):
            return False
        kept, place = self.duals[row], slice(self.arrays.starts[row], self.arrays.starts[row + 1])
        others = [one for one in self.arrays.columns[place].tolist() if self.endless[one]]
        before = [one for one in others if one != column and not self.harmful(one)]
        self.duals[row] = moved
        fine = not self.harmful(column) and not any(map(self.harmful, before))
        self.duals[row] = kept
        return fine
