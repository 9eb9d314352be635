"""Work at another date than it is asked for: pulses with a window, and what workloads lend to a pulse."""

from __future__ import annotations

from typing import Any

from planner.model.given import Given
from planner.model.registry import family


@family(over="service.shift.pulse_work", unit="MW-months of work")
def pulse_done(m: Any, d: Given, workload: str, last: str) -> Any:
    r"""All work of a pulse is done in its window.

    $$ \sum_{n \preceq last} months_n\, pulse_{w,n} = W_{w,last} $$

    over the periods of the window that ends with *last*; what is not served of it is short there.
    """
    window = d.service.shift.pulse_window[workload, last]
    done = sum(12.0 * d.years[key[1]] * m.pulse_work_mw[key] for key in window)
    return done == d.service.shift.pulse_work[workload, last]


@family(over="borrowed_by", unit="MW of the reference fleet")
def borrowed_of_pulse(m: Any, d: Given, workload: str, n: str) -> Any:
    r"""A pulse borrows no more than its own size.

    $$ \sum_w borrowed_{b,w,n} \le size_{b,n} + \sum_{w \in b} pulse_{w,n} / ref_{w,n} $$

    with a given size where it does not shift.
    """
    shifted = sum(m.pulse_work_mw[key] / d.service.reference_work[key] for key in d.pulse_of[workload, n])
    borrowed = sum(m.borrowed_mw[key] for key in d.borrowed_by[workload, n])
    return borrowed <= d.service.shift.pulse_mw[workload, n] + shifted


@family(over="returned_early", unit="MW-months of work")
def returned_of_borrowed(m: Any, d: Given, workload: str, lender: str, n: str) -> Any:
    r"""Only work that was lent is served later.

    $$ \sum_{v \preceq n} months_v\, ref_{w,v}\, returned_{b,w,v} \le
       \sum_{v \preceq n} months_v\, ref_{w,v}\, borrowed_{b,w,v} $$
    """
    returned, borrowed = _to_date(m, d, workload, lender, n)
    return returned <= borrowed


@family(over="service.shift.return_ends", unit="MW-months of work")
def returned_all(m: Any, d: Given, workload: str, lender: str, last: str) -> Any:
    r"""All work that was lent is asked for again by the stated date.

    $$ \sum_{v \preceq last} months_v\, ref_{w,v}\, returned_{b,w,v} =
       \sum_{v \preceq last} months_v\, ref_{w,v}\, borrowed_{b,w,v} $$
    """
    returned, borrowed = _to_date(m, d, workload, lender, last)
    return returned == borrowed


def _to_date(m: Any, d: Given, workload: str, lender: str, n: str) -> tuple[Any, Any]:
    """Work returned and borrowed up to a node."""
    returned, borrowed = d.returned_until[workload, lender, n]
    return (
        sum(d.work_months(lender, key[2]) * m.returned_mw[key] for key in returned),
        sum(d.work_months(lender, key[2]) * m.borrowed_mw[key] for key in borrowed),
    )
