"""States written as the change from the node before, wherever that has fewer entries than the sum of all decisions.

A block delivered long ago stands in every later row of a sum, and in none of a difference: this keeps the model about
three times smaller (model.md 6).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from planner.data.types import Index, Term, Var
from planner.tree import Node, Tree

K = TypeVar("K", bound=tuple[Any, ...])
N = TypeVar("N", bound=Hashable)
Coefficients = Mapping[tuple[Var, Index], float]

ROUNDING = 1e-11
"""Changes smaller than this share of what they are the difference of are rounding."""


@dataclass(frozen=True)
class Changes:
    """What one unit decided at a node adds to a state, since the last day of the node before.

    Lists of (decision node, MW) by (name, node): to the mean of the node's period, and to its last day.
    """

    mean: Mapping[Any, list[tuple[Node, float]]]
    end: Mapping[Any, list[tuple[Node, float]]]


def changes(
    tree: Tree,
    starts: Iterable[tuple[N, Node]],
    mw: Callable[[N], float],
    share: Callable[[N, Node, Node], float],
    end_share: Callable[[N, Node, Node], float],
) -> Changes:
    """Changes of a delivered state from shares by (name, decision node, node)."""
    mean: dict[Any, list[tuple[Node, float]]] = defaultdict(list)
    end: dict[Any, list[tuple[Node, float]]] = defaultdict(list)
    for name, u in starts:
        for n in tree.descendants[u]:
            parent = tree.parent[n]
            held = 0.0 if n == u or parent is None else end_share(name, u, parent)
            for found, now in ((mean, share(name, u, n)), (end, end_share(name, u, n))):
                if not _equal(now, held):
                    found[name, n].append((u, mw(name) * (now - held)))
    return Changes(mean, end)


def merged(terms: Iterable[Term]) -> dict[tuple[Var, Index], float]:
    """Coefficients by variable; those of one variable add up."""
    found: dict[tuple[Var, Index], float] = defaultdict(float)
    for var, index, number in terms:
        found[var, index] += number
    return dict(found)


def as_terms(coefficients: Coefficients) -> tuple[Term, ...]:
    """Terms with a coefficient other than zero."""
    return tuple((var, index, number) for (var, index), number in coefficients.items() if number != 0.0)


def state_terms(
    state: Var, sums: Mapping[K, Coefficients], previous: Mapping[K, tuple[K, float] | None]
) -> dict[K, tuple[Term, ...]]:
    """Terms whose sum is `state[key]`: all decisions, or those that change it and the state before times a ratio.

    `previous` holds the key before and the ratio (length of the periods, for payments); the form with fewer entries is
    taken for all keys that share their first part.
    """
    found: dict[K, tuple[Term, ...]] = {}
    for name in dict.fromkeys(key[0] for key in sums):
        keys = [key for key in sums if key[0] == name]
        full = {key: as_terms(sums[key]) for key in keys}
        short = {key: _difference(state, key, sums, previous[key]) for key in keys}
        found.update(short if _entries(short) < _entries(full) else full)
    return found


def _entries(forms: Mapping[K, tuple[Term, ...]]) -> int:
    return sum(len(terms) for terms in forms.values())


def _difference(
    state: Var, key: K, sums: Mapping[K, Coefficients], before: tuple[K, float] | None
) -> tuple[Term, ...]:
    if before is None:
        return as_terms(sums[key])
    other, ratio = before
    now, held = sums[key], sums[other]
    found: list[Term] = [(state, other, ratio)]
    for one in now.keys() | held.keys():
        # A decision that stands in one of the two sums alone counts 0 in the other.
        after, prior = now.get(one, 0.0), ratio * held.get(one, 0.0)
        if not _equal(after, prior):
            found.append((*one, after - prior))
    return tuple(sorted(found, key=lambda term: (term[0] != state, term[0], term[1])))


def _equal(one: float, other: float) -> bool:
    return abs(one - other) <= ROUNDING * max(abs(one), abs(other))
