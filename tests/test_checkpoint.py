"""The best plan of a solve is kept on disk while it goes on, and taken up after a kill."""

from __future__ import annotations

import errno
import importlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

import planner
from planner import files
from planner.cli.app import run
from planner.errors import FileError, PlannerError, UsageError
from planner.files import clean_stale, run_folder
from planner.owner import is_alive, own_mark
from planner.plan import checkpoint
from planner.plan.checkpoint import Keeper, is_checkpoint, load_checkpoint, unfinished
from planner.solve.candidate import Candidate
from planner.solve.progress import Progress

TUTORIAL = Path(__file__).resolve().parent.parent / "instances" / "tutorial"
CASH = TUTORIAL / "15_cash_floor.yaml"
COLUMNS = (("blocks", ("s.b", "2027")), ("took", "round"), ("largest_overdraft_usd_m", None))


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    file = tmp_path / "lab.yaml"
    planner.write_starter(file)
    return file


@pytest.fixture(scope="session")
def dead() -> str:
    """The mark of a process of this machine that has ended."""
    code = "from planner.owner import own_mark; print(own_mark())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Clock:
    """A clock that goes when told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(checkpoint.time, "monotonic", lambda: self.now)


def candidate(*values: float, cost: float | None = 5.0) -> Candidate:
    return Candidate(COLUMNS, np.array(values), cost, 4.0, 12.5)


def keeper(place: Path, file: Path = CASH) -> Keeper:
    made = Keeper(place)
    made.begin(planner.read(file), {"gap": 0.1, "time_limit": 60.0}, "lab-base-1234")
    return made


# When it is written


def test_a_plan_is_written_when_it_is_ten_seconds_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert checkpoint.CHECKPOINT_SECONDS == 10.0
    clock = Clock(monkeypatch)
    kept, first, second = keeper(tmp_path), candidate(1.0, 0.0, 0.0), candidate(2.0, 1.0, 0.5)
    for now, plan, costs in [(1, first, []), (10.9, first, []), (11, first, [1.0]), (12, second, [1.0])]:
        clock.now = 1000.0 + now
        kept(plan)
        found = [load_checkpoint(one).start[COLUMNS[0]] for one in tmp_path.iterdir()]
        assert found == costs, now
    clock.now = 1022.0
    kept(second)
    (folder,) = tmp_path.iterdir()
    assert load_checkpoint(folder).start == {COLUMNS[0]: 2.0, COLUMNS[1]: 1.0, COLUMNS[2]: 0.5}
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.txt",
        "checkpoint.json",
        "instance.json",
    ]


def test_what_follows_a_long_solve_may_be_long_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    short, long = keeper(tmp_path / "short"), keeper(tmp_path / "long")
    clock.now += 9.0
    short.settle(candidate(1.0, 0.0, 0.0))
    clock.now += 1.0
    long.settle(candidate(1.0, 0.0, 0.0))
    assert (short.folder, [path.name for path in (tmp_path / "long").iterdir()]) == (
        None,
        ["lab-base-1234.unfinished"],
    )


def test_two_solves_at_once_have_a_folder_each_and_leave_nothing(tmp_path: Path) -> None:
    place = tmp_path / "made" / "here"
    one, two = keeper(place), keeper(place)
    for each, amount in ((one, 1.0), (two, 2.0)):
        each(candidate(amount, 0.0, 0.0))
        assert each.write() == each.folder
    assert [path.name for path in sorted(place.iterdir())] == [
        "lab-base-1234.unfinished",
        "lab-base-1234.unfinished-2",
    ]
    assert [load_checkpoint(path).start[COLUMNS[0]] for path in sorted(place.iterdir())] == [1.0, 2.0]
    assert unfinished(place) == []  # both belong to this process, which runs
    two.remove()
    one.remove()
    assert not place.exists() and one.write() is None


def test_a_full_disk_is_noted_once_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, free = Clock(monkeypatch), False

    def full(descriptor: int) -> None:
        if not free:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    kept = keeper(tmp_path)
    for _ in range(3):
        clock.now += 10.0
        kept(candidate(1.0, 0.0, 0.0))
        clock.now += 10.0
    assert list(tmp_path.iterdir()) == []
    (note,) = {note.partition(":")[0] for note in kept.notes}
    assert note == "the plan could not be kept on disk while the solve went on"
    free = True
    clock.now += 10.0
    kept(candidate(1.0, 0.0, 0.0))
    assert len(list(tmp_path.iterdir())) == 1


# A whole solve that is killed: its folder as it was at some moment


@pytest.fixture
def killed(starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dead: str) -> Path:
    """What a kill of a solve leaves: the folder as it is when the first plan is known."""
    place, left = tmp_path / "runs", tmp_path / "left"
    monkeypatch.setattr(checkpoint, "CHECKPOINT_SECONDS", 0.0)

    def copy(progress: Progress) -> None:
        for folder in place.glob("*.unfinished"):
            if not left.exists():
                shutil.copytree(folder, left / folder.name)

    done = planner.run(planner.read(starter), out=place, gap=0.05, on_progress=copy)
    monkeypatch.undo()
    assert [path.name for path in place.iterdir()] == [done.folder.name]  # gone when the run folder stands
    shutil.rmtree(place)
    (folder,) = left.iterdir()
    assert folder.name == f"{done.folder.name}.unfinished"
    body = json.loads((folder / "checkpoint.json").read_text())
    assert body["owner"] == own_mark()
    (folder / "checkpoint.json").write_text(json.dumps(body | {"owner": dead}))
    return folder


def test_a_time_limit_of_0_saves_the_plan_as_it_is(killed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = load_checkpoint(killed)
    assert found.cost_usd_m is not None and found.bound_usd_m is not None
    assert found.bound_usd_m < found.cost_usd_m
    assert unfinished(killed.parent) == [killed]
    code = run(["resume", str(killed), "--time-limit", "0", "--json", "-q"])
    value = json.loads(capsys.readouterr().out)
    assert code == (0 if value["gap"] <= 0.05 else 5)
    assert value["audit"]["ok"]
    assert value["objective_usd_m"] <= found.cost_usd_m * (1 + 1e-6)
    assert [path.name for path in killed.parent.iterdir()] == [Path(value["run_dir"]).name]
    plan = planner.load(value["run_dir"])
    assert any("plan of an unfinished solve" in note for note in plan.record.notes)


def test_resume_goes_on_to_the_asked_gap(killed: Path) -> None:
    done = planner.resume(killed)
    assert done.warnings == ()
    assert (done.exit_code, done.plan.record.status) == (0, "optimal")
    assert done.plan.record.options["gap"] == 0.05
    assert done.plan.record.options["time_limit"] <= 120.0
    assert not killed.exists()


def test_start_takes_an_unfinished_solve(killed: Path, starter: Path, tmp_path: Path) -> None:
    cost = load_checkpoint(killed).cost_usd_m
    assert cost is not None
    done = planner.run(planner.read(starter), out=tmp_path / "o", start=[killed], gap=0.9, time_limit=60)
    assert done.plan.objective_usd_m <= cost * (1 + 1e-6)
    assert is_checkpoint(killed)
    beside = planner.run(planner.read(CASH), out=killed.parent)
    assert beside.warnings == (f"{killed} is unfinished; `planner resume {killed}` takes it up",)
    other = planner.run(planner.read(CASH), out=tmp_path / "o", start=[killed])
    assert other.plan.objective_usd_m == pytest.approx(2100.0, rel=1e-12)


def test_a_solve_that_still_runs_is_not_taken_up(killed: Path) -> None:
    body = json.loads((killed / "checkpoint.json").read_text())
    (killed / "checkpoint.json").write_text(json.dumps(body | {"owner": own_mark()}))
    with pytest.raises(UsageError, match=f"still runs, as process {os.getpid()}"):
        planner.resume(killed)


def test_a_wrong_folder_names_the_unfinished_ones(killed: Path, tmp_path: Path) -> None:
    with pytest.raises(FileError) as raised:
        planner.resume(killed.parent)
    assert str(killed) in str(raised.value)
    with pytest.raises(FileError, match=f"`planner resume {re.escape(str(killed))}` takes it up"):
        planner.load(killed)
    with pytest.raises(FileError, match="none is unfinished here"):
        planner.resume(tmp_path / "runs" / "nothing")


def test_damage_gives_one_typed_error(killed: Path) -> None:
    chance = random.Random(5)
    good = {name: (killed / name).read_bytes() for name in ("checkpoint.json", "instance.json")}
    body = json.loads(good["checkpoint.json"])
    wrong: list[dict[str, Any]] = [
        *(
            {key: value for key, value in body.items() if key != lost}
            for lost in ("format", "seconds", "decisions")
        ),
        *(body | {"decisions": rows} for rows in (5, [[1, 2, 3]], [["a", {"x": 1}, 1.0]], [["a", "b"]])),
        *(body | {"seconds": value} for value in ("x", True, 1e999, None)),
        body | {"options": []},
        body | {"instance": "x"},
        body | {"format": 2},
    ]
    texts = [json.dumps(each).encode() for each in wrong] + [b"[" * 200_000, b"", b"\xff\xfe", b"[]"]
    for _ in range(40):
        damaged = bytearray(good["checkpoint.json"])
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        texts.append(bytes(damaged[: chance.randrange(1, len(damaged))]))
    for text in texts:
        (killed / "checkpoint.json").write_bytes(text)
        with pytest.raises(PlannerError):
            load_checkpoint(killed)
        assert unfinished(killed.parent) in ([], [killed])
    (killed / "checkpoint.json").write_bytes(good["checkpoint.json"])
    (killed / "instance.json").write_bytes(good["instance.json"].replace(b"Starter lab", b"Another lab"))
    with pytest.raises(FileError, match="another instance"):
        load_checkpoint(killed)


# Failures after a plan is found


@pytest.mark.parametrize(
    "moment", [("planner.plan.make", "make_frames"), ("planner.plan.store", "save_plan")]
)
def test_a_defect_after_the_search_keeps_the_decisions(
    moment: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*words: object) -> NoReturn:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with monkeypatch.context() as broken:
        broken.setattr(importlib.import_module(moment[0]), moment[1], fail)
        assert run(["solve", str(CASH), "--out", str(tmp_path / "runs"), "-q"]) == 1
    said = capsys.readouterr().err
    (folder,) = (tmp_path / "runs").iterdir()
    assert f"planner resume {folder} --time-limit 0" in said
    monkeypatch.setattr(checkpoint, "is_alive", lambda mark: False)  # it was this very process
    done = planner.resume(folder, time_limit=0)
    assert done.plan.objective_usd_m == pytest.approx(2100.0, rel=1e-9)


def test_an_interrupted_search_for_the_least_overdraft_keeps_its_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solving = importlib.import_module("planner.solve.solve")
    honest, asked = solving.solve_model, []

    def stopped(model: Any, *words: Any, **more: Any) -> Any:
        done = honest(model, *words, **more)
        asked.append(more.get("objective"))
        if len(asked) == 1:
            assert done.has_plan
            more["switch"].ask("interrupt")  # after the first search
        return done if len(asked) == 1 else honest(model, words[0], None, **more)  # and its plan does not fit

    monkeypatch.setattr(solving, "solve_model", stopped)
    instance = planner.read(CASH).tweak("money.soft_floor", {})
    plan = instance.solve(keep_in=tmp_path)
    assert len(asked) == 2 and asked[0]
    assert (plan.record.status, plan.record.stopped_by) == ("interrupted", "interrupt")
    assert planner.audit(plan).ok


# What a kill leaves half-written


def test_stale_parts_are_cleaned_and_no_others(tmp_path: Path, dead: str) -> None:
    assert is_alive(dead) is False and is_alive(own_mark()) is True and is_alive("00000000-1-1") is None
    names = {
        f".run.{dead}-0123abcd.part": True,
        f".plan.json.{dead}-0123abcd.part": True,
        f".run.{own_mark()}-0123abcd.part": False,
        ".run.00000000-1-1-0123abcd.part": False,  # another machine, today
        ".old.00000000-1-1-0123abcd.part": True,  # another machine, days ago
        ".old.0123abcd.part": True,  # an earlier version, days ago
        ".old.backup.part": False,
        "old.0123abcd.part": False,
        "old.old-20261130": False,
        f"run.old-{own_mark()}-0123abcd": False,
        f"replaced.old-{dead}-0123abcd": True,
        "replaced": False,
    }
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_text("x")
        if "old." in name[:5]:
            for path in (tmp_path / name / "x", tmp_path / name):
                os.utime(path, (time.time() - 2 * 86400,) * 2)
    lost = tmp_path / f"lost.old-{dead}-0123abcd"
    lost.mkdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    link = tmp_path / f".link.{dead}-0123abcd.part"
    link.symlink_to(outside)
    removed = {path.name for path in clean_stale(tmp_path)}
    assert removed == {name for name, stale in names.items() if stale}
    assert {path.name for path in tmp_path.iterdir()} == {
        *(name for name, stale in names.items() if not stale),
        *("lost", "outside", link.name),
    }
    assert clean_stale(tmp_path / "nowhere") == []


def test_writing_a_file_removes_what_a_killed_process_left_of_it(tmp_path: Path, dead: str) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / f".{name}.{dead}-0123abcd.part").write_text("half")
    files.write_atomic(tmp_path / "a.csv", "whole")
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv", f".b.csv.{dead}-0123abcd.part"}


def test_a_folder_being_filled_says_whose_it_is(tmp_path: Path) -> None:
    with run_folder(tmp_path, "r") as folder:
        assert own_mark() in folder.path.name
        assert clean_stale(tmp_path) == []
        (folder.path / "a").write_text("a")
    assert [path.name for path in tmp_path.iterdir()] == ["r"]
