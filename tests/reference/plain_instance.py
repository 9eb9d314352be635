"""What the adapters share: a free chip that runs everything, a site where nothing else costs, numbers of any size."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import planner


def meant(value: float) -> dict[str, Any]:
    """A number of whatever size."""
    return {"value": value, "plausible": True}


def path_of(values: Iterable[float], labels: Iterable[str]) -> dict[str, Any]:
    """A step path of numbers of whatever size, one a period."""
    return {"value": {**dict(zip(labels, values, strict=True)), "interpolate": "step"}, "plausible": True}


def free_chip(work: Mapping[str, Any], start: str = "2027") -> dict[str, Any]:
    """A chip at no cost, there at once, worth nothing later."""
    return {
        "maker": "any",
        "from": start,
        "kw_per_system": 100,
        "work": dict(work),
        "life_years": 60,
        "resale_by_age_years": {"0": 0},
        "terms": {"free": {"price_usd_m_per_mw": 0, "lead_months": 0, "payments": {"0": 1}}},
    }


def plain_site(power_mw: float, build: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A site whose IT load is its facility load and whose energy is free."""
    return {
        "region": "land",
        "facility_power_mw": meant(power_mw),
        "facility_per_it": 1,
        "energy_usd_per_mwh": 0,
        "load_factor": 0,
        "build": dict(build or {}),
    }


def plain_instance(name: str, calendar: Mapping[str, str], **parts: Any) -> dict[str, Any]:
    """An instance without discounting and without money of its own."""
    return {
        "schema_version": 1,
        "name": name,
        "calendar": dict(calendar),
        "discount": {"rate": 0},
        "regions": {"land": {"facility_per_it": 1}},
        "money": {"opening": {"cash_usd_bn": 0}, "operating_cash_usd_bn_per_year": 0},
        **parts,
    }


def read_plain(content: Mapping[str, Any], folder: Path) -> planner.Instance:
    """The content written to a file and read as any instance."""
    file = folder / "instance.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return planner.read(file)


def best(
    content: Mapping[str, Any], folder: Path, gap: float = 0.0, time_limit: float = 120.0
) -> planner.Plan:
    """The best plan, proved and audited."""
    plan = planner.solve(read_plain(content, folder), gap=gap, time_limit=time_limit)
    assert plan.record.status == "optimal", plan.record.stopped_by
    verdict = planner.audit(plan)
    assert verdict.ok, str(verdict)
    return plan
