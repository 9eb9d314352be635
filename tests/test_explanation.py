"""Why there is no plan: the largest miss and the least repair first, all of it in JSON, and kept in the folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hand import TUTORIAL, tutorial

import planner
from planner.cli.app import run
from planner.errors import InfeasibleError
from planner.solve.explanation import amount_words

LEAST = ("15", "least")


def impossible(instance: Any) -> InfeasibleError:
    with pytest.raises(InfeasibleError) as caught:
        planner.solve(instance, gap=0.0)
    return caught.value


def rent_without_overdraft(cash_usd_bn: float = 1.0, **more: Any) -> Any:
    """Rent of 75 m a month runs: 225 a quarter from 1,000 m, with a floor of 400 that nothing softens."""
    instance = (
        tutorial(*LEAST).tweak("money.soft_floor", None).tweak("money.opening.cash_usd_bn", cash_usd_bn)
    )
    for path, value in more.items():
        instance = instance.tweak(path.replace("__", "."), value)
    return instance


def test_the_largest_miss_and_the_least_money_come_first() -> None:
    # 1,000 - 3 x 225 = 325 in the third quarter, 100 in the fourth: 75 and 300 too little.
    error = impossible(rent_without_overdraft())
    assert error.explanation[0] == (
        "liquidity_floor: cash at the end of 2027Q4 stays above the floor: missed by USD 300 m (the most of 2 rows, "
        "the first in 2027Q3)"
    )
    assert error.explanation[1] == "least repair with more cash alone: USD 300 m on the first day, no less"
    assert error.explanation[-1] == (
        "liquidity_floor: cash at the end of 2027Q3 stays above the floor: missed by USD 75 m"
    )


def test_the_least_money_is_what_it_says() -> None:
    impossible(rent_without_overdraft(1.299))
    assert planner.solve(rent_without_overdraft(1.3001), gap=0.0).record.status == "optimal"


def test_money_on_the_first_day_earns_its_yield() -> None:
    # At 8 % a year a dollar of the first day is 1.02^4 on the last: less than the miss is enough.
    instance = rent_without_overdraft(money__cash_yield_rate=0.08)
    error = impossible(instance)
    details = error.details
    assert details is not None
    cash = next(each for each in details["repairs"] if each["kind"] == "first-day cash")
    worst = max(row["amount"] for row in details["rows"])
    assert cash["enough"] == pytest.approx(worst / 1.02**4, rel=1e-3)
    need = 1.0 + cash["enough"] / 1000.0
    impossible(instance.tweak("money.opening.cash_usd_bn", need - 0.001))
    assert planner.solve(instance.tweak("money.opening.cash_usd_bn", need + 0.0001), gap=0.0) is not None


def test_power_alone_is_told_in_mw() -> None:
    # Neither of two vendors may have more than 45 %, so none can have any, but 130 MW must stand: money is no repair.
    error = impossible(tutorial("18", "milestone", "spread").tweak("limits.spread.max_share", 0.45))
    assert error.details is not None
    kinds = {each["kind"]: each for each in error.details["repairs"]}
    assert kinds["first-day cash"]["possible"] is False
    assert "least repair with more cash alone: no amount is enough" in error.explanation
    assert all("MW" in row["unit"] for row in error.details["rows"])


def test_every_row_is_in_the_details_and_the_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["solve", str(TUTORIAL / "15_cash_floor.yaml"), "--set", "money.floor_usd_bn=3", "--set"]
    words += ["calendar.step=month", "--out", str(tmp_path), "--json"]
    assert run(words) == 4
    error = json.loads(capsys.readouterr().out)["error"]
    assert len(error["details"]["rows"]) == 12
    assert error["explanation"][-1] == "liquidity_floor: and 2 smaller ones"
    (folder,) = tmp_path.iterdir()
    assert (folder / "explanation.md").read_text().count("| liquidity_floor |") == 12
    for verb in (["audit"], ["report"], ["compare", str(folder)]):
        assert run([*verb, str(folder), "--json"]) == 4
        told = json.loads(capsys.readouterr().out)["error"]
        assert told["message"] == "there is no plan in this folder: no plan keeps all rules"
        assert told["explanation"] == error["explanation"]
        assert told["details"] == error["details"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "[" * 100_000, '{"explanation": 3, "details": [], "kind": {}}']
)
def test_a_damaged_explanation_is_no_traceback(tmp_path: Path, text: str) -> None:
    (tmp_path / "explanation.json").write_text(text)
    (tmp_path / "explanation.md").write_text("# x / base: no plan\n\nno plan keeps all rules\n\n- a rule\n")
    with pytest.raises(planner.NoPlan) as caught:
        planner.load(tmp_path)
    assert "there is no plan in this folder" in str(caught.value)


def test_amounts_have_a_unit_and_the_digits_that_matter() -> None:
    assert amount_words(5459.3, "USD m") == "USD 5,459 m"
    assert amount_words(0.25, "MW") == "0.25 MW"
    assert amount_words(40.0, "facility MW") == "40 facility MW"
