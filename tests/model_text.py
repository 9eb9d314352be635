"""A family of rows as text that a person can check: one line a row, terms in the order of the columns."""

from __future__ import annotations

import math
from typing import Any

from planner.solve.handover import HandOver


def family_text(handed: HandOver, name: str) -> str:
    """Return the rows of one constraint component."""
    arrays = handed.arrays
    lines = []
    for row, (component, index) in enumerate(handed.rows):
        if component == name:
            entries = range(arrays.starts[row], arrays.starts[row + 1])
            terms = sorted((int(arrays.columns[e]), float(arrays.values[e])) for e in entries)
            text = " ".join(_term(value, *handed.columns[column]) for column, value in terms) or "0"
            lines.append(
                f"{_name(name, index)}: {_relation(text, arrays.row_lower[row], arrays.row_upper[row])}"
            )
    return "\n".join(lines) + "\n"


def objective_text(handed: HandOver) -> str:
    """Return the cost of every column, and its bounds."""
    arrays = handed.arrays
    lines = [f"offset {arrays.offset:.10g}"]
    for column, key in enumerate(handed.columns):
        low, high = arrays.lower[column], arrays.upper[column]
        whole = " whole" if arrays.whole[column] else ""
        lines.append(f"{_name(*key)}: {arrays.cost[column]:.10g} in [{low:.10g}, {high:.10g}]{whole}")
    return "\n".join(lines) + "\n"


def _relation(text: str, lower: float, upper: float) -> str:
    if lower == upper:
        return f"{text} = {lower + 0.0:.10g}"
    if math.isinf(lower):
        return f"{text} <= {upper + 0.0:.10g}"
    if math.isinf(upper):
        return f"{text} >= {lower + 0.0:.10g}"
    return f"{lower + 0.0:.10g} <= {text} <= {upper + 0.0:.10g}"


def _term(value: float, component: str, index: Any) -> str:
    sign, size = ("-" if value < 0 else "+"), abs(value)
    return (
        f"{sign} {_name(component, index)}"
        if size == 1.0
        else f"{sign} {size:.10g} {_name(component, index)}"
    )


def _name(component: str, index: Any) -> str:
    parts = index if isinstance(index, tuple) else (index,)
    return f"{component}[{','.join(map(str, parts))}]"
