"""The README keeps its word: its example runs, its links lead somewhere, its picture is one."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import planner
from planner.report.cover import cover

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [
    *(path for place in ("docs", "instances") for path in sorted((ROOT / place).rglob("*.md"))),
    ROOT / "README.md",
]


def test_the_example_in_python_runs_and_is_five_lines() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len([line for line in example.splitlines() if line]) == 5
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("<Plan Stargate programme / base")
    assert "shortfall" in done.stdout and "USD bn" in done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_picture_is_small_and_stands_alone() -> None:
    (name,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    text = (ROOT / name).read_text(encoding="utf-8")
    ET.fromstring(text)
    assert len(text) < 100_000
    assert not re.search(r"<script|<style|https?://(?!www\.w3\.org/2000/svg)", text)


def test_the_picture_is_drawn_from_a_plan() -> None:
    plan = planner.read(ROOT / "instances" / "tutorial" / "01_cloud.yaml").tweak("name", "A <b> & c").solve()
    text = cover(plan)
    assert ET.fromstring(text).attrib["aria-label"] == "A <b> & c / base"
    assert all(
        title in text for title in ("Capacity ladder against demand", "Cash over the floor", "by vendor")
    )
