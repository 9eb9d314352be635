"""Random instances with every feature that the audit reads, small enough to solve in a fraction of a second."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from planner.instance.instance import Instance
from planner.instance.reader import read

Plain = dict[str, Any]


def random_instance(seed: int, folder: Path) -> Instance:
    """The instance of a seed: features come and go, dates and amounts differ."""
    file = folder / f"random{seed}.json"
    file.write_text(json.dumps(random_plain(seed)))
    return read(file)


def random_plain(seed: int) -> Plain:
    """What the file of a seed says."""
    dice = random.Random(seed)
    step = dice.choice(["quarter", "quarter", "half", "month"])
    calendar: Plain = {"start": "2027Q1", "end": "2029Q4", "step": step}
    if dice.random() < 0.4 and step != "half":
        calendar |= {"end": "2030", "coarsen": {"after": "2028Q4", "step": dice.choice(["half", "year"])}}
    if step == "month":
        calendar["end"] = calendar["end"].replace("2029Q4", "2028Q4")
        calendar.pop("coarsen", None)
    lines = ["construction", "shell_rent", "chips", "cloud_rent", "own_operating", "power_projects", "energy"]
    by_line = {line: dice.choice([0.05, 0.07, 0.15]) for line in lines if dice.random() < 0.4}
    workloads = _workloads(dice)
    plain: Plain = {
        "schema_version": 1,
        "name": f"random {seed}",
        "calendar": calendar,
        "discount": {"rate": dice.choice([0.0, 0.08, 0.12]), "by_line": by_line},
        "regions": {"north": {"facility_per_it": 1.3}, "south": {"facility_per_it": 1.15}},
        "sites": _sites(dice),
        "workloads": workloads,
        "vendors": _vendors(dice),
        "makers": {"acme": "Acme", "beta": "Beta"},
        "chips": _chips(dice, workloads),
        "supply": _supply(dice),
        "money": _money(dice),
        "limits": _limits(dice),
    }
    if dice.random() < 0.3:
        plain["gw_basis"] = "facility"
        plain["gw_basis_facility_per_it"] = 1.25
    if dice.random() < 0.3 and not _levered(plain):
        plain["scenarios"] = _scenarios(dice, plain)
    if _levered(plain):
        plain["discount"].pop("by_line")
    return plain


def _levered(plain: Plain) -> bool:
    return plain["money"].get("debt_in_cost") == "levered"


def _path(dice: random.Random, value: float, spread: float = 0.3) -> Any:
    """A number, or a path in time of any kind around it."""
    kind = dice.choice(["constant", "step", "linear", "geometric", "growth"])
    if kind == "constant":
        return value
    if kind == "growth":
        return {"2026": value, "per_year": dice.choice([-0.08, 0.03])}
    dates = ["2026", dice.choice(["2027-05-11", "2027Q4"]), dice.choice(["2028Q3", "2028-11"]), "2030"]
    points: Plain = {date: value * (1.0 + spread * (dice.random() - 0.5)) for date in dates}
    return points | {"interpolate": kind, "at": dice.choice(["start", "end"])}


def _mw_path(dice: random.Random, value: float) -> Plain:
    kind = dice.choice(["step", "linear"])
    return {"2026": value * 0.7, "2027Q4": value, "2029": value * 1.5, "interpolate": kind}


def _sites(dice: random.Random) -> Plain:
    hill: Plain = {
        "region": "north",
        "facility_power_mw": _mw_path(dice, 400.0),
        "facility_per_it": 1.25,
        "energy_usd_per_mwh": _path(dice, 50.0),
        "load_factor": 0.8,
        "build": {
            "blocks": {
                "block_mw": dice.choice([25, 40]),
                "max_blocks": 4,
                "max_starts_per_period": dice.choice([1, 2]),
                "lead_months": dice.choice([9, 10.5, 12]),
                "capex_usd_m_per_mw": _path(dice, 10.0),
                "payments": dice.choice(
                    [
                        {"0-6": 0.4, "6-9": 0.6},
                        {"0": 0.2, "3-9": 0.8},
                        {"from": "delivery", "0": 0.5, "2-4": 0.5},
                    ]
                ),
                "operating_usd_m_per_mw_year": _path(dice, 0.3),
                "life_years": dice.choice([1.5, 20]),
            }
        },
    }
    build = hill["build"]["blocks"]
    if dice.random() < 0.5:
        build["site_cost_usd_m"] = 30
    if dice.random() < 0.4:
        build["max_blocks_under_construction"] = 2
    if dice.random() < 0.5:
        hill["demand_charge_usd_per_kw_month"] = _path(dice, 8.0)
    if dice.random() < 0.5:
        hill["minimum_bill_share"] = 0.7
    if dice.random() < 0.3:
        hill["contract_gross"] = True
    if dice.random() < 0.6:
        hill["facility_power_mw"] = _mw_path(dice, 120.0)
        hill["power_projects"] = {
            "engines": {
                "unit_mw": 30,
                "max_units": 4,
                "lead_months": dice.choice([5, 8]),
                "capex_usd_per_kw": _path(dice, 1500.0),
                "payments": {"0-6": 1.0},
                "energy_usd_per_mwh": _path(dice, 35.0),
                "availability_share": 0.9,
                "life_years": 20,
            }
        }
    vale: Plain = {
        "region": "south",
        "facility_power_mw": _mw_path(dice, 200.0),
        "facility_per_it": 1.4,
        "energy_usd_per_mwh": 70,
        "load_factor": 0.9,
    }
    return {"hill": hill, "vale": vale}


def _workloads(dice: random.Random) -> Plain:
    training: Plain = {
        "demand_gw": {
            "2027Q1": 0.1,
            "2028Q1": 0.3,
            "2030Q1": 0.5,
            "interpolate": dice.choice(["linear", "geometric"]),
        },
        "margin_usd_bn_per_gw_year": _path(dice, 6.0),
        "unserved_usd_bn_per_gw_year": _path(dice, 20.0),
    }
    if dice.random() < 0.6:
        training["reference_work_per_mw"] = {"2026": 1.0, "2029": 1.6, "interpolate": "linear"}
    if dice.random() < 0.5:
        training["pulse"] = {"add_share": 0.3, "periods": ["2027Q4", "2028-02"]}
    out = {"training": training}
    if dice.random() < 0.6:
        secret: Plain = {"demand_gw": 0.04, "unserved_usd_bn_per_gw_year": 40, "control": "own"}
        out["secret"] = secret
    if dice.random() < 0.4:
        out["local"] = {"demand_gw": 0.03, "unserved_usd_bn_per_gw_year": 30, "region": "south"}
    return out


def _vendors(dice: random.Random) -> Plain:
    shell: Plain = {
        "kind": "shell",
        "site": "vale",
        "sign": {"from": "2027Q1", "to": "2028Q4", "at_most": 2},
        "mw": {"min": 10, "max": 60, "total": 100},
        "delivery_months": dice.choice([3, 4.5]),
        "ramp": dice.choice([{"0": 1.0}, {"0": 0.4, "4": 1.0}, {"2027-08-16": 0.5, "2028Q1": 1.0}]),
        "term_months": dice.choice([14, 120]),
        "at_end": dice.choice(["leaves", "continues"]),
        "price_usd_per_kw_month": _path(dice, 130.0),
        "escalator_rate": 0.03,
    }
    cloud: Plain = {
        "kind": "cloud",
        "region": "north",
        "chips": ["one", "two"],
        "sign": {"from": "2027Q1", "to": "2029Q2", "at_most": 3},
        "mw": {"min": 10, "max": 90},
        "delivery_months": dice.choice([2, 3, 3.5]),
        "ramp": dice.choice([{"0": 1.0}, {"0": 0.5, "2": 0.75, "5": 1.0}]),
        "term_months": dice.choice([10, 13, 36]),
        "at_end": dice.choice(["leaves", "continues", "continues"]),
        "price_by_chip_usd_per_kw_month": {"one": _path(dice, 900.0), "two": _path(dice, 1400.0)},
        "price_usd_per_kw_month": 850,
        "escalator_rate": dice.choice([0.0, 0.04]),
        "prepayment_share": dice.choice([0.0, 0.2]),
        "payment_delay_months": dice.choice([0, 1, 2.5]),
        "availability_share": dice.choice([1.0, 0.95]),
        "signed": _given(dice),
    }
    if dice.random() < 0.4:
        cloud["take_or_pay_share"] = 0.6
    if dice.random() < 0.3:
        cloud["signed"] = {}
    elif cloud["at_end"] == "continues":
        cloud["continuation_usd_per_kw_month"] = _path(dice, 700.0)
    if dice.random() < 0.3:
        cloud["mw"] = {"block": 20, "max": 80, "total": 200}
    if dice.random() < 0.3:
        cloud["site"] = "vale"
        cloud.pop("region")
    burst: Plain = {
        "kind": "on_demand",
        "region": "south",
        "chips": ["one"],
        "max_mw": _mw_path(dice, 20.0),
        "price_usd_per_kw_month": _path(dice, 1600.0),
        "payment_delay_months": dice.choice([0, 1.5]),
    }
    cloudy: Plain = {"offers": {"reserved": cloud, "burst": burst}, "group": "both"}
    if dice.random() < 0.6:
        cloudy["payables_cap_usd_bn"] = dice.choice([0.0, 0.05])
    return {"landlord": {"offers": {"vale_shell": shell}}, "cloudy": cloudy}


def _given(dice: random.Random) -> Plain:
    running: Plain = {
        "date": "2026-02",
        "mw": 20,
        "chip": "one",
        "delivered": {"2026Q2": 0.5, "2026Q4": 1.0},
        "term_months": dice.choice([13, 24, 40]),
        "price_usd_per_kw_month": _path(dice, 1000.0),
    }
    if dice.random() < 0.5:
        running["prepaid_share"] = 0.3
    coming: Plain = {
        "date": "2027-02-11",
        "mw": 15,
        "chip": "old",
        "delivered": {"2027-05-21": 0.4, "2028Q1": 1.0},
        "term_months": 18,
    }
    coming["price_usd_per_kw_month"] = 800
    out = {"running": running}
    if dice.random() < 0.6:
        out["coming"] = coming
    if dice.random() < 0.4:
        out["plain"] = {
            "date": "2026Q4",
            "mw": 10,
            "chip": "one",
            "delivered": {"2027Q1": 1.0},
            "term_months": 30,
        }
    return out


def _chips(dice: random.Random, workloads: Plain) -> Plain:
    def chip(maker: str, since: str, work: float, terms: bool) -> Plain:
        out: Plain = {
            "maker": maker,
            "from": since,
            "kw_per_system": 130,
            "work": dict.fromkeys(workloads, work),
            "life_years": dice.choice([1.25, 5]),
            "operating_usd_m_per_mw_year": _path(dice, 0.4),
            "resale_by_age_years": {"0": 0.9, "2": 0.5, "5": 0.05},
        }
        if terms:
            out["terms"] = {
                "buy": {
                    "price_usd_m_per_system": {"2026": 3.0, "per_year": -0.08},
                    "overhead_factor": 1.1,
                    "lead_months": dice.choice([2, 5, 6]),
                    "payments": dice.choice(
                        [{"0": 0.2, "6": 0.8}, {"from": "delivery", "0-3": 0.6, "4": 0.4}]
                    ),
                }
            }
        return out

    one, two = chip("acme", "2026Q1", 1.0, True), chip("beta", "2027-11", 1.8, True)
    two["terms"]["lease"] = {"price_usd_m_per_mw": 30, "lead_months": 1, "payments": {"0-12": 1.0}}
    return {"one": one, "two": two, "old": chip("acme", "2024", 0.7, False)}


def _supply(dice: random.Random) -> Plain:
    out: Plain = {"all": {"mw_per_year": {"2027": 150, "2028": 250}}}
    if dice.random() < 0.7:
        out["own_acme"] = {"makers": ["acme"], "channels": ["own"], "mw_per_year": 60}
    if dice.random() < 0.5:
        out["beta"] = {
            "chips": ["two"],
            "mw_per_year": {"2027": 10, "2028": 120, "interpolate": "linear"},
            "carry_share": 0.5,
        }
    return out


def _money(dice: random.Random) -> Plain:
    opening: Plain = {"cash_usd_bn": dice.choice([1.5, 4, 20])}
    if dice.random() < 0.5:
        opening["payables"] = [
            {"vendor": "cloudy", "line": "cloud_rent", "due": "2027-02-10", "usd_bn": 0.03},
            {"vendor": "landlord", "line": "shell_rent", "due": "2026-12", "usd_bn": 0.01},
        ]
    if dice.random() < 0.5:
        opening["debt"] = [{"usd_bn": 0.3, "rate": 0.08, "until": "2028Q2", "grace_months": 5}]
    if dice.random() < 0.5:
        opening["construction"] = [
            {"build": "hill.blocks", "mw": 30, "delivered": "2026Q2"},
            {
                "build": "hill.blocks",
                "mw": 20,
                "delivered": "2027-08",
                "payments_left_usd_m": {"2027-03": 50, "2027Q4": 40},
            },
        ]
        opening["chips"] = [
            {"chip": "old", "host": "hill.blocks", "mw": 25, "age_months": 7, "price_usd_m_per_mw": 20}
        ]
    opening["past_spend"] = [{"from": "2026-03", "line": "cloud_rent", "vendor": "cloudy", "usd_bn": 0.2}]
    money: Plain = {
        "opening": opening,
        "floor_usd_bn": {"2026": 0.2, "2028Q2": 0.4, "interpolate": dice.choice(["step", "linear"])},
        "operating_cash_usd_bn_per_year": {"2026": -0.5, "2029": 1.0, "interpolate": "linear"},
        "operating_cash_is": dice.choice(["fixed", "fixed", "total"]),
        "cash_yield_rate": dice.choice([0.0, 0.03]),
        "soft_floor": {"max_usd_bn": 200},
        "rounds": {
            "firm": {
                "kind": "firm",
                "by_date_usd_bn": {"2027Q3": 1, "2028-05-21": 2},
                "issue_cost_share": 0.01,
            },
            "ipo": {"kind": "optional", "by_date_usd_bn": {"2028Q1": 3, "2028Q3": 1}},
        },
    }
    if dice.random() < 0.3:
        money["soft_floor"] |= {"until": "2029Q2"}
        money["opening"]["cash_usd_bn"] = 60
    if dice.random() < 0.7:
        money["debt"] = _debt(dice)
        if dice.random() < 0.3:
            money["debt_in_cost"] = "levered"
    return money


def _debt(dice: random.Random) -> Plain:
    loan: Plain = {
        "kind": "amortising",
        "limit_usd_bn": {"2026": 1.0, "2028": 2.0, "interpolate": "linear"},
        "draw": {"from": "2027Q1", "to": "2029Q4"},
        "rate": dice.choice([0.05, 0.09]),
        "draw_fee_share": 0.01,
        "commitment_fee_rate": dice.choice([0.0, 0.004]),
        "grace_months": dice.choice([0, 6]),
        "term_months": dice.choice([24, 60]),
        "eligible_lines": dice.choice([["chips"], ["chips", "construction"]]),
        "eligible_share": 0.7,
    }
    line: Plain = {
        "kind": "revolver",
        "limit_usd_bn": 1.5,
        "rate": dice.choice([0.04, 0.08]),
        "commitment_fee_rate": 0.003,
    }
    other: Plain = loan | {"eligible_share": 0.5, "rate": 0.06, "eligible_lines": ["chips"]}
    return (
        {"loan": loan, "line": line, "other": other} if dice.random() < 0.5 else {"loan": loan, "line": line}
    )


def _limits(dice: random.Random) -> Plain:
    soft_mw, soft_usd = {"soft_usd_m_per_mw_year": 3}, {"soft_usd_per_usd_year": 0.2}
    every: Plain = {
        "share": {
            "measure": "powered_mw",
            "group_by": "vendor",
            "max_share": 0.5,
            "from": "2028Q1",
            **soft_mw,
        },
        "goal": {
            "measure": "secured_mw",
            "basis": "facility",
            "region": ["north"],
            "min_mw": 300,
            "at": "2028Q4",
            **soft_mw,
        },
        "spend": {
            "measure": "accrued_spend",
            "from": "2026-01",
            "to": "2028Q2",
            "max_usd_bn": 1.5,
            **soft_usd,
        },
        "rent": {
            "measure": "paid_spend",
            "vendor": ["cloudy"],
            "to": "2028Q2",
            "max_usd_bn": 0.5,
            **soft_usd,
        },
        "chips": {
            "measure": "accrued_spend",
            "line": ["chips"],
            "group_by": "maker",
            "max_usd_bn": 0.4,
            "to": "2028Q4",
            **soft_usd,
        },
        "open": {
            "measure": "open_commitments",
            "max_usd_bn": 2,
            "from": "2027Q4",
            "include_given": False,
            **soft_usd,
        },
        "debt": {"measure": "debt", "max_usd_bn": 0.6, "from": "2027Q3", **soft_usd},
        "short": {
            "measure": "shortfall_mw",
            "workload": ["training"],
            "max_mw": 20,
            "from": "2028Q1",
            **soft_mw,
        },
        "count": {
            "measure": "signings",
            "vendor": ["cloudy"],
            "max_count": 2,
            "from": "2027Q1",
            "to": "2028Q2",
        },
        "busy": {"measure": "operating_mw", "maker": ["beta"], "min_mw": 20, "from": "2028Q3", **soft_mw},
        "acme": {
            "measure": "installed_mw",
            "maker": ["acme"],
            "max_share": 0.6,
            "min_mw": 10,
            "from": "2027Q3",
            **soft_mw,
        },
        "site": {"measure": "under_construction_mw", "tenure": ["own", "shell"], "max_mw": 60, **soft_mw},
        "both": {
            "measure": "installed_mw",
            "group_by": "tenure",
            "max_mw": 150,
            "max_share": 0.8,
            "from": "2028Q1",
            **soft_mw,
        },
        "least": {"measure": "powered_mw", "group_by": "site", "min_mw": 20, "at": "2028Q3", **soft_mw},
    }
    return {name: limit for name, limit in every.items() if dice.random() < 0.35}


def _scenarios(dice: random.Random, plain: Plain) -> Plain:
    """A factor with two branches that differ in several places from 2028Q3 on, or from the day it is known."""
    branches: dict[str, Plain] = {
        "low": {"probability": 0.4, "set": {}},
        "high": {"probability": 0.6, "set": {}},
    }
    known, linear = dice.choice(["2028Q1", "2028Q3"]), {"interpolate": "linear"}
    for name, factor in (("low", 0.6), ("high", 1.3)):
        later: list[tuple[str, Any]] = [
            (
                "money.operating_cash_usd_bn_per_year",
                {"2026": -0.5, "2028Q3": 0.1, "2029Q3": factor} | linear,
            ),
            ("workloads.training.demand_gw", {"2027Q1": 0.1, "2028Q3": 0.3, "2030Q1": 0.5 * factor} | linear),
            ("sites.vale.facility_power_mw", {"2026": 150, "2028Q4": 200 * factor, "interpolate": "step"}),
            ("supply.all.mw_per_year", {"2027": 150, "2028Q3": 200 * factor}),
            ("vendors.cloudy.offers.burst.price_usd_per_kw_month", {"2026": 1600, "2028Q4": 1700 * factor}),
            ("money.floor_usd_bn", {"2026": 0.2, "2028Q3": 0.4 * factor}),
            ("chips.two.operating_usd_m_per_mw_year", {"2027-11": 0.4, "2029": 0.5 * factor}),
        ]
        for place, (path, value) in enumerate(later):
            if (place + len(plain["supply"])) % 2:
                _put(branches[name]["set"], path, value)
    blocks = plain["sites"]["hill"]["build"]["blocks"]
    if blocks["lead_months"] == 12 and known == "2028Q1":
        _put(branches["high"]["set"], "sites.hill.build.blocks.lead_months", 16.5)
    return {"luck": {"known": known, "branches": branches}}


def _put(place: Plain, path: str, value: Any) -> None:
    *above, last = path.split(".")
    for key in above:
        place = place.setdefault(key, {})
    place[last] = value
