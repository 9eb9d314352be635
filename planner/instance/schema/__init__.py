"""The instance file as types: one module per subject, `Spec` is the whole file."""

from planner.instance.schema.spec import Spec

__all__ = ["Spec"]
