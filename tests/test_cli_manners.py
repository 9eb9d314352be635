"""How commands behave: streams, hostile text, failures, signals."""

from __future__ import annotations

import io
import json
import math
import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import NoReturn

import pytest

from planner.cli import terminal
from planner.cli.app import run
from planner.cli.terminal import jsonable, shown, table
from planner.errors import FileError, InfeasibleError

ROOT = Path(__file__).resolve().parent.parent
HOSTILE = "a\x1b[31m\r\x00\u202eb\u2066\x9b\x7f"


def test_hostile_text_is_shown_and_not_obeyed() -> None:
    assert shown(HOSTILE) == "a\\x1b[31m\\x0d\\x00\\u202eb\\u2066\\x9b\\x7f"
    assert shown("Jürgen — 日本 €\n\t") == "Jürgen — 日本 €\n\t"


def test_a_table_is_aligned_and_tame() -> None:
    text = table(["name", "mw"], [["x\ny", 1234], [HOSTILE, 5.5], ["z", None], ["w", math.nan]])
    assert text.splitlines()[2].split() == ["x", "y", "1,234"]
    assert text.splitlines()[4].split() == ["z", "-"]
    assert text.splitlines()[5].split() == ["w", "-"]
    assert "\x1b" not in text
    assert len({len(line) for line in text.splitlines() if line[-1] != " "}) <= 2


def test_json_has_no_nan_and_no_objects() -> None:
    import numpy as np

    value = {
        "a": math.nan,
        "b": (np.float64(1.5), np.int64(2)),
        "c": date(2027, 1, 2),
        "d": Path("x"),
        "e": {1: True},
    }
    assert jsonable(value) == {"a": None, "b": [1.5, 2], "c": "2027-01-02", "d": "x", "e": {"1": True}}


def test_init_writes_once_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lab.yaml"
    assert run(["init", str(file), "--json", "-q"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out) == {"schema_version": 1, "path": str(file)}
    assert said.err == ""
    file.write_text("mine")
    assert run(["init", str(file)]) == 8
    said = capsys.readouterr()
    assert said.out == ""
    assert "the file exists" in said.err
    assert file.read_text() == "mine"
    assert run(["init", str(file), "--force"]) == 0
    assert file.read_text() != "mine"


def break_init(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make `planner init` fail with `error`."""
    import planner.starter

    def fail(path: str, *, force: bool) -> NoReturn:
        raise error

    monkeypatch.setattr(planner.starter, "write_starter", fail)


def test_an_internal_error_is_one_line_and_a_crash_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terminal.sys, "argv", ["planner"])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    break_init(monkeypatch, ZeroDivisionError("one\ntwo"))
    assert run(["init", "--json"]) == 1
    said = capsys.readouterr()
    assert len(said.err.splitlines()) == 1
    assert "internal error" in said.err
    value = json.loads(said.out)
    assert value["exit_code"] == 1
    crash = Path(value["error"]["where"])
    assert crash.parent == tmp_path
    assert "ZeroDivisionError" in crash.read_text()
    assert "['init', '--json']" in crash.read_text()
    assert run(["init", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [(FileError("m", where="w", hint="h"), 8), (InfeasibleError("m", explanation=["s1", "s2"]), 4)],
)
def test_a_failure_gives_its_exit_code_and_object(
    error: FileError | InfeasibleError,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    break_init(monkeypatch, error)
    assert run(["init", "--json"]) == code
    said = capsys.readouterr()
    value = json.loads(said.out)["error"]
    assert (value["kind"], value["message"], value["where"]) == (type(error).__name__, "m", error.where)
    assert "Traceback" not in said.err
    if isinstance(error, InfeasibleError):
        assert value["explanation"] == ["s1", "s2"]
        assert "s2" in said.err


def test_ctrl_c_is_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    break_init(monkeypatch, KeyboardInterrupt())
    assert run(["init"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_outside_a_solve_end_the_command(number: signal.Signals, code: int) -> None:
    program = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a run in the background ignores it
        "import planner.starter\n"
        "from planner.cli.app import run\n"
        "def wait(path, *, force):\n"
        "    print('ready', flush=True); time.sleep(600)\n"
        "planner.starter.write_starter = wait\n"
        "sys.exit(run(['init']))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        _, errors = process.communicate(timeout=120)  # the program would wait longer
    assert process.returncode == code
    assert "Traceback" not in errors


def planner(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "planner", *words], cwd=ROOT, text=True, stderr=subprocess.PIPE, **options
    )  # type: ignore[call-overload, no-any-return]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("words", [("--version",), ("--help",), ("-h",), ("solve", "--help")])
def test_help_and_version_meet_a_full_disk_with_exit_8_too(words: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        done = planner(*words, stdout=full)
    assert done.returncode == 8
    assert "stdout: cannot write the result" in done.stderr
    assert "defect" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_behind_stdout_is_exit_8(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        done = planner("init", str(tmp_path / "a.yaml"), stdout=full)
    assert done.returncode == 8
    assert "cannot write the result" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_who_left_is_no_error(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = planner("init", str(tmp_path / "a.yaml"), stdout=write_end)
    os.close(write_end)
    assert (done.returncode, "Traceback" in done.stderr, "Exception" in done.stderr) == (0, False, False)


def test_a_terminal_without_unicode_gets_escapes(tmp_path: Path) -> None:
    done = planner(
        "init",
        str(tmp_path / "é.yaml"),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == 0
    assert "\\xe9.yaml" in done.stdout


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colour_only_on_a_terminal_whose_user_wants_it(
    environment: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    screen = Screen()
    monkeypatch.setattr(terminal.sys, "stderr", screen)
    terminal.to_stderr("it failed \x1b[2J", "error")
    assert screen.getvalue().startswith("\x1b[1;31merror: \x1b[0m" if coloured else "error: ")
    assert "\x1b[2J" not in screen.getvalue()
    pipe = io.StringIO()
    monkeypatch.setattr(terminal.sys, "stderr", pipe)
    terminal.to_stderr("it failed", "error")
    assert pipe.getvalue() == "error: it failed\n"
