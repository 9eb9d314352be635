"""The most of a signing is what can be of use: by hand, and the best plan is the same with and without."""

from __future__ import annotations

from typing import Any

import pytest
from generate import instance_of, random_plain

import planner
from planner.data import prepare as prepare_file
from planner.data.prepare import prepare

GAP = 1e-5
NO_LIMIT = {"value": 1e6, "plausible": True}


def plain_of(seed: int, most: Any = NO_LIMIT) -> dict[str, Any]:
    """A random instance whose cloud has no limit, and no limits on the whole."""
    plain = random_plain(seed)
    plain.pop("limits", None)
    cloud = plain["vendors"]["oracle"]["offers"]["abilene"]
    cloud.pop("take_or_pay_share", None)
    cloud["mw"] = {"min": 20, "max": most}
    return plain


def most_of(plain: dict[str, Any]) -> float:
    """The most of a signing of the cloud, the same in every period."""
    most = prepare(instance_of(plain)).contracts.max_mw
    (mw,) = {mw for (offer, _), mw in most.items() if offer == "oracle.abilene"}
    return mw


def test_the_most_that_is_of_use_by_hand() -> None:
    """0.1 GW, from the second quarter on 0.2; half of a signing comes at once, the rest after 3 months; 80 % available.

    The first quarter asks for 100 / (0.5 x 0.8) = 250 MW, later ones for 200 / 0.8 = 250; twice the work, half of that.
    """
    plain = plain_of(0)
    plain["workloads"] = {
        "training": {
            "demand_gw": {"2027Q1": 0.1, "2027Q2": 0.2, "interpolate": "step"},
            "unserved_usd_bn_per_gw_year": 30,
        }
    }
    plain["calendar"] = {"start": "2027Q1", "end": "2028Q4", "step": "quarter"}
    plain["chips"]["gb300"]["work"] = {"training": 1}
    plain["chips"].pop("rubin")
    cloud = plain["vendors"]["oracle"]["offers"]["abilene"]
    cloud |= {"chips": ["gb300"], "delivery_months": 0, "ramp": {"0": 0.5, "3": 1}, "availability_share": 0.8}
    cloud["price_by_chip_usd_per_kw_month"].pop("rubin")
    cloud |= {"term_months": 48, "sign": {"from": "2027Q1", "to": "2027Q1", "at_most": 1}}
    assert most_of(plain) == pytest.approx(250.0, rel=1e-5)
    plain["chips"]["gb300"]["work"] = {"training": 2}
    assert most_of(plain) == pytest.approx(125.0, rel=1e-5)
    cloud["mw"]["min"] = 400
    assert most_of(plain) == 400.0


@pytest.mark.parametrize(
    "change",
    [
        {"take_or_pay_share": 0.5},
        {"tiers": [{"from_mw": 1000, "price_factor": 0.1}]},
        {"sublet": {"price_usd_per_kw_month": 2000}},
        {"exits": {"early": {"at_months": 0, "notice_months": 0, "fee_share": 0.1}}},
        {"price_by_chip_usd_per_kw_month": {"gb300": {"value": -1, "plausible": True}, "rubin": 900}},
    ],
)
def test_where_more_may_be_worth_something_the_number_stays(change: dict[str, Any]) -> None:
    plain = plain_of(1)
    plain["vendors"]["oracle"]["offers"]["abilene"] |= change
    assert most_of(plain) == 1e6


def test_a_limit_from_below_or_by_share_keeps_the_number() -> None:
    for limit in (
        {"measure": "secured_mw", "min_mw": 10},
        {"measure": "secured_mw", "group_by": "vendor", "max_share": 1},
    ):
        plain = plain_of(1)
        plain["limits"] = {"any": limit}
        assert most_of(plain) == 1e6


def costs(seed: int, monkeypatch: pytest.MonkeyPatch) -> tuple[float, float, str]:
    """With the most lowered, and with a most that is ample and stated."""
    lowered = planner.solve(instance_of(plain_of(seed)), gap=GAP)
    with monkeypatch.context() as patch:
        patch.setattr(prepare_file, "with_useful_mw", lambda instance, context, data: data)
        stated = planner.solve(instance_of(plain_of(seed, 1_500)), gap=GAP)
    return lowered.objective_usd_m, stated.objective_usd_m, lowered.record.status


@pytest.mark.parametrize("seed", range(4))
def test_the_best_plan_is_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lowered, stated, status = costs(seed, monkeypatch)
    assert status == "optimal"
    assert lowered == pytest.approx(stated, rel=2 * GAP)


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("seed", range(100, 160))
def test_the_best_plan_is_the_same_at_length(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lowered, stated, status = costs(seed, monkeypatch)
    assert status == "optimal"
    assert lowered == pytest.approx(stated, rel=2 * GAP)
