"""A plan that was found is not lost: requests to stop, broken streams, failures, from Python and the command line."""

from __future__ import annotations

import importlib
import json
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import planner
from planner.cli import solve_verbs
from planner.cli.app import run
from planner.solve.progress import Progress, Unbreakable
from planner.solve.stop import StopSwitch, breakable, passing_on, stop_on_signals

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = ROOT / "instances" / "tutorial"
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
PROOF = {"gap": 0.0, "time_limit": 600.0}  # a proof that takes long: requests end it


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    file = tmp_path / "lab.yaml"
    planner.write_starter(file)
    return file


def signalling(number: int, times: int = 1) -> Callable[[Progress], None]:
    """A listener that sends this process a signal as soon as a plan is known."""
    sent: list[int] = []

    def listen(progress: Progress) -> None:
        if progress.cost is not None and progress.stage == "search" and not sent:
            sent.extend([number] * times)
            for one in sent:
                signal.raise_signal(one)

    return listen


# One switch for the whole call


def test_blocks_share_the_switch_of_the_outermost_and_give_the_handlers_back() -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    mine = StopSwitch()
    with stop_on_signals() as outer:
        with stop_on_signals() as inner, stop_on_signals(mine):
            signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGINT)
        with stop_on_signals(StopSwitch()) as late:
            assert (late.reason, late.requests) == ("hangup", 2)
    assert inner is outer
    assert (outer.reason, outer.requests, mine.reason, mine.requests) == ("hangup", 2, "hangup", 1)
    assert [signal.getsignal(number) for number in numbers] == before


def test_a_terminal_that_hangs_up_twice_asks_once() -> None:
    with stop_on_signals() as switch:
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGHUP)
    assert (switch.requests, switch.hurried) == (1, False)


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with stop_on_signals() as switch:
            signal.raise_signal(signal.SIGHUP)
        assert switch.reason is None
    finally:
        signal.signal(signal.SIGHUP, before)


def test_breakable_work_ends_at_once_and_what_holds_a_plan_does_not() -> None:
    done: list[str] = []
    with stop_on_signals(), pytest.raises(planner.Interrupted), breakable():
        with stop_on_signals():
            signal.raise_signal(signal.SIGTERM)
            done.append("inside the plan")
        done.append("after it")
    with stop_on_signals(), pytest.raises(planner.Interrupted), breakable():
        signal.raise_signal(signal.SIGINT)
        done.append("after the signal")
    with stop_on_signals() as switch:
        switch.ask("interrupt")
        with pytest.raises(planner.Interrupted), breakable():
            done.append("after a request")
    assert done == ["inside the plan"]


def test_other_threads_are_left_alone() -> None:
    seen: list[Any] = []

    def work() -> None:
        with passing_on() as delivery, breakable():
            seen.append((delivery.outermost, delivery.switch.reason))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(False, None)]


# From Python: a request ends the loop


def test_ctrl_c_ends_a_loop_of_solves_with_the_plan_saved(starter: Path, tmp_path: Path) -> None:
    instance = planner.read(starter)
    plans, places = [], tmp_path / "kept"
    with pytest.raises(KeyboardInterrupt) as stop:
        for _ in range(3):
            try:
                plans.append(instance.solve(**PROOF, on_progress=signalling(signal.SIGINT), keep_in=places))
            except Exception:  # a loop that goes on whatever fails
                continue
    assert plans == []
    error = stop.value
    assert isinstance(error, planner.Interrupted) and not isinstance(error, planner.PlannerError)
    assert (error.reason, error.exit_code, error.plan.record.stopped_by) == ("interrupt", 130, "interrupt")
    assert error.folder is not None and str(error.folder) in str(error)
    saved = planner.load(error.folder)
    assert planner.audit(saved).ok
    assert saved.objective_usd_m == error.plan.objective_usd_m
    assert [path.name for path in places.iterdir()] == [error.folder.name]
    assert [path for path in error.folder.iterdir() if path.suffix == ".html"]


