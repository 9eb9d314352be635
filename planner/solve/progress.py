"""What a solve says while it runs, and two ways to show it: a live line and plain lines."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TextIO, cast

from planner.solve.outcome import gap_share

if TYPE_CHECKING:
    from rich.live import Live

Stage = Literal["handover", "relaxation", "start", "first_plan", "search", "clean", "confirm", "explain"]
WORDS: dict[Stage, str] = {
    "handover": "handing over",
    "relaxation": "relaxation",
    "start": "earlier plan",
    "first_plan": "first plan",
    "search": "search",
    "clean": "clean values",
    "confirm": "confirming",
    "explain": "explaining",
}
PLAIN_SECONDS = 10.0


@dataclass(frozen=True)
class Progress:
    """Where a solve is: stage, seconds since its start, best cost and bound in USD m (None before there is one)."""

    stage: Stage
    seconds: float
    cost: float | None
    bound: float | None

    @property
    def gap(self) -> float | None:
        """Return the gap as a share of the cost."""
        return None if self.cost is None or self.bound is None else gap_share(self.cost, self.bound)

    @property
    def gap_usd_m(self) -> float | None:
        """Return the gap in USD m."""
        return None if self.cost is None or self.bound is None else max(0.0, self.cost - self.bound)


OnProgress = Callable[[Progress], None]


def progress_line(progress: Progress) -> str:
    """Return one line: `search: cost 597,812 USD m, bound 595,020, gap 0.47 % = 2,792 USD m, 8 s`."""
    parts = []
    if progress.cost is not None:
        parts.append(f"cost {progress.cost:,.0f} USD m")
    if progress.bound is not None:
        parts.append(f"bound {progress.bound:,.0f}" + ("" if parts else " USD m"))
    if progress.gap is not None and progress.gap_usd_m is not None:
        parts.append(f"gap {progress.gap:.2%}".replace("%", " %") + f" = {progress.gap_usd_m:,.0f} USD m")
    parts.append(f"{progress.seconds:.0f} s")
    return f"{WORDS[progress.stage]}: " + ", ".join(parts)


@contextmanager
def show_progress(stream: TextIO | None = None) -> Iterator[OnProgress]:
    """Give a listener that shows progress on `stream` (stderr): live in a terminal, a line each 10 s elsewhere."""
    out = Unbreakable(sys.stderr if stream is None else stream)
    if out.isatty() and os.environ.get("TERM") != "dumb":
        with _live(out) as live:
            yield lambda progress: live.update(progress_line(progress))
    else:
        yield PlainLines(out)


class Unbreakable:
    """A stream that drops what cannot be written, from then on all of it: progress is not worth a solve."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.broken = False

    def write(self, text: str) -> int:
        """Write the text, or drop it; return its length."""
        self._tried(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        """Flush the stream, if it still takes anything."""
        self._tried(self._stream.flush)

    def isatty(self) -> bool:
        """Return whether a person looks at the stream; one that is closed is looked at by nobody."""
        try:
            return self._stream.isatty()
        except (OSError, ValueError):
            return False

    def fileno(self) -> int:
        """Return the number of the file behind the stream; `OSError` where there is none."""
        return self._stream.fileno()

    @property
    def encoding(self) -> str:
        """Return the encoding of the stream."""
        return self._stream.encoding or "utf-8"

    def _tried(self, write: Callable[[], object]) -> None:
        if not self.broken:
            try:
                write()
            except (OSError, ValueError):
                self.broken = True


class PlainLines:
    """A listener that writes the first line and then at most one each `every` seconds."""

    def __init__(self, stream: TextIO | Unbreakable, every: float = PLAIN_SECONDS) -> None:
        self._stream = stream
        self._every = every
        self._next = 0.0

    def __call__(self, progress: Progress) -> None:
        """Write the line when it is due."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + self._every
            self._stream.write(progress_line(progress) + "\n")
            self._stream.flush()


@contextmanager
def _live(stream: Unbreakable) -> Iterator[Live]:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    class PlainLive(Live):
        """A live line that never reads its text as markup."""

        def update(self, renderable: object, *, refresh: bool = False) -> None:
            super().update(Text(str(renderable), no_wrap=True, overflow="ellipsis"), refresh=refresh)

    console = Console(file=cast(TextIO, stream), no_color=bool(os.environ.get("NO_COLOR")), highlight=False)
    with PlainLive(Text(""), console=console, refresh_per_second=4, transient=True) as live:
        yield live
