"""Work that is done at another date than it is asked for: pulses with a window, and demand lent to a pulse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from planner.data.context import EPS, Context, Scenario
from planner.data.demand import (
    DemandId,
    asked,
    demands_of,
    demands_of_workload,
    margin_usd_m_per_mw,
    mean_demand_mw,
    per_mw,
    pulse_alone,
    pulse_spans,
    reference_curve,
    reference_work,
)
from planner.data.payments import Cost
from planner.data.types import Shift
from planner.errors import InstanceError
from planner.instance.schema.demand import Borrow
from planner.tree import Node

Loan = tuple[str, str, Node]


def prepare_shift(context: Context) -> tuple[Shift, Cost]:
    """What may be shifted, and the price of what is lent."""
    if all(workload.pulse is None for workload in context.spec.workloads.values()):
        return Shift(), {}
    pulses = list(_pulses(context))
    lent = list(_lent(context))
    most = {key: mw for one in lent for key, mw in one.most_mw.items()}
    shift = Shift(
        pulses=tuple(dict.fromkeys(key for one in pulses for key in one.window)),
        pulse_work={(one.demand, one.end): one.work for one in pulses},
        pulse_window={(one.demand, one.end): one.window for one in pulses},
        loans=tuple(most),
        loan_most_mw=most,
        pulse_mw={
            (one.borrower, node): _pulse_size(context, one.borrower, node)
            for one in lent
            for _, _, node in one.most_mw
        },
        returns=tuple(key for one in lent for key in one.returns),
        return_ends=tuple(key for one in lent for key in one.ends),
        lost_margin_usd_m_per_mw={
            key: 0.0 if one.terms.repaid_by is not None else _margin(context, one.lender, key[2])
            for one in lent
            for key in one.most_mw
        },
    )
    return shift, _cost(context, lent, shift)


def most_shifted_work(context: Context, shift: Shift) -> dict[tuple[str, Node], float]:
    """Most work, mean of the period, that may be shifted to a demand at a node."""
    most: dict[tuple[str, Node], float] = defaultdict(float)
    total: dict[tuple[str, Node], float] = defaultdict(float)
    for (demand, end), work in shift.pulse_work.items():
        for key in shift.pulse_window[demand, end]:
            # Branches that share a node may have different pulses.
            total[key] = max(total[key], work)
    for (demand, node), work in total.items():
        most[demand, node] += work / context.period(node).months
    owed: dict[tuple[str, str], float] = defaultdict(float)
    ids = {demand.id: demand for demand in demands_of(context.spec)}
    for borrower, lender, node in shift.loans:
        reference = reference_work(context.at(node), ids[lender], context.tree.period[node])
        owed[borrower, lender] += (
            shift.loan_most_mw[borrower, lender, node] * reference * context.period(node).months
        )
    for borrower, lender, node in shift.returns:
        most[lender, node] += owed[borrower, lender] / context.period(node).months
    return dict(most)


# Pulses with windows


@dataclass(frozen=True)
class _Pulse:
    """What is done of a pulse in one window, up to the node that ends it."""

    demand: str
    end: Node
    window: tuple[tuple[str, Node], ...]
    """(demand, node) on the path to the end."""
    work: float
    """MW-months."""


def window_positions(context: Context, workload: str) -> list[range]:
    """Positions of the periods that start in each window of a pulse."""
    pulse = context.spec.workloads[workload].pulse
    assert pulse is not None
    found = []
    for window in pulse.within:
        first, after = context.first.window(window)
        inside = [p for p, each in enumerate(context.periods) if first - EPS <= each.start < after - EPS]
        if not inside:
            raise InstanceError(f"no period starts in a window of the pulse of {workload}", rule="window")
        found.append(range(inside[0], inside[-1] + 1))
    return found


def _pulses(context: Context) -> Iterator[_Pulse]:
    """Each window of each pulse that may shift, for each node that ends it."""
    for demand in demands_of(context.spec):
        pulse = context.spec.workloads[demand.workload].pulse
        if pulse is None or not pulse.within:
            continue
        for positions in window_positions(context, demand.workload):
            for end in context.tree.nodes:
                if context.tree.period[end] == positions[-1]:
                    inside = [n for n in context.tree.path[end] if context.tree.period[n] in positions]
                    window = tuple((demand.id, node) for node in inside)
                    yield _Pulse(demand.id, end, window, _pulse_work(context, demand, positions, end))


def _pulse_work(context: Context, demand: DemandId, positions: range, end: Node) -> float:
    """Work of the pulse on the named dates in a window, MW-months."""
    a, b = context.periods[positions[0]].start, context.periods[positions[-1]].end

    def work(scenario: Scenario) -> float:
        factors = [pulse_alone(scenario, demand.workload), reference_curve(scenario, demand.workload)]
        return asked(scenario, demand, factors, a, b)

    return context.agreed(end, work, f"the pulse of {demand.id}")


# Demand lent to a pulse


@dataclass(frozen=True)
class _Lent:
    """What one demand may lend to the pulse of a workload."""

    borrower: str
    lender: DemandId
    terms: Borrow
    most_mw: dict[Loan, float]
    returns: tuple[Loan, ...]
    ends: tuple[Loan, ...]


def _lent(context: Context) -> Iterator[_Lent]:
    for borrower, workload in context.spec.workloads.items():
        if workload.pulse is None or workload.pulse.borrow is None:
            continue
        terms = workload.pulse.borrow
        places = [p for window in window_positions(context, borrower) for p in window]
        nodes = [
            n for n in context.tree.nodes if not workload.pulse.within or context.tree.period[n] in places
        ]
        for lender in demands_of_workload(context.spec, terms.workload):
            most = {}
            for node in nodes:

                def mw(s: Scenario, b: str = borrower, lender: DemandId = lender, node: Node = node) -> float:
                    return _lendable_mw(context, s, b, lender, node)

                lendable = context.agreed(node, mw, f"demand of {lender.id}")
                if lendable > 0.0:
                    most[borrower, lender.id, node] = lendable
            returns, ends = _returns(context, terms, tuple(most))
            yield _Lent(borrower, lender, terms, most, returns, ends)


def _lendable_mw(context: Context, scenario: Scenario, borrower: str, lender: DemandId, node: Node) -> float:
    """Most of a demand, its own pulse aside, that may be lent in a period: mean MW of the reference fleet."""
    terms = scenario.spec.workloads[borrower]
    assert terms.pulse is not None and terms.pulse.borrow is not None
    period = context.period(node)
    whole = [(period.start, period.end)]
    spans = whole if terms.pulse.within else pulse_spans(scenario, terms)
    stretches = [(max(a, period.start), min(b, period.end)) for a, b in spans]
    mw_months = sum(asked(scenario, lender, [], a, b) for a, b in stretches if b > a)
    return terms.pulse.borrow.max_share.constant * mw_months / period.months


def _returns(
    context: Context, terms: Borrow, loans: tuple[Loan, ...]
) -> tuple[tuple[Loan, ...], tuple[Loan, ...]]:
    """Where work lent may be done, and where all of it must be: the last period of the calendar at the latest."""
    if terms.repaid_by is None or not loans:
        return (), ()
    by = context.timeline.after(terms.repaid_by)
    borrower, lender, _ = loans[0]
    positions = [context.tree.period[node] for _, _, node in loans]
    last = max(place for place, period in enumerate(context.periods) if place == 0 or period.start < by - EPS)
    if last < max(positions):
        raise InstanceError(f"the pulse of {borrower} borrows after repaid_by", rule="repaid_by")
    inside = [n for n in context.tree.nodes if min(positions) <= context.tree.period[n] <= last]
    keys = tuple((borrower, lender, node) for node in inside)
    return keys, tuple(key for key in keys if context.tree.period[key[2]] == last)


def _pulse_mw(context: Context, scenario: Scenario, borrower: str, node: Node) -> float:
    """Mean MW of a pulse that does not shift, over all demand regions; 0 of one that does."""
    terms = scenario.spec.workloads[borrower]
    if terms.pulse is not None and terms.pulse.within:
        return 0.0
    position = context.tree.period[node]
    return sum(
        mean_demand_mw(scenario, demand, position)
        - mean_demand_mw(scenario, demand, position, with_pulse=False)
        for demand in demands_of_workload(scenario.spec, borrower)
    )


def _pulse_size(context: Context, borrower: str, node: Node) -> float:
    return context.agreed(node, lambda s: _pulse_mw(context, s, borrower, node), f"the pulse of {borrower}")


def _margin(context: Context, lender: DemandId, node: Node) -> float:
    position = context.tree.period[node]
    return context.agreed(node, lambda s: margin_usd_m_per_mw(s, lender.workload, position), "a margin")


def _cost(context: Context, lent: list[_Lent], shift: Shift) -> Cost:
    """The stated price of what is borrowed, and the margin where it is lost."""
    cost: Cost = {}
    for one in lent:
        for key in one.most_mw:
            node = key[2]
            position = context.tree.period[node]

            def price(scenario: Scenario, borrower: str = one.borrower, position: int = position) -> float:
                pulse = scenario.spec.workloads[borrower].pulse
                assert pulse is not None and pulse.borrow is not None
                return per_mw(scenario, pulse.borrow.price_usd_bn_per_gw_year, position)

            usd_m = context.agreed(node, price, "the price of what a pulse borrows")
            factor = context.tree.probability[node] * context.at(node).mid_factor("shortfall", position)
            cost["borrowed_mw", key] = {
                "shortfall": (factor * (usd_m + shift.lost_margin_usd_m_per_mw[key]), 0.0)
            }
    return cost
