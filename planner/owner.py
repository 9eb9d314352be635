"""Whose unfinished file or folder this is: a process, told apart from every other one, and whether it still runs."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import platform
import re

_FORM = re.compile(r"([0-9a-f]{8})-(\d{1,10})-(\d{1,20})")


def own_mark() -> str:
    """Return the mark of this process: machine, process id and start, as `1a2b3c4d-4711-987654`."""
    return f"{_machine()}-{os.getpid()}-{_start_of(os.getpid()) or 0}"


def is_alive(mark: str) -> bool | None:
    """Return whether the process with this mark still runs; None where that cannot be known from here."""
    found = _FORM.fullmatch(mark)
    if found is None or found[1] != _machine():
        return None
    if os.name == "nt":  # there, asking a process with os.kill ends it
        return None
    number, start = int(found[2]), int(found[3])
    try:
        os.kill(number, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # somebody else's process
        pass
    now = _start_of(number)
    return now is None or start == 0 or now == start  # another start: the number was given again


@functools.cache
def _machine() -> str:
    """Eight digits for the machine and the space of process ids: containers of one host have their own."""
    space = ""
    with contextlib.suppress(OSError):
        space = os.readlink("/proc/self/ns/pid")
    boot = ""
    with contextlib.suppress(OSError), open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        boot = file.read()
    return hashlib.sha256(f"{platform.node()}|{boot}|{space}".encode()).hexdigest()[:8]


def _start_of(number: int) -> int | None:
    """Start of a process in ticks since the machine started; None where the system does not say, or a dead one's."""
    try:
        with open(f"/proc/{number}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()  # the name before may hold anything
        return int(fields[19])
    except (OSError, ValueError, IndexError):
        return None
