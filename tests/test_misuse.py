"""Calls that make no sense raise a `UsageError` that says what would; nothing is printed meanwhile."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
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


def ring() -> dict[str, Any]:
    """A dict that holds itself."""
    inside: dict[str, Any] = {}
    inside["a"] = inside
    return inside


def half(m: Any, d: Any, t: str) -> Any:
    """At most 50 MW."""
    return m.installed_total[t] <= 50.0


def returns_nothing(m: Any, d: Any, t: str) -> Any:
    m.installed_total[t] <= 50.0  # noqa: B015


def compares_nothing(m: Any, d: Any, t: str) -> Any:
    return m.installed_total[t] - 50.0


def of_an_unknown_vendor(m: Any, d: Any, t: str) -> Any:
    return m.delivered_by_vendor["orcale", t] <= 50.0


def test_one_text_is_one_case_or_override() -> None:
    assert planner.read(CLOUD, sets="name=x").name == "x"


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
        (lambda i: i.without("liquidity_flor"), "did you mean liquidity_floor"),
        (
            lambda i: i.without("oracle"),
            "there is no rule oracle [oracle] (to leave out what stands there: tweak('vendors.oracle', None))",
        ),
        (lambda i: i.without("abilene"), "tweak('vendors.oracle.offers.abilene', None)"),
        (lambda i: i.without("gb300"), "tweak('chips.gb300', None)"),
        (lambda i: i.without("blocks_after_opening"), "cannot be switched off"),
        (lambda i: i.without(""), "planner.rules() lists the rules"),
        (lambda i: i.without(10**5000), "a int is no name of a rule"),
        (lambda i: i.with_rule(half, over=5), "over names a set, not 5"),
        (lambda i: i.tweak(None, 3), "None is no path"),
        (lambda i: i.tweak("  ", 3), "is no path"),
        (lambda i: i.tweak("money.floor_usd_bn", float("nan")), "a number that is not finite"),
        (lambda i: i.tweak("money.floor_usd_bn", 10**5000), "a number that is not finite"),
        (lambda i: i.tweak("money.floor_usd_bn", Decimal("NaN")), "a number that is not finite"),
        (lambda i: i.tweak("money.floor_usd_bn", {1, 2}), "a set cannot stand in an instance"),
        (lambda i: i.tweak("money.floor_usd_bn", b"5"), "a bytes cannot stand in an instance"),
        (lambda i: i.tweak("money.floor_usd_bn", ring()), "nested deeper than 32 levels"),
        (lambda i: i.tweak("money.floor_usd_bn", {None: 5}), "a key is text, not a NoneType"),
        (lambda i: i.tweak("money.floor_usd_bn", datetime(2027, 1, 1, 5)), "dates have no time of day"),
        (lambda i: i.tweak("money.floor_usd_bn", "\ud800"), "half of a character"),
        (lambda i: i.tweak("money.floor_usd_bn", "x" * 10_001), "longer than 10 kB"),
        (lambda i: i.tweak("money.floor_usd_bn", scale={"a": 1}), "scale takes a number, not {'a': 1}"),
        (lambda i: i.tweak("money.floor_usd_bn", add=True), "add takes a number, not True"),
        (lambda i: i.without(None), "None is no name of a rule"),
        (lambda i: i.tweak("money.floor_usd_bn"), "exactly one of value, scale= and add="),
        (lambda i: i.solve(start="reports/base"), "'reports/base', which is no plan"),
        (lambda i: i.solve(gap="small"), "gap is 'small'"),
        (lambda i: i.solve(seed=1.5), "seed is 1.5"),
        (lambda i: planner.compare(i, i), "is no plan"),
        (lambda i: i.solve(timelimit=5), "solve takes no timelimit= (did you mean time_limit=?)"),
        (lambda i: planner.solve(i, time=5), "solve takes no time= (did you mean time_limit=?)"),
        (lambda i: planner.run(i, timelimit=5), "run takes no timelimit= (did you mean time_limit=?)"),
        (lambda i: planner.run(i, outdir="x"), "did you mean out=?"),
        (lambda i: planner.read(CLOUD, case="x"), "read takes no case= (did you mean cases=?)"),
        (lambda i: planner.read(CLOUD, foo=1), "it takes path, cases, sets"),
        (lambda i: planner.read(CLOUD, max_findings=0), "max_findings is 0"),
        (lambda i: planner.read(CLOUD, cases=5), "cases is 5 (write cases=['base'])"),
        (
            lambda i: planner.read(CLOUD, sets={"money.floor_usd_bn": 5}),
            "write sets=['money.floor_usd_bn=12']",
        ),
        (lambda i: planner.read(5), "read takes the file of an instance, not a int"),
        (lambda i: planner.read(None), "read takes the file of an instance, not None"),
        (lambda i: planner.read(b"x.yaml"), "not a bytes"),
        (lambda i: planner.read(i), "not a Instance"),
        (lambda i: planner.read(), "missing a required argument: 'path'"),
        (
            lambda i: planner.check("x.yaml"),
            "check takes an instance, not the text 'x.yaml' (planner.check(planner.read('x.yaml')))",
        ),
        (lambda i: planner.check(None), "check takes an instance, not None"),
        (lambda i: planner.solve("x.yaml"), "planner.solve(planner.read('x.yaml'))"),
        (lambda i: planner.solve(Path("x.yaml")), "planner.solve(planner.read('x.yaml'))"),
        (lambda i: planner.run("x.yaml"), "planner.run(planner.read('x.yaml'))"),
        (lambda i: planner.level_costs("x.yaml"), "planner.level_costs(planner.read('x.yaml'))"),
        (lambda i: planner.export("x.yaml", "x.csv", "csv"), "planner.export(planner.read('x.yaml'))"),
        (lambda i: planner.solve(i, gap=5), "gap is 5 (a share from 0 to below 1, such as 0.005 for 0.5 %)"),
        (lambda i: planner.load(5), "load takes the folder of a saved plan, not a int"),
        (lambda i: planner.resume(None), "resume takes the folder of a saved plan, not None"),
        (
            lambda i: planner.audit("reports/x"),
            "audit takes a plan, not the text 'reports/x' (planner.audit(planner.load('reports/x')))",
        ),
        (lambda i: planner.audit(i), "audit takes a plan, not a Instance"),
        (lambda i: planner.write_report(i, i, "x"), "write_report takes a plan"),
        (
            lambda i: i.tweak("money.floor_usd_bn", factor=2),
            "tweak takes no factor= (it takes path, value, scale, add)",
        ),
        (lambda i: i.without(), "missing a required argument: 'rule'"),
        (lambda i: i.with_rule(half, set="nodes"), "with_rule takes no set="),
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


def test_values_of_python_are_read_as_a_file_would_hold_them(cloud: planner.Instance) -> None:
    def cash(value: Any) -> Any:
        return cloud.tweak("money.opening.cash_usd_bn", value).spec.money.opening.cash_usd_bn.value

    assert [cash(each) for each in (np.float64(3.5), np.int32(4), Decimal("2.5"), Fraction(1, 4))] == [
        3.5,
        4.0,
        2.5,
        0.25,
    ]
    start = cloud.tweak("calendar.start", date(2027, 1, 1))
    assert start.spec.calendar.start.text == "2027-01-01"
    path = cloud.tweak(
        "workloads.training.demand_gw", {2027: 0.1, pd.Timestamp("2027-07-01"): 0.2, "interpolate": "step"}
    )
    assert [day for day, _ in path.spec.workloads["training"].demand_gw.points] == [
        date(2027, 1, 1),
        date(2027, 7, 1),
    ]
    ages = cloud.tweak("chips.gb300.resale_by_age_years", {0: 1.0, 2.5: 0.5, 5: (0.0, 1)[0]})
    assert list(ages.spec.chips["gb300"].resale_by_age_years) == ["0", "2.5", "5"]


def test_a_rule_of_ones_own_is_left_out_by_its_name(cloud: planner.Instance) -> None:
    assert cloud.with_rule(half).without("half") == cloud
    rules = {rule.name: rule for rule in planner.rules()}
    assert cloud.without("liquidity_floor").rules_off == ("liquidity_floor",)
    assert rules["liquidity_floor"].relaxable and rules["liquidity_floor"].summary


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
