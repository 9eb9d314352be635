"""Sums and products of doubles with the rounding outward, so that what is true of the ends is true of the numbers.

IEEE 754 gives the double nearest to the exact result of one operation: the exact result lies between the doubles
next to the one given. A sum of k numbers in any order is off by at most (k - 1) x 2^-53 / (1 - (k - 1) x 2^-53)
x the sum of their magnitudes (Higham, Accuracy and Stability of Numerical Algorithms, section 4.2); `slack` allows
more than twice that for k + 2 numbers, which covers the rounding of the k products before and of the sum of
magnitudes itself, and a constant for products that underflow. All of it holds for up to 10^9 numbers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from planner.solve.arrays import Floats

EPSILON = 2.0**-52
UNDERFLOW = 1e-300  # far above what k products can lose to underflow, k x 2^-1075


def below(number: Floats) -> Floats:
    """Return a number that is not above the exact result which was rounded to `number`."""
    return np.nextafter(number, -np.inf)


def above(number: Floats) -> Floats:
    """Return a number that is not below the exact result which was rounded to `number`."""
    return np.nextafter(number, np.inf)


def slack(count: npt.NDArray[np.intp], magnitude: Floats) -> Floats:
    """Return by how much sums of `count` products, whose magnitudes add up to `magnitude`, may be off."""
    return np.where(count > 0, (count + 2) * EPSILON * magnitude + UNDERFLOW, 0.0)


def sums(places: npt.NDArray[np.intp], terms: Floats, length: int) -> tuple[Floats, Floats]:
    """Return the sum of the terms at each place, and by how much it may be off (see `slack`)."""
    total = np.bincount(places, terms, minlength=length).astype(np.float64)
    magnitude = np.bincount(places, np.abs(terms), minlength=length).astype(np.float64)
    return total, slack(np.bincount(places, minlength=length), magnitude)


def times(number: Floats, end: Floats) -> Floats:
    """Return the products, where nothing of something without end is nothing."""
    with np.errstate(invalid="ignore", over="ignore"):
        return np.where(number == 0.0, 0.0, number * end)
