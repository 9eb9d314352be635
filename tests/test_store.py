"""Saved plans: what is read is what was saved, and damage is one typed error wherever it is met."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from damage import damaged, files_of, seal

import planner
from planner.plan.columns import FRAMES

TUTORIAL = Path(__file__).parent.parent / "instances" / "tutorial"
NAMES = ("03_shell_and_chips", "16_debt", "21_scenarios")
CAMPAIGN = int(os.environ.get("PLANNER_DAMAGES", "1000"))
"""Folders of the slow series; the first seed is PLANNER_SEED."""


@pytest.fixture(scope="module", params=NAMES)
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(request.param, tmp_path_factory.mktemp("saved"))


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save("16_debt", tmp_path_factory.mktemp("one"))


def save(name: str, folder: Path) -> Path:
    plan = planner.read(TUTORIAL / f"{name}.yaml").solve(gap=1e-6)
    return plan.save(folder)


def test_what_is_read_is_what_was_saved(saved: Path) -> None:
    plan = planner.load(saved)
    again = plan.save(saved.parent)
    for file in files_of(saved):
        assert (again / file.relative_to(saved)).read_bytes() == file.read_bytes(), file.name
    assert planner.audit(plan).ok
    for name in FRAMES:
        pd.testing.assert_frame_equal(planner.load(again).frames[name], plan.frames[name])


@pytest.mark.parametrize(
    "name", ["plan.json", "instance.json", "solver.log", "tables/cash.csv", "tables/limits.csv"]
)
def test_one_byte_more_is_damage_and_the_file_is_named(one: Path, name: str, tmp_path: Path) -> None:
    folder = shutil.copytree(one, tmp_path / "run")
    with open(folder / name, "ab") as file:
        file.write(b"#")
    with pytest.raises(planner.FileError) as caught:
        planner.load(folder)
    assert caught.value.where == str(folder / name)
    assert "damaged" in str(caught.value)


def test_an_edited_instance_is_not_the_one_of_the_plan(one: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(one, tmp_path / "run")
    content = json.loads((folder / "instance.json").read_text())
    content["money"]["opening"]["cash_usd_bn"] = 7
    (folder / "instance.json").write_text(json.dumps(content))
    with pytest.raises(planner.FileError, match="its digest is another"):
        planner.load(folder)
    seal(folder)
    with pytest.raises(planner.FileError, match="made for another instance"):
        planner.load(folder)


def test_the_folder_of_an_earlier_version_is_refused_with_the_repair(one: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(one, tmp_path / "run")
    (folder / "plan.json").write_text('{"format": 1, "record": {"versions": {"planner": "0.1.0"}}}')
    with pytest.raises(planner.FileError, match=r"by planner 0\.1\.0 in format 1.*solve the instance again"):
        planner.load(folder)


def doctored(folder: Path, place: tuple[str, ...], value: Any) -> planner.Plan:
    """Return the plan of a folder with another value in its run record, sealed again."""
    file = folder / "plan.json"
    body = json.loads(file.read_text())
    inner = body["record"]
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    file.write_text(json.dumps(body))
    seal(folder)
    return planner.load(folder)


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("bound_usd_m",), 1e9, "bound_usd_m by 1 count: lies above the cost"),
        (("bound_usd_m",), 1.0, "gap_usd_m by 1 count: is not cost less bound"),
        (("bound_usd_m",), 1.0, "bound_usd_m by 1 count: lies below the verified bound"),
        (("bound_usd_m",), None, "status by 1 count: is optimal without a bound"),
        (("gap",), 0.001, "gap by 1 count: is not what cost and bound make"),
        (("gap_usd_m",), 5.0, "gap_usd_m by 1 count: is not cost less bound"),
        (("status",), "perfect", "status by 1 count: is none of optimal"),
        (("status",), "interrupted", "status by 1 count: is interrupted without a signal"),
        (("stopped_by",), "boredom", "stopped_by by 1 count: is no reason to stop"),
        (("stopped_by",), "infeasible", "stopped_by by 1 count: says that there is no plan"),
        (("seconds",), -1.0, "seconds by 1 count: is no duration"),
        (("size", "rows"), -1, "rows by 1 count: is below zero"),
        (("versions",), {}, "versions by 1 count: lack planner or its solver"),
        (("options", "gap"), 7.0, "options by 1 count: are none that a solve takes"),
        (("rules_off",), ["liquidity_floor"], "rules_off by 1 count: are not those of the instance"),
        (("history",), [[1.0, 5.0, 1.0], [0.5, 6.0, 0.5]], "history by 1 count: is not in order of time"),
        (("objective_usd_m",), 1.0, "claimed_objective"),
    ],
)  # fmt: skip
def test_a_record_that_contradicts_itself_is_rejected(
    one: Path, tmp_path: Path, place: tuple[str, ...], value: Any, words: str
) -> None:
    verdict = planner.audit(doctored(shutil.copytree(one, tmp_path / "run"), place, value))
    assert not verdict.ok
    assert words in str(verdict)


def test_a_gap_above_the_asked_one_is_not_optimal(one: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(one, tmp_path / "run")
    cost = planner.load(folder).objective_usd_m
    for place, value in (
        (("proof", "verified_usd_m"), 0.5 * cost),
        (("bound_usd_m",), 0.5 * cost),
        (("gap_usd_m",), 0.5 * cost),
    ):
        doctored(folder, place, value)
    verdict = planner.audit(doctored(folder, ("gap",), 0.5))
    assert "status by 1 count: is optimal above the asked gap" in str(verdict)


def met(folder: Path, healthy: planner.Plan) -> list[str]:
    """Return what each way of reading a folder raises; what is raised must be typed and say something."""
    kinds = []
    ways = (
        lambda: planner.audit(planner.load(folder)),
        lambda: planner.compare(healthy, planner.load(folder)),
        lambda: planner.load(folder).report(folder),
        lambda: planner.load(folder).start,
    )
    for way in ways:
        try:
            way()
        except planner.PlannerError as error:
            assert isinstance(error, planner.FileError | planner.AuditError), error
            assert str(error) and error.hint
            kinds.append(type(error).__name__)
        else:
            kinds.append("read")
    return kinds


def series(saved: Path, folder: Path, seeds: range, seal_again: bool) -> dict[str, int]:
    """Damage a folder once for each seed and read it in every way; return how often each way ended how."""
    healthy = planner.load(saved)
    counts: dict[str, int] = {}
    for seed in seeds:
        what = damaged(saved, folder, seed, seal_again)
        try:
            kinds = met(folder, healthy)
        except planner.PlannerError:
            raise
        except Exception as error:
            raise AssertionError(f"seed {seed}: {what}: {type(error).__name__}: {error}") from error
        if not seal_again:
            assert kinds == ["FileError"] * 4, f"seed {seed}: {what}: {kinds}"
        for kind in kinds:
            counts[kind] = counts.get(kind, 0) + 1
    return counts


@pytest.mark.parametrize("seal_again", [False, True])
def test_damage_is_one_typed_error(one: Path, tmp_path: Path, seal_again: bool) -> None:
    assert series(one, tmp_path / "run", range(25), seal_again)["FileError"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("seal_again", [False, True])
def test_a_thousand_damaged_folders(saved: Path, tmp_path: Path, seal_again: bool) -> None:
    first = int(os.environ.get("PLANNER_SEED", "1000"))
    print(series(saved, tmp_path / "run", range(first, first + CAMPAIGN), seal_again))
