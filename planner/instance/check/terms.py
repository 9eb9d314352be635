"""Terms that belong together: what each kind of offer, chip, facility and limit needs."""

from __future__ import annotations

from itertools import pairwise

from planner.instance.check.references import hosts_of
from planner.instance.check.report import Report
from planner.instance.quantity import Ramp
from planner.instance.schema.contracts import Offer
from planner.instance.schema.limits import Limit
from planner.timeline import month_between

MW_MEASURES = {
    "secured_mw",
    "powered_mw",
    "installed_mw",
    "operating_mw",
    "under_construction_mw",
    "shortfall_mw",
}
USD_MEASURES = {"accrued_spend", "paid_spend", "open_commitments", "debt"}


def term_findings(report: Report) -> None:
    """Every offer, chip, facility and limit says all that its kind needs, and nothing that contradicts it."""
    spec = report.spec
    if spec.gw_basis == "facility" and spec.gw_basis_facility_per_it is None:
        report.error(
            "missing",
            "gw_basis",
            "reading GW as facility needs a ratio",
            "add gw_basis_facility_per_it: 1.33",
        )
    for vendor_id, vendor in spec.vendors.items():
        for id_, offer in vendor.offers.items():
            _offer(report, f"vendors.{vendor_id}.offers.{id_}", offer)
    _chips(report)
    _money(report)
    for id_, limit in spec.limits.items():
        _limit(report, f"limits.{id_}", limit)


def _missing(report: Report, path: str, field: str, why: str) -> None:
    report.error("missing", path, f"{field} is missing: {why}", f"add `{field}:`")


def _offer(report: Report, path: str, offer: Offer) -> None:
    if offer.kind == "shell":
        if offer.site is None:
            _missing(report, path, "site", "a shell stands at a site and uses its power")
        if offer.chips:
            report.error(
                "shell_chips", f"{path}.chips", "in a shell the tenant brings chips", "remove `chips`"
            )
        if offer.take_or_pay_share is not None and offer.take_or_pay_share.constant < 1:
            report.error(
                "shell_take_or_pay",
                f"{path}.take_or_pay_share",
                "a shell is rented whole",
                "remove take_or_pay_share, or make the offer `cloud`",
            )
    else:
        if not offer.chips:
            _missing(report, path, "chips", f"a {offer.kind} offer includes chips")
        if offer.site is None and offer.region is None:
            _missing(report, path, "region", "an offer without a site must name its region")
    if offer.kind == "on_demand":
        if offer.max_mw is None:
            _missing(report, path, "max_mw", "an on-demand offer is capped")
        if offer.sign is not None:
            report.error("on_demand_sign", f"{path}.sign", "on demand nothing is signed", "remove `sign`")
    _prices(report, path, offer)
    if offer.sign is not None and offer.kind != "on_demand":
        _signing(report, path, offer)
    for id_, given in offer.signed.items():
        place = f"{path}.signed.{id_}"
        if given.term_months is None and offer.term_months is None:
            _missing(report, place, "term_months", "neither the contract nor its offer says how long it runs")
        if given.chip is None and offer.kind == "cloud" and len(offer.chips) != 1:
            _missing(report, place, "chip", "the offer has several chips")
        _ramp(report, f"{place}.delivered", given.delivered)
        if offer.kind == "consumption":
            continue
        if given.price_usd_per_kw_month is None and not _priced(offer, given.chip):
            _missing(report, place, "price_usd_per_kw_month", "the offer has no price either")
        if (
            offer.at_end == "continues"
            and offer.continuation_usd_per_kw_month is None
            and not _priced(offer, given.chip)
        ):
            _missing(
                report, path, "continuation_usd_per_kw_month", "a given contract goes on at no known price"
            )


def _priced(offer: Offer, chip: str | None) -> bool:
    return offer.price_usd_per_kw_month is not None or chip in offer.price_by_chip_usd_per_kw_month


def _prices(report: Report, path: str, offer: Offer) -> None:
    needs = offer.sign is not None or offer.kind in ("consumption", "on_demand")
    if not needs:
        return
    if len(offer.chips) > 1:
        priced = offer.price_by_chip_usd_per_kw_month
        unpriced = [chip for chip in offer.chips if chip not in priced and chip in report.spec.chips]
        if unpriced:
            report.error(
                "price_by_chip",
                path,
                f"no price for {', '.join(unpriced)}: with a choice of chips one price makes the newest free",
                "add price_by_chip_usd_per_kw_month with a price for each chip",
            )
    elif not _priced(offer, offer.chips[0] if offer.chips else None):
        _missing(report, path, "price_usd_per_kw_month", "it can be signed and has no price")


def _months_to_first_mw(ramp: Ramp) -> float:
    """Months from the start of the term to the first MW of a ramp; a dated ramp starts its term with its first date."""
    if ramp.by_date:
        steps = [(month_between(ramp.by_date[0][0], day), share) for day, share in ramp.by_date]
    else:
        steps = list(ramp.by_month)
    return next((months for months, share in steps if share > 0.0), 0.0)


