"""Random instances, small and always possible: a plain map by seed, to be changed before it is read."""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path
from typing import Any

import planner

Plain = dict[str, Any]


def instance_of(plain: Plain, suffix: str = ".json") -> Any:
    """What the reader makes of a plain map."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"random{suffix}"
        path.write_text(json.dumps(plain))
        return planner.read(path)


def random_instance(seed: int) -> Any:
    """The instance of a seed."""
    return instance_of(random_plain(seed))


class _Eager(random.Random):
    """Dice for which every feature comes."""

    def random(self) -> float:
        """Return the least that dice can show."""
        return 0.0

    def getrandbits(self, k: int) -> int:
        """Choices stay random."""
        return super().getrandbits(k)


def random_plain(seed: int, year: int = 2027, all_features: bool = False) -> Plain:
    """What the file of a seed says; `year` is its first year, all dates move with it.

    A cloud and a shell, a block, on demand, one or two chips, one or two workloads, and features that come and go.
    The floor is soft and far below, so that there is a plan whatever the money.
    """
    dice = _Eager(seed) if all_features else random.Random(seed)
    late = year + 1
    step = dice.choice(["quarter", "half"])
    workloads = _workloads(dice, year)
    return {
        "schema_version": 1,
        "name": f"random {seed}",
        "calendar": {
            "start": f"{year}Q1",
            "end": f"{late}Q2" if step == "quarter" else f"{late}Q4",
            "step": step,
        },
        "discount": {
            "rate": dice.choice([0.0, 0.08, 0.12]),
            "by_line": {
                line: 0.07 for line in ("construction", "shell_rent", "chips") if dice.random() < 0.4
            },
        },
        "regions": {"us": {"facility_per_it": 1.3}},
        "sites": {"milam": _site(dice, year)},
        "workloads": workloads,
        "vendors": {
            "oracle": _oracle(dice, year),
            "landlord": {"offers": {"shell": _shell(dice, year)}},
            "spot": {"offers": {"burst": _burst(dice)}},
        },
        "chips": _chips(dice, year, list(workloads)),
        "supply": {"nvidia": {"makers": ["nvidia"], "mw_per_year": dice.choice([60, 120, 400])}},
        "money": _money(dice, year),
        "limits": _limits(dice, year),
    }


def _site(dice: random.Random, year: int) -> Plain:
    hall: Plain = {
        "block_mw": dice.choice([20, 35]),
        "max_blocks": dice.choice([1, 2]),
        "max_starts_per_period": 1,
        "lead_months": dice.choice([6, 7.5]),
        "capex_usd_m_per_mw": dice.choice([8, 12]),
        "payments": dice.choice([{"0-6": 1}, {"0": 0.3, "6": 0.7}]),
        "operating_usd_m_per_mw_year": 0.2,
        "life_years": 20,
    }
    if dice.random() < 0.5:
        hall["site_cost_usd_m"] = 20
    if dice.random() < 0.5:
        hall["max_blocks_under_construction"] = 1
    site: Plain = {
        "region": "us",
        "facility_power_mw": dice.choice([80, 160]),
        "facility_per_it": 1.25,
        "energy_usd_per_mwh": dice.choice([40, 70]),
        "load_factor": 0.8,
        "build": {"hall": hall},
    }
    if dice.random() < 0.4:
        site["minimum_bill_share"] = 0.7
        site["demand_charge_usd_per_kw_month"] = 8
    if dice.random() < 0.4:
        site["power_projects"] = {
            "engines": {
                "unit_mw": 30, "max_units": 2, "lead_months": 6, "capex_usd_per_kw": 1200, "payments": {"0-6": 1},
                "energy_usd_per_mwh": dice.choice([35, 80]), "availability_share": 0.9, "life_years": 20,
            }
        }  # fmt: skip
    return site


def _workloads(dice: random.Random, year: int) -> Plain:
    low, high = dice.choice([0.05, 0.1]), dice.choice([0.12, 0.2])
    training: Plain = {
        "demand_gw": {f"{year}Q1": low, f"{year + 2}Q1": high, "interpolate": "linear"},
        "unserved_usd_bn_per_gw_year": dice.choice([18, 25, 40]),
    }
    if dice.random() < 0.3:
        training["reference_work_per_mw"] = {f"{year}": 1, f"{year + 2}": 1.4, "interpolate": "linear"}
    if dice.random() < 0.3:
        training["pulse"] = {"add_share": 0.3, "periods": [f"{year}Q4"]}
    out = {"training": training}
    if dice.random() < 0.5:
        out["secret"] = {"demand_gw": 0.02, "unserved_usd_bn_per_gw_year": 45, "control": "own"}
    return out


def _oracle(dice: random.Random, year: int) -> Plain:
    cloud: Plain = {
        "kind": "cloud",
        "region": "us",
        "chips": ["gb300", "rubin"],
        "sign": {"from": f"{year}Q1", "to": f"{year + 1}Q3", "at_most": dice.choice([1, 2])},
        "mw": {"min": dice.choice([5, 20]), "max": dice.choice([40, 60])},
        "delivery_months": dice.choice([0, 3, 4.5]),
        "ramp": dice.choice([{"0": 1}, {"0": 0.5, "3": 1}]),
        "term_months": dice.choice([8, 12, 48]),
        "at_end": dice.choice(["leaves", "continues"]),
        "price_by_chip_usd_per_kw_month": {
            "gb300": dice.choice([900, 1100]),
            "rubin": dice.choice([1500, 2000]),
        },
        "escalator_rate": dice.choice([0, 0.04]),
        "prepayment_share": dice.choice([0, 0.2]),
        "payment_delay_months": dice.choice([0, 2]),
    }
    if dice.random() < 0.3:
        cloud["take_or_pay_share"] = 0.6
    if dice.random() < 0.4:
        cloud["signed"] = {
            "running": {
                "date": f"{year - 1}Q1", "mw": 25, "chip": "gb300", "delivered": {f"{year - 1}Q3": 1},
                "term_months": dice.choice([12, 60]), "price_usd_per_kw_month": 950,
            }
        }  # fmt: skip
    vendor: Plain = {"offers": {"abilene": cloud}}
    if dice.random() < 0.5:
        vendor["payables_cap_usd_bn"] = 0.02
    return vendor


def _shell(dice: random.Random, year: int) -> Plain:
    return {
        "kind": "shell",
        "site": "milam",
        "sign": {"from": f"{year}Q1", "to": f"{year + 1}Q2", "at_most": 1},
        "mw": {"min": 10, "max": dice.choice([30, 60])},
        "delivery_months": dice.choice([3, 6]),
        "term_months": dice.choice([12, 120]),
        "price_usd_per_kw_month": dice.choice([120, 180]),
        "escalator_rate": 0.025,
    }


def _burst(dice: random.Random) -> Plain:
    return {
        "kind": "on_demand", "region": "us", "chips": ["gb300"], "max_mw": dice.choice([0, 15]),
        "price_usd_per_kw_month": 1500,
    }  # fmt: skip


def _chips(dice: random.Random, year: int, workloads: list[str]) -> Plain:
    def chip(since: str, work: float, price: float) -> Plain:
        return {
            "maker": "nvidia",
            "from": since,
            "kw_per_system": 140,
            "work": dict.fromkeys(workloads, work),
            "life_years": dice.choice([1.25, 5]),
            "operating_usd_m_per_mw_year": 0.3,
            "resale_by_age_years": {"0": 0.8, "2": 0.4, "5": 0.05},
            "terms": {
                "buy": {
                    "price_usd_m_per_mw": price,
                    "lead_months": dice.choice([3, 4]),
                    "payments": dice.choice([{"0": 1}, {"0": 0.2, "5": 0.8}]),
                }
            },
        }

    return {"gb300": chip(f"{year - 1}Q1", 1.0, 24), "rubin": chip(f"{year}Q3", 1.9, 40)}


def _money(dice: random.Random, year: int) -> Plain:
    money: Plain = {
        "opening": {"cash_usd_bn": dice.choice([0.5, 1.5, 20])},
        "floor_usd_bn": 0.2,
        "soft_floor": {"max_usd_bn": 50},
        "operating_cash_usd_bn_per_year": dice.choice([0, 0.8]),
    }
    if dice.random() < 0.5:
        money["debt"] = {"bank": _bank(dice)}
    if dice.random() < 0.4:
        dates = {f"{year}Q4": 0.5}
        money["rounds"] = {
            "series_x": {"kind": "optional", "by_date_usd_bn": dates, "issue_cost_share": 0.05}
        }
    return money


def _bank(dice: random.Random) -> Plain:
    bank: Plain = {"kind": "revolver", "limit_usd_bn": 1, "rate": dice.choice([0.08, 0.14])}
    if dice.random() < 0.5:
        bank |= {"kind": "amortising", "term_months": 24, "grace_months": 6, "draw_fee_share": 0.01}
    if dice.random() < 0.4:
        bank |= {"eligible_lines": ["chips", "construction"], "eligible_share": 0.6}
    if dice.random() < 0.4:
        bank["commitment_fee_rate"] = 0.004
    return bank


def _limits(dice: random.Random, year: int) -> Plain:
    limits: Plain = {}
    if dice.random() < 0.5:
        limits["spread"] = {
            "measure": "powered_mw", "vendor": "oracle", "max_share": 0.6, "from": f"{year + 1}Q1",
            "soft_usd_m_per_mw_year": 6,
        }  # fmt: skip
    if dice.random() < 0.5:
        limits["budget"] = {
            "measure": "accrued_spend", "from": f"{year}Q1", "to": f"{year + 1}Q2", "max_usd_bn": 1.5,
            "soft_usd_per_usd_year": 0.4,
        }  # fmt: skip
    if dice.random() < 0.4:
        limits["ceiling"] = {"measure": "secured_mw", "include_given": False, "max_mw": 70}
    return limits
