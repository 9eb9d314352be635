"""Random instances of tests/generate.py with every further clause: contracts, stages, power, demand, chips, logic.

A plain map by seed, at most 8 periods on a path. `on` says which features come; without it, dice do.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Container

from generate import Plain, random_plain

Feature = Callable[[random.Random, Plain], None]
FEATURES: dict[str, Feature] = {}
OFFERS = ("abilene", "shell")
BASE_TERMS = (
    "kind", "region", "chips", "sign", "delivery_months", "ramp", "term_months", "at_end",
    "price_by_chip_usd_per_kw_month", "escalator_rate", "prepayment_share", "payment_delay_months",
    "take_or_pay_share",
)  # fmt: skip


def feature(put: Feature) -> Feature:
    """Register a feature under the name of its function."""
    FEATURES[put.__name__] = put
    return put


class Everything:
    """Contains every name."""

    def __contains__(self, name: object) -> bool:
        """Always."""
        return True


ALL = Everything()


def featured_plain(seed: int, on: Container[str] | None = None, share: float = 0.4) -> Plain:
    """What the file of a seed says; each feature has dice of its own, so that taking one out changes no other."""
    plain = random_plain(seed, all_features=on is ALL)
    plain["name"] = f"features {seed}"
    for name, put in FEATURES.items():
        dice = random.Random(f"{seed} {name}")
        comes = dice.random() < share
        if comes if on is None else name in on:
            put(dice, plain)
    return plain


def features_of(seed: int, share: float = 0.4) -> list[str]:
    """Names of the features that dice bring to a seed."""
    return [name for name in FEATURES if random.Random(f"{seed} {name}").random() < share]


def offer(plain: Plain, name: str) -> Plain:
    """The map of an offer of the base instance."""
    vendor = {"abilene": "oracle", "shell": "landlord", "burst": "spot"}[name]
    found: Plain = plain["vendors"][vendor]["offers"][name]
    return found


def hall(plain: Plain) -> Plain:
    """The only build."""
    found: Plain = plain["sites"]["milam"]["build"]["hall"]
    return found


def _leaving(dice: random.Random, at: list[float]) -> Plain:
    return {
        "at_months": dice.choice(at),
        "notice_months": dice.choice([0, 1.5, 3]),
        "fee_share": dice.choice([0, 0, 0.1]),
        "fee_months": dice.choice([0, 0, 2]),
    }


# Contracts


@feature
def exits(dice: random.Random, plain: Plain) -> None:
    for name in OFFERS:
        offer(plain, name)["exits"] = {
            id_: {**_leaving(dice, [-1, 0, 2, 3.5, 6, 7]), "refund_prepayment": dice.random() < 0.5}
            for id_ in ("early", "later")
        }


@feature
def assignments(dice: random.Random, plain: Plain) -> None:
    for name in OFFERS:
        away = {**_leaving(dice, [0, 3, 5, 7.5]), "proceeds_share": dice.choice([0, 0.5, 1])}
        offer(plain, name)["assignments"] = {"over": away}


@feature
def renewals(dice: random.Random, plain: Plain) -> None:
    for name in OFFERS:
        months = dice.choice([6, 12])
        offer(plain, name)["renewals"] = {
            "count": dice.choice([1, 2]), "term_months": months, "price_factor": dice.choice([0.6, 1, 1.2]),
            "notice_months": dice.choice([0, 2]),
        }  # fmt: skip


@feature
def expansion(dice: random.Random, plain: Plain) -> None:
    for name in OFFERS:
        more: Plain = {
            "most_share": dice.choice([0.5, 1]),
            "from_months": dice.choice([0, 2]),
            "to_months": dice.choice([6, 12]),
            "premium_share": dice.choice([-0.3, 0, 0.1]),
            "ramp": dice.choice([{"0": 1}, {"0": 0.5, "2": 1}]),
        }
        if dice.random() < 0.5:
            more["fee_usd_m_per_mw"] = dice.choice([0.05, 0.5])
        if dice.random() < 0.5:
            more["term_months"] = dice.choice([6, 24])
        if dice.random() < 0.5:
            more["delivery_months"] = 1.5
        offer(plain, name)["expansion"] = more


@feature
def late(dice: random.Random, plain: Plain) -> None:
    """Deliveries slip: in one of two branches, or for certain."""
    cloud = offer(plain, "abilene")
    cloud["delivery_months"] = max(cloud["delivery_months"], 1)
    cloud |= {"late_credit_share": dice.choice([0, 0.5, 3]), "cancel_after_months": dice.choice([0, 2])}
    if dice.random() < 0.3:
        cloud["slip_months"] = dice.choice([2, 5])
        return
    plain["scenarios"] = {
        "slip": {
            "known": dice.choice(["2027Q1", "2027Q3"]),
            "branches": {
                "good": {"probability": 0.6},
                "bad": {"probability": 0.4, "set": {"vendors.oracle.offers.abilene.slip_months": 7}},
            },
        }
    }
    if plain["scenarios"]["slip"]["known"] == "2027Q3":
        cloud["sign"]["from"] = "2027Q3"


@feature
def consumption(dice: random.Random, plain: Plain) -> None:
    spend: Plain = {
        "kind": "consumption",
        "region": "us",
        "chips": ["gb300", "rubin"],
        "sign": {"from": "2027Q1", "to": "2027Q4", "at_most": 1},
        "spend_usd_bn": dice.choice([0.1, 0.5]),
        "carry_over": dice.random() < 0.5,
        "mw": {"max": 40},
        "ramp": dice.choice([{"0": 1}, {"0": 0.5, "6": 1}]),
        "delivery_months": dice.choice([0, 2.5]),
        "term_months": dice.choice([9, 24, 30]),
        "price_by_chip_usd_per_kw_month": {"gb300": {"2026Q1": 950, "2028Q1": 800}, "rubin": 1700},
        "at_end": dice.choice(["leaves", "continues"]),
        "payment_delay_months": dice.choice([0, 2]),
    }
    if dice.random() < 0.6:
        spend["yearly_minimum_share"] = 0.3
    if dice.random() < 0.4:
        spend.pop("sign")
        spend["signed"] = {
            "old": {
                "date": "2026Q1", "mw": 12, "delivered": {"2026Q2": 1}, "term_months": dice.choice([14, 36]),
                "drawn_usd_bn": 0.03,
            }
        }  # fmt: skip
    plain["vendors"]["aws"] = {"offers": {"spend": spend}}


@feature
def tiers(dice: random.Random, plain: Plain) -> None:
    """An offer of its own: volume tiers do not stand beside exits and expansions."""
    kept = {key: value for key, value in offer(plain, "abilene").items() if key in BASE_TERMS}
    volume = copy.deepcopy(kept) | {"mw": {"min": 5, "max": 50}}
    if dice.random() < 0.5:
        volume["tiers_of"] = "total"
    volume["tiers"] = [{"from_mw": 25, "price_factor": 0.9}, {"from_mw": 45, "price_factor": 0.8}]
    if dice.random() < 0.5:
        volume["deposit_share"] = 0.1
    plain["vendors"]["bulk"] = {"offers": {"volume": volume}}


@feature
def deposits(dice: random.Random, plain: Plain) -> None:
    for name in OFFERS:
        key, much = dice.choice([("deposit_months", 3), ("deposit_share", 0.1)])
        offer(plain, name)[key] = much


@feature
def collateral(dice: random.Random, plain: Plain) -> None:
    for name in OFFERS:
        kind: Plain = dice.choice(
            [
                {"months_of_rent_by_rating": {"BBB": 3, "BB": 6}, "fee_rate": 0.02},
                {"share_of_open_by_rating": {"BBB": 0.05, "BB": 0.2}, "cash": True},
                {"share_of_open_by_rating": {"BBB": 0.05, "BB": 0.2}, "fee_rate": 0.015},
            ]
        )
        offer(plain, name)["collateral"] = kind
    plain["money"] |= {
        "credit_rating": "BBB",
        "credit_rating_changes": {"2027Q4": dice.choice(["BB", "BBB"])},
    }


@feature
def sublet(dice: random.Random, plain: Plain) -> None:
    """At half of the cheapest rent: nobody signs to sublet."""
    for name, price in (("abilene", 250), ("shell", 50)):
        terms: Plain = {"price_usd_per_kw_month": price, "lead_months": dice.choice([0, 3])}
        if dice.random() < 0.5:
            terms |= {"from": "2027Q3", "most_share": 0.5}
        offer(plain, name)["sublet"] = terms


# Stages of building


@feature
def secure(dice: random.Random, plain: Plain) -> None:
    plain["sites"]["milam"]["secure"] = {
        "lead_months": dice.choice([0, 2]),
        "permit_months": dice.choice([0, 1]),
        "option_fee_usd_m": dice.choice([1, 5]),
        "payments": dice.choice([{"0": 1}, {"0": 0.5, "4": 0.5}]),
        "carry_usd_m_per_year": dice.choice([0, 2]),
        "cancel_usd_m": dice.choice([0, 3]),
    }


@feature
def rights(dice: random.Random, plain: Plain) -> None:
    terms: Plain = {"fee_usd_m_per_mw": dice.choice([0, 0.1])}
    if dice.random() < 0.5:
        terms["from_months"] = 2
    if dice.random() < 0.5:
        terms["within_months"] = dice.choice([3, 7])
    hall(plain)["option"] = terms


@feature
def blocks_leave(dice: random.Random, plain: Plain) -> None:
    terms: Plain = {"price": dice.choice(["paid", "paid_with_interest"]), "from_months": dice.choice([0, 2])}
    if dice.random() < 0.5:
        terms["resale_share"] = {"2026": 1, "2029": 0.5, "interpolate": "linear"}
    else:
        terms["resale_by_age_years"] = {"0": 1, "5": 0.5}
    if dice.random() < 0.6:
        terms["cancel_share"] = dice.choice([0, 0.1])
    if dice.random() < 0.3:
        terms["at"] = ["2027Q4", "2028Q2"]
    if dice.random() < 0.3:
        terms["max_per_period"] = 1
    hall(plain)["exit"] = terms


@feature
def starts(dice: random.Random, plain: Plain) -> None:
    build = hall(plain)
    build["continuous"] = dice.random() < 0.6
    build |= {"fixed_cost_per_start_usd_m": dice.choice([0, 4]), "min_start_mw": dice.choice([2, 5])}
    build["max_start_mw"] = dice.choice([15, 60])
    if not build["continuous"]:
        build["max_start_mw"] = 60
    build["empty_usd_m_per_mw_year"] = dice.choice([0, 0.4])
    if dice.random() < 0.5:
        build["max_blocks_held"] = 1


@feature
def crews(dice: random.Random, plain: Plain) -> None:
    plain["crews"] = {"all": {"builds": ["milam.hall"], "max_mw_under_construction": dice.choice([20, 40])}}


@feature
def stake(dice: random.Random, plain: Plain) -> None:
    terms: Plain = {"share": dice.choice([0.4, 0.7]), "fee_usd_m_per_mw_year": dice.choice([0, 0.3])}
    if dice.random() < 0.5:
        terms["capacity_share"] = 0.5
    hall(plain)["stake"] = terms


# Power


@feature
def capacity_charge(dice: random.Random, plain: Plain) -> None:
    plain["sites"]["milam"]["capacity_charge_usd_per_mw_day"] = dice.choice([100, {"2026": 150, "2028": 300}])


@feature
def grid_upgrade(dice: random.Random, plain: Plain) -> None:
    site = plain["sites"]["milam"]
    site.setdefault("power_projects", {})["line"] = {
        "kind": "grid", "unit_mw": 20, "max_units": 2, "lead_months": dice.choice([3, 5]), "capex_usd_per_kw": 300,
        "payments": {"0": 1}, "life_years": 20,
    }  # fmt: skip


@feature
def curtailable(dice: random.Random, plain: Plain) -> None:
    terms: Plain = {
        "take": {"from": "2027Q1", "to": dice.choice(["2027Q1", "2028Q1"])},
        "extra_facility_mw": dice.choice([0, 40]),
        "lost_share": dice.choice([0, 0.05]),
        "discount_share": dice.choice([0, 0.2, 1]),
    }
    if dice.random() < 0.5:
        terms["until"] = "2028-02"
    plain["sites"]["milam"]["curtailable"] = terms


@feature
def supply_contract(dice: random.Random, plain: Plain) -> None:
    site = plain["sites"]["milam"]
    share = site.pop("minimum_bill_share", 0.6)
    terms: Plain = {
        "max_mw": 120,
        "lead_months": dice.choice([0, 2]),
        "term_months": dice.choice([9, 60]),
        "minimum_bill_share": share,
        "ramp": dice.choice([{"0": 1}, {"0": 0.5, "5": 1}]),
        "exit_at": dice.choice([[], ["2027Q4"], ["2027Q3", "2028Q1"]]),
        "exit_fee_years": dice.choice([0, 1, 3]),
        "collateral_share": dice.choice([0, 0.5]),
        "collateral_fee_rate": 0.02,
    }
    if dice.random() < 0.4:
        terms["running_mw"] = {"2026": 10, "2027Q3": 20, "interpolate": "step"}
    if dice.random() < 0.4:
        terms["block_mw"] = 15
    site["supply_contract"] = terms


# Demand


@feature
def regions(dice: random.Random, plain: Plain) -> None:
    """Two demand regions; capacity in the second one is on demand alone."""
    plain["regions"]["eu"] = {"facility_per_it": 1.2}
    far = copy.deepcopy(offer(plain, "burst")) | {"region": "eu", "max_mw": 10}
    plain["vendors"]["spot"]["offers"]["far"] = far
    training = plain["workloads"]["training"]
    europe: Plain = {"share": 0.3}
    if dice.random() < 0.5:
        europe["served_from"] = dice.choice([["eu"], ["eu", "milam"]])
    training["regions"] = {"america": {"share": 0.7}, "europe": europe}
    if dice.random() < 0.6:
        price = {"america": 0, "europe": {"2026": 1, "2028": 2}}
        plain["serving_usd_bn_per_gw_year"] = {
            "milam": price, "us": dict(price), "eu": {"america": 2, "europe": 0},
        }  # fmt: skip
    if dice.random() < 0.3:
        training["single_source"] = True


@feature
def own_share(dice: random.Random, plain: Plain) -> None:
    plain["workloads"]["training"]["own_share"] = dice.choice([0.3, {"2026": 0, "2028": 0.6}])


@feature
def pulse_moves(dice: random.Random, plain: Plain) -> None:
    pulse: Plain = {"add_share": 0.4, "periods": ["2027Q4"]}
    if dice.random() < 0.6:
        pulse["within"] = [{"from": "2027Q1", "to": "2028Q1"}]
    if dice.random() < 0.6:
        workloads = plain["workloads"]
        lent = {"demand_gw": 0.04, "unserved_usd_bn_per_gw_year": 15, "margin_usd_bn_per_gw_year": 3}
        workloads["inference"] = lent
        for chip in plain["chips"].values():
            chip["work"]["inference"] = 1.2
        pulse["borrow"] = {"workload": "inference", "max_share": 0.5, "price_usd_bn_per_gw_year": 16}
        if dice.random() < 0.6:
            pulse["borrow"]["repaid_by"] = "2028Q2"
    plain["workloads"]["training"]["pulse"] = pulse


@feature
def efficiency(dice: random.Random, plain: Plain) -> None:
    training = plain["workloads"]["training"]
    training["efficiency_per_year"] = dice.choice([0.5, {"2027Q1": 0.3, "2028Q1": 1}])
    if dice.random() < 0.5:
        training["rebound_share"] = dice.choice([0.4, 1.3])


@feature
def derate(dice: random.Random, plain: Plain) -> None:
    plain["chips"]["rubin"]["derate_by_months"] = {"0": dice.choice([0.5, 0.8]), "7": 1}


@feature
def margin(dice: random.Random, plain: Plain) -> None:
    plain["workloads"]["training"]["margin_usd_bn_per_gw_year"] = dice.choice([4, {"2026": 3, "2028": 6}])


# Chips


@feature
def lease(dice: random.Random, plain: Plain) -> None:
    for name, rent in (("gb300", 700), ("rubin", 1100)):
        terms: Plain = {
            "kind": "lease",
            "lead_months": dice.choice([1, 3]),
            "lease_months": dice.choice([6, 15]),
        }
        if dice.random() < 0.5:
            terms |= {"price_usd_m_per_mw": 25, "rent_share_per_month": 0.03}
        else:
            terms["rent_usd_per_kw_month"] = rent
        plain["chips"][name]["terms"]["rent"] = terms


@feature
def finance(dice: random.Random, plain: Plain) -> None:
    for chip in plain["chips"].values():
        terms = copy.deepcopy(chip["terms"]["buy"])
        terms.pop("resale", None)
        if dice.random() < 0.5:
            terms.pop("payments")
        terms["finance"] = {
            "down_share": dice.choice([0, 0.2]), "rate": dice.choice([0, 0.04, 0.15]),
            "months": dice.choice([6, 36]),
        }  # fmt: skip
        chip["terms"]["credit"] = terms


@feature
def chips_sold(dice: random.Random, plain: Plain) -> None:
    for chip in plain["chips"].values():
        for name, terms in chip["terms"].items():
            if name != "rent":
                ages = dice.choice([[3], [2, 6.5], [0, 4, 9]])
                terms["resale"] = {"at_months": ages, "haircut_share": dice.choice([0, 0.1])}


# What holds the whole together


@feature
def logic(dice: random.Random, plain: Plain) -> None:
    plain["logic"] = {
        "apart": {"of": ["oracle.abilene", "landlord.shell"], "at_most": 1},
        "after": {
            "choosing": "landlord.shell", "needs": "milam.hall", "months_before": dice.choice([0, 2]),
        },
    }  # fmt: skip
    if dice.random() < 0.5:
        plain["logic"].pop(dice.choice(["apart", "after"]))


@feature
def facility_basis(dice: random.Random, plain: Plain) -> None:
    plain |= {"gw_basis": "facility", "gw_basis_facility_per_it": 1.25}


@feature
def open_limit(dice: random.Random, plain: Plain) -> None:
    plain["limits"]["open"] = {
        "measure": "open_commitments", "from": "2027Q2", "max_usd_bn": dice.choice([0.2, 1]),
        "soft_usd_per_usd_year": 0.05, "include_given": dice.random() < 0.5,
    }  # fmt: skip
