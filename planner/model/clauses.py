"""Clauses of contracts: MW that leave a term early, renew it or expand it."""

from __future__ import annotations

from typing import Any

from planner.data.types import TermKey
from planner.model.expressions import total
from planner.model.given import Given
from planner.model.registry import family


@family(over="contracts.clauses.one_way", unit="MW")
def each_mw_goes_one_way(m: Any, d: Given, offer: str, chip: str, signing: str, last: str) -> Any:
    r"""Of a contract's MW each leaves early, is renewed, is kept, or none of these.

    $$ exited_{o,k,u} + assigned_{o,k,u} + cancelled_{o,k,u} + renewed_{o,k,u,1} + kept_{o,k,u} \le signedmw_{o,k,u} $$

    summed over the path to *last*, with the first renewal and the first period kept; a given contract has its MW.
    """
    ways = total(m, d.contracts.clauses.one_way[offer, chip, signing, last])
    return ways <= _term_mw(m, d, (offer, chip, signing))


def _term_mw(m: Any, d: Given, contract: TermKey) -> Any:
    """MW of a contract: decided where it is signed in the plan, a number where it is given."""
    known = d.contracts.clauses.given_mw
    return known[contract] if contract in known else m.signed_mw[contract]


@family(over="renewed_again", unit="MW")
def renewed_of_renewed(m: Any, d: Given, offer: str, chip: str, signing: str, place: str, n: str) -> Any:
    r"""A further renewal is of MW that were renewed before.

    $$ renewed_{o,k,u,r} \le renewed_{o,k,u,r-1} $$
    """
    index = offer, chip, signing, place, n
    return m.renewed_mw[index] <= m.renewed_mw[d.contracts.clauses.renewed_before[index]]


@family(over="contracts.clauses.expanded", unit="MW")
def expanded_of_signed(m: Any, d: Given, offer: str, chip: str, signing: str, last: str) -> Any:
    r"""Expansions are at most a share of the MW that stay through their term.

    $$ \sum_{n \preceq last} expanded_{o,k,u,n} \le \epsilon_o\, ( signedmw_{o,k,u}
       - exited_{o,k,u} - assigned_{o,k,u} - cancelled_{o,k,u} ) $$
    """
    at, given = (offer, chip, signing, last), d.contracts.clauses
    stay = m.signed_mw[offer, chip, signing] - total(m, given.left[at])
    return total(m, given.expanded[at]) <= given.most_expanded_share[offer] * stay


@family(over="expanded_with_right", unit="MW")
def expanded_of_right(m: Any, d: Given, offer: str, chip: str, signing: str, last: str) -> Any:
    r"""Where the right to expand has a price, expansions are at most the right that was bought.

    $$ \sum_{n \preceq last} expanded_{o,k,u,n} \le right_{o,k,u} $$
    """
    expanded = total(m, d.contracts.clauses.expanded[offer, chip, signing, last])
    return expanded <= m.expansion_right_mw[offer, chip, signing]


@family(over="contracts.clauses.rights", unit="MW")
def right_of_signed(m: Any, d: Given, offer: str, chip: str, u: str) -> Any:
    r"""The right to expand is at most a share of the signed MW.

    $$ right_{o,k,u} \le \epsilon_o\, signedmw_{o,k,u} $$
    """
    share = d.contracts.clauses.most_expanded_share[offer]
    return m.expansion_right_mw[offer, chip, u] <= share * m.signed_mw[offer, chip, u]
