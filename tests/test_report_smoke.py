"""The report of a solved tutorial instance: its files, its answer."""

from __future__ import annotations

from pathlib import Path

import planner

TUTORIAL = Path(__file__).resolve().parent.parent / "instances" / "tutorial" / "01_cloud.yaml"


def test_the_files_of_a_report(tmp_path: Path) -> None:
    plan = planner.solve(planner.read(TUTORIAL))
    files = planner.write_report(plan, planner.audit(plan), tmp_path)
    assert [file.name for file in files][:2] == ["report.html", "report.md"]
    assert all(file.stat().st_size > 1000 for file in files)
