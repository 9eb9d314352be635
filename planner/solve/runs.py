"""The runs of HiGHS that one solve makes: how each is set, and what is known between them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planner.solve.arrays import Arrays, Floats, Mask
from planner.solve.claims import SOLVER_GAP, within
from planner.solve.evidence import Evidence
from planner.solve.first_plan import Hints
from planner.solve.handover import HandOver, Key
from planner.solve.highs import SOUND_TOLERANCE, Run, Settings, run, sound_plan
from planner.solve.options import SolveOptions
from planner.solve.outcome import StoppedBy
from planner.solve.tighten import tightened
from planner.solve.watch import Watch, finite

WHOLE_TOLERANCE = 1e-6


Falling = tuple[tuple[Key, float], ...]
"""Variables along whose change the cost falls without end, each with its share of the fall, the largest first."""


def falling_along(handed: HandOver, ray: Floats | None) -> Falling:
    """Return what falls along a direction without end; nothing where none is known."""
    if ray is None:
        return ()
    fall = np.maximum(-ray * handed.arrays.cost, 0.0)
    order, total = np.argsort(-fall, kind="stable"), fall.sum()
    return tuple((handed.columns[j], float(fall[j] / total)) for j in order if fall[j] > 0.0)


@dataclass(frozen=True)
class Verdict:
    """How the search ended, before the values are cleaned."""

    stopped_by: StoppedBy
    confirmed: bool = False
    relaxed: Run | None = None  # of a problem without whole numbers: its run is the answer
    falling: Falling = ()


class Runs:
    """One solve: what it is given, and how a run is made.

    `arrays` is the problem as it was handed over, in which plans are cleaned and judged; `tight` the same problem with
    every "most" of a whole number lowered to what can be reached, in which plans are searched.
    """

    def __init__(
        self,
        hints: Hints,
        handed: HandOver,
        options: SolveOptions,
        watch: Watch,
        starts: tuple[Mapping[Key, float], ...],
    ) -> None:
        self.handed = handed
        self.arrays = handed.arrays
        self.tight = tightened(handed.arrays)
        self.options = options
        self.watch = watch
        self.hints = hints
        # Verified is the relaxation that is solved; why `tight` has the same plans stands in planner/solve/tighten.py.
        self.evidence = Evidence(replace(handed, arrays=self.tight))
        self.whole_tolerance: float | None = None
        self.from_scratch = False
        self.starts = [self._located(start) for start in starts] if self.arrays.whole.any() else []

    def _run(
        self,
        arrays: Arrays,
        *,
        share: float = 1.0,
        extra: float = 0.0,
        last: bool = False,
        presolve: str | None = None,
        **more: Any,
    ) -> Run:
        """Make one run in `share` of the time left, plus `extra` of what the answer may be late.

        The `last` one is also made after a request to stop, and stops at the next.
        """
        watch, allowed = self.watch, self.watch.allowance
        left = max(watch.left * share if share < 1.0 else watch.left + extra * allowed, 0.0)
        known = watch.sound or watch.best
        settings = Settings(
            until=time.monotonic() + left,
            late=(0.2 if extra else 0.4) * allowed,
            seed=self.options.seed,
            threads=self.options.threads,
            presolve=presolve or self.options.presolve,
            heed=watch.switch.requests + 1 if last else 1,
            log=self.options.log,
            whole_tolerance=self.whole_tolerance,
            start=known.values if known is not None and not self.from_scratch else None,
            **more,
        )
        return run(arrays, settings, watch)

    def _keep(self, ended: Run) -> None:
        """Keep the plan that a search left."""
        if ended.values is not None and ended.cost is not None:
            self.watch.found(ended.values, ended.cost, sound_plan(self.arrays, ended.values))

    def _stop_reason(self) -> StoppedBy | None:
        if self.watch.switch.reason is not None:
            return self.watch.switch.reason
        return "time_limit" if self.watch.left <= 0.0 else None

    def _good_enough(self) -> bool:
        best = self.watch.best
        return best is not None and within(best.cost, finite(self.watch.bound), self.options.gap)

    def _solver_gap(self, least: float = 0.0) -> float:
        """Return the gap to ask of HiGHS: a little less than asked, so that cleaning does not miss it."""
        return max(SOLVER_GAP * self.options.gap, least)

    def _target(self) -> float | None:
        """Return the cost at which the gap to the relaxation is what was asked."""
        bound, gap = finite(self.watch.bound), self._solver_gap()
        if bound is None or gap == 0.0:
            return None
        return bound / (1 - gap) if bound > 0 else bound / (1 + gap)

    def _fits(self, values: Floats) -> bool:
        return self.arrays.violation(values) <= SOUND_TOLERANCE and self._is_whole(values)

    def _is_whole(self, values: Floats) -> bool:
        wholes = values[self.arrays.whole]
        return bool(np.all(np.abs(wholes - np.round(wholes)) <= WHOLE_TOLERANCE))

    def _linear(self) -> Arrays:
        """Return the relaxation."""
        return replace(self.tight, whole=np.zeros_like(self.tight.whole))

    def _located(self, start: Mapping[Key, float]) -> tuple[Floats, Mask]:
        values = np.zeros(self.arrays.n_columns)
        known = np.zeros(self.arrays.n_columns, dtype=bool)
        column_of = self.handed.column_of
        for key, value in start.items():
            if key in column_of and np.isfinite(value):
                values[column_of[key]], known[column_of[key]] = value, True
        return values, known
