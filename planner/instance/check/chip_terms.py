"""Terms of chips that belong together: purchase, lease, paid off to the seller, resale."""

from __future__ import annotations

from planner.instance.check.report import Report
from planner.instance.schema.chips import Chip, ChipTerms


def chip_term_findings(report: Report) -> None:
    """Every lease says what it costs and for how long, every purchase how it is paid; nothing contradicts it."""
    if report.timeline is None:
        return
    for id_, chip in report.spec.chips.items():
        for terms_id, terms in chip.terms.items():
            path = f"chips.{id_}.terms.{terms_id}"
            if terms.kind == "lease":
                _lease(report, path, chip, terms)
            else:
                _purchase(report, path, chip, terms)


def _missing(report: Report, path: str, field: str, why: str) -> None:
    report.error("missing", path, f"{field} is missing: {why}", f"add `{field}:`")


def _lease(report: Report, path: str, chip: Chip, terms: ChipTerms) -> None:
    rents = [terms.rent_usd_per_kw_month, terms.rent_share_per_month]
    prices = (terms.price_usd_m_per_system is not None) + (terms.price_usd_m_per_mw is not None)
    if not any(rent is not None for rent in rents):
        _missing(report, path, "rent_usd_per_kw_month", "leased chips have a rent")
    elif all(rent is not None for rent in rents):
        report.error("price", path, "two rents", "give rent_usd_per_kw_month or rent_share_per_month")
    if terms.rent_share_per_month is not None and prices != 1:
        _missing(report, path, "price_usd_m_per_mw", "the rent is a share of the price")
    elif prices > 1:
        report.error("price", path, "two prices", "give one price, or none")
    if terms.lease_months is None:
        _missing(report, path, "lease_months", "a lease ends")
    elif terms.lease_months.constant > 12.0 * chip.life_years.constant + 1e-9:
        report.error(
            "range", f"{path}.lease_months", "the lease is longer than the chip lives",
            "let it be at most life_years",
        )  # fmt: skip
    for field in ("payments", "finance", "resale"):
        if getattr(terms, field) is not None:
            report.error(
                "lease", f"{path}.{field}", f"leased chips have no {field}",
                f"remove `{field}`, or make the terms a purchase",
            )  # fmt: skip


def _purchase(report: Report, path: str, chip: Chip, terms: ChipTerms) -> None:
    for field in ("rent_usd_per_kw_month", "rent_share_per_month", "lease_months"):
        if getattr(terms, field) is not None:
            report.error("lease", f"{path}.{field}", "bought chips have no rent", "add `kind: lease`")
    if terms.payments is None and terms.finance is None:
        _missing(report, path, "payments", "a price is paid some day")
    if terms.resale is None:
        return
    if not terms.resale.at_months:
        report.error("missing", f"{path}.resale.at_months", "no age at which to sell", "write [24, 36, 48]")
    if min((float(age) for age in terms.resale.at_months), default=0.0) >= 12.0 * chip.life_years.constant:
        report.error(
            "range", f"{path}.resale.at_months", "the chip is never sold: its life is over by then",
            "let months be less than life_years",
        )  # fmt: skip
