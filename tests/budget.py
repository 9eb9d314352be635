"""Processor time of the default tests by room of the house, beside what each room may take.

Seconds of processor on one core, children included, as the operating system counts them; printed at the end of a run,
never asserted: a busy machine is no failure of a test. A room over its budget moves its longest tests to the slow ones.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest

ROOMS: dict[str, tuple[float, str]] = {
    "instance": (
        1.0,
        r"instance_|check_|clauses_checked|wrong_flagship|starter|found|fuzz|never|units|silent",
    ),
    "solve": (
        2.0,
        r"^solve|^export|^explore|doctor|confirm|verif|^pro(of|ver)|differential|no_limit|useful|lost|checkpoint|files",
    ),
    "audit": (1.5, r"audit|corrupted|second_opinion|pricing_no_gain|clauses_no_gain|building_no_gain"),
    "report and app": (2.0, r"^report|^store|^cli|^compare|numbers|frames|misuse|explanation"),
    "docs": (1.5, r"readme|note|benchmarks|house|stargate|document"),
    "data and model": (2.0, r""),
}
"""Room: (budget in minutes, what the names of its test files contain); the first that fits."""

SECONDS = "processor_seconds"


def room_of(file: str) -> str:
    """Return the room to which a test file belongs."""
    name = os.path.basename(file).removeprefix("test_")
    return next(room for room, (_, pattern) in ROOMS.items() if re.search(pattern, name))


class Budget:
    """A plugin that adds up processor time; with several workers each measures and the first process adds."""

    def __init__(self) -> None:
        self.by_file: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Measure a test with its fixtures."""
        self._began = _used()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[Any]:
        """Hand the seconds so far to the process that adds them up."""
        report = yield
        now = _used()
        report.user_properties = [(SECONDS, now - self._began)]
        self._began = now
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the seconds of one part of a test."""
        file = report.nodeid.split("::")[0]
        for name, value in report.user_properties:
            if name == SECONDS:
                self.by_file[file] = self.by_file.get(file, 0.0) + float(value)  # type: ignore[arg-type]

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the table."""
        if not self.by_file:
            return
        terminalreporter.section("processor time by room")
        for room, (minutes, _) in ROOMS.items():
            files = {file: used for file, used in self.by_file.items() if room_of(file) == room}
            used = sum(files.values()) / 60.0
            over = "  OVER" if used > minutes else ""
            longest = ", ".join(
                f"{os.path.basename(file)} {files[file]:.0f} s"
                for file in sorted(files, key=lambda f: -files[f])[:3]
            )
            terminalreporter.write_line(f"{room:<15} {used:5.2f} of {minutes:.1f} min{over:<6}  {longest}")
        total = sum(self.by_file.values()) / 60.0
        terminalreporter.write_line(
            f"{'all':<15} {total:5.2f} of {sum(m for m, _ in ROOMS.values()):.1f} min"
        )


def _used() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
