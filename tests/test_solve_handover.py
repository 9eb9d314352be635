"""The arrays that HiGHS gets say what the Pyomo model says."""

from __future__ import annotations

import math

import numpy as np
import pyomo.environ as pyo
import pytest
from solve_models import planning_model
from work import calls_of

from planner.errors import UsageError
from planner.solve.handover import HandOver, hand_over


def tiny() -> pyo.ConcreteModel:
    m = pyo.ConcreteModel()
    m.x = pyo.Var([("a", 1), ("b", 2)], bounds=(0, 5))
    m.n = pyo.Var(["k"], domain=pyo.NonNegativeIntegers)
    m.free = pyo.Var([(1,)])
    m.objective = pyo.Objective(expr=3 * m.x["a", 1] + 2 * m.n["k"] + 7)
    return m


def row(handed: HandOver, number: int) -> dict[tuple[str, object], float]:
    arrays = handed.arrays
    entries = slice(arrays.starts[number], arrays.starts[number + 1])
    return {
        handed.columns[c]: v for c, v in zip(arrays.columns[entries], arrays.values[entries], strict=True)
    }


def test_columns_keep_the_order_of_declaration() -> None:
    handed = hand_over(tiny())
    assert handed.columns == (("x", ("a", 1)), ("x", ("b", 2)), ("n", "k"), ("free", 1))
    assert handed.arrays.lower.tolist() == [0, 0, 0, -math.inf]
    assert handed.arrays.upper.tolist() == [5, 5, math.inf, math.inf]
    assert handed.arrays.whole.tolist() == [False, False, True, False]
    assert handed.arrays.cost.tolist() == [3, 0, 2, 0]
    assert handed.arrays.offset == 7.0
    assert handed.column_of["n", "k"] == 2


def test_every_form_of_a_linear_expression() -> None:
    m = tiny()
    x, y, n, f = m.x["a", 1], m.x["b", 2], m.n["k"], m.free[1]
    m.p = pyo.Param(initialize=4.0, mutable=True)
    m.e = pyo.Expression(expr=x + 2 * y)
    forms = {
        1: 2 * (x - 3 * (y + 1)) / 4 <= n - f + 5,
        2: -(x + y) * 2 == -(-n),  # noqa: B002
        3: 3 <= x,  # noqa: SIM300
        4: x + y >= 3,
        5: pyo.inequality(1, x + 1, 4),
        6: m.p * x + m.p**2 <= 20,
        7: m.e * 3 - y <= 0,
        8: x + x - 2 * x + y <= 1,
        9: (x + y - x) * (2 + 1) <= np.float64(3.0) * n,
        10: 0.0 * x + y <= 9,
        11: x - 1 >= 2,
        12: f * 2 <= 0,
        13: 4 == 2 * x,  # noqa: SIM300
    }
    m.c = pyo.Constraint(list(forms), rule=lambda m, i: forms[i])
    handed = hand_over(m)
    X, Y, N, F = ("x", ("a", 1)), ("x", ("b", 2)), ("n", "k"), ("free", 1)
    inf = math.inf
    expected = {
        1: (-inf, {X: 0.5, Y: -1.5, N: -1.0, F: 1.0}, 6.5),  # 0.5 x - 1.5 y - 1.5 <= n - f + 5
        2: (0.0, {X: 2.0, Y: 2.0, N: 1.0}, 0.0),  # Python asks the right side first here
        3: (3.0, {X: 1.0}, inf),
        4: (3.0, {X: 1.0, Y: 1.0}, inf),
        5: (0.0, {X: 1.0}, 3.0),
        6: (-inf, {X: 4.0}, 4.0),  # 4 x + 16 <= 20
        7: (-inf, {X: 3.0, Y: 5.0}, 0.0),
        8: (-inf, {Y: 1.0}, 1.0),
        9: (-inf, {Y: 3.0, N: -3.0}, 0.0),
        10: (-inf, {Y: 1.0}, 9.0),
        11: (3.0, {X: 1.0}, inf),
        12: (-inf, {F: 2.0}, 0.0),
        13: (4.0, {X: 2.0}, 4.0),
    }
    for number, (component, index) in enumerate(handed.rows):
        assert component == "c"
        low, terms, high = expected[index]
        assert handed.arrays.row_lower[number] == low, index
        assert handed.arrays.row_upper[number] == high, index
        assert row(handed, number) == terms, index
    assert len(handed.rows) == len(forms)


