"""Debt as the audit follows it: balances, service, limits, what may be drawn on which spending, and its cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from planner.audit.account import Key
from planner.audit.flows import Flow, evenly
from planner.audit.paths import EPS, number, quadrature
from planner.audit.scene import Scene
from planner.instance.schema.money import DebtFacility, OpeningDebt
from planner.timeline import Period
from planner.tree import Node

TIE_BREAK = 1e-4
"""A year: least cost of a balance above the commitment fee that it saves."""
UNDRAWN_MONTHS = 12.0
"""Levered debt is not drawn in the last months of the calendar."""


@dataclass(frozen=True)
class FacilityRow:
    """One facility at one node, USD m."""

    facility: str
    node: Node
    opening: float
    draw: float
    interest: float
    fee: float
    repaid: float
    balance: float


@dataclass(frozen=True)
class DebtService:
    """What debt brings and takes by position of the period, USD m, and the rows behind it."""

    drawn: tuple[float, ...]
    paid: tuple[float, ...]
    rows: tuple[FacilityRow, ...]
    opening_balance: tuple[float, ...]
    """Opening debt left on last days."""
    opening_service: tuple[float, ...]
    """Principal and interest of the opening debt; in `paid` too."""


def follow_debt(scene: Scene) -> DebtService:
    """Balances and service of every facility and of the opening debt; limits checked, costs charged."""
    count = len(scene.path)
    drawn, paid = [0.0] * count, [0.0] * count
    rows: list[FacilityRow] = []
    for facility_id, terms in scene.spec.money.debt.items():
        mine = _follow(scene, facility_id, terms)
        rows += mine
        for place, row in enumerate(mine):
            drawn[place] += row.draw
            paid[place] += row.interest + row.fee + row.repaid
        _charge(scene, terms, mine)
    left, opening_due = [0.0] * count, [0.0] * count
    for opening in scene.spec.money.opening.debt:
        for place, period in enumerate(scene.timeline.periods):
            due, balance = _opening_service(scene, opening, period)
            paid[place] += due
            opening_due[place] += due
            left[place] += balance
    for (facility_id, node), usd_m in scene.rows("draw_usd_m"):
        if facility_id not in scene.spec.money.debt:
            scene.findings.refuse(
                "draw_window", facility_id, node, usd_m, "USD m", "no facility of that name"
            )
    return DebtService(tuple(drawn), tuple(paid), tuple(rows), tuple(left), tuple(opening_due))


def _middle(period: Period) -> float:
    return (period.start + period.end) / 2.0


def _repayments(terms: DebtFacility, drawn: float, usd_m: float) -> Flow:
    """Equal principal of a draw after its grace, to the end of its term."""
    b = drawn + number(terms.term_months, 0.0)
    # A term that is all grace is repaid in its last month.
    a = min(drawn + number(terms.grace_months, 0.0), b - 1.0)
    return evenly("financing", "own", a, b, usd_m)


def _open(scene: Scene, terms: DebtFacility, period: Period) -> bool:
    """Whether a period lies in the draw window."""
    first = float("-inf") if terms.draw.from_ is None else scene.timeline.first(terms.draw.from_)
    after = float("inf") if terms.draw.to is None else scene.timeline.after(terms.draw.to)
    return first - EPS <= period.start < after - EPS


def _follow(scene: Scene, facility_id: str, terms: DebtFacility) -> list[FacilityRow]:
    rows: list[FacilityRow] = []
    balance = 0.0
    schedule: list[Flow] = []
    limit = scene.series(terms.limit_usd_bn)
    fee_rate = number(terms.commitment_fee_rate, 0.0)
    for node, period in zip(scene.path, scene.timeline.periods, strict=True):
        opening, draw = balance, scene.amount("draw_usd_m", facility_id, node)
        if terms.kind == "amortising":
            schedule.append(_repayments(terms, _middle(period), draw))
            repaid = sum(flow.within(period.start, period.end) for flow in schedule)
        else:
            repaid = scene.amount("repaid_usd_m", facility_id, node)
        balance = opening + draw - repaid
        is_open = _open(scene, terms, period)
        undrawn = limit.mean(period.start, period.end) * 1000.0 - opening
        fee = number(terms.draw_fee_share, 0.0) * draw + (
            fee_rate * period.years * undrawn if is_open else 0.0
        )
        interest = terms.rate.constant * period.years * opening
        rows.append(FacilityRow(facility_id, node, opening, draw, interest, fee, repaid, balance))
        if node in scene.owned:
            _check_balance(
                scene, facility_id, terms, rows[-1], period, is_open, limit.at(period.last_day) * 1000.0
            )
    return rows


def _check_balance(
    scene: Scene,
    facility_id: str,
    terms: DebtFacility,
    row: FacilityRow,
    period: Period,
    is_open: bool,
    most: float,
) -> None:
    """Draws come inside their window; the balance stays within the limit and above zero."""
    findings, node = scene.findings, row.node
    if row.draw and not is_open:
        findings.refuse("draw_window", facility_id, node, row.draw, "USD m", "drawn outside its window")
    levered = scene.spec.money.debt_in_cost == "levered"
    if row.draw and levered and period.start >= scene.end - UNDRAWN_MONTHS - EPS:
        findings.refuse("draw_window", facility_id, node, row.draw, "USD m", "drawn in the last year")
    findings.at_most("debt_limit", facility_id, node, row.balance, most, "USD m")
    findings.at_least("debt_balance", facility_id, node, row.balance, 0.0, "USD m", row.opening + row.draw)
    if terms.kind == "amortising" and scene.amount("repaid_usd_m", facility_id, node):
        findings.equal("repayment", facility_id, node, scene.amount("repaid_usd_m", facility_id, node), row.repaid,
                       "USD m")  # fmt: skip


def check_eligible(scene: Scene, paid: dict[str, list[float]]) -> None:
    """Draws on a line stay within their share of what it pays, alone and together; `paid` by line and position."""
    together: dict[tuple[str, Node], float] = defaultdict(float)
    for (facility_id, line, node), usd_m in scene.rows("draw_line_usd_m"):
        terms = scene.spec.money.debt.get(facility_id)
        if terms is None or line not in terms.eligible_lines:
            scene.findings.refuse(
                "draw_of_spend", f"{facility_id} {line}", node, usd_m, "USD m", "not eligible"
            )
            continue
        together[line, node] += usd_m
        most = number(terms.eligible_share, 1.0) * _spent(paid, line, scene.position[node])
        if node in scene.owned:
            scene.findings.at_most("draw_of_spend", f"{facility_id} {line}", node, usd_m, most, "USD m")
    for (line, node), usd_m in together.items():
        share = max(
            number(terms.eligible_share, 1.0)
            for terms in scene.spec.money.debt.values()
            if line in terms.eligible_lines
        )
        if node in scene.owned:
            most = share * _spent(paid, line, scene.position[node])
            scene.findings.at_most("draws_of_spend", line, node, usd_m, most, "USD m")
    for facility_id, terms in scene.spec.money.debt.items():
        if terms.eligible_lines:
            for node, _ in scene.steps():
                lines = sum(
                    scene.amount("draw_line_usd_m", facility_id, line, node) for line in terms.eligible_lines
                )
                draw = scene.amount("draw_usd_m", facility_id, node)
                scene.findings.equal("draw_by_line", facility_id, node, draw, lines, "USD m")


def _spent(paid: dict[str, list[float]], line: str, place: int) -> float:
    return paid[line][place] if line in paid else 0.0


def opening_dues(scene: Scene, debt: OpeningDebt) -> list[tuple[float, float, float]]:
    """(end of a month, principal and interest, what is left) of opening debt, month by month.

    Equal principal at the ends of months after the grace, interest every month on what was left before.
    """
    last = max(round(scene.timeline.after(debt.until)), 1)
    first = min(round(number(debt.grace_months, 0.0)), last - 1) + 1
    total = debt.usd_bn.constant * 1000.0
    months = max(last - first + 1, 1)
    found = []
    for month in range(1, last + 1):
        before = total * min(1.0, max(0.0, (last - month + 1) / months))
        principal = total / months if month >= first else 0.0
        found.append((float(month), principal + before * debt.rate.constant / 12.0, before - principal))
    return found


def _opening_service(scene: Scene, debt: OpeningDebt, period: Period) -> tuple[float, float]:
    """Principal and interest of opening debt in a period, and what is left on its last day."""
    due, left_at_end = 0.0, debt.usd_bn.constant * 1000.0
    for month, usd_m, left in opening_dues(scene, debt):
        # The end of a month is its last day, inside the month.
        if period.start < month - EPS <= period.end:
            due += usd_m
        if month <= period.end + EPS:
            left_at_end = left
    return due, left_at_end


# What debt costs


def _charge(scene: Scene, terms: DebtFacility, rows: list[FacilityRow]) -> None:
    if scene.spec.money.debt_in_cost == "levered":
        _charge_levered(scene, terms, rows)
    else:
        _charge_spread(scene, terms, rows)


def _charge_spread(scene: Scene, terms: DebtFacility, rows: list[FacilityRow]) -> None:
    """Fees, and what the balance costs over the reference rate; the part of the fee on the whole limit is memo."""
    rates = scene.rates
    reference = rates.lowest(terms.eligible_lines)
    fee_rate = number(terms.commitment_fee_rate, 0.0)
    spread = max(terms.rate.constant - reference, fee_rate + TIE_BREAK)
    for row, period in zip(rows, scene.timeline.periods, strict=True):
        saved = fee_rate if _open(scene, terms, period) else 0.0
        factor = rates.factor_at(reference, _middle(period))
        fee, held = (
            number(terms.draw_fee_share, 0.0) * row.draw,
            (spread - saved) * row.opening * period.years,
        )
        scene.account.charge(_drawn(row), "financing", fee * factor)
        scene.account.charge(_held_before(scene, row), "financing", held * factor)
    _charge_last_interest(scene, rows, spread, reference)
    if terms.kind == "amortising":
        for row, after in _balance_after(scene, terms, rows, reference):
            scene.account.charge(_drawn(row), "financing", at_end=spread * after / 12.0)


def fees_on_limits(scene: Scene, terms: DebtFacility) -> float:
    """Present value of the commitment fee on the whole limit of a facility: due whatever is drawn."""
    levered = scene.spec.money.debt_in_cost == "levered"
    rate = scene.rates.company if levered else scene.rates.lowest(terms.eligible_lines)
    limit, fee = scene.series(terms.limit_usd_bn), number(terms.commitment_fee_rate, 0.0)
    return sum(
        limit.mean(period.start, period.end)
        * 1000.0
        * fee
        * period.years
        * scene.rates.factor_at(rate, _middle(period))
        for period in scene.timeline.periods
        if _open(scene, terms, period)
    )


def _drawn(row: FacilityRow) -> Key:
    return "draw_usd_m", f"{row.facility}|{row.node}"


def _held(row: FacilityRow) -> Key:
    return "balance_usd_m", f"{row.facility}|{row.node}"


def _held_before(scene: Scene, row: FacilityRow) -> Key:
    """The balance with which a period opens is that of the node before."""
    return "balance_usd_m", f"{row.facility}|{scene.before(row.node) or row.node}"


def _charge_last_interest(scene: Scene, rows: list[FacilityRow], rate: float, discount: float) -> None:
    """What the last balance accrues from the middle of the last period to the end of the calendar."""
    half = scene.end - _middle(scene.timeline.periods[-1])
    usd_m = rows[-1].balance * rate * half / 12.0
    scene.account.charge(
        _held(rows[-1]), "financing", at_end=usd_m * scene.rates.factor_at(discount, scene.end)
    )


def _balance_after(
    scene: Scene, terms: DebtFacility, rows: list[FacilityRow], rate: float
) -> Iterator[tuple[FacilityRow, float]]:
    """(draw, discounted USD m x months of what is left of it after the calendar)."""
    for row, period in zip(rows, scene.timeline.periods, strict=True):
        if row.draw:
            flow = _repayments(terms, _middle(period), row.draw)
            stop = flow.end
            if stop > scene.end:
                yield row, quadrature(
                    lambda x, flow=flow: flow.within(a=x) * scene.rates.factor_at(rate, x),  # type: ignore[misc]
                    scene.end, stop, [flow.start],
                )  # fmt: skip


def _charge_levered(scene: Scene, terms: DebtFacility, rows: list[FacilityRow]) -> None:
    """Draws, interest, fees and repayments at the company rate, and the value of what is still to be served."""
    rates, company = scene.rates, scene.rates.company
    charge = scene.account.charge
    for row, period in zip(rows, scene.timeline.periods, strict=True):
        fee_rate = number(terms.commitment_fee_rate, 0.0) if _open(scene, terms, period) else 0.0
        factor = rates.factor_at(company, _middle(period))
        fee = number(terms.draw_fee_share, 0.0) * row.draw
        charge(_drawn(row), "financing", (fee - row.draw) * factor)
        held = row.interest - fee_rate * row.opening * period.years
        charge(_held_before(scene, row), "financing", held * factor)
        if terms.kind == "revolver":
            charge(("repaid_usd_m", f"{row.facility}|{row.node}"), "financing", row.repaid * factor)
    _charge_last_interest(scene, rows, terms.rate.constant, company)
    if terms.kind == "revolver":
        charge(_held(rows[-1]), "financing", at_end=rows[-1].balance * rates.factor_at(company, scene.end))
        return
    for row, period in zip(rows, scene.timeline.periods, strict=True):
        if row.draw:
            flow = _repayments(terms, _middle(period), row.draw)
            for each in scene.timeline.periods:
                repaid = flow.within(each.start, each.end)
                charge(_drawn(row), "financing", repaid * rates.factor_at(company, _middle(each)))
            left = flow.worth(scene.end, float("inf"), lambda x: rates.factor_at(company, x))
            charge(_drawn(row), "financing", at_end=left)
    for row, after in _balance_after(scene, terms, rows, company):
        charge(_drawn(row), "financing", at_end=terms.rate.constant / 12.0 * after)
