"""What a solve is asked for: how good, how long, from which seed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from planner.errors import UsageError


@dataclass(frozen=True)
class SolveOptions:
    """The wishes of one solve; every field enters the hash of a run.

    `gap` is the share of the cost by which the plan may be more expensive than the best bound (0.005 = 0.5 %),
    `time_limit` is seconds of wall clock from the hand-over to the answer. The same model, options, start and versions
    give the same plan each time, unless `Outcome.cut_by_clock` names a phase. `round_and_restrict` looks for a first
    plan among what the relaxation uses; `log` keeps the text of HiGHS. `confirm` asks the claim again of HiGHS with
    other settings and of SCIP where it is installed, each with `confirm_time_limit` seconds (None: `time_limit`).
    """

    gap: float = 0.005
    time_limit: float = 120.0
    seed: int = 0
    threads: int = 1
    presolve: Literal["choose", "on", "off"] = "choose"
    round_and_restrict: bool = True
    log: bool = True
    confirm: bool = False
    confirm_time_limit: float | None = None

    def __post_init__(self) -> None:
        """Refuse values that HiGHS would refuse, with the repair."""
        for name, kinds in (
            ("gap", (int, float)),
            ("time_limit", (int, float)),
            ("seed", int),
            ("threads", int),
        ):
            if isinstance(getattr(self, name), bool) or not isinstance(getattr(self, name), kinds):
                raise UsageError(
                    f"{name} is {getattr(self, name)!r}", hint="a number; seed and threads are whole"
                )
        if not 0.0 <= self.gap < 1.0:
            raise UsageError(f"gap is {self.gap}", hint="a share from 0 to below 1, such as 0.005 for 0.5 %")
        if not 0.0 < self.time_limit < float("inf"):
            raise UsageError(f"time limit is {self.time_limit}", hint="seconds above 0, such as 120")
        self._refuse_confirm()
        if self.seed < 0 or self.seed > 2**31 - 1:
            raise UsageError(f"seed is {self.seed}", hint="a whole number from 0 to 2147483647")
        if self.threads < 1:
            raise UsageError(f"threads is {self.threads}", hint="a whole number from 1")
        if self.presolve not in ("choose", "on", "off"):
            raise UsageError(f"presolve is {self.presolve!r}", hint="choose, on or off")

    def _refuse_confirm(self) -> None:
        if not isinstance(self.confirm, bool):
            raise UsageError(f"confirm is {self.confirm!r}", hint="True or False")
        limit = self.confirm_time_limit
        if limit is None:
            return
        if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0.0 < limit < float("inf"):
            raise UsageError(f"confirm time limit is {limit!r}", hint="seconds above 0, such as 120")
        if not self.confirm:
            raise UsageError(
                "a time limit to confirm, but nothing to confirm", hint="ask with confirm as well"
            )

    def as_dict(self) -> dict[str, float | int | str | bool | None]:
        """Return the options as plain data, in the order above."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