def test_keep_in_none_writes_nothing(starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(planner.Interrupted) as stop:
        planner.read(starter).solve(**PROOF, on_progress=signalling(signal.SIGINT), keep_in=None)
    assert stop.value.folder is None and stop.value.plan.objective_usd_m > 0
    assert ".plan" in str(stop.value)
    assert sorted(tmp_path.iterdir()) == before


@pytest.fixture
def own_handler() -> Iterator[list[int]]:
    """A handler of the caller's for SIGTERM that only takes note, as services have."""
    heard: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        heard.append(number)

    before = signal.signal(signal.SIGTERM, note)
    yield heard
    signal.signal(signal.SIGTERM, before)


def test_a_handler_of_the_callers_own_is_told_and_the_plan_returned(
    starter: Path, tmp_path: Path, own_handler: list[int]
) -> None:
    plan = planner.read(starter).solve(
        **PROOF, on_progress=signalling(signal.SIGTERM), keep_in=tmp_path / "r"
    )
    assert own_handler == [signal.SIGTERM]
    assert (plan.record.status, plan.record.stopped_by) == ("interrupted", "terminate")


def test_a_signal_that_nobody_handles_ends_the_process_after_the_plan_is_saved(
    starter: Path, tmp_path: Path
) -> None:
    code = (
        "import signal, sys, planner\n"
        "def listen(progress):\n"
        "    if progress.cost is not None: signal.raise_signal(signal.SIGTERM)\n"
        "while True:\n"
        "    planner.read(sys.argv[1]).solve(gap=0, time_limit=600, on_progress=listen, keep_in=sys.argv[2])\n"
    )
    words = [sys.executable, "-c", code, str(starter), str(tmp_path / "r")]
    done = subprocess.run(words, cwd=ROOT, timeout=600, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (-signal.SIGTERM, "")
    (folder,) = (tmp_path / "r").iterdir()
    assert planner.audit(planner.load(folder)).ok


def test_ctrl_c_ends_a_loop_of_relaxations(monkeypatch: pytest.MonkeyPatch) -> None:
    from planner.explore import relaxation

    room = importlib.import_module("planner.explore.relaxation")
    honest = room.run

    def signalled(*words: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return honest(*words)

    monkeypatch.setattr(room, "run", signalled)
    rounds = 0
    with pytest.raises(planner.Interrupted):
        while rounds < 3:
            rounds += 1
            try:
                relaxation(planner.read(TUTORIAL / "15_cash_floor.yaml"))
            except planner.PlannerError:
                continue
    assert rounds == 1


# The command line


def command(monkeypatch: pytest.MonkeyPatch, listen: Callable[[Progress], None], *words: str) -> int:
    """Run a command in this process with a listener of ours in the place of the line on stderr."""
    monkeypatch.setattr(solve_verbs, "progress", lambda voice: nullcontext(listen))
    return run(["solve", *words, "--json"])


@pytest.mark.parametrize(
    "number",
    [signal.SIGHUP, *(pytest.param(one, marks=pytest.mark.slow) for one in (signal.SIGINT, signal.SIGTERM))],
)
def test_a_request_while_the_cases_run_saves_the_plan_and_the_table_and_ends(
    number: signal.Signals,
    starter: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "runs"
    words = [str(starter), "--gap", "0", "--time-limit", "600", "--cases", "all", "--out", str(out)]
    assert command(monkeypatch, signalling(number), *words) == CODES[number]
    value = json.loads(capsys.readouterr().out)
    assert [(row["case"], row["status"], row["audit"]) for row in value["cases"]] == [
        ("base", "interrupted", "ok")
    ]
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [Path(value["folder"]).name, value["cases"][0]["run"]]
    )


MOMENTS = {
    "frames": ("planner.plan.make", "make_frames"),
    "record": ("planner.run", "_record"),
    "finish": ("planner.run", "finish"),
    "digest": ("planner.finish", "run_digest"),
    "audit": ("planner.audit", "audit_plan"),
    "report": ("planner.report", "write_report"),
    "save": ("planner.plan.store", "save_plan"),
    "answer": ("planner.finish", "_exit_code"),
}
OTHERS = sorted(set(MOMENTS) - {"frames", "digest", "save"})


@pytest.mark.parametrize(
    "moment", ["frames", "digest", "save", *(pytest.param(one, marks=pytest.mark.slow) for one in OTHERS)]
)
def test_a_request_between_the_search_and_the_answer_loses_nothing(
    moment: str,
    starter: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    module = importlib.import_module(MOMENTS[moment][0])
    honest = getattr(module, MOMENTS[moment][1])

    def signalled(*words: Any, **more: Any) -> Any:
        signal.raise_signal(signal.SIGHUP)
        return honest(*words, **more)

    monkeypatch.setattr(module, MOMENTS[moment][1], signalled)
    words = [str(TUTORIAL / "15_cash_floor.yaml"), "--out", str(tmp_path / "runs")]
    assert command(monkeypatch, lambda progress: None, *words) == 129
    value = json.loads(capsys.readouterr().out)
    assert (value["status"], value["audit"]["ok"]) == ("optimal", True)
    assert planner.load(value["run_dir"]).objective_usd_m == pytest.approx(2100.0, rel=1e-12)
    assert [path for path in Path(value["run_dir"]).iterdir() if path.suffix == ".html"]


def test_a_second_request_leaves_the_report_out_and_keeps_the_plan(
    starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(starter), "--gap", "0", "--time-limit", "600", "--out", str(tmp_path / "runs"), "-v"]
    assert command(monkeypatch, signalling(signal.SIGINT, times=2), *words) == 130
    said = capsys.readouterr()
    value = json.loads(said.out)
    assert value["audit"]["ok"] and planner.load(value["run_dir"]).objective_usd_m > 0
    assert not [path for path in Path(value["run_dir"]).iterdir() if path.suffix == ".html"]
    assert f"planner report {value['run_dir']}" in said.err


def test_a_request_before_there_is_a_plan_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    room = importlib.import_module("planner.data.prepare")
    honest = room.prepare

    def signalled(*words: Any) -> Any:
        signal.raise_signal(signal.SIGTERM)
        return honest(*words)

    monkeypatch.setattr(room, "prepare", signalled)
    words = [str(TUTORIAL / "15_cash_floor.yaml"), "--out", str(tmp_path / "runs")]
    assert command(monkeypatch, lambda progress: None, *words) == 143
    said = capsys.readouterr()
    error = json.loads(said.out)["error"]
    assert (error["kind"], error["stopped_by"]) == ("NoPlan", "terminate")
    assert "terminated before there was a plan" in said.err
    assert list((tmp_path / "runs").iterdir()) == []


# Streams that fail


class Gone:
    """A terminal that has gone."""

    encoding = "utf-8"

    def write(self, text: str = "") -> int:
        raise OSError(5, "Input/output error")

    flush = isatty = fileno = write  # type: ignore[assignment]


def test_a_stream_that_fails_is_left_alone_from_then_on() -> None:
    stream = Unbreakable(Gone())  # type: ignore[arg-type]
    assert stream.write("12345") == 5
    stream.flush()
    assert (stream.broken, stream.isatty()) == (True, False)


SHELL = {
    "full stderr": "{planner} 2>/dev/full",
    "reader of stderr left": "{planner} 2>&1 >/dev/null | true",
    "closed stderr": "{planner} 2>&-",
    "closed stdout": "{planner} >&-",
    "both closed": "{planner} >&- 2>&-",
    "reader of stdout left": "{planner} | true",
}


@pytest.mark.parametrize(
    "how", ["full stderr", *[pytest.param(how, marks=pytest.mark.slow) for how in [*SHELL][1:]]]
)
def test_streams_that_fail_do_not_end_a_solve(how: str, tmp_path: Path) -> None:
    words = (
        f"'{sys.executable}' -m planner solve '{TUTORIAL / '15_cash_floor.yaml'}' --out '{tmp_path / 'runs'}'"
    )
    script = "set -o pipefail; " + SHELL[how].format(planner=words)
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, timeout=600, env=os.environ | {"COLUMNS": "80"})
    assert done.returncode == 0
    (folder,) = (tmp_path / "runs").iterdir()
    assert planner.load(folder).objective_usd_m == pytest.approx(2100.0, rel=1e-12)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a terminal of our own")
@pytest.mark.parametrize(("ignored", "code"), [(False, 129), pytest.param(True, 0, marks=pytest.mark.slow)])
def test_a_terminal_that_is_closed_ends_the_solve_or_with_nohup_only_the_progress(
    ignored: bool, code: int, starter: Path, tmp_path: Path
) -> None:
    """The shell's own SIGHUP is not needed: the kernel sends it to who holds the terminal."""
    out, gap = tmp_path / "runs", "0.05" if ignored else "0"
    words = ["solve", str(starter), "--gap", gap, "--time-limit", "600", "--out", str(out)]
    number, terminal = pty.fork()
    if number == 0:
        signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
        os.execvpe(
            sys.executable, [sys.executable, "-m", "planner", *words], {**os.environ, "PYTHONPATH": str(ROOT)}
        )
    shown = b""
    while b"cost" not in shown:
        shown += os.read(terminal, 1000)
    os.close(terminal)
    _, status = os.waitpid(number, 0)
    assert os.waitstatus_to_exitcode(status) == code
    (folder,) = out.iterdir()
    assert planner.audit(planner.load(folder)).ok
    assert list(folder.glob("*.html"))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_behind_stdout_is_exit_8_with_the_plan_saved(tmp_path: Path) -> None:
    words = ["solve", str(TUTORIAL / "15_cash_floor.yaml"), "--out", str(tmp_path / "runs"), "-q"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "planner", *words],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    (folder,) = (tmp_path / "runs").iterdir()
    assert done.returncode == 8
    assert planner.load(folder).objective_usd_m == pytest.approx(2100.0, rel=1e-12)
    assert str(folder) in done.stderr


# The campaign of kills and signals: a small one here, the large one by hand


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the campaign forks")
def test_kills_and_signals_lose_no_plan(tmp_path: Path) -> None:
    campaign = Path(__file__).with_name("campaign_nothing_lost.py")
    words = ["--kills", "4", "--signals", "6", "--slow", "0", "--seed", "1", "--grace", "60", "--jobs", "1"]
    done = subprocess.run(
        [sys.executable, str(campaign), *words, "--folder", str(tmp_path / "c")],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].endswith(": 0 lost , 0 otherwise not as documented ")
