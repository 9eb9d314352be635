"""The command line: words become one call each. No model, solver or data frames are imported at the start."""

from __future__ import annotations


def main() -> None:
    """Run the command line; the exit code is the one of `planner.errors`."""
    from planner.cli.app import main

    main()
