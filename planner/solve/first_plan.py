"""Round and restrict: which whole numbers a first plan may use, judged by what the relaxation uses.

A model may say more than its arrays do, by two attributes (both plain dicts, both optional):

`m.restrict_threshold: {variable: least}`: an integer of this component is forbidden (held at 0) in the first
plan when its relaxed value is below `least`; 0 never forbids it, which is right for an integer that must be
free to follow the others. Components not listed use 0.02.

`m.restrict_measure: {(variable, index): (((variable, index), ...), least)}`: this integer is judged by the sum
of the relaxed values of the listed variables instead, and forbidden when the sum is below `least`. For a signing:
its `signed_mw` by chip against 0.3 of its smallest size.

Only integers that may be 0 are ever forbidden, and never one that an earlier plan uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planner.solve.arrays import Arrays, Floats, Integers, Mask
from planner.solve.handover import HandOver, Key

THRESHOLD = 0.02


@dataclass(frozen=True)
class Hints:
    """How to judge the integers: a least relaxed value by column, and sums of columns for some of them."""

    least: Floats
    measures: Mapping[int, tuple[Integers, float]]


def read_hints(model: Any, handed: HandOver) -> Hints:
    """Return the hints attached to `model`; a name that the model does not have raises `KeyError`."""
    thresholds: Mapping[str, float] = getattr(model, "restrict_threshold", {})
    measured: Mapping[Key, tuple[tuple[Key, ...], float]] = getattr(model, "restrict_measure", {})
    components = {component for component, _ in handed.columns}
    for component in thresholds:
        if component not in components:
            raise KeyError(f"restrict_threshold names {component}, which is no variable of the model")
    least = np.full(handed.arrays.n_columns, THRESHOLD)
    for number, (component, _) in enumerate(handed.columns):
        if component in thresholds:
            least[number] = thresholds[component]
    column_of = handed.column_of
    measures = {
        column_of[key]: (np.array([column_of[one] for one in keys], dtype=np.int32), float(bar))
        for key, (keys, bar) in measured.items()
    }
    return Hints(least, measures)


def forbidden(arrays: Arrays, hints: Hints, relaxed: Floats, used: Mask) -> Mask:
    """Return which columns a first plan holds at 0; `used` are those that an earlier plan uses."""
    small = relaxed < hints.least
    for column, (parts, bar) in hints.measures.items():
        small[column] = relaxed[parts].sum() < bar
    may_be_zero = (arrays.lower <= 0.0) & (arrays.upper > 0.0)
    return arrays.whole & may_be_zero & small & ~used


def held_at_zero(arrays: Arrays, columns: Mask) -> Arrays:
    """Return the problem with `columns` held at 0."""
    return replace(
        arrays, lower=np.where(columns, 0.0, arrays.lower), upper=np.where(columns, 0.0, arrays.upper)
    )


def held_at(arrays: Arrays, columns: Mask, values: Floats) -> Arrays:
    """Return the problem with the integers among `columns` held at `values` rounded whole, inside their bounds."""
    fixed = arrays.whole & columns
    whole = np.clip(np.round(np.where(fixed, values, 0.0)), arrays.lower, arrays.upper)
    return replace(
        arrays,
        lower=np.where(fixed, whole, arrays.lower),
        upper=np.where(fixed, whole, arrays.upper),
        whole=arrays.whole & ~fixed,
    )
