"""Shares by age: of price at a sale, of power drawn after a delivery. Each age stands once, however it is written."""

from __future__ import annotations

from collections.abc import Mapping

from planner.instance.check.report import Report


def age_findings(report: Report) -> None:
    """Ages that are none, stand twice (2 and 2.0) or are missing, and shares that cannot be."""
    for id_, chip in report.spec.chips.items():
        _ages(report, f"chips.{id_}.resale_by_age_years", chip.resale_by_age_years)
        _twins(report, f"chips.{id_}.derate_by_months", chip.derate_by_months, "month")
    for id_, site in report.spec.sites.items():
        for build_id, option in site.build.items():
            if option.exit is not None:
                path = f"sites.{id_}.build.{build_id}.exit.resale_by_age_years"
                _twins(report, path, option.exit.resale_by_age_years, "age")


def _ages(report: Report, path: str, curve: Mapping[str, float]) -> None:
    if not curve:
        report.error("missing", path, "no age", "write {0: 0.9, 2: 0.5, 5: 0.05}")
    if any(not 0.0 <= share <= 1.0 for share in curve.values()):
        report.error(
            "implausible", path, "a share of price outside 0 to 1", "write shares, 0.5 for half the price"
        )
    _twins(report, path, curve, "age")


def _twins(report: Report, path: str, curve: Mapping[str, float], what: str) -> None:
    seen: dict[float, str] = {}
    for key in curve:
        twin = seen.setdefault(float(key), key)
        if twin != key:
            report.error("bad_path", f"{path}.{key}", f"{key} and {twin} are one {what}", "remove one")
