"""MW let to others, summed by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hand import amounts, closing, costs, f, level, same, solved, tutorial, tweaked

import planner

ABILENE = "vendors.oracle.offers.abilene"
QUARTER_SHORT = 7.5


def sublet(changes: dict[str, Any] | None = None, **terms: Any) -> Any:
    """The tutorial instance with other terms of subletting, and other changes."""
    instance = tweaked(tutorial("55"), {f"{ABILENE}.sublet.{name}": value for name, value in terms.items()})
    return tweaked(instance, changes or {})


def test_55_let_while_nobody_is_short() -> None:
    # 60 MW for three quarters; in the last one 20 MW are short, and nothing is let.
    plan = costs(
        tutorial("55"),
        cloud_rent=100 * level(0.1, 0, 24),
        resale=-60 * 0.6 * level(0.1, 12, 21),
        shortfall=20 * QUARTER_SHORT * f(0.1, 22.5),
    )
    assert amounts(plan, "sublet_mw") == {
        f"oracle.abilene|gb300|2028Q{quarter}": pytest.approx(60) for quarter in (1, 2, 3)
    }
    assert same(closing(plan)[4] - closing(plan)[3], -300 + 60 * 0.6 * 3)


def test_a_tiny_shortage_elsewhere_does_not_stop_it() -> None:
    # Work that this chip cannot do is short all the time.
    other = {
        "workloads.inference": {"demand_gw": 0.001, "unserved_usd_bn_per_gw_year": 30},
        "chips.lpu": {
            "maker": "groq", "from": "2026Q1", "kw_per_system": 100, "work": {"inference": 1}, "life_years": 5,
            "resale_by_age_years": {"0": 0}, "hosts": [], "terms": {},
        },
    }  # fmt: skip
    plan = solved(sublet(other))
    assert sum(amounts(plan, "sublet_mw").values()) == pytest.approx(180)


def test_own_demand_comes_first() -> None:
    # Serving is worth 0.4 a month, letting brings 0.6: all are used, or shed to the last MW, never let meanwhile.
    cheap = sublet(
        {"workloads.training.unserved_usd_bn_per_gw_year": 4.8, f"{ABILENE}.price_usd_per_kw_month": 300}
    )
    plan = solved(cheap)
    assert sum(amounts(plan, "sublet_mw").values()) == pytest.approx(180)
    assert list(amounts(plan, "shortfall_mw")) == ["training|2028Q4"]


def test_share_and_lead() -> None:
    # A quarter of what is paid for, and only what stood on a last day half a year before: from the last quarter on.
    idle = sublet({"workloads.training.demand_gw": {"2027Q1": 0.1, "2027Q2": 0, "2028Q1": 0.1, "interpolate": "step"}},
                  most_share=0.25, lead_months=6, **{"from": "2027Q1"})  # fmt: skip
    costs(idle.tweak(f"{ABILENE}.mw", {"min": 100, "max": 100}),
          cloud_rent=100 * level(0.1, 0, 24), resale=-25 * 0.6 * level(0.1, 9, 12))  # fmt: skip


def test_received_as_late_as_rent_is_paid() -> None:
    late = sublet({f"{ABILENE}.payment_delay_months": 6, "vendors.oracle.payables_cap_usd_bn": 10})
    costs(
        late,
        cloud_rent=100 * level(0.1, 6, 30),
        resale=-60 * 0.6 * level(0.1, 18, 27),
        shortfall=20 * QUARTER_SHORT * f(0.1, 22.5),
    )


def test_rate_is_that_of_the_rent() -> None:
    # Resale at a lower rate than rent would pay for signing more than is needed.
    rates = sublet({"discount": {"rate": "10%", "by_line": {"resale": "1%"}}})
    assert same(solved(rates).objective_usd_m, solved(tutorial("55")).objective_usd_m)


def test_below_take_or_pay_only_what_is_paid_is_let() -> None:
    # 60 MW are paid anyway: 40 serve, 20 are let; a 21st would cost 1.0 and bring 0.6.
    part = sublet({f"{ABILENE}.take_or_pay_share": 0.6, "workloads.training.demand_gw": 0.04})
    plan = costs(part, cloud_rent=60 * level(0.1, 0, 24), resale=-20 * 0.6 * level(0.1, 6, 24))
    assert amounts(plan, "extra_mw") == {}


def test_nothing_is_signed_to_be_let() -> None:
    none = sublet({"workloads.training.demand_gw": 0.0001})
    plan = solved(none)
    assert amounts(plan, "signed") == {} and amounts(plan, "sublet_mw") == {}


def test_a_price_above_the_rent_is_doubted() -> None:
    dear = sublet(price_usd_per_kw_month={"2027Q1": 600, "2028Q1": 1000})
    codes = {(each.code, each.severity) for each in planner.check(dear)}
    assert ("sublet_price", "warning") in codes
    assert all(each.code != "sublet_price" for each in planner.check(tutorial("55")))


def test_a_shell_is_let_without_its_chips() -> None:
    # Tutorial 3: 100 MW of a shell from month 6 on. Nobody needs them in 2028: all are let at 100 a kW-month.
    shell = tutorial("03")
    (vendor,) = shell.spec.vendors
    (offer,) = shell.spec.vendors[vendor].offers
    path = f"vendors.{vendor}.offers.{offer}"
    shell = tweaked(
        shell,
        {
            "workloads.training.demand_gw": {"2027Q1": 0.1, "2028Q1": 0, "interpolate": "step"},
            f"{path}.sublet": {"price_usd_per_kw_month": 100},
            "workloads.training.unserved_usd_bn_per_gw_year": 300,
            # Chips that make room are gone: here they are worth nothing any more.
            "chips.gb300.resale_by_age_years": {"0": 0, "1": 0, "2": 0, "5": 0},
        },
    )
    plan = solved(shell)
    let = amounts(plan, "sublet_mw")
    assert {key.rpartition("|")[2] for key in let} == {"2028Q1", "2028Q2", "2028Q3", "2028Q4"}
    assert all(mw == pytest.approx(100) for mw in let.values())
    income = plan.frames["cash"]["resale_usd_m"]
    assert float(income.sum()) == pytest.approx(100 * 0.1 * 12)


def test_on_a_tree() -> None:
    branches = {
        "less": {"probability": 0.5},
        "more": {
            "probability": 0.5,
            "set": {"workloads.training.demand_gw": {"2027Q1": 0.1, "interpolate": "step"}},
        },
    }
    tree = sublet({"scenarios": {"need": {"known": "2028Q1", "branches": branches}}})
    costs(
        tree,
        cloud_rent=100 * level(0.1, 0, 24),
        resale=-0.5 * 60 * 0.6 * level(0.1, 12, 21),
        shortfall=0.5 * 20 * QUARTER_SHORT * f(0.1, 22.5),
    )
