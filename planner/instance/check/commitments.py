"""Commitments to spend: what such an offer must say, and what has no meaning for it."""

from __future__ import annotations

from planner.instance.check.report import Report
from planner.instance.schema.contracts import Offer

SPENDING = ("spend_usd_bn", "yearly_minimum_usd_bn", "yearly_minimum_share")
RENT = ("take_or_pay_share", "prepayment_share", "escalator_rate")


def commitment_findings(report: Report) -> None:
    """Every commitment to spend has a total, a ramp and a term, and every other offer none of its fields."""
    for vendor_id, vendor in report.spec.vendors.items():
        for id_, offer in vendor.offers.items():
            path = f"vendors.{vendor_id}.offers.{id_}"
            if offer.kind == "consumption":
                _consumption(report, path, offer)
            else:
                _other(report, path, offer)


def _consumption(report: Report, path: str, offer: Offer) -> None:
    if offer.spend_usd_bn is None:
        report.error("missing", path, "spend_usd_bn is missing: the total", "add `spend_usd_bn:`")
    if offer.yearly_minimum_usd_bn is not None and offer.yearly_minimum_share is not None:
        report.error(
            "range",
            f"{path}.yearly_minimum_share",
            "the minimum of a year is stated twice",
            "give yearly_minimum_usd_bn or yearly_minimum_share, one of them",
        )
    for name in RENT:
        if getattr(offer, name) is not None:
            report.error(
                "consumption",
                f"{path}.{name}",
                "a commitment to spend pays for what is drawn",
                f"remove {name}",
            )
    if offer.mw is not None and (offer.mw.min or offer.mw.block or offer.mw.total) is not None:
        report.error(
            "consumption",
            f"{path}.mw",
            "a commitment is signed whole",
            "state `max` alone: the end of the ramp",
        )
    if len(offer.signed) + (offer.sign is not None) > 1 or (
        offer.sign is not None and offer.sign.at_most.constant > 1
    ):
        report.error(
            "consumption",
            f"{path}.sign" if offer.sign is not None else f"{path}.signed",
            "one commitment an offer: several could not tell whose minimum a draw counts for",
            "write at_most: 1, and a second commitment as a second offer",
        )
    first = 0.0 if offer.sign is None or offer.signed else max(0.0, report.window(offer.sign)[0])
    report.covers(
        f"{path}.continuation_usd_per_kw_month",
        offer.continuation_usd_per_kw_month,
        first,
        "the first signing",
    )
    _minimum(report, path, offer)


def _minimum(report: Report, path: str, offer: Offer) -> None:
    """Minimums of all years above the total make the total meaningless."""
    if offer.spend_usd_bn is None or offer.term_months is None:
        return
    years, total = offer.term_months.constant / 12.0, offer.spend_usd_bn.constant
    least = offer.yearly_minimum_usd_bn.constant if offer.yearly_minimum_usd_bn is not None else 0.0
    if offer.yearly_minimum_share is not None:
        least = offer.yearly_minimum_share.constant * total
    if least * years > total * (1.0 + 1e-6):
        report.warn(
            "range",
            path,
            f"the minimums of {years:g} years add up to {least * years:,.3g} USD bn, more than the total of {total:g}",
            "lower the yearly minimum, or raise the total",
        )


def _other(report: Report, path: str, offer: Offer) -> None:
    for name in SPENDING:
        if getattr(offer, name) is not None:
            report.error(
                "consumption", f"{path}.{name}", f"a {offer.kind} offer has no total", f"remove {name}"
            )
    if offer.carry_over:
        report.error("consumption", f"{path}.carry_over", f"a {offer.kind} offer has no minimum", "remove it")
    for id_, given in offer.signed.items():
        if given.drawn_usd_bn is not None:
            where = f"{path}.signed.{id_}.drawn_usd_bn"
            report.error("consumption", where, "only a commitment to spend is drawn", "remove it")
