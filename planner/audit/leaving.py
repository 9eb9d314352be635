"""Parts of contracts that leave early: given back, handed over, cancelled; each is a contract that ends then."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from planner.audit.contract import Contract, Leaving
from planner.audit.flows import Flow, on_day
from planner.audit.late import cut
from planner.audit.paths import EPS, number
from planner.audit.scene import Scene
from planner.instance.schema.clauses import Assignment, Exit
from planner.instance.schema.contracts import Offer

LEAVING = ("exited_mw", "assigned_mw", "cancelled_mw")
Key = tuple[str, str, str]


def split(scene: Scene, contracts: list[Contract]) -> list[Contract]:
    """Contracts as they run: what leaves stands apart, what stays has the rest of the MW."""
    by_key = {each.name: each for each in contracts}
    left: dict[Key, float] = defaultdict(float)
    parts = []
    for variable in LEAVING:
        for index, mw in scene.rows(variable):
            contract, offer = by_key.get((index[0], index[1], index[2])), scene.offer(index[0])
            part = (
                None
                if contract is None or offer is None
                else _leave(scene, variable, contract, offer, index, mw)
            )
            if contract is None or part is None:
                scene.findings.refuse(
                    variable, "|".join(index[:-1]), index[-1], mw, "MW", "may not leave then"
                )
                continue
            left[contract.name] += mw
            parts.append(part)
    stay = [
        _share(each, 1.0 - left[each.name] / each.mw) if each.name in left else each for each in contracts
    ]
    return [*stay, *parts]


def _share(contract: Contract, share: float) -> Contract:
    """A part of a contract."""
    return replace(
        contract,
        mw=contract.mw * share,
        arrivals=tuple((x, mw * share) for x, mw in contract.arrivals),
        rent=tuple(flow.times(share) for flow in contract.rent),
        prepayment=tuple(flow.times(share) for flow in contract.prepayment),
        invoices=tuple(flow.times(share) for flow in contract.invoices),
    )


def _leave(
    scene: Scene, variable: str, contract: Contract, offer: Offer, index: tuple[str, ...], mw: float
) -> Contract | None:
    """The part that leaves; None where the terms do not allow it."""
    node, key = index[-1], (variable, "|".join(index))
    if variable == "cancelled_mw":
        date = scene.period(node).start
        return (
            _part(contract, offer, key, mw, date, date, 0.0, 0.0, 1.0)
            if _late(scene, contract, offer, node)
            else None
        )
    listed: Exit | Assignment | None
    listed = offer.exits.get(index[3]) if variable == "exited_mw" else offer.assignments.get(index[3])
    if listed is None:
        return None
    date = contract.first + listed.at_months.constant
    inside = max(contract.signed, 0.0) - EPS < date < min(contract.until, scene.end) - EPS
    if not inside or not last_before(scene, node, date - number(listed.notice_months, 0.0), contract):
        return None
    if isinstance(listed, Exit):
        back = 1.0 if listed.refund_prepayment else 0.0
    else:
        back = number(listed.proceeds_share, 0.0)
    fees = number(listed.fee_share, 0.0), number(listed.fee_months, 0.0)
    return _part(contract, offer, key, mw, scene.period(node).start, date, *fees, back)


def last_before(scene: Scene, node: str, date: float, contract: Contract) -> bool:
    """Whether a node is the last one that starts by a date, not before the signing."""
    period = scene.period(node)
    return max(contract.signed, 0.0) - EPS <= period.start <= date + EPS and (
        period.end > date + EPS or scene.position[node] == len(scene.path) - 1
    )


def _late(scene: Scene, contract: Contract, offer: Offer, node: str) -> bool:
    """Whether a node is the first after so many months of delay, with nothing delivered yet."""
    if offer.cancel_after_months is None:
        return False
    due, start = contract.promised + offer.cancel_after_months.constant, scene.period(node).start
    before = scene.before(node)
    first = start >= due - EPS and (before is None or scene.period(before).start < due - EPS)
    return first and max(contract.signed, 0.0) - EPS <= start < contract.first - EPS


def _part(
    contract: Contract,
    offer: Offer,
    key: tuple[str, str],
    mw: float,
    decided: float,
    date: float,
    fee_share: float,
    fee_months: float,
    back_share: float,
) -> Contract:
    """MW that end on a date: rent up to it, a fee, and what comes back of the prepayment not yet used."""
    whole = _share(contract, mw / contract.mw)
    delay = number(offer.payment_delay_months, 0.0)
    still = sum(flow.within(a=date) for flow in whole.rent)
    unused = still - sum(flow.within(a=date + delay) for flow in whole.invoices)
    from_then = max(date, contract.first)
    fee = fee_share * still + sum(flow.within(date, from_then + fee_months) for flow in whole.rent)
    line, vendor = contract.line, contract.offer.partition(".")[0]
    paid, accrued = fee - back_share * unused, fee + (1.0 - back_share) * unused
    return replace(
        whole,
        until=date,
        rent=_until(whole.rent, date),
        invoices=_until(whole.invoices, date + delay),
        leaving=Leaving(
            decided, whole, on_day(line, vendor, date, paid), on_day(line, vendor, date, accrued), key
        ),
    )


def _until(flows: tuple[Flow, ...], x: float) -> tuple[Flow, ...]:
    return tuple(cut(flow, flow.start, min(flow.end, x)) for flow in flows if flow.start < x - EPS)
