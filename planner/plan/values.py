"""The solver's values by variable and index: what a frame is computed from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from planner.data.types import Index, Term

NOISE = 1e-9
"""Amounts below this are the solver's rounding, not decisions."""


@dataclass(frozen=True)
class Values:
    """Values of all columns of the model; a column that the model does not have is zero by meaning."""

    by_variable: Mapping[str, Mapping[Index, float]]

    @staticmethod
    def of(by_component: Mapping[str, Mapping[Any, float]]) -> Values:
        """Values as the solver gives them, every index made a tuple of strings."""
        return Values(
            {
                variable: {as_index(index): value for index, value in column.items()}
                for variable, column in by_component.items()
            }
        )

    def __call__(self, variable: str, *index: object) -> float:
        """The value of one column; 0 where the model has none."""
        return self.by_variable.get(variable, {}).get(as_index(index), 0.0)

    def sum(self, terms: Iterable[Term]) -> float:
        """Sum of coefficient x value."""
        return sum(factor * self(variable, *index) for variable, index, factor in terms)


def as_index(index: object) -> Index:
    """An index as a tuple of strings: a period number becomes its text, None (a scalar) the empty tuple."""
    if index is None:
        return ()
    if isinstance(index, tuple):
        return tuple(str(part) for part in index)
    return (str(index),)
