"""Volume tiers, deposits, collateral and subletting: terms that belong together, and prices that make no machine."""

from __future__ import annotations

from itertools import pairwise

from planner.instance.check.report import Report
from planner.instance.quantity import Quantity
from planner.instance.schema.contracts import Offer

FIELDS = ("tiers", "deposit_months", "deposit_share", "collateral", "sublet")
LEAVING = ("exits", "assignments", "cancel_after_months", "expansion")


def pricing_findings(report: Report) -> None:
    """Everything about prices and security of contracts that the schema alone cannot see."""
    for vendor_id, vendor in report.spec.vendors.items():
        for id_, offer in vendor.offers.items():
            path = f"vendors.{vendor_id}.offers.{id_}"
            if offer.kind not in ("shell", "cloud"):
                _none(report, path, offer)
                continue
            _tiers(report, path, offer)
            _deposit(report, path, offer)
            _collateral(report, path, offer)
            _sublet(report, path, offer)


def _none(report: Report, path: str, offer: Offer) -> None:
    for name in FIELDS:
        if getattr(offer, name):
            report.error(
                "clause",
                f"{path}.{name}",
                f"{name} of a {offer.kind} offer: it has no rent of MW",
                f"remove `{name}`",
            )


def _tiers(report: Report, path: str, offer: Offer) -> None:
    if not offer.tiers:
        return
    for low, high in pairwise(offer.tiers):
        if high.from_mw.constant <= low.from_mw.constant or high.price_factor >= low.price_factor:
            report.error(
                "range", f"{path}.tiers", "a larger tier must be cheaper", "order them by MW, factors falling"
            )
    if offer.tiers[0].price_factor >= 1.0:
        report.error("range", f"{path}.tiers", "a tier that is not cheaper", "write factors below 1")
    if offer.sign is None:
        report.error(
            "clause",
            f"{path}.tiers",
            "nothing can be signed at these prices",
            "add `sign`, or remove `tiers`",
        )
    elif offer.sign.per_period is not None and offer.sign.per_period.constant > 1:
        report.error(
            "clause",
            f"{path}.sign.per_period",
            "with tiers one signing a period: of several nobody knows which is large",
            "write per_period: 1",
        )
    for name in LEAVING:
        if getattr(offer, name):
            report.error(
                "clause",
                f"{path}.{name}",
                f"{name} and tiers: the rent that changes would have two prices",
                "keep one",
            )
    most = offer.mw.max if offer.mw is not None else None
    if offer.tiers_of == "signing" and most is not None and offer.tiers[-1].from_mw.constant > most.constant:
        report.warn(
            "range",
            f"{path}.tiers",
            f"no signing reaches {offer.tiers[-1].from_mw.constant:g} MW",
            "raise mw.max",
        )


def _deposit(report: Report, path: str, offer: Offer) -> None:
    if offer.deposit_months is not None and offer.deposit_share is not None:
        report.error(
            "range",
            f"{path}.deposit_share",
            "the deposit is stated twice",
            "give deposit_months or deposit_share",
        )


def _collateral(report: Report, path: str, offer: Offer) -> None:
    terms = offer.collateral
    if terms is None:
        return
    if bool(terms.months_of_rent_by_rating) == bool(terms.share_of_open_by_rating):
        report.error(
            "missing" if not terms.months_of_rent_by_rating else "range",
            f"{path}.collateral",
            "one map from rating to amount is needed",
            "give months_of_rent_by_rating or share_of_open_by_rating, one of them",
        )
        return
    if terms.fee_rate is None and not terms.cash:
        report.warn("unused", f"{path}.collateral", "it costs nothing", "add fee_rate, or cash: true")
    known = terms.months_of_rent_by_rating or terms.share_of_open_by_rating
    money = report.spec.money
    if money.credit_rating is None:
        report.error("missing", f"{path}.collateral", "the buyer has no rating", "add money.credit_rating")
        return
    for rating in (money.credit_rating, *money.credit_rating_changes.values()):
        if rating not in known:
            report.error(
                "unknown_reference",
                f"{path}.collateral",
                f"nothing is said of rating {rating}",
                "add it to the map",
            )


def _sublet(report: Report, path: str, offer: Offer) -> None:
    """Subletting above the cheapest rent pays for signing more than anybody needs."""
    terms = offer.sublet
    if terms is None:
        return
    first = 0.0
    if terms.from_ is not None and report.timeline is not None:
        first = max(0.0, report.timeline.first(terms.from_))
    where = f"{path}.sublet.price_usd_per_kw_month"
    report.covers(where, terms.price_usd_per_kw_month, first, "it may be sublet")
    paths = [offer.price_usd_per_kw_month, *offer.price_by_chip_usd_per_kw_month.values()]
    paths += [given.price_usd_per_kw_month for given in offer.signed.values()]
    paths.append(offer.continuation_usd_per_kw_month)
    rents = [value for each in paths if each is not None for value in _values(each)]
    factor = min((tier.price_factor for tier in offer.tiers), default=1.0)
    received = max(_values(terms.price_usd_per_kw_month))
    if rents and received >= factor * min(rents):
        report.warn(
            "sublet_price",
            where,
            f"up to {received:g} are received, rent is as low as {factor * min(rents):g}: a plan may sign to sublet",
            "lower the price, or cap it with most_share and limits",
        )


def _values(quantity: Quantity) -> list[float]:
    return [value for _, value in quantity.points] if quantity.points else [quantity.constant]
