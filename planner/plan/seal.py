"""The seal of a saved plan: digests of what lies in its folder, so that a change after the saving is seen.

A seal is no signature: who changes the tables can make it again. Then the audit decides, which recomputes the tables.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

DIGEST = "digest"


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of a file, as text."""
    return hashlib.sha256(data).hexdigest()


def sealed(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of `plan.json` with the digest of all of it."""
    plain = {key: value for key, value in body.items() if key != DIGEST}
    return {**plain, DIGEST: _of_content(plain)}


def is_sealed(body: Mapping[str, Any]) -> bool:
    """Return whether the content of `plan.json` is what its digest was made of."""
    plain = {key: value for key, value in body.items() if key != DIGEST}
    return body.get(DIGEST) == _of_content(plain)


def _of_content(plain: Mapping[str, Any]) -> str:
    """Digest of the values, whatever the order of keys and the white space."""
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return digest_of(text.encode("utf-8"))
