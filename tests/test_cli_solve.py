"""`planner solve` from a file to a run folder: what it writes, prints and returns, also when things go wrong."""

from __future__ import annotations

import errno
import importlib
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import pytest

import planner
from planner import files
from planner.cli.app import run
from planner.cli.solve_verbs import solve as solve_verb

ROOT = Path(__file__).resolve().parent.parent
PLANNER = [sys.executable, "-m", "planner"]
KEYS = {
    *(
        "schema_version",
        "instance",
        "status",
        "stopped_by",
        "objective_usd_m",
        "bound_usd_m",
        "gap",
        "gap_usd_m",
    ),
    *("seconds", "phases", "size", "audit", "run_dir", "versions", "seed"),
}


def solve(capsys: pytest.CaptureFixture[str], file: Path, *words: str) -> tuple[int, dict[str, Any]]:
    """Return exit code and object of a solve into `runs` beside the file; a gap of 5 % is found at once."""
    capsys.readouterr()
    words = words if "--gap" in words else ("--gap", "0.05", *words)
    code = run(["solve", str(file), "--out", str(file.parent / "runs"), "-q", "--json", *words])
    return code, json.loads(capsys.readouterr().out)


def runs(file: Path) -> list[str]:
    """Return the names of everything beside the file in `runs`."""
    place = file.parent / "runs"
    return sorted(path.name for path in place.iterdir()) if place.exists() else []


