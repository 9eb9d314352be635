"""Random small problems with whole numbers: against every combination, and against HiGHS without presolve."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pyomo.environ as pyo
import pytest

from planner.solve.handover import hand_over
from planner.solve.options import SolveOptions
from planner.solve.solve import solve_model

COUNT = 100


def random_model(seed: int) -> tuple[pyo.ConcreteModel, int]:
    """Up to six whole numbers of few values, up to two that need not be whole, and some rows of all kinds."""
    rng = np.random.default_rng(seed)
    n, c, rows = int(rng.integers(2, 7)), int(rng.integers(0, 3)), int(rng.integers(1, 5))
    m = pyo.ConcreteModel()
    tops = rng.integers(1, 4, n)
    m.n = pyo.Var(range(n), domain=pyo.Integers, bounds=lambda m, i: (int(rng.integers(-1, 1)), int(tops[i])))
    m.x = pyo.Var(range(c), bounds=(0, 4))
    a = rng.integers(-4, 7, (rows, n + c))
    b = rng.integers(-3, 14, rows)
    kinds = rng.integers(0, 5, rows)

    def rule(m: pyo.ConcreteModel, i: int) -> object:
        body = sum(int(a[i, j]) * m.n[j] for j in range(n)) + sum(int(a[i, n + j]) * m.x[j] for j in range(c))
        body = body + 0 * m.n[0]
        if kinds[i] == 0:
            return body == int(b[i])
        return body <= int(b[i]) if kinds[i] < 3 else body >= int(b[i]) - 6

    m.rows = pyo.Constraint(range(rows), rule=rule)
    cost = rng.integers(-5, 9, n + c)
    m.objective = pyo.Objective(
        expr=sum(int(cost[j]) * m.n[j] for j in range(n))
        + sum(int(cost[n + j]) * m.x[j] for j in range(c))
        + int(rng.integers(-5, 20))
    )
    return m, c


def cheapest(m: pyo.ConcreteModel) -> float:
    """Return the least cost over all combinations of whole numbers, inf when none is possible.

    The numbers that need not be whole (none, one or two) are best at a corner: where two of their rows or bounds
    meet, found by trying all pairs.
    """
    arrays = hand_over(m).arrays
    n = int(arrays.whole.sum())
    dense = np.zeros((arrays.n_rows, arrays.n_columns))
    dense[arrays.row_of_entry, arrays.columns] = arrays.values
    ranges = [range(int(lo), int(up) + 1) for lo, up in zip(arrays.lower[:n], arrays.upper[:n], strict=True)]
    best = math.inf
    for whole in itertools.product(*ranges):
        fixed = np.array(whole, dtype=float)
        for corner in corners(dense, arrays.row_lower, arrays.row_upper, fixed, arrays.n_columns - n):
            x = np.append(fixed, corner)
            if arrays.violation(x) <= 1e-7:
                best = min(best, arrays.cost_of(x))
    return best


def corners(
    dense: np.ndarray, lower: np.ndarray, upper: np.ndarray, fixed: np.ndarray, c: int
) -> list[np.ndarray]:
    if c == 0:
        return [np.zeros(0)]
    done = dense[:, : len(fixed)] @ fixed
    walls = [
        (row[len(fixed) :], end - d)
        for row, lo, up, d in zip(dense, lower, upper, done, strict=True)
        for end in (lo, up)
        if math.isfinite(end)
    ]
    walls += [(np.eye(c)[j], end) for j in range(c) for end in (0.0, 4.0)]
    found = []
    for chosen in itertools.combinations(walls, c):
        matrix = np.array([wall for wall, _ in chosen])
        if abs(np.linalg.det(matrix)) > 1e-9:
            found.append(np.linalg.solve(matrix, np.array([end for _, end in chosen])))
    return found


@pytest.mark.parametrize("block", range(10))
def test_small_problems_against_all_combinations_and_without_presolve(block: int) -> None:
    compare(range(block * COUNT // 10, (block + 1) * COUNT // 10))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("block", range(10))
def test_many_more_small_problems(block: int) -> None:
    compare(range(1000 + 300 * block, 1300 + 300 * block))


def compare(seeds: range) -> None:
    for seed in seeds:
        model, _ = random_model(seed)
        expected = cheapest(model)
        for presolve in ("choose", "off"):
            options = SolveOptions(gap=0.0, time_limit=600, presolve=presolve, log=False)  # type: ignore[arg-type]
            outcome = solve_model(model, options)
            if math.isinf(expected):
                assert (outcome.status, outcome.confirmed) == ("infeasible", True), seed
                continue
            assert outcome.status == "optimal", seed
            assert outcome.objective == pytest.approx(expected, rel=1e-6, abs=1e-6), seed
            assert outcome.bound is not None and outcome.bound <= expected + 1e-6 * max(1.0, abs(expected)), (
                seed
            )
            assert outcome.violation is not None and outcome.violation <= 1e-6, seed
            assert outcome.whole, seed


def test_the_random_problems_are_of_all_kinds() -> None:
    found = [cheapest(random_model(seed)[0]) for seed in range(0, COUNT, 4)]
    impossible = sum(map(math.isinf, found))
    assert 2 <= impossible <= 15
    assert len({round(cost, 6) for cost in found if math.isfinite(cost)}) > 8
    assert {random_model(seed)[1] for seed in range(COUNT)} == {0, 1, 2}
