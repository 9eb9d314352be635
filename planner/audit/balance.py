"""Received less paid is what is owed, less what is paid ahead: by line, from two separate sums."""

from __future__ import annotations

from collections import defaultdict

from planner.audit.ladder import World
from planner.audit.paths import number
from planner.audit.scene import Scene

LINES = ("construction", "power_projects", "shell_rent", "cloud_rent", "chips", "own_operating", "energy")


def check_accruals(
    scene: Scene, world: World, paid: dict[str, list[float]], accrued: dict[str, list[float]]
) -> None:
    """For every line, accrued - paid over the calendar = payables - (prepayments and chips not yet received)."""
    balance = _balance_at_end(scene, world)
    for line in LINES:
        received = sum(accrued[line]) if line in accrued else 0.0
        spent = sum(paid[line]) if line in paid else 0.0
        left = balance.get(line, 0.0)
        scale = max(abs(received), abs(spent))
        scene.findings.equal(
            "accrued_less_paid", line, scene.path[-1], received - spent, left, "USD m", scale
        )


def _balance_at_end(scene: Scene, world: World) -> dict[str, float]:
    """Payables less prepayments on the last day of the calendar, object by object, since the first day."""
    end = scene.end
    left: dict[str, float] = defaultdict(float)
    for contract in world.contracts.contracts:
        offer = scene.offer(contract.offer)
        delay = number(offer.payment_delay_months, 0.0) if offer is not None else 0.0
        for invoice in contract.invoices:
            # Invoiced for service before the end, less what of it is due by then.
            left[invoice.line] += invoice.within(0.0 + delay, end + delay) - invoice.within(0.0, end)
        for rent, invoice in zip(contract.rent, contract.invoices, strict=True):
            # What was prepaid is used up as the service is received.
            left[rent.line] += rent.within(0.0, end) - invoice.within(delay, end + delay)
        for prepaid in contract.prepayment:
            left[prepaid.line] -= prepaid.within(0.0, end)
        if contract.leaving is not None:
            # What comes back or is forfeited of the prepayment.
            left[contract.line] += contract.leaving.accrued.within(0.0, end)
            left[contract.line] -= contract.leaving.paid.within(0.0, end)
    for deposit in (flow for each in world.security for flow in each.deposit):
        left[deposit.line] -= deposit.within(0.0, end)
    for kept in world.contracts.kept:
        for rent, invoice in zip(kept.rent, kept.invoices, strict=True):
            left[rent.line] += rent.within(0.0, end) - invoice.within(0.0, end)
    for order in world.chips.orders:
        paid_by_end = sum(flow.within(0.0, end) for flow in order.payments)
        received = sum(flow.within(0.0, end) for flow in order.received)
        left["chips"] += received - paid_by_end
    for sold in world.chips.sold:
        left["chips"] += sum(flow.within(0.0, end) for flow in sold.accrued)
        left["chips"] -= sum(flow.within(0.0, end) for flow in sold.paid)
    for posting in scene.account.postings:
        flow = posting.flow
        if posting.key[0] in ("extra_mw", "on_demand_mw", "drawn_mw", "topped_up_usd_m"):
            left[flow.line] += flow.within(0.0, end) if posting.accrued else 0.0
            left[flow.line] -= flow.within(0.0, end) if posting.paid else 0.0
        elif posting.key[0] == "paid_early_usd_m":
            left[flow.line] -= flow.within(0.0, end)
    return left
