"""Clauses that contradict their contract are found before anything is solved; the flagship takes them all."""

from __future__ import annotations

from typing import Any

import pytest
from hand import ROOT, tutorial
from tiny import changed, tiny
from work import calls_of

import planner
from planner.data.prepare import prepare
from planner.model import build

CLOUD = {
    "kind": "cloud", "region": "r", "chips": ["c"], "sign": {"at_most": 1}, "mw": {"max": 100}, "delivery_months": 3,
    "term_months": 24, "price_usd_per_kw_month": 600,
}  # fmt: skip
SPOT = {"kind": "on_demand", "region": "r", "chips": ["c"], "max_mw": 50, "price_usd_per_kw_month": 900}
GIVEN = {"g": {"date": "2026-07", "mw": 40, "delivered": {"2026-07": 1}, "price_usd_per_kw_month": 500}}
EXIT = {"exits": {"x": {"at_months": 12}}}


@pytest.mark.parametrize(
    ("offer", "change", "code", "path"),
    [
        (SPOT, EXIT, "clause", "exits"),
        (SPOT, {"renewals": {"count": 1, "term_months": 12}}, "clause", "renewals"),
        (CLOUD, {"exits": {"x": {"at_months": 24}}}, "range", "exits.x.at_months"),
        (CLOUD, {"assignments": {"x": {"at_months": 30}}}, "range", "assignments.x.at_months"),
        (
            CLOUD,
            {"renewals": {"count": 2, "term_months": 12, "notice_months": 13}},
            "range",
            "renewals.notice_months",
        ),
        (
            changed(CLOUD, {"sign": None, "price_usd_per_kw_month": None, "signed": GIVEN}),
            {"renewals": {"count": 1, "term_months": 12}},
            "missing",
            "renewals",
        ),
        (CLOUD, {"expansion": {"most_share": 1, "from_months": 9, "to_months": 6}}, "range", "expansion"),
        (
            CLOUD,
            {"expansion": {"most_share": 1, "to_months": 6, "premium_share": -1}},
            "range",
            "expansion.premium_share",
        ),
        (
            changed(CLOUD, {"sign": None, "signed": GIVEN}),
            {"expansion": {"most_share": 1, "to_months": 6}},
            "expansion_sign",
            "expansion",
        ),
    ],
)
def test_a_clause_that_contradicts_its_contract(
    offer: dict[str, Any], change: dict[str, Any], code: str, path: str
) -> None:
    instance = tiny(vendors={"v": {"offers": {"o": changed(offer, change)}}})
    errors = [finding for finding in instance.check() if finding.severity == "error"]
    assert [(finding.code, finding.path) for finding in errors] == [(code, f"vendors.v.offers.o.{path}")]
    assert all(finding.message and finding.repair for finding in errors)


@pytest.mark.parametrize("name", ["31", "32", "33", "34", "35"])
def test_the_tutorials_of_clauses_have_no_errors(name: str) -> None:
    assert not [finding for finding in tutorial(name).check() if finding.severity == "error"]


def everything() -> Any:
    """The flagship with every clause on every contract."""
    clauses: dict[str, Any] = {
        "exits": {
            "y3": {"at_months": 36, "notice_months": 6, "fee_share": 0.1, "refund_prepayment": True},
            "later": {"at_months": 42, "notice_months": 12, "fee_months": 12},
        },
        "assignments": {
            "early": {"at_months": -3, "fee_share": 0.02, "proceeds_share": 0.8},
            "y2": {"at_months": 24, "notice_months": 6, "fee_share": 0.05, "proceeds_share": 0.5},
        },
        "slip_months": 2,
        "late_credit_share": 0.5,
        "cancel_after_months": 3,
    }
    renewals = {"count": 2, "term_months": 36, "price_factor": 0.9, "notice_months": 6}
    expansion = {
        "most_share": 0.5, "from_months": 6, "to_months": 24, "premium_share": 0.05, "fee_usd_m_per_mw": 0.05,
    }  # fmt: skip
    instance = planner.read(ROOT / "instances" / "stargate.yaml")
    for vendor_id, vendor in instance.spec.vendors.items():
        for id_, offer in vendor.offers.items():
            if offer.kind in ("shell", "cloud"):
                more = dict(clauses)
                if offer.sign is not None:
                    more["expansion"] = expansion
                if offer.price_usd_per_kw_month is not None or offer.price_by_chip_usd_per_kw_month:
                    more["renewals"] = renewals
                for name, value in more.items():
                    instance = instance.tweak(f"vendors.{vendor_id}.offers.{id_}.{name}", value)
    return instance


@pytest.mark.slow
def test_the_flagship_with_every_clause_is_prepared_and_built_with_little_work() -> None:
    instance = everything()
    built = []
    assert (
        calls_of(lambda: built.append(build(prepare(instance)))) < 20_000_000
    )  # 13 million when it was counted: 5 s
    (model,) = built
    assert len(model.exited_mw) > 100 and len(model.expanded_mw) > 1000 and len(model.renewed_mw) > 100


@pytest.mark.slow
def test_the_flagship_with_every_clause_is_solved_and_audited() -> None:
    plan = planner.solve(everything(), gap=0.005, time_limit=900)
    assert plan.record.gap is not None and plan.record.gap <= 0.005
    verdict = planner.audit(plan)
    assert verdict.ok, str(verdict)
    assert verdict.cost_difference_relative < 1e-9
