"""The page in a real browser: no error, no request, nothing of others runs, and the totals are those of the plan."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from report_reading import Page, number, solved
from test_report_hostile import KNOWN_TAGS, hostile

from planner.report.html import to_html
from planner.report.make import make_report

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), "")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (Debian package `chromium`)"),
]
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
    "--enable-logging=stderr", "--v=0", "--window-size=1200,2000", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip

NOBODY = "not an origin"


@dataclass(frozen=True)
class Visit:
    """What a browser made of a page."""

    page: Page
    console: list[str]
    requests: list[str]


def visit(text: str, folder: Path) -> Visit:
    """Open a page from disk and return its elements after loading, console messages and requests."""
    file, log = folder / "page.html", folder / "net.json"
    file.write_text(text, encoding="utf-8")
    own = (f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}", "--dump-dom", file.as_uri())
    command = [CHROMIUM, *FLAGS, *own]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return Visit(Page(done.stdout), console, sorted(requests(log)))


def requests(log: Path) -> set[str]:
    """Return the addresses in a net log that a page asked for; what the browser asks for itself has no origin."""
    events = [event.get("params", {}) for event in json.loads(log.read_text(encoding="utf-8"))["events"]]
    asked = {str(each.get("url", "")) for each in events if each.get("initiator", NOBODY) != NOBODY}
    return {url for url in asked if not url.startswith(("file:", "data:"))}


def test_the_flagship_opens_without_error_or_request_and_ties(tmp_path: Path) -> None:
    plan, verdict = solved("stargate.yaml")
    seen = visit(to_html(make_report(plan, verdict)), tmp_path)
    assert seen.console == []
    assert seen.requests == []
    tables = seen.page.tables
    assert number(tables["costs"].foot[-1]) == pytest.approx(plan.objective_usd_m, abs=0.5)
    closing = [
        value for start in (0, 12) for value in tables[f"statement-periods-{start}"].row("Closing cash")
    ]
    assert closing == pytest.approx(list(plan.frames["cash"]["closing_usd_m"]), abs=0.5)
    ladder = plan.frames["ladder"]
    powered = list(ladder.loc[ladder["basis"] == "it", "powered_gw"])
    assert tables["by-vendor"].column("Total") == pytest.approx(powered, abs=0.0051)


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    seen = visit(to_html(make_report(*hostile())), tmp_path)
    assert seen.console == []
    assert seen.requests == []
    assert seen.page.tags <= KNOWN_TAGS


def test_the_visit_sees_errors_and_requests(tmp_path: Path) -> None:
    text = "<p>x</p><script>console.error('seen'); fetch('http://127.0.0.1:9/x').catch(() => 0)</script>"
    seen = visit(text, tmp_path)
    assert any("seen" in line for line in seen.console)
    assert seen.requests == ["http://127.0.0.1:9/x"]
