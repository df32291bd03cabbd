"""How an incident is referred to. Apart from the rest, so that the list opens without loading the policy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from smdesk.policy.vocabulary import Conduct

MASKED_SUMMARY: Final = "Confidential"


def reference(year: int, number: int) -> str:
    """How the office speaks of an incident: "2026/0042"."""
    return f"{year}/{number:04d}"


def in_order(codes: Iterable[str]) -> tuple[Conduct, ...]:
    """Conduct in the vocabulary's order, whatever order the codes come in."""
    held = set(codes)
    return tuple(conduct for conduct in Conduct if conduct in held)
