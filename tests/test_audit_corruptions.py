"""One wrong cell, row, column or table: the audit rejects it, whatever table a report reads it from."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from audit_corruptions import Bench, all_existing, corrupted, judged, kind_of, run, solved_plans, tolerance
from audit_instances import random_instance
from hand import tutorial
from tiny import tiny

import planner
from planner.plan.columns import FRAMES
from planner.plan.plan import Plan


@pytest.fixture(scope="session")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Plan]:
    """A plan with most frames filled, one on a tree, one in which nothing is decided."""
    folder = tmp_path_factory.mktemp("corrupted")
    return {
        "random": planner.solve(random_instance(2, folder), gap=0.05),
        "tree": planner.solve(tutorial("84")),
        "all_existing": planner.solve(all_existing(tiny)),
    }


def test_the_plans_are_honest(plans: dict[str, Plan]) -> None:
    for plan in plans.values():
        assert planner.audit(plan).ok, str(planner.audit(plan))
    assert not len(plans["all_existing"].frames["decisions"])
    assert len(plans["all_existing"].frames["payments"]) and len(plans["all_existing"].frames["contracts"])


def test_corruptions_are_rejected(plans: dict[str, Plan]) -> None:
    assert run(plans, 150, seed=1, each=15) == []


def wrong_cell(frame: pd.DataFrame, column: str) -> pd.DataFrame | None:
    """The column with its largest number 1 % higher, its first text changed or its first flag turned."""
    wrong, kind = frame.reset_index(drop=True), kind_of(frame[column])
    if kind == "number":
        row = int(wrong[column].abs().fillna(0.0).argmax())
        if not abs(wrong[column][row]) * 0.01 > tolerance(wrong, column, row):
            return None
        return wrong.assign(**{column: [x * 1.01 if at == row else x for at, x in enumerate(wrong[column])]})
    new = not wrong[column][0] if kind == "flag" else f"{wrong[column][0]}x"
    return wrong.assign(**{column: [new, *wrong[column][1:]]})


def test_every_column_is_compared(plans: dict[str, Plan]) -> None:
    """Frame by frame and column by column: nothing that a plan shows can be changed unseen."""
    plan, unseen, tried = plans["random"], [], 0
    bench = Bench(plan)
    for name, frame in plan.frames.items():
        for column in frame.columns if len(frame) else ():
            wrong = wrong_cell(frame, column)
            if wrong is not None:
                tried += 1
                if (name, column) == ("decisions", "amount"):
                    seen = not planner.audit(replace(plan, frames={**plan.frames, name: wrong})).ok
                else:
                    seen = bench.refuses(name, wrong)
                if not seen:
                    unseen.append(f"{name}.{column}")
    assert unseen == []
    assert tried > 120


@pytest.mark.parametrize("name", list(FRAMES))
def test_a_table_that_is_not_there_is_missed(plans: dict[str, Plan], name: str) -> None:
    plan = plans["all_existing"]
    without = {key: frame for key, frame in plan.frames.items() if key != name}
    verdict = planner.audit(replace(plan, frames=without))
    assert not verdict.ok
    assert name in set(verdict.violations["id"])


def test_what_lapses_of_rights_is_checked() -> None:
    plan = planner.solve(tutorial("85"))
    decisions = plan.frames["decisions"]
    rights = decisions[decisions["variable"] == "rights"]
    assert len(rights)
    extra = rights.iloc[:1].assign(variable="lapsed", decision="let_lapse", amount=100.0)
    wrong = pd.concat([decisions, extra], ignore_index=True)
    verdict = planner.audit(replace(plan, frames={**plan.frames, "decisions": wrong}))
    assert "lapsed" in set(verdict.violations["rule"])


def test_a_corruption_says_where_it_is(plans: dict[str, Plan]) -> None:
    plan = plans["random"]
    found = next(
        each for number in range(100) if (each := corrupted(plan, random.Random(number))) is not None
    )
    verdict = judged(plan, found)
    assert str(verdict).startswith("REJECTED")
    assert found.frame in str(found)


@pytest.mark.slow
def test_ten_thousand_corruptions_are_rejected(tmp_path: Path) -> None:
    many = solved_plans(tmp_path, 40)
    assert [name for name, plan in many.items() if not planner.audit(plan).ok] == []
    assert run(many, 10_000, seed=1, each=10) == []


@pytest.mark.slow
def test_two_hundred_honest_plans_are_accepted(tmp_path: Path) -> None:
    many = solved_plans(tmp_path, 75)
    assert len(many) > 200
    assert [
        f"{name}: {planner.audit(plan)}" for name, plan in many.items() if not planner.audit(plan).ok
    ] == []
