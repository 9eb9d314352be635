"""An instance as a value: the spec, where each number stands, what was changed, and how to change it further."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner.instance.document import Node
from planner.instance.schema.spec import Spec


@dataclass(frozen=True, slots=True)
class Change:
    """What an override did: where, the value before and after (None where there is none), and who said so."""

    path: str
    old: Any
    new: Any
    by: str


@dataclass(frozen=True, repr=False)
class Instance:
    """A valid instance after all overlays. Every change gives a new one, validated again."""

    spec: Spec
    tree: Node = field(compare=False)
    """The merged file with the place of every value."""
    path: Path
    case: str = "base"
    cases: tuple[str, ...] = ()
    """Names of the cases that the file has."""
    changes: tuple[Change, ...] = ()

    @property
    def name(self) -> str:
        """Name of the instance."""
        return self.spec.name

    @property
    def hash(self) -> str:
        """SHA-256 of the content after all overlays: equal content, equal hash."""
        return content_hash(self.tree.plain)

    def position(self, path: str) -> str:
        """Return `file:line:column` of the value at a dotted path, or of the nearest value above it."""
        steps = tuple(path.split(".")) if path else ()
        for length in range(len(steps), -1, -1):
            node = self.tree.at(steps[:length])
            if node is not None:
                return node.where if length == len(steps) else node.where_key
        return str(self.path)


def content_hash(plain: Any) -> str:
    """Return the SHA-256 of plain content, whatever the order of its keys and the spelling of its numbers."""
    text = json.dumps(_canonical(plain), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(plain: Any) -> Any:
    if isinstance(plain, dict):
        return {key: _canonical(child) for key, child in plain.items()}
    if isinstance(plain, list | tuple):
        return [_canonical(child) for child in plain]
    if isinstance(plain, float) and plain.is_integer() and abs(plain) < 1e15:
        return int(plain)
    return plain