def test_a_fixed_variable_has_both_bounds_at_its_value_and_an_inactive_row_is_left_out() -> None:
    m = tiny()
    m.x["b", 2].fix(4.0)
    m.c = pyo.Constraint([1, 2], rule=lambda m, i: m.x["a", 1] <= i)
    m.c[1].deactivate()
    handed = hand_over(m)
    assert (handed.arrays.lower[1], handed.arrays.upper[1]) == (4.0, 4.0)
    assert handed.rows == (("c", 2),)


@pytest.mark.parametrize("form", ["product", "power", "ratio", "foreign"])
def test_what_is_not_linear_is_refused_by_name(form: str) -> None:
    m, other = tiny(), tiny()
    x, y = m.x["a", 1], m.x["b", 2]
    bad = {"product": x * y, "power": x**2, "ratio": x / (y + 1), "foreign": x + other.x["a", 1]}[form]
    m.my_rule = pyo.Constraint([("site", 3)], rule=lambda m, s, t: bad <= 1)
    with pytest.raises(UsageError, match="not linear") as error:
        hand_over(m)
    assert error.value.rule == "my_rule"
    assert "site" in str(error.value)


@pytest.mark.parametrize("where", ["entry", "side", "cost"])
def test_a_number_that_is_not_finite_is_refused_by_name(where: str) -> None:
    m = tiny()
    x, y = m.x["a", 1], m.x["b", 2]
    m.good = pyo.Constraint(expr=x <= 1)
    if where == "entry":
        m.bad = pyo.Constraint(expr=x + math.nan * y <= 1)
    elif where == "side":
        m.bad = pyo.Constraint(expr=x + y <= math.nan * 1.0 + x)
    else:
        m.objective.set_value(math.inf * y)
    with pytest.raises(UsageError, match="not finite") as error:
        hand_over(m)
    assert ("bad" if where != "cost" else "x[('b', 2)]") in str(error.value)


def test_arrays_give_the_values_that_pyomo_gives() -> None:
    m = planning_model(periods=10, sites=3, offers=4, chips=3)
    handed = hand_over(m)
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 100, handed.arrays.n_columns)
    for (component, index), value in zip(handed.columns, x, strict=True):
        m.component(component)[index].set_value(value, skip_validation=True)
    assert handed.arrays.cost_of(x) == pytest.approx(pyo.value(m.objective), rel=1e-12)
    activity = handed.arrays.row_activity(x)
    largest = 0.0
    for number, (component, index) in enumerate(handed.rows):
        constraint = m.component(component)[index]
        low, body, high = constraint.to_bounded_expression(evaluate_bounds=True)
        ours = [handed.arrays.row_lower[number], handed.arrays.row_upper[number]]
        shift = activity[number] - pyo.value(body)  # constants that we moved to the ends
        for end, mine in zip((low, high), ours, strict=True):
            assert (end is None and math.isinf(mine)) or mine - shift == pytest.approx(end, abs=1e-6), (
                component
            )
        gap = max(0.0, (low or -math.inf) - pyo.value(body) if low is not None else 0.0)
        gap = max(gap, pyo.value(body) - high if high is not None else 0.0)
        largest = max(largest, gap)
    outside = max(float((handed.arrays.lower - x).max()), float((x - handed.arrays.upper).max()))
    assert handed.arrays.violation(x) == pytest.approx(max(largest, outside), rel=1e-9)


def test_the_same_model_gives_the_same_arrays() -> None:
    one, two = (hand_over(planning_model(periods=8, sites=2, offers=3, chips=2)) for _ in range(2))
    assert one.columns == two.columns
    assert one.rows == two.rows
    for name in ("cost", "lower", "upper", "row_lower", "row_upper", "starts", "columns", "values"):
        assert np.array_equal(getattr(one.arrays, name), getattr(two.arrays, name)), name


def test_a_flagship_is_handed_over_with_little_work() -> None:
    m = planning_model(periods=36, sites=12, offers=15, chips=12)
    handed = hand_over(m)
    assert handed.arrays.n_rows > 9_000
    assert len(handed.arrays.values) > 65_000
    assert calls_of(lambda: hand_over(m)) < 2_000_000  # 1.2 million when it was counted: 0.06 s
