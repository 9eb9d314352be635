"""What words mean where they are easily read otherwise: prices by date of signing, shares of the whole fleet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from planner.instance.check.dates import EPS
from planner.instance.check.facts import Facts
from planner.instance.check.never_limits import filters_of
from planner.instance.check.silent import Silent
from planner.instance.quantity import Quantity
from planner.instance.schema.contracts import Offer


class Span(NamedTuple):
    """A path, and the first and last date on which a decision reads it."""

    path: str
    quantity: Quantity | None
    first: float
    last: float
    what: str


def meaning_silence(facts: Facts) -> Iterator[Silent]:
    """Paths of which one value alone is read, prices that fall to 0 by date of signing, shares of a part."""
    spans = list(_spans(facts))
    for span in spans:
        yield from _dated(facts, span)
    for path, quantity in _by_use(facts):
        yield from _dated(facts, Span(path, quantity, 0.0, facts.end, ""))
    for id_, limit in facts.spec.limits.items():
        shares = [name for name in ("min_share", "max_share") if getattr(limit, name) is not None]
        parts = filters_of(limit)
        if limit.active and shares and (len(parts) > 1 or (parts and limit.group_by is not None)):
            words = " and ".join(f"{name}: {', '.join(getattr(limit, name))}" for name in parts)
            yield Silent(
                "meaning",
                f"limits.{id_}.{shares[0]}",
                f"a share of {limit.measure} of the whole fleet: the filters ({words}) narrow the part only, "
                "on-demand MW stand outside; a share of a part (of one region, say) can't be said yet",
                "state max_mw or min_mw for the part, or one filter alone",
            )


def _spans(facts: Facts) -> Iterator[Span]:
    """Every path that is read on the date of a decision alone."""
    for site_id, site in facts.spec.sites.items():
        path = f"sites.{site_id}"
        if site.secure is not None and (dated := facts.dated(site.secure.start)):
            yield Span(
                f"{path}.secure.option_fee_usd_m", site.secure.option_fee_usd_m, *dated, "dates of securing"
            )
        for id_, option in site.build.items():
            if dated := facts.dated(option.start):
                for name in ("capex_usd_m_per_mw", "fixed_cost_per_start_usd_m"):
                    yield Span(f"{path}.build.{id_}.{name}", getattr(option, name), *dated, "starts")
            if option.option is not None and (bought := facts.dated(option.option.buy)):
                fee = f"{path}.build.{id_}.option.fee_usd_m_per_mw"
                yield Span(fee, option.option.fee_usd_m_per_mw, *bought, "purchases")
        for id_, project in site.power_projects.items():
            if dated := facts.dated(project.start):
                where = f"{path}.power_projects.{id_}.capex_usd_per_kw"
                yield Span(where, project.capex_usd_per_kw, *dated, "starts")
    for vendor_id, vendor in facts.spec.vendors.items():
        for id_, offer in vendor.offers.items():
            path = f"vendors.{vendor_id}.offers.{id_}"
            if by_signing(offer) and (dated := facts.dated(offer.sign)):
                yield Span(f"{path}.price_usd_per_kw_month", offer.price_usd_per_kw_month, *dated, "signings")
                for chip, price in offer.price_by_chip_usd_per_kw_month.items():
                    yield Span(f"{path}.price_by_chip_usd_per_kw_month.{chip}", price, *dated, "signings")
    for chip_id, kind in facts.spec.chips.items():
        for id_, terms in kind.terms.items():
            if dated := facts.dated(terms.order):
                for name in (
                    "price_usd_m_per_system", "price_usd_m_per_mw", "rent_usd_per_kw_month", "rent_share_per_month",
                ):  # fmt: skip
                    yield Span(f"chips.{chip_id}.terms.{id_}.{name}", getattr(terms, name), *dated, "orders")


def by_signing(offer: Offer) -> bool:
    """Whether the price path is read on the date of signing alone: nothing is priced by it later."""
    later = offer.renewals is not None or (
        offer.at_end == "continues" and offer.continuation_usd_per_kw_month is None
    )
    extra = offer.take_or_pay_share is not None and offer.take_or_pay_share.constant < 1.0
    given = any(each.price_usd_per_kw_month is None for each in offer.signed.values())
    return offer.kind in ("shell", "cloud") and offer.sign is not None and not (later or extra or given)


def _by_use(facts: Facts) -> Iterator[tuple[str, Quantity | None]]:
    """Paths that are read on every date of the calendar."""
    for id_, workload in facts.spec.workloads.items():
        for name in (
            "demand_gw", "efficiency_per_year", "margin_usd_bn_per_gw_year", "unserved_usd_bn_per_gw_year",
        ):  # fmt: skip
            yield f"workloads.{id_}.{name}", getattr(workload, name)
        for region_id, region in workload.regions.items():
            yield f"workloads.{id_}.regions.{region_id}.demand_gw", region.demand_gw
    for id_, site in facts.spec.sites.items():
        for name in (
            "facility_power_mw", "energy_usd_per_mwh", "demand_charge_usd_per_kw_month",
            "capacity_charge_usd_per_mw_day",
        ):  # fmt: skip
            yield f"sites.{id_}.{name}", getattr(site, name)
    for id_, supply in facts.spec.supply.items():
        yield f"supply.{id_}.mw_per_year", supply.mw_per_year
    money = facts.spec.money
    yield "money.operating_cash_usd_bn_per_year", money.operating_cash_usd_bn_per_year
    yield "money.floor_usd_bn", money.floor_usd_bn
    for id_, facility in money.debt.items():
        yield f"money.debt.{id_}.limit_usd_bn", facility.limit_usd_bn


def _dated(facts: Facts, span: Span) -> Iterator[Silent]:
    quantity = span.quantity
    if quantity is None or len({value for _, value in quantity.points}) < 2:
        return
    values = facts.values(quantity, span.first, span.last + EPS)
    signed = span.what == "signings"
    first, last = _label(facts, span.first), _label(facts, span.last)
    if signed and (zero := [x for x, value in _points(facts, quantity) if value == 0.0 and x <= span.last]):
        yield Silent(
            "meaning",
            span.path,
            f"read on the date of signing, for the whole term: what is signed from {_label(facts, zero[0])} on costs "
            "nothing to its end; a price by date of use (free months, steps by contract year) can't be said yet",
            "write the price of the whole term: its mean over the months, free ones included",
        )
        return
    if max(values) - min(values) <= EPS * max(1e-6, abs(max(values))):
        when = (
            f"the {span.what} lie in {first}"
            if first == last
            else f"the {span.what} lie in {first} to {last}"
        )
        where = when if span.what else "inside the calendar nothing of it changes"
        more = "; it is read on the date of signing, for the whole term, not by date of use" if signed else ""
        yield Silent(
            "meaning" if signed else "never",
            span.path,
            f"of its {len(quantity.points)} values only {values[0]:g} is ever read: {where}{more}",
            "correct its dates, or write the one number",
        )
        return
    late = [x for x, _ in _points(facts, quantity)[1:] if x > span.last + EPS]
    if signed and quantity.interpolate == "step" and late:
        yield Silent(
            "meaning",
            span.path,
            f"its value from {_label(facts, late[0])} on is never read: the last signing is in {last}, and the price "
            "is that of the date of signing, for the whole term",
            "let `sign.to` be later, or take the date out",
        )


def _points(facts: Facts, quantity: Quantity) -> list[tuple[float, float]]:
    return [(facts.timeline.month(day), value) for day, value in quantity.points]


def _label(facts: Facts, x: float) -> str:
    position = facts.timeline.position(max(0.0, min(x, facts.end - 1.0 / 30.0)))
    return facts.timeline.periods[position if position is not None else -1].label
