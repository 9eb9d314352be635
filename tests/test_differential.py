"""HiGHS by two routes and SCIP agree, and what is allowed more never costs more."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from differential import (
    Answer,
    contradiction,
    of_instance,
    of_raw,
    plain_of,
    undecided,
)
from roomier import ROOMIER, check_all

SMALL = (1, 3, 7, 11, 13, 17, 19, 23)
"""Instances that are solved in a moment."""
INSTANCES = range(2000)
RAW = range(10_000)
LAWS = range(200)


def agree(seeds: Iterable[int], ask: Callable[[int], list[Answer]]) -> None:
    for seed in seeds:
        found = ask(seed)
        assert contradiction(found) is None, seed
        assert not undecided(found), (seed, list(map(str, found)))


def test_three_routes_agree_on_random_instances() -> None:
    agree(SMALL, of_instance)


def test_three_routes_agree_on_random_problems() -> None:
    agree(range(60), of_raw)


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.parametrize("block", range(20))
def test_three_routes_agree_on_many_random_instances(block: int) -> None:
    agree(INSTANCES[100 * block : 100 * (block + 1)], of_instance)


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.parametrize("block", range(10))
def test_three_routes_agree_on_many_random_problems(block: int) -> None:
    agree(RAW[1000 * block : 1000 * (block + 1)], of_raw)


NAMES = list(ROOMIER)


@pytest.mark.parametrize("name", NAMES)
def test_more_allowed_never_costs_more(name: str) -> None:
    turn = NAMES.index(name)
    for seed in (*SMALL[turn % len(SMALL) :], *SMALL):
        found = list(check_all(seed, plain_of(seed), [name]))
        if found:  # not every instance has what is to be changed
            assert found == [(name, None)], seed
            return
    raise AssertionError("no instance takes the change")


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.parametrize("block", range(10))
def test_more_allowed_never_costs_more_on_many_instances(block: int) -> None:
    for seed in LAWS[20 * block : 20 * (block + 1)]:
        assert [each for each in check_all(seed, plain_of(seed)) if each[1]] == [], seed


# That it would be seen


def told(by: str, said: str, bound: float, cost: float | None) -> Answer:
    return Answer(by, said, bound, cost, said == "optimal")


@pytest.mark.parametrize(
    "found",
    [
        # what HiGHS 1.15.1 says of found/solver/false_optimal.mps
        [told("planner", "optimal", 24.978, 24.978), told("other", "optimal", 19.5228, 19.5228)],
        [told("planner", "infeasible", 0.0, None), told("other", "optimal", 3.0, 3.0)],
        [told("planner", "unbounded", 0.0, None), told("other", "optimal", 3.0, 3.0)],
        [told("planner", "optimal", 30.0, 97.0), told("other", "optimal", 30.0, 30.0)],
        [told("planner", "optimal", 3.0, 3.0), told("other", "time_limit", 3.1, None)],
    ],
)
def test_a_contradiction_is_seen(found: list[Answer]) -> None:
    assert contradiction(found) is not None
    assert contradiction(found[::-1]) is not None


def test_what_agrees_is_no_contradiction() -> None:
    same = [told("planner", "optimal", 3.0, 3.0), told("other", "time_limit", 2.0, 3.5)]
    assert contradiction(same) is None
    assert undecided(same)
    none = [told("planner", "infeasible", 0.0, None), told("other", "infeasible", 0.0, None)]
    assert contradiction(none) is None
    assert not undecided(none)
