"""Laws that hold for every instance: what gives more room never costs more, and what changes nothing costs the same.

Random instances of tests/generate.py. Plans are compared by their bounds: "not dearer" means that the bound of the one
does not lie above the cost of the other.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import pytest
from generate import Plain, instance_of, random_plain
from hand import outcome_of

GAP = 1e-6
ROUNDING = 1e-6
SEEDS = range(12)
"""Every third one for each law in the default run, in turn."""
MANY = range(int(os.environ.get("PLANNER_LAW_SEEDS", "200")))


class Known(NamedTuple):
    """What is known of the least cost of an instance."""

    bound: float
    cost: float


def known(plain: Plain) -> Known:
    """Least cost of a plain instance, as an interval."""
    outcome = outcome_of(instance_of(plain), gap=GAP)
    assert outcome.objective is not None and outcome.bound is not None, outcome.status
    return Known(outcome.bound, outcome.objective)


@cache
def base(seed: int) -> Known:
    """The instance of a seed as it is."""
    return known(random_plain(seed))


def room(usd_m: float) -> float:
    return ROUNDING * max(1.0, abs(usd_m))


# Changes. Each returns the changed instance, or None where the instance has nothing to change.

Change = Callable[[Plain], Plain | None]
EASIER: dict[str, Change] = {}
HARDER: dict[str, Change] = {}
NOTHING: dict[str, Change] = {}


def law(laws: dict[str, Change]) -> Callable[[Change], Change]:
    def put(change: Change) -> Change:
        laws[change.__name__] = change
        return change

    return put


def offers(plain: Plain) -> list[Plain]:
    return [offer for vendor in plain["vendors"].values() for offer in vendor["offers"].values()]


@law(EASIER)
def more_opening_cash(plain: Plain) -> Plain:
    plain["money"]["opening"]["cash_usd_bn"] += 1
    return plain


@law(EASIER)
def more_operating_cash(plain: Plain) -> Plain:
    plain["money"]["operating_cash_usd_bn_per_year"] += 0.5
    return plain


@law(EASIER)
def a_firm_round(plain: Plain) -> Plain:
    plain["money"].setdefault("rounds", {})["firm"] = {"kind": "firm", "by_date_usd_bn": {"2027Q2": 0.4}}
    return plain


@law(EASIER)
def an_optional_round(plain: Plain) -> Plain:
    plain["money"].setdefault("rounds", {})["more"] = {"kind": "optional", "by_date_usd_bn": {"2027Q2": 0.4}}
    return plain


@law(EASIER)
def one_more_lender(plain: Plain) -> Plain:
    # An overdraft costs what the dearest lender asks, and the company's rate plus 5 %: this one is not the dearest.
    lender = {"kind": "revolver", "limit_usd_bn": 0.5, "rate": 0.05}
    plain["money"].setdefault("debt", {})["other"] = lender
    return plain


@law(EASIER)
def a_larger_loan(plain: Plain) -> Plain | None:
    # Without a commitment fee, which would be due on the larger limit.
    banks = [bank for bank in plain["money"].get("debt", {}).values() if "commitment_fee_rate" not in bank]
    for bank in banks:
        bank["limit_usd_bn"] *= 2
    return plain if banks else None


@law(EASIER)
def a_lower_floor(plain: Plain) -> Plain:
    plain["money"]["floor_usd_bn"] = 0.05
    return plain


@law(EASIER)
def one_more_offer(plain: Plain) -> Plain:
    cloud = copy.deepcopy(plain["vendors"]["oracle"]["offers"]["abilene"])
    cloud.pop("signed", None)
    plain["vendors"]["google"] = {"offers": {"other": cloud}}
    return plain


@law(EASIER)
def one_more_signing(plain: Plain) -> Plain:
    for offer in offers(plain):
        if "sign" in offer:
            offer["sign"]["at_most"] += 1
    return plain


@law(EASIER)
def wider_signings(plain: Plain) -> Plain:
    for offer in offers(plain):
        if "mw" in offer:
            offer["mw"]["min"], offer["mw"]["max"] = offer["mw"]["min"] / 2, offer["mw"]["max"] * 1.5
    return plain


@law(EASIER)
def a_longer_window(plain: Plain) -> Plain:
    plain["vendors"]["landlord"]["offers"]["shell"]["sign"]["to"] = "2028Q4"
    plain["vendors"]["oracle"]["offers"]["abilene"]["sign"]["to"] = "2028Q4"
    return plain


@law(EASIER)
def more_on_demand(plain: Plain) -> Plain:
    plain["vendors"]["spot"]["offers"]["burst"]["max_mw"] += 10
    return plain


@law(EASIER)
def one_more_block(plain: Plain) -> Plain:
    plain["sites"]["milam"]["build"]["hall"]["max_blocks"] += 1
    return plain


@law(EASIER)
def another_site(plain: Plain) -> Plain:
    plain["sites"]["other"] = copy.deepcopy(plain["sites"]["milam"])
    return plain


@law(EASIER)
def more_power(plain: Plain) -> Plain:
    plain["sites"]["milam"]["facility_power_mw"] += 40
    return plain


@law(EASIER)
def more_chips(plain: Plain) -> Plain:
    plain["supply"]["nvidia"]["mw_per_year"] += 60
    return plain


@law(EASIER)
def cheaper_energy(plain: Plain) -> Plain:
    plain["sites"]["milam"]["energy_usd_per_mwh"] *= 0.8
    return plain


@law(EASIER)
def cheaper_cloud(plain: Plain) -> Plain:
    prices = plain["vendors"]["oracle"]["offers"]["abilene"]["price_by_chip_usd_per_kw_month"]
    for chip in prices:
        prices[chip] *= 0.9
    return plain


@law(EASIER)
def a_dropped_limit(plain: Plain) -> Plain | None:
    if not plain["limits"]:
        return None
    plain["limits"].popitem()
    return plain


@law(EASIER)
def a_larger_budget(plain: Plain) -> Plain | None:
    if "budget" not in plain["limits"]:
        return None
    plain["limits"]["budget"]["max_usd_bn"] += 0.5
    return plain


@law(EASIER)
def a_cap_that_applies_later(plain: Plain) -> Plain | None:
    if "ceiling" not in plain["limits"]:
        return None
    plain["limits"]["ceiling"]["from"] = "2028Q1"
    return plain


@law(EASIER)
def no_minimum_bill(plain: Plain) -> Plain | None:
    site = plain["sites"]["milam"]
    return plain if site.pop("minimum_bill_share", None) else None


@law(EASIER)
def no_cap_on_payables(plain: Plain) -> Plain | None:
    return plain if plain["vendors"]["oracle"].pop("payables_cap_usd_bn", None) else None


@law(EASIER)
def chips_that_live_longer(plain: Plain) -> Plain:
    for chip in plain["chips"].values():
        chip["life_years"] += 1
    return plain


@law(EASIER)
def chips_that_keep_their_price(plain: Plain) -> Plain:
    for chip in plain["chips"].values():
        chip["resale_by_age_years"] = {"0": 0.9, "2": 0.5, "5": 0.1}
    return plain


@law(HARDER)
def more_demand(plain: Plain) -> Plain:
    # Nothing is earned by serving: more to serve costs more.
    demand = plain["workloads"]["training"]["demand_gw"]
    for key, value in demand.items():
        if key != "interpolate":
            demand[key] = value * 1.2
    return plain


@law(HARDER)
def a_pulse(plain: Plain) -> Plain | None:
    if "pulse" in plain["workloads"]["training"]:
        return None
    plain["workloads"]["training"]["pulse"] = {"add_share": 0.5, "periods": ["2027Q3"]}
    return plain


@law(HARDER)
def dearer_shortfall(plain: Plain) -> Plain:
    for workload in plain["workloads"].values():
        workload["unserved_usd_bn_per_gw_year"] += 5
    return plain


@law(HARDER)
def one_more_workload(plain: Plain) -> Plain:
    plain["workloads"]["new"] = {"demand_gw": 0.02, "unserved_usd_bn_per_gw_year": 20}
    for chip in plain["chips"].values():
        chip["work"]["new"] = 1
    return plain


@law(HARDER)
def less_availability(plain: Plain) -> Plain:
    plain["vendors"]["oracle"]["offers"]["abilene"]["availability_share"] = 0.9
    return plain


@law(HARDER)
def one_more_limit(plain: Plain) -> Plain:
    plain["limits"]["more"] = {"measure": "secured_mw", "include_given": False, "max_mw": 45}
    return plain


@law(HARDER)
def supply_that_is_lost(plain: Plain) -> Plain:
    plain["supply"]["nvidia"]["carry_share"] = 0.5
    return plain


# The same in other words


@law(NOTHING)
def the_same_again(plain: Plain) -> Plain:
    return plain


@law(NOTHING)
def other_ids(plain: Plain) -> Plain:
    names = {
        "oracle": "zeta", "abilene": "yy", "landlord": "aa", "shell": "hull", "milam": "place", "hall": "barn",
        "gb300": "x300", "training": "learning", "nvidia": "green", "us": "west", "burst": "spike", "bank": "lender",
    }  # fmt: skip
    return _renamed(plain, names)


def _renamed(value: Any, names: dict[str, str], key: str = "") -> Any:
    if isinstance(value, dict):
        return {names.get(name, name): _renamed(below, names, name) for name, below in value.items()}
    if isinstance(value, list):
        return [_renamed(below, names, key) for below in value]
    return names.get(value, value) if isinstance(value, str) and key not in ("kind", "measure") else value


@law(NOTHING)
def other_order(plain: Plain) -> Plain:
    return _turned(plain)


def _turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    return value


@law(NOTHING)
def other_units(plain: Plain) -> Plain:
    site, cloud = plain["sites"]["milam"], plain["vendors"]["oracle"]["offers"]["abilene"]
    site["facility_power_mw"] = f"{site['facility_power_mw'] / 1000} GW"
    site["load_factor"] = "80%"
    hall = site["build"]["hall"]
    hall["capex_usd_m_per_mw"] = f"{hall['capex_usd_m_per_mw']} $bn/GW"
    hall["lead_months"] = (
        f"{hall['lead_months'] / 12!r} years" if hall["lead_months"] == 6 else hall["lead_months"]
    )
    cloud["term_months"] = f"{cloud['term_months']} months"
    opening = plain["money"]["opening"]
    opening["cash_usd_bn"] = f"${opening['cash_usd_bn'] * 1000}m"
    return plain


@law(NOTHING)
def a_year_later(plain: Plain) -> Plain:
    return random_plain(int(plain["name"].split()[1]), 2031)


@law(NOTHING)
def two_branches_alike(plain: Plain) -> Plain:
    alike = {"probability": 0.5}
    plain["scenarios"] = {"luck": {"known": "2028Q1", "branches": {"a": alike, "b": dict(alike)}}}
    return plain


@law(NOTHING)
def an_offer_that_nobody_can_use(plain: Plain) -> Plain:
    cloud = copy.deepcopy(plain["vendors"]["oracle"]["offers"]["abilene"])
    cloud.pop("signed", None)
    cloud |= {"sign": {"from": "2027Q1", "to": "2028Q4", "at_most": 3}, "delivery_months": 60}
    plain["vendors"]["late"] = {"offers": {"never": cloud}}
    return plain


@law(NOTHING)
def a_share_of_everything(plain: Plain) -> Plain:
    plain["limits"]["all"] = {"measure": "powered_mw", "group_by": "vendor", "max_share": 1}
    return plain


def check_easier(seed: int, change: Change) -> None:
    changed = change(random_plain(seed))
    if changed is not None:
        after = known(changed)
        assert after.bound <= base(seed).cost + room(base(seed).cost), f"seed {seed}"


def check_harder(seed: int, change: Change) -> None:
    changed = change(random_plain(seed))
    if changed is not None:
        after = known(changed)
        assert base(seed).bound <= after.cost + room(after.cost), f"seed {seed}"


def check_nothing(seed: int, change: Change) -> None:
    changed = change(random_plain(seed))
    if changed is not None:
        after, before = known(changed), base(seed)
        assert after.bound <= before.cost + room(before.cost), f"seed {seed}"
        assert before.bound <= after.cost + room(after.cost), f"seed {seed}"


def each(laws: dict[str, Change]) -> Any:
    """Every law with every third seed, in turn."""
    cases = [
        pytest.param(change, SEEDS[n % 3 :: 3], id=name) for n, (name, change) in enumerate(laws.items())
    ]
    return pytest.mark.parametrize(("change", "seeds"), cases)


@each(EASIER)
def test_what_gives_room_never_costs_more(change: Change, seeds: range) -> None:
    for seed in seeds:
        check_easier(seed, change)


@each(HARDER)
def test_what_asks_for_more_never_costs_less(change: Change, seeds: range) -> None:
    for seed in seeds:
        check_harder(seed, change)


@each(NOTHING)
def test_what_says_the_same_costs_the_same(change: Change, seeds: range) -> None:
    for seed in seeds:
        check_nothing(seed, change)


# Money in other coins


def scaled(value: Any, factor: float, money: bool = False) -> Any:
    """The map with every amount in USD multiplied; prices per USD stay."""
    if isinstance(value, dict):
        return {
            key: below
            if key in ("soft_usd_per_usd_year", "interpolate")
            else scaled(below, factor, money or "usd" in key)
            for key, below in value.items()
        }
    return value * factor if money and isinstance(value, int | float) else value


@pytest.mark.parametrize("factor", [0.5, 1.25])
def test_money_times_k_costs_k_times(factor: float) -> None:
    for seed in SEEDS:
        after, before = known(scaled(random_plain(seed), factor)), base(seed)
        assert after.bound <= factor * before.cost + room(before.cost), f"seed {seed}"
        assert factor * before.bound <= after.cost + room(before.cost), f"seed {seed}"


# Rules


RULES = (
    "site_power", "supply", "most_blocks", "crew_limit", "most_signings", "payables_cap", "liquidity_floor",
    "debt_limit", "most_units", "most_on_demand",
)  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "seeds"), [(rule, SEEDS[n % 3 :: 3]) for n, rule in enumerate(RULES)], ids=RULES
)
def test_without_a_rule_it_never_costs_more(rule: str, seeds: range) -> None:
    from planner.model.registry import by_name

    assert by_name()[rule].relaxable
    for seed in seeds:
        outcome = outcome_of(instance_of(random_plain(seed)).without(rule), gap=GAP)
        if outcome.status == "unbounded":  # a rule that keeps money finite
            continue
        assert outcome.bound <= base(seed).cost + room(base(seed).cost), f"seed {seed}"


def test_the_relaxation_bounds_the_plan() -> None:
    import pyomo.environ as pyo

    from planner.data.prepare import prepare
    from planner.model import build
    from planner.solve.solve import solve_model

    for seed in SEEDS:
        model = build(prepare(instance_of(random_plain(seed))))
        pyo.TransformationFactory("core.relax_integer_vars").apply_to(model)
        relaxed = solve_model(model)
        assert relaxed.size.integers == 0
        assert relaxed.objective <= base(seed).cost + room(base(seed).cost), f"seed {seed}"


def test_written_and_read_it_is_the_same() -> None:
    for seed in SEEDS:
        instance = instance_of(random_plain(seed))
        again = instance_of(json.loads(instance.to_json()))
        assert again.hash == instance.hash


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_all_laws_on_many_instances() -> None:
    for seed in MANY:
        for change in EASIER.values():
            check_easier(seed, change)
        for change in HARDER.values():
            check_harder(seed, change)
        for change in NOTHING.values():
            check_nothing(seed, change)
