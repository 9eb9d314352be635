"""A plan: the instance used, how it was solved, and its frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.numbers import fixed, power, share, usd_bn

if TYPE_CHECKING:
    from planner.instance.instance import Instance


VALUED_LINES = ("shortfall", "soft_limits")
"""Lines of the cost that nobody pays."""


@dataclass(frozen=True)
class Record:
    """How a plan came about: everything the run record of a report prints.

    `status`, `stopped_by`, `objective_usd_m`, `bound_usd_m`, `gap` (share), `gap_usd_m` are the solver's answer;
    `seconds` and `phases` seconds of wall clock by stage; `size` rows, columns, nonzeros, integers; `options` as asked;
    `versions` of planner and its libraries; `history` points of (seconds, cost, bound);
    `proof` who stands behind the bound (docs/cli.md): `verified_usd_m` or the reason in `not_verified`, `claims` of the
    solver's runs, `confirmed`; `cut_by_clock` the phases that the clock ended before their work was done: with none of
    them the same instance, options, seed and versions give the same plan again.
    """

    status: str
    stopped_by: str
    objective_usd_m: float
    bound_usd_m: float | None
    gap: float | None
    gap_usd_m: float | None
    seconds: float
    phases: Mapping[str, float]
    size: Mapping[str, int]
    options: Mapping[str, Any]
    versions: Mapping[str, str]
    history: tuple[tuple[float, float | None, float | None], ...] = ()
    notes: tuple[str, ...] = ()
    rules_off: tuple[str, ...] = ()
    user_rules: tuple[Mapping[str, str], ...] = ()
    log: str = field(default="", repr=False)
    proof: Mapping[str, Any] = field(default_factory=dict)
    cut_by_clock: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A solved instance. Frames are listed in docs/frames.md; every total in a report is a sum over them."""

    instance: Instance
    record: Record
    frames: Mapping[str, pd.DataFrame] = field(repr=False)
    folder: Path | None = None
    """Where it was loaded from or saved to."""
    model: Any = field(default=None, repr=False, compare=False)
    """The Pyomo model it was solved with; None for a loaded plan."""

    def __getattr__(self, name: str) -> pd.DataFrame:
        """A frame by its name: `plan.cash`, `plan.contracts`, ..."""
        frames = self.__dict__.get("frames", {})
        if name in frames:
            frame: pd.DataFrame = frames[name]
            return frame
        raise AttributeError(f"a plan has no {name!r}; frames: {', '.join(sorted(frames))}")

    def __dir__(self) -> list[str]:
        """The attributes, and the frames by name."""
        return sorted({*super().__dir__(), *self.__dict__.get("frames", {})})

    @property
    def objective_usd_m(self) -> float:
        """Expected present value of what the decisions cost."""
        return self.record.objective_usd_m

    @cached_property
    def start(self) -> dict[tuple[str, Any], float]:
        """{(variable, index): amount} of the decisions, to start another solve from; an index as Pyomo has it."""
        rows = self.frames["decisions"]
        return {
            (variable, tuple(index.split("|")) if "|" in index else index): amount
            for variable, index, amount in zip(rows["variable"], rows["index"], rows["amount"], strict=True)
        }

    def save(self, folder: str | Path) -> Path:
        """Write the plan into an existing folder, file by file, and return the folder."""
        from planner.plan.store import save_plan

        return save_plan(self, Path(folder))

    def report(self, folder: str | Path) -> list[Path]:
        """Audit the plan, write its report into a folder, and return the files."""
        import planner

        return planner.write_report(self, planner.audit(self), Path(folder))

    def __repr__(self) -> str:
        """One line: cost, gap, capacity at the end of the reported time."""
        record = self.record
        gap = (
            ""
            if record.gap is None
            else f", gap {share(record.gap)} (USD {fixed(record.gap_usd_m or 0.0, 0)} m)"
        )
        cost = f"cost {usd_bn(record.objective_usd_m)}{self._parts()}"
        return f"<Plan {self.instance.name} / {self.instance.case}: {record.status}, {cost}{gap}; {self._reach()}>"

    def _parts(self) -> str:
        """How much of the cost is paid, where part of it is a value that nobody pays."""
        valued = self.valued_usd_m
        if abs(valued) < 0.5:
            return ""
        return f" ({usd_bn(self.objective_usd_m - valued)} paid, {usd_bn(valued)} worth of unserved demand)"

    @property
    def valued_usd_m(self) -> float:
        """The part of the cost that nobody pays: the worth of unserved demand and the price of broken soft limits."""
        costs = self.frames["costs"]
        return float(costs.loc[costs["line"].isin(VALUED_LINES), "total_usd_m"].sum())

    def _reach(self) -> str:
        ladder = self.frames["ladder"]
        rows = ladder[(ladder["basis"] == "it") & ladder["reported"]]
        if rows.empty:
            return "nothing reported"
        last = rows[rows["period"] == rows["period"].iloc[-1]]
        weight = last["probability"] / last["probability"].sum()
        powered = float((last["powered_gw"] * weight).sum())
        return f"{power(powered * 1000.0)} powered at the end of {last['period'].iloc[0]}"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self))}</p>{self.frames['costs'].to_html(index=False, escape=True)}"
