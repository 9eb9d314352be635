"""Nothing but the answer on standard output: HiGHS greets there, past Python, when its first object is made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).parents[1] / "instances" / "tutorial" / "01_cloud.yaml"

THREADS = """
import threading
from planner.solve.highs import new_solver
threads = [threading.Thread(target=new_solver) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
new_solver()
print("done")
"""


def _run(*words: str, **more: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, *words], capture_output=True, timeout=120, **more)  # type: ignore[call-overload,no-any-return]


def test_json_of_solve_is_all_that_a_pipe_gets(tmp_path: Path) -> None:
    done = _run("-m", "planner", "solve", str(TUTORIAL), "--json", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "optimal"


def test_objects_made_in_several_threads_print_nothing() -> None:
    assert _run("-c", THREADS).stdout == b"done" + os.linesep.encode()


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_file_as_standard_output_gets_nothing(tmp_path: Path, unbuffered: str) -> None:
    place = tmp_path / "out"
    code = "from planner.solve.highs import new_solver; new_solver(); print('{}')"
    with place.open("wb") as out:
        subprocess.run(
            [sys.executable, "-c", code],
            stdout=out,
            check=True,
            timeout=120,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        )
    assert place.read_bytes() == b"{}" + os.linesep.encode()


@pytest.mark.skipif(os.name != "posix", reason="closing a file by its number")
def test_a_closed_standard_output_ends_nothing_and_reaches_no_other_file(tmp_path: Path) -> None:
    # The file that is opened next takes number 1: what is printed there would land in it.
    place = tmp_path / "mine"
    code = (
        "import os; os.close(1); from planner.solve.highs import new_solver\n"
        f"first = new_solver(); mine = open({str(place)!r}, 'wb', buffering=0); assert mine.fileno() == 1\n"
        "second = new_solver(); mine.write(b'mine')"
    )
    done = _run("-c", code)
    assert (done.returncode, done.stderr) == (0, b"")
    assert place.read_bytes() == b"mine"
    code = code.replace("first = new_solver(); ", "")
    done = _run("-c", code)
    assert (done.returncode, done.stderr) == (0, b"")
    assert place.read_bytes() == b"mine"
