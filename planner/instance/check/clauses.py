"""Clauses of contracts: on offers that can have them, with dates that can come."""

from __future__ import annotations

from planner.instance.check.report import Report
from planner.instance.schema.clauses import Leaving
from planner.instance.schema.contracts import Offer

WITHOUT = {
    "on_demand": "an on-demand offer: there is no contract to change",
    "consumption": "a commitment to spend: there is no rent of MW to change",
}
"""Kinds that have no clauses, and why."""


def clause_findings(report: Report) -> None:
    """Every clause belongs to a contract with a term, and its dates lie inside that term."""
    for vendor_id, vendor in report.spec.vendors.items():
        for id_, offer in vendor.offers.items():
            path = f"vendors.{vendor_id}.offers.{id_}"
            if offer.kind in WITHOUT:
                _none(report, path, offer)
                continue
            for kind, listed in (("exits", offer.exits), ("assignments", offer.assignments)):
                for date_id, date in listed.items():
                    _leaving(report, f"{path}.{kind}.{date_id}", offer, date)
            _renewals(report, path, offer)
            _expansion(report, path, offer)


def _none(report: Report, path: str, offer: Offer) -> None:
    for name in ("exits", "assignments", "renewals", "expansion", "cancel_after_months", "late_credit_share"):
        if getattr(offer, name):
            report.error(
                "clause",
                f"{path}.{name}",
                f"{name} of {WITHOUT[offer.kind]}",
                f"remove `{name}`",
            )


def _leaving(report: Report, path: str, offer: Offer, date: Leaving) -> None:
    terms = [given.term_months for given in offer.signed.values()] + [offer.term_months]
    longest = max((term.constant for term in terms if term is not None), default=None)
    if longest is not None and date.at_months.constant >= longest:
        report.error(
            "range",
            f"{path}.at_months",
            f"{date.at_months.constant:g} months after first delivery the term of {longest:g} is over",
            "let it be earlier, or the term longer",
        )


def _renewals(report: Report, path: str, offer: Offer) -> None:
    renewals = offer.renewals
    if renewals is None:
        return
    if (
        renewals.notice_months is not None
        and renewals.notice_months.constant > renewals.term_months.constant
        and renewals.count.constant > 1
    ):
        report.error(
            "range",
            f"{path}.renewals.notice_months",
            "a second renewal would be decided before the first",
            "let the notice be at most the term of a renewal",
        )
    chips = set(offer.chips) | {given.chip for given in offer.signed.values() if given.chip is not None}
    by_chip = offer.price_by_chip_usd_per_kw_month
    priced = offer.price_usd_per_kw_month is not None or (bool(chips) and by_chip.keys() >= chips)
    if not priced:
        report.error(
            "missing",
            f"{path}.renewals",
            "a renewal takes the price path of the offer, and there is none",
            "add price_usd_per_kw_month",
        )


def _expansion(report: Report, path: str, offer: Offer) -> None:
    expansion = offer.expansion
    if expansion is None:
        return
    if offer.sign is None:
        report.error(
            "expansion_sign",
            f"{path}.expansion",
            "nothing new can be signed that could be expanded",
            "add `sign`, or offer the further MW as an offer of its own",
        )
    if expansion.from_months is not None and expansion.from_months.constant > expansion.to_months.constant:
        report.error(
            "range",
            f"{path}.expansion",
            "its window ends before it begins",
            "let from_months be at most to_months",
        )
    if expansion.premium_share is not None and expansion.premium_share.constant <= -1.0:
        report.error(
            "range",
            f"{path}.expansion.premium_share",
            "expansions would cost nothing",
            "let it be above -100%",
        )
