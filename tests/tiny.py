"""Tiny instances as Python dicts: a base that is valid and does nothing, and changes on top."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

from planner.data.context import Context
from planner.data.scenarios import make_context
from planner.instance.instance import Instance
from planner.instance.reader import read

BASE: dict[str, Any] = {
    "schema_version": 1,
    "name": "tiny",
    "calendar": {"start": "2027Q1", "end": "2028Q4", "step": "quarter"},
    "discount": {"rate": "10%"},
    "regions": {"r": {"facility_per_it": 1.2}},
    "sites": {
        "s": {
            "region": "r",
            "facility_power_mw": 5000,
            "facility_per_it": 1.25,
            "energy_usd_per_mwh": 50,
            "load_factor": 0.8,
        }
    },
    "workloads": {"w": {"demand_gw": 1, "unserved_usd_bn_per_gw_year": 10}},
    "makers": {"m": "Maker"},
    "chips": {
        "c": {
            "maker": "m",
            "from": "2026Q1",
            "kw_per_system": 100,
            "work": {"w": 1.0},
            "life_years": 5,
            "resale_by_age_years": {"0": 1.0, "5": 0.0},
        },
        "d": {
            "maker": "m",
            "from": "2027Q4",
            "kw_per_system": 100,
            "work": {"w": 2.0},
            "life_years": 5,
            "resale_by_age_years": {"0": 1.0, "5": 0.0},
        },
    },
    "money": {"opening": {"cash_usd_bn": 1000}, "operating_cash_usd_bn_per_year": 0},
}


def changed(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return the base with changes merged in; None takes a key out."""
    out = copy.deepcopy(base)
    for key, value in changes.items():
        if value is None:
            out.pop(key, None)
        elif isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = changed(out[key], value)
        else:
            out[key] = copy.deepcopy(value)
    return out


def tiny(**changes: Any) -> Instance:
    """Return the tiny instance with changes."""
    return tiny_with(changes)


def tiny_with(*changes: dict[str, Any]) -> Instance:
    """Return the tiny instance with changes in turn: what one adds, the next may take out."""
    plain = BASE
    for each in changes:
        plain = changed(plain, each)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiny.json"
        path.write_text(json.dumps(plain))
        return read(path)


def context_of(**changes: Any) -> Context:
    """Return the context of the tiny instance with changes."""
    return make_context(tiny(**changes))
