"""Frames of contracts and of open commitments: what is signed, and what it still obliges to pay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.data.chip_money import order_payments, sale
from planner.data.construction import block_payments, unit_payments
from planner.data.consumption import commitment
from planner.data.context import Context, Scenario
from planner.data.delivery import (
    Delivery,
    GivenContract,
    contract_delivery,
    given_contracts,
    offer_terms,
    opening_blocks,
)
from planner.data.payments import Payments
from planner.data.rent import given_rent, signing_price, unit_rent, use_price
from planner.data.scenarios import make_context
from planner.data.stages import fee_payments
from planner.data.types import Data
from planner.data.utility import minimum_left
from planner.plan.capacity import time_columns
from planner.plan.decisions import date_text
from planner.plan.spending import counted_usd_m, total_usd_m
from planner.plan.values import NOISE, Values

if TYPE_CHECKING:
    from planner.instance.instance import Instance

CONTRACT_COLUMNS = (
    "offer", "vendor", "kind", "site", "signing", "signed_period", "signed", "chip", "mw", "first_delivery",
    "full_delivery", "term_end", "price_usd_per_kw_month", "nominal_usd_m", "given",
)  # fmt: skip


def contracts_frame(instance: Instance, d: Data, v: Values) -> pd.DataFrame:
    """One row per contract and chip, given ones too.

    A commitment to spend has chip `none`, the most MW that may be drawn, the price of its first chip on the first day
    of delivery, and what is to be spent as its nominal.

    Dates are ISO; `price_usd_per_kw_month` is that of the signing date (of given contracts: nominal rent still to come
    over MW-months still to come); `nominal_usd_m` fixed payments over the term (given: from the first day on).
    """
    context = make_context(instance)
    rows = [
        _given_row(d, context, contract) | _spending(d, context, v, contract.offer, contract.id)
        for contract in _given(context, d)
    ]
    for offer, node in d.contracts.signings:
        scenario = context.at(node)
        date = context.period(node).start
        delivery = contract_delivery(context, scenario, offer, node)
        for chip in d.contracts.signed_chips[offer, node]:
            mw = v("signed_mw", offer, chip, node)
            if mw <= NOISE:
                continue
            price = signing_price(scenario, offer, chip, date) * _tier_factor(
                context, v, offer, chip, node, mw
            )
            rows.append(
                _row(d, offer, node, context.period(node).label, date, chip, mw, delivery)
                | {
                    "price_usd_per_kw_month": price * 1000.0,
                    "nominal_usd_m": mw * price * unit_rent(scenario, offer, date).paid.nominal,
                    "given": False,
                }
                | _spending(d, context, v, offer, node)
            )
    return pd.DataFrame(rows, columns=list(CONTRACT_COLUMNS))


def _tier_factor(context: Context, v: Values, offer: str, chip: str, node: str, mw: float) -> float:
    """Price paid over the price of the signing date."""
    tiers = enumerate(offer_terms(context.first, offer).tiers, 1)
    return 1.0 - sum(
        (1.0 - tier.price_factor) * v("tier_mw", offer, chip, str(i), node) / mw for i, tier in tiers
    )


def _spending(d: Data, context: Context, v: Values, offer: str, signing: str) -> dict[str, Any]:
    """What differs for a commitment to spend."""
    if (offer, signing) not in d.contracts.consumption.spend:
        return {}
    scenario = context.at(signing) if signing in d.tree.period else context.first
    terms = commitment(context, scenario, offer, signing)
    chip = d.contracts.consumption.chips[offer][0]
    return {
        "term_end": date_text(d, terms.until),
        "price_usd_per_kw_month": use_price(scenario, offer, chip).at(terms.delivery.first),
        "nominal_usd_m": total_usd_m(d, v, offer, signing),
    }


def _given(context: Context, d: Data) -> Iterator[GivenContract]:
    for offer in d.contracts.offers:
        yield from given_contracts(context.first, offer)


def _given_row(d: Data, context: Context, contract: GivenContract) -> dict[str, Any]:
    scenario = context.first
    delivery = contract.delivery
    rent = given_rent(scenario, contract)
    to_come = sum(share * (b - max(a, 0.0)) for a, b, share in delivery.stretches if b > 0.0) * contract.mw
    price = rent.accrued.nominal / to_come * 1000.0 if to_come else 0.0
    return _row(
        d, contract.offer, contract.id, "given", delivery.decided, contract.chip, contract.mw, delivery
    ) | {"price_usd_per_kw_month": price, "nominal_usd_m": rent.paid.nominal, "given": True}


def _row(
    d: Data, offer: str, signing: str, period: str, date: float, chip: str, mw: float, delivery: Delivery
) -> dict[str, Any]:
    return {
        "offer": offer,
        "vendor": d.contracts.vendor[offer],
        "kind": d.contracts.kind[offer],
        "site": d.contracts.site[offer] or "",
        "signing": signing,
        "signed_period": period,
        "signed": date_text(d, date),
        "chip": chip,
        "mw": mw,
        "first_delivery": date_text(d, delivery.first),
        "full_delivery": date_text(d, delivery.steps[-1][0]),
        "term_end": date_text(d, delivery.end),
    }


def commitments_frame(instance: Instance, d: Data, v: Values, debt: pd.DataFrame) -> pd.DataFrame:
    """Nominal fixed payments still to be made after the last day, by node, USD m; debt principal apart."""
    context = make_context(instance)
    balances = debt.groupby("node")["balance_usd_m"].sum()
    rows = []
    for node in d.tree.nodes:
        by_kind = {"contracts": 0.0, "construction": 0.0, "chips": 0.0}
        for kind, usd_m in _still_to_pay(context, d, v, node):
            by_kind[kind] += usd_m
        rows.append(
            time_columns(d, node)
            | {f"{kind}_usd_m": usd_m for kind, usd_m in by_kind.items()}
            | {"total_usd_m": sum(by_kind.values()), "debt_usd_m": float(balances.get(node, 0.0))}
        )
    return pd.DataFrame(rows)


def _still_to_pay(context: Context, d: Data, v: Values, node: str) -> Iterator[tuple[str, float]]:
    """(kind, USD m) of every contract, block, unit and order taken up to the node."""
    scenario, today = context.at(node), context.period(node).last_day
    path = set(d.tree.path[node])
    for contract in _given(context, d):
        # One signed on the way is open from then on.
        if contract.delivery.decided <= today:
            yield "contracts", given_rent(scenario, contract).still_to_pay(today)
    for opening in opening_blocks(scenario):
        yield "construction", _left(Payments(points=opening.payments_left), today)
    for offer, decided in d.contracts.signings:
        if decided in path:
            date = context.period(decided).start
            for chip in d.contracts.signed_chips[offer, decided]:
                mw = v("signed_mw", offer, chip, decided)
                if mw > NOISE:
                    price = signing_price(scenario, offer, chip, date)
                    yield "contracts", mw * price * unit_rent(scenario, offer, date).still_to_pay(today)
    for (offer, signing, at), paid in counted_usd_m(d, v).items():
        if at == node and (signing in path or _signed_by(context, scenario, offer, signing, today)):
            yield "contracts", total_usd_m(d, v, offer, signing) - paid
    for column in d.contracts.columns:
        amount = v(column.var, *column.index) if column.committed and column.decided in path else 0.0
        if amount > NOISE:
            yield "contracts", amount * column.rent[scenario.id].still_to_pay(today)
    for variable, starts, payments in (
        ("blocks", d.construction.starts, block_payments),
        ("units", d.construction.project_starts, unit_payments),
    ):
        for id_, decided in starts:
            count = v(variable, id_, decided) if decided in path else 0.0
            if count > NOISE:
                yield "construction", count * _left(payments(scenario, id_, _start(context, decided)), today)
    yield from _stages_to_pay(context, d, v, node)
    for terms, host, decided in d.chips.orders:
        mw = v("ordered_mw", terms, host, decided) if decided in path else 0.0
        if mw > NOISE:
            yield "chips", mw * _left(order_payments(scenario, terms, _start(context, decided)), today)
    for index in d.chips.sold.columns:
        terms, _, decided, months, sold = index
        mw = v("sold_mw", *index) if sold in path else 0.0
        if mw > NOISE:
            settled = sale(scenario, terms, _start(context, decided), float(months)).settled
            yield "chips", mw * _left(settled, today)


def _signed_by(context: Context, scenario: Scenario, offer: str, signing: str, today: float) -> bool:
    """Whether a given contract is signed by a date."""
    given = signing not in context.tree.period
    return given and contract_delivery(context, scenario, offer, signing).decided <= today


def _stages_to_pay(context: Context, d: Data, v: Values, node: str) -> Iterator[tuple[str, float]]:
    """Fees of sites secured and minimum bills contracted, less what left with blocks sold and MW dropped."""
    scenario, today = context.at(node), context.period(node).last_day
    path = set(d.tree.path[node])
    for build, decided, left in d.exits.sales:
        count = v("sold_blocks", build, decided, left) if left in path else 0.0
        if count > NOISE:
            unpaid = _left(block_payments(scenario, build, _start(context, decided)), today)
            yield "construction", -count * unpaid
    for site, decided in d.stages.securings:
        if decided in path and v("secured_site", site, decided) > NOISE:
            yield "construction", _left(fee_payments(scenario, site, _start(context, decided)), today)
    for site, decided in d.utility.contracts:
        mw = v("contracted_mw", site, decided) if decided in path else 0.0
        mw -= sum(
            v("dropped_mw", site, u, left) for at, u, left in d.utility.drops
            if (at, u) == (site, decided) and left in path
        )  # fmt: skip
        if mw > NOISE:
            yield "contracts", mw * minimum_left(scenario, site, _start(context, decided), today)


def _start(context: Context, node: str) -> float:
    return context.period(node).start


def _left(payments: Payments, today: float) -> float:
    return payments.nominal - payments.until(today, included=True)
