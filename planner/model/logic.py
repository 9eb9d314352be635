"""Logical limits: what is chosen stays chosen; exclusions, counts and prerequisites."""

from __future__ import annotations

from typing import Any

from planner.model.expressions import before
from planner.model.given import Given
from planner.model.registry import family


def _price(d: Given, *index: str) -> float:
    """A choice broken by one costs the value of a GW unserved for a year."""
    return 1000.0 * d.unserved_year_usd_m_per_mw


@family(over="logic.chosen", unit="count")
def chosen_stays(m: Any, d: Given, thing: str, n: str) -> Any:
    r"""What has been chosen stays chosen.

    $$ chosen_{i,n} \ge chosen_{i,p(n)} $$
    """
    return m.chosen[thing, n] >= before(m.chosen, d, thing, n)


@family(over="logic.decisions", unit="count")
def chosen_with_decision(m: Any, d: Given, thing: str, n: str) -> Any:
    r"""A thing is decided only where it counts as chosen.

    $$ decision_{i,n} \le N_{i,n}\, chosen_{i,n} $$
    """
    variable, most = d.logic.decisions[thing, n]
    return m.variable[variable, (thing, n)] <= most * m.chosen[thing, n]


@family(over="logic.chosen", unit="count")
def chosen_by_decision(m: Any, d: Given, thing: str, n: str) -> Any:
    r"""A thing becomes chosen only by a decision.

    $$ chosen_{i,n} \le chosen_{i,p(n)} + decision_{i,n} $$
    """
    decided = sum(m.variable[variable, (thing, n)] for variable in d.deciding[thing, n])
    return m.chosen[thing, n] <= before(m.chosen, d, thing, n) + decided


@family(
    over="chosen_at_most",
    unit="count",
    sentence="of choice {choice} at most so many are chosen",
    price=_price,
)
def at_most_chosen(m: Any, d: Given, choice: str, last: str) -> Any:
    r"""At most so many things of a choice are ever chosen, what stands counted.

    $$ \sum_i chosen_{i,last} + \sum_{r, u \preceq last} took_{r,u} \le k $$
    """
    things, rounds, most = d.logic.at_most[choice, last]
    return sum(m.chosen[i, last] for i in things) + sum(m.took[each] for each in rounds) <= most


@family(
    over="chosen_at_least",
    unit="count",
    sentence="of choice {choice} at least so many are chosen",
    price=_price,
)
def at_least_chosen(m: Any, d: Given, choice: str, last: str) -> Any:
    r"""At least so many things of a choice are chosen in the end, what stands counted.

    $$ \sum_i chosen_{i,last} + \sum_{r, u \preceq last} took_{r,u} \ge k $$
    """
    things, rounds, least = d.logic.at_least[choice, last]
    return sum(m.chosen[i, last] for i in things) + sum(m.took[each] for each in rounds) >= least


@family(
    over="logic.needs", unit="count", sentence="choice {choice}: {needed} comes first, in {n}", price=_price
)
def needed_before(m: Any, d: Given, choice: str, needed: str, n: str) -> Any:
    r"""A thing is chosen only after what it needs, and the stated months later.

    $$ chosen_{i,n} \le chosen_{j,n'(n)} $$
    """
    thing, by_when = d.logic.needs[choice, needed, n]
    return m.chosen[thing, n] <= d.chosen_by(m, needed, by_when)
