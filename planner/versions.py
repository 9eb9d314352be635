"""Versions of planner and of the libraries that a plan depends on."""

from __future__ import annotations

import platform
from importlib.metadata import version

LIBRARIES = ("highspy", "pyomo", "pandas", "numpy", "pydantic")


def versions() -> dict[str, str]:
    """{name: version}, planner and Python first."""
    from planner import __version__

    found = {"planner": __version__, "python": platform.python_version()}
    return found | {library: version(library) for library in LIBRARIES}
