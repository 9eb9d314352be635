"""LP and MPS files hold the same problem under readable names."""

from __future__ import annotations

from pathlib import Path

import highspy
import pyomo.environ as pyo
import pytest
from solve_models import planning_model

from planner.errors import UsageError
from planner.solve.export import export_model
from planner.solve.options import SolveOptions
from planner.solve.solve import solve_model


@pytest.mark.parametrize("ending", [".lp", ".mps"])
def test_a_file_read_again_has_the_same_optimum(tmp_path: Path, ending: str) -> None:
    model = planning_model(periods=8, sites=2, offers=3, chips=2)
    path = export_model(model, tmp_path / f"model{ending}")
    solver = highspy.Highs()
    solver.silent()
    assert solver.readModel(str(path)) == highspy.HighsStatus.kOk
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.run()
    outcome = solve_model(model, SolveOptions(gap=0.0, time_limit=600))
    assert solver.getInfo().objective_function_value == pytest.approx(outcome.objective, rel=1e-6)


@pytest.mark.parametrize("ending", [".lp", ".mps"])
def test_names_are_readable_unique_and_harmless(tmp_path: Path, ending: str) -> None:
    m = pyo.ConcreteModel()
    index = [
        ("oracle.shackelford", "2027Q1"),
        ("a b\n<x>", "ä"),
        ("a b\n<y>", "ä"),
        ("x" * 300, 1),
        ("x" * 300, 2),
    ]
    m.signed_mw = pyo.Var(index, bounds=(0, 1))
    m.total = pyo.Var()
    m.site_power = pyo.Constraint(index, rule=lambda m, o, t: m.signed_mw[o, t] + m.total >= 0.5)
    m.objective = pyo.Objective(expr=m.total + 3)
    path = export_model(m, tmp_path / f"model{ending}")
    text = path.read_text("ascii")
    assert "signed_mw(oracle.shackelford,2027Q1)" in text
    assert "site_power(oracle.shackelford,2027Q1)" in text
    assert "<x>" not in text
    assert max(map(len, text.split())) < 255
    solver = highspy.Highs()
    solver.silent()
    assert solver.readModel(str(path)) == highspy.HighsStatus.kOk
    assert (solver.getNumCol(), solver.getNumRow()) == (6, 5)
    solver.run()
    assert solver.getInfo().objective_function_value == pytest.approx(0.5 - 1 + 3)


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.txt"):
        export_model(planning_model(periods=8, sites=2, offers=3, chips=2), tmp_path / "model.txt")
    assert list(tmp_path.iterdir()) == []
