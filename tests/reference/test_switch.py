"""Switch's own examples, to the total cost that its tests compare (data/switch-*/total_cost.txt)."""

from __future__ import annotations

from pathlib import Path

import pytest
from plain_instance import read_plain
from switch_model import baseload, plain, read_inputs, usd

import planner

DATA = Path(__file__).parent / "data"

pytestmark = pytest.mark.reference


@pytest.mark.parametrize("name", ["switch-new_builds_only", "switch-copperplate0"])
def test_total_cost(name: str, tmp_path: Path) -> None:
    problem = read_inputs(DATA / name)
    instance = read_plain(plain(problem, name), tmp_path)
    for one in problem.technologies:
        if one.baseload:
            instance = instance.with_rule(baseload(one), over="nodes")
    plan = planner.solve(instance, gap=0.0)
    verdict = planner.audit(plan)
    assert verdict.ok, str(verdict)
    published = float((DATA / name / "total_cost.txt").read_text())
    assert usd(plan.objective_usd_m) == pytest.approx(published, rel=1e-9)
