"""What is known while a solve runs: best plan, bound, time left, log. Shared by the solver's thread and ours."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from planner.solve.arrays import Floats
from planner.solve.outcome import HistoryPoint
from planner.solve.progress import OnProgress, Progress, Stage
from planner.solve.stop import StopSwitch

TICK_SECONDS = 0.25


@dataclass(frozen=True)
class Found:
    """A plan that was found, with its cost in USD m."""

    values: Floats
    cost: float


class Watch:
    """The record of one solve.

    The solver's thread adds plans, bounds and log lines; the thread that called the solve reads them and tells
    the listener, so that a listener never runs inside the solver. `best` is the cheapest plan as HiGHS counts whole
    numbers, `sound` the cheapest known to be a plan with them exactly whole; `cut_by_clock` the stages that the clock
    ended before their work was done. `on_best` hears of the best plan as the listener does.
    """

    def __init__(self, time_limit: float, switch: StopSwitch, on_progress: OnProgress | None = None) -> None:
        self.began = time.monotonic()
        self.time_limit = time_limit
        self.switch = switch
        self.stage: Stage = "handover"
        self.best: Found | None = None
        self.sound: Found | None = None
        self.cut_by_clock: list[Stage] = []
        self.bound = -math.inf
        self.phases: dict[str, float] = {}
        self.history: list[HistoryPoint] = []
        self.notes: list[str] = []
        self.log: list[str] = []
        self.on_best: Callable[[Found], None] | None = None
        self._on_progress = on_progress
        self._stage_began = self.began
        self._told: tuple[Stage, int] | None = None

    @property
    def seconds(self) -> float:
        """Return the seconds since the solve began."""
        return time.monotonic() - self.began

    @property
    def left(self) -> float:
        """Return the seconds left before the time limit; negative after it."""
        return self.time_limit - self.seconds

    @property
    def allowance(self) -> float:
        """Return by how many seconds the answer may be late: a tenth of the limit, at least 2 s."""
        return max(0.1 * self.time_limit, 2.0)

    def enter(self, stage: Stage) -> None:
        """Close the running phase and begin `stage`."""
        self.close()
        self.stage = stage
        self.log.append(f"== {stage} at {self.seconds:.2f} s\n")
        self.tell()

    def close(self) -> None:
        """Add the time since the last change of stage to its phase."""
        now = time.monotonic()
        self.phases[self.stage] = self.phases.get(self.stage, 0.0) + now - self._stage_began
        self._stage_began = now

    def found(self, values: Floats, cost: float, sound: Found | None = None) -> bool:
        """Keep the plan when it is cheaper than the best so far; return whether it is.

        `sound` is the same plan with its whole numbers exactly whole, where it stays a plan then.
        """
        if sound is not None and (self.sound is None or sound.cost < self.sound.cost):
            self.sound = sound
        if self.best is not None and cost >= self.best.cost:
            return False
        self.best = Found(values, cost)
        self._remember()
        return True

    def cut(self) -> None:
        """Remember that the clock, and not the work, ended the running stage."""
        if self.stage not in self.cut_by_clock:
            self.cut_by_clock.append(self.stage)

    def bounded(self, bound: float) -> None:
        """Raise the bound, when it is higher than the one known."""
        if bound > self.bound and math.isfinite(bound):
            self.bound = bound
            self._remember()

    def tell(self) -> None:
        """Tell the listener, at most four times a second and at each new stage.

        One that fails is not asked again, and does not end the solve; Ctrl-C inside it is a request to stop.
        """
        due = (self.stage, int(self.seconds / TICK_SECONDS))
        if due == self._told:
            return
        self._told = due
        try:
            if self._on_progress is not None:
                self._on_progress(self.progress())
        except KeyboardInterrupt:
            self.switch.ask("interrupt")
        except Exception as error:
            self._on_progress = None
            self.notes.append(f"the listener to progress failed and was not asked again: {error!r}")
        best = self.best
        if best is not None and self.on_best is not None:
            self.on_best(best)

    def progress(self) -> Progress:
        """Return where the solve is."""
        return Progress(self.stage, self.seconds, self.best.cost if self.best else None, finite(self.bound))

    def _remember(self) -> None:
        self.history.append(
            HistoryPoint(self.seconds, self.best.cost if self.best else None, finite(self.bound))
        )


def finite(number: float) -> float | None:
    """Return the number, or None when it is infinite or no number."""
    return number if math.isfinite(number) else None
