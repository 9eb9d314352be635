"""What all tests share: reproducible examples, and no test that writes into the checkout's reports."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from budget import Budget
from hypothesis import HealthCheck, settings

# The same examples in every run: a failure is a failure for everybody. The slow runs look further.
settings.register_profile(
    "same", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_configure(config: pytest.Config) -> None:
    """Add up processor time by room."""
    config.pluginmanager.register(Budget(), "budget")


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    """Return the path of a copy of the starter instance in a folder of its own."""
    import planner

    return planner.write_starter(tmp_path / "starter.yaml")
