"""The audit's list of columns is complete: what a plan holds, and what reports, workbooks and comparisons read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import planner
from planner.audit.claimed.how import HOW
from planner.audit.claimed.table import date_texts
from planner.audit.claims import TABLES
from planner.audit.findings import ABSOLUTE
from planner.instance.parse import parse_when
from planner.plan.columns import FRAMES
from planner.timeline import Timeline, make_timeline

ROOT = Path(__file__).parent.parent
READERS = ("report", "compare.py", "every_case.py", "export.py", "cli", "explore")


def test_every_column_of_every_frame_is_on_the_list() -> None:
    assert {name: set(columns) for name, columns in HOW.items()} == {
        name: set(columns) for name, (_, columns) in FRAMES.items()
    }
    assert set(TABLES) == set(HOW) - {"decisions"}


def test_only_the_amounts_of_decisions_are_not_compared() -> None:
    free = {
        (name, column)
        for name, columns in HOW.items()
        for column, how in columns.items()
        if how.kind == "free"
    }
    assert free == {("decisions", "amount")}
    numbers = [how for columns in HOW.values() for how in columns.values() if how.kind == "number"]
    assert all(how.unit in ABSOLUTE or how.unit in ("GW", "any") for how in numbers)


def test_what_is_read_of_a_plan_is_on_the_list() -> None:
    frames = set()
    for reader in READERS:
        place = ROOT / "planner" / reader
        for path in place.rglob("*.py") if place.is_dir() else [place]:
            frames |= set(re.findall(r"frames\[\"(\w+)\"\]", path.read_text(encoding="utf-8")))
    assert len(frames) > 10
    assert frames <= set(HOW)


def test_a_plan_at_a_negative_rate_is_accepted() -> None:
    plan = planner.read(ROOT / "tests" / "found" / "real_rate.yaml").solve(gap=0.001)
    assert plan.objective_usd_m == pytest.approx(1719.479, abs=0.01)
    verdict = planner.audit(plan)
    assert verdict.ok, str(verdict)


def calendar() -> Timeline:
    return make_timeline(parse_when("2027Q1"), parse_when("2028Q4"), "quarter", None, None)


@pytest.mark.parametrize(
    ("x", "texts"),
    [
        (0.0, ("2027-01-01",)),
        (3.0 - 1.0 / 30.0, ("2027-03-30",)),
        (3.0 - 1e-9, ("2027-04-01",)),
        (2.0 - 1.0 / 30.0, ("2027-02-28",)),  # February has 28 days in a table
        (10.5, ("2027-11-16",)),
        (-11.0, ("2026-02-01",)),
        (0.4 / 30.0, ("2027-01-01",)),
        (0.5 / 30.0, ("2027-01-01", "2027-01-02")),  # half-way: both readings are right
        (float("inf"), ()),
        (None, ("",)),
    ],
)
def test_dates_in_tables(x: float | None, texts: tuple[str, ...]) -> None:
    assert date_texts(calendar(), x) == texts