def _signing(report: Report, path: str, offer: Offer) -> None:
    if offer.delivery_months is None:
        _missing(report, path, "delivery_months", "it can be signed and never arrives")
    if offer.term_months is None:
        _missing(report, path, "term_months", "it can be signed and has no term")
    elif (months := _months_to_first_mw(offer.ramp)) >= offer.term_months.constant:
        report.error(
            "ramp_after_term",
            f"{path}.ramp",
            f"its first MW come {months:g} months after the term of {offer.term_months.constant:g} months has begun, "
            "when it is over",
            "let the ramp begin earlier, or lengthen term_months",
        )
    mw = offer.mw
    if mw is None or (mw.max is None and mw.block is None):
        _missing(report, path, "mw", "the most MW of a signing, or the size of a block, must be known")
        return
    if mw.min is not None and mw.max is not None and mw.min.constant > mw.max.constant:
        report.error(
            "range",
            f"{path}.mw",
            f"the least MW of a signing ({mw.min.constant:g}) is above the most ({mw.max.constant:g})",
            "let min be at most max",
        )
    if mw.min is not None and mw.total is not None and mw.min.constant > mw.total.constant:
        report.error(
            "range",
            f"{path}.mw",
            f"one signing takes at least {mw.min.constant:g} MW and all together may take {mw.total.constant:g}",
            "raise total, or lower min",
        )
    if mw.block is not None and mw.max is not None and mw.block.constant > mw.max.constant:
        report.error(
            "range",
            f"{path}.mw",
            "a block is larger than the most MW of a signing",
            "lower block or raise max",
        )


def _ramp(report: Report, path: str, delivered: dict[str, float]) -> None:
    from planner.instance.parse import ParseError, parse_when

    points = []
    for key, share in delivered.items():
        try:
            points.append((parse_when(key).first, share))
        except ParseError as error:
            report.error("bad_date", f"{path}.{key}", str(error), "write 2027Q3, 2027-09 or 2027-09-15")
            return
    shares = [share for _, share in sorted(points)]
    if not shares or any(b < a for a, b in pairwise(shares)) or not 0 < shares[-1] <= 1:
        report.error(
            "bad_profile",
            path,
            "cumulative shares must rise to at most 1",
            "write shares that never fall, e.g. 0.5, 1",
        )


def _chips(report: Report) -> None:
    spec = report.spec
    hosts = hosts_of(spec)
    offered = {
        chip for vendor in spec.vendors.values() for offer in vendor.offers.values() for chip in offer.chips
    }
    for id_, chip in spec.chips.items():
        path = f"chips.{id_}"
        takes = hosts if chip.hosts == "any" else hosts & set(chip.hosts)
        if chip.terms and not takes and id_ not in offered:
            report.error(
                "no_host",
                path,
                "it can be bought and no host may take it",
                "name a host under `hosts`, or offer it at a vendor",
            )
        for terms_id, terms in chip.terms.items():
            prices = (terms.price_usd_m_per_system is not None) + (terms.price_usd_m_per_mw is not None)
            if prices != 1 and terms.kind == "purchase":
                report.error(
                    "price" if prices else "missing",
                    f"{path}.terms.{terms_id}",
                    "two prices" if prices else "the price is missing",
                    "give price_usd_m_per_system or price_usd_m_per_mw, one of them",
                )
        if not chip.work:
            report.error("missing", f"{path}.work", "it does no work", "add work per MW for a workload")


def _money(report: Report) -> None:
    money = report.spec.money
    if money.soft_floor is not None and money.floor_usd_bn is None:
        report.error("missing", "money.soft_floor", "a soft floor without a floor", "add floor_usd_bn")
    for id_, facility in money.debt.items():
        path = f"money.debt.{id_}"
        if facility.kind == "amortising":
            if facility.term_months is None:
                _missing(report, path, "term_months", "an amortising loan ends")
            elif (
                facility.grace_months is not None
                and facility.grace_months.constant >= facility.term_months.constant
            ):
                report.error(
                    "range", f"{path}.grace_months", "grace lasts as long as the loan", "let it be shorter"
                )
        if facility.eligible_lines and facility.eligible_share is None:
            _missing(report, path, "eligible_share", "eligible lines need the share that is lent")


def _limit(report: Report, path: str, limit: Limit) -> None:
    amounts = {
        name: getattr(limit, name)
        for name in (
            "min_mw",
            "max_mw",
            "min_usd_bn",
            "max_usd_bn",
            "min_count",
            "max_count",
            "min_share",
            "max_share",
        )
        if getattr(limit, name) is not None
    }
    if not amounts:
        report.error(
            "missing", path, "a limit without an amount", "add min_mw, max_usd_bn, max_share or the like"
        )
    unit = "mw" if limit.measure in MW_MEASURES else "usd_bn" if limit.measure in USD_MEASURES else "count"
    for name in amounts:
        kind = name.split("_", 1)[1]
        if kind not in (unit, "share"):
            report.error(
                "wrong_unit",
                f"{path}.{name}",
                f"{limit.measure} is not measured in {kind}",
                f"use {name[:4]}{unit}",
            )
    for kind in (unit, "share"):
        low, high = amounts.get(f"min_{kind}"), amounts.get(f"max_{kind}")
        if low is not None and high is not None and low.constant > high.constant:
            report.error(
                "range",
                path,
                f"the minimum ({low.constant:g}) is above the maximum ({high.constant:g})",
                "swap them",
            )
    if limit.at is not None and (limit.from_ is not None or limit.to is not None):
        report.error("window", path, "`at` is one date, `from` and `to` are a window", "use one of the two")
