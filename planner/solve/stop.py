"""Asking a running solve to stop: a switch, and the signals that turn it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Literal

Reason = Literal["interrupt", "terminate"]


class StopSwitch:
    """Whether, why and how often a solve was asked to stop. The first reason stays.

    The first request ends the search and keeps the best plan; a second one also gives up what is done after it.
    """

    def __init__(self) -> None:
        self.reason: Reason | None = None
        self.requests = 0

    def ask(self, reason: Reason = "interrupt") -> None:
        """Ask to stop; may be called from any thread and from a signal handler."""
        self.reason = self.reason or reason
        self.requests += 1


@contextmanager
def stop_on_signals(switch: StopSwitch) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM turn `switch` inside the block; earlier handlers come back after it.

    Only the main thread can take signals: elsewhere nothing is changed. An ignored signal stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reasons: dict[int, Reason] = {signal.SIGINT: "interrupt", signal.SIGTERM: "terminate"}

    def handle(number: int, frame: FrameType | None) -> None:
        switch.ask(reasons[number])

    before = {}
    for number in reasons:
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
