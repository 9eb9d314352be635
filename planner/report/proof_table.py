"""Who says that no plan costs less: what was verified without the solver, and what the solver claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.plan.plan import Plan
from planner.report.content import Column, Row, Table

VERIFIED_ROOM = 1e-9
"""Relative: a bound this little above the verified one is the same but for rounding."""
BY = {
    "relaxation": "relaxation",
    "search": "search",
    "second search": "second search",
    "confirmation": "asked again",
}
NOTE = (
    "No plan costs less than a bound. Verified: recalculated from the duals of the relaxation with every rounding "
    "downward; whole units are left out of it. Claimed by the solver: taken on its word."
)


def bound_rows(plan: Plan) -> list[Row]:
    """The bound of the plan and what of it was verified, for the run record."""
    record, proof = plan.record, plan.record.proof
    rows: list[Row] = [
        ("Best bound, USD m", "" if record.bound_usd_m is None else f"{record.bound_usd_m:,.6f}")
    ]
    if proof:
        rows.append(("Bound: stands on", stands_on(plan) or "nothing"))
        rows.append(("Bound: verified, USD m", _verified(proof)))
    return rows


def stands_on(plan: Plan) -> str:
    """Who stands behind the bound, in words; nothing where there is none."""
    bound, proof = plan.record.bound_usd_m, plan.record.proof
    verified = proof.get("verified_usd_m")
    if bound is None or not proof:
        return ""
    if verified is not None and bound <= verified + VERIFIED_ROOM * max(1.0, abs(bound)):
        return "verified"
    counted = [c for c in proof.get("claims", ()) if c["by"] == "confirmation" and c["counted"]]
    if not counted:
        return "claimed by the solver"
    who = " and ".join(dict.fromkeys(str(claim["solver"]) for claim in counted))
    return f"claimed by the solver, confirmed by {who}"


def _verified(proof: Mapping[str, Any]) -> str:
    found = proof.get("verified_usd_m")
    return f"not verified: {proof.get('not_verified', '')}" if found is None else f"{found:,.6f}"


def claims_of_the_solver(plan: Plan) -> Table | None:
    """What each run of a solver said of the bound; None for a plan that says nothing of it."""
    claims = plan.record.proof.get("claims", ())
    if not claims:
        return None
    rows: list[Row] = [
        (
            BY.get(str(claim["by"]), str(claim["by"])),
            claim["solver"],
            claim["settings"],
            str(claim["ended"]).replace("_", " "),
            _usd_m(claim["bound_usd_m"]),
            _usd_m(claim["cost_usd_m"]),
            float(claim["seconds"]),
            "yes" if claim["counted"] else f"no: {claim['why_not']}",
        )
        for claim in claims
    ]
    columns = (
        Column("Run", "tag"), Column("Solver"), Column("Settings"), Column("Ended", "tag"), Column("Bound USD m"),
        Column("Cost found USD m"), Column("Seconds", "seconds"), Column("Counts"),
    )  # fmt: skip
    return Table("proof", "Bounds claimed by the solver", columns, tuple(rows), None, NOTE)


def _usd_m(amount: float | None) -> str:
    return "none" if amount is None else f"{amount:,.6f}"
