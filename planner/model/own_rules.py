"""Rules that a user wrote: each row is a comparison of sums, or plainly true or false."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.core.expr.visitor import identify_variables

from planner.errors import InfeasibleError, PlannerError, UsageError
from planner.model.given import Given
from planner.model.registry import BuiltFamily, OwnRule, family_of

FORM = "a rule takes (m, d, *index) and returns a comparison of sums; docs/model.md lists what m and d hold"
SHOWN = 3
"""Rows of a false rule that are named."""


def add_own(m: Any, d: Given, own: OwnRule) -> None:
    """Add a user's rule as a family of rows; whatever it raises comes back with its name.

    A row without a variable holds or fails whatever is decided. One that holds is left out, with a note in `m.notes`;
    one that fails raises InfeasibleError with the members for which it does.
    """
    if m.component(own.name) is not None:
        raise UsageError(
            f"the model has a {own.name} already", rule=own.name, hint="give the rule another name"
        )
    one = family_of(own)
    members = _members(d, own)
    rows: dict[Any, Any] = {}
    true: list[Any] = []
    false: list[Any] = []
    for index in members:
        said = _said(m, d, own, index)
        truth = _truth(said)
        if truth is None:
            rows[index] = said
        else:
            (true if truth else false).append(index)
    if false:
        raise _never(own, false)
    try:
        m.add_component(own.name, pyo.Constraint(list(rows), rule=lambda m, *index: rows[_member(index)]))
    except Exception as error:
        raise _refused(own, f"{type(error).__name__}: {error}") from error
    if true:
        count = "all" if not rows else f"{len(true)} of {len(members)}"
        m.notes.append(
            f"rule {own.name} holds whatever is decided in {count} of its rows: no variable is in them"
        )
    m.families[own.name] = BuiltFamily(one, len(rows), d)


def _members(d: Given, own: OwnRule) -> tuple[Any, ...]:
    try:
        members = family_of(own).indices(d)
    except (AttributeError, TypeError) as error:
        raise UsageError(
            f"there is no set {own.over!r} to write the rule for",
            rule=own.name,
            hint="the usual one is over='nodes'",
        ) from error
    return members


def _said(m: Any, d: Given, own: OwnRule, index: Any) -> Any:
    """What the rule returns for a member: a relation, or a truth."""
    try:
        said = own.function(m, d, *(index if isinstance(index, tuple) else (index,)))
    except PlannerError:
        raise
    except KeyError as error:
        raise _refused(
            own, f"{_words(index)}: there is no {error.args[0] if error.args else error}"
        ) from error
    except Exception as error:
        raise _refused(own, f"{_words(index)}: {type(error).__name__}: {error}") from error
    if said is None:
        raise _refused(own, f"{_words(index)}: it returns nothing")
    if said is pyo.Constraint.Infeasible:
        return False
    if said is pyo.Constraint.Feasible or said is pyo.Constraint.Skip:
        return True
    relational = getattr(said, "is_relational", None)
    if isinstance(said, bool | np.bool_) or (relational is not None and relational()):
        return said
    raise _refused(own, f"{_words(index)}: it returns {str(said)[:80]!r}, which compares nothing")


def _truth(said: Any) -> bool | None:
    """Whether a row without a variable holds; None for a row that has one."""
    if isinstance(said, bool | np.bool_):
        return bool(said)
    if next(identify_variables(said, include_fixed=True), None) is not None:
        return None
    return bool(pyo.value(said))


def _never(own: OwnRule, members: list[Any]) -> InfeasibleError:
    shown = ", ".join(_words(index) for index in members[:SHOWN])
    more = f" and {len(members) - SHOWN} more" if len(members) > SHOWN else ""
    return InfeasibleError(
        f"no plan keeps your own rule {own.name}",
        explanation=(
            f"{own.name} is false for {shown}{more} whatever is decided: no variable is in it there",
        ),
        stopped_by="infeasible",
        rule=own.name,
        hint="change its numbers, or write it for fewer members with over=",
    )


def _refused(own: OwnRule, why: str) -> UsageError:
    return UsageError(f"the rule cannot be written for {own.over}: {why}", rule=own.name, hint=FORM)


def _member(index: tuple[Any, ...]) -> Any:
    return index if len(index) > 1 else index[0]


def _words(index: Any) -> str:
    parts: Iterable[Any] = index if isinstance(index, tuple) else (index,)
    return ", ".join(map(str, parts))
