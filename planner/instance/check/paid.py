"""What the model holds from one side only, since no sensible plan wants more of it: where an input does, that is said.

Prices below zero (`plausible: true`): a credit per contracted kW and energy that is paid for are held to what there
is, by the model; the rest, without end or without meaning, stands here, and what counts as paid of a commitment.
"""

from __future__ import annotations

from planner.instance.check.report import Report
from planner.instance.quantity import Quantity


def paid_findings(report: Report) -> None:
    """Credits that would be taken without end, or without the thing that they are for."""
    for id_, site in report.spec.sites.items():
        path = f"sites.{id_}"
        contract = site.supply_contract
        if contract is not None and contract.minimum_bill_share is not None:
            minimum = contract.minimum_bill_share.constant > 0.0
            if minimum and _below_zero(site.energy_usd_per_mwh):
                _refuse(
                    report,
                    f"{path}.energy_usd_per_mwh",
                    "with a price below zero the minimum bill of the contract pays for power that nobody draws",
                    "take `minimum_bill_share` out of the contract, or write a price of 0 or more",
                )
        charges = ("demand_charge_usd_per_kw_month", "capacity_charge_usd_per_mw_day")
        for name in charges if contract is not None and contract.max_mw is None else ():
            if _below_zero(getattr(site, name)):
                _refuse(
                    report,
                    f"{path}.{name}",
                    "a credit for contracted power without a most MW is a credit without end",
                    f"add `max_mw` to {path}.supply_contract",
                )
        for build_id, option in site.build.items():
            place = f"{path}.build.{build_id}"
            sized = option.min_start_mw is not None and option.min_start_mw.constant > 0.0
            for name in ("site_cost_usd_m", "fixed_cost_per_start_usd_m"):
                if option.continuous and not sized and _below_zero(getattr(option, name)):
                    _refuse(
                        report,
                        f"{place}.{name}",
                        "a credit for a start of any size, however small, is a credit for nothing",
                        "add `min_start_mw` above 0, or `continuous: false`",
                    )
    for vendor_id, vendor in report.spec.vendors.items():
        for offer_id, offer in vendor.offers.items():
            part = offer.take_or_pay_share is not None and offer.take_or_pay_share.constant < 1.0
            if part and _below_zero(offer.price_usd_per_kw_month):
                _refuse(
                    report,
                    f"vendors.{vendor_id}.offers.{offer_id}.price_usd_per_kw_month",
                    "with a price below zero, use beyond the share that is paid anyway is a credit without end",
                    "take `take_or_pay_share` out, or write a price of 0 or more",
                )

    if any(
        o.kind == "consumption" for vendor in report.spec.vendors.values() for o in vendor.offers.values()
    ):
        _least_commitments(report)


def _least_commitments(report: Report) -> None:
    """What is left of a commitment to spend is only known from above: no limit may want it to be large."""
    for id_, limit in report.spec.limits.items():
        if limit.active and limit.measure == "open_commitments":
            for name in ("min_usd_bn", "min_share", "max_share"):
                if getattr(limit, name) is not None:
                    report.error(
                        "commitments_from_below",
                        f"limits.{id_}.{name}",
                        "with a commitment to spend, open commitments can be held from above only, as an amount",
                        "write max_usd_bn, or a limit on `spend`",
                    )


def _below_zero(quantity: Quantity | None) -> bool:
    if quantity is None:
        return False
    values = [value for _, value in quantity.points] if quantity.is_path else [quantity.constant]
    return min(values, default=0.0) < 0.0


def _refuse(report: Report, path: str, message: str, repair: str) -> None:
    report.error("credit_without_end", path, message, repair)
