"""A Pyomo model becomes plain arrays: sparse rows, bounds, costs, whole numbers, and the way back to names.

Columns come in the order in which variables were declared, rows in the order of the constraints, and inside a
component in the order of its index, so the same model always gives the same arrays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyomo.environ as pyo

from planner.errors import UsageError
from planner.solve.arrays import Arrays, Floats, Mask
from planner.solve.linear import NotLinearError, collect, relation

Key = tuple[str, Any]  # (component, index as Pyomo has it)

_INF = math.inf


@dataclass(frozen=True)
class HandOver:
    """The arrays of a model with the names of their columns and rows."""

    arrays: Arrays
    columns: tuple[Key, ...]
    rows: tuple[Key, ...]

    @cached_property
    def column_of(self) -> Mapping[Key, int]:
        """Return the column number of every (component, index)."""
        return {key: number for number, key in enumerate(self.columns)}

    @cached_property
    def row_of(self) -> Mapping[Key, int]:
        """Return the row number of every (component, index)."""
        return {key: number for number, key in enumerate(self.rows)}


def hand_over(model: pyo.ConcreteModel, objective: str = "objective") -> HandOver:
    """Return the arrays of `model`, minimising its component `objective`.

    Inactive constraints are left out; a fixed variable keeps its column with both bounds at its value. Raises
    `UsageError` naming the row when a rule is not linear or holds a number that is not finite.
    """
    columns, number_of, lower, upper, whole = _columns(model)
    rows, row_lower, row_upper, starts, indices, values = _rows(model, number_of)
    cost, offset = _objective(model, objective, number_of)
    arrays = Arrays(
        cost=cost,
        offset=offset,
        lower=lower,
        upper=upper,
        whole=whole,
        row_lower=np.array(row_lower, dtype=np.float64),
        row_upper=np.array(row_upper, dtype=np.float64),
        starts=np.array(starts, dtype=np.int32),
        columns=np.array(indices, dtype=np.int32),
        values=np.array(values, dtype=np.float64),
    )
    handed = HandOver(arrays=arrays, columns=tuple(columns), rows=tuple(rows))
    _refuse_what_is_not_finite(handed)
    return handed


def _columns(model: pyo.ConcreteModel) -> tuple[list[Key], dict[int, int], Floats, Floats, Mask]:
    keys: list[Key] = []
    number_of: dict[int, int] = {}
    lower: list[float] = []
    upper: list[float] = []
    whole: list[bool] = []
    is_whole: dict[int, bool] = {}  # by domain: asking each variable is slow
    for component in model.component_objects(pyo.Var):
        name = component.local_name
        for index, variable in component.items():
            number_of[id(variable)] = len(keys)
            keys.append((name, index))
            domain = id(variable.domain)
            if domain not in is_whole:
                is_whole[domain] = bool(variable.is_integer())
            whole.append(is_whole[domain])
            low, high = (variable.value, variable.value) if variable.fixed else variable.bounds
            lower.append(-_INF if low is None else low)
            upper.append(_INF if high is None else high)
    return (
        keys,
        number_of,
        np.array(lower, dtype=float),
        np.array(upper, dtype=float),
        np.array(whole, dtype=bool),
    )


def _rows(
    model: pyo.ConcreteModel, number_of: dict[int, int]
) -> tuple[list[Key], list[float], list[float], list[int], list[int], list[float]]:
    keys: list[Key] = []
    row_lower: list[float] = []
    row_upper: list[float] = []
    starts: list[int] = [0]
    indices: list[int] = []
    values: list[float] = []
    for component in model.component_objects(pyo.Constraint, active=True):
        name = component.local_name
        for index, row in component.items():
            if not row.active:
                continue
            try:
                low, terms, high = relation(row.expr, number_of)
            except NotLinearError as error:
                raise UsageError(
                    f"the rule is not linear: {error}",
                    where=f"{name}[{index}]",
                    rule=name,
                    hint="write it as a sum of numbers times variables",
                ) from error
            keys.append((name, index))
            row_lower.append(low)
            row_upper.append(high)
            for column, value in terms.items():
                if value != 0.0:
                    indices.append(column)
                    values.append(value)
            starts.append(len(indices))
    return keys, row_lower, row_upper, starts, indices, values


def _objective(model: pyo.ConcreteModel, name: str, number_of: dict[int, int]) -> tuple[Floats, float]:
    component = model.component(name)
    if component is None or component.sense != pyo.minimize:
        raise ValueError(f"the model needs an objective {name!r} to be minimised")
    terms: dict[int, float] = {}
    offset = collect(component.expr, 1.0, terms, number_of)
    cost = np.zeros(len(number_of))
    for column, value in terms.items():
        cost[column] = value
    return cost, float(offset)


def _refuse_what_is_not_finite(handed: HandOver) -> None:
    arrays = handed.arrays
    for bad, name in _not_finite(arrays):
        if bad.any():
            number = int(np.argmax(bad))
            key = handed.rows[number] if name == "row" else handed.columns[number]
            raise UsageError(
                f"a number in this {name} is not finite",
                where=f"{key[0]}[{key[1]}]",
                rule=key[0] if name == "row" else None,
            )
    if not math.isfinite(arrays.offset):
        raise UsageError("the constant of the objective is not finite")


def _not_finite(arrays: Arrays) -> Iterator[tuple[Mask, str]]:
    entries = ~np.isfinite(arrays.values)
    rows = np.isnan(arrays.row_lower) | np.isnan(arrays.row_upper)
    rows |= (arrays.row_lower == _INF) | (arrays.row_upper == -_INF)
    if entries.any():
        rows[arrays.row_of_entry[entries]] = True
    yield rows, "row"
    yield ~np.isfinite(arrays.cost), "column"
    yield np.isnan(arrays.lower) | np.isnan(arrays.upper), "column"
