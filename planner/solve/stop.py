"""Asking running work to stop: a switch, the signals that turn it, and whom a request is passed on to afterwards.

One switch serves a whole command or call, from its first line to its last. Inside the outermost `stop_on_signals` a
signal turns the switch and nothing else: the work looks at it where it can stop with what it has. Work that holds
nothing yet (reading, preparing) runs in `breakable`, where a request ends it at once.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Literal

from planner.errors import Interrupted

Reason = Literal["interrupt", "terminate", "hangup"]

REASONS: dict[int, Reason] = {signal.SIGINT: "interrupt", signal.SIGTERM: "terminate"}
"""Reason by signal; a system without SIGHUP has two."""
if hasattr(signal, "SIGHUP"):
    REASONS[signal.SIGHUP] = "hangup"


class StopSwitch:
    """Whether, why and how often work was asked to stop. The first reason stays.

    The first request ends the search and keeps the best plan; further ones cut short what is done after it. A plan
    that was found is saved whatever their number. `number` is the signal that came first, None without one.
    """

    def __init__(self) -> None:
        self.reason: Reason | Literal["time_limit"] | None = None
        self.requests = 0
        self.number: int | None = None

    def ask(self, reason: Reason | Literal["time_limit"] = "interrupt") -> None:
        """Ask to stop; may be called from any thread and from a signal handler.

        `time_limit` says that what there is is enough: nobody asked for more time.
        """
        self.reason = self.reason or reason
        self.requests += 1

    @property
    def hurried(self) -> bool:
        """Return whether more than one request came."""
        return self.requests > 1


@dataclass
class _Signals:
    """What signals do in this process: the switches that they turn, the outermost first, and whether they break."""

    switches: list[StopSwitch] = field(default_factory=list)
    breaking: bool = False
    hung_up: bool = False

    def handle(self, number: int, frame: FrameType | None) -> None:
        reason = REASONS[number]
        if reason == "hangup":
            if self.hung_up:  # the kernel and the shell both say so: one request
                return
            self.hung_up = True
        for switch in self.switches:
            switch.number = switch.number or number
            switch.ask(reason)
        if self.breaking:
            self.breaking = False  # raised once: what cleans up is not broken off
            raise Interrupted(reason)


_signals = _Signals()  # signals belong to the process, and only its main thread takes them


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


@contextmanager
def stop_on_signals(switch: StopSwitch | None = None) -> Iterator[StopSwitch]:
    """Let Ctrl-C, SIGTERM and SIGHUP turn a switch inside the block; earlier handlers come back after it.

    A block inside another one shares its switch; a switch of its own is turned along with it. Only the main thread can
    take signals: elsewhere nothing is changed. An ignored signal stays ignored.
    """
    if not _in_main_thread():
        yield switch or StopSwitch()
        return
    outer = _signals.switches[0] if _signals.switches else None
    own = switch or outer or StopSwitch()
    if own in _signals.switches:
        breaking, _signals.breaking = _signals.breaking, False
        try:
            yield own
        finally:
            _signals.breaking = breaking
        _break_now(own)
        return
    if outer is not None and outer.reason is not None and own.reason is None:
        own.reason, own.requests, own.number = outer.reason, outer.requests, outer.number
    breaking, _signals.breaking = _signals.breaking, False
    _signals.switches.append(own)
    before = {} if outer is not None else _taken()
    try:
        yield own
    finally:
        _give_back(before)
        _signals.switches.remove(own)
        _signals.breaking = breaking
    _break_now(own)


def _break_now(switch: StopSwitch) -> None:
    """End breakable work around a block in which a request came."""
    if _signals.breaking and switch.reason is not None:
        _signals.breaking = False
        raise Interrupted(switch.reason)


def take_signals_for_good() -> StopSwitch:
    """Take signals until the process ends: for the last lines of a command, which no request may break off."""
    switch = StopSwitch()
    if not _signals.switches and _in_main_thread():
        _signals.switches.append(switch)
        _taken()
    return switch


def _taken() -> dict[int, Any]:
    """Take the signals that nobody ignores and return who had them."""
    _signals.hung_up = False
    before = {}
    for number in REASONS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, _signals.handle)
    return before


def _give_back(before: dict[int, Any]) -> None:
    """Put earlier handlers back, all of them before a waiting signal reaches one."""
    if not before:
        return
    mask = getattr(signal, "pthread_sigmask", None)
    held = mask(signal.SIG_BLOCK, before) if mask else None
    for number, handler in before.items():
        signal.signal(number, signal.SIG_DFL if handler is None else handler)
    if mask:
        mask(signal.SIG_SETMASK, held)


@contextmanager
def breakable() -> Iterator[None]:
    """Let a request end the block at once with `Interrupted`: for work before there is a plan.

    A request that came before the block ends it at its start. Where no signals are taken nothing is changed.
    """
    if not _signals.switches or not _in_main_thread():
        yield
        return
    breaking, _signals.breaking = _signals.breaking, True
    try:
        reason = _signals.switches[0].reason
        if reason is not None:
            raise Interrupted(reason)
        yield
    finally:
        _signals.breaking = breaking


@dataclass
class Delivery:
    """A call that may be asked to stop: its switch, and the plan, run or table of cases that it has found so far."""

    switch: StopSwitch
    outermost: bool
    found: Any = None


@contextmanager
def passing_on(keep: Callable[[Any], Any] | None = None) -> Iterator[Delivery]:
    """Take signals inside the block; after the outermost one hand a request on to the handlers that stood before it.

    Ctrl-C then raises `Interrupted` with what was found, so that a request ends the caller's loop and not one solve. A
    handler of the caller's own is called. SIGTERM and SIGHUP that nobody handles end the process as they would have.
    `keep` is called on what was found before that, still protected, and returns what to hand over. An error that the
    request caused is the cause of `Interrupted`.
    """
    outermost = _in_main_thread() and not _signals.switches
    failure: BaseException | None = None
    with stop_on_signals() as switch:
        delivery = Delivery(switch, outermost)
        try:
            yield delivery
        except (Exception, Interrupted) as error:
            if not outermost or switch.number is None:
                raise
            failure = error
        if outermost and switch.number is not None and keep is not None and delivery.found is not None:
            try:
                delivery.found = keep(delivery.found)
            except Exception as error:  # what was found is handed over all the same
                failure = failure or error
    if outermost and switch.number is not None:
        _pass_on(switch, delivery.found, failure)


def _pass_on(switch: StopSwitch, found: Any, failure: BaseException | None) -> None:
    """Give a request to the handler that would have had it; return when that one lets the work go on."""
    number, reason = switch.number, switch.reason
    assert number is not None and reason is not None
    handler = signal.getsignal(number)
    if handler is signal.default_int_handler:
        raise Interrupted(reason, found=found) from failure
    if callable(handler):
        handler(number, None)
    else:
        signal.raise_signal(number)
    if failure is not None:
        raise failure
