"""What a solve shows while it runs."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from solve_models import planning_model

from planner.solve.options import SolveOptions
from planner.solve.progress import PlainLines, Progress, progress_line, show_progress
from planner.solve.solve import solve_model

ROOT = Path(__file__).parent.parent


def test_a_line_says_stage_cost_bound_gap_in_share_and_dollars_and_time() -> None:
    line = progress_line(Progress("search", 8.2, 597_812.0, 595_020.0))
    assert line == "search: cost 597,812 USD m, bound 595,020, gap 0.47 % = 2,792 USD m, 8 s"
    assert progress_line(Progress("relaxation", 0.4, None, None)) == "relaxation: 0 s"
    assert (
        progress_line(Progress("first_plan", 2.0, None, 595_020.0)) == "first plan: bound 595,020 USD m, 2 s"
    )


def test_plain_lines_are_written_when_due() -> None:
    out = io.StringIO()
    often, seldom = PlainLines(out, every=0.0), PlainLines(out, every=3600.0)
    for seconds in (1.0, 2.0, 3.0):
        often(Progress("search", seconds, None, None))
        seldom(Progress("clean", seconds, None, None))
    assert out.getvalue().splitlines() == ["search: 1 s", "clean values: 1 s", "search: 2 s", "search: 3 s"]


def test_not_a_terminal_means_plain_lines_without_escapes() -> None:
    out = io.StringIO()
    with show_progress(out) as listen:
        listen(Progress("search", 1.0, 10.0, 9.0))
    assert out.getvalue() == "search: cost 10 USD m, bound 9, gap 10.00 % = 1 USD m, 1 s\n"


@pytest.mark.parametrize("no_color", [True, False])
def test_a_terminal_gets_a_live_line_that_is_wiped(no_color: bool) -> None:
    code = (
        "from planner.solve.progress import *\n"
        "with show_progress() as listen:\n"
        "    listen(Progress('search', 1.0, 10.0, 9.0)); import time; time.sleep(0.4)\n"
    )
    master, slave = pty.openpty()
    env = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {
        "TERM": "xterm-256color",
        "COLUMNS": "120",
    }
    if no_color:
        env["NO_COLOR"] = "1"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stderr=slave, stdout=subprocess.PIPE, cwd=ROOT, env=env
    )
    os.close(slave)
    shown = b""
    try:
        while chunk := os.read(master, 4096):
            shown += chunk
    except OSError:  # the other end closed
        pass
    os.close(master)
    out, _ = process.communicate(timeout=600)
    assert process.returncode == 0
    assert out == b""
    assert b"search: cost 10 USD m, bound 9, gap 10.00 %" in shown
    assert b"\x1b[2K" in shown  # the line is wiped at the end
    assert b"\x1b[3" not in shown if no_color else True


def test_events_come_in_order_in_the_callers_thread() -> None:
    import threading

    events: list[Progress] = []
    threads = set()

    def listen(progress: Progress) -> None:
        events.append(progress)
        threads.add(threading.current_thread())

    model = planning_model(periods=12, sites=4, offers=6, chips=4)
    outcome = solve_model(model, SolveOptions(gap=1e-4, time_limit=600), on_progress=listen)
    assert threads == {threading.current_thread()}
    stages = [event.stage for event in events]
    assert list(dict.fromkeys(stages)) == ["handover", "relaxation", "first_plan", "search", "clean"]
    assert [e.seconds for e in events] == sorted(e.seconds for e in events)
    assert events[-1].cost == pytest.approx(outcome.objective, rel=1e-6)
    assert events[-1].gap is not None and events[-1].gap_usd_m is not None


def test_a_solve_without_progress_imports_no_rich() -> None:
    code = "import planner.solve.solve, planner.solve.progress, sys; assert 'rich' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