def test_the_starter_solves_and_everything_is_saved(
    starter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, value = solve(capsys, starter, "--gap", "0.005")
    assert code == 0
    assert set(value) >= KEYS
    documented = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    parts = (value, value["instance"], value["size"], value["audit"])
    assert [key for part in parts for key in part if f"`{key}`" not in documented] == []
    assert value["status"] == "optimal"
    assert value["gap"] <= 0.005
    assert value["audit"]["ok"] is True
    assert value["audit"]["cost_difference_relative"] <= 1e-6
    folder = Path(value["run_dir"])
    assert folder.name == f"starter-lab-base-{folder.name[-8:]}"
    assert runs(starter) == [folder.name]
    here = {path.name for path in folder.iterdir()}
    assert {"plan.json", "instance.json", "solver.log", "tables"} <= here
    assert any(name.endswith(".html") for name in here)
    assert any(name.endswith(".md") for name in here)
    assert not [path for path in folder.rglob("*") if path.name.startswith(".")]


def test_a_saved_plan_can_be_audited_reported_and_compared(
    starter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, base = solve(capsys, starter)
    _, dear = solve(capsys, starter, "--case", "dear_cloud", "--start", base["run_dir"])
    assert run(["audit", base["run_dir"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["audit"]["ok"] is True
    out = starter.parent / "again"
    out.mkdir()
    assert run(["report", base["run_dir"], "--out", str(out)]) == 0
    assert [path for path in out.iterdir() if path.suffix == ".html"]
    capsys.readouterr()
    assert run(["compare", base["run_dir"], dear["run_dir"], "--json"]) == 0
    bridge = json.loads(capsys.readouterr().out)["difference"]["bridge"]
    total = next(row for row in bridge if row["line"] == "total")
    change = dear["objective_usd_m"] - base["objective_usd_m"]
    assert total["change_usd_m"] == pytest.approx(change, rel=1e-6, abs=1e-3)
    assert dear["objective_usd_m"] >= base["bound_usd_m"]


def test_a_repeat_counts_up_and_force_replaces(starter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [Path(solve(capsys, starter)[1]["run_dir"]).name for _ in range(2)]
    assert names[1] == f"{names[0]}-2"
    kept = starter.parent / "runs" / names[0] / "mine.txt"
    kept.write_text("x")
    _, value = solve(capsys, starter, "--force")
    assert Path(value["run_dir"]).name == names[0]
    assert not kept.exists()
    assert runs(starter) == names


def test_another_option_is_another_run(starter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = solve(capsys, starter)[1]["run_dir"]
    assert solve(capsys, starter, "--seed", "7")[1]["run_dir"][:-8] == first[:-8]
    assert len(set(runs(starter))) == 2
    assert not any(name.endswith("-2") for name in runs(starter))


def test_all_cases_give_a_row_each_and_a_table(starter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, value = solve(capsys, starter, "--cases", "all")
    assert code == 0
    assert [row["case"] for row in value["cases"]] == ["base", "lender", "dear_cloud", "half_the_demand"]
    documented = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert [key for key in (*value, *value["cases"][0]) if f"`{key}`" not in documented] == []
    costs = {row["case"]: row["cost_usd_bn"] for row in value["cases"]}
    assert costs["half_the_demand"] < costs["base"]
    assert Path(value["folder"]).exists()


def test_every_option_of_solve_is_one_of_a_run_and_of_the_run_of_all_cases(tmp_path: Path) -> None:
    options = {option.name: None for option in solve_verb.params if isinstance(option, click.Option)}
    said = {"sets", "cases", "which_cases", "as_json", "quiet", "verbose", "debug"}
    words = {name: value for name, value in options.items() if name not in said}
    assert {"force", "gap", "confirm", "start"} <= set(words)
    with pytest.raises(planner.FileError, match="no such file"):
        planner.run_cases(tmp_path / "none.yaml", **words)
    instance = planner.read(ROOT / "instances" / "tutorial" / "01_cloud.yaml")
    with pytest.raises(planner.UsageError, match=r"is None|is -1"):
        planner.run(instance, **{**words, "gap": -1, "start": (), "out": tmp_path})


def test_the_run_of_all_cases_replaces_its_folders_when_told(
    starter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [solve(capsys, starter, "--cases", "all", "--force")[1]["folder"] for _ in range(2)]
    assert folders[0] == folders[1]
    assert not [name for name in runs(starter) if name.endswith("-2")]


def test_infeasible_is_exit_4_with_the_explanation_saved(
    starter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = starter.read_text()
    starter.write_text(text.replace("opening: {cash_usd_bn: 4}", "opening: {cash_usd_bn: 0}"))
    code, value = solve(capsys, starter, "--set", "money.floor_usd_bn=3")
    assert code == 4
    assert value["error"]["kind"] == "InfeasibleError"
    assert value["error"]["explanation"]
    folder = Path(value["error"]["where"])
    assert runs(starter) == [folder.name]
    saved = (folder / "explanation.md").read_text()
    assert all(sentence in saved for sentence in value["error"]["explanation"])


def test_a_limit_above_the_asked_gap_is_exit_5_with_the_plan_saved(
    starter: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from planner.solve import runs as runs_file

    honest = runs_file.run

    def stopped_search(arrays: Any, settings: Any, watch: Any) -> Any:
        if watch.stage == "search":  # a search that finds nothing until the limit
            return runs_file.Run("time_limit", None, None, -math.inf, None, None)
        return honest(arrays, settings, watch)

    monkeypatch.setattr(runs_file, "run", stopped_search)
    code, value = solve(capsys, starter, "--gap", "0")
    assert code == 5
    assert (value["status"], value["stopped_by"]) == ("feasible", "time_limit")
    assert value["gap"] > 0
    assert value["audit"]["ok"] is True
    assert planner.load(value["run_dir"]).objective_usd_m == value["objective_usd_m"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody may write to")
def test_nowhere_to_write_is_said_before_solving(
    starter: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        importlib.import_module("planner.run"), "solve", lambda *_, **__: pytest.fail("it is solved")
    )
    code, value = solve(capsys, starter, "--out", "/proc/planner", "--gap", "0")
    assert code == 8
    assert value["error"]["kind"] == "FileError"


def test_a_full_disk_leaves_earlier_results_and_no_part(
    starter: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    solve(capsys, starter)
    before = {path: path.read_bytes() for path in (starter.parent / "runs").rglob("*") if path.is_file()}
    written = iter(range(10))

    def full(descriptor: int) -> None:
        if next(written, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    code, value = solve(capsys, starter)
    assert code == 8
    assert "the disk is full" in value["error"]["message"]
    after = {path: path.read_bytes() for path in (starter.parent / "runs").rglob("*") if path.is_file()}
    assert after == before


def test_a_plan_that_cannot_be_saved_there_is_kept_elsewhere(
    starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tmp_path / "temporary"
    elsewhere.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    to_disk = files._fsync_tree

    def full(folder: Path) -> None:
        if "runs" in folder.parts:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        to_disk(folder)

    monkeypatch.setattr(files, "_fsync_tree", full)
    code, value = solve(capsys, starter)
    assert (code, value["error"]["kind"]) == (8, "FileError")
    (kept,) = elsewhere.iterdir()
    assert str(kept) in value["error"]["hint"]
    assert planner.load(kept).objective_usd_m > 0


def test_a_broken_report_does_not_lose_the_plan(
    starter: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*words: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(importlib.import_module("planner.report"), "write_report", fail)
    code, value = solve(capsys, starter)
    assert code == 1
    assert value["error"]["kind"] == "InternalError"
    (name,) = runs(starter)
    assert planner.load(starter.parent / "runs" / name).objective_usd_m > 0


@pytest.mark.parametrize("delay", [0.0, 0.01, 0.03, 0.1])
def test_a_kill_while_saving_leaves_earlier_results(
    delay: float, starter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    solve(capsys, starter)
    place = starter.parent / "runs"
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    words = [*PLANNER, "solve", str(starter), "--gap", "0.05", "--out", str(place), "-q"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        # The folder that is being filled is hidden; it holds something when the saving is under way.
        while process.poll() is None and not any(place.glob(".*.part/*")):
            time.sleep(0.001)
        time.sleep(delay)
        process.kill()
    assert {path: path.read_bytes() for path in before} == before
    seen = [name for name in runs(starter) if not name.startswith(".")]
    assert len(seen) in (1, 2)
    for name in seen:
        assert planner.load(place / name).objective_usd_m > 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_solving_saves_the_best_plan(
    number: signal.Signals, code: int, starter: Path, tmp_path: Path
) -> None:
    """Asked for a proof that takes long, and interrupted when there is a plan: it is audited and saved."""
    words = [
        "solve",
        str(starter),
        "--gap",
        "0",
        "--time-limit",
        "60",
        "--out",
        str(tmp_path / "runs"),
        "--json",
    ]
    program = (
        "import sys\n"
        "import planner.cli.solve_verbs as verbs\n"
        "from contextlib import nullcontext\n"
        "from planner.cli.app import run\n"
        "def show(progress):\n"
        "    if progress.cost is not None: print('plan', file=sys.stderr, flush=True)\n"
        "verbs.progress = lambda voice: nullcontext(show)\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        line = process.stderr.readline()
        while line and line != "plan\n":
            line = process.stderr.readline()
        process.send_signal(number)
        out, errors = process.communicate(timeout=600)
    assert "Traceback" not in errors
    assert process.returncode == code
    value = json.loads(out)
    assert value["stopped_by"] == {130: "interrupt", 143: "terminate"}[code]
    assert value["audit"]["ok"] is True
    assert planner.load(value["run_dir"]).objective_usd_m == pytest.approx(value["objective_usd_m"])
