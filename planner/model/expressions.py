"""The few forms that rules share: a sum of terms, and a state on the last day of the node before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyomo.core.expr.numeric_expr import LinearExpression, MonomialTermExpression

from planner.data.types import Term
from planner.model.given import Given


def total(m: Any, terms: Iterable[Term]) -> Any:
    """Sum of coefficient x variable; a term of a variable that the model does not have is a KeyError."""
    variable = m.variable
    return LinearExpression(
        [MonomialTermExpression((number, variable[var, index])) for var, index, number in terms]
    )


def before(state: Any, d: Given, *index: str, first: float = 0.0) -> Any:
    """`state` on the last day of the node before `index[-1]`; `first` where the calendar starts."""
    parent = d.tree.parent[index[-1]]
    return first if parent is None else state[(*index[:-1], parent)]
