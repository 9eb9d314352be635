"""A write is whole or it did not happen."""

from __future__ import annotations

import errno
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from planner import files
from planner.errors import (
    AuditError,
    FileError,
    InfeasibleError,
    InstanceError,
    NoPlan,
    PlannerError,
    UsageError,
)
from planner.files import require_writable, run_folder, run_name, slug, write_atomic


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_text_and_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    write_atomic(tmp_path / "new" / "a.txt", "née\r\n")
    write_atomic(tmp_path / "new" / "a.txt", "née\n")
    write_atomic(tmp_path / "new" / "b.bin", b"\x00\xff")
    assert (tmp_path / "new" / "a.txt").read_bytes() == b"n\xc3\xa9e\n"
    assert (tmp_path / "new" / "b.bin").read_bytes() == b"\x00\xff"
    assert names(tmp_path / "new") == ["a.txt", "b.bin"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_leaves_the_old_file_and_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    write_atomic(tmp_path / "a.txt", "old")

    def full(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(FileError, match=r"cannot write .*a\.txt") as caught:
        write_atomic(tmp_path / "a.txt", "new")
    assert caught.value.exit_code == 8
    assert caught.value.hint
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_interrupt_while_writing_leaves_the_old_file_and_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_atomic(tmp_path / "a.txt", "old")

    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "a.txt", "new")
    assert names(tmp_path) == ["a.txt"]


def test_a_file_in_the_place_of_a_folder_is_a_file_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(FileError, match="cannot write"):
        write_atomic(tmp_path / "a" / "b.txt", "y")
    with pytest.raises(FileError, match="cannot write"), run_folder(tmp_path / "a", "run"):
        pass


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody may write to")
def test_a_read_only_folder_is_a_file_error() -> None:
    with pytest.raises(FileError, match="cannot write"):
        write_atomic("/proc/planner.txt", "x")
    with pytest.raises(FileError, match="cannot write"):
        require_writable("/proc")
    with pytest.raises(FileError, match="cannot write"), run_folder("/proc", "run"):
        pass


def test_a_place_to_write_is_made_and_left_empty(tmp_path: Path) -> None:
    assert require_writable(tmp_path / "a" / "b") == tmp_path / "a" / "b"
    assert names(tmp_path / "a" / "b") == []


def test_run_folders_count_up_and_never_overwrite(tmp_path: Path) -> None:
    made = []
    for number in range(3):
        with run_folder(tmp_path, "r") as folder:
            (folder.path / "a.txt").write_text(str(number))
        made.append(folder.path.name)
    assert made == ["r", "r-2", "r-3"]
    assert [(tmp_path / name / "a.txt").read_text() for name in made] == ["0", "1", "2"]


def test_a_run_folder_steps_around_a_file_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "r").write_text("mine")
    with run_folder(tmp_path, "r") as folder:
        (folder.path / "a.txt").write_text("x")
    assert names(tmp_path) == ["r", "r-2"]
    assert (tmp_path / "r").read_text() == "mine"


def test_force_replaces_the_run_and_only_it(tmp_path: Path) -> None:
    for text in ("old", "new"):
        with run_folder(tmp_path, "r", force=True) as folder:
            (folder.path / f"{text}.txt").write_text(text)
    assert names(tmp_path) == ["r"]
    assert names(tmp_path / "r") == ["new.txt"]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("kind", [KeyboardInterrupt, ValueError])
def test_a_failed_run_leaves_nothing(tmp_path: Path, kind: type[BaseException], force: bool) -> None:
    with run_folder(tmp_path, "r") as folder:
        (folder.path / "a.txt").write_text("old")
    with pytest.raises(kind), run_folder(tmp_path, "r", force=force) as folder:
        (folder.path / "a.txt").write_text("new")
        raise kind
    assert names(tmp_path) == ["r"]
    assert (tmp_path / "r" / "a.txt").read_text() == "old"


def test_kill_at_any_moment_leaves_whole_runs_only(tmp_path: Path) -> None:
    code = (
        "import sys; from planner.files import run_folder, write_atomic\n"
        "while True:\n"
        "    with run_folder(sys.argv[1], 'r') as folder:\n"
        "        for name in 'abc': write_atomic(folder.path / name, name * 1000)\n"
    )
    for number in range(3):
        with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) as process:
            patience = time.monotonic() + 600
            while not (tmp_path / "r").exists() and time.monotonic() < patience:
                time.sleep(0.01)
            time.sleep(0.05 + 0.013 * number)
            process.send_signal(signal.SIGKILL)
    runs = [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
    assert runs
    for run in runs:
        assert {path.name: path.read_text() for path in run.iterdir()} == {n: n * 1000 for n in "abc"}


def test_names_of_folders_are_tame() -> None:
    assert run_name("Stargate programme, base!", "lenders_agree+ipo", "0123456789abcdef") == (
        "stargate-programme-base-lenders-agree-ipo-01234567"
    )
    assert slug("../../etc/passwd\x00‮") == "etc-passwd"
    assert slug("日本") == "unnamed"
    assert len(slug("x" * 10_000)) == 40


def test_errors_keep_their_fields_between_processes() -> None:
    error = InstanceError("2 errors", findings=["a", "b"], where="f.yaml:1:2", rule="r", hint="h")
    again = pickle.loads(pickle.dumps(error))
    assert (again.findings, again.where, again.rule, again.hint) == (("a", "b"), "f.yaml:1:2", "r", "h")
    assert str(again) == str(error) == "f.yaml:1:2: 2 errors [r] (h)\n  a\n  b"


def test_every_error_has_the_exit_code_of_its_kind() -> None:
    codes = {
        PlannerError: 1,
        UsageError: 2,
        InstanceError: 3,
        InfeasibleError: 4,
        NoPlan: 6,
        AuditError: 7,
        FileError: 8,
    }
    assert {kind: kind("m").exit_code for kind in codes} == codes
    assert issubclass(InfeasibleError, NoPlan)
    assert NoPlan("m", stopped_by="time_limit").exit_code == 6
    assert NoPlan("m", stopped_by="interrupt").exit_code == 130
    assert NoPlan("m", stopped_by="terminate").exit_code == 143
