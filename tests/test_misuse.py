"""Calls that make no sense raise a `UsageError` that says what would; nothing is printed meanwhile."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import planner

ROOT = Path(__file__).parent.parent
CLOUD = ROOT / "instances" / "tutorial" / "01_cloud.yaml"


@pytest.fixture(scope="module")
def cloud() -> planner.Instance:
    return planner.read(CLOUD)


def raises(m: Any, d: Any, t: str) -> Any:
    raise ValueError("boom")


def forgets_the_period(m: Any, d: Any) -> Any:
    return m.installed_total[d] <= 1.0


def half(m: Any, d: Any, t: str) -> Any:
    """At most 50 MW."""
    return m.installed_total[t] <= 50.0


def returns_nothing(m: Any, d: Any, t: str) -> Any:
    m.installed_total[t] <= 50.0  # noqa: B015


def compares_nothing(m: Any, d: Any, t: str) -> Any:
    return m.installed_total[t] - 50.0


def of_an_unknown_vendor(m: Any, d: Any, t: str) -> Any:
    return m.delivered_by_vendor["orcale", t] <= 50.0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda i: i.with_rule(returns_nothing).solve(), "2027Q1: it returns nothing"),
        (lambda i: i.with_rule(compares_nothing).solve(), "which compares nothing"),
        (lambda i: i.with_rule(of_an_unknown_vendor).solve(), "orcale"),
        (lambda i: i.with_rule(raises).solve(), "ValueError: boom"),
        (lambda i: i.with_rule(forgets_the_period).solve(), "2 positional arguments but 3 were given"),
        (lambda i: i.with_rule(half, over="bananas").solve(), "there is no set 'bananas'"),
        (lambda i: i.with_rule(5), "a rule is a named function"),
        (lambda i: i.without("liquidity_flor").solve(), "did you mean liquidity_floor"),
        (lambda i: i.without(None), "None is no name of a rule"),
        (lambda i: i.tweak("money.floor_usd_bn"), "exactly one of value, scale= and add="),
        (lambda i: i.solve(start="reports/base"), "'reports/base', which is no plan"),
        (lambda i: i.solve(gap="small"), "gap is 'small'"),
        (lambda i: i.solve(seed=1.5), "seed is 1.5"),
        (lambda i: planner.compare(i, i), "is no plan"),
    ],
)
def test_what_makes_no_sense_is_said(
    call: Callable[[planner.Instance], Any],
    words: str,
    cloud: planner.Instance,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(planner.UsageError) as caught:
        call(cloud)
    assert words in str(caught.value)
    assert capsys.readouterr() == ("", "")


def test_the_plan_of_another_instance_is_a_start_that_may_not_fit(cloud: planner.Instance) -> None:
    other = planner.read(CLOUD.with_name("02_own_block.yaml")).solve()
    assert cloud.solve(start=other).objective_usd_m == pytest.approx(cloud.solve().objective_usd_m)


def test_a_place_that_the_message_names_is_said_once() -> None:
    with pytest.raises(planner.FileError) as caught:
        planner.read("nowhere.yaml")
    assert str(caught.value).count("nowhere.yaml") == 1


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no /dev/null")
def test_what_is_no_file_is_not_missing() -> None:
    with pytest.raises(planner.FileError, match="no ordinary file"):
        planner.read("/dev/null")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell that can close streams")
@pytest.mark.parametrize(("closed", "code"), [(">&-", 0), ("2>&-", 0)])
def test_a_closed_stream_is_no_error(closed: str, code: int) -> None:
    words = f'exec "{sys.executable}" -m planner check "{CLOUD}" {closed}'
    done = subprocess.run(["sh", "-c", words], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
