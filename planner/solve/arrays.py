"""A linear problem with whole numbers in numbers alone, and rows and entries added to one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Arrays:
    """A linear problem with whole numbers, `min cost x + offset` over rows and bounds, in numbers alone.

    The matrix is stored by rows: the entries of row `i` are `starts[i]:starts[i+1]` of `columns` and `values`.
    """

    cost: Floats
    offset: float
    lower: Floats
    upper: Floats
    whole: Mask
    row_lower: Floats
    row_upper: Floats
    starts: Integers
    columns: Integers
    values: Floats

    @property
    def n_columns(self) -> int:
        """Return the number of columns."""
        return len(self.cost)

    @property
    def n_rows(self) -> int:
        """Return the number of rows."""
        return len(self.row_lower)

    @cached_property
    def row_of_entry(self) -> npt.NDArray[np.intp]:
        """Return the row number of every entry."""
        return np.repeat(np.arange(self.n_rows), np.diff(self.starts))

    def row_activity(self, x: Floats) -> Floats:
        """Return the value of every row at `x`."""
        terms = self.values * x[self.columns]
        return np.bincount(self.row_of_entry, terms, minlength=self.n_rows).astype(np.float64)

    def cost_of(self, x: Floats) -> float:
        """Return the cost of `x`, offset included."""
        return float(self.cost @ x + self.offset)

    def least_cost(self) -> float:
        """Return the cost that no point inside the column bounds can undercut, -inf when there is none."""
        used = self.cost != 0.0
        cost, lower, upper = self.cost[used], self.lower[used], self.upper[used]
        return float(np.where(cost > 0, cost * lower, cost * upper).sum() + self.offset)

    def reach(self) -> tuple[Floats, Floats]:
        """Return the least and the most that every row can be, given the bounds of the columns."""
        lower, upper = self.lower[self.columns], self.upper[self.columns]
        up = self.values > 0
        least = self.values * np.where(up, lower, upper)
        most = self.values * np.where(up, upper, lower)
        rows, count = self.row_of_entry, self.n_rows
        return (
            np.bincount(rows, least, minlength=count).astype(np.float64),
            np.bincount(rows, most, minlength=count).astype(np.float64),
        )

    def violation(self, x: Floats) -> float:
        """Return the largest amount by which `x` leaves a row or a bound (not whether it is whole)."""
        activity = self.row_activity(x)
        gaps = (self.row_lower - activity, activity - self.row_upper, self.lower - x, x - self.upper)
        return max((float(gap.max()) for gap in gaps if len(gap)), default=0.0)

    def made_whole(self, x: Floats) -> Floats:
        """Return `x` with the whole numbers rounded, inside their bounds."""
        return np.where(self.whole, np.clip(np.round(x), self.lower, self.upper), x)

    def is_sound(self, x: Floats, tolerance: float) -> bool:
        """Return whether `x` with its whole numbers rounded leaves no row and no bound by more than `tolerance`."""
        return self.violation(self.made_whole(x)) <= tolerance


class Entries:
    """The rows of a problem, to which entries and rows are added."""

    def __init__(self, arrays: Arrays) -> None:
        self._rows = [arrays.row_of_entry]
        self._columns = [arrays.columns]
        self._values = [arrays.values]
        self._lower = arrays.row_lower.tolist()
        self._upper = arrays.row_upper.tolist()
        self._more: list[tuple[int, int, float]] = []

    def new_row(self, lower: float, upper: float) -> int:
        """Return the number of a new row with these ends."""
        self._lower.append(lower)
        self._upper.append(upper)
        return len(self._lower) - 1

    def add(self, row: int, column: int, value: float) -> None:
        """Add one entry."""
        self._more.append((row, column, value))

    def arrays(self, cost: Floats, lower: Floats, upper: Floats, whole: Mask) -> Arrays:
        """Return the problem, its entries sorted by row."""
        more = np.array(self._more, dtype=np.float64).reshape(-1, 3)
        rows = np.concatenate([*self._rows, more[:, 0].astype(np.int64)])
        columns = np.concatenate([*self._columns, more[:, 1].astype(np.int32)])
        values = np.concatenate([*self._values, more[:, 2]])
        order = np.argsort(rows, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(self._lower)))])
        return Arrays(
            cost=cost,
            offset=0.0,
            lower=lower,
            upper=upper,
            whole=whole,
            row_lower=np.array(self._lower, dtype=np.float64),
            row_upper=np.array(self._upper, dtype=np.float64),
            starts=starts.astype(np.int32),
            columns=columns[order].astype(np.int32),
            values=values[order],
        )
