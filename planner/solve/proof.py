"""Who says that no plan costs less: the claims of the solver, each with its source, and what was verified here.

A solver's bound is a claim. The bound of the relaxation is verified from its duals (planner/solve/verified.py); that
of a search stands on the solver's word, which a second run or another solver may confirm.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

By = Literal["relaxation", "search", "second search", "confirmation"]


@dataclass(frozen=True)
class Claim:
    """What one run said: no plan costs less than `bound_usd_m`, and the best that it knew costs `cost_usd_m`.

    `ended` is how the run ended (`time_limit`: the bound is as far as it came). `counted` says that the claim stands
    behind the gap; `why_not` why it does not.
    """

    by: By
    solver: str
    settings: str
    ended: str
    bound_usd_m: float | None
    cost_usd_m: float | None
    seconds: float
    counted: bool = True
    why_not: str = ""


@dataclass(frozen=True)
class Proof:
    """What stands behind a bound.

    `verified_usd_m`: no plan costs less, checked without the solver; None with the reason in `not_verified`.
    `claims`: what each run said. `confirmed`: that a further run was asked and stands behind the gap.
    """

    verified_usd_m: float | None = None
    not_verified: str = "no relaxation was solved"
    claims: tuple[Claim, ...] = ()
    confirmed: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, as the run record keeps it."""
        return {**asdict(self), "claims": [asdict(claim) for claim in self.claims]}
